"""Many calls of a traced function at once: each trace runs on all the rows that take it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd_core.primitives import data_of
from autograd_core.recording import no_grad
from autograd_core.replay.arguments import numpy_module
from autograd_core.replay.verify import ReplayMismatchError, is_close
from autograd_core.tracing.arguments import Key, NoKeyError, numbers_and_key
from autograd_core.tracing.trace import Trace
from autograd_core.tracing.traced_function import TracedFunction
from autograd_core.tracing.tree import Found, Missing
from autograd_core.value import Value

if TYPE_CHECKING:
    from concurrent.futures import Executor

ROUNDING = 1e-12
"""Relative to the largest number that was compared, or to 1."""

Gradient = list[tuple[Any, float]]
"""Nodes from outside a function, and the derivatives with respect to them."""


@dataclass(eq=False)
class _Group:
    """The calls with one key: their arguments, their numbers, and the trace that each took last, if any."""

    key: Key
    args: list[Sequence[Any]] = field(default_factory=list)
    numbers: list[list[float]] = field(default_factory=list)
    traces: list[Trace | None] = field(default_factory=list)
    array: Any = None

    def rows(self, rows: Sequence[int]) -> Any:
        """The numbers of some calls as an array, a row for each."""
        if self.array is None or len(self.array) < len(self.numbers):
            import numpy as np

            self.array = np.array(self.numbers).reshape(len(self.numbers), -1)
        return self.array[rows]


class _Place(NamedTuple):
    """Where a call stands in the results of a run, and in its group."""

    result: int
    row: int


class _Part(NamedTuple):
    """What one trace computes of its calls: what each returns, and the sum of their derivatives."""

    places: Sequence[_Place]
    values: list[float]
    gradient: Gradient


class TracedRows:
    """Calls of a function that ``ag.jit`` traces, to be replayed together, again and again.

    What the function computes with from outside, such as a model's weights, is read at each run. Where it cannot be
    traced, it runs as it is. Each new trace is compared with the function itself.

    Args:
        function: it returns one Value.
        calls: the arguments of each, a tuple; the numbers among them are plain.
        executor: its workers share the calls; see :meth:`autograd_core.Program.value_and_grad`.

    Raises:
        TypeError: as for :meth:`add`, and for what is not an executor.

    >>> import autograd_core as ag
    >>> w = ag.Value(3.0)
    >>> rows = ag.TracedRows(ag.jit(lambda x: w * x if x > 0.0 else 0.5 * w), [(1.0,), (2.0,), (-1.0,)])
    >>> rows.forward(), rows.backward([0, 2])
    ([3.0, 6.0, 1.5], [3.0, 1.5])
    >>> w.grad
    1.5
    """

    def __init__(
        self,
        function: TracedFunction[..., Any],
        calls: Iterable[Sequence[Any]] = (),
        executor: Executor | None = None,
    ) -> None:
        if executor is not None:
            numpy_module()
            from autograd_core.replay.executors import check_executor

            check_executor(executor)
        self._function, self._executor = function, executor
        self._largest = 1.0
        self._groups: dict[Key, _Group] = {}
        self._calls: list[tuple[_Group, int]] = []
        for args in calls:
            self.add(args)

    def add(self, args: Sequence[Any]) -> int:
        """Add one call, and return its place.

        Raises:
            TypeError: there is a Value among the numbers, or something that cannot be compared with other calls'.
        """
        try:
            numbers, key = numbers_and_key(args, {}, self._function.static)
        except NoKeyError as error:
            raise TypeError(str(error)) from None
        if any(isinstance(number, Value) for number in numbers):
            raise TypeError("what is replayed in rows is called with plain numbers, got a Value: hand in its data")
        group = self._groups.setdefault(key, _Group(key))
        group.args.append(args)
        group.numbers.append([float(number) for number in numbers])
        group.traces.append(None)
        self._calls.append((group, len(group.args) - 1))
        return len(self._calls) - 1

    def forward(self, places: Iterable[int] | None = None) -> list[float]:
        """What the calls at some places return; None for all of them.

        Raises:
            ReplayMismatchError: the function computes something else than its trace.
        """
        return self._run(places, None)

    def backward(self, places: Iterable[int] | None = None, seed: float = 1.0) -> list[float]:
        """The same, and add ``seed`` times the derivatives of their sum to the ``grad`` of the leaves from outside."""
        return self._run(places, seed)

    def check(self, place: int) -> None:
        """Compare one call with what the function itself gives now.

        Raises:
            ReplayMismatchError: that is something else, as where a global or an attribute has changed.
        """
        group, row = self._calls[place]
        value = self._run_one(group, row, None)
        if not self._function.runs_as_it_is:
            self._compare(group, row, value)

    def _compare(self, group: _Group, row: int, value: float) -> None:
        with no_grad():
            anew = self._function.f(*group.args[row]).data
        self._largest = max(self._largest, abs(anew) if math.isfinite(anew) else 0.0)
        rounding = ROUNDING * self._largest  # of a loss near 0, which is what is left of larger numbers
        if not is_close(anew, value, rounding):
            raise ReplayMismatchError(
                f"{self._function.name} computes {anew} as it is, and what was traced computes {value}: it depends on "
                "something that is not among its arguments, such as a global, an attribute or a random number"
            )

    # -- running --

    def _run(self, places: Iterable[int] | None, seed: float | None) -> list[float]:
        calls = self._calls if places is None else [self._calls[place] for place in places]
        if len(calls) == 1 and self._executor is None:
            return [self._run_one(*calls[0], seed)]
        results = [math.nan] * len(calls)
        by_group: dict[_Group, list[_Place]] = {}
        for result, (group, row) in enumerate(calls):
            by_group.setdefault(group, []).append(_Place(result, row))
        parts: list[_Part] = []
        others: list[_Place] = []
        for group, own in by_group.items():
            computed, left = self._parts(group, own, seed is not None)
            parts += computed
            others += left
        parts.sort(key=lambda part: part.places[0])  # the same bits, whenever its traces were recorded
        for part in parts:
            for place, value in zip(part.places, part.values):
                results[place.result] = value
        if seed is not None:
            _add_gradients([part.gradient for part in parts], seed)
        for result in sorted(place.result for place in others):
            results[result] = self._run_as_it_is(*calls[result], seed)
        return results

    def _run_one(self, group: _Group, row: int, seed: float | None) -> float:
        found = self._found(group, row)
        if found is None:
            return self._run_as_it_is(group, row, seed)
        value = float(found.bound.values[0])
        if seed is not None:
            gradient = zip(found.trace.operands(()), found.bound.by_parameters.tolist())
            _add_gradients([list(gradient)], seed)
        found.trace.let_go(found.bound)
        return value

    def _run_as_it_is(self, group: _Group, row: int, seed: float | None) -> float:
        result = self._function.f(*group.args[row])
        if seed is not None:
            result.backward(seed)
        return float(result.data)

    def _parts(self, group: _Group, places: list[_Place], with_gradient: bool) -> tuple[list[_Part], list[_Place]]:
        """What traces compute of a group's calls, each of its own; and the calls that no trace can take.

        First each call is thought to take the trace that it took last.
        """
        first = self._first_trace(group, places[0].row)
        if first is None:
            return [], places
        by_trace: dict[Trace, list[_Place]] = {}
        for place in places:
            by_trace.setdefault(group.traces[place.row] or first, []).append(place)
        parts: dict[Trace, _Part] = {}
        others: list[_Place] = []
        moved: set[_Place] = set()
        waiting = list(by_trace)
        while waiting:
            trace = waiting.pop()
            own = by_trace[trace]
            own.sort()
            rows = group.rows([place.row for place in own])
            part, leaving = _computed(trace, own, rows, with_gradient, self._executor)
            if not leaving:
                parts[trace] = part
                continue
            by_trace[trace] = [place for position, place in enumerate(own) if position not in leaving]
            changed = [trace] if by_trace[trace] else []
            for place in [own[position] for position in leaving]:
                other = None if place in moved else self._trace_of(group, place.row)
                if other is None:  # or two programs disagree
                    others.append(place)
                else:
                    moved.add(place)
                    by_trace.setdefault(other, []).append(place)
                    changed.append(other)
            for trace in dict.fromkeys(changed):
                parts.pop(trace, None)
                if trace not in waiting:
                    waiting.append(trace)
        if moved:
            for trace, part in parts.items():
                for place in part.places:
                    group.traces[place.row] = trace
        return list(parts.values()), others

    def _first_trace(self, group: _Group, row: int) -> Trace | None:
        """The trace to begin with; None where the function has to run as it is."""
        if self._function.runs_as_it_is:
            return None
        return self._function.tree(group.key).first or self._trace_of(group, row)

    def _trace_of(self, group: _Group, row: int) -> Trace | None:
        """The trace that a call takes, recorded where there is none yet; None where the function runs as it is."""
        found = self._found(group, row)
        if found is None:
            return None
        found.trace.let_go(found.bound)
        return found.trace

    def _found(self, group: _Group, row: int) -> Found | None:
        function, numbers = self._function, group.numbers[row]
        if function.runs_as_it_is:
            return None
        tree = function.tree(group.key)
        found = tree.find(numbers)
        if isinstance(found, Missing):
            found = function.new_trace(tree, found, group.args[row], {}, numbers)
            if found is not None:
                if found.trace.n_values != 1:
                    raise TypeError(
                        f"what is replayed in rows returns one Value, {function.name} returned something else"
                    )
                self._compare(group, row, float(found.bound.values[0]))
        return found


def _computed(
    trace: Trace, places: Sequence[_Place], rows: Any, with_gradient: bool, executor: Executor | None
) -> tuple[_Part, list[int]]:
    """What a trace computes of some rows, and which of them do not take it: then nothing else counts."""
    outside = trace.operands(())
    parameters = [data_of(node) for node in outside]
    gradient: Gradient = []
    if not rows.shape[1]:  # all that the calls have is in their key, so that one is like the other
        bound = trace.program.bind()
        bound.parameters[:] = parameters
        bound()
        values = bound.values[None].repeat(len(rows), axis=0)
        gradient = list(zip(outside, (bound.by_parameters * len(rows)).tolist()))
    elif with_gradient:
        values, derivatives = trace.program.sums_of_rows(rows, parameters, executor)
        gradient = list(zip(outside, derivatives.tolist()))
    else:
        values = trace.program.forward(rows, parameters, executor)
    values = values.reshape(len(rows), -1)
    leaving = trace.differences(values).any(axis=1).nonzero()[0].tolist() if trace.guards else []
    return _Part(places, values[:, 0].tolist(), gradient), leaving


def _add_gradients(gradients: Sequence[Gradient], seed: float) -> None:
    """Add what each trace has found to the leaves, times a seed."""
    total = dict(gradients[0]) if gradients else {}
    for gradient in gradients[1:]:
        for node, derivative in gradient:
            total[node] = total.get(node, 0.0) + derivative
    for node, derivative in total.items():
        if node.operands:
            node.backward(seed * derivative)  # it was computed before the calls, of leaves further out
        else:
            node.grad = (node.grad or 0.0) + seed * derivative
