"""What derivatives of functions are called with and give, for type checkers: nothing here runs.

Where one derivative is taken inside another there are Values in place of floats, which no type tells beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, overload

from autograd_core.value import Value

Argument = TypeVar("Argument")
AuxCo = TypeVar("AuxCo", covariant=True)
Primals = TypeVar("Primals", covariant=True)


class Gradient(Protocol):
    """Of the type of the first argument: ``grad(f)``, and ``jacobian(f)`` of one number."""

    @overload
    def __call__(self, x: float, /, *others: Any, **keywords: Any) -> float: ...
    @overload
    def __call__(self, x: list[int], /, *others: Any, **keywords: Any) -> list[float]: ...
    @overload
    def __call__(self, x: Argument, /, *others: Any, **keywords: Any) -> Argument: ...


class ValueAndGradient(Protocol):
    """``value_and_grad(f)``."""

    @overload
    def __call__(self, x: float, /, *others: Any, **keywords: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: list[int], /, *others: Any, **keywords: Any) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: Any, **keywords: Any) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: Argument, /, *others: Any, **keywords: Any) -> tuple[float, Argument]: ...


class GradientAndAux(Protocol[AuxCo]):
    """``grad(f, has_aux=True)``."""

    @overload
    def __call__(self, x: float, /, *others: Any, **keywords: Any) -> tuple[float, AuxCo]: ...
    @overload
    def __call__(self, x: list[int], /, *others: Any, **keywords: Any) -> tuple[list[float], AuxCo]: ...
    @overload
    def __call__(self, x: Argument, /, *others: Any, **keywords: Any) -> tuple[Argument, AuxCo]: ...


class ValueAndAuxAndGradient(Protocol[AuxCo]):
    """``value_and_grad(f, has_aux=True)``."""

    @overload
    def __call__(self, x: float, /, *others: Any, **keywords: Any) -> tuple[tuple[float, AuxCo], float]: ...
    @overload
    def __call__(self, x: list[int], /, *others: Any, **keywords: Any) -> tuple[tuple[float, AuxCo], list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: Any, **keywords: Any) -> tuple[tuple[Value, AuxCo], Value]: ...
    @overload
    def __call__(self, x: Argument, /, *others: Any, **keywords: Any) -> tuple[tuple[float, AuxCo], Argument]: ...


class SecondDerivatives(Protocol):
    """``hessian(f)`` of one number."""

    @overload
    def __call__(self, x: float, /, *others: Any, **keywords: Any) -> float: ...
    @overload
    def __call__(self, x: list[float] | list[int], /, *others: Any, **keywords: Any) -> list[list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: Any, **keywords: Any) -> Value: ...
    @overload
    def __call__(self, x: Any, /, *others: Any, **keywords: Any) -> Any: ...


Pull = Callable[[Any], Primals]
"""What ``vjp`` gives beside the value: from the cotangent to the gradients with respect to the arguments."""
