"""Graphs of any depth as bytes, and as copies: what pickle is given in place of a node's operands, and no recursion.

A subclass of Value keeps its class, and what its objects have besides, by its own ``__getstate__`` and ``__setstate__``
where it has them. Its ``__init__`` is not called, as is usual for pickles and copies.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from autograd_core.graph import AnyNode, Node, open_call, opened_order

_FIELDS = frozenset(Node.__annotations__)


class Edges:
    """The edges of a graph, pickled beside its Values instead of inside them.

    A Value that pickled its operands would recurse as deep as the graph. So a Value pickles as its class, four fields
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
            opened_order([value])
            latest = cls(value, latest)
            cls._latest.reference = weakref.ref(latest)  # alive as long as the pickler that holds it
        return latest

    def __getstate__(self) -> tuple[Edges | None, list[tuple[Any, ...]]]:
        rows = [(node, node.operands, node.local_derivatives, _own_state(node)) for node in self.nodes]
        return self.earlier, rows

    def __setstate__(self, state: tuple[Edges | None, list[tuple[Any, ...]]]) -> None:
        for node, operands, local_derivatives, _ in state[1]:
            node.operands, node.local_derivatives = operands, local_derivatives
        for node, _, _, own in state[1]:
            _set_own_state(node, own)


def bare(kind: type[AnyNode], data: float, grad: float, op: Any, label: str) -> AnyNode:
    """A Value without its edges."""
    value = object.__new__(kind)
    value.data, value.grad, value.op, value.label = data, grad, op, label
    value.operands = value.local_derivatives = ()
    return value


def are_set(value: Node, edges: Edges) -> None:
    """What pickle calls to set a Value's edges: those of the whole graph have been set at once."""


def shallow_copy(value: AnyNode) -> AnyNode:
    """Another Value with the same operands."""
    open_call(value)
    copied = bare(type(value), value.data, value.grad, value.op, value.label)
    copied.operands, copied.local_derivatives = value.operands, value.local_derivatives
    _set_own_state(copied, _own_state(value))
    return copied


def deep_copy(value: AnyNode, memo: dict[int, Any]) -> AnyNode:
    """A copy of the whole graph, but for the Values that ``copy.deepcopy`` has copied already."""
    import copy  # whoever copies has it

    opened_order([value])
    nodes = [value]
    memo[id(value)] = bare(type(value), value.data, value.grad, value.op, value.label)
    for node in nodes:
        for operand in node.operands:
            if type(operand) is not float and id(operand) not in memo:
                memo[id(operand)] = bare(type(operand), operand.data, operand.grad, operand.op, operand.label)
                nodes.append(operand)
    for node in nodes:
        copied = memo[id(node)]
        operands = [operand if type(operand) is float else memo[id(operand)] for operand in node.operands]
        copied.operands, copied.local_derivatives = tuple(operands), node.local_derivatives
    for node in nodes:
        _set_own_state(memo[id(node)], copy.deepcopy(_own_state(node), memo))
    copied_value: AnyNode = memo[id(value)]
    return copied_value


def _own_state(value: Any) -> Any:
    """What an object of a subclass of Value has besides; None if that is nothing."""
    kind = type(value)
    if kind.__base__ is object:  # Value itself
        return None
    state = value.__getstate__()
    own_getstate: Any = kind.__getstate__
    if own_getstate is not object.__getstate__:
        return state
    attributes, slots = state if isinstance(state, tuple) else (state, {})
    slots = {name: content for name, content in slots.items() if name not in _FIELDS}
    return (attributes, slots) if attributes or slots else None


def _set_own_state(value: Any, state: Any) -> None:
    if state is None:
        return
    if hasattr(value, "__setstate__"):
        value.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, {})
    for name, content in {**(attributes or {}), **(slots or {})}.items():
        object.__setattr__(value, name, content)


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
