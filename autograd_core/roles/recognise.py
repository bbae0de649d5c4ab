"""What the nodes of a graph are: :func:`network_of`.

Three things are looked for, each linear in the size of the graph: sums of products, which of a product's operands is
the parameter, and the functions of one sum alone. A sum is a neuron's if it

- is a weighted sum of one node (``dot``),
- goes into an activation,
- weights several signals of which one was computed, or has a parameter that is labelled as one,
- is compared with a target, by a loss or a squared difference, or
- reads a neuron's output, or is read by one.

What is none of these stays what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from autograd_core.graph import Node, consumers_in, is_weighted_sum, order_of_all, topological_order
from autograd_core.primitives.primitive import TABLE
from autograd_core.roles.activations import activation_after, regions
from autograd_core.roles.network import Network, Neuron
from autograd_core.roles.parameters import PARAMETER, is_product, role_by_label, weight_indices
from autograd_core.roles.sums import Sum, sums_in, terms_of

_TIMES, _MINUS, _POWER, _SQUARE, _ABS = (TABLE[name] for name in ("*", "-", "**", "square", "abs"))


def network_of(
    root: Node, outputs: Sequence[Node] = (), parameters: Collection[Node] = (), asked: Collection[Node] = ()
) -> Network:
    """Find the neurons in a graph, and the loss after them.

    Args:
        root: where the graph ends.
        outputs: where the network ends, if it cannot be seen: what is computed from them is the loss.
        parameters: leaves that are parameters for certain.
        asked: what gradients are asked for; where a product of two leaves could be read both ways, such a leaf is its
            parameter.

    >>> import autograd_core as ag
    >>> w, v, x = ag.Value(0.5), ag.Value(-1.0), ag.Value(2.0)
    >>> s = sum([w * x]) + v
    >>> loss = (1 / (1 + (-s).exp()) - 1.0) ** 2
    >>> [neuron] = network_of(loss).neurons
    >>> neuron.sum is s, neuron.function, len(neuron.steps)
    (True, 'sigmoid', 3)
    """
    return network_in(topological_order(root), outputs, parameters, asked)


def network_in(
    order: Sequence[Node], outputs: Sequence[Node] = (), parameters: Collection[Node] = (), asked: Collection[Node] = ()
) -> Network:
    """:func:`network_of` the last node of a topological order."""
    within = order_of_all(outputs) if outputs else order
    computed = [node for node in within if node.operands]
    products = [node for node in computed if node.op is _TIMES and is_product(node)]
    whole_sums = [node for node in computed if node.op.kind == "weighted_sum"]
    if not (products or whole_sums or outputs):
        return Network((), (order[-1],), ())
    consumers_of = consumers_in(order)
    sums = sums_in(computed, consumers_of, {*products, *whole_sums})
    weight_index = weight_indices(products, whole_sums, sums, parameters, asked) if products else {}
    if len(weight_index) < len(products):  # some are of two parameters, or two signals
        sums = sums_in(computed, consumers_of, {*weight_index, *whole_sums})
    candidates = {each.root: _Candidate(each, weight_index) for each in sums}
    activations = _activations(computed, consumers_of, candidates, outputs)
    accepted = _accepted(candidates, activations, consumers_of, outputs)
    neurons = _neurons(order, [candidates[each] for each in order if each in accepted], activations)
    loss = _loss(order, neurons, outputs)
    return Network(neurons, _outputs(loss) or (order[-1],), loss)


class _Candidate:
    """A sum that may be a neuron's."""

    __slots__ = ("biases", "found", "weights")

    def __init__(self, found: Sum, weight_index: Mapping[Node, int]) -> None:
        self.found = found
        self.weights, self.biases = terms_of(found, weight_index)

    @property
    def root(self) -> Node:
        return self.found.root

    def signals(self) -> Iterable[Node]:
        """The signals that are nodes."""
        return [term.signal for term in self.weights if type(term.signal) is not float]


_Activations = dict[Node, tuple[tuple[Node, ...], str]]
"""For each sum that goes into an activation: the nodes up to it, itself the last, and what it is called."""


def _activations(
    order: Sequence[Node],
    consumers_of: Mapping[Node, Sequence[Node]],
    candidates: Mapping[Node, _Candidate],
    outputs: Sequence[Node],
) -> _Activations:
    signals = {signal for each in candidates.values() for signal in each.signals()}
    ends = set(outputs)
    found = {}
    for root, region in regions(order, candidates).items():
        if root in ends:
            continue
        if activation := activation_after(root, region, consumers_of, signals, ends):
            found[root] = activation
    return found


def _accepted(
    candidates: Mapping[Node, _Candidate],
    activations: _Activations,
    consumers_of: Mapping[Node, Sequence[Node]],
    outputs: Sequence[Node],
) -> set[Node]:
    """The sums that are neurons' for themselves, and those that are connected with them."""
    source = {(activations[root][0][-1] if root in activations else root): root for root in candidates}
    neighbours: dict[Node, list[Node]] = {root: [] for root in candidates}
    for root, candidate in candidates.items():
        for signal in candidate.signals():
            if signal in source:
                neighbours[root].append(source[signal])
                neighbours[source[signal]].append(root)
    ends = {source[output] for output in outputs if output in source}
    waiting = [
        root
        for root, candidate in candidates.items()
        if root in ends or _is_neuron(candidate, root in activations and bool(activations[root][1]), consumers_of)
    ]
    accepted = set(waiting)
    while waiting:
        for neighbour in neighbours[waiting.pop()]:
            if neighbour not in accepted:
                accepted.add(neighbour)
                waiting.append(neighbour)
    return accepted


def _is_neuron(candidate: _Candidate, is_activated: bool, consumers_of: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether a sum can be seen to be a neuron's without looking at others."""
    if any(map(is_weighted_sum, candidate.found.products)):
        return True
    weights = [term.parameter for term in candidate.weights if type(term.parameter) is not float]
    if any(role_by_label(weight) is PARAMETER for weight in weights):
        return True
    several = len(candidate.weights) + len(candidate.biases) > 1
    if is_activated:
        return several or len(list(candidate.signals())) > 0
    if len(candidate.weights) > 1 and any(signal.operands for signal in candidate.signals()):
        return True
    return several and _is_compared(candidate.root, consumers_of)


def _is_compared(node: Node, consumers_of: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether a loss follows, or the square of a difference from a leaf or constant."""
    for consumer in consumers_of[node]:
        if consumer.op.kind == "loss":
            return True
        if consumer.op is _MINUS:
            left, right = consumer.operands
            other = right if left is node else left
            is_target = type(other) is float or not other.operands
            if is_target and any(map(_is_square, consumers_of[consumer])):
                return True
    return False


def _is_square(node: Node) -> bool:
    """Whether a node is the square, or the size, of one number."""
    if node.op is _TIMES:
        return node.operands[0] is node.operands[1]
    if node.op is _POWER:
        return type(node.operands[1]) is float and node.operands[1] == 2.0
    return node.op is _SQUARE or node.op is _ABS


def _neurons(order: Sequence[Node], accepted: Sequence[_Candidate], activations: _Activations) -> tuple[Neuron, ...]:
    by_root = {each.root: each for each in accepted}
    depths: dict[Node, int] = {}
    repeats: dict[tuple[int, ...], int] = {}
    neurons = []
    for node in order:
        depth = max([depths[operand] for operand in node.operands if operand in depths], default=0)
        candidate = by_root.get(node)
        if candidate is None:
            if depth:
                depths[node] = depth
            continue
        depths[node] = depth + 1
        key = tuple([id(term.parameter) for term in (*candidate.weights, *candidate.biases)])
        repeats[key] = repeats.get(key, -1) + 1
        steps, function = activations.get(node, ((), ""))
        neurons.append(
            Neuron(
                sum=node,
                weights=candidate.weights,
                biases=candidate.biases,
                parts=candidate.found.parts,
                activation=steps[-1] if steps else None,
                steps=steps[:-1],
                function=function,
                layer=depth,
                repeat=repeats[key],
            )
        )
    return tuple(neurons)


def _loss(order: Sequence[Node], neurons: Sequence[Neuron], outputs: Sequence[Node]) -> tuple[Node, ...]:
    before = {*[neuron.output for neuron in neurons], *outputs}
    if not before:
        return ()
    loss = []
    for node in reversed(order):
        if node in before:
            before.update([operand for operand in node.operands if type(operand) is not float])
        elif node.operands:
            loss.append(node)
    return tuple(reversed(loss))


def _outputs(loss: Sequence[Node]) -> tuple[Node, ...]:
    in_loss = set(loss)
    read = {
        operand: None
        for node in loss
        for operand in node.operands
        if type(operand) is not float and operand.operands and operand not in in_loss
    }
    return tuple(read)
