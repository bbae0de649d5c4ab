"""A traced function as a picture: the ways through it that were recorded, and the comparisons at which they part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count, groupby
from typing import TYPE_CHECKING, Any

from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.look import ROLE_FILLS
from autograd_core.notation.numbers import counted, one_line
from autograd_core.theme import LIGHT

if TYPE_CHECKING:
    from graphviz import Digraph

    from autograd_core.tracing.recorded import Guard
    from autograd_core.tracing.trace import Trace
    from autograd_core.tracing.traced_function import TracedFunction

_INK, _QUIET = LIGHT["ink"], LIGHT["quiet"]


def draw_guard_tree(function: TracedFunction[Any, Any]) -> Drawing:
    """Draw what ``ag.jit`` has recorded of a function: a box for each comparison, and one for each trace at the end.

    From a comparison, an edge leads to what follows where it is true, and one to what follows where it is false; an
    outcome that no call has had yet has no edge. Where a comparison comes several times in a row with one outcome, as
    in a loop, it has one box.
    """
    import graphviz

    font = {"fontname": "Helvetica,Arial,sans-serif", "fontcolor": _INK, "fontsize": "11"}
    graph = graphviz.Digraph(
        "traces",
        graph_attr={**font, "rankdir": "TB", "bgcolor": LIGHT["background"], "nodesep": "0.3", "ranksep": "0.4"},
        node_attr={**font, "shape": "box", "margin": "0.12,0.06", "height": "0.3", "style": "filled", "color": _QUIET},
        edge_attr={**font, "fontsize": "10", "arrowsize": "0.7", "color": _QUIET},
    )
    ids = (f"n{number}" for number in count())
    start = next(ids)
    graph.node(start, _html(function.__name__), shape="plaintext", style="")
    numbers = {trace: number for number, trace in enumerate(function.traces, start=1)}
    arrows = [_Arrow(start, "", trace) for trace in numbers if trace.parent is None]
    while arrows:
        arrows += _draw_way(graph, arrows.pop(), ids, numbers)
    comparisons = sum(len(trace.guards) - trace.place - 1 for trace in numbers)
    return Drawing(str(graph.source), f"{counted(len(numbers), 'trace')} with {counted(comparisons, 'comparison')}")


@dataclass(frozen=True)
class _Arrow:
    """Where a trace leaves another: the id of the comparison, and its outcome."""

    tail: str
    outcome: str
    trace: Trace


def _draw_way(graph: Digraph, arrow: _Arrow, ids: Iterator[str], numbers: dict[Trace, int]) -> list[_Arrow]:
    """Draw a trace from where it leaves another to its end, and say which leave it in turn."""
    trace, tail, outcome = arrow.trace, arrow.tail, arrow.outcome
    leaving = []
    for guards, other in _boxes(trace):
        box = next(ids)
        times = f", {len(guards)} times" if len(guards) > 1 else ""
        line = guards[0].line
        graph.node(box, _html(line.text, f"line {line.number}{times}"), fillcolor=ROLE_FILLS["operation"])
        graph.edge(tail, box, outcome)
        tail, outcome = box, str(guards[0].outcome)
        if other is not None:
            leaving.append(_Arrow(box, str(not guards[0].outcome), other))
    end = next(ids)
    text = _html(f"trace {numbers[trace]}", counted(trace.n_operations, "operation"))
    graph.node(end, text, fillcolor=ROLE_FILLS["leaf"], style="filled,rounded")
    graph.edge(tail, end, outcome)
    return leaving


def _boxes(trace: Trace) -> Iterator[tuple[Sequence[Guard], Trace | None]]:
    """The trace's own guards, those that share a box together, and the trace that leaves from there."""
    own = list(enumerate(trace.guards))[trace.place + 1 :]

    def kind(numbered: tuple[int, Guard]) -> Any:
        place, guard = numbered
        return guard.line, guard.outcome, place if place in trace.others else None

    for (_, _, place), members in groupby(own, kind):
        yield [guard for _, guard in members], None if place is None else trace.others[place]


def _html(title: str, *small: str) -> str:
    lines = [f"<B>{escape(one_line(title), quote=False)}</B>"] if title else []
    lines += [f'<FONT COLOR="{_QUIET}" POINT-SIZE="10">{escape(text, quote=False)}</FONT>' for text in small]
    return f"<{'<BR/>'.join(lines)}>"
