"""How far each primitive's numbers are from mpmath's, at its oracle's points, poles left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mpmath import mp

from autograd_core.primitives import TABLE
from tests.support.oracles import ORACLES, PRECISION, Exact, Operands, ulps

Measured = tuple[Operands, float, Exact, Exact]
"""Where, the number computed there, the truth, and the size of the terms that the truth is a sum of (0: its own)."""


def exact(operands: Operands) -> list[Exact]:
    return [mp.mpf(operand) for operand in operands]


def is_pole(name: str, operands: Operands) -> bool:
    """Where the value or its derivatives are infinite: the conventions say what they are."""
    x = operands[-1]
    if name in {"reciprocal", "cbrt"}:
        return x == 0.0
    return name in {"lgamma", "digamma", "polygamma"} and x <= 0.0 and x % 1.0 == 0.0


def points(name: str, at_most: int | None = None) -> Sequence[Operands]:
    """Its oracle's points without poles: all, or so many of them, at equal distances in their list."""
    all_of_them = [operands for operands in ORACLES[name].points if not is_pole(name, operands)]
    return all_of_them[:: 1 if at_most is None else -(-len(all_of_them) // at_most)]


def values(name: str, at: Sequence[Operands]) -> Iterator[Measured]:
    """The value at each point."""
    primitive, oracle = TABLE[name], ORACLES[name]
    for operands in at:
        size = oracle.value_size(*exact(operands)) if oracle.value_size else 0
        yield operands, primitive.forward(*operands), oracle.value(*exact(operands)), size


def first_derivatives(name: str, at: Sequence[Operands]) -> Iterator[Measured]:
    """The derivative with respect to each operand, at each point."""
    primitive, oracle = TABLE[name], ORACLES[name]
    for operands in at:
        size = oracle.partial_size(*exact(operands)) if oracle.partial_size else 0
        computed = primitive.partials(primitive.forward(*operands), *operands)
        for partial, truth in zip(computed, oracle.partials(*exact(operands)), strict=True):
            if truth is not None:
                yield operands, 0.0 if partial is None else partial, truth, size


def worst(name: str, at_most: int) -> tuple[float, float | None]:
    """The largest errors in ulp at so many points: of the value, and of the derivatives if there are any."""
    with mp.workprec(PRECISION):
        at = points(name, at_most)
        of_values = [ulps(computed, truth, size) for _, computed, truth, size in values(name, at)]
        of_derivatives = [ulps(computed, truth, size) for _, computed, truth, size in first_derivatives(name, at)]
    return max(of_values), max(of_derivatives, default=None)
