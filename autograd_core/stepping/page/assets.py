"""The files of the page put together: its script, its style and its controls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

LOGIC = ("numbers", "passes", "names", "sums", "steps", "questions", "address")
"""The scripts that compute and write, and know of no page; each may use those before it."""

VIEW = (
    "elements", "viewport", "marks", "plots", "node_panel", "step_panel", "order_panel", "explore", "practice",
    "player", "frame", "page", "listener",
)  # fmt: skip
"""The scripts that show, and listen."""

DRAWINGS = {"graph": ("expression_view",), "network": ("network_view", "fold")}
"""The scripts for each sort of drawing."""


@cache
def script(names: Sequence[str]) -> str:
    """Scripts as the body of one function, so that they share names with each other and with nothing else."""
    return "\n".join(['"use strict";', *[_lines(f"script/{name}.js") for name in names]])


def page_script(drawing: str) -> str:
    """The script of a page with a drawing of this sort."""
    return script((*LOGIC, *DRAWINGS[drawing], *VIEW))


@cache
def style() -> str:
    """The page's style, for its shadow tree."""
    return "\n".join(_lines(f"style/{name}.css") for name in STYLES)


def controls() -> str:
    """The page's controls as HTML."""
    return _lines("page.html")


STYLES = ("page", "drawing", "controls", "panels", "narrow")


def _lines(name: str) -> str:
    """A file of the page, without comments and the space that its lines begin with."""
    text = files("autograd_core.stepping.page").joinpath(name).read_text(encoding="utf-8")
    lines = map(str.strip, text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))
