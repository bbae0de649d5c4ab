"""Calls of a traced function replayed together: what each gives by itself, whatever way it takes."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.branching import examples
from tests.support.seeds import seeded

np = pytest.importorskip("numpy")

RELATIVE = 1e-12
EXAMPLES = examples(40)


def weighted(function: Callable[..., Any], weights: list[ag.Value]) -> Callable[..., Any]:
    """A function that computes with Values from outside, too."""

    def loss(*args: Any) -> Any:
        return ag.tanh(weights[0] * function(*args)) * weights[1] + 0.0 * weights[0]

    return loss


def one_by_one(function: Callable[..., Any], calls: list[Any], weights: list[ag.Value]) -> tuple[list[float], Any]:
    clear(weights)
    values = []
    for args in calls:
        result = function(*args)
        result.backward(0.5)
        values.append(result.data)
    return values, gradients(weights)


def rows_of(function: Any, calls: Any = (), **options: Any) -> ag.TracedRows:
    return ag.TracedRows(ag.jit(function, **options), calls)


def clear(weights: list[ag.Value]) -> None:
    for weight in weights:
        weight.grad = 0.0


def gradients(weights: list[ag.Value]) -> list[float]:
    return [weight.grad for weight in weights]


def close(a: Any, b: Any) -> bool:
    size = max(map(abs, b))
    return all(math.isclose(x, y, rel_tol=RELATIVE, abs_tol=RELATIVE * size) for x, y in zip(a, b, strict=True))


@pytest.mark.seeded
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "bisection"])
def test_rows_give_what_calls_give(name: str) -> None:
    """All of them, some of them, one, some of them twice; after the weights have changed, too."""
    rng = seeded(name)
    weights = [ag.Value(0.7), ag.Value(1.3)]
    loss = weighted(EXAMPLES[name].function, weights)
    points = EXAMPLES[name].points
    rows = rows_of(loss, points)
    for size in (None, 1, 7, 1, 30, 60):
        places = None if size is None else [rng.randrange(len(points)) for _ in range(size)]
        values, expected = one_by_one(loss, points if places is None else [points[i] for i in places], weights)
        assert close(rows.forward(places), values)
        clear(weights)
        assert close(rows.backward(places, 0.5), values)
        assert close(gradients(weights), expected)
        for weight in weights:
            weight.data *= rng.uniform(0.8, 1.2)


def moving(threshold: ag.Value, weight: ag.Value) -> Callable[[Any], Any]:
    """A function of which the way depends on a Value from outside."""

    def loss(x: Any) -> Any:
        for _ in range(5):
            x = weight * x - 1.0 if x > threshold else weight * x + 0.7
        return x

    return loss


def test_calls_change_their_ways_when_what_is_outside_changes() -> None:
    threshold, weight = ag.Value(0.0), ag.Value(1.1)
    loss, calls = moving(threshold, weight), [(0.1 * i - 2.0,) for i in range(40)]
    traced = ag.jit(loss)
    rows = ag.TracedRows(traced, calls)
    for shift in (0.0, 0.5, -0.7, 1.5, 0.0):
        threshold.data = shift
        values, expected = one_by_one(loss, calls, [weight])
        clear([weight])
        assert close(rows.backward(seed=0.5), values)
        assert close(gradients([weight]), expected)
    assert len(traced.traces) > 5


def test_the_bits_do_not_depend_on_what_ran_before() -> None:
    calls = [(0.1 * i - 2.0,) for i in range(40)]
    found = []
    for warm_up in ([], [39, 38, 20, 3], [0], list(reversed(range(40)))):
        threshold, weight = ag.Value(0.2), ag.Value(1.1)
        rows = rows_of(moving(threshold, weight), calls)
        for place in warm_up:
            rows.forward([place])
        clear([weight])
        values = rows.backward()
        found.append((values, weight.grad))
    assert all(each == found[0] for each in found)


def test_what_is_computed_outside_passes_gradients_on() -> None:
    w = ag.Value(0.5)
    scale = ag.exp(w)
    rows = rows_of(lambda x: scale * x, [(1.0,), (2.0,)])
    clear([w])
    assert close(rows.backward(), [math.exp(0.5), 2.0 * math.exp(0.5)])
    assert close([w.grad], [3.0 * math.exp(0.5)])


def test_calls_of_several_forms() -> None:
    w = ag.Value(2.0)
    calls = [([1.0, 2.0], 1), ([3.0], 1), (np.array([1.0, 4.0]), 2), ({"a": 5.0}, 3), ([2.0, 2.0], 2)]

    def total(x: Any, power: int) -> Any:
        return w**power * ag.sum(list(x.values() if isinstance(x, dict) else x))

    rows = rows_of(total, calls)
    clear([w])
    assert close(rows.backward(), [6.0, 6.0, 20.0, 40.0, 16.0])
    assert close([w.grad], [6.0 + 4.0 * 9.0 + 60.0])


def test_a_function_that_cannot_be_traced_runs_as_it_is_and_says_so_once() -> None:
    w = ag.Value(2.0)

    def untraceable(x: Any) -> Any:
        return w * x * math.floor(x.data if isinstance(x, ag.Value) else x)

    rows = rows_of(untraceable, [(1.5,), (2.5,)])
    with pytest.warns(RuntimeWarning, match=r"runs as it is: it reads or sets the number of a Value .*test_rows\.py"):
        assert rows.forward() == [3.0, 10.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows.backward() == [3.0, 10.0]
        assert rows.backward([1], 2.0) == [10.0]
    assert w.grad == 1.5 + 5.0 + 10.0


def test_too_many_ways_go_on_as_they_are() -> None:
    threshold, weight = ag.Value(0.2), ag.Value(1.1)
    loss, calls = moving(threshold, weight), [(0.1 * i - 2.0,) for i in range(40)]
    rows = rows_of(loss, calls, max_traces=3)
    values, expected = one_by_one(loss, calls, [weight])
    clear([weight])
    with pytest.warns(RuntimeWarning, match="it took 3 ways"):
        assert close(rows.backward(seed=0.5), values)
    assert close(gradients([weight]), expected)
    clear([weight])
    assert close(rows.backward(seed=0.5), values)
    assert close(gradients([weight]), expected)


def test_what_depends_on_more_than_its_arguments_is_refused() -> None:
    ticks = itertools.count(1.0)
    w, shift = ag.Value(2.0), [1.0]
    with pytest.raises(ag.ReplayMismatchError, match=r"<lambda> computes 8\.0 as it is, .* computes 4\.0: it"):
        rows_of(lambda x: w * x * next(ticks), [(2.0,), (3.0,)]).forward()
    rows = rows_of(lambda x: w * x + shift[0], [(2.0,), (3.0,)])
    assert rows.forward() == [5.0, 7.0]
    rows.check(1)
    shift[0] = 2.0
    with pytest.raises(ag.ReplayMismatchError, match=r"computes 8\.0 as it is, and what was traced computes 7\.0"):
        rows.check(1)


def test_calls_that_cannot_be_rows() -> None:
    rows = rows_of(lambda x: 2.0 * x)
    assert rows.forward() == []
    with pytest.raises(TypeError, match="called with plain numbers, got a Value: hand in its data"):
        rows.add((ag.Value(1.0),))
    with pytest.raises(TypeError, match="a set among its arguments has no hash"):
        rows.add(({1, 2},))
    for returned in (lambda x: [x, x], lambda x: 2.0):
        with pytest.raises(TypeError, match="returns one Value, <lambda> returned something else"):
            rows_of(returned, [(1.0,)]).forward()
