"""Whose line of code it was: the innermost caller outside this project's packages, NumPy and the standard library."""

from __future__ import annotations

import linecache
import os
from types import FrameType
from typing import NamedTuple

_TOP_LEVEL = os.path.dirname(os.path.dirname(__file__))
_OUR_PACKAGES = tuple(os.path.join(_TOP_LEVEL, name, "") for name in ("autograd_core", "nn"))
_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
_INSTALLED = os.path.join(_LIBRARY, "site-packages", "")


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


def line_of_error(error: BaseException) -> Line:
    """The innermost line of a user's code that an exception came through."""
    found = error.__traceback__
    line = Line("?", 0)
    while found is not None:
        frame = found.tb_frame
        if _is_of_user(frame):
            line = Line(frame.f_code.co_filename, found.tb_lineno)
        found = found.tb_next
    return line


def line_of_user(frame: FrameType) -> Line:
    """The line that a user's code is at, seen from a frame that it called."""
    outer: FrameType | None = frame
    while outer is not None and not _is_of_user(outer):
        outer = outer.f_back
    frame = outer or frame
    return Line(frame.f_code.co_filename, frame.f_lineno)


def is_ours(frame: FrameType) -> bool:
    """Whether a frame runs code of this project's own packages."""
    return frame.f_code.co_filename.startswith(_OUR_PACKAGES)


def _is_of_user(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    if is_ours(frame) or file.startswith("<frozen ") or str(frame.f_globals.get("__name__")).startswith("numpy."):
        return False
    return file.startswith(_INSTALLED) or not file.startswith(_LIBRARY)
