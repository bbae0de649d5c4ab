"""An interrupt leaves nothing behind: at every single instruction of contexts in turn, and at random instants."""

from __future__ import annotations

import gc
import os
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

from autograd_core import contexts
from tests import interrupts

pytestmark = pytest.mark.slow

Place = tuple[CodeType, int]

MOST_ELSEWHERE = 60
"""Of the instructions outside the module of contexts, how many are drawn."""


@pytest.fixture(autouse=True)
def cleaned_up() -> Iterator[None]:
    """What one test finds is not found by the next."""
    collecting = gc.isenabled()
    yield
    interrupts.clean_up(collecting)


def traced(subject: Callable[[], None], before: Callable[[Place], None]) -> None:
    """Run a subject, with a call before each instruction of Python."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_code.co_filename != __file__:
            before((frame.f_code, frame.f_lasti))
        return trace

    tracing = sys.gettrace()
    try:
        sys.settrace(trace)
        subject()
    finally:
        sys.settrace(tracing)


def interrupted_at(place: Place, occurrence: int, subject: Callable[[], None]) -> BaseException | None:
    """The interrupt, with its traceback, of a subject stopped at an instruction; None if it did not come there."""
    remaining = occurrence

    def interrupt(here: Place) -> None:
        nonlocal remaining
        remaining -= here == place
        if remaining == 0:
            remaining = -1
            raise KeyboardInterrupt

    try:
        traced(subject, interrupt)
    except KeyboardInterrupt as interrupted:
        return interrupted
    return None


def places_of(subject: Callable[[], None]) -> Iterator[tuple[Place, int]]:
    """Instructions that a subject runs: all those of contexts, the first and the last time, and some others."""
    occurrences: Counter[Place] = Counter()
    traced(subject, lambda place: occurrences.update([place]))
    of_contexts = [place for place in occurrences if place[0].co_filename == contexts.__file__]
    others = [place for place in occurrences if place[0].co_filename != contexts.__file__]
    chosen = random.Random(0).sample(others, min(len(others), MOST_ELSEWHERE))
    for place in of_contexts:
        for occurrence in sorted({1, occurrences[place]}):
            yield place, occurrence
    for place in chosen:
        yield place, 1


SHORT = [
    subject for subject in interrupts.SUBJECTS if subject is not interrupts.check_grads
]  # many times what grad does


@pytest.mark.parametrize("subject", SHORT, ids=lambda subject: subject.__name__.rstrip("_"))
@pytest.mark.filterwarnings("ignore:break_at")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # destructors swallow an interrupt
def test_at_every_instruction(subject: Callable[[], None]) -> None:
    subject()  # what is imported when it is first needed
    collecting, error_stream, came = gc.isenabled(), os.fstat(2), 0
    for place, occurrence in list(places_of(subject)):
        subject()
        caught = interrupted_at(place, occurrence, subject)
        assert list(interrupts.left_behind(collecting, error_stream)) == [], f"{place}, time {occurrence}"
        came += caught is not None
        del caught
    assert came > 20


def test_at_random_instants() -> None:
    with warnings.catch_warnings():
        found = interrupts.run(count=600, seed=1)
    assert interrupts.faults(found) == {}
    assert found["interrupts"] > 500
