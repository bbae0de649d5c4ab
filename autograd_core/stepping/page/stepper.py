"""Both passes as a page to step through: in a notebook, or as one file that needs nothing else.

What makes the page is imported when a page is made: otherwise ``import autograd_core`` would take a third longer.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from autograd_core.drawing.arrangement import arrange
from autograd_core.drawing.draw import View, draw
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graphviz import NoRendererError, render
from autograd_core.drawing.look import KIND_SYMBOLS
from autograd_core.files import write_file
from autograd_core.graph import Node, is_node, opened_order, topological_order
from autograd_core.notation.numbers import one_line
from autograd_core.stepping.steps import backward_steps
from autograd_core.theme import (
    DARK,
    KIND_COLORS,
    KIND_NAMES,
    LIGHT,
    NETWORK_DARK,
    NETWORK_LIGHT,
    network_style,
    palette_style,
    panel_style,
    unique_id,
)

if TYPE_CHECKING:
    from autograd_core.stepping.page.graph_data import Record

PAGE_FORMATS = (".html", ".htm")

Mode = Literal["steps", "explore", "practice"]
MOST_NODES = 300  # of a graph that is drawn node by node
MOST_IN_NETWORK = 1000  # nodes: of more, the page would be large and slow
NUMBER_SPACE = 12.0  # for a mark left of each number that changes

_IN_SCRIPTS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_IN_ADDRESS = str.maketrans({"%": "%25", "#": "%23", "&": "%26", "'": "%27", "\n": "%0A", "\t": "%09"})


class Shown(NamedTuple):
    """What a page shows.

    Attributes:
        drawing: the graph, as :func:`draw` draws it.
        network: the SVG of the network, with room for marks; empty where every node is drawn.
    """

    drawing: Drawing
    network: str = ""


class Stepper:
    """Both passes over a graph, to step through in a notebook or a browser.

    Attributes:
        drawing: the graph with the gradients that the last step ends with.
        step_count: how many steps there are.
    """

    def __init__(self, title: str, shown: Shown, step_count: int, data: Record) -> None:
        self.title = title
        self.drawing = shown.drawing
        self._network = shown.network
        self.step_count = step_count
        self._data = data

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to one file that needs no other and no network: ``.html`` or ``.htm``.

        The file is written whole or not at all.

        Raises:
            ValueError: another suffix.
            NoRendererError: there is no Graphviz to draw with; the message says how to get it.
            OSError: the file cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() not in PAGE_FORMATS:
            raise ValueError(
                f"cannot save a page as {target.name!r}: the name must end in one of {', '.join(PAGE_FORMATS)}"
            )
        look = f"{palette_style(':root')}body{{margin:0 auto;max-width:1400px;background:var(--ag-background)}}"
        page = (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{look}</style></head>\n"
            f"<body><main>{self._element(whole_page=True)}</main></body></html>\n"
        )
        write_file(target, page.encode())

    def __str__(self) -> str:
        return f"stepper of {self.step_count:,} steps, {self.drawing}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        try:
            return self._element()
        except NoRendererError as error:
            return f"<pre>{escape(str(self))}\n{escape(str(error))}</pre>"

    def _element(self, *, whole_page: bool = False) -> str:
        """The stepper as an HTML element.

        It holds the drawing as a plain image, which is what viewers show that run no scripts or remove them. The
        script draws the same picture into a shadow tree of its own, where no style and no id meets those of the page.
        """
        from autograd_core.stepping.page.assets import PAGES, controls, script, style

        tables = {name: _table(records) for name, records in self._data.items() if name in _TABLES}
        markup = f"<style>{style()}{_network_rules() if self._network else ''}</style>{controls()}"
        page = {"title": self.title, "kinds": _kinds(), "markup": markup, "wholePage": whole_page}
        data = json.dumps(self._data | tables | page, ensure_ascii=False, separators=(",", ":"))
        element = unique_id(data)
        note = (
            "No scripts run here, so this is the drawing alone, as it is after the last step. "
            "In a notebook, run the cell again to step through it."
        )
        return (
            f'<div id="{element}" data-ag-stepper>'
            f"<style>{panel_style(f'#{element}')}{_palette(f'#{element}')}#{element} img{{max-width:none}}</style>"
            f"<p>{note}</p><img alt=\"{escape(str(self.drawing))}\" src='{self._picture}'>"
            f'<script type="application/json">{data.translate(_IN_SCRIPTS)}</script></div>'
            f"<script>(() => {{\n{script(PAGES[self._sort])}\n}})();</script>"
        )

    @property
    def _sort(self) -> str:
        return "network" if self._network else "boxes" if "steps" in self._data else "graph"

    @cached_property
    def _picture(self) -> str:
        """The drawing as the address of an image that holds it."""
        from autograd_core.stepping.page.slim_svg import slim

        if self._network:
            svg = self._network.replace(">", f"><style>{network_style('svg')}</style>", 1)
        else:
            svg = slim(render(self.drawing.source, "svg").decode())
        return "data:image/svg+xml;charset=utf-8," + svg.translate(_IN_ADDRESS)


def stepper(root: Node, *, view: View = "auto", mode: Mode = "steps", max_nodes: int | None = None) -> Stepper:
    """Both passes over the graph of a Value as a page: to step through, to try other numbers in, to practise on.

    *Steps* show both passes: values fill in forward, then gradients backward, each with its formula and numbers, as
    :func:`backward_steps` takes them. *Explore* lets you change any leaf: both passes are computed anew in the page,
    which shows what changes, the loss over that leaf with its tangent, and gradient descent. *Practice* hides the
    gradients and asks for one after the other. A click on a node shows its formula, the whole sum over its consumers
    that is its gradient, and its paths to the root. The page works on a copy of the graph: none of your ``grad`` is
    touched.

    Args:
        root: the Value to start from, such as a loss.
        view: ``network`` draws neurons, ``graph`` every node, as in :func:`draw`; ``auto`` draws a network of ``nn``
            layers as one, if it has no more than 1,000 nodes and ``max_nodes`` is not given, and any other graph node
            by node.
        mode: what the page begins with: ``steps``, ``explore`` or ``practice``.
        max_nodes: how many nodes of a graph to draw at most, 30 or more; 300 by default. A larger one is drawn with
            several nodes as one box, as in :func:`draw`, and then the page has only steps: each is all that happens in
            a row in one box.

    Returns:
        A stepper that shows itself in a notebook, with ``save("steps.html")``.

    Raises:
        TypeError: ``root`` is not a Value.
        ValueError: ``max_nodes`` is less than 30, there is no such ``mode`` or ``view``, or a network is asked for
            where there are no neurons.

    >>> import autograd_core as ag
    >>> w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    >>> print(ag.stepper(ag.tanh(w * x)))
    stepper of 7 steps, drawing of 4 nodes and 3 edges
    """
    if not is_node(root):
        raise TypeError(f"stepper() starts at a Value, got {type(root).__name__}")
    for option, value, allowed in (("view", view, View), ("mode", mode, Mode)):
        if value not in get_args(allowed):
            raise ValueError(f"{option} is one of {', '.join(get_args(allowed))}; got {value!r}")
    twin = copy.deepcopy(root)
    for node in topological_order(twin):
        node.grad = 0.0
    shown, data, count = _shown(twin, view, max_nodes)
    title = f"Backpropagation through {one_line(root.label) if root.label else 'a graph'}, step by step"
    return Stepper(title, shown, count, data | {"mode": mode})


def _shown(root: Node, view: View, max_nodes: int | None) -> tuple[Shown, Record, int]:
    """The drawing, what the page knows, and how many steps there are; the gradients become those of one pass."""
    from autograd_core.drawing.network.picture import network_svg
    from autograd_core.drawing.network.structure import drawn_network
    from autograd_core.stepping.page.box_data import box_data
    from autograd_core.stepping.page.graph_data import graph_data

    order = opened_order([root])
    steps_of = Counter(step.node for step in backward_steps(root))
    is_large = view == "auto" and len(order) > MOST_IN_NETWORK
    drawing = None if is_large else draw(root, view=view, max_nodes=max_nodes)
    count = 2 + sum(1 + max(1, steps_of[node]) for node in order if node.operands)
    if drawing is not None and drawing.source.startswith("<svg"):
        whole = arrange(root, 2 * sum(1 + len(node.operands) for node in order))  # all nodes and constants alone
        picture = network_svg(drawn_network(root), number_space=NUMBER_SPACE, with_legend=False)
        return Shown(drawing, _TITLES.sub("", picture)), graph_data(root, whole), count
    drawing = draw(root, view="graph", max_nodes=max_nodes or MOST_NODES)
    arrangement = arrange(root, max_nodes or MOST_NODES)
    if not arrangement.note:
        return Shown(drawing), graph_data(root, arrangement), count
    for node in order:
        node.grad = 0.0
    data = box_data(root, arrangement) | {"isNetwork": _is_network(root)}
    return Shown(drawing), data, len(data["steps"])


def _is_network(root: Node) -> bool:
    """Whether ``view="network"`` can draw a graph."""
    from autograd_core.drawing.network.structure import NotANetworkError, drawn_network

    try:
        drawn_network(root)
    except NotANetworkError:
        return False
    return True


_TITLES = re.compile(r"<title>.*?</title>", re.DOTALL)  # they would tell old numbers
_TABLES = ("nodes", "edges", "steps")


def _palette(scope: str) -> str:
    """All colours, those of networks among them."""
    return palette_style(scope, LIGHT | NETWORK_LIGHT, DARK | NETWORK_DARK)


def _network_rules() -> str:
    """The style of a network's picture without its colours, which the element around the page sets."""
    return network_style(".drawing").removeprefix(_palette(".drawing"))


def _table(records: Sequence[Record]) -> Record:
    """Records with the names of their fields written once."""
    keys = list(dict.fromkeys(key for record in records for key in record))
    return {"keys": keys, "rows": [[record.get(key) for key in keys] for record in records]}


def _kinds() -> dict[str, dict[str, str]]:
    return {
        kind: {"name": KIND_NAMES[kind], "symbol": symbol, "color": KIND_COLORS[kind]}
        for kind, symbol in KIND_SYMBOLS.items()
    }
