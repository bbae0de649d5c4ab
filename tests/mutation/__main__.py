"""Inject each fault, or those that were asked for, print what became of it, and the total."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.mutation.fault import Fault
from tests.mutation.pages import SITE
from tests.mutation.replay import REPLAY
from tests.mutation.rooms import ROOMS
from tests.mutation.table import CHOSEN, systematic_faults
from tests.mutation.tracing import TRACING

FAULTS = [*systematic_faults(), *CHOSEN, *ROOMS, *REPLAY, *TRACING, *SITE]
SEEN_BY = Path(__file__).with_name("seen_by.json")  # the test that saw a fault the last time: it is tried first

Outcome = tuple[bool, str | None]
"""Whether all tests pass with the fault in place, and which test was the first to see it; looking is not a test."""


class FirstFailure:
    """A plugin of pytest that keeps which test failed first."""

    test: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.test is None:
            self.test = report.nodeid


def outcome(place: int) -> Outcome:
    """What becomes of the fault at this place."""
    fault: Fault = FAULTS[place]
    fault.inject()
    if not is_well(fault.look):
        return False, None
    known = json.loads(SEEN_BY.read_text(encoding="utf-8")).get(fault.name)
    if known is not None and run_quietly(["-x", known]) == pytest.ExitCode.TESTS_FAILED:
        return False, known
    for tests in fault.tests:
        seen = FirstFailure()
        if not passes(tests, seen):
            return False, seen.test
    return True, None


def is_well(look: Callable[[], object] | None) -> bool:
    """Whether looking finds nothing wrong; any error is something wrong."""
    try:
        if look is not None:
            look()
    except Exception:
        return False
    return True


def passes(tests: Sequence[str], seen: FirstFailure) -> bool:
    """Whether the tests pass; that they could not be run at all is an error of this program."""
    status = run_quietly(["-x", *tests], seen)
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        raise RuntimeError(f"pytest {' '.join(tests)} ended with status {status}")
    return status == pytest.ExitCode.OK


def run_quietly(arguments: Sequence[str], *plugins: object) -> int:
    """Run pytest in this process, without its report."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main(
            ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutation", *arguments],
            plugins=plugins,
        )


def parsed(arguments: Sequence[str]) -> tuple[list[int], bool]:
    """The places of the faults that the command line asks for, and whether to write down which tests saw them."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="only faults with one of these in their name")
    parser.add_argument("--record", action="store_true", help=f"write which tests saw them to {SEEN_BY.name}")
    options = parser.parse_args(arguments)
    texts = options.texts
    places = [place for place, fault in enumerate(FAULTS) if not texts or any(text in fault.name for text in texts)]
    if not places:
        parser.error(f"no fault has {' or '.join(map(repr, texts))} in its name")
    return places, options.record


def record(seen_by: dict[str, str]) -> None:
    """Add what was seen now to what is known of the faults that there are."""
    known = {**json.loads(SEEN_BY.read_text(encoding="utf-8")), **seen_by}
    kept = {fault.name: known[fault.name] for fault in FAULTS if fault.name in known}
    SEEN_BY.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Inject the faults; returns the exit status."""
    places, is_recording = parsed(arguments)
    for name in ("PYTEST_ADDOPTS", "CI"):  # no options from elsewhere, and as few examples as at the desk
        os.environ.pop(name, None)
    files = {test.partition("::")[0] for place in places for group in FAULTS[place].tests for test in group}
    run_quietly(["--collect-only", *sorted(files)])  # imports once, for all the forked processes, what the tests need
    survivors, seen_by = 0, {}
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        for place, (survived, test) in zip(places, pool.imap(outcome, places)):
            name = FAULTS[place].name
            if survived:
                survivors += 1
                print(f"survived: {name}", flush=True)
            elif test is not None:
                seen_by[name] = test
    if is_recording:
        record(seen_by)
    print(f"faults killed: {len(places) - survivors}/{len(places)}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
