"""Weighted sums: the nodes that add products, however they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from autograd_core.graph import Node, weights_inputs_bias
from autograd_core.primitives.primitive import TABLE
from autograd_core.roles.network import Operand, Term

_PLUS, _MINUS, _SUM = (TABLE[name] for name in ("+", "-", "sum"))


class Sum(NamedTuple):
    """A weighted sum, before it is known whether it is a neuron's.

    Attributes:
        root: the node that holds the sum.
        products: the nodes that are added: products, and sums of one node such as ``dot``.
        biases: what else is added, a leaf or a constant, each with the sign that it has.
        parts: the nodes below ``root``.
    """

    root: Node
    products: tuple[Node, ...]
    biases: tuple[tuple[Operand, float], ...]
    parts: tuple[Node, ...]

    def leaves_added(self) -> list[Node]:
        """The biases that are leaves."""
        return [bias for bias, _ in self.biases if type(bias) is not float]


def sums_in(computed: Sequence[Node], consumers: Mapping[Node, Sequence[Node]], terms: Set[Node]) -> list[Sum]:
    """Every sum of products in a graph, the widest: none is part of another.

    A sum is a chain of additions of products, leaves and constants. Where a product or partial sum is used elsewhere
    too, it is a signal of its own and the chain ends at it.

    Args:
        computed: the nodes of the graph that were computed, in topological order.
        consumers: for each node, the nodes that have it as an operand.
        terms: the products, and the sums of one node.
    """
    holds_products: dict[Node, bool] = {}  # of each chain: whether products are added, not leaves alone
    has_bias: set[Node] = set()
    for node in computed:
        if node in terms:
            holds_products[node] = True
            if node.op.kind == "weighted_sum" and not _is_zero(node.operands[-1]):
                has_bias.add(node)
        elif _adds(node, consumers) and _is_chain(node, consumers, holds_products, has_bias):
            terms_added = [operand for operand in node.operands if type(operand) is not float and operand.operands]
            holds_products[node] = any(holds_products[operand] for operand in terms_added)
            added = [operand for operand in node.operands if not _is_zero(operand)]
            if len(terms_added) < len(added) or not has_bias.isdisjoint(terms_added):
                has_bias.add(node)
    within = {
        operand
        for node in holds_products
        if node not in terms
        for operand in node.operands
        if type(operand) is not float and operand.operands
    }
    return [_sum(node, terms) for node, holds in holds_products.items() if holds and node not in within]


def terms_of(found: Sum, weight_index: Mapping[Node, int]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The weights of a sum, and its biases."""
    weights: list[Term] = []
    biases: list[Term] = []
    for node in found.products:
        index = weight_index.get(node)
        if index is None:
            parameters, signals, bias = weights_inputs_bias(node.operands)
            weights += [Term(*pair) for pair in zip(parameters, signals)]
            biases += [] if _is_zero(bias) else [Term(bias, 1.0)]
        else:
            weights.append(Term(node.operands[index], node.operands[1 - index], node))
    biases += [Term(bias, sign) for bias, sign in found.biases]
    return tuple(weights), tuple(biases)


def _is_zero(operand: Operand) -> bool:
    """Whether an operand adds nothing: Python's ``sum()`` begins with 0, and ``dot`` has 0.0 where there is no bias."""
    return type(operand) is float and operand == 0.0


def _adds(node: Node, consumers: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether a node adds its operands; a difference does before an activation, as in ``tanh(w*x - b)``."""
    if node.op is _MINUS:
        right = node.operands[1]
        return _goes_into_activation(node, consumers) and (type(right) is float or not right.operands)
    return node.op is _PLUS or node.op is _SUM


def _goes_into_activation(node: Node, consumers: Mapping[Node, Sequence[Node]]) -> bool:
    return [consumer.op.kind for consumer in consumers[node]] == ["activation"]


def _is_chain(
    node: Node,
    consumers: Mapping[Node, Sequence[Node]],
    holds_products: Mapping[Node, bool],
    has_bias: set[Node],
) -> bool:
    """Whether all that a node adds are terms.

    Two sums with a bias each are two neurons, unless an activation follows, as in a recurrent network.
    """
    computed = [operand for operand in node.operands if type(operand) is not float and operand.operands]
    if any(operand not in holds_products or len(consumers[operand]) != 1 for operand in computed):
        return False
    whole = [operand for operand in computed if holds_products[operand] and operand in has_bias]
    return len(whole) < 2 or _goes_into_activation(node, consumers)


def _sum(root: Node, terms: Set[Node]) -> Sum:
    if root in terms:
        return Sum(root, (root,), (), ())
    products: list[Node] = []
    biases: list[tuple[Operand, float]] = []
    parts: list[Node] = []
    ahead: list[tuple[Operand, float]] = [(root, 1.0)]
    while ahead:
        node, sign = ahead.pop()
        if type(node) is float:
            biases += [] if _is_zero(node) else [(node, sign)]
        elif not node.operands:
            biases.append((node, sign))
        else:
            if node is not root:
                parts.append(node)
            if node in terms:
                products.append(node)
            else:
                signs = (1.0, -1.0) if node.op is _MINUS else (1.0,) * len(node.operands)
                ahead += reversed(list(zip(node.operands, signs)))
    return Sum(root, tuple(products), tuple(biases), tuple(reversed(parts)))
