"""Activations: functions of one weighted sum alone, by their primitive or written out, as in ``1 / (1 + exp(-s))``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from autograd_core.graph import Node
from autograd_core.primitives.primitive import TABLE, Primitive

_PROBES = (-2.3, -0.7, -0.1, 0.4, 1.1, 2.9)
_MOST_STEPS = 16  # of an activation that is written out


def regions(computed: Sequence[Node], sums: Collection[Node]) -> dict[Node, list[Node]]:
    """For each sum, the nodes that are computed from it and constants alone, the first few in topological order.

    Args:
        computed: the nodes of the graph that were computed, in topological order.
        sums: the roots of the sums.
    """
    regions: dict[Node, list[Node]] = {each: [] for each in sums}
    origins: dict[Node, Node] = {each: each for each in sums}
    for node in computed:
        if node in regions:
            continue
        sources = {origins.get(operand) for operand in node.operands if type(operand) is not float}
        origin = sources.pop() if len(sources) == 1 else None
        if origin is not None and len(regions[origin]) < _MOST_STEPS:
            regions[origin].append(node)
            origins[node] = origin
    return regions


def activation_called(name: str) -> Primitive:
    """The table's activation of that name."""
    return TABLE[name]


def bottlenecks(start: Node, region: Sequence[Node], consumers: Mapping[Node, Sequence[Node]]) -> list[int]:
    """The places in a region of the nodes that everything computed from ``start`` passes, in topological order."""
    inside = {start, *region}
    open_edges = len(consumers[start])
    passed = []
    for place, node in enumerate(region):
        used = len([operand for operand in node.operands if type(operand) is not float and operand in inside])
        if used == open_edges:
            passed.append(place)
        open_edges += len(consumers[node]) - used
    return passed


def activation_after(
    start: Node,
    region: Sequence[Node],
    consumers: Mapping[Node, Sequence[Node]],
    signals: Collection[Node],
    outputs: Collection[Node],
) -> tuple[tuple[Node, ...], str] | None:
    """The activation of a sum: the nodes from the first step to the activation itself, and what it is called.

    Args:
        start: the sum.
        region: the nodes that are computed from it alone.
        consumers: for each node, the nodes that have it as an operand.
        signals: what weights multiply; such a function of the sum is an activation whatever it is.
        outputs: where the network ends, so that the same holds there.

    Returns:
        None where the sum goes into no activation, or is used otherwise as well.
    """
    places = bottlenecks(start, region, consumers)
    if places and places[0] == 0 and region[0].op.kind == "activation":
        return tuple(region[:1]), region[0].op.name
    written_out = places[1:] if places[:1] == [0] and _is_function(region[0]) else places
    if written_out:
        values = _values(start, region)
        for place in written_out:
            if name := _name_of(values.get(region[place])):
                return tuple(region[: place + 1]), name
    for place in places:
        if region[place] in signals or region[place] in outputs:
            return tuple(region[: place + 1]), ""
    return None


def _is_function(node: Node) -> bool:
    """Whether a node is a function such as ``sin``, which is none of the activations by itself."""
    return bool(node.op.kind == "function") and len(node.operands) == 1


def _values(start: Node, region: Iterable[Node]) -> dict[Node, Sequence[float]]:
    """What the nodes of a region are for each of some values of the sum; those of the package's own primitives."""
    values: dict[Node, Sequence[float]] = {start: _PROBES}
    for node in region:
        op = TABLE.get(node.op.name)
        if op is None or op is not node.op:
            continue
        columns = [(each,) * len(_PROBES) if type(each) is float else values.get(each) for each in node.operands]
        if None not in columns:
            values[node] = [op.forward(*row) for row in zip(*columns)]
    return values


def _name_of(values: Sequence[float] | None) -> str:
    """What an activation with these values at the probes is called; empty where the table has none."""
    if values is None:
        return ""
    for name, others in _known_values().items():
        if _are_close(values, others):
            return name
    slope = values[0] / _PROBES[0]
    is_leaky = slope != 1.0 and _are_close(values, [x if x > 0.0 else slope * x for x in _PROBES])
    return "leaky_relu" if is_leaky else ""


def _are_close(values: Sequence[float], others: Sequence[float]) -> bool:
    """Whether numbers of ordinary size agree to nine digits; nan agrees with nothing."""
    return max([-1.0 if abs(a - b) <= 1e-9 else 1.0 for a, b in zip(values, others)]) < 0.0


@cache
def _known_values() -> dict[str, list[float]]:
    """The table's activations of one operand at the probes."""
    known = {}
    for name, op in TABLE.items():
        if op.kind == "activation" and "{1}" not in op.source:
            known[name] = [op.forward(x) for x in _PROBES]
    return known
