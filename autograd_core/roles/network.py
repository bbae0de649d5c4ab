"""A graph as the network that it computes: neurons in layers, and the loss after them.

This is the structure that explanations, drawings and steps share, whether a graph was recorded with ``dot`` and losses
of one node each or in Python's own arithmetic. :func:`~autograd_core.roles.recognise.network_of` finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd_core.graph import EdgeKind, Node, contributions, edge_kind, is_weighted_sum

Operand = Any
"""A node, or the float of a constant."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One term of a weighted sum: a parameter times a signal.

    Attributes:
        parameter: the weight or bias; a float where it is a constant.
        signal: what it is multiplied by; a float where it is a constant. That of a bias is 1.0, or −1.0 where it is
            subtracted.
        product: the node of the product, where there is one: none for a bias, nor in a sum of one node.
    """

    parameter: Operand
    signal: Operand
    product: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Neuron:
    """A weighted sum s of signals, and the activation a of that sum alone.

    Attributes:
        sum: the node of s.
        weights: its terms in the order in which they are added; each is a weight and its signal.
        biases: what is added without a signal; mostly one or none.
        parts: the nodes that are computed on the way to ``sum``: products and partial sums. None for ``dot``.
        activation: the node of a; None where the sum itself is the output.
        steps: the nodes between ``sum`` and ``activation``, where the activation is written out.
        function: what the activation is called, such as ``tanh``: by its primitive, or by what its steps compute;
            empty where that is no activation of the table, and where there is none.
        layer: how many neurons come before this one on the longest way from an input: 0 in the first layer.
        repeat: how many neurons with the same parameters come before it, in the topological order: of a network that
            is applied to several samples, the sample's place.
    """

    sum: Node
    weights: tuple[Term, ...]
    biases: tuple[Term, ...]
    parts: tuple[Node, ...]
    activation: Node | None
    steps: tuple[Node, ...]
    function: str
    layer: int
    repeat: int

    @property
    def output(self) -> Node:
        """The node that passes the neuron's signal on: its activation, or else its sum."""
        return self.sum if self.activation is None else self.activation

    @property
    def parameters(self) -> tuple[Operand, ...]:
        """Its weights in order, then its biases."""
        return tuple([term.parameter for term in (*self.weights, *self.biases)])

    @property
    def slope(self) -> float:
        """The activation's derivative a′(s) at the weighted sum; 1 without an activation."""
        if self.activation is None:
            return 1.0
        slopes: dict[Node, float] = {self.activation: 1.0}
        for node in (self.activation, *reversed(self.steps)):
            for each in contributions(node, slopes.get(node, 0.0)):
                slopes[each.operand] = slopes.get(each.operand, 0.0) + each.amount
        return slopes.get(self.sum, 0.0)


@dataclass(frozen=True, eq=False)
class Network:
    """What the nodes of a graph are.

    Attributes:
        neurons: in the topological order of their sums, so that those of a layer are in the order of their indices.
        outputs: the nodes that the loss reads, or the root where there is no loss.
        loss: the nodes of the loss, in topological order: all that is computed after the last neurons. None where the
            root is the output of a neuron, or there are no neurons.

    >>> import autograd_core as ag
    >>> from autograd_core.roles.recognise import network_of
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    >>> y = ag.tanh(w * x + b)
    >>> network = network_of((y - 1.0) ** 2)
    >>> [neuron] = network.neurons
    >>> neuron.sum.op, neuron.function, neuron.weights[0].parameter.label, neuron.biases[0].parameter.label
    (<primitive +, arithmetic>, 'tanh', 'w', 'b')
    >>> [node.op.name for node in network.loss], network.outputs[0] is y
    (['-', '**'], True)
    >>> network.kind(neuron.weights[0].product, 0), network.kind(neuron.weights[0].product, 1)
    ('input', 'weight')
    """

    neurons: tuple[Neuron, ...]
    outputs: tuple[Node, ...]
    loss: tuple[Node, ...]

    @cached_property
    def layers(self) -> tuple[tuple[Neuron, ...], ...]:
        """The neurons of each layer, in the order of their indices."""
        layers: list[list[Neuron]] = [[] for _ in range(max([each.layer + 1 for each in self.neurons], default=0))]
        for neuron in self.neurons:
            layers[neuron.layer].append(neuron)
        return tuple(map(tuple, layers))

    @cached_property
    def neuron_of(self) -> Mapping[Node, Neuron]:
        """The neuron that a node is part of: as its sum, its activation, or one of its parts or steps."""
        return {
            node: neuron
            for neuron in self.neurons
            for node in (*neuron.parts, neuron.sum, *neuron.steps, neuron.output)
        }

    @cached_property
    def parameters(self) -> frozenset[Node]:
        """The leaves that are a weight or a bias of a neuron."""
        return frozenset(
            [
                parameter
                for neuron in self.neurons
                for parameter in neuron.parameters
                if type(parameter) is not float and not parameter.operands
            ]
        )

    def is_output(self, node: Node) -> bool:
        """Whether the loss reads a node, or it is the root and there is no loss."""
        return node in self._output_nodes

    def in_loss(self, node: Node) -> bool:
        """Whether a node is computed after the last neurons."""
        return node in self._loss_nodes

    def kind(self, node: Node, operand_index: int) -> EdgeKind:
        """Which of the kinds of derivative ``node.local_derivatives[operand_index]`` is.

        Args:
            node: a node of the graph that was computed.
            operand_index: which of its operands the derivative is with respect to, from 0.

        Returns:
            ``input`` for a weight's or bias's derivative, ``weight`` for that of the signal that passes a weight,
            ``activation``, ``loss``, or ``other``: for partial sums, whose derivatives are 1, and for all else.
        """
        if node in self._loss_nodes:
            return "loss"
        neuron = self.neuron_of.get(node)
        if neuron is None:
            return edge_kind(node, operand_index)
        if node is neuron.activation or node in self._steps:
            return "activation"
        if is_weighted_sum(node):
            return edge_kind(node, operand_index)
        operand = node.operands[operand_index]
        signal = self._signals.get(node)
        if signal is not None:
            return "weight" if signal == operand_index else "input"
        return "input" if type(operand) is float or not operand.operands else "other"

    @cached_property
    def _output_nodes(self) -> frozenset[Node]:
        return frozenset(self.outputs)

    @cached_property
    def _loss_nodes(self) -> frozenset[Node]:
        return frozenset(self.loss)

    @cached_property
    def _steps(self) -> frozenset[Node]:
        return frozenset([node for neuron in self.neurons for node in neuron.steps])

    @cached_property
    def _signals(self) -> dict[Node, int]:
        """Of each product, which operand is the signal."""
        return {
            term.product: int(term.product.operands[1] is term.signal)
            for neuron in self.neurons
            for term in neuron.weights
            if term.product is not None
        }
