"""The edges of the picture of a network: a line for each weight, or one band for very many, and those to the loss."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd_core.drawing.network.columns import Column, Matrix, Rows
from autograd_core.drawing.network.layers import largest
from autograd_core.drawing.network.layout import is_drawn_as_lines
from autograd_core.drawing.network.pen import Pen
from autograd_core.drawing.network.structure import Source, Term
from autograd_core.drawing.network.svg import Attributes, curve, element, length, title

Places = dict[Source, tuple[Column, int]]
"""Where the edges of each signal begin: in which column, and at which of its ports."""


def edges(pen: Pen) -> Iterator[str]:
    """All edges."""
    places: Places = {given.source: (pen.layout.inputs, index) for index, given in enumerate(pen.network.inputs)}
    for column in pen.layout.layers:
        places |= {neuron.output: (column, index) for index, neuron in enumerate(column.layer.neurons)}
    for index, column in enumerate(pen.layout.layers):
        all_lines = is_drawn_as_lines(column)
        if not all_lines:
            yield _band(index, column, pen)
        if all_lines or pen.emphasis.highlight is not None:
            yield from _lines(pen, index, column, places, all_lines)
    yield from _to_the_loss(pen, places)


def _lines(pen: Pen, layer: int, column: Rows | Matrix, places: Places, all_lines: bool) -> Iterator[str]:
    """The lines of a layer's weights; if not all, those on the paths that are highlighted."""
    full = largest(pen.numbers, column.layer).weight
    for place, neuron in enumerate(column.layer.neurons):
        for row, (source, term) in enumerate(zip(neuron.sources(), neuron.weights)):
            start, position = places[source]
            is_on = _is_on(pen, term)
            if (all_lines or is_on) and start.shows(position) and column.shows(place):
                weight = pen.numbers.weight(term)
                finite = weight.value is not None and math.isfinite(weight.value)
                share = abs(weight.value or 0.0) / full if full and finite else 0.0
                attributes: Attributes = {
                    "class": _kind("ew", is_on, pen),
                    "stroke-width": f"{0.7 + 2.4 * share:.2f}",
                }
                attributes |= {"d": _curve(pen, start, position, column, place, row)}
                attributes |= {"data-layer": layer, "data-neuron": place, "data-term": row}
                yield element("path", attributes, title(weight.hover))


def _kind(kind: str, is_on: bool, pen: Pen) -> str:
    """The classes of an edge."""
    state = "" if pen.emphasis.highlight is None else " on" if is_on else " off"
    return f"edge {kind}{state}"


def _is_on(pen: Pen, term: Term) -> bool:
    """Whether a highlighted path leads along the edge of a term, or begins beside it."""
    return pen.emphasis.highlight is not None and pen.emphasis.has_term(term)


def _to_the_loss(pen: Pen, places: Places) -> Iterator[str]:
    card = pen.layout.loss
    if card is None:
        return
    for index, pair in enumerate(pen.network.pairs):
        start, position = places[pair.output]
        if start.shows(position) and card.shows(index):
            is_on = pen.emphasis.highlight is not None and pen.emphasis.has(pair.output)
            attributes: Attributes = {"class": _kind("ec", is_on, pen), "stroke-width": 2.2}
            attributes |= {"d": _curve(pen, start, position, card, index, 0), "data-output": index}
            yield element("path", attributes, title(pen.numbers.loss_derivative(pair).hover))


def _curve(pen: Pen, start: Column, position: int, end: Column, neuron: int, row: int) -> str:
    x, y = start.port(position)
    radius = 0.0 if isinstance(start, Matrix) else pen.layout.size.port
    return curve((x + radius, y), end.entry(neuron, row))


def _band(index: int, column: Rows | Matrix, pen: Pen) -> str:
    """One pale band for all weights between two columns, with their number written upright in it."""
    before: Column = pen.layout.inputs if index == 0 else pen.layout.layers[index - 1]
    left, right = before.x + before.width + 10, column.x - 2
    corners = [(left, before.top + 8), (right, column.top + 8)]
    corners += [(right, column.top + column.height - 8), (left, before.top + before.height - 8)]
    outline = "M" + "L".join(f"{length(x)} {length(y)}" for x, y in corners) + "Z"
    count = f"{len(column.layer.neurons)} × {column.layer.most_weights} weights"
    middle = f"translate({length((left + right) / 2 + 4)} {length(column.top + column.height / 2)})rotate(-90)"
    upright: Attributes = {"class": "w b", "font-size": length(column.size.text), "text-anchor": "middle"}
    return element("path", {"class": "band", "d": outline}) + element("text", upright | {"transform": middle}, count)
