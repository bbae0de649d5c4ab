"""The arrays machine: runs a program in groups of like instructions, each of them one call on NumPy arrays."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_core.replay import targets
from autograd_core.replay.code import Code
from autograd_core.replay.groups import Grouper
from autograd_core.replay.instructions import ADJOINT, OPAQUE
from autograd_core.replay.layout import Layout
from autograd_core.replay.machines import Array, Gradients
from autograd_core.replay.numpy_text import Text
from autograd_core.replay.targets import Table, Task

MOST_NUMBERS = 1 << 17  # of a chunk of rows, so that it stays in the processor's cache: 1 MB of float64
FEWEST_NUMBERS_A_CALL = 1 << 10  # a chunk of fewer spends its time on calls
MOST_BYTES = 1 << 28
MOST_WORKSPACES = 4
HAS_CONTEXTS = np.lib.NumpyVersion(np.__version__) >= "2.0.0"  # before, what errors do belonged to a thread


class Plan:
    """A task, its text, and the workspaces that nobody uses at the moment."""

    def __init__(self, task: Task, careful: bool, title: str) -> None:
        self.task = task
        self.text = Text(task, Grouper(task, careful), careful, title)
        self.layout = self.text.layout
        self._idle: dict[int, list[Workspace]] = {}
        self.calls_users = bool((task.code.codes >= OPAQUE).any())
        self.has_adjoints = bool((task.code.codes == ADJOINT).any())
        n_numbers = max(1, self.layout.n_rows[True])
        most = max(MOST_NUMBERS, FEWEST_NUMBERS_A_CALL * self.text.n_calls)
        self._most_rows = max(1, min(most, MOST_BYTES // 8) // n_numbers)
        row, code = self.layout.row, task.code
        self.inputs, self.parameters = _as_slice(row[code.inputs]), _as_slice(row[code.parameters])
        self.shared_gradients = _as_slice(row[task.by_parameters])
        self.has_rows = self.text.n_calls > 0 or self.layout.n_rows[True] > 0
        self.outputs = Reader(self.layout, code.outputs)
        self.by_parameters = Reader(self.layout, task.by_parameters)
        self.by_inputs = Reader(self.layout, task.by_inputs)
        self.everything = Reader(self.layout, np.flatnonzero(row >= 0))

    def ends(self, n_rows: int) -> list[int]:
        """Where the chunks of a batch end, after 0: chunks of equal length, or of two lengths that differ by 1."""
        if n_rows <= self._most_rows:
            return [0, n_rows]
        n_chunks = -(-n_rows // self._most_rows)
        return [number * n_rows // n_chunks for number in range(n_chunks + 1)]

    def taken(self, width: int, dtype: Any) -> Workspace:
        """A workspace of that width; it is in nobody else's hands until it is put back."""
        try:
            return self._idle[width].pop()
        except (KeyError, IndexError):
            return Workspace(self, width, dtype)

    def put_back(self, workspace: Workspace) -> None:
        """Keep a workspace for the next run; of the widths, those that were used last."""
        same = self._idle.setdefault(workspace.width, [])
        if len(same) < MOST_WORKSPACES:
            same.append(workspace)
        if len(self._idle) > MOST_WORKSPACES:
            self._idle = dict(list(self._idle.items())[-MOST_WORKSPACES:])


class Workspace:
    """Arrays for a number of rows of a batch, and the functions of a text on them."""

    def __init__(self, plan: Plan, width: int, dtype: Any) -> None:
        self.plan, self.width = plan, width
        layout, constants = plan.layout, plan.task.code.constants
        self.arrays = {kind: np.zeros((layout.n_rows[kind], width if kind else 1), dtype) for kind in (False, True)}
        self.shared, self.varying = self.arrays[False], self.arrays[True]
        for kind, held in layout.constants.items():
            self.arrays[kind][list(held)] = constants[list(held.values())][:, None]
        names = plan.text.bound(self.arrays)
        self._shared, self._rows, self._is_finite = names["shared"], names["rows"], names["is_finite"]
        self._context = _quiet_context()

    def _run(self, function: Any) -> Any:
        if not HAS_CONTEXTS:
            with np.errstate(all="ignore"):
                return function()
        context = _quiet_context() if self.plan.calls_users else self._context  # users have context variables too
        return context.run(function)

    def start(self, parameters: Array) -> None:
        """Compute what all rows share."""
        self.shared[self.plan.parameters, 0] = parameters
        self._run(self._shared)

    def run_rows(self, inputs: Array) -> None:
        """Compute rows of a batch, as many as the width."""
        if self.plan.has_rows:
            self.varying[self.plan.inputs] = inputs.T
            self._run(self._rows)

    def is_finite(self) -> bool:
        """Whether no number is infinite or nan that a fast text may not meet."""
        return bool(self._run(self._is_finite))


def _quiet_context() -> contextvars.Context:
    """A context in which NumPy gives no warnings: whatever stops a run in it, elsewhere NumPy warns as before."""
    context = contextvars.copy_context()
    if HAS_CONTEXTS:
        context.run(np.seterr, all="ignore")
    return context


def _as_slice(rows: Table) -> Any:
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


class Reader:
    """Reads the numbers of slots from a workspace."""

    def __init__(self, layout: Layout, slots: Table) -> None:
        varies = layout.varies[slots]
        self.n_slots = len(slots)
        self._parts = []
        for kind in (False, True):
            own = np.flatnonzero(varies == kind)
            if len(own):
                self._parts.append((kind, _as_slice(own), _as_slice(layout.row[slots[own]])))

    def read(self, workspace: Workspace, found: Array) -> None:
        """Write a row for each row of the batch into an array."""
        for varies, columns, rows in self._parts:
            if varies:
                found[:, columns] = workspace.varying[rows].T
            else:
                found[:, columns] = workspace.shared[rows, 0]


class ArrayMachine:
    """Runs a program in groups; a batch in chunks of rows."""

    def __init__(self, code: Code, dtype: Any = float) -> None:
        self.code, self.dtype = code, np.dtype(dtype)
        self._plans: dict[Any, Plan] = {}

    @property
    def text(self) -> str:
        """What runs where values and gradients with respect to parameters are asked for, and all numbers are finite."""
        return self._plan(False, False, False).text.text

    def values(self, parameters: Array, inputs: Array) -> Array:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        fast = self._plan("values", False)
        values = np.empty((len(inputs), len(self.code.outputs)), self.dtype)
        for rows, workspace in self._chunks(fast, parameters, inputs):
            if fast.has_adjoints and not workspace.is_finite():
                careful = self._plan("values", True)
                for own, workspace_of_own in self._chunks(careful, parameters, inputs[rows]):
                    careful.outputs.read(workspace_of_own, values[rows][own])
            else:
                fast.outputs.read(workspace, values[rows])
        return values

    def gradients(self, parameters: Array, inputs: Array, each_row: bool, with_inputs: bool) -> Gradients:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        n_parameters = self.code.n_parameters
        result = Gradients(
            np.empty((len(inputs), len(self.code.outputs)), self.dtype),
            np.zeros((len(inputs), n_parameters) if each_row else n_parameters, self.dtype),
            np.zeros(inputs.shape, self.dtype) if with_inputs else None,
        )
        fast = self._plan(each_row, with_inputs, False)
        for rows, workspace in self._chunks(fast, parameters, inputs):
            if workspace.is_finite():
                self._take(result, rows, workspace, each_row)
            else:
                careful = self._plan(each_row, with_inputs, True)
                for own, workspace_of_own in self._chunks(careful, parameters, inputs[rows]):
                    place = slice(rows.start + own.start, rows.start + own.stop)
                    self._take(result, place, workspace_of_own, each_row)
        return result

    def _take(self, result: Gradients, rows: slice, workspace: Workspace, each_row: bool) -> None:
        """Add a chunk of rows to the results."""
        plan = workspace.plan
        plan.outputs.read(workspace, result.values[rows])
        if each_row:
            plan.by_parameters.read(workspace, result.by_parameters[rows])
        else:
            gradients = workspace.shared[plan.shared_gradients, 0]
            n_times = 1 if plan.task.is_summed else rows.stop - rows.start
            np.add(result.by_parameters, gradients if n_times == 1 else n_times * gradients, out=result.by_parameters)
        if result.by_inputs is not None:
            plan.by_inputs.read(workspace, result.by_inputs[rows])

    def numbers(self, parameters: Array, inputs: Array) -> Array:
        """See :class:`~autograd_core.replay.machines.Machine`."""
        plan = self._plan("numbers")
        numbers = np.empty((len(inputs), self.code.n_slots), self.dtype)
        for rows, workspace in self._chunks(plan, parameters, inputs):
            plan.everything.read(workspace, numbers[rows])
        return numbers

    def _plan(self, *key: Any) -> Plan:
        plan = self._plans.get(key)
        if plan is None:
            if key[0] == "values":
                plan = Plan(targets.values_of(self.code), key[1], "The outputs.")
            elif key == ("numbers",):
                plan = Plan(targets.all_numbers_of(self.code), True, "The numbers of all slots.")
            else:
                each_row, with_inputs, careful = key
                task = targets.gradients_of(self.code, each_row, with_inputs, careful)
                plan = Plan(task, careful, "The outputs and their gradients.")
            self._plans[key] = plan
        return plan

    def _chunks(self, plan: Plan, parameters: Array, inputs: Array) -> Iterator[tuple[slice, Workspace]]:
        """Rows of a batch, with a workspace that has computed them."""
        held: dict[int, Workspace] = {}
        for start, stop in pairwise(plan.ends(len(inputs))):
            if start == stop:
                break
            workspace = held.get(stop - start)
            if workspace is None:
                workspace = held[stop - start] = plan.taken(stop - start, self.dtype)
                workspace.start(parameters)
            workspace.run_rows(inputs[start:stop])
            yield slice(start, stop), workspace
        for workspace in held.values():
            plan.put_back(workspace)
