"""What a traced function returns: numbers that each call computes anew, in containers that are the same each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from numbers import Number
from typing import Any

from autograd_core.condition import Condition
from autograd_core.derivatives.containers import array_of, is_array, with_article
from autograd_core.value import Value

_FIXED = (str, bytes, type(None), Number, Enum)
"""What nobody can change, so that each call may return it again."""

Fill = Callable[[Sequence[Any]], Any]


class NoNumbersError(TypeError):
    """A function returned something that is not made of numbers."""


def taken_apart(returned: Any, name: str) -> tuple[list[Value], Fill]:
    """The Values that a function returned, in a row, and what puts other numbers in their places.

    Raises:
        NoNumbersError: there is something else in it, or no number at all; says what.

    >>> values, fill = taken_apart((Value(1.0), {"steps": 3, "rest": [Value(2.0)]}), "f")
    >>> [value.data for value in values], fill([10.0, 20.0])
    ([1.0, 2.0], (10.0, {'steps': 3, 'rest': [20.0]}))
    """
    values: list[Value] = []
    fill, has_number = _part(returned, values, name)
    if not has_number:
        raise NoNumbersError(
            f"{name} returned {with_article(returned)}: a function that is traced returns a number, an array, or "
            "lists, tuples and dicts of them"
        )
    return values, fill


def _part(returned: Any, values: list[Value], name: str) -> tuple[Fill, bool]:
    """What fills a part of the result, and whether there is a number in it."""
    if isinstance(returned, Value):
        place = len(values)
        values.append(returned)
        return (lambda numbers: numbers[place]), True
    if isinstance(returned, Condition):
        returned = bool(returned)
    if isinstance(returned, _FIXED):
        return (lambda numbers: returned), isinstance(returned, Number)
    if is_array(returned):
        return _array(returned, values, name)
    kind = type(returned)
    if kind is list or kind is tuple:
        members = [_part(member, values, name) for member in returned]
        join: Callable[[Any], Any] = kind
    elif isinstance(returned, tuple) and hasattr(returned, "_make"):
        members = [_part(member, values, name) for member in returned]
        join = returned._make
    elif isinstance(returned, dict):
        members = [_part(member, values, name) for member in returned.values()]
        empty, keys = returned.copy(), list(returned)
        empty.clear()

        def join(filled: Any) -> Any:
            container = empty.copy()
            container.update(zip(keys, filled))
            return container
    else:
        raise NoNumbersError(
            f"{name} returned {with_article(returned)}: a function that is traced returns numbers, arrays, and lists, "
            "tuples and dicts of them"
        )
    fills = [fill for fill, _ in members]
    has_number = any(has for _, has in members) or not members
    return (lambda numbers: join([fill(numbers) for fill in fills])), has_number


def _array(array: Any, values: list[Value], name: str) -> tuple[Fill, bool]:
    if array.dtype != object:
        fixed = array.copy()
        return (lambda numbers: fixed.copy()), array.dtype.kind in "biuf"
    fills = [_part(element, values, name)[0] for element in array.ravel().tolist()]
    return (lambda numbers: array_of([fill(numbers) for fill in fills], array.shape)), True
