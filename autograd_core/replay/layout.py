"""Where the arrays machine keeps the numbers of slots: rows of two arrays, so that groups find operands side by side.

What is the same for all rows of a batch lies in one array, what varies in the other. A group's results lie side by
side in the order in which its operands lie. Where a matrix product wants a layer's outputs and a constant 1 for the
bias, the 1 has a row behind them, so that both are one matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from autograd_core.replay.groups import Group
from autograd_core.replay.targets import Table, Task


class Layout:
    """Rows for slots, given out one group after another.

    Attributes:
        row: of each slot, in the array of what varies or in the other; -1 as long as it has none.
        n_rows: how many rows the two arrays have, by whether they vary.
        constants: rows that hold the number of a constant's slot, by whether they vary.
        copied: shared slots with a row among what varies too, filled before the first row of a batch.
    """

    def __init__(self, task: Task, groups: Iterable[Group], position: Table) -> None:
        code = task.code
        self.position = position
        self.task, self.varies = task, code.varies
        self.n_constants = len(code.constants)
        self.row = np.full(code.n_slots, -1, np.int64)
        self.n_rows = {False: 0, True: 0}
        self.constants: dict[bool, dict[int, int]] = {False: {}, True: {}}
        self.copied: dict[int, int] = {}
        self._wanted: list[tuple[Table, int]] = []
        self._wanted_by = np.full(code.n_slots, -1, np.int64)
        self._n_sets = np.ones(code.n_slots, np.int64)
        for group in groups:
            if group.is_product:
                for table in group.operands:
                    self._want(table)
                    self._want(table.swapaxes(1, 2))
        constants = np.arange(self.n_constants)
        self.place(constants)
        self.constants[False] = dict(zip(constants.tolist(), constants.tolist()))
        slots: Table = np.arange(code.n_slots)
        self.place(slots[code.parameters])
        for table in self.tables_of(slots[code.inputs], in_order=True):
            self.place(table)
        for slots in (task.by_parameters, task.by_inputs):
            self.place(slots)

    def _want(self, table: Table) -> None:
        """Remember slots that a constant should lie behind."""
        inner, last = table[..., :-1], table[..., -1]  # the slots before the last, and the last
        if not inner.size:
            return
        inner = inner.reshape(-1, inner.shape[-1])
        if (
            (last == last.flat[0]).all()
            and last.flat[0] < self.n_constants <= inner.min()
            and (self._wanted_by[inner] < 0).all()
            and len(np.unique(inner)) == inner.size
        ):
            self._wanted_by[inner] = len(self._wanted)
            self._wanted.append((inner.T, int(last.flat[0])))  # one row for each of the sets of slots lies together
            self._n_sets[inner] = len(inner)

    def tables_of(self, slots: Table, in_order: bool = False) -> list[Table]:
        """Table that are to be placed, as tables that a constant should lie behind, and the others in one row."""
        by = self._wanted_by[slots]
        if len(slots) and (by < 0).all():
            return [slots]
        tables = []
        for number in np.unique(by[by >= 0]).tolist():
            table = self._wanted[number][0]
            own = slots[by == number]
            if len(own) == table.size and (not in_order or (own == table.ravel()).all()):
                tables.append(table)
                slots, by = slots[by != number], by[by != number]
        return [*tables, slots] if len(slots) else tables

    def arranged(self, results: Table, operands: Sequence[Table]) -> Iterable[tuple[Table, list[Table]]]:
        """Results and operands (instructions along the last axis), in tables of rows at equal distances if possible.

        A table of results that a constant is to lie behind keeps its shape.
        """
        place_of = {slot: place for place, slot in enumerate(results.tolist())}
        for table in self.tables_of(results):
            if table.ndim > 1:
                places = np.array([place_of[slot] for slot in table.ravel().tolist()])
                if table.shape[1] > 1:
                    places = places.reshape(table.shape)
            else:
                own = np.array([place_of[slot] for slot in table.tolist()])
                order = self._order(results[own], [operand[..., own] for operand in operands])
                places = self._folded(own[order], operands)
            yield results[places], [operand[..., places] for operand in operands]

    def _order(self, results: Table, operands: Sequence[Table]) -> Table:
        """In the order of the operand that tells most, if it lies side by side then; else in that of the graph."""
        row = self.row
        by_graph = np.argsort(self.position[results], kind="stable")
        if (row[results] >= 0).all():
            return by_graph
        columns = [row[operand.reshape(-1, operand.shape[-1])[0]] for operand in operands if operand.size]
        if columns:
            counts = [len(np.unique(each)) for each in columns]
            rows = columns[int(np.argmax(counts))]
            keys = [self.position[results], rows]
            if len(columns) == 2 and min(counts) * max(counts) == len(results) > max(counts):
                keys.append(columns[int(np.argmin(counts))])  # each with each: the many side by side
            if strides_of(np.unique(rows)):
                return np.lexsort(keys)
        return by_graph

    def _folded(self, places: Table, operands: Sequence[Table]) -> Table:
        """As a table of as many columns as there are rows at equal distances in an operand, if it is regular then."""
        row = self.row
        columns = [operand.reshape(-1, operand.shape[-1])[0][places] for operand in operands if operand.size]
        if len(places) < 4 or all(strides_of(row[column]) for column in columns):
            return places
        for column in columns:
            steps = np.diff(row[column])
            breaks = np.flatnonzero(steps != steps[0])
            width = int(breaks[0]) + 1 if len(breaks) else len(places)
            if 1 < width < len(places) and len(places) % width == 0:
                table = places.reshape(-1, width)
                if all(strides_of(row[each.reshape(table.shape)]) for each in columns):
                    return table
        return places

    def place(self, table: Table) -> None:
        """Give the slots of a table the next rows, those that have none yet."""
        if not table.size or (self.row[table] >= 0).any():
            return
        varies = bool(self.varies[table.flat[0]])
        number = int(self._wanted_by[table.flat[0]])
        first = self.n_rows[varies]
        self.row[table] = first + np.arange(table.size).reshape(table.shape)
        self.n_rows[varies] += table.size
        if number >= 0 and np.array_equal(self._wanted[number][0].ravel(), table.ravel()):
            n_sets = self._wanted[number][0].shape[1]
            behind = range(self.n_rows[varies], self.n_rows[varies] + n_sets)
            self.constants[varies].update(dict.fromkeys(behind, self._wanted[number][1]))
            self.n_rows[varies] += n_sets

    def rows_of(self, table: Table, varies: bool) -> Table:
        """The rows of slots, in the array of what varies or in the other."""
        rows = self.row[table]
        for swapped in (False, True):
            self._find_constant_behind(
                table.swapaxes(-1, -2) if swapped else table, rows.swapaxes(-1, -2) if swapped else rows, varies
            )
            if table.ndim < 2:
                break
        if varies:
            missing = ~self.varies[table] & ~self._is_behind(rows, table)
            for slot in np.unique(table[missing]).tolist():
                if slot not in self.copied:
                    self.copied[slot] = self.n_rows[True]
                    self.n_rows[True] += 1
            rows[missing] = [self.copied[slot] for slot in table[missing].tolist()]
        return rows

    def _find_constant_behind(self, table: Table, rows: Table, varies: bool) -> None:
        """Where the last column is one constant, and it has rows behind the column before: take those."""
        if table.shape[-1] < 2:
            return
        last = table[..., -1]
        constant = int(last.flat[0])
        if constant >= self.n_constants or (last != constant).any() or (self.varies[table[..., -2]] != varies).any():
            return
        behind = rows[..., -2] + self._n_sets[table[..., -2]]
        held = self.constants[varies]
        if all(held.get(row) == constant for row in behind.ravel().tolist()):
            rows[..., -1] = behind

    def _is_behind(self, rows: Table, table: Table) -> Table:
        held = self.constants[True]
        flags = [held.get(row) == slot for row, slot in zip(rows.ravel().tolist(), table.ravel().tolist())]
        return np.array(flags, bool).reshape(rows.shape)


def strides_of(rows: Table) -> tuple[int, tuple[int, ...]] | None:
    """The first of a table of rows and the distances along its axes; None where they are not equal."""
    first = int(rows.flat[0])
    if rows.size == 1:
        return first, (0,) * rows.ndim
    strides = []
    expected = np.full(rows.shape, first)
    for axis, length in enumerate(rows.shape):
        second = np.take(rows, 1, axis).flat[0] if length > 1 else first
        stride = int(second) - first
        strides.append(stride)
        shape = [1] * rows.ndim
        shape[axis] = length
        expected = expected + stride * np.arange(length).reshape(shape)
    return (first, tuple(strides)) if (expected == rows).all() and min(strides, default=0) >= 0 else None
