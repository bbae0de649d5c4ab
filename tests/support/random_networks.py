"""Random networks, whose layers a text may write as matrix products, with numbers at which those go wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import autograd_core as ag
from tests.support.random_programs import Case

WRONG = (0.0, 0.0, math.inf, -math.inf, math.nan)
ACTIVATIONS = ("relu", "relu", "abs", "tanh", "sigmoid", "leaky_relu", "square", "sqrt", "exp", "silu", "log")


def random_networks(seed: int, count: int) -> Iterator[Case]:
    """Networks of one to three layers on rows of which some hold 0, inf, -inf or nan; all rows share parameters."""
    rng = random.Random(seed)
    for _ in range(count):
        program = _network(rng)
        share_wrong = rng.choice([0.0, 0.02, 0.2])
        parameters = [_number(rng, share_wrong / 2.0) for _ in program.parameters]
        rows = [[*[_number(rng, share_wrong) for _ in program.inputs], *parameters] for _ in range(3)]
        yield Case(program, rows, rng.randrange(2**32))


def _number(rng: random.Random, share_wrong: float) -> float:
    return rng.choice(WRONG) if rng.random() < share_wrong else rng.gauss(0.0, 1.0)


def _network(rng: random.Random) -> ag.Program:
    inputs = [ag.Value(rng.gauss(0.0, 1.0)) for _ in range(rng.randint(2, 6))]
    parameters: list[ag.Value] = []

    def parameter() -> Any:
        if rng.random() < 0.05:
            return rng.choice([0.0, 1.0, -2.0])
        parameters.append(ag.Value(rng.gauss(0.0, 1.0)))
        return parameters[-1]

    signals: list[Any] = inputs
    for _ in range(rng.randint(1, 3)):
        activation = getattr(ag, rng.choice(ACTIVATIONS))
        neurons = [
            ag.dot([parameter() for _ in signals], signals, parameter() if rng.random() < 0.8 else 0.0)
            for _ in range(rng.randint(2, 6))
        ]
        signals = [activation(neuron) for neuron in neurons]
    ending = rng.choice([ag.sum, ag.logsumexp, ag.norm, ag.prod, ag.maximum, None])
    outputs = list(signals) if ending is None else [ending(*signals) if ending is ag.maximum else ending(signals)]
    return ag.compile(outputs, inputs=inputs, parameters=parameters)
