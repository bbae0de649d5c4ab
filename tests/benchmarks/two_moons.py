"""Loss and gradient of a small classifier: micrograd, plain floats, and this engine in three ways of writing.

The network has 2 inputs, two hidden layers of 16 relu neurons and one linear output; the loss is the mean hinge loss
over 100 points of two interleaved half-circles. All variants have the same weights, and are checked to agree.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import autograd_core as ag
import nn
from tests.benchmarks.measuring import in_turns, ratio, table

SIZES = (2, 16, 16, 1)
SAMPLES = 100
ROUNDS = 7


def two_moons(count: int, seed: int = 1) -> tuple[list[list[float]], list[float]]:
    """Noisy points on two half-circles, and their classes -1 and 1."""
    rng = random.Random(seed)
    points, targets = [], []
    for index in range(count):
        angle, upper = math.pi * rng.random(), index % 2 == 0
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1.0 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        targets.append(1.0 if upper else -1.0)
    return points, targets


def random_layers(seed: int = 2) -> list[list[tuple[list[float], float]]]:
    """Weights and bias of each neuron of each layer."""
    rng = random.Random(seed)
    return [
        [
            ([rng.uniform(-1.0, 1.0) / math.sqrt(fan_in) for _ in range(fan_in)], rng.uniform(-0.1, 0.1))
            for _ in range(width)
        ]
        for fan_in, width in zip(SIZES, SIZES[1:])
    ]


def plain_loss(layers: Any, points: Sequence[Sequence[float]], targets: Sequence[float]) -> float:
    """The forward pass alone, in plain Python floats."""
    losses: list[float] = []
    for point, target in zip(points, targets):
        signal = point
        for layer in layers[:-1]:
            sums = [sum(w * x for w, x in zip(weights, signal)) + bias for weights, bias in layer]
            signal = [s if s > 0.0 else 0.0 for s in sums]
        ((weights, bias),) = layers[-1]
        score = sum(w * x for w, x in zip(weights, signal)) + bias
        losses.append(max(0.0, 1.0 - target * score))
    return sum(losses) / len(losses)


def binary_loss(layers: Any, points: Any, targets: Sequence[float]) -> Any:
    """The loss as a chain of + and * of two operands, as micrograd builds it; for its Values and for ours."""
    total: Any = 0.0
    for point, target in zip(points, targets):
        signal = point
        for depth, layer in enumerate(layers):
            outputs = []
            for weights, bias in layer:
                s = sum((w * x for w, x in zip(weights, signal)), bias)
                outputs.append(s if depth == len(layers) - 1 else s.relu())
            signal = outputs
        total = total + (1.0 - target * signal[0]).relu()
    return total * (1.0 / len(targets))


def network_loss(model: nn.MLP, points: Any, targets: Sequence[float]) -> ag.Value:
    """The loss through nn.MLP and nn.losses."""
    loss: ag.Value = ag.mean([nn.losses.hinge(model(point), target) for point, target in zip(points, targets)])
    return loss


def values_of(layers: Any, make: Callable[[float], Any]) -> Any:
    """The layers with a Value of some engine for each number."""
    return [[([make(w) for w in weights], make(bias)) for weights, bias in layer] for layer in layers]


def model_of(layers: Any) -> nn.MLP:
    """The layers as an nn.MLP."""
    model = nn.MLP(SIZES[0], SIZES[1:], activation="relu", seed=0)
    numbers = [number for layer in layers for weights, bias in layer for number in (*weights, bias)]
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    return model


def main() -> None:
    """Measure and print the table."""
    from micrograd.engine import Value as MicrogradValue

    points, targets = two_moons(SAMPLES)
    layers = random_layers()
    micrograd_layers, our_layers, model = (
        values_of(layers, MicrogradValue),
        values_of(layers, ag.Value),
        model_of(layers),
    )
    expected = plain_loss(layers, points, targets)

    def checked(loss: Any) -> None:
        loss.backward()
        if not math.isclose(loss.data, expected, rel_tol=1e-12):
            raise AssertionError(f"a variant computed {loss.data}, not {expected}")

    works: dict[str, Callable[[], object]] = {
        "micrograd": lambda: checked(binary_loss(micrograd_layers, points, targets)),
        "Value, the same expressions": lambda: checked(binary_loss(our_layers, points, targets)),
        "nn.MLP and nn.losses": lambda: checked(network_loss(model, points, targets)),
        "plain floats, forward only": lambda: plain_loss(layers, points, targets),
    }
    times = in_turns(works, ROUNDS)
    rows = [
        [
            name,
            f"{statistics.median(measured) * 1e3:.2f}",
            ratio(times["micrograd"], measured),
            ratio(measured, times["plain floats, forward only"]),
        ]
        for name, measured in times.items()
    ]
    headings = ["loss and gradient", "ms", "times faster than micrograd", "times plain floats' forward"]
    print(table(f"Two moons, {SAMPLES} samples, network 2-16-16-1, median of {ROUNDS} rounds", headings, rows))


if __name__ == "__main__":
    main()
