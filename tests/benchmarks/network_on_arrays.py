"""The two-moons network on arrays, a row for each sample: by hand in NumPy, and in the libraries made for it.

Parameters are a matrix and a vector of each layer: W1, b1, W2, b2, W3, b3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd_core as ag
import nn
from tests.benchmarks.comparing import Way, eager, peer

Array = npt.NDArray[np.float64]

SIZES = (2, 16, 16, 1)


@dataclass(frozen=True)
class Samples:
    """Points of two classes and the weights of a network: W1, b1, W2, b2, W3, b3."""

    inputs: Array
    targets: Array
    parameters: tuple[Array, ...]

    def neurons(self) -> list[list[tuple[list[float], float]]]:
        """Weights and bias of each neuron of each layer."""
        pairs = zip(self.parameters[::2], self.parameters[1::2])
        return [list(zip(weights.tolist(), biases.tolist())) for weights, biases in pairs]


def two_moons(count: int) -> Samples:
    """Noisy points on two half-circles, their classes -1 and 1, and a network's random weights."""
    rng = np.random.default_rng(1)
    angle = math.pi * rng.random(count)
    upper = np.arange(count) % 2 == 0
    points = np.where(
        upper[:, None],
        np.column_stack([np.cos(angle), np.sin(angle)]),
        np.column_stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)]),
    )
    parameters: list[Array] = []
    for fan_in, width in zip(SIZES, SIZES[1:]):
        parameters += [rng.uniform(-1.0, 1.0, (width, fan_in)) / math.sqrt(fan_in), rng.uniform(-0.1, 0.1, width)]
    return Samples(points + rng.normal(0.0, 0.1, points.shape), np.where(upper, 1.0, -1.0), tuple(parameters))


def by_neuron(result: tuple[Any, Sequence[Any]]) -> list[float]:
    """The loss, then each neuron's weights and bias: the order of ``nn.MLP.parameters()``."""
    loss, gradients = result
    arrays = [np.asarray(gradient) for gradient in gradients]
    columns = [np.column_stack([weights, biases]).ravel() for weights, biases in zip(arrays[::2], arrays[1::2])]
    return [float(loss), *np.concatenate(columns).tolist()]


def numpy_by_hand(inputs: Array, targets: Array) -> Callable[[Sequence[Array]], tuple[float, list[Array]]]:
    """Forward and backward pass as one writes them for speed: matrix products into arrays that are kept."""
    count = len(inputs)
    first, second, by_first, by_second = (np.empty((count, SIZES[1])) for _ in range(4))
    positive = np.empty((count, SIZES[1]), dtype=bool)
    scores, shortfalls, by_score = (np.empty(count) for _ in range(3))
    ones, shares = np.ones(count), -targets / count

    def value_and_gradient(parameters: Sequence[Array]) -> tuple[float, list[Array]]:
        w1, b1, w2, b2, w3, b3 = parameters
        np.matmul(inputs, w1.T, out=first)
        np.add(first, b1, out=first)
        np.maximum(first, 0.0, out=first)
        np.matmul(first, w2.T, out=second)
        np.add(second, b2, out=second)
        np.maximum(second, 0.0, out=second)
        np.matmul(second, w3[0], out=scores)
        np.add(scores, b3, out=scores)
        np.multiply(scores, targets, out=shortfalls)
        np.subtract(1.0, shortfalls, out=shortfalls)
        np.maximum(shortfalls, 0.0, out=shortfalls)

        np.multiply(shares, shortfalls > 0.0, out=by_score)
        np.multiply(by_score[:, None], w3, out=by_second)
        np.greater(second, 0.0, out=positive)
        np.multiply(by_second, positive, out=by_second)
        np.matmul(by_second, w2, out=by_first)
        np.greater(first, 0.0, out=positive)
        np.multiply(by_first, positive, out=by_first)
        gradients = [
            by_first.T @ inputs,
            ones @ by_first,
            by_second.T @ first,
            ones @ by_second,
            (by_score @ second)[None, :],
            np.array([by_score.sum()]),
        ]
        return float(shortfalls.sum() / count), gradients

    return value_and_gradient


def with_numpy(samples: Samples) -> Way:
    value_and_gradient = numpy_by_hand(samples.inputs, samples.targets)
    return eager(lambda: value_and_gradient(samples.parameters), by_neuron)


CHUNK = 1_000


def with_numpy_in_chunks(samples: Samples) -> Way:
    """The same by pieces that stay in the processor's cache, which pays where there are many rows."""
    count = len(samples.inputs)
    pieces = [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]
    works = [
        (numpy_by_hand(samples.inputs[piece], samples.targets[piece]), len(samples.targets[piece]) / count)
        for piece in pieces
    ]

    def run() -> tuple[float, list[Array]]:
        loss, total = 0.0, [np.zeros_like(parameter) for parameter in samples.parameters]
        for value_and_gradient, share in works:
            of_piece, gradients = value_and_gradient(samples.parameters)
            loss += share * of_piece
            for sum_, gradient in zip(total, gradients):
                sum_ += share * gradient
        return loss, total

    return eager(run, by_neuron)


def mean_hinge(xp: Any, relu: Callable[[Any], Any], parameters: Any, inputs: Any, targets: Any) -> Any:
    """The loss in the functions of some array library."""
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = relu(relu(inputs @ w1.T + b1) @ w2.T + b2)
    return xp.mean(relu(1.0 - targets * (hidden @ w3[0] + b3)))


def with_torch(samples: Samples) -> Way:
    torch = peer("torch")
    inputs, targets = torch.from_numpy(samples.inputs), torch.from_numpy(samples.targets)
    parameters = [torch.from_numpy(parameter).clone().requires_grad_() for parameter in samples.parameters]

    def run() -> tuple[Any, Any]:
        loss = mean_hinge(torch, torch.relu, parameters, inputs, targets)
        return loss.detach(), torch.autograd.grad(loss, parameters)

    return eager(run, by_neuron)


def with_jax(samples: Samples) -> Way:
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    arguments = (
        [jax.numpy.asarray(parameter) for parameter in samples.parameters],
        jax.numpy.asarray(samples.inputs),
        jax.numpy.asarray(samples.targets),
    )

    def loss(parameters: Any, inputs: Any, targets: Any) -> Any:
        return mean_hinge(jax.numpy, jax.nn.relu, parameters, inputs, targets)

    def compile_(lowered: Any) -> Callable[[], Any]:
        program = lowered.compile()
        return lambda: jax.block_until_ready(program(*arguments))

    return Way(lambda: jax.jit(jax.value_and_grad(loss)).lower(*arguments), compile_, by_neuron)


def with_text_in_jax(samples: Samples) -> Way:
    """The text of a program that is recorded for one row, on all rows."""
    jax = peer("jax")
    jax.config.update("jax_enable_x64", True)
    model = nn.MLP(SIZES[0], SIZES[1:], activation="relu", seed=0)
    inputs = [ag.Value(0.0) for _ in range(SIZES[0] + 1)]
    loss = nn.losses.hinge(model(inputs[:-1]), inputs[-1])
    names: dict[str, Any] = {}
    exec(ag.compile(loss, inputs, model.parameters()).source("jax"), names)
    rows = jax.numpy.asarray(np.column_stack([samples.inputs, samples.targets]))
    numbers = [number for layer in samples.neurons() for weights, bias in layer for number in (*weights, bias)]

    def mean(parameters: Any, rows: Any) -> Any:
        values, _, by_parameters = names["program"](rows, parameters)
        return values.mean(), by_parameters / len(rows)

    def compile_(lowered: Any) -> Callable[[], Any]:
        program = lowered.compile()
        return lambda: jax.block_until_ready(program(*arguments))

    arguments = (jax.numpy.asarray(numbers), rows)
    return Way(lambda: jax.jit(mean).lower(*arguments), compile_, lambda result: [result[0], *result[1].tolist()])


def with_autograd(samples: Samples) -> Way:
    """HIPS autograd."""
    anp = peer("autograd.numpy")

    def loss(parameters: Any) -> Any:
        return mean_hinge(anp, lambda x: anp.maximum(x, 0.0), parameters, samples.inputs, samples.targets)

    value_and_gradient = peer("autograd").value_and_grad(loss)
    return eager(lambda: value_and_gradient(samples.parameters), by_neuron)


WAYS: dict[str, Callable[[Samples], Way]] = {
    "NumPy by hand": with_numpy,
    "NumPy by hand, in chunks": with_numpy_in_chunks,
    "torch": with_torch,
    "jax, jit": with_jax,
    "jax, the program's text": with_text_in_jax,
    "autograd": with_autograd,
}
