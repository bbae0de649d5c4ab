"""Programs that compute derivatives of a program: along a direction, weighted over outputs, and of its gradient.

Each is made of the program's own list by the same three passes: ``differentiate`` appends adjoints, ``linearize`` the
local derivatives of what is there, and ``tangents`` the change along a direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograd_core.replay.code import Code, Flags, Slots, needed
from autograd_core.replay.differentiate import with_adjoints
from autograd_core.replay.instructions import OPAQUE, constant_key, n_results
from autograd_core.replay.linearize import linearized, numbers_of_derivatives
from autograd_core.replay.patterns import Pattern, pattern_of
from autograd_core.replay.tangents import depending_on, with_tangents


@dataclass(frozen=True)
class Leaves:
    """What a derived program is given beside the inputs and parameters of the program, and in which order.

    Attributes:
        n_seeds: the numbers that differ from run to run: a direction, or a weight for each output.
        n_weights: the numbers that outputs are weighted with, the same for all rows; 0 for a weight of 1 each.
        is_shared: whether all but the seeds is the same for all rows. Then the derived program's inputs are the seeds,
            and its parameters the inputs, the parameters and the weights. If not, its inputs are the inputs and the
            seeds, and its parameters the parameters and the weights.
    """

    n_seeds: int
    n_weights: int = 0
    is_shared: bool = True


class Draft:
    """The values and local derivatives of a program, with further leaves and constants.

    Attributes:
        code: what there is so far.
        values: the slots of the program's outputs.
        variables: those of what derivatives are by.
        seeds, weights: those of the further leaves.
        one, zero: those of the constants 1.0 and 0.0.
    """

    def __init__(self, code: Code, by_inputs: bool, leaves: Leaves, numbers: Sequence[float] = ()) -> None:
        known = {constant_key(number): slot for slot, number in enumerate(code.constants.tolist())}
        new = [number for number in numbers if constant_key(number) not in known]
        n_new = len(new) + leaves.n_seeds + leaves.n_weights
        n_before = code.n_slots - int(code.is_backward.sum())
        code = code.selected(~code.is_backward)
        moved = np.arange(n_before, dtype=np.int32) + np.int32(n_new)
        moved[: len(code.constants)] = np.arange(len(code.constants))
        counts = {"seeds": leaves.n_seeds, "inputs": code.n_inputs, "parameters": code.n_parameters}
        order = ("seeds", "inputs", "parameters") if leaves.is_shared else ("inputs", "seeds", "parameters")
        end, slots = len(code.constants) + len(new), {}
        for role in order:
            slots[role] = np.arange(end, end + counts[role], dtype=np.int32)
            end += counts[role]
        moved[code.inputs], moved[code.parameters] = slots["inputs"], slots["parameters"]
        self.seeds, self.weights = slots["seeds"], np.arange(end, end + leaves.n_weights, dtype=np.int32)
        self.variables = slots["inputs" if by_inputs else "parameters"]
        self.values = moved[code.outputs]
        self.one, self.zero = known[constant_key(1.0)], known[constant_key(0.0)]
        n_inputs = leaves.n_seeds + (0 if leaves.is_shared else code.n_inputs)
        self.code = replace(
            code,
            constants=np.concatenate([code.constants, np.array(new, float)]),
            n_inputs=n_inputs,
            n_parameters=code.n_inputs + code.n_parameters + leaves.n_seeds + leaves.n_weights - n_inputs,
            outputs=self.values,
            results=moved[code.results],
            operands=moved[code.operands],
            varies=np.ones(n_before + n_new, bool),
            adjoint_of=np.full(n_before + n_new, -1, np.int32),
            slot_of=moved[code.slot_of],
            edges=code.edges.moved(moved),
        )

    def to_slopes(self) -> None:
        """Append adjoints: those of the variables become the outputs."""
        code = with_adjoints(self.code, self.one, self.zero, self.weights if len(self.weights) else None)
        slopes = self._or_zero(code.adjoint_of[self.variables])
        self.code = replace(needed(code, np.concatenate([slopes, self.values])), outputs=slopes)

    def linearize(self, careful: bool) -> None:
        """Append the local derivatives of all instructions, and leave out the edges to what does not vary."""
        code = linearized(self.code, careful)
        depends = depending_on(code.edges, self.variables, code.n_slots)
        _check_opaque(code, depends)
        self.code = replace(code, edges=code.edges.taken(depends[code.edges.operands]))

    def tangents(self) -> Slots:
        """Append tangents along the seeds; gives those of the outputs."""
        self.code, tangent_of = with_tangents(self.code, self.variables, self.seeds, self.one)
        return self._or_zero(tangent_of[self.code.outputs])

    def adjoints(self) -> Slots:
        """Append adjoints, the outputs weighted with the seeds; gives those of the variables."""
        self.code = with_adjoints(self.code, self.one, self.zero, self.seeds)
        return self._or_zero(self.code.adjoint_of[self.variables])

    def finished(self, *outputs: Slots) -> Code:
        """The program of these outputs alone."""
        code = replace(self.code, outputs=np.concatenate(outputs))
        code = needed(code, code.outputs)
        everywhere = np.ones(len(code.codes), bool)
        return replace(code, varies=_varying(code), is_value=everywhere, is_backward=~everywhere)

    def _or_zero(self, slots: Slots) -> Slots:
        return np.where(slots >= 0, slots, self.zero).astype(np.int32)


def along(code: Code, by_inputs: bool, leaves: Leaves) -> Code:
    """How the outputs change along the seeds, and then the outputs; right where all of these numbers are finite."""
    draft = Draft(code, by_inputs, leaves)
    return draft.finished(draft.tangents(), draft.values)


def weighted(code: Code, by_inputs: bool, leaves: Leaves) -> Code:
    """The gradient of the outputs' sum, weighted with the seeds, in reverse."""
    draft = Draft(code, by_inputs, leaves)
    return draft.finished(draft.adjoints())


def curved(code: Code, by_inputs: bool, leaves: Leaves) -> Code:
    """How the gradient changes along the seeds, then outputs and gradient; right where all these are finite."""
    draft = _of_second_order(code, by_inputs, leaves, careful=False)
    slopes = draft.code.outputs
    return draft.finished(draft.tangents(), draft.values, slopes)


def curved_carefully(code: Code, by_inputs: bool, leaves: Leaves) -> Code:
    """The gradient's derivatives weighted with the seeds, by the rules for infinite and nan numbers, in reverse."""
    draft = _of_second_order(code, by_inputs, leaves, careful=True)
    return draft.finished(draft.adjoints())


def gradient_to_differentiate(code: Code, careful: bool) -> Code:
    """The gradient by the inputs as outputs, with the edges to differentiate it anew."""
    return _of_second_order(code, True, Leaves(0, is_shared=False), careful).code


def pattern_of_jacobian(code: Code, by_inputs: bool) -> Pattern:
    """Which outputs depend on which variables."""
    return pattern_of(code.edges, code.outputs, np.arange(code.n_slots)[code.inputs if by_inputs else code.parameters])


def pattern_of_hessian(code: Code, by_inputs: bool) -> Pattern:
    """Which components of the gradient depend on which variables."""
    draft = _of_second_order(code, by_inputs, Leaves(0), careful=False)
    return pattern_of(draft.code.edges, draft.code.outputs, draft.variables)


def _of_second_order(code: Code, by_inputs: bool, leaves: Leaves, careful: bool) -> Draft:
    draft = Draft(code, by_inputs, leaves, numbers_of_derivatives(code))
    draft.to_slopes()
    draft.linearize(careful)
    return draft


def _varying(code: Code) -> Flags:
    """For each slot, whether it differs from row to row: as one that it is computed from does."""
    varies = bytearray(code.n_slots)
    varies[code.inputs] = b"\x01" * code.n_inputs
    codes, results, starts, operands = (
        each.tolist() for each in (code.codes, code.results, code.starts, code.operands)
    )
    for i, first in enumerate(results):
        own = operands[starts[i] : starts[i + 1]]
        if any(map(varies.__getitem__, own)):
            width = n_results(codes[i], len(own))
            varies[first : first + width] = b"\x01" * width
    return np.frombuffer(bytes(varies), bool)


def _check_opaque(code: Code, depends: Flags) -> None:
    """Refuse what has no second derivatives: partials that are called as they are."""
    for i in np.flatnonzero((code.codes >= OPAQUE) & (code.codes % 2 == 1)).tolist():
        if depends[code.operands_of(i)[1:]].any():
            name = getattr(code.opaque[int(code.codes[i]) - OPAQUE - 1], "__name__", "a primitive")
            raise ValueError(
                f"a program has no second derivatives of {name}(), whose functions ask for numbers, as if does: write "
                "them with ag.where() and comparisons, the forward by define_branchless"
            )
