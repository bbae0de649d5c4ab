"""Values and derivatives at kinks, ties, edges, poles and beyond: what the package promises there.

The general rule, in this order: the derivative where it exists; at a kink of a convex function the subgradient of least
norm; otherwise by continuity, inf allowed; else nan. A nan operand gives a nan value, and a nan value nan derivatives.
Overflow and poles give ±inf. Signed zero is treated as zero.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import pytest

import autograd_core as ag
from autograd_core.primitives import TABLE, Primitive
from autograd_core.value import Value
from tests.support.oracles import LARGEST, ORACLES, SMALLEST, SMALLEST_NORMAL, Operands

inf, nan, pi = math.inf, math.nan, math.pi


def same(found: float, expected: float) -> bool:
    """Equal to 4 ulp; nan equals nan, and zeros have no sign."""
    if expected != expected:
        return found != found
    if math.isinf(expected):
        return found == expected
    return abs(found - expected) <= 4.0 * math.ulp(expected) if expected else found == 0.0


def below(x: float) -> float:
    return math.nextafter(x, -inf)


def above(x: float) -> float:
    return math.nextafter(x, inf)


# -- the conventions, line by line --------------------------------------------------------------------------------

Case = tuple[Callable[..., Any], Operands, float, Operands]


def quotient(a: Any, b: Any) -> Any:
    return a / b


def remains(a: Any, b: Any) -> Any:
    return a % b


def whole_times(a: Any, b: Any) -> Any:
    return a // b


def to_the(exponent: float) -> Callable[[Any], Any]:
    return lambda x: x**exponent


def base(x: float) -> Callable[[Any], Any]:
    return lambda exponent: x**exponent


def two_operand_power(x: Any, y: Any) -> Any:
    return x**y


def maximum(*values: Any) -> Any:
    return ag.maximum(values)


def minimum(*values: Any) -> Any:
    return ag.minimum(values)


def clamped(x: Any) -> Any:
    return ag.clamp(x, -1.0, 2.0)


def logsumexp(*values: Any) -> Any:
    return ag.logsumexp(values)


def first_softmax(*values: Any) -> Any:
    return ag.softmax(values)[0]


def first_log_softmax(*values: Any) -> Any:
    return ag.log_softmax(values)[0]


def norm(*values: Any) -> Any:
    return ag.norm(values)


def total(*values: Any) -> Any:
    return ag.sum(values)


def weighted(w: Any, v: Any, x: Any, y: Any) -> Any:
    return ag.dot([w, v], [x, y])


CASES: list[Case] = [
    # a / 0
    (quotient, (1.0, 0.0), inf, (inf, -inf)),
    (quotient, (-1.0, 0.0), -inf, (inf, inf)),
    (quotient, (0.0, 0.0), nan, (nan, nan)),
    (quotient, (inf, inf), nan, (nan, nan)),
    (quotient, (1.0, inf), 0.0, (0.0, 0.0)),
    (quotient, (0.0, SMALLEST), 0.0, (inf, 0.0)),
    (quotient, (2.0**-1070, 2.0**-1040), 2.0**-30, (inf, -(2.0**1010))),
    (ag.reciprocal, (0.0,), inf, (-inf,)),
    # kinks
    (ag.abs, (0.0,), 0.0, (0.0,)),
    (ag.sign, (0.0,), 0.0, (0.0,)),
    (ag.sign, (-3.0,), -1.0, (0.0,)),
    (ag.sign, (nan,), nan, (nan,)),
    (ag.floor, (-2.5,), -3.0, (0.0,)),
    (ag.ceil, (2.0,), 2.0, (0.0,)),
    (ag.trunc, (-2.5,), -2.0, (0.0,)),
    (round, (2.5,), 2.0, (0.0,)),
    # remainders
    (remains, (7.5, 2.0), 1.5, (1.0, -3.0)),
    (remains, (-7.5, 2.0), 0.5, (1.0, 4.0)),
    (remains, (7.5, -2.0), -0.5, (1.0, 4.0)),
    (remains, (1.0, 0.1), 1.0 % 0.1, (1.0, -9.0)),
    (remains, (1.0, 0.0), nan, (nan, nan)),
    (remains, (5.0, inf), 5.0, (1.0, 0.0)),
    (whole_times, (7.5, 2.0), 3.0, (0.0, 0.0)),
    (whole_times, (-7.5, 2.0), -4.0, (0.0, 0.0)),
    (whole_times, (1.0, 0.0), inf, (0.0, 0.0)),
    (whole_times, (0.0, 0.0), nan, (nan, nan)),
    # sums of exponentials, and the inverse of erf
    (ag.logaddexp, (-inf, -inf), -inf, (nan, nan)),
    (ag.logaddexp, (inf, 3.0), inf, (1.0, 0.0)),
    (ag.logaddexp, (1e308, -1e308), 1e308, (1.0, 0.0)),
    (ag.erfinv, (1.0,), inf, (inf,)),
    (ag.erfinv, (-1.0,), -inf, (inf,)),
    (ag.erfinv, (1.5,), nan, (nan,)),
    *((ag.digamma, (x,), nan, (nan,)) for x in (0.0, -1.0, -2.0, -1e300)),
    (ag.relu, (0.0,), 0.0, (0.0,)),
    (ag.leaky_relu, (0.0,), 0.0, (0.01,)),
    (lambda x: ag.leaky_relu(x, 0.25), (0.0,), 0.0, (0.25,)),
    (ag.elu, (0.0,), 0.0, (1.0,)),
    (ag.selu, (0.0,), 0.0, (1.0507009873554805 * 1.6732632423543772,)),
    # ties
    (maximum, (2.0, 2.0), 2.0, (0.5, 0.5)),
    (maximum, (2.0, 1.0, 2.0, 2.0), 2.0, (1 / 3, 0.0, 1 / 3, 1 / 3)),
    (maximum, (0.0, -0.0), 0.0, (0.5, 0.5)),
    (maximum, (inf, inf, 1.0), inf, (0.5, 0.5, 0.0)),
    (minimum, (2.0, 2.0), 2.0, (0.5, 0.5)),
    (minimum, (-inf, 3.0, -inf), -inf, (0.5, 0.0, 0.5)),
    (clamped, (-1.0,), -1.0, (1.0,)),
    (clamped, (2.0,), 2.0, (1.0,)),
    (clamped, (below(-1.0),), -1.0, (0.0,)),
    (clamped, (above(2.0),), 2.0, (0.0,)),
    (lambda x: ag.clamp(x, 1.0, 1.0), (1.0,), 1.0, (1.0,)),
    # powers
    *((to_the(0.0), (x,), 1.0, (0.0,)) for x in (0.0, 1.0, -2.5, inf, -inf, nan)),
    (to_the(2.0), (0.0,), 0.0, (0.0,)),
    (to_the(1.5), (0.0,), 0.0, (0.0,)),
    (to_the(1.0), (0.0,), 0.0, (1.0,)),
    (to_the(0.5), (0.0,), 0.0, (inf,)),
    (to_the(-1.0), (0.0,), inf, (-inf,)),
    (two_operand_power, (0.0, 0.0), 1.0, (0.0, 0.0)),
    (two_operand_power, (0.0, -1.0), inf, (-inf, -inf)),
    (two_operand_power, (0.0, 0.5), 0.0, (inf, 0.0)),
    (two_operand_power, (0.0, 2.0), 0.0, (0.0, 0.0)),
    (two_operand_power, (-2.0, 3.0), -8.0, (12.0, nan)),
    (two_operand_power, (-2.0, -2.0), 0.25, (0.25, nan)),
    (two_operand_power, (-8.0, 1 / 3), nan, (nan, nan)),
    (two_operand_power, (0.5, inf), 0.0, (0.0, 0.0)),
    (two_operand_power, (2.0, -inf), 0.0, (0.0, 0.0)),
    (two_operand_power, (2.0, inf), inf, (inf, inf)),
    (two_operand_power, (nan, 0.0), nan, (nan, nan)),
    (two_operand_power, (1.0, nan), nan, (nan, nan)),
    (to_the(3.0), (-2.0,), -8.0, (12.0,)),
    (to_the(0.5), (-4.0,), nan, (nan,)),
    (to_the(1 / 3), (-8.0,), nan, (nan,)),
    (to_the(0.5), (-inf,), nan, (nan,)),
    (to_the(3.0), (-inf,), -inf, (inf,)),
    (to_the(nan), (1.0,), nan, (nan,)),
    (to_the(2.0), (1e200,), inf, (2e200,)),
    (to_the(3.0), (-1e200,), -inf, (inf,)),
    (base(-8.0), (1 / 3,), nan, (nan,)),
    (base(-2.0), (3.0,), -8.0, (nan,)),
    (base(0.0), (2.0,), 0.0, (0.0,)),
    (base(2.0), (3.0,), 8.0, (8.0 * math.log(2.0),)),
    (base(1.0), (nan,), nan, (nan,)),
    # edges of domains
    (ag.sqrt, (0.0,), 0.0, (inf,)),
    (ag.sqrt, (-0.0,), 0.0, (inf,)),
    (ag.log, (0.0,), -inf, (inf,)),
    (ag.log, (-0.0,), -inf, (inf,)),
    (ag.log1p, (-1.0,), -inf, (inf,)),
    *((f, (x,), nan, (nan,)) for f in (ag.sqrt, ag.log, ag.log2, ag.log10) for x in (-SMALLEST, -1.0, -inf)),
    (ag.log1p, (below(-1.0),), nan, (nan,)),
    (ag.cbrt, (0.0,), 0.0, (inf,)),
    (ag.asin, (1.0,), pi / 2, (inf,)),
    (ag.asin, (-1.0,), -pi / 2, (inf,)),
    (ag.acos, (1.0,), 0.0, (-inf,)),
    (ag.acos, (-1.0,), pi, (-inf,)),
    (ag.atanh, (1.0,), inf, (inf,)),
    (ag.atanh, (-1.0,), -inf, (inf,)),
    (ag.acosh, (1.0,), 0.0, (inf,)),
    *((f, (x,), nan, (nan,)) for f in (ag.asin, ag.acos, ag.atanh) for x in (above(1.0), below(-1.0), 2.0, inf)),
    (ag.acosh, (below(1.0),), nan, (nan,)),
    *((ag.lgamma, (x,), inf, (nan,)) for x in (0.0, -1.0, -2.0, -1e300)),
    # overflow, underflow and tails
    (ag.exp, (709.79,), inf, (inf,)),
    (ag.exp, (-745.1,), SMALLEST, (SMALLEST,)),
    (ag.expm1, (-40.0,), -1.0, (4.248354255291589e-18,)),
    (ag.tanh, (20.0,), 1.0, (1.6993417021166355e-17,)),
    (ag.sigmoid, (40.0,), 1.0, (4.248354255291589e-18,)),
    (ag.sigmoid, (-1000.0,), 0.0, (0.0,)),
    (ag.softplus, (1000.0,), 1000.0, (1.0,)),
    (ag.softplus, (-1000.0,), 0.0, (0.0,)),
    (ag.log_sigmoid, (-1000.0,), -1000.0, (1.0,)),
    (ag.atan2, (0.0, 0.0), 0.0, (0.0, 0.0)),
    (ag.atan2, (1e300, 1e300), pi / 4, (5e-301, -5e-301)),
    (ag.atan2, (1e-300, -1e-300), 3 * pi / 4, (-5e299, -5e299)),
    (ag.atan2, (1.0, inf), 0.0, (0.0, 0.0)),
    (ag.atan2, (1.0, -inf), pi, (0.0, 0.0)),
    (ag.hypot, (3e300, 4e300), 5e300, (0.6, 0.8)),
    (ag.hypot, (3e-300, 4e-300), 5e-300, (0.6, 0.8)),
    (ag.hypot, (LARGEST, LARGEST), inf, (math.sqrt(0.5), math.sqrt(0.5))),
    (ag.hypot, (SMALLEST, SMALLEST), SMALLEST, (math.sqrt(0.5), math.sqrt(0.5))),
    (ag.hypot, (0.0, 0.0), 0.0, (0.0, 0.0)),
    (ag.hypot, (-inf, 3.0), inf, (-1.0, 0.0)),
    (ag.hypot, (inf, inf), inf, (nan, nan)),
    (ag.hypot, (nan, inf), nan, (nan, nan)),
    (norm, (0.0, 0.0, 0.0), 0.0, (0.0, 0.0, 0.0)),
    (norm, (1.0, inf, 2.0), inf, (0.0, 1.0, 0.0)),
    # several numbers
    (logsumexp, (inf, 0.0), inf, (1.0, 0.0)),
    (logsumexp, (-inf, -inf), -inf, (nan, nan)),
    (logsumexp, (inf, inf), inf, (nan, nan)),
    (logsumexp, (-inf, 3.0), 3.0, (0.0, 1.0)),
    (logsumexp, (1e308, 1e308), 1e308, (0.5, 0.5)),
    (logsumexp, (50.0, 0.0), 50.0, (1.0, 1.9287498479639178e-22)),
    (first_softmax, (1e308, -1e308), 1.0, (0.0, 0.0)),
    (first_softmax, (50.0, 0.0), 1.0, (1.9287498479639178e-22, -1.9287498479639178e-22)),
    (first_softmax, (inf, 0.0), 1.0, (0.0, 0.0)),
    (first_softmax, (-inf, 0.0), 0.0, (0.0, 0.0)),
    (first_softmax, (inf, inf), nan, (nan, nan)),
    (first_softmax, (-inf, -inf), nan, (nan, nan)),
    (first_softmax, (nan, 0.0), nan, (nan, nan)),
    (first_log_softmax, (50.0, 0.0), -1.9287498479639178e-22, (1.9287498479639178e-22, -1.9287498479639178e-22)),
    (first_log_softmax, (-1000.0, 0.0), -1000.0, (1.0, -1.0)),
    (first_log_softmax, (0.0, inf), -inf, (1.0, -1.0)),
    (first_log_softmax, (inf, 0.0), 0.0, (0.0, 0.0)),
    (total, (inf, -inf, 1.0), nan, (nan, nan, nan)),
    (weighted, (inf, 1.0, 1.0, -inf), nan, (nan, nan, nan, nan)),
    (weighted, (0.0, 1.0, inf, 1.0), nan, (nan, nan, nan, nan)),
    # choices
    (lambda a, b: ag.where(True, a, b), (1.0, nan), 1.0, (1.0, 0.0)),
    (lambda a, b: ag.where(False, a, b), (nan, 2.0), 2.0, (0.0, 1.0)),
    (lambda x: ag.where(x > 0.0, ag.sqrt(x), 0.0), (0.0,), 0.0, (0.0,)),
    (lambda x: ag.where(x > 0.0, ag.log(x), x), (-1.0,), -1.0, (1.0,)),
    (lambda a, b: ag.where(nan, a, b), (1.0, 2.0), 1.0, (1.0, 0.0)),  # nan is not 0: it holds, as everywhere in Python
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{getattr(case[0], '__name__', '')}{case[1]}")
def test_convention(case: Case) -> None:
    function, operands, value, derivatives = case
    values = [Value(operand) for operand in operands]
    out = function(*values)
    out.backward()
    assert same(out.data, value), out
    assert all(same(value.grad, derivative) for value, derivative in zip(values, derivatives)), values


SECOND_DERIVATIVES: list[tuple[Callable[..., Any], Operands, list[list[float]]]] = [
    (to_the(0.0), (SMALLEST,), [[0.0]]),
    (to_the(2.0), (0.0,), [[2.0]]),
    (to_the(3.0), (0.0,), [[0.0]]),
    (two_operand_power, (2.0, 0.0), [[0.0, 0.5], [0.5, math.log(2.0) ** 2]]),
    (two_operand_power, (0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
    (ag.sqrt, (0.0,), [[-inf]]),
    (ag.log, (0.0,), [[-inf]]),
    (ag.asin, (1.0,), [[inf]]),
    (ag.acos, (-1.0,), [[inf]]),
    (ag.atanh, (-1.0,), [[-inf]]),
    (ag.abs, (0.0,), [[0.0]]),
    (ag.relu, (0.0,), [[0.0]]),
    (ag.mish, (0.0,), [[0.64]]),
    (ag.hypot, (0.0, 0.0), [[0.0, 0.0], [0.0, 0.0]]),
    (norm, (0.0, 0.0), [[0.0, 0.0], [0.0, 0.0]]),
    (ag.log, (-1.0,), [[nan]]),
    (total, (inf, -inf), [[nan, nan], [nan, nan]]),
]


@pytest.mark.parametrize("case", SECOND_DERIVATIVES, ids=lambda case: f"{getattr(case[0], '__name__', '')}{case[1]}")
def test_second_derivatives_at_special_points(case: Any) -> None:
    function, operands, hessian = case
    values = [Value(operand) for operand in operands]
    slopes = ag.gradients(function(*values), values, create_graph=True)
    for slope, row in zip(slopes, hessian):
        assert all(map(same, ag.gradients(slope, values), row)), slope


# Value and derivative at 0, at inf and at -inf.
HALF_PI, LN_2, TWO_OVER_SQRT_PI = pi / 2, math.log(2.0), 2.0 / math.sqrt(pi)
OUTSIDE = (nan, nan)
AT_ZERO_AND_INFINITIES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "neg": ((0.0, -1.0), (-inf, -1.0), (inf, -1.0)),
    "abs": ((0.0, 0.0), (inf, 1.0), (inf, -1.0)),
    "sign": ((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0)),
    "square": ((0.0, 0.0), (inf, inf), (inf, -inf)),
    "reciprocal": ((inf, -inf), (0.0, 0.0), (0.0, 0.0)),
    "sqrt": ((0.0, inf), (inf, 0.0), OUTSIDE),
    "cbrt": ((0.0, inf), (inf, 0.0), (-inf, 0.0)),
    "relu": ((0.0, 0.0), (inf, 1.0), (0.0, 0.0)),
    "softsign": ((0.0, 1.0), (1.0, 0.0), (-1.0, 0.0)),
    "exp": ((1.0, 1.0), (inf, inf), (0.0, 0.0)),
    "exp2": ((1.0, LN_2), (inf, inf), (0.0, 0.0)),
    "expm1": ((0.0, 1.0), (inf, inf), (-1.0, 0.0)),
    "log": ((-inf, inf), (inf, 0.0), OUTSIDE),
    "log2": ((-inf, inf), (inf, 0.0), OUTSIDE),
    "log10": ((-inf, inf), (inf, 0.0), OUTSIDE),
    "log1p": ((0.0, 1.0), (inf, 0.0), OUTSIDE),
    "sigmoid": ((0.5, 0.25), (1.0, 0.0), (0.0, 0.0)),
    "log_sigmoid": ((-LN_2, 0.5), (0.0, 0.0), (-inf, 1.0)),
    "softplus": ((LN_2, 0.5), (inf, 1.0), (0.0, 0.0)),
    "sin": ((0.0, 1.0), OUTSIDE, OUTSIDE),
    "cos": ((1.0, 0.0), OUTSIDE, OUTSIDE),
    "tan": ((0.0, 1.0), OUTSIDE, OUTSIDE),
    "asin": ((0.0, 1.0), OUTSIDE, OUTSIDE),
    "acos": ((HALF_PI, -1.0), OUTSIDE, OUTSIDE),
    "atan": ((0.0, 1.0), (HALF_PI, 0.0), (-HALF_PI, 0.0)),
    "sinh": ((0.0, 1.0), (inf, inf), (-inf, inf)),
    "cosh": ((1.0, 0.0), (inf, inf), (inf, -inf)),
    "sech_squared": ((1.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    "tanh": ((0.0, 1.0), (1.0, 0.0), (-1.0, 0.0)),
    "asinh": ((0.0, 1.0), (inf, 0.0), (-inf, 0.0)),
    "acosh": (OUTSIDE, (inf, 0.0), OUTSIDE),
    "atanh": ((0.0, 1.0), OUTSIDE, OUTSIDE),
    "exp_minus_square": ((1.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    "erf": ((0.0, TWO_OVER_SQRT_PI), (1.0, 0.0), (-1.0, 0.0)),
    "erfc": ((1.0, -TWO_OVER_SQRT_PI), (0.0, 0.0), (2.0, 0.0)),
    "normal_pdf": ((1.0 / math.sqrt(2.0 * pi), 0.0), (0.0, 0.0), (0.0, 0.0)),
    "normal_cdf": ((0.5, 1.0 / math.sqrt(2.0 * pi)), (1.0, 0.0), (0.0, 0.0)),
    "lgamma": ((inf, nan), (inf, inf), (inf, nan)),
    "digamma": ((nan, nan), (inf, 0.0), (nan, nan)),
    "erfinv": ((0.0, math.sqrt(math.pi) / 2.0), (nan, nan), (nan, nan)),
    "erfinv_slope": ((math.sqrt(math.pi) / 2.0, 0.0), (nan, nan), (nan, nan)),
    "floor": ((0.0, 0.0), (inf, 0.0), (-inf, 0.0)),
    "ceil": ((0.0, 0.0), (inf, 0.0), (-inf, 0.0)),
    "trunc": ((0.0, 0.0), (inf, 0.0), (-inf, 0.0)),
    "gelu": ((0.0, 0.5), (inf, 1.0), (0.0, 0.0)),
    "selu": ((0.0, 1.7580993408473769), (inf, 1.0507009873554805), (-1.7580993408473769, 0.0)),
    "silu": ((0.0, 0.5), (inf, 1.0), (0.0, 0.0)),
    "mish": ((0.0, 0.6), (inf, 1.0), (0.0, 0.0)),
}


def test_the_table_of_limits_is_whole() -> None:
    of_one_number = {name for name, oracle in ORACLES.items() if oracle.second is not None}
    missing = of_one_number - set(AT_ZERO_AND_INFINITIES)
    assert not missing, f"say what {missing} are at 0, inf and -inf, in AT_ZERO_AND_INFINITIES"
    assert set(AT_ZERO_AND_INFINITIES) == of_one_number


@pytest.mark.parametrize("name", AT_ZERO_AND_INFINITIES)
def test_at_zero_and_the_infinities(name: str) -> None:
    at_zero, at_inf, at_minus_inf = AT_ZERO_AND_INFINITIES[name]
    points = [(0.0, at_zero), (inf, at_inf), (-inf, at_minus_inf)]
    if name != "reciprocal":  # the one value that the sign of a zero decides
        points.append((-0.0, at_zero))
    for number, (value, derivative) in points:
        x = Value(number)
        out = TABLE[name](x)
        out.backward()
        assert same(out.data, value), (number, out)
        assert same(x.grad, derivative), (number, out)


# -- every primitive at every special number ----------------------------------------------------------------------

EDGES = [-745.14, -1.0, 1.0, 709.782712893384, 710.4758600739439, 1024.0]
SPECIAL = [
    *(sign * number for number in (0.0, SMALLEST, SMALLEST_NORMAL, 0.5, LARGEST, inf) for sign in (1.0, -1.0)),
    *(number for edge in EDGES for number in (below(edge), edge, above(edge))),
    nan,
]
FEW_SPECIAL = [0.0, -0.0, SMALLEST, -1.0, 1.5, LARGEST, -LARGEST, inf, -inf, nan]
COUNTS = {
    **dict.fromkeys(("+", "-", "*", "/", "%", "//", "pow", "**", "atan2", "hypot", "logaddexp"), (2,)),
    **dict.fromkeys(("leaky_relu", "elu", "<", "<=", ">", ">=", "==", "!=", "&", "|"), (2,)),
    **dict.fromkeys(("clamp", "where"), (3,)),
    **dict.fromkeys(("sum", "prod", "norm"), (0, 1, 2, 3)),
    **dict.fromkeys(("mean", "maximum", "minimum", "logsumexp"), (1, 2, 3)),
    "dot": (1, 3),
}
"""How many operands a primitive is tried on; one, unless given here or it has an index."""
CONDITIONS = {"<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}
INDICES = {"polygamma": (0.0, 1.0, 2.0), "softmax": (0.0, 1.0), "log_softmax": (0.0, 1.0)}
"""First operands that are no numbers to differentiate by."""


def special_operands(name: str) -> Iterator[Operands]:
    if name == "round":
        yield from ((number, digits) for number in SPECIAL for digits in (0.0, 2.0))
    elif name == "polygamma":
        yield from ((order, number) for order in INDICES[name] for number in SPECIAL)
    elif name in INDICES:
        yield from ((index, *pair) for index in INDICES[name] for pair in itertools.product(FEW_SPECIAL, repeat=2))
    elif name not in COUNTS:
        yield from ((number,) for number in SPECIAL)
    else:
        for count in COUNTS[name]:
            numbers = SPECIAL if count <= 2 else FEW_SPECIAL
            yield from itertools.product(numbers, repeat=count)


def constants(name: str) -> tuple[int, ...]:
    """Positions of the operands that are always plain numbers."""
    return {"**": (1,), "round": (1,), "where": (0,)}.get(name, (0,) if name in INDICES else ())


def node_of(primitive: Primitive, operands: Sequence[float]) -> tuple[Any, list[Value]]:
    """A node of the primitive on Values, with plain numbers where it takes only those, and its Values."""
    mixed = [
        number if position in constants(primitive.name) else Value(number) for position, number in enumerate(operands)
    ]
    values = [operand for operand in mixed if isinstance(operand, Value)]
    return Value(0.0).__apply_primitive__(primitive, tuple(mixed)), values


def nan_is_ignored(name: str, operands: Operands) -> bool:
    """The exceptions: x ** 0, the branch that ``where`` does not take, and conditions, which a nan makes false."""
    if name in CONDITIONS:
        return True
    if name == "**":
        return operands[1] == 0.0
    if name == "where":
        taken = operands[1] if operands[0] else operands[2]
        return taken == taken
    return False


@pytest.mark.parametrize("name", TABLE)
def test_special_numbers(name: str) -> None:
    """Values are floats, never an exception; nan goes through; a nan value has no finite derivative."""
    primitive = TABLE[name]
    for operands in special_operands(name):
        direct = primitive.forward(*operands)
        assert type(direct) is float, operands
        node, values = node_of(primitive, operands)
        assert struct.pack("d", node.data) == struct.pack("d", direct) or direct != direct
        assert all(type(derivative) in (float, type(None)) for derivative in node.local_derivatives), operands
        if any(number != number for number in operands) and not nan_is_ignored(name, operands):
            assert math.isnan(node.data), operands
        if math.isnan(node.data):
            node.backward()
            gradients = [value.grad for value in values]
            if name == "stop_gradient":
                assert gradients == [0.0]
            elif name == "where":
                assert sorted(map(math.isfinite, gradients)) == [True, True], operands
            else:
                assert all(map(math.isnan, gradients)), operands


IGNORES_NAN = {"where", "stop_gradient"}  # the branch not taken may be nan; there is no derivative


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_special_numbers_in_the_gradient_graph(name: str) -> None:
    """The same partials on Values: they record the same numbers, or ``gradients`` would complain."""
    for operands in special_operands(name):
        node, values = node_of(TABLE[name], operands)
        node.backward()
        slopes = ag.gradients(node, values, create_graph=True)
        for slope, value in zip(slopes, values):
            assert same(slope.data, value.grad), operands
            second = ag.gradients(slope, values)
            assert all(map(math.isnan, second)) or not math.isnan(node.data) or name in IGNORES_NAN, operands


@pytest.mark.seeded
@pytest.mark.parametrize("name", [name for name in TABLE if name not in IGNORES_NAN])
def test_nan_among_ordinary_numbers(name: str) -> None:
    """nan in any one operand makes the value and every derivative nan."""
    primitive = TABLE[name]
    for operands in ORACLES[name].points[:: len(ORACLES[name].points) // 20 + 1]:
        for position in range(len(operands)):
            if position not in constants(name):
                with_nan = (*operands[:position], nan, *operands[position + 1 :])
                if nan_is_ignored(name, with_nan):
                    continue
                node, values = node_of(primitive, with_nan)
                node.backward()
                assert math.isnan(node.data), with_nan
                assert all(math.isnan(value.grad) for value in values), with_nan


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_no_gradient_flows_into_a_condition(name: str) -> None:
    for operands in itertools.product((0.0, 1.0), repeat=1 if name == "~" else 2):
        node, values = node_of(TABLE[name], operands)
        assert node.local_derivatives == (None,) * len(operands)
        node.backward()
        assert [value.grad for value in values] == [0.0] * len(operands)
        assert ag.gradients(node, values, create_graph=True)[0].operands == ()


# -- arithmetic written out in Value ------------------------------------------------------------------------------

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}


def bits(number: float | None) -> bytes | None:
    """The float, bit by bit; one pattern stands for every nan."""
    return number if number is None else struct.pack("d", number if number == number else nan)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(("left_varies", "right_varies"), [(True, True), (True, False), (False, True)])
def test_operators_agree_with_the_table_bit_for_bit(name: str, left_varies: bool, right_varies: bool) -> None:
    primitive = TABLE["**" if name == "pow" and not right_varies else name]
    for a, b in itertools.product(SPECIAL, SPECIAL):
        left, right = Value(a) if left_varies else a, Value(b) if right_varies else b
        node = OPERATORS[name](left, right)
        out = primitive.forward(a, b)
        partials = primitive.partials(out, a, b) if out == out else (nan, nan)
        assert node.op is primitive
        assert node.operands == (left, right)
        assert bits(node.data) == bits(out), (a, b)
        assert bits(node.local_derivatives[0]) == bits(partials[0] if left_varies else None), (a, b)
        assert bits(node.local_derivatives[1]) == bits(partials[1] if right_varies else None), (a, b)


def other_numbers() -> list[Any]:
    numbers: list[Any] = [3, -2, 0, True, False, 2**53 + 1, 10**400, Fraction(1, 3), Fraction(-7, 2)]
    numbers += [Value(2.0) > 1.0, Value(2.0) == 1.0]
    try:
        import numpy as np
    except ImportError:
        return numbers
    return [*numbers, np.float32(0.1), np.float64(-0.0), np.float16(3.0), np.int8(3), np.bool_(True), np.array(0.25)]


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_take_numbers_of_other_types_as_the_table_does(name: str) -> None:
    for x, number in itertools.product(FEW_SPECIAL, other_numbers()):
        is_numpys = type(number).__module__ == "numpy"  # which on the left is asked before the Value is
        for operands in [(Value(x), number), *([] if is_numpys else [(number, Value(x))])]:
            varies = isinstance(operands[1], (Value, ag.Condition))
            primitive = TABLE["**" if name == "pow" and not varies else name]
            node, by_table = OPERATORS[name](*operands), primitive(*operands)
            assert node.op is by_table.op is primitive
            assert bits(node.data) == bits(by_table.data), operands
            assert list(map(bits, node.local_derivatives)) == list(map(bits, by_table.local_derivatives)), operands
            assert list(map(type, node.operands)) == list(map(type, by_table.operands))


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE)
def test_what_partials_write_out_for_floats_is_what_they_are_on_values(name: str) -> None:
    for operands in special_operands(name):
        node, _ = node_of(TABLE[name], operands)
        if node.data == node.data:
            partials = node.op.partials(node, *node.operands)
            for operand, recorded, partial in zip(node.operands, node.local_derivatives, partials, strict=True):
                if isinstance(operand, Value):
                    number = getattr(partial, "data", partial)
                    assert recorded == number or bits(recorded) == bits(number), operands


@pytest.mark.parametrize("x", [-1.0, 1.0])
def test_a_recorded_condition_lets_no_derivative_through_to_the_branch_not_taken(x: float) -> None:
    node: Any = ag.where(Value(x) > 0.0, Value(2.0), Value(3.0))
    on_values = [getattr(partial, "data", partial) for partial in node.op.partials(node, *node.operands)]
    assert on_values == list(node.local_derivatives) == ([None, 1.0, None] if x > 0.0 else [None, None, 1.0])


def test_signs_and_sizes_as_operators() -> None:
    x = Value(-3.0)
    assert ((-x).op, abs(x).op) == (TABLE["neg"], TABLE["abs"])
    assert +x is x


# -- arguments ----------------------------------------------------------------------------------------------------


def test_index_operands_are_constants() -> None:
    assert [node.operands[0] for node in ag.softmax([Value(1.0), 2.0])] == [0.0, 1.0]
    assert ag.log_softmax([Value(1.0), 2.0])[1].local_derivatives[2] is None


def test_wrong_bounds_and_lengths() -> None:
    with pytest.raises(ValueError, match="low ≤ high"):
        ag.clamp(Value(1.0), 2.0, 1.0)
    with pytest.raises(ValueError, match="as many weights as inputs"):
        ag.dot([Value(1.0)], [])
    for function in (ag.mean, ag.maximum, ag.minimum, ag.logsumexp, ag.softmax, ag.log_softmax):
        with pytest.raises(ValueError, match="give at least one"):
            function([])
    with pytest.raises(TypeError, match="sequence"):
        ag.sum(3.0)
    assert (ag.sum([]), ag.prod([]), ag.norm([])) == (0.0, 1.0, 0.0)


def test_a_sequence_or_arguments() -> None:
    assert ag.maximum(1.0, Value(3.0)).data == ag.maximum([1.0, Value(3.0)]).data == 3.0
    assert ag.minimum(1.0, Value(3.0)).data == ag.minimum(iter([1.0, Value(3.0)])).data == 1.0
    assert ag.clamp(5.0, high=2.0) == 2.0
    assert ag.leaky_relu(-1.0, negative_slope=0.5) == -0.5
    assert ag.elu(-inf, alpha=3.0) == -3.0


def test_where_gives_nothing_to_the_branch_not_taken_even_from_an_infinite_gradient() -> None:
    for condition in (True, False):
        taken, other = Value(1.0), Value(2.0)
        branches = (taken, other) if condition else (other, taken)
        ag.where(condition, *branches).backward(inf)
        assert (taken.grad, other.grad) == (inf, 0.0)


@pytest.mark.parametrize("x", SPECIAL)
def test_the_power_0_is_a_constant_to_all_orders(x: float) -> None:
    value = Value(x)
    (slope,) = ag.gradients(value**0.0, [value], create_graph=True)
    assert (slope.data, slope.operands) == (0.0, ())
