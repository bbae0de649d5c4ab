"""Rounding, and division with a remainder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import ieee
from autograd_core.primitives.ieee import nan
from autograd_core.primitives.primitive import table_row

__all__ = ["ceil", "floor", "remainder", "trunc"]


@table_row("arithmetic", "%", "{0} % {1}", derivative=("1", "−({0} // {1})"))
def remainder(x: float, y: float) -> float:
    """``x % y`` with the sign of y, as in Python; nan where y is 0.

    >>> remainder(7.5, 2.0), remainder(-7.5, 2.0), remainder(1.0, 0.0)
    (1.5, 0.5, nan)
    """
    return x % y if y else nan


@remainder.define_partials
def remainder_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, -floor_divide.forward(x, y) if type(x) is type(y) is float else -floor_divide(x, y))


@table_row("arithmetic", "//", "{0} // {1}", derivative="0")
def floor_divide(x: float, y: float) -> float:
    """``x // y``, the whole number of times that y goes into x, as in Python; over zero ±inf. Its derivative is 0."""
    return x // y if y else ieee.divide(x, y)


@floor_divide.define_partials
def floor_divide_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (0.0, 0.0)


@table_row("function", derivative="0")
def floor(x: float) -> float:
    """The largest whole number that is not above x. Its derivative is 0, and likewise those of the next three.

    >>> floor(-2.5), floor.partials(-3.0, -2.5)
    (-3.0, (0.0,))
    """
    return float(math.floor(x)) if math.isfinite(x) else x


@floor.define_partials
def floor_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@table_row("function", derivative="0")
def ceil(x: float) -> float:
    """The smallest whole number that is not below x.

    >>> ceil(-2.5)
    -2.0
    """
    return float(math.ceil(x)) if math.isfinite(x) else x


@ceil.define_partials
def ceil_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@table_row("function", derivative="0")
def trunc(x: float) -> float:
    """x without what is behind its decimal point.

    >>> trunc(-2.5), trunc(2.5)
    (-2.0, 2.0)
    """
    return float(math.trunc(x)) if math.isfinite(x) else x


@trunc.define_partials
def trunc_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


def _with_digits(x: Any, digits: Any = 0.0) -> tuple[Any, ...]:
    return (x, digits)


@table_row("function", "round", "round({0}, {1})", spread=_with_digits, derivative="0")
def round_(x: float, digits: float) -> float:
    """x rounded to so many digits behind the decimal point, halves to even, as Python's ``round``.

    >>> round_(2.5), round_(1.234, 2)
    (2.0, 1.23)
    """
    return round(x, int(digits))


@round_.define_partials
def round_partials(out: Any, x: Any, digits: Any) -> Sequence[Any]:
    return (0.0, None)
