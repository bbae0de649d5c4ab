"""Inject each fault, print what became of it, and the total."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence

import pytest

from tests.mutation.fault import Fault
from tests.mutation.pages import SITE
from tests.mutation.replay import REPLAY
from tests.mutation.rooms import ROOMS
from tests.mutation.table import CHOSEN, systematic_faults
from tests.mutation.tracing import TRACING

FAULTS = [*systematic_faults(), *CHOSEN, *ROOMS, *REPLAY, *TRACING, *SITE]


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


def main() -> int:
    """All of them; returns the exit status."""
    for name in ("PYTEST_ADDOPTS", "CI"):  # no options from elsewhere, and as few examples as at the desk
        os.environ.pop(name, None)
    files = {test.partition("::")[0] for fault in FAULTS for group in fault.tests for test in group}
    run_quietly(["--collect-only", *sorted(files)])  # imports once, for all the forked processes, what the tests need
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        survivors = 0
        for fault, survived in zip(FAULTS, pool.imap(survives, range(len(FAULTS)))):
            if survived:
                survivors += 1
                print(f"survived: {fault.name}", flush=True)
    print(f"faults killed: {len(FAULTS) - survivors}/{len(FAULTS)}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
