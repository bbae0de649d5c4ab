"""How texts, numbers and ports of the picture of a network are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograd_core.drawing.network.columns import Column
from autograd_core.drawing.network.emphasis import Emphasis
from autograd_core.drawing.network.layout import Layout
from autograd_core.drawing.network.numbers import Numbers, Shown
from autograd_core.drawing.network.structure import Network
from autograd_core.drawing.network.svg import Attributes, element, group, length, text, title
from autograd_core.notation.columns import column_number
from autograd_core.notation.numbers import one_line


@dataclass
class Pen:
    """Writes the parts of one picture.

    Attributes:
        network: what is drawn.
        layout: where everything stands.
        numbers: its numbers.
        emphasis: what stands out.
        digits: how many significant digits numbers have.
    """

    network: Network
    layout: Layout
    numbers: Numbers
    emphasis: Emphasis
    digits: int

    def number(self, x: float, y: float, shown: Shown, kind: str = "", digits: int | None = None) -> str:
        """A number at its right edge and baseline."""
        kind = kind if shown.value is None or math.isfinite(shown.value) else "loud"
        written = "" if shown.value is None else column_number(shown.value, digits or self.digits)
        attributes: Attributes = {"x": x, "y": y, "class": kind, "font-size": length(self.layout.size.text)}
        attributes |= {"text-anchor": "end", **address(shown), "data-digits": digits}
        return element("text", attributes, title(shown.hover), written)

    def label(self, x: float, y: float, content: str, kind: str = "q", anchor: str = "start", hover: str = "") -> str:
        """A text of the usual size."""
        return text(x, y, content, kind, self.layout.size.text, anchor, hover)

    def heading(self, x: float, y: float, content: str) -> str:
        """What a column is called."""
        return text(x, y, content, "b", self.layout.size.text + 0.5)

    def caption(self, x: float, y: float, content: str, kind: str = "q") -> str:
        """What stands above a column of numbers, at its right edge."""
        return text(x, y, content, kind, self.layout.size.caption, "end")

    def port(self, column: Column, index: int) -> str:
        """The circle with an index where edges begin."""
        x, y = column.port(index)
        radius = self.layout.size.port
        size = radius + 2 if index < 100 else radius - 1
        circle = element("circle", {"cx": x, "cy": y, "r": radius})
        return group("port", circle, text(x, y + radius * 0.44, str(index), "index", size, "middle"))


def address(shown: Shown) -> Attributes:
    """Where in the graph a number stands, for a page."""
    if not shown.sort:
        return {}
    return {"data-sort": shown.sort, "data-node": shown.node, "data-operand": shown.operand}


def more(x: float, y: float, count: int, size: float) -> str:
    """``⋮ 40 more``, where some are left out."""
    return text(x, y, f"⋮ {count:,} more", "q", size)


def hair(x: float, y: float, width: float) -> str:
    """A thin horizontal line."""
    return element("path", {"class": "hair", "d": f"M{length(x)} {length(y)}h{length(width)}"})


def cut(name: str, room: int) -> str:
    """A name with no more characters than there is room for."""
    name = one_line(name)
    return name if len(name) <= room else name[: room - 1] + "…"


def off(is_on: bool, kind: str = "") -> str:
    """The class of a part that stands out or is faded."""
    return kind if is_on else f"{kind} off".strip()
