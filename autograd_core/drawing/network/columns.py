"""The columns of the picture of a network: what stands in each, and where its rows, ports and numbers are.

All lengths are in pixels; a text's place is its baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_core.drawing.network.structure import Layer

PAD = 5.0  # above the first row of a box, and below the last
GAP_ROW = 20.0  # where it says that there are more
_GAP_COLUMN = 14.0
CELL = 12.0


@dataclass(frozen=True)
class Size:
    """How large texts and rows are.

    Attributes:
        text: the size of the text.
        row: the height of a row.
        baseline: how far below its top a row's baseline is.
        number: the width of a column of numbers.
        symbol: the width of the symbols right of a box's line.
        between: the space between two boxes.
        port: the radius of a neuron's port.
        card: the width of an input.
        caption: the size of the columns' captions.
        name: the least width of the names of sources.
    """

    text: float
    row: float
    baseline: float
    number: float
    symbol: float
    between: float
    port: float
    card: float
    caption: float
    name: float


ROOMY = Size(13, 19, 14.2, 61, 22, 14, 9, 112, 12.5, 18)
COMPACT = Size(11.5, 14.5, 11, 55, 14, 7, 8, 98, 11, 14)


@dataclass
class Column:
    """A column of the picture.

    Attributes:
        width: its width.
        height: its height without the captions.
        x: its left edge.
        top: where its first box begins.
    """

    width: float
    height: float
    x: float = 0.0
    top: float = 0.0

    def entry(self, neuron: int, row: int) -> tuple[float, float]:
        """Where the edge of a neuron's row enters."""
        raise NotImplementedError

    def port(self, index: int) -> tuple[float, float]:
        """Where the edges of a neuron or an input begin."""
        raise NotImplementedError

    def shows(self, index: int) -> bool:
        """Whether a neuron, an input or an output is not among those that are left out."""
        return True


@dataclass
class Cards(Column):
    """The inputs, a card each.

    Attributes:
        shown: the indices of those that are drawn.
        card_height: the height of one.
        size: of text and rows.
        gap_after: after how many of those shown others are left out; None where all are shown.
    """

    shown: Sequence[int] = ()
    card_height: float = 0.0
    size: Size = ROOMY
    gap_after: int | None = None

    def card_top(self, index: int) -> float:
        """The upper edge of a card."""
        place = self.shown.index(index)
        after_gap = GAP_ROW if self.gap_after is not None and place >= self.gap_after else 0.0
        return self.top + place * (self.card_height + self.size.between) + after_gap

    def port(self, index: int) -> tuple[float, float]:
        """Where the edges of an input begin."""
        return self.x + self.width, self.card_top(index) + self.card_height / 2

    def shows(self, index: int) -> bool:
        """Whether it is not among those that are left out."""
        return index in self.shown


@dataclass
class Rows(Column):
    """A layer as boxes with a row for each weight.

    Attributes:
        layer: the layer.
        size: of text and rows.
        heights: of the boxes.
        has_values: whether the values that the weights multiply are repeated in the box.
        name_width: of the names of sources.
    """

    layer: Layer = field(default_factory=lambda: Layer(()))
    size: Size = ROOMY
    heights: Sequence[float] = ()
    has_values: bool = True
    name_width: float = 0.0

    def box_top(self, index: int) -> float:
        """The upper edge of a neuron's box."""
        return self.top + sum(self.heights[:index]) + index * self.size.between

    def row_top(self, index: int, row: int) -> float:
        """The upper edge of a row of a neuron's box."""
        return self.box_top(index) + PAD + row * self.size.row

    @property
    def number_edges(self) -> list[float]:
        """The right edges of the columns of numbers: x if there is one, w and ∂w."""
        start = self.x + 8 + self.name_width
        return [start + place * self.size.number for place in range(1, 4 if self.has_values else 3)]

    @property
    def line(self) -> float:
        """Where the line between the weights and the sum is."""
        return self.number_edges[-1] + 5

    @property
    def right_edge(self) -> float:
        """The right edge of the numbers right of the line."""
        return self.line + 7 + self.size.symbol + self.size.number

    def entry(self, neuron: int, row: int) -> tuple[float, float]:
        """Where the edge of a neuron's row enters."""
        return self.x, self.row_top(neuron, row) + self.size.row / 2

    def port(self, index: int) -> tuple[float, float]:
        """Where the edges of a neuron begin."""
        return self.x + self.width, self.box_top(index) + self.heights[index] / 2


@dataclass
class Matrix(Column):
    """A layer as one box: a row for each neuron, a column for each signal that it reads, and one for the bias.

    Attributes:
        layer: the layer.
        size: of the text.
        shown: the indices of the neurons that are drawn.
        gap_after: after how many of those others are left out; None where all are shown.
        columns: the indices of the signals that are drawn.
        column_gap_after: after how many of those others are left out.
        as_numbers: whether weights are written; cells of colour stand for them otherwise.
        cell: the width of a column.
        index_width: of the neurons' indices.
    """

    layer: Layer = field(default_factory=lambda: Layer(()))
    size: Size = COMPACT
    shown: Sequence[int] = ()
    gap_after: int | None = None
    columns: Sequence[int] = ()
    column_gap_after: int | None = None
    as_numbers: bool = True
    cell: float = CELL
    index_width: float = 24.0
    row: float = 28.0

    def row_top(self, index: int) -> float:
        """The upper edge of a neuron's row."""
        place = self.shown.index(index)
        after_gap = GAP_ROW if self.gap_after is not None and place >= self.gap_after else 0.0
        return self.top + 4 + place * self.row + after_gap

    def column_left(self, place: int) -> float:
        """The left edge of the column of one of the signals shown, and of the bias after the last of them."""
        after_gap = _GAP_COLUMN if self.column_gap_after is not None and place >= self.column_gap_after else 0.0
        before_bias = 4.0 if place == len(self.columns) else 0.0
        return self.x + self.index_width + place * self.cell + after_gap + before_bias

    @property
    def output_edges(self) -> tuple[float, float]:
        """The right edges of the columns with the outputs and with δ."""
        start = self.column_left(len(self.columns)) + max(self.cell, CELL) + 6
        return start + self.size.number, start + 2 * self.size.number + 6

    def entry(self, neuron: int, row: int) -> tuple[float, float]:
        """Where all edges of a neuron enter."""
        return self.x, self.row_top(neuron) + self.row / 2

    def port(self, index: int) -> tuple[float, float]:
        """Where the edges of a neuron begin."""
        return self.x + self.width, self.row_top(index) + self.row / 2

    def shows(self, index: int) -> bool:
        """Whether it is not among those that are left out."""
        return index in self.shown


@dataclass
class LossCard(Column):
    """The loss, and below it, for a batch, what the losses of all samples come to.

    Attributes:
        size: of text and rows.
        shown: the indices of the outputs that are drawn.
        gap_after: after how many of those others are left out.
        is_table: whether the outputs are rows of a table.
        loss_height: the height of the upper card.
    """

    size: Size = ROOMY
    shown: Sequence[int] = ()
    gap_after: int | None = None
    is_table: bool = False
    loss_height: float = 0.0
    batch_top: float = 0.0  # from the top

    def row_top(self, row: int) -> float:
        """The upper edge of a row below the line under the loss itself."""
        return self.top + 4 + self.size.row + 6 + row * self.size.row

    def output_row(self, index: int) -> int:
        """The row of an output in the table, which has a head."""
        place = self.shown.index(index)
        return 1 + place + (self.gap_after is not None and place >= self.gap_after)

    def entry(self, neuron: int, row: int) -> tuple[float, float]:
        """Where the edge of an output enters."""
        line = self.output_row(neuron) if self.is_table else 0
        return self.x, self.row_top(line) + self.size.row / 2

    def shows(self, index: int) -> bool:
        """Whether it is not among those that are left out."""
        return index in self.shown
