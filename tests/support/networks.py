"""Twelve small networks, written as micrograd's, microgpt's and minitorch's readers write them; labels are rare there.

Each function gives the loss, and the neurons that a reader of its lines sees, in the order in which they are computed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import autograd_core as ag
from autograd_core import Value


class Seen(NamedTuple):
    """A neuron as its author sees it.

    Attributes:
        layer: its layer, from 0.
        weights: its weights in order.
        signals: what they multiply.
        bias: the leaf or number that is added, or None.
        function: the activation's name, or "".
        output: the node that the neuron ends in.
    """

    layer: int
    weights: list[Value]
    signals: list[Any]
    bias: Value | float | None
    function: str
    output: Value


class Written(NamedTuple):
    """A loss, and what is to be found in its graph."""

    loss: Value
    neurons: list[Seen]


def _numbers(count: int, seed: int) -> list[float]:
    generator = random.Random(seed)
    return [generator.uniform(-1.0, 1.0) for _ in range(count)]


def _values(count: int, seed: int) -> list[Value]:
    return [Value(number) for number in _numbers(count, seed)]


# -- micrograd: sum(w*x) + b, a method for the activation, squares and hinges for the loss -------------------------


def lecture_neuron() -> Written:
    """Two inputs, every node labelled, and tanh from exponentials."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = Value(-3.0, label="w1"), Value(1.0, label="w2"), Value(6.88, label="b")
    x1w1, x2w2 = x1 * w1, x2 * w2
    x1w1.label, x2w2.label = "x1*w1", "x2*w2"
    both = x1w1 + x2w2
    both.label = "x1*w1 + x2*w2"
    n = both + b
    n.label = "n"
    e = (2 * n).exp()
    o = (e - 1) / (e + 1)
    o.label = "o"
    return Written(o, [Seen(0, [w1, w2], [x1, x2], b, "tanh", o)])


def _micrograd_layer(
    seen: list[Seen], layer: int, weights: Sequence[list[Value]], biases: Sequence[Value], x: Any, function: str
) -> list[Any]:
    outputs = []
    for row, b in zip(weights, biases):
        act = sum((wi * xi for wi, xi in zip(row, x)), b)
        out = getattr(act, function)() if function else act
        seen.append(Seen(layer, row, list(x), b, function, out))
        outputs.append(out)
    return outputs


def _layers(sizes: Sequence[int], seed: int) -> list[tuple[list[list[Value]], list[Value]]]:
    return [
        ([_values(n_in, seed + 100 * layer + row) for row in range(n_out)], _values(n_out, seed + 1000 + layer))
        for layer, (n_in, n_out) in enumerate(zip(sizes, sizes[1:]))
    ]


def multilayer_perceptron() -> Written:
    """2-3-2-1 with tanh throughout; the samples are Python's numbers, the loss their squared errors."""
    layers = _layers([2, 3, 2, 1], seed=1)
    seen: list[Seen] = []
    outputs = []
    for sample in ([0.5, -1.0], [2.0, 0.25]):
        x: list[Any] = sample
        for depth, (weights, biases) in enumerate(layers):
            x = _micrograd_layer(seen, depth, weights, biases, x, "tanh")
        outputs += x
    loss = sum((out - target) ** 2 for target, out in zip([1.0, -1.0], outputs))
    return Written(loss, seen)


def moons_with_hinges() -> Written:
    """2-3-1 with relu and a linear output; hinges averaged over a batch of Values, and the weights' squares."""
    layers = _layers([2, 3, 1], seed=2)
    seen: list[Seen] = []
    losses = []
    for sample, label in (([0.5, -1.0], 1), ([2.0, 0.25], -1)):
        x: list[Any] = [*map(Value, sample)]
        for depth, (weights, biases) in enumerate(layers):
            x = _micrograd_layer(seen, depth, weights, biases, x, "relu" if depth == 0 else "")
        losses.append((1 + -label * x[0]).relu())
    data_loss = sum(losses) * (1.0 / len(losses))
    parameters = [weight for weights, _ in layers for row in weights for weight in row]
    return Written(data_loss + 1e-4 * sum(p * p for p in parameters), seen)


def plane_through_points() -> Written:
    """Linear regression: one neuron without an activation, on samples of Values."""
    w, b = _values(2, 3), Value(0.5)
    seen, losses = [], []
    for sample, target in (([1.0, 2.0], 3.0), ([-1.0, 0.5], 0.0)):
        x = [*map(Value, sample)]
        y = sum(wi * xi for wi, xi in zip(w, x)) + b
        seen.append(Seen(0, w, x, b, "", y))
        losses.append((y - target) ** 2)
    loss: Any = sum(losses) / 2.0
    return Written(loss, seen)


def hidden_layer_side_by_side() -> Written:
    """A layer of Values without labels: what tells weights from inputs is that each neuron has a bias of its own."""
    x = _values(2, 4)
    seen: list[Seen] = []
    hidden = []
    for row in range(2):
        w, b = _values(2, 40 + row), Value(0.1 * row)
        h = (x[0] * w[0] + x[1] * w[1] + b).tanh()
        seen.append(Seen(0, w, x, b, "tanh", h))
        hidden.append(h)
    v = _values(2, 44)
    y = v[0] * hidden[0] + v[1] * hidden[1]
    seen.append(Seen(1, v, hidden, None, "", y))
    return Written((y - 1.0) ** 2, seen)


# -- microgpt: linear maps without biases, softmax and normalisation written out -----------------------------------


def _linear(seen: list[Seen], layer: int, x: Sequence[Any], w: Sequence[list[Value]], function: str = "") -> list[Any]:
    outputs = []
    for row in w:
        s = sum(wi * xi for wi, xi in zip(row, x))
        out = getattr(s, function)() if function else s
        seen.append(Seen(layer, row, list(x), None, function, out))
        outputs.append(out)
    return outputs


def _softmax(logits: Sequence[Any]) -> list[Any]:
    largest = max(logit.data for logit in logits)
    exponentials = [(logit - largest).exp() for logit in logits]
    total = sum(exponentials)
    return [each / total for each in exponentials]


def _normalised(x: Sequence[Any]) -> list[Any]:
    mean_square = sum(xi * xi for xi in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def _matrix(n_out: int, n_in: int, seed: int) -> list[list[Value]]:
    return [_values(n_in, seed + row) for row in range(n_out)]


def bigram_classifier() -> Written:
    """An embedding, one linear map to the logits, softmax and the logarithm of one class."""
    seen: list[Seen] = []
    x = [token + place for token, place in zip(_values(3, 5), _values(3, 50))]
    probabilities = _softmax(_linear(seen, 0, x, _matrix(3, 3, 51)))
    return Written(-probabilities[1].log(), seen)


def feed_forward_block() -> Written:
    """Normalised signals, a linear map, relu, a linear map back, and the residual around them; then logits."""
    seen: list[Seen] = []
    x = [token + place for token, place in zip(_values(2, 6), _values(2, 60))]
    residual = x
    x = _linear(seen, 0, _normalised(x), _matrix(3, 2, 61), "relu")
    x = _linear(seen, 1, x, _matrix(2, 3, 65))
    x = [a + b for a, b in zip(x, residual)]
    probabilities = _softmax(_linear(seen, 2, x, _matrix(2, 2, 68)))
    return Written(-probabilities[0].log(), seen)


def attention_block() -> Written:
    """Queries, keys and values of two places, their weighted mean, and the linear map after it."""
    seen: list[Seen] = []
    places = [
        _normalised([token + place for token, place in zip(_values(2, 7 + at), _values(2, 70 + at))]) for at in range(2)
    ]
    queries, keys, values = (_matrix(2, 2, 72 + 3 * which) for which in range(3))
    k = [_linear(seen, 0, x, keys) for x in places]
    v = [_linear(seen, 0, x, values) for x in places]
    q = _linear(seen, 0, places[-1], queries)
    scores = [sum(a * b for a, b in zip(q, key)) / 2**0.5 for key in k]
    weights = _softmax(scores)
    mixed = [sum(weights[at] * v[at][j] for at in range(2)) for j in range(2)]
    x = _linear(seen, 1, mixed, _matrix(2, 2, 80))
    probabilities = _softmax(_linear(seen, 2, x, _matrix(2, 2, 82)))
    return Written(-probabilities[0].log(), seen)


# -- minitorch: the bias first, then signal times weight; sigmoid at the end, and the logarithm of a probability ----


def _minitorch_layer(
    seen: list[Seen], layer: int, inputs: Sequence[Any], n_out: int, function: str, seed: int
) -> list[Any]:
    columns = [_values(n_out, seed + i) for i in range(len(inputs))]
    biases = _values(n_out, seed + 10)
    y: list[Any] = list(biases)
    for i, x in enumerate(inputs):
        for j in range(n_out):
            y[j] = y[j] + x * columns[i][j]
    outputs = [getattr(each, function)() if function else each for each in y]
    for j, out in enumerate(outputs):
        seen.append(Seen(layer, [column[j] for column in columns], list(inputs), biases[j], function, out))
    return outputs


def classifier_of_points() -> Written:
    """2-2-2-1: relu, relu, sigmoid; minus the logarithm of the probability of the sample's class."""
    seen: list[Seen] = []
    hidden = _minitorch_layer(seen, 0, _values(2, 8), 2, "relu", seed=80)
    hidden = _minitorch_layer(seen, 1, hidden, 2, "relu", seed=81)
    out = _minitorch_layer(seen, 2, hidden, 1, "sigmoid", seed=83)[0]
    return Written(-out.log(), seen)


def classifier_of_the_other_class() -> Written:
    """The same with the probability that the sample is of the other class, and sigmoid written out."""
    seen: list[Seen] = []
    hidden = _minitorch_layer(seen, 0, _values(2, 9), 3, "relu", seed=90)
    s = _minitorch_layer(seen, 1, hidden, 1, "", seed=93)[0]
    out = 1.0 / (1.0 + (-s).exp())
    seen[-1] = seen[-1]._replace(function="sigmoid", output=out)
    return Written(-(-out + 1.0).log() / 4.0, seen)


def one_unit_of_values() -> Written:
    """A single unit with its signals first; only its labels tell them from the weights."""
    x, w, b = Value(0.5, label="x_1"), Value(-2.0, label="weight_1_1"), Value(0.25, label="bias_1")
    s = b + x * w
    h = ag.maximum(s, 0.1 * s)
    return Written((h - 1.0) * (h - 1.0), [Seen(0, [w], [x], b, "leaky_relu", h)])


def recurrent_unit() -> Written:
    """The same weights at three steps in time; the state before the first step is a number."""
    w, u, b = Value(0.5), Value(-0.75), Value(0.1)
    seen: list[Seen] = []
    h: Any = 0.0
    for step, x in enumerate(_values(3, 11)):
        signals = [x, h]
        h = (x * w + h * u + b).tanh()
        seen.append(Seen(step, [w, u], signals, b, "tanh", h))
    return Written((h - 1.0) ** 2, seen)


NETWORKS: tuple[Callable[[], Written], ...] = (
    lecture_neuron,
    multilayer_perceptron,
    moons_with_hinges,
    plane_through_points,
    hidden_layer_side_by_side,
    bigram_classifier,
    feed_forward_block,
    attention_block,
    classifier_of_points,
    classifier_of_the_other_class,
    one_unit_of_values,
    recurrent_unit,
)
