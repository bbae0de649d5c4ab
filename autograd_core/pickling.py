"""Graphs of any depth as bytes: what pickle and copy are given in place of a node's operands."""

from __future__ import annotations

import threading
import weakref
from typing import Any

from autograd_core.graph import Node


class Edges:
    """The edges of a graph, pickled beside its Values instead of inside them.

    A Value that pickled its operands would recurse as deep as the graph. So a Value pickles as its own four fields
    and, as its state, this object, which lists all Values of its graph with their edges. The Values in that list name
    the same object, which is being pickled already: the depth is the same for any graph.

    Where Values of one graph are pickled one after another, each list has what the lists before it do not have, and
    names the one before it. A list swallows those before it that are no longer than itself: n nodes have at most
    log2(n) lists in a row, and none is in more than log2(n) of them.
    """

    _latest = threading.local()

    def __init__(self, value: Node, earlier: Edges | None) -> None:
        self.members: set[Node] = earlier.members if earlier is not None else set()
        self.nodes = _not_among(self.members, value)
        while earlier is not None and len(earlier.nodes) <= len(self.nodes):
            self.nodes += earlier.nodes
            earlier = earlier.earlier
        self.earlier: Edges | None = earlier

    @classmethod
    def around(cls, value: Node) -> Edges:
        """The edges being pickled; where the value is not among them, those of its graph are added."""
        reference = getattr(cls._latest, "reference", None)
        latest: Edges | None = reference() if reference is not None else None
        if latest is None or value not in latest.members:
            latest = cls(value, latest)
            cls._latest.reference = weakref.ref(latest)  # alive as long as the pickler that holds it
        return latest

    def __getstate__(self) -> tuple[Edges | None, list[tuple[Any, ...]]]:
        return self.earlier, [(node, node.operands, node.local_derivatives) for node in self.nodes]

    def __setstate__(self, state: tuple[Edges | None, list[tuple[Any, ...]]]) -> None:
        for node, operands, local_derivatives in state[1]:
            node.operands, node.local_derivatives = operands, local_derivatives


def _not_among(members: set[Node], value: Node) -> list[Node]:
    """The Values that a Value was computed from, and itself, where they are no members yet; they become members."""
    members.add(value)
    added = [value]
    for node in added:
        for operand in node.operands:
            if type(operand) is not float and operand not in members:
                members.add(operand)
                added.append(operand)
    return added
