"""Whether a function still records the graph that a program was made of."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd_core.graph import is_node, opened_order, order_of_all

RELATIVE_TOLERANCE = 1e-9


class ReplayMismatchError(AssertionError):
    """A function computes something else than the program that was recorded from it."""

    __module__ = "autograd_core"  # where users import it from


def is_close(a: float, b: float, rounding: float = 0.0) -> bool:
    """Whether what is recorded and what is replayed agree, relative to their size or within a rounding; as nans do."""
    return math.isclose(a, b, rel_tol=RELATIVE_TOLERANCE, abs_tol=rounding) or (a != a and b != b)


def check_row(program: Any, f: Callable[..., Any], row: Sequence[float]) -> None:
    """Raise where ``f``, recorded at a row of inputs, is not what the program computes there."""
    leaves = [copy.copy(leaf) for leaf in program.inputs]
    for leaf, number in zip(leaves, row):
        leaf.data, leaf.grad = number, 0.0
    outputs = f(*leaves)
    outputs = [outputs] if is_node(outputs) or hasattr(outputs, "recorded") else list(outputs)
    opened_order(outputs)
    where = f"at inputs {[float(number) for number in row]}"
    if (difference := _difference(program, leaves, outputs)) is not None:
        raise ReplayMismatchError(f"{where} the function records another graph: {difference}")
    recorded = [node.data for node in order_of_all(outputs)]
    replayed = program.node_values(row).tolist()
    for place, (a, b) in enumerate(zip(recorded, replayed)):
        if not is_close(a, b):
            node = program.nodes[place]
            raise ReplayMismatchError(f"{where} {_name(node, place)} is {a!r} when recorded, and {b!r} when replayed")


def _difference(program: Any, leaves: Sequence[Any], outputs: Sequence[Any]) -> str | None:
    """The first node, operands before those that use them, in which two graphs differ; None if there is none."""
    if len(outputs) != len(program.outputs):
        return f"{len(outputs)} outputs in place of {len(program.outputs)}"
    ours, theirs = program.nodes, order_of_all(outputs)
    counterpart = dict(zip(program.inputs, leaves))
    constants = program.constants()
    for place, (node, other) in enumerate(zip(ours, theirs)):
        name = _name(node, place)
        if not node.operands and not other.operands:
            if counterpart.get(node, node) is not other and not _is_same_number(constants.get(node), other.data):
                return f"{name} is another leaf, {other!r}"
            counterpart[node] = other
            continue
        if node.op is not other.op:
            return f"{name} is {_operation(other)} in place of {_operation(node)}"
        if len(node.operands) != len(other.operands):
            return f"{name} has {len(other.operands)} operands in place of {len(node.operands)}"
        for index, (a, b) in enumerate(zip(node.operands, other.operands)):
            same = _is_same_number(a, b) if type(a) is float else counterpart.get(a) is b
            if not same:
                return f"operand {index} of {name} is {b!r} in place of {a!r}"
        counterpart[node] = other
    if len(ours) != len(theirs):
        return f"{len(theirs)} nodes in place of {len(ours)}"
    if any(counterpart[a] is not b for a, b in zip(program.outputs, outputs)):
        return "another node is the output"
    return None


def _is_same_number(number: float | None, other: Any) -> bool:
    """Whether a constant is there again: as a plain number, or as the data of a leaf made anew in each call."""
    if not isinstance(number, float) or not isinstance(other, (float, int)):
        return False
    return number == other or (number != number and other != other)


def _operation(node: Any) -> str:
    return f"{node.op.name!r}" if node.op is not None else "a leaf"


def _name(node: Any, place: int) -> str:
    return f"node {place} ({node.label or _operation(node)})"
