"""What makes the suite say the same each time: Hypothesis's examples, and who may draw random numbers.

Examples follow from each test alone, at the desk as where CI is set in the environment, as hosted runners do; there
are more of them in CI. ``python -m tests.explore`` asks for fresh ones, and ``pytest -m "not slow"`` leaves them out,
with all that takes long or imports much.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings
from hypothesis.internal.conjecture import providers

from tests.support import seeds

settings.register_profile(
    "desk",
    deadline=None,
    derandomize=True,  # and so without a database of failures from other days
    max_examples=200,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("desk"), max_examples=1000)
settings.register_profile("explored again", settings.get_profile("desk"), derandomize=False, database=None)
NOT_THE_SMALLEST = (Phase.explicit, Phase.generate)  # where it is enough to know that there is a failure
settings.register_profile("explore", settings.get_profile("explored again"), phases=NOT_THE_SMALLEST)
settings.register_profile("mutation", settings.get_profile("desk"), phases=NOT_THE_SMALLEST)
settings.load_profile("explore" if seeds.EXPLORED in os.environ else "ci" if os.environ.get("CI") else "desk")

# Hypothesis would mix in constants that it finds in the modules which happen to be imported by then: other examples
# in another order of the tests, or below a folder that is called test.
providers._get_local_constants = lambda: providers._local_constants

# What is started in the background, as CI may be, ignores Ctrl-C, and so would the trainings that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


WHOLE_FILE_IS_SLOW = re.compile(r"^(pytestmark = .*|    )\bpytest\.mark\.slow\b", re.MULTILINE)


@pytest.hookimpl(tryfirst=True)  # before what is not wanted is taken out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What Hypothesis tries on hundreds of examples is slow; files and other tests say by their marks that they are."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.slow)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files that are slow as a whole are not even imported for the fast subset: some import PyTorch."""
    if config.getoption("markexpr") != "not slow" or not collection_path.name.startswith("test_"):
        return None
    return True if WHOLE_FILE_IS_SLOW.search(collection_path.read_text(encoding="utf-8")) else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file of tests that cannot be imported fails; pytest skips it with its examples, and then finds it empty."""
    report = yield
    if report.skipped and collector.path.name.startswith("test_") and "unable to import module" in f"{report.longrepr}":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} cannot be imported: run it by itself to see why"
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    seeds.may_draw = item.get_closest_marker("seeded") is not None


def pytest_runtest_teardown() -> None:
    seeds.may_draw = True
