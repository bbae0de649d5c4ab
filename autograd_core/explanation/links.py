"""A graph as an explanation reads it: from parameter to weighted sum, to activation, to loss.

The products and partial sums of a neuron, the steps of an activation and those of a loss that are written out in
Python's arithmetic are not stations of their own: one link leads past them, as if the graph had been recorded with
``dot``, a primitive for the activation and one for the loss. Only where the node asked for is one of them are all that
lie around it written out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core.graph import EdgeKind, Node, contributions, is_weighted_sum, partner_index
from autograd_core.notation.chains import formula_along
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import count, number
from autograd_core.notation.symbols import at_point, derivative_formula, derivative_symbol
from autograd_core.roles.activations import activation_called
from autograd_core.roles.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """What leads from one node of an explanation to the next: an edge of the graph, or all between the two.

    Attributes:
        kind: which kind of derivative it is.
        node: where it leads to.
        operand: where it comes from.
        derivative: ∂node/∂operand along it; None where no gradient flows.
        nodes: the nodes that it leads past, in topological order, and ``node`` itself.
        start: its first edge, as a node and an operand's index; None where it begins with all edges of the operand.
        function: the name of an activation that is written out; empty for all else.
    """

    kind: EdgeKind
    node: Node
    operand: Node
    derivative: float | None
    nodes: Sequence[Node]
    start: tuple[Node, int] | None = None
    function: str = ""

    @property
    def operand_index(self) -> int | None:
        """Which operand of ``node`` it comes from; None where other nodes lie between."""
        return self.start[1] if self.start is not None and self.start[0] is self.node else None

    @property
    def edges(self) -> list[tuple[Node, int]]:
        """The edges of the graph that it stands for, each as a node and an operand's index, in topological order."""
        edges = [] if self.start is None else [self.start]
        reached = {self.operand if self.start is None else self.start[0]}
        if self.operand_index is None:
            for node in self.nodes:
                for index, operand in enumerate(node.operands):
                    if type(operand) is not float and operand in reached:
                        reached.add(node)
                        edges.append((node, index))
        return edges

    @property
    def partner(self) -> Node | float | None:
        """What the operand is multiplied by in a weighted sum, a Value or a number; None for a bias and elsewhere."""
        if self.kind not in ("input", "weight") or self.start is None:
            return None
        node, index = self.start
        place = partner_index(node, index) if is_weighted_sum(node) else 1 - index if node.op.name == "*" else None
        partner: Node | float | None = None if place is None else node.operands[place]
        return partner

    @property
    def value(self) -> float:
        """The derivative, 0 where no gradient flows."""
        return 0.0 if self.derivative is None else self.derivative

    def symbol(self, names: NodeNames) -> str:
        """The derivative as a symbol, such as ``tanh′(s)`` or ``∂s/∂w``."""
        if self.function:
            return derivative_symbol(self._as_one_step(), 0, names)
        if self.operand_index is not None:
            return derivative_symbol(self.node, self.operand_index, names)
        return f"∂{as_one_word(names.of(self.node))}/∂{as_one_word(names.of(self.operand))}"

    def formula(self, names: NodeNames) -> str:
        """The derivative with its formula and numbers."""
        if self.operand_index is not None:
            return derivative_formula(self.node, self.operand_index, names)
        step = self._as_one_step() if self.function else None
        if step is not None and isinstance(step.op.derivative, str):
            return derivative_formula(step, 0, names)
        edges = self.edges
        formula, named = formula_along(edges, names)
        value = number(self.value)
        sides = [self.symbol(names), value]
        if formula and formula.replace("−", "-") != value:
            sides.insert(1, formula)
        written = " = ".join(sides) + at_point(named if formula else [self.operand], names)
        paths = 1 if formula or self.function else self._path_count(edges)
        return f"{written}, over {count(paths)} paths" if paths > 1 else written

    def _path_count(self, edges: Iterable[tuple[Node, int]]) -> int:
        paths = {self.operand: 1}
        for node, index in edges:
            paths[node] = paths.get(node, 0) + paths[node.operands[index]]
        return paths[self.node]

    def _as_one_step(self) -> Node:
        return _Step(self.function, self.operand, self.value)


class _Step:
    """An activation that is written out, as a node of one operand."""

    __slots__ = ("data", "grad", "label", "local_derivatives", "op", "operands")

    def __init__(self, function: str, operand: Node, slope: float) -> None:
        self.op: Any = activation_called(function)
        self.operands: tuple[Any, ...] = (operand,)
        self.local_derivatives: tuple[float | None, ...] = (slope,)
        self.data = self.grad = 0.0
        self.label = ""


class Links:
    """The links of a graph, as they lead to each of the nodes that an explanation stops at.

    Args:
        order: the graph in topological order.
        network: what its nodes are.
        wrt: the node that is asked for.
    """

    def __init__(self, order: Sequence[Node], network: Network, wrt: Node) -> None:
        self._network = network
        self._root = order[-1]
        self._neurons = {
            node: neuron
            for neuron in network.neurons
            if not _holds((*neuron.parts, *neuron.steps), wrt)
            for node in (neuron.sum, neuron.output)
        }
        self._loss = () if _holds(network.loss, wrt) or not _is_written_out(network.loss) else network.loss
        self._passed_by = {node for neuron in self._neurons.values() for node in (*neuron.parts, *neuron.steps)}
        self._passed_by.update(self._loss[:-1])

    def passes_by(self, node: Node) -> bool:
        """Whether a node lies within a link."""
        return node in self._passed_by

    def to(self, node: Node, influenced: set[Node]) -> list[Link]:
        """The links that lead to a node, from nodes that were influenced, in the order of their operands."""
        if node is self._root and self._loss:
            return list(_merged(self._loss, "loss", influenced))
        neuron = self._neurons.get(node)
        if neuron is not None and node is neuron.sum and neuron.parts:
            nodes = (*neuron.parts, node)
            return [link for each in nodes for link in self._edges(each, nodes, node, influenced)]
        if neuron is not None and node is neuron.activation and neuron.steps:
            return list(_merged((*neuron.steps, node), "activation", influenced, neuron.function))
        return self._edges(node, (node,), node, influenced)

    def _edges(self, node: Node, nodes: Sequence[Node], end: Node, influenced: set[Node]) -> list[Link]:
        """A link for each edge of a node, past some nodes to the end of a link."""
        return [
            Link(self._network.kind(node, index), end, operand, derivative, nodes, (node, index))
            for index, (operand, derivative) in enumerate(zip(node.operands, node.local_derivatives))
            if operand in influenced and operand not in self._passed_by
        ]


def _holds(nodes: Iterable[Node], wanted: Node) -> bool:
    return any(node is wanted for node in nodes)


def _is_written_out(loss: Sequence[Node]) -> bool:
    """Whether a loss is Python's arithmetic, of more than one step, and not a primitive of its own."""
    return len(loss) > 1 and all(node.op.kind != "loss" for node in loss)


def _merged(nodes: Sequence[Node], kind: EdgeKind, influenced: set[Node], function: str = "") -> Iterator[Link]:
    """One link to the last of some nodes from each operand outside them, over all ways between the two."""
    inside, end = set(nodes), nodes[-1]
    gradients = dict.fromkeys(nodes, 0.0)
    gradients[end] = 1.0
    entries: dict[Node, float] = {}
    for node in reversed(nodes):
        for operand in node.operands:
            if operand in influenced and operand not in inside:
                entries.setdefault(operand, 0.0)
        for each in contributions(node, gradients[node]):
            if each.operand in inside:
                gradients[each.operand] += each.amount
            elif each.operand in entries:
                entries[each.operand] += each.amount
    for operand, derivative in entries.items():
        yield Link(kind, end, operand, derivative, nodes, None, function)
