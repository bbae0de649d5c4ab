"""The table of primitives: what each computes, and its partial derivatives beside it.

Every operation that a :class:`~autograd_core.value.Value` can record is one block below::

    @primitive("activation")
    def tanh(x):
        return math.tanh(x)

    @tanh.define_partials
    def tanh_partials(out, x):
        return (sech_squared(x),)

*Forward* takes floats and returns a float. *Partials* gets the result and the operands and returns ∂out/∂operand for
each operand. It is written in overloaded arithmetic and primitives only, so the same text gives floats while a node is
recorded, Values where the gradient is to be a graph itself, and arrays in a replay. That asks one thing of it: no
``if`` on an operand, for which :func:`choose` stands. Where no gradient may flow at all it returns ``None`` in place of
a number.

Formulas are chosen for accuracy over the whole float range: the textbook's ``1 - tanh(x)**2`` has no correct digit
left at x = 20. Values and first derivatives are within 4 units in the last place (ulp) of the truth, second derivatives
within 16; the derivatives of functions of several operands within 8. Near a root the unit is that of the terms that
cancel there. Where a block cannot keep this, it says so and why.
"""

from __future__ import annotations

import functools
import math
import numbers
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import accumulate, count, repeat
from typing import Any, Literal, NoReturn, Protocol, TypeVar, get_args, overload

from autograd_core import ieee
from autograd_core.ieee import inf, nan

Kind = Literal["arithmetic", "weighted_sum", "function", "activation", "loss", "reduction"]
Forward = Callable[..., float]
Partials = Callable[..., Sequence[Any]]
Spread = Callable[..., tuple[Any, ...]]
Together = Callable[..., tuple[Sequence[float], Iterator[Sequence[Any]]]]
PartialsFunction = TypeVar("PartialsFunction", bound=Partials)
Branchless = TypeVar("Branchless", bound=Callable[..., Any])

Result = TypeVar("Result")
ResultCo = TypeVar("ResultCo", covariant=True)


class Operand(Protocol[ResultCo]):
    """What a primitive can be called with beside numbers: it says itself how a primitive is applied to it."""

    @property
    def __apply_primitive__(self) -> Callable[[Primitive, tuple[Any, ...]], ResultCo]:
        """Evaluate a primitive on operands of which this is one."""


TABLE: dict[str, Primitive] = {}
"""The package's own primitives by name, in the order of this file."""


class Primitive:
    """One operation: a row of the table.

    Calling it evaluates it: on numbers to a float, on Values to a new Value of the graph.

    Attributes:
        name: what a node of it is called in drawings and messages, such as ``+`` or ``tanh``.
        kind: ``arithmetic``, ``weighted_sum``, ``function``, ``activation``, ``loss`` or ``reduction``.
        forward: the operation on floats.
        partials: ``partials(out, *operands)``, the derivative with respect to each operand.
        source: the operation as a text, with ``{0}``, ``{1}`` … for its operands.
        spread: brings the arguments of a call into the flat tuple of operands; None where they are that tuple.
        propagates_nan: whether a nan value makes every partial derivative nan.
        derivative: the textbook's formula of the partial derivatives, for explanations; see :func:`primitive`.
        branchless: the operation written as partials are, for replays; None where *forward* is that already.

    >>> tanh
    <primitive tanh, activation>
    >>> tanh(0.0), tanh.partials(0.0, 0.0)
    (0.0, (1.0,))
    """

    def __init__(
        self,
        forward: Forward,
        kind: Kind,
        name: str,
        source: str = "",
        spread: Spread | None = None,
        propagates_nan: bool = True,
        derivative: str | tuple[str, ...] = "",
    ) -> None:
        self.forward = forward
        self.kind: Kind = kind
        self.name = name
        self.source = source or name + "({0})"
        self.spread = spread
        self.propagates_nan = propagates_nan
        self.derivative = derivative
        self.partials: Partials = self._missing_partials
        self.branchless: Callable[..., Any] | None = None
        self.__doc__ = forward.__doc__
        self.__name__ = forward.__name__
        self.__qualname__ = forward.__qualname__
        self.__module__ = forward.__module__
        self.__wrapped__ = spread or forward  # what inspect.signature and doctest look at

    def define_partials(self, partials: PartialsFunction) -> PartialsFunction:
        """Take ``partials(out, *operands)`` as this primitive's rule; to be used as a decorator."""
        self.partials = partials
        return partials

    def define_branchless(self, operation: Branchless) -> Branchless:
        """Take ``operation(*operands)`` as *forward* in the words of partials; to be used as a decorator.

        A replay computes many numbers at a time, so it cannot follow an ``if`` of *forward*. Where it finds one, it
        runs this instead, and without it *forward* once for each number, which is slow.
        """
        self.branchless = operation
        return operation

    def _missing_partials(self, *_: Any) -> Sequence[Any]:
        raise TypeError(
            f"the primitive {self.name!r} has no partial derivatives: "
            f"decorate a function partials(out, *operands) with @{self.__name__}.define_partials"
        )

    @overload
    def __call__(self, *operands: float) -> float: ...
    @overload
    def __call__(self, values: Iterable[float], /) -> float: ...
    @overload
    def __call__(self, x: float, y: Operand[Result], /, *others: Operand[Result] | float) -> Result: ...
    @overload
    def __call__(self, x: Operand[Result], /, *others: Operand[Result] | float) -> Result: ...
    @overload
    def __call__(self, values: Iterable[Operand[Result] | float], /) -> Result: ...
    @overload
    def __call__(self, *arguments: Any, **keywords: Any) -> Any: ...

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Evaluate: a Value (or any operand that knows how to apply a primitive) decides how."""
        operands = arguments if self.spread is None else self.spread(*arguments, **keywords)
        others = [operand for operand in operands if type(operand) is not float]
        if not others:
            return self.forward(*operands)
        for operand in others:
            apply_primitive = getattr(operand, "__apply_primitive__", None)
            if apply_primitive is not None:
                return apply_primitive(self, operands)
        return self.forward(*map(as_float, operands))

    def __repr__(self) -> str:
        return f"<primitive {self.name}, {self.kind}>"

    def __reduce__(self) -> str:
        """Pickle and copy like a function: by the place where it is defined."""
        return self.__qualname__


def primitive(
    kind: Kind = "function",
    *,
    name: str = "",
    source: str = "",
    spread: Spread | None = None,
    propagates_nan: bool = True,
    derivative: str | tuple[str, ...] = "",
) -> Callable[[Forward], Primitive]:
    """Make a primitive of a function of floats; its partials follow with ``define_partials``.

    Args:
        kind: what drawings and explanations call its derivative.
        name: how its nodes are called; the function's name if empty.
        source: the operation as a text with ``{0}``, ``{1}`` … for its operands.
        spread: turns the arguments of a call into the flat tuple of operands, where they are not that already.
        propagates_nan: False for an operation that ignores some of its operands, as ``where`` does.
        derivative: the formula of the partial derivatives as explanations write it: one text for all operands, or one
            for each of them, or one for each equal part of them (outputs, targets). In it stand ``{0}``, ``{1}`` …
            for the operands, ``{x}`` for the one that the derivative is by, ``{partner}`` for that in its place in the
            other half, and ``{n}`` for how many there are. It is only read, never computed with.

    Raises:
        TypeError: the decorator is used without its parentheses.
        ValueError: an unknown kind.

    >>> import autograd_core as ag
    >>> @ag.primitive("function")
    ... def cube(x):
    ...     return x * x * x
    >>> @cube.define_partials
    ... def cube_partials(out, x):
    ...     return (3.0 * x * x,)
    >>> v = ag.Value(2.0)
    >>> cube(v).backward()
    >>> v.grad
    12.0
    """
    if callable(kind):
        raise TypeError('write @primitive() or @primitive("activation"), with parentheses')
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}; one of {', '.join(get_args(Kind))}")

    def make(forward: Forward) -> Primitive:
        return _UsersPrimitive(forward, kind, name or forward.__name__, source, spread, propagates_nan, derivative)

    return make


class _UsersPrimitive(Primitive):
    """A primitive whose functions are not of this file: what they return is brought to floats, or refused.

    The numbers of NumPy's smaller types would carry their precision on into all that follows.
    """

    def __init__(self, forward: Forward, kind: Kind, name: str, *arguments: Any) -> None:
        @functools.wraps(forward)
        def checked(*operands: Any) -> Any:
            out = forward(*operands)
            return out if type(out) is float else _as_result(out, f"the forward of {name!r} gives a number")

        super().__init__(checked, kind, name, *arguments)
        self.__wrapped__ = self.spread or forward

    def define_partials(self, partials: PartialsFunction) -> PartialsFunction:
        @functools.wraps(partials)
        def checked(*operands: Any) -> Any:
            results = partials(*operands)
            usual = type(results) is tuple and _FLOAT_OR_NONE.issuperset(map(type, results))
            return results if usual else self._checked_results(results)

        super().define_partials(checked)
        return partials

    def _checked_results(self, results: Any) -> tuple[Any, ...]:
        if isinstance(results, (str, Mapping, Set)) or not isinstance(results, Iterable) or _is_scalar(results):
            raise TypeError(
                f"the partials of {self.name!r} gave {type(results).__name__}: "
                "return a tuple with one derivative for each operand"
            )
        what = f"the partials of {self.name!r} are numbers or None"
        return tuple([None if result is None else _as_result(result, what) for result in results])


_FLOAT_OR_NONE = frozenset({float, type(None)})


def _is_scalar(result: Any) -> bool:
    return getattr(result, "ndim", None) == 0


def _as_result(result: Any, what: str) -> Any:
    """A number that a user's function returned as a float; what stands for a number is left as it is."""
    if hasattr(result, "recorded"):
        return result.recorded()  # a condition counts as 1 or 0
    if hasattr(result, "__apply_primitive__"):
        return result
    try:
        return as_float(result)
    except TypeError:
        raise TypeError(f"{what}, got {type(result).__name__}") from None


def _row(
    kind: Kind,
    name: str = "",
    source: str = "",
    spread: Spread | None = None,
    propagates_nan: bool = True,
    derivative: str | tuple[str, ...] = "",
) -> Callable[[Forward], Primitive]:
    """:func:`primitive`, entered in the package's own table."""

    def enter(forward: Forward) -> Primitive:
        made = Primitive(forward, kind, name or forward.__name__, source, spread, propagates_nan, derivative)
        TABLE[made.name] = made
        return made

    return enter


_ADVICE = {
    "Value": "it is one already; v.data is its number",
    "str": "convert a string with float() first",
    "complex": "only real numbers are differentiated here; take .real or .imag",
    "NoneType": "a number is missing",
}


def as_float(number: Any) -> float:
    """A real number as a Python float; an int or fraction beyond the float range is ±inf.

    Raises:
        TypeError: anything but a real number, a NumPy real scalar or a 0-d array of one.

    >>> as_float(3), as_float(10**400)
    (3.0, inf)
    >>> as_float("3")
    Traceback (most recent call last):
    TypeError: expected a real number, got str: convert a string with float() first
    """
    if type(number) is float:
        return number
    if isinstance(number, numbers.Real):
        try:
            return float(number)
        except OverflowError:
            return -inf if number < 0 else inf
    if getattr(number, "ndim", None) == 0 and hasattr(number, "item"):
        if getattr(number, "mask", False):
            raise TypeError("expected a real number, got a masked one: leave it out or fill it in first")
        return as_float(number.item())
    kind = type(number).__name__
    advice = _ADVICE.get(kind)
    if advice is None:
        advice = "make one Value of each number" if isinstance(number, Iterable) else "convert it with float() first"
    raise TypeError(f"expected a real number, got {kind}: {advice}")


def data_of(node: Any) -> float:
    """A node's number as a float (TypeError where its data has been set to something else, naming it)."""
    data: float = node.data
    if type(data) is float:
        return data
    try:
        return as_float(data)
    except TypeError as error:
        raise TypeError(f"the data of {node.label or node!r} is not a number: {error}") from None


# -- words that partials are written in ---------------------------------------------------------------------------


def choose(condition: Any, if_true: Any, if_false: Any) -> Any:
    """``if_true`` where the condition holds: a plain choice for a bool, a recorded one for a condition on Values."""
    if condition is True:
        return if_true
    if condition is False:
        return if_false
    return where(condition, if_true, if_false)


def is_infinite(x: Any) -> Any:
    """Whether an operand is inf or -inf."""
    return (x == inf) | (x == -inf)


_NO_SEQUENCES = (str, bytes, bytearray, Mapping, Set)


def _members(name: str, values: Any) -> tuple[Any, ...]:
    """What a reduction's one sequence holds; a set has no order, and a number only once."""
    if type(values) in (list, tuple):
        return tuple(values)
    if isinstance(values, _NO_SEQUENCES) or not isinstance(values, Iterable) or _is_scalar(values):
        is_one = isinstance(values, numbers.Real) or hasattr(values, "__apply_primitive__")
        advice = f": write {name}([x])" if is_one else ""
        raise TypeError(f"{name}() takes a sequence of numbers and Values, got {type(values).__name__}{advice}")
    return tuple(values)


def _sequence(name: str, least: int = 0) -> Spread:
    """The operands of a reduction, from its one sequence."""

    def spread(values: Any, *others: Any) -> tuple[Any, ...]:
        if others:
            raise TypeError(f"{name}() takes one sequence, got {1 + len(others)} arguments: write {name}([x, y])")
        operands = _members(name, values)
        if len(operands) < least:
            raise ValueError(f"{name}() of nothing: give at least one number or Value")
        return operands

    spread.__name__ = spread.__qualname__ = name  # which a TypeError of Python's own names
    return spread


def _one_or_several(name: str) -> Spread:
    """Operands given one by one or as one sequence, as the builtin max and min take them."""

    def spread(*values: Any) -> tuple[Any, ...]:
        operands = _members(name, values[0]) if len(values) == 1 and isinstance(values[0], Iterable) else values
        if not operands:
            raise ValueError(f"{name}() of nothing: give at least one number or Value")
        return operands

    return spread


# -- arithmetic ---------------------------------------------------------------------------------------------------


@_row("arithmetic", "+", "{0} + {1}", derivative="1")
def add(x: float, y: float) -> float:
    """``x + y``."""
    return x + y


@add.define_partials
def add_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, 1.0)


@_row("arithmetic", "-", "{0} - {1}", derivative=("1", "−1"))
def subtract(x: float, y: float) -> float:
    """``x - y``."""
    return x - y


@subtract.define_partials
def subtract_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, -1.0)


@_row("arithmetic", "*", "{0} * {1}", derivative=("{1}", "{0}"))
def multiply(x: float, y: float) -> float:
    """``x * y``."""
    return x * y


@multiply.define_partials
def multiply_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (y, x)


@_row("arithmetic", "/", "{0} / {1}", derivative=("1 / {1}", "−{0} / {1}²"))
def divide(x: float, y: float) -> float:
    """``x / y``; over zero ±inf, and nan for 0/0."""
    return ieee.divide(x, y)


@divide.define_partials
def divide_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    reciprocal_of_y = divide(1.0, y)  # one division serves both, unless it overflows
    by_y = choose(is_infinite(reciprocal_of_y), divide(out, y), out * reciprocal_of_y)
    return (reciprocal_of_y, -by_y)


@_row("arithmetic", "neg", "-{0}", derivative="−1")
def negative(x: float) -> float:
    """``-x``."""
    return -x


@negative.define_partials
def negative_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-1.0,)


def _power_slope(out: Any, x: Any, exponent: Any) -> Any:
    """``exponent * x ** (exponent - 1)``, the derivative of a power by its base; 0 for an exponent of 0.

    Below 1/2, ``exponent - 1`` may be rounded, which the power multiplies by log(x) (up to 700), and the power may
    overflow though the exponent makes the product small again: there ``exponent * out / x`` is right. Above,
    ``out`` may overflow though the derivative does not. Where ``out`` is subnormal the derivative carries its rounding,
    times ``exponent / x``.
    """
    size = abs_(x)
    divisible = (exponent < 0.5) & (exponent > -inf) & (size > 0.0) & (size < inf)
    vanishes = (exponent == 0.0) | is_infinite(exponent) & (out == 0.0)
    by_power = choose(vanishes, 0.0, exponent * pow_(x, exponent - 1.0))
    return choose(divisible, divide(exponent * out, x), by_power)


@_row("arithmetic", "pow", "{0} ** {1}", derivative=("{1}·{0}^({1} − 1)", "{0}^{1}·log({0})"))
def power(x: float, y: float) -> float:
    """``x ** y`` where both may vary; nan for a fractional power of a negative number."""
    if x != x or y != y:
        return nan
    return ieee.power(x, y)


@power.define_partials
def power_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    by_exponent = out * log(x)
    vanishes = (out == 0.0) & (x >= 0.0) | (x == 0.0) & (y == 0.0)
    return (_power_slope(out, x, y), choose(vanishes, 0.0, by_exponent))


@_row("arithmetic", "**", "{0} ** {1}", derivative="{1}·{0}^({1} − 1)")
def constant_power(x: float, exponent: float) -> float:
    """``x ** exponent`` with an exponent that is a plain number: to the power 0 even nan gives 1."""
    return nan if exponent != exponent else ieee.power(x, exponent)


@constant_power.define_partials
def constant_power_partials(out: Any, x: Any, exponent: Any) -> Sequence[Any]:
    if type(exponent) is float and 0.5 <= exponent < inf:  # the usual ones, such as squares, have no special points
        return (exponent * pow_(x, exponent - 1.0), None)
    return (choose(exponent == 0.0, 0.0, _power_slope(out, x, exponent)), None)


@_row("arithmetic", "%", "{0} % {1}", derivative=("1", "−({0} // {1})"))
def remainder(x: float, y: float) -> float:
    """``x % y`` with the sign of y, as in Python; nan where y is 0.

    >>> remainder(7.5, 2.0), remainder(-7.5, 2.0), remainder(1.0, 0.0)
    (1.5, 0.5, nan)
    """
    return x % y if y else nan


@remainder.define_partials
def remainder_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (1.0, -floor_divide(x, y))


@_row("arithmetic", "//", "{0} // {1}", derivative="0")
def floor_divide(x: float, y: float) -> float:
    """``x // y``, the whole number of times that y goes into x, as in Python; over zero ±inf. Its derivative is 0."""
    return x // y if y else ieee.divide(x, y)


@floor_divide.define_partials
def floor_divide_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return (0.0, 0.0)


@_row("function", derivative="0")
def floor(x: float) -> float:
    """The largest whole number that is not above x. Its derivative is 0, and likewise those of the next three.

    >>> floor(-2.5), floor.partials(-3.0, -2.5)
    (-3.0, (0.0,))
    """
    return float(math.floor(x)) if math.isfinite(x) else x


@floor.define_partials
def floor_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@_row("function", derivative="0")
def ceil(x: float) -> float:
    """The smallest whole number that is not below x.

    >>> ceil(-2.5)
    -2.0
    """
    return float(math.ceil(x)) if math.isfinite(x) else x


@ceil.define_partials
def ceil_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@_row("function", derivative="0")
def trunc(x: float) -> float:
    """x without what is behind its decimal point.

    >>> trunc(-2.5), trunc(2.5)
    (-2.0, 2.0)
    """
    return float(math.trunc(x)) if math.isfinite(x) else x


@trunc.define_partials
def trunc_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


def _with_digits(x: Any, digits: Any = 0.0) -> tuple[Any, ...]:
    return (x, digits)


@_row("function", "round", "round({0}, {1})", spread=_with_digits, derivative="0")
def round_(x: float, digits: float) -> float:
    """x rounded to so many digits behind the decimal point, halves to even, as Python's ``round``.

    >>> round_(2.5), round_(1.234, 2)
    (2.0, 1.23)
    """
    return round(x, int(digits))


@round_.define_partials
def round_partials(out: Any, x: Any, digits: Any) -> Sequence[Any]:
    return (0.0, None)


@_row("function", "abs", "|{0}|", derivative="sign({0})")
def abs_(x: float) -> float:
    """Absolute value; its derivative at the kink is 0.

    >>> abs_(-3.0), abs_.partials(3.0, -3.0), abs_.partials(0.0, 0.0)
    (3.0, (-1.0,), (0.0,))
    """
    return math.fabs(x)


@abs_.define_partials
def abs_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sign(x),)


@_row("function", derivative="0")
def sign(x: float) -> float:
    """-1, 0 or 1; nan for nan. Its derivative is 0 everywhere.

    >>> sign(-2.5), sign(0.0), sign(7.0)
    (-1.0, 0.0, 1.0)
    """
    if x != x:
        return nan
    return math.copysign(1.0, x) if x else 0.0


@sign.define_partials
def sign_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.0,)


@_row("function", source="{0}²", derivative="2·{0}")
def square(x: float) -> float:
    """``x * x``.

    >>> square(3.0), square.partials(9.0, 3.0)
    (9.0, (6.0,))
    """
    return x * x


@square.define_partials
def square_partials(out: Any, x: Any) -> Sequence[Any]:
    return (2.0 * x,)


@_row("function", source="1 / {0}", derivative="−1 / {0}²")
def reciprocal(x: float) -> float:
    """``1 / x``.

    >>> reciprocal(4.0), reciprocal.partials(0.25, 4.0)
    (0.25, (-0.0625,))
    """
    return ieee.divide(1.0, x)


@reciprocal.define_partials
def reciprocal_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-(out * out),)


@_row("function", source="√{0}", derivative="1 / (2·√({0}))")
def sqrt(x: float) -> float:
    """Square root; nan below 0.

    >>> sqrt(9.0), sqrt.partials(3.0, 9.0)
    (3.0, (0.16666666666666666,))
    """
    return ieee.sqrt(x)


@sqrt.define_partials
def sqrt_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(0.5, out + 0.0),)  # -0.0 + 0.0 is 0.0


@_row("function", source="∛{0}", derivative="1 / (3·∛({0})²)")
def cbrt(x: float) -> float:
    """Cube root, also of negative numbers.

    >>> cbrt(-27.0)
    -3.0
    """
    return ieee.cbrt(x)


@cbrt.define_partials
def cbrt_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, 3.0 * (out * out)),)


# -- exponentials and logarithms ----------------------------------------------------------------------------------

LN_2 = math.log(2.0)
LN_10 = math.log(10.0)


@_row("function", derivative="exp({0})")
def exp(x: float) -> float:
    """e to the power x; inf beyond 709.78.

    >>> exp(0.0), exp(1000.0)
    (1.0, inf)
    """
    return ieee.exp(x)


@exp.define_partials
def exp_partials(out: Any, x: Any) -> Sequence[Any]:
    return (out,)


@_row("function", derivative="log(2)·exp2({0})")
def exp2(x: float) -> float:
    """2 to the power x.

    >>> exp2(10.0)
    1024.0
    """
    return ieee.exp2(x)


@exp2.define_partials
def exp2_partials(out: Any, x: Any) -> Sequence[Any]:
    beyond_largest = 2.0 * LN_2 * exp2(x - 1.0)  # from 1024 to 1024.5 the slope is a float though 2**x is not
    return (choose(is_infinite(out), beyond_largest, LN_2 * out),)


@_row("function", derivative="exp({0})")
def expm1(x: float) -> float:
    """exp(x) − 1, accurate near 0.

    >>> expm1(1e-20)
    1e-20
    """
    return ieee.expm1(x)


@expm1.define_partials
def expm1_partials(out: Any, x: Any) -> Sequence[Any]:
    return (exp(x),)


@_row("function", derivative="1 / {0}")
def log(x: float) -> float:
    """Natural logarithm; -inf at 0, nan below.

    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    return ieee.log(x)


@log.define_partials
def log_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, x + 0.0),)  # -0.0 + 0.0 is 0.0


@_row("function", derivative="1 / ({0}·log(2))")
def log2(x: float) -> float:
    """Logarithm to base 2.

    >>> log2(8.0)
    3.0
    """
    return ieee.log2(x)


@log2.define_partials
def log2_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0 / LN_2, x + 0.0),)


@_row("function", derivative="1 / ({0}·log(10))")
def log10(x: float) -> float:
    """Logarithm to base 10.

    >>> log10(1000.0)
    3.0
    """
    return ieee.log10(x)


@log10.define_partials
def log10_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0 / LN_10, x + 0.0),)


@_row("function", derivative="1 / (1 + {0})")
def log1p(x: float) -> float:
    """log(1 + x), accurate near 0.

    >>> log1p(1e-20)
    1e-20
    """
    return ieee.log1p(x)


@log1p.define_partials
def log1p_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, 1.0 + x),)


# -- trigonometric and hyperbolic functions -----------------------------------------------------------------------


@_row("function", derivative="cos({0})")
def sin(x: float) -> float:
    """Sine of x in radians; nan for ±inf.

    >>> sin(0.0)
    0.0
    """
    return ieee.sin(x)


@sin.define_partials
def sin_partials(out: Any, x: Any) -> Sequence[Any]:
    return (cos(x),)


@_row("function", derivative="−sin({0})")
def cos(x: float) -> float:
    """Cosine of x in radians; nan for ±inf.

    >>> cos(0.0)
    1.0
    """
    return ieee.cos(x)


@cos.define_partials
def cos_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-sin(x),)


@_row("function", derivative="1 / cos²({0})")
def tan(x: float) -> float:
    """Tangent of x in radians; nan for ±inf.

    >>> tan(0.0)
    0.0
    """
    return ieee.tan(x)


@tan.define_partials
def tan_partials(out: Any, x: Any) -> Sequence[Any]:
    cosine = cos(x)
    return (1.0 / (cosine * cosine),)


def _one_minus_square(x: Any) -> Any:
    """1 − x²: as a product it keeps its digits near ±1, as a difference its derivative is right near 0 and at ±1."""
    size = abs_(x)
    return choose((size < 0.75) | (size >= 1.0), 1.0 - x * x, (1.0 - x) * (1.0 + x))


@_row("function", derivative="1 / √(1 − {0}²)")
def asin(x: float) -> float:
    """Inverse sine, in radians; nan outside −1 … 1.

    >>> asin(0.0)
    0.0
    """
    return ieee.asin(x)


@asin.define_partials
def asin_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, sqrt(_one_minus_square(x))),)


@_row("function", derivative="−1 / √(1 − {0}²)")
def acos(x: float) -> float:
    """Inverse cosine, in radians; nan outside −1 … 1.

    >>> acos(1.0)
    0.0
    """
    return ieee.acos(x)


@acos.define_partials
def acos_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-divide(1.0, sqrt(_one_minus_square(x))),)


@_row("function", derivative="1 / (1 + {0}²)")
def atan(x: float) -> float:
    """Inverse tangent, in radians.

    >>> atan(0.0)
    0.0
    """
    return math.atan(x)


@atan.define_partials
def atan_partials(out: Any, x: Any) -> Sequence[Any]:
    cosine = 1.0 / hypot(1.0, x)  # of the angle; 1 + x * x would overflow from 1e154 on
    return (cosine * cosine,)


@_row("function", source="atan2({0}, {1})", derivative=("{1} / ({0}² + {1}²)", "−{0} / ({0}² + {1}²)"))
def atan2(y: float, x: float) -> float:
    """The angle of the point (x, y), from −π to π; its derivatives at the origin are 0.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return math.atan2(y, x)


@atan2.define_partials
def atan2_partials(out: Any, y: Any, x: Any) -> Sequence[Any]:
    radius = hypot(x, y)
    flat = (radius == 0.0) | is_infinite(radius)
    divisor = choose(flat, 1.0, radius)
    return (choose(flat, 0.0, x / divisor / divisor), choose(flat, 0.0, -(y / divisor / divisor)))


@_row("function", derivative="cosh({0})")
def sinh(x: float) -> float:
    """Hyperbolic sine.

    >>> sinh(0.0)
    0.0
    """
    return ieee.sinh(x)


@sinh.define_partials
def sinh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (cosh(x),)


@_row("function", derivative="sinh({0})")
def cosh(x: float) -> float:
    """Hyperbolic cosine.

    >>> cosh(0.0)
    1.0
    """
    return ieee.cosh(x)


@cosh.define_partials
def cosh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sinh(x),)


@_row("function", source="sech²({0})", derivative="−2·tanh({0})·(1 − tanh²({0}))")
def sech_squared(x: float) -> float:
    """1 / cosh²(x), the slope of tanh, with all its digits where 1 − tanh² has lost them."""
    exponential = math.exp(-2.0 * abs(x))
    return 4.0 * exponential / ((1.0 + exponential) * (1.0 + exponential))


@sech_squared.define_partials
def sech_squared_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-2.0 * (out * tanh(x)),)


@_row("activation", derivative="1 − tanh²({0})")
def tanh(x: float) -> float:
    """Hyperbolic tangent.

    Its derivative is sech², which keeps all its digits where 1 − tanh² has lost them:

    >>> tanh(20.0), tanh.partials(1.0, 20.0)
    (1.0, (1.6993417021166355e-17,))
    """
    return math.tanh(x)


@tanh.define_partials
def tanh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sech_squared(x),)


@_row("function", derivative="1 / √(1 + {0}²)")
def asinh(x: float) -> float:
    """Inverse hyperbolic sine.

    >>> asinh(0.0)
    0.0
    """
    return math.asinh(x)


@asinh.define_partials
def asinh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (1.0 / hypot(1.0, x),)


@_row("function", derivative="1 / √({0}² − 1)")
def acosh(x: float) -> float:
    """Inverse hyperbolic cosine; nan below 1.

    >>> acosh(1.0)
    0.0
    """
    return ieee.acosh(x)


@acosh.define_partials
def acosh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)),)


@_row("function", derivative="1 / (1 − {0}²)")
def atanh(x: float) -> float:
    """Inverse hyperbolic tangent; ±inf at ±1, nan beyond.

    >>> atanh(0.0)
    0.0
    """
    return ieee.atanh(x)


@atanh.define_partials
def atanh_partials(out: Any, x: Any) -> Sequence[Any]:
    return (divide(1.0, _one_minus_square(x)),)


# -- functions of statistics --------------------------------------------------------------------------------------


@_row("function", "exp_minus_square", "exp(-{0}²)", derivative="−2·{0}·exp(−{0}²)")
def exp_minus_square(x: float) -> float:
    """exp(−x²), accurate where x² is large: what the derivatives of erf and erfc are made of.

    Where it is subnormal, for |x| > 26.6, its derivative carries its rounding times 2x, which is up to 30 of the
    smallest subnormal floats; so do the second derivatives of erf and erfc.
    """
    return ieee.exp_minus_square(x)


@exp_minus_square.define_partials
def exp_minus_square_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-2.0 * clamp(x, -40.0, 40.0) * out,)


TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
ONE_OVER_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


@_row("function", derivative="2 / √(π)·exp(−{0}²)")
def erf(x: float) -> float:
    """Error function.

    >>> erf(0.0)
    0.0
    """
    return math.erf(x)


@erf.define_partials
def erf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (TWO_OVER_SQRT_PI * exp_minus_square(x),)


@_row("function", derivative="−2 / √(π)·exp(−{0}²)")
def erfc(x: float) -> float:
    """Complementary error function, 1 − erf(x), accurate in its tail.

    >>> erfc(0.0)
    1.0
    """
    return math.erfc(x)


@erfc.define_partials
def erfc_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-TWO_OVER_SQRT_PI * exp_minus_square(x),)


@_row("function", "normal_pdf", "φ({0})", derivative="−{0}·φ({0})")
def normal_pdf(x: float) -> float:
    """The standard normal density, exp(−x²/2)/√(2π).

    Where it is subnormal, for |x| > 37.5, its derivative and gelu's carry its rounding times x, which is up to 30 of
    the smallest subnormal floats; second derivatives up to 1500.
    """
    return ONE_OVER_SQRT_TWO_PI * ieee.exp_minus_square(x, 0.5)


@normal_pdf.define_partials
def normal_pdf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (-(clamp(x, -40.0, 40.0) * out),)


@_row("function", "normal_cdf", "Φ({0})", derivative="φ({0})")
def normal_cdf(x: float) -> float:
    """The standard normal distribution function, accurate in its lower tail."""
    return ieee.normal_cdf(x)


@normal_cdf.define_partials
def normal_cdf_partials(out: Any, x: Any) -> Sequence[Any]:
    return (normal_pdf(x),)


@_row("function", derivative="ψ({0})")
def lgamma(x: float) -> float:
    """log|Γ(x)|; its derivative is the digamma function.

    For x < 0 both are differences, of the two terms of the reflection formula, and have many roots: their errors are
    within 4 ulp of those terms.

    >>> lgamma(1.0), lgamma(2.0)
    (0.0, 0.0)
    """
    return ieee.lgamma(x)


@lgamma.define_partials
def lgamma_partials(out: Any, x: Any) -> Sequence[Any]:
    return (polygamma(0.0, x),)


@_row("function", source="ψ{0}({1})", derivative="polygamma({0} + 1, {1})")
def polygamma(order: float, x: float) -> float:
    """The derivative of lgamma of order ``order + 1``; the order is a whole number, not differentiated.

    Within 4 ulp; for x < 0, of the terms of the reflection formula, one of which is a power of the cotangent that has
    each of its roundings order + 1 times.

    >>> polygamma(1.0, 1.0)  # pi**2 / 6
    1.6449340668482264
    """
    return ieee.polygamma(int(order), x)


@polygamma.define_partials
def polygamma_partials(out: Any, order: Any, x: Any) -> Sequence[Any]:
    return (None, polygamma(order + 1.0, x))


@_row("function", source="ψ({0})", derivative="ψ1({0})")
def digamma(x: float) -> float:
    """The derivative of lgamma; nan at its poles 0, −1, −2, …

    >>> digamma(1.0)  # minus Euler's constant
    -0.5772156649015326
    """
    return ieee.polygamma(0, x)


@digamma.define_partials
def digamma_partials(out: Any, x: Any) -> Sequence[Any]:
    return (polygamma(1.0, x),)


@_row("function", source="erf⁻¹({0})", derivative="√(π) / 2·exp(erf⁻¹({0})²)")
def erfinv(x: float) -> float:
    """The number whose erf is x; ±inf at ±1, nan beyond.

    >>> erfinv(0.0), erfinv(erf(0.5)), erfinv(1.0)
    (0.0, 0.5, inf)
    """
    return ieee.erfinv(x)


@erfinv.define_partials
def erfinv_partials(out: Any, x: Any) -> Sequence[Any]:
    return (erfinv_slope(x),)


@_row("function", "erfinv_slope", "erf⁻¹′({0})", derivative="2·erf⁻¹({0})·erf⁻¹′({0})²")
def erfinv_slope(x: float) -> float:
    """√π / 2 · exp(erfinv(x)²), the slope of erfinv: the rounding of erfinv, which the exponential magnifies up to 70
    times, is taken off again.
    """
    return ieee.erfinv_slope(x)


@erfinv_slope.define_partials
def erfinv_slope_partials(out: Any, x: Any) -> Sequence[Any]:
    return (2.0 * erfinv(x) * (out * out),)


# -- activations --------------------------------------------------------------------------------------------------


@_row("activation", source="σ({0})", derivative="σ({0})·(1 − σ({0}))")
def sigmoid(x: float) -> float:
    """1 / (1 + exp(−x)).

    Its derivative is sech²(x/2)/4, not s(1 − s), which loses its digits as s nears 1:

    >>> sigmoid(0.0), sigmoid.partials(1.0, 40.0)
    (0.5, (4.248354255291589e-18,))
    """
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    exponential = math.exp(x)
    return exponential / (1.0 + exponential)


@sigmoid.define_partials
def sigmoid_partials(out: Any, x: Any) -> Sequence[Any]:
    return (0.25 * sech_squared(0.5 * x),)


@_row("activation", source="log σ({0})", derivative="1 − σ({0})")
def log_sigmoid(x: float) -> float:
    """log(sigmoid(x)), finite for every finite x.

    >>> log_sigmoid(-1000.0), log_sigmoid.partials(-1000.0, -1000.0)
    (-1000.0, (1.0,))
    """
    return -softplus.forward(-x)


@log_sigmoid.define_partials
def log_sigmoid_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sigmoid(-x),)


@_row("activation", derivative="σ({0})")
def softplus(x: float) -> float:
    """log(1 + exp(x)): a smooth relu, whose derivative is the sigmoid.

    >>> softplus(1000.0), softplus.partials(1000.0, 1000.0)
    (1000.0, (1.0,))
    """
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


@softplus.define_partials
def softplus_partials(out: Any, x: Any) -> Sequence[Any]:
    return (sigmoid(x),)


@_row("activation", derivative="1 if {0} > 0 else 0")
def relu(x: float) -> float:
    """The positive part of x; its derivative at the kink is 0.

    >>> relu(-2.0), relu(3.0), relu.partials(0.0, 0.0)
    (0.0, 3.0, (0.0,))
    """
    return 0.0 if x <= 0.0 else x


@relu.define_partials
def relu_partials(out: Any, x: Any) -> Sequence[Any]:
    return (choose(x > 0.0, 1.0, 0.0),)


def _with_slope(x: Any, negative_slope: Any = 0.01) -> tuple[Any, ...]:
    return (x, negative_slope)


@_row(
    "activation",
    source="leaky_relu({0}, {1})",
    spread=_with_slope,
    derivative=("1 if {0} > 0 else {1}", "0 if {0} > 0 else {0}"),
)
def leaky_relu(x: float, negative_slope: float) -> float:
    """x where it is positive, ``negative_slope * x`` elsewhere; the slope may be a Value to be learned.

    >>> leaky_relu(-2.0), leaky_relu(-2.0, 0.5), leaky_relu(3.0)
    (-0.02, -1.0, 3.0)
    """
    return x if x > 0.0 and negative_slope == negative_slope else negative_slope * x  # nan for a slope of nan


@leaky_relu.define_partials
def leaky_relu_partials(out: Any, x: Any, negative_slope: Any) -> Sequence[Any]:
    return (choose(x > 0.0, 1.0, negative_slope), choose(x > 0.0, 0.0, x))


def _with_alpha(x: Any, alpha: Any = 1.0) -> tuple[Any, ...]:
    return (x, alpha)


@_row(
    "activation",
    source="elu({0}, {1})",
    spread=_with_alpha,
    derivative=("1 if {0} > 0 else {1}·exp({0})", "0 if {0} > 0 else exp({0}) − 1"),
)
def elu(x: float, alpha: float) -> float:
    """x where it is positive, ``alpha * (exp(x) − 1)`` elsewhere.

    >>> elu(2.0), elu.partials(0.0, 0.0, 1.0)
    (2.0, (1.0, 0.0))
    """
    return x if x > 0.0 and alpha == alpha else alpha * ieee.expm1(x)  # nan for an alpha of nan


@elu.define_partials
def elu_partials(out: Any, x: Any, alpha: Any) -> Sequence[Any]:
    return (choose(x > 0.0, 1.0, alpha * exp(x)), choose(x > 0.0, 0.0, expm1(x)))


# The fixed point of Klambauer et al., Self-Normalizing Neural Networks (2017), equations 12 and 14.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@_row("activation", derivative="1.0507 if {0} > 0 else 1.7581·exp({0})")
def selu(x: float) -> float:
    """The self-normalising elu: scale · elu(x, alpha) with the constants of its paper.

    >>> selu(1.0)
    1.0507009873554805
    """
    return SELU_SCALE * x if x > 0.0 else SELU_SCALE * SELU_ALPHA * math.expm1(x)


@selu.define_partials
def selu_partials(out: Any, x: Any) -> Sequence[Any]:
    return (choose(x > 0.0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * exp(x)),)


@_row("activation", derivative="Φ({0}) + {0}·φ({0})")
def gelu(x: float) -> float:
    """x·Φ(x) with the exact normal distribution function Φ, accurate in its tail.

    >>> gelu(0.0), f"{gelu(-20.0):.12e}"
    (0.0, '-5.507248237212e-88')
    """
    return x * ieee.normal_cdf(x) if x > -40.0 or x != x else -0.0


@gelu.define_partials
def gelu_partials(out: Any, x: Any) -> Sequence[Any]:
    return (normal_cdf(x) + clamp(x, -40.0, 40.0) * normal_pdf(x),)


@_row("activation", derivative="σ({0})·(1 + {0}·(1 − σ({0})))")
def silu(x: float) -> float:
    """x·sigmoid(x), also called swish.

    Where sigmoid(−|x|) is subnormal, for |x| > 708, the second derivative carries its rounding times x.

    >>> silu(0.0), silu.partials(0.0, 0.0)
    (0.0, (0.5,))
    """
    if x >= 0.0 or x != x:
        return x / (1.0 + math.exp(-x))
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)  # in two halves: exp(x) alone may be too small for all its digits
    return x * half / (1.0 + half * half) * half


@silu.define_partials
def silu_partials(out: Any, x: Any) -> Sequence[Any]:
    bounded = clamp(x, -800.0, 800.0)
    half = exp(0.5 * minimum(bounded, 0.0))
    slope = 1.0 + bounded * sigmoid(-bounded)
    return (choose(x < 0.0, half * slope / (1.0 + half * half) * half, sigmoid(bounded) * slope),)


@_row("activation", derivative="tanh(softplus({0})) + {0}·σ({0})·(1 − tanh²(softplus({0})))")
def mish(x: float) -> float:
    """x·tanh(softplus(x)).

    >>> mish(0.0), mish.partials(0.0, 0.0)
    (0.0, (0.6,))
    """
    if x >= 0.0 or x != x:
        e = math.exp(-x)
        return x * ((1.0 + 2.0 * e) / (1.0 + 2.0 * e + 2.0 * e * e))
    if x < -800.0:
        return -0.0
    half = math.exp(0.5 * x)
    e = half * half
    return x * half * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half


@mish.define_partials
def mish_partials(out: Any, x: Any) -> Sequence[Any]:
    """With e = exp(−|x|), tanh(softplus(x)) is a fraction of polynomials in e, and so is its derivative."""
    bounded = clamp(x, -800.0, 800.0)
    size = choose(x < 0.0, -bounded, bounded)  # abs() has derivative 0 at 0, which would spoil the second derivative
    e = exp(-size)
    rising_denominator = 1.0 + 2.0 * e + 2.0 * e * e
    bend = 2.0 * bounded * (1.0 + e) - rising_denominator
    rising = 1.0 + 2.0 * (e * e) * bend / (rising_denominator * rising_denominator)
    half = exp(-0.5 * size)
    denominator = e * (e + 2.0) + 2.0
    numerator = (e + 2.0) * denominator + 4.0 * bounded * (1.0 + e)
    return (choose(x < 0.0, half * (numerator / (denominator * denominator)) * half, rising),)


@_row("activation", derivative="1 / (1 + |{0}|)²")
def softsign(x: float) -> float:
    """x / (1 + |x|).

    >>> softsign(1.0), softsign.partials(0.5, 1.0)
    (0.5, (0.25,))
    """
    return math.copysign(1.0, x) if abs(x) == inf else x / (1.0 + abs(x))


@softsign.define_partials
def softsign_partials(out: Any, x: Any) -> Sequence[Any]:
    root = 1.0 / (1.0 + abs_(x))
    return (root * root,)


# -- choices ------------------------------------------------------------------------------------------------------


def _shares(chosen: Sequence[Any]) -> Sequence[Any]:
    """Of the operands that attain the extremum, an equal share to each; a plain sum counts them."""
    share = divide(1.0, sum(choose(attains, 1.0, 0.0) for attains in chosen))  # of nan, none attains it
    return tuple(choose(attains, share, 0.0) for attains in chosen)


@_row(
    "reduction",
    source="max({0})",
    spread=_one_or_several("maximum"),
    derivative="1 if {x} is the largest, shared by ties, else 0",
)
def maximum(*values: float) -> float:
    """The largest of one or more numbers; tied ones share the derivative equally.

    >>> maximum(1.0, 3.0, 2.0), maximum.partials(1.0, 1.0, 1.0)
    (3.0, (0.5, 0.5))
    """
    return nan if any(value != value for value in values) else max(values)


@maximum.define_partials
def maximum_partials(out: Any, *values: Any) -> Sequence[Any]:
    return _shares([value >= out for value in values])


@_row(
    "reduction",
    source="min({0})",
    spread=_one_or_several("minimum"),
    derivative="1 if {x} is the smallest, shared by ties, else 0",
)
def minimum(*values: float) -> float:
    """The smallest of one or more numbers; tied ones share the derivative equally.

    >>> minimum(1.0, 3.0, 2.0)
    1.0
    """
    return nan if any(value != value for value in values) else min(values)


@minimum.define_partials
def minimum_partials(out: Any, *values: Any) -> Sequence[Any]:
    return _shares([value <= out for value in values])


def _with_bounds(x: Any, low: Any = -inf, high: Any = inf) -> tuple[Any, ...]:
    if low > high:
        raise ValueError(f"clamp() needs low ≤ high, got low={low!r}, high={high!r}")
    return (x, low, high)


@_row(
    "function",
    source="clamp({0}, {1}, {2})",
    spread=_with_bounds,
    derivative=("1 if {1} ≤ {0} ≤ {2} else 0", "1 if {0} < {1} else 0", "1 if {0} > {2} else 0"),
)
def clamp(x: float, low: float, high: float) -> float:
    """x held between two bounds; at a bound the derivative is 1.

    >>> clamp(5.0, 0.0, 1.0), clamp(0.5, 0.0, 1.0), clamp.partials(1.0, 1.0, 0.0, 1.0)
    (1.0, 0.5, (1.0, 0.0, 0.0))
    """
    if x != x or low != low or high != high:
        return nan
    return low if x < low else high if x > high else x


@clamp.define_partials
def clamp_partials(out: Any, x: Any, low: Any, high: Any) -> Sequence[Any]:
    below, above = choose(x < low, 1.0, 0.0), choose(x > high, 1.0, 0.0)
    return (1.0 - below - above, below, above)


@_row(
    "function",
    source="{1} where {0} else {2}",
    propagates_nan=False,
    derivative=("0", "1 if {0} else 0", "0 if {0} else 1"),
)
def where(condition: float, if_true: float, if_false: float) -> float:
    """``if_true`` where the condition holds (is not 0), else ``if_false``, which then gets exactly no gradient.

    >>> where(True, 1.0, 2.0), where(False, 1.0, 2.0)
    (1.0, 2.0)
    """
    return if_true if condition else if_false


@where.define_partials
def where_partials(out: Any, condition: Any, if_true: Any, if_false: Any) -> Sequence[Any]:
    fails = condition == 0.0
    return (None, choose(fails, None, 1.0), choose(fails, 1.0, None))


# -- conditions: what comparisons of Values record, 1 for true and 0 for false -----------------------------------------


def _is_condition(name: str, source: str) -> Callable[[Forward], Primitive]:
    """A row whose value is 0 or 1, so that no gradient flows and a nan among the operands makes no nan."""

    def enter(forward: Forward) -> Primitive:
        made = _row("arithmetic", name, source, propagates_nan=False, derivative="0")(forward)
        made.define_partials(_no_partials)
        return made

    return enter


def _no_partials(out: Any, *operands: Any) -> Sequence[Any]:
    return (None,) * len(operands)


@_is_condition("<", "{0} < {1}")
def less(x: float, y: float) -> float:
    """Whether x is below y."""
    return 1.0 if x < y else 0.0


@_is_condition("<=", "{0} <= {1}")
def less_equal(x: float, y: float) -> float:
    """Whether x is y or below."""
    return 1.0 if x <= y else 0.0


@_is_condition(">", "{0} > {1}")
def greater(x: float, y: float) -> float:
    """Whether x is above y."""
    return 1.0 if x > y else 0.0


@_is_condition(">=", "{0} >= {1}")
def greater_equal(x: float, y: float) -> float:
    """Whether x is y or above."""
    return 1.0 if x >= y else 0.0


@_is_condition("==", "{0} == {1}")
def equal(x: float, y: float) -> float:
    """Whether x and y are the same number."""
    return 1.0 if x == y else 0.0


@_is_condition("!=", "{0} != {1}")
def not_equal(x: float, y: float) -> float:
    """Whether x and y are not the same number."""
    return 1.0 if x != y else 0.0


@_is_condition("&", "{0} & {1}")
def both(x: float, y: float) -> float:
    """Whether both hold."""
    return 1.0 if x != 0.0 and y != 0.0 else 0.0


@_is_condition("|", "{0} | {1}")
def either(x: float, y: float) -> float:
    """Whether one of them holds, or both."""
    return 1.0 if x != 0.0 or y != 0.0 else 0.0


@_is_condition("~", "~({0})")
def negation(x: float) -> float:
    """Whether it does not hold."""
    return 1.0 if x == 0.0 else 0.0


# -- sums and other reductions ------------------------------------------------------------------------------------


def _weights_inputs_bias(weights: Any, inputs: Any, bias: Any = 0.0) -> tuple[Any, ...]:
    try:
        if isinstance(weights, _NO_SEQUENCES) or isinstance(inputs, _NO_SEQUENCES):
            raise TypeError
        same_length = len(weights) == len(inputs)
    except TypeError:
        kinds = f"{type(weights).__name__} and {type(inputs).__name__}"
        raise TypeError(f"dot() needs a sequence of weights and one of inputs, got {kinds}") from None
    if not same_length:
        raise ValueError(
            f"dot() needs as many weights as inputs, but len(weights) is {len(weights)}, and len(inputs) {len(inputs)}"
        )
    return (*weights, *inputs, bias)


@_row("weighted_sum", source="dot({0})", spread=_weights_inputs_bias)
def dot(*operands: float) -> float:
    """The weighted sum ``weights[0]*inputs[0] + weights[1]*inputs[1] + … + bias`` as one node.

    The derivative of a weight is its input, that of an input its weight, that of the bias 1.

    >>> dot([2.0, 3.0], [5.0, 7.0], 1.0)
    32.0
    """
    count = len(operands) // 2
    total = operands[-1]
    for product in map(operator.mul, operands[:count], operands[count:-1]):
        total += product
    return total


@dot.define_partials
def dot_partials(out: Any, *operands: Any) -> Sequence[Any]:
    count = len(operands) // 2
    return (*operands[count:-1], *operands[:count], 1.0)


@_row("reduction", "sum", "sum({0})", spread=_sequence("sum"), derivative="1")
def sum_(*values: float) -> float:
    """The sum of any number of Values and numbers, as one node.

    >>> sum_([1.0, 2.0, 3.0])
    6.0
    """
    total = 0.0
    for value in values:
        total += value
    return total


@sum_.define_partials
def sum_partials(out: Any, *values: Any) -> Sequence[Any]:
    return (1.0,) * len(values)


@_row("reduction", source="mean({0})", spread=_sequence("mean", least=1), derivative="1 / {n}")
def mean(*values: float) -> float:
    """The arithmetic mean of one or more Values and numbers, as one node.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return sum_.forward(*values) / len(values)


@mean.define_partials
def mean_partials(out: Any, *values: Any) -> Sequence[Any]:
    return (1.0 / len(values),) * len(values)


@_row("reduction", source="prod({0})", spread=_sequence("prod"), derivative="the product of the others")
def prod(*values: float) -> float:
    """The product of any number of Values and numbers, as one node.

    >>> prod([2.0, 3.0, 4.0]), prod.partials(0.0, 0.0, 3.0)
    (24.0, (3.0, 0.0))
    """
    product = 1.0
    for value in values:
        product *= value
    return product


@prod.define_partials
def prod_partials(out: Any, *values: Any) -> Sequence[Any]:
    """The product of all the others, from the products before and after each: no division, so zeros are no trouble."""
    after = [1.0]
    for value in reversed(values[1:]):
        after.append(after[-1] * value)
    before: Any = 1.0
    partials = []
    for value, product_after in zip(values, reversed(after)):
        partials.append(before * product_after)
        before = before * value
    return tuple(partials)


def _direction(values: Sequence[Any]) -> Sequence[Any]:
    """The unit vector along the operands, scaled so that no square over- or underflows; 0 for the zero vector.

    With one infinite operand it points along that axis; with several it has no limit and is nan.
    """
    sizes = [abs_(value) for value in values]
    largest = maximum(sizes) if sizes else 0.0
    is_zero, is_endless = largest == 0.0, is_infinite(largest)
    scale = choose(is_zero | is_endless, 1.0, largest)
    scaled = [value / scale for value in values]
    length = choose(is_zero, 1.0, norm(scaled))
    infinite = [choose(is_infinite(value), 1.0, 0.0) for value in values]
    along_axis = choose(sum(infinite) > 1.0, nan, 1.0)
    return tuple(
        choose(is_endless, sign(value) * is_axis * along_axis, choose(is_zero, 0.0, part / length))
        for value, part, is_axis in zip(values, scaled, infinite)
    )


@_row("function", source="hypot({0}, {1})", derivative=("{0} / hypot({0}, {1})", "{1} / hypot({0}, {1})"))
def hypot(x: float, y: float) -> float:
    """√(x² + y²) without overflow or underflow inside; its derivatives at the origin are 0.

    >>> hypot(3.0, 4.0), hypot(3e300, 4e300)
    (5.0, 5e+300)
    """
    return nan if x != x or y != y else math.hypot(x, y)


@hypot.define_partials
def hypot_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return _direction((x, y))


@_row("reduction", source="norm({0})", spread=_sequence("norm"), derivative="{x} / norm")
def norm(*values: float) -> float:
    """The Euclidean length of a vector, as one node; its derivatives at the zero vector are 0.

    >>> norm([3.0, 4.0]), norm.partials(0.0, 0.0, 0.0)
    (5.0, (0.0, 0.0))
    """
    return nan if any(value != value for value in values) else math.hypot(*values)


@norm.define_partials
def norm_partials(out: Any, *values: Any) -> Sequence[Any]:
    return _direction(values)


@_row("reduction", source="logsumexp({0})", spread=_sequence("logsumexp", least=1), derivative="exp({x} − logsumexp)")
def logsumexp(*values: float) -> float:
    """log(exp(v₁) + exp(v₂) + …) without overflow; its derivatives are the softmax of the values.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    if any(value != value for value in values):
        return nan
    largest = max(values)
    return largest if abs(largest) == inf else largest + ieee.log_sum_of_shifted_exponentials(values, largest)


@logsumexp.define_partials
def logsumexp_partials(out: Any, *values: Any) -> Sequence[Any]:
    return _softmax_shares(values)


@_row("function", source="logaddexp({0}, {1})", derivative=("σ({0} − {1})", "σ({1} − {0})"))
def logaddexp(x: float, y: float) -> float:
    """log(exp(x) + exp(y)) without overflow.

    >>> logaddexp(1000.0, 1000.0)
    1000.6931471805599
    """
    return logsumexp.forward(x, y)


@logaddexp.define_partials
def logaddexp_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
    return _softmax_shares((x, y))


def _component_and_values(index: int, values: Sequence[Any]) -> tuple[Any, ...]:
    return (float(index), *values)


def _softmax_shares(values: Sequence[Any]) -> Sequence[Any]:
    """All components of the softmax; of floats in one go."""
    if all(type(value) is float for value in values):
        return ieee.softmax(values)
    return _components(softmax_component, _softmax_with_partials, values)


def _components(component: Primitive, together: Together, values: Sequence[Any]) -> list[Any]:
    """Each component of the same operands, a node of its own; operands that can have one computation shared by all.

    Args:
        component: the primitive, whose first operand is the component's index.
        together: what they are on floats: all results, and for each in turn its partials, as the primitive's own are.
        values: the operands after the index.
    """
    others = [value for value in values if type(value) is not float]
    for operand in others:
        if (apply_components := getattr(operand, "__apply_components__", None)) is not None:
            components: list[Any] = apply_components(component, together, values)
            return components
    if any(hasattr(operand, "__apply_primitive__") for operand in others):
        return [component(index, values) for index in range(len(values))]
    return list(together(*map(as_float, values))[0])


def _sums_of_others(shares: Sequence[float]) -> Iterator[float]:
    """For each share the sum of all others, as :func:`_sum_of_others` adds them up, from running sums."""
    before = accumulate(shares, initial=0.0)
    after = list(accumulate(reversed(shares), initial=0.0))
    return map(operator.add, before, after[-2::-1])


def _sum_of_others(own: int, shares: Sequence[Any]) -> Any:
    """``1 - shares[own]``, of which that subtraction would leave nothing where it is far below 1e-16."""
    before, after = shares[:own], shares[:own:-1]
    return sum_(before) + sum_(after) if before and after else sum_(before or after)


@_row(
    "function",
    "softmax",
    "softmax{0}({1})",
    spread=_component_and_values,
    derivative="softmaxᵢ·((1 if i = j else 0) − softmaxⱼ)",
)
def softmax_component(index: float, *values: float) -> float:
    """exp(values[index]) as a share of the sum of all; nan where all are −inf or several inf."""
    return ieee.softmax(values)[int(index)]


@softmax_component.define_partials
def softmax_component_partials(out: Any, index: Any, *values: Any) -> Sequence[Any]:
    shares = _softmax_shares(values)
    own = int(index)
    return _softmax_partials(own, out, shares, _sum_of_others(own, shares))


def _softmax_partials(own: int, share: Any, shares: Sequence[Any], others: Any) -> Sequence[Any]:
    """s_i·(1 − s_i) and −s_i·s_j, and None for the index."""
    minus = -share
    before, after = shares[:own], shares[own + 1 :]
    return (None, *[minus * other for other in before], share * others, *[minus * other for other in after])


def _softmax_with_partials(*values: float) -> tuple[Sequence[float], Iterator[Sequence[Any]]]:
    shares = ieee.softmax(values)
    return shares, map(_softmax_partials, count(), shares, repeat(shares), _sums_of_others(shares))


@_row(
    "function",
    "log_softmax",
    "log_softmax{0}({1})",
    spread=_component_and_values,
    derivative="(1 if i = j else 0) − softmaxⱼ",
)
def log_softmax_component(index: float, *values: float) -> float:
    """The logarithm of one softmax component, finite however small that is."""
    return ieee.log_softmax(values)[int(index)]


@log_softmax_component.define_partials
def log_softmax_component_partials(out: Any, index: Any, *values: Any) -> Sequence[Any]:
    shares = _softmax_shares(values)
    own = int(index)
    return _log_softmax_partials(own, [-share for share in shares], _sum_of_others(own, shares))


def _log_softmax_partials(own: int, minus_shares: Sequence[Any], others: Any) -> Sequence[Any]:
    """1 − s_i and −s_j, and None for the index."""
    return (None, *minus_shares[:own], others, *minus_shares[own + 1 :])


def _log_softmax_with_partials(*values: float) -> tuple[Sequence[float], Iterator[Sequence[Any]]]:
    shares = ieee.softmax(values)
    minus_shares = [-share for share in shares]
    return ieee.log_softmax(values), map(_log_softmax_partials, count(), repeat(minus_shares), _sums_of_others(shares))


@overload
def softmax(values: Iterable[float]) -> list[float]: ...
@overload
def softmax(values: Iterable[Operand[Result] | float]) -> list[Result]: ...
@overload
def softmax(values: Iterable[Any]) -> list[Any]: ...
def softmax(values: Iterable[Any], *others: NoReturn) -> list[Any]:
    """The values' exponentials as shares of their sum, one node each; stable for large and far-apart values.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    operands = _sequence("softmax", least=1)(values, *others)
    return _components(softmax_component, _softmax_with_partials, operands)


@overload
def log_softmax(values: Iterable[float]) -> list[float]: ...
@overload
def log_softmax(values: Iterable[Operand[Result] | float]) -> list[Result]: ...
@overload
def log_softmax(values: Iterable[Any]) -> list[Any]: ...
def log_softmax(values: Iterable[Any], *others: NoReturn) -> list[Any]:
    """The logarithms of :func:`softmax`, one node each.

    >>> log_softmax([0.0, 0.0])
    [-0.6931471805599453, -0.6931471805599453]
    """
    return _components(
        log_softmax_component, _log_softmax_with_partials, _sequence("log_softmax", least=1)(values, *others)
    )


@overload
def pow_(x: float, y: float) -> float: ...
@overload
def pow_(x: Operand[Result], y: Operand[Result] | float) -> Result: ...
@overload
def pow_(x: float, y: Operand[Result]) -> Result: ...
@overload
def pow_(x: Any, y: Any) -> Any: ...
def pow_(x: Any, y: Any) -> Any:
    """``x ** y``; a plain number as exponent is a constant.

    >>> pow_(2.0, 10.0)
    1024.0
    """
    varies = hasattr(y, "__apply_primitive__")
    return power(x, y) if varies else constant_power(x, y)


# -- what no gradient flows through -----------------------------------------------------------------------------------


@_row("function", "stop_gradient", derivative="0")
def stop_gradient_(x: float) -> float:
    """``x`` itself, as a constant for all derivatives."""
    return x


@stop_gradient_.define_partials
def stop_gradient_partials(out: Any, x: Any) -> Sequence[Any]:
    return (None,)
