"""One call of a traced function by its program alone: numbers in, numbers and derivatives out, and no graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.derivatives.containers import Form
from autograd_core.tracing.trace import Trace
from autograd_core.value import Value


class Replay:
    """What one call computed; see :class:`autograd_core.derivatives.replayed.Replay`."""

    __slots__ = ("_gradient", "_numbers", "_trace", "_values", "returned")

    def __init__(self, trace: Trace, bound: Any, numbers: Sequence[Any]) -> None:
        self._trace, self._numbers = trace, numbers
        self._values = bound.values.tolist()
        self._gradient = bound.by_parameters.tolist()[: trace.n_variables] if trace.n_values == 1 else None
        self.returned = trace.returned

    @property
    def outputs(self) -> tuple[list[Value], Form] | None:
        """What the function returned, taken apart: the same for all calls that take the trace."""
        return self._trace.outputs

    @outputs.setter
    def outputs(self, found: tuple[list[Value], Form] | None) -> None:
        self._trace.outputs = found

    def number(self, result: Value) -> float:
        """What a result is in this call."""
        place = self._trace.place_of.get(result)
        number: float = result.data if place is None else self._values[place]  # a constant is what it is
        return number

    def jacobian(self, results: Sequence[Value]) -> list[list[float]]:
        """For each result its derivatives with respect to all variables."""
        trace = self._trace
        places = [trace.place_of.get(result) for result in results]
        if self._gradient is not None and places == [0]:
            return [self._gradient]
        if not any(place is not None for place in places):
            return [[0.0] * trace.n_variables for _ in places]  # constants alone, such as the 0.0 of an early return
        inputs, parameters = trace.point(self._numbers)
        rows = trace.program.jacobian(inputs, parameters, by="parameters")[:, : trace.n_variables]
        return [[0.0] * trace.n_variables if place is None else rows[place].tolist() for place in places]

    def hessian(self, result: Value) -> list[list[float]]:
        """The second derivatives of one result."""
        trace = self._trace
        inputs, parameters = trace.point(self._numbers)
        whole = trace.program.hessian(inputs, parameters, by="parameters", weights=trace.only(result))
        rows: list[list[float]] = whole[: trace.n_variables, : trace.n_variables].tolist()
        return rows

    def hvp(self, result: Value, vector: Sequence[float]) -> list[float]:
        """The second derivatives of one result, times a vector."""
        trace = self._trace
        inputs, parameters = trace.point(self._numbers)
        product = trace.program.hvp(
            inputs, trace.along(vector), parameters, by="parameters", weights=trace.only(result)
        )
        numbers: list[float] = product[: trace.n_variables].tolist()
        return numbers

    def jvp(self, results: Sequence[Value], vector: Sequence[float]) -> list[float]:
        """How results change as the variables move along a vector."""
        trace = self._trace
        inputs, parameters = trace.point(self._numbers)
        _, tangents = trace.program.jvp(inputs, trace.along(vector), parameters, by="parameters")
        places = [trace.place_of.get(result) for result in results]
        return [0.0 if place is None else float(tangents[place]) for place in places]
