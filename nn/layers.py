"""Neuron, Layer and MLP: weighted sums and activations, and how their weights are drawn at the start."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import autograd_core as ag
from nn.activations import RELU_FAMILY, Activation, as_method, by_name
from nn.arguments import Seed, check_count, generator_for, members_of
from nn.module import Module


class Neuron(Module):
    """One neuron: ``activation(dot(weights, inputs, bias))``, a weighted-sum node and an activation node.

    Args:
        n_inputs: how many inputs it has, 1 or more.
        activation: a name of ``nn.activations``, a function, or None for the weighted sum alone.
        seed: a whole number, or a ``random.Random`` to draw the weights from; None gives other weights each time.
        n_siblings: how many neurons its layer has; the spread of the initial weights depends on it.

    Attributes:
        weights: a Value for each input.
        bias: a Value, 0.0 at first.

    >>> neuron = Neuron(2, "tanh", seed=0)
    >>> neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 3.0, -1.0, 0.5
    >>> output = neuron([1.0, 2.0])
    >>> output.op.name, output.operands[0].op.name, output.operands[0].data
    ('tanh', 'dot', 1.5)
    """

    def __init__(
        self, n_inputs: int, activation: str | Activation | None = None, seed: Seed = None, n_siblings: int = 1
    ) -> None:
        n_inputs = check_count("n_inputs", n_inputs)
        self.activation = by_name(activation)
        bound = _weight_bound(n_inputs, n_siblings, self.activation)
        generator = generator_for(seed)
        self.weights = tuple([ag.Value(generator.uniform(-bound, bound)) for _ in range(n_inputs)])
        self.bias = ag.Value(0.0)
        self.label_parameters()

    def __call__(self, inputs: Iterable[float | ag.Value]) -> ag.Value:
        """The output for a sequence of numbers or Values, as many as there are weights (ValueError otherwise)."""
        if inputs.__class__ is not tuple and inputs.__class__ is not list:
            inputs = _members(inputs)
        try:
            weighted_sum: ag.Value = ag.dot(self.weights, inputs, self.bias)
        except (TypeError, ValueError):
            _check_each(inputs)
            raise
        if self.activation is None:
            return weighted_sum
        output: ag.Value = self.activation(weighted_sum)
        return output


class Layer(Module):
    """Neurons side by side: all have the same inputs, and each has one output.

    Args:
        n_inputs: how many inputs each neuron has.
        n_outputs: how many neurons there are.
        activation, seed: as for :class:`Neuron`.

    >>> [output.data for output in Layer(3, 2, "tanh", seed=0)([0.0, 0.0, 0.0])]
    [0.0, 0.0]
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, activation: str | Activation | None = None, seed: Seed = None
    ) -> None:
        n_outputs = check_count("n_outputs", n_outputs)
        generator = generator_for(seed)
        self.neurons = tuple([Neuron(n_inputs, activation, generator, n_outputs) for _ in range(n_outputs)])
        self.label_parameters()

    def __call__(self, inputs: Iterable[float | ag.Value]) -> list[ag.Value]:
        """The neurons' outputs, in order.

        Neurons that are alike are computed together: the nodes are those of each by itself, recorded in less time.
        """
        inputs = _members(inputs)
        activation = self.neurons[0].activation if self.neurons else None
        rows = []
        for neuron in self.neurons:
            if neuron.__class__ is not Neuron or neuron.activation is not activation:
                return [each(inputs) for each in self.neurons]
            rows.append((neuron.weights, neuron.bias))
        try:
            weighted_sums = ag.weighted_sums(rows, inputs)
        except (TypeError, ValueError):
            _check_each(inputs)
            raise
        return weighted_sums if activation is None else [*map(as_method(activation), weighted_sums)]


class MLP(Module):
    """A multi-layer perceptron: layers one after another, each fully connected to the one before.

    Args:
        n_inputs: how many inputs the network has.
        layer_sizes: how many neurons each layer has, the output layer last.
        activation: that of the hidden layers: a name of ``nn.activations``, a function, or None.
        output_activation: that of the last layer; None leaves its weighted sums as they are, which is what the
            losses on logits and the regression losses expect.
        seed: a whole number gives the same weights each time, None other ones; a ``random.Random`` is drawn from.

    Raises:
        ValueError: a size is below 1, there are no layers, or the activation is unknown.
        TypeError: a size is not a whole number, or an activation is neither a name nor a function.

    >>> model = MLP(2, [3, 1], activation="tanh", seed=0)
    >>> model
    MLP(2, [3, 1], activation='tanh', output_activation=None)
    >>> [parameter.label for parameter in model.parameters()[1:3]]
    ['layers.0.neurons.0.weights.1', 'layers.0.neurons.0.bias']
    >>> model([0.0, 0.0]).data
    0.0
    """

    def __init__(
        self,
        n_inputs: int,
        layer_sizes: Sequence[int],
        activation: str | Activation | None = "tanh",
        output_activation: str | Activation | None = None,
        seed: Seed = None,
    ) -> None:
        if isinstance(layer_sizes, Integral):
            raise TypeError(f"layer_sizes has a size for each layer, got {layer_sizes!r}: write [{layer_sizes}]")
        sizes = members_of("layer_sizes", layer_sizes)
        if not sizes:
            raise ValueError("layer_sizes is empty: a network has at least its output layer")
        self.n_inputs = check_count("n_inputs", n_inputs)
        self.layer_sizes = tuple([check_count("each of layer_sizes", size) for size in sizes])
        self.activation = activation
        self.output_activation = output_activation
        generator = generator_for(seed)
        activations = [activation] * (len(self.layer_sizes) - 1) + [output_activation]
        sizes_before = (self.n_inputs, *self.layer_sizes)
        self.layers = tuple(
            [
                Layer(size_before, size, layer_activation, generator)
                for size_before, size, layer_activation in zip(sizes_before, self.layer_sizes, activations)
            ]
        )
        self.label_parameters()

    def __call__(self, inputs: Iterable[float | ag.Value]) -> Any:
        """Run the network.

        Args:
            inputs: ``n_inputs`` numbers or Values.

        Returns:
            A list of Values, one for each neuron of the last layer; the Value itself where there is only one.

        Raises:
            ValueError: the number of inputs is another one.
        """
        signals = _members(inputs)
        if len(signals) != self.n_inputs:
            _check_each(signals)
            raise ValueError(f"{self!r} takes {self.n_inputs} inputs, got {len(signals)}")
        for layer in self.layers:
            signals = layer(signals)
        return signals[0] if len(signals) == 1 else signals

    def __repr__(self) -> str:
        return (
            f"MLP({self.n_inputs}, {list(self.layer_sizes)}, activation={_name(self.activation)}, "
            f"output_activation={_name(self.output_activation)})"
        )


def _members(inputs: Iterable[float | ag.Value]) -> Sequence[float | ag.Value]:
    """The inputs as a list or tuple (TypeError where they have no order)."""
    return inputs if isinstance(inputs, (list, tuple)) else members_of("inputs", inputs)


def _check_each(inputs: Iterable[object]) -> None:
    """Raise a TypeError where an input is several numbers."""
    for member in inputs:
        if isinstance(member, Iterable) and not isinstance(member, str) and getattr(member, "ndim", None) != 0:
            raise TypeError(
                f"an input is a number or a Value, got {type(member).__name__}: a model is called on one sample, "
                "so for several write [model(sample) for sample in samples]"
            )


def _weight_bound(n_inputs: int, n_siblings: int, activation: Activation | None) -> float:
    """Initial weights are uniform between plus and minus this.

    √(6 / n_inputs) for the relu family, where each layer loses about half of the signal (He et al., Delving Deep
    into Rectifiers, 2015, equation 10: a variance of 2 / n_inputs), √(6 / (n_inputs + n_siblings)) for anything else
    (Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, equation 16).
    """
    if activation in RELU_FAMILY.values():
        return math.sqrt(6.0 / n_inputs)
    return math.sqrt(6.0 / (n_inputs + n_siblings))


def _name(activation: str | Activation | None) -> str:
    return repr(activation) if activation is None or isinstance(activation, str) else repr(by_name(activation))
