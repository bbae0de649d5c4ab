"""An arranged graph in the DOT language: its nodes, edges, frames around modules, and the legend below."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Literal, NamedTuple

from autograd_core.drawing.arrangement import Arrangement, Box, Constant, Edge, Item
from autograd_core.graph import EdgeKind, Node, edge_kind, gradient_of
from autograd_core.notation.numbers import number, one_line
from autograd_core.notation.symbols import derivative_formula, name
from autograd_core.theme import KIND_COLORS, KIND_NAMES, LIGHT

if TYPE_CHECKING:
    from graphviz import Digraph

ColorBy = Literal["kind", "gradient"]
Direction = Literal["LR", "TB", "RL", "BT"]
Role = Literal["leaf", "parameter", "constant", "operation", "several nodes"]

KIND_SYMBOLS: dict[EdgeKind, str] = {"input": "x", "weight": "w", "activation": "a′", "loss": "c′", "other": "∂"}
"""What stands before a local derivative at its edge, so that its kind can be read without colours."""

ROLE_FILLS: dict[Role, str] = {
    "leaf": "#dcebf9",
    "parameter": "#fdeab3",
    "constant": "#f1f2f4",
    "operation": "#fdfdfe",
    "several nodes": "#e4e7eb",
}

_INK, _QUIET, _LINE, _FADED, _LOUD = (LIGHT[role] for role in ("ink", "quiet", "line", "faded", "loud"))
_CARD = ROLE_FILLS["operation"]
_FADED_INK = "#8f97a1"  # on light and dark alike
_POSITIVE, _NEGATIVE = "#d55e00", "#0072b2"
_MOST_SORTS = 4  # of members that a box lists
_GRADIENT_DECADES = 4  # how far below the largest gradient a node's colour can still be seen

_LEGEND_WIDTH = 50  # in characters
_MOST_LABELS = 400  # finding places for more labels than this takes nearly all of the layout's time
_MOST_BUNDLE_LABELS = 40  # and the number of edges between boxes is not worth as much


@dataclass(frozen=True)
class Look:
    """How a graph is drawn.

    Attributes:
        root: the graph's root.
        strong: the nodes that stand out; all others are faded.
        highlights: whether some nodes are faded.
        parameters: the leaves that are parameters.
        backward_has_run: whether there are gradients to show.
        largest_gradient: the largest magnitude of a finite gradient.
        contributions: whether upstream × local derivative is written at the edges.
        color_by: what colours show.
        rankdir: where the graph leads to.
        digits: to how many digits numbers are written.
    """

    root: Node
    strong: Collection[Item]
    highlights: bool
    parameters: Collection[Node]
    backward_has_run: bool
    largest_gradient: float
    contributions: bool
    color_by: ColorBy
    rankdir: Direction
    digits: int

    def number(self, value: float) -> str:
        """A number as this drawing writes it."""
        return number(value, self.digits)

    def role(self, item: Item) -> Role:
        """What an item is drawn as."""
        if isinstance(item, Constant):
            return "constant"
        if item.operands:
            return "operation"
        return "parameter" if item in self.parameters else "leaf"


def dot_source(arrangement: Arrangement, look: Look) -> str:
    """The text that Graphviz draws, with the ids of :func:`node_ids` and :func:`drawn_edges`."""
    import graphviz

    font = {"fontname": "Helvetica,Arial,sans-serif", "fontcolor": _INK, "fontsize": "11"}
    graph = graphviz.Digraph(
        "graph",
        graph_attr={
            **font,
            "rankdir": look.rankdir,
            "bgcolor": LIGHT["background"],
            "nodesep": "0.2",
            "ranksep": "0.55",
            "label": _legend(arrangement, look),
            "labelloc": "b",
            "labeljust": "l",
        },
        node_attr={**font, "shape": "box", "margin": "0.12,0.06", "height": "0.3", "width": "0.3"},
        edge_attr={**font, "fontsize": "10", "arrowsize": "0.7"},
    )
    names = node_ids(arrangement)
    _add_nodes(graph, names, look)
    for edge_id, (tail, head), edges in drawn_edges(arrangement):
        attributes = _edge(*edges[0], look) if len(edges) == 1 else _bundle(edges, look)
        if not _shows_labels(arrangement):
            del attributes["label"]
        ends, routing = _route(tail, head)
        graph.edge(names[ends[0]], names[ends[1]], id=edge_id, **routing, **attributes)
    return str(graph.source)


def node_ids(arrangement: Arrangement) -> dict[Box, str]:
    """The ids of the drawing's nodes: n0, n1 … in the order of the arrangement's boxes."""
    return {box: f"n{position}" for position, box in enumerate(arrangement.boxes)}


def drawn_edges(arrangement: Arrangement) -> Iterator[tuple[str, tuple[Box, Box], Sequence[Edge]]]:
    """The edges of the drawing: the id, the two ends, and the edges of the graph that are drawn as this one.

    The edge to a node's operand 2 is n5-2; where an end is a box of several nodes, all edges from one to the other are
    n3-to-n5.
    """
    names = node_ids(arrangement)
    for (tail, head), edges in arrangement.bundles.items():
        if len(tail.members) == len(head.members) == 1:
            for edge in edges:
                yield f"{names[head]}-{edge[2]}", (tail, head), [edge]
        else:
            yield f"{names[tail]}-to-{names[head]}", (tail, head), edges


# -- frames -------------------------------------------------------------------------------------------------------


def _add_nodes(graph: Digraph, names: dict[Box, str], look: Look) -> None:
    """The nodes, each in the frame of its module, and frames in frames."""
    frames: dict[str, Digraph] = {}
    inside: dict[str, Digraph] = {}
    for box in names:
        parent = graph
        for outer, module in zip(("", *box.modules), box.modules):
            if module not in frames:
                frames[module], inside[module] = _frame(graph, module, module.removeprefix(f"{outer}.")), parent
            parent = frames[module]
    unframed = [box for box in names if not box.modules]
    framed = [box for box in names if box.modules]
    if look.rankdir in ("LR", "RL"):
        framed.reverse()  # Graphviz fills such a frame from below
    for box in (*unframed, *framed):
        parent = frames[box.modules[-1]] if box.modules else graph
        parent.node(names[box], id=names[box], **_node(box, look))
    depths = {module: depth for box in names for depth, module in enumerate(box.modules)}
    for module in sorted(frames, key=lambda module: -depths[module]):  # inner ones first: a frame is copied as it is
        inside[module].subgraph(frames[module])


def _frame(graph: Digraph, module: str, title: str) -> Digraph:
    frame: Digraph = type(graph)(f"cluster_{module}")
    frame.attr(label=_text(title), labelloc="t", style="rounded", color=_LINE, fontcolor=_QUIET, margin="10")
    return frame


def _route(tail: Box, head: Box) -> tuple[tuple[Box, Box], dict[str, str]]:
    """Between which two nodes Graphviz is to draw an edge, and how.

    In a frame, leaves stand behind the node that they go into, beside its activation: before it they would be in the
    way of the signals that come from the layer before. So Graphviz is told of their edge from its other end. An edge
    from a weighted sum out of its frame is longer, to end behind those leaves.
    """
    within_frame = bool(head.modules) and head.modules == tail.modules
    if within_frame and all(isinstance(member, Constant) or not member.operands for member in tail.members):
        return (head, tail), {"dir": "back"}
    ends_module = not within_frame and bool(tail.modules) and len(tail.members) == 1
    if ends_module and tail.members[0].op is not None and tail.members[0].op.kind == "weighted_sum":
        return (tail, head), {"minlen": "2"}
    return (tail, head), {}


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
        "tooltip": _text(_tooltip(box.members[0]) if single else box.title),
        "style": "filled" if role == "operation" else "filled,rounded",
        "fillcolor": colors.fill,
        "color": LIGHT["root"] if is_root else "transparent" if role == "constant" else colors.border,
        "fontcolor": colors.ink,
        "penwidth": "2.6" if is_root or colors.border == _LOUD else "1",
    }


def _colors(box: Box, role: Role, look: Look) -> _Colors:
    if look.highlights and not any(member in look.strong for member in box.members):
        return _Colors("transparent", _FADED, _FADED_INK, _FADED_INK)
    if not all(math.isfinite(member.data) for member in box.members):
        return _Colors(_LOUD, _LOUD, _CARD, _CARD)
    fill = ROLE_FILLS[role] if look.color_by == "kind" else _gradient_color(box, look)
    if any(map(is_loud, box.members)):
        return _Colors(fill, _LOUD, _INK, _LOUD)
    return _Colors(fill, _QUIET, _INK, _QUIET if look.color_by == "kind" else _INK)


def _item_lines(box: Box, quiet: str, look: Look) -> list[str]:
    """What stands in the node of one item, as lines of Graphviz's HTML."""
    (item,) = box.members
    if isinstance(item, Constant):
        return [look.number(item.data)]
    label = _bold(_within_frame(item.label, box)) if item.label else ""
    if item.op is None:
        lines = [label, look.number(item.data)] if label else [_bold(look.number(item.data))]
    else:
        operation = escape(item.op.name, quote=False)
        lines = [f"{label} = {operation}" if label else _bold(item.op.name), look.number(item.data)]
    if look.backward_has_run:
        lines.append(_small(f"grad {look.number(gradient_of(item))}", quiet))
    elif gradient_of(item) != 0.0:
        lines.append(_small(f"grad {look.number(gradient_of(item))}, from before", quiet))
    return lines


def _within_frame(label: str, box: Box) -> str:
    """A label as one line, without the name of the module whose frame it stands in."""
    return one_line(label.removeprefix(f"{box.modules[-1]}.") if box.modules else label)


def _box_lines(box: Box, quiet: str, look: Look) -> list[str]:
    """What stands in a box of several items: what they are, and how large their gradients get."""
    sorts = Counter(_sort(item, look) for item in box.members).most_common()
    lines = [_bold(_within_frame(box.title, box))] if box.title else []
    if len(sorts) > 1:
        lines.append(f"{len(box.members):,} nodes")
    lines += [escape(f"{number_of:,} {sort}", quote=False) for sort, number_of in sorts[:_MOST_SORTS]]
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


def _tooltip(item: Item) -> str:
    if isinstance(item, Constant):
        return f"the constant {item.data!r}"
    return f"{name(item)}: data {item.data!r}, grad {gradient_of(item)!r}"


def is_loud(item: Item) -> bool:
    """Whether an item has a nan or inf to show."""
    return not math.isfinite(item.data) or not (isinstance(item, Constant) or math.isfinite(gradient_of(item)))


def _gradient_color(box: Box, look: Look) -> str:
    """Orange for a positive gradient, blue for a negative one, the paler the smaller: on a logarithmic scale."""
    gradients = [
        gradient_of(item) for item in box.members if not isinstance(item, Constant) and math.isfinite(gradient_of(item))
    ]
    gradient = max(gradients, key=abs, default=0.0)
    if gradient == 0.0:
        return _CARD
    decades_below = math.log10(look.largest_gradient) - math.log10(abs(gradient))
    strength = max(0.1, 1.0 - decades_below / _GRADIENT_DECADES)
    return _mixed_with_white(_POSITIVE if gradient > 0.0 else _NEGATIVE, 0.65 * strength)


def _mixed_with_white(color: str, share: float) -> str:
    channels = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02x}" for channel in channels)


# -- edges --------------------------------------------------------------------------------------------------------


def _edge(operand: Item, node: Node, operand_index: int, look: Look) -> dict[str, str]:
    derivative = node.local_derivatives[operand_index]
    if derivative is None:
        reason = "a constant gets no gradient" if isinstance(operand, Constant) else "no gradient flows here"
        return {"label": "", "tooltip": reason, **_stroke(_LINE, operand, look), "style": "dashed"}
    kind = edge_kind(node, operand_index)
    contribution = derivative * gradient_of(node) if gradient_of(node) != 0.0 else 0.0
    text = f"{KIND_SYMBOLS[kind]} {look.number(derivative)}"
    tooltip = derivative_formula(node, operand_index, digits=12)
    if look.backward_has_run:
        tooltip += f"\ntimes upstream {gradient_of(node)!r}\nadds {contribution!r}"
        text += f"\nadds {look.number(contribution)}" if look.contributions else ""
    color = KIND_COLORS[kind] if math.isfinite(derivative) else _LOUD
    return {"label": text, "tooltip": _text(tooltip), **_stroke(color, operand, look)}


def _bundle(edges: Sequence[Edge], look: Look) -> dict[str, str]:
    """Several edges drawn as one."""
    kinds = {edge_kind(node, index) for _, node, index in edges if node.local_derivatives[index] is not None}
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


def _shows_labels(arrangement: Arrangement) -> bool:
    """Whether edges have their text beside them, and not in the tooltip alone."""
    return len(arrangement.bundles) <= (_MOST_BUNDLE_LABELS if arrangement.note else _MOST_LABELS)


# -- legend -------------------------------------------------------------------------------------------------------

_Entry = tuple[str, str]
"""A colour, and what it stands for."""


def _legend(arrangement: Arrangement, look: Look) -> str:
    """Notes on this drawing, and what its colours mean, as a table in Graphviz's HTML."""
    derivatives, roles = _derivative_entries(arrangement), _role_entries(arrangement, look)
    rows = [f'<TR><TD COLSPAN="5" ALIGN="LEFT">{note}</TD></TR>' for note in _notes(arrangement, look)]
    for row in range(max(len(derivatives), len(roles))):
        cells = [_legend_cells(column[row : row + 1]) for column in (derivatives, roles)]
        rows.append(f'<TR>{cells[0]}<TD WIDTH="16"></TD>{cells[1]}</TR>')
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="1">{"".join(rows)}</TABLE>>'


def _wrapped(note: str) -> str:
    """A note in lines that are no wider than the rest of the legend, which would be stretched otherwise."""
    return '<BR ALIGN="LEFT"/>'.join(escape(line, quote=False) for line in [*wrap(note, _LEGEND_WIDTH), ""])


def _legend_cells(entries: Sequence[_Entry]) -> str:
    if not entries:
        return "<TD></TD><TD></TD>"
    ((color, meaning),) = entries
    swatch = f'<TD WIDTH="18" HEIGHT="10" FIXEDSIZE="TRUE" BORDER="1" COLOR="{_QUIET}" BGCOLOR="{color}"></TD>'
    return f'{swatch}<TD ALIGN="LEFT">{meaning}</TD>'


def _notes(arrangement: Arrangement, look: Look) -> Iterator[str]:
    items = [item for box in arrangement.boxes for item in box.members]
    if loud := sum(map(is_loud, items)):
        warning = _wrapped(f"nan or inf in {loud:,} of {len(items):,} nodes{_origin(items)}")
        yield f'<FONT COLOR="{_LOUD}"><B>{warning}</B></FONT>'
    if not look.backward_has_run:
        yield _wrapped("backward() has not run: there are no gradients yet")
    if not _shows_labels(arrangement):
        yield _wrapped("so many edges that nothing is written at them: point at one to read its numbers")
    if arrangement.note:
        yield _wrapped(f"{len(items):,} nodes are drawn as {len(arrangement.boxes):,}: {arrangement.note}")


def _origin(items: Sequence[Item]) -> str:
    """Where the first nan or inf was computed: the node itself is not finite, and all its operands are."""
    for item in items:
        if not math.isfinite(item.data):
            operands = [] if isinstance(item, Constant) else item.operands
            if all(math.isfinite(operand if type(operand) is float else operand.data) for operand in operands):
                called = "a constant" if isinstance(item, Constant) else name(item)
                return f", first in {called}"
    return ""


def _derivative_entries(arrangement: Arrangement) -> list[_Entry]:
    """The kinds of derivative that there are."""
    kinds = {
        edge_kind(node, index)
        for edges in arrangement.bundles.values()
        for _, node, index in edges
        if node.local_derivatives[index] is not None
    }
    return [
        (KIND_COLORS[kind], f"<B>{symbol}</B> {KIND_NAMES[kind]}")
        for kind, symbol in KIND_SYMBOLS.items()
        if kind in kinds
    ]


def _role_entries(arrangement: Arrangement, look: Look) -> list[_Entry]:
    """What the nodes' colours mean."""
    if look.color_by == "gradient":
        return [
            (_mixed_with_white(_POSITIVE, 0.65), "positive gradient"),
            (_mixed_with_white(_NEGATIVE, 0.65), "negative gradient"),
            (_CARD, "no gradient; the root has a thick frame"),
        ]
    roles = {look.role(box.members[0]) if len(box.members) == 1 else "several nodes" for box in arrangement.boxes}
    meanings = {"operation": "operation; the root has a thick frame"}
    return [(color, meanings.get(role, role)) for role, color in ROLE_FILLS.items() if role in roles]


# -- text ---------------------------------------------------------------------------------------------------------


def _bold(text: str) -> str:
    return f"<B>{escape(text, quote=False)}</B>"


def _small(text: str, color: str) -> str:
    return f'<FONT COLOR="{color}" POINT-SIZE="10">{escape(text, quote=False)}</FONT>'


def _text(text: str) -> str:
    """A text that Graphviz takes as it is: no HTML, and a backslash is a backslash."""
    import graphviz

    return str(graphviz.escape(text))
