"""Where the arrays machine keeps the numbers of slots: rows of two arrays, so that groups find operands side by side.

What is the same for all rows of a batch lies in one array, what varies in the other. A group's results lie side by side
in the order in which its operands lie. Where a matrix product wants a layer's outputs and a constant 1 for the bias, the
1 has a row after them, so that both are one matrix.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograd_core.replay.code import Slots
from autograd_core.replay.groups import Group
from autograd_core.replay.targets import Task


class Layout:
    """Rows for slots, given out one group after another.

    Attributes:
        row: of each slot, in the array of what varies or in the other; -1 as long as it has none.
        n_rows: how many rows the two arrays have, by whether they vary.
        constants: rows that hold the number of a constant's slot, by whether they vary.
        copied: shared slots with a row among what varies too, filled before the first row of a batch.
    """

    def __init__(self, task: Task, groups: Iterable[Group]) -> None:
        code = task.code
        self.task, self.varies = task, code.varies
        self.n_constants = len(code.constants)
        self.row = np.full(code.n_slots, -1, np.int64)
        self.n_rows = {False: 0, True: 0}
        self.constants: dict[bool, dict[int, int]] = {False: {}, True: {}}
        self.copied: dict[int, int] = {}
        self._wanted: list[tuple[Slots, int]] = []
        self._wanted_by = np.full(code.n_slots, -1, np.int64)
        for group in groups:
            if group.is_product:
                for table in group.operands:
                    self._want(table)
                    self._want(table.swapaxes(1, 2))
        constants = np.arange(self.n_constants)
        self.place(constants)
        self.constants[False] = dict(zip(constants.tolist(), constants.tolist()))
        slots = np.arange(code.n_slots)
        self.place(slots[code.parameters])
        for table in self.tables_of(slots[code.inputs], in_order=True):
            self.place(table)
        for slots in (task.by_parameters, task.by_inputs):
            self.place(slots)

    def _want(self, table: Slots) -> None:
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
            self._wanted.append((inner, int(last.flat[0])))

    def tables_of(self, slots: Slots, in_order: bool = False) -> list[Slots]:
        """Slots that are to be placed, as tables that a constant should lie behind, and the others in one row."""
        by = self._wanted_by[slots]
        tables = []
        for number in np.unique(by[by >= 0]).tolist():
            table = self._wanted[number][0]
            own = slots[by == number]
            if len(own) == table.size and (not in_order or (own == table.ravel()).all()):
                tables.append(table)
                slots, by = slots[by != number], by[by != number]
        return [*tables, slots] if len(slots) else tables

    def place(self, table: Slots) -> None:
        """Give the slots of a table the next rows, those that have none yet."""
        if not table.size or (self.row[table] >= 0).any():
            return
        varies = bool(self.varies[table.flat[0]])
        number = int(self._wanted_by[table.flat[0]])
        first, width = self.n_rows[varies], table.shape[-1]
        is_wanted = number >= 0 and np.array_equal(self._wanted[number][0].ravel(), table.ravel())
        if is_wanted:
            table, constant = self._wanted[number]
            width = table.shape[1] + 1
            gaps = first + width * np.arange(1, len(table) + 1) - 1
            self.constants[varies].update(dict.fromkeys(gaps.tolist(), constant))
            rows = first + width * np.arange(len(table))[:, None] + np.arange(width - 1)
            self.n_rows[varies] += width * len(table)
        else:
            rows = first + np.arange(table.size).reshape(table.shape)
            self.n_rows[varies] += table.size
        self.row[table] = rows

    def rows_of(self, table: Slots, varies: bool) -> Slots:
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

    def _find_constant_behind(self, table: Slots, rows: Slots, varies: bool) -> None:
        """Where the last column is one constant, and it has rows behind the column before: take those."""
        if table.shape[-1] < 2:
            return
        last = table[..., -1]
        constant = int(last.flat[0])
        if constant >= self.n_constants or (last != constant).any() or (self.varies[table[..., -2]] != varies).any():
            return
        behind = rows[..., -2] + 1
        held = self.constants[varies]
        if all(held.get(row) == constant for row in behind.ravel().tolist()):
            rows[..., -1] = behind

    def _is_behind(self, rows: Slots, table: Slots) -> Slots:
        held = self.constants[True]
        flags = [held.get(row) == slot for row, slot in zip(rows.ravel().tolist(), table.ravel().tolist())]
        return np.array(flags, bool).reshape(rows.shape)


def strides_of(rows: Slots) -> tuple[int, tuple[int, ...]] | None:
    """The first of a table of rows and the distances along its axes; None where they are not equal."""
    first = int(rows.flat[0])
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
