"""How many frames of the package one operation enters: what a learner steps through, counted by a tracer."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value
from autograd_core.primitives import TABLE

PACKAGE = str(Path(ag.__file__).parent)


def frames_of(call: Callable[..., Any], *arguments: Any) -> list[str]:
    """The functions of the package that a call enters, in order; comprehensions are frames, too, before Python 3.12."""
    entered: list[str] = []

    def profile(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            entered.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        call(*arguments)
    finally:
        sys.setprofile(before)
    return entered


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
FREQUENT = ("exp", "log", "sqrt", "sin", "cos", "relu", "tanh", "sigmoid", "softplus")
A, B, C = 0.75, 0.5, 1.5

# Those whose value or slope takes several float functions of the package's own, and what they enter on the longest way.
LONGER = {
    "silu": 17, "mish": 13, "gelu": 19, "lgamma": 33, "digamma": 70, "erfinv": 37, "logaddexp": 18, "logsumexp": 18,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("number", [2.0, 2, True, Fraction(1, 2), 0.5])
def test_an_operator_enters_at_most_four_frames(name: str, number: Any) -> None:
    pairs: list[tuple[Any, Any]] = [(Value(A), Value(B)), (Value(A), number), (number, Value(A))]
    for left, right in pairs:
        entered = frames_of(OPERATORS[name], left, right)
        assert 1 <= len(entered) <= 4, entered
    assert 1 <= len(frames_of(operator.neg, Value(A))) <= 4


@pytest.mark.parametrize("name", FREQUENT)
@pytest.mark.parametrize("x", [A, 30.0])
def test_a_frequent_function_enters_at_most_four_frames(name: str, x: float) -> None:
    v = Value(x)
    for entered in (frames_of(getattr(ag, name), v), frames_of(getattr(v, name))):
        assert 1 <= len(entered) <= 4, entered


def arguments_of(name: str) -> list[tuple[Any, ...]]:
    """Calls of a public function of the table: all operands Values, and one of them alone."""
    if name in ("sum", "mean", "prod", "norm", "logsumexp"):
        return [([Value(A), Value(B)],), ([Value(A), B],)]
    if name == "dot":
        return [([Value(A)], [Value(B)], Value(C)), ([Value(A)], [B], Value(C))]
    if name == "where":
        return [(1.0, Value(A), Value(B)), (0.0, Value(A), B)]
    if name == "clamp":
        return [(Value(A), B, C), (Value(A), 0.0)]
    if name in ("atan2", "hypot", "pow", "logaddexp", "maximum", "minimum", "remainder"):
        return [(Value(A), Value(B)), (Value(A), B), (A, Value(B))]
    if name in ("leaky_relu", "elu"):
        return [(Value(A),), (Value(-A), B), (Value(-A), Value(B))]
    return [(Value(C if name == "acosh" else A),)]


PUBLIC = sorted(
    name
    for name in [*ag.__all__, "abs", "pow", "sum"]
    if (name in TABLE or getattr(ag, name) is ag.pow)
    and name not in ("softmax", "log_softmax", "stop_gradient")  # a node for each of their numbers
)


def test_all_public_functions_of_the_table_are_counted() -> None:
    assert len(PUBLIC) >= 55
    assert {*FREQUENT, *LONGER, "sum", "dot", "pow", "abs"} <= set(PUBLIC)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in FREQUENT])
def test_every_other_function_enters_at_most_six_frames(name: str) -> None:
    most = LONGER.get(name, 6)
    for arguments in arguments_of(name):
        entered = frames_of(getattr(ag, name), *arguments)
        assert 1 <= len(entered) <= most, entered
        first, *others = arguments
        if isinstance(first, Value) and hasattr(first, name):
            entered = frames_of(getattr(first, name), *others)
            assert 1 <= len(entered) <= most, entered


def test_the_frame_that_records_shows_value_and_local_derivative_by_name() -> None:
    seen: list[dict[str, Any]] = []

    def profile(frame: Any, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code.co_name in ("method", "__apply_primitive__", "record"):
            seen.append(dict(frame.f_locals))

    v = Value(A)
    for call in (v.tanh, lambda: ag.tanh(v), lambda: v * 2.0):
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            node = call()
        finally:
            sys.setprofile(before)
        names = seen.pop()
        assert names.get("out", names.get("data")) == node.data
        assert tuple(names["local_derivatives"]) == node.local_derivatives
