"""Random programs over + − × on dyadic numbers: every gradient is exact, to the last bit.

A program is a directed acyclic graph with shared nodes and repeated operands. Its truth is computed with
``fractions.Fraction`` in forward mode, an algorithm that has nothing in common with the reverse pass, and compared with
no tolerance at all. That is fair because nothing needs rounding: see :class:`Exact`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core import Value

GRAIN = 2  # inputs are multiples of 2**-GRAIN
MOST_GRAIN = 40  # so the degree is at most 20
MOST_GRAINS = 2**38


@dataclass
class Exact:
    """A node with its true value, gradient, and derivative of the gradient along a direction.

    ``size`` is the value of the same program with every sign made positive and no leaf below ``2**-GRAIN``; the value
    is a multiple of ``2**-grain``, and at most ``2**38`` such grains. A derivative by a leaf is a sum of the same
    products with that leaf taken out, each as often as the leaf was in it: with a degree of at most 20, any partial
    sum has at most 20 · 2**38 of its grains, and one of a second derivative along a direction of up to 2 at most
    8 · 20² · 2**38 < 2**53. So a float holds all of them exactly, in whatever order they are summed.
    """

    node: Value
    value: Fraction
    gradient: list[Fraction]
    along: Fraction
    gradient_along: list[Fraction]
    size: Fraction
    grain: int

    def fits(self) -> bool:
        return self.grain <= MOST_GRAIN and self.size * 2**self.grain <= MOST_GRAINS


def leaf(number: Fraction, index: int, direction: list[int]) -> Exact:
    zeros = [Fraction(0)] * len(direction)
    own = [Fraction(index == other) for other in range(len(direction))]
    size = max(abs(number), Fraction(1, 2**GRAIN))
    return Exact(Value(number), number, own, Fraction(direction[index]), zeros, size, GRAIN)


def constant(number: Fraction, like: Exact) -> Exact:
    """A plain number; its node stands in for it where an operand is asked for."""
    zeros = [Fraction(0)] * len(like.gradient)
    size = max(abs(number), Fraction(1, 2**GRAIN))
    return Exact(float(number), number, zeros, Fraction(0), zeros, size, GRAIN)  # type: ignore[arg-type]


def linear(node: Value, a: Exact, b: Exact, sign: int) -> Exact:
    """a + sign · b."""
    return Exact(
        node,
        a.value + sign * b.value,
        [p + sign * q for p, q in zip(a.gradient, b.gradient)],
        a.along + sign * b.along,
        [p + sign * q for p, q in zip(a.gradient_along, b.gradient_along)],
        a.size + b.size,
        max(a.grain, b.grain),
    )


def product(node: Value, a: Exact, b: Exact) -> Exact:
    """a · b, by the product rule and the product rule's derivative."""
    return Exact(
        node,
        a.value * b.value,
        [p * b.value + a.value * q for p, q in zip(a.gradient, b.gradient)],
        a.along * b.value + a.value * b.along,
        [
            dp * b.value + p * b.along + a.along * q + a.value * dq
            for p, q, dp, dq in zip(a.gradient, b.gradient, a.gradient_along, b.gradient_along)
        ],
        a.size * b.size,
        a.grain + b.grain,
    )


dyadic = st.integers(-16, 16).map(lambda number: Fraction(number, 2**GRAIN))
operations = st.sampled_from(["+", "+", "-", "-", "*", "*", "constant +", "constant -", "constant *", "dot"])
back = st.integers(0, 7)  # operands are among the latest nodes, so that most of them lead to the root
instructions = st.tuples(operations, back, back, dyadic)


@st.composite
def programs(draw: st.DrawFn) -> list[Exact]:
    """All nodes of a program, leaves first; the node of each is recorded while the truth is computed."""
    numbers = draw(st.lists(dyadic, min_size=1, max_size=5))
    direction = draw(st.lists(st.integers(-2, 2), min_size=len(numbers), max_size=len(numbers)))
    nodes = [leaf(number, index, direction) for index, number in enumerate(numbers)]
    length = draw(st.integers(1, 40))
    for operation, i, j, number in draw(st.lists(instructions, min_size=length, max_size=length)):
        a, b, c = nodes[-1 - i % len(nodes)], nodes[-1 - j % len(nodes)], constant(number, nodes[0])
        following = step(operation, a, b, c)
        if following.fits():
            nodes.append(following)
    return nodes


def step(operation: str, a: Exact, b: Exact, c: Exact) -> Exact:
    match operation:
        case "+":
            return linear(a.node + b.node, a, b, 1)
        case "-":
            return linear(a.node - b.node, a, b, -1)
        case "*":
            return product(a.node * b.node, a, b)
        case "constant +":
            return linear(c.node + a.node, c, a, 1)
        case "constant -":
            return linear(c.node - a.node, c, a, -1)
        case "constant *":
            return product(a.node * c.node, a, c)
    node = ag.dot([a.node, b.node, c.node], [b.node, c.node, a.node], a.node)
    ab, bc, ca = product(node, a, b), product(node, b, c), product(node, c, a)
    return linear(node, linear(node, ab, bc, 1), linear(node, ca, a, 1), 1)


def variables(nodes: list[Exact]) -> list[Exact]:
    return [node for node in nodes if not node.node.operands]


@given(programs())
def test_gradients_equal_the_exact_ones(nodes: list[Exact]) -> None:
    root = nodes[-1]
    root.node.backward()
    assert root.node.data == root.value
    assert [variable.node.grad for variable in variables(nodes)] == root.gradient
    assert ag.gradients(root.node, [variable.node for variable in variables(nodes)]) == root.gradient

    other = nodes[len(nodes) // 2]
    if linear(root.node, root, other, 1).fits():  # a second loss on the same parameters adds its own gradient
        other.node.backward()
        both = [p + q for p, q in zip(root.gradient, other.gradient)]
        assert [variable.node.grad for variable in variables(nodes)] == both


@given(programs())
def test_second_derivatives_equal_the_exact_ones(nodes: list[Exact]) -> None:
    root = nodes[-1]
    wrt = [variable.node for variable in variables(nodes)]
    slopes = ag.gradients(root.node, wrt, create_graph=True)
    assert [slope.data for slope in slopes] == root.gradient
    along = ag.dot(slopes, [float(variable.along) for variable in variables(nodes)])
    assert along.data == root.along
    assert ag.gradients(along, wrt) == root.gradient_along
