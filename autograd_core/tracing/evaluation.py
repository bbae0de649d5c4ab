"""A call of a traced function as a node of the graph: its number, and its derivatives by what it was called with.

Where somebody looks into it, or wants derivatives that can be differentiated again, it is opened: the nodes of the
trace are recorded once more at the numbers of the call, whatever became of them since, and the node becomes the last
of those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autograd_core.derivatives.gradients import is_same_number
from autograd_core.graph import CALL
from autograd_core.primitives import multiply
from autograd_core.tracing.trace import Trace
from autograd_core.value import Value


class Evaluation:
    """One call.

    Args:
        name: the function's.
        trace: the way that the call took.
        leaves: gives what stood in the places of the trace's leaves, floats and nodes, and their numbers in the call.
    """

    __slots__ = ("_leaves", "_recorded", "_trace", "name")

    def __init__(self, name: str, trace: Trace, leaves: Callable[[], Iterable[tuple[Any, float]]]) -> None:
        self.name = name
        self._trace, self._leaves = trace, leaves
        self._recorded: list[Any] | None = None

    def recorded(self) -> list[Any]:
        """What the function returns where it is recorded as it is."""
        if self._recorded is None:
            self._recorded = self._trace.recorded_again(self._leaves())
        return self._recorded


class Result:
    """What stands as the primitive of a node that a call gave: one of the numbers that it returned."""

    __slots__ = ("_evaluation", "_place")

    kind = CALL
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
        if not recorded.operands or (keep_number and not is_same_number(recorded.data, node.data)):
            slope = 1.0 if node.data == node.data else node.data  # of a nan, as recording it would give
            node.op, node.operands, node.local_derivatives = multiply, (recorded, 1.0), (slope, None)
        else:
            node.op, node.operands = recorded.op, recorded.operands
            node.local_derivatives, node.data = recorded.local_derivatives, recorded.data
