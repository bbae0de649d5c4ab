"""A graph as plain data for the page, node by node: with it the page computes both passes, and writes them out.

No number that the page computes is in it, and no text with such a number: a formula has places like ``[0]`` for the
operands' numbers. So all that is shown follows when a number changes.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from autograd_core.drawing.arrangement import Arrangement, Constant, Item
from autograd_core.drawing.dot import drawn_edges
from autograd_core.graph import Node, edge_kind, is_weighted_sum, topological_order
from autograd_core.notation.expression import as_one_word, operation
from autograd_core.notation.labels import modules_of
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number
from autograd_core.notation.symbols import (
    derivative_symbol,
    derivative_template,
    is_one_placeholder,
    operands_named,
    with_symbols,
)
from autograd_core.replay.node_functions import NodeFunctions
from autograd_core.stepping.steps import Step

Record = dict[str, Any]


def graph_data(root: Node, arrangement: Arrangement) -> Record:
    """What the page knows of a graph: nodes by the drawing's ids n0, n1 …, edges in the operands' order.

    Numbers are strings, as ``repr`` writes them.

    Args:
        root: where the graph ends.
        arrangement: the graph as it is drawn, each node by itself.

    Returns:
        ``nodes``, ``edges``, the topological ``order``, and the ``functions`` that compute nodes, or in ``still`` the
        reason why numbers cannot be changed.
    """
    graph = _Graph(root, arrangement)
    data = {"nodes": graph.nodes(), "edges": graph.edges(), "order": [graph.position[node] for node in graph.order]}
    return data | ({"functions": graph.functions.source()} if graph.functions else {"still": graph.still})


class _Graph:
    def __init__(self, root: Node, arrangement: Arrangement) -> None:
        self.root = root
        self.arrangement = arrangement
        self.order = topological_order(root)
        self.names = NodeNames(self.order)
        self.modules = modules_of(self.order)
        self.network = self.names.network
        self.items: list[Item] = [box.members[0] for box in arrangement.boxes]
        self.position: dict[Item, int] = {item: position for position, item in enumerate(self.items)}
        self.functions: NodeFunctions | None = None
        self.still = ""
        try:
            self.functions = NodeFunctions(self.order)
        except ValueError as error:
            self.still = f"Numbers cannot be changed here: {error}."
        self.taken = {self.names.of(node) for node in self.order}
        self.uses: dict[Item, list[tuple[Node, int]]] = {}
        for edges in arrangement.bundles.values():
            for item, node, index in edges:
                self.uses.setdefault(item, []).append((node, index))

    # -- nodes --

    def nodes(self) -> list[Record]:
        return [self._constant(item) if isinstance(item, Constant) else self._node(item) for item in self.items]

    def _constant(self, item: Constant) -> Record:
        record = {"name": number(item.data), "exact": repr(item.data), "constant": True}
        role = _role_of_constant(self.uses[item])
        return record | ({"role": role, "title": self._title(item, role)} if role else {})

    def _node(self, node: Node) -> Record:
        name = self.names.of(node)
        record: Record = {"name": name, "exact": repr(node.data)}
        if (word := as_one_word(name)) != name:
            record["word"] = word
        if modules := self.modules[node]:
            record["module"] = modules[-1]
        if not node.operands:
            return record | {"role": "parameter" if node in self.network.parameters else "input"}
        record |= {"formula": self.names.operation(node), "numbers": operation_with_places(node)}
        return record | ({"computes": self.functions.index[node]} if self.functions else {})

    def _title(self, item: Constant, role: str) -> str:
        """What a constant that can be changed is called; no node is, and no other constant."""
        node, index = self.uses[item][0]
        half = len(node.operands) // 2
        title = f"{role} {index - half}" if half > 1 else role
        others = itertools.chain([title], (f"{title}#{count}" for count in itertools.count(2)))
        title = next(other for other in others if other not in self.taken)
        self.taken.add(title)
        return title

    # -- edges --

    def edges(self) -> list[Record]:
        drawn = list(drawn_edges(self.arrangement))
        by_operand = sorted(drawn, key=lambda edge: edge[2][0][2])
        return [self._edge(edge_id, *edges[0]) for edge_id, _, edges in by_operand]

    def _edge(self, edge_id: str, item: Item, node: Node, index: int) -> Record:
        record: Record = {"id": edge_id, "from": self.position[item], "to": self.position[node], "index": index}
        record["kind"] = self.network.kind(node, index)
        if isinstance(item, Constant):
            return record
        derivative = node.local_derivatives[index]
        template = derivative_template(node, index)
        step = Step(0, node, item, index, 0.0, 0.0, 0.0, 0.0, 0.0, "", self.names)
        return record | {
            "local": None if derivative is None else repr(derivative),
            "symbol": derivative_symbol(node, index, self.names),
            "formula": with_symbols(template, node, index, self.names),
            "at": [[self.names.of(each), self.position[each]] for each in _evaluated_at(template, node, index)],
            "reason": step.reason,
        }


def _evaluated_at(template: str, node: Node, operand_index: int) -> list[Node]:
    """The operands whose numbers a derivative is evaluated at; none where it is just one of them."""
    if is_one_placeholder(template):
        return []
    return operands_named(template, node, operand_index) if template else [node.operands[operand_index]]


def _role_of_constant(uses: list[tuple[Node, int]]) -> str:
    """What a number among the operands is, where it makes sense to change it: a network's input, or a target."""
    node, index = uses[0]
    kind = edge_kind(node, index)
    if kind == "weight":
        return "input"
    half = len(node.operands) // 2
    texts = (node.op.derivative,) if isinstance(node.op.derivative, str) else node.op.derivative
    is_target = kind == "loss" and half <= index < 2 * half and any("{partner}" in text for text in texts)
    return "target" if is_target else ""


# -- formulas with places for numbers ------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Stands for an operand whose number the page fills in."""

    label: str
    op: None = None


class _WithPlaces(NamedTuple):
    """Stands for a node whose operands' numbers the page fills in."""

    op: Any
    operands: tuple[Any, ...]


def operation_with_places(node: Node) -> str:
    """The operation that computed a node, with ``[0]``, ``[1]`` … where the numbers of its operands are to stand.

    >>> import autograd_core as ag
    >>> operation_with_places(ag.dot([ag.Value(1.0)], [2.0], ag.Value(3.0)))
    '[0]·[1] + [2]'
    """
    places: list[Any] = [_Place(f"[{index}]") for index in range(len(node.operands))]
    if is_weighted_sum(node) and type(node.operands[-1]) is float:
        places[-1] = node.operands[-1]  # a bias of 0 is not written
    stand_in: Any = _WithPlaces(node.op, tuple(places))
    return operation(stand_in, lambda place: place.label)
