"""A program bound to arrays: a call that finds its numbers where they were put, and allocates nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd_core.replay.machines import Array, Machine


class BoundProgram:
    """One row's values and gradients, computed from arrays and into arrays that stay the same; ``program.bind()``.

    Fill ``inputs`` and ``parameters`` in place, call, and read the results, which the next call overwrites. It is one
    thread's: another thread binds the program for itself.

    Attributes:
        inputs, parameters: to be filled with numbers, in the program's order.
        values: the outputs.
        by_parameters: the derivatives of the outputs' sum with respect to the parameters.
        by_inputs: those with respect to the inputs; empty where they were not asked for.

    >>> import autograd_core as ag
    >>> x, w = ag.Value(2.0), ag.Value(3.0)
    >>> bound = ag.compile(w * x, inputs=[x], parameters=[w]).bind(wrt_inputs=True)
    >>> bound.inputs[:] = 5.0
    >>> bound()
    >>> bound.values.tolist(), bound.by_parameters.tolist(), bound.by_inputs.tolist()
    ([15.0], [5.0], [3.0])
    """

    __slots__ = ("__weakref__", "_run", "by_inputs", "by_parameters", "inputs", "parameters", "values")

    def __init__(
        self,
        run: Callable[[], None],
        inputs: Array,
        parameters: Array,
        values: Array,
        by_parameters: Array,
        by_inputs: Array,
    ) -> None:
        self._run = run
        self.inputs, self.parameters = inputs, parameters
        self.values, self.by_parameters, self.by_inputs = values, by_parameters, by_inputs

    def __call__(self) -> None:
        """Compute."""
        self._run()


def bound_to_arrays(machine: Machine, with_inputs: bool) -> BoundProgram:
    """The same for a machine that has no way of its own: results are copied into the arrays."""
    code = machine.code
    inputs, parameters = np.zeros(code.n_inputs), np.zeros(code.n_parameters)
    values, by_parameters = np.zeros(len(code.outputs)), np.zeros(code.n_parameters)
    by_inputs = np.zeros(code.n_inputs if with_inputs else 0)

    def run() -> None:
        found = machine.gradients(parameters, inputs[None, :], False, with_inputs)
        values[:], by_parameters[:] = found.values[0], found.by_parameters
        if found.by_inputs is not None:
            by_inputs[:] = found.by_inputs[0]

    return BoundProgram(run, inputs, parameters, values, by_parameters, by_inputs)
