"""Modules find and name their parameters; networks compute what they say and start with the weights they say."""

import copy
import math
import pickle
import random
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

import autograd_core as ag
import nn


def test_parameters_come_neuron_by_neuron_weights_then_bias() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    assert [name for name, _ in model.named_parameters()] == [
        *(f"layers.0.neurons.{neuron}.{part}" for neuron in range(3) for part in ("weights.0", "weights.1", "bias")),
        *(f"layers.1.neurons.0.{part}" for part in ("weights.0", "weights.1", "weights.2", "bias")),
    ]
    assert model.parameters() == [parameter for _, parameter in model.named_parameters()]
    assert all(parameter.label == name for name, parameter in model.named_parameters())


def test_a_module_of_ones_own_finds_parts_in_lists_and_shared_values_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.shared = ag.Value(1.0)
            self.parts = [nn.Neuron(1, seed=0), (self.shared, ag.Value(2.0))]
            self.not_a_parameter = 3.0
            self.label_parameters()

    module = Tied()
    assert module.state_dict() == {
        "shared": 1.0,
        "parts.0.weights.0": module.parameters()[1].data,
        "parts.0.bias": 0.0,
        "parts.1.1": 2.0,
    }
    assert module.parameters()[2].label == "parts.0.bias"
    assert repr(module) == "<Tied, 4 parameters>"


def test_zero_grad_clears_every_gradient() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    model([1.0, 2.0]).backward()
    assert any(parameter.grad for parameter in model.parameters())
    model.zero_grad()
    assert all(parameter.grad == 0.0 for parameter in model.parameters())


def test_state_dict_restores_the_same_bits() -> None:
    model, other = nn.MLP(3, [4, 2], seed=0), nn.MLP(3, [4, 2], seed=1)
    assert model.state_dict() != other.state_dict()
    other.load_state_dict(model.state_dict())
    assert model.state_dict() == other.state_dict()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda state: state.pop("layers.0.neurons.0.bias"), ValueError, "missing parameters: 1, such as 'layers.0"),
        (lambda state: state.update(extra=1.0), ValueError, "unknown names: 1, such as 'extra'"),
        (lambda state: state.update({"layers.0.neurons.0.bias": "1"}), TypeError, "expected a real number, got str"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: object, error: type[Exception], message: str) -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    before = model.state_dict()
    state = nn.MLP(2, [2, 1], seed=1).state_dict()
    change(state)  # type: ignore[operator]
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    assert model.state_dict() == before


def test_a_neuron_is_one_weighted_sum_and_one_activation_node() -> None:
    output = nn.Neuron(3, "tanh", seed=0)([1.0, 2.0, 3.0])
    assert [node.op.kind for node in ag.topological_order(output) if node.op] == ["weighted_sum", "activation"]
    linear = nn.Neuron(3, seed=0)([1.0, 2.0, 3.0])
    assert [node.op.kind for node in ag.topological_order(linear) if node.op] == ["weighted_sum"]


def test_a_network_computes_the_composition_of_its_layers() -> None:
    model = nn.MLP(2, [3, 2], activation="tanh", output_activation="sigmoid", seed=0)
    state = model.state_dict()

    def neuron(layer: int, index: int, inputs: list[float]) -> float:
        name = f"layers.{layer}.neurons.{index}"
        return state[f"{name}.bias"] + sum(state[f"{name}.weights.{i}"] * x for i, x in enumerate(inputs))

    inputs = [0.3, -0.7]
    hidden = [math.tanh(neuron(0, index, inputs)) for index in range(3)]
    expected = [1.0 / (1.0 + math.exp(-neuron(1, index, hidden))) for index in range(2)]
    assert [output.data for output in model(inputs)] == pytest.approx(expected, rel=1e-14)


class Doubled(nn.Neuron):
    """A neuron of one's own."""

    def __call__(self, inputs: Iterable[float | ag.Value]) -> ag.Value:
        return 2.0 * super().__call__(inputs)


def set_activation(layer: nn.Layer) -> None:
    layer.neurons[1].activation = ag.sin


def set_class(layer: nn.Layer) -> None:
    layer.neurons[2].__class__ = Doubled


def set_weights(layer: nn.Layer) -> None:
    layer.neurons[0].weights = [1.5, ag.Value(-2.0)]  # type: ignore[assignment]
    layer.neurons[1].bias = 0.25  # type: ignore[assignment]


@pytest.mark.slow
@pytest.mark.parametrize("change", [lambda layer: None, set_activation, set_class, set_weights])
@pytest.mark.parametrize("activation", [None, *nn.activations.ALL, ag.sin, lambda s: s * s])
def test_a_layer_records_what_its_neurons_record(change: Callable[[nn.Layer], None], activation: Any) -> None:
    layer = nn.Layer(2, 3, activation, seed=0)
    change(layer)
    values: list[Sequence[float | ag.Value]] = [
        [0.3, -1.7],
        (ag.Value(0.3), ag.Value(-1.7)),
        [ag.Value(0.3), -1.7],
        [1, True],
    ]
    for inputs in values:
        together, apart = layer(inputs), [neuron(inputs) for neuron in layer.neurons]
        assert list(map(as_text, together)) == list(map(as_text, apart))


def as_text(root: ag.Value) -> list[tuple[Any, ...]]:
    """A graph with each bit of it; its leaves by which they are."""
    return [
        (
            node.op and node.op.name,
            node.data,
            node.label,
            node.local_derivatives,
            [id(operand) if is_leaf(operand) else str(operand) for operand in node.operands],
        )
        for node in ag.topological_order(root)
    ]


def is_leaf(operand: ag.Value | float) -> bool:
    return isinstance(operand, ag.Value) and operand.op is None


def test_a_network_runs_the_layers_that_it_has() -> None:
    class Reversed(nn.Layer):
        def __call__(self, inputs: Iterable[float | ag.Value]) -> list[ag.Value]:
            return super().__call__(inputs)[::-1]

    model, own = nn.MLP(2, [3, 2], seed=0), nn.MLP(2, [3, 2], seed=0)
    own.layers[1].__class__ = Reversed
    assert [output.data for output in own([1.0, 2.0])] == [output.data for output in model([1.0, 2.0])][::-1]


@pytest.mark.parametrize(("inputs", "message"), [([1.0], "len"), ([[1.0], 2.0], "one sample"), ([1.0, "2"], "number")])
def test_a_layer_complains_as_its_neurons_do(inputs: list[Any], message: str) -> None:
    layer = nn.Layer(2, 3, "tanh", seed=0)
    with pytest.raises((TypeError, ValueError), match=message) as together:
        layer(inputs)
    with pytest.raises(type(together.value), match=f"^{re.escape(str(together.value))}$"):
        layer.neurons[0](inputs)


def test_gradients_agree_with_finite_differences() -> None:
    model = nn.MLP(2, [3, 1], activation="softsign", seed=4)
    inputs = [ag.Value(0.3), ag.Value(-0.7)]
    nn.losses.squared_error(model(inputs), 0.5).backward()
    for variable in [*model.parameters(), *inputs]:
        number, step = variable.data, 1e-5
        variable.data = number + step
        above = nn.losses.squared_error(model(inputs), 0.5).data
        variable.data = number - step
        below = nn.losses.squared_error(model(inputs), 0.5).data
        variable.data = number
        assert variable.grad == pytest.approx((above - below) / (2.0 * step), rel=1e-6)


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(nn.MLP(1, [1], seed=0)([1.0]), ag.Value)
    assert len(nn.MLP(1, [2], seed=0)([1.0])) == 2


def test_numpy_rows_are_inputs() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    model = nn.MLP(2, [3, 1], seed=0)
    assert model(numpy.array([0.5, 2.0])).data == model([0.5, 2.0]).data
    assert model(numpy.array([1, 2], dtype=numpy.int32)).data == model([1.0, 2.0]).data


@pytest.mark.parametrize("inputs", [[], [1.0], [1.0, 2.0, 3.0]])
def test_another_number_of_inputs_is_an_error_that_says_so(inputs: list[float]) -> None:
    with pytest.raises(ValueError, match=rf"MLP\(2, \[3, 1\].*takes 2 inputs, got {len(inputs)}"):
        nn.MLP(2, [3, 1])(inputs)
    with pytest.raises(ValueError, match=rf"len\(weights\) is 2, and len\(inputs\) {len(inputs)}$"):
        nn.Neuron(2)(inputs)


def test_seeds() -> None:
    assert nn.MLP(2, [3, 1], seed=7).state_dict() == nn.MLP(2, [3, 1], seed=7).state_dict()
    assert nn.MLP(2, [3, 1], seed=7).state_dict() != nn.MLP(2, [3, 1], seed=8).state_dict()
    assert nn.MLP(2, [3, 1]).state_dict() != nn.MLP(2, [3, 1]).state_dict()
    generator = random.Random(7)
    assert nn.MLP(2, [3, 1], seed=generator).state_dict() == nn.MLP(2, [3, 1], seed=7).state_dict()
    assert nn.MLP(2, [3, 1], seed=generator).state_dict() != nn.MLP(2, [3, 1], seed=7).state_dict()


def test_the_global_random_numbers_are_neither_used_nor_disturbed() -> None:
    random.seed(0)
    before = random.getstate()
    model = nn.MLP(2, [3, 1], seed=0)
    sgd = nn.optim.SGD(model.parameters(), 0.1)
    nn.fit(model, [([1.0, 2.0], 3.0), ([2.0, 1.0], 1.0)], "squared_error", sgd, epochs=2, seed=0)
    assert random.getstate() == before


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softsign", None])
def test_glorot_uniform_for_saturating_and_linear_layers(activation: str | None) -> None:
    check_uniform(nn.Layer(50, 150, activation, seed=0), math.sqrt(6.0 / (50 + 150)))


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus"])
def test_he_uniform_for_the_relu_family(activation: str) -> None:
    check_uniform(nn.Layer(50, 150, activation, seed=0), math.sqrt(6.0 / 50))


def check_uniform(layer: nn.Layer, bound: float) -> None:
    weights = [weight.data for neuron in layer.neurons for weight in neuron.weights]
    assert max(map(abs, weights)) <= bound
    assert max(map(abs, weights)) > 0.999 * bound
    assert statistics.pstdev(weights) == pytest.approx(bound / math.sqrt(3.0), rel=0.02)
    assert all(neuron.bias.data == 0.0 for neuron in layer.neurons)


def test_functions_are_activations() -> None:
    assert nn.MLP(1, [2, 1], activation=ag.sin, seed=0)([1.0]).data != 0.0
    assert "primitive sin" in repr(nn.MLP(1, [2, 1], activation=ag.sin, seed=0))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, [1]), ValueError, "n_inputs is 1 or more, got 0"),
        ((2, []), ValueError, "layer_sizes is empty"),
        ((2, [3, 0]), ValueError, "each of layer_sizes is 1 or more, got 0"),
        ((2, [3.0]), TypeError, "each of layer_sizes is a whole number, got 3.0"),
        ((True, [3]), TypeError, "n_inputs is a whole number, got True"),
        ((2, [3, 1], "than"), ValueError, "unknown activation 'than'"),
        ((2, [3, 1], 5), TypeError, "a name, a function or None, got int"),
    ],
)
def test_impossible_networks(arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nn.MLP(*arguments)  # type: ignore[arg-type]


def test_copies_and_pickles_are_networks_of_their_own() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        assert not set(twin.parameters()) & set(model.parameters())
        assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data


def test_all_names_are_there() -> None:
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert set(nn.activations.ALL) == set(nn.activations.SATURATING) | set(nn.activations.RELU_FAMILY)
    assert all(activation.__name__ == name for name, activation in nn.activations.ALL.items())
