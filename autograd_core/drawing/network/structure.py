"""What the picture of a network is made of: its inputs, layers, neurons, weights and loss, found in a recorded graph.

A neuron is a weighted sum and the activation that follows it. What reads the same depth of neurons is a layer. What
follows the last neurons is the loss. Of a batch, one sample is shown: the neurons of the others have the same weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from autograd_core.graph import Node, consumers, depends_on, is_weighted_sum, topological_order, weights_inputs_bias

Source = Node | tuple[int, int]
"""Where a signal comes from: a node; or a number, by its place among a neuron's signals and its identity."""

Sort = Literal["value", "gradient", "derivative", "contribution", "constant"]


class NotANetworkError(ValueError):
    """A graph that is not made of layers of neurons; the message says what else is in it."""


class Term(NamedTuple):
    """One row of a neuron: a weight and the signal that it multiplies, or the bias.

    Attributes:
        node: the node that multiplies them: the weighted sum itself, or a product of its own; for a bias, what adds it.
        weight: which of the node's operands the weight, or the bias, is.
        signal: which of them the signal is; None for a bias, whose input is always 1.
    """

    node: Node
    weight: int
    signal: int | None

    @property
    def source(self) -> Any:
        """The signal: a node or a number; 1.0 for a bias."""
        return 1.0 if self.signal is None else self.node.operands[self.signal]

    @property
    def parameter(self) -> Any:
        """The weight or bias: a node or a number."""
        return self.node.operands[self.weight]


@dataclass(eq=False, frozen=True)
class Neuron:
    """A neuron: its terms, the weighted sum s, and its output a, which is the sum itself where there is no activation.

    The bias is the last term, if there is one.
    """

    terms: tuple[Term, ...]
    weighted_sum: Node
    output: Node

    @property
    def weights(self) -> tuple[Term, ...]:
        """The terms without the bias."""
        return tuple(term for term in self.terms if term.signal is not None)

    @property
    def bias(self) -> Term | None:
        """The term that is the bias."""
        last = self.terms[-1] if self.terms else None
        return last if last is not None and last.signal is None else None

    @property
    def activation(self) -> str:
        """The name of the activation; ``linear`` where there is none."""
        return "linear" if self.output is self.weighted_sum else str(self.output.op.name)

    def sources(self) -> list[Source]:
        """Where the signals come from, in the order of the weights."""
        return [source_of(term.source, place) for place, term in enumerate(self.weights)]


@dataclass(eq=False, frozen=True)
class Layer:
    """Neurons that have the same distance from the inputs, in the order of their indices."""

    neurons: tuple[Neuron, ...]

    @property
    def activation(self) -> str:
        """The name of their activation; several where they differ."""
        return ", ".join(dict.fromkeys(neuron.activation for neuron in self.neurons))

    @property
    def most_weights(self) -> int:
        """How many weights the neuron with the most of them has."""
        return max(len(neuron.weights) for neuron in self.neurons)


class Input(NamedTuple):
    """An input of the network: a node or a number, and the first use of it."""

    source: Source
    held: Any
    term: Term


class Pair(NamedTuple):
    """An output and, as far as it can be seen, its target.

    Attributes:
        output: a neuron's output.
        use: which operand of the loss the output is; None where more than one node lies between them.
        target: which operand of the loss the target is; None where there is none.
        class_of: the loss takes the index of the right class in place of a target for each output.
    """

    output: Node
    use: int | None
    target: int | None
    class_of: bool


@dataclass(eq=False, frozen=True)
class Network:
    """A network, and the loss that its outputs go into.

    Attributes:
        order: all nodes of the graph in topological order.
        inputs: what the network reads.
        layers: from the inputs to the outputs.
        loss: the loss of the sample that is shown; None where the graph ends with the only neuron of the last layer.
        pairs: outputs and targets.
        samples: the losses of all samples of a batch; one where it is none.
        sample: which of them is shown.
    """

    order: Sequence[Node]
    inputs: Sequence[Input]
    layers: Sequence[Layer]
    loss: Node | None
    pairs: Sequence[Pair]
    samples: Sequence[Node]
    sample: int

    @property
    def root(self) -> Node:
        """Where the graph ends."""
        return self.order[-1]

    @property
    def is_batch(self) -> bool:
        """Whether the graph has several samples in it."""
        return len(self.samples) > 1


def source_of(held: Any, place: int) -> Source:
    """What tells a signal apart from others; a number by its place too, for Python may keep two equal ones as one."""
    return (place, id(held)) if type(held) is float else held


def network_of(root: Node, sample: int = 0) -> Network:
    """The network in a graph.

    Args:
        root: where the graph ends, usually the loss.
        sample: which sample of a batch to show, from 0.

    Raises:
        NotANetworkError: the graph has no neurons, or has something other than neurons between its inputs and its loss.
        ValueError: there are not so many samples.
    """
    order = topological_order(root)
    neurons = neurons_in(order, root)
    if not neurons:
        raise NotANetworkError("the graph has no neurons, which are weighted sums of signals and their activations")
    samples = _samples(root, neurons)
    if not 0 <= sample < len(samples):
        raise ValueError(f"sample is a whole number from 0 to {len(samples) - 1}, got {sample!r}")
    end = samples[sample]
    within = order if len(samples) == 1 else topological_order(end)
    shown = [neurons[node] for node in within if node in neurons]
    layers = _layers(shown, within)
    outputs = _outputs(layers, within, end)
    loss = None if len(outputs) == 1 and outputs[0] is end else end
    return Network(order, _inputs(layers), layers, loss, _pairs(outputs, end), samples, sample)


# -- neurons ------------------------------------------------------------------------------------------------------


def neurons_in(order: Sequence[Node], root: Node) -> dict[Node, Neuron]:
    """The neurons of a graph by their outputs, in the order in which they are computed."""
    consumers_of = consumers(root)
    neurons = {}
    for node in order:
        if is_weighted_sum(node):
            readers = consumers_of[node]
            is_activated = len(readers) == 1 and readers[0].op.kind == "activation"
            output = readers[0] if is_activated else node
            neurons[output] = Neuron(_terms(node), node, output)
    return neurons


def _terms(weighted_sum: Node) -> tuple[Term, ...]:
    weights, inputs, bias = weights_inputs_bias(range(len(weighted_sum.operands)))
    terms = [Term(weighted_sum, weight, signal) for weight, signal in zip(weights, inputs)]
    has_bias = type(weighted_sum.operands[bias]) is not float or weighted_sum.operands[bias] != 0.0
    return (*terms, Term(weighted_sum, bias, None)) if has_bias or not terms else tuple(terms)


# -- layers -------------------------------------------------------------------------------------------------------


def _layers(neurons: Sequence[Neuron], within: Sequence[Node]) -> list[Layer]:
    """The neurons by how many others lie between them and the inputs."""
    depth: dict[Node, int] = {}
    computed_from_neurons = depends_on(within, [neuron.output for neuron in neurons])
    for neuron in neurons:
        deepest = 0
        for term in neuron.weights:
            signal = term.source
            if type(signal) is float:
                continue
            if signal in depth:
                deepest = max(deepest, depth[signal])
            elif signal in computed_from_neurons:
                raise NotANetworkError(
                    f"there is something other than neurons between two layers: {signal.op.name}, whose result is read"
                )
        depth[neuron.output] = deepest + 1
    by_depth: dict[int, list[Neuron]] = {}
    for neuron in neurons:
        by_depth.setdefault(depth[neuron.output], []).append(neuron)
    return [Layer(tuple(by_depth[level])) for level in sorted(by_depth)]


def _inputs(layers: Sequence[Layer]) -> list[Input]:
    """What neurons read that no neuron computed, in the order of the first use."""
    computed = {neuron.output for layer in layers for neuron in layer.neurons}
    found: dict[Source, Input] = {}
    for layer in layers:
        for neuron in layer.neurons:
            for source, term in zip(neuron.sources(), neuron.weights):
                if source not in computed:
                    found.setdefault(source, Input(source, term.source, term))
    return list(found.values())


# -- the loss -----------------------------------------------------------------------------------------------------

_ADDING = ("+", "sum", "mean", "-", "neg")


def _samples(root: Node, neurons: Mapping[Node, Neuron]) -> list[Node]:
    """The losses of a batch's samples: terms of a sum whose neurons are others, with the same weights."""
    ends = _ends(root, neurons)
    if len(ends) < 2:
        return [root]
    members = [{node for node in topological_order(end) if node in neurons} for end in ends]
    of_samples = [(end, found) for end, found in zip(ends, members) if found]  # not those of a penalty on the weights
    weights = [{_weights_of(neurons[node]) for node in found} for _, found in of_samples]
    is_apart = sum(len(found) for _, found in of_samples) == len(set().union(*members))
    if len(of_samples) < 2 or not is_apart or any(each != weights[0] for each in weights):
        return [root]
    return [end for end, _ in of_samples]


def _weights_of(neuron: Neuron) -> tuple[Source, ...]:
    return tuple(source_of(term.parameter, place) for place, term in enumerate(neuron.terms))


def _ends(root: Node, neurons: Mapping[Node, Neuron]) -> list[Node]:
    """What is added up to the root: the first nodes on the way back from it that are no sums and no neurons."""
    found: dict[Node, None] = {}
    ahead, seen = [root], {root}
    while ahead:
        node = ahead.pop()
        if node in neurons or not _is_linear(node):
            found[node] = None
            continue
        for operand in node.operands:
            if type(operand) is not float and operand not in seen:
                seen.add(operand)
                ahead.append(operand)
    return [node for node in topological_order(root) if node in found]


def _is_linear(node: Node) -> bool:
    """Whether a node adds its operands up, or multiplies or divides one by a number."""
    if node.op is None:
        return False
    name = node.op.name
    is_scaled = name in ("*", "/") and any(type(operand) is float for operand in node.operands)
    return name in _ADDING or is_scaled


def _outputs(layers: Sequence[Layer], within: Sequence[Node], end: Node) -> list[Node]:
    """The neurons' outputs that something other than a neuron reads, or that are the end."""
    members = {neuron.weighted_sum for layer in layers for neuron in layer.neurons}
    read: set[Node] = {end}
    inner = set(_inner_nodes(layers))
    for node in within:
        if node not in members and node not in inner:
            read.update(operand for operand in node.operands if type(operand) is not float)
    outputs = [neuron.output for layer in layers for neuron in layer.neurons if neuron.output in read]
    if not outputs:
        raise NotANetworkError("the graph ends with something that no neuron's output goes into")
    return outputs


def _inner_nodes(layers: Sequence[Layer]) -> Iterator[Node]:
    """The nodes that neurons consist of."""
    for layer in layers:
        for neuron in layer.neurons:
            yield neuron.output
            yield neuron.weighted_sum
            yield from (term.node for term in neuron.terms)


def _pairs(outputs: Iterable[Node], end: Node) -> list[Pair]:
    """Each output with its place in the loss and its target."""
    places: dict[Any, int] = {}
    for index, operand in enumerate(end.operands):
        if type(operand) is not float:
            places.setdefault(operand, index)
    is_loss = end.op is not None and end.op.kind == "loss"
    count = len(end.operands)
    produced = set(outputs := list(outputs))
    class_of = count > 2 and all(type(operand) is not float and operand in produced for operand in end.operands[:-1])
    pairs = []
    for output in outputs:
        use = places.get(output)
        has_target = is_loss and use is not None and (class_of or use < count // 2)
        target = None if not has_target or use is None else count - 1 if class_of else use + count // 2
        pairs.append(Pair(output, use if is_loss else None, target, class_of))
    return pairs
