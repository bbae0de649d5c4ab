"""The picture of a graph that Graphviz lays out: its text in the DOT language, and what it becomes."""

from __future__ import annotations

import re
from functools import cached_property

from autograd_core.drawing.graphviz import render
from autograd_core.theme import picture_style


class GraphPicture:
    """Nodes and edges, laid out by Graphviz.

    Attributes:
        source: the picture in the DOT language, which needs no Graphviz.
    """

    text_formats: tuple[str, ...] = ("dot", "gv")

    def __init__(self, source: str) -> None:
        self.source = source

    def svg(self, element: str) -> str:
        """The picture as an SVG element with an id; all other ids begin with it."""
        picture = _with_prefixed_ids(self._picture, element)
        style = f"<style>{picture_style(f'#{element}')}</style>\n"
        return re.sub(r"<svg([^>]*>\s*)", lambda tag: f'<svg id="{element}"{tag[1]}{style}', picture, count=1)

    def samples(self) -> None:
        """None, since all samples are drawn."""

    @cached_property
    def _picture(self) -> str:
        """Graphviz's own SVG element."""
        picture = render(self.source, "svg").decode()
        return picture[picture.index("<svg") :]

    def file(self, suffix: str) -> bytes:
        """The picture as ``png`` or ``pdf``."""
        return render(self.source, suffix)


def _with_prefixed_ids(picture: str, prefix: str) -> str:
    """The picture with all its ids, and the references to them, made its own. Text in an SVG has no bare quotes."""
    picture = re.sub(r'\bid="', f'id="{prefix}-', picture)
    references = r'(\b(?:xlink:)?href="|\b(?:fill|stroke|filter|mask|clip-path)="url\()#'
    return re.sub(references, rf"\1#{prefix}-", picture)
