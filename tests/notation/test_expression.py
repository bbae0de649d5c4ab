"""Formulas of nodes: no parentheses too few, and never more work than what is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from autograd_core.notation.expression import operation_in_numbers
from autograd_core.notation.node_names import NodeNames
from tests.support.work import counting_calls

Build = Callable[[Any, Any], Any]


def operation(node: ag.Value) -> str:
    return NodeNames(ag.topological_order(node)).operation(node)


@pytest.mark.parametrize(
    ("build", "formula", "in_numbers"),
    [
        (lambda a, b: a - (b - a), "a - (b - a)", "2 - (-5)"),
        (lambda a, b: a - b - a, "a - b - a", "5 - 2"),
        (lambda a, b: a / (b * a), "a / (b * a)", "2 / (-6)"),
        (lambda a, b: -(a + b), "-(a + b)", "-(-1)"),
        (lambda a, b: (a + b) ** 2, "(a + b) ** 2", "(-1) ** 2"),
        (lambda a, b: (a * b) ** 3.0, "(a * b) ** 3", "(-6) ** 3"),
        (lambda a, b: ag.square(a + b), "(a + b)²", "(-1)²"),
        (lambda a, b: ag.reciprocal(a) * b, "(1 / a) * b", "0.5 * (-3)"),
        (lambda a, b: abs(a - b) + 1.0, "|a - b| + 1", "5 + 1"),
        (lambda a, b: ag.tanh(a + b) * 2.0, "tanh(s) * 2", "(-0.7616) * 2"),
        (lambda a, b: ag.dot([a, b], [a + b, a * b], 1.0), "a·(a + b) + b·(a * b) + 1", "2·(-1) + (-3)·(-6) + 1"),
        (lambda a, b: ag.dot([a], [b]), "a·b", "2·(-3)"),
        (lambda a, b: ag.dot([], [], a), "a", "2"),
        (lambda a, b: ag.dot([a] * 9, [b] * 9, b), "a·b + a·b + a·b + … + b", "2·(-3) + 2·(-3) + 2·(-3) + … + (-3)"),
        (lambda a, b: ag.sum([a, b, a, b]), "sum(a, b, a, …)", "sum(2, -3, 2, …)"),
        (lambda a, b: ag.softmax([a, b, a * b])[1], "softmax1(a, b, a * b)", "softmax1(2, -3, -6)"),
        (lambda a, b: ag.where(True, a, b), "a where 1 else b", "2 where 1 else (-3)"),
    ],
)
def test_operations_are_written_with_the_parentheses_they_need(build: Build, formula: str, in_numbers: str) -> None:
    node = build(ag.Value(2.0, "a"), ag.Value(-3.0, "b"))
    assert operation(node) == formula
    assert operation_in_numbers(node) == in_numbers


def test_a_formula_that_would_be_long_gets_a_letter() -> None:
    value = ag.Value(1.0, "a_rather_long_name")
    for _ in range(5):
        value = ag.exp(value + 0.5)
    names = NodeNames(ag.topological_order(value))
    assert [names.of(node) for node in ag.topological_order(value)] == [
        "a_rather_long_name", "a_rather_long_name + 0.5", "v₁", "v₁ + 0.5", "exp(v₁ + 0.5)", "exp(v₁ + 0.5) + 0.5",
        "exp(exp(v₁ + 0.5) + 0.5)", "v₂", "exp(v₂)", "exp(v₂) + 0.5", "root",
    ]  # fmt: skip


@pytest.mark.slow
def test_wide_and_deep_graphs_cost_no_more_than_what_is_shown() -> None:
    layer = [ag.Value(1.0) for _ in range(300)]
    for _ in range(6):
        layer = [ag.sum(layer) for _ in range(300)]
    text, n_calls = counting_calls(lambda: operation(layer[0]))
    assert text == "sum(v₁₂₀₁, v₁₂₀₂, v₁₂₀₃, …)"
    assert n_calls < 1_000_000  # of all 450,000 operands, not of the paths through them


def test_operations_read_as_python_would_read_them() -> None:
    x, y, z = ag.Value(3.0, "x"), ag.Value(2.0, "y"), ag.Value(1.5, "z")
    texts = {
        (x + y) % z: "(x + y) % z",
        x + y % z: "x + y % z",
        (x % y) ** z: "(x % y) ** z",
        x // (y * z): "x // (y * z)",
        (x > y) & (y > z): "(x > y) & (y > z)",
        ((x > y) & (y > z)) | (x == z): "(x > y) & (y > z) | (x == z)",
        ((x > y) | (y > z)) & (x == z): "((x > y) | (y > z)) & (x == z)",
        ~(x > y): "~(x > y)",
        ag.where(x + 1.0 > y, x, z): "x where x + 1 > y else z",
        (x > y) * z: "(x > y) * z",
    }
    assert [operation(node) for node in texts] == list(texts.values())
