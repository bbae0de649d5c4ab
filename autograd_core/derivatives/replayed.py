"""One call of a function that can be replayed: its numbers and derivatives are those of a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MethodType
from typing import Any, NamedTuple, Protocol

from autograd_core.derivatives.calls import Call, numbers_and_forms, positions_of, with_arguments
from autograd_core.derivatives.containers import Form, tuple_of
from autograd_core.value import Value


class Replay(Protocol):
    """What one call of a traced function computed.

    Attributes:
        returned: what the function returned when it was traced; its Values stand for the results.
        outputs: these Values and the form in which it has them, once that was found.
    """

    returned: Any
    outputs: tuple[list[Value], Form] | None

    def number(self, result: Value) -> float:
        """What a result is in this call."""

    def jacobian(self, results: Sequence[Value]) -> list[list[float]]:
        """For each result its derivatives with respect to all variables."""

    def hessian(self, result: Value) -> list[list[float]]:
        """The second derivatives of one result."""

    def hvp(self, result: Value, vector: Sequence[float]) -> list[float]:
        """The second derivatives of one result, times a vector."""

    def jvp(self, results: Sequence[Value], vector: Sequence[float]) -> list[float]:
        """How results change as the variables move along a vector."""


class _Slope(NamedTuple):
    """A derivative of a result, to be differentiated again."""

    result: Value
    variable: int


def call_of(
    name: str,
    f: Callable[..., object],
    argnums: int | tuple[int, ...],
    args: Sequence[object],
    keywords: Mapping[str, object],
    has_aux: bool = False,
    others: object = None,
) -> Call:
    """A call of ``f``, replayed where ``f`` knows how and nothing asks for the graph.

    A replay has the derivatives in the order of the arguments: those of ``argnums=(1, 0)`` are recorded.
    """
    instance = (f.__self__,) if isinstance(f, MethodType) else ()  # its function takes it as the first argument
    replay_of = getattr(f.__func__ if isinstance(f, MethodType) else f, "__replay__", None)
    positions = positions_of(argnums, len(args), name)
    if replay_of is not None and not has_aux and list(positions) == sorted(positions):
        numbers, forms = numbers_and_forms(args, positions)
        variables = Variables(positions, forms, numbers)
        only_gradient = name in ("grad", "value_and_grad")
        moved = variables.moved(len(instance))
        replay = replay_of((*instance, *args), keywords, moved, others, only_gradient)
        if replay is not None:
            return ReplayedCall(variables, isinstance(argnums, int), replay)
    return Call(name, f, argnums, args, keywords, has_aux, others)


class Variables(NamedTuple):
    """What a call is differentiated with respect to.

    Attributes:
        positions: of the arguments.
        forms: theirs.
        numbers: theirs, in a row.
    """

    positions: Sequence[int]
    forms: Sequence[Form]
    numbers: Sequence[float | Value]

    def moved(self, places: int) -> Variables:
        """The same where there are so many arguments before them."""
        return self._replace(positions=[position + places for position in self.positions])

    def in_place(self, args: Sequence[object], values: Sequence[Value]) -> list[object]:
        """The arguments, with Values in place of the numbers."""
        return with_arguments(args, self.positions, self.forms, values)

    def by_position(self) -> dict[int, tuple[Sequence[float | Value], Form]]:
        """Of the argument at each position its numbers and its form."""
        found, start = {}, 0
        for position, form in zip(self.positions, self.forms):
            found[position] = self.numbers[start : start + form.size], form
            start += form.size
        return found


class ReplayedCall(Call):
    """A call whose Values are those of the trace, and stand for numbers of this call."""

    nested = False
    aux = None

    def __init__(self, variables: Variables, is_one: bool, replay: Replay) -> None:
        self.form = variables.forms[0] if is_one else tuple_of(variables.forms)
        self.name_of_arguments = f"argument {variables.positions[0]}" if is_one else "the tuple of arguments"
        self._replay = replay
        self._returned = replay.returned
        self._has_aux = False

    def outputs(self) -> tuple[list[Value], Form]:
        """What the function returned, as Values of the trace and the form in which it has them."""
        if self._replay.outputs is None:
            self._replay.outputs = super().outputs()
        return self._replay.outputs

    def result(self, root: Value) -> float:
        """A value of the call."""
        return self._replay.number(root)

    def gradient_of(self, root: Value) -> Any:
        """The gradient of a result, in the form of the argument."""
        return self.form.filled(self._replay.jacobian([root])[0])

    def slopes_of(self, root: Value) -> list[Any]:
        """∂root/∂variable for each variable, to be differentiated again."""
        return [_Slope(root, variable) for variable in range(self.form.size)]

    def derivatives_of(self, roots: Sequence[Any]) -> list[list[float]]:
        """A row for each result, or for each slope, all slopes of a result together."""
        if roots and isinstance(roots[0], _Slope):
            return [row for root in roots[:: self.form.size] for row in self._replay.hessian(root.result)]
        return self._replay.jacobian(roots)

    def adjoints(self, roots: Sequence[Any], weights: Sequence[float]) -> list[float]:
        """For each variable the sum of weight · ∂slope/∂variable over the slopes of a result."""
        return self._replay.hvp(roots[0].result, weights) if roots else []

    def derivatives_along(self, directions: Sequence[float], roots: Sequence[Value]) -> list[float]:
        """For each result, the sum of ∂result/∂variable · direction over the variables."""
        return self._replay.jvp(roots, directions)
