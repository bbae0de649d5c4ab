"""The recorded graph, seen from one of its nodes: its order, its leaves, who consumes what, and how many paths.

A node knows its operands, never its consumers, so every function here starts at a root and looks inward. None of them
recurses: a chain of a million nodes is walked at Python's default recursion limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeVar


class Node(Protocol):
    """What a node of the graph is: data, and no behaviour.

    ``operands`` and ``local_derivatives`` are aligned: ``local_derivatives[i]`` is ∂node/∂operands[i]. An operand that
    is a plain float is a constant; it gets no gradient, and its local derivative is None.
    """

    data: float
    grad: float
    op: Any
    operands: tuple[Any, ...]
    local_derivatives: tuple[float | None, ...]
    label: str


AnyNode = TypeVar("AnyNode", bound=Node)


def gradient_of(node: Any) -> float:
    """A node's ``grad``; None, which a user may set, counts as 0.0."""
    gradient: float | None = node.grad
    return 0.0 if gradient is None else gradient


def topological_order(root: AnyNode) -> list[AnyNode]:
    """Every node that ``root`` was computed from, operands before the nodes that use them, ``root`` last.

    The order is that of a depth-first walk that takes operands from left to right: it depends on the graph alone.

    Args:
        root: where to start.

    Returns:
        Each node once; constants are not nodes.

    >>> import autograd_core as ag
    >>> a = ag.Value(1.0, "a")
    >>> b = a + a
    >>> [node.data for node in ag.topological_order(b * a)]
    [1.0, 2.0, 2.0]
    """
    order: list[AnyNode] = []
    seen: set[AnyNode] = set()
    path: list[AnyNode] = []  # from the root down: the nodes whose operands are being visited
    ahead: list[AnyNode | None] = [root]  # the next one last; None where the last of the path has no more operands
    while ahead:
        node = ahead.pop()
        if node is None:
            order.append(path.pop())
        elif node not in seen:
            seen.add(node)
            if seen.issuperset(node.operands):
                order.append(node)
                continue
            path.append(node)
            ahead.append(None)
            for operand in reversed(node.operands):
                if type(operand) is not float and operand not in seen:
                    ahead.append(operand)  # noqa: PERF401
    return order


class _Together:
    """Stands above several roots, as if it had been computed from them."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self.operands = tuple(roots)


def order_of_all(roots: Sequence[AnyNode]) -> list[AnyNode]:
    """The topological order of all that several roots were computed from, themselves included; each node once."""
    together: Any = _Together(roots)
    return topological_order(together)[:-1]


def leaves(root: AnyNode) -> list[AnyNode]:
    """The nodes that were not computed from others, in the order in which the computation first uses them.

    >>> import autograd_core as ag
    >>> x, w = ag.Value(2.0, "x"), ag.Value(3.0, "w")
    >>> [leaf.label for leaf in ag.leaves(w * x + 1.0)]
    ['w', 'x']
    """
    return [node for node in topological_order(root) if not node.operands]


def consumers(root: AnyNode) -> dict[AnyNode, list[AnyNode]]:
    """For each node, the nodes that have it as an operand; one that has it twice is named twice."""
    order = topological_order(root)
    users: dict[AnyNode, list[AnyNode]] = {node: [] for node in order}
    for node in order:
        for operand in node.operands:
            if type(operand) is not float:
                users[operand].append(node)
    return users


def count_paths(root: AnyNode, node: AnyNode) -> int:
    """In how many ways ``node`` leads to ``root``; exact, however many there are, and without listing them.

    Args:
        root: where the paths end.
        node: where they begin; 0 if it is not part of the graph, 1 if it is the root.

    >>> import autograd_core as ag
    >>> x = v = ag.Value(1.0)
    >>> for _ in range(100):
    ...     v = v + v
    >>> ag.count_paths(v, x) == 2**100
    True
    """
    paths = {root: 1}
    for consumer in reversed(topological_order(root)):
        count = paths.pop(consumer, 0)  # all counts of a deep graph at once would fill the memory
        if consumer is node:
            return count
        for operand in consumer.operands:
            if type(operand) is not float:
                paths[operand] = paths.get(operand, 0) + count
    return 0


def depends_on(order: Sequence[AnyNode], sources: Sequence[AnyNode]) -> set[AnyNode]:
    """Of the nodes in a topological ``order``, those that ``sources`` lead to, themselves included."""
    dependent = set(sources)
    for node in order:
        if not dependent.isdisjoint(node.operands):
            dependent.add(node)
    return dependent


EdgeKind = Literal["input", "weight", "activation", "loss", "other"]


def edge_kind(node: Node, operand_index: int) -> EdgeKind:
    """Which of the kinds of derivative ``node.local_derivatives[operand_index]`` is.

    A weighted sum has the operands ``(*weights, *inputs, bias)``. Its derivative with respect to a weight is the number
    that the weight multiplies, an ``input``; with respect to an input it is the ``weight`` which that signal passes.
    The bias counts as a weight whose input is always 1, so its derivative is an ``input`` too.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is by, from 0.

    Returns:
        ``input``, ``weight``, ``activation``, ``loss``, or ``other`` for all other primitives.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5), ag.Value(2.0), ag.Value(-1.0)
    >>> s = ag.dot([w], [x], b)
    >>> [edge_kind(s, index) for index in range(3)]
    ['input', 'weight', 'input']
    >>> edge_kind(ag.tanh(s), 0), edge_kind(w + x, 0)
    ('activation', 'other')
    """
    kind = node.op.kind
    if kind == "weighted_sum":
        count = len(node.operands) // 2
        return "weight" if count <= operand_index < 2 * count else "input"
    if kind == "activation":
        return "activation"
    return "loss" if kind == "loss" else "other"
