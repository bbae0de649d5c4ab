"""Random programs of all primitives, the numbers to run them on, and what a text in some language may answer.

A language's functions are not those of the C library that Python calls, so they are some units in the last place off,
and what is computed from them may be further off: how far depends on the program. So the program itself is asked: it is
run with the result of each *inexact* instruction moved by as many units as the language's documentation admits, up or
down at random, some times over. A text may be as far off as that, times :data:`MARGIN`. What arithmetic and comparisons
give is not moved: at a kink that is computed by these, a text has to be right.

For another language: take :func:`random_programs`, write each program's text, run it on :attr:`Case.rows`, and hand
the numbers to :meth:`Case.check`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import autograd_core as ag
from autograd_core.primitives import TABLE
from autograd_core.replay.code import Code
from autograd_core.replay.instructions import INSTRUCTIONS
from autograd_core.replay.matrices import hessian_of, jacobian_of
from autograd_core.replay.scalars import results_of
from tests.support.special_numbers import drawn

MARGIN = 4.0
N_PERTURBED = 4

EXACT = frozenset({
    "where", "clamp", "add", "subtract", "multiply", "divide", "negative", "abs_", "sign", "square", "reciprocal",
    "sqrt", "dot", "sum_", "prod", "maximum", "minimum", "relu", "leaky_relu", "remainder", "floor_divide", "floor",
    "ceil", "trunc", "round_", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "both", "either",
    "negation", "copied", "spoilt", "adjoint", "softsign",
})  # fmt: skip
"""What is arithmetic and choices alone, the same in all languages that compute in the same order."""

LABELS = (
    "", "", "", "x", "w", "b", "loss", "lambda", "int", "class", "y1", "exp", "inputs", "kept", "d_x", "v3", "t12", "é",
    "a */ b", "ends in \\", "??/", "a\nb", "// x", "\u202e", "program", "np", "math", "jnp", "matrix", "results", "i",
)  # fmt: skip


# -- programs --


def _constant(rng: random.Random) -> float:
    return rng.choice([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -3.0, 0.1, rng.uniform(-4.0, 4.0), drawn(rng)])


def _operands(name: str, rng: random.Random, operand: Callable[[], Any]) -> list[Any]:
    """Operands of a primitive; those that are not differentiated are numbers as its callers give them."""
    if name == "polygamma":
        return [float(rng.randint(0, 3)), operand()]
    if name == "round_":
        return [operand(), float(rng.randint(-2, 6))]
    if name == "constant_power":
        exponents = [0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, 1.5, -0.5, rng.uniform(-3.0, 3.0)]
        return [operand(), rng.choice(exponents)]
    if name.endswith("_component"):
        count = rng.randint(1, 4)
        return [float(rng.randrange(count)), *[operand() for _ in range(count)]]
    arities = {each.name: each.arity for each in INSTRUCTIONS} | {"mean": None, "stop_gradient_": 1}
    count = 2 * rng.randint(1, 3) + 1 if name == "dot" else arities[name] or rng.randint(1, 4)
    return [operand() for _ in range(count)]


def random_program(rng: random.Random, first: str) -> ag.Program:
    """One whose first operation is given; the others are any of the table."""
    leaves = [ag.Value(drawn(rng), rng.choice(LABELS)) for _ in range(rng.randint(1, 4))]
    nodes: list[Any] = list(leaves)

    def operand() -> Any:
        if rng.randrange(6) == 0:
            return _constant(rng)
        return nodes[-1] if rng.randrange(3) == 0 else rng.choice(nodes)

    by_name = {primitive.__name__: primitive for primitive in TABLE.values()}
    names = [first, *rng.choices(list(by_name), k=rng.choice([0, 1, 3, 6, 9]))]
    for name in names:
        operands = _operands(name, rng, operand)
        if not any(isinstance(each, ag.Value) for each in operands):
            operands[-1 if name != "round_" and name != "constant_power" else 0] = nodes[0]
        node = ag.Value.__apply_primitive__(by_name[name], tuple(operands))
        if rng.randrange(4) == 0:
            node.label = rng.choice(LABELS)
        nodes.append(node)
    outputs = [nodes[-1], *rng.sample(nodes, rng.choice([0, 0, 1, 2 if len(nodes) > 1 else 1]))]
    n_inputs = rng.randint(0, len(leaves))
    return ag.compile(outputs, inputs=leaves[:n_inputs], parameters=leaves[n_inputs:])


def random_programs(seed: int, count: int) -> Iterator[Case]:
    """Programs with rows to run them on; every primitive is the first operation of some."""
    rng = random.Random(seed)
    names = [primitive.__name__ for primitive in TABLE.values()]
    for number in range(count):
        program = random_program(rng, names[number % len(names)])
        n_leaves = len(program.inputs) + len(program.parameters)
        rows = [[leaf.data for leaf in (*program.inputs, *program.parameters)]]
        rows += [[drawn(rng) for _ in range(n_leaves)] for _ in range(2)]
        yield Case(program, rows, rng.randrange(2**32))


# -- answers --


@dataclass(frozen=True)
class Case:
    """A program and what to run it on.

    Attributes:
        program: it.
        rows: numbers for the inputs, then for the parameters.
        seed: for the perturbations.
    """

    program: ag.Program
    rows: list[list[float]]
    seed: int

    def numbers_of(self, what: str) -> tuple[Code, list[int]]:
        """What computes the ``"program"``, its ``"jacobian"`` or its ``"hessian"``, and the slots of the results.

        The results are the outputs and then the derivatives by all leaves, or the entries of the pattern, row by row.
        """
        code = self.program._code
        if what == "program":
            adjoints = code.adjoint_of[code.inputs.start : code.parameters.stop]
            return code, [*code.outputs.tolist(), *adjoints.tolist()]
        derivatives = jacobian_of(code) if what == "jacobian" else hessian_of(code)
        return derivatives.code, derivatives.slots.tolist()

    def check(
        self,
        what: str,
        answers: Sequence[Sequence[float]],
        ulps: float,
        inexact: Collection[str] | None = None,
        last: float = 0.0,
    ) -> tuple[int, int]:
        """Compare what a text gave for each row with what the replay gives.

        Args:
            what: as for :meth:`numbers_of`.
            answers: for each row, the results.
            ulps: how far off the language's functions may be; 0 for equal to the bit.
            last: how far off each result may be besides, as what is off may be rounded the other way.
            inexact: the instructions that it says this of; None for all but :data:`EXACT`.

        Returns:
            How many numbers were compared, and how many were not, as the program leaves open what they are.

        Raises:
            AssertionError: a number is further off.
        """
        code, slots = self.numbers_of(what)
        codes = [
            number
            for number, each in enumerate(INSTRUCTIONS)
            if (each.name not in EXACT if inexact is None else each.name in inexact)
        ]
        rng = random.Random(self.seed)
        n_compared = n_open = 0
        assert len(answers) == len(self.rows)
        for row, answer in zip(self.rows, answers):
            expected = _run(code, slots, row)
            others = [_run(code, slots, row, ulps, codes, rng) for _ in range(N_PERTURBED if ulps else 0)]
            assert len(answer) == len(expected), (what, row)
            for place, (got, right) in enumerate(zip(answer, expected)):
                bound = _bound(right, [other[place] for other in others])
                if bound is None:
                    n_open += 1
                    continue
                n_compared += 1
                is_same = got == right or (got != got and right != right)
                is_close = (
                    math.isfinite(right) and math.isfinite(got) and abs(got - right) <= bound + last * math.ulp(right)
                )
                assert is_same or is_close, (what, row, place, got, right, bound, self.program.source())
        return n_compared, n_open


def _bound(right: float, others: Sequence[float]) -> float | None:
    """How far off an answer may be; None where perturbed programs do not agree on what kind of number it is."""
    if not all((other == right or other - other == right - right or other != other) for other in others):
        return None
    if not math.isfinite(right):
        return 0.0 if all(other == right or (other != other and right != right) for other in others) else None
    if not all(map(math.isfinite, others)):
        return None
    return MARGIN * max((abs(other - right) for other in others), default=0.0)


def _run(
    code: Code,
    slots: Sequence[int],
    row: Sequence[float],
    ulps: float = 0.0,
    inexact: Collection[int] = (),
    rng: random.Random | None = None,
) -> list[float]:
    """The numbers in these slots, with the results of some instructions moved by so many units in the last place."""
    numbers = [math.nan] * code.n_slots
    numbers[: code.parameters.stop] = [*code.constants.tolist(), *row]
    for i, instruction in enumerate(code.codes.tolist()):
        operands = [numbers[slot] for slot in code.operands_of(i).tolist()]
        results = results_of(instruction, operands, code.opaque)
        if rng is not None and instruction in inexact:
            results = [_moved(result, ulps, rng) for result in results]
        first = int(code.results[i])
        numbers[first : first + len(results)] = results
    return [numbers[slot] if slot >= 0 else 0.0 for slot in slots]


def _moved(number: float, ulps: float, rng: random.Random) -> float:
    if not math.isfinite(number) or number == 0.0:
        return number
    return number + rng.choice([-ulps, ulps]) * math.ulp(number)
