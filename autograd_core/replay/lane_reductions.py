"""What instructions with any number of operands do to numbers in lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

from llvmlite import ir

from autograd_core.replay import lane_functions as lane
from autograd_core.replay.lane_instructions import passed_on, two_square
from autograd_core.replay.vectors import INTEGER, Lanes, Mask, Number, for_each

Step = Callable[..., Sequence[Number]]


class Operands:
    """The operands of one instruction, and the slots of its results.

    Args:
        lanes: what writes the loops.
        count: how many operands there are.
        load: the operand of an index.
        load_result, store_result: the result of an index.
    """

    def __init__(
        self,
        lanes: Lanes,
        count: Any,
        load: Callable[[Any], Number],
        load_result: Callable[[Any], Number],
        store_result: Callable[[Any, Number], None],
    ) -> None:
        self.lanes = lanes
        self._count = count
        self._load, self._load_result, self._store_result = load, load_result, store_result
        self._index: Any = None

    def number(self, number: float) -> Number:
        """The same number in all lanes."""
        return Number(self.lanes, self.lanes.constant(number))

    def folded(self, step: Step, *starts: float) -> list[Number]:
        """``step(*numbers, operand)`` over all operands, from the starts on."""
        return self._folded(self._load, step, starts)

    def folded_results(self, step: Step, *starts: float) -> list[Number]:
        """``step(*numbers, result)`` over all results that have been kept."""
        return self._folded(self._load_result, step, starts)

    def _folded(self, load: Callable[[Any], Number], step: Step, starts: Sequence[float]) -> list[Number]:
        def at(index: Any, *numbers: Number) -> Sequence[Number]:
            self._index = index
            return step(*numbers, load(index))

        return self.lanes.loop(self._count, [self.number(start) for start in starts], at)

    def keep(self, result: Number) -> tuple[()]:
        """Within a step: the result in the place of the operand at hand."""
        self._store_result(self._index, result)
        return ()

    def last(self) -> Number:
        """The last operand."""
        return self._load(self.lanes.builder.sub(self._count, ir.Constant(INTEGER, 1)))

    def folded_halves(self, step: Step, start: Number) -> Number:
        """``step(number, x, y)`` over the operands of the first half and those of the second."""
        builder = self.lanes.builder
        half = builder.lshr(self._count, ir.Constant(INTEGER, 1))

        def both(index: Any, number: Number) -> Sequence[Number]:
            return step(number, self._load(index), self._load(builder.add(index, half)))

        return self.lanes.loop(half, [start], both)[0]

    def folded_pairs(self, step: Step, start: Number) -> Number:
        """``step(number, x, y)`` over operands two by two."""
        builder, one = self.lanes.builder, ir.Constant(INTEGER, 1)

        def both(index: Any, number: Number) -> Sequence[Number]:
            first = builder.shl(index, one)
            return step(number, self._load(first), self._load(builder.add(first, one)))

        return self.lanes.loop(builder.lshr(self._count, one), [start], both)[0]


def total(x: Operands) -> Number:
    return x.folded(lambda total, each: (total + each,), 0.0)[0]


def product(x: Operands) -> Number:
    return x.folded(lambda product, each: (product * each,), 1.0)[0]


def adjoint(x: Operands) -> Number:
    return x.folded_pairs(lambda total, upstream, local: (passed_on(total, upstream, local),), x.number(0.0))


def dot(x: Operands) -> Number:
    return x.folded_halves(lambda total, weight, each: (total + weight * each,), x.last())


def larger(x: Number, y: Number) -> Number:
    """The larger of two, the first where they are equal; nan if one is."""
    return ((y > x) | y.is_nan()).choose(y, x)


def maximum(x: Operands) -> Number:
    """The largest; nan if one is."""
    return x.folded(lambda most, each: (larger(most, each),), -inf)[0]


def minimum(x: Operands) -> Number:
    """The smallest; nan if one is."""
    return x.folded(lambda least, each: (((each < least) | each.is_nan()).choose(each, least),), inf)[0]


def with_term(total: Number, lost: Number, term: Number) -> tuple[Number, Number]:
    """A sum with one term more, and what rounding has taken from it (Neumaier's), for terms that are not negative."""
    added = total + term
    lost_now = (total >= term).choose((total - added) + term, (term - added) + total)
    return added, lost + lost_now


def shifted_exponential(x: Number, largest: Number) -> Number:
    """exp(x − largest), and the rounding of that difference made good."""
    difference = x - largest
    rounded = difference - x
    error = (x - (difference - rounded)) - (largest + rounded)
    exponential = lane.exp(difference)
    return (exponential > 0.0).choose(exponential * (1.0 + error), exponential)


def term_of_softmax(x: Number, largest: Number) -> Number:
    """exp(x − largest); where the largest is inf, it takes all."""
    is_infinite = x.equals(inf).choose(1.0, 0.0)
    return largest.equals(inf).choose(is_infinite, shifted_exponential(x, largest))


def whole_of_softmax(largest: Number, total: Number, lost: Number) -> Number:
    """The sum of the terms; nan where several of them would take all."""
    return (largest.equals(inf) & (total > 1.0)).choose(nan, total + lost)


def softmax(x: Operands) -> None:
    largest = maximum(x)

    def step(total: Number, lost: Number, each: Number) -> Sequence[Number]:
        term = term_of_softmax(each, largest)
        x.keep(term)
        return with_term(total, lost, term)

    total, lost = x.folded(step, 0.0, 0.0)
    whole = whole_of_softmax(largest, total, lost)
    x.folded_results(lambda share: x.keep(share / whole))


def softmax_of_few(*values: Number) -> list[Number]:
    """The same of a known number of values."""
    lanes = values[0].lanes
    largest = Number(lanes, lanes.constant(-inf))
    for each in values:
        largest = larger(largest, each)
    terms = for_each(term_of_softmax, values, [largest] * len(values))
    total, lost = [Number(lanes, lanes.constant(0.0))] * 2
    for term in terms:
        total, lost = with_term(total, lost, term)
    whole = whole_of_softmax(largest, total, lost)
    return for_each(lambda term, whole: term / whole, terms, [whole] * len(values))


def log_sum_of_others(x: Operands, largest: Number) -> Number:
    """log(Σ exp(x − largest)), of which the largest itself is 1."""

    def step(total: Number, lost: Number, is_found: Number, each: Number) -> Sequence[Number]:
        is_largest = each.equals(largest) & is_found.equals(0.0)
        term = is_largest.choose(0.0, shifted_exponential(each, largest))
        return (*with_term(total, lost, term), is_largest.choose(1.0, is_found))

    total, lost, _ = x.folded(step, 0.0, 0.0, 0.0)
    return lane.log1p(total + lost)


def logsumexp(x: Operands) -> Number:
    largest = maximum(x)
    return (abs(largest) < inf).choose(largest + log_sum_of_others(x, largest), largest)


def log_softmax(x: Operands) -> None:
    largest = maximum(x)
    log_sum = log_sum_of_others(x, largest)
    n_infinite = x.folded(lambda count, each: (count + each.equals(inf).choose(1.0, 0.0),), 0.0)[0]

    def step(each: Number) -> Sequence[Number]:
        limit = n_infinite.equals(1.0).choose(each.equals(inf).choose(0.0, -inf), nan)
        return x.keep((abs(largest) < inf).choose((each - largest) - log_sum, (largest.is_nan()).choose(nan, limit)))

    x.folded(step)


def norm(x: Operands) -> Number:
    """The squares, brought by a power of two where they are floats, in twice the digits; then one Newton step."""
    largest = x.folded(lambda most, each: (larger(most, abs(each)),), 0.0)[0]
    is_small, is_large = largest < 2.0**-400, largest > 2.0**400

    def scaled(power: float) -> Number:
        return is_small.choose(2.0**power, is_large.choose(2.0**-power, 1.0))

    def step(total: Number, lost: Number, each: Number) -> Sequence[Number]:
        square, error = two_square(each * scaled(600.0))
        added, lost = with_term(total, lost, square)
        return added, lost + error

    total, lost = x.folded(step, 0.0, 0.0)
    root = x.lanes.intrinsic("sqrt", total + lost)
    square, error = two_square(root)
    root = root + ((total - square) + (lost - error)) / (2.0 * root)
    is_ordinary: Mask = (largest > 0.0) & (largest < inf)
    return is_ordinary.choose(root * scaled(-600.0), largest)


WIDE: dict[str, Callable[[Operands], Number | None]] = {
    "sum_": total,
    "prod": product,
    "dot": dot,
    "adjoint": adjoint,
    "maximum": maximum,
    "minimum": minimum,
    "norm": norm,
    "hypot": norm,
    "logsumexp": logsumexp,
    "logaddexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
"""What instructions with any number of operands do: give their result, or keep one for each operand."""

UNROLLED: dict[str, tuple[int, Callable[..., list[Number]]]] = {
    f"softmax of {count}": (count, softmax_of_few) for count in (2, 3, 4)
}
"""The same with a known number of operands, and a result for each."""
