"""The recorded graph of a program once more, with other numbers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from autograd_core.primitives import as_float


def graph_again(program: Any, inputs: Sequence[float]) -> list[Any]:
    """The outputs of a copy of the graph, with these numbers of the inputs and the parameters' present ones."""
    numbers = program.constants() | dict(zip(program.inputs, inputs))
    copies: dict[Any, Any] = {}
    for node in program.nodes:
        copied = copies[node] = copy.copy(node)
        copied.grad = 0.0
        if node.operands:
            copied.operands = tuple(
                [operand if type(operand) is float else copies[operand] for operand in node.operands]
            )
            _record_again(copied)
        else:
            copied.data = numbers.get(node, node.data)
    return [copies[output] for output in program.outputs]


def _record_again(node: Any) -> None:
    """Set a node's number and local derivatives as recording it anew would."""
    numbers = [operand if type(operand) is float else operand.data for operand in node.operands]
    node.data = as_float(node.op.forward(*numbers))
    is_nan = node.data != node.data and node.op.propagates_nan
    partials = node.op.partials(node.data, *numbers)
    node.local_derivatives = tuple(
        [
            None if type(operand) is float or partial is None else node.data if is_nan else partial
            for operand, partial in zip(node.operands, partials)
        ]
    )
