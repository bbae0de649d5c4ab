"""Directives whose tables are computed while the site is built: ``{edges}``, ``{accuracy}`` and ``{benchmarks}``."""

from __future__ import annotations

from docutils import nodes
from page_tables import accuracy, edges, in_markdown, results
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Edges(SphinxDirective):
    """Lines such as ``x / y at x=1, y=0``: each expression's value there, and its derivatives, by the engine."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """A table with a row for each line."""
        return self.parse_text_to_nodes(edges(list(self.content)))


class Accuracy(SphinxDirective):
    """The largest errors of each primitive, measured against mpmath; of ``public`` or of ``internal`` ones."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A table with a row for each primitive."""
        return self.parse_text_to_nodes(accuracy(public=self.arguments[0] == "public"))


class Benchmarks(SphinxDirective):
    """The results that ``python -m tests.benchmarks --save`` wrote last, a section for each of its tables."""

    def run(self) -> list[nodes.Node]:
        """The sections, in the order of the command's list of tables."""
        for file in results():
            self.env.note_dependency(str(file))
        texts = [in_markdown(file.read_text(encoding="utf-8")) for file in results()]
        return self.parse_text_to_nodes("\n\n".join(texts), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the directives."""
    app.add_directive("edges", Edges)
    app.add_directive("accuracy", Accuracy)
    app.add_directive("benchmarks", Benchmarks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
