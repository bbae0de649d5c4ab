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

from autograd_core.explanation.links import Link, Links
from autograd_core.graph import (
    EdgeKind,
    Node,
    contributions,
    depends_on,
    opened_order,
    passed_on,
)
from autograd_core.notation.node_names import NodeNames
from autograd_core.roles.network import Network
from autograd_core.roles.recognise import network_in
from autograd_core.theme import KIND_NAMES


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One derivative along a path: of a node with respect to the one before it.

    A neuron's products and partial sums, and an activation or a loss that is written out, are one factor each, as they
    are with ``dot``, with a primitive for the activation and with a loss of one node.

    Attributes:
        kind: ``input`` (the number that a weight multiplies), ``weight`` (that the signal passes), ``activation``,
            ``loss`` or ``other``.
        node: the node whose derivative it is.
        operand: the node that it is with respect to.
        value: the derivative.
        link: what lies between the two.
        names: what the graph's nodes are called.
    """

    kind: EdgeKind
    node: Node
    operand: Node
    value: float
    link: Link = field(repr=False)
    names: NodeNames = field(repr=False)

    @property
    def operand_index(self) -> int | None:
        """Which operand of the node it is with respect to; None where other nodes lie between the two."""
        return self.link.operand_index

    @property
    def edges(self) -> list[tuple[Node, int]]:
        """The edges of the graph that it stands for, each as a node and an operand's index, in topological order."""
        return self.link.edges

    @property
    def partner(self) -> Node | float | None:
        """What the operand is multiplied by in a weighted sum, a Value or a number; None for a bias and elsewhere."""
        return self.link.partner

    @property
    def kind_name(self) -> str:
        """Its kind in words, such as ``activation derivative``."""
        return KIND_NAMES[self.kind]

    @property
    def symbol(self) -> str:
        """The derivative as a symbol, such as ``tanh′(s)``."""
        return self.link.symbol(self.names)

    @property
    def formula(self) -> str:
        """The derivative with its formula and numbers: ``tanh′(s) = 1 − tanh²(s) = 0.42 at s = 0.993``."""
        return self.link.formula(self.names)


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
    """One link that leads on from a node: what it adds to the node's gradient is ``local_derivative * upstream``.

    Attributes:
        kind: the kind of the local derivative, as of a :class:`Factor`.
        node: the node that the link leads to.
        local_derivative: the derivative of that node with respect to the one that the link comes from.
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


def _network(order: Sequence[Node], names: NodeNames, wrt: Node, outputs: Sequence[Node]) -> Network:
    """What the nodes are, where the gradient of ``wrt`` is asked for: often what they are anyway."""
    if not outputs and (wrt.operands or wrt in names.network.parameters):
        return names.network
    return network_in(order, outputs, asked=[wrt])


class Part:
    """The part of a graph that lies between a node and the root, with its links turned round.

    Args:
        root: the result.
        wrt: a node that it was computed from.
        outputs: where the network ends, if it cannot be seen.
        names: those of the graph, where they are known already.

    Attributes:
        names: what the graph's nodes are called.
        nodes: ``wrt``, and all that it influences and links lead to, in topological order: the root is last.
        incoming: for each of them the links that lead to it, in the order of its operands.
        outgoing: for each of them the links that lead on, in the order of the backward pass.
    """

    def __init__(
        self,
        root: Node,
        wrt: Node,
        outputs: Sequence[Node] = (),
        names: NodeNames | None = None,
    ) -> None:
        order = opened_order([root])
        influenced = depends_on(order, [wrt])
        if root not in influenced:
            raise ValueError(_not_in_graph(order, wrt))
        self.names = names or NodeNames(order)
        self.network = _network(order, self.names, wrt, outputs)
        links = Links(order, self.network, wrt)
        self._influenced = [node for node in order if node in influenced]
        self.nodes = [node for node in self._influenced if not links.passes_by(node)]
        self.incoming = {node: links.to(node, influenced) for node in self.nodes}
        self.outgoing: dict[Node, list[Link]] = {node: [] for node in self.nodes}
        for consumer in reversed(self.nodes):
            for link in self.incoming[consumer]:
                self.outgoing[link.operand].append(link)

    def path_count(self) -> int:
        """How many paths lead from the first node to the root."""
        paths: dict[Node, int] = {}
        for node in reversed(self.nodes):
            paths[node] = sum([paths[link.node] for link in self.outgoing[node]]) if paths else 1
        return paths[self.nodes[0]]

    def gradients(self) -> dict[Node, float]:
        """∂root/∂node for each node: the same sums as in the backward pass, term by term."""
        gradients = dict.fromkeys(self._influenced, 0.0)
        gradients[self.nodes[-1]] = 1.0
        for node in reversed(self._influenced):
            for each in contributions(node, gradients[node]):
                if each.operand in gradients:
                    gradients[each.operand] += each.amount
        return gradients


_RankedPath = tuple[float, int, int]
"""A path from ``wrt`` to some node: its cost, its last link as a place among those to the node, and the rank of the
path before it.

The cost is −log of the product's magnitude: the cheapest path is the largest, and the first in order.
"""


def rank_paths(part: Part, limit: int) -> dict[Node, list[_RankedPath]]:
    """For each node, its largest paths from the first node: merged from those of its operands, which are ranked."""
    ranked: dict[Node, list[_RankedPath]] = {part.nodes[0]: [(0.0, 0, 0)][:limit]}
    for node in part.nodes[1:]:
        extended = [
            _extended(ranked[link.operand], place, _cost(link.value)) for place, link in enumerate(part.incoming[node])
        ]
        ranked[node] = list(islice(heapq.merge(*extended), limit))
    return ranked


def _cost(derivative: float) -> float:
    """−log|derivative|; −inf for inf and nan, so that they come first."""
    if derivative == 0.0:
        return math.inf
    return -math.log(abs(derivative)) if math.isfinite(derivative) else -math.inf


def _extended(paths: Sequence[_RankedPath], place: int, cost: float) -> Iterator[_RankedPath]:
    """Paths to an operand, led on by one link. Zero, inf and nan, nearer to the root, decide whatever comes before."""
    decisive = math.isinf(cost)
    for rank, (cost_so_far, _, _) in enumerate(paths):
        yield cost if decisive else cost + cost_so_far, place, rank


def path_of_rank(part: Part, ranked: Mapping[Node, Sequence[_RankedPath]], rank: int) -> GradientPath:
    """The path of that rank to the root, followed back to where it begins."""
    node, product = part.nodes[-1], 1.0
    factors: list[Factor] = []
    while node is not part.nodes[0]:
        _, place, rank = ranked[node][rank]
        link = part.incoming[node][place]
        factors.append(Factor(link.kind, node, link.operand, link.value, link, part.names))
        passed = passed_on(product, link.derivative)
        product = 0.0 if passed is None else passed
        node = link.operand
    return GradientPath(tuple(reversed(factors)), product)


def terms_of(links: Sequence[Link], gradients: Mapping[Node, float]) -> tuple[Term, ...]:
    """What each of the links adds to the gradient of the node that they lead on from."""
    return tuple([Term(link.kind, link.node, link.value, gradients[link.node]) for link in links])


def deltas_of(part: Part) -> tuple[Delta, ...]:
    """δ of every weighted sum, the last layer first, each layer in the order of its computation."""
    gradients = part.gradients()
    sums = {neuron.sum for neuron in part.network.neurons}
    layers: dict[Node, int] = {}
    for node in reversed(part.nodes):
        layers[node] = max([layers[link.node] for link in part.outgoing[node]], default=0)
        if node in sums:
            layers[node] += 1
    weighted_sums = [node for node in part.nodes if node in sums]
    weighted_sums.sort(key=lambda node: layers[node])
    return tuple([_delta(node, layers[node], part, gradients) for node in weighted_sums])


def _delta(node: Node, layer: int, part: Part, gradients: Mapping[Node, float]) -> Delta:
    links, activation, slope = part.outgoing[node], None, 1.0
    if len(links) == 1 and links[0].kind == "activation":
        activation, slope = links[0].node, links[0].value
        links = part.outgoing[activation]
    return Delta(node, layer, activation, slope, terms_of(links, gradients), gradients[node])
