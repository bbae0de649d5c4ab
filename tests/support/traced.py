"""A function as it is beside the same one traced: what each returns, warns of and adds to gradients."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd_core as ag

RELATIVE = 1e-12


def numbers_in(result: Any) -> list[Any]:
    """The numbers that a result is made of, in order."""
    if isinstance(result, ag.Value):
        return [result.data]
    if hasattr(result, "tolist"):
        return numbers_in(result.tolist())
    if isinstance(result, dict):
        result = list(result.values())
    return [number for each in result for number in numbers_in(each)] if isinstance(result, (list, tuple)) else [result]


def close(a: Any, b: Any) -> bool:
    """Whether two results are made of the same numbers, but for rounding."""
    return len(numbers_in(a)) == len(numbers_in(b)) and all(map(_is_close, numbers_in(a), numbers_in(b)))


def _is_close(a: Any, b: Any) -> bool:
    if isinstance(a, str) or a is None:
        return bool(a == b)
    return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-14) or (a != a and b != b)


def with_warnings(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What a call gives, and the texts of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return result, [str(each.message) for each in caught]


def differentiated(f: Callable[..., Any], args: Sequence[Any], leaves: Iterable[ag.Value]) -> tuple[Any, list[float]]:
    """What a call gives, and the gradients of leaves after a backward pass from it, if it is a Value."""
    leaves = list(leaves)
    for leaf in leaves:
        leaf.grad = 0.0
    result = f(*args)
    if isinstance(result, ag.Value):
        result.backward()
    return result, [leaf.grad for leaf in leaves]


def graph(root: ag.Value) -> list[tuple[str, float, str, tuple[Any, ...]]]:
    """The nodes that a Value was computed from, as texts and numbers."""
    ag.leaves(root)  # opens calls
    order = ag.topological_order(root)
    place: dict[Any, int] = {node: at for at, node in enumerate(order)}
    return [
        (
            node.op.name if node.op else "",
            node.data,
            node.label,
            tuple(place.get(operand, operand) for operand in node.operands),
        )
        for node in order
    ]


def assert_same_calls(f: Callable[..., Any], calls: Iterable[Sequence[Any]], **options: Any) -> Any:
    """Traced, a function gives what it gives as it is, without a warning; returns the traced one."""
    traced = ag.jit(f, **options)
    for args in calls:
        found, texts = with_warnings(lambda args=args: traced(*args))  # type: ignore[misc]
        assert texts == []
        assert close(found, f(*args)), (args, found, f(*args))
    return traced
