"""Random programs of smooth primitives, as a Hypothesis strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from autograd_core import Value
from tests.support.smooth.rules import OPERATIONS, Operation

UNIT_ROUNDOFF = 2.0**-53
MOST_NODES = 200


@dataclass(frozen=True)
class Step:
    operation: Operation
    operands: tuple[int | float, ...]  # an int is the index of a node, a float a constant


@dataclass(frozen=True)
class Program:
    """Leaves and steps; node i is a leaf, or the result of step i − len(leaves). The last node is the root."""

    leaves: tuple[float, ...]
    steps: tuple[Step, ...]

    def record(self, leaves: Sequence[Value]) -> Value:
        nodes = list(leaves)
        for step in self.steps:
            nodes.append(step.operation.apply(*(nodes[j] if isinstance(j, int) else j for j in step.operands)))
        return nodes[-1]

    def __str__(self) -> str:
        lines = [f"v{i} = {leaf!r}" for i, leaf in enumerate(self.leaves)]
        for i, step in enumerate(self.steps, len(self.leaves)):
            operands = ", ".join(f"v{j}" if isinstance(j, int) else repr(j) for j in step.operands)
            lines.append(f"v{i} = {step.operation.name}({operands})")
        return "\n".join(lines)

    __repr__ = __str__


class Builder:
    """Makes a program of integers: each says which operation on which of the nodes so far.

    An operation is taken where it is tame: well inside its domain, its result not too large, and the error with which
    the result is known below 1e-9, so that what is true to first order is true.
    """

    def __init__(self, leaves: Sequence[float]) -> None:
        self.leaves = tuple(leaves)
        self.steps: list[Step] = []
        self.nodes = [Value(leaf) for leaf in leaves]
        self.errors = [0.0] * len(leaves)

    def add(self, instruction: int) -> None:
        which, instruction = instruction % len(OPERATIONS), instruction // len(OPERATIONS)
        for operation in (*OPERATIONS[which:], *OPERATIONS[:which]):
            step = Step(operation, self._operands(operation.arity, instruction))
            if self._take(step):
                return

    def _operands(self, arity: int, instruction: int) -> tuple[int | float, ...]:
        """The first is a node, of the latest ones mostly; each other is a constant in one case of eight."""
        operands: list[int | float] = []
        for position in range(arity):
            kind, instruction = instruction % 8, instruction // 8
            place, instruction = instruction % 6, instruction // 6
            if kind == 0 and position > 0:
                operands.append((place - 3) / 4 + 0.125)
            elif kind == 1:
                operands.append((place * 7) % len(self.nodes))
            else:
                operands.append(max(len(self.nodes) - 1 - place, 0))
        return tuple(operands)

    def _take(self, step: Step) -> bool:
        numbers = [self.nodes[j].data if isinstance(j, int) else j for j in step.operands]
        if not step.operation.tame(*numbers):
            return False
        node = step.operation.apply(*(self.nodes[j] if isinstance(j, int) else j for j in step.operands))
        error = UNIT_ROUNDOFF * abs(node.data)
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            if isinstance(operand, Value) and local_derivative is not None:
                error += abs(local_derivative) * self.errors[self.nodes.index(operand)]
        if not (abs(node.data) <= 1e5 and error <= 1e-9):
            return False
        self.nodes.append(node)
        self.errors.append(error)
        self.steps.append(step)
        return True

    def program(self) -> Program:
        """What leads to the last node; the rest is left out."""
        count = len(self.leaves)
        needed = {len(self.nodes) - 1}
        for i in range(len(self.nodes) - 1, count - 1, -1):
            if i in needed:
                needed.update(j for j in self.steps[i - count].operands if isinstance(j, int))
        kept = sorted(needed)
        place = {i: new for new, i in enumerate(kept)}
        steps = [self.steps[i - count] for i in kept if i >= count]
        return Program(
            tuple(self.leaves[i] for i in kept if i < count),
            tuple(
                replace(step, operands=tuple(place[j] if isinstance(j, int) else j for j in step.operands))
                for step in steps
            ),
        )


lengths = st.sampled_from([10, 10, 10, 30, 30, 60, MOST_NODES - 4]).flatmap(lambda most: st.integers(1, most))
numbers = st.integers(-3_000_000, 3_000_000).map(lambda number: number / 1e6)


@st.composite
def programs(draw: st.DrawFn, lengths: st.SearchStrategy[int] = lengths) -> Program:
    builder = Builder(draw(st.lists(numbers, min_size=1, max_size=4)))
    length = draw(lengths)
    for instruction in draw(st.lists(st.integers(0, 2**40), min_size=length, max_size=length)):
        builder.add(instruction)
    return builder.program()
