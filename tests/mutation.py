"""Is the suite strict enough? ``python -m tests.mutation`` injects single faults and counts those that it finds.

Each fault lives in a forked process of its own, in memory: no file is changed. There are two sorts. *Systematic* faults
are made for every primitive of the table: a sign turned, a factor of 1.0005, a term of the result missing, operands
swapped. *Chosen* faults put a plausible mistake in place of a formula: the textbook's derivative that fails in the
tails, a wrong tie rule, a guard left out. The tests that are run stop at their first failure; a fault that none of them
notices is listed, and the exit status is 1.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import multiprocessing
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from autograd_core import ieee, primitives
from autograd_core.primitives import TABLE, Primitive

TESTS = ("tests/test_conventions.py", "tests/test_accuracy.py", "tests/test_functional.py", "tests/test_value.py")


@dataclass(frozen=True)
class Fault:
    """One fault: what it is, how to bring it about, and which primitive's tests are likely to see it first."""

    name: str
    inject: Callable[[], None]
    primitive: str


# -- systematic faults --------------------------------------------------------------------------------------------


def change_partials(primitive: Primitive, change: Callable[[list[Any]], list[Any]]) -> Callable[[], None]:
    """Let the primitive's partials go through ``change``."""

    def inject() -> None:
        right = primitive.partials
        primitive.partials = lambda out, *operands: tuple(change(list(right(out, *operands))))

    return inject


def scale(position: int, factor: float) -> Callable[[list[Any]], list[Any]]:
    """One partial times a factor; None, where no gradient flows, stays."""

    def change(partials: list[Any]) -> list[Any]:
        if partials[position] is not None:
            partials[position] = partials[position] * factor
        return partials

    return change


def swap(partials: list[Any]) -> list[Any]:
    """The first two partials that are numbers, exchanged."""
    first, second, *_ = [position for position, partial in enumerate(partials) if partial is not None]
    partials[first], partials[second] = partials[second], partials[first]
    return partials


def systematic_faults() -> Iterator[Fault]:
    """A wrong sign and a wrong factor in each primitive, and swapped operands where there are two."""
    for name, primitive in TABLE.items():
        if name == "sign":  # its derivative is 0, whatever the factor
            continue
        position = -1 if name in ("polygamma", "softmax", "log_softmax", "where") else 0
        yield Fault(f"{name}: sign", change_partials(primitive, scale(position, -1.0)), name)
        yield Fault(f"{name}: factor 1.0005", change_partials(primitive, scale(position, 1.0005)), name)
    for name in ("*", "/", "pow", "atan2", "hypot", "dot", "prod", "norm", "logsumexp", "maximum", "leaky_relu", "elu"):
        if name in TABLE:
            yield Fault(f"{name}: operands swapped", change_partials(TABLE[name], swap), name)


# -- chosen faults ------------------------------------------------------------------------------------------------


def rewrite(function: str, old: str, new: str, primitive: str, module: Any = primitives) -> Fault:
    """The same function with another formula: its source text with ``old`` replaced."""

    target = getattr(module, function)
    source = textwrap.dedent(inspect.getsource(target.forward if isinstance(target, Primitive) else target))
    if old not in source:
        raise LookupError(f"{function} has no {old!r} to replace")

    def inject() -> None:
        tree = ast.parse(source.replace(old, new, 1))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        namespace: dict[str, Any] = {}
        exec(compile(tree, f"<fault in {function}>", "exec"), module.__dict__, namespace)
        replacement = namespace[definition.name]
        if isinstance(target, Primitive):
            target.forward = replacement
            return
        for row in TABLE.values():
            if row.partials is target:
                row.partials = replacement
        setattr(module, function, replacement)

    return Fault(f"{function}: {old} → {new}", inject, primitive)


CHOSEN = (
    # the textbook's formulas, which fail in the tails
    rewrite("tanh_partials", "sech_squared(x)", "1.0 - out * out", "tanh"),
    rewrite("sigmoid_partials", "0.25 * sech_squared(0.5 * x)", "out * (1.0 - out)", "sigmoid"),
    rewrite("expm1_partials", "exp(x)", "out + 1.0", "expm1"),
    rewrite("_one_minus_square", "(1.0 - x) * (1.0 + x)", "1.0 - x * x", "atanh"),
    rewrite("acosh_partials", "sqrt(x - 1.0) * sqrt(x + 1.0)", "sqrt(x * x - 1.0)", "acosh"),
    rewrite("asinh_partials", "hypot(1.0, x)", "sqrt(1.0 + x * x)", "asinh"),
    rewrite("atan_partials", "1.0 / hypot(1.0, x)", "1.0 / sqrt(1.0 + x * x)", "atan"),
    rewrite("atan2_partials", "x / divisor / divisor", "x / (divisor * divisor)", "atan2"),
    rewrite("log_sigmoid_partials", "sigmoid(-x)", "1.0 - sigmoid(x)", "log_sigmoid"),
    rewrite("log_sigmoid", "-softplus.forward(-x)", "log(sigmoid.forward(x))", "log_sigmoid"),
    rewrite(
        "softplus", "(x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))", "ieee.log(1.0 + ieee.exp(x))", "softplus"
    ),
    rewrite("softsign_partials", "root * root", "root", "softsign"),
    rewrite("silu", "x * half / (1.0 + half * half) * half", "x / (1.0 + ieee.exp(-x))", "silu"),
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
    # kinks, ties and edges
    rewrite("relu_partials", "x > 0.0", "x >= 0.0", "relu"),
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
    rewrite("maximum", "nan if any(value != value for value in values) else ", "", "maximum"),
    rewrite("maximum_partials", "value >= out", "value <= out", "maximum"),
    rewrite("minimum_partials", "value <= out", "value >= out", "minimum"),
    rewrite("clamp_partials", "x < low", "x <= low", "clamp"),
    rewrite("clamp_partials", "(1.0 - below - above, below, above)", "(1.0 - below - above, above, below)", "clamp"),
    rewrite("where_partials", "choose(fails, None, 1.0)", "choose(fails, 0.0, 1.0)", "where"),
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
    rewrite("divide", "math.copysign(inf, a) * math.copysign(1.0, b)", "math.copysign(inf, a)", "/", ieee),
    rewrite("power", "-inf if x < 0.0 and is_odd(y) else inf", "inf", "pow", ieee),
    rewrite("softmax", "0.0 * whole", "whole", "logsumexp", ieee),
    rewrite("cbrt", "root - (root - x / (root * root)) / 3.0", "root - (root - x / (root * root)) / 2.0", "cbrt", ieee),
    rewrite("lgamma", "- math.log1p(x)", "", "lgamma", ieee),
    rewrite("_digamma", "-0.5 / x", "-1.0 / x", "lgamma", ieee),
    rewrite(
        "_polygamma_reflected",
        "sign * polygamma(order, 1.0 - x) - ",
        "sign * polygamma(order, 1.0 - x) + ",
        "polygamma",
        ieee,
    ),
)


# -- running ------------------------------------------------------------------------------------------------------


def survives(fault: Fault) -> bool:
    """Whether all tests pass with the fault in place; those of its primitive come first."""
    fault.inject()
    own = [f"tests/test_accuracy.py::{test}[{fault.primitive}]" for test in ("test_value", "test_first_derivatives")]
    return all(passes(tests) for tests in (own, TESTS))


def passes(tests: Sequence[str]) -> bool:
    """Whether the tests pass; that they could not be run at all is an error of this script."""
    status = run_quietly(["-x", *tests])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        raise RuntimeError(f"pytest {' '.join(tests)} ended with status {status}")
    return status == pytest.ExitCode.OK


def run_quietly(arguments: Sequence[str]) -> int:
    """Run pytest in this process, without its report."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments])


def main() -> int:
    """Inject each fault, print what became of it, and the total."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    faults = [*systematic_faults(), *CHOSEN]
    run_quietly(["--collect-only", *TESTS])  # imports once, for all the forked processes, what the tests need
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        outcomes = pool.map(_survives, range(len(faults)), chunksize=1)
    survivors = [fault.name for fault, survived in zip(faults, outcomes) if survived]
    for name in survivors:
        print(f"survived: {name}")
    print(f"faults killed: {len(faults) - len(survivors)}/{len(faults)}")
    return 1 if survivors else 0


def _survives(index: int) -> bool:
    return survives([*systematic_faults(), *CHOSEN][index])


if __name__ == "__main__":
    sys.exit(main())
