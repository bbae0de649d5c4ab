"""Every primitive against mpmath: its value, its first and its second derivatives.

The bounds are in units in the last place (ulp) of the truth. Where the truth is a sum that may cancel, near a root, the
oracle gives the size of the terms, and the unit is theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from mpmath import mp

import autograd_core as ag
from autograd_core.primitives import TABLE
from tests.support.accuracy import Measured, exact, first_derivatives, is_pole, points, values
from tests.support.oracles import ORACLES, PRECISION, SMALLEST_NORMAL, Exact, Operands, Oracle, is_wrong, ulps

ONE_NUMBER = [name for name, oracle in ORACLES.items() if oracle.second is not None]
SEVERAL_NUMBERS = [name for name in ORACLES if name not in ONE_NUMBER and name != "stop_gradient"]
pytestmark = [pytest.mark.seeded, pytest.mark.slow]  # the oracles' points
KINK_AT_ZERO = {"abs", "relu", "selu", "softsign"}  # theirs, or their slopes': there is no second derivative


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    with mp.workprec(PRECISION):
        yield


def check(found: Sequence[Measured], bound: float) -> None:
    """That each computed number is within the bound, and none is wrong outright."""
    errors = [(ulps(computed, truth, size), operands, computed, truth) for operands, computed, truth, size in found]
    beyond = [error for error in errors if not error[0] <= bound]
    assert not beyond, f"{len(beyond)} of {len(errors)} points off by more than {bound} ulp, the worst: {max(beyond)}"
    wrong = [
        (operands, computed, truth)
        for operands, computed, truth, size in found
        if is_wrong(computed, truth) and abs(size) <= 100 * abs(truth)
    ]
    assert not wrong


def ordinary_points(oracle: Oracle, count: int) -> list[Operands]:
    """Points whose numbers are all between 1/100 and 30, and no two of them of the same size."""
    ordinary = [
        operands
        for operands in oracle.points
        if all(0.01 < abs(operand) < 30.0 for operand in operands) and len(set(map(abs, operands))) == len(operands)
    ]
    assert ordinary
    return ordinary[:count]


def test_every_primitive_has_an_oracle() -> None:
    missing = set(TABLE) - set(ORACLES)
    assert not missing, f"say what is true of {missing}, in mpmath, in tests/support/oracles.py"
    assert set(TABLE) == set(ORACLES)


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_a_function_of_one_number_is_asked_at_a_thousand_points(name: str) -> None:
    asked = points(name)
    assert len(asked) >= 1000
    sizes = [abs(x) for (x,) in asked]
    assert min(sizes) < SMALLEST_NORMAL or name == "acosh"
    assert max(sizes) > 1e300 or name in {"asin", "acos", "atanh", "erfinv", "erfinv_slope"}


@pytest.mark.parametrize("name", ORACLES)
def test_value(name: str) -> None:
    check(list(values(name, points(name))), ORACLES[name].value_ulp)


@pytest.mark.parametrize("name", ORACLES)
def test_first_derivatives(name: str) -> None:
    check(list(first_derivatives(name, points(name))), ORACLES[name].partial_ulp)


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_second_derivative(name: str) -> None:
    primitive, oracle = TABLE[name], ORACLES[name]
    assert oracle.second is not None
    found = []
    for (number,) in oracle.points:
        if is_pole(name, (number,)) or (number == 0.0 and name in KINK_AT_ZERO):
            continue
        x = ag.Value(number)
        (slope,) = ag.gradients(primitive(x), [x], create_graph=True)
        (second,) = ag.gradients(slope, [x])
        size = oracle.second_size(mp.mpf(number)) if oracle.second_size else 0
        found.append(((number,), second, oracle.second(mp.mpf(number)), size))
    check(found, oracle.second_ulp)


@pytest.mark.parametrize("name", SEVERAL_NUMBERS)
def test_second_derivatives_mixed_too(name: str) -> None:
    """The Hessian within 32 ulp of the largest in its row and the gradient; the truth is mpmath's, numerically."""
    primitive, oracle = TABLE[name], ORACLES[name]
    for operands in ordinary_points(oracle, 12):
        values = [ag.Value(operand) for operand in operands]
        differentiable = [i for i, partial in enumerate(oracle.partials(*exact(operands))) if partial is not None]
        if not differentiable:  # a condition
            continue
        node = apply(primitive, values, differentiable)
        gradient = ag.gradients(node, values, create_graph=True)
        for i in differentiable:
            truth = [mixed_derivative(oracle, operands, i, j) for j in differentiable]
            computed = ag.gradients(gradient[i], [values[j] for j in differentiable])
            largest = max(abs(number) for number in (*truth, *filter(None, oracle.partials(*exact(operands)))))
            found = [(operands, entry, exact_entry, largest) for entry, exact_entry in zip(computed, truth)]
            check(found, 32.0)


def apply(primitive: Any, values: list[ag.Value], differentiable: list[int]) -> ag.Value:
    """The node of a primitive, with plain numbers where it takes no derivative."""
    operands = tuple(value if i in differentiable else value.data for i, value in enumerate(values))
    node: ag.Value = values[0].__apply_primitive__(primitive, operands)
    return node


def mixed_derivative(oracle: Oracle, operands: Operands, i: int, j: int) -> Exact:
    def partial(moved: Exact) -> Exact:
        at = exact(operands)
        at[j] = moved
        return oracle.partials(*at)[i]

    return mp.diff(partial, mp.mpf(operands[j]))


@pytest.mark.parametrize("name", ORACLES)
def test_the_oracle_is_consistent(name: str) -> None:
    """Its derivatives are those of its value, as mpmath's own numerical differentiation has them."""
    oracle = ORACLES[name]
    with mp.workprec(6 * PRECISION):
        for operands in ordinary_points(oracle, 6):
            for i, partial in enumerate(oracle.partials(*exact(operands))):
                assert partial is None or agree(partial, numerical_derivative(oracle.value, operands, i))
            if oracle.second is not None:
                first = mp.diff(lambda x: oracle.partials(x)[0], mp.mpf(operands[0]))
                assert agree(oracle.second(*exact(operands)), first)


def numerical_derivative(function: Any, operands: Operands, i: int) -> Exact:
    def moved(number: Exact) -> Exact:
        at = exact(operands)
        at[i] = number
        return function(*at)

    return mp.diff(moved, mp.mpf(operands[i]))


def agree(a: Exact, b: Exact) -> bool:
    return bool(abs(a - b) <= mp.mpf(2) ** -60 * max(abs(a), abs(b)))


def test_ulps_measures() -> None:
    assert ulps(1.0, mp.mpf(1)) == 0.0
    assert ulps(math.nextafter(1.0, 2.0), mp.mpf(1)) == 1.0
    assert ulps(1.0, mp.mpf(1) + mp.mpf(2) ** -52 / 2) == 0.5
    assert ulps(5e-324, mp.mpf(0)) == 1.0
    assert ulps(math.inf, mp.mpf(10) ** 400) == 0.0
    assert ulps(-math.inf, mp.mpf(10) ** 400) == math.inf
    assert ulps(math.nan, mp.mpf(0)) == math.inf
    assert ulps(math.inf, mp.mpf(1)) > 1e300
    assert is_wrong(0.5, mp.mpf(1))
    assert is_wrong(math.nan, mp.mpf(1))
    assert not is_wrong(0.75, mp.mpf(1))
