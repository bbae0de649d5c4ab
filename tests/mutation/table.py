"""Faults in the table of primitives and in the float functions under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from mpmath import mp

from autograd_core import primitives
from autograd_core.primitives import TABLE, Primitive
from tests.mutation.fault import Fault
from tests.mutation.fault import rewrite as rewrite_in
from tests.primitives import test_accuracy
from tests.support.oracles import ORACLES, PRECISION

VALUE = "autograd_core.value"
IEEE, GAMMA = "autograd_core.primitives.ieee", "autograd_core.primitives.gamma"
TESTS = (
    "tests/primitives/test_conventions.py",
    "tests/primitives/test_accuracy.py",
    "tests/derivatives/test_functional.py",
    "tests/test_value.py",
)


def look_at(primitive: str) -> Callable[[], None]:
    """The primitive's own tests: its value and derivatives against its oracle's."""

    def look() -> None:
        with mp.workprec(PRECISION):
            test_accuracy.test_value(primitive)
            test_accuracy.test_first_derivatives(primitive)

    return look


# -- systematic faults --------------------------------------------------------------------------------------------

Partials = list[Any]


def change_partials(primitive: Primitive, change: Callable[[Partials], Partials]) -> Callable[[], None]:
    """Let the primitive's partials go through ``change``."""

    def inject() -> None:
        right = primitive.partials
        primitive.partials = lambda out, *operands: tuple(change(list(right(out, *operands))))

    return inject


def change_value(primitive: Primitive, factor: float) -> Callable[[], None]:
    """Let the primitive's value be off by a factor."""

    def inject() -> None:
        right = primitive.forward
        primitive.forward = lambda *operands: right(*operands) * factor

    return inject


def scale(position: int, factor: float) -> Callable[[Partials], Partials]:
    """One partial times a factor; None, where no gradient flows, stays."""

    def change(partials: Partials) -> Partials:
        if -len(partials) <= position < len(partials) and partials[position] is not None:
            partials[position] = partials[position] * factor
        return partials

    return change


def swap(partials: Partials) -> Partials:
    """The first two partials that are numbers, exchanged."""
    match [place for place, partial in enumerate(partials) if partial is not None]:
        case [first, second, *_]:
            partials[first], partials[second] = partials[second], partials[first]
    return partials


def ones(partials: Partials) -> Partials:
    """A gradient where none should flow."""
    return [1.0 for _ in partials]


def sampled_partials(primitive: Primitive) -> list[Partials]:
    """Its partials at some of the points that its oracle is asked at."""
    points = ORACLES[primitive.name].points
    return [
        list(primitive.partials(primitive.forward(*operands), *operands))
        for operands in points[:: len(points) // 50 + 1]
    ]


def systematic_faults() -> Iterator[Fault]:
    """For each primitive a wrong value, a wrong sign and factor at either end of its partials, and swapped operands.

    Which of the partials matter, and whether it matters which is which, is found by looking at them.
    """
    for name, primitive in TABLE.items():
        look, samples = look_at(name), sampled_partials(primitive)
        yield Fault(f"{name}: value off by 1e-12", change_value(primitive, 1.0 + 1e-12), [TESTS], look)
        live = {place for partials in samples for place, partial in enumerate(partials) if partial}
        if not live:
            yield Fault(f"{name}: a derivative of 1", change_partials(primitive, ones), [TESTS], look)
            continue
        ends = {min(live)} if max(live) == min(live) else {min(live), -1}
        for place in sorted(ends):
            yield Fault(f"{name}: sign at {place}", change_partials(primitive, scale(place, -1.0)), [TESTS], look)
            yield Fault(
                f"{name}: factor 1.0005 at {place}", change_partials(primitive, scale(place, 1.0005)), [TESTS], look
            )
        if any(swap(list(partials)) != partials for partials in samples):
            yield Fault(f"{name}: operands swapped", change_partials(primitive, swap), [TESTS], look)


# -- chosen faults ------------------------------------------------------------------------------------------------


def rewrite(function: str, old: str, new: str, primitive: str, module: str = "") -> Fault:
    """A function of the table with another formula, and the primitive whose tests are likely to see it first."""
    return rewrite_in(module or family(function), function, old, new, TESTS, look=look_at(primitive))


def family(function: str) -> str:
    """The module of the table that a function is defined in."""
    modules = [import_module(f"{primitives.__name__}.{found.name}") for found in iter_modules(primitives.__path__)]
    named = [module for module in modules if module.__name__ not in (IEEE, GAMMA)]
    return next(m.__name__ for m in named if getattr(vars(m).get(function), "__module__", None) == m.__name__)


CHOSEN = (
    # the textbook's formulas, which fail in the tails
    rewrite("tanh_partials", "sech_squared(x)", "1.0 - out * out", "tanh"),
    rewrite("sigmoid_partials", "0.25 * sech_squared(0.5 * x)", "out * (1.0 - out)", "sigmoid"),
    rewrite("tanh_partials", "4.0 * exponential", "2.0 * exponential", "tanh"),
    rewrite("sigmoid_partials", "math.exp(-abs(x))", "math.exp(-x)", "sigmoid"),
    rewrite("softplus_partials", "x >= 0.0", "x > 0.5", "softplus"),
    rewrite("expm1_partials", "exp(x)", "out + 1.0", "expm1"),
    rewrite("_one_minus_square", "(1.0 - x) * (1.0 + x)", "1.0 - x * x", "atanh"),
    rewrite("acosh_partials", "sqrt(x - 1.0) * sqrt(x + 1.0)", "sqrt(x * x - 1.0)", "acosh"),
    rewrite("asinh_partials", "hypot(1.0, x)", "sqrt(1.0 + x * x)", "asinh"),
    rewrite("atan_partials", "1.0 / hypot(1.0, x)", "1.0 / sqrt(1.0 + x * x)", "atan"),
    rewrite("atan2_partials", "x / divisor / divisor", "x / (divisor * divisor)", "atan2"),
    rewrite("log_sigmoid_partials", "sigmoid(-x)", "1.0 - sigmoid(x)", "log_sigmoid"),
    rewrite("log_sigmoid", "-softplus.forward(-x)", "log(sigmoid.forward(x))", "log_sigmoid"),
    rewrite(
        "softplus", "(x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))", "math.log(1.0 + math.exp(x))", "softplus"
    ),
    rewrite("softsign_partials", "root * root", "root", "softsign"),
    rewrite("silu", "x * half / (1.0 + half * half) * half", "x / (1.0 + math.exp(-x))", "silu"),
    rewrite("silu_partials", "bounded = clamp(x, -800.0, 800.0)", "bounded = x", "silu"),
    rewrite("silu_partials", "1.0 + bounded * sigmoid(-bounded)", "1.0 + sigmoid(-bounded)", "silu"),
    rewrite(
        "mish_partials",
        "numerator = (e + 2.0) * denominator + 4.0",
        "numerator = (e + 2.0) * denominator + 2.0",
        "mish",
    ),
    rewrite("mish_partials", "1.0 + 2.0 * (e * e) * bend", "1.0 + (e * e) * bend", "mish"),
    rewrite("gelu_partials", "clamp(x, -40.0, 40.0) * normal_pdf(x)", "0.0", "gelu"),
    rewrite("gelu_partials", "clamp(x, -40.0, 40.0)", "x", "gelu"),
    rewrite("normal_cdf", "ieee.normal_cdf(x)", "0.5 * (1.0 + math.erf(x * math.sqrt(0.5)))", "normal_cdf"),
    rewrite("exp_minus_square", "ieee.exp_minus_square(x)", "math.exp(-x * x)", "exp_minus_square"),
    rewrite("hypot", "math.hypot(x, y)", "math.sqrt(x * x + y * y)", "hypot"),
    rewrite("exp2_partials", "choose(is_infinite(out), beyond_largest, LN_2 * out)", "LN_2 * out", "exp2"),
    rewrite("power_partials", "(x == 0.0) & (y == 0.0)", "False", "pow"),
    rewrite("_power_slope", "(exponent == 0.0) | ", "", "pow"),
    rewrite("constant_power_partials", "0.5 <= exponent", "0.0 <= exponent", "**"),
    rewrite("constant_power_partials", "exponent - 1.0", "exponent", "**"),
    rewrite("divide_partials", "is_infinite(reciprocal_of_y)", "False", "/"),
    rewrite("constant_power_partials", "exponent == 0.0", "False", "**"),
    rewrite("_power_slope", "exponent - 1.0", "exponent", "**"),
    rewrite("_power_slope", "(exponent < 0.5) & ", "False & ", "pow"),
    rewrite("_one_over_root", "square > 0.0", "square >= 0.0", "asin"),
    rewrite("exp2_partials", "out < inf", "True", "exp2"),
    # what Value writes out
    rewrite_in(VALUE, "Value.__truediv__", "< inf:", "<= inf:", TESTS),
    rewrite_in(VALUE, "Value.__rtruediv__", "-(quotient * reciprocal)", "quotient * reciprocal", TESTS),
    rewrite_in(VALUE, "Value.__pow__", "0.5 <= exponent < inf", "0.0 <= exponent < inf", TESTS),
    rewrite_in(VALUE, "Value.__pow__", "0.0 < x < inf", "0.0 < x", TESTS),
    rewrite_in(VALUE, "Value.__rpow__", "out * log(base)", "log(base)", TESTS),
    # kinks, ties and edges
    rewrite("relu_partials", "x > 0.0", "x >= 0.0", "relu"),
    rewrite("relu_partials", "choose(x > 0.0", "choose(x >= 0.0", "relu"),
    rewrite("leaky_relu_partials", "if x > 0.0 else", "if x >= 0.0 else", "leaky_relu"),
    rewrite("elu_partials", "alpha * math.exp(x)", "math.exp(x)", "elu"),
    rewrite("maximum_partials", "values.count(out)", "len(values)", "maximum"),
    rewrite("minimum_partials", "if value == out", "if value >= out", "minimum"),
    rewrite("relu", "0.0 if x <= 0.0 else x", "x if x > 0.0 else 0.0", "relu"),
    rewrite(
        "leaky_relu_partials",
        "choose(x > 0.0, 1.0, negative_slope)",
        "choose(x >= 0.0, 1.0, negative_slope)",
        "leaky_relu",
    ),
    rewrite("elu_partials", "alpha * exp(x)", "exp(x)", "elu"),
    rewrite("selu_partials", "x > 0.0", "x >= 0.0", "selu"),
    rewrite("sign", "if x else 0.0", "", "sign"),
    rewrite("abs_partials", "sign(x)", "choose(x >= 0.0, 1.0, -1.0)", "abs"),
    rewrite("_shares", "choose(attains, share, 0.0)", "choose(attains, 1.0, 0.0)", "maximum"),
    rewrite("maximum", "nan if any(map(math.isnan, values)) else ", "", "maximum"),
    rewrite("maximum_partials", "value >= out", "value <= out", "maximum"),
    rewrite("minimum_partials", "value <= out", "value >= out", "minimum"),
    rewrite("clamp_partials", "x < low", "x <= low", "clamp"),
    rewrite("clamp_partials", "(1.0 - below - above, below, above)", "(1.0 - below - above, above, below)", "clamp"),
    rewrite("where_partials", "choose(fails, None, 1.0)", "choose(fails, 0.0, 1.0)", "where"),
    rewrite("where_partials", "(None, 1.0, None)", "(None, 1.0, 0.0)", "where"),
    rewrite("log_partials", "x + 0.0", "x", "log"),
    rewrite("sqrt_partials", "out + 0.0", "out", "sqrt"),
    rewrite(
        "atan2_partials",
        "choose(flat, 0.0, x / divisor / divisor)",
        "choose(flat, 1.0, x / divisor / divisor)",
        "atan2",
    ),
    rewrite("_direction", "choose(is_zero | is_endless, 1.0, largest)", "1.0", "norm"),
    rewrite("_direction", "choose(sum(infinite) > 1.0, nan, 1.0)", "1.0", "norm"),
    # reductions
    rewrite("mean_partials", "1.0 / len(values)", "1.0", "mean"),
    rewrite("prod_partials", "before * product_after", "product_after", "prod"),
    rewrite(
        "dot_partials",
        "(*operands[count:-1], *operands[:count], 1.0)",
        "(*operands[:count], *operands[count:-1], 1.0)",
        "dot",
    ),
    rewrite("dot", "total = operands[-1]", "total = 0.0", "dot"),
    rewrite("_softmax_partials", "share * others", "share * (1.0 - share)", "softmax"),
    rewrite("_softmax_partials", "minus = -share", "minus = share", "softmax"),
    rewrite("_sum_of_others", "sum_(before) + sum_(after)", "1.0 - shares[own]", "softmax"),
    rewrite("_log_softmax_partials", "own], others", "own], 1.0 + minus_shares[own]", "log_softmax"),
    # float functions
    rewrite(
        "divide",
        "math.copysign(inf, a) * math.copysign(1.0, b)",
        "math.copysign(inf, a)",
        "/",
        IEEE,
    ),
    rewrite("power", "-inf if x < 0.0 and is_odd(y) else inf", "inf", "pow", IEEE),
    rewrite("softmax", "0.0 * whole", "whole", "logsumexp", IEEE),
    rewrite(
        "cbrt",
        "root - (root - x / (root * root)) / 3.0",
        "root - (root - x / (root * root)) / 2.0",
        "cbrt",
        IEEE,
    ),
    rewrite("lgamma", "- math.log1p(x)", "", "lgamma", GAMMA),
    rewrite("_digamma", "-0.5 / x", "-1.0 / x", "lgamma", GAMMA),
    rewrite(
        "_polygamma_reflected",
        "sign * polygamma(order, 1.0 - x) - ",
        "sign * polygamma(order, 1.0 - x) + ",
        "polygamma",
        GAMMA,
    ),
)
