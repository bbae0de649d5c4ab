"""What counts as a real number, and brings it to a float."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

from autograd_core.primitives.ieee import inf

_ADVICE = {
    "Value": "it is one already; v.data is its number",
    "str": "convert a string with float() first",
    "complex": "only real numbers are differentiated here; take .real or .imag",
    "NoneType": "a number is missing",
}


def as_float(number: Any) -> float:
    """A real number as a Python float; an int or fraction beyond the float range is ±inf.

    Raises:
        TypeError: anything but a real number, a NumPy real scalar or a 0-d array of one.

    >>> as_float(3), as_float(10**400)
    (3.0, inf)
    >>> as_float("3")
    Traceback (most recent call last):
    TypeError: expected a real number, got str: convert a string with float() first
    """
    if type(number) is float:
        return number
    if type(number) is int or isinstance(number, numbers.Real):  # the first alone asks no abstract class
        try:
            return float(number)
        except OverflowError:
            return -inf if number < 0 else inf
    if getattr(number, "ndim", None) == 0 and hasattr(number, "item"):
        if getattr(number, "mask", False):
            raise TypeError("expected a real number, got a masked one: leave it out or fill it in first")
        return as_float(number.item())
    kind = type(number).__name__
    advice = _ADVICE.get(kind)
    if advice is None:
        advice = "make one Value of each number" if isinstance(number, Iterable) else "convert it with float() first"
    raise TypeError(f"expected a real number, got {kind}: {advice}")


def as_constant(number: Any) -> float | None:
    """A real number as a Python float; None for anything else."""
    if type(number) is float:
        return number
    try:
        return float(number) if type(number) is int else as_float(number)
    except OverflowError:
        return as_float(number)
    except TypeError:
        return None


def is_scalar(result: Any) -> bool:
    return getattr(result, "ndim", None) == 0


def data_of(node: Any) -> float:
    """A node's number as a float (TypeError where its data has been set to something else, naming it)."""
    data: float = node.data
    if type(data) is float:
        return data
    try:
        return as_float(data)
    except TypeError as error:
        raise TypeError(f"the data of {node.label or node!r} is not a number: {error}") from None
