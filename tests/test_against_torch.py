"""Values, first and second derivatives against PyTorch's in float64, and a list of where they differ and why."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from mpmath import mp

import autograd_core as ag
from autograd_core.primitives import TABLE
from autograd_core.value import Value
from tests.support.oracles import LARGEST, ORACLES, PRECISION, SMALLEST, SMALLEST_NORMAL, Operands, is_wrong

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
functional = torch.nn.functional

inf, nan = math.inf, math.nan

SIZES = (0.0, 1e-200, 1e-20, 1e-8, 1e-3, 0.1, 0.3, 0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 5.0, 7.5, 10.0, 15.0)
LARGE_SIZES = (20.0, 40.0, 100.0, 300.0, 700.0, 709.5, 710.1, 745.0, 1e3, 1e5, 1e10, 1e100, 1e154, 1e200, LARGEST, inf)
NUMBERS = sorted({sign * size for size in (SMALLEST, *SIZES, *LARGE_SIZES) for sign in (1.0, -1.0)})
BESIDE_ONE = [math.nextafter(one, to) for one in (-1.0, 1.0) for to in (-inf, inf)]
FEW_NUMBERS = (-inf, -1e200, -3.0, -2.0, -0.5, 0.0, 1e-200, 0.3, 1.0, 2.0, 1e3, 1e200, inf, nan)

ONE_NUMBER: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(torch, name) for name in (
        "neg", "abs", "sign", "square", "reciprocal", "sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p",
        "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
        "lgamma", "digamma", "erfinv", "sigmoid", "relu", "floor", "ceil", "trunc",
    )},
    **{name: getattr(functional, name) for name in ("selu", "gelu", "silu", "mish", "softsign")},
    "log_sigmoid": functional.logsigmoid,
    "softplus": lambda x: functional.softplus(x, threshold=1e6),
    "normal_cdf": torch.special.ndtr,
}  # fmt: skip

SEVERAL_NUMBERS: dict[str, tuple[int, Callable[..., Any]]] = {
    "+": (2, lambda x, y: x + y),
    "-": (2, lambda x, y: x - y),
    "*": (2, lambda x, y: x * y),
    "/": (2, lambda x, y: x / y),
    "pow": (2, lambda x, y: x**y),
    "atan2": (2, torch.atan2),
    "hypot": (2, torch.hypot),
    "logaddexp": (2, torch.logaddexp),
    "%": (2, torch.remainder),
    "leaky_relu": (2, lambda x, slope: torch.where(x > 0, x, slope * x)),
    "elu": (2, lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, 0.0, x)))),
    "sum": (3, lambda *values: torch.stack(values).sum()),
    "mean": (3, lambda *values: torch.stack(values).mean()),
    "prod": (3, lambda *values: torch.stack(values).prod()),
    "norm": (3, lambda *values: torch.linalg.vector_norm(torch.stack(values))),
    "dot": (3, lambda weight, value, bias: weight * value + bias),
    "maximum": (3, lambda *values: torch.stack(values).amax()),
    "minimum": (3, lambda *values: torch.stack(values).amin()),
    "logsumexp": (3, lambda *values: torch.logsumexp(torch.stack(values), 0)),
}
WITH_CONSTANTS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "**: 2": (lambda x: x**2.0, lambda x: x**2.0),
    "**: 1/2": (lambda x: x**0.5, lambda x: x**0.5),
    "**: -1": (lambda x: x**-1.0, lambda x: x**-1.0),
    "**: 0": (lambda x: x**0.0, lambda x: x**0.0),
    "** of 2": (lambda x: 2.0**x, lambda x: 2.0**x),
    "clamp": (lambda x: ag.clamp(x, -1.0, 2.0), lambda x: torch.clamp(x, -1.0, 2.0)),
    "where": (lambda x: ag.where(x > 0.0, x * x, 3.0 * x), lambda x: torch.where(x > 0.0, x * x, 3.0 * x)),
    "leaky_relu: 0.1": (lambda x: ag.leaky_relu(x, 0.1), lambda x: functional.leaky_relu(x, 0.1)),
    "elu: 1": (lambda x: ag.elu(x), functional.elu),
    "polygamma: 1": (lambda x: TABLE["polygamma"](1.0, x), lambda x: torch.polygamma(1, x)),
    "softmax": (lambda x: ag.softmax([1.0, x, -1.0])[1], lambda x: with_neighbours(x).softmax(0)[1]),
    "log_softmax": (lambda x: ag.log_softmax([1.0, x, -1.0])[1], lambda x: with_neighbours(x).log_softmax(0)[1]),
}
CONDITIONS = {"<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}  # of which PyTorch has no derivatives to compare
NOT_IN_TORCH = {
    "cbrt", "sech_squared", "exp_minus_square", "normal_pdf", "stop_gradient", "erfinv_slope", "//", "round",
    *CONDITIONS,
}  # fmt: skip


def with_neighbours(x: Any) -> Any:
    """The tensor (1, x, −1)."""
    return torch.stack([torch.ones_like(x), x, -torch.ones_like(x)])


# -- where they differ --------------------------------------------------------------------------------------------

VALUE, FIRST, SECOND = 0, 1, 2
Region = Callable[..., bool]


@dataclass(frozen=True)
class Difference:
    """Where we and PyTorch disagree: in which functions, from which order of derivative on, at which operands.

    The region is asked for our value first, then the operands.
    """

    names: str
    from_order: int
    region: Region
    reason: str


def value_is_nan(value: float, *_: float) -> bool:
    return value != value


def any_nan(_: float, *operands: float) -> bool:
    return any(map(math.isnan, operands))


def any_infinite(value: float, *operands: float) -> bool:
    return math.isinf(value) or any(map(math.isinf, operands))


def any_beyond(size: float) -> Region:
    return lambda _, *operands: any(abs(x) >= size for x in operands)


def all_within(size: float) -> Region:
    return lambda _, *operands: all(abs(x) <= size for x in operands)


def above(low: float) -> Region:
    return lambda _, x: x >= low


def below(high: float) -> Region:
    return lambda _, x: x <= high


def at(*points: float) -> Region:
    return lambda _, *operands: all(x in points for x in operands)


def any_tiny(_: float, *operands: float) -> bool:
    return any(0.0 < abs(x) <= 1e-154 for x in operands)


def any_zero(_: float, *operands: float) -> bool:
    return 0.0 in operands


def subnormal(value: float, *operands: float) -> bool:
    return any(0.0 < abs(number) < SMALLEST_NORMAL for number in (value, *operands))


# What PyTorch does is told from its answers and from its list of formulas, tools/autograd/derivatives.yaml.
DIFFERENCES = [
    # Our choices (CONVENTIONS of test_conventions).
    Difference("*", FIRST, value_is_nan, "a nan value has nan derivatives; PyTorch does not ask for the value"),
    Difference("sign", VALUE, any_nan, "nan stays nan; torch.sign(nan) is 0"),
    Difference("leaky_relu elu", VALUE, any_nan, "a nan slope or alpha gives nan, also where x is positive"),
    Difference("pow", VALUE, any_nan, "nan stays nan; pow(1, nan) and pow(nan, 0) are 1 in C"),
    Difference("hypot norm", VALUE, any_nan, "nan stays nan; hypot(inf, nan) is inf in C"),
    Difference("selu elu", SECOND, at(0.0), "at the kink we take the left branch, PyTorch takes 0"),
    Difference("hypot norm", FIRST, at(0.0), "0 at the origin; torch.hypot has nan there"),
    Difference("pow", VALUE, lambda _, x, y: x < 0.0 < y % 1.0, "nan for negative x and fractions, also at −inf"),
    # Infinite operands: ours is the limit where there is one, PyTorch multiplies or divides infinities.
    Difference("* / pow atan2 hypot leaky_relu elu prod norm dot logsumexp softmax log_softmax where reciprocal square",
               FIRST, any_infinite, "0·inf or inf/inf inside PyTorch's formula"),
    Difference("gelu silu mish softsign", VALUE, any_infinite, "0·inf or inf/inf inside PyTorch's formula"),
    Difference("*", SECOND, any_infinite, "inf − inf or 0·inf inside, with them or us"),
    # Digits lost to cancellation.
    Difference("expm1", FIRST, below(-10.0), "PyTorch adds 1 to the result"),
    Difference("tanh", FIRST, any_beyond(5.0), "PyTorch takes 1 − tanh²"),
    Difference("sigmoid", FIRST, above(10.0), "PyTorch takes s·(1 − s)"),
    Difference("sigmoid", SECOND, all_within(1e-7), "PyTorch takes 1 − 2s"),
    Difference("log_sigmoid softplus silu", SECOND, above(10.0), "PyTorch takes s·(1 − s)"),
    Difference("gelu normal_cdf", VALUE, below(-5.0), "PyTorch takes 1 + erf(x/√2)"),
    Difference("mish", SECOND, above(5.0), "PyTorch takes 1 − tanh²"),
    Difference("softmax log_softmax", VALUE, above(10.0), "PyTorch takes 1 − s, and subtracts the log of the sum"),
    Difference("** /", SECOND, any_beyond(1e150), "squares overflow"),
    Difference("prod", FIRST, any_tiny, "PyTorch divides the product by each factor, also where it is 0 or subnormal"),
    Difference("pow", SECOND, any_zero, "PyTorch has 0 for ∂²/∂x∂y at y = 0, and 0·log(0) at x = 0"),
    Difference("pow", SECOND, any_tiny, "inf − inf where the second derivative overflows, with them or us"),
    # Over- and underflow inside.
    Difference("atan2 norm", VALUE, any_beyond(1e154), "PyTorch squares the operands"),
    Difference("atan2 norm prod", VALUE, all_within(1e-154), "PyTorch squares the operands"),
    Difference("softsign", FIRST, any_beyond(1e3), "PyTorch takes (1 + |x| − x·sign(x)) / (1 + |x|)²"),
    Difference("asinh acosh atan log10 erf erfc gelu normal_cdf", FIRST, any_beyond(1e90), "PyTorch's x² overflows"),
    Difference("softplus", FIRST, above(709.0), "PyTorch divides exp(x) by exp(x) + 1"),
    Difference("silu mish sigmoid log_sigmoid softplus", VALUE, below(-709.0), "PyTorch loses the subnormal exp(x)"),
    Difference("log1p sigmoid log_sigmoid normal_cdf", VALUE, subnormal, "PyTorch flushes some subnormals to 0"),
    # Kinks of their own.
    Difference("acosh", SECOND, at(1.0), "at the edge ours is nan, the limit −inf"),
    Difference("lgamma", FIRST, at(0.0, *BESIDE_ONE), "no limit at 0, and PyTorch loses all digits beside −1"),
    Difference("lgamma", SECOND, lambda *_: True, "PyTorch's trigamma has 9 digits"),
    Difference("digamma", VALUE, at(0.0, *BESIDE_ONE), "no limit at 0, and PyTorch loses all digits beside −1"),
    Difference("logaddexp", SECOND, lambda _, x, y: abs(x - y) > 700.0, "0·inf inside PyTorch's formula"),
    Difference("digamma", FIRST, lambda *_: True, "PyTorch's trigamma has 9 digits, and is wrong beside the poles"),
    Difference("polygamma", VALUE, lambda *_: True, "PyTorch's trigamma has 9 digits, and is wrong beside the poles"),
]  # fmt: skip


def excused(name: str, order: int, value: float, operands: Operands) -> bool:
    function = name.partition(":")[0]
    return any(
        (difference.names == "*" or function in difference.names.split())
        and order >= difference.from_order
        and difference.region(value, *operands)
        for difference in DIFFERENCES
    )


# -- comparing ----------------------------------------------------------------------------------------------------


def ours(function: Callable[..., Any], operands: Operands) -> list[list[float]]:
    """The value, the gradient and the rows of the Hessian."""
    values = [Value(operand) for operand in operands]
    out = function(*values)
    slopes = ag.gradients(out, values, create_graph=True)
    return [[out.data], [slope.data for slope in slopes], [h for slope in slopes for h in ag.gradients(slope, values)]]


def theirs(function: Callable[..., Any], operands: Operands) -> list[list[float]]:
    tensors = [torch.tensor(operand, dtype=torch.float64, requires_grad=True) for operand in operands]
    out = function(*tensors)
    slopes = torch_gradients(out, tensors)
    hessian = [h for slope in slopes for h in torch_gradients(slope, tensors)]
    return [[out.item()], [slope.item() for slope in slopes], [h.item() for h in hessian]]


def torch_gradients(out: Any, tensors: list[Any]) -> list[Any]:
    if not out.requires_grad:
        return [torch.zeros_like(tensor) for tensor in tensors]
    gradients = torch.autograd.grad(out, tensors, create_graph=True, allow_unused=True)
    return [torch.zeros_like(t) if gradient is None else gradient for gradient, t in zip(gradients, tensors)]


RELATIVE_TOLERANCE = (1e-14, 1e-13, 1e-12)


def agree(a: list[float], b: list[float], order: int) -> bool:
    """Equal, nan being equal to nan, but for roundings; those of a Hessian are as large as its largest entry's."""
    size = max((abs(number) for number in b if math.isfinite(number)), default=0.0)
    return all(
        x == y or (x != x and y != y) or abs(x - y) <= RELATIVE_TOLERANCE[order] * (size if order == SECOND else abs(y))
        for x, y in zip(a, b, strict=True)
    )


def disagreements(
    name: str, mine: Callable[..., Any], torchs: Callable[..., Any], points: Iterator[Operands]
) -> list[tuple[Any, ...]]:
    found = []
    for operands in points:
        my_answers = ours(mine, operands)
        value = my_answers[VALUE][0]
        for order, (a, b) in enumerate(zip(my_answers, theirs(torchs, operands))):
            if not agree(a, b, order) and not excused(name, order, value, operands):
                found.append((name, order, operands, a, b))
    return found


def one_by_one(numbers: list[float]) -> Iterator[Operands]:
    return ((number,) for number in numbers)


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_functions_of_one_number(name: str) -> None:
    points = one_by_one([*NUMBERS, *BESIDE_ONE, nan])
    assert disagreements(name, TABLE[name], ONE_NUMBER[name], points) == []


@pytest.mark.parametrize("name", SEVERAL_NUMBERS)
def test_functions_of_several_numbers(name: str) -> None:
    count, function = SEVERAL_NUMBERS[name]

    def node(*values: Value) -> Any:
        return values[0].__apply_primitive__(TABLE[name], values)

    numbers = FEW_NUMBERS if count == 2 else FEW_NUMBERS[::2]
    assert disagreements(name, node, function, itertools.product(numbers, repeat=count)) == []


@pytest.mark.parametrize("name", WITH_CONSTANTS)
def test_functions_with_constants(name: str) -> None:
    mine, function = WITH_CONSTANTS[name]
    assert disagreements(name, mine, function, one_by_one([*NUMBERS, nan])) == []


def test_all_that_torch_has_is_compared() -> None:
    compared = {*ONE_NUMBER, *SEVERAL_NUMBERS, *(name.partition(":")[0] for name in WITH_CONSTANTS)}
    missing = set(TABLE) - compared - NOT_IN_TORCH
    assert not missing, f"say what PyTorch calls {missing} in ONE_NUMBER, or add the names to NOT_IN_TORCH"
    assert compared - {"** of 2"} | NOT_IN_TORCH == set(TABLE)


def test_the_slope_of_tanh_where_pytorch_loses_it() -> None:
    """487 points between 0.1 and 354, where the slope is an ordinary float: PyTorch's count of wrong ones is shown."""
    points = [0.1 * 3540.0 ** (step / 486) for step in range(487)]
    tensor = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    theirs = torch.autograd.grad(torch.tanh(tensor).sum(), tensor)[0].tolist()
    ours = [TABLE["tanh"].partials(math.tanh(x), x)[0] for x in points]
    with mp.workprec(PRECISION):
        truth = [ORACLES["tanh"].partials(mp.mpf(x))[0] for x in points]
        our_count, their_count = sum(map(is_wrong, ours, truth)), sum(map(is_wrong, theirs, truth))
    print(f"slopes of tanh that are wrong by half or more, of {len(points)}: PyTorch {their_count}, ours {our_count}")
    assert our_count == 0
