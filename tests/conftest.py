"""Hypothesis profiles: quick at the desk, whole where CI is set in the environment, as hosted runners do."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("quick"), max_examples=2000, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "quick")
