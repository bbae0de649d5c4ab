"""A tape run one instruction after another, compiled by numba: for graphs too narrow for vectors to pay.

The functions of single numbers are the table's own, the very text of each *forward*, compiled. So are the order and
the arithmetic of the backward pass: what this computes is what recording computes, to the bit, where the C library
rounds alike.
"""

from __future__ import annotations

import functools
import hashlib
import math
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from autograd_core import primitives
from autograd_core.primitives import ieee
from autograd_core.replay.instructions import CODES

Array = np.ndarray[Any, Any]

_compiled: Any = functools.partial(njit, error_model="numpy")  # 1 / 0 is inf, as everywhere here

# -- the table's functions, compiled ------------------------------------------------------------------------------


@_compiled
def _power(x: float, y: float) -> float:
    return math.nan if x == -math.inf and y % 1.0 > 0.0 else math.pow(x, y)


@_compiled
def _divide(a: float, b: float) -> float:
    return a / b


@_compiled
def _cbrt(x: float) -> float:
    if x == 0.0 or x - x != 0.0:
        return x
    root = np.cbrt(x)
    return root - (root - x / (root * root)) / 3.0


def _retold(function: Callable[..., Any], names: dict[str, Any]) -> Any:
    """A function compiled from its own text, in which some names stand for something else."""
    names = {**function.__globals__, **names, "__name__": __name__}  # what is kept on disk names a module to import
    retold = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    retold.__doc__ = None  # its examples are the original's
    return _compiled(retold)


def _compiled_ieee() -> types.ModuleType:
    """What the table uses of :mod:`autograd_core.primitives.ieee`, compiled: there, :mod:`math` raises nothing."""
    module = types.ModuleType("compiled_ieee")
    module.__dict__.update(power=_power, divide=_divide, cbrt=_cbrt, nan=math.nan, inf=math.inf)
    for name in ("two_difference", "two_square", "exp_minus_square", "normal_cdf"):
        setattr(module, name, _retold(getattr(ieee, name), module.__dict__))
    return module


_IEEE = _compiled_ieee()


def _of(primitive: Any) -> Any:
    return _retold(primitive.forward, {"ieee": _IEEE})


_two_difference, _two_square = _IEEE.two_difference, _IEEE.two_square
_sigmoid, _softplus, _sech_squared = map(_of, (primitives.sigmoid, primitives.softplus, primitives.sech_squared))
_silu, _mish, _softsign, _gelu = map(_of, (primitives.silu, primitives.mish, primitives.softsign, primitives.gelu))
_leaky_relu, _elu, _selu = map(_of, (primitives.leaky_relu, primitives.elu, primitives.selu))
_exp_minus_square, _normal_pdf = map(_of, (primitives.exp_minus_square, primitives.normal_pdf))
_remainder, _floor_divide = map(_of, (primitives.remainder, primitives.floor_divide))
_normal_cdf, _sign, _clamp = map(_of, (primitives.normal_cdf, primitives.sign, primitives.clamp))
_hypot, _any_power, _constant_power = map(_of, (primitives.hypot, primitives.power, primitives.constant_power))

# -- functions of any number of operands, which are v[operands[start:end]] -------------------------------------------


@_compiled
def _largest(v: Array, operands: Array, start: int, end: int) -> float:
    largest = v[operands[start]]
    for place in range(start, end):
        x = v[operands[place]]
        if x != x:
            return math.nan
        if x > largest:
            largest = x
    return largest


@_compiled
def _smallest(v: Array, operands: Array, start: int, end: int) -> float:
    smallest = v[operands[start]]
    for place in range(start, end):
        x = v[operands[place]]
        if x != x:
            return math.nan
        if x < smallest:
            smallest = x
    return smallest


@_compiled
def _shifted_exponential(x: float, largest: float) -> float:
    difference, rounding_error = _two_difference(x, largest)
    exponential = math.exp(difference)
    return exponential * (1.0 + rounding_error) if exponential > 0.0 else 0.0


@_compiled
def _log_sum_of_others(v: Array, operands: Array, start: int, end: int, largest: float) -> float:
    total, lost, is_first = 0.0, 0.0, True
    for place in range(start, end):
        x = v[operands[place]]
        if is_first and x == largest:
            is_first = False
            continue
        term = _shifted_exponential(x, largest)
        added = total + term
        lost += (total - added) + term if total >= term else (term - added) + total
        total = added
    return math.log1p(total + lost)


@_compiled
def _logsumexp(v: Array, operands: Array, start: int, end: int) -> float:
    largest = _largest(v, operands, start, end)
    if largest - largest != 0.0:
        return largest
    return largest + _log_sum_of_others(v, operands, start, end, largest)


@_compiled
def _softmax_limit(v: Array, operands: Array, start: int, end: int, result: int, largest: float) -> None:
    infinite = 0
    for place in range(start, end):
        infinite += v[operands[place]] == math.inf
    whole = 1.0 if largest == math.inf and infinite == 1 else math.nan
    for place in range(start, end):
        v[result + place - start] = whole if v[operands[place]] == math.inf else 0.0 * whole


@_compiled
def _softmax(v: Array, operands: Array, start: int, end: int, result: int) -> None:
    largest = _largest(v, operands, start, end)
    if largest - largest != 0.0:
        _softmax_limit(v, operands, start, end, result, largest)
        return
    total, lost = 0.0, 0.0
    for place in range(start, end):
        term = _shifted_exponential(v[operands[place]], largest)
        v[result + place - start] = term
        added = total + term
        lost += (total - added) + term if total >= term else (term - added) + total
        total = added
    total += lost
    for place in range(result, result + end - start):
        v[place] /= total


@_compiled
def _log_softmax(v: Array, operands: Array, start: int, end: int, result: int) -> None:
    largest = _largest(v, operands, start, end)
    if largest - largest != 0.0:
        _softmax_limit(v, operands, start, end, result, largest)
        for place in range(result, result + end - start):
            v[place] = math.log(v[place])
        return
    others = _log_sum_of_others(v, operands, start, end, largest)
    for place in range(start, end):
        v[result + place - start] = (v[operands[place]] - largest) - others


@_compiled
def _norm(v: Array, operands: Array, start: int, end: int) -> float:
    largest = 0.0
    for place in range(start, end):
        x = abs(v[operands[place]])
        if x != x:
            return math.nan
        largest = max(largest, x)
    if largest == 0.0 or largest == math.inf:
        return largest
    exponent = math.frexp(largest)[1]
    total, lost = 0.0, 0.0
    for place in range(start, end):
        square, error = _two_square(math.ldexp(v[operands[place]], -exponent))
        added = total + square
        lost += ((total - added) + square if total >= square else (square - added) + total) + error
        total = added
    root = math.sqrt(total + lost)
    square, error = _two_square(root)
    root += ((total - square) + (lost - error)) / (2.0 * root)  # one Newton step, in twice the digits
    return math.ldexp(root, exponent)


# -- the interpreter ------------------------------------------------------------------------------------------------

(
    _ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _NEGATIVE, _POWER, _CONSTANT_POWER, _ABS, _SIGN, _SQUARE, _RECIPROCAL, _SQRT,
    _CBRT, _EXP, _EXP2, _EXPM1, _LOG, _LOG2, _LOG10, _LOG1P, _SIN, _COS, _TAN, _ASIN, _ACOS, _ATAN, _ATAN2, _SINH,
    _COSH, _TANH, _ASINH, _ACOSH, _ATANH, _ERF, _ERFC, _SECH_SQUARED, _EXP_MINUS_SQUARE, _NORMAL_PDF, _NORMAL_CDF,
    _SIGMOID, _LOG_SIGMOID, _SOFTPLUS, _RELU, _LEAKY_RELU, _ELU, _SELU, _GELU, _SILU, _MISH, _SOFTSIGN, _HYPOT, _CLAMP,
    _WHERE, _LESS, _LESS_EQUAL, _GREATER, _GREATER_EQUAL, _BOTH, _EITHER, _COPY, _SUM, _PROD, _DOT, _MAXIMUM, _MINIMUM,
    _LOGSUMEXP, _SOFTMAX, _LOG_SOFTMAX, _NORM, _EQUAL, _NOT_EQUAL, _NEGATION, _REMAINDER, _FLOOR_DIVIDE, _FLOOR, _CEIL,
    _TRUNC, _LOGADDEXP,
) = [CODES[name] for name in (
    "add", "subtract", "multiply", "divide", "negative", "power", "constant_power", "abs_", "sign", "square",
    "reciprocal", "sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin",
    "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "sech_squared",
    "exp_minus_square", "normal_pdf", "normal_cdf", "sigmoid", "log_sigmoid", "softplus", "relu", "leaky_relu", "elu",
    "selu", "gelu", "silu", "mish", "softsign", "hypot", "clamp", "where", "less", "less_equal", "greater",
    "greater_equal", "both", "either", "copy", "sum_", "prod", "dot", "maximum", "minimum", "logsumexp", "softmax",
    "log_softmax", "norm", "equal", "not_equal", "negation", "remainder", "floor_divide", "floor", "ceil", "trunc",
    "logaddexp",
)]  # fmt: skip


def _interpreter(fingerprint: str) -> Any:
    """The interpreter; the fingerprint of the texts it is compiled from makes numba notice when they change."""

    @_compiled(cache=True)
    def run(codes: Array, results: Array, starts: Array, operands: Array, v: Array) -> int:
        for i in range(len(codes)):
            code, start, result = codes[i], starts[i], results[i]
            end = starts[i + 1]
            x = v[operands[start]] if end > start else 0.0
            y = v[operands[start + 1]] if end > start + 1 else 0.0
            if code == _ADD:
                v[result] = x + y
            elif code == _SUBTRACT:
                v[result] = x - y
            elif code == _MULTIPLY:
                v[result] = x * y
            elif code == _DIVIDE:
                v[result] = x / y
            elif code == _NEGATIVE:
                v[result] = -x
            elif code == _DOT:
                half = (end - start) // 2
                total = v[operands[end - 1]]
                for place in range(start, start + half):
                    total += v[operands[place]] * v[operands[place + half]]
                v[result] = total
            elif code == _SUM:
                total = 0.0
                for place in range(start, end):
                    total += v[operands[place]]
                v[result] = total
            elif code == _TANH:
                v[result] = math.tanh(x)
            elif code == _SECH_SQUARED:
                v[result] = _sech_squared(x)
            elif code == _SIGMOID:
                v[result] = _sigmoid(x)
            elif code == _SOFTPLUS:
                v[result] = _softplus(x)
            elif code == _RELU:
                v[result] = 0.0 if x <= 0.0 else x
            elif code == _GREATER:
                v[result] = 1.0 if x > y else 0.0
            elif code == _EXP:
                v[result] = math.exp(x)
            elif code == _LOG:
                v[result] = math.log(x)
            elif code == _SOFTMAX:
                _softmax(v, operands, start, end, result)
            elif code == _WHERE:
                v[result] = y if x else v[operands[start + 2]]
            elif code == _COPY:
                v[result] = x
            elif code == _SQUARE:
                v[result] = x * x
            elif code == _RECIPROCAL:
                v[result] = 1.0 / x
            elif code == _SQRT:
                v[result] = math.sqrt(x)
            elif code == _LOG1P:
                v[result] = math.log1p(x)
            elif code == _EXPM1:
                v[result] = math.expm1(x)
            elif code == _SIN:
                v[result] = math.sin(x)
            elif code == _COS:
                v[result] = math.cos(x)
            elif code == _ABS:
                v[result] = abs(x)
            elif code == _SIGN:
                v[result] = _sign(x)
            elif code == _LESS:
                v[result] = 1.0 if x < y else 0.0
            elif code == _LESS_EQUAL:
                v[result] = 1.0 if x <= y else 0.0
            elif code == _GREATER_EQUAL:
                v[result] = 1.0 if x >= y else 0.0
            elif code == _BOTH:
                v[result] = 1.0 if x != 0.0 and y != 0.0 else 0.0
            elif code == _EITHER:
                v[result] = 1.0 if x != 0.0 or y != 0.0 else 0.0
            elif code == _EQUAL:
                v[result] = 1.0 if x == y else 0.0
            elif code == _NOT_EQUAL:
                v[result] = 1.0 if x != y else 0.0
            elif code == _NEGATION:
                v[result] = 1.0 if x == 0.0 else 0.0
            elif code == _CONSTANT_POWER:
                v[result] = _constant_power(x, y)
            elif code == _POWER:
                v[result] = _any_power(x, y)
            elif code == _REMAINDER:
                v[result] = _remainder(x, y)
            elif code == _FLOOR_DIVIDE:
                v[result] = _floor_divide(x, y)
            elif code == _FLOOR:
                v[result] = np.floor(x)
            elif code == _CEIL:
                v[result] = np.ceil(x)
            elif code == _TRUNC:
                v[result] = np.trunc(x)
            elif code == _LOGADDEXP:
                v[result] = _logsumexp(v, operands, start, end)
            elif code == _LOG_SOFTMAX:
                _log_softmax(v, operands, start, end, result)
            elif code == _LOGSUMEXP:
                v[result] = _logsumexp(v, operands, start, end)
            elif code == _MAXIMUM:
                v[result] = _largest(v, operands, start, end)
            elif code == _MINIMUM:
                v[result] = _smallest(v, operands, start, end)
            elif code == _PROD:
                total = 1.0
                for place in range(start, end):
                    total *= v[operands[place]]
                v[result] = total
            elif code == _NORM:
                v[result] = _norm(v, operands, start, end)
            elif code == _CLAMP:
                v[result] = _clamp(x, y, v[operands[start + 2]])
            elif code == _HYPOT:
                v[result] = _hypot(x, y)
            elif code == _ATAN2:
                v[result] = math.atan2(x, y)
            elif code == _LEAKY_RELU:
                v[result] = _leaky_relu(x, y)
            elif code == _ELU:
                v[result] = _elu(x, y)
            elif code == _SELU:
                v[result] = _selu(x)
            elif code == _GELU:
                v[result] = _gelu(x)
            elif code == _SILU:
                v[result] = _silu(x)
            elif code == _MISH:
                v[result] = _mish(x)
            elif code == _SOFTSIGN:
                v[result] = _softsign(x)
            elif code == _LOG_SIGMOID:
                v[result] = -_softplus(-x)
            elif code == _EXP2:
                v[result] = math.exp2(x)
            elif code == _LOG2:
                v[result] = math.log2(x)
            elif code == _LOG10:
                v[result] = math.log10(x)
            elif code == _CBRT:
                v[result] = _cbrt(x)
            elif code == _TAN:
                v[result] = math.tan(x)
            elif code == _ASIN:
                v[result] = math.asin(x)
            elif code == _ACOS:
                v[result] = math.acos(x)
            elif code == _ATAN:
                v[result] = math.atan(x)
            elif code == _SINH:
                v[result] = math.sinh(x)
            elif code == _COSH:
                v[result] = math.cosh(x)
            elif code == _ASINH:
                v[result] = math.asinh(x)
            elif code == _ACOSH:
                v[result] = math.acosh(x)
            elif code == _ATANH:
                v[result] = math.atanh(x)
            elif code == _ERF:
                v[result] = math.erf(x)
            elif code == _ERFC:
                v[result] = math.erfc(x)
            elif code == _EXP_MINUS_SQUARE:
                v[result] = _exp_minus_square(x)
            elif code == _NORMAL_PDF:
                v[result] = _normal_pdf(x)
            elif code == _NORMAL_CDF:
                v[result] = _normal_cdf(x)
        return len(fingerprint)

    return run


def _fingerprint() -> str:
    table = Path(ieee.__file__).parent
    texts = [file.read_bytes() for file in sorted(table.glob("*.py"))]
    return hashlib.sha256(b"".join(texts) + repr(CODES).encode()).hexdigest()


run = _interpreter(_fingerprint())


@_compiled(cache=True)
def sweep(
    nodes: Array, propagates_nan: Array, starts: Array, operands: Array, derivatives: Array, gated: Array,
    v: Array, gradients: Array,
) -> None:  # fmt: skip
    """The backward pass: over the nodes from last to first, and along each of their edges."""
    for n in range(len(nodes) - 1, -1, -1):
        node = nodes[n]
        upstream = gradients[node]
        if upstream == 0.0:
            continue
        is_nan = propagates_nan[n] and v[node] != v[node]
        for edge in range(starts[n], starts[n + 1]):
            local_derivative = v[derivatives[edge]]
            if gated[edge] and local_derivative == 0.0:
                continue
            if is_nan:
                local_derivative = math.nan
            gradients[operands[edge]] += upstream * local_derivative
