"""A schedule bound to arrays: a list of NumPy calls on views that stand ready, run from first to last.

Numbers lie in two arrays, one row for each slot: those that vary with one column for each row of the batch, the shared
ones with a single column. Gradients lie in two more of the same shapes. Views, buffers and matrices are made once, so
that a run costs little more than its arithmetic.

There are two sweeps. The fast one needs all numbers finite, and multiplies matrices. The careful one keeps to the
conventions whatever the numbers are: a zero gradient passes on exactly nothing, a nan value makes its derivatives nan.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import setitem
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd_core.replay.array_functions import FUNCTIONS, Array, opaque_partials, opaque_value
from autograd_core.replay.instructions import INSTRUCTIONS, OPAQUE, has_result_for_each_operand
from autograd_core.replay.schedule import DOT, Edges, Group, Schedule, Slots
from autograd_core.replay.tape import TRAINED

Call = Callable[[], object]


class Workspace:
    """Arrays for a number of rows, and the calls on them.

    Attributes:
        width: how many rows of a batch it holds.
        shared, varying: the numbers.
        shared_gradients, varying_gradients: the gradients; those of shared numbers are summed over the rows.
    """

    def __init__(self, schedule: Schedule, width: int, dtype: Any) -> None:
        self.schedule = schedule
        self.width = width
        self.dtype = dtype
        self.shared = np.zeros((schedule.shared_count, 1), dtype)
        self.varying = np.zeros((schedule.varying_count, width), dtype)
        self.shared_gradients = np.zeros_like(self.shared)
        self.varying_gradients = np.zeros_like(self.varying)
        tape = schedule.tape
        self.shared[schedule.row[np.array(tape.constant_slots, np.int64)], 0] = np.array(tape.constants)
        self._constant = np.full(tape.slot_count, np.nan)
        self._constant[np.array(tape.constant_slots, np.int64)] = np.array(tape.constants)
        self._is_constant = np.zeros(tape.slot_count, bool)
        self._is_constant[np.array(tape.constant_slots, np.int64)] = True
        self._flags = np.frombuffer(tape.flags, np.uint8)
        self.value_calls = self._forward_calls(schedule.values)
        self._derivative_calls: dict[bool, list[Call]] | None = None
        self._sweeps: dict[bool, dict[bool, list[Call]]] = {}

    # -- running --

    def run_values(self, varies: bool) -> None:
        """Compute the outputs' numbers: those that vary, or those that do not."""
        for call in self.value_calls[varies]:
            call()

    def run_derivatives(self, varies: bool) -> None:
        """Compute the local derivatives that vary, or those that do not."""
        if self._derivative_calls is None:
            self._derivative_calls = self._forward_calls(self.schedule.derivatives)
        for call in self._derivative_calls[varies]:
            call()

    def run_sweep(self, varies: bool, with_inputs: bool) -> None:
        """Pass the gradients of the nodes that vary, or of those that do not, on to their operands."""
        if with_inputs not in self._sweeps:
            self._sweeps[with_inputs] = self._sweep_calls(with_inputs)
        for call in self._sweeps[with_inputs][varies]:
            call()

    def is_finite(self, varies: bool) -> bool:
        """Whether all numbers that gradients may meet are; their sum has to be too, which is quicker to see."""
        checked = self.varying if varies else self.shared[self.schedule.parameter_rows.start :]
        total = np.add.reduce(checked, axis=None)
        return bool(total - total == 0.0)

    # -- where numbers are --

    def _array(self, varies: bool) -> Array:
        return self.varying if varies else self.shared

    def _gradient_array(self, varies: bool) -> Array:
        return self.varying_gradients if varies else self.shared_gradients

    def _numbers(self, slots: Slots, calls: list[Call], width: int = 1) -> Array:
        """The numbers of slots, one row each: a view, or a buffer and the calls that fill it; ``width`` at least."""
        varies = self.schedule.varies[slots]
        rows = self.schedule.row[slots]
        if varies.all() or not (varies.any() or width > 1):
            return _rows_of(self._array(bool(varies[0])), rows, calls)
        buffer = np.empty((len(slots), self.width), self.dtype)
        for kind in (False, True):
            places = np.flatnonzero(varies == kind)
            if len(places):
                part = _rows_of(self._array(kind), rows[places], calls)
                calls.append(partial(setitem, buffer, _slice_of(places), part))
        return buffer

    def _stacked(self, slots: Slots, calls: list[Call], width: int = 1) -> Array:
        """The numbers of a table of slots, as an array of one more dimension."""
        array = self._array(bool(self.schedule.varies[slots[0, 0]]))
        if self.schedule.varies[slots].all() or (width == 1 and not self.schedule.varies[slots].any()):
            view = _table_of(array, self.schedule.row[slots])
            if view is not None:
                return view
        numbers = self._numbers(slots.ravel(), calls, width)
        if len(numbers) == 1:
            numbers = np.broadcast_to(numbers, (slots.size, numbers.shape[1]))
        return numbers.reshape(*slots.shape, -1)

    # -- forward --

    def _forward_calls(self, groups: list[Group]) -> dict[bool, list[Call]]:
        calls: dict[bool, list[Call]] = {False: [], True: []}
        for group in groups:
            self._bind(group, calls[group.varies])
        return calls

    def _bind(self, group: Group, calls: list[Call]) -> None:
        array = self._array(group.varies)
        first = int(self.schedule.row[group.results[0, 0]])
        width = self.width if group.varies else 1
        out = array[first : first + group.results.size].reshape(*group.results.shape, -1)
        if group.block is not None:
            calls += self._matrix_product(group, out[0])
        elif group.code == DOT:
            calls += self._weighted_sums(group, out[0])
        elif group.code >= OPAQUE or INSTRUCTIONS[group.code].arity is None:
            function = self._function(group.code)
            results = out if has_result_for_each_operand(group.code) else out[0]
            operands = (
                self._stacked(group.operands, calls, width) if len(group.operands) else np.empty((0, *out[0].shape))
            )
            calls.append(partial(function, operands, out=results))
        else:
            operands_views = [self._numbers(slots, calls) for slots in group.operands]
            calls.append(partial(self._function(group.code), *operands_views, out=out[0]))

    def _function(self, code: int) -> Callable[..., Any]:
        if code < OPAQUE:
            return FUNCTIONS[INSTRUCTIONS[code].name]
        function = self.schedule.tape.opaque[code - OPAQUE]
        return opaque_partials(function) if has_result_for_each_operand(code) else opaque_value(function)

    def _weighted_sums(self, group: Group, out: Array) -> list[Call]:
        """Products and bias below each other, summed in the order of the table of primitives."""
        calls: list[Call] = []
        half = len(group.operands) // 2
        terms = np.empty((half + 1, *out.shape), self.dtype)
        bias = self._numbers(group.operands[-1], calls)
        calls.append(partial(np.copyto, terms[0], bias))
        if half:
            weights = self._stacked(group.operands[:half], calls)
            inputs = self._stacked(group.operands[half:-1], calls)
            calls.append(partial(np.multiply, weights, inputs, out=terms[1:]))
        calls.append(partial(np.add.reduce, terms, axis=0, out=out))
        return calls

    def _matrix_product(self, group: Group, out: Array) -> list[Call]:
        product = _Product(self, group)
        calls = product.calls
        sums: Array
        if product.is_flat:
            sums = out[:, 0].reshape(product.shape)
            calls.append(partial(np.matmul, product.inputs, product.weights.T, out=sums))
            calls.append(partial(np.add, sums, product.bias.T, out=sums))
        else:
            sums = out.reshape(*product.shape, -1)
            calls.append(partial(np.matmul, product.weights, product.inputs, out=sums))
            calls.append(partial(np.add, sums, product.bias, out=sums))
        return calls

    # -- backward --

    def _sweep_calls(self, with_inputs: bool) -> dict[bool, list[Call]]:
        calls: dict[bool, list[Call]] = {False: [], True: []}
        for edges in self.schedule.sweep:
            if edges.block is not None:
                self._pass_through_product(edges.block, calls[edges.varies], with_inputs)
            else:
                self._pass_along(edges, calls[edges.varies], with_inputs)
        return calls

    def _is_wanted(self, slots: Slots, with_inputs: bool) -> Any:
        flags = self._flags[slots]
        return flags != 0 if with_inputs else flags & TRAINED != 0

    def _pass_along(self, edges: Edges, calls: list[Call], with_inputs: bool) -> None:
        wanted = self._is_wanted(edges.operands, with_inputs)
        for gated in (False, True):
            chosen = np.flatnonzero(wanted & (edges.gated == gated))
            if not len(chosen):
                continue
            gradients = self._gradient_array(edges.varies)
            upstream = _rows_of(gradients, self.schedule.row[edges.nodes[chosen]], calls)
            derivatives = edges.derivatives[chosen]
            contributions = upstream
            if gated or not (self._constant[derivatives] == 1.0).all():
                local = self._numbers(derivatives, calls)
                shape = np.broadcast_shapes(upstream.shape, local.shape)
                contributions = np.empty(shape, self.dtype)
                calls.append(partial(np.multiply, upstream, local, out=contributions))
                if gated:
                    calls.append(partial(_close_gates, contributions, local))
            self._scatter(edges.operands[chosen], contributions, calls)

    def _scatter(self, operands: Slots, contributions: Array, calls: list[Call]) -> None:
        """Add contributions to the gradients of operands, one row for each of them, or one for all."""
        varies = self.schedule.varies[operands]
        for kind in (False, True):
            chosen = np.flatnonzero(varies == kind)
            if not len(chosen):
                continue
            part = contributions
            if len(contributions) > 1 and len(chosen) < len(operands):
                part = _rows_of(contributions, chosen, calls)
            gradients = self._gradient_array(kind)
            if part.shape[1] > gradients.shape[1]:  # of a shared number: summed over the rows of the batch
                summed = np.empty((len(part), 1), self.dtype)
                calls.append(partial(np.add.reduce, part, axis=1, keepdims=True, out=summed))
                part = summed
            _add_to_rows(gradients, self.schedule.row[operands[chosen]], part, calls)

    def _pass_through_product(self, group: Group, calls: list[Call], with_inputs: bool) -> None:
        product = _Product(self, group)
        first = int(self.schedule.row[group.results[0, 0]])
        upstream = self._gradient_array(group.varies)[first : first + group.results.size]
        upstream = upstream[:, 0].reshape(product.shape) if product.is_flat else upstream.reshape(*product.shape, -1)
        calls += product.calls
        for slots, gradient in (
            (product.input_slots, product.by_inputs(upstream)),
            (product.weight_slots, product.by_weights(upstream)),
            (product.bias_slots, product.by_bias(upstream)),
        ):
            wanted = np.flatnonzero(self._is_wanted(slots, with_inputs))
            if len(wanted):
                result, own_calls = gradient
                calls += own_calls
                rows = result if len(wanted) == len(slots) else _rows_of(result, wanted, calls)
                self._scatter(slots[wanted], rows, calls)


class _Product:
    """A block of weighted sums as matrices: weights (sums, inputs), inputs (sets, inputs[, rows]).

    Where all are single numbers, or the batch has one row, it is ``inputs @ weights.T``. Otherwise each set of inputs
    is a matrix of its own, with one column for each row of the batch: ``weights @ inputs[k]``.
    """

    def __init__(self, workspace: Workspace, group: Group) -> None:
        assert group.block is not None
        half = len(group.operands) // 2
        sums, sets = group.block, group.results.size // group.block
        weight_slots = group.operands[:half, :sums].T
        input_slots = group.operands[half:-1, ::sums].T
        self.shape = (sets, sums)
        self.calls: list[Call] = []
        self.dtype = workspace.dtype
        self.weight_slots, self.input_slots = weight_slots.ravel(), input_slots.ravel()
        self.bias_slots = group.operands[-1, :sums]
        width = workspace.width if group.varies else 1
        self.is_flat = width == 1
        self.weights = workspace._stacked(weight_slots, self.calls)[..., 0]
        inputs = workspace._stacked(input_slots, self.calls, width)
        self.inputs = inputs[..., 0] if self.is_flat else inputs
        self.bias = workspace._numbers(self.bias_slots, self.calls)

    def by_inputs(self, upstream: Array) -> tuple[Array, list[Call]]:
        result = np.empty(self.inputs.shape, self.dtype)
        if self.is_flat:
            calls: list[Call] = [partial(np.matmul, upstream, self.weights, out=result)]
        else:
            calls = [partial(np.matmul, self.weights.T, upstream, out=result)]
        return result.reshape(len(self.input_slots), -1), calls

    def by_weights(self, upstream: Array) -> tuple[Array, list[Call]]:
        result = np.empty(self.weights.shape, self.dtype)
        if self.is_flat:
            calls: list[Call] = [partial(np.matmul, upstream.T, self.inputs, out=result)]
        else:
            each = np.empty((len(upstream), *result.shape), self.dtype)
            calls = [partial(np.matmul, upstream, self.inputs.transpose(0, 2, 1), out=each)]
            if len(upstream) == 1:
                result = each[0]
            else:
                calls.append(partial(np.add.reduce, each, axis=0, out=result))
        return result.reshape(-1, 1), calls

    def by_bias(self, upstream: Array) -> tuple[Array, list[Call]]:
        result = np.empty(len(self.bias_slots), self.dtype)
        axes = 0 if self.is_flat else (0, 2)
        return result.reshape(-1, 1), [partial(np.add.reduce, upstream, axis=axes, out=result)]


def _slice_of(rows: Slots) -> Any:
    """Rows at equal distances as a slice; None where they are not."""
    if len(rows) == 1:
        return slice(int(rows[0]), int(rows[0]) + 1)
    steps = np.diff(rows)
    step = int(steps[0])
    if step > 0 and (steps == step).all():
        return slice(int(rows[0]), int(rows[-1]) + 1, step)
    return rows


def _rows_of(array: Array, rows: Slots, calls: list[Call]) -> Array:
    """Rows of an array: a view, which has one row where all are the same; or a buffer and the call that fills it."""
    if (rows == rows[0]).all():
        return array[rows[0] : rows[0] + 1]
    chosen = _slice_of(rows)
    if isinstance(chosen, slice):
        return array[chosen]
    buffer = np.empty((len(rows), array.shape[1]), array.dtype)
    calls.append(partial(array.take, rows, 0, buffer, "clip"))
    return buffer


def _table_of(array: Array, rows: Slots) -> Array | None:
    """A table of rows at equal distances along both of its sides, as a view."""
    first = int(rows[0, 0])
    down = int(rows[1, 0]) - first if len(rows) > 1 else 0
    right = int(rows[0, 1]) - first if rows.shape[1] > 1 else 0
    if (rows != first + down * np.arange(len(rows))[:, None] + right * np.arange(rows.shape[1])).any():
        return None
    distance = array.strides[0]
    shape, strides = (*rows.shape, array.shape[1]), (down * distance, right * distance, array.strides[1])
    return as_strided(array[first:], shape, strides)


def _add_to_rows(array: Array, rows: Slots, part: Array, calls: list[Call]) -> None:
    """The calls that add a part, with one row for each of these or one for all, to rows of an array."""
    if len(rows) > 1 and (rows == rows[0]).all():
        if len(part) == 1:
            part = np.broadcast_to(part, (len(rows), part.shape[1]))
        summed = np.empty((1, part.shape[1]), array.dtype)
        calls.append(partial(np.add.reduce, part, axis=0, keepdims=True, out=summed))
        rows, part = rows[:1], summed
    chosen = _slice_of(rows)
    if isinstance(chosen, slice):
        view = array[chosen]
        calls.append(partial(np.add, view, part, out=view))
        return
    order = np.argsort(rows, kind="stable")
    unique, starts = np.unique(rows[order], return_index=True)
    if len(unique) < len(rows):
        sorted_part = np.empty((len(rows), part.shape[1]), array.dtype)
        if len(part) == 1:
            calls.append(partial(np.copyto, sorted_part, part))
        else:
            calls.append(partial(part.take, order, 0, sorted_part, "clip"))
        part = np.empty((len(unique), part.shape[1]), array.dtype)
        calls.append(partial(np.add.reduceat, sorted_part, starts, axis=0, out=part))
        rows, chosen = unique, _slice_of(unique)
        if isinstance(chosen, slice):
            view = array[chosen]
            calls.append(partial(np.add, view, part, out=view))
            return
    current = np.empty((len(rows), array.shape[1]), array.dtype)
    calls.append(partial(array.take, rows, 0, current, "clip"))
    calls.append(partial(np.add, current, part, out=current))
    calls.append(partial(setitem, array, rows, current))


def _close_gates(contributions: Array, local: Array) -> None:
    np.copyto(contributions, 0.0, where=local == 0.0)
