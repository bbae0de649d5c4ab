"""A program run as plainly as can be: an instruction after the other, in Python's floats."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd_core.replay.code import Code
from autograd_core.replay.machines import Array, Gradients
from autograd_core.replay.scalars import numbers_of_row

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
        rows = [numbers_of_row(self.code, row, parameters) for row in inputs]
        return np.array(rows).reshape(len(inputs), self.code.n_slots)
