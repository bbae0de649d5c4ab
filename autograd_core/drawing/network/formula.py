"""The gradient of what is highlighted, written out: the rule in symbols, and the same in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_core.drawing.network.emphasis import hot_terms
from autograd_core.drawing.network.numbers import Shown
from autograd_core.drawing.network.pen import Pen
from autograd_core.drawing.network.structure import Neuron, Term, source_of
from autograd_core.graph import Node
from autograd_core.notation.columns import column_number

_MOST_TERMS = 4  # of a sum that are all written out
_FIRST_TERMS = 2
_LONGEST_NAME = 12


class Piece(NamedTuple):
    """A part of a line: its text, the class of its colour, and whether it is an index below the line."""

    text: str
    kind: str = ""
    lowered: bool = False


Line = list[Piece]
_TIMES, _DOT = Piece(" × "), Piece(" · ")


def formula(pen: Pen) -> list[Line]:
    """Two lines for a weight or bias, an input or a neuron's output; none for another node."""
    hot = pen.emphasis.highlight
    if hot is None:
        return []
    for layer in pen.network.layers:
        for index, row, term in hot_terms(layer, pen.emphasis):
            return _of_weight(pen, layer.neurons[index], term, (index, row))
    is_signal = any(given.held is hot for given in pen.network.inputs)
    is_signal |= any(neuron.output is hot for layer in pen.network.layers for neuron in layer.neurons)
    return _of_signal(pen, hot) if is_signal else []


def _of_weight(pen: Pen, neuron: Neuron, term: Term, place: tuple[int, int]) -> list[Line]:
    """x · a′ · the gradient of the neuron's output."""
    numbers = pen.numbers
    name = "" if term.signal is None else numbers.source_names[source_of(term.source, place[1])]
    factors = [(Piece(name, "x"), numbers.signal(term), "x")] if name else []
    factors += [] if neuron.is_linear else [(Piece("a′", "a"), numbers.slope(neuron), "a")]
    symbols, in_numbers, is_sum = _gradient_of_signal(pen, neuron.output)
    first = [*_left_side(pen, term, place), *_joined([piece for piece, _, _ in factors], symbols, _DOT)]
    if pen.network.is_shared:
        first.append(Piece("  (this is what one sample or step adds)", "q"))
    result = numbers.weight_gradient(term)
    if result.value is None:
        return [first]
    written = [_number(pen, shown, kind) for _, shown, kind in factors]
    second = [Piece("= "), *_joined(written, in_numbers, _TIMES), Piece(" = ")]
    if is_sum:
        second += [*_joined(written, [_number(pen, numbers.gradient(neuron.output))], _TIMES), Piece(" = ")]
    return [first, [*second, _result(pen, result)]]


def _of_signal(pen: Pen, node: Node) -> list[Line]:
    """The gradient of an input or of a neuron's output: the sum over the neurons that read it."""
    symbols, in_numbers, _ = _gradient_of_signal(pen, node)
    root, name = pen.numbers.names.of(pen.network.root), pen.numbers.names.of(node)
    first = [Piece(f"∂{root}/∂{name}", "b"), Piece(" = "), *symbols]
    result = pen.numbers.gradient(node)
    if result.value is None:
        return [first]
    return [first, [Piece("= "), *in_numbers, Piece(" = "), _result(pen, result)]]


def _left_side(pen: Pen, term: Term, place: tuple[int, int]) -> Iterator[Piece]:
    """∂loss/∂w: the weight by its name, or by its place in its layer where that is long."""
    root, name = pen.numbers.names.of(pen.network.root), pen.numbers.names.of(term.parameter)
    if len(name) <= _LONGEST_NAME:
        yield Piece(f"∂{root}/∂{name}", "b")
    else:
        neuron, row = place
        yield Piece(f"∂{root}/∂{'b' if term.signal is None else 'w'}", "b")
        yield Piece(f"{neuron}" if term.signal is None else f"{neuron},{row}", "b", lowered=True)
    yield Piece(" = ")


def _gradient_of_signal(pen: Pen, node: Node) -> tuple[Line, Line, bool]:
    """The gradient of a signal in symbols and in numbers, and whether it is a sum."""
    numbers = pen.numbers
    readers = [
        (neuron, term)
        for layer in pen.network.layers
        for neuron in layer.neurons
        for term in neuron.weights
        if term.source is node
    ]
    pairs = [pair for pair in pen.network.pairs if pair.output is node and pen.network.loss is not None]
    if pairs and not readers:
        loss = pen.network.loss
        symbols, written = [Piece("c′", "c")], [_number(pen, numbers.loss_derivative(pairs[0]), "c")]
        if loss is not None and loss is not pen.network.root and pairs[0].use is not None:
            symbols += [_DOT, Piece(f"∂{numbers.names.of(pen.network.root)}/∂loss")]
            written += [_TIMES, _number(pen, numbers.gradient(loss))]
        return symbols, written, False
    if pairs or not readers:
        return [Piece("∂a")], [_number(pen, numbers.gradient(node))], False
    count = len(readers)
    over = f" over the {count:,} neurons that read it" if count > 1 else ""
    symbols = [*([Piece("Σ ")] if count > 1 else []), Piece("w", "w"), Piece("·δ"), Piece(over, "q")]
    written = _sum(pen, readers)
    return symbols, [Piece("( "), *written, Piece(" )")] if count > 1 else written, count > 1


def _sum(pen: Pen, readers: Sequence[tuple[Neuron, Term]]) -> Line:
    """w × δ for each reader, of many for the first few."""
    shown = readers if len(readers) <= _MOST_TERMS else readers[:_FIRST_TERMS]
    line: Line = []
    for neuron, term in shown:
        line += [Piece(" + ")] if line else []
        delta = pen.numbers.gradient(neuron.weighted_sum)
        line += [_number(pen, pen.numbers.weight(term), "w"), _TIMES, _number(pen, delta)]
    if len(shown) < len(readers):
        line.append(Piece(f" + … {len(readers) - len(shown):,} more", "q"))
    return line


def _joined(factors: Sequence[Piece], last: Line, between: Piece) -> Line:
    """Factors and what comes after them, with a sign of multiplication between."""
    line: Line = []
    for piece in factors:
        line += [piece, between]
    return line + last


def _number(pen: Pen, shown: Shown, kind: str = "") -> Piece:
    """A number in a product: a negative one in parentheses."""
    if shown.value is None:
        return Piece("?", kind)
    text = column_number(shown.value, pen.digits)
    return Piece(f"({text})" if text.startswith("−") else text, kind)


def _result(pen: Pen, shown: Shown) -> Piece:
    return Piece("?" if shown.value is None else column_number(shown.value, pen.digits), "b")
