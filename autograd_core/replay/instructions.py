"""The instructions that a recorded graph is replayed by: the table of primitives, and the words partials are made of.

Each has a code, a number. A tape (:mod:`~autograd_core.replay.tape`) is a list of codes with operands; what a code
does to arrays says :mod:`~autograd_core.replay.array_functions`, and to single numbers, compiled,
:mod:`~autograd_core.replay.interpreter`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from autograd_core import primitives
from autograd_core.primitives import Primitive


@dataclass(frozen=True)
class Instruction:
    """One kind of instruction.

    Attributes:
        name: a Python name, of the primitive's function where it is one.
        arity: how many operands it has; None for any number.
        scalar: what it does to floats; None where it has a result for each operand.
    """

    name: str
    arity: int | None
    scalar: Callable[..., float] | None


def _of_primitive(primitive: Primitive) -> Instruction:
    operands = inspect.signature(primitive.forward).parameters.values()
    has_any_number = any(operand.kind is operand.VAR_POSITIONAL for operand in operands)
    return Instruction(primitive.__name__, None if has_any_number else len(operands), primitive.forward)


_COMPOSED = (
    primitives.softmax_component,
    primitives.log_softmax_component,
    primitives.mean,
    primitives.stop_gradient_,
)
_PRIMITIVES = [primitive for primitive in primitives.TABLE.values() if primitive not in _COMPOSED]

INSTRUCTIONS = (
    *map(_of_primitive, _PRIMITIVES),
    Instruction("copy", 1, lambda x: x),
    Instruction("softmax", None, None),
    Instruction("log_softmax", None, None),
)

CODES = {instruction.name: code for code, instruction in enumerate(INSTRUCTIONS)}
CODE_OF_PRIMITIVE = {primitive: CODES[primitive.__name__] for primitive in _PRIMITIVES}
NOT_COMPILED = frozenset(CODES[name] for name in ("lgamma", "polygamma", "digamma", "erfinv", "erfinv_slope", "round_"))
LOGICAL = frozenset(
    CODES[name]
    for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "both", "either", "negation")
)
"""Those whose result is 0 or 1."""

OPAQUE = 1000
"""From this code on, the functions of a user's primitives that could not be written as instructions: see the tape."""


def has_result_for_each_operand(code: int) -> bool:
    """Whether it has as many results as operands, such as the softmax."""
    return (code - OPAQUE) % 2 == 1 if code >= OPAQUE else INSTRUCTIONS[code].scalar is None
