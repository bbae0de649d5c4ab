"""What the picture of a network is made of: its inputs, layers, neurons with a row for each weight, and its loss.

The neurons are those that :mod:`autograd_core.roles` finds. Of a batch, one sample is shown: the neurons of the others
have the same weights.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from autograd_core.graph import Node, depends_on, is_weighted_sum, topological_order, weights_inputs_bias
from autograd_core.roles import network as roles
from autograd_core.roles.recognise import network_of

Source = Node | tuple[int, int]
"""Where a signal comes from: a node; or a number, by its place among a neuron's signals and its identity."""

Sort = Literal["value", "gradient", "derivative", "slope", "contribution", "constant", "class", ""]


class NotANetworkError(ValueError):
    """A graph that is not made of layers of neurons; the message says what else is in it."""


class Term(NamedTuple):
    """One row of a neuron: a weight and the signal that it multiplies, or a bias.

    Attributes:
        node: the node that multiplies them: the weighted sum itself, or a product of its own; for a bias, what adds it.
        weight: which of the node's operands the weight, or the bias, is.
        signal: which of them the signal is; None for a bias.
        sign: of a bias, 1, or −1 where it is subtracted.
    """

    node: Node
    weight: int
    signal: int | None
    sign: float = 1.0

    @property
    def source(self) -> Any:
        """The signal: a node or a number; of a bias its sign."""
        return self.sign if self.signal is None else self.node.operands[self.signal]

    @property
    def parameter(self) -> Any:
        """The weight or bias: a node or a number."""
        return self.node.operands[self.weight]


@dataclass(eq=False, frozen=True)
class Neuron:
    """A neuron as it is drawn.

    Attributes:
        terms: a row for each weight, and then for each bias.
        weighted_sum: the node of s.
        output: the node of a; the sum itself where there is no activation.
        activation: what the activation is called; ``linear`` where there is none.
        steps: the nodes between the sum and the output, where the activation is written out.
        slope: the activation's derivative at s.
    """

    terms: tuple[Term, ...]
    weighted_sum: Node
    output: Node
    activation: str
    steps: tuple[Node, ...]
    slope: float

    @property
    def weights(self) -> tuple[Term, ...]:
        """The terms without the biases."""
        return tuple(term for term in self.terms if term.signal is not None)

    @property
    def is_linear(self) -> bool:
        """Whether there is no activation."""
        return self.output is self.weighted_sum

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
        use: which operand of the loss the output is, where the loss is one node.
        target: the target, as a node of the loss and which operand of it; None where none can be seen.
        class_of: the target is the index of the right class, and the same for all outputs.
    """

    output: Node
    use: int | None
    target: tuple[Node, int] | None
    class_of: bool


@dataclass(eq=False, frozen=True)
class Network:
    """A network, and the loss that its outputs go into.

    Attributes:
        order: all nodes of the graph in topological order.
        inputs: what the network reads.
        layers: from the inputs to the outputs.
        loss: the loss of the sample that is shown; None where the graph ends with the neurons.
        pairs: outputs and targets.
        samples: the losses of all samples of a batch; the root alone where it is none.
        sample: which of them is shown.
        is_shared: some weight belongs to neurons of several samples, or of several steps: its gradient is a sum.
        found: the neurons of the whole graph.
    """

    order: Sequence[Node]
    inputs: Sequence[Input]
    layers: Sequence[Layer]
    loss: Node | None
    pairs: Sequence[Pair]
    samples: Sequence[Node]
    sample: int
    is_shared: bool
    found: roles.Network

    @property
    def root(self) -> Node:
        """Where the graph ends."""
        return self.order[-1]

    @property
    def sizes(self) -> str:
        """How many inputs there are and neurons in each layer, as in ``2-3-1``."""
        return "-".join(f"{count}" for count in (len(self.inputs), *(len(layer.neurons) for layer in self.layers)))

    @property
    def is_batch(self) -> bool:
        """Whether the graph has several samples in it."""
        return len(self.samples) > 1


def source_of(held: Any, place: int) -> Source:
    """What tells a signal apart from others; a number by its place too, for Python may keep two equal ones as one."""
    return (place, id(held)) if type(held) is float else held


def drawn_network(root: Node, sample: int = 0, parameters: Collection[Node] = ()) -> Network:
    """The network in a graph, as it is drawn.

    Args:
        root: where the graph ends, usually the loss.
        sample: which sample of a batch to show, from 0.
        parameters: leaves that are parameters for certain.

    Raises:
        NotANetworkError: the graph has no neurons, or has something other than neurons between its inputs and its loss.
        ValueError: there are not so many samples.
    """
    order = topological_order(root)
    found = network_of(root, parameters=parameters)
    if not found.neurons:
        raise NotANetworkError("this graph has no neurons, which are weighted sums of signals and their activations")
    return _network(order, found, _samples(root, found), sample)


def with_sample(network: Network, sample: int) -> Network:
    """The same with another sample of the batch."""
    return _network(network.order, network.found, network.samples, sample)


def _network(order: Sequence[Node], found: roles.Network, samples: Sequence[Node], sample: int) -> Network:
    if not isinstance(sample, int) or not 0 <= sample < len(samples):
        raise ValueError(f"sample is a whole number from 0 to {len(samples) - 1}, got {sample!r}")
    end = samples[sample]
    within = order if len(samples) == 1 else topological_order(end)
    layers = _layers(found, within)
    loss = end if found.loss else None
    pairs = _pairs(found, layers, within, end)
    weights = [id(term.parameter) for neuron in found.neurons for term in neuron.weights]
    is_shared = len(set(weights)) < len(weights)
    return Network(order, _inputs(layers), layers, loss, pairs, samples, sample, is_shared, found)


# -- layers -------------------------------------------------------------------------------------------------------


def _layers(found: roles.Network, within: Sequence[Node]) -> list[Layer]:
    """The neurons that are among some nodes, as they are drawn."""
    nodes = set(within)
    shown = [[neuron for neuron in layer if neuron.output in nodes] for layer in found.layers]
    outputs = {neuron.output for layer in shown for neuron in layer}
    computed_from_neurons = depends_on(within, list(outputs))
    layers = []
    for neurons in filter(None, shown):
        for neuron in neurons:
            for term in neuron.weights:
                signal = term.signal
                if type(signal) is not float and signal in computed_from_neurons and signal not in outputs:
                    raise NotANetworkError(f"{signal.op.name} stands between two layers of neurons here")
        layers.append(Layer(tuple(map(_drawn, neurons))))
    return layers


def _drawn(neuron: roles.Neuron) -> Neuron:
    activation = neuron.function or ("linear" if neuron.activation is None else str(neuron.output.op.name))
    return Neuron(_terms(neuron), neuron.sum, neuron.output, activation, neuron.steps, neuron.slope)


def _terms(neuron: roles.Neuron) -> tuple[Term, ...]:
    """The rows of a neuron: for each of its terms the node that computes it, and the places of its operands."""
    if is_weighted_sum(neuron.sum) and not neuron.parts:
        weights, inputs, bias = weights_inputs_bias(range(len(neuron.sum.operands)))
        terms = [Term(neuron.sum, weight, signal) for weight, signal in zip(weights, inputs)]
        return (*terms, Term(neuron.sum, bias, None)) if neuron.biases else tuple(terms)
    nodes = (*neuron.parts, neuron.sum)
    of_dots = [node for node in nodes if is_weighted_sum(node)]
    terms = []
    for node in of_dots:
        weights, inputs, _ = weights_inputs_bias(range(len(node.operands)))
        terms += [Term(node, weight, signal) for weight, signal in zip(weights, inputs)]
    for weight in neuron.weights:
        if weight.product is not None:
            place = int(weight.product.operands[1] is weight.signal)
            terms.append(Term(weight.product, 1 - place, place))
    products = {term.node for term in terms} - set(of_dots)
    sums = [node for node in nodes if node not in products]
    terms += [_bias(added, sums) for added in neuron.biases]
    return tuple(terms)


def _bias(added: roles.Term, nodes: Sequence[Node]) -> Term:
    """The row of a bias: the node among some sums that adds it."""
    places = [
        (node, index) for node in nodes for index, operand in enumerate(node.operands) if operand is added.parameter
    ]
    return Term(*places[-1], None, added.signal)


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


def _samples(root: Node, found: roles.Network) -> list[Node]:
    """The losses of a batch's samples: terms of a sum whose neurons are others, with the same weights."""
    neurons = {neuron.output: neuron for neuron in found.neurons}
    ends = _ends(root, neurons)
    if len(ends) < 2 or any(end in neurons for end in ends):
        return [root]
    members = [{node for node in topological_order(end) if node in neurons} for end in ends]
    of_samples = [(end, nodes) for end, nodes in zip(ends, members) if nodes]  # not those of a penalty on the weights
    weights = [{_parameters_of(neurons[node]) for node in nodes} for _, nodes in of_samples]
    is_apart = sum(len(nodes) for _, nodes in of_samples) == len(set[Node]().union(*members))
    if len(of_samples) < 2 or not is_apart or any(each != weights[0] for each in weights):
        return [root]
    return [end for end, _ in of_samples]


def _parameters_of(neuron: roles.Neuron) -> tuple[int, ...]:
    return tuple(map(id, neuron.parameters))


def _ends(root: Node, neurons: Mapping[Node, roles.Neuron]) -> list[Node]:
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


def _pairs(found: roles.Network, layers: Sequence[Layer], within: Sequence[Node], end: Node) -> list[Pair]:
    """Each output of the network with its place in the loss and its target."""
    read = set(found.outputs)
    outputs = [neuron.output for layer in layers for neuron in layer.neurons if neuron.output in read]
    if end.op is not None and end.op.kind == "loss":
        return _pairs_of_a_loss(outputs, end)
    compared = {}
    for node in within:
        if found.in_loss(node) and node.op.name == "-":
            left, right = node.operands
            compared[left] = right, (node, 1)
            compared.setdefault(right, (left, (node, 0)))
    pairs = []
    for output in outputs:
        other, place = compared.get(output, (output, None))
        is_target = type(other) is float or not other.operands
        pairs.append(Pair(output, None, place if is_target else None, class_of=False))
    return pairs


def _pairs_of_a_loss(outputs: Sequence[Node], loss: Node) -> list[Pair]:
    """The same for a loss of one node: outputs, and then as many targets or the index of a class."""
    places: dict[Any, int] = {}
    for index, operand in enumerate(loss.operands):
        if type(operand) is not float:
            places.setdefault(operand, index)
    count, produced = len(loss.operands), set(outputs)
    class_of = count > 2 and all(type(each) is not float and each in produced for each in loss.operands[:-1])
    pairs = []
    for output in outputs:
        use = places.get(output)
        target = None
        if use is not None and class_of:
            target = loss, count - 1
        elif use is not None and use < count // 2:
            target = loss, use + count // 2
        pairs.append(Pair(output, use, target, class_of))
    return pairs
