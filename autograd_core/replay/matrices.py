"""The Jacobian and the Hessian of a program as one list of instructions, for texts: no directions, no second run.

Both go in reverse, so that the rules for infinite and nan numbers hold as they do for gradients. Rows without a column
in common are computed together, as the adjoints of their sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autograd_core.replay import derived
from autograd_core.replay.code import Code, Slots
from autograd_core.replay.differentiate import with_adjoints
from autograd_core.replay.instructions import constant_key
from autograd_core.replay.patterns import Pattern, colours_of


@dataclass(frozen=True)
class DerivativesAt:
    """A matrix of derivatives with respect to all inputs, then all parameters.

    Attributes:
        code: what computes it. All of its leaves are inputs.
        pattern: of the entries that are not always 0.
        slots: for each entry, where it is; -1 for 0.
    """

    code: Code
    pattern: Pattern
    slots: Slots


def jacobian_of(code: Code) -> DerivativesAt:
    """A row for each output."""
    code = _with_inputs_alone(code)
    pattern = derived.pattern_of_jacobian(code, by_inputs=True)
    return _rows_in_reverse(code.selected(~code.is_backward), code.outputs, pattern)


def hessian_of(code: Code, careful: bool = True) -> DerivativesAt:
    """Of the outputs' sum. What is not in the pattern is 0, also where a nan would make it nan in a dense Hessian.

    Args:
        code: the program.
        careful: whether it is to be right where numbers are infinite or nan, too.
    """
    code = _with_inputs_alone(code)
    pattern = derived.pattern_of_hessian(code, by_inputs=True)
    gradient = derived.gradient_to_differentiate(code, careful)
    return _rows_in_reverse(gradient, gradient.outputs, pattern)


def _with_inputs_alone(code: Code) -> Code:
    return replace(code, n_inputs=code.n_inputs + code.n_parameters, n_parameters=0)


def _rows_in_reverse(code: Code, functions: Slots, pattern: Pattern) -> DerivativesAt:
    known = {constant_key(number): slot for slot, number in enumerate(code.constants.tolist())}
    one, zero = known[constant_key(1.0)], known[constant_key(0.0)]
    variables = np.arange(code.n_slots)[code.inputs]
    colours, rows = colours_of(pattern.transposed()), pattern.rows
    slots = np.full(len(pattern.columns), -1)
    for colour in range(int(colours.max(initial=-1)) + 1):
        own = functions[colours == colour]
        code = with_adjoints(replace(code, outputs=own), one, zero)
        is_own = colours[rows] == colour
        slots[is_own] = code.adjoint_of[variables[pattern.columns[is_own]]]
    return DerivativesAt(code, pattern, slots)
