"""``ag.jit(f, batch=True)``: a traced function of one row, for all rows of arrays at once.

Each trace runs on all rows that take it. Rows of which a guard has another outcome go on to the trace that begins
there, or one of them is recorded.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast

from autograd_core.contexts import open_contexts
from autograd_core.derivatives.containers import taken_apart
from autograd_core.derivatives.gradients import number_of
from autograd_core.tracing.arguments import NoKeyError
from autograd_core.tracing.evaluation import Evaluation, Result
from autograd_core.tracing.mapped_rows import Results, Rows
from autograd_core.tracing.trace import Trace
from autograd_core.tracing.traced_function import TracedFunction, is_watched
from autograd_core.tracing.tree import Missing, Tree
from autograd_core.value import Value
from autograd_core.value import record as node_of

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


class MappedFunction(Generic[Parameters, Returned]):
    """A function of one row that is called with arrays of rows; see ``batch`` of :func:`autograd_core.jit`.

    Attributes:
        of_row: the traced function.
    """

    def __init__(self, of_row: TracedFunction[Parameters, Returned]) -> None:
        self.of_row = of_row
        self.__name__ = of_row.name
        self.__doc__ = of_row.__doc__
        self.__wrapped__ = of_row

    @property
    def traces(self) -> list[Trace]:
        """The ways through the function that were recorded so far."""
        return self.of_row.traces

    def __repr__(self) -> str:
        return f"<rows of {self.of_row!r}>"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """What the function returns for each row, in arrays whose first axis is that of the rows."""
        rows = Rows(args, keywords, self.of_row.static, self.of_row.name)
        results = Results(rows.count, self.of_row.name)
        of_row = self.of_row
        if of_row.runs_as_it_is or (open_contexts and is_watched()):
            self._run_as_they_are(rows, range(rows.count), results)
        else:
            for own in rows.alike():
                self._run(rows, own, results)
        return results.joined()

    def _run(self, rows: Rows, own: Any, results: Results) -> None:
        """Run rows of one key, each by the trace that it takes."""
        of_row = self.of_row
        try:
            tree = of_row.tree(rows.key(own[0]))
        except NoKeyError as error:
            of_row.give_up(str(error))
            self._run_as_they_are(rows, own, results)
            return
        waiting: list[_Waiting] = [_Waiting(tree.latest, own, -1)]
        while waiting:
            trace, own, last = waiting.pop()
            if trace is None:
                trace = self._recorded(tree, Missing(None, -1), rows, own[0])
                if trace is None:
                    self._run_as_they_are(rows, own, results)
                    continue
            left = self._computed(trace, rows, own, results)
            for place, leaving in left:
                owner, other = tree.beyond(trace, place)
                if other is None and place > last:
                    other = self._recorded(tree, Missing(owner, place), rows, leaving[0])
                if other is None or place <= last:
                    self._run_as_they_are(rows, leaving, results)
                else:
                    waiting.append(_Waiting(other, leaving, place))

    def _recorded(self, tree: Tree, missing: Missing, rows: Rows, row: int) -> Trace | None:
        args, keywords = rows.arguments(row, as_floats=True)
        found = self.of_row.new_trace(tree, missing, args, keywords, rows.numbers(row, as_floats=True))
        if found is None:
            return None
        found.trace.let_go(found.bound)
        return found.trace

    def _computed(self, trace: Trace, rows: Rows, own: Any, results: Results) -> list[tuple[int, Any]]:
        """Note what a trace computes of the rows that take it; the others, by the place of the guard that differs."""
        values = trace.values_of_rows(rows.matrix[own], rows.shared)
        differs = trace.differences(values)
        leaves = differs.any(axis=1)
        if self.of_row.checks:
            for row, value in zip(own[~leaves].tolist(), values[~leaves].tolist()):
                args, keywords = rows.arguments(row, as_floats=True)
                self.of_row.compare(value[: trace.n_values], args, keywords, rows.numbers(row, as_floats=True))
        if not leaves.all():
            self._note(trace, rows, own[~leaves], values[~leaves], results)
        if not leaves.any():
            return []
        places, leaving = differs[leaves].argmax(axis=1), own[leaves]
        return [(place, leaving[places == place]) for place in sorted(set(places.tolist()))]

    def _note(self, trace: Trace, rows: Rows, own: Any, values: Any, results: Results) -> None:
        """Note what some rows return, of the numbers that a program has computed."""
        returned, form = taken_apart(trace.returned, f"what {self.of_row.name} returned")
        places = [trace.place_of.get(cast(Any, number)) for number in returned]
        columns: list[Any] = [
            [number_of(number)] * len(own) if place is None else values[:, place]
            for place, number in zip(places, returned)
        ]
        connected = range(trace.n_values) if rows.has_values else trace.connected
        if connected:
            derivatives = self._derivatives(trace, rows, own)
            for column, place in enumerate(places):
                if place is not None and place in connected:
                    columns[column] = self._nodes(trace, rows, own, place, values[:, place], derivatives[:, place])
        results.note(own, form, columns)

    def _derivatives(self, trace: Trace, rows: Rows, own: Any) -> Any:
        """Of each row and result, the derivatives by the row's own Values and then by those that all rows share."""
        import numpy as np

        by_inputs, by_parameters = trace.derivatives_of_rows(rows.matrix[own], rows.shared, rows.has_values)
        if not rows.has_values:
            return by_parameters
        return np.concatenate([by_inputs[:, :, trace.inputs_of(rows.are_values)], by_parameters], axis=2)

    def _nodes(self, trace: Trace, rows: Rows, own: Any, place: int, values: Any, derivatives: Any) -> list[Value]:
        """A node of the graph for one result of each row."""
        shared, outside, nodes = trace.operands(rows.shared), trace.outside_now(), []
        for row, value, by in zip(own.tolist(), values.tolist(), derivatives.tolist()):
            evaluation = Evaluation(self.of_row.name, trace, partial(rows.leaves, row, outside))
            op = cast(Any, Result(evaluation, place))
            nodes.append(node_of(op, value, (*rows.own_values(row), *shared), tuple(by)))
        return nodes

    def _run_as_they_are(self, rows: Rows, own: Any, results: Results) -> None:
        for row in own:
            args, keywords = rows.arguments(row)
            numbers, form = taken_apart(self.of_row.f(*args, **keywords), f"what {self.of_row.name} returned")
            results.note([row], form, [[number] for number in numbers])


class _Waiting(NamedTuple):
    """Rows that are still to be run."""

    trace: Trace | None
    rows: Any
    last: int  # the place of the guard at which they left the trace before
