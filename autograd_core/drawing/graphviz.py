"""DOT source to pictures: by the system's ``dot`` where there is one, else by the Graphviz inside pygraphviz."""

from __future__ import annotations

import _thread
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import IO

PIXELS_PER_INCH = 144  # of a png; Graphviz's own 96 is blurred on most screens


class NoRendererError(RuntimeError):
    """There is no Graphviz to draw pictures with."""


def in_label(text: str) -> str:
    r"""A text as it stands in a label that Graphviz reads as HTML, where it also looks for escapes such as ``\N``.

    >>> print(in_label(r"a < \N"))
    a &lt; \\N
    """
    return escape(text, quote=False).replace("\\", "\\\\")


def render(source: str, picture_format: str) -> bytes:
    """Lay out and draw a graph.

    Args:
        source: the graph in the DOT language.
        picture_format: ``svg``, ``png`` or ``pdf``.

    Raises:
        NoRendererError: neither the program ``dot`` nor pygraphviz is there.
        RuntimeError: Graphviz could not draw the graph; the message is Graphviz's own.
    """
    if picture_format == "png":
        source = source.replace("{", f"{{\n\tgraph [dpi={PIXELS_PER_INCH}]", 1)
    if shutil.which("dot") is not None:
        return _render_by_program(source, picture_format)
    return _render_in_process(source, picture_format)


def _render_by_program(source: str, picture_format: str) -> bytes:
    import graphviz

    try:
        drawn: bytes = graphviz.pipe("dot", picture_format, source.encode(), quiet=True)
    except graphviz.CalledProcessError as error:
        message = (error.stderr or b"").decode(errors="replace").strip()
        raise RuntimeError(f"the program dot could not draw this graph as {picture_format}: {message}") from error
    return drawn


def _render_in_process(source: str, picture_format: str) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise NoRendererError(
            "there is no Graphviz to draw pictures with. Install it for the system (apt install graphviz, "
            'brew install graphviz, winget install graphviz), or for Python alone: pip install "autograd-core[draw]". '
            "Without it a drawing still has its DOT text: drawing.source, drawing.save('graph.dot')"
        ) from error

    def draw() -> bytes:
        with _one_at_a_time, _c_messages() as messages:
            try:
                graph = pygraphviz.AGraph(string=source)
                drawn: bytes = graph.draw(format=picture_format, prog="dot")
                graph.close()
            except ValueError as error:
                messages.seek(0)
                reason = " ".join([str(error), *messages.read().decode(errors="replace").split()])
                raise RuntimeError(f"pygraphviz could not draw this graph as {picture_format}: {reason}") from error
        return drawn

    return _to_the_end(draw)


_one_at_a_time = threading.Lock()  # the process has one error stream, and Graphviz one state


def _to_the_end(work: Callable[[], bytes]) -> bytes:
    """The result of work that Ctrl-C does not stop half-way, since Python interrupts the main thread alone."""
    results: list[bytes] = []
    errors: list[BaseException] = []
    ended = threading.Lock()
    ended.acquire()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            ended.release()

    _thread.start_new_thread(run, ())  # not a threading.Thread, whose own start() and join() may be broken off inside
    ended.acquire()
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def _c_messages() -> Iterator[IO[bytes]]:
    """What C libraries write to the error stream meanwhile: fonts' warnings, which would be taken for the user's."""
    with tempfile.TemporaryFile() as messages:
        try:
            error_stream = os.dup(2)
        except OSError:  # there is none
            yield messages
            return
        os.dup2(messages.fileno(), 2)
        try:
            yield messages
        finally:
            os.dup2(error_stream, 2)
            os.close(error_stream)
