"""Which derivatives can be other than zero: found from the edges of a list, without a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd_core.replay.code import Edges, Slots


@dataclass(frozen=True)
class Pattern:
    """The entries of a matrix that are not always zero, row by row, as SciPy's CSR has them.

    Attributes:
        n_columns: how many columns it has.
        starts: where each row begins in ``columns``, and where the last one ends.
        columns: of the entries, ascending in a row.
    """

    n_columns: int
    starts: Slots
    columns: Slots

    @property
    def n_rows(self) -> int:
        """How many rows it has."""
        return len(self.starts) - 1

    @property
    def rows(self) -> Slots:
        """The row of each entry."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.starts))

    def transposed(self) -> Pattern:
        """The same with rows and columns changed over."""
        order = np.lexsort((self.rows, self.columns))
        counts = np.bincount(self.columns, minlength=self.n_columns)
        return Pattern(self.n_rows, np.concatenate([[0], np.cumsum(counts)]), self.rows[order])


def pattern_of(edges: Edges, outputs: Slots, variables: Slots) -> Pattern:
    """On which of the variables each output depends, by the edges between slots.

    What a slot depends on is a set, held as the bits of an int; it is let go when the last slot that asks is done.
    """
    order = np.argsort(edges.nodes, kind="stable")
    nodes, operands = edges.nodes[order].tolist(), edges.operands[order].tolist()
    last_use = dict(zip(operands, range(len(operands))))
    kept = set(outputs.tolist())
    below = {variable: 1 << place for place, variable in enumerate(variables.tolist())}
    for number, (node, operand) in enumerate(zip(nodes, operands)):
        found = below.get(operand)
        if found is not None:
            below[node] = below.get(node, 0) | found
            if last_use[operand] == number and operand not in kept:
                del below[operand]
    rows = [_places(below.get(output, 0)) for output in outputs.tolist()]
    columns = np.concatenate([np.zeros(0, np.int64), *rows])
    index = np.int32 if max(len(columns), len(variables)) < 2**31 else np.int64  # as SciPy chooses
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return Pattern(len(variables), starts.astype(index), columns.astype(index))


def _places(bits: int) -> Slots:
    """The places of the ones of an int, ascending."""
    if bits.bit_count() <= 8:
        places = []
        while bits:
            lowest = bits & -bits
            places.append(lowest.bit_length() - 1)
            bits ^= lowest
        return np.array(places, np.int64)
    raw = np.frombuffer(bits.to_bytes(-(-bits.bit_length() // 8), "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(raw, bitorder="little"))


def colours_of(pattern: Pattern) -> Slots:
    """A colour for each column, counted from 0: those of one colour have no row in common (Curtis, Powell, Reid 1974).

    Greedy: each column gets the lowest colour that no column before it has with which it has a row in common. In the
    columns' order that is the least number for a band; where those with the most entries come first it may be less, so
    the better of the two is taken.
    """
    columns = pattern.transposed()
    counts = np.diff(columns.starts)
    in_order = _greedy(pattern, columns, np.arange(pattern.n_columns))
    if not len(in_order) or in_order.max() + 1 == np.diff(pattern.starts).max(initial=1):
        return in_order
    by_size = _greedy(pattern, columns, np.argsort(-counts, kind="stable"))
    return by_size if by_size.max() < in_order.max() else in_order


def _greedy(pattern: Pattern, columns: Pattern, order: Slots) -> Slots:
    taken = [0] * pattern.n_rows  # of each row, its columns' colours as bits
    colours = np.zeros(pattern.n_columns, np.int64)
    starts, rows_of = columns.starts.tolist(), columns.columns.tolist()
    for column in order.tolist():
        rows = rows_of[starts[column] : starts[column + 1]]
        forbidden = 0
        for row in rows:
            forbidden |= taken[row]
        lowest = ~forbidden & (forbidden + 1)
        colours[column] = lowest.bit_length() - 1
        for row in rows:
            taken[row] |= lowest
    return colours
