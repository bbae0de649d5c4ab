"""Value: a number that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from math import inf, log, nan
from typing import Any, Self

from autograd_core import primitives
from autograd_core.backward import backward
from autograd_core.condition import Condition
from autograd_core.contexts import backward_observers, open_contexts
from autograd_core.graph import is_node, opened_order
from autograd_core.numberlike import NumberLike, as_method_of
from autograd_core.operands import as_operands, in_floats, numbers_of, wrong_count
from autograd_core.pickling import Edges, are_set, bare, deep_copy, shallow_copy
from autograd_core.primitives import (
    Primitive,
    add,
    as_constant,
    as_float,
    constant_power,
    data_of,
    divide,
    multiply,
    negative,
    power,
    subtract,
)
from autograd_core.recording import in_context
from autograd_core.showing import Showing

_new = object.__new__


def _method(primitive: Primitive) -> Callable[[Value], Value]:
    """A frequent function of one operand as a method, written out for speed."""

    def method(self: Value) -> Value:
        x = self.data
        if x.__class__ is not float:
            return _apply(primitive, (self,))
        out = primitive.forward(x)
        local_derivatives = primitive.partials(out, x)
        node = _new(Value)  # record(), written out
        node.data = out
        node.grad = 0.0
        node.op = primitive
        node.operands = (self,)
        node.local_derivatives = local_derivatives  # type: ignore[assignment]  # the table's are tuples
        node.label = ""
        return node if out == out and not open_contexts else _settled(node)

    return as_method_of(primitive, method)


class Value(NumberLike["Value"], Showing):
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
        if open_contexts and backward_observers():
            opened_order([self])
        backward(self, seed)

    def __repr__(self) -> str:
        op = _quoted(self.op.name) if self.op is not None else None
        return f"Value(data={_short(self.data)}, grad={_short(self.grad)}, op={op}, label={_quoted(self.label)})"

    # -- arithmetic is written out for speed, in the usual case; tests hold it to the table, which does all others --

    def __add__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return record(add, self.data + other.data, (self, other), (1.0, 1.0))
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(add, self.data + constant, (self, constant), (1.0, None))
        except TypeError:
            pass  # what is no number is named where the table's rule is applied
        return self._applied(add, self, other)

    def __radd__(self, other: Any) -> Value:
        try:
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(add, constant + self.data, (constant, self), (None, 1.0))
        except TypeError:
            pass
        return self._applied(add, other, self)

    def __sub__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return record(subtract, self.data - other.data, (self, other), (1.0, -1.0))
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(subtract, self.data - constant, (self, constant), (1.0, None))
        except TypeError:
            pass
        return self._applied(subtract, self, other)

    def __rsub__(self, other: Any) -> Value:
        try:
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(subtract, constant - self.data, (constant, self), (None, -1.0))
        except TypeError:
            pass
        return self._applied(subtract, other, self)

    def __mul__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                return record(multiply, self.data * other.data, (self, other), (other.data, self.data))
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(multiply, self.data * constant, (self, constant), (constant, None))
        except TypeError:
            pass
        return self._applied(multiply, self, other)

    def __rmul__(self, other: Any) -> Value:
        try:
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None:
                return record(multiply, constant * self.data, (constant, self), (None, constant))
        except TypeError:
            pass
        return self._applied(multiply, other, self)

    def __truediv__(self, other: Any) -> Value:
        try:
            if other.__class__ is Value:
                if (y := other.data) and -inf < (reciprocal := 1.0 / y) < inf:
                    quotient = self.data / y
                    return record(divide, quotient, (self, other), (reciprocal, -(quotient * reciprocal)))
            else:
                constant = other if other.__class__ is float else as_constant(other)
                if constant and -inf < (reciprocal := 1.0 / constant) < inf:
                    return record(divide, self.data / constant, (self, constant), (reciprocal, None))
        except (TypeError, ValueError):
            pass
        return self._applied(divide, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        try:
            constant = other if other.__class__ is float else as_constant(other)
            if constant is not None and (y := self.data) and -inf < (reciprocal := 1.0 / y) < inf:
                quotient = constant / y
                return record(divide, quotient, (constant, self), (None, -(quotient * reciprocal)))
        except (TypeError, ValueError):
            pass
        return self._applied(divide, other, self)

    def __pow__(self, other: Any) -> Value:
        try:
            x = self.data
            if other.__class__ is Value:
                if 0.0 < x < inf and -inf < (y := other.data) < inf and 0.0 < (out := x**y) < inf:
                    slope = y * out / x if y < 0.5 else y * x ** (y - 1.0)
                    return record(power, out, (self, other), (slope, out * log(x)))
            elif (exponent := other if other.__class__ is float else as_constant(other)) is not None:
                if 0.5 <= exponent < inf and x > -inf:
                    slope = exponent * x ** (exponent - 1.0)
                    return record(constant_power, x**exponent, (self, exponent), (slope, None))
                if exponent and -inf < exponent < 0.5 and x and -inf < x < inf:
                    out = x**exponent
                    return record(constant_power, out, (self, exponent), (exponent * out / x, None))
        except (TypeError, ValueError, ArithmeticError):
            pass
        return self._applied(power if isinstance(other, Value) else constant_power, self, other)

    def __rpow__(self, other: Any) -> Value:
        try:
            base = other if other.__class__ is float else as_constant(other)
            if (
                base is not None
                and 0.0 < base < inf
                and -inf < self.data < inf
                and 0.0 < (out := base**self.data) < inf
            ):
                return record(power, out, (base, self), (None, out * log(base)))
        except (TypeError, ValueError, ArithmeticError):
            pass
        return self._applied(power, other, self)

    def __neg__(self) -> Value:
        try:
            return record(negative, -self.data, (self,), (-1.0,))
        except TypeError:
            return _apply(negative, (self,))

    # -- recording --

    @staticmethod
    def __apply_primitive__(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
        """Evaluate a primitive on Values and numbers, and record the node."""
        if len(operands) == 1 and operands[0].data.__class__ is float:
            x = operands[0].data
            out = primitive.forward(x)
            local_derivatives = primitive.partials(out, x)
            if len(local_derivatives) != 1:
                raise wrong_count(primitive, operands, local_derivatives)
            node = _new(Value)  # record(), written out
            node.data = out
            node.grad = 0.0
            node.op = primitive
            node.operands = operands
            node.local_derivatives = tuple(local_derivatives)
            node.label = ""
            return node if out.__class__ is float and out == out and not open_contexts else _settled(node)
        data, constants = [], []
        for operand in operands:
            if operand.__class__ is Value:
                data.append(operand.data if operand.data.__class__ is float else data_of(operand))
            elif operand.__class__ is float:
                constants.append(len(data))
                data.append(operand)
            elif is_node(operand):
                data.append(data_of(operand))
            else:
                return _apply(primitive, as_operands(operands))
        out = primitive.forward(*data)
        local_derivatives = primitive.partials(out, *data)
        if len(local_derivatives) != len(operands):
            raise wrong_count(primitive, operands, local_derivatives)
        if constants:  # which get no derivative
            local_derivatives = list(local_derivatives)
            for place in constants:
                local_derivatives[place] = None
        node = _new(Value)  # record(), written out
        node.data = out
        node.grad = 0.0
        node.op = primitive
        node.operands = operands
        node.local_derivatives = tuple(local_derivatives)
        node.label = ""
        return node if out.__class__ is float and out == out and not open_contexts else _settled(node)

    @staticmethod
    def __apply_components__(component: Primitive, together: primitives.Together, values: Sequence[Any]) -> list[Value]:
        """Evaluate the components of a primitive, whose first operand is the index, at once; record a node of each."""
        values = as_operands(values)
        outs, partials = together(*numbers_of(values))
        if constants := [place for place, value in enumerate(values, 1) if value.__class__ is float]:
            partials = map(_without, repeat(constants), partials)
        return [
            record(component, out, (float(index), *values), tuple(derivatives))
            for index, (out, derivatives) in enumerate(zip(outs, partials))
        ]

    # -- the most frequent functions as methods; NumberLike has the others --

    exp = _method(primitives.exp)
    log = _method(primitives.log)
    sqrt = _method(primitives.sqrt)
    sin = _method(primitives.sin)
    cos = _method(primitives.cos)
    tanh = _method(primitives.tanh)
    sigmoid = _method(primitives.sigmoid)
    softplus = _method(primitives.softplus)
    relu = _method(primitives.relu)

    # -- pickling and copying --

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        edges = Edges.around(self)
        return bare, (type(self), self.data, self.grad, self.op, self.label), edges, None, None, are_set

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


def record(
    op: Primitive, data: float, operands: tuple[Value | float, ...], local_derivatives: tuple[float | None, ...]
) -> Value:
    """A new node of the graph."""
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.op = op
    node.operands = operands
    node.local_derivatives = local_derivatives
    node.label = ""
    return node if data.__class__ is float and data == data and not open_contexts else _settled(node)


def _settled(node: Value) -> Value:
    """A new node whose data is not a float yet, or is nan, or that an open context asks for."""
    op: Any = node.op
    if node.data.__class__ is not float:
        node.data, node.local_derivatives = in_floats(op, node.operands, node.local_derivatives)
    if node.data != node.data and op.propagates_nan:  # a nan has no finite derivative
        node.local_derivatives = tuple([None if derivative is None else nan for derivative in node.local_derivatives])
    return in_context(node) if open_contexts else node


_apply = Value.__apply_primitive__


def _without(places: Sequence[int], partials: Sequence[float | None]) -> Sequence[float | None]:
    """The partials with None at these places."""
    derivatives = list(partials)
    for place in places:
        derivatives[place] = None
    return derivatives
