"""What mpmath says about every primitive: values and derivatives in many digits, and the points to ask at.

The formulas here are the textbook's, not the table's: in 40 digits and more, ``1 - tanh(x)**2`` has digits to lose.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp

from tests.support.seeds import seeded

PRECISION = 140  # bits
LARGEST, SMALLEST_NORMAL, SMALLEST = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324

Operands = tuple[float, ...]
Exact = Any  # an mpmath number


@dataclass(frozen=True)
class Oracle:
    """The truth about one primitive.

    Attributes:
        points: operands to ask at.
        value: the operation on mpmath numbers.
        partials: its derivative with respect to each operand; None where the operand is none to differentiate by.
        second: the second derivative, of an operation on one number.
        value_size, partial_size, second_size: what an error is compared with where that is more than the truth: the
            size of the terms whose sum the truth is, near a root of theirs.
        value_ulp, partial_ulp, second_ulp: the bounds, in units in the last place.
    """

    points: Sequence[Operands]
    value: Callable[..., Exact]
    partials: Callable[..., Sequence[Exact | None]]
    second: Callable[[Exact], Exact] | None = None
    value_size: Callable[..., Exact] | None = None
    partial_size: Callable[..., Exact] | None = None
    second_size: Callable[..., Exact] | None = None
    value_ulp: float = 4.0
    partial_ulp: float = 4.0
    second_ulp: float = 16.0


def ulps(computed: float, truth: Exact, size: Exact = 0) -> float:
    """The error of ``computed`` in units in the last place of the truth, or of ``size`` if that is larger."""
    if computed != computed:
        return math.inf
    if abs(truth) > LARGEST and math.isinf(computed):
        return 0.0 if (truth > 0) == (computed > 0) else math.inf
    exact = mp.mpf(computed) if math.isfinite(computed) else math.copysign(1, computed) * mp.ldexp(1, 1024)
    unit = math.ulp(float(min(max(abs(truth), abs(size)), mp.mpf(LARGEST))))
    return float(abs(exact - truth) / unit)


def is_wrong(computed: float, truth: Exact) -> bool:
    """Whether half or more of the number is error, though the truth is an ordinary float."""
    if not SMALLEST_NORMAL <= abs(truth) <= LARGEST:
        return False
    return not abs(computed - truth) < abs(truth) / 2


# -- points -------------------------------------------------------------------------------------------------------


def log_uniform(rng: random.Random, low: float = SMALLEST, high: float = LARGEST) -> float:
    return min(max(math.exp2(rng.uniform(math.log2(low), math.log2(high))), low), high)


def beside(rng: random.Random, point: float) -> list[float]:
    """The point, its neighbours among the floats, and others ever closer to it, on both sides."""
    close = [point]
    for direction in (-math.inf, math.inf):
        neighbour = point
        for _ in range(8):
            neighbour = math.nextafter(neighbour, direction)
            close.append(neighbour)
    size = abs(point) or 1.0
    for sign in (-1.0, 1.0):
        close.extend(point + sign * size * log_uniform(rng, 1e-17, 1.0) for _ in range(40))
    return close


def unary_points(
    name: str, low: float = -math.inf, high: float = math.inf, near: Sequence[float] = (), active: float = 50.0
) -> list[Operands]:
    """At least 1000 numbers between low and high: over the whole float range, denser where the function is not flat.

    Args:
        name: seeds the choice.
        near: edges, kinks and roots.
        active: the function is of interest from about ``-active`` to ``active``.
    """
    rng = seeded(name)
    points = [sign * size for size in (0.0, SMALLEST, SMALLEST_NORMAL, LARGEST) for sign in (1.0, -1.0)]
    for point in near:
        points.extend(beside(rng, point))
    inside = [x for x in points if low <= x <= high]
    while len(inside) < 1200:
        sign = rng.choice((-1.0, 1.0))
        drawn = (sign * log_uniform(rng), sign * log_uniform(rng, 1e-20, 1e3), sign * rng.uniform(0.0, active))
        inside.extend(x for x in drawn if low <= x <= high)
    return [(x,) for x in inside]


# -- functions of one number --------------------------------------------------------------------------------------


def unary(
    name: str,
    value: Callable[[Exact], Exact],
    first: Callable[[Exact], Exact],
    second: Callable[[Exact], Exact],
    *,
    low: float = -math.inf,
    high: float = math.inf,
    near: Sequence[float] = (),
    active: float = 50.0,
    **sizes_and_bounds: Any,
) -> Oracle:
    points = unary_points(name, low, high, near, active)
    return Oracle(points, value, lambda x: (first(x),), second, **sizes_and_bounds)


def sigmoid(x: Exact) -> Exact:
    return 1 / (1 + mp.exp(-x))


def sigmoid_slope(x: Exact) -> Exact:
    return sigmoid(x) * sigmoid(-x)


def softplus(x: Exact) -> Exact:
    return mp.log1p(mp.exp(x))


def gauss(x: Exact) -> Exact:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def erfc(x: Exact) -> Exact:
    """mpmath's, which gives up beyond 1e150: there the first term of the asymptotic series is all there is."""
    return mp.erfc(x) if x < 1e9 else mp.exp(-x * x) / (x * mp.sqrt(mp.pi))


def erfinv_slope(x: Exact) -> Exact:
    return mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2)


def below(size: float, sign: int) -> float:
    """The float next to ``sign * size``, on the side of 0."""
    return math.nextafter(sign * size, 0.0)


def normal_cdf(x: Exact) -> Exact:
    return erfc(-x / mp.sqrt(2)) / 2


def cbrt(x: Exact) -> Exact:
    return mp.sign(x) * mp.cbrt(abs(x))


def log_gamma(x: Exact) -> Exact:
    return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def log_gamma_size(x: Exact) -> Exact:
    """Below 0 the two terms of the reflection formula, of which lgamma is the difference."""
    return abs(mp.log(mp.pi / abs(mp.sinpi(x)))) + mp.loggamma(1 - x) if x < 0 else 0


def cotangent_term(order: int, x: Exact) -> Exact:
    """The derivative of that order of pi·cot(pi·x)."""
    cot, csc_squared = mp.cospi(x) / mp.sinpi(x), 1 / mp.sinpi(x) ** 2
    terms = (cot, -csc_squared, 2 * cot * csc_squared, -2 * csc_squared * (2 * cot**2 + csc_squared))
    return mp.pi ** (order + 1) * terms[order]


def polygamma(order: Exact, x: Exact) -> Exact:
    """mpmath's, for negative x by the reflection formula, which it does not use."""
    if x > 0:
        return mp.psi(order, x)
    return (-1) ** int(order) * mp.psi(order, 1 - x) - cotangent_term(int(order), x)


def polygamma_size(order: Exact, x: Exact) -> Exact:
    """Below 0 the two terms of the reflection formula; for the digamma 1 more, for the terms of its recurrence.

    The second term is made of powers of the cotangent up to order + 1, in which each of its roundings counts as often.
    """
    recurrence = 1 if order == 0 else 0
    if x > 0:
        return recurrence
    return recurrence + abs(mp.psi(order, 1 - x)) + (order + 1) * abs(cotangent_term(int(order), x))


def mish_terms(x: Exact) -> tuple[Exact, Exact]:
    w = softplus(x)
    return mp.tanh(w), x * mp.sech(w) ** 2 * sigmoid(x)


def mish_second_terms(x: Exact) -> tuple[Exact, Exact, Exact]:
    w, s = softplus(x), sigmoid(x)
    factor = mp.sech(w) ** 2
    return factor * 2 * s, factor * x * sigmoid_slope(x), -factor * x * 2 * mp.tanh(w) * s * s


def selu_constants() -> tuple[Exact, Exact]:
    """Klambauer et al. (2017), equation 14: alpha and the scale in closed form."""
    half = mp.mpf(1) / 2
    tail_1, tail_2 = mp.erfc(1 / mp.sqrt(2)), mp.erfc(mp.sqrt(2))
    alpha = -mp.sqrt(2 / mp.pi) / (tail_1 * mp.exp(half) - 1)
    terms = 2 * tail_2 * mp.e**2 + mp.pi * tail_1**2 * mp.e - 2 * (2 + mp.pi) * tail_1 * mp.sqrt(mp.e) + mp.pi + 2
    return alpha, (1 - tail_1 * mp.sqrt(mp.e)) * mp.sqrt(2 * mp.pi) / mp.sqrt(terms)


def sum_of_sizes(terms: Callable[..., Sequence[Exact]]) -> Callable[..., Exact]:
    return lambda *operands: sum(abs(term) for term in terms(*operands))


# Where exp(-x²) and its like are subnormal, their rounding is multiplied by x (up to 39), and by x² in the second
# derivative: results below these sizes are known to that many units only.
TAIL, SECOND_TAIL = 2.0**-1017, 2.0**-1013


# fmt: off
def arithmetic_oracles() -> dict[str, Oracle]:
    zero, one = mp.mpf(0), mp.mpf(1)
    return {
        "neg": unary("neg", lambda x: -x, lambda x: -one, lambda x: zero),
        "abs": unary("abs", abs, mp.sign, lambda x: zero, near=(0.0,)),
        "stop_gradient": Oracle(unary_points("stop_gradient"), lambda x: x, lambda x: (None,)),
        "sign": unary("sign", mp.sign, lambda x: zero, lambda x: zero, near=(0.0,)),
        "square": unary("square", lambda x: x * x, lambda x: 2 * x, lambda x: 2 * one),
        "reciprocal": unary("reciprocal", lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
        "sqrt": unary("sqrt", mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x)),
                      low=SMALLEST),
        "cbrt": unary("cbrt", cbrt, lambda x: cbrt(x) / (3 * x), lambda x: -2 * cbrt(x) / (9 * x * x)),
        "relu": unary("relu", lambda x: max(x, zero), lambda x: one if x > 0 else zero, lambda x: zero, near=(0.0,)),
        "softsign": unary("softsign", lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2,
                          lambda x: -2 * mp.sign(x) / (1 + abs(x)) ** 3, near=(0.0,)),
    }


def exponential_oracles() -> dict[str, Oracle]:
    def logarithm(name: str, base: Exact) -> Oracle:
        return unary(name, lambda x: mp.log(x) / mp.log(base), lambda x: 1 / (x * mp.log(base)),
                     lambda x: -1 / (x * x * mp.log(base)), low=SMALLEST, near=(1.0,))

    largest = 709.782712893384
    return {
        "exp": unary("exp", mp.exp, mp.exp, mp.exp, near=(largest, -708.3964185322641, -745.13), active=745.0),
        "exp2": unary("exp2", lambda x: mp.mpf(2) ** x, lambda x: mp.log(2) * mp.mpf(2) ** x,
                      lambda x: mp.log(2) ** 2 * mp.mpf(2) ** x, near=(1024.0, -1022.0), active=1075.0),
        "expm1": unary("expm1", mp.expm1, mp.exp, mp.exp, near=(0.0, largest), active=745.0),
        "log": logarithm("log", mp.e),
        "log2": logarithm("log2", mp.mpf(2)),
        "log10": logarithm("log10", mp.mpf(10)),
        "log1p": unary("log1p", mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2,
                       low=math.nextafter(-1.0, 0.0), near=(-1.0, 0.0)),
        "sigmoid": unary("sigmoid", sigmoid, sigmoid_slope, lambda x: -sigmoid_slope(x) * mp.tanh(x / 2),
                         near=(0.0, -745.13), active=745.0),
        "log_sigmoid": unary("log_sigmoid", lambda x: -softplus(-x), lambda x: sigmoid(-x),
                             lambda x: -sigmoid_slope(x), near=(0.0,), active=745.0),
        "softplus": unary("softplus", softplus, sigmoid, sigmoid_slope, near=(0.0,), active=745.0),
    }


def angle_oracles() -> dict[str, Oracle]:
    quarter_turns = [k * math.pi / 2 for k in (-5, -2, -1, 0, 1, 2, 3, 10, 1e5)]
    above, below = math.nextafter(-1.0, 0.0), math.nextafter(1.0, 0.0)

    def cosine_of_asin(x: Exact) -> Exact:
        return mp.sqrt((1 - x) * (1 + x))

    return {
        "sin": unary("sin", mp.sin, mp.cos, lambda x: -mp.sin(x), near=quarter_turns),
        "cos": unary("cos", mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x), near=quarter_turns),
        "tan": unary("tan", mp.tan, lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2,
                     near=quarter_turns),
        "asin": unary("asin", mp.asin, lambda x: 1 / cosine_of_asin(x), lambda x: x / cosine_of_asin(x) ** 3,
                      low=above, high=below, near=(-1.0, -0.75, 0.0, 0.75, 1.0), active=1.0),
        "acos": unary("acos", mp.acos, lambda x: -1 / cosine_of_asin(x), lambda x: -x / cosine_of_asin(x) ** 3,
                      low=above, high=below, near=(-1.0, -0.75, 0.0, 0.75, 1.0), active=1.0),
        "atan": unary("atan", mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
        "sinh": unary("sinh", mp.sinh, mp.cosh, mp.sinh, near=(0.0, 710.4), active=720.0),
        "cosh": unary("cosh", mp.cosh, mp.sinh, mp.cosh, near=(0.0, 710.4), active=720.0),
        "sech_squared": unary(
            "sech_squared", lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.sech(x) ** 2 * mp.tanh(x),
            lambda x: mp.sech(x) ** 2 * (4 - 6 * mp.sech(x) ** 2),
            near=(0.0,), active=400.0, second_size=lambda x: 4 * mp.sech(x) ** 2,
        ),
        "tanh": unary("tanh", mp.tanh, lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,
                      near=(0.0, 19.06), active=400.0),
        "asinh": unary("asinh", mp.asinh, lambda x: 1 / mp.hypot(1, x), lambda x: -x / mp.hypot(1, x) ** 3,
                       near=(0.0,)),
        "acosh": unary("acosh", mp.acosh, lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
                       lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3, low=math.nextafter(1.0, 2.0), near=(1.0,)),
        "atanh": unary("atanh", mp.atanh, lambda x: 1 / ((1 - x) * (1 + x)),
                       lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2,
                       low=above, high=below, near=(-1.0, -0.75, 0.0, 0.75, 1.0), active=1.0),
    }


def statistics_oracles() -> dict[str, Oracle]:
    two_over_sqrt_pi = 2 / mp.sqrt(mp.pi)
    gamma_roots = (-2.457024738220801, -2.747682646727413, -3.143580888349980, -3.955294284858598)
    digamma_roots = (1.4616321449683622, -0.504083008264455, -1.573498473162390, -2.610720868444145)
    return {
        "exp_minus_square": unary(
            "exp_minus_square", lambda x: mp.exp(-x * x), lambda x: -2 * x * mp.exp(-x * x),
            lambda x: (4 * x * x - 2) * mp.exp(-x * x), active=28.0,
            partial_size=lambda x: TAIL, second_size=lambda x: max(SECOND_TAIL, (4 * x * x + 2) * mp.exp(-x * x)),
        ),
        "erf": unary(
            "erf", mp.erf, lambda x: two_over_sqrt_pi * mp.exp(-x * x),
            lambda x: -2 * x * two_over_sqrt_pi * mp.exp(-x * x), near=(0.0,), active=28.0, second_size=lambda x: TAIL,
        ),
        "erfc": unary(
            "erfc", erfc, lambda x: -two_over_sqrt_pi * mp.exp(-x * x),
            lambda x: 2 * x * two_over_sqrt_pi * mp.exp(-x * x), near=(0.0,), active=28.0, second_size=lambda x: TAIL,
        ),
        "normal_pdf": unary(
            "normal_pdf", gauss, lambda x: -x * gauss(x), lambda x: (x * x - 1) * gauss(x), active=39.0,
            partial_size=lambda x: TAIL, second_size=lambda x: max(SECOND_TAIL, (x * x + 1) * gauss(x)),
        ),
        "normal_cdf": unary(
            "normal_cdf", normal_cdf, gauss, lambda x: -x * gauss(x), active=39.0, second_size=lambda x: TAIL,
        ),
        "lgamma": unary(
            "lgamma", log_gamma, lambda x: polygamma(0, x), lambda x: polygamma(1, x),
            near=(0.0, 1.0, 2.0, *gamma_roots, *digamma_roots), active=30.0,
            value_size=log_gamma_size, partial_size=lambda x: polygamma_size(0, x),
        ),
        "digamma": unary(
            "digamma", lambda x: polygamma(0, x), lambda x: polygamma(1, x), lambda x: polygamma(2, x),
            near=(0.0, 1.0, *digamma_roots), active=30.0, value_size=lambda x: polygamma_size(0, x), partial_ulp=8.0,
            partial_size=lambda x: polygamma_size(1, x), second_size=lambda x: polygamma_size(2, x),
        ),
        "erfinv": unary(
            "erfinv", mp.erfinv, erfinv_slope, lambda x: 2 * mp.erfinv(x) * erfinv_slope(x) ** 2,
            low=below(1.0, -1), high=below(1.0, 1), near=(0.0, 1.0, -1.0, 0.1, 0.5), active=1.0,
        ),
        "erfinv_slope": unary(
            "erfinv_slope", erfinv_slope, lambda x: 2 * mp.erfinv(x) * erfinv_slope(x) ** 2,
            lambda x: (2 + 8 * mp.erfinv(x) ** 2) * erfinv_slope(x) ** 3,
            low=below(1.0, -1), high=below(1.0, 1), near=(0.0, 1.0, -1.0, 0.1, 0.5), active=1.0, partial_ulp=12.0,
        ),
        "gelu": unary(
            "gelu", lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * gauss(x),
            lambda x: (2 - x * x) * gauss(x), near=(0.0, -0.7517915246935645), active=39.0,
            value_size=lambda x: TAIL,
            partial_size=lambda x: max(TAIL, normal_cdf(x) + abs(x) * gauss(x)),
            second_size=lambda x: max(SECOND_TAIL, (2 + x * x) * gauss(x)),
        ),
    }


def activation_oracles() -> dict[str, Oracle]:
    alpha, scale = selu_constants()
    zero = mp.mpf(0)
    return {
        "selu": unary(
            "selu", lambda x: scale * (x if x > 0 else alpha * mp.expm1(x)),
            lambda x: scale * (1 if x > 0 else alpha * mp.exp(x)),
            lambda x: zero if x > 0 else scale * alpha * mp.exp(x), near=(0.0,), active=745.0,
        ),
        "silu": unary(
            "silu", lambda x: x * sigmoid(x), lambda x: sigmoid(x) + x * sigmoid_slope(x),
            lambda x: sigmoid_slope(x) * (2 - x * mp.tanh(x / 2)), near=(0.0, -1.2784645427610738), active=760.0,
            partial_size=lambda x: sigmoid(x) + abs(x) * sigmoid_slope(x),
            second_size=lambda x: max(SECOND_TAIL, sigmoid_slope(x) * (2 + abs(x))),
        ),
        "mish": unary(
            "mish", lambda x: x * mp.tanh(softplus(x)), lambda x: sum(mish_terms(x)),
            lambda x: sum(mish_second_terms(x)), near=(0.0, -1.1924312145154), active=760.0,
            partial_size=sum_of_sizes(mish_terms), second_size=sum_of_sizes(mish_second_terms),
        ),
    }
# fmt: on


# -- functions of several numbers ---------------------------------------------------------------------------------


def signed(rng: random.Random, low: float, high: float) -> float:
    return rng.choice((-1.0, 1.0)) * log_uniform(rng, low, high)


def pairs(name: str, count: int = 1000) -> list[Operands]:
    """Pairs over 1e±300, a third of them of about the same size, and a third of ordinary size."""
    rng = seeded(name)
    points: list[Operands] = []
    while len(points) < count:
        x = signed(rng, 1e-300, 1e300)
        near_x = rng.choice((-1.0, 1.0)) * min(abs(x) * 2.0 ** rng.uniform(-6.0, 6.0), 1e300)
        ordinary = (signed(rng, 0.01, 30.0), signed(rng, 0.01, 30.0))
        points.extend([(x, signed(rng, 1e-300, 1e300)), (x, near_x), ordinary])
    return points


def quotients(name: str) -> list[Operands]:
    return [(x, y) for x, y in pairs(name, 2000) if 1e-300 < abs(x / y) < 1e300]


def powers(name: str, *, negative_bases: bool) -> list[Operands]:
    """Bases over 1e±300, also close to 1, with exponents that keep the power within 1e±300; also tiny exponents."""
    rng = seeded(name)
    exponents = (-3.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
    points: list[Operands] = [(x, y) for x in (0.5, 1.0, 1.5, 7.0) for y in exponents]
    for _ in range(400):
        for x in (log_uniform(rng, 1e-300, 1e300), 1.0 + signed(rng, 1e-12, 0.9)):
            points.append((x, rng.uniform(-690.0, 690.0) / math.log(x)))
            points.append((x, signed(rng, 1e-25, 1.0)))
    if negative_bases:
        for _ in range(200):
            whole = float(rng.randint(-30, 30)) or 1.0
            points.append((-math.exp(rng.uniform(-690.0, 690.0) / abs(whole)), whole))
    return points


def rows(name: str, low: float, high: float, count: int = 300, most: int = 5) -> list[Operands]:
    """Rows of one to a few numbers of both signs, between the bounds and, a third of them, of ordinary size."""
    rng = seeded(name)
    bounds = [(low, high), (low, high), (0.01, 30.0)] * (count // 3)
    return [tuple(signed(rng, *some) for _ in range(rng.randint(1, most))) for some in bounds]


def rows_with_ties(name: str) -> list[Operands]:
    rng = seeded(name)
    tied = [tuple(rng.choice((-2.0, -0.0, 0.0, 1.5)) for _ in range(rng.randint(1, 5))) for _ in range(200)]
    return [*tied, *rows(name, SMALLEST, LARGEST)]


def logits(name: str) -> list[Operands]:
    """Rows of numbers close together, far apart, and very far from 0."""
    rng = seeded(name)
    points: list[Operands] = [(1000.0, 1000.0), (-1000.0, -1000.0), (50.0, 0.0), (800.0, 0.0), (1e308, -1e308)]
    for _ in range(300):
        spread = log_uniform(rng, 1e-10, 1e3)
        center = signed(rng, 1e-3, 1e6)
        count = rng.randint(1, 4)
        points.append(tuple(rng.uniform(-spread, spread) for _ in range(count)))
        points.append(tuple(center + rng.uniform(-spread, spread) for _ in range(count)))
        points.append(tuple(signed(rng, 1e-300, 1e300) for _ in range(count)))
    return points


def indexed(points: list[Operands]) -> list[Operands]:
    return [(float(index), *values) for values in points for index in range(len(values))]


def weighted_sums(name: str) -> list[Operands]:
    """Weights, as many inputs, and a bias: rows of odd length."""
    return [row for row in rows(name, 1e-100, 1e100, count=600, most=9) if len(row) % 2 == 1]


def split(operands: Sequence[Exact]) -> tuple[Sequence[Exact], Sequence[Exact]]:
    count = len(operands) // 2
    return operands[:count], operands[count:-1]


def weighted_terms(*operands: Exact) -> list[Exact]:
    return [weight * value for weight, value in zip(*split(operands))] + [operands[-1]]


def power_partials(x: Exact, y: Exact) -> tuple[Exact, Exact | None]:
    return y * x ** (y - 1), x**y * mp.log(x) if x > 0 else None


def product(values: Sequence[Exact]) -> Exact:
    return mp.fprod(values)


def length(*values: Exact) -> Exact:
    return mp.sqrt(sum(value * value for value in values))


def direction(*values: Exact) -> list[Exact]:
    return [value / length(*values) for value in values]


def log_sum_exp(*values: Exact) -> Exact:
    """Shifted by the largest, as mpmath's exponentials may overflow its patience, not its range."""
    largest = max(values)
    return largest + mp.log1p(mp.fsum(sorted(mp.exp(value - largest) for value in values)[:-1]))


def softmax(*values: Exact) -> list[Exact]:
    largest = max(values)
    exponentials = [mp.exp(value - largest) for value in values]
    return [exponential / mp.fsum(exponentials) for exponential in exponentials]


def softmax_component(index: Exact, *values: Exact) -> Exact:
    return softmax(*values)[int(index)]


def others(index: int, shares: Sequence[Exact]) -> Exact:
    return mp.fsum(share for other, share in enumerate(shares) if other != index)


def softmax_partials(index: Exact, *values: Exact) -> list[Exact | None]:
    shares, own = softmax(*values), int(index)
    slopes = [-shares[own] * share for share in shares]
    slopes[own] = shares[own] * others(own, shares)
    return [None, *slopes]


def log_softmax_component(index: Exact, *values: Exact) -> Exact:
    own = int(index)
    return -mp.log1p(mp.fsum(mp.exp(value - values[own]) for other, value in enumerate(values) if other != own))


def log_softmax_partials(index: Exact, *values: Exact) -> list[Exact | None]:
    shares, own = softmax(*values), int(index)
    slopes = [-share for share in shares]
    slopes[own] = others(own, shares)
    return [None, *slopes]


def shares_of(extremum: Callable[[Sequence[Exact]], Exact]) -> Callable[..., list[Exact]]:
    def partials(*values: Exact) -> list[Exact]:
        attained = [value == extremum(values) for value in values]
        return [mp.mpf(1) / sum(attained) if attains else mp.mpf(0) for attains in attained]

    return partials


def is_true(compare: Callable[[Exact, Exact], bool]) -> Callable[[Exact, Exact], Exact]:
    return lambda x, y: mp.mpf(1) if compare(x, y) else mp.mpf(0)


def condition_oracles() -> dict[str, Oracle]:
    """Comparisons, and what combines them: 1 or 0, and no derivative."""
    compare: dict[str, Callable[[Exact, Exact], bool]] = {
        "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    }  # fmt: skip
    points = [(x, y) for name in ("near", "far") for x, y in (*pairs(name, 100), (2.0, 2.0), (0.0, -0.0), (1.0, 1.5))]
    truths = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (2.0, 3.0), (0.5, 0.0)]
    return {
        **{name: Oracle(points, is_true(compare[name]), lambda x, y: (None, None)) for name in compare},
        "&": Oracle(truths + points, is_true(lambda x, y: bool(x and y)), lambda x, y: (None, None)),
        "|": Oracle(truths + points, is_true(lambda x, y: bool(x or y)), lambda x, y: (None, None)),
        "~": Oracle([(x,) for x, _ in truths], lambda x: mp.mpf(0 if x else 1), lambda x: (None,)),
    }


def whole_number_oracles() -> dict[str, Oracle]:
    """Steps: their values are exact, and their derivatives 0."""
    zero, one = mp.mpf(0), mp.mpf(1)
    steps = {
        "floor": mp.floor, "ceil": mp.ceil, "trunc": lambda x: mp.floor(x) if x >= 0 else mp.ceil(x),
    }  # fmt: skip
    divisions = [(signed(rng, 1e-3, 1e6), signed(rng, 1e-3, 1e6)) for rng in [random.Random("%")] for _ in range(1000)]
    divisions += [(1.0, 0.1), (-1e-20, 1.0), (6.0, 2.0), (-6.0, 2.0), (5.5, -2.0)]
    rounded = [(x, digits) for x, _ in divisions for digits in (0.0, 2.0)] + [(2.5, 0.0), (-0.5, 0.0), (0.125, 2.0)]
    return {
        **{name: unary(name, step, lambda x: zero, lambda x: zero) for name, step in steps.items()},
        "%": Oracle(divisions, lambda x, y: x - mp.floor(x / y) * y, lambda x, y: (one, -mp.floor(x / y))),
        "//": Oracle(divisions, lambda x, y: mp.floor(x / y), lambda x, y: (zero, zero)),
        "round": Oracle(
            rounded, lambda x, digits: mp.nint(x * 10**digits) / 10**digits, lambda x, digits: (zero, None)
        ),
    }


def polygamma_points() -> list[Operands]:
    rng = seeded("polygamma")
    positive = [(float(rng.randint(0, 3)), log_uniform(rng, 1e-60, 1e60)) for _ in range(500)]
    negative = [(float(rng.randint(0, 2)), rng.uniform(-20.0, 0.0)) for _ in range(300)]
    return [*positive, *negative, *((float(order), rng.uniform(0.0, 30.0)) for order in range(4) for _ in range(200))]


# fmt: off
def operator_oracles() -> dict[str, Oracle]:
    zero, one = mp.mpf(0), mp.mpf(1)
    return {
        "+": Oracle(pairs("+"), lambda x, y: x + y, lambda x, y: (one, one)),
        "-": Oracle(pairs("-"), lambda x, y: x - y, lambda x, y: (one, -one)),
        "*": Oracle(pairs("*"), lambda x, y: x * y, lambda x, y: (y, x)),
        "/": Oracle(quotients("/"), lambda x, y: x / y, lambda x, y: (1 / y, -x / y**2)),
        "pow": Oracle(powers("pow", negative_bases=True), lambda x, y: x**y, power_partials, partial_ulp=8.0),
        "**": Oracle(powers("**", negative_bases=True), lambda x, y: x**y,
                              lambda x, y: (y * x ** (y - 1), None), partial_ulp=8.0),
        "atan2": Oracle(pairs("atan2"), mp.atan2, lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y)),
                        partial_ulp=8.0),
        "hypot": Oracle(pairs("hypot"), length, direction, partial_ulp=8.0),
        "where": Oracle([(c, x, y) for c in (0.0, 1.0, -0.5) for x, y in pairs("where", 50)],
                        lambda c, x, y: x if c else y, lambda c, x, y: (None, one, zero) if c else (None, zero, one)),
        "clamp": Oracle(
            [(x, -1.5, 2.0) for x in (-1.5, 2.0, -0.0, *(x for x, _ in pairs("clamp")))],
            lambda x, low, high: min(max(x, low), high),
            lambda x, low, high: (one * (low <= x <= high), one * (x < low), one * (x > high)),
        ),
        "leaky_relu": Oracle(
            [(x, 0.25) for x, _ in pairs("leaky_relu")] + [(0.0, 0.25)],
            lambda x, slope: x if x > 0 else slope * x,
            lambda x, slope: (one, zero) if x > 0 else (slope, x),
        ),
        "elu": Oracle(
            [(x, 1.75) for (x,) in unary_points("elu", near=(0.0,), active=745.0)],
            lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
            lambda x, alpha: (one, zero) if x > 0 else (alpha * mp.exp(x), mp.expm1(x)),
        ),
        "polygamma": Oracle(polygamma_points(), polygamma, lambda order, x: (None, polygamma(order + 1, x)),
                            value_size=polygamma_size,
                            partial_size=lambda order, x: polygamma_size(order + 1, x)),
    }


def reduction_oracles() -> dict[str, Oracle]:
    one = mp.mpf(1)
    return {
        "sum": Oracle(rows("sum", 1e-100, 1e100), lambda *values: mp.fsum(values), lambda *values: [one] * len(values),
                      value_size=sum_of_sizes(lambda *values: values)),
        "mean": Oracle(rows("mean", 1e-100, 1e100), lambda *values: mp.fsum(values) / len(values),
                       lambda *values: [one / len(values)] * len(values),
                       value_size=lambda *values: sum(map(abs, values)) / len(values)),
        "dot": Oracle(weighted_sums("dot"), lambda *operands: mp.fsum(weighted_terms(*operands)),
                      lambda *operands: [*split(operands)[1], *split(operands)[0], one],
                      value_size=sum_of_sizes(weighted_terms)),
        "prod": Oracle(rows("prod", 1e-50, 1e50), lambda *values: product(values),
                       lambda *values: [product(values[:i] + values[i + 1:]) for i in range(len(values))]),
        "norm": Oracle(rows("norm", 1e-300, 1e300), length, direction),
        "maximum": Oracle(rows_with_ties("maximum"), lambda *values: max(values), shares_of(max)),
        "minimum": Oracle(rows_with_ties("minimum"), lambda *values: min(values), shares_of(min)),
        "logsumexp": Oracle(logits("logsumexp"), log_sum_exp, softmax, partial_ulp=8.0,
                            value_size=lambda *values: abs(max(values))),
        "logaddexp": Oracle([row[:2] for row in logits("logaddexp") if len(row) > 1], log_sum_exp, softmax,
                            partial_ulp=8.0, value_size=lambda *values: abs(max(values))),
        "softmax": Oracle(indexed(logits("softmax")), softmax_component, softmax_partials, partial_ulp=8.0),
        "log_softmax": Oracle(indexed(logits("log_softmax")), log_softmax_component, log_softmax_partials,
                              partial_ulp=8.0),
    }
# fmt: on


def all_oracles() -> dict[str, Oracle]:
    with mp.workprec(PRECISION):
        return {
            **arithmetic_oracles(),
            **exponential_oracles(),
            **angle_oracles(),
            **statistics_oracles(),
            **activation_oracles(),
            **operator_oracles(),
            **reduction_oracles(),
            **condition_oracles(),
            **whole_number_oracles(),
        }


ORACLES = all_oracles()
"""The truth about each primitive, by its name in the table."""
