"""Powers, roots, exponentials and logarithms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, overload

from autograd_core.primitives import ieee
from autograd_core.primitives.arithmetic import abs_
from autograd_core.primitives.choices import choose, is_infinite, over
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.primitive import Operand, Result, table_row

__all__ = ["cbrt", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt"]


def _power_slope(out: Any, x: Any, exponent: Any) -> Any:
    """``exponent * x ** (exponent - 1)``, the derivative of a power by its base; 0 for an exponent of 0.

    Below 1/2, ``exponent - 1`` may be rounded, which the power multiplies by log(x) (up to 700), and the power may
    overflow though the exponent makes the product small again: there ``exponent * out / x`` is right. Above,
    ``out`` may overflow though the derivative does not. Where ``out`` is subnormal the derivative carries its rounding,
    times ``exponent / x``.
    """
    size = abs_(x)
    divisible = (exponent < 0.5) & (exponent > -inf) & (size > 0.0) & (size < inf)
    vanishes = (exponent == 0.0) | is_infinite(exponent) & (out == 0.0)
    by_power = choose(vanishes, 0.0, exponent * pow_(x, exponent - 1.0))
    return choose(divisible, over(exponent * out, x), by_power)


@table_row("arithmetic", "pow", "{0} ** {1}", derivative=("{1}·{0}^({1} − 1)", "{0}^{1}·log({0})"))
def power(x: float, y: float) -> float:
    """``x ** y`` where both may vary; nan for a fractional power of a negative number."""
    if x != x or y != y:
        return nan
    return ieee.power(x, y)


@power.define_partials
def power_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    by_exponent = out * log(x)
    vanishes = (out == 0.0) & (x >= 0.0) | (x == 0.0) & (y == 0.0)
    return (_power_slope(out, x, y), choose(vanishes, 0.0, by_exponent))


@table_row("arithmetic", "**", "{0} ** {1}", derivative="{1}·{0}^({1} − 1)")
def constant_power(x: float, exponent: float) -> float:
    """``x ** exponent`` with an exponent that is a plain number: to the power 0 even nan gives 1."""
    return nan if exponent != exponent else ieee.power(x, exponent)


@constant_power.define_partials
def constant_power_partials(out: Any, x: Any, exponent: Any) -> Sequence[Any]:
    if type(exponent) is float and 0.5 <= exponent < inf:  # the usual ones, such as squares, have no special points
        return (exponent * pow_(x, exponent - 1.0), None)
    return (choose(exponent == 0.0, 0.0, _power_slope(out, x, exponent)), None)


@overload
def pow_(x: float, y: float) -> float: ...


@overload
def pow_(x: Operand[Result], y: Operand[Result] | float) -> Result: ...


@overload
def pow_(x: float, y: Operand[Result]) -> Result: ...


@overload
def pow_(x: Any, y: Any) -> Any: ...


def pow_(x: Any, y: Any) -> Any:
    """``x ** y``; a plain number as exponent is a constant.

    >>> pow_(2.0, 10.0)
    1024.0
    """
    varies = hasattr(y, "__apply_primitive__")
    if (varies and type(x) is float) or (hasattr(x, "__apply_primitive__") and (varies or type(y) in (float, int))):
        return x**y  # the operator, which is written out
    return power(x, y) if varies else constant_power(x, y)


@table_row("function", source="√{0}", derivative="1 / (2·√({0}))")
def sqrt(x: float) -> float:
    """Square root; nan below 0.

    >>> sqrt(9.0), sqrt.partials(3.0, 9.0)
    (3.0, (0.16666666666666666,))
    """
    return math.sqrt(x) if x >= 0.0 else nan


@sqrt.define_partials
def sqrt_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.5 / out if type(out) is float and out else over(0.5, out + 0.0),)  # -0.0 + 0.0 is 0.0


@table_row("function", source="∛{0}", derivative="1 / (3·∛({0})²)")
def cbrt(x: float) -> float:
    """Cube root, also of negative numbers.

    >>> cbrt(-27.0)
    -3.0
    """
    return ieee.cbrt(x)


@cbrt.define_partials
def cbrt_partials(out: Any, x: Any) -> Sequence[Any]:
    return (over(1.0, 3.0 * (out * out)),)


LN_2 = math.log(2.0)


LN_10 = math.log(10.0)


@table_row("function", derivative="exp({0})")
def exp(x: float) -> float:
    """e to the power x; inf beyond 709.78.

    >>> exp(0.0), exp(1000.0)
    (1.0, inf)
    """
    try:
        return math.exp(x)
    except OverflowError:
        return inf


@exp.define_partials
def exp_partials(out: Any, x: Any) -> Sequence[Any]:
    return (out,)


@table_row("function", derivative="log(2)·exp2({0})")
def exp2(x: float) -> float:
    """2 to the power x.

    >>> exp2(10.0)
    1024.0
    """
    try:
        return math.exp2(x)
    except OverflowError:
        return inf


@exp2.define_partials
def exp2_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(out) is float and out < inf:
        return (LN_2 * out,)
    beyond_largest = 2.0 * LN_2 * exp2(x - 1.0)  # from 1024 to 1024.5 the slope is a float though 2**x is not
    return (choose(is_infinite(out), beyond_largest, LN_2 * out),)


@table_row("function", derivative="exp({0})")
def expm1(x: float) -> float:
    """exp(x) − 1, accurate near 0.

    >>> expm1(1e-20)
    1e-20
    """
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


@expm1.define_partials
def expm1_partials(out: Any, x: Any) -> Sequence[Any]:
    return (exp(x),)


@table_row("function", derivative="1 / {0}")
def log(x: float) -> float:
    """Natural logarithm; -inf at 0, nan below.

    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    return math.log(x) if x > 0.0 else -inf if x == 0.0 else nan


@log.define_partials
def log_partials(out: Any, x: Any) -> Sequence[Any]:
    return (1.0 / x if type(x) is float and x else over(1.0, x + 0.0),)  # -0.0 + 0.0 is 0.0


@table_row("function", derivative="1 / ({0}·log(2))")
def log2(x: float) -> float:
    """Logarithm to base 2.

    >>> log2(8.0)
    3.0
    """
    return math.log2(x) if x > 0.0 else -inf if x == 0.0 else nan


@log2.define_partials
def log2_partials(out: Any, x: Any) -> Sequence[Any]:
    return (over(1.0 / LN_2, x + 0.0),)


@table_row("function", derivative="1 / ({0}·log(10))")
def log10(x: float) -> float:
    """Logarithm to base 10.

    >>> log10(1000.0)
    3.0
    """
    return math.log10(x) if x > 0.0 else -inf if x == 0.0 else nan


@log10.define_partials
def log10_partials(out: Any, x: Any) -> Sequence[Any]:
    return (over(1.0 / LN_10, x + 0.0),)


@table_row("function", derivative="1 / (1 + {0})")
def log1p(x: float) -> float:
    """log(1 + x), accurate near 0.

    >>> log1p(1e-20)
    1e-20
    """
    return math.log1p(x) if x > -1.0 else -inf if x == -1.0 else nan


@log1p.define_partials
def log1p_partials(out: Any, x: Any) -> Sequence[Any]:
    return (over(1.0, 1.0 + x),)
