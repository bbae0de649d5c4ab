"""Many rows in blocks of a fixed size, added up in order: the same bits however many threads share them."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from autograd_core.replay.machines import Array, Gradients, Machine

BLOCK = 8_192
"""How many rows are one piece of work: a millisecond or more, against some microseconds to hand it over."""


def gradients_in_blocks(
    machine: Machine, parameters: Array, rows: Array, each_row: bool, with_inputs: bool, executor: Executor | None
) -> Gradients:
    """As :meth:`Machine.gradients`, the blocks by an executor's threads where there is one."""
    if len(rows) <= BLOCK:
        return machine.gradients(parameters, rows, each_row, with_inputs)

    def of_block(start: int) -> Gradients:
        return machine.gradients(parameters, rows[start : start + BLOCK], each_row, with_inputs)

    starts = range(0, len(rows), BLOCK)
    found = list(map(of_block, starts) if executor is None else executor.map(of_block, starts))
    by_parameters = [each.by_parameters for each in found]
    by_inputs = [each.by_inputs for each in found if each.by_inputs is not None]
    return Gradients(
        np.concatenate([each.values for each in found]),
        np.concatenate(by_parameters) if each_row else sum(by_parameters[1:], start=by_parameters[0]),
        np.concatenate(by_inputs) if with_inputs else None,
    )
