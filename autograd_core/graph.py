"""The recorded graph, seen from one of its nodes: its order, its leaves, who consumes what, and how many paths.

A node knows its operands, never its consumers, so every function here starts at a root and looks inward. None of them
recurses: a chain of a million nodes is walked at Python's default recursion limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeGuard, TypeVar


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


CALL = "call"
"""The ``kind`` of what stands in place of a primitive where a node stands for a whole call of a function."""

AnyNode = TypeVar("AnyNode", bound=Node)
Item = TypeVar("Item")


def is_node(candidate: object) -> TypeGuard[Node]:
    """Whether something that a user gave is a node of a graph; numbers, conditions and classes are not.

    >>> import autograd_core as ag
    >>> is_node(ag.Value(1.0)), is_node(1.0), is_node(ag.Value), is_node(ag.Value(1.0) < 2.0)
    (True, False, False, False)
    """
    return hasattr(candidate, "local_derivatives") and hasattr(type(candidate), "__apply_primitive__")


def gradient_of(node: Any) -> float:
    """A node's ``grad``; None, which a user may set, counts as 0.0."""
    gradient: float | None = node.grad
    return 0.0 if gradient is None else gradient


def backward_has_run(root: Node, order: Sequence[Node]) -> bool:
    """Whether some computed node of a graph has a gradient; those of leaves may be left from another graph."""
    return any(gradient_of(node) != 0.0 for node in order if node.operands or node is root)


def topological_order(root: AnyNode) -> list[AnyNode]:
    """Every node that ``root`` was computed from, operands before their consumers, ``root`` last.

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


def opened_order(roots: Sequence[AnyNode], keep_numbers: bool = False) -> list[AnyNode]:
    """:func:`order_of_all`, after each node that stands for a whole call of a function was opened.

    Such a node becomes the last of those that recording the call gives.

    Args:
        roots: in whose graphs such nodes are.
        keep_numbers: let nodes keep their numbers to the last bit, for what was computed from them.
    """
    order = order_of_all(roots)
    calls = [node for node in order if node.op is not None and node.op.kind == CALL]
    for node in calls:
        open_call(node, keep_numbers)
    return order_of_all(roots) if calls else order


def open_call(node: Any, keep_number: bool = False) -> None:
    """The same for one node."""
    if node.op is not None and node.op.kind == CALL:
        node.op.open(node, keep_number)


def leaves(root: AnyNode) -> list[AnyNode]:
    """The nodes that were not computed from others, in the order in which the computation first uses them.

    >>> import autograd_core as ag
    >>> x, w = ag.Value(2.0, "x"), ag.Value(3.0, "w")
    >>> [leaf.label for leaf in ag.leaves(w * x + 1.0)]
    ['w', 'x']
    """
    return [node for node in opened_order([root]) if not node.operands]


def consumers(root: AnyNode) -> dict[AnyNode, list[AnyNode]]:
    """For each node, the nodes that have it as an operand; one that has it twice is named twice."""
    return consumers_in(topological_order(root))


def consumers_in(order: Sequence[AnyNode]) -> dict[AnyNode, list[AnyNode]]:
    """The :func:`consumers` of each node in a topological order."""
    consumers_of: dict[AnyNode, list[AnyNode]] = {node: [] for node in order}
    for node in order:
        for operand in node.operands:
            if type(operand) is not float:
                consumers_of[operand].append(node)
    return consumers_of


def count_paths(root: AnyNode, node: AnyNode) -> int:
    """The number of paths from ``node`` to ``root``: exact, however many there are, and without listing them.

    Args:
        root: where the paths end.
        node: where they begin.

    Returns:
        0 if ``node`` is not part of the graph, 1 if it is the root.

    >>> import autograd_core as ag
    >>> x = v = ag.Value(1.0)
    >>> for _ in range(100):
    ...     v = v + v
    >>> ag.count_paths(v, x) == 2**100
    True
    """
    paths = {root: 1}
    for consumer in reversed(opened_order([root])):
        count = paths.pop(consumer, 0)  # all counts of a deep graph at once would fill the memory
        if consumer is node:
            return count
        for operand in consumer.operands:
            if type(operand) is not float:
                paths[operand] = paths.get(operand, 0) + count
    return 0


def depends_on(order: Sequence[AnyNode], nodes: Sequence[AnyNode]) -> set[AnyNode]:
    """Of the nodes in a topological ``order``, those that were computed from ``nodes``, and these themselves."""
    dependent = set(nodes)
    for node in order:
        if not dependent.isdisjoint(node.operands):
            dependent.add(node)
    return dependent


# -- what an edge passes on ---------------------------------------------------------------------------------------


class Contribution(NamedTuple):
    """What one node passes on to one of its operands in a backward pass.

    Attributes:
        node: the node whose gradient is passed on.
        operand: the node that gets it.
        operand_index: which of the node's operands that is.
        upstream: the gradient of ``node``.
        local_derivative: ∂node/∂operand.
        amount: what is added to the gradient of ``operand``.
    """

    node: Node
    operand: Node
    operand_index: int
    upstream: float
    local_derivative: float
    amount: float


def passed_on(upstream: float, local_derivative: float | None) -> float | None:
    """``upstream * local_derivative``; None where nothing is passed on: for a gradient of 0, and without a derivative.

    So zero times infinity or nan adds nothing.
    """
    return None if local_derivative is None or upstream == 0.0 else upstream * local_derivative


def contributions(node: Node, upstream: float) -> Iterator[Contribution]:
    """What a node passes on to each of its operands, in their order.

    Args:
        node: the node.
        upstream: its gradient, complete.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> [(each.operand.label, each.amount) for each in contributions(x * 2.0, 0.5)]
    [('x', 1.0)]
    """
    for index, local_derivative in enumerate(node.local_derivatives):
        amount = passed_on(upstream, local_derivative)
        if local_derivative is not None and amount is not None:
            yield Contribution(node, node.operands[index], index, upstream, local_derivative, amount)


def local_derivative(node: Node, operand_index: int) -> float:
    """``node.local_derivatives[operand_index]``, and 0 where no gradient flows (the branch that ``where`` left out)."""
    derivative = node.local_derivatives[operand_index]
    return 0.0 if derivative is None else derivative


# -- the roles of operands ----------------------------------------------------------------------------------------


def is_weighted_sum(node: Node) -> bool:
    """Whether a node is a weighted sum, such as :func:`dot` records."""
    return node.op is not None and node.op.kind == "weighted_sum"


def weights_inputs_bias(operands: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item], Item]:
    """The operands of a weighted sum, or what stands for each of them, by their roles: ``(*weights, *inputs, bias)``.

    >>> weights_inputs_bias(["w1", "w2", "x1", "x2", "b"])
    (['w1', 'w2'], ['x1', 'x2'], 'b')
    """
    count = len(operands) // 2
    return operands[:count], operands[count:-1], operands[-1]


def partner_index(node: Node, operand_index: int) -> int | None:
    """Which operand of a weighted sum another one is multiplied by; None for the bias.

    >>> import autograd_core as ag
    >>> s = ag.dot([0.5, 1.5], [2.0, 3.0], ag.Value(1.0))
    >>> [partner_index(s, index) for index in range(5)]
    [2, 3, 0, 1, None]
    """
    count = len(node.operands) // 2
    return None if operand_index == 2 * count else (operand_index + count) % (2 * count)


EdgeKind = Literal["input", "weight", "activation", "loss", "other"]


def edge_kind(node: Node, operand_index: int) -> EdgeKind:
    """Which of the kinds of derivative ``node.local_derivatives[operand_index]`` is, as far as its primitive tells.

    What is written out in arithmetic is recognised by :mod:`autograd_core.roles`. A weighted sum's derivative with
    respect to a weight is the number that the weight multiplies, an ``input``; with respect to an input it is the
    ``weight`` which that signal passes. The bias counts as a weight whose input is always 1, so its derivative is an
    ``input`` too.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is with respect to, from 0.

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
