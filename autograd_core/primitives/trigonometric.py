"""Trigonometric and hyperbolic functions, and their inverses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives.arithmetic import abs_
from autograd_core.primitives.choices import choose, is_infinite, over
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.powers import sqrt
from autograd_core.primitives.primitive import table_row
from autograd_core.primitives.reductions import hypot

__all__ = ["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "sin", "sinh", "tan", "tanh"]


@table_row("function", derivative="cos({0})")
def sin(x: float) -> float:
    """Sine of x in radians; nan for ±inf.

    >>> sin(0.0)
    0.0
    """
    return math.sin(x) if x - x == 0.0 else nan


@sin.define_partials
def sin_partials(out: Any, x: Any) -> Sequence[Any]:
    return (math.cos(x) if type(x) is float and x - x == 0.0 else cos(x),)


@table_row("function", derivative="−sin({0})")
def cos(x: float) -> float:
    """Cosine of x in radians; nan for ±inf.

    >>> cos(0.0)
    1.0
    """
    return math.cos(x) if x - x == 0.0 else nan


@cos.define_partials
def cos_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-math.sin(x) if type(x) is float and x - x == 0.0 else -sin(x),)


@table_row("function", derivative="1 / cos²({0})")
def tan(x: float) -> float:
    """Tangent of x in radians; nan for ±inf.

    >>> tan(0.0)
    0.0
    """
    return math.tan(x) if x - x == 0.0 else nan


@tan.define_partials
def tan_partials(out: Any, x: Any) -> Sequence[Any]:
    cosine = cos(x)
    return (1.0 / (cosine * cosine),)


def _one_minus_square(x: Any) -> Any:
    """1 − x²: as a product it keeps its digits near ±1, as a difference its derivative is right near 0 and at ±1."""
    if type(x) is float:
        return (1.0 - x) * (1.0 + x) if 0.75 <= abs(x) < 1.0 else 1.0 - x * x
    size = abs_(x)
    return choose((size < 0.75) | (size >= 1.0), 1.0 - x * x, (1.0 - x) * (1.0 + x))


def _one_over_root(square: Any) -> Any:
    if type(square) is float and square > 0.0:
        return 1.0 / math.sqrt(square)
    return over(1.0, sqrt(square))


@table_row("function", derivative="1 / √(1 − {0}²)")
def asin(x: float) -> float:
    """Inverse sine, in radians; nan outside −1 … 1.

    >>> asin(0.0)
    0.0
    """
    return math.asin(x) if -1.0 <= x <= 1.0 else nan


@asin.define_partials
def asin_partials(out: Any, x: Any) -> Sequence[Any]:
    return (_one_over_root(_one_minus_square(x)),)


@table_row("function", derivative="−1 / √(1 − {0}²)")
def acos(x: float) -> float:
    """Inverse cosine, in radians; nan outside −1 … 1.

    >>> acos(1.0)
    0.0
    """
    return math.acos(x) if -1.0 <= x <= 1.0 else nan


@acos.define_partials
def acos_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-_one_over_root(_one_minus_square(x)),)


@table_row("function", derivative="1 / (1 + {0}²)")
def atan(x: float) -> float:
    """Inverse tangent, in radians.

    >>> atan(0.0)
    0.0
    """
    return math.atan(x)


@atan.define_partials
def atan_partials(out: Any, x: Any) -> Sequence[Any]:
    cosine = 1.0 / hypot(1.0, x)  # of the angle; 1 + x * x would overflow from 1e154 on
    return (cosine * cosine,)


@table_row("function", source="atan2({0}, {1})", derivative=("{1} / ({0}² + {1}²)", "−{0} / ({0}² + {1}²)"))
def atan2(y: float, x: float) -> float:
    """The angle of the point (x, y), from −π to π; its derivatives at the origin are 0.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return math.atan2(y, x)


@atan2.define_partials
def atan2_partials(out: Any, y: Any, x: Any) -> Sequence[Any]:
    radius = hypot.forward(x, y) if type(x) is type(y) is float else hypot(x, y)
    if type(radius) is float and 0.0 < radius < inf:
        return (x / radius / radius, -(y / radius / radius))
    flat = (radius == 0.0) | is_infinite(radius)
    divisor = choose(flat, 1.0, radius)
    return (choose(flat, 0.0, x / divisor / divisor), choose(flat, 0.0, -(y / divisor / divisor)))


@table_row("function", derivative="cosh({0})")
def sinh(x: float) -> float:
    """Hyperbolic sine.

    >>> sinh(0.0)
    0.0
    """
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(inf, x)


@sinh.define_partials
def sinh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (cosh(x),)


@table_row("function", derivative="sinh({0})")
def cosh(x: float) -> float:
    """Hyperbolic cosine.

    >>> cosh(0.0)
    1.0
    """
    try:
        return math.cosh(x)
    except OverflowError:
        return inf


@cosh.define_partials
def cosh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sinh(x),)


@table_row("function", source="sech²({0})", derivative="−2·tanh({0})·(1 − tanh²({0}))")
def sech_squared(x: float) -> float:
    """1 / cosh²(x), the slope of tanh, with all its digits where 1 − tanh² has lost them."""
    exponential = math.exp(-2.0 * abs(x))
    return 4.0 * exponential / ((1.0 + exponential) * (1.0 + exponential))


@sech_squared.define_partials
def sech_squared_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-2.0 * (out * tanh(x)),)


@table_row("activation", derivative="1 − tanh²({0})")
def tanh(x: float) -> float:
    """Hyperbolic tangent.

    Its derivative is sech², which keeps all its digits where 1 − tanh² has lost them:

    >>> tanh(20.0), tanh.partials(1.0, 20.0)
    (1.0, (1.6993417021166355e-17,))
    """
    return math.tanh(x)


@tanh.define_partials
def tanh_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float:  # the forward of sech_squared, written out
        exponential = math.exp(-2.0 * abs(x))
        return (4.0 * exponential / ((1.0 + exponential) * (1.0 + exponential)),)
    return (sech_squared(x),)


@table_row("function", derivative="1 / √(1 + {0}²)")
def asinh(x: float) -> float:
    """Inverse hyperbolic sine.

    >>> asinh(0.0)
    0.0
    """
    return math.asinh(x)


@asinh.define_partials
def asinh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (1.0 / hypot(1.0, x),)


@table_row("function", derivative="1 / √({0}² − 1)")
def acosh(x: float) -> float:
    """Inverse hyperbolic cosine; nan below 1.

    >>> acosh(1.0)
    0.0
    """
    return math.acosh(x) if x >= 1.0 else nan


@acosh.define_partials
def acosh_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float and x > 1.0:
        return (1.0 / (math.sqrt(x - 1.0) * math.sqrt(x + 1.0)),)
    return (over(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)),)


@table_row("function", derivative="1 / (1 − {0}²)")
def atanh(x: float) -> float:
    """Inverse hyperbolic tangent; ±inf at ±1, nan beyond.

    >>> atanh(0.0)
    0.0
    """
    if -1.0 < x < 1.0:
        return math.atanh(x)
    return math.copysign(inf, x) if abs(x) == 1.0 else nan


@atanh.define_partials
def atanh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (over(1.0, _one_minus_square(x)),)
