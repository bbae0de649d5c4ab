"""The numbers in the picture of a network: what each is, where in the graph it stands, and what it is called."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from autograd_core.drawing.network.structure import Input, Network, Neuron, Pair, Sort, Source, Term
from autograd_core.graph import Node, gradient_of, local_derivative
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import one_line, subscripted
from autograd_core.notation.symbols import derivative_formula


class Shown(NamedTuple):
    """A number of the picture.

    Attributes:
        value: the number; None where it is not known.
        hover: what it is, with all its digits.
        sort: which number of its node it is; empty for one that never changes, such as the input of a bias.
        node: the place of the node in the topological order, from 0.
        operand: which operand of the node it belongs to, if it belongs to one.
    """

    value: float | None
    hover: str
    sort: Sort = ""
    node: int = 0
    operand: int | None = None


@dataclass(eq=False)
class Numbers:
    """The numbers of a network and their names.

    Attributes:
        network: the network.
        has_backward: whether gradients are known.
    """

    network: Network
    has_backward: bool

    @cached_property
    def names(self) -> NodeNames:
        """What the graph's nodes are called."""
        return NodeNames(self.network.order)

    @cached_property
    def _positions(self) -> dict[Node, int]:
        return {node: position for position, node in enumerate(self.network.order)}

    # -- of nodes -------------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Shown:
        """A node's data."""
        return Shown(node.data, f"{self.names.of(node)} = {node.data!r}", "value", self._positions[node])

    def gradient(self, node: Node) -> Shown:
        """A node's gradient."""
        known = gradient_of(node) if self.has_backward else None
        hover = f"∂{self.names.of(self.network.root)}/∂{self.names.of(node)} = {known!r}"
        return Shown(known, hover, "gradient", self._positions[node])

    def derivative(self, node: Node, operand: int) -> Shown:
        """A local derivative."""
        value = local_derivative(node, operand)
        hover = derivative_formula(node, operand, self.names, digits=12)
        return Shown(value, hover, "derivative", self._positions[node], operand)

    def _operand(self, node: Node, index: int) -> Shown:
        """The data of an operand, or the operand itself if it is a number."""
        held = node.operands[index]
        if type(held) is not float:
            return self.value(held)
        return Shown(held, repr(held), "constant", self._positions[node], index)

    # -- of neurons -----------------------------------------------------------------------------------------------

    def signal(self, term: Term) -> Shown:
        """What a weight multiplies."""
        if term.signal is None:
            return Shown(term.source, f"the input of a bias is {term.source:g}")
        return self._operand(term.node, term.signal)

    def weight(self, term: Term) -> Shown:
        """A weight or a bias."""
        return self._operand(term.node, term.weight)

    def weight_gradient(self, term: Term) -> Shown:
        """The gradient of a weight or a bias; of one that is shared, what this neuron adds to it."""
        if type(term.parameter) is float:
            return Shown(None, "a constant gets no gradient")
        if not self.network.is_shared:
            return self.gradient(term.parameter)
        if not self.has_backward:
            return Shown(None, "", "contribution", self._positions[term.node], term.weight)
        upstream, derivative = gradient_of(term.node), local_derivative(term.node, term.weight)
        added = upstream * derivative if upstream else 0.0
        hover = f"this neuron adds {added!r} to {self.gradient(term.parameter).hover}"
        return Shown(added, hover, "contribution", self._positions[term.node], term.weight)

    def cell_hover(self, term: Term, weight: Shown, gradient: Shown) -> str:
        """What a cell of a matrix is: there are many, so its numbers have 9 digits."""
        name = f"{term.parameter:.9g}" if type(term.parameter) is float else self.names.of(term.parameter)
        known = "" if gradient.value is None else f", {gradient.sort} {gradient.value:.9g}"
        return f"{name} = {weight.value:.9g}{known}"

    def outputs(self, neuron: Neuron) -> list[tuple[str, str, Shown]]:
        """The right part of a neuron's box: symbols, classes, numbers; the last three multiply downwards."""
        delta = ("δ", "b", self.gradient(neuron.weighted_sum))
        if neuron.is_linear:
            return [("s", "", self.value(neuron.weighted_sum)), delta]
        return [
            ("s", "", self.value(neuron.weighted_sum)),
            ("a", "", self.value(neuron.output)),
            ("∂a", "", self.gradient(neuron.output)),
            ("a′", "a", self.slope(neuron)),
            delta,
        ]

    def slope(self, neuron: Neuron) -> Shown:
        """The activation's derivative at the weighted sum; of one in several steps, the product along them."""
        if not neuron.steps:
            return self.derivative(neuron.output, 0)
        s = self.names.of(neuron.weighted_sum)
        hover = f"{neuron.activation}′({s}) = {neuron.slope!r} at {s} = {neuron.weighted_sum.data!r}"
        return Shown(neuron.slope, hover, "slope", self._positions[neuron.output], self._positions[neuron.weighted_sum])

    # -- of inputs and the loss -----------------------------------------------------------------------------------

    def input_value(self, given: Input) -> Shown:
        """The number of an input."""
        return self.signal(given.term)

    def target(self, pair: Pair, index: int) -> Shown:
        """The target of an output; of a class index, whether it is this output's."""
        if pair.target is None:
            return Shown(None, "")
        held = self._operand(*pair.target)
        if not pair.class_of or held.value is None:
            return held
        node, operand = pair.target
        own = 1.0 if held.value == index else 0.0
        return Shown(own, f"the right class is {held.value:g}", "class", self._positions[node], operand)

    def loss_derivative(self, pair: Pair) -> Shown:
        """The derivative of the loss with respect to an output."""
        loss = self.network.loss
        if loss is None or pair.use is None:
            return self.gradient(pair.output)
        return self.derivative(loss, pair.use)

    # -- names ----------------------------------------------------------------------------------------------------

    @cached_property
    def input_names(self) -> list[str]:
        """What the inputs are called: nodes by their names, numbers x₀, x₁ …, by letters that are no node's."""
        nodes = [given.held for given in self.network.inputs if type(given.held) is not float]
        taken = {_read(self.names.of(node)) for node in nodes}
        taken |= {_read(one_line(node.label)) for node in self.network.order if node.label}
        letter = "x"
        for letter in ("x", *"uzyqpg"):
            numbered = {f"{letter}{index}" for index in range(len(self.network.inputs))}
            if taken.isdisjoint(numbered):
                break
        return [
            subscripted(letter, index) if type(given.held) is float else self.names.of(given.held)
            for index, given in enumerate(self.network.inputs)
        ]

    @cached_property
    def source_names(self) -> dict[Source, str]:
        """What a row calls the signal that it reads: an input by its name, a neuron's output by its index."""
        names = {given.source: name for given, name in zip(self.network.inputs, self.input_names)}
        for layer in self.network.layers:
            for index, neuron in enumerate(layer.neurons):
                names[neuron.output] = subscripted("a", index)
        return names

    def names_of_sources(self, neurons: Sequence[Neuron]) -> set[str]:
        """The names of all signals that some neurons read."""
        return {self.source_names[source] for neuron in neurons for source in neuron.sources()}

    def name_of(self, held: Any) -> str:
        """The name of a node, or a number as it is."""
        return repr(held) if type(held) is float else self.names.of(held)


def _read(name: str) -> str:
    """A name as a reader may take it: ``x₁`` for ``x1``."""
    return unicodedata.normalize("NFKC", name).casefold()
