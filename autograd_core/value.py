"""Value: a number that remembers how it was computed."""

from __future__ import annotations

import gc
import operator
from collections.abc import Callable, Sequence
from math import nan
from typing import Any, NoReturn

from autograd_core import primitives
from autograd_core.backward import backward
from autograd_core.pickling import Edges
from autograd_core.primitives import Primitive, add, as_float, constant_power, divide, multiply, power, subtract
from autograd_core.recording import in_context, open_contexts

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
        TypeError: ``data`` is not a real number, or ``label`` not a text.

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
            raise TypeError(f"a label is a text, got {type(label).__name__}; Value() takes one number and its label")
        self.data = as_float(data)
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
        was_collecting = gc.isenabled()
        gc.disable()  # it would walk a deep graph over and over and find no cycle in it
        try:
            backward(self, seed)
        finally:
            if was_collecting:
                gc.enable()

    def __repr__(self) -> str:
        op = _quoted(self.op.name) if self.op is not None else None
        return f"Value(data={_short(self.data)}, grad={_short(self.grad)}, op={op}, label={_quoted(self.label)})"

    # -- arithmetic: +, -, * and / are written out for speed; tests hold them to the table of primitives --

    def __add__(self, other: Any) -> Value:
        if other.__class__ is Value:
            return _record(add, self.data + other.data, (self, other), (1.0, 1.0))
        if (constant := _constant(other)) is None:
            return _apply(add, (self, other)) if isinstance(other, Value) else NotImplemented
        return _record(add, self.data + constant, (self, constant), (1.0, None))

    def __radd__(self, other: Any) -> Value:
        if (constant := _constant(other)) is None:
            return NotImplemented
        return _record(add, constant + self.data, (constant, self), (None, 1.0))

    def __sub__(self, other: Any) -> Value:
        if other.__class__ is Value:
            return _record(subtract, self.data - other.data, (self, other), (1.0, -1.0))
        if (constant := _constant(other)) is None:
            return _apply(subtract, (self, other)) if isinstance(other, Value) else NotImplemented
        return _record(subtract, self.data - constant, (self, constant), (1.0, None))

    def __rsub__(self, other: Any) -> Value:
        if (constant := _constant(other)) is None:
            return NotImplemented
        return _record(subtract, constant - self.data, (constant, self), (None, -1.0))

    def __mul__(self, other: Any) -> Value:
        if other.__class__ is Value:
            return _record(multiply, self.data * other.data, (self, other), (other.data, self.data))
        if (constant := _constant(other)) is None:
            return _apply(multiply, (self, other)) if isinstance(other, Value) else NotImplemented
        return _record(multiply, self.data * constant, (self, constant), (constant, None))

    def __rmul__(self, other: Any) -> Value:
        if (constant := _constant(other)) is None:
            return NotImplemented
        return _record(multiply, constant * self.data, (constant, self), (None, constant))

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

    def __neg__(self) -> Value:
        return _apply(primitives.negative, (self,))

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return _apply(primitives.abs_, (self,))

    # -- comparisons are those of the numbers; == and hash() are those of the node --

    def __lt__(self, other: Any) -> bool:
        return NotImplemented if (number := _number(other)) is None else self.data < number

    def __le__(self, other: Any) -> bool:
        return NotImplemented if (number := _number(other)) is None else self.data <= number

    def __gt__(self, other: Any) -> bool:
        return NotImplemented if (number := _number(other)) is None else self.data > number

    def __ge__(self, other: Any) -> bool:
        return NotImplemented if (number := _number(other)) is None else self.data >= number

    def __float__(self) -> NoReturn:
        raise TypeError(
            "a Value does not turn into a float by itself, which would lose its gradient: v.data is its number, and "
            "functions of Values are the package's own, such as ag.sin(v) in place of math.sin(v)"
        )

    @staticmethod
    def __apply_primitive__(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
        """Evaluate a primitive on Values and numbers, and record the node."""
        if len(operands) == 1:
            data = [operands[0].data]
        else:
            data = [operand.data for operand in operands if operand.__class__ is Value]
            if len(data) < len(operands):
                return _apply_mixed(primitive, operands)
        out = primitive.forward(*data)
        partials = primitive.partials(out, *data)
        if len(partials) != len(operands):
            raise _wrong_count(primitive, operands, partials)
        return _record(primitive, out, operands, tuple(partials))

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
    abs = __abs__

    # -- pickling and copying --

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _bare_value, (self.data, self.grad, self.op, self.label), Edges.around(self)

    def __setstate__(self, edges: Edges) -> None:
        """The edges have been set for the whole graph at once."""

    def __copy__(self) -> Value:
        copied = _bare_value(self.data, self.grad, self.op, self.label)
        copied.operands, copied.local_derivatives = self.operands, self.local_derivatives
        return copied


def _short(number: float) -> str:
    return format(number, ".6g") if isinstance(number, float) else repr(number)


def _quoted(text: str) -> str:
    """A text as Python writes it, cut to what fits a debugger's variable pane."""
    quoted = repr(text)
    return quoted if len(quoted) <= 38 else f"{quoted[:36]}…{quoted[-1]}"


def _constant(other: Any) -> float | None:
    """A number operand as a float; None for a Value and for what is no real number."""
    if other.__class__ is float:
        return other
    if isinstance(other, Value):
        return None
    try:
        return as_float(other)
    except TypeError:
        return None


def _number(other: Any) -> float | None:
    """The number of a Value or number operand; None for anything else."""
    return other.data if isinstance(other, Value) else _constant(other)


def _is_operand(other: Any) -> bool:
    return _number(other) is not None


def _record(
    op: Primitive, data: float, operands: tuple[Value | float, ...], local_derivatives: tuple[float | None, ...]
) -> Value:
    """A new node of the graph. A nan has no finite derivative."""
    node = _new(Value)
    node.data = data if data.__class__ is float else as_float(data)
    node.grad = 0.0
    node.op = op
    node.operands = operands
    node.local_derivatives = local_derivatives
    node.label = ""
    if node.data != node.data and op.propagates_nan:
        node.local_derivatives = tuple([None if derivative is None else nan for derivative in local_derivatives])
    return in_context(node) if open_contexts else node


_apply = Value.__apply_primitive__


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
    for product in map(operator.mul, weight_data, input_data):
        total += product
    by_inputs = weight_data if values else [None] * len(input_data)
    return _record(primitives.dot, total, (*weights, *inputs, bias), (*input_data, *by_inputs, 1.0))


def _apply_mixed(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
    """The same where some operands are numbers: they are kept as floats, and get no derivative."""
    operands = tuple([
        operand if operand.__class__ is float or isinstance(operand, Value) else as_float(operand)
        for operand in operands
    ])  # fmt: skip
    data = [operand if operand.__class__ is float else operand.data for operand in operands]
    out = primitive.forward(*data)
    partials = primitive.partials(out, *data)
    if len(partials) != len(operands):
        raise _wrong_count(primitive, operands, partials)
    local_derivatives = [
        None if operand.__class__ is float else partial for operand, partial in zip(operands, partials)
    ]  # fmt: skip
    return _record(primitive, out, operands, tuple(local_derivatives))


def _wrong_count(primitive: Primitive, operands: Sequence[Any], partials: Sequence[Any]) -> ValueError:
    return ValueError(
        f"the partials of {primitive.name!r} gave {len(partials)} derivatives for {len(operands)} operands: "
        "return a tuple with one for each"
    )


# -- pickling and copying -----------------------------------------------------------------------------------------


def _bare_value(data: float, grad: float, op: Primitive | None, label: str) -> Value:
    """A Value without its edges."""
    value = _new(Value)
    value.data, value.grad, value.op, value.label = data, grad, op, label
    value.operands = value.local_derivatives = ()
    return value
