"""A traced function as a picture: the ways through it that were recorded, and the comparisons at which they part."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graph_picture import GraphPicture
from autograd_core.drawing.graphviz import in_label
from autograd_core.drawing.look import ROLE_FILLS
from autograd_core.notation.numbers import counted, one_line
from autograd_core.theme import LIGHT
from autograd_core.tracing.recorded import Guard
from autograd_core.tracing.trace import Trace
from autograd_core.tracing.traced_function import TracedFunction

_INK, _QUIET = LIGHT["ink"], LIGHT["quiet"]

Way = tuple[int, str, Trace]
"""Where a trace goes on: the number of the box before, the outcome there, and the trace."""


def draw_guard_tree(function: TracedFunction[..., Any], max_nodes: int) -> Drawing:
    """Draw what ``ag.jit`` has recorded of a function: a box for each comparison, and one for each trace at the end.

    From a comparison, an edge leads to what follows where it is true, and one to what follows where it is false; an
    outcome that no call has had yet has no edge. Where a comparison comes several times in a row with one outcome, as
    in a loop, it has one box. Once there are ``max_nodes`` boxes, one stands for all that would follow.
    """
    tree = _Tree(function)
    ways: deque[Way] = deque((0, "", trace) for trace in function.traces if trace.parent is None)
    while ways:
        way = ways.popleft()
        if len(tree.boxes) < max_nodes:
            ways += tree.add(way)
        else:
            tree.add_rest(way)
    comparisons = sum(len(trace.guards) - trace.place - 1 for trace in function.traces)
    summary = f"{counted(len(function.traces), 'trace')} with {counted(comparisons, 'comparison')}"
    return Drawing(GraphPicture(tree.source()), summary)


class _Tree:
    """The boxes so far, and the edges between them."""

    def __init__(self, function: TracedFunction[..., Any]) -> None:
        self.boxes: list[dict[str, str]] = [
            {"label": _html(getattr(function, "__name__", "function")), "shape": "plaintext", "style": ""}
        ]
        self.edges: list[tuple[int, str, int]] = []
        self._numbers = {trace: number for number, trace in enumerate(function.traces, start=1)}

    def add(self, way: Way) -> list[Way]:
        """Draw a trace to its end, and say which others leave it."""
        tail, outcome, trace = way
        leaving: list[Way] = []
        for guards, other in _runs(trace):
            line, times = guards[0].line, f", {len(guards)} times" if len(guards) > 1 else ""
            tail = self._box(tail, outcome, _html(line.text, f"line {line.number}{times}"), "operation")
            outcome = str(guards[0].outcome)
            if other is not None:
                leaving.append((tail, str(not guards[0].outcome), other))
        text = _html(f"trace {self._numbers[trace]}", counted(trace.n_operations, "operation"))
        self._box(tail, outcome, text, "leaf")
        return leaving

    def add_rest(self, way: Way) -> None:
        """Draw one box for a trace and all that leave it."""
        tail, outcome, trace = way
        found = [trace]
        for each in found:
            found += each.others.values()
        self._box(tail, outcome, _html(f"{counted(len(found), 'trace')} more"), "several nodes")

    def _box(self, tail: int, outcome: str, label: str, role: Any) -> int:
        rounded = "filled" if role == "operation" else "filled,rounded"
        self.boxes.append({"label": label, "fillcolor": ROLE_FILLS[role], "style": rounded})
        self.edges.append((tail, outcome, len(self.boxes) - 1))
        return len(self.boxes) - 1

    def source(self) -> str:
        """The picture in the DOT language; what is false stands to the left."""
        import graphviz

        font = {"fontname": "Helvetica,Arial,sans-serif", "fontcolor": _INK, "fontsize": "11"}
        spaces = {"nodesep": "0.3", "ranksep": "0.35", "ordering": "out"}
        graph = graphviz.Digraph(
            "traces",
            graph_attr={**font, **spaces, "bgcolor": LIGHT["background"]},
            node_attr={**font, "shape": "box", "margin": "0.12,0.06", "height": "0.3", "color": _QUIET},
            edge_attr={**font, "fontsize": "10", "arrowsize": "0.7", "color": _QUIET},
        )
        for number, attributes in enumerate(self.boxes):
            graph.node(f"n{number}", **attributes)
        for tail, outcome, head in sorted(self.edges):
            graph.edge(f"n{tail}", f"n{head}", f" {outcome} " if outcome else "")
        return str(graph.source)


def _runs(trace: Trace) -> Iterator[tuple[Sequence[Guard], Trace | None]]:
    """The guards that are the trace's own, those that share a box together; and the trace that leaves from there."""
    own = list(enumerate(trace.guards))[trace.place + 1 :]

    def kind(numbered: tuple[int, Guard]) -> Any:
        place, guard = numbered
        return guard.line, guard.outcome, place if place in trace.others else None

    for (_, _, place), members in groupby(own, kind):
        yield [guard for _, guard in members], None if place is None else trace.others[place]


def _html(title: str, small: str = "") -> str:
    """A label of Graphviz's: one bold line, and a quiet one."""
    lines = [f"<B>{in_label(one_line(title))}</B>"] if title else []
    if small:
        lines.append(f'<FONT COLOR="{_QUIET}" POINT-SIZE="10">{in_label(small)}</FONT>')
    return f"<{'<BR/>'.join(lines)}>"
