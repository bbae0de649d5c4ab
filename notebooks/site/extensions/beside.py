"""The directive ``{beside} PEER``: code for another package and the same code here, side by side.

A line ``---`` parts the two. Each ends in a comment with the result of its last expression, or in ``# raises`` and the
name of an exception; a test runs both and compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


@dataclass(frozen=True)
class Pair:
    """The two texts under their headings."""

    peer: str
    theirs: str
    ours: str


def pair(peer: str, content: str) -> Pair:
    """The two texts of a directive's content.

    Raises:
        ValueError: there is no line that parts them, or there are several.
    """
    parts = content.split("\n---\n")
    if len(parts) != 2:
        raise ValueError(f"write one line --- between the code for {peer} and the code here, got {len(parts) - 1}")
    return Pair(peer, *(part.strip() for part in parts))


class Beside(SphinxDirective):
    """Two blocks of code, in two columns where there is room."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One container with a titled block for each side."""
        found = pair(self.arguments[0], "\n".join(self.content))
        container = nodes.container(classes=["beside"])
        for title, text in ((found.peer, found.theirs), ("here", found.ours)):
            block = nodes.literal_block(text, text, language="python")
            container += nodes.container("", nodes.paragraph("", title, classes=["beside-title"]), block)
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the directive."""
    app.add_directive("beside", Beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
