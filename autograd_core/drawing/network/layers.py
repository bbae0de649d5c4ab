"""The layers of the picture of a network: as boxes with a row for each weight, or as one matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from autograd_core.drawing.network.columns import CELL, PAD, Matrix, Rows
from autograd_core.drawing.network.layout import LONGEST_NAME
from autograd_core.drawing.network.numbers import Numbers, Shown
from autograd_core.drawing.network.pen import Pen, address, cut, hair, more, off
from autograd_core.drawing.network.structure import Layer, Neuron, source_of
from autograd_core.drawing.network.svg import Attributes, element, group, length, rect, text, title


class Largest(NamedTuple):
    """The largest sizes of a layer's finite weights and gradients, biases included."""

    weight: float
    gradient: float


def largest(numbers: Numbers, layer: Layer) -> Largest:
    """The largest weight and the largest gradient of a layer."""
    terms = [term for neuron in layer.neurons for term in neuron.terms]
    return Largest(
        _largest_of([numbers.weight(term) for term in terms]),
        _largest_of([numbers.weight_gradient(term) for term in terms]),
    )


def _largest_of(shown: list[Shown]) -> float:
    sizes = [abs(each.value) for each in shown if each.value is not None and math.isfinite(each.value)]
    return max(sizes, default=0.0)


def layer_column(pen: Pen, index: int, column: Rows | Matrix) -> Iterator[str]:
    """A layer with its captions."""
    layer = column.layer
    count = len(layer.neurons)
    what = f"{count} × {layer.activation}" if count > 1 else layer.activation
    yield pen.heading(column.x, column.top - 24, f"layer {index}")
    yield pen.label(column.x + column.width, column.top - 24, what, "q", "end")
    yield from _boxes(pen, index, column) if isinstance(column, Rows) else _matrix(pen, index, column)


# -- boxes with rows ----------------------------------------------------------------------------------------------


def _boxes(pen: Pen, index: int, column: Rows) -> Iterator[str]:
    captions = [("x" if index == 0 else "a", "x b")] if column.has_values else []
    captions += [("w", "w b"), ("x·δ" if pen.network.is_shared else "∂w", "b")]
    for edge, (caption, kind) in zip(column.number_edges, captions):
        yield pen.caption(edge, column.top - 7, caption, kind)
    for place, neuron in enumerate(column.layer.neurons):
        parts = [rect(column.x, column.box_top(place), column.width, column.heights[place], "card", 6)]
        parts += [_term(pen, column, index, place, row) for row in range(len(neuron.terms))]
        parts += _outputs(pen, column, place, neuron)
        is_on = pen.emphasis.has_neuron(neuron)
        yield group(off(is_on, "neuron"), *parts, pen.port(column, place), layer=index, neuron=place)


def _term(pen: Pen, column: Rows, layer: int, neuron: int, row: int) -> str:
    """A row: the source's name, its value, the weight and its gradient."""
    term, numbers = column.layer.neurons[neuron].terms[row], pen.numbers
    top, edges = column.row_top(neuron, row), column.number_edges
    baseline = top + column.size.baseline
    is_hot = pen.emphasis.is_hot(term.parameter)
    bold = " b" if is_hot else ""
    name = "b" if term.signal is None else numbers.source_names[source_of(term.source, row)]
    parts = [rect(column.x + 1, top, column.line - column.x - 2, column.size.row, "hot")] if is_hot else []
    parts.append(pen.label(column.x + 8, baseline, cut(name, LONGEST_NAME), hover=name if len(name) > 2 else ""))
    if column.has_values:
        parts.append(pen.number(edges[0], baseline, numbers.signal(term), "x"))
    parts.append(pen.number(edges[-2], baseline, numbers.weight(term), "w" + bold))
    parts.append(pen.number(edges[-1], baseline, numbers.weight_gradient(term), bold.strip()))
    is_faded = pen.emphasis.has_neuron(column.layer.neurons[neuron]) and not pen.emphasis.has_term(term)
    return group(off(not is_faded, "term"), *parts, layer=layer, neuron=neuron, term=row)


def _outputs(pen: Pen, column: Rows, place: int, neuron: Neuron) -> Iterator[str]:
    """The right part: s, a, and what multiplies downwards to δ."""
    top, height = column.box_top(place) + PAD, column.heights[place] - 2 * PAD
    yield element("path", {"class": "hair", "d": f"M{length(column.line)} {length(top)}v{length(height)}"})
    for row, (symbol, kind, shown) in enumerate(pen.numbers.outputs(neuron)):
        baseline = column.row_top(place, row) + column.size.baseline
        if symbol == "∂a":
            yield hair(column.line, column.row_top(place, row), column.right_edge - column.line)
        yield pen.label(column.line + 7, baseline, symbol, "a" if kind == "a" else "q")
        yield pen.number(column.right_edge, baseline, shown, kind)


# -- a matrix -----------------------------------------------------------------------------------------------------


def _matrix(pen: Pen, index: int, column: Matrix) -> Iterator[str]:
    yield from _matrix_captions(pen, column)
    full = largest(pen.numbers, column.layer)
    parts = [rect(column.x, column.top, column.width, column.height, "card", 6)]
    parts += [_matrix_row(pen, column, index, place, full) for place in column.shown]
    if column.gap_after is not None:
        left_out = len(column.layer.neurons) - len(column.shown)
        parts.append(
            more(column.x + 10, column.row_top(column.shown[column.gap_after]) - 6, left_out, column.size.text)
        )
    sizes = {} if column.as_numbers else full._asdict()
    yield group("matrix", *parts, layer=index, **{f"largest-{half}": repr(size) for half, size in sizes.items()})


def _matrix_row(pen: Pen, column: Matrix, layer: int, place: int, full: Largest) -> str:
    """A neuron: its index, its weights, its output and δ."""
    neuron, top, size = column.layer.neurons[place], column.row_top(place), column.size
    parts = [] if place == column.shown[0] else [hair(column.x + 5, top, column.width - 10)]
    parts.append(text(column.x + 8, top + 18, str(place), "b", size.text))
    for position, signal in enumerate(column.columns):
        if signal < len(neuron.weights):
            parts.append(_cell(pen, column, (layer, place, signal), position, full))
    if len(neuron.terms) > len(neuron.weights):
        parts.append(_cell(pen, column, (layer, place, len(neuron.weights)), len(column.columns), full))
    shown = (pen.numbers.value(neuron.output), ""), (pen.numbers.gradient(neuron.weighted_sum), "b")
    for edge, (number, kind) in zip(column.output_edges, shown):
        parts.append(pen.number(edge, top + 18, number, kind))
    return group(off(pen.emphasis.has_neuron(neuron), "neuron"), *parts, layer=layer, neuron=place)


def _cell(pen: Pen, column: Matrix, indices: tuple[int, int, int], position: int, full: Largest) -> str:
    """A weight above, its gradient below: as numbers, or as two colours."""
    layer, place, row = indices
    term = column.layer.neurons[place].terms[row]
    x, top = column.column_left(position), column.row_top(place)
    weight, gradient = pen.numbers.weight(term), pen.numbers.weight_gradient(term)
    is_hot = pen.emphasis.is_hot(term.parameter)
    width = column.cell if term.signal is not None else max(column.cell, CELL)
    parts = []
    if column.as_numbers:
        bold = " b" if is_hot else ""
        right = x + column.size.number
        parts += [rect(x + 3, top + 1, width - 1, column.row - 2, "hot", 3)] if is_hot else []
        parts += [pen.number(right, top + 12, weight, "w" + bold), pen.number(right, top + 24, gradient, bold.strip())]
    else:
        parts.append(title(pen.numbers.cell_hover(term, weight, gradient)))
        parts += [_color(x, top + 3, width, weight, full.weight), _color(x, top + 14, width, gradient, full.gradient)]
        parts += [rect(x - 1, top + 2, width + 2, 24, "frame", 2)] if is_hot else []
    is_faded = pen.emphasis.has_neuron(column.layer.neurons[place]) and not pen.emphasis.has_term(term)
    return group(off(not is_faded, "term"), *parts, layer=layer, neuron=place, term=row)


def _color(x: float, y: float, width: float, shown: Shown, full: float) -> str:
    """Half of a cell: orange for a positive number, blue for a negative one; the smaller, the paler."""
    value = shown.value or 0.0
    strength = min(abs(value) / full, 1.0) ** 0.7 if full and math.isfinite(value) else 0.0
    kind = ("pos" if value > 0.0 else "neg") if math.isfinite(value) else "loud"
    attributes: Attributes = {"x": x, "y": y, "width": width, "height": 11.0, "class": kind}
    return element("rect", attributes | {"fill-opacity": f"{strength:.2g}".removeprefix("0") or "0", **address(shown)})


def _matrix_captions(pen: Pen, column: Matrix) -> Iterator[str]:
    y, edges = column.top - 7, column.output_edges
    widest = max(column.layer.neurons, key=lambda neuron: len(neuron.weights))
    sources = widest.sources()
    names = [cut(pen.numbers.source_names[sources[signal]], LONGEST_NAME - 1) for signal in column.columns]
    bias_left = column.column_left(len(names))
    if column.as_numbers:
        for position, name in enumerate(names):
            yield pen.caption(column.column_left(position) + column.size.number, y, name)
        yield pen.caption(bias_left + column.size.number, y, "b")
    else:
        span = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        yield text(column.column_left(0), y, span, "q", column.size.caption)
        yield pen.caption(bias_left + CELL, y, "b")
    yield pen.caption(edges[0], y, "s" if column.layer.activation == "linear" else "a")
    yield pen.caption(edges[1], y, "δ", "b")
