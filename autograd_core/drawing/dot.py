"""An arranged graph in the DOT language: its nodes and its edges."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from autograd_core.drawing.arrangement import Arrangement, Box, Constant, Edge, Item
from autograd_core.drawing.graphviz import in_label
from autograd_core.drawing.legend import legend
from autograd_core.drawing.look import KIND_SYMBOLS, ROLE_FILLS, Look, Role, is_loud, module_title, shows_labels
from autograd_core.drawing.neuron_order import (
    in_reading_order,
    keeps_order,
    signals_before_weights,
    sums_beside_each_other,
)
from autograd_core.graph import Node, gradient_of, is_weighted_sum, passed_on
from autograd_core.notation.numbers import one_line, printable
from autograd_core.notation.symbols import derivative_formula
from autograd_core.theme import KIND_COLORS, LIGHT

if TYPE_CHECKING:
    from graphviz import Digraph

_INK, _QUIET, _LINE, _FADED, _LOUD = (LIGHT[role] for role in ("ink", "quiet", "line", "faded", "loud"))
_CARD = ROLE_FILLS["operation"]
_FADED_INK = "#8f97a1"  # on light and dark alike
_MESSAGE_WIDTH, _LONGEST_MESSAGE = 40, 200  # of what failed, in characters
_MOST_SORTS = 4  # of members that a box lists


def dot_source(arrangement: Arrangement, look: Look) -> str:
    """The graph in the DOT language, with the ids of :func:`node_ids` and :func:`drawn_edges`."""
    import graphviz

    font = {"fontname": "Helvetica,Arial,sans-serif", "fontcolor": _INK, "fontsize": "11"}
    graph = graphviz.Digraph(
        "graph",
        graph_attr={
            **font,
            "fontsize": "9",  # of the legend
            "rankdir": look.rankdir,
            "bgcolor": LIGHT["background"],
            "nodesep": "0.1",
            "ranksep": "0.4",
            "label": legend(arrangement, look),
            "labelloc": "b",
            "labeljust": "l",
        },
        node_attr={**font, "shape": "box", "margin": "0.1,0.05", "height": "0.3", "width": "0.3"},
        edge_attr={**font, "fontsize": "10", "arrowsize": "0.6"},
    )
    ids = node_ids(arrangement)
    for box, node_id in ids.items():
        order = {"ordering": "in"} if keeps_order(box) else {}
        graph.node(node_id, id=node_id, **_node(box, look), **order)
    for edge_id, (start, end), edges in sorted(drawn_edges(arrangement), key=lambda edge: in_reading_order(edge[2][0])):
        attributes = _edge(*edges[0], look) if len(edges) == 1 else _bundle(edges, look)
        if not shows_labels(arrangement):
            del attributes["label"]
        graph.edge(ids[start], ids[end], id=edge_id, **attributes)
    _put_in_order(graph, arrangement, ids, look)
    return str(graph.source)


def _put_in_order(graph: Digraph, arrangement: Arrangement, ids: dict[Box, str], look: Look) -> None:
    """Edges that are not drawn, for the sake of where nodes stand."""
    box_of = {member: box for box in ids for member in box.members}
    for start, end in signals_before_weights(arrangement):
        graph.edge(ids[start], ids[end], style="invis", weight="0")
    for boxes in sums_beside_each_other(look.network, box_of):
        with graph.subgraph() as rank:
            rank.attr(rank="same")
            for above, below in pairwise(boxes):
                rank.edge(ids[above], ids[below], style="invis")


def node_ids(arrangement: Arrangement) -> dict[Box, str]:
    """The ids of the drawing's nodes: n0, n1 … in the order of the arrangement's boxes."""
    return {box: f"n{position}" for position, box in enumerate(arrangement.boxes)}


def drawn_edges(arrangement: Arrangement) -> Iterator[tuple[str, tuple[Box, Box], Sequence[Edge]]]:
    """The edges of the drawing: the id, the two ends, and the edges of the graph that are drawn as this one.

    The edge to a node's operand 2 is n5-2; where an end is a box of several nodes, all edges from one to the other are
    n3-to-n5.
    """
    ids = node_ids(arrangement)
    for (start, end), edges in arrangement.bundles.items():
        if len(start.members) == len(end.members) == 1:
            for edge in edges:
                yield f"{ids[end]}-{edge[2]}", (start, end), [edge]
        else:
            yield f"{ids[start]}-to-{ids[end]}", (start, end), edges


# -- nodes --------------------------------------------------------------------------------------------------------


class _Colors(NamedTuple):
    """The colours of one node: its surface, its frame, its text, and the line with its gradient."""

    fill: str
    border: str
    ink: str
    quiet: str


def _node(box: Box, look: Look) -> dict[str, str]:
    """The attributes of one node of the drawing."""
    single = len(box.members) == 1
    role = look.role(box.members[0]) if single else "several nodes"
    colors = _colors(box, role, look)
    lines = _item_lines(box, colors.quiet, look) if single else _box_lines(box, colors.quiet, look)
    is_root = box.members[-1] is look.root
    return {
        "label": f"<{'<BR/>'.join(lines)}>",
        "tooltip": _plain(_tooltip(box.members[0], look) if single else box.title),
        "style": "filled" if role == "operation" else "filled,rounded",
        "fillcolor": colors.fill,
        "color": LIGHT["root"] if is_root else "transparent" if role == "constant" else colors.border,
        "fontcolor": colors.ink,
        "penwidth": "2.6" if is_root or colors.border == _LOUD else "1",
    }


def _colors(box: Box, role: Role, look: Look) -> _Colors:
    if look.highlights and not any(member in look.strong for member in box.members):
        return _Colors("transparent", _FADED, _FADED_INK, _FADED_INK)
    is_to_blame = any(member is look.culprit for member in box.members)
    if is_to_blame or not all(math.isfinite(member.data) for member in box.members):
        return _Colors(_LOUD, _LOUD, _CARD, _CARD)
    fill = ROLE_FILLS[role] if look.color_by == "kind" else look.gradient_color(box.members)
    if any(map(is_loud, box.members)):
        return _Colors(fill, _LOUD, _INK, _LOUD)
    return _Colors(fill, _QUIET, _INK, _QUIET if look.color_by == "kind" else _INK)


def _item_lines(box: Box, quiet: str, look: Look) -> list[str]:
    """What stands in the node of one item, as lines of Graphviz's HTML."""
    (item,) = box.members
    if isinstance(item, Constant):
        return [look.number(item.data)]
    lines = [_bold(look.title(item))]
    if look.culprit is not None and item is look.culprit:
        lines += [in_label(line) for line in wrap(printable(look.message)[:_LONGEST_MESSAGE], _MESSAGE_WIDTH)]
        if not hasattr(look.culprit.op, "partials"):
            return lines  # an operation that failed has no number
    if look.role(item) == "parameter":
        lines = [f"{lines[0]} {look.number(item.data)}"]
    elif is_weighted_sum(item) and look.modules[item]:
        lines += [_small("s = Σ w·x + b", quiet), look.number(item.data)]
    else:
        lines.append(look.number(item.data))
    if look.backward_has_run:
        lines.append(_small(f"grad {look.number(gradient_of(item))}", quiet))
    elif gradient_of(item) != 0.0:
        lines.append(_small(f"grad {look.number(gradient_of(item))}, from before", quiet))
    return lines


def _box_lines(box: Box, quiet: str, look: Look) -> list[str]:
    """What stands in a box of several items: what they are, and how large their gradients get."""
    sorts = Counter(_sort(item, look) for item in box.members).most_common()
    lines = [_bold(one_line(module_title(box.title)))] if box.title else []
    if len(sorts) > 1:
        lines.append(f"{len(box.members):,} nodes")
    lines += [in_label(f"{number_of:,} {sort}") for sort, number_of in sorts[:_MOST_SORTS]]
    if len(sorts) > _MOST_SORTS:
        lines.append("…")
    if loud := sum(map(is_loud, box.members)):
        lines.append(_bold(f"{loud:,} with nan or inf"))
    gradients = [abs(gradient_of(item)) for item in box.members if not isinstance(item, Constant)]
    if gradients and look.backward_has_run and not loud:
        lines.append(_small(f"grad up to ±{look.number(max(gradients))}", quiet))
    return lines


def _sort(item: Item, look: Look) -> str:
    role = look.role(item)
    if role == "operation":
        return str(item.op.name)
    return "leaves" if role == "leaf" else f"{role}s"


def _tooltip(item: Item, look: Look) -> str:
    if isinstance(item, Constant):
        return f"the constant {item.data!r}"
    return f"{look.names.of(item)}: data {item.data!r}, grad {gradient_of(item)!r}"


# -- edges --------------------------------------------------------------------------------------------------------


def _edge(operand: Item, node: Node, operand_index: int, look: Look) -> dict[str, str]:
    derivative = node.local_derivatives[operand_index]
    if derivative is None:
        reason = "a constant gets no gradient" if isinstance(operand, Constant) else "no gradient flows here"
        return {"label": "", "tooltip": reason, **_stroke(_LINE, operand, look), "style": "dashed"}
    kind = look.network.kind(node, operand_index)
    contribution = passed_on(gradient_of(node), derivative)
    if contribution is None:
        contribution = 0.0
    is_plain = look.is_plain(node, operand_index)
    text = "" if is_plain else f"{KIND_SYMBOLS[kind]} {look.number(derivative)}"
    tooltip = derivative_formula(node, operand_index, look.names, digits=12)
    if look.backward_has_run:
        tooltip += f"\ntimes upstream {gradient_of(node)!r}\nadds {contribution!r}"
        text = f"{text}\nadds {look.number(contribution)}".strip() if look.contributions else text
    color = (_LINE if is_plain else KIND_COLORS[kind]) if math.isfinite(derivative) else _LOUD
    return {"label": text, "tooltip": _plain(tooltip), **_stroke(color, operand, look)}


def _bundle(edges: Sequence[Edge], look: Look) -> dict[str, str]:
    """Several edges drawn as one."""
    kinds = {look.network.kind(node, index) for _, node, index in edges if node.local_derivatives[index] is not None}
    color = KIND_COLORS[kinds.pop()] if len(kinds) == 1 else KIND_COLORS["other"] if kinds else _LINE
    strong = [operand for operand, _, _ in edges if operand in look.strong]
    text = f"{len(edges):,} edges"
    return {"label": text, "tooltip": text, **_stroke(color, strong[0] if strong else edges[0][0], look)}


def _stroke(color: str, operand: Item, look: Look) -> dict[str, str]:
    """Colour and width of an edge."""
    if look.highlights and operand not in look.strong:
        return {"color": _FADED, "fontcolor": _FADED, "penwidth": "1"}
    loud = color == _LOUD
    width = "2.8" if look.highlights or loud else "1.4"
    return {"color": color, "fontcolor": _LOUD if loud else _INK, "penwidth": width}


# -- text ---------------------------------------------------------------------------------------------------------


def _bold(text: str) -> str:
    return f"<B>{in_label(text)}</B>"


def _small(text: str, color: str) -> str:
    return f'<FONT COLOR="{color}" POINT-SIZE="10">{in_label(text)}</FONT>'


def _plain(text: str) -> str:
    """A string that Graphviz takes as it is: no HTML, and a backslash is a backslash."""
    import graphviz

    return str(graphviz.escape(text))
