"""The directive ``{beside} PEER``: code for another package and the same code here, side by side.

A line ``---`` parts the two. Each ends in a comment with the result of its last expression, or in ``# raises`` and the
name of an exception; a test runs both and compares.
"""

from __future__ import annotations

from docutils import nodes
from pairs import parted
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Beside(SphinxDirective):
    """Two blocks of code, in two columns where there is room."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One container with a titled block for each side."""
        theirs, ours = parted("\n".join(self.content))
        container = nodes.container(classes=["beside"])
        for title, text in ((self.arguments[0], theirs), ("here", ours)):
            block = nodes.literal_block(text, text, language="python")
            container += nodes.container("", nodes.paragraph("", title), block)
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the directive."""
    app.add_directive("beside", Beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
