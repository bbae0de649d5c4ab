"""A small graph drawn with Unicode's lines: the root on top, and below each node what it passes its gradient on to."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.drawing.look import KIND_SYMBOLS
from autograd_core.graph import EdgeKind, Node, topological_order
from autograd_core.notation.numbers import counted, number
from autograd_core.stepping.breakpoints import CommandError
from autograd_core.stepping.screen import Painted
from autograd_core.stepping.terminal_views import gradient_so_far
from autograd_core.stepping.timeline import Timeline
from autograd_core.theme import KIND_NAMES

MOST_NODES = 12


def tree(timeline: Timeline, top: Node) -> Iterator[Painted]:
    """A node, and all that it was computed from, one line each, with the derivative along each edge.

    A node with several consumers stands below the first of them with its own operands, and below the others alone.

    Raises:
        CommandError: there are more than twelve nodes.
    """
    count = len(topological_order(top))
    if count > MOST_NODES:
        raise CommandError(
            f"That takes {counted(count, 'node')}, and draw shows up to {MOST_NODES}: say draw NAME for a part, or "
            "graph FILE for a picture."
        )
    drawn: set[Node] = set()
    kinds: dict[EdgeKind, None] = {}
    ahead: list[tuple[Node, str, str, EdgeKind | None, str]] = [(top, "", "", None, "")]
    while ahead:
        node, margin, branch, kind, derivative = ahead.pop()
        again = node in drawn
        text = f"{timeline.names.equation(node)} = {number(node.data)}, grad {gradient_so_far(timeline, node)}"
        above = " (above)" if again and node.operands else ""
        name = timeline.names.of(node)
        styles = {derivative: kind} if kind is not None else {}
        yield Painted(f"{margin}{branch}{derivative}{text}{above}", {**styles, name: "title"})
        if again:
            continue
        drawn.add(node)
        below = margin + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        edges = [(index, local) for index, local in enumerate(node.local_derivatives) if local is not None]
        for index, local in reversed(edges):
            edge_kind = timeline.names.network.kind(node, index)
            kinds[edge_kind] = None
            symbol = f"{KIND_SYMBOLS[edge_kind]} {number(local)} → "
            ahead.append((node.operands[index], below, "└─ " if index == edges[-1][0] else "├─ ", edge_kind, symbol))
    if kinds:
        legend = {f"{KIND_SYMBOLS[kind]} {KIND_NAMES[kind]}": kind for kind in KIND_SYMBOLS if kind in kinds}
        yield Painted(f"Along the edges: {', '.join(legend)}.", legend)
