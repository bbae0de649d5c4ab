"""The files of the page put together: its script, its style and its controls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

_COMMENT = re.compile(r"\s//\s.*$")

LOGIC = ("numbers", "passes", "names", "sums", "steps", "questions", "address")
"""The scripts that compute and write, and know of no page; each may use those before it."""

_MODES = ("marks", "plots", "order_panel", "explore", "practice", "frame")
_PAGE = ("elements", "viewport", "node_panel", "step_panel", "player", "page", "listener")
PAGES = {
    "graph": (*LOGIC, "expression_view", *_MODES, *_PAGE),
    "network": (*LOGIC, "network_view", "fold", *_MODES, *_PAGE),
    "boxes": ("numbers", "passes", "steps", "expression_view", "frame", *_PAGE),
}
"""The scripts of each sort of page; one whose drawing puts nodes together has only steps."""


@cache
def script(names: Sequence[str]) -> str:
    """Scripts as the body of one function, so that they share names with each other and with nothing else.

    It is one line: in a notebook's file each line costs some bytes more.
    """
    text = "\n".join([_lines(f"script/{name}.js") for name in names])
    return f'"use strict"; {" ".join(_COMMENT.sub("", line) for line in text.splitlines())}'


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
