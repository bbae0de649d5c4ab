"""Numbers at which functions have something special about them, and others."""

from __future__ import annotations

import math
import random

from tests.support.oracles import LARGEST, SMALLEST, SMALLEST_NORMAL, log_uniform

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5, math.inf, -math.inf, math.nan,
    SMALLEST, -SMALLEST, SMALLEST_NORMAL, -SMALLEST_NORMAL, 1e-310, -1e-310, LARGEST, -LARGEST, 1e300, -1e300,
    1e-20, -1e-20, 1e20, -1e20, 1e154, 1e-154, 0.625, -0.625, math.sqrt(0.5), math.sqrt(2.0), math.nextafter(-1.0, 0.0),
    709.7, 709.79, -708.5, -745.0, -745.2, -746.0, -750.0, 40.0, -40.0, -39.9, -800.0, -801.0, 354.1,
    math.pi, -math.pi, math.pi / 2, 3 * math.pi / 2, 32768.0, 32768.1, 1e5, -1e15, 1e22,
]  # fmt: skip


def drawn(rng: random.Random) -> float:
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(SPECIAL)
    if kind == 1:
        return rng.choice([-1.0, 1.0]) * log_uniform(rng)
    if kind == 2:
        return float(rng.randint(-9, 9))
    return rng.uniform(*[(-1.0, 1.0), (-5.0, 5.0), (-800.0, 800.0)][kind - 3])
