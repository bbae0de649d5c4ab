"""Functions with branches and stopping rules, value and gradient at one point after the other; and many points at once.

JAX and CasADi cannot run them as they are written: below they are written again, for JAX with ``while_loop`` and
``where``, for CasADi with ``if_else`` and loops of the greatest length. JAX differentiates a ``while_loop`` forwards.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import in_turns, ratio, table
from tests.support import branching
from tests.support.branching import BARRIER, DURATION, GRAVITY, MONTHS, STRIKE, YEARS, Example

POINTS = 100
ROUNDS = 5
Calls = list[Callable[[], Any]]
"""One for each point; it returns the value and the gradient."""


def with_values(name: str, example: Example) -> Calls:
    return [partial(ag.value_and_grad(example.function, example.argnums), *point) for point in example.points]


def with_jit(name: str, example: Example) -> Calls:
    """Traced beforehand at all points."""
    traced = ag.value_and_grad(ag.jit(example.function), example.argnums)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bisection has too many ways
        for point in example.points:
            traced(*point)
    return [partial(traced, *point) for point in example.points]


# -- JAX -----------------------------------------------------------------------------------------------------------


def jax_functions() -> dict[str, tuple[Callable[..., Any], bool]]:
    """Each function, and whether it can be differentiated in reverse."""
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, lax = jax.numpy, jax.lax

    def newton_step(anomaly: Any, mean: Any, eccentricity: Any) -> Any:
        return (anomaly - eccentricity * jnp.sin(anomaly) - mean) / (1.0 - eccentricity * jnp.cos(anomaly))

    def bisection(mean: Any, eccentricity: Any) -> Any:
        def halve(bracket: Any) -> Any:
            low, high = bracket
            middle = 0.5 * (low + high)
            is_above = middle - eccentricity * jnp.sin(middle) > mean
            return jnp.where(is_above, low, middle), jnp.where(is_above, middle, high)

        bracket = mean - eccentricity, mean + eccentricity
        low, _ = lax.while_loop(lambda bracket: bracket[1] - bracket[0] > 1e-6, halve, bracket)
        return low - newton_step(low, mean, eccentricity)

    def newton(mean: Any, eccentricity: Any) -> Any:
        def improve(state: Any) -> Any:
            step = newton_step(state[0], mean, eccentricity)
            return state[0] - step, step

        return lax.while_loop(lambda state: abs(state[1]) >= 1e-9, improve, (mean, jnp.inf))[0]

    def bouncing_ball(height: Any, speed: Any, restitution: Any) -> Any:
        def flight(height: Any, speed: Any) -> Any:
            impact_speed = jnp.sqrt(speed**2 + 2.0 * GRAVITY * height)
            return impact_speed, (speed + impact_speed) / GRAVITY

        def flies_on(state: Any) -> Any:
            return (flight(*state[:2])[1] <= state[2]) & ~state[3]

        def bounce(state: Any) -> Any:
            impact_speed, duration = flight(*state[:2])
            speed = restitution * impact_speed
            return 0.0 * state[0], speed, state[2] - duration, speed < 0.5

        height, speed, remaining, rests = lax.while_loop(flies_on, bounce, (height, speed, DURATION, False))
        return jnp.where(rests, 0.0, height + speed * remaining - 0.5 * GRAVITY * remaining**2)

    def decision_tree(x: Any, thresholds: Any, leaves: Any) -> Any:
        node = 0
        for _ in range(branching.DEPTH):
            node = 2 * node + jnp.where(x[node % len(x)] > thresholds[node], 2, 1)
        leaf = leaves[node - len(thresholds)]
        return leaf[:-1] @ x + leaf[-1]

    def barrier_payoff(spot: Any, volatility: Any, rate: Any, shocks: Any) -> Any:
        step = YEARS / MONTHS
        drift, spread = (rate - 0.5 * volatility**2) * step, volatility * math.sqrt(step)
        prices = spot * jnp.cumprod(jnp.exp(drift + spread * shocks))
        payoff = jnp.exp(-rate * YEARS) * jnp.maximum(prices[-1] - STRIKE, 0.0)
        return jnp.where((prices > BARRIER).all(), payoff, 0.0)

    return {
        "bisection": (bisection, False),
        "bisection by where": (bisection, False),
        "Newton's method": (newton, False),
        "bouncing ball": (bouncing_ball, False),
        "decision tree": (decision_tree, True),
        "barrier option": (barrier_payoff, True),
    }


def with_jax(name: str, example: Example) -> Calls:
    jax = peer("jax")
    function, in_reverse = jax_functions()[name]
    if in_reverse:
        compiled = jax.jit(jax.value_and_grad(function, example.argnums))
    else:
        forwards = jax.jacfwd(function, example.argnums)
        compiled = jax.jit(lambda *point: (function(*point), forwards(*point)))
    points = [[jax.numpy.asarray(part) for part in point] for point in example.points]

    def run(point: Any) -> Any:
        return jax.block_until_ready(compiled(*point))

    return [partial(run, point) for point in points]


# -- CasADi --------------------------------------------------------------------------------------------------------

HALVINGS, NEWTON_STEPS, BOUNCES = 21, 12, 14


def casadi_functions() -> dict[str, Callable[..., Any]]:
    ca = peer("casadi")

    def newton_step(anomaly: Any, mean: Any, eccentricity: Any) -> Any:
        return (anomaly - eccentricity * ca.sin(anomaly) - mean) / (1.0 - eccentricity * ca.cos(anomaly))

    def bisection(mean: Any, eccentricity: Any) -> Any:
        low, high = mean - eccentricity, mean + eccentricity
        for _ in range(HALVINGS):
            goes_on = high - low > 1e-6
            middle = 0.5 * (low + high)
            is_above = middle - eccentricity * ca.sin(middle) > mean
            low, high = (
                ca.if_else(ca.logic_and(goes_on, ca.logic_not(is_above)), middle, low),
                ca.if_else(ca.logic_and(goes_on, is_above), middle, high),
            )
        return low - newton_step(low, mean, eccentricity)

    def newton(mean: Any, eccentricity: Any) -> Any:
        anomaly, goes_on = mean, ca.SX(1)
        for _ in range(NEWTON_STEPS):
            step = newton_step(anomaly, mean, eccentricity)
            anomaly = ca.if_else(goes_on, anomaly - step, anomaly)
            goes_on = ca.logic_and(goes_on, ca.fabs(step) >= 1e-9)
        return anomaly

    def bouncing_ball(height: Any, speed: Any, restitution: Any) -> Any:
        remaining, flies, rests = ca.SX(DURATION), ca.SX(1), ca.SX(0)
        for _ in range(BOUNCES):
            impact_speed = ca.sqrt(speed**2 + 2.0 * GRAVITY * height)
            flight = (speed + impact_speed) / GRAVITY
            flies = ca.logic_and(flies, flight <= remaining)
            remaining = ca.if_else(flies, remaining - flight, remaining)
            height = ca.if_else(flies, 0.0, height)
            speed = ca.if_else(flies, restitution * impact_speed, speed)
            rests = ca.logic_or(rests, ca.logic_and(flies, speed < 0.5))
            flies = ca.logic_and(flies, ca.logic_not(rests))
        return ca.if_else(rests, 0.0, height + speed * remaining - 0.5 * GRAVITY * remaining**2)

    def decision_tree(x: Any, thresholds: Any, leaves: Any) -> Any:
        def below(node: int) -> Any:
            if node >= len(thresholds):
                leaf = leaves[node - len(thresholds)]
                return sum((w * number for w, number in zip(leaf, x)), leaf[-1])
            goes_right = x[node % len(x)] > thresholds[node]
            return ca.if_else(goes_right, below(2 * node + 2), below(2 * node + 1))

        return below(0)

    def barrier_payoff(spot: Any, volatility: Any, rate: Any, shocks: Any) -> Any:
        step = YEARS / MONTHS
        drift, spread = (rate - 0.5 * volatility**2) * step, volatility * math.sqrt(step)
        price, is_alive = spot, ca.SX(1)
        for shock in shocks:
            price = price * ca.exp(drift + spread * shock)
            is_alive = ca.logic_and(is_alive, price > BARRIER)
        return ca.if_else(is_alive, ca.exp(-rate * YEARS) * ca.fmax(price - STRIKE, 0.0), 0.0)

    return {
        "bisection": bisection,
        "bisection by where": bisection,
        "Newton's method": newton,
        "bouncing ball": bouncing_ball,
        "decision tree": decision_tree,
        "barrier option": barrier_payoff,
    }


def with_casadi(name: str, example: Example) -> Calls:
    """Its buffers: a call that allocates nothing."""
    ca = peer("casadi")
    numbers = np.array([list(flat(point)) for point in example.points])
    symbols = ca.SX.sym("x", numbers.shape[1])
    remaining = iter(ca.vertsplit(symbols))
    arguments = [like(part, remaining) for part in example.points[0]]
    value = casadi_functions()[name](*arguments)
    wanted = ca.vertcat(*flat([arguments[place] for place in example.argnums]))
    function = ca.Function("f", [symbols], [value, ca.densify(ca.gradient(value, wanted))])
    buffer, run = function.buffer()
    kept = numbers[0].copy(), np.zeros(1), np.zeros(wanted.numel()), buffer, function
    buffer.set_arg(0, kept[0].data)
    buffer.set_res(0, kept[1].data)
    buffer.set_res(1, kept[2].data)

    def call(point: Any) -> Any:
        kept[0][:] = point
        run()
        return kept[1], kept[2]

    return [partial(call, point) for point in numbers]


def flat(part: Any) -> Iterator[Any]:
    """The numbers of nested lists."""
    if isinstance(part, (list, tuple)):
        for member in part:
            yield from flat(member)
    else:
        yield part


def like(part: Any, numbers: Iterator[Any]) -> Any:
    """Nested lists of the same form, of other numbers."""
    return [like(member, numbers) for member in part] if isinstance(part, list) else next(numbers)


# -- The table -----------------------------------------------------------------------------------------------------

WAYS: dict[str, Callable[[str, Example], Calls]] = {
    "eager": with_values, "jit": with_jit, "JAX": with_jax, "CasADi": with_casadi
}  # fmt: skip


def present(name: str, example: Example) -> tuple[dict[str, Calls], dict[str, str]]:
    """The ways that can be gone here, checked to agree, and why the others cannot."""
    ways: dict[str, Calls] = {}
    missing: dict[str, str] = {}
    for way, make in WAYS.items():
        try:
            ways[way] = make(name, example)
        except MissingPeerError as error:
            missing[way] = str(error)
    check_agreement(ways)
    return ways, missing


def check_agreement(ways: dict[str, Calls]) -> None:
    """At every point, the numbers of the first way (AssertionError otherwise)."""
    (first, calls), *others = ways.items()
    expected = [numbers_of(call()) for call in calls]
    for name, own in others:
        for place, (call, right) in enumerate(zip(own, expected, strict=True)):
            found = numbers_of(call())
            close = np.allclose(found, right, rtol=1e-9, atol=1e-9)
            assert close, f"at point {place}, {name} gives {found} and {first} {right}"


def numbers_of(result: tuple[Any, Any]) -> Any:
    """A value and a gradient, nested in any way, one number after the other."""
    value, gradient = result
    parts = gradient if isinstance(gradient, tuple) else (gradient,)
    return np.concatenate([np.ravel(value), *[np.ravel(np.asarray(part, float)) for part in parts]])


# -- Many paths at once --------------------------------------------------------------------------------------------

PATHS = 2_000
MARKET = (100.0, 0.3, 0.02)


def shocks(paths: int) -> Any:
    return np.random.default_rng(0).normal(size=(paths, MONTHS))


def eager_price(paths: int) -> Callable[[], Any]:
    drawn = shocks(paths).tolist()

    def price(spot: Any, volatility: Any, rate: Any) -> Any:
        return ag.mean([branching.barrier_payoff(spot, volatility, rate, each) for each in drawn])

    return partial(ag.value_and_grad(price, (0, 1, 2)), *MARKET)


def price_by_rows(paths: int) -> Callable[[], Any]:
    """Each path's payoff is a call, and the market stands outside."""
    spot, volatility, rate = market = [ag.Value(number) for number in MARKET]

    def payoff(each: Any) -> Any:
        return 0.0 * spot + branching.barrier_payoff(spot, volatility, rate, each)

    rows = ag.TracedRows(ag.jit(payoff), [(each,) for each in shocks(paths).tolist()])

    def run() -> Any:
        for number in market:
            number.grad = 0.0
        payoffs = rows.backward(seed=1.0 / paths)
        return math.fsum(payoffs) / paths, tuple(number.grad for number in market)

    return run


def jax_price(paths: int) -> Callable[[], Any]:
    jax = peer("jax")
    payoff = jax_functions()["barrier option"][0]
    drawn = jax.numpy.asarray(shocks(paths))

    def price(*market: Any) -> Any:
        return jax.vmap(lambda each: payoff(*market, each))(drawn).mean()

    compiled = jax.jit(jax.value_and_grad(price, (0, 1, 2)))
    return lambda: jax.block_until_ready(compiled(*MARKET))


def casadi_price(paths: int) -> Callable[[], Any]:
    """Its map over all paths."""
    ca = peer("casadi")
    market, each = ca.SX.sym("m", 3), ca.SX.sym("z", MONTHS)
    payoff = casadi_functions()["barrier option"](*ca.vertsplit(market), ca.vertsplit(each))
    mapped = ca.Function("f", [market, each], [payoff, ca.densify(ca.gradient(payoff, market))]).map(paths)
    points, drawn = np.repeat(np.array(MARKET)[:, None], paths, axis=1), shocks(paths).T

    def run() -> Any:
        payoffs, gradients = mapped(points, drawn)
        return float(ca.sum2(payoffs)) / paths, tuple(np.array(ca.sum2(gradients)).ravel() / paths)

    return run


PRICES: dict[str, Callable[[int], Callable[[], Any]]] = {
    "eager": eager_price, "jit, in rows": price_by_rows, "JAX": jax_price, "CasADi": casadi_price
}  # fmt: skip


def prices(paths: int) -> tuple[dict[str, Callable[[], Any]], dict[str, str]]:
    """The ways to price by Monte Carlo that can be gone here, checked to agree, and why the others cannot."""
    ways: dict[str, Callable[[], Any]] = {}
    missing: dict[str, str] = {}
    for way, make in PRICES.items():
        try:
            ways[way] = make(paths)
        except MissingPeerError as error:
            missing[way] = str(error)
    check_agreement({way: [run] for way, run in ways.items()})
    return ways, missing


def _all(calls: Calls) -> None:
    for call in calls:
        call()


def main() -> None:
    """Measure and print the table."""
    rows = []
    for name, example in branching.examples(POINTS).items():
        ways, missing = present(name, example)
        times = in_turns({way: partial(_all, calls) for way, calls in ways.items()}, ROUNDS)
        for way, own in times.items():
            rows.append([name, way, f"{min(own) / POINTS * 1e6:.3g}", ratio(times["eager"], own)])
        rows += [[name, way, reason, ""] for way, reason in missing.items()]
    headings = ["", "", "µs a point, best", "times faster than eager"]
    print(table(f"Functions with branches, value and gradient at {POINTS} points in turn", headings, rows))
    runs, missing = prices(PATHS)
    times = in_turns(runs, ROUNDS)
    rows = [[way, f"{min(own) * 1e3:.3g}", ratio(times["eager"], own)] for way, own in times.items()]
    rows += [[way, reason, ""] for way, reason in missing.items()]
    title = f"A barrier option by Monte Carlo on {PATHS:,} paths: price and three derivatives"
    print(table(title, ["", "ms, best", "times faster than eager"], rows))
