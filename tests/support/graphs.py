"""Random graphs, and what is set and read on them."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

import autograd_core as ag

numbers = st.one_of(
    st.floats(-4.0, 4.0),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-320, 1e308]),
)


OPERATIONS: list[tuple[int, Callable[..., Any]]] = [
    (2, lambda a, b: a + b),
    (2, lambda a, b: a - b),
    (2, lambda a, b: a * b),
    (2, lambda a, b: a / b),
    (1, ag.tanh),
    (1, ag.relu),
    (1, ag.sqrt),
    (1, ag.log),
    (1, ag.square),
    (2, ag.maximum),
    (2, ag.hypot),
    (3, ag.where),
    (5, lambda a, b, c, d, e: ag.dot([a, b], [c, d], e)),
    (3, lambda a, b, c: ag.sum([a, b, c, a])),
    (3, lambda a, b, c: ag.softmax([a, b, c])[1]),
]


@st.composite
def graphs(draw: st.DrawFn) -> ag.Value:
    """The root of a graph whose operands are shared, repeated and constant, and whose numbers are ordinary or not."""
    nodes: list[Any] = [ag.Value(draw(numbers), f"leaf{index}") for index in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, 20))):
        count, operation = draw(st.sampled_from(OPERATIONS))
        operands = [nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(count)]
        for index in range(1, count):
            if draw(st.integers(0, 5)) == 0:
                operands[index] = draw(numbers)
        nodes.append(operation(*operands))
    root: ag.Value = nodes[-1]
    return root


def bits(values: list[ag.Value]) -> list[bytes]:
    return [struct.pack("d", value.grad) for value in values]


def set_gradients(root: ag.Value, leaf_gradients: list[float]) -> list[ag.Value]:
    """Give interior nodes a gradient that a pass has to forget, and leaves one that it has to keep."""
    nodes = ag.topological_order(root)
    for node in nodes:
        node.grad = 123.0
    for leaf, gradient in zip(ag.leaves(root), leaf_gradients):
        leaf.grad = gradient
    return nodes


def recorded_anew(root: ag.Value, numbers: dict[str, float]) -> dict[Any, ag.Value]:
    """The graph recorded with other numbers for its leaves, given by label; by the nodes of the old one."""
    fresh: dict[Any, ag.Value] = {}
    for node in ag.topological_order(root):
        if node.op is None:
            fresh[node] = ag.Value(numbers.get(node.label, node.data))
        else:
            operands = tuple(operand if type(operand) is float else fresh[operand] for operand in node.operands)
            fresh[node] = ag.Value.__apply_primitive__(node.op, operands)
        fresh[node].label = node.label
    return fresh
