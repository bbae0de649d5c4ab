"""Inject each fault, or those that were asked for, print what became of it, and the total."""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence

import pytest

from tests.mutation.fault import Fault
from tests.mutation.replay import REPLAY
from tests.mutation.rooms import ROOMS
from tests.mutation.table import CHOSEN, systematic_faults
from tests.mutation.tracing import TRACING

FAULTS = [*systematic_faults(), *CHOSEN, *ROOMS, *REPLAY, *TRACING]


def survives(index: int) -> bool:
    """Whether all tests pass with the fault in place."""
    fault: Fault = FAULTS[index]
    fault.inject()
    return is_well(fault.look) and all(passes(tests) for tests in fault.tests)


def is_well(look: Callable[[], object] | None) -> bool:
    """Whether looking finds nothing wrong; any error is something wrong."""
    try:
        if look is not None:
            look()
    except Exception:
        return False
    return True


def passes(tests: Sequence[str]) -> bool:
    """Whether the tests pass; that they could not be run at all is an error of this program."""
    status = run_quietly(["-x", *tests])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        raise RuntimeError(f"pytest {' '.join(tests)} ended with status {status}")
    return status == pytest.ExitCode.OK


def run_quietly(arguments: Sequence[str]) -> int:
    """Run pytest in this process, without its report."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main(
            ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutation", *arguments]
        )


def chosen(arguments: Sequence[str]) -> list[int]:
    """The places of the faults that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="only faults with one of these in their name")
    texts = parser.parse_args(arguments).texts
    places = [place for place, fault in enumerate(FAULTS) if not texts or any(text in fault.name for text in texts)]
    if not places:
        parser.error(f"no fault has {' or '.join(map(repr, texts))} in its name")
    return places


def main(arguments: Sequence[str]) -> int:
    """Inject the faults; returns the exit status."""
    places = chosen(arguments)
    for name in ("PYTEST_ADDOPTS", "CI"):  # no options from elsewhere, and as few examples as at the desk
        os.environ.pop(name, None)
    files = {test.partition("::")[0] for place in places for group in FAULTS[place].tests for test in group}
    run_quietly(["--collect-only", *sorted(files)])  # imports once, for all the forked processes, what the tests need
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        survivors = 0
        for place, survived in zip(places, pool.imap(survives, places)):
            if survived:
                survivors += 1
                print(f"survived: {FAULTS[place].name}", flush=True)
    print(f"faults killed: {len(places) - survivors}/{len(places)}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
