"""What a node can be computed from: nodes, and numbers, which are kept as floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_core.graph import is_node
from autograd_core.primitives import Primitive, as_float, data_of


def as_operands(operands: Iterable[Any]) -> tuple[Any, ...]:
    """Nodes as they are, a condition as the node that it is recorded as, and any other number as a float."""
    kept: list[Any] = []
    for operand in operands:
        if operand.__class__ is float or is_node(operand):
            kept.append(operand)
        else:
            kept.append(operand.recorded() if hasattr(operand, "recorded") else as_float(operand))
    return tuple(kept)


def numbers_of(operands: Iterable[Any]) -> list[float]:
    """The numbers of operands (TypeError where the data of one is not a number, naming it)."""
    return [operand if operand.__class__ is float else data_of(operand) for operand in operands]


def in_floats(
    op: Primitive, operands: Sequence[Any], recorded: Sequence[float | None]
) -> tuple[float, tuple[float | None, ...]]:
    """The result and the local derivatives where an operand's data has been set to a number that is not a float.

    Those of NumPy's smaller types would carry their precision on into all that follows.
    """
    numbers = numbers_of(operands)
    out = op.forward(*numbers)
    partials = op.partials(out, *numbers)
    return out, tuple([None if old is None else partial for old, partial in zip(recorded, partials)])


def wrong_count(primitive: Primitive, operands: Sequence[Any], partials: Sequence[Any]) -> ValueError:
    """That a rule gave another number of derivatives than there are operands."""
    return ValueError(
        f"the partials of {primitive.name!r} gave {len(partials)} derivatives for {len(operands)} operands: "
        "return a tuple with one for each"
    )
