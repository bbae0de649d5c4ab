"""Derivatives of functions: grad, value_and_grad, jacobian, hessian and hvp.

The function is called with Values and returns one (or a sequence of them, for :func:`jacobian`). It takes its numbers
one by one, ``f(x, y)``, or as one sequence, ``f([x, y])``. Results are floats; where one derivative is taken inside
another, as in ``grad(grad(f))``, the inner results are Values, so that the outer one sees how they depend on its
variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_core.gradients import gradients
from autograd_core.recording import recording
from autograd_core.value import Value

_depth: ContextVar[int] = ContextVar("depth", default=0)
"""How many derivatives are being taken around the current call."""


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of ``f`` as a function of the same arguments.

    Args:
        f: takes numbers, or sequences of numbers, and returns one number.
        argnums: by which argument to differentiate; several give a tuple of gradients.

    Returns:
        A function. Its result has the form of the argument: a float, or a list of floats for a sequence. An argument
        that ``f`` ignores has the gradient 0.0.

    Raises:
        TypeError: ``f`` returns something else than one number.
        IndexError: there is no argument ``argnums``.

    >>> import autograd_core as ag
    >>> ag.grad(lambda x, y: x * x * y)(3.0, 2.0)
    12.0
    >>> ag.grad(lambda v: v[0] * v[1])([3.0, 2.0])
    [2.0, 3.0]
    >>> ag.grad(ag.grad(ag.grad(lambda x: x**4)))(2.0)
    48.0
    """
    value_and_gradient = value_and_grad(f, argnums)

    def gradient(*args: Any) -> Any:
        return value_and_gradient(*args)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """Like :func:`grad`, with the value of ``f`` before the gradient.

    >>> import autograd_core as ag
    >>> ag.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        positions = [argnums] if isinstance(argnums, int) else list(argnums)
        call = _Call(f, args, positions)
        root = call.scalar()
        slopes = call.shaped_like_arguments(call.gradients_of(root))
        return call.result(root), slopes[0] if isinstance(argnums, int) else tuple(slopes)

    return value_and_gradient


def jacobian(f: Callable[..., Any]) -> Callable[..., list[list[Any]]]:
    """The matrix of partial derivatives: row i, column j is ∂f_i/∂x_j over all arguments.

    Args:
        f: returns a sequence of numbers; one number gives a matrix of one row.

    >>> import autograd_core as ag
    >>> ag.jacobian(lambda x, y: [x * y, x + y])(3.0, 2.0)
    [[2.0, 3.0], [1.0, 1.0]]
    """

    def matrix(*args: Any) -> list[list[Any]]:
        call = _Call(f, args, range(len(args)))
        return [call.gradients_of(root) for root in call.vector()]

    return matrix


def hessian(f: Callable[..., Any]) -> Callable[..., list[list[Any]]]:
    """The matrix of second derivatives of a function of numbers, or of one sequence, to one number.

    >>> import autograd_core as ag
    >>> ag.hessian(lambda x, y: x * x * y)(3.0, 2.0)
    [[4.0, 6.0], [6.0, 0.0]]
    """

    def matrix(*args: Any) -> list[list[Any]]:
        call = _Call(f, args, range(len(args)))
        slopes = gradients(call.scalar(), call.variables, create_graph=True)
        return [call.gradients_of(slope) for slope in slopes]

    return matrix


def hvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """The Hessian times a vector, without the Hessian: two backward passes whatever the number of variables.

    Returns:
        A function of the arguments of ``f`` and, last, the vector: as many numbers as there are variables. Its result
        is a list; for one number as the only argument, and a number as vector, it is a float.

    Raises:
        ValueError: the vector has another length than there are variables.

    >>> import autograd_core as ag
    >>> ag.hvp(lambda v: v[0] * v[0] * v[1])([3.0, 2.0], [1.0, 0.0])
    [4.0, 6.0]
    >>> ag.hvp(lambda x: x**3)(2.0, 1.0)
    12.0
    """

    def product(*args_and_vector: Any) -> Any:
        if len(args_and_vector) < 2:
            raise TypeError("hvp(f) is called with the arguments of f and then the vector")
        *args, vector = args_and_vector
        call = _Call(f, args, range(len(args)))
        weights = list(vector) if _is_sequence(vector) else [vector]
        if len(weights) != len(call.variables):
            raise ValueError(f"hvp() needs a vector of {len(call.variables)} numbers, got {len(weights)}")
        slopes = gradients(call.scalar(), call.variables, create_graph=True)
        directional = Value(0.0)
        for slope, weight in zip(slopes, weights):
            directional = directional + slope * weight
        products = call.gradients_of(directional)
        return products if _is_sequence(vector) else products[0]

    return product


class _Call:
    """One evaluation of ``f`` with fresh variables in place of the arguments to differentiate by."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], positions: Sequence[int]) -> None:
        self.nested = _depth.get() > 0 or any(isinstance(item, Value) for arg in args for item in _items(arg))
        self.variables: list[Value] = []
        self._positions = [_position(position, args) for position in positions]
        if len(set(self._positions)) < len(self._positions):
            raise ValueError(f"argnums={tuple(positions)} names an argument twice")
        self._arguments = [_as_argument(arg) for arg in args]
        for position in self._positions:
            self._arguments[position] = self._fresh(args[position])
        with recording(True), _one_deeper():
            self._returned = f(*self._arguments)

    def _fresh(self, arg: Any) -> Any:
        """New Values for an argument, one for each number, noted as variables."""
        fresh = [_variable(item) for item in _items(arg)]
        self.variables += fresh
        return fresh if _is_sequence(arg) else fresh[0]

    def scalar(self) -> Value:
        """What ``f`` returned, as one Value."""
        return _as_root(self._returned, "use jacobian() for a function that returns several")

    def vector(self) -> list[Value]:
        """What ``f`` returned, as a list of Values."""
        return [_as_root(item, "jacobian() takes one number or a flat sequence") for item in _items(self._returned)]

    def gradients_of(self, root: Value) -> list[Any]:
        """∂root/∂variable for each variable: floats, or Values in a nested call."""
        with recording(True):
            return gradients(root, self.variables, create_graph=self.nested)

    def shaped_like_arguments(self, slopes: list[Any]) -> list[Any]:
        """One result per differentiated argument, a list where the argument is one."""
        shaped = []
        remaining = iter(slopes)
        for position in self._positions:
            argument = self._arguments[position]
            if isinstance(argument, list):
                shaped.append([next(remaining) for _ in argument])
            else:
                shaped.append(next(remaining))
        return shaped

    def result(self, value: Value) -> Any:
        """A value of the call: a float, or the Value itself in a nested call."""
        return value if self.nested else value.data


@contextmanager
def _one_deeper() -> Iterator[None]:
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


def _is_sequence(arg: Any) -> bool:
    return (isinstance(arg, Sequence) and not isinstance(arg, str)) or getattr(arg, "ndim", 0) > 0


def _items(arg: Any) -> list[Any]:
    return list(arg) if _is_sequence(arg) else [arg]


def _position(position: int, args: Sequence[Any]) -> int:
    if not -len(args) <= position < len(args):
        raise IndexError(f"there is no argument {position}: the function was called with {len(args)}")
    return position % len(args)


def _variable(item: Any) -> Value:
    """A Value of its own to differentiate by; a Value stays connected to what it was computed from."""
    return item * 1.0 if isinstance(item, Value) else Value(item)


def _as_argument(arg: Any) -> Any:
    """An argument that is not differentiated by: numbers become Values too, so that ``f`` can treat all alike."""
    if _is_sequence(arg):
        return [_as_argument(item) for item in arg]
    try:
        return Value(arg)
    except TypeError:
        return arg


def _as_root(returned: Any, advice: str) -> Value:
    if isinstance(returned, Value):
        return returned
    try:
        return Value(returned)
    except TypeError:
        raise TypeError(f"the function must return one number, got {type(returned).__name__}: {advice}") from None
