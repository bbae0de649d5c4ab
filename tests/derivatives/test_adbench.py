"""The gradients of the four ADBench objectives, against central differences in 200 bits.

With a step of 2**-60 the differences are off by about 1e-36, far less than what is tested: every component of every
output's gradient within 1e-13 of itself. A component whose truth is 0 has to be 0 exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from mpmath import mp

import autograd_core as ag
from tests.support.objectives import (
    Bone,
    BundleAdjustment,
    Functions,
    GaussianMixture,
    HandTracking,
    LanguageModel,
    Number,
    Vector,
)

VALUES = Functions(ag.exp, ag.log, ag.sqrt, ag.sin, ag.cos, ag.tanh, ag.lgamma)
EXACT = Functions(mp.exp, mp.log, mp.sqrt, mp.sin, mp.cos, mp.tanh, mp.loggamma)
BITS, STEP = 200, -60
TOLERANCE = 1e-13

Objective = Callable[[Vector, Functions], list[Number]]
Problem = tuple[Objective, list[float]]


def normals(rng: random.Random, count: int, scale: float = 1.0) -> list[float]:
    return [scale * rng.gauss(0.0, 1.0) for _ in range(count)]


def gaussian_mixture() -> Problem:
    rng, components, d = random.Random(1), 3, 3
    objective = GaussianMixture([normals(rng, d) for _ in range(10)], components, prior_scale=1.5, prior_degrees=2)
    return objective, normals(rng, components * (1 + d + d * (d + 1) // 2))


def bundle_adjustment() -> Problem:
    camera = [0.3, -0.2, 0.5, 0.1, 0.4, -5.0, 520.0, 319.5, 240.25, -0.12, 0.03]
    return BundleAdjustment([351.5, 201.25]), [*camera, 0.7, -0.6, 1.3, 0.8]


def shift(x: float, y: float, z: float) -> list[list[float]]:
    return [[1.0, 0.0, 0.0, x], [0.0, 1.0, 0.0, y], [0.0, 0.0, 1.0, z], [0.0, 0.0, 0.0, 1.0]]


def hand_tracking() -> Problem:
    """A wrist and two fingers of two bones; every vertex hangs on every bone a little."""
    rng = random.Random(3)
    bones = [Bone(None, shift(0.0, 0.0, 0.0), shift(0.0, 0.0, 0.0))]
    for side in (-0.5, 0.5):
        knuckle = len(bones)
        bones.append(Bone(0, shift(side, 1.0, 0.0), shift(-side, -1.0, 0.0)))
        bones.append(Bone(knuckle, shift(0.0, 0.75, 0.0), shift(-side, -1.75, 0.0)))
    vertices = [normals(rng, 3) for _ in range(6)]
    raw = [[rng.random() for _ in bones] for _ in vertices]
    skinning = [[weight / sum(row) for weight in row] for row in raw]
    observed = [normals(rng, 3) for _ in vertices]
    return HandTracking(bones, 2, vertices, skinning, observed), normals(rng, 12, 0.5)


def language_model() -> Problem:
    rng, d, layers = random.Random(4), 4, 2
    sequence = [[float(i == symbol) for i in range(d)] for symbol in (0, 2, 1, 3, 3, 0)]
    state = [(normals(rng, d), normals(rng, d)) for _ in range(layers)]
    return LanguageModel(sequence, state), normals(rng, 8 * d * layers + 3 * d)


PROBLEMS = [gaussian_mixture, bundle_adjustment, hand_tracking, language_model]


def differences(objective: Objective, at: list[float]) -> list[list[Number]]:
    """By output and parameter, the central differences."""
    columns = []
    step = mp.ldexp(1, STEP)
    for index in range(len(at)):
        above, below = [mp.mpf(x) for x in at], [mp.mpf(x) for x in at]
        above[index] += step
        below[index] -= step
        columns.append(
            [(high - low) / (2 * step) for high, low in zip(objective(above, EXACT), objective(below, EXACT))]
        )
    return [list(row) for row in zip(*columns)]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_values_are_exact_to_13_digits(problem: Callable[[], Problem]) -> None:
    objective, at = problem()
    computed = objective([ag.Value(x) for x in at], VALUES)
    with mp.workprec(BITS):
        truth = objective([mp.mpf(x) for x in at], EXACT)
        size = max(abs(y) for y in truth)
        assert all(abs(value.data - y) <= TOLERANCE * size for value, y in zip(computed, truth, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_gradients_are_exact_to_13_digits(problem: Callable[[], Problem]) -> None:
    objective, at = problem()
    parameters = [ag.Value(x) for x in at]
    outputs = objective(parameters, VALUES)
    with mp.workprec(BITS):
        for output, truth in zip(outputs, differences(objective, at), strict=True):
            computed = ag.gradients(output, parameters)
            assert any(abs(true) > 1e-30 for true in truth)
            for derivative, true in zip(computed, truth, strict=True):
                # Where an output does not depend on a parameter, the roundings of 200 bits may remain.
                assert abs(derivative - true) <= TOLERANCE * abs(true) if abs(true) > 1e-30 else derivative == 0.0
