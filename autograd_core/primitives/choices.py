"""The words that partials are written in where floats would need an ``if``, and choices between operands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import ieee
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.primitive import table_row

__all__ = ["clamp", "where"]


def choose(condition: Any, if_true: Any, if_false: Any) -> Any:
    """``if_true`` where the condition holds: a plain choice for a bool, a recorded one for a condition on Values."""
    if condition is True:
        return if_true
    if condition is False:
        return if_false
    return where(condition, if_true, if_false)


def over(a: Any, b: Any) -> Any:
    """``a / b`` of any operands; over zero as IEEE 754 has it, which only floats do not do by themselves."""
    try:
        return a / b
    except ZeroDivisionError:
        return ieee.divide(a, b)


def is_infinite(x: Any) -> Any:
    """Whether an operand is inf or -inf."""
    return (x == inf) | (x == -inf)


@table_row(
    "function",
    source="{1} where {0} else {2}",
    propagates_nan=False,
    derivative=("0", "1 if {0} else 0", "0 if {0} else 1"),
)
def where(condition: float, if_true: float, if_false: float) -> float:
    """``if_true`` where the condition holds (is not 0), else ``if_false``, which then gets exactly no gradient.

    >>> where(True, 1.0, 2.0), where(False, 1.0, 2.0)
    (1.0, 2.0)
    """
    return if_true if condition else if_false


@where.define_partials
def where_partials(out: Any, condition: Any, if_true: Any, if_false: Any) -> Sequence[Any]:
    if type(condition) is float:
        return (None, 1.0, None) if condition else (None, None, 1.0)
    fails = condition == 0.0
    return (None, choose(fails, None, 1.0), choose(fails, 1.0, None))


def _with_bounds(x: Any, low: Any = -inf, high: Any = inf) -> tuple[Any, ...]:
    if low > high:
        raise ValueError(f"clamp() needs low ≤ high, got low={low!r}, high={high!r}")
    return (x, low, high)


@table_row(
    "function",
    source="clamp({0}, {1}, {2})",
    spread=_with_bounds,
    derivative=("1 if {1} ≤ {0} ≤ {2} else 0", "1 if {0} < {1} else 0", "1 if {0} > {2} else 0"),
)
def clamp(x: float, low: float, high: float) -> float:
    """x held between two bounds; at a bound the derivative is 1.

    >>> clamp(5.0, 0.0, 1.0), clamp(0.5, 0.0, 1.0), clamp.partials(1.0, 1.0, 0.0, 1.0)
    (1.0, 0.5, (1.0, 0.0, 0.0))
    """
    if x != x or low != low or high != high:
        return nan
    return low if x < low else high if x > high else x


@clamp.define_partials
def clamp_partials(out: Any, x: Any, low: Any, high: Any) -> Sequence[Any]:
    if type(x) is type(low) is type(high) is float:
        below, above = 1.0 if x < low else 0.0, 1.0 if x > high else 0.0
    else:
        below, above = choose(x < low, 1.0, 0.0), choose(x > high, 1.0, 0.0)
    return (1.0 - below - above, below, above)


@table_row("function", "stop_gradient", derivative="0")
def stop_gradient_(x: float) -> float:
    """``x`` itself, as a constant for all derivatives."""
    return x


@stop_gradient_.define_partials
def stop_gradient_partials(out: Any, x: Any) -> Sequence[Any]:
    return (None,)
