"""From a recorded graph to a tape: instructions on numbered slots, and the edges that gradients flow along.

Every number that a replay computes has a slot. The values of the nodes are computed by instructions, and so are the
local derivatives, from the same partials that recording uses. The backward pass then needs no instructions at all: it
is one sweep over edges, each of which names the slots of a node, of its operand and of the local derivative::

    gradient[operand] += gradient[node] * number[derivative]

Nodes that compute the same thing from the same operands share a slot, and what no output needs is left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter, sub
from typing import Any, NamedTuple

from autograd_core.graph import topological_order
from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import (
    CODES,
    INSTRUCTIONS,
    LOGICAL,
    NOT_COMPILED,
    OPAQUE,
    has_result_for_each_operand,
)
from autograd_core.replay.symbols import Template, UntraceableError, traced

VARIES = 1  # depends on an input: differs from row to row of a batch
TRAINED = 2  # depends on a parameter

_FOR_DERIVATIVE, _FOR_VALUE = 1, 2
_WHERE, _BOTH, _EITHER, _MULTIPLY, _COPY = (CODES[name] for name in ("where", "both", "either", "multiply", "copy"))


@dataclass(frozen=True)
class Tape:
    """A program as plain arrays of whole numbers.

    Attributes:
        slot_count: how many slots there are.
        flags: for each slot, VARIES and TRAINED or neither.
        constants, constant_slots: numbers, and the slots that hold them.
        inputs, parameters: the slots of each, in the order they were given; -1 for a parameter that nothing uses.
        outputs: the slots of the outputs.
        codes: of each instruction, in an order in which they can run.
        results: the (first) slot that each writes.
        starts: where its operands begin in ``operands``; one more, for the end, stands last.
        operands: slots.
        levels: of each instruction; see :func:`levels_of`.
        is_value: for each instruction, whether it is needed for the outputs; the others are for derivatives only.
        nodes: the slots of nodes with edges, in the order in which they can be computed.
        propagates_nan: for each of these, whether a nan value makes all its derivatives nan.
        edge_starts: where its edges begin; one more, for the end, stands last.
        edge_operands, edge_derivatives: slots.
        edge_gated: whether nothing passes where the derivative is 0.
        opaque: the functions of the codes from OPAQUE on.
        slot_of: the slots of the graph's nodes, in topological order.
    """

    slot_count: int
    flags: bytearray
    constants: array[float]
    constant_slots: array[int]
    inputs: tuple[int, ...]
    parameters: tuple[int, ...]
    outputs: tuple[int, ...]
    codes: array[int]
    results: array[int]
    starts: array[int]
    operands: array[int]
    levels: array[int]
    is_value: bytearray
    nodes: array[int]
    propagates_nan: bytearray
    edge_starts: array[int]
    edge_operands: array[int]
    edge_derivatives: array[int]
    edge_gated: bytearray
    opaque: tuple[Callable[..., Any], ...]
    slot_of: array[int]

    @cached_property
    def group_count(self) -> int:
        """How many groups of like instructions there are of which none depends on another."""
        arities = map(sub, self.starts[1:], self.starts)
        return len(set(zip(self.levels, self.codes, arities, self.is_value)))

    @cached_property
    def is_compilable(self) -> bool:
        """Whether it has only instructions that the compiled interpreter knows."""
        return all(code < OPAQUE and code not in NOT_COMPILED for code in set(self.codes))


def order_of(outputs: Sequence[Any]) -> list[Any]:
    """All nodes that the outputs were computed from, operands first."""
    order: dict[Any, None] = {}
    for output in outputs:
        if output not in order:
            order.update(dict.fromkeys(topological_order(output)))
    return list(order)


def write_tape(order: Sequence[Any], outputs: Sequence[Any], inputs: Sequence[Any], parameters: Sequence[Any]) -> Tape:
    """The tape of a graph whose nodes are given in a topological order."""
    writer = _Writer()
    for leaf in inputs:
        writer.slot_of[leaf] = writer.new_slot(VARIES)
    used = set(order)
    for leaf in parameters:
        if leaf in used:
            writer.slot_of[leaf] = writer.new_slot(TRAINED)
    for node in order:
        writer.add_node(node)
    return writer.tape(order, outputs, inputs, parameters)


class _Bound(NamedTuple):
    """A template whose operands and constants are in one list of slots, to which each step adds its results'.

    Attributes:
        steps: of each, its code, what takes its operands from the list, and whether it has a result for each of them.
        constants: their slots.
        results: places in the list.
    """

    steps: list[tuple[int, Callable[[list[int]], tuple[int, ...]], bool]]
    constants: list[int]
    results: list[int | None]


def _bind(template: Template, operand_count: int, constants: list[int]) -> _Bound:
    """A template for so many operands, with its constants in these slots."""

    def moved(place: int) -> int:
        if place < 0:
            return operand_count - 1 - place
        return place if place < operand_count else place + len(constants)

    steps = [
        (code, _taking([moved(place) for place in places]), has_result_for_each_operand(code))
        for code, places in template.steps
    ]
    return _Bound(steps, constants, [None if place is None else moved(place) for place in template.results])


def _taking(places: list[int]) -> Callable[[list[int]], tuple[int, ...]]:
    """What takes a tuple of the elements in some places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda elements: tuple([elements[place] for place in places])


class _Writer:
    """Writes instructions one after another."""

    def __init__(self) -> None:
        self.slot_of: dict[Any, int] = {}
        self.flags = bytearray()
        self.writer = array("i")  # of each slot, the instruction that writes it; -1 if it is given
        self.constants: dict[int, float] = {}
        self.codes, self.results, self.starts, self.operands = array("i"), array("i"), array("i", [0]), array("i")
        self.nodes, self.edge_starts = array("i"), array("i", [0])
        self.edge_operands, self.edge_derivatives = array("i"), array("i")
        self.propagates_nan, self.edge_gated = bytearray(), bytearray()
        self.opaque: list[Callable[..., Any]] = []
        self._slot_of_number: dict[float | str, int] = {}
        self._seen: dict[tuple[Any, ...], int] = {}
        self._templates: dict[tuple[Any, ...], tuple[Template, Template] | None] = {}
        self._bound: dict[int, _Bound] = {}  # by the template's id
        self._opaque_code: dict[Primitive, int] = {}
        self._op_numbers: dict[Primitive, int] = {}
        self._is_truth = bytearray()  # for each slot, whether it holds 0.0 or 1.0 only

    def new_slot(self, flags: int) -> int:
        self.flags.append(flags)
        self._is_truth.append(False)
        self.writer.append(-1)
        return len(self.flags) - 1

    def constant(self, number: float) -> int:
        """The slot of a number; 0.0 and -0.0 have one each."""
        key = number if number and number == number else repr(number)
        slot = self._slot_of_number.get(key)
        if slot is None:
            slot = self._slot_of_number[key] = self.new_slot(0)
            self.constants[slot] = number
        return slot

    def add_node(self, node: Any) -> None:
        """The instructions of a node's value and derivatives, and its edges."""
        slot_of = self.slot_of
        if node in slot_of:
            return
        if not node.operands:
            slot_of[node] = self.constant(node.data)
            return
        constant = self.constant
        slots = [constant(operand) if type(operand) is float else slot_of[operand] for operand in node.operands]
        key = (self._number_of_op(node.op), *slots)  # of whole numbers alone, which the collector need not look at
        slot = self._seen.get(key)
        if slot is None:
            slot = self._seen[key] = self._compute(node.op, slots)
        slot_of[node] = slot

    def _number_of_op(self, op: Primitive) -> int:
        """A number below those of the instructions' codes for each primitive."""
        return self._op_numbers.setdefault(op, -1 - len(self._op_numbers))

    def _compute(self, op: Primitive, slots: list[int]) -> int:
        flags = 0
        for operand in slots:
            flags |= self.flags[operand]
        if not flags:
            return self.constant(op.forward(*[self.constants[operand] for operand in slots]))
        forward, partials = self._templates_for(op, slots)
        before = len(self.flags)
        slot = self._run(forward, slots)[0]
        assert slot is not None
        if slot < before:  # another node's: its edges are not this one's
            slot = self._write(_COPY, (slot,), self.flags[slot])
        self.flags[slot] |= flags  # also where the value does not depend on what its derivatives do
        self._add_edges(op, slots, slot, self._run(partials, [*slots, slot]), partials.gated)
        return slot

    def _add_edges(
        self, op: Primitive, slots: list[int], slot: int, derivatives: Sequence[int | None], gated: Sequence[bool]
    ) -> None:
        flags = self.flags
        for operand, derivative, is_gated in zip(slots, derivatives, gated):
            if derivative is not None and flags[operand]:
                self.edge_operands.append(operand)
                self.edge_derivatives.append(derivative)
                self.edge_gated.append(is_gated)
        self.nodes.append(slot)
        self.propagates_nan.append(op.propagates_nan)
        self.edge_starts.append(len(self.edge_operands))

    def _templates_for(self, op: Primitive, slots: list[int]) -> tuple[Template, Template]:
        """How to compute a primitive and its partials.

        They are traced with a symbol for each operand; where that does not work, as for the index of a component, with
        the constants as numbers; and where that does not either, they are called as they are.
        """
        key: tuple[Any, ...] = (op, len(slots))
        if key not in self._templates:
            self._templates[key] = self._traced(op, [None] * len(slots))
        if (templates := self._templates[key]) is not None:
            return templates
        numbers = [self.constants.get(slot) for slot in slots]
        key = (op, *map(repr, numbers))
        if key not in self._templates:
            self._templates[key] = self._traced(op, numbers) or self._called_as_it_is(op, len(slots))
        templates = self._templates[key]
        assert templates is not None
        return templates

    def _traced(self, op: Primitive, numbers: list[float | None]) -> tuple[Template, Template] | None:
        try:
            forward = traced(lambda *operands: _apply(op, operands), numbers)
            return forward, traced(op.partials, numbers, with_result=True)
        except UntraceableError:
            return None

    def _called_as_it_is(self, op: Primitive, count: int) -> tuple[Template, Template]:
        code = self._opaque_code.get(op)
        if code is None:
            code = self._opaque_code[op] = OPAQUE + len(self.opaque)
            self.opaque += [op.forward, op.partials]
        operands = tuple(range(count))
        value = Template(((code, operands),), (), (count,), (False,))
        derivatives = tuple(range(count + 1, 2 * count + 1))
        # A result for each operand: the value, which comes first, stands for an operand of its own.
        partials = Template(((code + 1, (count, *operands)),), (), derivatives, (True,) * count)
        return value, partials

    def _run(self, template: Template, slots: list[int]) -> list[int | None]:
        """Write a template's instructions for operands in these slots; the slots of its results."""
        bound = self._bound.get(id(template))
        if bound is None:
            constants = [self.constant(number) for number in template.constants]
            bound = self._bound[id(template)] = _bind(template, len(slots), constants)
        places = [*slots, *bound.constants]
        seen = self._seen
        for code, operands_of, is_wide in bound.steps:
            operands = operands_of(places)
            key = (code, *operands)
            slot = seen.get(key)
            if slot is None:
                slot = seen[key] = self._slot_for(code, operands)
            if is_wide:
                places.extend(range(slot, slot + len(operands)))
            else:
                places.append(slot)
        return [None if place is None else places[place] for place in bound.results]

    def _slot_for(self, code: int, operands: tuple[int, ...]) -> int:
        """The slot of a result that was not asked for before."""
        flags, has_constant = 0, code == _WHERE
        for operand in operands:
            own = self.flags[operand]
            flags |= own
            if not own:
                has_constant = True
        if has_constant and (slot := self._simplified(code, operands)) is not None:
            return slot
        return self._write(code, operands, flags)

    def _simplified(self, code: int, operands: tuple[int, ...]) -> int | None:
        """The slot that has the result already, to the bit; None if none has."""
        constants = self.constants
        known = [constants.get(operand) for operand in operands]
        if code == _WHERE and known[1] == 1.0 and known[2] == 0.0 and self._is_truth[operands[0]]:
            return operands[0]
        if all(number is None for number in known):
            return None
        if code == _WHERE and known[0] is not None:
            return operands[1] if known[0] else operands[2]
        if code in (_BOTH, _EITHER):
            deciding = 0.0 if code == _BOTH else 1.0
            for number, other in zip(known, reversed(operands)):
                if number is not None and self._is_truth[other]:
                    return self.constant(deciding) if number == deciding else other
        if code == _MULTIPLY:
            for number, other in zip(known, reversed(operands)):
                if number == 1.0:
                    return other
        numbers = [number for number in known if number is not None]
        if len(numbers) == len(known) and code < OPAQUE and (scalar := INSTRUCTIONS[code].scalar) is not None:
            return self.constant(scalar(*numbers))
        return None

    def _write(self, code: int, operands: Sequence[int], flags: int) -> int:
        slot, instruction = len(self.flags), len(self.codes)
        for _ in operands if has_result_for_each_operand(code) else (None,):
            self.writer.append(instruction)
            self.flags.append(flags)
            self._is_truth.append(code in LOGICAL)
        self.codes.append(code)
        self.results.append(slot)
        self.operands.extend(operands)
        self.starts.append(len(self.operands))
        return slot

    def tape(
        self, order: Sequence[Any], outputs: Sequence[Any], inputs: Sequence[Any], parameters: Sequence[Any]
    ) -> Tape:
        """What was written, without what no output and no derivative needs."""
        slot_of = self.slot_of
        output_slots = tuple([slot_of[output] for output in outputs])
        needed = self._needed(output_slots)
        codes, results, starts, operands = self.codes, self.results, self.starts, self.operands
        if not all(needed):
            kept = [i for i, need in enumerate(needed) if need]
            codes = array("i", [codes[i] for i in kept])
            results = array("i", [results[i] for i in kept])
            starts, operands = array("i", [0]), array("i")
            for i in kept:
                operands.extend(self.operands[self.starts[i] : self.starts[i + 1]])
                starts.append(len(operands))
        is_value = bytearray([need == _FOR_VALUE for need in needed if need])
        return Tape(
            slot_count=len(self.flags),
            flags=self.flags,
            constants=array("d", self.constants.values()),
            constant_slots=array("i", self.constants),
            inputs=tuple([slot_of[leaf] for leaf in inputs]),
            parameters=tuple([slot_of.get(leaf, -1) for leaf in parameters]),
            outputs=output_slots,
            codes=codes,
            results=results,
            starts=starts,
            operands=operands,
            levels=levels_of(codes, results, starts, operands, is_value, len(self.flags)),
            is_value=is_value,
            nodes=self.nodes,
            propagates_nan=self.propagates_nan,
            edge_starts=self.edge_starts,
            edge_operands=self.edge_operands,
            edge_derivatives=self.edge_derivatives,
            edge_gated=self.edge_gated,
            opaque=tuple(self.opaque),
            slot_of=array("i", [slot_of[node] for node in order]),
        )

    def _needed(self, outputs: Iterable[int]) -> bytearray:
        """Of each instruction, what it is needed for: _FOR_VALUE an output, _FOR_DERIVATIVE only one, 0 nothing."""
        starts, operands, writer = self.starts, self.operands, self.writer
        needed = bytearray(len(self.codes) + 1)  # the last is that of slots that no instruction writes
        for slot in self.edge_derivatives:
            needed[writer[slot]] = _FOR_DERIVATIVE
        for slot in outputs:
            needed[writer[slot]] = _FOR_VALUE
        for i in range(len(self.codes) - 1, -1, -1):
            need = needed[i]
            if need:
                for slot in operands[starts[i] : starts[i + 1]]:
                    if needed[writer[slot]] < need:
                        needed[writer[slot]] = need
        needed.pop()
        return needed


def _apply(op: Primitive, operands: tuple[Any, ...]) -> Any:
    """A primitive on symbols, flat as they are."""
    return type(next(operand for operand in operands if type(operand) is not float)).__apply_primitive__(op, operands)


def levels_of(
    codes: array[int], results: array[int], starts: array[int], operands: array[int], is_value: bytearray, slots: int
) -> array[int]:
    """How many instructions stand between each and the leaves; those for derivatives start anew, above all values."""
    of_values, of_derivatives = array("i", [0]) * slots, array("i", [0]) * slots
    levels = array("i")
    wide = {code for code in set(codes) if has_result_for_each_operand(code)}
    start = 0
    for code, result, end, is_for_value in zip(codes, results, starts[1:], is_value):
        level_of = of_values if is_for_value else of_derivatives
        highest = 0
        for slot in operands[start:end]:
            if level_of[slot] > highest:
                highest = level_of[slot]
        levels.append(highest + 1)
        for slot in range(result, result + end - start) if code in wide else (result,):
            level_of[slot] = highest + 1
        start = end
    return levels
