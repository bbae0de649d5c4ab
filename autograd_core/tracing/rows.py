"""Many calls of a traced function at once: each trace runs on all the rows that take it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd_core.primitives import data_of
from autograd_core.recording import no_grad
from autograd_core.replay.verify import RELATIVE_TOLERANCE, ReplayMismatchError
from autograd_core.tracing.arguments import Key, numbers_and_key
from autograd_core.tracing.trace import Trace
from autograd_core.tracing.traced_function import TracedFunction
from autograd_core.tracing.tree import Found
from autograd_core.value import Value


class _Call(NamedTuple):
    """One call: its arguments, their key, and where its numbers are among those of all calls with that key."""

    args: Sequence[Any]
    key: Key
    row: int


@dataclass
class _Group:
    """The calls with one key: their numbers, and the trace that each took last."""

    numbers: list[list[float]] = field(default_factory=list)
    traces: dict[int, Trace] = field(default_factory=dict)
    array: Any = None

    def rows(self) -> Any:
        """The numbers as an array, a row for each call."""
        if self.array is None or len(self.array) < len(self.numbers):
            import numpy as np

            self.array = np.array(self.numbers).reshape(len(self.numbers), -1)
        return self.array


class _Part(NamedTuple):
    """What one trace computes of its rows.

    Attributes:
        values: what they return, in their order.
        gradient: the sum of their derivatives by each node from outside, if that was asked for.
        leaving: which of them take another trace, by the place of the guard that tells; then nothing else counts.
    """

    values: list[float]
    gradient: list[tuple[Any, float]]
    leaving: dict[int, list[int]]


class TracedRows:
    """Calls of a function that ``ag.jit`` traces, to be replayed together, again and again.

    What the function computes with from outside, such as a model's weights, is read at each run. Where it cannot be
    traced, it runs as it is. Each new trace is compared with the function itself.

    Args:
        function: it returns one Value.
        calls: the arguments of each, a tuple; the numbers among them are plain.

    Raises:
        TypeError: as for :meth:`add`.

    >>> import autograd_core as ag
    >>> w = ag.Value(3.0)
    >>> rows = ag.TracedRows(ag.jit(lambda x: w * x if x > 0.0 else 0.5 * w), [(1.0,), (2.0,), (-1.0,)])
    >>> rows.forward(), rows.backward([0, 2])
    ([3.0, 6.0, 1.5], [3.0, 1.5])
    >>> w.grad
    1.5
    """

    def __init__(self, function: TracedFunction[..., Any], calls: Iterable[Sequence[Any]] = ()) -> None:
        self._function = function
        self._calls: list[_Call] = []
        self._groups: dict[Key, _Group] = {}
        for args in calls:
            self.add(args)

    def add(self, args: Sequence[Any]) -> int:
        """Add one call, and return its place.

        Raises:
            TypeError: there is a Value among the numbers, or something that cannot be compared with other calls'.
        """
        numbers, key = numbers_and_key(args, {}, self._function._static)
        if any(isinstance(number, Value) for number in numbers):
            raise TypeError("what is replayed in rows is called with plain numbers, got a Value: hand in its data")
        group = self._groups.setdefault(key, _Group())
        group.numbers.append([float(number) for number in numbers])
        self._calls.append(_Call(args, key, len(group.numbers) - 1))
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
        (value,) = self.forward([place])
        self._check(self._calls[place], value)

    def _check(self, call: _Call, value: float) -> None:
        with no_grad():
            anew = self._function._f(*call.args).data
        if not (math.isclose(anew, value, rel_tol=RELATIVE_TOLERANCE) or (anew != anew and value != value)):
            raise ReplayMismatchError(
                f"{self._function.__name__} computes {anew} as it is, and what was traced computes {value}: it depends "
                "on something that is not among its arguments, such as a global, an attribute or a random number"
            )

    def _run(self, places: Iterable[int] | None, seed: float | None) -> list[float]:
        calls = self._calls if places is None else [self._calls[place] for place in places]
        results = [math.nan] * len(calls)
        by_key: dict[Key, list[int]] = {}
        for place, call in enumerate(calls):
            by_key.setdefault(call.key, []).append(place)
        parts: list[tuple[list[int], _Part]] = []
        as_they_are: list[int] = []
        for own in by_key.values():
            if self._function._as_it_is:
                as_they_are += own
            else:
                parts += self._settled(calls, own, as_they_are, seed is not None)
        gradient: dict[Any, float] = {}
        for own, part in sorted(parts, key=lambda each: each[0][0]):  # the same bits, whenever traces were recorded
            for place, value in zip(own, part.values):
                results[place] = value
            for node, derivative in part.gradient:
                gradient[node] = gradient.get(node, 0.0) + derivative
        for node, derivative in gradient.items():
            _add_gradient(node, (seed or 0.0) * derivative)
        for place in sorted(as_they_are):
            result = self._function._f(*calls[place].args)
            if seed is not None:
                result.backward(seed)
            results[place] = result.data
        return results

    def _settled(
        self, calls: Sequence[_Call], places: Sequence[int], as_they_are: list[int], with_gradient: bool
    ) -> list[tuple[list[int], _Part]]:
        """The places of calls with one key by the trace that they take, and what it computes of them.

        First each is thought to take the trace that it took last. Places whose calls no trace can take are added to
        ``as_they_are``.
        """
        group = self._groups[calls[places[0]].key]
        by_trace: dict[Trace, list[int]] = {}
        first = self._first_trace(calls[places[0]], group)
        if first is None:
            as_they_are += places
            return []
        for place in places:
            by_trace.setdefault(group.traces.get(calls[place].row, first), []).append(place)
        parts: dict[Trace, _Part] = {}
        last: dict[int, int] = {}  # by the place of a call, the guard at which it left a trace
        while unsettled := [trace for trace in by_trace if trace not in parts]:
            trace = unsettled[0]
            own = by_trace[trace] = sorted(by_trace[trace])
            part = _computed(trace, group.rows()[[calls[place].row for place in own]], with_gradient)
            if not part.leaving:
                parts[trace] = part
                continue
            gone = set()
            for guard, positions in part.leaving.items():
                leaving = [own[position] for position in positions]
                gone.update(leaving)
                self._move(calls, leaving, Found(trace, None, guard), last, group, by_trace, parts, as_they_are)
            by_trace[trace] = [place for place in own if place not in gone]
            if not by_trace[trace]:
                del by_trace[trace]
        for trace, own in by_trace.items():
            group.traces.update((calls[place].row, trace) for place in own)
        return [(own, parts[trace]) for trace, own in by_trace.items()]

    def _move(
        self, calls: Sequence[_Call], leaving: list[int], found: Found, last: dict[int, int], group: _Group,
        by_trace: dict[Trace, list[int]], parts: dict[Trace, _Part], as_they_are: list[int],
    ) -> None:  # fmt: skip
        """Let calls that leave a trace at a guard go on in another, which is recorded where there is none."""
        disagreeing = {place for place in leaving if found.place <= last.get(place, -1)}
        going_on = [place for place in leaving if place not in disagreeing]
        as_they_are += disagreeing
        if not going_on:
            return
        trace = self._next_trace(found, calls[going_on[0]], group)
        if trace is None:
            as_they_are += going_on
            return
        last.update(dict.fromkeys(going_on, found.place))
        by_trace.setdefault(trace, []).extend(going_on)
        parts.pop(trace, None)

    def _first_trace(self, call: _Call, group: _Group) -> Trace | None:
        tree = self._function._trees.get(call.key)
        if tree is not None:
            return tree.first
        return self._new_trace(None, call, group)

    def _next_trace(self, found: Found, call: _Call, group: _Group) -> Trace | None:
        tree = self._function._trees.get(call.key)
        assert tree is not None
        shared, other = tree.beyond(found.trace, found.place)
        if other is not None:
            return other
        return self._new_trace(Found(shared, None, found.place), call, group)

    def _new_trace(self, missing: Found | None, call: _Call, group: _Group) -> Trace | None:
        found = self._function._traced(missing, call.key, call.args, {}, group.numbers[call.row])
        if found is None or found.bound is None:
            return None
        self._check(call, float(found.bound.values[0]))
        found.trace.let_go(found.bound)
        return found.trace


def _computed(trace: Trace, rows: Any, with_gradient: bool) -> _Part:
    """What a trace computes of some rows of numbers."""
    if len(rows) == 1:
        return _computed_of_one(trace, rows[0].tolist(), with_gradient)
    outside = trace.operands(())
    parameters = [data_of(node) for node in outside]
    gradient: list[tuple[Any, float]] = []
    if with_gradient:
        values, derivatives, _ = trace.program._run(rows, parameters, "sum", with_inputs=False)
        gradient = list(zip(outside, derivatives.tolist()))
    else:
        values = trace.program.forward(rows, parameters)
    values = values.reshape(len(rows), -1)
    leaving: dict[int, list[int]] = {}
    if trace.guards:
        differs = values[:, trace.n_values :] != [float(guard.outcome) for guard in trace.guards]
        for position in differs.any(axis=1).nonzero()[0].tolist():
            leaving.setdefault(int(differs[position].argmax()), []).append(position)
    return _Part(values[:, 0].tolist(), gradient, leaving)


def _computed_of_one(trace: Trace, numbers: list[float], with_gradient: bool) -> _Part:
    place, bound = trace.run(numbers)
    if bound is None:
        return _Part([], [], {place: [0]})
    value = float(bound.values[0])
    gradient = list(zip(trace.operands(()), bound.by_parameters.tolist())) if with_gradient else []
    trace.let_go(bound)
    return _Part([value], gradient, {})


def _add_gradient(node: Any, derivative: float) -> None:
    if node.operands:
        node.backward(derivative)  # computed before the calls, of leaves that are further out
    else:
        node.grad = (node.grad or 0.0) + derivative
