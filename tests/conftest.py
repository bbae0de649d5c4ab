"""Hypothesis profiles: quick at the desk, whole where CI is set in the environment, as hosted runners do."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("quick"), max_examples=2000, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "quick")

# What is started in the background, as CI may be, ignores Ctrl-C, and so would the trainings that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
