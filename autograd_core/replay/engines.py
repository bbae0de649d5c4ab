"""The two ways to run a tape: in vectorised groups, and one instruction after another in compiled code.

Both take parameters as one array and inputs as an array of rows, and give the outputs of each row and gradients of
their sum.
"""

from __future__ import annotations

import contextvars
import functools
import importlib.util
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from autograd_core.replay.array_functions import Array
from autograd_core.replay.schedule import Schedule, node_levels
from autograd_core.replay.tape import Tape
from autograd_core.replay.workspace import Workspace

MOST_NUMBERS = 1 << 17  # in the chunk of a batch that is computed at a time: 1 MB of float64 stays in the cache
MOST_WORKSPACES = 4


@dataclass
class Gradients:
    """Outputs, and the gradients of their sum.

    Attributes:
        values: one row for each row of inputs, one column for each output.
        by_parameters: one number for each parameter, summed over the rows; or a row of them for each row of inputs.
        by_inputs: one row for each row of inputs; None where they were not asked for.
    """

    values: Array
    by_parameters: Array
    by_inputs: Array | None


class Engine(Protocol):
    """What runs a tape."""

    def values(self, parameters: Array, inputs: Array) -> Array:
        """The outputs of each row."""

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        """The outputs, and their gradients, summed over the rows or of each row."""

    def numbers(self, parameters: Array, inputs: Array) -> tuple[Array, Array]:
        """Of each row, the numbers in all slots, and the gradients of all slots."""


class _TapeSlots:
    """Where a tape's parameters, inputs and outputs are; of the parameters those that are used at all."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._is_used = np.array(tape.parameters, np.int64) >= 0
        self._parameters = np.array(tape.parameters, np.int64)[self._is_used]
        self._inputs, self._outputs = np.array(tape.inputs, np.int64), np.array(tape.outputs, np.int64)


Method = TypeVar("Method", bound=Callable[..., Any])


def _in_a_context_of_its_own(method: Method) -> Method:
    """Whatever stops it, NumPy handles errors as before: ``errstate`` changes a context that is thrown away."""

    @functools.wraps(method)
    def run(*args: Any, **kwargs: Any) -> Any:
        return contextvars.copy_context().run(method, *args, **kwargs)

    return run  # type: ignore[return-value]


class ArrayEngine(_TapeSlots):
    """Runs a tape in groups, each a few NumPy calls; a batch in chunks that fit into the processor's cache."""

    def __init__(self, tape: Tape, dtype: Any = float) -> None:
        super().__init__(tape)
        self.dtype = np.dtype(dtype)
        self._idle: dict[int, Workspace] = {}  # by width; one that runs is in nobody else's hands

    @cached_property
    def schedule(self) -> Schedule:
        """The tape in groups."""
        return Schedule(self.tape)

    @cached_property
    def _edges(self) -> list[tuple[Array, ...]]:
        return _edges_by_level(self.tape)

    @_in_a_context_of_its_own
    def values(self, parameters: Array, inputs: Array) -> Array:
        values = np.empty((len(inputs), len(self._outputs)), self.dtype)
        for rows, workspace in self._chunks(parameters, inputs):
            values[rows] = self._outputs_of(workspace)[: rows.stop - rows.start]
        return values

    @_in_a_context_of_its_own
    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        count = len(self._is_used)
        values = np.empty((len(inputs), len(self._outputs)), self.dtype)
        by_inputs = np.empty(inputs.shape, self.dtype) if with_inputs else None
        by_parameters = np.zeros((len(inputs), count) if each_row else count, self.dtype)
        for rows, workspace in self._chunks(parameters, inputs):
            height = rows.stop - rows.start
            workspace.run_derivatives(varies=False)
            workspace.run_derivatives(varies=True)
            values[rows] = self._outputs_of(workspace)[:height]
            careful = each_row or not (workspace.is_finite(False) and workspace.is_finite(True))
            sweep = self._sweep_carefully if careful else self._sweep_fast
            own, of_inputs = sweep(workspace, height, with_inputs)
            if each_row:
                by_parameters[rows, self._is_used] = own[:height]
            else:
                by_parameters[self._is_used] += own[:height].sum(axis=0) if careful else own
            if by_inputs is not None:
                by_inputs[rows] = of_inputs[:height]
        return Gradients(values, by_parameters, by_inputs)

    @_in_a_context_of_its_own
    def numbers(self, parameters: Array, inputs: Array) -> tuple[Array, Array]:
        shape = (len(inputs), self.tape.slot_count)
        numbers, gradients = np.empty(shape, self.dtype), np.empty(shape, self.dtype)
        for rows, workspace in self._chunks(parameters, inputs):
            height = rows.stop - rows.start
            workspace.run_derivatives(varies=False)
            workspace.run_derivatives(varies=True)
            everything = self._everything(workspace)
            numbers[rows] = everything.T[:height]
            gradients[rows] = self._swept(everything).T[:height]
        return numbers, gradients

    # -- chunks --

    def _chunks(self, parameters: Array, inputs: Array) -> Any:
        """Rows of a batch, with a workspace that has computed their outputs."""
        if not len(inputs):
            return
        width = min(len(inputs), max(1, MOST_NUMBERS // max(1, self.schedule.varying_count)))
        workspace = self._idle.pop(width, None) or Workspace(self.schedule, width, self.dtype)
        schedule = self.schedule
        with np.errstate(all="ignore"):
            workspace.shared[schedule.parameter_rows, 0] = parameters[self._is_used]
            workspace.run_values(varies=False)
            for start in range(0, len(inputs), width):
                rows = slice(start, min(start + width, len(inputs)))
                chunk = inputs[rows].T
                workspace.varying[: len(self._inputs), : chunk.shape[1]] = chunk
                workspace.varying[: len(self._inputs), chunk.shape[1] :] = chunk[:, -1:]  # rows that nobody reads
                workspace.run_values(varies=True)
                yield rows, workspace
        for old in list(self._idle)[: 1 - MOST_WORKSPACES]:
            self._idle.pop(old, None)  # unless another thread has just taken it
        self._idle[width] = workspace

    def _numbers_in(self, workspace: Workspace, slots: Array) -> Array:
        """The numbers of slots, with one column for each row of the batch."""
        found = np.empty((len(slots), workspace.width), self.dtype)
        varies, row = self.schedule.varies[slots], self.schedule.row[slots]
        found[varies] = workspace.varying[row[varies]]
        found[~varies] = workspace.shared[row[~varies]]
        return found

    def _outputs_of(self, workspace: Workspace) -> Array:
        return self._numbers_in(workspace, self._outputs).T

    # -- the fast sweep --

    def _sweep_fast(self, workspace: Workspace, height: int, with_inputs: bool) -> tuple[Array, Array]:
        """The gradients of the parameters, summed, and those of the inputs; all numbers are finite."""
        schedule = self.schedule
        workspace.shared_gradients[...] = 0.0
        workspace.varying_gradients[...] = 0.0
        for slot in self._outputs:
            row = schedule.row[slot]
            if schedule.varies[slot]:
                workspace.varying_gradients[row, :height] += 1.0
            else:
                workspace.shared_gradients[row] += height
        workspace.run_sweep(True, with_inputs)
        workspace.run_sweep(False, with_inputs)
        by_parameters = workspace.shared_gradients[schedule.parameter_rows, 0]
        return by_parameters, workspace.varying_gradients[: len(self._inputs)].T

    # -- the careful sweep --

    def _everything(self, workspace: Workspace) -> Array:
        slots = np.flatnonzero(self.schedule.row >= 0)
        numbers = np.full((self.tape.slot_count, workspace.width), np.nan, self.dtype)
        numbers[slots] = self._numbers_in(workspace, slots)
        return numbers

    def _sweep_carefully(self, workspace: Workspace, height: int, with_inputs: bool) -> tuple[Array, Array]:
        """The gradients of each row, by edges alone, whatever the numbers are."""
        gradients = self._swept(self._everything(workspace))
        return gradients[self._parameters].T, gradients[self._inputs].T

    def _swept(self, numbers: Array) -> Array:
        """The gradients of all slots, given the numbers in them."""
        gradients = np.zeros_like(numbers)
        np.add.at(gradients, self._outputs, 1.0)
        for nodes, propagates_nan, operands, derivatives, gated in self._edges:
            upstream, local = gradients[nodes], numbers[derivatives]
            passes = (upstream != 0.0) & ~(gated & (local == 0.0))
            local[propagates_nan & np.isnan(numbers[nodes])] = np.nan
            np.add.at(gradients, operands, np.where(passes, upstream * local, 0.0))
        return gradients


def _edges_by_level(tape: Tape) -> list[tuple[Array, ...]]:
    """Edges in the order of the backward pass, those of nodes of one level together."""
    starts = np.array(tape.edge_starts, np.int64)
    counts = starts[1:] - starts[:-1]
    nodes = np.repeat(np.array(tape.nodes, np.int64), counts)
    propagates_nan = np.repeat(np.frombuffer(tape.propagates_nan, bool), counts)[:, None]
    operands, derivatives = np.array(tape.edge_operands, np.int64), np.array(tape.edge_derivatives, np.int64)
    gated = np.frombuffer(tape.edge_gated, bool)[:, None]
    levels = np.repeat(node_levels(tape), counts)
    order = np.argsort(-levels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(levels[order])) + 1)
    edges = (nodes, propagates_nan, operands, derivatives, gated)
    return [tuple(column[part] for column in edges) for part in parts if len(part)]


class CompiledEngine(_TapeSlots):
    """Runs a tape one instruction after another, row by row, in code compiled by numba."""

    def __init__(self, tape: Tape) -> None:
        from autograd_core.replay import interpreter

        super().__init__(tape)
        self._run, self._sweep = interpreter.run, interpreter.sweep
        self._all = _indices(tape.codes, tape.results, tape.starts, tape.operands)
        nodes, starts, operands, derivatives = _indices(
            tape.nodes, tape.edge_starts, tape.edge_operands, tape.edge_derivatives
        )
        propagates_nan, gated = np.frombuffer(tape.propagates_nan, bool), np.frombuffer(tape.edge_gated, bool)
        self._edges = (nodes, propagates_nan, starts, operands, derivatives, gated)
        self._start = np.full(tape.slot_count, np.nan)
        self._start[np.array(tape.constant_slots, np.int64)] = np.array(tape.constants)
        self._idle: list[tuple[Array, Array]] = []  # numbers and gradients; those in use are in nobody else's hands

    @cached_property
    def _values_only(self) -> tuple[Array, ...]:
        codes, results, starts, operands = self._all
        return _selected(codes, results, starts, operands, np.frombuffer(self.tape.is_value, bool))

    @contextmanager
    def _workspace(self, parameters: Array) -> Iterator[tuple[Array, Array]]:
        """Arrays for the numbers and the gradients in all slots: whoever ran before leaves them to the next."""
        try:
            numbers, gradients = self._idle.pop()
        except IndexError:
            numbers, gradients = self._start.copy(), np.empty(self.tape.slot_count)
        numbers[self._parameters] = parameters[self._is_used]
        yield numbers, gradients
        if len(self._idle) < MOST_WORKSPACES:
            self._idle.append((numbers, gradients))

    def values(self, parameters: Array, inputs: Array) -> Array:
        values = np.empty((len(inputs), len(self._outputs)))
        with self._workspace(parameters) as (numbers, _):
            for row, own in enumerate(inputs):
                numbers[self._inputs] = own
                self._run(*self._values_only, numbers)
                values[row] = numbers[self._outputs]
        return values

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        values = np.empty((len(inputs), len(self._outputs)))
        by_inputs = np.empty(inputs.shape) if with_inputs else None
        by_parameters = np.zeros((len(inputs), len(self._is_used)) if each_row else len(self._is_used))
        with self._workspace(parameters) as (numbers, gradients):
            for row, own in enumerate(inputs):
                self._run_row(own, numbers, gradients)
                values[row] = numbers[self._outputs]
                if each_row:
                    by_parameters[row, self._is_used] = gradients[self._parameters]
                else:
                    by_parameters[self._is_used] += gradients[self._parameters]
                if by_inputs is not None:
                    by_inputs[row] = gradients[self._inputs]
        return Gradients(values, by_parameters, by_inputs)

    def _run_row(self, inputs: Array, numbers: Array, gradients: Array) -> None:
        numbers[self._inputs] = inputs
        self._run(*self._all, numbers)
        gradients[:] = 0.0
        for slot in self._outputs:
            gradients[slot] += 1.0
        self._sweep(*self._edges, numbers, gradients)

    def numbers(self, parameters: Array, inputs: Array) -> tuple[Array, Array]:
        all_numbers = np.empty((len(inputs), self.tape.slot_count))
        all_gradients = np.empty_like(all_numbers)
        with self._workspace(parameters) as (numbers, _):
            for row, own in enumerate(inputs):
                self._run_row(own, numbers, all_gradients[row])
                all_numbers[row] = numbers
        return all_numbers, all_gradients


def _indices(*arrays: array[int]) -> tuple[Array, ...]:
    """The same memory, without a sign: compiled code need not look for indices from the end then."""
    return tuple([np.asarray(each).view(np.uint32) for each in arrays])


def _selected(codes: Array, results: Array, starts: Array, operands: Array, chosen: Array) -> tuple[Array, ...]:
    """Some of the instructions."""
    widths = np.diff(starts)
    own_starts = np.concatenate([[0], np.cumsum(widths[chosen])]).astype(np.uint32)
    return codes[chosen], results[chosen], own_starts, operands[np.repeat(chosen, widths)]


# -- which one ---------------------------------------------------------------------------------------------------------

# Estimates, in nanoseconds, from profiles of both engines.
GROUP_COST = 6_000
NUMBER_COST = 2.0
INSTRUCTION_COST = 5.0
OPERAND_COST = 0.7
FEWEST_GROUPS = 100  # below, compiling is not worth its while


def best_engine(tape: Tape, rows: int, dtype: Any) -> type[ArrayEngine] | type[CompiledEngine]:
    """Which engine is faster for so many rows, as far as counting tells; the compiled one only where numba is."""
    if np.dtype(dtype) != np.dtype(float) or tape.group_count < FEWEST_GROUPS or not tape.is_compilable:
        return ArrayEngine
    if importlib.util.find_spec("numba") is None:
        return ArrayEngine
    work = len(tape.operands) + len(tape.edge_operands)
    by_arrays = GROUP_COST * tape.group_count + NUMBER_COST * work * rows
    compiled = (INSTRUCTION_COST * len(tape.codes) + OPERAND_COST * work) * rows
    return CompiledEngine if 2 * compiled < by_arrays else ArrayEngine
