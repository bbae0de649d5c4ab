"""In which order Graphviz is told of a neuron's parts, so that parameters stand left of their sum, in index order.

Graphviz sorts what is on one rank by itself, and knows no indices. It keeps the order of the edges that enter a node
with ``ordering=in``, so those of a weighted sum are written w₀, x₀, w₁, x₁, …, b: each signal passes under its weight.
A signal that has an edge to the first weight of a sum, drawn or not, stands left of all its weights. The sums of a
layer are one below the other along a chain of edges that are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autograd_core.drawing.arrangement import Arrangement, Box, Edge, Item
from autograd_core.graph import Node, edge_kind, is_weighted_sum
from autograd_core.roles.network import Network

_MOST_BESIDE = 40  # neurons of a layer that are kept in their order: Graphviz takes long for more


def in_reading_order(edge: Edge) -> tuple[int, int]:
    """What the edges into one node are sorted by: a weighted sum's w₀, x₀, w₁, x₁, …, b; any other's operands."""
    _, node, index = edge
    if not is_weighted_sum(node):
        return index, 0
    count = len(node.operands) // 2
    return (index, 0) if index < count else (index - count, 1) if index < 2 * count else (count, 0)


def keeps_order(box: Box) -> bool:
    """Whether the edges into a box come in the order in which they are written."""
    return len(box.members) == 1 and _is_sum(box.members[0])


def signals_before_weights(arrangement: Arrangement) -> Iterator[tuple[Box, Box]]:
    """For each weighted sum the boxes of its signals, each with that of its first weight."""
    signals: dict[Box, dict[Box, None]] = {}
    first_weight: dict[Box, Box] = {}
    for (start, end), edges in arrangement.bundles.items():
        if keeps_order(end) and len(start.members) == 1:
            for item, node, index in edges:
                if edge_kind(node, index) == "weight":
                    signals.setdefault(end, {})[start] = None
                elif index == 0 and not getattr(item, "operands", ()):
                    first_weight[end] = start
    for end, weight in first_weight.items():
        for start in signals.get(end, ()):
            if start is not weight:
                yield start, weight


def sums_beside_each_other(network: Network, box_of: Mapping[Item, Box]) -> Iterator[Sequence[Box]]:
    """For each layer the boxes of its weighted sums, where each has one of its own."""
    for layer in network.layers:
        boxes = [box_of[neuron.sum] for neuron in layer if neuron.sum in box_of and _is_sum(neuron.sum)]
        if 1 < len(boxes) <= _MOST_BESIDE and all(map(keeps_order, boxes)):
            yield boxes


def _is_sum(item: Item) -> bool:
    node: Node = item
    return getattr(node, "op", None) is not None and is_weighted_sum(node)
