"""Functions of statistics and the relatives of the gamma function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import gamma, ieee
from autograd_core.primitives.choices import clamp
from autograd_core.primitives.primitive import table_row

__all__ = ["digamma", "erf", "erfc", "erfinv", "lgamma"]


@table_row("function", "exp_minus_square", "exp(-{0}²)", derivative="−2·{0}·exp(−{0}²)")
def exp_minus_square(x: float) -> float:
    """exp(−x²), accurate where x² is large: what the derivatives of erf and erfc are made of.

    Where it is subnormal, for |x| > 26.6, its derivative carries its rounding times 2x, which is up to 30 of the
    smallest subnormal floats; so do the second derivatives of erf and erfc.
    """
    return ieee.exp_minus_square(x)


@exp_minus_square.define_partials
def exp_minus_square_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-2.0 * clamp(x, -40.0, 40.0) * out,)


TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


ONE_OVER_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


@table_row("function", derivative="2 / √(π)·exp(−{0}²)")
def erf(x: float) -> float:
    """Error function.

    >>> erf(0.0)
    0.0
    """
    return math.erf(x)


@erf.define_partials
def erf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (TWO_OVER_SQRT_PI * (ieee.exp_minus_square(x) if type(x) is float else exp_minus_square(x)),)


@table_row("function", derivative="−2 / √(π)·exp(−{0}²)")
def erfc(x: float) -> float:
    """Complementary error function, 1 − erf(x), accurate in its tail.

    >>> erfc(0.0)
    1.0
    """
    return math.erfc(x)


@erfc.define_partials
def erfc_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-TWO_OVER_SQRT_PI * (ieee.exp_minus_square(x) if type(x) is float else exp_minus_square(x)),)


@table_row("function", "normal_pdf", "φ({0})", derivative="−{0}·φ({0})")
def normal_pdf(x: float) -> float:
    """The standard normal density, exp(−x²/2)/√(2π).

    Where it is subnormal, for |x| > 37.5, its derivative and gelu's carry its rounding times x, which is up to 30 of
    the smallest subnormal floats; second derivatives up to 1500.
    """
    return ONE_OVER_SQRT_TWO_PI * ieee.exp_minus_square(x, 0.5)


@normal_pdf.define_partials
def normal_pdf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-(clamp(x, -40.0, 40.0) * out),)


@table_row("function", "normal_cdf", "Φ({0})", derivative="φ({0})")
def normal_cdf(x: float) -> float:
    """The standard normal distribution function, accurate in its lower tail."""
    return ieee.normal_cdf(x)


@normal_cdf.define_partials
def normal_cdf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (normal_pdf(x),)


@table_row("function", derivative="ψ({0})")
def lgamma(x: float) -> float:
    """log|Γ(x)|; its derivative is the digamma function.

    For x < 0 both are differences, of the two terms of the reflection formula, and have many roots: their errors are
    within 4 ulp of those terms.

    >>> lgamma(1.0), lgamma(2.0)
    (0.0, 0.0)
    """
    return gamma.lgamma(x)


@lgamma.define_partials
def lgamma_partials(out: Any, x: Any) -> Sequence[Any]:
    return (polygamma(0.0, x),)


@table_row("function", source="ψ{0}({1})", derivative="polygamma({0} + 1, {1})")
def polygamma(order: float, x: float) -> float:
    """The derivative of lgamma of order ``order + 1``; the order is a whole number, not differentiated.

    Within 4 ulp; for x < 0, of the terms of the reflection formula, one of which is a power of the cotangent that has
    each of its roundings order + 1 times.

    >>> polygamma(1.0, 1.0)  # pi**2 / 6
    1.6449340668482264
    """
    return gamma.polygamma(int(order), x)


@polygamma.define_partials
def polygamma_partials(out: Any, order: Any, x: Any) -> Sequence[Any]:
    return (None, polygamma(order + 1.0, x))


@table_row("function", source="ψ({0})", derivative="ψ1({0})")
def digamma(x: float) -> float:
    """The derivative of lgamma; nan at its poles 0, −1, −2, …

    >>> digamma(1.0)  # minus Euler's constant
    -0.5772156649015326
    """
    return gamma.polygamma(0, x)


@digamma.define_partials
def digamma_partials(out: Any, x: Any) -> Sequence[Any]:
    return (polygamma(1.0, x),)


@table_row("function", source="erf⁻¹({0})", derivative="√(π) / 2·exp(erf⁻¹({0})²)")
def erfinv(x: float) -> float:
    """The number whose erf is x; ±inf at ±1, nan beyond.

    >>> erfinv(0.0), erfinv(erf(0.5)), erfinv(1.0)
    (0.0, 0.5, inf)
    """
    return ieee.erfinv(x)


@erfinv.define_partials
def erfinv_partials(out: Any, x: Any) -> Sequence[Any]:
    return (erfinv_slope(x),)


@table_row("function", "erfinv_slope", "erf⁻¹′({0})", derivative="2·erf⁻¹({0})·erf⁻¹′({0})²")
def erfinv_slope(x: float) -> float:
    """√π / 2 · exp(erfinv(x)²), the slope of erfinv: the rounding of erfinv, which the exponential magnifies up to 70
    times, is taken off again.
    """
    return ieee.erfinv_slope(x)


@erfinv_slope.define_partials
def erfinv_slope_partials(out: Any, x: Any) -> Sequence[Any]:
    return (2.0 * erfinv(x) * (out * out),)
