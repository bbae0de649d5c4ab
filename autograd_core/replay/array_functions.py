"""What each instruction does to NumPy arrays: the *forward* of the table of primitives, element by element.

Derivatives are not written here; they are instructions themselves (see :mod:`~autograd_core.replay.symbols`). Each
function takes the operands and ``out``, the array to write to. Formulas are those of the table, so that values agree
with it to 2 ulp; what is missing here is computed by the table's own function, one number at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_core import primitives
from autograd_core.primitives.ieee import inf, nan
from autograd_core.replay.instructions import INSTRUCTIONS

Array = np.ndarray[Any, Any]
ArrayFunction = Callable[..., Any]


def _sigmoid(x: Array, out: Array) -> None:
    e = np.exp(-np.abs(x))
    out[...] = np.where(x >= 0.0, 1.0, e) / (1.0 + e)
    np.copyto(out, nan, where=x != x)


def _softplus(x: Array, out: Array) -> None:
    np.add(np.maximum(x, 0.0), np.log1p(np.exp(-np.abs(x))), out=out)


def _log_sigmoid(x: Array, out: Array) -> None:
    _softplus(-x, out)
    np.negative(out, out=out)


def _sech_squared(x: Array, out: Array) -> None:
    e = np.exp(-2.0 * np.abs(x))
    np.divide(4.0 * e, (1.0 + e) * (1.0 + e), out=out)


def _relu(x: Array, out: Array) -> None:
    np.maximum(x, 0.0, out=out)


def _leaky_relu(x: Array, slope: Array, out: Array) -> None:
    out[...] = np.where((x > 0.0) & (slope == slope), x, slope * x)


def _elu(x: Array, alpha: Array, out: Array) -> None:
    out[...] = np.where((x > 0.0) & (alpha == alpha), x, alpha * np.expm1(x))


def _selu(x: Array, out: Array) -> None:
    scale, alpha = primitives.SELU_SCALE, primitives.SELU_ALPHA
    out[...] = np.where(x > 0.0, scale * x, scale * alpha * np.expm1(x))


def _silu(x: Array, out: Array) -> None:
    half = np.exp(0.5 * np.minimum(x, 0.0))
    falling = np.where(x < -800.0, -0.0, x * half / (1.0 + half * half) * half)
    out[...] = np.where(x < 0.0, falling, x / (1.0 + np.exp(-np.abs(x))))


def _mish(x: Array, out: Array) -> None:
    e = np.exp(-np.abs(x))
    rising = x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e))
    half = np.exp(0.5 * np.minimum(x, 0.0))
    e = half * half
    falling = np.where(x < -800.0, -0.0, x * half * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half)
    out[...] = np.where(x < 0.0, falling, rising)


def _softsign(x: Array, out: Array) -> None:
    out[...] = np.where(np.isinf(x), np.sign(x), x / (1.0 + np.abs(x)))


def _two_square(x: Array) -> tuple[Array, Array]:
    """Dekker's product, as in :func:`autograd_core.primitives.ieee.two_square`."""
    square = x * x
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    low = x - high
    return square, ((high * high - square) + 2.0 * high * low) + low * low


def _bell(x: Array, scale: float) -> Array:
    square, error = _two_square(np.clip(x, -40.0, 40.0))
    bell: Array = np.where(np.abs(x) > 40.0, 0.0, np.exp(-scale * square) * (1.0 - scale * error))
    return bell


def _exp_minus_square(x: Array, out: Array) -> None:
    out[...] = _bell(x, 1.0)


def _normal_pdf(x: Array, out: Array) -> None:
    np.multiply(primitives.ONE_OVER_SQRT_TWO_PI, _bell(x, 0.5), out=out)


def _cbrt(x: Array, out: Array) -> None:
    root = np.cbrt(x)
    polished = root - (root - x / (root * root)) / 3.0
    out[...] = np.where((root == 0.0) | np.isinf(root), root, polished)


def _constant_power(x: Array, exponent: Array, out: Array) -> None:
    missing = (exponent != exponent) | ((x == -inf) & (np.mod(exponent, 1.0) > 0.0))
    np.power(x, exponent, out=out)
    np.copyto(out, nan, where=missing)


def _power(x: Array, y: Array, out: Array) -> None:
    _constant_power(x, y, out)
    np.copyto(out, nan, where=x != x)  # an exponent that varies makes no exception for 0


def _hypot(x: Array, y: Array, out: Array) -> None:
    missing = (x != x) | (y != y)
    np.hypot(x, y, out=out)
    np.copyto(out, nan, where=missing)


def _clamp(x: Array, low: Array, high: Array, out: Array) -> None:
    out[...] = np.where(x < low, low, np.minimum(x, high))
    np.copyto(out, nan, where=(low != low) | (high != high))


def _where(condition: Array, if_true: Array, if_false: Array, out: Array) -> None:
    out[...] = np.where(condition, if_true, if_false)  # nan is true, too


def _spoilt(upstream: Array, value: Array, out: Array) -> None:
    out[...] = np.where((value != value) & (upstream != 0.0), nan, upstream)


def passed_on(upstream: Array, local_derivative: Array, out: Array) -> None:
    """Their product, and 0 where the upstream is 0."""
    np.multiply(upstream, local_derivative, out=out)
    np.copyto(out, 0.0, where=np.equal(upstream, 0.0))


# -- of any number of operands: they come as one array, along its first axis ---------------------------------------


def _sum_along(values: Array) -> Array:
    """Pairwise, so that it stays within 2 ulp for many positive numbers too."""
    while len(values) > 2:
        half = len(values) // 2
        pairs = values[:half] + values[half : 2 * half]
        values = pairs if len(values) % 2 == 0 else np.concatenate([pairs, values[2 * half :]])
    return values.sum(axis=0)  # type: ignore[no-any-return]


def _shifted_exponentials(values: Array, largest: Array) -> Array:
    """``exp(value - largest)`` with the rounding error of the difference, as in ``primitives/ieee.py``."""
    difference = values - largest
    b_rounded = values - difference
    a_rounded = difference + b_rounded
    error = (values - a_rounded) - (largest - b_rounded)
    exponentials = np.exp(difference)
    shifted: Array = np.where(exponentials > 0.0, exponentials * (1.0 + error), 0.0)
    return np.where(difference == -inf, 0.0, shifted)


def _log_sum_of_others(values: Array, largest: Array) -> Array:
    """``log(sum(exp(value - largest)))``, with the 1 of the largest one left to log1p."""
    exponentials = _shifted_exponentials(values, largest)
    first_largest = np.expand_dims(np.argmax(values, axis=0), 0)
    np.put_along_axis(exponentials, first_largest, 0.0, axis=0)
    return np.log1p(_sum_along(exponentials))


def _logsumexp(values: Array, out: Array) -> None:
    largest = np.maximum.reduce(values, axis=0)
    out[...] = np.where(np.isfinite(largest), largest + _log_sum_of_others(values, largest), largest)


def _logaddexp(x: Array, y: Array, out: Array) -> None:
    _logsumexp(np.stack(np.broadcast_arrays(x, y)), out)


def _softmax(values: Array, out: Array) -> None:
    largest = np.maximum.reduce(values, axis=0)
    exponentials = _shifted_exponentials(values, largest)
    np.divide(exponentials, _sum_along(exponentials), out=out)
    if not np.isfinite(largest).all():
        _take_limits(values, largest, out)


def _take_limits(values: Array, largest: Array, out: Array) -> None:
    """One inf takes it all; there is no limit beside another, for all -inf, and for nan."""
    infinite = values == inf
    whole = np.where(infinite.sum(axis=0) == 1, 1.0, nan)
    limits = np.where(infinite, whole, 0.0 * whole)
    np.copyto(out, limits, where=largest == inf)
    np.copyto(out, nan, where=(largest == -inf) | (largest != largest))


def _log_softmax(values: Array, out: Array) -> None:
    largest = np.maximum.reduce(values, axis=0)
    np.subtract(values - largest, _log_sum_of_others(values, largest), out=out)
    if not np.isfinite(largest).all():
        limits = np.empty_like(out)
        _softmax(values, limits)
        np.copyto(out, np.log(limits), where=~np.isfinite(largest))


def _norm(values: Array, out: Array) -> None:
    """Scaled by a power of two, which rounds nothing; squares and their sum in twice the digits."""
    if not len(values):
        out[...] = 0.0
        return
    sizes = np.abs(values)
    largest = np.maximum.reduce(sizes, axis=0)
    is_usual = (largest > 0.0) & (largest < inf)
    _, exponent = np.frexp(np.where(is_usual, largest, 1.0))
    squares, errors = _two_square(np.ldexp(sizes, -exponent))
    total, lost = squares[0], np.add.reduce(errors, axis=0)
    for square in squares[1:]:
        added = total + square
        lost = lost + np.where(total >= square, (total - added) + square, (square - added) + total)
        total = added
    root = np.sqrt(total + lost)
    square, error = _two_square(root)
    root = root + ((total - square) + (lost - error)) / (2.0 * root)  # one Newton step
    out[...] = np.where(is_usual, np.ldexp(root, exponent), largest)


FUNCTIONS: dict[str, ArrayFunction] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negative": np.negative,
    "power": _power,
    "constant_power": _constant_power,
    "abs_": np.abs,
    "sign": np.sign,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "sqrt": np.sqrt,
    "cbrt": _cbrt,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "sech_squared": _sech_squared,
    "exp_minus_square": _exp_minus_square,
    "normal_pdf": _normal_pdf,
    "sigmoid": _sigmoid,
    "log_sigmoid": _log_sigmoid,
    "softplus": _softplus,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "silu": _silu,
    "mish": _mish,
    "softsign": _softsign,
    "hypot": _hypot,
    "clamp": _clamp,
    "where": _where,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "both": np.logical_and,
    "either": np.logical_or,
    "negation": np.logical_not,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "logaddexp": _logaddexp,
    "copied": np.positive,
    "spoilt": _spoilt,
    "sum_": partial(np.add.reduce, axis=0),
    "prod": partial(np.multiply.reduce, axis=0),
    "maximum": partial(np.maximum.reduce, axis=0),
    "minimum": partial(np.minimum.reduce, axis=0),
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "norm": _norm,
}
"""By the instruction's name. Sums of products, ``dot`` and ``adjoint``, are written by the text itself."""


def _one_by_one(function: Callable[..., float]) -> ArrayFunction:
    """A function of floats on arrays."""

    def on_arrays(*operands: Array, out: Array) -> None:
        columns = [np.broadcast_to(operand, out.shape).ravel().tolist() for operand in operands]
        out[...] = np.array([function(*row) for row in zip(*columns)], float).reshape(out.shape)

    return on_arrays


for _instruction in INSTRUCTIONS:
    if _instruction.scalar is not None:
        FUNCTIONS.setdefault(_instruction.name, _one_by_one(_instruction.scalar))


def opaque_value(forward: Callable[..., float]) -> ArrayFunction:
    """A user's function of floats on operands along the first axis."""
    one_by_one = _one_by_one(forward)
    return lambda values, out: one_by_one(*values, out=out)


def opaque_partials(partials: Callable[..., Sequence[float | None]]) -> ArrayFunction:
    """A user's partials on the value and the operands, along the first axis."""

    def on_arrays(values: Array, out: Array) -> None:
        columns = values.reshape(len(values), -1).T.tolist()
        rows = [[0.0 if slope is None else slope for slope in partials(*column)] for column in columns]
        out[...] = np.array(rows, float).T.reshape(out.shape)

    return on_arrays
