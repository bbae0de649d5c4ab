"""A replay as a way to compute value and gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd_core as ag
from autograd_core.replay.arrays import ArrayMachine
from autograd_core.replay.program import Program
from tests.benchmarks.comparing import MissingPeerError, Way, peer

Recorded = tuple[ag.Value, Sequence[ag.Value], Sequence[ag.Value]]  # output, inputs, parameters


def value_then_gradient(result: tuple[Any, Sequence[Any]]) -> list[Any]:
    value, gradient = result
    return [value, *gradient]


def replayed(record: Callable[[], Recorded], rows: Any = None) -> Way:
    """Record once, run again with the numbers that the parameters have; on rows of inputs, if there are any."""
    return _way(record, rows, lambda program: None)


def replayed_without_numba(record: Callable[[], Recorded]) -> Way:
    """The same where only NumPy is installed."""
    return _way(record, None, _hold_to_arrays)


def _way(record: Callable[[], Recorded], rows: Any, prepare: Callable[[Program], None]) -> Way:
    def compile_(recorded: Recorded) -> Callable[[], Any]:
        program = ag.compile(*recorded)
        prepare(program)
        program.value_and_grad(rows)  # the first run makes the engine: that is a part of compiling
        return lambda: program.value_and_grad(rows)

    return Way(record, compile_, value_then_gradient)


def _hold_to_arrays(program: Program) -> None:
    machine = ArrayMachine(program._code)
    setattr(program, "_machine", lambda n_rows: machine)  # noqa: B010 - mypy takes no method as an attribute


def needs_numba() -> None:
    """Raises MissingPeerError where numba is not installed."""
    try:
        peer("numba")
    except ImportError as error:  # it may be there and refuse this Python
        raise MissingPeerError("numba is not installed") from error
