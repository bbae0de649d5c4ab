"""What a node computes, as instructions: its functions are run once, on symbols in place of numbers.

The partials of a primitive are written in overloaded arithmetic and primitives only, so they run on a symbol just as on
a float or a Value, and each operation is noted in a :class:`Trace`. No derivative has to be written a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from autograd_core import primitives
from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import (
    CODE_OF_PRIMITIVE,
    CODES,
    COPIED,
    INSTRUCTIONS,
    LOGICAL,
    WHERE,
    constant_key,
    n_results,
)

Step = tuple[int, tuple[int, ...]]  # a code, and where its operands are
_MULTIPLY = CODES["multiply"]
WIDE = frozenset(CODES[name] for name in ("softmax", "log_softmax"))


class UntraceableError(Exception):
    """An operation asks a symbol for what only a number has, such as which branch to take."""


class Trace:
    """The steps noted so far."""

    def __init__(self, operand_count: int) -> None:
        self.steps: list[Step] = []
        self.constants: list[float] = []
        self.operands = [Symbol(self, place) for place in range(operand_count)]
        self._places = operand_count
        self._seen: dict[Step, int] = {}
        self._wide_places: set[int] = set()
        self._place_of_number: dict[float | str, int] = {}

    def note(self, name: str, *operands: Any) -> Any:
        """The result of an instruction: a symbol, or the number that it always is."""
        return self.noted(CODES[name], operands)

    def noted(self, code: int, operands: Sequence[Any]) -> Any:
        """The same, for the code of an instruction."""
        known = [operand if type(operand) is float else None for operand in operands]
        if any(number is not None for number in known):
            simpler = self._simplified(code, operands, known)
            if simpler is not None:
                return simpler
        return Symbol(self, self._step(code, tuple(map(self.place, operands))), code in LOGICAL)

    def _simplified(self, code: int, operands: Sequence[Any], known: Sequence[float | None]) -> Any:
        """What the result is to the bit, where numbers among the operands tell."""
        if code == WHERE:
            if known[0] is not None:
                return operands[1] if known[0] else operands[2]
            if known[1:] == [1.0, 0.0] and operands[0].is_truth:
                return operands[0]
        if code == _MULTIPLY:
            for number, other in zip(known, reversed(operands)):
                if number == 1.0:
                    return other
        scalar = INSTRUCTIONS[code].scalar
        return scalar(*operands) if scalar is not None and None not in known else None

    def _step(self, code: int, places: tuple[int, ...]) -> int:
        step = (code, places)
        place = self._seen.get(step)
        if place is None:
            place = self._seen[step] = self._places
            self._places += n_results(code, len(places))
            self.steps.append(step)
            if code in WIDE:
                self._wide_places.update(range(place, self._places))
        return place

    def own(self, result: Any) -> Symbol:
        """A result in a place of its own, which no operand and no other node has."""
        if isinstance(result, Symbol) and result.place >= len(self.operands) and result.place not in self._wide_places:
            return result
        return Symbol(self, self._step(COPIED, (self.place(result),)))

    def place(self, operand: Any) -> int:
        """Where an operand is; a number becomes a constant."""
        if isinstance(operand, Symbol):
            if operand.trace is not self or operand.is_gated:
                raise UntraceableError("the absence of a derivative is no number to go on with")
            return operand.place
        number = primitives.as_float(operand)
        key = constant_key(number)
        place = self._place_of_number.get(key)
        if place is None:
            self.constants.append(number)
            place = self._place_of_number[key] = -len(self.constants)
        return place

    def apply(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """A primitive on symbols and numbers: an instruction, or what it consists of."""
        if primitive is primitives.where and any(operand is None for operand in operands):
            return self._choice_of_none(*operands)
        code = CODE_OF_PRIMITIVE.get(primitive)
        if code is not None:
            return self.noted(code, operands)
        return (_COMPOSED.get(primitive) or primitive.branchless or primitive.forward)(*operands)

    def _choice_of_none(self, condition: Any, if_true: Any, if_false: Any) -> Any:
        numbers = [0.0 if branch is None else branch for branch in (if_true, if_false)]
        chosen = self.noted(WHERE, (condition, *numbers))
        return Symbol(self, self.place(chosen), is_gated=True)

    def component(self, name: str, index: Any, values: Sequence[Any]) -> Symbol:
        """One result of an instruction that has a result for each operand."""
        return Symbol(self, self._step(CODES[name], tuple(map(self.place, values))) + int(index))


class Symbol:
    """Stands for a number that is not known yet."""

    __slots__ = ("is_gated", "is_truth", "place", "trace")

    def __init__(self, trace: Trace, place: int, is_truth: bool = False, is_gated: bool = False) -> None:
        self.trace = trace
        self.place = place
        self.is_truth = is_truth  # it is 0.0 or 1.0
        self.is_gated = is_gated

    @staticmethod
    def __apply_primitive__(primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        trace = next(operand.trace for operand in operands if isinstance(operand, Symbol))
        return trace.apply(primitive, operands)

    def __add__(self, other: Any) -> Any:
        return self.trace.note("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.trace.note("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.trace.note("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.trace.note("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.trace.note("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.trace.note("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.trace.note("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.trace.note("divide", other, self)

    def __pow__(self, other: Any) -> Any:
        return self.trace.note("power" if isinstance(other, Symbol) else "constant_power", self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.trace.note("power", other, self)

    def __neg__(self) -> Any:
        return self.trace.note("negative", self)

    def __pos__(self) -> Symbol:
        return self

    def __abs__(self) -> Any:
        return self.trace.note("abs_", self)

    def __lt__(self, other: Any) -> Any:
        return self.trace.note("less", self, other)

    def __le__(self, other: Any) -> Any:
        return self.trace.note("less_equal", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.trace.note("greater", self, other)

    def __ge__(self, other: Any) -> Any:
        return self.trace.note("greater_equal", self, other)

    def __mod__(self, other: Any) -> Any:
        return self.trace.note("remainder", self, other)

    def __rmod__(self, other: Any) -> Any:
        return self.trace.note("remainder", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self.trace.note("floor_divide", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.trace.note("floor_divide", other, self)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]
        noted: Symbol = self.trace.note("equal", self, other)
        return noted

    def __ne__(self, other: object) -> Symbol:  # type: ignore[override]
        noted: Symbol = self.trace.note("not_equal", self, other)
        return noted

    def __invert__(self) -> Any:
        return self.trace.note("negation", self)

    def __and__(self, other: Any) -> Any:
        return self.trace.note("both", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return self.trace.note("either", self, other)

    __ror__ = __or__

    def _unknown(self, *_: Any) -> NoReturn:
        raise UntraceableError("a symbol has no number yet")

    __bool__ = __float__ = __int__ = __index__ = _unknown
    __hash__ = None  # type: ignore[assignment]


def _mean(*values: Any) -> Any:
    return primitives.sum_(values) / float(len(values))


def _softmax_component(index: Any, *values: Any) -> Any:
    return _trace_of(values).component("softmax", index, values)


def _log_softmax_component(index: Any, *values: Any) -> Any:
    return _trace_of(values).component("log_softmax", index, values)


def _trace_of(operands: Sequence[Any]) -> Trace:
    return next(operand.trace for operand in operands if isinstance(operand, Symbol))


COMPONENTS = frozenset({primitives.softmax_component, primitives.log_softmax_component})
"""Primitives whose nodes are each one of the results of an instruction."""

_COMPOSED: dict[Primitive, Callable[..., Any]] = {
    primitives.mean: _mean,
    primitives.softmax_component: _softmax_component,
    primitives.log_softmax_component: _log_softmax_component,
}
"""Primitives of the table that are not instructions, and what they are made of."""
