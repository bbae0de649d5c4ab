"""Where everything stands in the picture of a network: columns from left to right, boxes and rows within them.

Inputs, each layer and the loss are a column, centred on the tallest one; neurons stand in the order of their indices.
A layer is drawn as boxes with a row for each weight, at which that weight's edge enters, or, where it is too wide for
that, as one matrix. All lengths are in pixels; a text's place is its baseline.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from autograd_core.drawing.network.columns import (
    CELL,
    COMPACT,
    GAP_ROW,
    PAD,
    ROOMY,
    Cards,
    Column,
    LossCard,
    Matrix,
    Rows,
    Size,
)
from autograd_core.drawing.network.emphasis import InSight
from autograd_core.drawing.network.structure import Layer, Network

WIDTH = 1200.0
MARGIN = 12.0
HEAD = 46.0  # above the tallest column: its two lines of captions
_GAPS = 32.0, 150.0  # between columns: at least, at most
_SHRINKS = 1.08  # a picture that is wider by no more than that rather shrinks than loses its numbers
_TALLEST_ROWS = 900.0
_MOST_BOXES = 10
_MOST_SMALL = 4  # neurons, and inputs, of a layer in the roomy size
_MOST_VALUES = 8  # rows of a box that repeat the values of the column before
_MOST_ALWAYS_ROWS = 4  # neurons of a layer that stays rows where the width does not suffice
_MOST_NUMBERS = 4  # columns of a matrix that are written as numbers
_MOST_LINES = 64  # edges between two columns that are drawn one by one
_MOST_SHOWN = 16  # neurons of a matrix, or inputs, that are all drawn
_FIRST_SHOWN = 8
_MOST_CELLS = 32
_FIRST_CELLS = 28
_SMALLEST_CELL, _WIDEST_CELLS = 6.0, 192.0


@dataclass
class Layout:
    """The picture's columns and its size.

    Attributes:
        inputs, layers, loss: the columns.
        size: of text and rows.
        width, height: of the picture without a legend.
    """

    inputs: Cards
    layers: list[Rows | Matrix]
    loss: LossCard | None
    size: Size
    width: float
    height: float

    @property
    def columns(self) -> list[Column]:
        """All columns, from left to right."""
        return [self.inputs, *self.layers, *([] if self.loss is None else [self.loss])]


@dataclass(frozen=True)
class Wishes:
    """What the picture is to look like.

    Attributes:
        width: how wide it may be.
        digits: how many significant digits its numbers have.
        number_space: what each column of numbers has beside its number.
        source_names: the widest name of a source, by layer, in characters.
        input_name: the longest name of an input, in characters.
        loss_name: how many characters the loss's title has.
        has_backward: whether there are gradients.
        kept: what must not be left out.
        collapsed: the indices of layers that are drawn as a matrix in any case.
    """

    width: float = WIDTH
    digits: int = 3
    number_space: float = 0.0
    source_names: Sequence[int] = ()
    input_name: int = 0
    loss_name: int = 0
    kept: InSight | None = None
    collapsed: Collection[int] = ()


def layout(network: Network, wishes: Wishes) -> Layout:
    """Find a place for everything.

    The roomy size is for small networks. Where the picture would be wider than is wished, the compact size is tried,
    then the widest layers become matrices, and if that does not suffice the picture is wider.
    """
    plans = []
    collapsed = frozenset(wishes.collapsed)
    if all(_is_small(layer) for layer in network.layers):
        plans.append((ROOMY, collapsed))
    plans += [(COMPACT, matrices | collapsed) for matrices in _more_and_more_matrices(network.layers)]
    for size, matrices in plans:
        arranged = _arranged(network, wishes, size, matrices)
        if arranged.width <= wishes.width * _SHRINKS:
            break
    return arranged


def _is_small(layer: Layer) -> bool:
    return len(layer.neurons) <= _MOST_SMALL and layer.most_weights <= _MOST_SMALL


def _more_and_more_matrices(layers: Sequence[Layer]) -> list[frozenset[int]]:
    """Which layers are matrices: those that are too high as rows, then also the others, those of most neurons first."""
    tall = {index for index, layer in enumerate(layers) if not _fits_as_rows(layer)}
    others = [index for index, layer in enumerate(layers) if len(layer.neurons) > _MOST_ALWAYS_ROWS]
    others = sorted(set(others) - tall, key=lambda index: (-len(layers[index].neurons), -index))
    return [frozenset(tall | set(others[:count])) for count in range(len(others) + 1)]


def _fits_as_rows(layer: Layer) -> bool:
    rows = max(layer.most_weights + 1, 5)
    is_low = len(layer.neurons) * rows * COMPACT.row <= _TALLEST_ROWS
    return is_low and len(layer.neurons) <= _MOST_BOXES


def _arranged(network: Network, wishes: Wishes, size: Size, matrices: Collection[int]) -> Layout:
    size = replace(size, number=size.number + 7 * (wishes.digits - 3) + wishes.number_space)
    inputs = _cards(network, wishes, size)
    layers: list[Rows | Matrix] = [
        _matrix(layer, index, wishes, size) if index in matrices else _rows(layer, index, wishes, size)
        for index, layer in enumerate(network.layers)
    ]
    arranged = Layout(inputs, layers, _loss_card(network, wishes, size), size, 0.0, 0.0)
    columns = arranged.columns
    used = sum(column.width for column in columns) + 2 * MARGIN
    gap = min(max((wishes.width - used) / max(len(columns) - 1, 1), _GAPS[0]), _GAPS[1])
    tallest = max(column.height for column in columns)
    x = MARGIN
    for column in columns:
        column.x, column.top = x, HEAD + (tallest - column.height) / 2
        x += column.width + gap
    arranged.width, arranged.height = x - gap + MARGIN, HEAD + tallest
    return arranged


def _cards(network: Network, wishes: Wishes, size: Size) -> Cards:
    shown, gap_after = some_of(len(network.inputs), wishes.kept.inputs if wishes.kept else ())
    lines = 2 if all(type(given.held) is float for given in network.inputs) else 3
    height = 2 * PAD + lines * size.row
    total = len(shown) * (height + size.between) - size.between + (GAP_ROW if gap_after is not None else 0.0)
    width = size.card + wishes.number_space + 7 * (wishes.digits - 3)
    width = max(width, min(wishes.input_name, _LONGEST_INPUT) * size.text * 0.64 + 28)
    return Cards(width, total, shown=shown, card_height=height, size=size, gap_after=gap_after)


def _rows(layer: Layer, index: int, wishes: Wishes, size: Size) -> Rows:
    right = [2 if neuron.is_linear else 5 for neuron in layer.neurons]
    lines = [max(len(neuron.terms), least) for neuron, least in zip(layer.neurons, right)]
    heights = [2 * PAD + count * size.row for count in lines]
    total = sum(heights) + size.between * (len(heights) - 1)
    name_width = size.name
    if wishes.source_names:
        name_width = max(name_width, min(wishes.source_names[index], LONGEST_NAME) * size.text * 0.6)
    column = Rows(0.0, total, layer=layer, size=size, heights=heights, name_width=name_width)
    column.has_values = layer.most_weights <= _MOST_VALUES
    column.width = column.right_edge - column.x + 17
    return column


_LONGEST_INPUT = 16
LONGEST_NAME = 9  # in characters, of a source in a neuron's row


def _matrix(layer: Layer, index: int, wishes: Wishes, size: Size) -> Matrix:
    shown, gap_after = some_of(len(layer.neurons), wishes.kept.neurons[index] if wishes.kept else ())
    kept = wishes.kept.signals[index] if wishes.kept else ()
    columns, column_gap_after = some_of(layer.most_weights, kept, _MOST_CELLS, _FIRST_CELLS)
    as_numbers = len(columns) <= _MOST_NUMBERS
    cell = size.number if as_numbers else max(min(CELL, _WIDEST_CELLS / len(columns)), _SMALLEST_CELL)
    total = 8 + 28.0 * len(shown) + (GAP_ROW if gap_after is not None else 0.0)
    column = Matrix(0.0, total, layer=layer, size=size, shown=shown, gap_after=gap_after, columns=columns)
    column.column_gap_after, column.as_numbers, column.cell = column_gap_after, as_numbers, cell
    column.index_width = 17.0 + 7 * len(str(len(layer.neurons) - 1))
    column.width = column.output_edges[1] - column.x + 8
    return column


def _loss_card(network: Network, wishes: Wishes, size: Size) -> LossCard | None:
    if network.loss is None:
        return None
    shown, gap_after = some_of(len(network.pairs), ())
    is_table = len(network.pairs) > 1
    gap_rows = gap_after is not None
    lines = len(shown) + 1 + gap_rows if is_table else 1 + 1 * _has_target(network) + 1
    height = 4 + size.row + 6 + lines * size.row + PAD
    width = 3 * size.number + 36 if is_table else size.number + 57
    width = max(width, wishes.loss_name * 8.0)
    batch = 34.0 + 2 * size.row + 2 * PAD if network.is_batch else 0.0
    if network.is_batch:
        width = max(width, len(batch_title(network)) * size.text * 0.66)
    card = LossCard(width, height + batch, size=size, shown=shown, gap_after=gap_after, is_table=is_table)
    card.loss_height, card.batch_top = height, height + 34.0
    return card


def batch_title(network: Network) -> str:
    """What the losses of a batch's samples come to."""
    operation = {"+": "sum", "sum": "sum", "mean": "mean"}.get(network.root.op.name, "loss")
    return f"{operation} of {len(network.samples):,} samples"


def _has_target(network: Network) -> bool:
    return any(pair.target is not None for pair in network.pairs)


def some_of(
    count: int, kept: Collection[int], most: int = _MOST_SHOWN, first: int = _FIRST_SHOWN
) -> tuple[list[int], int | None]:
    """Which of many are shown: all of a few, else the first ones, those that are kept, and the last one.

    Returns:
        Their indices, and after how many of them it is said that there are more; None where all are shown.

    >>> some_of(3, ()), some_of(48, {30})
    (([0, 1, 2], None), ([0, 1, 2, 3, 4, 5, 6, 7, 30, 47], 8))
    """
    if count <= most:
        return list(range(count)), None
    return sorted({*range(first), *kept, count - 1}), first


def is_drawn_as_lines(column: Rows | Matrix) -> bool:
    """Whether each weight of a layer has an edge of its own; a band stands for them all otherwise."""
    return isinstance(column, Rows) or sum(len(neuron.weights) for neuron in column.layer.neurons) <= _MOST_LINES
