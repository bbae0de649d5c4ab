"""Which parts of a graph are drawn alone and which together, so that the picture of any graph can be read.

A small graph is drawn node by node. In a larger one the nodes of a module are drawn as one box: the innermost modules
first, though not those on a highlighted path, then these too, then the modules around them. Layers and neurons that are
recognised are modules, where no labels name any. Elsewhere a box holds the nodes that do the same at the same depth,
and in the last resort a whole range of depths.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd_core.graph import Node, edge_kind, topological_order
from autograd_core.notation.labels import check_modules, modules_of
from autograd_core.notation.numbers import counted
from autograd_core.roles.network import Network
from autograd_core.roles.recognise import network_of

DEPTH_RANGES = 12
EDGES_PER_NODE = 3  # with more than that no one can follow an edge, and the layout takes minutes
BUNDLES_PER_BOX = 5  # the same, for boxes of several nodes


class Constant:
    """A number among the operands: an item of a drawing, though not a node of the graph."""

    __slots__ = ("data",)

    def __init__(self, data: float) -> None:
        self.data = data


Item = Any
"""A node or a :class:`Constant`."""

Edge = tuple[Item, Node, int]
"""An operand, the node that has it as an operand, and as which."""


@dataclass(eq=False)
class Box:
    """What is drawn as one node.

    Attributes:
        title: what its members have in common; empty for a box of one item.
        members: nodes and constants, operands before what is computed from them.
    """

    title: str
    members: list[Item] = field(default_factory=list)


@dataclass
class Arrangement:
    """A graph as it is drawn.

    Attributes:
        boxes: what is drawn as one node each.
        bundles: the edges, by the boxes that they lead from and to; those within a box are not drawn.
        note: what was put together; empty if nothing was.
        node_count: how many nodes and constants there are.
        edge_count: how many edges there are, those within boxes included.
    """

    boxes: list[Box]
    bundles: dict[tuple[Box, Box], list[Edge]]
    note: str
    node_count: int
    edge_count: int

    @property
    def summary(self) -> str:
        """What is drawn, in one line."""
        summary = f"drawing of {counted(self.node_count, 'node')} and {counted(self.edge_count, 'edge')}"
        return f"{summary}, in {len(self.boxes)} boxes" if self.note else summary


def arrange(
    root: Node,
    max_nodes: int,
    kept: Collection[Node] = (),
    path: Collection[Node] = (),
    collapse: Sequence[str] = (),
    hide_constants: bool = False,
    network: Network | None = None,
) -> Arrangement:
    """Put the items of a graph into boxes, as few of them together as ``max_nodes`` boxes allow.

    Args:
        root: where the graph ends; it keeps a box of its own.
        max_nodes: how many boxes there may be, apart from those that are kept; more than ``DEPTH_RANGES``.
        kept: nodes that keep a box of their own.
        path: nodes whose modules are put together later than others.
        collapse: modules that are one box in any case.
        hide_constants: leave out the numbers among the operands.
        network: the neurons in the graph, which are modules where no labels name any; looked for if it is not given.

    Raises:
        ValueError: there is no such module to collapse.
    """
    sketch = _Sketch(root, path, collapse, hide_constants, network_of(root) if network is None else network)
    for grouping, note in sketch.groupings():  # the last way makes few boxes of any graph
        if len(set(grouping.values())) > max_nodes:
            continue
        arrangement = _arranged(sketch, grouping, {root, *kept}, note)
        most_edges = BUNDLES_PER_BOX * len(arrangement.boxes) if note else EDGES_PER_NODE * max_nodes
        if len(arrangement.boxes) <= max_nodes and len(arrangement.bundles) <= most_edges:
            break
    return arrangement


class _Group(NamedTuple):
    """What the members of a box have in common: a title, and what else sets them apart."""

    title: str
    mark: Any = None


class _Sketch:
    """A graph with its constants as items.

    A number that several weighted sums have as an input, such as a feature of a sample, is one item; any other
    constant is an item of its own for each use.
    """

    def __init__(
        self,
        root: Node,
        path: Collection[Node],
        collapse: Sequence[str],
        hide_constants: bool,
        network: Network,
    ) -> None:
        self.order = topological_order(root)
        self.modules: dict[Item, tuple[str, ...]] = {}
        self.items: list[Item] = []
        self.edges: list[Edge] = []
        shared: dict[tuple[int, int], Constant] = {}
        modules = _modules(self.order, network)
        check_modules(collapse, modules)
        self.collapse = frozenset(collapse)
        self.open_modules = {modules[node][-1] for node in path if modules[node]}
        for node in self.order:
            for index, operand in enumerate(node.operands):
                item = operand
                if type(operand) is float:
                    if hide_constants:
                        continue
                    if edge_kind(node, index) == "weight":
                        place = index - len(node.operands) // 2  # Python may keep two equal numbers as one
                        item = shared.setdefault((place, id(operand)), Constant(operand))
                        self.modules.setdefault(item, ())
                    else:
                        item = Constant(operand)
                        self.modules[item] = modules[node]
                self.edges.append((item, node, index))
            self.modules[node] = modules[node]
        self.items = list(self.modules)

    def groupings(self) -> Iterator[tuple[dict[Item, Any], str]]:
        """Ways to put items together, from fine to coarse: for each item its group, or itself; and what was done."""
        collapsed = {item: module for item in self.items for module in self.modules[item] if module in self.collapse}
        for grouping, note in self._ways(", ".join(sorted(self.collapse))):
            yield grouping | {item: _Group(module) for item, module in collapsed.items()}, note

    def _ways(self, collapsed: str) -> Iterator[tuple[dict[Item, Any], str]]:
        yield {item: item for item in self.items}, f"all nodes of {collapsed} are one box" if collapsed else ""
        levels = self._levels()
        alike = "nodes of the same operation at the same depth"
        deepest = max(map(len, self.modules.values()))
        if self.open_modules:
            apart = self._by_module(deepest, levels)
            for item in self.items:
                if not self.open_modules.isdisjoint(self.modules[item][-1:]):
                    apart[item] = item
            yield apart, f"each of the innermost modules off the highlighted paths is one box, and so are {alike}"
        for depth in range(deepest, 0, -1):
            which = "innermost" if depth == deepest else "outermost" if depth == 1 else "inner"
            yield self._by_module(depth, levels), f"each of the {which} modules is one box, and so are {alike}"
        if deepest == 0:
            yield self._by_module(0, levels), f"{alike} are one box"
        yield self._by_depth(levels), f"{DEPTH_RANGES} ranges of depth are one box each"

    def _by_module(self, depth: int, levels: dict[Item, int]) -> dict[Item, Any]:
        """Modules down to a depth; and what is in none: nodes by operation and level, leaves by what they go into."""
        grouping: dict[Item, _Group] = {}
        for item, modules in self.modules.items():
            if modules:
                grouping[item] = _Group(modules[:depth][-1])
            elif not _is_leaf_or_constant(item):
                grouping[item] = _Group(f"depth {levels[item]}", item.op)
        for operand, node, _ in self.edges:
            if operand not in grouping:
                grouping[operand] = _Group("", (_is_constant(operand), grouping[node]))
        return grouping

    def _by_depth(self, levels: dict[Item, int]) -> dict[Item, Any]:
        deepest = max(levels.values()) + 1
        bounds = [deepest * part // DEPTH_RANGES for part in range(DEPTH_RANGES + 1)]
        grouping = {}
        for item, level in levels.items():
            part = bisect_right(bounds, level) - 1
            grouping[item] = _Group(f"depth {bounds[part]} to {bounds[part + 1] - 1}")
        return grouping

    def _levels(self) -> dict[Item, int]:
        """How many operations deep each node is; a leaf or constant stands just before its first use."""
        levels: dict[Item, int] = {}
        for node in self.order:
            levels[node] = 1 + max(
                [levels[operand] for operand in node.operands if type(operand) is not float], default=-1
            )
        first_use: dict[Item, int] = {}
        for operand, node, _ in self.edges:
            if _is_leaf_or_constant(operand):
                first_use[operand] = min(first_use.get(operand, levels[node]), levels[node])
        return levels | {item: level - 1 for item, level in first_use.items()}


def _modules(order: Sequence[Node], network: Network) -> dict[Node, tuple[str, ...]]:
    """The modules of each node by labels, and by the neurons that are recognised where these name none."""
    modules = modules_of(order)
    numbers: dict[tuple[int, ...], int] = {}
    for layer_number, layer in enumerate(network.layers):
        neurons = 0
        for neuron in layer:
            if modules[neuron.sum]:
                continue
            key = (layer_number, *map(id, neuron.parameters))
            if key not in numbers:
                numbers[key], neurons = neurons, neurons + 1
            path = (f"layers.{layer_number}", f"layers.{layer_number}.neurons.{numbers[key]}")
            own = [each for each in neuron.parameters if type(each) is not float and not each.operands]
            for node in (*own, *neuron.parts, neuron.sum, *neuron.steps, neuron.output):
                modules[node] = modules[node] or path
    return modules


def _is_constant(item: Item) -> bool:
    return isinstance(item, Constant)


def _is_leaf_or_constant(item: Item) -> bool:
    """Whether an item is a leaf or a constant."""
    return _is_constant(item) or not item.operands


def _arranged(sketch: _Sketch, grouping: dict[Item, Any], kept: Collection[Item], note: str) -> Arrangement:
    boxes: dict[Any, Box] = {}
    box_of: dict[Item, Box] = {}
    for item in sketch.items:
        group = grouping.get(item, item)
        if item in kept or not isinstance(group, _Group):
            box_of[item] = boxes[item] = Box("")
        else:
            box_of[item] = boxes.setdefault(group, Box(group.title))
        box_of[item].members.append(item)
    bundles: dict[tuple[Box, Box], list[Edge]] = {}
    for edge in sketch.edges:
        ends = box_of[edge[0]], box_of[edge[1]]
        if ends[0] is not ends[1]:
            bundles.setdefault(ends, []).append(edge)
    return Arrangement(list(boxes.values()), bundles, note, len(sketch.items), len(sketch.edges))
