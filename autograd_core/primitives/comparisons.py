"""What comparisons of Values record: 1 for true and 0 for false."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_core.primitives.primitive import Forward, Primitive, table_row


def _is_condition(name: str, source: str) -> Callable[[Forward], Primitive]:
    """A row whose value is 0 or 1, so that no gradient flows and a nan among the operands makes no nan."""

    def enter(forward: Forward) -> Primitive:
        made = table_row("arithmetic", name, source, propagates_nan=False, derivative="0")(forward)
        made.define_partials(_no_partials)
        return made

    return enter


def _no_partials(out: Any, *operands: Any) -> Sequence[Any]:
    return (None,) * len(operands)


@_is_condition("<", "{0} < {1}")
def less(x: float, y: float) -> float:
    """Whether x is below y."""
    return 1.0 if x < y else 0.0


@_is_condition("<=", "{0} <= {1}")
def less_equal(x: float, y: float) -> float:
    """Whether x is y or below."""
    return 1.0 if x <= y else 0.0


@_is_condition(">", "{0} > {1}")
def greater(x: float, y: float) -> float:
    """Whether x is above y."""
    return 1.0 if x > y else 0.0


@_is_condition(">=", "{0} >= {1}")
def greater_equal(x: float, y: float) -> float:
    """Whether x is y or above."""
    return 1.0 if x >= y else 0.0


@_is_condition("==", "{0} == {1}")
def equal(x: float, y: float) -> float:
    """Whether x and y are the same number."""
    return 1.0 if x == y else 0.0


@_is_condition("!=", "{0} != {1}")
def not_equal(x: float, y: float) -> float:
    """Whether x and y are not the same number."""
    return 1.0 if x != y else 0.0


@_is_condition("&", "{0} & {1}")
def both(x: float, y: float) -> float:
    """Whether both hold."""
    return 1.0 if x != 0.0 and y != 0.0 else 0.0


@_is_condition("|", "{0} | {1}")
def either(x: float, y: float) -> float:
    """Whether one of them holds, or both."""
    return 1.0 if x != 0.0 or y != 0.0 else 0.0


@_is_condition("~", "~({0})")
def negation(x: float) -> float:
    """Whether it does not hold."""
    return 1.0 if x == 0.0 else 0.0
