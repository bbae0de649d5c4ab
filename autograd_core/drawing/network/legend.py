"""What stands below the picture of a network: notes, what its colours mean, and a highlighted gradient written out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_core.drawing.network.columns import Matrix
from autograd_core.drawing.network.formula import Line, formula
from autograd_core.drawing.network.layout import MARGIN
from autograd_core.drawing.network.pen import Pen
from autograd_core.drawing.network.svg import Attributes, element, length, rect, span
from autograd_core.graph import EdgeKind, gradient_of
from autograd_core.theme import KIND_COLORS, KIND_NAMES

_TEXT = 11.5
_LINE = 20.0
_FORMULA, _FORMULA_LINE, _INDEX = 14.0, 24.0, 10.5
_CHARACTER = 6.6  # the mean width of one
_BETWEEN = 16.0  # two entries


class _Entry(NamedTuple):
    """One thing that is explained: the colour or the class of a swatch, a symbol, and words."""

    swatch: str
    symbol: str
    words: str
    kind: str = "q"

    @property
    def width(self) -> float:
        symbol = len(self.symbol) + 1 if self.symbol else 0
        return (20.0 if self.swatch else 0.0) + (symbol + len(self.words)) * _CHARACTER


def legend(pen: Pen) -> tuple[str, float]:
    """What stands below the picture, as one group of elements, and how much room it takes."""
    y = start = pen.layout.height + 24.0
    parts: list[str] = []
    for entries in (list(_notes(pen)), list(_kinds(pen)), list(_cells(pen))):
        for line in _lines(entries, pen.layout.width):
            parts += _entries(line, y)
            y += _LINE
    for pieces in formula(pen):
        y += 4.0
        parts.append(_formula(pieces, y))
        y += _FORMULA_LINE - 4.0
    return element("g", {"class": "legend"}, *parts), y - start + 8.0


# -- what there is to say -----------------------------------------------------------------------------------------


def _notes(pen: Pen) -> Iterator[_Entry]:
    nodes = pen.network.order
    loud = sum(not (math.isfinite(node.data) and math.isfinite(gradient_of(node))) for node in nodes)
    if loud:
        yield _Entry("", "", f"nan or inf in {loud:,} of {len(nodes):,} nodes", "loud")
    if not pen.numbers.has_backward:
        yield _Entry("", "", "backward() has not run: there are no gradients yet")


def _kinds(pen: Pen) -> Iterator[_Entry]:
    """The kinds of derivative that there are, and how they are multiplied."""
    has_activations = any(not neuron.is_linear for layer in pen.network.layers for neuron in layer.neurons)
    kinds: list[tuple[EdgeKind, str, bool]] = [
        ("input", "x", True),
        ("weight", "w", True),
        ("activation", "a′", has_activations),
        ("loss", "c′", pen.network.loss is not None),
    ]
    for kind, symbol, is_there in kinds:
        if is_there:
            yield _Entry(KIND_COLORS[kind], symbol, KIND_NAMES[kind])
    rules = ["x·δ is what one sample or step adds to ∂w" if pen.network.is_shared else "∂w = x·δ"]
    rules += ["δ = ∂a·a′"] if has_activations else []
    rules += ["∂a = Σ w·δ of the next layer"] if len(pen.network.layers) > 1 else []
    yield _Entry("", "", " · ".join([*rules, "wider line: larger |w|"]))


def _cells(pen: Pen) -> Iterator[_Entry]:
    """What the cells of a matrix mean."""
    if any(isinstance(column, Matrix) and not column.as_numbers for column in pen.layout.layers):
        yield _Entry("pos", "", "positive")
        yield _Entry(
            "neg", "", "negative · each cell: w above, ∂w below; paler is smaller; point at one for its numbers"
        )


# -- where it stands ----------------------------------------------------------------------------------------------


def _lines(entries: Sequence[_Entry], width: float) -> list[list[_Entry]]:
    """The entries in lines that are no wider than the picture."""
    lines: list[list[_Entry]] = []
    x = math.inf
    for entry in entries:
        if x + entry.width > width - MARGIN:
            lines.append([])
            x = MARGIN + 2
        lines[-1].append(entry)
        x += entry.width + _BETWEEN
    return lines


def _entries(line: Sequence[_Entry], y: float) -> Iterator[str]:
    x = MARGIN + 2
    for entry in line:
        is_color = entry.swatch.startswith("#")
        if entry.swatch:
            extra = {"fill": entry.swatch} if is_color else {}
            yield rect(x, y - 9, 14, 9, "" if is_color else entry.swatch, 2, **extra)
        left = x + (20.0 if entry.swatch else 0.0)
        symbol = span({"class": "b"}, entry.symbol) if entry.symbol else ""
        words = span({"class": entry.kind}, f" {entry.words}" if symbol else entry.words)
        yield element("text", {"x": left, "y": y, "font-size": length(_TEXT)}, symbol, words)
        x += entry.width + _BETWEEN


def _formula(line: Line, y: float) -> str:
    """A line of a formula, each piece in the colour of its kind; an index stands lower than the rest."""
    pieces = []
    was_lowered = False
    for piece in line:
        attributes: Attributes = {"class": piece.kind}
        if piece.lowered:
            attributes |= {"dy": 3.0, "font-size": length(_INDEX)}
        elif was_lowered:
            attributes |= {"dy": -3.0}
        was_lowered = piece.lowered
        pieces.append(span(attributes, piece.text))
    whole: Attributes = {"x": MARGIN + 2, "y": y, "class": "formula", "font-size": length(_FORMULA)}
    return element("text", whole | {"xml:space": "preserve"}, *pieces)
