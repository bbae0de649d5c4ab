"""Checks for users: gradients against finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

from autograd_core.derivatives.calls import checked, numbers_and_forms, positions_of, with_arguments
from autograd_core.derivatives.containers import is_number, kinds_in, taken_apart
from autograd_core.derivatives.finite_differences import SETTLED, Estimate, finite_differences
from autograd_core.derivatives.functional import jacobian
from autograd_core.recording import no_grad
from autograd_core.value import Value

RELATIVE_TOLERANCE = 1e-5
"""How far a derivative may be from the finite difference: a fault of 0.05 % is 50 times that."""


class GradientMismatchError(AssertionError):
    """A derivative that finite differences contradict."""

    __module__ = "autograd_core"  # where users import it from


def check_grads(
    f: Callable[..., object],
    *args: object,
    order: int = 1,
    argnums: int | Sequence[int] | None = None,
    **keywords: object,
) -> None:
    """Compare the derivatives of ``f`` at a point with finite differences; say nothing where they agree.

    A rule that is wrong by 0.05 % is found, whatever the sizes of the numbers and outputs, or the differences are said
    not to settle. Of a derivative that is lost in the rounding of the outputs, as that of 1 + 1e-14·x is, all that can
    be checked is that it is so small.

    Args:
        f: returns a number, an array, or lists, tuples, named tuples and dicts of these.
        args: the point, a little way from kinks and from the edges of the domain: numbers, arrays and containers of
            them. Others are handed on as they are.
        order: 1 for the first derivatives, 2 for the second ones too.
        argnums: with respect to which arguments to differentiate; if None, the first and all others that are made of
            floats, not of ints.
        keywords: handed on to ``f``.

    Raises:
        GradientMismatchError: a derivative is wrong; says which argument and order, what was expected and found.
        ValueError: ``order`` is neither 1 nor 2, or finite differences do not settle at this point.

    >>> import autograd_core as ag
    >>> ag.check_grads(lambda x, y: ag.sin(x) * y, 0.5, 2.0, order=2)
    >>> @ag.primitive()
    ... def double(x):
    ...     return 2.0 * x
    >>> @double.define_partials
    ... def double_partials(out, x):
    ...     return (2.001,)
    >>> ag.check_grads(double, 3.0)
    Traceback (most recent call last):
    autograd_core.GradientMismatchError: argument 0, order 1: expected 2 by finite differences, found 2.001
    """
    if order not in (1, 2):
        raise ValueError(f"check_grads() checks the orders 1 and 2, got order={order!r}")
    f, chosen = checked("check_grads", f, _made_of_floats(args) if argnums is None else argnums)
    positions = positions_of(chosen, len(args), "check_grads")
    point, forms = numbers_and_forms(args, positions)
    names = [name for position, form in zip(positions, forms) for name in form.names(f"argument {position}")]

    def outputs(numbers: Sequence[Any]) -> list[Any]:
        """What ``f`` returns at another point, in a row."""
        returned = f(*with_arguments(args, positions, forms, numbers), **keywords)
        return taken_apart(returned, "what the function returned")[0]

    def slopes(numbers: Sequence[Any]) -> list[Any]:
        return [slope for row in jacobian(outputs)(list(numbers)) for slope in row]

    def plain_outputs(numbers: Sequence[float]) -> list[float]:
        with no_grad():
            return [_data(output) for output in outputs([Value(number) for number in numbers])]

    point = [_data(number) for number in point]
    _compare(plain_outputs, slopes(point), point, names, order=1)
    if order == 2:
        second = [slope for row in jacobian(slopes)(point) for slope in row]
        _compare(slopes, second, point, names, order=2)


def _made_of_floats(args: Sequence[Any]) -> tuple[int, ...]:
    """The arguments to differentiate where the user names none."""
    first = args and is_number(args[0])
    places = [place for place, arg in enumerate(args) if (first and place == 0) or _has_floats(arg)]
    return tuple(places) or (0,)


def _has_floats(arg: Any) -> bool:
    """Whether it can be differentiated, and is not made of ints alone, which may be indices and the like."""
    try:
        taken_apart(arg)
    except TypeError:
        return False
    return any(
        issubclass(kind, Value) or (issubclass(kind, Real) and not issubclass(kind, Integral))
        for kind in kinds_in([arg])
    )


def _compare(
    outputs: Callable[[Sequence[float]], list[float]],
    found: Sequence[float],
    point: Sequence[float],
    names: Sequence[str],
    order: int,
) -> None:
    """Hold each derivative ``found``, output by output and number by number, against finite differences."""
    for index, name in enumerate(names):
        for row, estimate in enumerate(finite_differences(outputs, point, index)):
            _judge(found[row * len(point) + index], estimate, f"{name}, order {order}")


def _judge(derivative: float, estimate: Estimate, where: str) -> None:
    size = max(abs(estimate.slope), abs(derivative)) if math.isfinite(derivative) else abs(estimate.slope)
    agrees = abs(derivative - estimate.slope) <= RELATIVE_TOLERANCE * size + 10.0 * estimate.error
    if agrees and (estimate.error <= SETTLED * size or estimate.is_lost(size)):
        return
    if not agrees and (estimate.has_a_digit() or estimate.is_lost(abs(estimate.slope))):
        raise GradientMismatchError(
            f"{where}: expected {estimate.slope:.9g} by finite differences, found {derivative:.9g}"
        )
    raise ValueError(
        f"{where}: finite differences do not settle (about {estimate.slope:.6g}, uncertain by {estimate.error:.1g}; "
        f"found {derivative:.9g}); choose a point further from kinks and edges"
    )


def _data(output: Any) -> float:
    return output.data if isinstance(output, Value) else float(output)
