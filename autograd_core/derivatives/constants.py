"""``stop_gradient``: what is computed, and yet a constant for all derivatives."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from autograd_core.derivatives.containers import taken_apart
from autograd_core.primitives import stop_gradient_

Argument = TypeVar("Argument")


@overload
def stop_gradient(x: float) -> float: ...
@overload
def stop_gradient(x: Argument) -> Argument: ...
def stop_gradient(x: Any) -> Any:
    """The same numbers, through which no gradient flows, at any order: a constant for all derivatives.

    Args:
        x: a number or Value, an array, or lists, tuples, named tuples and dicts of these.

    Returns:
        The same, nested and shaped alike: for each Value a node that computes its number, for each number a float.

    Raises:
        TypeError: there is something else in ``x``.

    >>> import autograd_core as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x * x))(3.0)
    9.0
    """
    numbers, form = taken_apart(x, "what stop_gradient() is given")
    return form.filled([stop_gradient_(number) for number in numbers])
