"""Random programs of all smooth primitives: gradients as exact as the condition of the program allows.

A program is a directed acyclic graph of up to 200 nodes with shared nodes and repeated and constant operands. mpmath
evaluates the same program in 140 bits: values, first and second local derivatives, adjoints.

The bound
    Suppose that every float operation is rounded with a relative error of at most the unit roundoff u = 2**-53. To
    first order, the computed gradient by a leaf x is then off by no more than u times the sum of

    - over the nodes i: |∂²root/∂vᵢ∂x| · eᵢ, where eᵢ is what the value vᵢ is rounded from: |vᵢ|, and for a sum of n
      terms n − 1 times the sum of their magnitudes, in whatever order they are added;
    - over the edges from a node i to its operand j: |v̄ᵢ| · (eᵢⱼ + |dᵢⱼ|) · |∂vⱼ/∂x|, where v̄ᵢ is the adjoint, dᵢⱼ the
      local derivative and eᵢⱼ what that is rounded from (0 if it is exact): its own rounding and that of the product;
    - over the nodes j with k edges leading to them: (k − 1) · Σᵢ|v̄ᵢ dᵢⱼ| · |∂vⱼ/∂x|, for the sum of k terms in the
      reverse pass, again in whatever order.

    The mixed second derivatives come from one forward pass over the reverse pass for each leaf. The gradient must be
    within 8 times this bound: 8 u is 4 ulp, which is what a primitive and its derivative are allowed.

Hessian-vector products are held to the bound of the same construction: how much each rounding of a value, a local
derivative, a local second derivative, a product or a sum matters is found by nudging that number in mpmath.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import autograd_core as ag
from autograd_core import Value
from tests.support.smooth import truth
from tests.support.smooth.programs import Program, Step, programs
from tests.support.smooth.rules import OPERATIONS, Exact

FACTOR = 8.0


def worst_ratio(computed: Sequence[float], exact: Sequence[Exact], bounds: Sequence[float]) -> float:
    """The largest error in units of its bound; where the bound is 0, the number has to be exact."""
    errors = [abs(float(number - right)) for number, right in zip(computed, exact)]
    errors = [0.0 if error < 1e-60 else error for error in errors]  # mpmath's own: 0 is 1e-43 in 140 bits, and squared
    return max(error / bound if bound else error / 5e-324 for error, bound in zip(errors, bounds))


def gradient_ratio(program: Program) -> float:
    """How far the value of the root and the gradient are off, in units of their bounds."""
    leaves = [Value(leaf) for leaf in program.leaves]
    root = program.record(leaves)
    root.backward()
    with mp.workprec(truth.PRECISION):
        evaluation = truth.Evaluation(program)
        exact = [evaluation.values[-1], *truth.exact_gradient(evaluation)]
        bounds = [truth.value_bound(evaluation), *truth.gradient_bounds(evaluation)]
        return worst_ratio([root.data, *(leaf.grad for leaf in leaves)], exact, bounds)


def hessian_product_ratio(program: Program, direction: Sequence[float]) -> float:
    """How far the Hessian times a direction is off, in units of its bounds."""
    computed = ag.hvp(program.record)(list(program.leaves), list(direction))
    with mp.workprec(truth.PRECISION):
        evaluation = truth.Evaluation(program)
        exact_direction = [mp.mpf(part) for part in direction]
        exact = truth.exact_passes(evaluation, exact_direction).adjoint_tangents
        return worst_ratio(computed, exact, truth.hessian_product_bounds(program, evaluation, exact_direction))


GRADIENT_PROGRAMS = 10_000 if os.environ.get("CI") else 300
HESSIAN_PROGRAMS = 500 if os.environ.get("CI") else 50


@settings(max_examples=GRADIENT_PROGRAMS)
@given(programs())
def test_gradients_are_as_exact_as_their_condition_allows(program: Program) -> None:
    assert gradient_ratio(program) <= FACTOR


@settings(max_examples=HESSIAN_PROGRAMS)
@given(programs(), st.data())
def test_hessian_products_are_as_exact_as_their_condition_allows(program: Program, data: st.DataObject) -> None:
    quarters = st.integers(-8, 8).map(lambda number: number / 4)
    count = len(program.leaves)
    direction = data.draw(st.lists(quarters, min_size=count, max_size=count))
    assert hessian_product_ratio(program, direction) <= FACTOR


def test_a_fault_of_two_parts_in_a_million_million_is_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is no formality: it sees a wrong digit far behind the point."""
    by_name = {operation.name: operation for operation in OPERATIONS}
    program = Program((1.3, 0.7), (Step(by_name["*"], (0, 1)), Step(by_name["sin"], (2,))))
    assert gradient_ratio(program) <= 1.0
    right = ag.sin.partials
    monkeypatch.setattr(ag.sin, "partials", lambda out, x: (right(out, x)[0] * (1.0 + 2e-12),))
    assert gradient_ratio(program) > FACTOR
