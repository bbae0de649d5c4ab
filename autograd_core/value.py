"""Value: a number that remembers how it was computed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from math import inf, nan, nextafter, pi
from typing import Any, NoReturn, Self, overload

from autograd_core import primitives
from autograd_core.backward import backward
from autograd_core.condition import Condition, combined, negated
from autograd_core.contexts import open_contexts
from autograd_core.pickling import Edges, are_set, bare, deep_copy, shallow_copy
from autograd_core.primitives import (
    Primitive,
    add,
    as_float,
    constant_power,
    data_of,
    divide,
    multiply,
    power,
    subtract,
)
from autograd_core.recording import in_context

_new = object.__new__


def _method(primitive: Primitive) -> Callable[..., Value]:
    """A function of one operand as a method."""

    def method(self: Value, *arguments: Any) -> Value:
        result: Value = primitive(self, *arguments)
        return result

    method.__name__ = primitive.__name__
    method.__qualname__ = f"Value.{primitive.__name__}"
    summary = (primitive.__doc__ or "").partition("\n")[0]
    method.__doc__ = f"``ag.{primitive.__name__}`` of this Value: {summary}"
    return method


class Value:
    """A number in a computation graph: the number itself, where it came from, and its gradient.

    Arithmetic on Values gives new Values, and each remembers its operands and its derivative with respect to each of
    them. ``backward()`` on a result then fills in the gradients of everything it was computed from.

    Args:
        data: a real number.
        label: a name for drawings, explanations and ``repr``.

    Attributes:
        data: the number. Changing it does not change what was computed from it before.
        grad: ∂root/∂self of the ``backward()`` calls so far. A leaf adds them up; any other node has the last one's.
        op: the primitive that computed it, None for a leaf.
        operands: what it was computed from, in order; a plain float is a constant.
        local_derivatives: ∂self/∂operand for each operand, as floats; None where no gradient flows (a constant).
        label: its name, "" by default.

    Raises:
        TypeError: ``data`` is not a real number, or ``label`` is not a string.

    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> y = w * x + 1.0
    >>> y.backward()
    >>> y.data, w.grad, x.grad
    (7.0, 2.0, 3.0)
    >>> y
    Value(data=7, grad=1, op='+', label='')
    """

    __slots__ = ("data", "grad", "label", "local_derivatives", "op", "operands")

    data: float
    grad: float
    op: Primitive | None
    operands: tuple[Value | float, ...]
    local_derivatives: tuple[float | None, ...]
    label: str

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a string, got {type(label).__name__}; Value() takes one number and its label")
        self.data = float(data) if isinstance(data, Condition) else as_float(data)
        self.grad = 0.0
        self.op = None
        self.operands = ()
        self.local_derivatives = ()
        self.label = label

    def backward(self, seed: float = 1.0) -> None:
        """Compute ∂self/∂v for every ``v`` that this Value was computed from, and put it into ``v.grad``.

        A leaf's ``grad`` is added to, so two calls give twice the gradient; set it to 0.0 to start anew. The ``grad``
        of a node in between is that of the last call.

        Args:
            seed: the gradient of this Value itself.

        Raises:
            TypeError: ``seed`` is not a real number.

        >>> x = Value(2.0)
        >>> (x * x).backward()
        >>> x.grad
        4.0
        """
        seed = as_float(seed)
        backward(self, seed)

    def __repr__(self) -> str:
        op = _quoted(self.op.name) if self.op is not None else None
        return f"Value(data={_short(self.data)}, grad={_short(self.grad)}, op={op}, label={_quoted(self.label)})"

    # -- arithmetic: +, -, * and / are written out for speed; tests hold them to the table of primitives --

    def __add__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return _record(add, self.data + other.data, (self, other), (1.0, 1.0))
            if (constant := _constant(other)) is None:
                return _apply(add, (self, other)) if isinstance(other, Value) else NotImplemented
            return _record(add, self.data + constant, (self, constant), (1.0, None))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __radd__(self, other: Any) -> Value:
        try:
            if (constant := _constant(other)) is None:
                return NotImplemented
            return _record(add, constant + self.data, (constant, self), (None, 1.0))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __sub__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return _record(subtract, self.data - other.data, (self, other), (1.0, -1.0))
            if (constant := _constant(other)) is None:
                return _apply(subtract, (self, other)) if isinstance(other, Value) else NotImplemented
            return _record(subtract, self.data - constant, (self, constant), (1.0, None))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __rsub__(self, other: Any) -> Value:
        try:
            if (constant := _constant(other)) is None:
                return NotImplemented
            return _record(subtract, constant - self.data, (constant, self), (None, -1.0))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __mul__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return _record(multiply, self.data * other.data, (self, other), (other.data, self.data))
            if (constant := _constant(other)) is None:
                return _apply(multiply, (self, other)) if isinstance(other, Value) else NotImplemented
            return _record(multiply, self.data * constant, (self, constant), (constant, None))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __rmul__(self, other: Any) -> Value:
        try:
            if (constant := _constant(other)) is None:
                return NotImplemented
            return _record(multiply, constant * self.data, (constant, self), (None, constant))
        except TypeError as error:
            raise _named(error, (self, other)) from None

    def __truediv__(self, other: Any) -> Value:
        return _apply(divide, (self, other)) if _is_operand(other) else NotImplemented

    def __rtruediv__(self, other: Any) -> Value:
        return _apply(divide, (other, self)) if _is_operand(other) else NotImplemented

    def __pow__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return _apply(power, (self, other))
        return _apply(constant_power, (self, other)) if _is_operand(other) else NotImplemented

    def __rpow__(self, other: Any) -> Value:
        return _apply(power, (other, self)) if _is_operand(other) else NotImplemented

    def __mod__(self, other: Any) -> Value:
        return _apply(primitives.remainder, (self, other)) if _is_operand(other) else NotImplemented

    def __rmod__(self, other: Any) -> Value:
        return _apply(primitives.remainder, (other, self)) if _is_operand(other) else NotImplemented

    def __floordiv__(self, other: Any) -> Value:
        return _apply(primitives.floor_divide, (self, other)) if _is_operand(other) else NotImplemented

    def __rfloordiv__(self, other: Any) -> Value:
        return _apply(primitives.floor_divide, (other, self)) if _is_operand(other) else NotImplemented

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return (self // other, self % other) if _is_operand(other) else NotImplemented

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return (other // self, other % self) if _is_operand(other) else NotImplemented

    def __neg__(self) -> Value:
        return _apply(primitives.negative, (self,))

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return _apply(primitives.abs_, (self,))

    def __round__(self, ndigits: int | None = None) -> Value:
        return _apply(primitives.round_, (self, 0.0 if ndigits is None else float(ndigits)))

    def __floor__(self) -> Value:
        return _apply(primitives.floor, (self,))

    def __ceil__(self) -> Value:
        return _apply(primitives.ceil, (self,))

    def __trunc__(self) -> Value:
        return _apply(primitives.trunc, (self,))

    # -- comparisons, truth and format are the number's; hash() is the node's, so that sets tell nodes apart --

    def __lt__(self, other: Any) -> Condition[Value]:
        return _compared(primitives.less, operator.lt, self, other)

    def __le__(self, other: Any) -> Condition[Value]:
        return _compared(primitives.less_equal, operator.le, self, other)

    def __gt__(self, other: Any) -> Condition[Value]:
        return _compared(primitives.greater, operator.gt, self, other)

    def __ge__(self, other: Any) -> Condition[Value]:
        return _compared(primitives.greater_equal, operator.ge, self, other)

    def __eq__(self, other: object) -> Condition[Value]:  # type: ignore[override]
        return _compared(primitives.equal, operator.eq, self, other)

    def __ne__(self, other: object) -> Condition[Value]:  # type: ignore[override]
        return _compared(primitives.not_equal, operator.ne, self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return data_of(self) != 0.0

    def __format__(self, specification: str) -> str:
        return format(data_of(self), specification) if specification else str(self)

    def __and__(self, other: Any) -> Value:
        return self._combined(primitives.both, "&", other)

    def __rand__(self, other: Any) -> Value:
        return self._combined(primitives.both, "&", other, reflected=True)

    def __or__(self, other: Any) -> Value:
        return self._combined(primitives.either, "|", other)

    def __ror__(self, other: Any) -> Value:
        return self._combined(primitives.either, "|", other, reflected=True)

    def __xor__(self, other: Any) -> Value:
        return self._combined(primitives.not_equal, "^", other)

    def __rxor__(self, other: Any) -> Value:
        return self._combined(primitives.not_equal, "^", other, reflected=True)

    def __invert__(self) -> Value:
        recorded: Value = negated(self)
        return recorded

    def _combined(self, op: Primitive, sign: str, other: Any, reflected: bool = False) -> Value:
        recorded: Value = combined(op, sign, self, other, reflected)
        return recorded

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

    # -- recording --

    @staticmethod
    def __apply_primitive__(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
        """Evaluate a primitive on Values and numbers, and record the node."""
        if len(operands) == 1 and operands[0].data.__class__ is float:
            data = [operands[0].data]
        else:
            data = [
                operand.data for operand in operands if operand.__class__ is Value and operand.data.__class__ is float
            ]
            if len(data) < len(operands):
                return _apply_mixed(primitive, operands)
        out = primitive.forward(*data)
        partials = primitive.partials(out, *data)
        if len(partials) != len(operands):
            raise _wrong_count(primitive, operands, partials)
        return _record(primitive, out, operands, tuple(partials))

    @staticmethod
    def __apply_components__(component: Primitive, together: primitives.Together, values: Sequence[Any]) -> list[Value]:
        """Evaluate the components of a primitive, whose first operand is the index, at once; record a node of each."""
        values = _as_operands(values)
        outs, partials = together(*[value if value.__class__ is float else data_of(value) for value in values])
        if constants := [place for place, value in enumerate(values, 1) if value.__class__ is float]:
            partials = map(_without, repeat(constants), partials)
        return [
            _record(component, out, (float(index), *values), tuple(derivatives))
            for index, (out, derivatives) in enumerate(zip(outs, partials))
        ]

    # -- the functions of one operand as methods: np.exp works on an array of Values, and x.exp().log() reads well --

    exp = _method(primitives.exp)
    exp2 = _method(primitives.exp2)
    expm1 = _method(primitives.expm1)
    log = _method(primitives.log)
    log2 = _method(primitives.log2)
    log10 = _method(primitives.log10)
    log1p = _method(primitives.log1p)
    sqrt = _method(primitives.sqrt)
    cbrt = _method(primitives.cbrt)
    square = _method(primitives.square)
    reciprocal = _method(primitives.reciprocal)
    sign = _method(primitives.sign)
    sin = _method(primitives.sin)
    cos = _method(primitives.cos)
    tan = _method(primitives.tan)
    asin = _method(primitives.asin)
    acos = _method(primitives.acos)
    atan = _method(primitives.atan)
    sinh = _method(primitives.sinh)
    cosh = _method(primitives.cosh)
    tanh = _method(primitives.tanh)
    asinh = _method(primitives.asinh)
    acosh = _method(primitives.acosh)
    atanh = _method(primitives.atanh)
    erf = _method(primitives.erf)
    erfc = _method(primitives.erfc)
    lgamma = _method(primitives.lgamma)
    sigmoid = _method(primitives.sigmoid)
    log_sigmoid = _method(primitives.log_sigmoid)
    softplus = _method(primitives.softplus)
    relu = _method(primitives.relu)
    leaky_relu = _method(primitives.leaky_relu)
    elu = _method(primitives.elu)
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

    def arctan2(self, x: Any) -> Value:
        """``ag.atan2`` of this Value and ``x``."""
        return _apply(primitives.atan2, (self, x))

    def hypot(self, other: Any) -> Value:
        """``ag.hypot`` of this Value and another."""
        return _apply(primitives.hypot, (self, other))

    def deg2rad(self) -> Value:
        """An angle in degrees as radians."""
        return self * (pi / 180.0)

    def rad2deg(self) -> Value:
        """An angle in radians as degrees."""
        return self * (180.0 / pi)

    radians = deg2rad
    degrees = rad2deg

    # -- pickling and copying --

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return bare, (type(self), self.data, self.grad, self.op, self.label), Edges.around(self), None, None, are_set

    def __copy__(self) -> Self:
        return shallow_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return deep_copy(self, memo)


def _short(number: float) -> str:
    return format(number, ".6g") if isinstance(number, float) else repr(number)


def _quoted(text: str) -> str:
    """A text as Python writes it, cut to what fits a debugger's variable pane."""
    quoted = repr(text)
    return quoted if len(quoted) <= 38 else f"{quoted[:36]}…{quoted[-1]}"


def _constant(other: Any) -> float | None:
    """A number operand as a float; None for a Value and for what is not a real number."""
    if other.__class__ is float:
        return other
    if isinstance(other, Value):
        return None
    try:
        return as_float(other)
    except TypeError:
        return None


def _is_operand(other: Any) -> bool:
    return isinstance(other, Value) or _constant(other) is not None


def _compared(op: Primitive, compare: Callable[[Any, Any], Any], value: Value, other: Any) -> Condition[Value]:
    """The comparison of a Value with a Value or a number; NotImplemented with anything else."""
    if isinstance(other, Value):
        return Condition(op, (value, other), compare(data_of(value), data_of(other)))
    if (constant := _constant(other)) is None:
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


def _record(
    op: Primitive, data: float, operands: tuple[Value | float, ...], local_derivatives: tuple[float | None, ...]
) -> Value:
    """A new node of the graph. A nan has no finite derivative."""
    if data.__class__ is not float:
        data, local_derivatives = _in_floats(op, operands, local_derivatives)
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.op = op
    node.operands = operands
    node.local_derivatives = local_derivatives
    node.label = ""
    if node.data != node.data and op.propagates_nan:
        node.local_derivatives = tuple([None if derivative is None else nan for derivative in local_derivatives])
    return in_context(node) if open_contexts else node


def _in_floats(
    op: Primitive, operands: Sequence[Value | float], recorded: Sequence[float | None]
) -> tuple[float, tuple[float | None, ...]]:
    """The result and the local derivatives where an operand's data has been set to a number that is not a float.

    Those of NumPy's smaller types would carry their precision on into all that follows.
    """
    data = [operand if operand.__class__ is float else data_of(operand) for operand in operands]
    out = op.forward(*data)
    partials = op.partials(out, *data)
    return out, tuple([None if old is None else partial for old, partial in zip(recorded, partials)])


def _named(error: TypeError, operands: Iterable[Any]) -> TypeError:
    """The error; or, where an operand's data is the cause of it, one that names the operand."""
    for operand in operands:
        if isinstance(operand, Value):
            try:
                data_of(operand)
            except TypeError as named:
                return named
    return error


_apply = Value.__apply_primitive__


@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: float = 0.0) -> float: ...
@overload
def dot(weights: Sequence[Value], inputs: Sequence[Value] | Sequence[float], bias: Value | float = 0.0) -> Value: ...
@overload
def dot(weights: Sequence[float], inputs: Sequence[Value], bias: Value | float = 0.0) -> Value: ...
@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: Value) -> Value: ...
@overload
def dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any: ...
def dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any:
    """The weighted sum ``weights[0]*inputs[0] + weights[1]*inputs[1] + … + bias``, as one node.

    The derivative of a weight is its input, that of an input its weight, that of the bias 1. The two usual cases of a
    network, where all are Values or the inputs are floats, are written out here for speed (1.6 times, measured); tests
    hold them to the table of primitives, which does the others.

    Args:
        weights: numbers or Values.
        inputs: as many numbers or Values.
        bias: a number or a Value.

    Raises:
        ValueError: there are more weights than inputs, or fewer.
        TypeError: ``weights`` or ``inputs`` is not a sequence.

    >>> w, b = [Value(2.0), Value(3.0)], Value(1.0)
    >>> s = dot(w, [5.0, 7.0], b)
    >>> s.data, s.local_derivatives
    (32.0, (5.0, 7.0, None, None, 1.0))
    """
    try:
        weight_data = [weight.data for weight in weights if weight.__class__ is Value]
        values = [x.data for x in inputs if x.__class__ is Value]
        input_data = values or [x for x in inputs if x.__class__ is float]
        usual = len(weight_data) == len(weights) == len(input_data) == len(inputs) and bias.__class__ is Value
    except TypeError:
        usual = False
    if not usual:
        return primitives.dot(weights, inputs, bias)
    total = bias.data
    try:
        for product in map(operator.mul, weight_data, input_data):
            total = total + product  # += would write into an array that someone set as data
        by_inputs = weight_data if values else [None] * len(input_data)
        return _record(primitives.dot, total, (*weights, *inputs, bias), (*input_data, *by_inputs, 1.0))
    except TypeError as error:
        raise _named(error, (*weights, *inputs, bias)) from None


def _apply_mixed(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
    """``__apply_primitive__`` where some operands are numbers: they are kept as floats, and get no derivative."""
    operands = _as_operands(operands)
    data = [operand if operand.__class__ is float else data_of(operand) for operand in operands]
    out = primitive.forward(*data)
    partials = primitive.partials(out, *data)
    if len(partials) != len(operands):
        raise _wrong_count(primitive, operands, partials)
    local_derivatives = [
        None if operand.__class__ is float else partial for operand, partial in zip(operands, partials)
    ]  # fmt: skip
    return _record(primitive, out, operands, tuple(local_derivatives))


def _as_operands(operands: Iterable[Any]) -> tuple[Value | float, ...]:
    return tuple([
        operand if operand.__class__ is float or isinstance(operand, Value) else _operand(operand)
        for operand in operands
    ])  # fmt: skip


def _operand(operand: Any) -> Value | float:
    """A condition as the node that it is recorded as, a number of any other type as a float."""
    return operand.recorded() if isinstance(operand, Condition) else as_float(operand)


def _without(places: Sequence[int], partials: Sequence[float | None]) -> Sequence[float | None]:
    """The partials with None at these places."""
    derivatives = list(partials)
    for place in places:
        derivatives[place] = None
    return derivatives


def _wrong_count(primitive: Primitive, operands: Sequence[Any], partials: Sequence[Any]) -> ValueError:
    return ValueError(
        f"the partials of {primitive.name!r} gave {len(partials)} derivatives for {len(operands)} operands: "
        "return a tuple with one for each"
    )
