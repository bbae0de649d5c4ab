"""A trace: one way through a function as a program, with the guards that tell whether a call takes that way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any

from autograd_core.derivatives.containers import Form
from autograd_core.derivatives.gradients import number_of
from autograd_core.graph import order_of_all
from autograd_core.primitives import data_of
from autograd_core.replay.graph_again import recorded_again
from autograd_core.replay.program import Program
from autograd_core.tracing.recorded import Guard, Recorded
from autograd_core.value import Value

if TYPE_CHECKING:
    from autograd_core.replay.bound import BoundProgram


class Trace:
    """One way through a function.

    Attributes:
        guards: the truths that Python asked for on this way, in order.
        program: of the numbers that are not differentiated as inputs, and of those that are, and then what is read from
            outside, as parameters; its outputs are what the function returned, and then the guards.
        outputs: what the function returned, taken apart, once somebody has done so.
        others: by the place of a guard, the trace that goes another way from there.
        n_operations: how many nodes the function recorded.
        parent, place: the trace that this one leaves, and at which of its guards.
    """

    def __init__(self, recorded: Recorded, numbers: Sequence[float | Value]) -> None:
        self.guards: Sequence[Guard] = recorded.guards
        self.returned = recorded.fill(recorded.values)
        self.fill = recorded.fill
        self.n_values = len(recorded.values)
        self.connected = [place for place, is_so in enumerate(recorded.is_connected) if is_so]
        self.others: dict[int, Trace] = {}
        self.parent: Trace | None = None
        self.place = -1
        self._outcomes = [float(guard.outcome) for guard in recorded.guards]
        self._outside = recorded.outside
        self._floats = [place for place, number in enumerate(numbers) if not isinstance(number, Value)]
        self._values = [place for place, number in enumerate(numbers) if isinstance(number, Value)]
        inputs, variables = ([recorded.inputs[place] for place in places] for places in (self._floats, self._values))
        outputs = [*recorded.values, *(guard.node for guard in recorded.guards)]
        self.program = Program(outputs or [Value(0.0)], inputs, [*variables, *recorded.stand_ins])
        self.n_operations = sum(bool(node.operands) for node in self.program.nodes)
        self.n_variables = len(variables)
        self._results = recorded.values
        self._leaves = [*recorded.inputs, *recorded.stand_ins]
        self.place_of = {value: place for place, value in enumerate(recorded.values)}
        self._flows: list[bool] = (self.program._code.by_parameters >= 0).tolist()
        self.outputs: tuple[list[Value], Form] | None = None
        self._bound: list[BoundProgram] = []  # those that are not in use

    @cached_property
    def is_faster_on_floats(self) -> bool:
        """Whether Python computes with plain numbers as fast as the program does, by counting; in microseconds."""
        kinds = Counter(node.op.kind == "arithmetic" for node in self.program.nodes if node.operands)
        return kinds[True] * 0.025 + kinds[False] * 0.4 < 12.0 + kinds.total() * 0.02

    def operands(self, numbers: Sequence[Any]) -> list[Any]:
        """The nodes, among a call's numbers and outside, that its results depend on."""
        return [numbers[place] for place in self._values] + self._outside

    def point(self, numbers: Sequence[Any]) -> tuple[list[float] | None, list[float]]:
        """The program's inputs, or None, and parameters, of a call's numbers and of what is read from outside."""
        inputs = [numbers[place] for place in self._floats] if self._values else list(numbers)
        variables = [number_of(numbers[place]) for place in self._values]
        return inputs or None, variables + [data_of(node) for node in self._outside]

    def run(self, numbers: Sequence[Any]) -> tuple[int, BoundProgram | None]:
        """Compute the results of a call's numbers.

        Returns:
            -1 and what has the results, which :meth:`let_go` takes back; or the place of the first guard that has
            another outcome, and None.
        """
        try:
            bound = self._bound.pop()
        except IndexError:
            bound = self.program.bind()
        inputs, parameters = self.point(numbers)
        if inputs:
            bound.inputs[:] = inputs
        bound.parameters[:] = parameters
        bound()
        if self._outcomes:
            outcomes = bound.values[self.n_values :].tolist()
            if outcomes != self._outcomes:
                self._bound.append(bound)
                return self._first_difference(outcomes), None
        return -1, bound

    def inputs_of(self, numbers: Sequence[Any]) -> list[Any]:
        """Those of a call's numbers, or of what goes with them, that are inputs of the program."""
        return [numbers[place] for place in self._floats]

    def values_of_rows(self, matrix: Any, shared: Sequence[Any]) -> Any:
        """The program's outputs for rows of numbers, of which some are Values that all rows share."""
        return self._of_rows(self.program.forward, matrix, self._parameters(shared))

    def derivatives_of_rows(self, matrix: Any, shared: Sequence[Any], with_inputs: bool) -> tuple[Any, Any]:
        """For each row of numbers the derivatives of the outputs by the inputs, on request, and by the parameters."""
        import numpy as np

        parameters = self._parameters(shared)
        nothing = np.empty((len(matrix), len(self.program.outputs), 0))
        jacobian = self.program.jacobian
        by_inputs = self._of_rows(jacobian, matrix, parameters, by="inputs") if with_inputs else nothing
        by_parameters = self._of_rows(jacobian, matrix, parameters, by="parameters") if parameters else nothing
        return by_inputs, by_parameters

    def _parameters(self, shared: Sequence[Any]) -> list[float]:
        return [data_of(node) for node in self.operands(shared)]

    def _of_rows(self, run: Callable[..., Any], matrix: Any, parameters: list[float], **keywords: Any) -> Any:
        import numpy as np

        if self._floats:
            return run(matrix[:, self._floats], parameters, **keywords)
        return np.repeat(run(None, parameters, **keywords)[None], len(matrix), axis=0)

    def differences(self, values: Any) -> Any:
        """For each row of outputs, which guards have another outcome."""
        return values[:, self.n_values : self.n_values + len(self._outcomes)] != self._outcomes

    def derivatives(self, bound: Any, numbers: Sequence[Any]) -> tuple[tuple[Any, ...], list[tuple[float, ...]]]:
        """The nodes that the connected results depend on, and for each result the derivatives by them."""
        operands, flows = self.operands(numbers), self._flows
        if len(self.connected) > 1:
            inputs, parameters = self.point(numbers)
            rows = self.program.jacobian(inputs, parameters, by="parameters")[self.connected].tolist()
        else:
            rows = [bound.by_parameters.tolist()]
        if all(flows):
            return tuple(operands), list(map(tuple, rows))
        return tuple(compress(operands, flows)), [tuple(compress(row, flows)) for row in rows]

    def leaves(self, numbers: Sequence[Any], parameters: Iterable[float]) -> Iterator[tuple[Any, float]]:
        """What stands in the places of the trace's leaves in a call, and their numbers, given those of the program."""
        following = iter(parameters)
        for number in numbers:
            yield number, next(following) if isinstance(number, Value) else number
        yield from zip(self._outside, following)

    def outside_now(self) -> list[tuple[Any, float]]:
        """What is read from outside, and its numbers now."""
        return [(node, data_of(node)) for node in self._outside]

    def recorded_again(self, leaves: Iterable[tuple[Any, float]]) -> list[Any]:
        """What the function returns where the trace is recorded with other leaves."""
        again = recorded_again(order_of_all(self._results), dict(zip(self._leaves, leaves)))
        return [again[result] for result in self._results]

    def only(self, result: Value) -> list[float]:
        """Weights of the program's outputs that leave one of them, or none for what is a constant."""
        weights = [0.0] * len(self.program.outputs)
        if result in self.place_of:
            weights[self.place_of[result]] = 1.0
        return weights

    def along(self, vector: Sequence[float]) -> list[float]:
        """A direction of the variables as one of the program's parameters."""
        return [*vector, *[0.0] * len(self._outside)]

    def let_go(self, bound: BoundProgram) -> None:
        """Take back what has the results, after they have been read."""
        self._bound.append(bound)

    def _first_difference(self, outcomes: Sequence[float]) -> int:
        return next(place for place, (own, other) in enumerate(zip(self._outcomes, outcomes)) if own != other)
