"""The arguments of functions that take one sequence of numbers."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Set
from typing import Any

from autograd_core.primitives.primitive import Spread
from autograd_core.primitives.reals import is_scalar

NO_SEQUENCES = (str, bytes, bytearray, Mapping, Set)


def _members(name: str, values: Any) -> tuple[Any, ...]:
    """What a reduction's one sequence holds; a set has no order, and a number only once."""
    if isinstance(values, NO_SEQUENCES) or not isinstance(values, Iterable) or is_scalar(values):
        is_one = isinstance(values, numbers.Real) or hasattr(values, "__apply_primitive__")
        advice = f": write {name}([x])" if is_one else ""
        raise TypeError(f"{name}() takes a sequence of numbers and Values, got {type(values).__name__}{advice}")
    return tuple(values)


def one_sequence(name: str, least: int = 0) -> Spread:
    """The operands of a reduction, from its one sequence."""

    def spread(values: Any, *others: Any) -> tuple[Any, ...]:
        if others:
            raise TypeError(f"{name}() takes one sequence, got {1 + len(others)} arguments: write {name}([x, y])")
        operands = tuple(values) if type(values) in (list, tuple) else _members(name, values)
        if len(operands) < least:
            raise ValueError(f"{name}() of nothing: give at least one number or Value")
        return operands

    spread.__name__ = spread.__qualname__ = name  # which a TypeError of Python's own names
    return spread


def one_or_several(name: str) -> Spread:
    """Operands given one by one or as one sequence, as the builtin max and min take them."""

    def spread(*values: Any) -> tuple[Any, ...]:
        operands = _members(name, values[0]) if len(values) == 1 and isinstance(values[0], Iterable) else values
        if not operands:
            raise ValueError(f"{name}() of nothing: give at least one number or Value")
        return operands

    return spread
