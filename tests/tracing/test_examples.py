"""Functions with branches and stopping rules, as they are and traced: the same numbers and derivatives."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

import autograd_core as ag
from tests.support.branching import examples

np = pytest.importorskip("numpy")

POINTS = 64
EXAMPLES = examples(POINTS)
LEAST_TRACES = {  # of so many points
    "bisection by where": 2,
    "Newton's method": 3,
    "bouncing ball": 6,
    "decision tree": 1,  # it is so short that it runs as it is
    "barrier option": 8,
}


def flat(part: Any) -> list[float]:
    if isinstance(part, (list, tuple)):
        return [number for member in part for number in flat(member)]
    return [part]


def close(a: Any, b: Any) -> bool:
    return all(math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-13) for x, y in zip(flat(a), flat(b), strict=True))


@pytest.mark.parametrize("name", LEAST_TRACES)
def test_traced_is_as_it_is(name: str) -> None:
    example = EXAMPLES[name]
    traced = ag.jit(example.function)
    expected = ag.value_and_grad(example.function, example.argnums)
    found = ag.value_and_grad(traced, example.argnums)
    for point in example.points * 2:
        assert close(found(*point), expected(*point)), point
    assert LEAST_TRACES[name] <= len(traced.traces) < POINTS / 2


@pytest.mark.parametrize("name", ["bisection by where", "Newton's method", "bouncing ball"])
def test_second_derivatives_traced_are_as_they_are(name: str) -> None:
    example = EXAMPLES[name]
    expected = ag.hessian(example.function, example.argnums)
    found = ag.hessian(ag.jit(example.function), example.argnums)
    for point in example.points[:12]:
        assert np.allclose(flat(found(*point)), flat(expected(*point)), rtol=1e-9, atol=1e-9), point


def test_a_way_for_almost_every_point_is_said_with_the_line_and_then_it_runs_as_it_is() -> None:
    example = EXAMPLES["bisection"]
    traced = ag.jit(example.function, max_traces=10)
    expected = ag.value_and_grad(example.function, example.argnums)
    found = ag.value_and_grad(traced, example.argnums)
    with pytest.warns(RuntimeWarning, match=r"10 ways, .* part at .*branching\.py:\d+: .* write ag\.where") as said:
        results = [found(*point) for point in example.points]
    assert len(said) == 1
    assert close(results, [expected(*point) for point in example.points])
    assert len(traced.traces) == 10


@pytest.mark.parametrize("name", ["bisection", "bisection by where", "Newton's method"])
def test_derivatives_through_an_iteration_are_those_of_the_solution(name: str) -> None:
    """Of E - e sin E = M: dE/dM = 1 / (1 - e cos E), and dE/de = sin E times it."""
    example = EXAMPLES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mean, eccentricity in example.points[:20]:
            anomaly, (by_mean, by_eccentricity) = ag.value_and_grad(ag.jit(example.function), (0, 1))(
                mean, eccentricity
            )
            slope = 1.0 / (1.0 - eccentricity * math.cos(anomaly))
            assert math.isclose(anomaly - eccentricity * math.sin(anomaly), mean, rel_tol=1e-11)
            assert math.isclose(by_mean, slope, rel_tol=1e-5)  # bisection ends at a millionth
            assert math.isclose(by_eccentricity, slope * math.sin(anomaly), rel_tol=1e-5)


@pytest.mark.parametrize("name", ["bouncing ball", "decision tree", "barrier option"])
def test_derivatives_are_those_of_finite_differences(name: str) -> None:
    example = EXAMPLES[name]
    for point in example.points[:3]:
        ag.check_grads(ag.jit(example.function), *point, argnums=example.argnums)


def test_a_barrier_option_by_monte_carlo() -> None:
    """The price, its delta and its vega are means over the paths, whichever of them are knocked out."""
    example = EXAMPLES["barrier option"]
    market = [ag.Value(100.0), ag.Value(0.3), ag.Value(0.02)]
    paths = [(shocks,) for *_, shocks in example.points]

    def payoff_of(shocks: Any) -> Any:
        return example.function(*market, shocks) + 0.0 * market[0]

    rows = ag.TracedRows(ag.jit(payoff_of), paths)
    payoffs = rows.backward(seed=1.0 / len(paths))
    expected = ag.value_and_grad(
        lambda *m: ag.mean([example.function(*m, *path) + 0.0 * m[0] for path in paths]), (0, 1, 2)
    )
    price, greeks = expected(100.0, 0.3, 0.02)
    assert close(math.fsum(payoffs) / len(paths), price)
    assert close([value.grad for value in market], greeks)
    assert sum(payoff == 0.0 for payoff in payoffs) > 10 < sum(payoff > 0.0 for payoff in payoffs)
