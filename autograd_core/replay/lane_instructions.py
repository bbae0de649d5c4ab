"""What each instruction does to numbers in lanes: a row for each, by its name in the table of instructions.

The texts follow the primitives' own *forward*, without branches. What the C library rounds, or what is written in other
terms, may differ from it by an ulp or two; all else is the same to the bit, signed zeros and nan included.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import inf, nan, pi, sqrt

from autograd_core.primitives.activations import SELU_ALPHA, SELU_SCALE
from autograd_core.primitives.ieee import SQRT_HALF, SQRT_HALF_ERROR
from autograd_core.primitives.special import ONE_OVER_SQRT_TWO_PI
from autograd_core.replay import lane_functions as lane
from autograd_core.replay.vectors import Mask, Number


def truth(mask: Mask) -> Number:
    """1 where it is true, 0 elsewhere."""
    return mask.choose(1.0, 0.0)


def of_library(name: str) -> Callable[[Number], Number]:
    """A function of one number that the C library has."""
    return lambda x: x.lanes.from_library(name, x)


def of_processor(name: str) -> Callable[[Number], Number]:
    """A rounding to whole numbers; as in Python, their zero has no sign."""
    return lambda x: x.lanes.intrinsic(name, x) + 0.0


# -- arithmetic -------------------------------------------------------------------------------------------------------


def where(condition: Number, if_true: Number, if_false: Number) -> Number:
    return condition.equals(0.0).choose(if_false, if_true)


def clamp(x: Number, low: Number, high: Number) -> Number:
    held = (x < low).choose(low, (x > high).choose(high, x))
    return (x.is_nan() | low.is_nan() | high.is_nan()).choose(nan, held)


def sign(x: Number) -> Number:
    size = x.lanes.intrinsic("copysign", Number(x.lanes, x.lanes.constant(1.0)), x)
    return x.is_nan().choose(x, x.equals(0.0).choose(0.0, size))


def constant_power(x: Number, y: Number) -> Number:
    whole = x.lanes.intrinsic("floor", y)
    is_complex = x.equals(-inf) & (whole < y)
    return (is_complex | y.is_nan()).choose(nan, x.lanes.from_library("pow", x, y))


def power(x: Number, y: Number) -> Number:
    return x.is_nan().choose(nan, constant_power(x, y))


def cbrt(x: Number) -> Number:
    root = x.lanes.from_library("cbrt", x)
    is_final = root.equals(0.0) | ~(abs(root) < inf)
    return is_final.choose(root, root - (root - x / (root * root)) / 3.0)


def remainder(x: Number, y: Number) -> Number:
    rest = x.fmod(y)
    has_other_sign = ((y < 0.0) & (rest > 0.0)) | ((y >= 0.0) & (rest < 0.0))
    moved = has_other_sign.choose(rest + y, rest)
    zero = Number(x.lanes, x.lanes.constant(0.0)).with_sign_of(y)
    return y.equals(0.0).choose(nan, rest.equals(0.0).choose(zero, moved))


def floor_divide(x: Number, y: Number) -> Number:
    rest = x.fmod(y)
    has_other_sign = ((y < 0.0) & (rest > 0.0)) | ((y >= 0.0) & (rest < 0.0))
    times = (x - rest) / y
    times = has_other_sign.choose(times - 1.0, times)
    whole = x.lanes.intrinsic("floor", times)
    whole = (times - whole > 0.5).choose(whole + 1.0, whole)
    zero = Number(x.lanes, x.lanes.constant(0.0)).with_sign_of(x / y)
    return y.equals(0.0).choose(x / y, times.equals(0.0).choose(zero, whole))


def spoilt(upstream: Number, value: Number) -> Number:
    return (value.is_nan() & ~upstream.equals(0.0)).choose(nan, upstream)


def passed_on(total: Number | float, upstream: Number, local_derivative: Number) -> Number:
    """What an upstream adds to an adjoint; one of 0 adds nothing, whatever the local derivative."""
    return total + upstream.equals(0.0).choose(0.0, upstream * local_derivative)


def adjoint(*pairs: Number) -> Number:
    total: Number | float = 0.0
    for upstream, local_derivative in zip(pairs[::2], pairs[1::2]):
        total = passed_on(total, upstream, local_derivative)
    assert isinstance(total, Number)
    return total


# -- special functions and activations --------------------------------------------------------------------------------

SPLIT = 134217729.0  # 2**27 + 1 cuts the 53 bits of a float in two halves whose products are exact


def two_square(x: Number) -> tuple[Number, Number]:
    """x·x rounded, and the rounding error, for |x| below 1e150."""
    square = x * x
    scaled = SPLIT * x
    high = scaled - (scaled - x)
    low = x - high
    return square, ((high * high - square) + 2.0 * high * low) + low * low


def exp_minus_square(x: Number, scale: float = 1.0) -> Number:
    square, error = two_square(x)
    result = lane.exp(-scale * square) * (1.0 - scale * error)
    return (abs(x) > 40.0).choose(0.0, result)


def normal_pdf(x: Number) -> Number:
    return ONE_OVER_SQRT_TWO_PI * exp_minus_square(x, 0.5)


_HALF_HIGH = SPLIT * SQRT_HALF - (SPLIT * SQRT_HALF - SQRT_HALF)
_HALF_LOW = SQRT_HALF - _HALF_HIGH


def normal_cdf(x: Number) -> Number:
    argument = -x * SQRT_HALF
    scaled = SPLIT * x
    high = scaled - (scaled - x)
    low = x - high
    product_error = ((-high * _HALF_HIGH - argument) - high * _HALF_LOW - low * _HALF_HIGH) - low * _HALF_LOW
    argument_error = product_error - x * SQRT_HALF_ERROR
    slope = -2.0 / sqrt(pi) * exp_minus_square(argument)
    result = 0.5 * (x.lanes.from_library("erfc", argument) + slope * argument_error)
    return (x < -40.0).choose(0.0, (x > 40.0).choose(1.0, result))


def leaky_relu(x: Number, negative_slope: Number) -> Number:
    return ((x > 0.0) & ~negative_slope.is_nan()).choose(x, negative_slope * x)


def elu(x: Number, alpha: Number) -> Number:
    return alpha.is_nan().choose(nan, (x > 0.0).choose(x, alpha * lane.expm1(x)))


def selu(x: Number) -> Number:
    return (x > 0.0).choose(SELU_SCALE * x, SELU_SCALE * SELU_ALPHA * lane.expm1(x))


def gelu(x: Number) -> Number:
    return (x <= -40.0).choose(-0.0, x * normal_cdf(x))


def silu(x: Number) -> Number:
    rising = x / (1.0 + lane.exp(-x))
    half = lane.exp(0.5 * x)
    falling = (x < -800.0).choose(-0.0, x * half / (1.0 + half * half) * half)
    return (x < 0.0).choose(falling, rising)


def mish(x: Number) -> Number:
    e = lane.exp(-abs(x))
    rising = x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e))
    half = lane.exp(-0.5 * abs(x))
    e = half * half
    falling = (x < -800.0).choose(-0.0, x * half * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half)
    return (x < 0.0).choose(falling, rising)


def softsign(x: Number) -> Number:
    return abs(x).equals(inf).choose(sign(x), x / (1.0 + abs(x)))


# -- the table ------------------------------------------------------------------------------------------------------

Result = Number | tuple[Number, Number]

NARROW: dict[str, Callable[..., Result]] = {
    "where": where,
    "clamp": clamp,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negative": lambda x: -x,
    "abs_": lambda x: abs(x),
    "sign": sign,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "power": power,
    "constant_power": constant_power,
    "sqrt": lambda x: x.lanes.intrinsic("sqrt", x),
    "cbrt": cbrt,
    "exp": lane.exp,
    "exp2": of_library("exp2"),
    "expm1": lane.expm1,
    "log": lane.log,
    "log2": of_library("log2"),
    "log10": of_library("log10"),
    "log1p": lane.log1p,
    "exp_minus_square": lambda x: exp_minus_square(x),
    "erf": of_library("erf"),
    "erfc": of_library("erfc"),
    "normal_pdf": normal_pdf,
    "normal_cdf": normal_cdf,
    "sin": lane.sin,
    "cos": lane.cos,
    "tan": of_library("tan"),
    "asin": of_library("asin"),
    "acos": of_library("acos"),
    "atan": of_library("atan"),
    "atan2": lambda y, x: x.lanes.from_library("atan2", y, x),
    "sinh": of_library("sinh"),
    "cosh": of_library("cosh"),
    "sech_squared": lane.sech_squared,
    "tanh": lane.tanh,
    "asinh": of_library("asinh"),
    "acosh": of_library("acosh"),
    "atanh": of_library("atanh"),
    "sigmoid": lane.sigmoid,
    "log_sigmoid": lambda x: -lane.softplus(-x),
    "softplus": lane.softplus,
    "relu": lambda x: (x <= 0.0).choose(0.0, x),
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "mish": mish,
    "softsign": softsign,
    "less": lambda x, y: truth(x < y),
    "less_equal": lambda x, y: truth(x <= y),
    "greater": lambda x, y: truth(x > y),
    "greater_equal": lambda x, y: truth(x >= y),
    "equal": lambda x, y: truth(x.equals(y)),
    "not_equal": lambda x, y: truth(~x.equals(y)),
    "both": lambda x, y: truth(~x.equals(0.0) & ~y.equals(0.0)),
    "either": lambda x, y: truth(~x.equals(0.0) | ~y.equals(0.0)),
    "negation": lambda x: truth(x.equals(0.0)),
    "remainder": remainder,
    "floor_divide": floor_divide,
    "floor": of_processor("floor"),
    "ceil": of_processor("ceil"),
    "trunc": of_processor("trunc"),
    "copied": lambda x: x,
    "spoilt": spoilt,
    "tanh, sech_squared": lane.tanh_and_sech_squared,
    "sin, cos": lane.sin_and_cos,
    "softplus, sigmoid": lane.softplus_and_sigmoid,
    "adjoint of 1": lambda u, d: adjoint(u, d),
    "adjoint of 2": lambda u, d, v, e: adjoint(u, d, v, e),
    "adjoint of 3": lambda u, d, v, e, w, f: adjoint(u, d, v, e, w, f),
    "sum of 2": lambda x, y: 0.0 + x + y,
    "sum of 3": lambda x, y, z: 0.0 + x + y + z,
    "sum of 4": lambda w, x, y, z: 0.0 + w + x + y + z,
}
"""What instructions with a fixed number of operands do; two at once, where they share most of their work."""

ARITIES = {name: len(inspect.signature(function).parameters) for name, function in NARROW.items()}
PAIRS = [tuple(name.split(", ")) for name in NARROW if ", " in name]
"""Instructions that are done at once where both have the same operand."""


def n_results_of(name: str) -> int:
    """How many results a narrow instruction has."""
    return 1 + name.count(",")
