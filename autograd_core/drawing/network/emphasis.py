"""Which parts of a network stand out when one of its nodes is highlighted: those on the paths from it to the loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core.drawing.network.structure import Input, Layer, Network, Neuron, Term
from autograd_core.graph import Node


@dataclass(frozen=True)
class Emphasis:
    """What stands out.

    Attributes:
        highlight: the node that is highlighted; None if all parts are alike.
        strong: the nodes on the paths from it to the root, itself included.
    """

    highlight: Node | None = None
    strong: Collection[Node] = frozenset()

    def is_hot(self, held: Any) -> bool:
        """Whether something is the node that is highlighted."""
        return self.highlight is not None and held is self.highlight

    def has(self, held: Any) -> bool:
        """Whether a node is on the paths; a number never is."""
        return self.highlight is None or (type(held) is not float and held in self.strong)

    def has_neuron(self, neuron: Neuron) -> bool:
        """Whether a path leads through a neuron."""
        return self.has(neuron.output) or self.has(neuron.weighted_sum)

    def has_term(self, term: Term) -> bool:
        """Whether a path leads through a row of a neuron."""
        return self.has(term.parameter) or self.has(term.source)

    def has_input(self, given: Input, layers: Sequence[Layer]) -> bool:
        """Whether a path begins at an input, or its number is a factor of the highlighted weight's gradient."""
        return self.has(given.held) or any(
            term.source is given.held for layer in layers for _, _, term in hot_terms(layer, self)
        )


def hot_terms(layer: Layer, emphasis: Emphasis) -> Iterator[tuple[int, int, Term]]:
    """The rows of a layer whose weight is highlighted, with the indices of their neuron and of the row."""
    if emphasis.highlight is not None:
        for index, neuron in enumerate(layer.neurons):
            for row, term in enumerate(neuron.terms):
                if emphasis.is_hot(term.parameter):
                    yield index, row, term


@dataclass
class InSight:
    """What must not be left out of the picture.

    Attributes:
        inputs: indices of inputs.
        neurons: for each layer, indices of its neurons.
        signals: for each layer, indices of what its neurons read.
    """

    inputs: set[int]
    neurons: list[set[int]]
    signals: list[set[int]]


def in_sight(network: Network, emphasis: Emphasis) -> InSight:
    """What is highlighted, and where it leads to first."""
    kept = InSight(set(), [set() for _ in network.layers], [set() for _ in network.layers])
    for depth, layer in enumerate(network.layers):
        for index, row, _ in hot_terms(layer, emphasis):
            kept.neurons[depth].add(index)
            kept.signals[depth].update({row} if row < len(layer.neurons[index].weights) else ())
        for index, neuron in enumerate(layer.neurons):
            if emphasis.is_hot(neuron.output) or emphasis.is_hot(neuron.weighted_sum):
                kept.neurons[depth].add(index)
    for before, after in zip(network.layers, range(1, len(network.layers))):
        kept_before = kept.neurons[after - 1]
        for index in kept_before:
            kept.signals[after].update(_places_of(before.neurons[index].output, network.layers[after]))
        for place in kept.signals[after]:
            kept_before.update(_indices_of(place, network.layers[after], before))
    if network.layers:
        first = network.layers[0]
        for index, given in enumerate(network.inputs):
            places = _places_of(given.held, first)
            if emphasis.is_hot(given.held):
                kept.signals[0] |= places
            if emphasis.is_hot(given.held) or not kept.signals[0].isdisjoint(places):
                kept.inputs.add(index)
    return kept


def _places_of(held: Any, layer: Layer) -> set[int]:
    """At which places the neurons of a layer read something."""
    return {place for neuron in layer.neurons for place, term in enumerate(neuron.weights) if term.source is held}


def _indices_of(place: int, layer: Layer, before: Layer) -> set[int]:
    """Which neurons of the layer before are read at a place."""
    read = {id(neuron.weights[place].source) for neuron in layer.neurons if place < len(neuron.weights)}
    return {index for index, neuron in enumerate(before.neurons) if id(neuron.output) in read}
