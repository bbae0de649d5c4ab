"""``detect_anomaly``: the first number that is not finite, and where it came from."""

from __future__ import annotations

import linecache
import math
import sys

from autograd_core.callers import is_ours
from autograd_core.contexts import Context, Effect, backward_observers, record_observers
from autograd_core.graph import Node, contributions, topological_order
from autograd_core.notation.node_names import NodeNames


class AnomalyError(ArithmeticError):
    """The first value or gradient that was not finite."""

    __module__ = "autograd_core"  # where users import it from


def detect_anomaly() -> Context:
    """Raise at the first value or gradient that is inf or nan, and say where it came from.

    The message names the node as every view calls it, its operands with their values, and the line of the program that
    recorded it. It concerns the nodes recorded, and the backward passes run, inside the context and in its thread.

    Raises:
        AnomalyError: at the operation that gave, or the backward step that would pass on, such a number.

    >>> import autograd_core as ag
    >>> x = ag.Value(0.0, "x")
    >>> with ag.detect_anomaly():
    ...     y = ag.log(x)
    Traceback (most recent call last):
    autograd_core.AnomalyError: log(x) gave -inf
      operands: x = 0.0
      recorded at <doctest autograd_core.stepping.anomaly.detect_anomaly[2]>:2: y = ag.log(x)
    """
    return Context(_watch)


def is_watched() -> bool:
    """Whether each node is being watched here as it is recorded, or as a backward pass comes to it.

    :func:`detect_anomaly` and ``break_at`` do so. A replay shows them nothing, so that those who could replay a graph
    may want to know.

    >>> with detect_anomaly():
    ...     is_watched()
    True
    >>> is_watched()
    False
    """
    return bool(record_observers() or backward_observers())


def _watch() -> Effect:
    lines, current = _Lines(), _Pass()

    def watch_value(node: Node) -> None:
        lines.note(node)
        if not math.isfinite(node.data):
            names = NodeNames(topological_order(node))
            raise AnomalyError(f"{names.operation(node)} gave {node.data}{_origin(node, names, lines)}")

    def watch_gradient(node: Node, upstream: float) -> None:
        root = current.root_of(node)
        if not math.isfinite(upstream):
            names = NodeNames(topological_order(root))
            raise AnomalyError(f"the gradient of {names.equation(node)} is {upstream}{_origin(node, names, lines)}")
        for each in contributions(node, upstream):
            if not math.isfinite(each.amount):
                names = NodeNames(topological_order(root))
                raise AnomalyError(
                    f"{names.equation(node)} would pass the gradient {each.amount} on to "
                    f"{names.of(each.operand)}: upstream {upstream!r} × local derivative {each.local_derivative!r}"
                    f"{_origin(node, names, lines)}"
                )

    return Effect(on_record=watch_value, on_backward=watch_gradient)


class _Pass:
    """The backward pass that is going on: where it started decides what its nodes are called."""

    def __init__(self) -> None:
        self._root: Node | None = None
        self._to_come: set[Node] = set()

    def root_of(self, node: Node) -> Node:
        """The root of the pass that has come to a node; a node that no pass was to come to is a root itself."""
        if self._root is None or node not in self._to_come:
            self._root, self._to_come = node, set()
        root = self._root
        self._to_come.discard(node)
        self._to_come.update([operand for operand in node.operands if type(operand) is not float])
        if not self._to_come:
            self._root = None  # the pass is done: its graph is let go
        return root


class _Lines:
    """The line that recorded each node.

    Nodes are held, since another one could otherwise come to be where a noted one was. Those that nobody else
    holds any more are let go each time that there are twice as many as were kept.
    """

    def __init__(self) -> None:
        self._line_of: dict[object, tuple[str, int]] = {}
        self._most = 1000

    def note(self, node: Node) -> None:
        """Note that the innermost caller outside this project's own packages recorded a node."""
        if len(self._line_of) >= self._most:
            self._let_go()
            self._most = max(1000, 2 * len(self._line_of))
        frame = sys._getframe(2)
        while frame.f_back is not None and is_ours(frame):
            frame = frame.f_back
        self._line_of[node] = frame.f_code.co_filename, frame.f_lineno

    def _let_go(self) -> None:
        self._line_of[probe := object()] = "", 0
        nodes = list(self._line_of)
        del probe
        held_here_alone = 0
        while nodes:  # the last first, as a node holds those before it
            node = nodes.pop()
            held_here_alone = held_here_alone or sys.getrefcount(node)  # the first is the probe
            if sys.getrefcount(node) == held_here_alone:
                del self._line_of[node]

    def get(self, node: Node) -> tuple[str, int] | None:
        """File and line; None for a node that was not noted."""
        return self._line_of.get(node)


def _origin(node: Node, names: NodeNames, lines: _Lines) -> str:
    """The operands with their values, and the line that recorded the node, as lines of a message."""
    named = [
        repr(operand) if type(operand) is float else f"{names.of(operand)} = {operand.data!r}"
        for operand in node.operands
    ]
    text = f"\n  operands: {', '.join(named)}" if named else ""
    if (place := lines.get(node)) is not None:
        file, line = place
        text += f"\n  recorded at {file}:{line}: {linecache.getline(file, line).strip()}"
    return text
