"""Checks for users: gradients against finite differences."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from autograd_core.functional import jacobian
from autograd_core.recording import no_grad
from autograd_core.value import Value

RELATIVE_TOLERANCE = 1e-5
"""How far a derivative may be from the finite difference: a fault of 0.05 % is 50 times that."""


NEGLIGIBLE = 1e-6
"""A derivative below this cannot be told from 0 by differences of outputs that are of the order of 1."""


class GradientMismatchError(AssertionError):
    """A derivative that finite differences contradict."""


def check_grads(f: Callable[..., Any], *args: Any, order: int = 1) -> None:
    """Compare the derivatives of ``f`` at a point with finite differences; say nothing where they agree.

    Each argument has steps of its own, from a tenth of its size downwards, and Richardson's extrapolation makes one
    estimate of them, with an estimate of its error (Ridders, Advances in Engineering Software 4, 1982).

    Args:
        f: takes numbers or one sequence of numbers; returns a number or a flat sequence of them.
        args: the point, a little way from kinks and from the edges of the domain.
        order: 1 for the first derivatives, 2 for the second ones too.

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
    autograd_core.checking.GradientMismatchError: argument 0, order 1: expected 2 by finite differences, found 2.001
    """
    if order not in (1, 2):
        raise ValueError(f"check_grads() checks the orders 1 and 2, got order={order!r}")
    point = [number for arg in args for number in _numbers(arg)]

    def outputs(numbers: Sequence[float]) -> list[float]:
        with no_grad():
            return [_data(output) for output in _numbers(f(*_like(args, [Value(number) for number in numbers])))]

    def slopes(numbers: Sequence[float]) -> list[float]:
        return [slope for row in jacobian(f)(*_like(args, numbers)) for slope in row]

    _compare(outputs, slopes(point), point, args, order=1)
    if order == 2:

        def all_slopes(*variables: Any) -> list[Any]:
            return [slope for row in jacobian(f)(*_like(args, variables)) for slope in row]

        second = [slope for row in jacobian(all_slopes)(*point) for slope in row]
        _compare(slopes, second, point, args, order=2)


def _compare(
    outputs: Callable[[Sequence[float]], list[float]],
    found: Sequence[float],
    point: Sequence[float],
    args: Sequence[Any],
    order: int,
) -> None:
    """Hold each derivative ``found``, output by output and argument by argument, against finite differences."""
    for index in range(len(point)):
        for row, (expected, error) in enumerate(_finite_differences(outputs, point, index)):
            derivative = found[row * len(point) + index]
            size = max(abs(expected), abs(derivative))
            where = f"{_name(args, index)}, order {order}"
            if abs(derivative - expected) > RELATIVE_TOLERANCE * size + 10.0 * error:
                raise GradientMismatchError(
                    f"{where}: expected {expected:.9g} by finite differences, found {derivative:.9g}"
                )
            if not error <= 0.1 * RELATIVE_TOLERANCE * max(size, NEGLIGIBLE):
                raise ValueError(
                    f"{where}: finite differences do not settle (about {expected:.6g}, uncertain by {error:.1g}; "
                    f"found {derivative:.9g}); choose a point further from kinks and edges"
                )


def _finite_differences(
    outputs: Callable[[Sequence[float]], list[float]], point: Sequence[float], index: int
) -> list[tuple[float, float]]:
    """For each output its derivative by one coordinate, and how uncertain that is: the best of two scales of steps."""
    x = point[index]
    first_steps = {0.1, 0.1 * abs(x) or 0.1}
    candidates = [_from_steps(outputs, point, index, first_step) for first_step in sorted(first_steps)]
    return [min(column, key=lambda estimate: estimate[1]) for column in zip(*candidates)]


def _from_steps(
    outputs: Callable[[Sequence[float]], list[float]], point: Sequence[float], index: int, first_step: float
) -> list[tuple[float, float]]:
    """Central differences with a step that halves from one to the next, extrapolated to the step 0."""
    differences = []
    noise = []
    for halvings in range(12):
        above, below = list(point), list(point)
        above[index] += first_step * 0.5**halvings
        below[index] -= first_step * 0.5**halvings
        width = above[index] - below[index]
        pairs = list(zip(outputs(above), outputs(below)))
        differences.append([(high - low) / width if width else math.nan for high, low in pairs])
        noise.append([(abs(high) + abs(low)) * sys.float_info.epsilon / (width or math.inf) for high, low in pairs])
    return [_extrapolate(*columns) for columns in zip(zip(*differences), zip(*noise))]


def _extrapolate(differences: Sequence[float], noise: Sequence[float]) -> tuple[float, float]:
    """The most certain entry of Richardson's table: how it differs from its parents, and its rounding noise."""
    best, best_error = math.nan, math.inf
    column = differences
    factor = 4.0  # the error of a central difference goes with the square of its step
    while len(column) > 1:
        refined = [(factor * fine - coarse) / (factor - 1.0) for coarse, fine in itertools.pairwise(column)]
        roundings = noise[len(differences) - len(refined) :]
        for parents, entry, rounding in zip(itertools.pairwise(column), refined, roundings):
            error = max(abs(entry - parents[0]), abs(entry - parents[1]), rounding)
            if error < best_error:
                best, best_error = entry, error
        column = refined
        factor *= 4.0
    return best, best_error


def _numbers(arg: Any) -> list[Any]:
    return list(arg) if isinstance(arg, Sequence) else [arg]


def _data(output: Any) -> float:
    return output.data if isinstance(output, Value) else float(output)


def _like(args: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
    """The numbers in the form of the arguments."""
    remaining = iter(numbers)
    return [[next(remaining) for _ in arg] if isinstance(arg, Sequence) else next(remaining) for arg in args]


def _name(args: Sequence[Any], index: int) -> str:
    """Which argument a coordinate belongs to, such as ``argument 1`` or ``argument 0[2]``."""
    for position, arg in enumerate(args):
        count = len(_numbers(arg))
        if index < count:
            return f"argument {position}[{index}]" if isinstance(arg, Sequence) else f"argument {position}"
        index -= count
    raise IndexError(index)
