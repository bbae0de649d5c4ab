"""The graph seen from a root: order, leaves, consumers, path counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value
from autograd_core.graph import consumers, depends_on, is_node
from tests.support.seeds import seeded


def random_graph(seed: int, leaf_count: int = 4, node_count: int = 30) -> tuple[list[Value], list[Value]]:
    """Leaves, and all nodes in the order of recording; operands are drawn with repeats."""
    rng = seeded("graph", seed)
    leaves = [Value(rng.uniform(-1.0, 1.0), f"x{i}") for i in range(leaf_count)]
    nodes = list(leaves)
    for _ in range(node_count):
        operands = rng.choices(nodes, k=rng.randint(1, 3))
        nodes.append(ag.sum([*operands, 1.0]))
    return leaves, nodes


def paths_by_brute_force(root: Value, node: Value) -> int:
    if root is node:
        return 1
    return sum(paths_by_brute_force(operand, node) for operand in root.operands if isinstance(operand, Value))


@pytest.mark.seeded
def test_order_has_each_node_once_and_operands_first() -> None:
    for seed in range(50):
        _, nodes = random_graph(seed)
        order = ag.topological_order(nodes[-1])
        place = {node: index for index, node in enumerate(order)}
        assert len(place) == len(order)
        assert order[-1] is nodes[-1]
        for node in order:
            assert all(place[operand] < place[node] for operand in node.operands if isinstance(operand, Value))


@pytest.mark.seeded
def test_order_is_the_depth_first_one_that_recursion_would_give() -> None:
    def visit(node: Value, seen: set[Value], order: list[Value]) -> list[Value]:
        seen.add(node)
        for operand in node.operands:
            if isinstance(operand, Value) and operand not in seen:
                visit(operand, seen, order)
        order.append(node)
        return order

    for seed in range(50):
        _, nodes = random_graph(seed)
        assert ag.topological_order(nodes[-1]) == visit(nodes[-1], set(), [])


def test_order_of_a_leaf_and_of_repeated_and_constant_operands() -> None:
    x = Value(2.0)
    assert ag.topological_order(x) == [x]
    cube = ag.prod([x, x, x, 2.0])
    assert ag.topological_order(cube) == [x, cube]


def test_leaves_come_in_the_order_of_first_use() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    assert ag.leaves((b * a) + (a * c)) == [b, a, c]
    assert ag.leaves(a) == [a]


def test_a_constant_equal_to_another_operand_hides_nothing() -> None:
    """Constants 1.0 and True are equal and hash alike; nodes never equal a number."""
    x, y = Value(1.0), Value(1.0)
    root = ag.sum([1.0, x, 1.0, True, y, x])
    assert ag.leaves(root) == [x, y]
    root.backward()
    assert (x.grad, y.grad) == (2.0, 1.0)


def test_consumers_name_each_use() -> None:
    x = Value(2.0)
    square = x * x
    root = square + x
    assert consumers(root) == {x: [square, square, root], square: [root], root: []}


@pytest.mark.seeded
def test_count_paths_equals_brute_force() -> None:
    for seed in range(20):
        leaves, nodes = random_graph(seed, node_count=12)
        for leaf, node in itertools.product(leaves, nodes[-3:]):
            assert ag.count_paths(node, leaf) == paths_by_brute_force(node, leaf)


def test_count_paths_of_the_root_itself_and_of_a_stranger() -> None:
    x, stranger = Value(2.0), Value(2.0)
    root = x * x
    assert (ag.count_paths(root, root), ag.count_paths(root, x), ag.count_paths(root, stranger)) == (1, 2, 0)


@pytest.mark.seeded
def test_path_count_is_the_gradient_of_a_graph_of_sums() -> None:
    for seed in range(20):
        leaves, nodes = random_graph(seed)
        nodes[-1].backward()
        assert [ag.count_paths(nodes[-1], leaf) for leaf in leaves] == [leaf.grad for leaf in leaves]


def test_depends_on_follows_the_sources_only() -> None:
    x, y = Value(2.0), Value(3.0)
    product, other = x * y, y * 2.0
    root = product + other
    assert depends_on(ag.topological_order(root), [x]) == {x, product, root}


NOT_NODES = [1.0, 1, None, "x", ag.Value, [ag.Value(1.0)], ag.Value(1.0) < 2.0, ag.tanh]
DOORS: list[Callable[[Any], object]] = [
    ag.draw,
    lambda candidate: ag.draw(ag.Value(1.0), parameters=[candidate]),
    lambda candidate: ag.explain(candidate, ag.Value(1.0)),
    lambda candidate: ag.explain(ag.Value(1.0), candidate),
    ag.backward_steps,
    ag.stepper,
    lambda candidate: ag.debug(candidate, commands=[]),
    lambda candidate: ag.label(x=[candidate]),
    lambda candidate: ag.gradients(ag.Value(1.0), [candidate]),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("candidate", NOT_NODES)
def test_what_is_not_a_node_is_refused_at_every_door(door: Callable[[Any], object], candidate: Any) -> None:
    """In the same way, also a class that has what its instances have, and a comparison, which is not one yet."""
    assert not is_node(candidate)
    with pytest.raises(TypeError, match="Value"):
        door(candidate)
