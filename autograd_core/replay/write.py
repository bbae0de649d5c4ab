"""Writes the instructions of values and local derivatives, for all nodes of a kind together, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core.primitives import Primitive
from autograd_core.replay.code import Code, Edges, Flags, Slots, reordered, starts_of
from autograd_core.replay.columns import Columns
from autograd_core.replay.differentiate import with_adjoints
from autograd_core.replay.instructions import constant_key, n_results
from autograd_core.replay.templates import Template

CONSTANT = 1 << 30
"""What is added to a constant's number to tell it from the number of a node."""


@dataclass(frozen=True)
class Kind:
    """Nodes that take the same instructions.

    Attributes:
        op: their primitive; None for what several nodes share, such as a softmax.
        template: what a node takes.
    """

    op: Primitive | None
    template: Template


@dataclass(frozen=True)
class Recorded:
    """The nodes of a graph by number: inputs, parameters, what is computed, operands first; constants from CONSTANT on.

    Attributes:
        n_inputs, n_parameters: how many there are of each.
        constants: their numbers.
        kinds: what there is to compute.
        kind_of: for each that is computed, its place among the kinds.
        operands: the numbers of its operands and of the shared results that it uses, one node after the other.
        opaque: functions of users' primitives that could not be traced, and are called as they are.
        outputs: the numbers of the outputs.
        number_of: the numbers of the graph's nodes, in topological order.
    """

    n_inputs: int
    n_parameters: int
    constants: Sequence[float]
    kinds: Sequence[Kind]
    kind_of: Slots
    operands: Slots
    opaque: tuple[Callable[..., Any], ...]
    outputs: Slots
    number_of: Slots


def write(recorded: Recorded) -> Code:
    """The program of recorded nodes, with adjoints."""
    writer = _Writer(recorded)
    for number in range(len(recorded.kinds)):
        writer.write_kind(number)
    return writer.code()


class _Writer:
    """Slots: constants, inputs, parameters, then for each computed node a block of them, in the nodes' order."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        templates = [kind.template for kind in recorded.kinds]
        self._slot_of_number: dict[float | str, int] = {}
        self.constants: list[float] = []
        slots_of_constants = np.array([self._constant(number) for number in recorded.constants], np.int32)
        self._constants_of = [[self._constant(number) for number in template.constants] for template in templates]
        self.one = self._constant(1.0)
        self.zero = self._constant(0.0)
        n_given = np.array([template.n_given for template in templates], np.int32)[recorded.kind_of]
        n_places = np.array([template.n_places for template in templates], np.int32)[recorded.kind_of]
        self.starts = starts_of(n_given)
        n_leaves = len(self.constants) + recorded.n_inputs + recorded.n_parameters
        self.first = starts_of(n_places - n_given) + np.int32(n_leaves)  # of each node's own slots
        self.slot_of = self._slots_of_numbers(templates)
        self.operands = self._slots(recorded.operands, slots_of_constants)
        self.outputs = self._slots(recorded.outputs, slots_of_constants)
        self.nodes = self._slots(recorded.number_of, slots_of_constants)
        self.n_slots = int(self.first[-1])
        self.varies = self._varying()
        self.instructions, self.edges = Columns(), Columns()

    def _constant(self, number: float) -> int:
        key = constant_key(number)
        slot = self._slot_of_number.get(key)
        if slot is None:
            slot = self._slot_of_number[key] = len(self.constants)
            self.constants.append(number)
        return slot

    def _slots_of_numbers(self, templates: Sequence[Template]) -> Slots:
        """The slot of each number that is not a constant's."""
        kind_of, kinds = self.recorded.kind_of, self.recorded.kinds
        width = np.array([1 if kind.op else len(kind.template.derivatives) for kind in kinds], np.int32)[kind_of]
        offset = np.array([template.value - template.n_given for template in templates], np.int32)[kind_of]
        n_leaves = self.recorded.n_inputs + self.recorded.n_parameters
        leaves = np.arange(n_leaves, dtype=np.int32) + np.int32(len(self.constants))
        within = np.arange(width.sum(), dtype=np.int32) - np.repeat(starts_of(width)[:-1], width)
        return np.concatenate([leaves, np.repeat(self.first[:-1] + offset, width) + within])

    def _slots(self, numbers: Slots, slots_of_constants: Slots) -> Slots:
        slots = np.empty(len(numbers), np.int32)
        is_constant = numbers >= CONSTANT
        slots[is_constant] = slots_of_constants[numbers[is_constant] - CONSTANT]
        slots[~is_constant] = self.slot_of[numbers[~is_constant]]
        return slots

    def _varying(self) -> Flags:
        """Whether a slot differs from row to row; of a node's own slots only the value's is settled here."""
        varies = np.zeros(self.n_slots, bool)
        n_constants, n_inputs = len(self.constants), self.recorded.n_inputs
        if not self.recorded.n_parameters:
            varies[n_constants:] = True
        elif n_inputs:
            found = bytearray(varies.tobytes())
            found[n_constants : n_constants + n_inputs] = b"\x01" * n_inputs
            operands, starts, first = self.operands.tolist(), self.starts.tolist(), self.first.tolist()
            for node in range(len(starts) - 1):
                for slot in operands[starts[node] : starts[node + 1]]:
                    if found[slot]:
                        found[first[node] : first[node + 1]] = b"\x01" * (first[node + 1] - first[node])
                        break
            varies = np.frombuffer(found, bool).copy()
        return varies

    def write_kind(self, number: int) -> None:
        """The instructions and edges of all nodes of a kind."""
        kind, template = self.recorded.kinds[number], self.recorded.kinds[number].template
        nodes = np.flatnonzero(self.recorded.kind_of == number)
        given = self.operands[self.starts[nodes][:, None] + np.arange(template.n_given)]
        own = self.first[nodes][:, None] + np.arange(template.n_places - template.n_given, dtype=np.int32)
        constants = np.array(self._constants_of[number], np.int32)[::-1]  # place -1 is that of the first
        places = np.concatenate([given, own, np.broadcast_to(constants, (len(nodes), len(constants)))], axis=1)
        place = template.n_given
        for step, (code, operand_places) in enumerate(template.steps):
            columns = places[:, list(operand_places)]
            results = places[:, place]
            width = n_results(code, len(operand_places))
            if place != template.value and self.recorded.n_parameters:
                varies = self.varies[columns].any(axis=1)
                self.varies[places[:, place : place + width]] = varies[:, None]
            n_operands, is_value = np.full(len(nodes), len(operand_places)), step < template.n_value_steps
            self.instructions.add(
                np.full(len(nodes), code), results, n_operands, columns.ravel(), np.full(len(nodes), is_value)
            )
            place += width
        if kind.op is not None:
            self._write_edges(kind.op, template, places)

    def _write_edges(self, op: Primitive, template: Template, places: Slots) -> None:
        """The edges from each node's value to its operands: to all first operands, then to all second ones."""
        value = places[:, template.value]
        edges = zip(template.derivatives, template.gated, template.passes_nan_on)
        for index, (derivative, is_gated, passes_nan_on) in enumerate(edges):
            if derivative is not None:
                self.edges.add(
                    value,
                    places[:, index],
                    places[:, derivative],
                    np.full(len(value), index),
                    places[:, derivative] if is_gated else np.full(len(value), -1),
                    np.full(len(value), op.propagates_nan),
                    np.full(len(value), passes_nan_on),
                )

    def code(self) -> Code:
        """All that was written, in an order in which it can run, followed by the adjoints."""
        codes, results, arities, operands, is_value = self.instructions.joined(*[np.int32] * 4, bool)
        order = np.argsort(results, kind="stable")
        starts, operands = reordered(starts_of(arities), operands, order)
        recorded = self.recorded
        code = Code(
            constants=np.array(self.constants, np.float64),
            n_inputs=recorded.n_inputs,
            n_parameters=recorded.n_parameters,
            outputs=self.outputs,
            codes=codes[order],
            results=results[order],
            starts=starts,
            operands=operands,
            varies=self.varies,
            is_value=is_value[order],
            is_backward=np.zeros(len(codes), bool),
            adjoint_of=np.full(self.n_slots, -1, np.int32),
            opaque=recorded.opaque,
            slot_of=self.nodes,
            edges=Edges(*self.edges.joined(*[np.int32] * 5, bool, bool)),
        )
        return with_adjoints(code, self.one, self.zero)
