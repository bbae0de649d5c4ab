"""Functions whose course depends on their numbers, written as one would: with ``if``, ``while`` and a stopping rule.

Each comes with points that take different branches.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import autograd_core as ag

Number = Any  # a float or a Value
Vector = Sequence[Number]


# -- Kepler's equation E − e·sin E = M, for the eccentric anomaly E of a planet -------------------------------------


def newton_step(anomaly: Number, mean: Number, eccentricity: Number) -> Number:
    """Subtracted from an approximation, it leaves a better one, whose derivatives are those of the solution."""
    error = anomaly - eccentricity * ag.sin(anomaly) - mean
    return error / (1.0 - eccentricity * ag.cos(anomaly))


def bisection(mean: Number, eccentricity: Number) -> Number:
    """Halves a bracket; almost every point takes branches of its own."""
    low, high = mean - eccentricity, mean + eccentricity
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        if middle - eccentricity * ag.sin(middle) > mean:
            high = middle
        else:
            low = middle
    return low - newton_step(low, mean, eccentricity)


def bisection_where(mean: Number, eccentricity: Number) -> Number:
    """The same by ``ag.where``: what is left to Python is how often to halve."""
    low, high = mean - eccentricity, mean + eccentricity
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        is_above = middle - eccentricity * ag.sin(middle) > mean
        low, high = ag.where(is_above, low, middle), ag.where(is_above, middle, high)
    return low - newton_step(low, mean, eccentricity)


def newton(mean: Number, eccentricity: Number) -> Number:
    """Newton's method, until a step changes nothing that counts."""
    anomaly = mean
    while True:
        step = newton_step(anomaly, mean, eccentricity)
        anomaly = anomaly - step
        if abs(step) < 1e-9:
            return anomaly


# -- A bouncing ball -----------------------------------------------------------------------------------------------

GRAVITY, DURATION = 9.81, 2.0


def bouncing_ball(height: Number, speed: Number, restitution: Number) -> Number:
    """How high a ball is after a while that was thrown up; each impact leaves it a share of its speed."""
    remaining = DURATION
    while True:
        impact_speed = ag.sqrt(speed**2 + 2.0 * GRAVITY * height)
        flight = (speed + impact_speed) / GRAVITY
        if flight > remaining:
            return height + speed * remaining - 0.5 * GRAVITY * remaining**2
        remaining = remaining - flight
        height, speed = 0.0, restitution * impact_speed
        if speed < 0.5:
            return 0.0  # it has come to rest


# -- A decision tree whose leaves are linear -----------------------------------------------------------------------

FEATURES, DEPTH = 3, 3


def decision_tree(x: Vector, thresholds: Vector, leaves: Sequence[Vector]) -> Number:
    """Each inner node asks one feature; the leaf reached has a weight for each feature, and a bias.

    The children of node i are 2i + 1 and 2i + 2.
    """
    node = 0
    while node < len(thresholds):
        goes_right = x[node % len(x)] > thresholds[node]
        node = 2 * node + (2 if goes_right else 1)
    *weights, bias = leaves[node - len(thresholds)]
    return ag.dot(weights, x, bias)


# -- A barrier option by Monte Carlo -------------------------------------------------------------------------------

STRIKE, BARRIER, YEARS, MONTHS = 100.0, 85.0, 1.0, 12


def barrier_payoff(spot: Number, volatility: Number, rate: Number, shocks: Vector) -> Number:
    """The discounted payoff of a down-and-out call on one path: nothing once the price has fallen to the barrier."""
    step = YEARS / MONTHS
    drift, spread = (rate - 0.5 * volatility**2) * step, volatility * math.sqrt(step)
    price = spot
    for shock in shocks:
        price = price * ag.exp(drift + spread * shock)
        if price <= BARRIER:
            return 0.0
    return ag.exp(-rate * YEARS) * max(price - STRIKE, 0.0)


# -- With their points ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """A function, by which arguments to differentiate it, and points that it takes different branches at."""

    function: Callable[..., Any]
    argnums: tuple[int, ...]
    points: list[tuple[Any, ...]]


def _orbits(rng: random.Random) -> tuple[float, float]:
    return rng.uniform(0.1, 3.0), rng.uniform(0.05, 0.8)


def _throws(rng: random.Random) -> tuple[float, float, float]:
    return rng.uniform(0.2, 3.0), rng.uniform(0.0, 6.0), rng.uniform(0.3, 0.9)


def _features(rng: random.Random, thresholds: list[float], leaves: list[list[float]]) -> tuple[Any, ...]:
    return [rng.uniform(-1.0, 1.0) for _ in range(FEATURES)], thresholds, leaves


def _paths(rng: random.Random) -> tuple[Any, ...]:
    return 100.0, 0.3, 0.02, [rng.gauss(0.0, 1.0) for _ in range(MONTHS)]


def examples(points: int) -> dict[str, Example]:
    """Every function with so many points, the same each time."""
    rng = random.Random(0)
    thresholds = [rng.uniform(-0.5, 0.5) for _ in range(2**DEPTH - 1)]
    leaves = [[rng.uniform(-1.0, 1.0) for _ in range(FEATURES + 1)] for _ in range(2**DEPTH)]
    tree = partial(_features, thresholds=thresholds, leaves=leaves)
    functions: dict[str, tuple[Callable[..., Any], tuple[int, ...], Callable[[random.Random], tuple[Any, ...]]]] = {
        "bisection": (bisection, (0, 1), _orbits),
        "bisection by where": (bisection_where, (0, 1), _orbits),
        "Newton's method": (newton, (0, 1), _orbits),
        "bouncing ball": (bouncing_ball, (0, 1, 2), _throws),
        "decision tree": (decision_tree, (0, 2), tree),
        "barrier option": (barrier_payoff, (0, 1, 2), _paths),
    }
    return {
        name: Example(function, argnums, [point(rng) for _ in range(points)])
        for name, (function, argnums, point) in functions.items()
    }
