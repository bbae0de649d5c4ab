"""Backpropagation: the chain rule, one edge at a time, from a root to its leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from autograd_core.contexts import backward_observers
from autograd_core.graph import Node, topological_order


def backward(root: Node, seed: float = 1.0) -> None:
    """Add ∂root/∂leaf, times ``seed``, to the ``grad`` of every leaf; set the ``grad`` of every node in between.

    Each node is visited after all its consumers, when its gradient is complete, and passes it on to its operands::

        operand.grad += upstream * local_derivative

    A node whose gradient is exactly zero passes on nothing, even where a local derivative is inf or nan.
    """
    order = topological_order(root)
    for node in order:
        if node.operands or node.grad is None:
            node.grad = 0.0
    root.grad += seed

    for node in _observed(reversed(order)):
        upstream = node.grad
        if upstream == 0.0:
            continue
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            if local_derivative is not None:
                operand.grad += upstream * local_derivative


def _observed(nodes: Iterable[Node]) -> Iterable[Node]:
    """The nodes as they are, or each shown to the observers first where there are any."""
    observers = backward_observers()
    return _shown_to(observers, nodes) if observers else nodes


def _shown_to(observers: Sequence[Callable[[Node, float], None]], nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        for observer in observers:
            observer(node, node.grad)
        yield node
