"""The scalar machine: a program run row by row as straight-line Python, which needs no compiler."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.replay.code import Code, Slots, needed
from autograd_core.replay.instructions import OPAQUE, on_floats
from autograd_core.replay.machines import Array, Gradients
from autograd_core.replay.python import PYTHON
from autograd_core.replay.text import as_function, plain_text

MOST_WRITTEN = 20_000
"""Instructions that are written as a text, which Python takes some microseconds each to compile."""


class ScalarMachine:
    """A program as functions of floats, one for each thing that is asked of it."""

    def __init__(self, code: Code, dtype: Any = float) -> None:
        self.code = code
        self._functions: dict[str, Callable[..., Any]] = {}

    def values(self, parameters: Array, inputs: Array) -> Array:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        if len(self.code.codes) > MOST_WRITTEN:
            return self.numbers(parameters, inputs)[:, self.code.outputs]
        function = self._function("values", np.zeros(0, np.int32))
        own = parameters.tolist()
        rows = [np.atleast_1d(function(*row, *own)[0]) for row in inputs.tolist()]
        return np.array(rows, float).reshape(len(inputs), len(self.code.outputs))

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        code, count = self.code, len(inputs)
        wanted = np.concatenate([code.by_parameters, code.by_inputs]) if with_inputs else code.by_parameters
        values, gradients = np.empty((count, len(code.outputs))), np.zeros((count, len(wanted)))
        if len(code.codes) > MOST_WRITTEN:
            numbers = self.numbers(parameters, inputs)
            values[:], gradients[:] = numbers[:, code.outputs], np.where(wanted >= 0, numbers[:, wanted], 0.0)
        else:
            function = self._function("all" if with_inputs else "by parameters", wanted)
            own = parameters.tolist()
            for place, row in enumerate(inputs.tolist()):
                values[place], gradients[place] = function(*row, *own)
        by_parameters = gradients[:, : code.n_parameters]
        by_inputs = gradients[:, code.n_parameters :] if with_inputs else None
        return Gradients(values, by_parameters if each_row else by_parameters.sum(axis=0), by_inputs)

    def numbers(self, parameters: Array, inputs: Array) -> Array:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        numbers = np.empty((len(inputs), self.code.n_slots))
        for row, own in enumerate(inputs):
            numbers[row] = numbers_of_row(self.code, own, parameters)
        return numbers

    def _function(self, name: str, gradients: Slots) -> Callable[..., Any]:
        if name not in self._functions:
            code = needed(self.code, np.concatenate([self.code.outputs, gradients]))
            self._functions[name] = as_function(plain_text(code, gradients, PYTHON))
        return self._functions[name]


def numbers_of_row(code: Code, inputs: Array, parameters: Array) -> list[float]:
    """The numbers in all slots, one instruction after another: what every other machine has to agree with."""
    numbers = [math.nan] * code.n_slots
    numbers[: code.parameters.stop] = [*code.constants.tolist(), *inputs.tolist(), *parameters.tolist()]
    for i, instruction in enumerate(code.codes.tolist()):
        operands = [numbers[slot] for slot in code.operands_of(i).tolist()]
        first = int(code.results[i])
        results = results_of(instruction, operands, code.opaque)
        numbers[first : first + len(results)] = results
    return numbers


def results_of(code: int, operands: Sequence[float], opaque: Sequence[Callable[..., Any]] = ()) -> list[float]:
    """What an instruction gives for floats: one result, or several; None, which passes nothing on, counts as 0."""
    found = opaque[code - OPAQUE](*operands) if code >= OPAQUE else on_floats(code)(*operands)
    return [0.0 if each is None else each for each in found] if isinstance(found, (list, tuple)) else [found]
