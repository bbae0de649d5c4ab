"""What a primitive is: an operation on floats with its partial derivatives beside it, a row of the table."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Literal, Protocol, TypeVar, get_args, overload

from autograd_core.primitives.reals import as_float, is_scalar
from autograd_core.primitives.texts import PrimitiveText, checked_text

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
        texts: the operation in other languages, by the language's name, where a replay cannot look into it.

    >>> from autograd_core import tanh
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
        self.texts: dict[str, PrimitiveText] = {}
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

    def define_text(self, language: str, forward: str, partials: Sequence[str | None], header: str = "") -> None:
        """Say what the primitive is in another language, for ``Program.source``.

        Only a primitive that a replay cannot look into needs it, such as one with a loop that ends when it has
        converged: all others are written as what they consist of.

        Args:
            language: as ``source`` calls it, such as ``"c"``.
            forward: the value, with ``{0}``, ``{1}`` … for the operands; braces of the language are doubled.
            partials: the derivative with respect to each operand, with ``{out}`` for the value besides; None where no
                gradient flows.
            header: what stands at the beginning of the text, such as an import or the definition of a function.

        Raises:
            TypeError: the texts are not strings, or ``partials`` is not a list of strings and None.
            ValueError: a text has other braces than those of operands and ``{out}``, which are not doubled.

        >>> import autograd_core as ag
        >>> @ag.primitive()
        ... def whole(x):
        ...     return float(int(x))  # a replay cannot look into int()
        >>> @whole.define_partials
        ... def whole_partials(out, x):
        ...     return (0.0,)
        >>> whole.define_text("javascript", "Math.trunc({0})", ["0"])
        >>> x = ag.Value(2.5, "x")
        >>> "= Math.trunc(x);" in ag.compile(whole(x), inputs=[x]).source("javascript")
        True
        """
        self.texts[language] = checked_text(forward, partials, header)

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
        only_floats = True
        for operand in operands:
            if type(operand) is not float:
                apply_primitive = getattr(operand, "__apply_primitive__", None)
                if apply_primitive is not None:
                    return apply_primitive(self, operands)
                only_floats = False
        return self.forward(*operands) if only_floats else self.forward(*map(as_float, operands))

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
        if isinstance(results, (str, Mapping, Set)) or not isinstance(results, Iterable) or is_scalar(results):
            raise TypeError(
                f"the partials of {self.name!r} gave {type(results).__name__}: "
                "return a tuple with one derivative for each operand"
            )
        what = f"the partials of {self.name!r} are numbers or None"
        return tuple([None if result is None else _as_result(result, what) for result in results])


_FLOAT_OR_NONE = frozenset({float, type(None)})


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


def table_row(
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
