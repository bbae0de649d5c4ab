"""A Value as it shows itself in a notebook: its number, its operation, and its graph where that is small."""

from __future__ import annotations

import re
from html import escape

from autograd_core.drawing.draw import draw
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.graph import Node, gradient_of, topological_order
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import counted, number, printable
from autograd_core.theme import panel_style, unique_id

_MOST_DRAWN = 60  # nodes: a larger graph is drawn if one asks for it, since it takes longer than one waits unasked
_MOST_NAMED = 5_000


def html_of(node: Node) -> str:
    """A panel with what the Value is, and below it the drawing."""
    text = escape(_described(node))
    panel = unique_id(text)
    line = f'<div id="{panel}"><style>{panel_style(f"#{panel}")}</style><code>{text}</code></div>'
    order = topological_order(node)
    if not 1 < len(order) <= _MOST_DRAWN:
        return line
    from autograd_core.drawing.notebook import shown_in_html

    drawing: Drawing = draw(node)
    try:
        return line + shown_in_html(drawing.svg(), drawing.summary)
    except (NoRendererError, RuntimeError):
        return line


def latex_of(node: Node) -> str:
    """The operation, the number and the gradient as a formula: ``$y = w \\cdot x = 6,\\ \\partial = 1$``."""
    name, operation = _name_and_operation(node)
    sides = [_latex(text) for text in (name, operation) if text] + [_latex(number(node.data))]
    return f"${' = '.join(sides)},\\quad \\mathrm{{grad}} = {_latex(number(gradient_of(node)))}$"


def _described(node: Node) -> str:
    """The same in plain text, with how many nodes the graph has."""
    name, operation = _name_and_operation(node)
    count = len(topological_order(node))
    described = " = ".join(text for text in (name, operation, number(node.data)) if text)
    of_graph = f" · {counted(count, 'node')}" if count > 1 else ""
    return f"{described} · grad {number(gradient_of(node))}{of_graph}"


def _name_and_operation(node: Node) -> tuple[str, str]:
    """A Value's label, and the operation that computed it; of a very large graph the primitive alone."""
    if node.op is None:
        return printable(node.label), ""
    order = topological_order(node)
    if len(order) > _MOST_NAMED:
        return printable(node.label), f"{node.op.name}(…)"
    return printable(node.label), NodeNames(order).operation(node)


_SCIENTIFIC = re.compile(r"(-?[\d.]+)e([-+]\d+)")
_WORD = re.compile(r"[^\W\d_₀-₉]{2}")
_PIECE = re.compile(r"[^\W₀-₉]+(?:\.[^\W₀-₉]+)*|[₀-₉]+|.")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPECIAL = {"\\": r"\backslash{}", "·": r"\cdot ", "*": r"\cdot ", "√": r"\surd ", "σ": r"\sigma ", "∂": r"\partial ",
            "…": r"\dots ", "−": "-", "′": "'", "^": r"\hat{}", "~": r"\sim ", "²": "^2"}  # fmt: skip


def _latex(text: str) -> str:
    """A name, an operation or a number in LaTeX's mathematics: words upright, and no character that steers it."""
    if scientific := _SCIENTIFIC.fullmatch(text):
        return rf"{scientific[1]} \cdot 10^{{{int(scientific[2])}}}"
    pieces = []
    for piece in _PIECE.findall(text):
        if re.fullmatch(r"[₀-₉]+", piece):
            pieces.append(f"_{{{piece.translate(_SUBSCRIPTS)}}}")
        elif _WORD.match(piece):
            word = piece.replace("_", r"\_")
            pieces.append(rf"\mathrm{{{word}}}")
        elif piece in "#$%&_{}":
            pieces.append("\\" + piece)
        else:
            pieces.append("".join(_SPECIAL.get(character, character) for character in piece).replace("_", r"\_"))
    return "".join(pieces)
