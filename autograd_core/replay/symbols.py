"""What an operation does, written down as instructions: it is run once, on symbols in place of numbers.

The partials of a primitive are written in overloaded arithmetic and primitives only. So they run on a symbol just as on
a float or a Value, and each operation notes itself in a :class:`Trace`. No derivative is written a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from autograd_core import primitives
from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import CODE_OF_PRIMITIVE, CODES, has_result_for_each_operand

Step = tuple[int, tuple[int, ...]]  # a code, and where its operands are


class UntraceableError(Exception):
    """An operation asks a symbol for what only a number has, such as which branch to take."""


@dataclass(frozen=True)
class Template:
    """An operation as steps on places.

    Places 0, 1, … are those of the operands, then each step adds as many as it has results. Place -1 - k is that of
    the constant ``constants[k]``.

    Attributes:
        steps: code and operands' places of each.
        constants: numbers that the operation names.
        results: the places of its results; None for a partial derivative that there is none of.
        gated: for each result, whether a 0 among it means that nothing passes, as ``None`` does where the choice
            between a number and None is made by a number.
    """

    steps: tuple[Step, ...]
    constants: tuple[float, ...]
    results: tuple[int | None, ...]
    gated: tuple[bool, ...]


class Trace:
    """The steps noted so far."""

    def __init__(self, operand_count: int) -> None:
        self.steps: list[Step] = []
        self.constants: list[float] = []
        self.operands = [Symbol(self, place) for place in range(operand_count)]
        self._places = operand_count
        self._seen: dict[Step, int] = {}

    def note(self, name: str, *operands: Any) -> Symbol:
        """The symbol of an instruction's (first) result."""
        return self._noted(CODES[name], tuple(map(self.place, operands)))

    def _noted(self, code: int, places: tuple[int, ...]) -> Symbol:
        step = (code, places)
        place = self._seen.get(step)
        if place is None:
            place = self._seen[step] = self._places
            self._places += len(places) if has_result_for_each_operand(code) else 1
            self.steps.append(step)
        return Symbol(self, place)

    def place(self, operand: Any) -> int:
        """Where an operand is; a number becomes a constant."""
        if isinstance(operand, Symbol):
            if operand.trace is not self or operand.is_gated:
                raise UntraceableError("the absence of a derivative is no number to go on with")
            return operand.place
        self.constants.append(primitives.as_float(operand))
        return -len(self.constants)

    def apply(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """A primitive on symbols and numbers: an instruction, or what it consists of."""
        if primitive is primitives.where and any(operand is None for operand in operands):
            return self._choice_of_none(*operands)
        code = CODE_OF_PRIMITIVE.get(primitive)
        if code is not None:
            return self._noted(code, tuple(map(self.place, operands)))
        return (_COMPOSED.get(primitive) or primitive.branchless or primitive.forward)(*operands)

    def _choice_of_none(self, condition: Any, if_true: Any, if_false: Any) -> Symbol:
        numbers = [0.0 if branch is None else branch for branch in (if_true, if_false)]
        chosen: Symbol = self.apply(primitives.where, (condition, *numbers))
        return Symbol(self, chosen.place, is_gated=True)

    def component(self, name: str, index: Any, values: Sequence[Any]) -> Symbol:
        """One result of an instruction that has a result for each operand."""
        first = self.note(name, *values)
        return Symbol(self, first.place + int(index))


def traced(operation: Callable[..., Any], operands: Sequence[float | None], with_result: bool = False) -> Template:
    """Run an operation on symbols.

    Args:
        operation: gives one result or a sequence of them.
        operands: a number for each operand that is to be one, None for each that is to be a symbol.
        with_result: the operation takes its own result as first argument, as partials do; its place is that after
            those of the operands.

    Raises:
        UntraceableError: it does what a symbol cannot.
    """
    trace = Trace(len(operands) + with_result)
    symbols = trace.operands
    arguments = [symbol if number is None else number for symbol, number in zip(symbols, operands)]
    try:
        results = operation(*symbols[len(operands) :], *arguments)
        results = results if isinstance(results, Sequence) else (results,)
        places = tuple([None if result is None else trace.place(_ungated(result)) for result in results])
    except UntraceableError:
        raise
    except Exception as error:  # a user's function may fail on a symbol in any way
        raise UntraceableError(str(error)) from error
    gated = tuple([isinstance(result, Symbol) and result.is_gated for result in results])
    return Template(tuple(trace.steps), tuple(trace.constants), places, gated)


def _ungated(result: Any) -> Any:
    return Symbol(result.trace, result.place) if isinstance(result, Symbol) else result


class Symbol:
    """Stands for a number that is not known yet."""

    __slots__ = ("is_gated", "place", "trace")

    def __init__(self, trace: Trace, place: int, is_gated: bool = False) -> None:
        self.trace = trace
        self.place = place
        self.is_gated = is_gated

    @staticmethod
    def __apply_primitive__(primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        trace = next(operand.trace for operand in operands if isinstance(operand, Symbol))
        return trace.apply(primitive, operands)

    def __add__(self, other: Any) -> Symbol:
        return self.trace.note("add", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self.trace.note("add", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return self.trace.note("subtract", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self.trace.note("subtract", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return self.trace.note("multiply", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self.trace.note("multiply", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return self.trace.note("divide", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.trace.note("divide", other, self)

    def __pow__(self, other: Any) -> Symbol:
        return self.trace.note("power" if isinstance(other, Symbol) else "constant_power", self, other)

    def __rpow__(self, other: Any) -> Symbol:
        return self.trace.note("power", other, self)

    def __neg__(self) -> Symbol:
        return self.trace.note("negative", self)

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Symbol:
        return self.trace.note("abs_", self)

    def __lt__(self, other: Any) -> Symbol:
        return self.trace.note("less", self, other)

    def __le__(self, other: Any) -> Symbol:
        return self.trace.note("less_equal", self, other)

    def __gt__(self, other: Any) -> Symbol:
        return self.trace.note("greater", self, other)

    def __ge__(self, other: Any) -> Symbol:
        return self.trace.note("greater_equal", self, other)

    def __mod__(self, other: Any) -> Symbol:
        return self.trace.note("remainder", self, other)

    def __rmod__(self, other: Any) -> Symbol:
        return self.trace.note("remainder", other, self)

    def __floordiv__(self, other: Any) -> Symbol:
        return self.trace.note("floor_divide", self, other)

    def __rfloordiv__(self, other: Any) -> Symbol:
        return self.trace.note("floor_divide", other, self)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]
        return self.trace.note("equal", self, other)

    def __ne__(self, other: object) -> Symbol:  # type: ignore[override]
        return self.trace.note("not_equal", self, other)

    def __invert__(self) -> Symbol:
        return self.trace.note("negation", self)

    def __and__(self, other: Any) -> Symbol:
        return self.trace.note("both", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Symbol:
        return self.trace.note("either", self, other)

    __ror__ = __or__

    def _unknown(self, *_: Any) -> NoReturn:
        raise UntraceableError("a symbol has no number yet")

    __bool__ = __float__ = __int__ = __index__ = _unknown
    __hash__ = None  # type: ignore[assignment]


def _mean(*values: Any) -> Any:
    return primitives.sum_(values) / float(len(values))


def _softmax_component(index: Any, *values: Any) -> Symbol:
    return _trace_of(values).component("softmax", index, values)


def _log_softmax_component(index: Any, *values: Any) -> Symbol:
    return _trace_of(values).component("log_softmax", index, values)


def _trace_of(operands: Sequence[Any]) -> Trace:
    return next(operand.trace for operand in operands if isinstance(operand, Symbol))


_COMPOSED: dict[Primitive, Callable[..., Any]] = {
    primitives.mean: _mean,
    primitives.softmax_component: _softmax_component,
    primitives.log_softmax_component: _log_softmax_component,
}
"""Primitives of the table that are no instructions of their own."""
