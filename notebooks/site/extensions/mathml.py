"""Formulas as MathML, which browsers show by themselves: no script, no fonts, nothing to load."""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree import ElementTree

from docutils.utils.math import MathError, latex2mathml, tex2unichar
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

MATHML = "http://www.w3.org/1998/Math/MathML"
COMMANDS = {"·": r"\cdot "} | {
    character: f"\\{command} "
    for name, table in vars(tex2unichar).items()
    if not name.startswith("_")
    for command, character in table.items()
    if not character.isascii()
}
"""Of a character that docutils knows by its command alone, such as ·: that command."""

XML_ENTITIES = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}

BRACES = {"⏟": ("msub", "munder"), "⏞": ("msup", "mover")}
"""Of a brace: how docutils places what is written at it, and how that has to be placed."""


def as_mathml(tex: str, *, displayed: bool) -> str:
    """A formula in LaTeX as a ``<math>`` element.

    Raises:
        SphinxError: it has a command that docutils does not know.
    """
    try:
        written = latex2mathml.tex2mathml("".join(map(in_ascii, tex)), as_block=displayed)
    except MathError as error:
        raise SphinxError(f"docutils cannot write the formula {tex!r} as MathML: {error}") from error
    math = ElementTree.fromstring(re.sub(r"&\w+;", without_html, written))
    for brace, (placed, expected) in BRACES.items():
        for element in math.iter(f"{{{MATHML}}}{placed}"):
            if element[0].tag == f"{{{MATHML}}}{expected}" and element[0][-1].text == brace:
                element.tag = f"{{{MATHML}}}{expected}"
    for operator in math.iter(f"{{{MATHML}}}mo"):
        operator.text = "′" if operator.text == "'" else operator.text
    ElementTree.register_namespace("", MATHML)
    return ElementTree.tostring(math, encoding="unicode")


def in_ascii(character: str) -> str:
    """A character that docutils takes: a letter or its command, and where it has none, a text."""
    if character.isascii() or character.isalpha():
        return character
    return COMMANDS.get(character, f"\\text{{{character}}}")


def without_html(entity: re.Match[str]) -> str:
    """The character of an entity that HTML has and XML has not."""
    return entity[0] if entity[0] in XML_ENTITIES else html.unescape(entity[0])


def visit_math(translator: Any, node: Any) -> None:
    """A formula within a line."""
    translator.body.append(as_mathml(node.astext(), displayed=False))


def visit_math_block(translator: Any, node: Any) -> None:
    """A formula on a line of its own."""
    translator.body.append(f'<div class="formula">{as_mathml(node.astext(), displayed=True)}</div>')


def depart(_: Any, __: Any) -> None:
    """Nothing is left to close."""


def skipping(visit: Any) -> Any:
    """A visitor of a node whose text is written already."""
    from docutils.nodes import SkipNode

    def visited(translator: Any, node: Any) -> None:
        visit(translator, node)
        raise SkipNode

    return visited


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the writer of formulas."""
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(skipping(visit_math), depart),
        block_renderers=(skipping(visit_math_block), depart),
    )
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
