"""Backpropagation: the chain rule, one edge at a time, from a root to its leaves."""

from __future__ import annotations

from autograd_core.graph import Node, topological_order
from autograd_core.observed import observed


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

    nodes, edges = observed(reversed(order))  # edges is zip, unless a debugger is to stop at one
    for node in nodes:
        upstream = node.grad
        if upstream == 0.0:
            continue
        for operand, local_derivative in edges(node.operands, node.local_derivatives):
            if local_derivative is not None:
                operand.grad += upstream * local_derivative
