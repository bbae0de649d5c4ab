"""A recorded graph once more, with other numbers."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_core.primitives import as_float


def graph_again(program: Any, inputs: Sequence[float]) -> list[Any]:
    """The outputs of a copy of a program's graph, with these numbers of the inputs and the parameters' present ones."""
    numbers = program.constants() | dict(zip(program.inputs, inputs))
    leaves = {}
    for leaf, number in numbers.items():
        leaves[leaf] = copy.copy(leaf), number
        leaves[leaf][0].data, leaves[leaf][0].grad = number, 0.0
    again = recorded_again(program.nodes, leaves)
    return [again[output] for output in program.outputs]


def recorded_again(nodes: Iterable[Any], leaves: Mapping[Any, tuple[Any, float]]) -> dict[Any, Any]:
    """What recording some nodes at other numbers would give, node for node.

    Args:
        nodes: each after its operands.
        leaves: for some of them what is to stand in their place, a node or a float, and the number to compute with,
            whatever a node's ``data`` is by now. The others are copied.

    Returns:
        For each node its copy, or a float where floats alone are computed with.
    """
    again = {leaf: stand_in for leaf, (stand_in, _) in leaves.items()}
    number_of = {leaf: number for leaf, (_, number) in leaves.items()}
    for node in nodes:
        if node in again:
            continue
        operands = [operand if type(operand) is float else again[operand] for operand in node.operands]
        numbers = [operand if type(operand) is float else number_of[operand] for operand in node.operands]
        number = as_float(node.op.forward(*numbers)) if operands else node.data
        number_of[node] = number
        if operands and all(type(operand) is float for operand in operands):
            again[node] = number
            continue
        copied = again[node] = copy.copy(node)
        copied.data, copied.grad, copied.operands = number, 0.0, tuple(operands)
        copied.local_derivatives = _local_derivatives(node.op, number, operands, numbers) if operands else ()
    return again


def _local_derivatives(
    op: Any, number: float, operands: Sequence[Any], numbers: Sequence[float]
) -> tuple[float | None, ...]:
    is_nan = number != number and op.propagates_nan
    return tuple(
        [
            None if type(operand) is float or partial is None else number if is_nan else partial
            for operand, partial in zip(operands, op.partials(number, *numbers))
        ]
    )
