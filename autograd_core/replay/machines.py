"""What runs a program: the one promise that all machines keep."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd_core.replay.code import Code

Array = np.ndarray[Any, Any]


class Gradients(NamedTuple):
    """What a forward and a backward pass give.

    Attributes:
        values: one row for each row of inputs, one column for each output.
        by_parameters: one number for each parameter, summed over the rows; or a row of them for each row of inputs.
        by_inputs: one row for each row of inputs; None where they were not asked for.
    """

    values: Array
    by_parameters: Array
    by_inputs: Array | None

    def summed(self) -> Gradients:
        """The same with the values summed over the rows."""
        if len(self.values) == 1:
            return Gradients(self.values[0], self.by_parameters, self.by_inputs)
        with np.errstate(all="ignore"):
            sums = np.ascontiguousarray(self.values.T).sum(axis=1)
        return Gradients(sums, self.by_parameters, self.by_inputs)


class Machine(Protocol):
    """Runs a program. Several threads may use it at a time; where a run is broken off, it is as it was."""

    code: Code

    def __init__(self, code: Code, dtype: Any = float) -> None: ...

    def values(self, parameters: Array, inputs: Array) -> Array:
        """The outputs of each row of inputs."""

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        """The outputs, and their gradients, summed over the rows or of each row.

        An adjoint whose slot is -1 is 0; one that does not vary counts once for each row.
        """

    def numbers(self, parameters: Array, inputs: Array) -> Array:
        """Of each row, the numbers in all slots."""
