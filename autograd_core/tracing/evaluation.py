"""A call of a traced function as a node of the graph: its number, and its derivatives by what it was called with.

Where somebody looks into it, or wants derivatives that can be differentiated again, it is opened: the function runs
once more, and the node becomes the last of those that it records.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

from autograd_core.contexts import Context, Effect
from autograd_core.primitives import multiply
from autograd_core.tracing.arguments import with_numbers
from autograd_core.tracing.results import taken_apart
from autograd_core.value import Value

_OPENING = Effect(records=True, on_record=lambda node: None)
"""Somebody who watches: for them functions run as they are."""


class Evaluation:
    """One call.

    Args:
        f, name: the function.
        arguments: such as it was traced with, by place and by name.
        static: which of them do not vary.
        numbers: gives what stands in the places of numbers, floats and Values.
    """

    __slots__ = ("_arguments", "_f", "_numbers", "_recorded", "_static", "name")

    def __init__(
        self,
        f: Callable[..., Any],
        name: str,
        arguments: tuple[Sequence[Any], Mapping[str, Any]],
        static: Container[int | str],
        numbers: Callable[[], Sequence[Any]],
    ) -> None:
        self.name = name
        self._f, self._arguments, self._static, self._numbers = f, arguments, static, numbers
        self._recorded: list[Value] | None = None

    def recorded(self) -> list[Value]:
        """What the function returns where it is recorded as it is."""
        if self._recorded is None:
            args, keywords = with_numbers(*self._arguments, self._numbers(), self._static)
            with Context(lambda: _OPENING):
                self._recorded = taken_apart(self._f(*args, **keywords), self.name)[0]
        return self._recorded


class Result:
    """What stands as the primitive of a node that a call gave: one of the numbers that it returned."""

    __slots__ = ("_evaluation", "_place")

    kind = "function"
    propagates_nan = False
    derivative = ""

    def __init__(self, evaluation: Evaluation, place: int) -> None:
        self._evaluation = evaluation
        self._place = place

    @property
    def name(self) -> str:
        """The function's."""
        return self._evaluation.name

    @property
    def source(self) -> str:
        """The call as a text."""
        return f"{self.name}({{0}})"

    def open(self, node: Value, keep_number: bool = False) -> None:
        """Make a node what recording the call would have made of it.

        Args:
            node: the one whose primitive this is.
            keep_number: where a program and Python round differently, let it keep its number, which others have
                computed with.
        """
        recorded = self._evaluation.recorded()[self._place]
        if not recorded.operands or (keep_number and recorded.data != node.data):
            node.op, node.operands, node.local_derivatives = multiply, (recorded, 1.0), (1.0, None)
        else:
            node.op, node.operands = recorded.op, recorded.operands
            node.local_derivatives, node.data = recorded.local_derivatives, recorded.data
