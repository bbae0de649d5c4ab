"""A program in mpmath: values, derivatives of first and second order, and how far rounding may move those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp

from tests.support.smooth.programs import UNIT_ROUNDOFF, Program
from tests.support.smooth.rules import Exact, Truth

PRECISION = 140  # bits
NUDGE = mp.ldexp(1, -60)

Number = Any  # an mpmath number where the truth is asked for, a float where a bound is
Row = list[Number]


@dataclass
class Passes:
    """The results of :func:`second_order_passes`, one number for each node."""

    tangents: Row  # ∂v along the direction
    adjoints: Row  # ∂root/∂v
    adjoint_tangents: Row  # ∂adjoint along the direction: at the leaves, the Hessian times the direction


@dataclass
class Factors:
    """What the passes multiply by, for each step and operand: local derivatives, and local second derivatives.

    The three uses of a local derivative have a copy each, so that each can be given a rounding error of its own.
    """

    forward: list[Row]
    reverse: list[Row]
    carried: list[Row]
    second: list[list[Row] | None]


class Evaluation:
    """A program evaluated in mpmath: the values, and for each step what is known about it at its operands."""

    def __init__(self, program: Program, nudged: int = -1, by: Exact = 0) -> None:
        """With ``by`` added to the value of node ``nudged``, as if it had been rounded to that."""
        self.first_step = len(program.leaves)
        self.edges = [
            [(slot, j) for slot, j in enumerate(step.operands) if isinstance(j, int)] for step in program.steps
        ]
        self.values: list[Exact] = [mp.mpf(leaf) for leaf in program.leaves]
        self.rules: list[Truth] = []
        for step in program.steps:
            rule = step.operation.truth(*(self.values[j] if isinstance(j, int) else mp.mpf(j) for j in step.operands))
            self.values.append(rule.value + by if len(self.values) == nudged else rule.value)
            self.rules.append(rule)

    def factors(self, number: Callable[[Exact], Number]) -> Factors:
        """The factors of the passes, each converted."""
        partials = [[number(partial) for partial in rule.partials] for rule in self.rules]
        second = [
            None if rule.second is None else [[number(entry) for entry in row] for row in rule.second]
            for rule in self.rules
        ]
        return Factors(partials, [row.copy() for row in partials], [row.copy() for row in partials], second)

    def terms_of_adjoints(self) -> tuple[list[int], list[int]]:
        """For each node, how many terms its adjoint is the sum of, and its adjoint's tangent."""
        first, second = [0] * len(self.values), [0] * len(self.values)
        for edges, rule in zip(self.edges, self.rules):
            for slot, j in edges:
                first[j] += 1
                second[j] += 1 + (sum(rule.second[slot][other] != 0 for other, _ in edges) if rule.second else 0)
        return first, second


def second_order_passes(evaluation: Evaluation, factors: Factors, direction: Sequence[Number]) -> Passes:
    """Forward along a direction, and then in reverse for the adjoints and for how they change along it."""
    tangents = list(direction)
    for edges, partials in zip(evaluation.edges, factors.forward):
        tangents.append(sum(partials[slot] * tangents[j] for slot, j in edges))

    adjoints = [direction[0] * 0] * len(tangents)
    adjoint_tangents = adjoints.copy()
    adjoints[-1] += 1
    for i in reversed(range(len(evaluation.edges))):
        edges, second = evaluation.edges[i], factors.second[i]
        adjoint, change = adjoints[evaluation.first_step + i], adjoint_tangents[evaluation.first_step + i]
        for slot, j in edges:
            adjoints[j] += adjoint * factors.reverse[i][slot]
            adjoint_tangents[j] += change * factors.carried[i][slot]
            if second is not None:
                adjoint_tangents[j] += adjoint * sum(second[slot][other] * tangents[k] for other, k in edges)
    return Passes(tangents, adjoints, adjoint_tangents)


def exact_gradient(evaluation: Evaluation) -> list[Exact]:
    """∂root/∂leaf for each leaf."""
    return exact_passes(evaluation, [mp.mpf(0)] * evaluation.first_step).adjoints[: evaluation.first_step]


def exact_passes(evaluation: Evaluation, direction: Sequence[Exact]) -> Passes:
    return second_order_passes(evaluation, evaluation.factors(mp.mpf), direction)


# -- bounds -------------------------------------------------------------------------------------------------------


def value_bound(evaluation: Evaluation) -> float:
    """What rounding every value once may do to the root's."""
    adjoints = second_order_passes(evaluation, evaluation.factors(float), [0.0] * evaluation.first_step).adjoints
    steps = zip(adjoints[evaluation.first_step :], evaluation.rules)
    return UNIT_ROUNDOFF * float(sum(abs(adjoint) * rule.value_error for adjoint, rule in steps))


def gradient_bounds(evaluation: Evaluation) -> list[float]:
    """For each leaf, what rounding every value, local derivative, product and sum once may do to the gradient by it."""
    factors = evaluation.factors(float)
    terms, _ = evaluation.terms_of_adjoints()
    bounds = []
    for leaf in range(evaluation.first_step):
        direction = [float(leaf == other) for other in range(evaluation.first_step)]
        passes = second_order_passes(evaluation, factors, direction)
        roundings = 0.0
        for i, (edges, rule) in enumerate(zip(evaluation.edges, evaluation.rules)):
            adjoint = abs(passes.adjoints[evaluation.first_step + i])
            roundings += abs(passes.adjoint_tangents[evaluation.first_step + i]) * rule.value_error
            for slot, j in edges:
                local = rule.partial_errors[slot] + terms[j] * abs(factors.forward[i][slot])
                roundings += adjoint * local * abs(passes.tangents[j])
        bounds.append(UNIT_ROUNDOFF * roundings)
    return bounds


def hessian_product_bounds(program: Program, evaluation: Evaluation, direction: Sequence[Exact]) -> list[float]:
    """For each leaf, what rounding everything once may do to the Hessian times a direction.

    How much each single rounding matters is found by nudging that one number and repeating the passes.
    """
    exact = exact_passes(evaluation, direction).adjoint_tangents[: evaluation.first_step]
    bounds = [0.0] * evaluation.first_step
    for nudged, error in every_rounding(program, evaluation, direction):
        for leaf, number in enumerate(nudged):
            bounds[leaf] += UNIT_ROUNDOFF * error * abs(float((number - exact[leaf]) / NUDGE))
    return bounds


def every_rounding(
    program: Program, evaluation: Evaluation, direction: Sequence[Exact]
) -> Iterator[tuple[list[Exact], float]]:
    """The product with one number nudged, for each number in turn, and how many nudges its rounding errors are."""
    leaves = evaluation.first_step
    for i, rule in enumerate(evaluation.rules):
        if rule.value_error > 0.0:
            nudged = Evaluation(program, leaves + i, NUDGE)
            yield exact_passes(nudged, direction).adjoint_tangents[:leaves], rule.value_error

    factors = evaluation.factors(mp.mpf)
    for row, slot, error in roundings_of_factors(evaluation, factors):
        exact = row[slot]
        row[slot] = exact + NUDGE
        yield second_order_passes(evaluation, factors, direction).adjoint_tangents[:leaves], error
        row[slot] = exact


def roundings_of_factors(evaluation: Evaluation, factors: Factors) -> Iterator[tuple[Row, int, float]]:
    """Each factor as a place in a row, with the error of itself, of its product, and of the sum that it is part of."""
    terms, terms_of_tangents = evaluation.terms_of_adjoints()
    for i, (edges, rule) in enumerate(zip(evaluation.edges, evaluation.rules)):
        for slot, j in edges:
            own, size = rule.partial_errors[slot], abs(float(rule.partials[slot]))
            yield factors.forward[i], slot, own + len(edges) * size
            yield factors.reverse[i], slot, own + terms[j] * size
            yield factors.carried[i], slot, own + terms_of_tangents[j] * size
            second = factors.second[i]
            if second is not None:
                for other, _ in edges:
                    entry = abs(float(second[slot][other]))
                    yield second[slot], other, rule.second_error + (1 + terms_of_tangents[j]) * entry
