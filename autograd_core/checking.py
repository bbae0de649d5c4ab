"""Checks for users: gradients against finite differences, and the first number that is not finite."""

from __future__ import annotations

import itertools
import linecache
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd_core import backward, recording
from autograd_core.functional import jacobian
from autograd_core.graph import Node
from autograd_core.value import Value

RELATIVE_TOLERANCE = 1e-5
"""How far a derivative may be from the finite difference: a fault of 0.05 % is 50 times that."""


NEGLIGIBLE = 1e-6
"""A derivative below this cannot be told from 0 by differences of outputs that are of the order of 1."""


class GradientMismatchError(AssertionError):
    """A derivative that finite differences contradict."""


class AnomalyError(ArithmeticError):
    """The first value or gradient that was not finite."""


# -- gradients against finite differences ---------------------------------------------------------------------------


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
        with recording.no_grad():
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


# -- the first number that is not finite ----------------------------------------------------------------------------


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise at the first value or gradient that is inf or nan, and say where it came from.

    The message names the node, its operands with their values, and the line of the program that recorded it. It
    concerns the nodes recorded, and the backward passes run, inside the context and in its thread.

    Raises:
        AnomalyError: at the operation that gave, or the backward step that would pass on, such a number.

    >>> import autograd_core as ag
    >>> x = ag.Value(0.0, "x")
    >>> with ag.detect_anomaly():
    ...     y = ag.log(x)
    Traceback (most recent call last):
    autograd_core.checking.AnomalyError: log gave -inf
      operands: x = 0.0
      recorded at <doctest autograd_core.checking.detect_anomaly[2]>:2: y = ag.log(x)
    """
    recorded_at: dict[int, tuple[str, int]] = {}

    def watch_value(node: Value) -> None:
        recorded_at[id(node)] = _line_of_user()
        if not math.isfinite(node.data):
            raise AnomalyError(f"{_describe(node)} gave {node.data}{_origin(node, recorded_at)}")

    def watch_gradient(node: Node, upstream: float) -> None:
        if not math.isfinite(upstream):
            raise AnomalyError(f"the gradient of {_describe(node)} is {upstream}{_origin(node, recorded_at)}")
        if upstream == 0.0:
            return
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            if local_derivative is not None and not math.isfinite(upstream * local_derivative):
                raise AnomalyError(
                    f"{_describe(node)} would pass the gradient {upstream * local_derivative} on to "
                    f"{_describe(operand)}: upstream {upstream!r} × local derivative {local_derivative!r}"
                    f"{_origin(node, recorded_at)}"
                )

    with recording.recording_context():
        record_token = recording.record_observers.set((*recording.record_observers.get(), watch_value))
        backward_token = backward.observers.set((*backward.observers.get(), watch_gradient))
        try:
            yield
        finally:
            backward.observers.reset(backward_token)
            recording.record_observers.reset(record_token)


def _describe(node: Any) -> str:
    name = node.op.name if node.op is not None else "leaf"
    return f"{name} {node.label!r}" if node.label else str(name)


def _origin(node: Any, recorded_at: dict[int, tuple[str, int]]) -> str:
    """The operands with their values, and the line that recorded the node, as lines of a message."""
    named = [
        repr(operand) if isinstance(operand, float) else f"{operand.label or _describe(operand)} = {operand.data!r}"
        for operand in node.operands
    ]
    text = f"\n  operands: {', '.join(named)}" if named else ""
    if id(node) in recorded_at:
        file, line = recorded_at[id(node)]
        text += f"\n  recorded at {file}:{line}: {linecache.getline(file, line).strip()}"
    return text


_THIS_PACKAGE = os.path.dirname(__file__)
_OUR_PACKAGES = tuple(os.path.join(os.path.dirname(_THIS_PACKAGE), name, "") for name in ("autograd_core", "nn"))


def _line_of_user() -> tuple[str, int]:
    """File and line of the innermost caller outside this project's own packages."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OUR_PACKAGES):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def is_watched() -> bool:
    """Whether each node is being watched here as it is recorded, or as a backward pass comes to it.

    :func:`detect_anomaly` and ``break_at`` do so. A replay shows them nothing, so that those who could replay a graph
    may want to know.

    >>> with detect_anomaly():
    ...     is_watched()
    True
    >>> is_watched()
    False
    """
    return bool(recording.record_observers.get() or backward.observers.get())
