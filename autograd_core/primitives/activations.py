"""The activation functions of neural networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import ieee
from autograd_core.primitives.arithmetic import abs_
from autograd_core.primitives.choices import choose, clamp
from autograd_core.primitives.ieee import inf, nan
from autograd_core.primitives.powers import exp, expm1
from autograd_core.primitives.primitive import table_row
from autograd_core.primitives.reductions import minimum
from autograd_core.primitives.special import normal_cdf, normal_pdf
from autograd_core.primitives.trigonometric import sech_squared

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
]


@table_row("activation", source="σ({0})", derivative="σ({0})·(1 − σ({0}))")
def sigmoid(x: float) -> float:
    """1 / (1 + exp(−x)).

    Its derivative is sech²(x/2)/4, not s(1 − s), which loses its digits as s nears 1:

    >>> sigmoid(0.0), sigmoid.partials(1.0, 40.0)
    (0.5, (4.248354255291589e-18,))
    """
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    exponential = math.exp(x)
    return exponential / (1.0 + exponential)


@sigmoid.define_partials
def sigmoid_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float:  # the same, written out
        exponential = math.exp(-abs(x))
        return (0.25 * (4.0 * exponential / ((1.0 + exponential) * (1.0 + exponential))),)
    return (0.25 * sech_squared(0.5 * x),)


@table_row("activation", source="log σ({0})", derivative="1 − σ({0})")
def log_sigmoid(x: float) -> float:
    """log(sigmoid(x)), finite for every finite x.

    >>> log_sigmoid(-1000.0), log_sigmoid.partials(-1000.0, -1000.0)
    (-1000.0, (1.0,))
    """
    return -softplus.forward(-x)


@log_sigmoid.define_partials
def log_sigmoid_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sigmoid.forward(-x) if type(x) is float else sigmoid(-x),)


@table_row("activation", derivative="σ({0})")
def softplus(x: float) -> float:
    """log(1 + exp(x)): a smooth relu, whose derivative is the sigmoid.

    >>> softplus(1000.0), softplus.partials(1000.0, 1000.0)
    (1000.0, (1.0,))
    """
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


@softplus.define_partials
def softplus_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float:  # the forward of sigmoid, written out
        exponential = math.exp(-abs(x))
        return ((1.0 if x >= 0.0 else exponential) / (1.0 + exponential),)
    return (sigmoid(x),)


@table_row("activation", derivative="1 if {0} > 0 else 0")
def relu(x: float) -> float:
    """The positive part of x; its derivative at the kink is 0.

    >>> relu(-2.0), relu(3.0), relu.partials(0.0, 0.0)
    (0.0, 3.0, (0.0,))
    """
    return 0.0 if x <= 0.0 else x


@relu.define_partials
def relu_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float:
        return (1.0 if x > 0.0 else 0.0,)
    return (choose(x > 0.0, 1.0, 0.0),)


def _with_slope(x: Any, negative_slope: Any = 0.01) -> tuple[Any, ...]:
    return (x, negative_slope)


@table_row(
    "activation",
    source="leaky_relu({0}, {1})",
    spread=_with_slope,
    derivative=("1 if {0} > 0 else {1}", "0 if {0} > 0 else {0}"),
)
def leaky_relu(x: float, negative_slope: float) -> float:
    """x where it is positive, ``negative_slope * x`` elsewhere; the slope may be a Value to be learned.

    >>> leaky_relu(-2.0), leaky_relu(-2.0, 0.5), leaky_relu(3.0)
    (-0.02, -1.0, 3.0)
    """
    return x if x > 0.0 and negative_slope == negative_slope else negative_slope * x  # nan for a slope of nan


@leaky_relu.define_partials
def leaky_relu_partials(out: Any, x: Any, negative_slope: Any) -> Sequence[Any]:
    if type(x) is float:
        return (1.0, 0.0) if x > 0.0 else (negative_slope, x)
    return (choose(x > 0.0, 1.0, negative_slope), choose(x > 0.0, 0.0, x))


def _with_alpha(x: Any, alpha: Any = 1.0) -> tuple[Any, ...]:
    return (x, alpha)


@table_row(
    "activation",
    source="elu({0}, {1})",
    spread=_with_alpha,
    derivative=("1 if {0} > 0 else {1}·exp({0})", "0 if {0} > 0 else exp({0}) − 1"),
)
def elu(x: float, alpha: float) -> float:
    """x where it is positive, ``alpha * (exp(x) − 1)`` elsewhere.

    >>> elu(2.0), elu.partials(0.0, 0.0, 1.0)
    (2.0, (1.0, 0.0))
    """
    return nan if alpha != alpha else x if x > 0.0 else alpha * math.expm1(x)


@elu.define_partials
def elu_partials(out: Any, x: Any, alpha: Any) -> Sequence[Any]:
    if type(x) is float:
        return (1.0, 0.0) if x > 0.0 else (alpha * math.exp(x), math.expm1(x))
    return (choose(x > 0.0, 1.0, alpha * exp(x)), choose(x > 0.0, 0.0, expm1(x)))


# The fixed point of Klambauer et al., Self-Normalizing Neural Networks (2017), equations 12 and 14.
SELU_ALPHA = 1.6732632423543772


SELU_SCALE = 1.0507009873554805


@table_row("activation", derivative="1.0507 if {0} > 0 else 1.7581·exp({0})")
def selu(x: float) -> float:
    """The self-normalising elu: scale · elu(x, alpha) with the constants of its paper.

    >>> selu(1.0)
    1.0507009873554805
    """
    return SELU_SCALE * x if x > 0.0 else SELU_SCALE * SELU_ALPHA * math.expm1(x)


@selu.define_partials
def selu_partials(out: Any, x: Any) -> Sequence[Any]:
    if type(x) is float:
        return (SELU_SCALE if x > 0.0 else SELU_SCALE * SELU_ALPHA * math.exp(x),)
    return (choose(x > 0.0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * exp(x)),)


@table_row("activation", derivative="Φ({0}) + {0}·φ({0})")
def gelu(x: float) -> float:
    """x·Φ(x) with the exact normal distribution function Φ, accurate in its tail.

    >>> gelu(0.0), f"{gelu(-20.0):.12e}"
    (0.0, '-5.507248237212e-88')
    """
    return x * ieee.normal_cdf(x) if x > -40.0 or x != x else -0.0


@gelu.define_partials
def gelu_partials(out: Any, x: Any) -> Sequence[Any]:
    return (normal_cdf(x) + clamp(x, -40.0, 40.0) * normal_pdf(x),)


@table_row("activation", derivative="σ({0})·(1 + {0}·(1 − σ({0})))")
def silu(x: float) -> float:
    """x·sigmoid(x), also called swish.

    Where sigmoid(−|x|) is subnormal, for |x| > 708, the second derivative carries its rounding times x.

    >>> silu(0.0), silu.partials(0.0, 0.0)
    (0.0, (0.5,))
    """
    if x >= 0.0 or x != x:
        return x / (1.0 + math.exp(-x))
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)  # in two halves: exp(x) alone may be too small for all its digits
    return x * half / (1.0 + half * half) * half


@silu.define_partials
def silu_partials(out: Any, x: Any) -> Sequence[Any]:
    bounded = clamp(x, -800.0, 800.0)
    half = exp(0.5 * minimum(bounded, 0.0))
    slope = 1.0 + bounded * sigmoid(-bounded)
    return (choose(x < 0.0, half * slope / (1.0 + half * half) * half, sigmoid(bounded) * slope),)


@table_row("activation", derivative="tanh(softplus({0})) + {0}·σ({0})·(1 − tanh²(softplus({0})))")
def mish(x: float) -> float:
    """x·tanh(softplus(x)).

    >>> mish(0.0), mish.partials(0.0, 0.0)
    (0.0, (0.6,))
    """
    if x >= 0.0 or x != x:
        e = math.exp(-x)
        return x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e))
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)
    e = half * half
    return x * half * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half


@mish.define_partials
def mish_partials(out: Any, x: Any) -> Sequence[Any]:
    """With e = exp(−|x|), tanh(softplus(x)) is a fraction of polynomials in e, and so is its derivative."""
    bounded = clamp(x, -800.0, 800.0)
    size = choose(x < 0.0, -bounded, bounded)  # abs() has derivative 0 at 0, which would spoil the second derivative
    e = exp(-size)
    rising_denominator = 1.0 + 2.0 * e + 2.0 * e * e
    bend = 2.0 * bounded * (1.0 + e) - rising_denominator
    rising = 1.0 + 2.0 * (e * e) * bend / (rising_denominator * rising_denominator)
    half = exp(-0.5 * size)
    denominator = e * (e + 2.0) + 2.0
    numerator = (e + 2.0) * denominator + 4.0 * bounded * (1.0 + e)
    return (choose(x < 0.0, half * (numerator / (denominator * denominator)) * half, rising),)


@table_row("activation", derivative="1 / (1 + |{0}|)²")
def softsign(x: float) -> float:
    """x / (1 + |x|).

    >>> softsign(1.0), softsign.partials(0.5, 1.0)
    (0.5, (0.25,))
    """
    return math.copysign(1.0, x) if abs(x) == inf else x / (1.0 + abs(x))


@softsign.define_partials
def softsign_partials(out: Any, x: Any) -> Sequence[Any]:
    root = 1.0 / (1.0 + abs_(x))
    return (root * root,)
