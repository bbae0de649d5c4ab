"""What the arrays machine is asked for, as a program that computes just that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core.replay.code import Code, Slots, needed, starts_of
from autograd_core.replay.instructions import ADJOINT, CODES, SPOILT


@dataclass(frozen=True)
class Task:
    """A program with a slot for each gradient that is asked for.

    Attributes:
        code: only the instructions that are needed.
        by_parameters, by_inputs: the slots of the gradients, consecutive; those of an adjoint of 0 are never written.
        is_summed: whether the gradients with respect to the parameters are summed over the rows of a batch.
        checked: slots that have to be finite for the results to be right, besides the outputs and the gradients.
    """

    code: Code
    by_parameters: Slots
    by_inputs: Slots
    is_summed: bool
    checked: Slots


ADD = CODES["add"]
Table = np.ndarray[Any, Any]  # of slots, of rows or of places, in any shape
NOTHING = np.zeros(0, np.int32)


def values_of(code: Code) -> Task:
    """The outputs alone."""
    return Task(needed(code, code.outputs), NOTHING, NOTHING, False, NOTHING)


def all_numbers_of(code: Code) -> Task:
    """Every slot."""
    return Task(_with_shared_adjoints(code), NOTHING, NOTHING, False, NOTHING)


def gradients_of(code: Code, each_row: bool, with_inputs: bool, careful: bool) -> Task:
    """The outputs and their gradients.

    Args:
        code: the whole program.
        each_row: whether gradients with respect to parameters are those of each row, not summed.
        with_inputs: whether those with respect to inputs are wanted, too.
        careful: whether numbers may be infinite or nan. If not, what nan values do to derivatives is left out; then
            those values are to be checked.
    """
    n = code.n_slots
    adjoints = np.concatenate([code.by_parameters, code.by_inputs if with_inputs else NOTHING])
    slots = np.arange(n, n + len(adjoints), dtype=np.int32)
    is_summed = not each_row and code.n_inputs > 0
    extended = _with_gradients(_with_shared_adjoints(code), adjoints, slots, is_summed)
    extended = needed(extended, np.concatenate([code.outputs, slots]))
    is_spoilt = extended.codes == SPOILT
    checked = NOTHING if careful else extended.operands[extended.starts[:-1][is_spoilt] + 1]
    extended = needed(_simplified(extended, careful, n), np.concatenate([code.outputs, slots]))
    by_parameters, by_inputs = slots[: code.n_parameters], slots[code.n_parameters :]
    return Task(extended, by_parameters, by_inputs, is_summed, np.unique(checked))


def _with_shared_adjoints(code: Code) -> Code:
    """The program that knows which of its adjoints are the same for all rows: those of numbers that are."""
    varies = bytearray(code.varies.tobytes())
    starts, operands = code.starts.tolist(), code.operands.tolist()
    for i in np.flatnonzero(code.is_backward).tolist():
        varies[code.results[i]] = any(varies[slot] for slot in operands[starts[i] : starts[i + 1]])
    return replace(code, varies=np.frombuffer(varies, bool))


def _with_gradients(code: Code, adjoints: Slots, slots: Slots, is_summed: bool) -> Code:
    """The program with each of the adjoints computed into a slot of its own, which nothing else reads."""
    n = code.n_slots
    n_uses = np.bincount(code.operands, minlength=n) + np.bincount(code.outputs, minlength=n)
    instruction_of = np.full(n, -1)
    is_adjoint = code.codes == ADJOINT
    instruction_of[code.results[is_adjoint]] = np.flatnonzero(is_adjoint)
    one = int(np.flatnonzero(code.constants == 1.0)[0])
    codes, operands, results = [], [], []
    for adjoint, slot in zip(adjoints.tolist(), slots.tolist()):
        if adjoint >= 0:
            instruction = instruction_of[adjoint]
            is_own = instruction >= 0 and n_uses[adjoint] == 0
            operands.append(code.operands_of(instruction) if is_own else np.array([adjoint, one], np.int32))
            codes.append(ADJOINT)
            results.append(slot)
    arities = np.array([*np.diff(code.starts), *map(len, operands)], np.int32)
    varies = np.full(len(slots), bool(code.n_inputs) and not is_summed)
    varies[code.n_parameters :] = True
    return replace(
        code,
        codes=np.array([*code.codes, *codes], np.int32),
        results=np.array([*code.results, *results], np.int32),
        starts=starts_of(arities),
        operands=np.concatenate([code.operands, *operands]),
        varies=np.concatenate([code.varies, varies]),
        is_value=np.concatenate([code.is_value, np.zeros(len(codes), bool)]),
        is_backward=np.concatenate([code.is_backward, np.ones(len(codes), bool)]),
        adjoint_of=np.concatenate([code.adjoint_of, np.full(len(slots), -1, np.int32)]),
    )


def _simplified(code: Code, careful: bool, first_gradient: int) -> Code:
    """The program where nothing reads what only repeats a number: 0 + x, an adjoint 1 · x, an unspoilt adjoint."""
    firsts = code.starts[:-1]
    arities = np.diff(code.starts)
    is_pair = arities == 2
    left = np.where(is_pair, code.operands[firsts], 0)
    right = np.where(is_pair, code.operands[firsts + is_pair], 0)
    number = np.full(code.n_slots, np.nan)
    number[: len(code.constants)] = code.constants
    is_right = is_pair & (code.codes == ADD) & (number[left] == 0.0)
    is_right |= is_pair & (code.codes == ADJOINT) & (number[left] == 1.0)
    is_left = is_pair & (code.codes == SPOILT) & (not careful)
    stands_for = np.arange(code.n_slots, dtype=np.int32)
    stands_for[code.results[is_right]] = right[is_right]
    stands_for[code.results[is_left]] = left[is_left]
    stands_for[code.outputs] = code.outputs
    stands_for[first_gradient:] = np.arange(first_gradient, code.n_slots)
    while ((further := stands_for[stands_for]) != stands_for).any():
        stands_for = further
    operands = stands_for[code.operands]
    if np.array_equal(operands, code.operands):
        return code
    return _simplified(replace(code, operands=operands), careful, first_gradient)
