"""The kinds of instruction that a program consists of: primitives of the table, and what adjoints need besides.

Each kind has a number, its code. A program (:mod:`~autograd_core.replay.code`) is a list of codes with operands. What
a code does to floats stands here; each machine has its own table of what it does to whatever the machine computes with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any

from autograd_core import primitives
from autograd_core.primitives import Primitive, ieee


@dataclass(frozen=True)
class Instruction:
    """One kind of instruction.

    Attributes:
        name: a Python name: that of the function, where it is a primitive.
        arity: how many operands it has; None for any number.
        scalar: what it does to floats; None where it has a result for each operand.
    """

    name: str
    arity: int | None
    scalar: Callable[..., float] | None


def adjoint(*pairs: float) -> float:
    """Σ upstream · local derivative over (upstream, local derivative, …), where an upstream of 0 passes nothing on.

    >>> adjoint(2.0, 3.0, 0.0, float("inf"))
    6.0
    """
    total = 0.0
    for upstream, local_derivative in zip(pairs[::2], pairs[1::2]):
        if upstream != 0.0:
            total += upstream * local_derivative
    return total


def spoilt(upstream: float, value: float) -> float:
    """The adjoint that a node passes on to its operands: nan where the node's value is nan, unless it is 0.

    >>> spoilt(2.0, 1.0), spoilt(2.0, float("nan")), spoilt(0.0, float("nan"))
    (2.0, nan, 0.0)
    """
    return nan if value != value and upstream != 0.0 else upstream


def copied(x: float) -> float:
    """The number itself, in a slot of its own."""
    return x


def softmax(*values: float) -> list[float]:
    """The values' exponentials as shares of their sum."""
    return ieee.softmax(values)


def log_softmax(*values: float) -> list[float]:
    """The logarithms of the values' exponentials as shares of their sum."""
    return ieee.log_softmax(values)


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
    Instruction("copied", 1, copied),
    Instruction("spoilt", 2, spoilt),
    Instruction("adjoint", None, adjoint),
    Instruction("softmax", None, None),
    Instruction("log_softmax", None, None),
)

CODES = {instruction.name: code for code, instruction in enumerate(INSTRUCTIONS)}
CODE_OF_PRIMITIVE = {primitive: CODES[primitive.__name__] for primitive in _PRIMITIVES}
ADJOINT, SPOILT, COPIED, WHERE = (CODES[name] for name in ("adjoint", "spoilt", "copied", "where"))
LOGICAL = frozenset(
    CODES[name]
    for name in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "both", "either", "negation")
)
"""Those whose result is 0 or 1."""

LOSES_NAN = LOGICAL | {WHERE, CODES["constant_power"]}
"""Those whose result may be a number although an operand is nan."""

OPAQUE = 1000
"""From this code on stand the functions of a user's primitives that could not be written as instructions.

An even code is a forward, on the operands; the odd one after it the partials, on the value and the operands, with a
result for each operand.
"""


def n_results(code: int, n_operands: int) -> int:
    """How many slots an instruction writes."""
    if code >= OPAQUE:
        return n_operands - 1 if code % 2 else 1
    return n_operands if INSTRUCTIONS[code].scalar is None else 1


def gives_list(code: int) -> bool:
    """Whether its function gives a list of results, be it of one."""
    return code % 2 == 1 if code >= OPAQUE else INSTRUCTIONS[code].scalar is None


def constant_key(number: float) -> float | str:
    """What tells a constant from others: 0.0 and -0.0 are two, and all nans are one."""
    return number if number and number == number else repr(number)


def on_floats(code: int) -> Callable[..., Any]:
    """What an instruction of the table does to floats, given one by one: a float, or a list of them."""
    instruction = INSTRUCTIONS[code]
    if instruction.scalar is not None:
        return instruction.scalar
    return softmax if instruction.name == "softmax" else log_softmax
