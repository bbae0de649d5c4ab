"""Numbers in lanes: Python's operators on them write LLVM's instructions, for eight rows at a time or for one.

A function of numbers that is written with these operators, and with :meth:`Mask.choose` where it would branch, is one
text for every width. What it writes does not depend on the processor: each operation is rounded on its own.

Plain loops, which a compiler may turn into vectors, serve from 16 to 32 rows on, and check each time that no slots
overlap; vectors that are written as such serve from 8 rows on.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

DOUBLE, INTEGER, BOOLEAN, INDEX = ir.DoubleType(), ir.IntType(64), ir.IntType(1), ir.IntType(32)
SIGN_BIT = -(1 << 63)

Emitted = Any  # a value of LLVM's


class Lanes:
    """Writes instructions on so many numbers side by side, at the place where ``builder`` stands."""

    def __init__(self, builder: Any, width: int) -> None:
        self.builder = builder
        self.width = width
        self.number_type = self._of_all(DOUBLE)
        self.integer_type = self._of_all(INTEGER)

    def _of_all(self, lane_type: Any) -> Any:
        return lane_type if self.width == 1 else ir.VectorType(lane_type, self.width)

    def constant(self, number: float) -> Emitted:
        """The same number in all lanes."""
        one = ir.Constant(DOUBLE, number)
        return one if self.width == 1 else ir.Constant(self.number_type, [one] * self.width)

    def integer(self, number: int) -> Emitted:
        """The same integer in all lanes."""
        one = ir.Constant(INTEGER, number)
        return one if self.width == 1 else ir.Constant(self.integer_type, [one] * self.width)

    def intrinsic(self, name: str, *operands: Number) -> Number:
        """An operation that LLVM has itself, such as ``sqrt``."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        function = self._function(f"llvm.{name}.{suffix}", self.number_type, len(operands))
        return Number(self, self.builder.call(function, [operand.emitted for operand in operands]))

    def from_library(self, name: str, *operands: Number) -> Number:
        """A function of the C library, called for each lane."""
        builder = self.builder
        function = self._function(name, DOUBLE, len(operands))
        if self.width == 1:
            return Number(self, builder.call(function, [operand.emitted for operand in operands]))
        results = ir.Constant(self.number_type, ir.Undefined)
        for lane in range(self.width):
            place = ir.Constant(INDEX, lane)
            own = [builder.extract_element(operand.emitted, place) for operand in operands]
            results = builder.insert_element(results, builder.call(function, own), place)
        return Number(self, results)

    def _function(self, name: str, kind: Any, n_operands: int) -> Emitted:
        module = self.builder.module
        return module.globals.get(name) or ir.Function(module, ir.FunctionType(kind, [kind] * n_operands), name)

    def loop(self, count: Emitted, starts: Sequence[Number], step: Callable[..., Sequence[Number]]) -> list[Number]:
        """``step(index, *numbers)`` for each index below ``count``: what the numbers are in the end."""
        builder = self.builder
        before = builder.block
        head, body, end = (builder.append_basic_block(name) for name in ("head", "body", "end"))
        builder.branch(head)
        builder.position_at_end(head)
        index = builder.phi(INTEGER)
        index.add_incoming(ir.Constant(INTEGER, 0), before)
        numbers = [builder.phi(self.number_type) for _ in starts]
        builder.cbranch(builder.icmp_signed("<", index, count), body, end)
        builder.position_at_end(body)
        next_numbers = step(index, *[Number(self, number) for number in numbers])
        index.add_incoming(builder.add(index, ir.Constant(INTEGER, 1)), builder.block)
        for number, start, following in zip(numbers, starts, next_numbers):
            number.add_incoming(start.emitted, before)
            number.add_incoming(following.emitted, builder.block)
        builder.branch(head)
        builder.position_at_end(end)
        return [Number(self, number) for number in numbers]


class Number:
    """A float in each lane."""

    def __init__(self, lanes: Lanes, emitted: Emitted) -> None:
        self.lanes = lanes
        self.emitted = emitted

    def _emitted(self, other: Number | float) -> Emitted:
        return other.emitted if isinstance(other, Number) else self.lanes.constant(other)

    def _combined(self, operation: str, left: Number | float, right: Number | float) -> Number:
        operate = getattr(self.lanes.builder, operation)
        return Number(self.lanes, operate(self._emitted(left), self._emitted(right)))

    def __add__(self, other: Number | float) -> Number:
        return self._combined("fadd", self, other)

    def __radd__(self, other: float) -> Number:
        return self._combined("fadd", other, self)

    def __sub__(self, other: Number | float) -> Number:
        return self._combined("fsub", self, other)

    def __rsub__(self, other: float) -> Number:
        return self._combined("fsub", other, self)

    def __mul__(self, other: Number | float) -> Number:
        return self._combined("fmul", self, other)

    def __rmul__(self, other: float) -> Number:
        return self._combined("fmul", other, self)

    def __truediv__(self, other: Number | float) -> Number:
        return self._combined("fdiv", self, other)

    def __rtruediv__(self, other: float) -> Number:
        return self._combined("fdiv", other, self)

    def fmod(self, other: Number | float) -> Number:
        """What C's ``fmod`` gives."""
        return self._combined("frem", self, other)

    def __neg__(self) -> Number:
        return Number(self.lanes, self.lanes.builder.fneg(self.emitted))

    def __abs__(self) -> Number:
        return self.lanes.intrinsic("fabs", self)

    def __lt__(self, other: Number | float) -> Mask:
        return self._compared("<", other)

    def __le__(self, other: Number | float) -> Mask:
        return self._compared("<=", other)

    def __gt__(self, other: Number | float) -> Mask:
        return self._compared(">", other)

    def __ge__(self, other: Number | float) -> Mask:
        return self._compared(">=", other)

    def equals(self, other: Number | float) -> Mask:
        """``==``, which a nan is to nothing."""
        return self._compared("==", other)

    def _compared(self, comparison: str, other: Number | float) -> Mask:
        return Mask(self.lanes, self.lanes.builder.fcmp_ordered(comparison, self.emitted, self._emitted(other)))

    def is_nan(self) -> Mask:
        """Where it is nan."""
        return Mask(self.lanes, self.lanes.builder.fcmp_unordered("uno", self.emitted, self.emitted))

    def with_sign_of(self, other: Number) -> Number:
        """The same size, the other's sign."""
        return self.lanes.intrinsic("copysign", self, other)

    def bits(self) -> Integer:
        """What the float is made of."""
        return Integer(self.lanes, self.lanes.builder.bitcast(self.emitted, self.lanes.integer_type))


class Integer:
    """64 bits in each lane."""

    def __init__(self, lanes: Lanes, emitted: Emitted) -> None:
        self.lanes = lanes
        self.emitted = emitted

    def _combined(self, operation: str, other: Integer | int) -> Integer:
        operand = other.emitted if isinstance(other, Integer) else self.lanes.integer(other)
        return Integer(self.lanes, getattr(self.lanes.builder, operation)(self.emitted, operand))

    def __add__(self, other: Integer | int) -> Integer:
        return self._combined("add", other)

    def __sub__(self, other: Integer | int) -> Integer:
        return self._combined("sub", other)

    def __and__(self, other: int) -> Integer:
        return self._combined("and_", other)

    def __xor__(self, other: Integer) -> Integer:
        return self._combined("xor", other)

    def __lshift__(self, count: int) -> Integer:
        return self._combined("shl", count)

    def __rshift__(self, count: int) -> Integer:
        return self._combined("lshr", count)

    def equals(self, number: int) -> Mask:
        """Where it is that number."""
        return Mask(self.lanes, self.lanes.builder.icmp_signed("==", self.emitted, self.lanes.integer(number)))

    def as_number(self) -> Number:
        """The float that is made of these bits."""
        return Number(self.lanes, self.lanes.builder.bitcast(self.emitted, self.lanes.number_type))


class Mask:
    """True or false in each lane."""

    def __init__(self, lanes: Lanes, emitted: Emitted) -> None:
        self.lanes = lanes
        self.emitted = emitted

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.lanes, self.lanes.builder.and_(self.emitted, other.emitted))

    def __or__(self, other: Mask) -> Mask:
        return Mask(self.lanes, self.lanes.builder.or_(self.emitted, other.emitted))

    def __invert__(self) -> Mask:
        return Mask(self.lanes, self.lanes.builder.not_(self.emitted))

    def choose(self, if_true: Number | float, if_false: Number | float) -> Number:
        """In each lane one of the two."""
        options = [
            each.emitted if isinstance(each, Number) else self.lanes.constant(each) for each in (if_true, if_false)
        ]
        return Number(self.lanes, self.lanes.builder.select(self.emitted, *options))

    def rarely(self, usual: Sequence[Number], other: Callable[[], Sequence[Number]]) -> list[Number]:
        """The usual numbers; where the mask is true the others, which are computed only if a lane needs them."""
        lanes, builder = self.lanes, self.lanes.builder
        is_any = self.emitted
        if lanes.width > 1:
            as_one = builder.bitcast(is_any, ir.IntType(lanes.width))
            is_any = builder.icmp_unsigned("!=", as_one, ir.Constant(as_one.type, 0))
        before = builder.block
        rare, end = (builder.append_basic_block(name) for name in ("rare", "usual"))
        builder.cbranch(is_any, rare, end)
        builder.position_at_end(rare)
        mixed = [self.choose(slow, quick) for slow, quick in zip(other(), usual)]
        after = builder.block
        builder.branch(end)
        builder.position_at_end(end)
        results = []
        for quick, slow in zip(usual, mixed):
            result = builder.phi(lanes.number_type)
            result.add_incoming(quick.emitted, before)
            result.add_incoming(slow.emitted, after)
            results.append(Number(lanes, result))
        return results


def for_each(function: Callable[..., Number], *columns: Sequence[Number]) -> list[Number]:
    """``function`` of the first of each column, of the second of each, and so on; single numbers as one vector."""
    lanes, count = columns[0][0].lanes, len(columns[0])
    if lanes.width > 1 or count == 1:
        return [function(*numbers) for numbers in zip(*columns)]
    builder, side_by_side = lanes.builder, Lanes(lanes.builder, count)
    vectors = []
    for column in columns:
        vector = ir.Constant(side_by_side.number_type, ir.Undefined)
        for place, number in enumerate(column):
            vector = builder.insert_element(vector, number.emitted, ir.Constant(INDEX, place))
        vectors.append(Number(side_by_side, vector))
    result = function(*vectors).emitted
    return [Number(lanes, builder.extract_element(result, ir.Constant(INDEX, place))) for place in range(count)]


def bits_of(number: float) -> int:
    """The 64 bits of a float, as an integer."""
    return int.from_bytes(struct.pack(">d", number), "big")
