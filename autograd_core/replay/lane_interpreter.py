"""The loop over instructions, written in LLVM's terms and compiled by numba: for one row, and for rows in lanes.

A stream is an array of integers: for each instruction its code, the number of its operands where that may be any, the
slots of its results and of its operands; and END. What is compiled is kept on disk.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from autograd_core.replay import lane_functions, lane_instructions, lane_reductions, vectors
from autograd_core.replay.lane_instructions import ARITIES, NARROW, n_results_of
from autograd_core.replay.lane_reductions import UNROLLED, WIDE, Operands
from autograd_core.replay.vectors import INDEX, INTEGER, Lanes, Number

Array = np.ndarray[Any, Any]

WIDTH = 8
"""How many rows stand in one vector; a processor with shorter ones takes it in parts."""

END = 0
LANE_CODES = {name: code for code, name in enumerate((*NARROW, *UNROLLED, *WIDE), END + 1)}


class _Writer:
    """Writes the loop.

    Args:
        lanes: what writes the operations.
        words: where the stream begins.
        memory: where the numbers begin, slot by slot.
        n_vectors: how many vectors of lanes a slot has; None for one number.
    """

    def __init__(self, lanes: Lanes, words: Any, memory: Any, n_vectors: Any) -> None:
        self.lanes, self.builder = lanes, lanes.builder
        self.words, self.memory, self.n_vectors = words, memory, n_vectors
        self.place: Any = None  # of the instruction's code in the stream

    def write(self) -> Any:
        """All of it; gives 0 where the stream ran to its end, 1 where it has a code that is none."""
        builder = self.builder
        before = builder.block
        head, unknown, end = (builder.append_basic_block(name) for name in ("next", "unknown", "end"))
        builder.branch(head)
        builder.position_at_end(head)
        self.place = builder.phi(INTEGER)
        self.place.add_incoming(ir.Constant(INTEGER, 0), before)
        switch = builder.switch(builder.load(self._address(0)), unknown)
        switch.add_case(ir.Constant(INDEX, END), end)
        for name, code in LANE_CODES.items():
            case = builder.append_basic_block(name)
            switch.add_case(ir.Constant(INDEX, code), case)
            builder.position_at_end(case)
            length = self._wide(name) if name in WIDE else self._fixed(name)
            self.place.add_incoming(builder.add(self.place, length), builder.block)
            builder.branch(head)
        builder.position_at_end(unknown)
        builder.branch(end)
        builder.position_at_end(end)
        status = builder.phi(INTEGER)
        status.add_incoming(ir.Constant(INTEGER, 0), head)
        status.add_incoming(ir.Constant(INTEGER, 1), unknown)
        return status

    def _address(self, offset: int | Any) -> Any:
        """Of a word of the instruction at hand."""
        if isinstance(offset, int):
            offset = ir.Constant(INTEGER, offset)
        return self.builder.gep(self.words, [self.builder.add(self.place, offset)])

    def _slot(self, offset: int | Any) -> Any:
        """The slot that a word of the instruction names."""
        return self.builder.sext(self.builder.load(self._address(offset)), INTEGER)

    def _pointer(self, slot: Any, vector: Any) -> Any:
        builder = self.builder
        if self.n_vectors is None:
            return builder.gep(self.memory, [slot])
        place = builder.add(builder.mul(slot, self.n_vectors), vector)
        return builder.gep(builder.bitcast(self.memory, self.lanes.number_type.as_pointer()), [place])

    def _load(self, slot: Any, vector: Any) -> Number:
        loaded = self.builder.load(self._pointer(slot, vector))
        loaded.align = 8
        return Number(self.lanes, loaded)

    def _store(self, number: Number, slot: Any, vector: Any) -> None:
        self.builder.store(number.emitted, self._pointer(slot, vector)).align = 8

    def _for_each_vector(self, work: Callable[[Any], None]) -> None:
        if self.n_vectors is None:
            work(None)
        else:

            def step(vector: Any) -> tuple[()]:
                work(vector)
                return ()

            self.lanes.loop(self.n_vectors, [], step)

    def _fixed(self, name: str) -> Any:
        """An instruction with a fixed number of operands."""
        function: Callable[..., Number | Sequence[Number]]
        if name in NARROW:
            function, n_operands, n_results = NARROW[name], ARITIES[name], n_results_of(name)
        else:
            (n_operands, function), n_results = UNROLLED[name], 1  # the first of as many as operands
        results = [self._slot(offset) for offset in range(1, 1 + n_results)]
        operands = [self._slot(offset) for offset in range(1 + n_results, 1 + n_results + n_operands)]
        if name in UNROLLED:
            results = [self.builder.add(results[0], ir.Constant(INTEGER, index)) for index in range(n_operands)]

        def work(vector: Any) -> None:
            computed = function(*[self._load(operand, vector) for operand in operands])
            for slot, result in zip(results, [computed] if isinstance(computed, Number) else computed):
                self._store(result, slot, vector)

        self._for_each_vector(work)
        return ir.Constant(INTEGER, 1 + n_results + n_operands)

    def _wide(self, name: str) -> Any:
        """An instruction with any number of operands."""
        builder = self.builder
        count = builder.sext(builder.load(self._address(1)), INTEGER)
        first_result = self._slot(2)
        first_operand = ir.Constant(INTEGER, 3)

        def work(vector: Any) -> None:
            operands = Operands(
                self.lanes,
                count,
                lambda index: self._load(self._slot(builder.add(index, first_operand)), vector),
                lambda index: self._load(builder.add(first_result, index), vector),
                lambda index, number: self._store(number, builder.add(first_result, index), vector),
            )
            result = WIDE[name](operands)
            if result is not None:
                self._store(result, first_result, vector)

        self._for_each_vector(work)
        return builder.add(count, first_operand)


def _written(width: int, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """The loop over a stream and a memory that numba hands over as arrays; gives its status."""
    arrays = zip(signature.args[:2], arguments)
    words, memory = (context.make_array(kind)(context, builder, value=array).data for kind, array in arrays)
    n_vectors = None if width == 1 else arguments[2]
    return _Writer(Lanes(builder, width), words, memory, n_vectors).write()


def _one_row_in_numba(typing_context: Any, words: Any, memory: Any) -> Any:
    return types.int64(words, memory), functools.partial(_written, 1)


def _lanes_in_numba(typing_context: Any, words: Any, memory: Any, n_vectors: Any) -> Any:
    return types.int64(words, memory, types.int64), functools.partial(_written, WIDTH)


_run_one: Any = intrinsic(_one_row_in_numba)
_run_lanes: Any = intrinsic(_lanes_in_numba)


def _fingerprint() -> str:
    """Of the texts that are compiled, by which numba notices that they have changed."""
    modules = (vectors, lane_functions, lane_instructions, lane_reductions)
    files = [Path(str(module.__file__)).read_bytes() for module in modules]
    return hashlib.sha256(b"".join(files)).hexdigest()


compiled: Any = functools.partial(njit, nogil=True, error_model="numpy", cache=True)


@compiled
def _load(memory: Array, place: int, n_lanes: int, rows: Array, start: int, n_live: int) -> None:
    """Columns of some rows into slots; the lanes beyond the last row repeat it."""
    for column in range(rows.shape[1]):
        first = (place + column) * n_lanes
        for lane in range(n_live):
            memory[first + lane] = rows[start + lane, column]
        for lane in range(n_live, n_lanes):
            memory[first + lane] = rows[start + n_live - 1, column]


@compiled
def _store(memory: Array, place: int, n_lanes: int, rows: Array, start: int, n_live: int) -> None:
    """Slots into columns of some rows."""
    for lane in range(n_live):
        for column in range(rows.shape[1]):
            rows[start + lane, column] = memory[(place + column) * n_lanes + lane]


@compiled
def _add(memory: Array, place: int, n_lanes: int, sums: Array, n_live: int) -> None:
    """Slots onto sums, of which each has as many as a vector has lanes."""
    n_whole = n_live - n_live % WIDTH
    for column in range(len(sums)):
        first = (place + column) * n_lanes
        for vector in range(first, first + n_whole, WIDTH):
            for lane in range(WIDTH):
                sums[column, lane] += memory[vector + lane]
        for lane in range(n_live - n_whole):
            sums[column, lane] += memory[first + n_whole + lane]


@compiled
def _add_lanes(sums: Array, totals: Array) -> None:
    """The lanes of each sum onto its total, by halves."""
    for column in range(len(totals)):
        half = WIDTH // 2
        while half:
            for lane in range(half):
                sums[column, lane] += sums[column, lane + half]
            half //= 2
        totals[column] += sums[column, 0]


def _one_row(fingerprint: str) -> Any:
    @compiled
    def run(words: Array, memory: Array) -> int:
        """Run a stream for one row; gives 0, or 1 where it has a code that is none."""
        return _run_one(words, memory) + len(fingerprint) * 0

    return run


def _rows(fingerprint: str) -> Any:
    @compiled
    def run(
        words: Array, memory: Array, n_vectors: int, first_input: int, inputs: Array, first_result: int, values: Array,
        by_parameters: Array, by_inputs: Array, totals: Array,
    ) -> int:  # fmt: skip
        """Run a stream for rows of inputs, a block after the other; gives 0, or 1 where it has a code that is none.

        The results stand in the memory from ``first_result`` on: values, derivatives by parameters, by inputs. Those by
        parameters are added to ``totals`` unless ``by_parameters`` has rows for them.
        """
        n_lanes, n_rows = n_vectors * WIDTH, len(inputs)
        first_by_parameters = first_result + values.shape[1]
        first_by_inputs = first_by_parameters + len(totals)
        sums = np.zeros((len(totals), WIDTH))
        for start in range(0, n_rows, n_lanes):
            n_live = min(n_lanes, n_rows - start)
            _load(memory, first_input, n_lanes, inputs, start, n_live)
            if _run_lanes(words, memory, n_vectors):
                return len(fingerprint)
            _store(memory, first_result, n_lanes, values, start, n_live)
            _store(memory, first_by_inputs, n_lanes, by_inputs, start, n_live)
            if len(by_parameters):
                _store(memory, first_by_parameters, n_lanes, by_parameters, start, n_live)
            else:
                _add(memory, first_by_parameters, n_lanes, sums, n_live)
        if not len(by_parameters):
            _add_lanes(sums, totals)
        return 0

    return run


run_one_row = _one_row(_fingerprint())
run_rows = _rows(_fingerprint())
