"""Loss and gradient of a small classifier, recorded whole: this engine in all its ways, beside its peers.

The network has 2 inputs, two hidden layers of 16 relu neurons and one linear output; the loss is the mean hinge loss
over 100 points of two interleaved half-circles. All ways have the same weights, and are checked to agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from tests.benchmarks import network_on_arrays
from tests.benchmarks.comparing import Comparison, Way, eager, peer, report
from tests.benchmarks.network_on_arrays import SIZES, Samples, two_moons
from tests.benchmarks.replaying import Recorded, replayed

SAMPLES = 100


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


def relu_of(value: Any) -> Any:
    return value.relu()


def binary_loss(layers: Any, points: Any, targets: Sequence[float], relu: Callable[[Any], Any] = relu_of) -> Any:
    """The loss as a chain of + and * of two operands, as micrograd builds it; for Values and symbols of any engine."""
    total: Any = 0.0
    for point, target in zip(points, targets):
        signal = point
        for depth, layer in enumerate(layers):
            outputs = []
            for weights, bias in layer:
                s = sum((w * x for w, x in zip(weights, signal)), bias)
                outputs.append(s if depth == len(layers) - 1 else relu(s))
            signal = outputs
        total = total + relu(1.0 - target * signal[0])
    return total * (1.0 / len(targets))


def network_loss(model: nn.MLP, points: Any, targets: Sequence[float]) -> ag.Value:
    """The loss through nn.MLP and nn.losses."""
    loss: ag.Value = ag.mean([nn.losses.hinge(model(point), target) for point, target in zip(points, targets)])
    return loss


def values_of(layers: Any, make: Callable[[float], Any]) -> Any:
    """The layers with a Value of some engine for each number."""
    return [[([make(w) for w in weights], make(bias)) for weights, bias in layer] for layer in layers]


def numbers_of(layers: Any) -> list[Any]:
    """Each neuron's weights, then its bias."""
    return [number for layer in layers for weights, bias in layer for number in (*weights, bias)]


def model_of(samples: Samples) -> nn.MLP:
    """The network as an nn.MLP."""
    model = nn.MLP(SIZES[0], SIZES[1:], activation="relu", seed=0)
    for parameter, number in zip(model.parameters(), numbers_of(samples.neurons()), strict=True):
        parameter.data = number
    return model


# -- the ways -------------------------------------------------------------------------------------------------------


def eager_way(parameters: Sequence[Any], record: Callable[[], Any]) -> Way:
    """Record and go backward each time, on Values of some engine."""

    def run() -> tuple[float, list[float]]:
        for parameter in parameters:
            parameter.grad = 0.0
        loss = record()
        loss.backward()
        return loss.data, [parameter.grad for parameter in parameters]

    return eager(run, lambda result: [result[0], *result[1]])


def binary_way(samples: Samples, make: Callable[[float], Any]) -> Way:
    layers, points, targets = values_of(samples.neurons(), make), samples.inputs.tolist(), samples.targets.tolist()
    return eager_way(numbers_of(layers), lambda: binary_loss(layers, points, targets))


def with_network(samples: Samples) -> Way:
    model, points, targets = model_of(samples), samples.inputs.tolist(), samples.targets.tolist()
    return eager_way(model.parameters(), lambda: network_loss(model, points, targets))


def with_plain_floats(samples: Samples) -> Way:
    layers, points, targets = samples.neurons(), samples.inputs.tolist(), samples.targets.tolist()
    return eager(lambda: plain_loss(layers, points, targets), lambda loss: [loss])


def with_replay(samples: Samples) -> Way:
    points, targets = samples.inputs.tolist(), samples.targets.tolist()

    def record() -> Recorded:
        model = model_of(samples)
        return network_loss(model, points, targets), (), model.parameters()

    return replayed(record)


def casadi_way(samples: Samples, kind: str) -> Way:
    """In matrices of CasADi's symbols: of scalars ("SX") or as a whole ("MX")."""
    ca = peer("casadi")
    make = getattr(ca, kind).sym
    numbers = np.concatenate([parameter.ravel(order="F") for parameter in samples.parameters])
    shapes = [(width, columns) for fan_in, width in pairwise(SIZES) for columns in (fan_in, 1)]

    def build() -> Any:
        flat = make("parameters", len(numbers))
        ends = np.cumsum([0, *(rows * columns for rows, columns in shapes)]).tolist()
        pieces = [ca.reshape(flat[start:end], *shape) for (start, end), shape in zip(pairwise(ends), shapes)]
        signal = ca.DM(samples.inputs.T)
        for depth, (weights, biases) in enumerate(zip(pieces[::2], pieces[1::2])):
            sums = weights @ signal + ca.repmat(biases, 1, len(samples.targets))
            signal = sums if depth == len(SIZES) - 2 else ca.fmax(sums, 0.0)
        shortfalls = ca.fmax(1.0 - ca.DM(samples.targets).T * signal, 0.0)
        return flat, ca.sum2(shortfalls) / len(samples.targets)

    def compile_(built: Any) -> Callable[[], Any]:
        return casadi_program(ca, built, numbers)

    def by_neuron(result: Any) -> Any:
        loss, gradient = result
        ends = np.cumsum([0, *(parameter.size for parameter in samples.parameters)])
        pieces = [
            gradient[start:end].reshape(parameter.shape, order="F")
            for (start, end), parameter in zip(pairwise(ends), samples.parameters)
        ]
        return network_on_arrays.by_neuron((loss, pieces))

    return Way(build, compile_, by_neuron)


def with_casadi_scalars(samples: Samples) -> Way:
    """The same expressions as on Values, on CasADi's scalars."""
    ca = peer("casadi")
    points, targets = samples.inputs.tolist(), samples.targets.tolist()
    numbers = numbers_of(samples.neurons())

    def build() -> Any:
        layers = values_of(samples.neurons(), lambda _: ca.SX.sym("w"))
        loss = binary_loss(layers, points, targets, lambda s: ca.fmax(s, 0.0))
        return ca.vertcat(*numbers_of(layers)), loss

    return Way(build, lambda built: casadi_program(ca, built, numbers), lambda result: [result[0], *result[1]])


def casadi_program(ca: Any, built: Any, numbers: Any) -> Callable[[], Any]:
    """A CasADi function of value and gradient, run in its fastest way: in memory that is kept."""
    symbols, loss = built
    function = ca.Function("f", [symbols], [loss, ca.densify(ca.gradient(loss, symbols))])
    buffer, run = function.buffer()
    argument, value, gradient = np.array(numbers, float), np.zeros(1), np.zeros(len(numbers))
    buffer.set_arg(0, argument.data)
    buffer.set_res(0, value.data)
    buffer.set_res(1, gradient.data)

    def run_again(kept: Any = (function, buffer, argument)) -> Any:  # CasADi keeps no hold of them
        run()
        return value[0], gradient

    return run_again


COMPARISON = Comparison(
    two_moons,
    {
        "micrograd": lambda samples: binary_way(samples, peer("micrograd.engine").Value),
        "Value, the same expressions": lambda samples: binary_way(samples, ag.Value),
        "nn.MLP and nn.losses": with_network,
        "plain floats, forward only": with_plain_floats,
        "replay": with_replay,
        "CasADi SX, the same expressions": with_casadi_scalars,
        "CasADi SX": lambda samples: casadi_way(samples, "SX"),
        "CasADi MX": lambda samples: casadi_way(samples, "MX"),
        **network_on_arrays.WAYS,
    },
)


def main() -> None:
    """Measure and print the table."""
    report(
        f"Two moons, {SAMPLES} samples recorded whole, network 2-16-16-1",
        "two_moons",
        SAMPLES,
        faster_than=["micrograd", "CasADi SX"],
        times=["plain floats, forward only", "NumPy by hand"],
        without=["NumPy by hand, in chunks"],
    )
