"""The lane machine: a program run in compiled code, an instruction at a time over a block of rows.

Going from one instruction to the next takes a few nanoseconds, which the rows of a block share. Rows beside each other
are what the processor's vectors hold, so that a number costs a fraction of a nanosecond in sums and products, and one
or two in the elementary functions.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_core.replay.bound import BoundProgram
from autograd_core.replay.code import Code, Slots, needed
from autograd_core.replay.lane_interpreter import WIDTH, run_one_row, run_rows
from autograd_core.replay.lane_stream import Stream, is_supported, plain_stream_of, stream_of
from autograd_core.replay.machines import Gradients

__all__ = ["LaneMachine", "is_supported"]

Array = np.ndarray[Any, Any]

FEW_ROWS = 2
"""How many rows are run one by one: a vector of rows takes as long as two or three single ones."""

BLOCKS = ((512, 8), (1 << 16, 4))
"""Up to how many numbers a row may have for a block of so many vectors, as caches have room; beyond that it has one.

Blocks of 64 rows and of 32 take about the same time for a row, of 16 and of 8 a tenth and a third more.
"""

CHUNK = 1024
"""How many rows are run at once: after each chunk its sums are added up, and Python may look for Ctrl-C."""

_ALIGNMENT = 64  # bytes, as many as a vector has


class LaneMachine:
    """Runs programs of 64-bit floats; numba is needed.

    Args:
        code: the program.
        dtype: 64-bit floats only.

    Raises:
        ValueError: the program has an instruction that this machine does not know, see :func:`is_supported`.

    >>> from autograd_core import Value
    >>> from autograd_core.graph import order_of_all
    >>> from autograd_core.replay.record import record
    >>> x, p = Value(3.0), Value(2.0)
    >>> y = p * x * x
    >>> machine = LaneMachine(record(order_of_all([y]), [y], [x], [p]))
    >>> found = machine.gradients(np.array([2.0]), np.array([[3.0], [4.0]]), each_row=False, with_inputs=True)
    >>> found.values.tolist(), found.by_parameters.tolist(), found.by_inputs.tolist()
    ([[18.0], [32.0]], [25.0], [[12.0], [16.0]])
    """

    def __init__(self, code: Code, dtype: Any = float) -> None:
        if not is_supported(code):
            raise ValueError(
                "the program has instructions that the lane machine does not know: ask is_supported(code) first"
            )
        self.code = code

    @functools.cached_property
    def _for_values(self) -> _Plan:
        return _Plan(self.code, self.code.outputs)

    @functools.cached_property
    def _for_gradients(self) -> _Plan:
        return _Plan(self.code, self.code.outputs, self.code.by_parameters)

    @functools.cached_property
    def _for_all_gradients(self) -> _Plan:
        return _Plan(self.code, self.code.outputs, self.code.by_parameters, self.code.by_inputs)

    @functools.cached_property
    def _for_numbers(self) -> Stream:
        return plain_stream_of(self.code)

    def values(self, parameters: Array, inputs: Array) -> Array:
        """The outputs of each row of inputs."""
        return self._for_values.run(parameters, inputs, each_row=True).values

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        """The outputs, and their gradients, summed over the rows or of each row.

        Rows are added up in an order that depends on their number only.
        """
        plan = self._for_all_gradients if with_inputs else self._for_gradients
        found = plan.run(parameters, inputs, each_row)
        return found if with_inputs else found._replace(by_inputs=None)

    def numbers(self, parameters: Array, inputs: Array) -> Array:
        """Of each row, the numbers in all slots."""
        code, stream, n_rows = self.code, self._for_numbers, len(inputs)
        n_vectors = _n_vectors(n_rows, code.n_slots)
        memory = _memory(code.n_slots, n_vectors)
        lanes = memory.reshape(code.n_slots, -1)
        lanes[: len(code.constants)] = code.constants[:, None]
        lanes[code.parameters] = np.asarray(parameters, float)[:, None]
        numbers = np.empty((n_rows, code.n_slots))
        nothing = np.empty((0, 0))
        for rows in _chunks(n_rows):
            own = np.ascontiguousarray(inputs[rows], float)
            arguments = (stream.words, memory, n_vectors, code.inputs.start, own, 0, numbers[rows])
            _checked(run_rows(*arguments, nothing, nothing, np.empty(0)))
        return numbers

    def bound(self, with_inputs: bool) -> BoundProgram:
        """A call for one row, on arrays that are made once; it allocates nothing."""
        plan = self._for_all_gradients if with_inputs else self._for_gradients
        memory = plan.new_memory_of_one_row()
        run = functools.partial(run_one_row, plan.one_row.words, memory)
        return BoundProgram(run, *plan.inputs_and_parameters(memory), *plan.results(memory))


@dataclass(frozen=True)
class _Workspace:
    """Numbers of a block of rows, and those that all rows share."""

    n_vectors: int
    memory: Array
    shared: Array


@dataclass(frozen=True)
class _Blocks:
    """What runs rows in blocks: first what they share, for one row, then the rest for each block.

    Attributes:
        shared: the instructions that are run once; they leave the first leaves of ``own``.
        own: those that are run for each block.
        free: by the number of vectors, workspaces that nobody uses at the moment.
    """

    shared: Stream
    own: Stream
    free: defaultdict[int, list[_Workspace]] = field(default_factory=lambda: defaultdict(list))


class _Plan:
    """How some of a program's numbers are computed: the outputs, and as many adjoints as are wanted."""

    def __init__(self, code: Code, *wanted: Slots) -> None:
        self.wanted = np.concatenate(wanted)
        self.code = needed(code, self.wanted)
        self.ends = np.cumsum([len(each) for each in wanted]).tolist()
        self.ends += self.ends[-1:] * (3 - len(wanted))
        self.free: list[Array] = []

    @functools.cached_property
    def one_row(self) -> Stream:
        """What runs one row alone."""
        code = self.code
        return stream_of(code, np.arange(code.parameters.stop, dtype=np.int32), self.wanted)

    @functools.cached_property
    def blocks(self) -> _Blocks:
        """What runs many rows."""
        code = self.code
        own = code.varies[code.results]
        inputs = np.arange(code.inputs.start, code.inputs.stop, dtype=np.int32)
        code_of_own, code_of_shared = code.selected(own), code.selected(~own)
        read = np.union1d(code_of_own.operands, self.wanted)
        is_leaf = (read >= 0) & ~np.isin(read, inputs) & ~code.varies[read]
        shared = read[is_leaf].astype(np.int32)
        constants_and_parameters = np.concatenate(
            [np.arange(len(code.constants)), np.arange(code.parameters.start, code.parameters.stop)]
        )
        return _Blocks(
            stream_of(code_of_shared, constants_and_parameters, shared),
            stream_of(code_of_own, np.concatenate([shared, inputs]), self.wanted),
        )

    def run(self, parameters: Array, inputs: Array, each_row: bool) -> Gradients:
        """Values and gradients of some rows."""
        if 0 < len(inputs) <= FEW_ROWS:
            return self._one_by_one(parameters, inputs, each_row)
        if not inputs.flags.carray:  # for one that is read-only, as one of a file is, numba would compile the loop anew
            inputs = np.require(inputs, float, ["C", "W"])
        return self._rows(parameters, inputs, each_row)

    # -- one row --

    def new_memory_of_one_row(self) -> Array:
        """The numbers of one row, its constants in their places."""
        memory = np.zeros(self.one_row.n_places)
        memory[: len(self.code.constants)] = self.code.constants
        return memory

    def inputs_and_parameters(self, memory: Array) -> tuple[Array, Array]:
        """Where they are among one row's numbers."""
        return memory[self.code.inputs], memory[self.code.parameters]

    def results(self, memory: Array) -> list[Array]:
        """Where the values, and the derivatives by parameters and by inputs, are among one row's numbers."""
        return np.split(memory[self.one_row.wanted], self.ends[:2])

    def _one_by_one(self, parameters: Array, inputs: Array, each_row: bool) -> Gradients:
        try:
            memory = self.free.pop()
        except IndexError:
            memory = self.new_memory_of_one_row()
        stream, of_inputs = self.one_row, self.code.inputs
        memory[self.code.parameters] = parameters
        found = np.empty((len(inputs), stream.n_wanted))
        for row, own in zip(found, inputs):
            memory[of_inputs] = own
            _checked(run_one_row(stream.words, memory))
            row[:] = memory[stream.wanted]
        self.free.append(memory)
        n_values, end, _ = self.ends
        by_parameters = found[:, n_values:end] if each_row else _sum_of_rows(found[:, n_values:end])
        return Gradients(found[:, :n_values], by_parameters, found[:, end:])

    # -- many rows --

    def _rows(self, parameters: Array, inputs: Array, each_row: bool) -> Gradients:
        n_rows, (n_values, end, n_wanted) = len(inputs), self.ends
        values, by_inputs = np.empty((n_rows, n_values)), np.empty((n_rows, n_wanted - end))
        by_parameters, totals = np.empty((n_rows if each_row else 0, end - n_values)), np.zeros(end - n_values)
        blocks = self.blocks
        workspace = self._workspace(_n_vectors(n_rows, blocks.own.n_places), parameters)
        first_input = blocks.shared.n_wanted
        for rows in _chunks(n_rows):
            results = (values[rows], by_parameters[rows], by_inputs[rows], totals)
            places = (first_input, inputs[rows], blocks.own.wanted.start)
            _checked(run_rows(blocks.own.words, workspace.memory, workspace.n_vectors, *places, *results))
        blocks.free[workspace.n_vectors].append(workspace)
        return Gradients(values, by_parameters if each_row else totals, by_inputs)

    def _workspace(self, n_vectors: int, parameters: Array) -> _Workspace:
        """One that fits, with what the rows share."""
        blocks, code = self.blocks, self.code
        try:
            workspace = blocks.free[n_vectors].pop()
        except IndexError:
            shared = np.zeros(blocks.shared.n_places)
            shared[: len(code.constants)] = code.constants
            workspace = _Workspace(n_vectors, _memory(blocks.own.n_places, n_vectors), shared)
        shared, first, last = workspace.shared, len(code.constants), blocks.shared.n_leaves
        shared[first:last] = parameters
        _checked(run_one_row(blocks.shared.words, shared))
        lanes = workspace.memory.reshape(blocks.own.n_places, -1)
        lanes[: blocks.shared.n_wanted] = shared[blocks.shared.wanted, None]
        return workspace


def _n_vectors(n_rows: int, n_places: int) -> int:
    """How many vectors of rows a block has: a power of two, no more than the rows need, nor than there is room for."""
    most = next((n_vectors for n_most, n_vectors in BLOCKS if n_places <= n_most), 1)
    n_vectors = 1
    while n_vectors < most and n_vectors * WIDTH < n_rows:
        n_vectors *= 2
    return n_vectors


def _sum_of_rows(rows: Array) -> Array:
    if len(rows) == 1:
        return np.ravel(rows)
    with np.errstate(all="ignore"):
        total: Array = rows.sum(axis=0)
        return total


def _chunks(n_rows: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, n_rows)) for start in range(0, n_rows, CHUNK)]


def _memory(n_places: int, n_vectors: int) -> Array:
    """Zeros for so many slots of so many vectors, where a vector may be read at once."""
    n_numbers = n_places * n_vectors * WIDTH
    raw = np.zeros(n_numbers + _ALIGNMENT // 8)
    start = (-raw.ctypes.data) % _ALIGNMENT // 8
    return raw[start : start + n_numbers]


def _checked(status: int) -> None:
    if status:
        raise RuntimeError("the lane machine met an instruction that it does not know")
