"""Why a gradient is what it is: the paths of the chain rule, and the factors along each.

The derivative of a root by one of its nodes is the sum, over all paths from the node to the root, of the product of
the local derivatives along the path. There may be more paths than atoms in the universe, so they are counted without
being listed, the largest few are found without looking at the others, and the same gradient is also given as
backpropagation computes it: layer by layer, each layer's from the one after it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from autograd_core import explanation_views
from autograd_core.graph import EdgeKind, Node, depends_on, edge_kind, leaves, topological_order
from autograd_core.notation import derivative_formula, derivative_symbol, local_derivative, name
from autograd_core.theme import KIND_NAMES


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One local derivative along a path.

    Attributes:
        kind: ``input`` (the number that a weight multiplies), ``weight`` (that the signal passes), ``activation``,
            ``loss`` or ``other``.
        node: the node whose derivative it is.
        operand_index: which operand of the node it is by.
        value: the derivative.
    """

    kind: EdgeKind
    node: Node
    operand_index: int
    value: float

    @property
    def operand(self) -> Node:
        """The node that the derivative is by."""
        operand: Node = self.node.operands[self.operand_index]
        return operand

    @property
    def kind_name(self) -> str:
        """Its kind in words, such as ``activation derivative``."""
        return KIND_NAMES[self.kind]

    @property
    def symbol(self) -> str:
        """The derivative as a symbol, such as ``tanh′(s)``."""
        return derivative_symbol(self.node, self.operand_index)

    @property
    def formula(self) -> str:
        """The derivative with its formula and numbers: ``tanh′(s) = 1 − tanh²(s) = 0.42 at s = 0.993``."""
        return derivative_formula(self.node, self.operand_index)


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
        local_derivative: the derivative of that node by the one that the edge comes from.
        upstream: the derivative of the root by that node.
    """

    kind: EdgeKind
    node: Node
    local_derivative: float
    upstream: float


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """The derivative of the root by one weighted sum s: ``δ = a′(s)·Σ w·δ``, over all that the neuron's output feeds.

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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation:
    """A gradient as the sum over its paths; ``str()`` writes it for a terminal, a notebook shows it in colours.

    Attributes:
        root: what is differentiated.
        wrt: what it is differentiated by.
        gradient: ∂root/∂wrt.
        path_count: how many paths lead from ``wrt`` to ``root``: exact, however many.
        paths: the largest of them, by the magnitude of their products.
        truncated: whether there are more paths than those.
    """

    root: Node
    wrt: Node
    gradient: float
    path_count: int
    paths: tuple[GradientPath, ...]
    truncated: bool

    @property
    def terms(self) -> tuple[Term, ...]:
        """The gradient as one step of the recursion: what each edge that leads on from ``wrt`` adds to it."""
        part = _Part(self.root, self.wrt)
        return _terms(part.outgoing[self.wrt], part.adjoints())

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """The recursion through the layers: each weighted sum between ``wrt`` and ``root``, the last layer first."""
        return _deltas(_Part(self.root, self.wrt))

    def __str__(self) -> str:
        return explanation_views.text(self)

    def __repr__(self) -> str:
        return f"<Explanation: {explanation_views.headline(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return explanation_views.html(self)


def explain(root: Node, wrt: Node, max_paths: int = 10) -> Explanation:
    """Take the gradient ∂root/∂wrt apart into paths, and each path into its factors.

    It is computed from the recorded local derivatives: ``backward()`` need not have run, and no ``grad`` is touched.
    The sum of all paths' products is ``wrt.grad`` after one ``root.backward()``, to rounding; only where gradients
    that are inf or nan meet exact zeros may the two differ.

    Args:
        root: the result, such as a loss.
        wrt: a Value that it was computed from: a leaf or one in between.
        max_paths: how many paths to list, 0 or more; the largest in magnitude, those through nan or inf first.

    Raises:
        TypeError: ``root`` or ``wrt`` is not a Value, or ``max_paths`` is not a whole number.
        ValueError: ``root`` was not computed from ``wrt``, or ``max_paths`` is negative.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b")
    >>> print(ag.explain(ag.tanh(ag.dot([w], [x], b)), w))
    ∂root/∂w = 1.193, 1 path
    <BLANKLINE>
    path 1: w → dot → tanh
      layer input            ∂s/∂w = x = 2                                      2
      activation derivative  tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75  0.5966
      product                2 × 0.5966                                     1.193
    """
    _check_arguments(root, wrt, max_paths)
    part = _Part(root, wrt)
    path_count = part.path_count()
    ranked = _rank_paths(part, max_paths)
    return Explanation(
        root=root,
        wrt=wrt,
        gradient=part.adjoints()[wrt],
        path_count=path_count,
        paths=tuple([_path(root, wrt, ranked, rank) for rank in range(len(ranked[root]))]),
        truncated=len(ranked[root]) < path_count,
    )


def _check_arguments(root: Any, wrt: Any, max_paths: Any) -> None:
    for argument, value in (("root", root), ("wrt", wrt)):
        if not hasattr(value, "local_derivatives"):
            raise TypeError(f"explain() takes Values, but {argument} is of type {type(value).__name__}")
    if not isinstance(max_paths, int):
        raise TypeError(f"max_paths is a whole number, got {type(max_paths).__name__}")
    if max_paths < 0:
        raise ValueError(f"max_paths is at least 0, got {max_paths}")


def _not_in_graph(root: Node, wrt: Node) -> str:
    named = [leaf.label for leaf in leaves(root) if leaf.label]
    known = (
        f"its leaves are {', '.join(named[:8])}{' …' if len(named) > 8 else ''}" if named else "its leaves are unnamed"
    )
    return (
        f"{name(root)} was not computed from {wrt!r}, so there is no gradient to explain; {known}. "
        "A Value made anew, even of the same number, is another node"
    )


class _Part:
    """The part of a graph that lies between a node and the root, with its edges turned round.

    Attributes:
        nodes: ``wrt``, and all that it influences, in topological order: the root is last.
        outgoing: for each of them the edges that lead on, in the order of the backward pass: the consumer, and which
            operand of it the node is.
    """

    def __init__(self, root: Node, wrt: Node) -> None:
        order = topological_order(root)
        influenced = depends_on(order, [wrt])
        if root not in influenced:
            raise ValueError(_not_in_graph(root, wrt))
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

    def adjoints(self) -> dict[Node, float]:
        """∂root/∂node for each node: the same sums as in the backward pass, term by term."""
        adjoints: dict[Node, float] = {}
        for node in reversed(self.nodes):
            adjoint = 0.0 if adjoints else 1.0
            for consumer, index in self.outgoing[node]:
                adjoint += _passed_on(adjoints[consumer], consumer, index)
            adjoints[node] = adjoint
        return adjoints


def _passed_on(upstream: float, node: Node, operand_index: int) -> float:
    """upstream × local derivative, and exactly 0 where the one is zero or no gradient flows at all."""
    derivative = node.local_derivatives[operand_index]
    return 0.0 if derivative is None or upstream == 0.0 else upstream * derivative


# -- paths --------------------------------------------------------------------------------------------------------


_RankedPath = tuple[float, int, int]
"""A path from ``wrt`` to some node: its cost, its last edge as an operand's index, and the rank of the path before it.

The cost is −log of the product's magnitude: the cheapest path is the largest, and the first in order.
"""


def _rank_paths(part: _Part, limit: int) -> dict[Node, list[_RankedPath]]:
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


def _path(root: Node, wrt: Node, ranked: Mapping[Node, Sequence[_RankedPath]], rank: int) -> GradientPath:
    """The path of that rank to the root, followed back to where it begins."""
    node, product = root, 1.0
    factors: list[Factor] = []
    while node is not wrt:
        _, index, rank = ranked[node][rank]
        factors.append(Factor(edge_kind(node, index), node, index, local_derivative(node, index)))
        product = _passed_on(product, node, index)
        node = node.operands[index]
    return GradientPath(tuple(reversed(factors)), product)


# -- the recursive form -------------------------------------------------------------------------------------------


def _terms(edges: Sequence[tuple[Node, int]], adjoints: Mapping[Node, float]) -> tuple[Term, ...]:
    return tuple(
        [Term(edge_kind(node, index), node, local_derivative(node, index), adjoints[node]) for node, index in edges]
    )


def _deltas(part: _Part) -> tuple[Delta, ...]:
    """δ of every weighted sum, the last layer first, each layer in the order of its computation."""
    adjoints = part.adjoints()
    layers: dict[Node, int] = {}
    for node in reversed(part.nodes):
        layers[node] = max([layers[consumer] for consumer, _ in part.outgoing[node]], default=0)
        if node.op is not None and node.op.kind == "weighted_sum":
            layers[node] += 1
    weighted_sums = [node for node in part.nodes if node.op is not None and node.op.kind == "weighted_sum"]
    weighted_sums.sort(key=lambda node: layers[node])
    return tuple([_delta(node, layers[node], part, adjoints) for node in weighted_sums])


def _delta(node: Node, layer: int, part: _Part, adjoints: Mapping[Node, float]) -> Delta:
    edges, activation, slope = part.outgoing[node], None, 1.0
    if len(edges) == 1 and edge_kind(*edges[0]) == "activation":
        activation, slope = edges[0][0], local_derivative(*edges[0])
        edges = part.outgoing[activation]
    return Delta(node, layer, activation, slope, _terms(edges, adjoints), adjoints[node])
