"""Gradients as graphs have the numbers of the backward pass, at poles and kinks and among zeros and infinities too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core import Value

POLES: dict[str, Callable[[Value], Value]] = {
    "sqrt at 0": lambda x: ag.sqrt(x),
    "cbrt at 0": lambda x: ag.cbrt(x),
    "a power of 1/2 at 0": lambda x: x**0.5,
    "the root of a square at 0": lambda x: ag.sqrt(x * x),
    "asin at 1": lambda x: ag.asin(x + 1.0),
    "acosh at 1": lambda x: ag.acosh(x + 1.0),
}


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("pole", POLES)
def test_a_zero_adjoint_against_an_infinite_local_derivative_is_zero_in_a_graph_too(pole: str, zero: float) -> None:
    """The adjoint is a Value that happens to be 0, so the graph holds a product that would be 0 × inf."""
    x, a = Value(0.0), Value(zero)
    root = a * POLES[pole](x) + x
    (slope,) = ag.gradients(root, [x], create_graph=True)
    root.backward()
    assert x.grad == slope.data == 1.0
    assert ag.gradients(root, [x]) == [1.0]
    assert not any(map(math.isnan, ag.gradients(slope, [x])))


NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e300, math.inf, -math.inf]
OPERATIONS: list[Callable[[Any, Any], Any]] = [
    *(lambda a, _, function=function: function(a) for function in (
        ag.sqrt, ag.log, ag.exp, ag.abs, ag.relu, ag.reciprocal, ag.cbrt, ag.asin, ag.atanh, ag.square, ag.tanh,
    )),
    *(lambda a, b, function=function: function([a, b, a]) for function in (ag.sum, ag.prod, ag.norm, ag.maximum)),
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b,
    lambda a, _: -a, lambda a, _: a**2, lambda a, _: a**0.5, lambda a, _: a * 0.0, lambda a, _: a * 1.0,
    lambda a, b: ag.dot([a, b], [b, a], a), lambda a, b: ag.where(a.data > 0.0, a, b),
]  # fmt: skip


def same(found: Sequence[float], expected: Sequence[float]) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(found, expected, strict=True))


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6),
)
def test_a_graph_of_the_gradient_has_the_numbers_of_the_backward_pass(
    numbers: list[float], steps: list[tuple[Callable[[Any, Any], Any], int, int]]
) -> None:
    leaves = [Value(number) for number in numbers]
    nodes = list(leaves)
    for operation, first, second in steps:
        nodes.append(operation(nodes[-1 - first % len(nodes)], nodes[-1 - second % len(nodes)]))
    nodes[-1].backward()
    expected = [leaf.grad for leaf in leaves]
    assert same(ag.gradients(nodes[-1], leaves), expected)
    assert same([slope.data for slope in ag.gradients(nodes[-1], leaves, create_graph=True)], expected)


NO_FORMULA_AT: dict[str, tuple[Callable[[Value], Value], list[float]]] = {
    "a square at nan": (lambda x: x * x, [math.nan]),
    "a branch not taken that is nan": (lambda x: ag.where(x > 0.0, ag.sqrt(x), -x), [-1.0, -2.0, math.nan]),
    "a logarithm outside its domain": (lambda x: x * ag.log(x), [-1.0, math.nan]),
    "a remainder at inf": (lambda x: (x % 2.0) * x, [math.inf, math.nan]),
    "erfinv outside its domain": (lambda x: ag.erfinv(x), [2.0, -math.inf]),
    "relu at nan": (lambda x: ag.relu(x) * x, [math.nan]),
    "a maximum at nan": (lambda x: ag.maximum(x, 0.25) * x, [math.nan]),
    "a softmax at inf": (lambda x: ag.softmax([x, 2.0 * x])[0], [math.inf, math.nan]),
    "0 × inf": (lambda x: x * x * ag.cbrt(x), [0.0, -0.0]),
    "0 × inf, of a root": (lambda x: ag.sqrt(x) ** 2.0 + x, [0.0]),
}


@pytest.mark.parametrize("name", NO_FORMULA_AT)
def test_a_graph_recorded_where_the_formula_fails_is_right_where_it_holds(name: str) -> None:
    """The rules for nan and for zero adjoints are part of the graph, not decided when it is recorded."""
    function, places = NO_FORMULA_AT[name]
    rows = [[0.3], [0.75]]
    expected = [ag.grad(function)(x) for (x,) in rows]
    for place in places:
        x = Value(place, "x")
        (slope,) = ag.gradients(function(x), [x], create_graph=True)
        assert same([slope.data], [ag.grad(function)(place)])
        program = ag.compile(slope, inputs=[x])
        assert list(program.forward(rows)) == pytest.approx(expected, rel=1e-14)
        assert [program.forward(row) for row in rows] == pytest.approx(expected, rel=1e-14)


def test_an_infinite_adjoint_times_a_derivative_of_zero_is_nan_as_in_backward() -> None:
    x, c = Value(1.5), Value(math.inf)
    root = ag.floor(x) * c
    root.backward()
    (slope,) = ag.gradients(root, [x], create_graph=True)
    assert math.isnan(x.grad)
    assert math.isnan(slope.data)
