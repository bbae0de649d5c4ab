"""Condition: what a comparison of Values gives. Python asks it for its truth; the graph records it as a number."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf, nan, nextafter
from typing import Any, Generic, TypeVar

from autograd_core import primitives
from autograd_core.contexts import open_contexts, show_truth
from autograd_core.graph import is_node
from autograd_core.primitives import Primitive, as_constant, data_of

AnyValue = TypeVar("AnyValue")

_RECORDED_UFUNCS = frozenset({
    "add", "subtract", "multiply", "divide", "floor_divide", "remainder", "power", "negative", "positive", "absolute",
    "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "matmul",
})  # fmt: skip


class Combinable(Generic[AnyValue]):
    """``& | ^ ~`` of conditions, and of Values that are the numbers of conditions: recorded."""

    __slots__ = ()

    def __and__(self, other: Any) -> AnyValue:
        return self._combined(primitives.both, "&", other)

    def __rand__(self, other: Any) -> AnyValue:
        return self._combined(primitives.both, "&", other, reflected=True)

    def __or__(self, other: Any) -> AnyValue:
        return self._combined(primitives.either, "|", other)

    def __ror__(self, other: Any) -> AnyValue:
        return self._combined(primitives.either, "|", other, reflected=True)

    def __xor__(self, other: Any) -> AnyValue:
        return self._combined(primitives.not_equal, "^", other)

    def __rxor__(self, other: Any) -> AnyValue:
        return self._combined(primitives.not_equal, "^", other, reflected=True)

    def __invert__(self) -> AnyValue:
        recorded: AnyValue = negated(self)
        return recorded

    def _combined(self, op: Primitive, sign: str, other: Any, reflected: bool = False) -> AnyValue:
        recorded: AnyValue = combined(op, sign, self, other, reflected)
        return recorded


class Condition(Combinable[AnyValue]):
    """Whether a comparison such as ``x > 0`` holds.

    Where Python asks for its truth, it gives plain Python: ``if``, ``and``, ``not``, ``bool()``, ``int()``, indexing,
    ``==``, ``hash()``, formatting, sorting, and NumPy's masks. What Python decides with it is decided for good: a
    replay of the graph does not decide anew.

    Where it meets the graph, it is recorded: as the condition of ``ag.where``, combined by ``& | ^ ~``, and as the
    number 0 or 1 in arithmetic (so ``sum()`` counts conditions). No gradient flows into it, and a replay computes it
    anew for each row.

    Attributes:
        op: the primitive that compares.
        operands: what it compares; a plain float is a constant.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> if x > 0:
    ...     print(f"{x.data} is positive: {x > 0}")
    3.0 is positive: True
    >>> x > 0
    Condition(x > 0: True)
    >>> inside = (x > 0) & (x < 2)
    >>> inside.data, ag.where(inside, x, -x).data
    (0.0, -3.0)
    """

    __slots__ = ("_node", "_truth", "op", "operands")

    op: Primitive
    operands: tuple[AnyValue | float, ...]

    def __init__(self, op: Primitive, operands: tuple[AnyValue | float, ...], truth: bool) -> None:
        self.op = op
        self.operands = operands
        self._truth = truth
        self._node: AnyValue | None = None

    def recorded(self) -> AnyValue:
        """The condition as a node of the graph, whose number is 1 or 0; the same each time.

        Raises:
            ValueError: the ``data`` of an operand was changed since it was compared.
        """
        node: Any = self._node
        if node is None or not node.operands:  # in no_grad() nothing was recorded
            node = self.op(*self.operands)
            if (node.data != 0.0) is not self._truth:
                raise ValueError(
                    f"{self!r} no longer holds: the data of an operand was changed since it was compared; compare again"
                )
            self._node = node
        recorded: AnyValue = node
        return recorded

    def __apply_primitive__(self, primitive: Primitive, operands: tuple[Any, ...]) -> AnyValue:
        """Record the conditions among the operands, and then the primitive on their numbers."""
        applied: Any
        if primitive is primitives.where and any(operand is None for operand in operands):
            applied = Gated.choosing(*operands)
        else:
            recorded = [operand.recorded() if isinstance(operand, Condition) else operand for operand in operands]
            node: Any = next(operand for operand in recorded if is_node(operand))
            applied = node.__apply_primitive__(primitive, tuple(recorded))
        value: AnyValue = applied
        return value

    # -- its truth, in plain Python --

    def __bool__(self) -> bool:
        if open_contexts:
            show_truth(self, self._truth)
        return self._truth

    def __int__(self) -> int:
        return int(bool(self))

    __index__ = __int__

    def __float__(self) -> float:
        return float(bool(self))

    def __hash__(self) -> int:
        return hash(bool(self))

    def __eq__(self, other: object) -> Any:
        return bool(self) == _plain(other)

    def __ne__(self, other: object) -> Any:
        return bool(self) != _plain(other)

    def __lt__(self, other: Any) -> Any:
        return bool(self) < _plain(other)

    def __le__(self, other: Any) -> Any:
        return bool(self) <= _plain(other)

    def __gt__(self, other: Any) -> Any:
        return bool(self) > _plain(other)

    def __ge__(self, other: Any) -> Any:
        return bool(self) >= _plain(other)

    def __str__(self) -> str:
        return str(bool(self))

    def __format__(self, specification: str) -> str:
        return format(bool(self), specification)

    def __repr__(self) -> str:
        texts = [getattr(operand, "label", "") or f"{getattr(operand, 'data', operand):g}" for operand in self.operands]
        return f"Condition({self.op.source.format(*texts)}: {self})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.array(bool(self), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """NumPy's arithmetic and ``& | ^ ~`` record it, as Python's do; its other functions get its truth.

        Those which know no bools, such as ``numpy.sin``, get 0 or 1: of a bool they would give a float of 16 bits.
        """
        as_truth: Callable[[Condition[AnyValue]], Any] = bool if any("?" in types for types in ufunc.types) else int
        convert = Condition.recorded if ufunc.__name__ in _RECORDED_UFUNCS else as_truth
        inputs = tuple([convert(each) if isinstance(each, Condition) else each for each in inputs])
        return getattr(ufunc, method)(*inputs, **keywords)

    # -- recorded: as the number 0 or 1 in arithmetic --

    def __add__(self, other: Any) -> AnyValue:
        return self._calculated(operator.add, other)

    def __radd__(self, other: Any) -> AnyValue:
        return self._calculated(operator.add, other, reflected=True)

    def __sub__(self, other: Any) -> AnyValue:
        return self._calculated(operator.sub, other)

    def __rsub__(self, other: Any) -> AnyValue:
        return self._calculated(operator.sub, other, reflected=True)

    def __mul__(self, other: Any) -> AnyValue:
        return self._calculated(operator.mul, other)

    def __rmul__(self, other: Any) -> AnyValue:
        return self._calculated(operator.mul, other, reflected=True)

    def __truediv__(self, other: Any) -> AnyValue:
        return self._calculated(operator.truediv, other)

    def __rtruediv__(self, other: Any) -> AnyValue:
        return self._calculated(operator.truediv, other, reflected=True)

    def __floordiv__(self, other: Any) -> AnyValue:
        return self._calculated(operator.floordiv, other)

    def __rfloordiv__(self, other: Any) -> AnyValue:
        return self._calculated(operator.floordiv, other, reflected=True)

    def __mod__(self, other: Any) -> AnyValue:
        return self._calculated(operator.mod, other)

    def __rmod__(self, other: Any) -> AnyValue:
        return self._calculated(operator.mod, other, reflected=True)

    def __pow__(self, other: Any) -> AnyValue:
        return self._calculated(operator.pow, other)

    def __rpow__(self, other: Any) -> AnyValue:
        return self._calculated(operator.pow, other, reflected=True)

    def __neg__(self) -> AnyValue:
        return self._calculated(operator.mul, -1.0)

    def __pos__(self) -> AnyValue:
        return self.recorded()

    def __abs__(self) -> AnyValue:
        return self.recorded()

    def _calculated(self, operate: Callable[[Any, Any], Any], other: Any, reflected: bool = False) -> AnyValue:
        if not _is_operand(other):  # "s" * (n > 1) repeats the text, as it does for a bool
            return NotImplemented  # type: ignore[no-any-return]
        other = other.recorded() if isinstance(other, Condition) else other
        result: AnyValue = operate(other, self.recorded()) if reflected else operate(self.recorded(), other)
        return result


def compared(op: Primitive, compare: Callable[[Any, Any], Any], value: Any, other: Any) -> Condition[Any]:
    """The comparison of a Value with a Value or a number; NotImplemented with anything else."""
    if is_node(other):
        return Condition(op, (value, other), compare(data_of(value), data_of(other)))
    if (constant := as_constant(other)) is None:
        return NotImplemented  # type: ignore[no-any-return]
    if other.__class__ is not float and constant != other:
        constant = _stand_in(op, constant, other)
    return Condition(op, (value, constant), compare(data_of(value), constant))


def _stand_in(op: Primitive, nearest: float, number: Any) -> float:
    """The float that every float compares with as it does with a number that is no float, such as 2⁵³ + 1 or ⅓."""
    if op is primitives.equal or op is primitives.not_equal:
        return nan
    if op is primitives.less or op is primitives.greater_equal:
        return nextafter(nearest, inf) if nearest < number else nearest
    return nextafter(nearest, -inf) if nearest > number else nearest


class Gated:
    """A derivative that there is only where a condition holds, or only where it does not: that of a branch.

    Attributes:
        condition: 0 or 1, recorded.
        if_true, if_false: the derivative, and None for the other of the two.
    """

    __slots__ = ("condition", "if_false", "if_true")

    def __init__(self, condition: Any, if_true: Any, if_false: Any) -> None:
        self.condition = condition
        self.if_true = if_true
        self.if_false = if_false

    @classmethod
    def choosing(cls, condition: Any, if_true: Any, if_false: Any) -> Gated:
        """What ``choose(condition, if_true, if_false)`` is where one of the branches is None."""
        return cls(condition.recorded() if isinstance(condition, Condition) else condition, if_true, if_false)

    @property
    def data(self) -> float | None:
        """The number of the derivative now; None where there is none."""
        derivative = self.if_true if self.condition.data else self.if_false
        number: float | None = getattr(derivative, "data", derivative)
        return number

    def passed_on(self, times: Callable[[Any], Any]) -> Any:
        """What passes through it, with ``times`` for the product by the derivative; 0 where there is none."""
        branches = [0.0 if derivative is None else times(derivative) for derivative in (self.if_true, self.if_false)]
        return primitives.where(self.condition, *branches)


def combined(op: Primitive, sign: str, own: Any, other: Any, reflected: bool = False) -> Any:
    """``own & other`` and its like, recorded; NotImplemented for an array, which does it element by element."""
    if getattr(other, "ndim", 0):
        return NotImplemented
    _check_is_truth(own, sign)
    _check_is_truth(other, sign)
    return op(other, own) if reflected else op(own, other)


def negated(condition: Any) -> Any:
    """``~condition``, recorded."""
    _check_is_truth(condition, "~")
    return primitives.negation(condition)


def _is_operand(other: Any) -> bool:
    """Whether arithmetic with a condition is meant for numbers: those of an array, too."""
    return is_node(other) or isinstance(other, Condition) or hasattr(other, "ndim") or as_constant(other) is not None


def _check_is_truth(operand: Any, sign: str) -> None:
    """Raise TypeError for what is neither a condition nor 0 or 1, as combined conditions and bools are."""
    if isinstance(operand, Condition):
        return
    number = operand.data if is_node(operand) else operand
    if as_constant(number) not in (0.0, 1.0):
        raise TypeError(f"{sign} combines conditions such as x > 0, got {operand!r}: write a comparison in its place")


def _plain(other: Any) -> Any:
    return bool(other) if isinstance(other, Condition) else other
