"""Why a gradient is what it is: the paths of the chain rule, and the factors along each.

The derivative of a root with respect to one of its nodes is the sum, over all paths from the node to the root, of the
product of the local derivatives along the path. There may be more paths than atoms in the universe, so they are counted
without being listed, the largest few are found without looking at the others, and the same gradient is also given as
backpropagation computes it: layer by layer, each layer's from the one after it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from autograd_core.graph import (
    EdgeKind,
    Node,
    contributions,
    depends_on,
    edge_kind,
    is_weighted_sum,
    local_derivative,
    open_calls,
    partner_index,
    passed_on,
    topological_order,
)
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.symbols import derivative_formula, derivative_symbol
from autograd_core.theme import KIND_NAMES


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One local derivative along a path.

    Attributes:
        kind: ``input`` (the number that a weight multiplies), ``weight`` (that the signal passes), ``activation``,
            ``loss`` or ``other``.
        node: the node whose derivative it is.
        operand_index: which operand of the node it is with respect to.
        value: the derivative.
        names: what the graph's nodes are called.
    """

    kind: EdgeKind
    node: Node
    operand_index: int
    value: float
    names: NodeNames = field(repr=False)

    @property
    def operand(self) -> Node:
        """The node that the derivative is with respect to."""
        operand: Node = self.node.operands[self.operand_index]
        return operand

    @property
    def partner(self) -> Node | float | None:
        """What the operand of a weighted sum is multiplied by, a Value or a number; None for a bias and elsewhere."""
        index = partner_index(self.node, self.operand_index) if is_weighted_sum(self.node) else None
        partner: Node | float | None = None if index is None else self.node.operands[index]
        return partner

    @property
    def kind_name(self) -> str:
        """Its kind in words, such as ``activation derivative``."""
        return KIND_NAMES[self.kind]

    @property
    def symbol(self) -> str:
        """The derivative as a symbol, such as ``tanh′(s)``."""
        return derivative_symbol(self.node, self.operand_index, self.names)

    @property
    def formula(self) -> str:
        """The derivative with its formula and numbers: ``tanh′(s) = 1 − tanh²(s) = 0.42 at s = 0.993``."""
        return derivative_formula(self.node, self.operand_index, self.names)


@dataclass(frozen=True, slots=True, eq=False)
class GradientPath:
    """One way from a node to the root.

    Attributes:
        factors: the local derivatives, from the node to the root; none if the node is the root.
        product: all of them multiplied, as backpropagation does from the root on, so that zero times anything is zero.
    """

    factors: tuple[Factor, ...]
    product: float

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that the path comes through, the root last; the root alone has an empty path."""
        first = tuple(factor.operand for factor in self.factors[:1])
        return first + tuple(factor.node for factor in self.factors)


class Term(NamedTuple):
    """One edge that leads on from a node: what it adds to the node's gradient is ``local_derivative * upstream``.

    Attributes:
        kind: the kind of the local derivative, as of a :class:`Factor`.
        node: the node that the edge leads to.
        local_derivative: the derivative of that node with respect to the one that the edge comes from.
        upstream: the gradient of that node: the derivative of the root with respect to it.
    """

    kind: EdgeKind
    node: Node
    local_derivative: float
    upstream: float


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """The gradient of one weighted sum s: ``δ = a′(s)·Σ w·δ``, over all that the neuron's output feeds.

    Attributes:
        node: the weighted sum.
        layer: how many weighted sums there are from here to the root at most, itself included: 1 in the last layer.
        activation: the node that the weighted sum goes into, if that is an activation and nothing else; or None.
        slope: a′(s), the activation's derivative; 1 without an activation.
        terms: the edges that lead on from the neuron's output: in a network, w and the δ of the next layer.
        value: δ itself.
    """

    node: Node
    layer: int
    activation: Node | None
    slope: float
    terms: tuple[Term, ...]
    value: float


def _not_in_graph(order: Sequence[Node], wrt: Node) -> str:
    named = [leaf.label for leaf in order if leaf.label and not leaf.operands]
    known = (
        f"its leaves are {', '.join(named[:8])}{' …' if len(named) > 8 else ''}" if named else "its leaves are unnamed"
    )
    return (
        f"{NodeNames(order).of(order[-1])} was not computed from {wrt!r}, so there is no gradient to explain; {known}. "
        "A Value made anew, even of the same number, is another node"
    )


class Part:
    """The part of a graph that lies between a node and the root, with its edges turned round.

    Attributes:
        names: what the graph's nodes are called.
        nodes: ``wrt``, and all that it influences, in topological order: the root is last.
        outgoing: for each of them the edges that lead on, in the order of the backward pass: the consumer, and which
            operand of it the node is.
    """

    def __init__(self, root: Node, wrt: Node) -> None:
        open_calls([root])
        order = topological_order(root)
        influenced = depends_on(order, [wrt])
        if root not in influenced:
            raise ValueError(_not_in_graph(order, wrt))
        self.names = NodeNames(order)
        self.nodes = [node for node in order if node in influenced]
        self.outgoing: dict[Node, list[tuple[Node, int]]] = {node: [] for node in self.nodes}
        for consumer in reversed(self.nodes):
            for index, operand in enumerate(consumer.operands):
                if operand in influenced:
                    self.outgoing[operand].append((consumer, index))

    def path_count(self) -> int:
        """How many paths lead from the first node to the root."""
        paths: dict[Node, int] = {}
        for node in reversed(self.nodes):
            paths[node] = sum([paths[consumer] for consumer, _ in self.outgoing[node]]) if paths else 1
        return paths[self.nodes[0]]

    def gradients(self) -> dict[Node, float]:
        """∂root/∂node for each node: the same sums as in the backward pass, term by term."""
        gradients = dict.fromkeys(self.nodes, 0.0)
        gradients[self.nodes[-1]] = 1.0
        for node in reversed(self.nodes):
            for each in contributions(node, gradients[node]):
                if each.operand in gradients:
                    gradients[each.operand] += each.amount
        return gradients


_RankedPath = tuple[float, int, int]
"""A path from ``wrt`` to some node: its cost, its last edge as an operand's index, and the rank of the path before it.

The cost is −log of the product's magnitude: the cheapest path is the largest, and the first in order.
"""


def rank_paths(part: Part, limit: int) -> dict[Node, list[_RankedPath]]:
    """For each node, its largest paths from the first node: merged from those of its operands, which are ranked."""
    ranked: dict[Node, list[_RankedPath]] = {part.nodes[0]: [(0.0, 0, 0)][:limit]}
    for node in part.nodes[1:]:
        extended = [
            _extended(ranked[operand], index, _cost(local_derivative(node, index)))
            for index, operand in enumerate(node.operands)
            if operand in part.outgoing
        ]
        ranked[node] = list(islice(heapq.merge(*extended), limit))
    return ranked


def _cost(derivative: float) -> float:
    """−log|derivative|; −inf for inf and nan, so that they come first."""
    if derivative == 0.0:
        return math.inf
    return -math.log(abs(derivative)) if math.isfinite(derivative) else -math.inf


def _extended(paths: Sequence[_RankedPath], operand_index: int, cost: float) -> Iterator[_RankedPath]:
    """Paths to an operand, led on by one edge. Zero, inf and nan, nearer to the root, decide whatever comes before."""
    decisive = math.isinf(cost)
    for rank, (cost_so_far, _, _) in enumerate(paths):
        yield cost if decisive else cost + cost_so_far, operand_index, rank


def path_of_rank(part: Part, ranked: Mapping[Node, Sequence[_RankedPath]], rank: int) -> GradientPath:
    """The path of that rank to the root, followed back to where it begins."""
    node, product = part.nodes[-1], 1.0
    factors: list[Factor] = []
    while node is not part.nodes[0]:
        _, index, rank = ranked[node][rank]
        factors.append(Factor(edge_kind(node, index), node, index, local_derivative(node, index), part.names))
        passed = passed_on(product, node.local_derivatives[index])
        product = 0.0 if passed is None else passed
        node = node.operands[index]
    return GradientPath(tuple(reversed(factors)), product)


def terms_of(edges: Sequence[tuple[Node, int]], gradients: Mapping[Node, float]) -> tuple[Term, ...]:
    """What each of the edges adds to the gradient of the node that they lead on from."""
    return tuple(
        [Term(edge_kind(node, index), node, local_derivative(node, index), gradients[node]) for node, index in edges]
    )


def deltas_of(part: Part) -> tuple[Delta, ...]:
    """δ of every weighted sum, the last layer first, each layer in the order of its computation."""
    gradients = part.gradients()
    layers: dict[Node, int] = {}
    for node in reversed(part.nodes):
        layers[node] = max([layers[consumer] for consumer, _ in part.outgoing[node]], default=0)
        if is_weighted_sum(node):
            layers[node] += 1
    weighted_sums = [node for node in part.nodes if is_weighted_sum(node)]
    weighted_sums.sort(key=lambda node: layers[node])
    return tuple([_delta(node, layers[node], part, gradients) for node in weighted_sums])


def _delta(node: Node, layer: int, part: Part, gradients: Mapping[Node, float]) -> Delta:
    edges, activation, slope = part.outgoing[node], None, 1.0
    if len(edges) == 1 and edge_kind(*edges[0]) == "activation":
        activation, slope = edges[0][0], local_derivative(*edges[0])
        edges = part.outgoing[activation]
    return Delta(node, layer, activation, slope, terms_of(edges, gradients), gradients[node])
