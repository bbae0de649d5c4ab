"""A program run as plainly as can be: an instruction after the other, in Python's floats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core.primitives import ieee
from autograd_core.replay.code import Code
from autograd_core.replay.instructions import INSTRUCTIONS, OPAQUE
from autograd_core.replay.machines import Gradients

Array = np.ndarray[Any, Any]

_OF_EACH_OPERAND = {"softmax": ieee.softmax, "log_softmax": ieee.log_softmax}


CANCELLING = {"logsumexp", "logaddexp", "log_softmax", "elu"}
"""Those whose result may be far smaller than what it is a difference of: the unit is that of the operands."""

BOUND = {"silu": 4.0, "mish": 4.0, "sech_squared": 3.0}
"""In units in the last place of the table's own result, which is off by as many itself."""


def is_close(name: str, computed: float, table: float, operands: Sequence[float]) -> bool:
    """Whether a machine may say so: rounded otherwise, but nan where the table has nan, and zeros of the same sign."""
    if computed == table or (computed != computed and table != table):
        return computed != 0.0 or math.copysign(1.0, computed) == math.copysign(1.0, table)
    if not (math.isfinite(computed) and math.isfinite(table)):
        return False
    size = max([abs(x) for x in operands if math.isfinite(x)], default=0.0) if name in CANCELLING else 0.0
    return abs(computed - table) <= BOUND.get(name, 2.0) * math.ulp(max(abs(table), size))


def results_of(code: int, operands: Sequence[float], opaque: Sequence[Any] = ()) -> list[float]:
    """What an instruction gives."""
    if code >= OPAQUE:
        found = opaque[code - OPAQUE](*operands)
        return [0.0 if each is None else float(each) for each in found] if code % 2 else [float(found)]
    instruction = INSTRUCTIONS[code]
    if instruction.scalar is None:
        return _OF_EACH_OPERAND[instruction.name](operands)
    return [instruction.scalar(*operands)]


def numbers_of(code: Code, parameters: Sequence[float], inputs: Sequence[float]) -> list[float]:
    """The numbers in all slots, for one row."""
    numbers = [math.nan] * code.n_slots
    numbers[: len(code.constants)] = code.constants.tolist()
    numbers[code.inputs] = map(float, inputs)
    numbers[code.parameters] = map(float, parameters)
    for instruction, first in enumerate(code.results.tolist()):
        operands = [numbers[slot] for slot in code.operands_of(instruction)]
        results = results_of(int(code.codes[instruction]), operands, code.opaque)
        numbers[first : first + len(results)] = results
    return numbers


class ReferenceMachine:
    """A machine that shows what the others have to give."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def values(self, parameters: Array, inputs: Array) -> Array:
        return self.numbers(parameters, inputs)[:, self.code.outputs]

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        numbers = self.numbers(parameters, inputs)
        by_parameters, by_inputs = (
            np.where(slots < 0, 0.0, numbers[:, slots]) for slots in (self.code.by_parameters, self.code.by_inputs)
        )
        if not each_row:
            with np.errstate(invalid="ignore"):
                by_parameters = by_parameters.sum(axis=0)
        return Gradients(numbers[:, self.code.outputs], by_parameters, by_inputs if with_inputs else None)

    def numbers(self, parameters: Array, inputs: Array) -> Array:
        rows = [numbers_of(self.code, parameters.tolist(), row) for row in inputs.tolist()]
        return np.array(rows).reshape(len(inputs), self.code.n_slots)
