"""The traces of a function, as a tree: where a guard has another outcome, another trace goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd_core.tracing.trace import Trace

if TYPE_CHECKING:
    from autograd_core.replay.bound import BoundProgram


class Found(NamedTuple):
    """The trace that a call takes, and what has its results."""

    trace: Trace
    bound: BoundProgram

    @property
    def values(self) -> list[float]:
        """The numbers that the function returns."""
        numbers: list[float] = self.bound.values[: self.trace.n_values].tolist()
        return numbers


class Missing(NamedTuple):
    """Where a trace would have to begin that there is not yet: at a guard of another one, or at the start."""

    trace: Trace | None
    place: int


class Tree:
    """All traces for arguments of one key.

    Traces agree in all guards before the place where one leaves the other, for what Python has done up to there is the
    same.

    Attributes:
        first, latest: the first trace, and the one that was taken last.
        is_small: whether they are so short that the function runs as fast as it is.
        is_long: whether one of them is longer than that.
        short_calls: how many calls took a shorter one.
    """

    def __init__(self) -> None:
        self.is_small = self.is_long = False
        self.short_calls = 0
        self.first: Trace | None = None
        self.latest: Trace | None = None

    def find(self, numbers: Sequence[Any]) -> Found | Missing | None:
        """The trace that these numbers take; None where two programs disagree about a comparison that both make.

        That may be where its two sides are as good as equal, and the programs round differently.
        """
        trace, last = self.latest, -1
        while trace is not None:
            place, bound = trace.run(numbers)
            if bound is not None:
                self.latest = trace
                return Found(trace, bound)
            if place <= last:
                return None
            last = place
            trace, other = self.beyond(trace, place)
            if other is None:
                return Missing(trace, place)
            trace = other
        return Missing(None, -1)

    def beyond(self, trace: Trace, place: int) -> tuple[Trace, Trace | None]:
        """Where to go on from a trace's guard that has another outcome.

        Returns:
            The trace that has the guards up to there in common with this one, and may be left there; and the one that
            leaves it, if there is one yet.
        """
        while place < trace.place:
            assert trace.parent is not None
            trace = trace.parent
        return trace, trace.parent if place == trace.place else trace.others.get(place)

    def add(self, trace: Trace, missing: Missing) -> bool:
        """Let a new trace begin where one was missed; False where it is not the one that was missed."""
        model, place = missing
        if model is not None:
            outcomes = [guard.outcome for guard in trace.guards[: place + 1]]
            expected = [guard.outcome for guard in model.guards[: place + 1]]
            expected[-1] = not expected[-1]
            if outcomes != expected:
                return False
            trace.parent, trace.place = model, place
            model.others[place] = trace
        self.first = self.first or trace
        self.latest = trace
        return True
