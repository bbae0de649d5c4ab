"""``draw_on_error``: the graph so far with what failed in red, where an exception ends a block or a notebook's cell."""

from __future__ import annotations

import contextlib
import sys
from os import PathLike
from types import TracebackType
from typing import Any

from autograd_core.drawing.drawing import Drawing


class draw_on_error:  # noqa: N801  # users see a function
    """Draw the graph so far, with what failed in red, where an exception ends the block.

    In a notebook the drawing is shown beside the exception; elsewhere the exception has a note that says what failed,
    and with a path the drawing is saved there. Nothing is watched meanwhile: the block is as fast as without, and
    nothing is left behind, however it ends. The exception is raised as it is.

    In a notebook, ``%load_ext autograd_core`` does this for each cell.

    Args:
        path: where to save the drawing, such as ``"error.svg"``.

    Attributes:
        drawing: the drawing, once there is one.

    >>> import autograd_core as ag
    >>> @ag.primitive()
    ... def inverse(x):
    ...     return 1.0 / x
    >>> zero = ag.Value(0.0, "zero")
    >>> try:
    ...     with ag.draw_on_error() as error:
    ...         inverse(zero * 2.0)
    ... except ZeroDivisionError as exception:
    ...     print(exception.__notes__)
    ['inverse failed: drawing of 4 nodes and 3 edges']
    """

    __module__ = "autograd_core"  # where users import it from

    def __init__(self, path: str | PathLike[str] | None = None) -> None:
        self.drawing: Drawing | None = None
        self._path = path

    def __enter__(self) -> draw_on_error:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(exception, Exception):  # not Ctrl-C: who presses it wants no drawing
            with contextlib.suppress(Exception):  # the exception that ended the block is the one to be seen
                self._draw(exception)

    def _draw(self, exception: Exception) -> None:
        self.drawing = drawing_of(exception)
        if self.drawing is None:
            return
        exception.add_note(str(self.drawing))
        if self._path is not None:
            try:
                self.drawing.save(self._path)
            except Exception as error:  # who asked for the file is told why there is none
                exception.add_note(f"the drawing was not saved: {error}")
        if shell() is not None:
            _display(self.drawing)


def drawing_of(exception: BaseException) -> Drawing | None:
    """The graph that an exception has to do with, with what failed in red; None if nothing can be seen of one."""
    from autograd_core.drawing.failure import drawn, failure_in

    failure = failure_in(exception)
    return None if failure is None else drawn(failure, f"{type(exception).__name__}: {exception}".partition("\n")[0])


# -- in a notebook ------------------------------------------------------------------------------------------------


def shell() -> Any:
    """IPython's shell in this process; None where there is none."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _display(drawing: Drawing) -> None:
    sys.modules["IPython"].display.display(drawing)


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext autograd_core`` calls: from now on the graph is drawn where a cell fails.

    Args:
        shell: IPython's shell.
    """
    shell.events.register("post_run_cell", _after_cell)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext autograd_core`` calls.

    Args:
        shell: IPython's shell.
    """
    shell.events.unregister("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    """Draw the graph of the exception that ended a cell, unless a block within did."""
    exception = result.error_in_exec
    if isinstance(exception, Exception) and not _was_drawn(exception):
        with contextlib.suppress(Exception):
            if (drawing := drawing_of(exception)) is not None:
                _display(drawing)


def _was_drawn(exception: Exception) -> bool:
    return any(" failed: drawing of " in note for note in getattr(exception, "__notes__", ()))
