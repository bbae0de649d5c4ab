"""A backward pass in which one can go to and fro: each moment has the very gradients that it had."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

from autograd_core.graph import Node, opened_order
from autograd_core.notation.node_names import NodeNames
from autograd_core.stepping.steps import Step, backward_steps


class Timeline:
    """A backward pass, recorded once, and a position in it.

    The position is how many steps have been taken. At 0 the gradients are those from before the pass; at any other,
    those that :func:`backward_steps` leaves after that many steps, bit for bit. Moving by one step changes one
    gradient; only from and to 0 it changes all, since the pass begins by setting the gradients in between to 0.

    Args:
        root: the Value that the pass starts from.
        seed: its own gradient.

    Attributes:
        order: the nodes in topological order.
        before: for each of them its gradient from before the pass.
        steps: all steps of the pass.
        position: how many of them have been taken.
        begun: whether the gradients are those of the pass, and not those from before.
        names: what the nodes are called.

    Raises:
        TypeError: ``root`` is not a Value, or ``seed`` is not a real number.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> timeline = Timeline(x * x)
    >>> timeline.go_to(2)
    >>> x.grad
    6.0
    >>> timeline.go_to(1)
    >>> x.grad
    3.0
    """

    def __init__(self, root: Node, seed: float = 1.0) -> None:
        steps = backward_steps(root, seed)
        self.order: list[Node] = opened_order([root])
        self.before = self._gradients()
        self.position, self.begun = 0, False
        try:
            self.steps: list[Step] = list(steps)
            self.names = self.steps[0].names if self.steps else NodeNames(self.order)
            _undo(self.steps)
            self._at_first = self._gradients()
        finally:
            _set(self.before)

    def go_to(self, position: int) -> None:
        """Take steps, or take steps back, until that many have been taken."""
        start = self.position
        try:
            self._move(start, position)
        except BaseException:  # Ctrl-C: back to the moment that it came from
            self._move(position, start)
            raise
        self.position, self.begun = position, position > 0

    def begin(self) -> None:
        """Set the gradients as the pass does before its first step: all there is to a pass without steps."""
        _set(self._at_first)
        self.begun = True

    @property
    def is_done(self) -> bool:
        """Whether the gradients are those of the whole pass."""
        return self.begun and self.position == len(self.steps)

    def _move(self, start: int, end: int) -> None:
        if end > start:
            if start == 0:
                _set(self._at_first)
            for step in self.steps[start:end]:
                step.operand.grad = step.grad_after
        else:
            _undo(self.steps[end:start])
            if end == 0:
                _set(self.before)

    def _gradients(self) -> dict[Node, float]:
        return {node: node.grad for node in self.order}

    # -- what happens when --

    @cached_property
    def arrivals(self) -> dict[Node, list[int]]:
        """For each node that gets a gradient, the steps that bring it."""
        arrivals: dict[Node, list[int]] = {}
        for index, step in enumerate(self.steps):
            arrivals.setdefault(step.operand, []).append(index)
        return arrivals

    @cached_property
    def departures(self) -> dict[Node, range]:
        """For each node that passes a gradient on, the steps that do, which follow each other."""
        departures: dict[Node, range] = {}
        for index, step in enumerate(self.steps):
            first = departures[step.node].start if step.node in departures else index
            departures[step.node] = range(first, index + 1)
        return departures

    def arrived(self, node: Node) -> int:
        """How many of the contributions to a node's gradient have been made."""
        return bisect_right(self.arrivals.get(node, ()), self.position - 1)

    def completion(self, node: Node) -> int | None:
        """The position at which a node passes its gradient on, or at a leaf has it; None if it never gets any."""
        if node in self.departures:
            return self.departures[node].start
        return self.arrivals[node][-1] + 1 if node in self.arrivals else None

    def origins_of_nonfinite(self) -> Sequence[int]:
        """The steps that turn a finite gradient into nan or infinity."""
        return [
            index
            for index, step in enumerate(self.steps)
            if math.isfinite(step.grad_before) and not math.isfinite(step.grad_after)
        ]


def _undo(steps: Sequence[Step]) -> None:
    for step in reversed(steps):
        step.operand.grad = step.grad_before


def _set(gradients: Mapping[Node, float]) -> None:
    for node, gradient in gradients.items():
        node.grad = gradient
