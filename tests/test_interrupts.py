"""An interrupt leaves nothing behind: at every single instruction in turn, and for some seconds at random instants."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from tests import interrupts

MOST_INSTRUCTIONS = 2000
"""Of a long computation, such as check_grads, the first; every context is entered and left within them."""


@pytest.fixture(autouse=True)
def cleaned_up() -> Iterator[None]:
    """What one test finds is not found by the next."""
    collecting = gc.isenabled()
    yield
    interrupts.clean_up(collecting)


def interrupted_at(instruction: int, subject: Callable[[], None]) -> BaseException | None:
    """The interrupt, with its traceback, of a subject stopped before one of Python's instructions; None if it ended."""
    passed = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal passed
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_code.co_filename != __file__:
            passed += 1
            if passed == instruction:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    try:
        sys.settrace(trace)
        subject()
    except KeyboardInterrupt as interrupt:
        return interrupt
    finally:
        sys.settrace(before)
    return None


@pytest.mark.parametrize("subject", interrupts.SUBJECTS, ids=lambda subject: subject.__name__.rstrip("_"))
@pytest.mark.filterwarnings("ignore:break_at")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # destructors swallow an interrupt
def test_at_every_instruction(subject: Callable[[], None]) -> None:
    subject()  # what is imported when it is first needed
    collecting = gc.isenabled()
    for instruction in range(1, MOST_INSTRUCTIONS):
        caught = interrupted_at(instruction, subject)
        assert list(interrupts.left_behind(collecting)) == [], f"at instruction {instruction}"
        if caught is None:
            break
        del caught
    assert instruction > 10


def test_at_random_instants() -> None:
    with warnings.catch_warnings():
        found = interrupts.run(count=600, seed=1)
    assert interrupts.faults(found) == {}
    assert found["interrupts"] > 500
