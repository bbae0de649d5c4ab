"""A finished drawing: shows itself in a notebook, and saves itself as a picture."""

from __future__ import annotations

import re
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.files import write_file
from autograd_core.theme import unique_id

PICTURE_FORMATS = ("svg", "png", "pdf")
_SVG_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


Samples = dict[str, Any]
"""For each sample of a batch the picture's texts and cells, and which sample is shown."""


class Picture(Protocol):
    """What a drawing shows, however it was laid out."""

    source: str
    text_formats: tuple[str, ...]

    def svg(self, element: str) -> str:
        """The picture as an SVG element with an id, light or dark as the page around it."""

    def file(self, suffix: str) -> bytes:
        """The picture as ``png`` or ``pdf``."""

    def samples(self) -> Samples | None:
        """What it would show of other samples of a batch; None where it shows all or that is too much."""


class Drawing:
    """A drawing of a graph.

    Attributes:
        source: the text that the drawing is made of: of a graph in the DOT language, which needs no Graphviz, of a
            network its SVG.
        summary: what is drawn, in one line.
    """

    def __init__(self, picture: Picture, summary: str) -> None:
        self._picture = picture
        self.summary = summary

    @property
    def source(self) -> str:
        """The text that the drawing is made of."""
        return self._picture.source

    def svg(self) -> str:
        """The picture as an SVG element, with ids that no other drawing has, light or dark as the page it stands on.

        Raises:
            NoRendererError: there is no Graphviz for the drawing of a graph; the message says how to get it.
        """
        picture = self._picture.svg(unique_id(self.source))
        return picture.replace(">", f' role="img" aria-label="{escape(self.summary)}">', 1)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the drawing to a file: ``.svg``, ``.png`` or ``.pdf``, or a graph's as text: ``.dot`` or ``.gv``.

        The file is written whole or not at all.

        Raises:
            ValueError: another suffix.
            NoRendererError: there is nothing to make such a picture with; the message says how to get it.
            OSError: the file cannot be written.
        """
        target = Path(path)
        suffix = target.suffix.removeprefix(".").lower()
        known = (*PICTURE_FORMATS, *self._picture.text_formats)
        if suffix not in known:
            suffixes = ", ".join(f".{each}" for each in known)
            raise ValueError(f"cannot save a drawing as {target.name!r}: the name must end in one of {suffixes}")
        write_file(target, self._content(suffix))

    def _content(self, suffix: str) -> bytes:
        if suffix in self._picture.text_formats:
            return self.source.encode()
        if suffix == "svg":
            return f"{_SVG_HEAD}{self.svg()}".encode()
        return self._picture.file(suffix)

    def __str__(self) -> str:
        return self.summary

    def __repr__(self) -> str:
        return f"<{self.summary}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            picture = self.svg()
        except NoRendererError as error:
            return {"text/plain": f"{self.summary}\n{error}\n\n{self.source}"}
        from autograd_core.drawing.notebook import shown_in_html

        html = shown_in_html(picture, self.summary, self._picture.samples())
        return {"text/html": html, "image/svg+xml": picture, "text/plain": self.summary}


def is_drawing(path: Path) -> bool:
    """Whether a file is an SVG that a drawing was saved as (OSError where it cannot be read)."""
    with open(path, "rb") as file:
        return re.match(rf'{re.escape(_SVG_HEAD)}<svg id="ag-[0-9a-f]+-\d+" '.encode(), file.read(200)) is not None
