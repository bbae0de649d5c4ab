"""A finished drawing: shows itself in a notebook, and saves itself as a picture."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path

from autograd_core.drawing.graphviz import NoRendererError, render
from autograd_core.files import write_file
from autograd_core.theme import panel_style, picture_style, unique_id

PICTURE_FORMATS = ("svg", "png", "pdf")
_SVG_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TEXT_FORMATS = ("dot", "gv")


class Drawing:
    """A drawing of a graph.

    Attributes:
        source: the drawing in the DOT language, which needs no Graphviz.
        summary: what is drawn, in one line.
    """

    def __init__(self, source: str, summary: str) -> None:
        self.source = source
        self.summary = summary

    def svg(self) -> str:
        """The picture as an SVG element, with ids that no other drawing has, light or dark as the page it stands on.

        Raises:
            NoRendererError: there is no Graphviz; the message says how to get it.
        """
        element = unique_id(self.source)
        picture = _with_prefixed_ids(self._picture, element)
        opening = f'<svg id="{element}" role="img" aria-label="{escape(self.summary)}" style="max-width:none"'
        style = f"<style>{picture_style(f'#{element}')}</style>\n"
        return re.sub(r"<svg([^>]*>\s*)", lambda tag: f"{opening}{tag[1]}{style}", picture, count=1)

    @cached_property
    def _picture(self) -> str:
        """Graphviz's own SVG element."""
        picture = render(self.source, "svg").decode()
        return picture[picture.index("<svg") :]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the drawing to a file: ``.svg``, ``.png`` or ``.pdf``, or as text: ``.dot`` or ``.gv``.

        The file is written whole or not at all.

        Raises:
            ValueError: another suffix.
            NoRendererError: a picture was asked for, and there is no Graphviz; the message says how to get it.
            OSError: the file cannot be written.
        """
        target = Path(path)
        suffix = target.suffix.removeprefix(".").lower()
        if suffix not in (*PICTURE_FORMATS, *TEXT_FORMATS):
            suffixes = ", ".join(f".{known}" for known in (*PICTURE_FORMATS, *TEXT_FORMATS))
            raise ValueError(f"cannot save a drawing as {target.name!r}: the name must end in one of {suffixes}")
        write_file(target, self._content(suffix))

    def _content(self, suffix: str) -> bytes:
        if suffix in TEXT_FORMATS:
            return self.source.encode()
        if suffix == "svg":
            return f"{_SVG_HEAD}{self.svg()}".encode()
        return render(self.source, suffix)

    def __str__(self) -> str:
        return self.summary

    def __repr__(self) -> str:
        return f"<{self.summary}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            picture = self.svg()
        except NoRendererError as error:
            return {"text/plain": f"{self.summary}\n{error}\n\n{self.source}"}
        panel = unique_id(self.source)
        html = f'<div id="{panel}"><style>{panel_style(f"#{panel}")}</style>{picture}</div>'
        return {"text/html": html, "image/svg+xml": picture, "text/plain": self.summary}


def is_drawing(path: Path) -> bool:
    """Whether a file is an SVG that a drawing was saved as (OSError where it cannot be read)."""
    with open(path, "rb") as file:
        return re.match(rf'{re.escape(_SVG_HEAD)}<svg id="ag-[0-9a-f]+-\d+" '.encode(), file.read(200)) is not None


def _with_prefixed_ids(picture: str, prefix: str) -> str:
    """The picture with all its ids, and the references to them, made its own. Text in an SVG has no bare quotes."""
    picture = re.sub(r'\bid="', f'id="{prefix}-', picture)
    picture = re.sub(r'((?:xlink:)?href="#)', rf"\1{prefix}-", picture)
    return picture.replace("url(#", f"url(#{prefix}-")
