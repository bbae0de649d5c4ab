"""The smooth primitives for random programs: where they are tame, and what mpmath knows about them.

The rules of functions of one number are those of ``oracles``; here are those of several numbers, with their second
derivatives, and the rounding errors that a careful implementation of each may make.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp

import autograd_core as ag
from tests.support import oracles

Exact = Any  # an mpmath number
Matrix = Sequence[Sequence[Exact]]


@dataclass(frozen=True)
class Truth:
    """A node's value, first and second partial derivatives, and the errors in them that count as one unit roundoff u.

    The errors are in units of u: the size of what a number is rounded from, times the number of roundings. A function
    of one number and its derivative count as one rounding each, its second derivative as four, the formulas of several
    numbers as twice as many: in the ratio of the bounds, in ulp, that the primitives themselves are held to.
    """

    value: Exact
    partials: Sequence[Exact]
    second: Matrix | None  # None where all are 0
    value_error: float
    partial_errors: Sequence[float]
    second_error: float = 0.0


@dataclass(frozen=True)
class Operation:
    """One primitive as random programs use it.

    Attributes:
        arity: how many operands it takes.
        apply: records it.
        tame: whether the operands are well inside the domain; of floats.
        truth: its rule, in mpmath.
    """

    name: str
    arity: int
    apply: Callable[..., Any]
    tame: Callable[..., bool]
    truth: Callable[..., Truth]


def always(*operands: float) -> bool:
    return True


def between(low: float, high: float) -> Callable[[float], bool]:
    return lambda x: low <= x <= high


# -- of one number ------------------------------------------------------------------------------------------------

ORACLES: dict[str, oracles.Oracle] = {
    **oracles.arithmetic_oracles(), **oracles.exponential_oracles(), **oracles.angle_oracles(),
    **oracles.statistics_oracles(), **oracles.activation_oracles(),
}  # fmt: skip

UNARY_DOMAINS: dict[str, Callable[[float], bool]] = {
    "exp": between(-20.0, 12.0),
    "exp2": between(-30.0, 18.0),
    "expm1": between(-20.0, 12.0),
    "log": between(1e-3, 1e6),
    "log2": between(1e-3, 1e6),
    "log10": between(1e-3, 1e6),
    "log1p": between(-0.99, 1e6),
    "sqrt": between(1e-3, 1e6),
    "cbrt": lambda x: abs(x) >= 1e-3,
    "square": between(-1e3, 1e3),
    "reciprocal": lambda x: abs(x) >= 1e-2,
    "sin": between(-50.0, 50.0),
    "cos": between(-50.0, 50.0),
    "tan": lambda x: abs(x) <= 50.0 and abs(math.cos(x)) >= 0.05,
    "asin": between(-0.98, 0.98),
    "acos": between(-0.98, 0.98),
    "atan": between(-1e6, 1e6),
    "sinh": between(-12.0, 12.0),
    "cosh": between(-12.0, 12.0),
    "tanh": between(-18.0, 18.0),
    "asinh": between(-1e6, 1e6),
    "acosh": between(1.02, 1e6),
    "atanh": between(-0.98, 0.98),
    "erf": between(-5.0, 5.0),
    "erfc": between(-5.0, 5.0),
    "lgamma": between(0.05, 50.0),
    "sigmoid": between(-36.0, 36.0),
    "log_sigmoid": between(-36.0, 36.0),
    "softplus": between(-36.0, 36.0),
    "gelu": between(-8.0, 1e3),
    "silu": between(-30.0, 1e3),
    "mish": between(-30.0, 1e3),
    "softsign": lambda x: abs(x) >= 1e-3,  # its second derivative jumps at 0
}


def unary(name: str) -> Operation:
    oracle = ORACLES[name]
    slope, curvature = oracle.partials, oracle.second
    assert curvature is not None

    def truth(x: Exact) -> Truth:
        value, (partial,) = oracle.value(x), slope(x)
        assert partial is not None
        value_size = max(abs(value), oracle.value_size(x) if oracle.value_size else 0)
        partial_size = max(abs(partial), oracle.partial_size(x) if oracle.partial_size else 0)
        second = curvature(x)
        second_size = max(abs(second), oracle.second_size(x) if oracle.second_size else 0)
        return Truth(
            value, (partial,), ((second,),), float(value_size), (float(partial_size),), 4.0 * float(second_size)
        )

    return Operation(name, 1, getattr(ag, name), UNARY_DOMAINS[name], truth)


def negative(x: Exact) -> Truth:
    return Truth(-x, (-1,), None, 0.0, (0.0,))


# -- of several numbers -------------------------------------------------------------------------------------------


def rounded(value: Exact, partials: Sequence[Exact], second: Matrix, value_size: Exact = 0) -> Truth:
    """Of a formula of a few operations, which may round each number twice as often as a function of one number."""
    size = 2.0 * float(max(abs(value), value_size))
    largest_second = max(abs(float(entry)) for row in second for entry in row)
    return Truth(
        value, partials, second, size, [2.0 * abs(float(partial)) for partial in partials], 8.0 * largest_second
    )


def add(a: Exact, b: Exact) -> Truth:
    return Truth(a + b, (1, 1), None, float(abs(a + b)), (0.0, 0.0))


def subtract(a: Exact, b: Exact) -> Truth:
    return Truth(a - b, (1, -1), None, float(abs(a - b)), (0.0, 0.0))


def multiply(a: Exact, b: Exact) -> Truth:
    return Truth(a * b, (b, a), ((0, 1), (1, 0)), float(abs(a * b)), (0.0, 0.0))


def divide(a: Exact, b: Exact) -> Truth:
    mixed = -1 / (b * b)
    return rounded(a / b, (1 / b, -a / (b * b)), ((0, mixed), (mixed, 2 * a / b**3)))


def power(x: Exact, y: Exact) -> Truth:
    value = x**y
    slope = y * value / x
    log = mp.log(abs(x))  # of a negative x only whole constant powers are taken, and nothing is asked about y
    mixed = value / x * (1 + y * log)
    return rounded(value, (slope, value * log), (((y - 1) * slope / x, mixed), (mixed, value * log * log)))


def atan2(y: Exact, x: Exact) -> Truth:
    square = x * x + y * y
    twisted, mixed = 2 * x * y / square**2, (y * y - x * x) / square**2
    return rounded(mp.atan2(y, x), (x / square, -y / square), ((-twisted, mixed), (mixed, twisted)))


def norm(*values: Exact) -> Truth:
    length = mp.sqrt(sum(value * value for value in values))
    direction = [value / length for value in values]
    second = [[((i == j) - a * b) / length for j, b in enumerate(direction)] for i, a in enumerate(direction)]
    return rounded(length, direction, second)


def total(*values: Exact) -> Truth:
    size = float(sum(abs(value) for value in values))
    return Truth(sum(values), [1] * len(values), None, (len(values) - 1) * size, [0.0] * len(values))


def mean(*values: Exact) -> Truth:
    count = len(values)
    size = float(sum(abs(value) for value in values)) / count
    return Truth(sum(values) / count, [mp.mpf(1) / count] * count, None, count * size, [1.0 / count] * count)


def product(*values: Exact) -> Truth:
    def without(*left_out: int) -> Exact:
        return mp.fprod(value for index, value in enumerate(values) if index not in left_out)

    positions = range(len(values))
    partials = [without(i) for i in positions]
    second = [[0 if i == j else without(i, j) for j in positions] for i in positions]
    errors = [(len(values) - 2) * abs(float(partial)) for partial in partials]
    return Truth(without(), partials, second, (len(values) - 1) * abs(float(without())), errors)


def dot(*operands: Exact) -> Truth:
    count = len(operands) // 2
    weights, inputs, bias = operands[:count], operands[count:-1], operands[-1]
    products = [weight * value for weight, value in zip(weights, inputs)]
    size = float(sum(abs(term) for term in (*products, bias)))
    second = [[int(abs(i - j) == count and max(i, j) < 2 * count) for j in range(2 * count + 1)]
              for i in range(2 * count + 1)]  # fmt: skip
    return Truth(sum(products) + bias, (*inputs, *weights, 1), second, (count + 1) * size, [0.0] * len(operands))


def shares_of(values: Sequence[Exact]) -> list[Exact]:
    exponentials = [mp.exp(value) for value in values]
    whole = sum(exponentials)
    return [exponential / whole for exponential in exponentials]


def logsumexp(*values: Exact) -> Truth:
    shares, largest = shares_of(values), max(values)
    value = mp.log(sum(mp.exp(value) for value in values))
    second = [[a * ((i == j) - b) for j, b in enumerate(shares)] for i, a in enumerate(shares)]
    return rounded(value, shares, second, abs(largest) + abs(value - largest))


def softmax_first(*values: Exact) -> Truth:
    shares = shares_of(values)
    own = shares[0]
    from_own = [(j == 0) - b for j, b in enumerate(shares)]
    second = [
        [own * (from_own[i] * from_own[j] - a * ((i == j) - b)) for j, b in enumerate(shares)]
        for i, a in enumerate(shares)
    ]
    return rounded(own, [own * difference for difference in from_own], second)


def log_softmax_first(*values: Exact) -> Truth:
    shares = shares_of(values)
    value = mp.log(shares[0])
    second = [[-a * ((i == j) - b) for j, b in enumerate(shares)] for i, a in enumerate(shares)]
    size = abs(values[0]) + abs(values[0] - value)
    return rounded(value, [(j == 0) - b for j, b in enumerate(shares)], second, size)


def far_from_origin(*values: float) -> bool:
    return math.hypot(*values) >= 1e-2


def off_the_cut(y: float, x: float) -> bool:
    """Beside the negative axis atan2 jumps from -π to π, and mpmath has no −0 to be below it."""
    return far_from_origin(y, x) and (x > 0.0 or abs(y) >= 1e-6)


def tame_logits(*values: float) -> bool:
    return max(values) - min(values) <= 30.0


def tame_power(x: float, y: float) -> bool:
    return 1e-2 <= x <= 1e3 and abs(y * math.log(x)) <= 12.0


def whole_power(exponent: int) -> Operation:
    return Operation(
        f"** {exponent}",
        1,
        lambda x: x**exponent,
        lambda x: 1e-2 <= abs(x) <= 1e3,
        lambda x: first_operand_only(power(x, mp.mpf(exponent))),
    )


def first_operand_only(truth: Truth) -> Truth:
    assert truth.second is not None
    corner = ((truth.second[0][0],),)
    error = 8.0 * abs(float(corner[0][0]))
    return Truth(truth.value, truth.partials[:1], corner, truth.value_error, truth.partial_errors[:1], error)


OPERATIONS: list[Operation] = [
    Operation("+", 2, lambda a, b: a + b, always, add),
    Operation("-", 2, lambda a, b: a - b, always, subtract),
    Operation("*", 2, lambda a, b: a * b, always, multiply),
    Operation("/", 2, lambda a, b: a / b, lambda a, b: abs(b) >= 1e-2, divide),
    Operation("neg", 1, lambda a: -a, always, negative),
    Operation("pow", 2, lambda a, b: a**b, tame_power, power),
    *(whole_power(exponent) for exponent in (2, 3, -1, -2)),
    Operation("atan2", 2, ag.atan2, off_the_cut, atan2),
    Operation("hypot", 2, ag.hypot, far_from_origin, norm),
    Operation("norm", 3, lambda *v: ag.norm(v), far_from_origin, norm),
    Operation("sum", 3, lambda *v: ag.sum(v), always, total),
    Operation("mean", 3, lambda *v: ag.mean(v), always, mean),
    Operation("prod", 3, lambda *v: ag.prod(v), always, product),
    Operation("dot", 5, lambda *v: ag.dot(v[:2], v[2:4], v[4]), always, dot),
    Operation("logsumexp", 3, lambda *v: ag.logsumexp(v), tame_logits, logsumexp),
    Operation("softmax", 3, lambda *v: ag.softmax(v)[0], tame_logits, softmax_first),
    Operation("log_softmax", 3, lambda *v: ag.log_softmax(v)[0], tame_logits, log_softmax_first),
    *(unary(name) for name in UNARY_DOMAINS),
]
