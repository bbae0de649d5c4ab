"""The ends of the picture of a network: the cards of its inputs, and that of its loss."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.drawing.network.columns import PAD, Cards, LossCard
from autograd_core.drawing.network.layout import batch_title
from autograd_core.drawing.network.pen import Pen, cut, hair, more, off
from autograd_core.drawing.network.svg import group, rect, text
from autograd_core.graph import Node
from autograd_core.notation.columns import column_number
from autograd_core.notation.numbers import subscripted

_LOSS_DIGITS = 4


def input_cards(pen: Pen, column: Cards) -> Iterator[str]:
    """The inputs: names, values and gradients."""
    yield pen.heading(column.x, column.top - 12, "inputs")
    size = column.size
    for index in column.shown:
        given = pen.network.inputs[index]
        top = column.card_top(index)
        right = column.x + column.width - size.port - 7
        baselines = [top + PAD + size.baseline + row * size.row for row in range(3)]
        name = pen.numbers.input_names[index]
        room = int((column.width - 26) / (size.text * 0.64))
        is_hot = pen.emphasis.is_hot(given.held)
        parts = [rect(column.x, top, column.width, column.card_height, "leaf", 10)]
        if is_hot:
            parts.append(rect(column.x + 5, top + PAD + size.row, column.width - size.port - 8, size.row, "hot", 3))
        parts += [
            pen.label(column.x + 10, baselines[0], cut(name, room), "b", hover=name),
            pen.label(column.x + 10, baselines[1], "x"),
            pen.number(right, baselines[1], pen.numbers.input_value(given), "x b" if is_hot else "x"),
        ]
        if type(given.held) is not float:
            parts.append(pen.label(column.x + 10, baselines[2], "∂x"))
            parts.append(pen.number(right, baselines[2], pen.numbers.gradient(given.held), "b" if is_hot else ""))
        is_on = pen.emphasis.has_input(given, pen.network.layers)
        yield group(off(is_on, "input"), *parts, pen.port(column, index), input=index)
    if column.gap_after is not None:
        next_top = column.card_top(column.shown[column.gap_after])
        left_out = len(pen.network.inputs) - len(column.shown)
        yield more(column.x + 10, next_top - 6 - size.between, left_out, size.text)


def loss_card(pen: Pen, card: LossCard) -> Iterator[str]:
    """The loss with the outputs, the targets and its derivatives; below it what a batch comes to."""
    loss, size = pen.network.loss, card.size
    assert loss is not None, "a column for the loss is laid out where there is one"
    left, right = card.x + 10, card.x + card.width - 10
    yield pen.heading(card.x, card.top - 12, str(loss.op.name) if loss.op.kind == "loss" else "loss")
    baseline = card.top + 4 + size.baseline
    parts = [
        rect(card.x, card.top, card.width, card.loss_height, "card", 6),
        pen.label(left, baseline, _name(pen, card, loss), "b", hover=pen.numbers.names.of(loss)),
        pen.number(right, baseline, pen.numbers.value(loss), "b", _LOSS_DIGITS),
        hair(left, card.top + 4 + size.row + 2, card.width - 20),
        *(_table(pen, card) if card.is_table else _lines(pen, card)),
    ]
    is_root = loss is pen.network.root
    yield group("loss root" if is_root else "loss", *parts)
    if pen.network.is_batch:
        yield _batch(pen, card)


def _name(pen: Pen, card: LossCard, node: Node) -> str:
    """What a loss is called, if there is room for it beside its number."""
    name = pen.numbers.names.of(node)
    number = column_number(node.data, _LOSS_DIGITS)
    room = int((card.width - 26) / (card.size.text * 0.64)) - len(number)
    return name if len(name) <= room else cut(name, room) if node.label else "loss"


def _derivative(pen: Pen) -> str:
    """c′, or ∂o where it is the gradient with respect to what a whole batch comes to."""
    is_local = pen.network.loss is pen.network.root or any(pair.use is not None for pair in pen.network.pairs)
    return "c′" if is_local else "∂o"


def _lines(pen: Pen, card: LossCard) -> Iterator[str]:
    """One output, a line for each of its numbers."""
    (pair,) = pen.network.pairs
    rows = [("o", "", pen.numbers.value(pair.output))]
    if pair.target is not None:
        rows.append(("target", "", pen.numbers.target(pair, 0)))
    rows.append((_derivative(pen), "c", pen.numbers.loss_derivative(pair)))
    for row, (symbol, kind, shown) in enumerate(rows):
        baseline = card.row_top(row) + card.size.baseline
        yield pen.label(card.x + 10, baseline, symbol, kind or "q")
        yield pen.number(card.x + card.width - 10, baseline, shown, kind)


def _table(pen: Pen, card: LossCard) -> Iterator[str]:
    """Several outputs, a row for each."""
    right, step = card.x + card.width - 10, card.size.number + 2
    pairs = pen.network.pairs
    has_targets = any(pair.target is not None for pair in pairs)
    head = card.row_top(0) + card.size.baseline
    for place, (caption, kind) in enumerate(((_derivative(pen), "c b"), ("t" if has_targets else "", "q"), ("o", "q"))):
        yield pen.caption(right - place * step, head, caption, kind)
    for index in card.shown:
        pair = pairs[index]
        baseline = card.row_top(card.output_row(index)) + card.size.baseline
        numbers = [pen.number(right, baseline, pen.numbers.loss_derivative(pair), "c")]
        if pair.target is not None:
            numbers.append(pen.number(right - step, baseline, pen.numbers.target(pair, index)))
        numbers.append(pen.number(right - 2 * step, baseline, pen.numbers.value(pair.output)))
        label = pen.label(card.x + 10, baseline, subscripted("o", index))
        yield group(off(pen.emphasis.has(pair.output), "output"), label, *reversed(numbers), output=index)
    if card.gap_after is not None:
        baseline = card.row_top(1 + card.gap_after) + card.size.baseline
        yield more(card.x + 10, baseline, len(pairs) - len(card.shown), card.size.text)


def _batch(pen: Pen, card: LossCard) -> str:
    """What the losses of all samples come to, and which sample is shown."""
    root, size = pen.network.root, card.size
    top = card.top + card.batch_top
    left, right = card.x + 10, card.x + card.width - 10
    baselines = [top + PAD + size.baseline + row * size.row for row in range(2)]
    return group(
        "batch root",
        text(card.x, top - 8, batch_title(pen.network), "b", size.text),
        rect(card.x, top, card.width, 2 * PAD + 2 * size.row, "card", 6),
        pen.label(left, baselines[0], _name(pen, card, root), "b", hover=pen.numbers.names.of(root)),
        pen.number(right, baselines[0], pen.numbers.value(root), "b", _LOSS_DIGITS),
        pen.label(left, baselines[1], "sample shown"),
        pen.label(right, baselines[1], f"{pen.network.sample:,}", "", "end"),
    )
