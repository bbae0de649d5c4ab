"""A Value in Python's hands behaves as its number: rounded, compared, formatted, and given to NumPy's functions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import pi
from typing import Any, NoReturn, Self

from autograd_core import primitives
from autograd_core.condition import AnyValue, Combinable, Condition, compared
from autograd_core.graph import is_node
from autograd_core.primitives import Primitive, as_constant, data_of


def _method(primitive: Primitive) -> Callable[[NumberLike[AnyValue]], AnyValue]:
    """A function of one operand as a method."""

    def method(self: NumberLike[AnyValue]) -> AnyValue:
        return self.__apply_primitive__(primitive, (self,))

    return as_method_of(primitive, method)


def as_method_of(primitive: Primitive, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method with the name and the description of the primitive that it applies."""
    method.__name__ = primitive.__name__
    method.__qualname__ = f"Value.{primitive.__name__}"
    summary = (primitive.__doc__ or "").partition("\n")[0]
    method.__doc__ = f"``ag.{primitive.__name__}`` of this Value: {summary}"
    return method


def _is_operand(other: Any) -> bool:
    """Whether an operator is meant for it: a Value or a number."""
    return is_node(other) or as_constant(other) is not None


class NumberLike(Combinable[AnyValue]):
    """What a Value does as a number does, and as an array of Values has it done by NumPy; all of it recorded."""

    __slots__ = ()

    __apply_primitive__: Callable[[Primitive, tuple[Any, ...]], AnyValue]

    def _applied(self, op: Primitive, *operands: Any) -> AnyValue:
        """An operator; NotImplemented with what is neither a Value nor a number."""
        for operand in operands:
            if operand is not self and not _is_operand(operand):
                return NotImplemented  # type: ignore[no-any-return]
        applied: AnyValue = op(*operands)
        return applied

    def __mod__(self, other: Any) -> AnyValue:
        return self._applied(primitives.remainder, self, other)

    def __rmod__(self, other: Any) -> AnyValue:
        return self._applied(primitives.remainder, other, self)

    def __floordiv__(self, other: Any) -> AnyValue:
        return self._applied(primitives.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> AnyValue:
        return self._applied(primitives.floor_divide, other, self)

    def __divmod__(self, other: Any) -> tuple[AnyValue, AnyValue]:
        return (self // other, self % other) if _is_operand(other) else NotImplemented

    def __rdivmod__(self, other: Any) -> tuple[AnyValue, AnyValue]:
        return (other // self, other % self) if _is_operand(other) else NotImplemented

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> AnyValue:
        return self.__apply_primitive__(primitives.abs_, (self,))

    def __round__(self, ndigits: int | None = None) -> AnyValue:
        return self.__apply_primitive__(primitives.round_, (self, 0.0 if ndigits is None else float(ndigits)))

    def __floor__(self) -> AnyValue:
        return self.__apply_primitive__(primitives.floor, (self,))

    def __ceil__(self) -> AnyValue:
        return self.__apply_primitive__(primitives.ceil, (self,))

    def __trunc__(self) -> AnyValue:
        return self.__apply_primitive__(primitives.trunc, (self,))

    # -- comparisons, truth and format are the number's; hash() is the node's, so that sets tell nodes apart --

    def __lt__(self, other: Any) -> Condition[AnyValue]:
        return compared(primitives.less, operator.lt, self, other)

    def __le__(self, other: Any) -> Condition[AnyValue]:
        return compared(primitives.less_equal, operator.le, self, other)

    def __gt__(self, other: Any) -> Condition[AnyValue]:
        return compared(primitives.greater, operator.gt, self, other)

    def __ge__(self, other: Any) -> Condition[AnyValue]:
        return compared(primitives.greater_equal, operator.ge, self, other)

    def __eq__(self, other: object) -> Condition[AnyValue]:  # type: ignore[override]
        return compared(primitives.equal, operator.eq, self, other)

    def __ne__(self, other: object) -> Condition[AnyValue]:  # type: ignore[override]
        return compared(primitives.not_equal, operator.ne, self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def __format__(self, specification: str) -> str:
        return format(data_of(self), specification) if specification else str(self)

    # -- what would lose the gradient --

    def __float__(self) -> NoReturn:
        raise TypeError(
            "a Value does not turn into a float by itself, which would lose its gradient: v.data is its number, and "
            "functions of Values are the package's own, such as ag.sin(v) in place of math.sin(v)"
        )

    def __int__(self) -> NoReturn:
        raise TypeError(
            "a Value does not turn into an int by itself, which would lose its gradient: int(v.data) is one, and "
            "ag.floor(v), ag.trunc(v) and round(v) give Values"
        )

    # -- functions as methods: np.exp2 works on an array of Values, and x.expm1().square() reads well --

    exp2 = _method(primitives.exp2)
    expm1 = _method(primitives.expm1)
    log2 = _method(primitives.log2)
    log10 = _method(primitives.log10)
    log1p = _method(primitives.log1p)
    cbrt = _method(primitives.cbrt)
    square = _method(primitives.square)
    reciprocal = _method(primitives.reciprocal)
    sign = _method(primitives.sign)
    tan = _method(primitives.tan)
    asin = _method(primitives.asin)
    acos = _method(primitives.acos)
    atan = _method(primitives.atan)
    sinh = _method(primitives.sinh)
    cosh = _method(primitives.cosh)
    asinh = _method(primitives.asinh)
    acosh = _method(primitives.acosh)
    atanh = _method(primitives.atanh)
    erf = _method(primitives.erf)
    erfc = _method(primitives.erfc)
    lgamma = _method(primitives.lgamma)
    log_sigmoid = _method(primitives.log_sigmoid)
    selu = _method(primitives.selu)
    gelu = _method(primitives.gelu)
    silu = _method(primitives.silu)
    mish = _method(primitives.mish)
    softsign = _method(primitives.softsign)
    floor = _method(primitives.floor)
    ceil = _method(primitives.ceil)
    trunc = _method(primitives.trunc)
    digamma = _method(primitives.digamma)
    erfinv = _method(primitives.erfinv)
    abs = __abs__

    def leaky_relu(self, negative_slope: Any = 0.01) -> AnyValue:
        """``ag.leaky_relu`` of this Value."""
        result: AnyValue = primitives.leaky_relu(self, negative_slope)
        return result

    def elu(self, alpha: Any = 1.0) -> AnyValue:
        """``ag.elu`` of this Value."""
        result: AnyValue = primitives.elu(self, alpha)
        return result

    # -- NumPy's names, which it looks up on the elements of an array of Values --

    arcsin = asin
    arccos = acos
    arctan = atan
    arcsinh = asinh
    arccosh = acosh
    arctanh = atanh
    fabs = __abs__
    rint = __round__
    conjugate = __pos__

    def arctan2(self, x: Any) -> AnyValue:
        """``ag.atan2`` of this Value and ``x``."""
        result: AnyValue = primitives.atan2(self, x)
        return result

    def hypot(self, other: Any) -> AnyValue:
        """``ag.hypot`` of this Value and another."""
        result: AnyValue = primitives.hypot(self, other)
        return result

    def deg2rad(self) -> AnyValue:
        """An angle in degrees as radians."""
        return self._applied(primitives.multiply, self, pi / 180.0)

    def rad2deg(self) -> AnyValue:
        """An angle in radians as degrees."""
        return self._applied(primitives.multiply, self, 180.0 / pi)

    radians = deg2rad
    degrees = rad2deg
