"""The walks of the notebook on the topological order: which are right, and how many edges each walks along."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.notebook_cells import defined_in

x = ag.Value(3.0, "x")
NOTEBOOK: dict[str, Any] = defined_in("10_why_the_topological_order", x=x)
RIGHT = ["along_every_path", "in_recursive_order", "in_order_by_a_loop", "by_counted_consumers"]
IN_ORDER = RIGHT[1:]


def random_graph(seed: int) -> ag.Value:
    """Operands are shared and repeated, constant, or get no gradient."""
    rng = random.Random(seed)
    nodes = [ag.Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
    operations: list[Callable[[ag.Value, ag.Value], ag.Value]] = [
        lambda a, b: a + b,
        lambda a, b: a * b,
        lambda a, b: ag.tanh(a) * 2.0,
        lambda a, b: ag.where(True, a, b) + b,
        lambda a, b: ag.dot([a, b], [b, 0.5], a),
    ]
    for _ in range(rng.randrange(2, 9)):
        nodes.append(rng.choice(operations)(rng.choice(nodes), rng.choice(nodes[-3:])))
    return nodes[-1]


def gradients_by(way: Callable[[ag.Value], object], root: ag.Value) -> list[float]:
    NOTEBOOK["clear"](root)
    way(root)
    return [leaf.grad for leaf in ag.leaves(root)]


def edges_of(root: ag.Value) -> list[ag.Value]:
    """For each edge with a local derivative, the node that it leads from."""
    return [node for node in ag.topological_order(root) for local in node.local_derivatives if local is not None]


def diamond() -> ag.Value:
    a = x**2
    return 2 * a + 3 * a


def skip() -> ag.Value:
    a = x**2
    return a + 3 * (2 * a)


@pytest.mark.parametrize("name", RIGHT)
def test_ways_that_are_right_are_right_on_any_graph(name: str) -> None:
    for seed in range(100):
        root = random_graph(seed)
        if root.operands:
            expected = gradients_by(_backward, root)
            assert gradients_by(NOTEBOOK[name], root) == pytest.approx(expected, rel=1e-12, abs=1e-15), seed


def _backward(root: ag.Value) -> None:
    root.grad = 0.0
    root.backward()


@pytest.mark.parametrize("name", RIGHT)
def test_each_walks_along_as_many_edges_as_is_said(name: str) -> None:
    """Each edge twice; without an order, each edge once for every way that leads to it."""
    for seed in range(100):
        root = random_graph(seed)
        edges = edges_of(root)
        expected = 2 * len(edges) if name in IN_ORDER else sum(_ways_to(root, node) for node in edges)
        assert NOTEBOOK["edges_walked"](NOTEBOOK[name], root) == expected, seed


def _ways_to(root: ag.Value, node: ag.Value) -> int:
    """Along edges that have a local derivative."""
    if node is root:
        return 1
    return sum(
        _ways_to(root, consumer)
        for consumer in ag.topological_order(root)
        for operand, local in zip(consumer.operands, consumer.local_derivatives)
        if operand is node and local is not None
    )


def test_the_first_walk_counts_twice_what_was_passed_on_before() -> None:
    said: list[str] = []

    def walk(root: ag.Value) -> None:
        NOTEBOOK["walk"](root, said.append)

    assert gradients_by(walk, diamond()) == [42.0]
    assert len(said) == 6
    assert said[2].endswith("0 + 2 × 6 = 12")
    assert said[-1].endswith("12 + 5 × 6 = 42")
    assert gradients_by(walk, ag.tanh(x * 0.0) * 4) == [0.0]
    assert gradients_by(walk, 3 * (2 * x) + 1) == [6.0]  # where each node is used once it is right


def test_the_repairs_that_repair_nothing() -> None:
    assert gradients_by(NOTEBOOK["each_node_once"], diamond()) == [18.0]
    assert gradients_by(NOTEBOOK["level_by_level"], diamond()) == [30.0]
    assert gradients_by(NOTEBOOK["level_by_level"], skip()) == [6.0]
    assert gradients_by(_backward, skip()) == [42.0]


@pytest.mark.parametrize("name", IN_ORDER[1:])
def test_loops_take_graphs_of_any_depth(name: str) -> None:
    assert NOTEBOOK["outcome"](NOTEBOOK[name], 20_000) == "1"


@pytest.mark.parametrize("name", RIGHT[:2])
def test_recursion_does_not(name: str) -> None:
    assert NOTEBOOK["outcome"](NOTEBOOK[name], 20_000) == "RecursionError"


def test_a_hundred_doublings_as_the_exercise_says() -> None:
    assert NOTEBOOK["edges_walked"](NOTEBOOK["in_order_by_a_loop"], NOTEBOOK["doubled"](100)) == 400
    assert sum(2.0**times for times in range(1, 101)) == pytest.approx(2.5e30, rel=0.02)
