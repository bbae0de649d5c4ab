"""How a session's lines reach a terminal: as wide as it is, and in colours where it has any."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Any, Literal

from autograd_core.graph import EdgeKind
from autograd_core.notation.numbers import printable

Style = EdgeKind | Literal["title", "right", "wrong"]

_COLORS: dict[Style, str] = {
    "input": "34", "weight": "32", "activation": "33", "loss": "35", "other": "2",
    "title": "1", "right": "32", "wrong": "31",
}  # fmt: skip
"""The terminal's own colours, which it shows so that they can be read on its background."""

_WIDTH = 100  # of what is no terminal
_NARROWEST = 40


class Painted(str):
    """A line of text, parts of which have a colour where there are colours.

    >>> Painted("local 2 (the input x)", {"local 2": "input"}).styles
    {'local 2': 'input'}
    """

    styles: Mapping[str, Style]

    def __new__(cls, text: str, styles: Mapping[str, Style]) -> Painted:
        """The text, and the style of each of its parts."""
        line = super().__new__(cls, text)
        line.styles = styles
        return line


class Screen:
    """Where a session writes.

    Args:
        stream: a terminal, or whatever else takes text.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._is_terminal = bool(getattr(stream, "isatty", bool)())
        self._has_colors = self._is_terminal and _shows_colors()

    @property
    def width(self) -> int:
        """How many columns there are: the terminal's, as it is at this moment."""
        if not self._is_terminal:
            return _WIDTH
        return max(_NARROWEST, shutil.get_terminal_size((_WIDTH, 24)).columns)

    def say(self, text: str) -> None:
        """Write lines, a long one wrapped; what has no glyph, or none that the terminal knows, is spelled out."""
        styles = text.styles if isinstance(text, Painted) and self._has_colors else {}
        for line in text.split("\n"):
            for piece in _wrapped(self._spelled_out(line), self.width):
                shown = piece
                for part, style in styles.items():
                    plain = self._spelled_out(part)
                    shown = shown.replace(plain, f"\x1b[{_COLORS[style]}m{plain}\x1b[0m", 1)
                self._stream.write(shown + "\n")

    def echo(self, line: str) -> None:
        """Write a line as it was typed."""
        self._stream.write(self._spelled_out(line) + "\n")

    def _spelled_out(self, text: str) -> str:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return printable(text).encode(encoding, "backslashreplace").decode(encoding)


def _shows_colors() -> bool:
    """Whether a terminal has colours, and they are wanted (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    indent = " " * min(len(line) - len(line.lstrip()) + 4, width // 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
