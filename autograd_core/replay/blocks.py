"""Many rows in blocks of a fixed size, added up in order: the same bits however many workers share them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from autograd_core.replay.executors import Work, check_executor, results_in_order
from autograd_core.replay.machines import Array, Gradients
from autograd_core.replay.work import Block, Wanted

if TYPE_CHECKING:
    from autograd_core.replay.choose import Machines

BLOCK = 8_192
"""How many rows are one piece of work: some milliseconds, against some tenths of one to hand it to a process."""


def blocks_of_array(rows: Array) -> Iterator[Block]:
    """The blocks of an array of real numbers; one without rows is one block."""
    for number, start in enumerate(range(0, max(1, len(rows)), BLOCK)):
        yield Block(number, start, rows[start : start + BLOCK].astype(float, copy=False))


def blocks_of_pieces(pieces: Iterable[Array], n_inputs: int) -> Iterator[Block]:
    """The same blocks of rows that come in arrays of any lengths, which may be overwritten after their turn."""
    number, n_filled, rows = 0, 0, np.empty((BLOCK, n_inputs))
    for piece in pieces:
        start = 0
        while start < len(piece):
            n_taken = min(len(piece) - start, BLOCK - n_filled)
            rows[n_filled : n_filled + n_taken] = piece[start : start + n_taken]
            start, n_filled = start + n_taken, n_filled + n_taken
            if n_filled == BLOCK:
                yield Block(number, number * BLOCK, rows)
                number, n_filled, rows = number + 1, 0, np.empty((BLOCK, n_inputs))
    if n_filled:
        yield Block(number, number * BLOCK, rows[:n_filled])


class CountedBlocks:
    """Blocks of a stream, and how many rows they had so far."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks, self.n_rows = blocks, 0

    def __iter__(self) -> CountedBlocks:
        return self

    def __next__(self) -> Block:
        block = next(self._blocks)
        self.n_rows += len(block.rows)
        return block


def values_of_rows(machines: Machines, rows: Array, parameters: Array, executor: Executor | None) -> Array:
    """The outputs of rows in an array; those of one block are computed where they are unless there is an executor."""
    if executor is None and len(rows) <= BLOCK:
        return machines(len(rows)).values(parameters, rows.astype(float, copy=False))
    return run_in_blocks(machines, blocks_of_array(rows), parameters, Wanted(gradients=False), executor).values


def gradients_of_rows(
    machines: Machines,
    rows: Array,
    parameters: Array,
    each_row: bool,
    with_inputs: bool,
    summed_values: bool,
    executor: Executor | None,
) -> Gradients:
    """Their outputs and derivatives, likewise; what is wanted is told as for :class:`Wanted`."""
    if executor is None and len(rows) <= BLOCK:
        found = machines(len(rows)).gradients(parameters, rows.astype(float, copy=False), each_row, with_inputs)
        return found.summed() if summed_values else found
    wanted = Wanted(True, each_row, with_inputs, summed_values)
    return run_in_blocks(machines, blocks_of_array(rows), parameters, wanted, executor)


def run_in_blocks(
    machines: Machines, blocks: Iterator[Block], parameters: Array, wanted: Wanted, executor: Executor | None
) -> Gradients:
    """The results of all blocks: rows beside each other, and sums, which are added up in the order of the blocks.

    Raises:
        ValueError: there is no block.
        TypeError: that is not an executor.
    """
    parts: list[list[Array]] = [[], [], []]  # of values, and of derivatives by parameters and by inputs
    is_sum = wanted.summed_values, not wanted.each_row, False
    with closing(_results(machines, blocks, parameters, wanted, executor)) as results:
        for found in results:
            for own, part, sums in zip(parts, found, is_sum):
                if part is not None and sums and own:
                    own[0] = _added(own[0], part)
                elif part is not None:
                    own.append(part)
    joined = [own[0] if len(own) == 1 else np.concatenate(own) if own else None for own in parts]
    return Gradients(*joined)  # type: ignore[arg-type]


def values_in_blocks(
    machines: Machines, blocks: Iterator[Block], parameters: Array, executor: Executor | None
) -> Iterator[Array]:
    """The outputs of each block, as they come."""
    with closing(_results(machines, blocks, parameters, Wanted(gradients=False), executor)) as results:
        for found in results:
            yield found.values


def _results(
    machines: Machines, blocks: Iterator[Block], parameters: Array, wanted: Wanted, executor: Executor | None
) -> Generator[Gradients, None, None]:
    """Of each block in turn, all by the machine that is the best for the first, whoever runs it."""
    check_executor(executor)
    first = next(blocks, None)
    if first is None:
        raise ValueError(
            "there are no rows: a stream has at least one, and an iterator gives its rows only once, so make it anew "
            "for each call"
        )
    parcel = machines.parcel(len(first.rows))
    yield from results_in_order(chain([first], blocks), Work(parcel, parameters, wanted), executor)


def _added(total: Array, part: Array) -> Array:
    with np.errstate(all="ignore"):
        found: Array = total + part
        return found
