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
    def __call__(self, x: float, /, *others: object, **keywords: object) -> float: ...
    @overload
    def __call__(self, x: list[int], /, *others: object, **keywords: object) -> list[float]: ...
    @overload
    def __call__(self, x: Argument, /, *others: object, **keywords: object) -> Argument: ...


class ValueAndGradient(Protocol):
    """``value_and_grad(f)``."""

    @overload
    def __call__(self, x: float, /, *others: object, **keywords: object) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: list[int], /, *others: object, **keywords: object) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: object, **keywords: object) -> tuple[Value, Value]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Argument, /, *others: object, **keywords: object) -> tuple[float, Argument]: ...


class GradientAndAux(Protocol[AuxCo]):
    """``grad(f, has_aux=True)``."""

    @overload
    def __call__(self, x: float, /, *others: object, **keywords: object) -> tuple[float, AuxCo]: ...
    @overload
    def __call__(self, x: list[int], /, *others: object, **keywords: object) -> tuple[list[float], AuxCo]: ...
    @overload
    def __call__(self, x: Argument, /, *others: object, **keywords: object) -> tuple[Argument, AuxCo]: ...


class ValueAndAuxAndGradient(Protocol[AuxCo]):
    """``value_and_grad(f, has_aux=True)``."""

    @overload
    def __call__(self, x: float, /, *others: object, **keywords: object) -> tuple[tuple[float, AuxCo], float]: ...
    @overload
    def __call__(
        self, x: list[int], /, *others: object, **keywords: object
    ) -> tuple[tuple[float, AuxCo], list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: object, **keywords: object) -> tuple[tuple[Value, AuxCo], Value]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Argument, /, *others: object, **keywords: object) -> tuple[tuple[float, AuxCo], Argument]: ...


class SecondDerivatives(Protocol):
    """``hessian(f)`` of one number."""

    @overload
    def __call__(self, x: float, /, *others: object, **keywords: object) -> float: ...
    @overload
    def __call__(self, x: list[float] | list[int], /, *others: object, **keywords: object) -> list[list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *others: object, **keywords: object) -> Value: ...
    @overload
    def __call__(self, x: Any, /, *others: object, **keywords: object) -> Any: ...


Pull = Callable[[Any], Primals]
"""What ``vjp`` gives beside the value: from the cotangent to the gradients with respect to the arguments."""
