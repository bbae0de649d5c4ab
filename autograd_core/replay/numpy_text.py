"""A task written as calls on NumPy arrays: straight-line text, one statement for each group of instructions.

The text is what runs. The arrays that it names are views of the two arrays of a workspace, buffers for what does not
lie side by side, and constants; :meth:`Text.bound` makes them for a number of rows.
"""

from __future__ import annotations

import itertools
import linecache
import weakref
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from autograd_core.primitives.ieee import inf, nan
from autograd_core.replay.array_functions import FUNCTIONS, Array, opaque_partials, opaque_value, passed_on
from autograd_core.replay.groups import DOT, Group, Grouper
from autograd_core.replay.instructions import CODES, INSTRUCTIONS, OPAQUE
from autograd_core.replay.layout import Layout, strides_of
from autograd_core.replay.targets import Table, Task

_NUMBERS = itertools.count(1)
_TEXTS = {CODES["relu"]: "maximum({0}, 0.0, out={out})"}


@dataclass(frozen=True)
class View:
    """Rows of one of the two arrays at equal distances, in any shape; what varies has the rows of a batch as last axis.

    Attributes:
        is_column: whether what is shared has a last axis of length 1 in their place.
        is_swapped: whether the last two axes are swapped.
    """

    varies: bool
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    is_column: bool = False
    is_swapped: bool = False

    def bound(self, arrays: dict[bool, Array]) -> Array:
        """The view."""
        array = arrays[self.varies]
        step, size = array.strides
        shape, strides = self.shape, tuple([stride * step for stride in self.strides])
        if self.varies or self.is_column:
            shape, strides = (*shape, array.shape[1] if self.varies else 1), (*strides, size)
        view: Array = np.ndarray(shape, array.dtype, array, self.first * step, strides)
        return view.swapaxes(-1, -2) if self.is_swapped else view


@dataclass(frozen=True)
class Buffer:
    """An array of its own, with an axis for the rows of a batch or one of length 1 if it is a column."""

    shape: tuple[int, ...]
    varies: bool
    is_column: bool = False


class Text:
    """The statements of a task.

    Attributes:
        text: three functions: what all rows of a batch share, what varies, and whether the results can be relied on.
        layout: where the numbers are.
        n_calls: how many statements run for each chunk of rows.
    """

    def __init__(self, task: Task, grouper: Grouper, careful: bool, title: str) -> None:
        groups = list(grouper.groups())
        self.task, self.code, self.careful = task, task.code, careful
        self.layout = Layout(task, groups, grouper.position)
        self.views: dict[str, View | Buffer | Array | Callable[..., Any]] = {}
        self._names: dict[Any, str] = {}
        self._taken: dict[str, int] = {}
        self._owner: dict[bool, list[tuple[int, str]]] = {False: [], True: []}
        self._lines: dict[bool, list[str]] = {False: [], True: []}
        slots = np.arange(self.code.n_slots)
        self._own("inputs", slots[self.code.inputs])
        self._own("parameters", slots[self.code.parameters])
        self._own("by_parameters", task.by_parameters)
        self._own("by_inputs", task.by_inputs)
        for group in groups:
            self._write(group)
        self._sums = self._sums_to_check()
        self.n_calls = len(self._lines[True])
        self.text = self._whole(title)

    @cached_property
    def compiled(self) -> Any:
        """The text as a code object, whose lines a debugger finds."""
        name = f"<numpy {next(_NUMBERS)}>"
        weakref.finalize(self, linecache.cache.pop, name, None)
        linecache.cache[name] = (len(self.text), None, self.text.splitlines(keepends=True), name)
        return compile(self.text, name, "exec")

    def bound(self, arrays: dict[bool, Array]) -> dict[str, Any]:
        """The functions of the text, on these arrays."""
        dtype, width = arrays[True].dtype, arrays[True].shape[1]
        names: dict[str, Any] = {"inf": inf, "nan": nan, "n_rows": width}
        for name, what in self.views.items():
            if isinstance(what, View):
                names[name] = what.bound(arrays)
            elif isinstance(what, Buffer):
                ending = (width,) if what.varies else (1,) if what.is_column else ()
                names[name] = np.empty((*what.shape, *ending), dtype)
            elif isinstance(what, np.ndarray) and what.dtype == float:
                names[name] = what.astype(dtype)
            else:
                names[name] = what
        names["shared_numbers"], names["numbers"] = arrays[False][:, 0], arrays[True]
        exec(self.compiled, names)
        return names

    # -- names --

    def _name(self, base: str, ending: str = "_") -> str:
        """A name that no other array and no function has."""
        count = self._taken[base] = self._taken.get(base, 0) + 1
        return base if count == 1 and ending != "_" else f"{base}{ending}{count}"

    def _own(self, name: str, slots: Table) -> None:
        if slots.size:
            slot = slots.flat[0]
            owners, row = self._owner[bool(self.layout.varies[slot])], int(self.layout.row[slot])
            if not owners or row > owners[-1][0]:
                owners.append((row, name))

    def _view(self, view: View) -> str:
        if view not in self._names:
            owners = self._owner[view.varies]
            place = bisect(owners, view.first, key=itemgetter(0))
            self._names[view] = name = self._name(owners[place - 1][1] if place else "leading", "_view")
            self.views[name] = view
        return self._names[view]

    def _fixed(self, base: str, array: Array) -> str:
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._names:
            self._names[key] = name = self._name(base)
            self.views[name] = array
        return self._names[key]

    def _buffer(self, base: str, buffer: Buffer) -> str:
        name = self._name(base)
        self.views[name] = buffer
        return name

    # -- operands and results --

    def _operand(self, table: Table, varies: bool, is_column: bool = False, is_swapped: bool = False) -> str:
        """The name of slots' numbers: with the axis of a batch's rows, if they vary, or of length 1 for a column."""
        n_constants = self.layout.n_constants
        if not varies and table.max() < n_constants:
            numbers = self.code.constants[table]
            return self._fixed("constants", numbers[..., None] if is_column else numbers)
        rows = self.layout.rows_of(table, varies)
        place = strides_of(rows)
        if place is not None:
            return self._view(View(varies, place[0], table.shape, place[1], is_column, is_swapped))
        name = self._buffer("gathered", Buffer(table.shape, varies, is_column))
        index = self._fixed("rows", rows.astype(np.intp))
        if is_column:
            index += "[..., None]"
        self._add(varies, f'{"numbers" if varies else "shared_numbers"}.take({index}, 0, {name}, "clip")', "")
        return name + (".swapaxes(-1, -2)" if is_swapped else "")

    def _result(self, table: Table, base: str, varies: bool) -> tuple[str, str | None]:
        """The name of the array to write to; and the statement that moves it to its rows, where they do not suit."""
        self.layout.place(table)
        rows = self.layout.row[table]
        self._own(self._name(base), table)
        place = strides_of(rows)
        if place is not None:
            return self._view(View(varies, place[0], table.shape, place[1])), None
        name = self._buffer("scattered", Buffer(table.shape, varies))
        array = "numbers" if varies else "shared_numbers"
        return name, f"{array}[{self._fixed('rows', rows.astype(np.intp))}] = {name}"

    def _add(self, varies: bool, statement: str, comment: Any) -> None:
        self._lines[varies].append(f"{statement}  # {comment}" if comment else statement)

    # -- groups --

    def _write(self, group: Group) -> None:
        if group.is_product:
            self._write_product(group)
        elif group.code == DOT:
            self._write_sums(group)
        elif group.code >= OPAQUE or INSTRUCTIONS[group.code].arity is None:
            self._write_wide(group)
        else:
            self._write_elements(group)

    def _write_elements(self, group: Group) -> None:
        name = INSTRUCTIONS[group.code].name
        for results, operands in self.layout.arranged(group.results, group.operands):
            texts = [self._element(operand, group.varies) for operand in operands]
            out, moved = self._result(results, name, group.varies)
            self._finish(group, self._call(group.code, name, texts, out), results, moved)

    def _element(self, table: Table, varies: bool) -> str:
        """An operand of an element by element call: a number, a column of shared ones, or what varies."""
        slot = int(table.flat[0])
        if slot < self.layout.n_constants and (table == slot).all():
            return repr(float(self.code.constants[slot]))
        varies_too = self._varies(table)
        if (table == slot).all():
            table = table.ravel()[:1].reshape([1] * table.ndim)
        return self._operand(table, varies_too, is_column=varies and not varies_too)

    def _call(self, code: int, name: str, operands: Sequence[str], out: str) -> str:
        if code in _TEXTS:
            self.views["maximum"] = np.maximum
            return _TEXTS[code].format(*operands, out=out)
        function = FUNCTIONS[name]
        called = function.__name__ if isinstance(function, np.ufunc) else name.rstrip("_") + "_"
        self.views[called] = function
        return f"{called}({', '.join(operands)}, out={out})"

    def _varies(self, table: Table) -> bool:
        return bool(self.layout.varies[table].any())

    def _finish_sums(self, group: Group, out: str, moved: str | None, is_same: bool) -> None:
        if is_same:
            self._add(True, f"multiply({out}, n_rows, out={out})", "the same for all rows")
        if moved:
            self._add(group.varies or group.is_summed, moved, "")

    def _finish(self, group: Group, statement: str, results: Table, moved: str | None) -> None:
        runs_by_row = group.varies or group.is_summed
        self._add(runs_by_row, statement, " × ".join(map(str, results.shape)))
        if moved:
            self._add(runs_by_row, moved, "")

    def _write_wide(self, group: Group) -> None:
        code, varies = group.code, group.varies
        results = group.results
        table = np.stack(group.operands) if group.operands else np.zeros((0, len(results)), np.int32)
        for own, (operands,) in self.layout.arranged(results, [table]):
            own, operands = own.reshape(-1), operands.reshape(len(table), -1)
            if code >= OPAQUE:
                name, function = f"user_function_{code}", self.code.opaque[code - OPAQUE]
                self.views[name] = opaque_partials(function) if code % 2 else opaque_value(function)
                written = own + np.arange(len(table) - 1)[:, None] if code % 2 else own
            else:
                name = INSTRUCTIONS[code].name.rstrip("_") + "_"
                self.views[name] = FUNCTIONS[INSTRUCTIONS[code].name]
                has_many = INSTRUCTIONS[code].scalar is None
                written = own + np.arange(len(table))[:, None] if has_many else own
            text = self._operand(operands, varies) if len(table) else "()"
            out, moved = self._result(written, name.rstrip("_"), varies)
            self._finish(group, f"{name}({text}, out={out})", written, moved)

    def _write_sums(self, group: Group) -> None:
        """Sums of products, one product after another."""
        lefts, rights = group.operands
        by_row = group.varies or group.is_summed
        for results, (left, right) in self.layout.arranged(group.results, [lefts, rights]):
            self._write_sum(group, results, left, right, by_row)

    def _write_sum(self, group: Group, results: Table, left: Table, right: Table, by_row: bool) -> None:
        varies = group.varies or self._varies(left) or self._varies(right)
        axes: list[int] = []
        shape = results.shape
        if len(left) == 1:
            texts = [self._element(left[0], by_row), self._element(right[0], by_row)]
        else:
            if not group.is_adjoint:
                left, right = np.roll(left, 1, axis=0), np.roll(right, 1, axis=0)  # the bias first
            left_varies = self._varies(left)
            text = self._operand(left, left_varies, is_column=by_row and not left_varies)
            texts = [text, self._element(right, by_row)]
            axes.append(0)
            shape = (len(left), *shape)
        if group.is_summed:
            axes.append(-1)
        out, moved = self._result(results, "by" if group.is_adjoint else "sums", group.varies)
        terms = self._buffer("terms", Buffer(shape, varies, by_row and not varies)) if axes else out
        self._add(by_row, self._product_of_elements(group, texts, terms), " × ".join(map(str, shape)))
        if axes:
            axis = axes[0] if len(axes) == 1 else tuple(axes)
            self._add(by_row, f"add.reduce({terms}, axis={axis}, out={out})", "")
        self._finish_sums(group, out, moved, is_same=group.is_summed and not varies)

    def _product_of_elements(self, group: Group, texts: Sequence[str], out: str) -> str:
        self.views.update(multiply=np.multiply, positive=np.positive, passed_on=passed_on, add=np.add)
        if group.is_adjoint and self.careful:
            return f"passed_on({', '.join(texts)}, out={out})"
        if texts[1] == "1.0":
            return f"positive({texts[0]}, out={out})"
        return f"multiply({', '.join(texts)}, out={out})"

    def _write_product(self, group: Group) -> None:
        """A matrix product, or several of one shape."""
        n_products, n_lefts, n_terms = group.operands[0].shape
        n_rights = group.operands[1].shape[1]
        by_row = group.varies or group.is_summed
        self.views.update(matmul=np.matmul, add=np.add, multiply=np.multiply)
        is_summed = group.is_summed and any(self._varies(table) for table in group.operands)
        factors, results = self._factors_over_rows(group) if is_summed else self._factors(group)
        out, moved = self._result(results, "by" if group.is_adjoint else "sums", group.varies)
        has_more = is_summed and n_terms > 1
        target = self._buffer("terms", Buffer((n_terms, *results.shape), False)) if has_more else out
        comment = f"{n_lefts} × {n_rights} sums of {n_terms} products"
        self._add(
            by_row,
            f"matmul({factors[0]}, {factors[1]}, out={target})",
            comment if n_products == 1 else f"{n_products} times {comment}",
        )
        if has_more:
            self._add(True, f"add.reduce({target}, axis=0, out={out})", "")
        self._finish_sums(group, out, moved, is_same=group.is_summed and not is_summed)

    def _factors_over_rows(self, group: Group) -> tuple[list[str], Table]:
        """For sums over the rows of a batch: for each term the lefts with all rows, times the rights with all rows."""
        tables = [table.transpose(2, 0, 1) for table in group.operands]
        results = group.results
        if len(results) == 1:
            tables, results = [table[:, 0] for table in tables], results[0]
        if len(tables[0]) == 1:
            tables = [table[0] for table in tables]
        return [self._operand(tables[0], True), self._operand(tables[1], True, is_swapped=True)], results

    def _factors(self, group: Group) -> tuple[list[str], Table]:
        """The two factors, and the results in the shape of their product: what varies, or what are many, comes last."""
        lefts, rights = group.operands
        results = group.results
        varies = self._varies(lefts) or self._varies(rights)
        is_placed = int(self.layout.row[results.flat[0]]) >= 0
        if self._varies(lefts) or not (varies or is_placed):
            lefts, rights, results = rights, lefts, results if varies else results.swapaxes(1, 2)
        elif varies:
            results = results.swapaxes(1, 2)
        if varies:  # a matrix for each of the second, with a column for each row of the batch
            lefts = lefts[:, None]
        else:
            rights = rights.swapaxes(1, 2)
        if len(results) == 1:
            lefts, rights, results = lefts[0], rights[0], results[0]
            if varies:
                lefts = lefts[0]
            if varies and len(rights) == 1:
                rights, results = rights[0], results[0]
        return [self._operand(lefts, False), self._operand(rights, varies)], results

    # -- the whole --

    def _sums_to_check(self) -> list[str]:
        """Sums that are finite only if all numbers are that a result would show to be infinite or nan."""
        code, varies = self.code, self.layout.varies
        slots = np.unique(np.concatenate([code.outputs, self.task.checked]))
        tables = [slots[varies[slots]], slots[~varies[slots]], self.task.by_parameters, self.task.by_inputs]
        tables = [table for table in tables if table.size]
        self.views["add"] = np.add
        sums = []
        for table in tables:
            name = self._operand(table, bool(varies[table[0]]))
            sums.append(f"{name}[0]" if table.size == 1 and not varies[table[0]] else f"add.reduce({name}, axis=None)")
        return sums

    def _whole(self, title: str) -> str:
        copied = self.layout.copied
        if copied:
            slots = np.array(list(copied))
            index = self._fixed("rows", self.layout.row[slots].astype(np.intp))
            to = self._fixed("rows", np.array(list(copied.values()), np.intp))
            self._lines[False].append(f"numbers[{to}] = shared_numbers[{index}, None]")
        parts = [f'"""{title}"""']
        for name, varies in (("shared", False), ("rows", True)):
            lines = self._lines[varies] or ["pass"]
            parts.append("\n".join([f"def {name}():", *[f"    {line}" for line in lines]]))
        total = " + ".join(self._sums)
        parts.append(f"def is_finite():\n    total = {total}\n    return total - total == 0.0")
        return "\n\n\n".join(parts) + "\n"
