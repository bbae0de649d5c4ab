"""Whose line of code it was: the innermost caller outside this project's own packages."""

from __future__ import annotations

import linecache
import os
from types import FrameType
from typing import NamedTuple

_TOP_LEVEL = os.path.dirname(os.path.dirname(__file__))
_OUR_PACKAGES = tuple(os.path.join(_TOP_LEVEL, name, "") for name in ("autograd_core", "nn"))


class Line(NamedTuple):
    """A line of a program's text."""

    file: str
    number: int

    @property
    def text(self) -> str:
        """What is written there; empty where that cannot be had."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        return f"{self.file}:{self.number}" + (f": {self.text}" if self.text else "")


def line_of_user(frame: FrameType) -> Line:
    """The line that a user's code is at, seen from a frame that it called."""
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OUR_PACKAGES):
        frame = frame.f_back
    return Line(frame.f_code.co_filename, frame.f_lineno)
