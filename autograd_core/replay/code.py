"""A program as one list of instructions, each of which writes slots that no other writes.

Every number of a replay has a slot: first the constants, then the inputs, then the parameters, and after those what the
instructions compute, in their order. Values, local derivatives and adjoints (the derivatives of the outputs' sum with
respect to a slot) are all instructions of the same list, so a machine runs it from first to last and needs to know
nothing about derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core.replay.instructions import n_results

Slots = np.ndarray[Any, np.dtype[np.integer[Any]]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Edges:
    """The edges from nodes to their operands.

    Attributes:
        nodes, operands, derivatives: slots.
        indices: which of the node's operands it is, counted from 0.
        gates: the slot of a number that is 0 where the derivative is None; -1 where there is always a derivative.
        propagates_nan: whether the node's local derivatives are nan where its value is.
        passes_nan_on: whether the node is nan wherever the operand is.
    """

    nodes: Slots
    operands: Slots
    derivatives: Slots
    indices: Slots
    gates: Slots
    propagates_nan: Flags
    passes_nan_on: Flags

    def taken(self, chosen: Any) -> Edges:
        """The chosen edges, in the order given."""
        return Edges(*[column[chosen] for column in self.columns()])

    def moved(self, places: Slots) -> Edges:
        """The same between slots that have got other places."""
        gates = np.where(self.gates >= 0, places[self.gates], -1)
        return replace(
            self,
            nodes=places[self.nodes],
            operands=places[self.operands],
            derivatives=places[self.derivatives],
            gates=gates,
        )

    def columns(self) -> list[np.ndarray[Any, Any]]:
        """All of them, in the order above."""
        return list(self.__dict__.values())


@dataclass(frozen=True)
class Code:
    """Instructions on numbered slots.

    Attributes:
        constants: the numbers in the first slots.
        n_inputs, n_parameters: how many slots follow for each of them.
        outputs: the slots of the outputs.
        codes: what each instruction does, see :mod:`~autograd_core.replay.instructions`.
        results: the (first) slot that each writes, ascending.
        starts: where its operands begin in ``operands``; one more, for the end, stands last.
        operands: slots.
        varies: for each slot, whether it differs from row to row of a batch.
        is_value: for each instruction, whether it computes a value; the others are for derivatives only.
        is_backward: for each instruction, whether it is part of the backward pass; the others come before it.
        adjoint_of: for each slot of a value, where its adjoint is: -1 where the outputs do not depend on it.
        opaque: the functions of the codes from OPAQUE on.
        slot_of: the slots of the graph's nodes, in topological order.
        edges: from the slots of nodes to those of their operands.
    """

    constants: np.ndarray[Any, np.dtype[np.float64]]
    n_inputs: int
    n_parameters: int
    outputs: Slots
    codes: Slots
    results: Slots
    starts: Slots
    operands: Slots
    varies: Flags
    is_value: Flags
    is_backward: Flags
    adjoint_of: Slots
    opaque: tuple[Callable[..., Any], ...]
    slot_of: Slots
    edges: Edges

    @property
    def n_slots(self) -> int:
        """How many slots there are."""
        return len(self.varies)

    @property
    def inputs(self) -> slice:
        """The slots of the inputs."""
        return slice(len(self.constants), len(self.constants) + self.n_inputs)

    @property
    def parameters(self) -> slice:
        """The slots of the parameters."""
        return slice(self.inputs.stop, self.inputs.stop + self.n_parameters)

    @property
    def by_inputs(self) -> Slots:
        """Where the adjoints of the inputs are; -1 for one that is 0."""
        return self.adjoint_of[self.inputs]

    @property
    def by_parameters(self) -> Slots:
        """Where the adjoints of the parameters are; -1 for one that is 0."""
        return self.adjoint_of[self.parameters]

    def operands_of(self, instruction: int) -> Slots:
        """The slots that an instruction reads."""
        return self.operands[self.starts[instruction] : self.starts[instruction + 1]]

    def results_of(self, instruction: int) -> range:
        """The slots that an instruction writes, side by side."""
        first, n_operands = int(self.results[instruction]), int(self.starts[instruction + 1] - self.starts[instruction])
        return range(first, first + n_results(int(self.codes[instruction]), n_operands))

    def selected(self, chosen: Flags) -> Code:
        """The program of some of the instructions; slots keep their numbers."""
        arities = np.diff(self.starts)
        return replace(
            self,
            codes=self.codes[chosen],
            results=self.results[chosen],
            starts=starts_of(arities[chosen]),
            operands=self.operands[np.repeat(chosen, arities)],
            is_value=self.is_value[chosen],
            is_backward=self.is_backward[chosen],
        )


def starts_of(arities: Slots) -> Slots:
    """Where each of several runs begins, given how many elements each has, and where the last one ends."""
    starts = np.zeros(len(arities) + 1, np.int32)
    np.cumsum(arities, out=starts[1:])
    return starts


def reordered(starts: Slots, elements: Slots, order: Slots) -> tuple[Slots, Slots]:
    """Runs of elements in another order: where each begins, and the elements."""
    lengths = np.diff(starts)[order]
    new_starts = starts_of(lengths)
    moved = np.repeat(starts[:-1][order] - new_starts[:-1], lengths) + np.arange(new_starts[-1])
    return new_starts, elements[moved]


def needed(code: Code, targets: Slots) -> Code:
    """The program without the instructions that none of the target slots depends on."""
    is_needed = bytearray(code.n_slots)
    for slot in targets[targets >= 0].tolist():
        is_needed[slot] = 1
    chosen = np.zeros(len(code.codes), bool)
    codes, results, starts, operands = (
        each.tolist() for each in (code.codes, code.results, code.starts, code.operands)
    )
    for i in range(len(codes) - 1, -1, -1):
        first, own = results[i], operands[starts[i] : starts[i + 1]]
        if is_needed[first] or any(is_needed[first : first + n_results(codes[i], len(own))]):
            chosen[i] = True
            for slot in own:
                is_needed[slot] = 1
    return code if chosen.all() else code.selected(chosen)


def levels(code: Code) -> Slots:
    """The level of each instruction: one more than the highest of its operands, where leaves have level 0."""
    level_of = [0] * code.n_slots
    found = []
    codes, results, starts, operands = (
        each.tolist() for each in (code.codes, code.results, code.starts, code.operands)
    )
    for i, first in enumerate(results):
        own = operands[starts[i] : starts[i + 1]]
        level = 1 + max([level_of[slot] for slot in own], default=0)
        found.append(level)
        for slot in range(first, first + n_results(codes[i], len(own))):
            level_of[slot] = level
    return np.array(found, np.int32)
