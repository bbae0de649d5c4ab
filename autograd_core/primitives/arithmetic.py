"""Arithmetic: sums, products, quotients, and the sign and size of a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import ieee
from autograd_core.primitives.choices import choose, is_infinite, over
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.primitive import table_row

__all__ = ["reciprocal", "sign", "square"]


@table_row("arithmetic", "+", "{0} + {1}", derivative="1")
def add(x: float, y: float) -> float:
    """``x + y``."""
    return x + y


@add.define_partials
def add_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, 1.0)


@table_row("arithmetic", "-", "{0} - {1}", derivative=("1", "−1"))
def subtract(x: float, y: float) -> float:
    """``x - y``."""
    return x - y


@subtract.define_partials
def subtract_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, -1.0)


@table_row("arithmetic", "*", "{0} * {1}", derivative=("{1}", "{0}"))
def multiply(x: float, y: float) -> float:
    """``x * y``."""
    return x * y


@multiply.define_partials
def multiply_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (y, x)


@table_row("arithmetic", "/", "{0} / {1}", derivative=("1 / {1}", "−{0} / {1}²"))
def divide(x: float, y: float) -> float:
    """``x / y``; over zero ±inf, and nan for 0/0."""
    return x / y if y else ieee.divide(x, y)


@divide.define_partials
def divide_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    reciprocal_of_y = over(1.0, y)  # one division serves both, unless it overflows
    if type(reciprocal_of_y) is float and abs(reciprocal_of_y) < inf:
        return (reciprocal_of_y, -(out * reciprocal_of_y))
    by_y = choose(is_infinite(reciprocal_of_y), over(out, y), out * reciprocal_of_y)
    return (reciprocal_of_y, -by_y)


@table_row("arithmetic", "neg", "-{0}", derivative="−1")
def negative(x: float) -> float:
    """``-x``."""
    return -x


@negative.define_partials
def negative_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-1.0,)


@table_row("function", "abs", "|{0}|", derivative="sign({0})")
def abs_(x: float) -> float:
    """Absolute value; its derivative at the kink is 0.

    >>> abs_(-3.0), abs_.partials(3.0, -3.0), abs_.partials(0.0, 0.0)
    (3.0, (-1.0,), (0.0,))
    """
    return math.fabs(x)


@abs_.define_partials
def abs_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sign.forward(x) if type(x) is float else sign(x),)


@table_row("function", derivative="0")
def sign(x: float) -> float:
    """-1, 0 or 1; nan for nan. Its derivative is 0 everywhere.

    >>> sign(-2.5), sign(0.0), sign(7.0)
    (-1.0, 0.0, 1.0)
    """
    if x != x:
        return nan
    return math.copysign(1.0, x) if x else 0.0


@sign.define_partials
def sign_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@table_row("function", source="{0}²", derivative="2·{0}")
def square(x: float) -> float:
    """``x * x``.

    >>> square(3.0), square.partials(9.0, 3.0)
    (9.0, (6.0,))
    """
    return x * x


@square.define_partials
def square_partials(out: Any, x: Any) -> Sequence[Any]:
    return (2.0 * x,)


@table_row("function", source="1 / {0}", derivative="−1 / {0}²")
def reciprocal(x: float) -> float:
    """``1 / x``.

    >>> reciprocal(4.0), reciprocal.partials(0.25, 4.0)
    (0.25, (-0.0625,))
    """
    return 1.0 / x if x else math.copysign(inf, x)


@reciprocal.define_partials
def reciprocal_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-(out * out),)
