"""What nodes are, on networks written in several styles, beside ``dot`` and ``nn``, and on what is no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_core as ag
import nn
from autograd_core import Value
from autograd_core.formula import FUNCTIONS
from autograd_core.graph import edge_kind
from autograd_core.roles.network import Neuron
from autograd_core.roles.recognise import network_of
from tests.support.graphs import graphs
from tests.support.networks import NETWORKS, Seen, Written


def same(found: Any, seen: Any) -> bool:
    """Whether two operands are the same node, or constants of the same number."""
    return found is seen or (type(found) is float and not isinstance(seen, Value) and found == seen)


def shows(neuron: Neuron, seen: Seen) -> bool:
    """Whether a neuron is the one that its author sees."""
    biases = [] if seen.bias is None else [seen.bias]
    expected = [*seen.weights, *seen.signals, *biases]
    found = [term.parameter for term in neuron.weights] + [term.signal for term in neuron.weights]
    found += [term.parameter for term in neuron.biases]
    return (
        len(found) == len(expected)
        and all(map(same, found, expected))
        and (neuron.layer, neuron.function) == (seen.layer, seen.function)
        and neuron.output is seen.output
    )


@pytest.mark.parametrize("write", NETWORKS, ids=lambda write: write.__name__)
def test_every_neuron_is_recognised_and_nothing_else_is(write: Callable[[], Written]) -> None:
    loss, expected = write()
    network = network_of(loss)
    by_output = {neuron.output: neuron for neuron in network.neurons}
    assert [shows(by_output[seen.output], seen) for seen in expected] == [True] * len(expected)
    assert len(network.neurons) == len(expected)


@pytest.mark.parametrize("write", NETWORKS, ids=lambda write: write.__name__)
def test_the_kinds_of_edges_follow_from_the_neurons(write: Callable[[], Written]) -> None:
    loss, expected = write()
    network = network_of(loss)
    kinds = {(node, index): network.kind(node, index) for node in ag.topological_order(loss) for index in edges(node)}
    weights = {weight for seen in expected for weight in seen.weights}
    biases = {seen.bias for seen in expected if isinstance(seen.bias, Value)}
    in_loss = set(network.loss)
    for (node, index), kind in kinds.items():
        operand = node.operands[index]
        if node in in_loss:
            assert kind == "loss"
        elif operand in weights | biases:
            assert kind == "input"
    n_signals = sum(isinstance(signal, Value) for seen in expected for signal in seen.signals)
    assert list(kinds.values()).count("weight") == n_signals
    activated = {seen.output for seen in expected if seen.function}
    assert {node for (node, _), kind in kinds.items() if kind == "activation"} >= activated


def edges(node: Value) -> list[int]:
    return [index for index, operand in enumerate(node.operands) if type(operand) is not float]


# -- what is no network -------------------------------------------------------------------------------------------


def polynomial() -> Value:
    x = Value(3.0, "x")
    return 3 * x**2 - 4 * x + 5


def lecture_expression() -> Value:
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    return (a * b + c) * f


def published_example() -> Value:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    d = d + (d * 2 + (b + a).relu())
    return (c - d) ** 2 / 2.0 + 10.0 / (c - d)


def distance() -> Value:
    x, y = Value(3.0, "x"), Value(4.0, "y")
    return ag.sqrt(x * x + y * y)


def bilinear_form() -> Value:
    a, b = ag.tanh(Value(0.5)), ag.exp(Value(0.25))
    return ag.sum([a * b, b * b])


def cross_entropy_of_targets() -> Value:
    """The targets are Values, labelled as such."""
    p = [Value(0.25, "p1"), Value(0.75, "p2")]
    t = [Value(1.0, "t1"), Value(0.0, "t2")]
    return -ag.sum([ti * pi.log() for ti, pi in zip(t, p)])


def difference_without_a_square() -> Value:
    a, b, c, d = (Value(0.5 * k) for k in range(1, 5))
    return ag.exp(a * b + c - d)


OTHERS = [
    polynomial,
    lecture_expression,
    published_example,
    distance,
    bilinear_form,
    cross_entropy_of_targets,
    difference_without_a_square,
]


@pytest.mark.parametrize("write", OTHERS)
def test_what_is_no_network_stays_other(write: Callable[[], Value]) -> None:
    root = write()
    network = network_of(root)
    assert (network.neurons, network.loss) == ((), ())
    assert network.outputs[0] is root
    for node in ag.topological_order(root):
        for index in edges(node):
            assert network.kind(node, index) == edge_kind(node, index)


# -- dot and nn ---------------------------------------------------------------------------------------------------


def test_networks_of_the_package() -> None:
    model = nn.MLP(2, [3, 2], activation="tanh", seed=0)
    x = [Value(0.5), Value(-1.0)]
    network = network_of(nn.losses.squared_error(model(x), [1.0, 0.0]))
    assert [[neuron.function for neuron in layer] for layer in network.layers] == [["tanh"] * 3, [""] * 2]
    parameters = [parameter for neuron in network.neurons for parameter in neuron.parameters]
    assert all(map(same, parameters, model.parameters()))
    assert len(parameters) == len(model.parameters())
    assert all(same(term.signal, signal) for term, signal in zip(network.layers[0][0].weights, x))
    assert network.parameters == set(model.parameters())
    assert [node.op.name for node in network.loss] == ["squared_error"]


def test_samples_of_a_batch_repeat_their_neurons() -> None:
    model = nn.MLP(1, [2, 1], seed=0)
    outputs = [model([sample]) for sample in (0.5, 1.5, 2.5)]
    network = network_of(nn.losses.squared_error(outputs, [0.0, 1.0, 2.0]))
    assert [neuron.repeat for neuron in network.neurons] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [len(layer) for layer in network.layers] == [6, 3]
    assert all(map(same, network.outputs, outputs))


# -- what decides -------------------------------------------------------------------------------------------------


def signal_of(root: Value, **known: Any) -> Value:
    [neuron] = network_of(root, **known).neurons
    signal: Value = neuron.weights[0].signal
    return signal


def test_first_operand_is_the_parameter_where_nothing_tells_them_apart() -> None:
    a, b = Value(0.5), Value(2.0)
    assert signal_of(ag.tanh(a * b + 1.0)) is b


def test_what_the_gradient_is_asked_for_is_the_parameter() -> None:
    a, b = Value(0.5), Value(2.0)
    assert signal_of(ag.tanh(a * b + 1.0), asked=[b]) is a
    w, x = Value(0.5, "w"), Value(2.0, "x")
    assert signal_of(ag.tanh(x * w + 1.0), asked=[x]) is x


def test_what_the_caller_knows_comes_first() -> None:
    w, x = Value(0.5, "w"), Value(2.0)
    assert signal_of(ag.tanh(x * w + 1.0)) is x
    assert signal_of(ag.tanh(x * Value(1.0) + 1.0), parameters=[x]) is not x


def test_the_side_of_known_parameters_decides_for_others() -> None:
    a, b, v = Value(0.5), Value(2.0), Value(-1.0)
    hidden = ag.tanh(a * b + 1.0)
    loss = ag.tanh(hidden * v + 1.0)
    assert network_of(loss).neurons[0].weights[0].signal is a
    assert network_of(loss, asked=[a]).neurons[0].weights[0].signal is a


def test_a_subtracted_bias_has_the_input_minus_one() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.25, "b")
    [neuron] = network_of(ag.sigmoid(w * x - b)).neurons
    assert neuron.biases[0].parameter is b
    assert neuron.biases[0].signal == -1.0
    [linear] = network_of((w * x - b) ** 2).neurons  # what is compared with b is the sum
    assert linear.biases == ()
    assert linear.sum.op.name == "*"


def test_two_biased_sums_are_one_neuron_only_before_an_activation() -> None:
    w1, x1, b1, w2, x2, b2 = (Value(0.1, label) for label in ("w1", "x1", "b1", "w2", "x2", "b2"))
    first, second = w1 * x1 + b1, w2 * x2 + b2
    assert [len(neuron.weights) for neuron in network_of(first + second).neurons] == [1, 1]
    assert [len(neuron.biases) for neuron in network_of(ag.tanh(first + second)).neurons] == [2]


def test_activation_that_is_written_out_has_its_name_and_slope() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.7, "b")
    written: dict[str, Callable[[Any], Any]] = {
        "sigmoid": lambda s: (1.0 + (-s).exp()) ** -1,
        "tanh": lambda s: (ag.exp(s) - ag.exp(-s)) / (ag.exp(s) + ag.exp(-s)),
        "relu": lambda s: s * (s > 0.0),
        "leaky_relu": lambda s: ag.where(s > 0.0, s, 0.2 * s),
        "silu": lambda s: s * ag.sigmoid(s),
        "softplus": lambda s: ag.log(1.0 + ag.exp(s)),
    }
    for name, function in written.items():
        s = w * x + b
        a = function(s)
        [neuron] = network_of((a - 1.0) ** 2).neurons
        assert (neuron.sum is s, neuron.activation is a, neuron.function) == (True, True, name)
        assert neuron.slope == pytest.approx(ag.gradients(a, [s])[0])


def test_any_function_of_a_hidden_sum_alone_is_its_activation() -> None:
    w, x, v = Value(0.5, "w"), Value(2.0, "x"), Value(-0.7, "v")
    a = ag.sin(3.0 * (w * x)) / 2.0
    network = network_of((v * a - 1.0) ** 2)
    assert [(neuron.function, neuron.output is a) for neuron in network.neurons] == [("", True), ("", False)]
    assert [node.op.name for node in network.neurons[0].steps] == ["*", "sin"]


def test_output_says_where_the_network_ends() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.7, "b")
    s = w * x + b
    rate = ag.exp(s)
    loss = rate - 3.0 * ag.log(rate)
    assert network_of(loss).neurons[0].output is s
    network = network_of(loss, outputs=[rate])
    assert network.neurons[0].output is rate
    assert network.outputs[0] is rate
    scaled = 2.0 * ag.tanh(s)
    assert [node.op.name for node in network_of(scaled).loss] == ["*"]
    assert network_of(scaled, outputs=[scaled]).loss == ()
    beyond = s + Value(2.0, "v") * x
    assert network_of(ag.tanh(beyond)).neurons[0].sum is beyond
    [neuron] = network_of(ag.tanh(beyond), outputs=[s]).neurons
    assert (neuron.output is s, neuron.activation) == (True, None)
    o = ag.tanh(s)
    hinge = ag.relu(1.0 - Value(1.0) * o)
    assert len(network_of(hinge).neurons) == 2
    assert len(network_of(hinge, outputs=[o]).neurons) == 1


# -- any graph ----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(root=graphs())
def test_any_graph_is_taken_apart_without_overlap(root: Value) -> None:
    network = network_of(root)
    order = ag.topological_order(root)
    own = [node for each in network.neurons for node in {*each.parts, each.sum, *each.steps, each.output}]
    assert len(own) == len(set(own))
    assert not set(own) & set(network.loss)
    assert set(own) <= set(order)
    for node in order:
        for index in edges(node):
            if network.kind(node, index) != edge_kind(node, index):
                assert node in network.neuron_of or network.in_loss(node)
    for neuron in network.neurons:
        total = sum(value_of(term.parameter) * value_of(term.signal) for term in (*neuron.weights, *neuron.biases))
        if abs(total) < 1e12:
            assert neuron.sum.data == pytest.approx(total, rel=1e-9, abs=1e-9)


def value_of(operand: Any) -> float:
    return operand if type(operand) is float else float(operand.data)


@pytest.mark.slow
def test_a_deep_recurrence_is_no_matter_of_recursion() -> None:
    w, b = Value(0.5, "w"), Value(0.01, "b")
    h: Any = 1.0
    for _ in range(20_000):
        h = (w * h + b).tanh()
    network = network_of(h)
    assert (len(network.neurons), network.neurons[-1].layer) == (20_000, 19_999)
    chain: Any = w
    for _ in range(200_000):
        chain = chain + 1.0
    assert network_of(chain).neurons == ()


def test_a_users_primitive_may_have_any_name() -> None:
    x, b = Value(0.5, "w"), Value(2.0, "b")
    for name in ("*", "+", "-", "sum", "**", "square", "dot", "tanh"):

        @ag.primitive("arithmetic", name=name, source=name + "({0})")
        def doubled(x: float) -> float:
            return 2.0 * x

        @doubled.define_partials
        def doubled_partials(out: Any, x: Any) -> Any:
            return (2.0,)

        root = ag.tanh(doubled(doubled(x) + b) + 1.0) * 3.0
        assert network_of(root).neurons == ()
        assert str(ag.explain(root, x))
        assert [str(step) for step in ag.backward_steps(root)]


def test_any_function_may_follow_a_sum() -> None:
    """What is tried on it to find out which activation it is raises nothing, whatever it is."""
    for name, function in FUNCTIONS.items():
        w, x, v = Value(0.5, "w"), Value(0.75, "x"), Value(-0.5, "v")
        for count in (1, 2, 3):
            try:
                a = function(*[w * x + 0.25, 1.0, 2.0][:count])
            except (TypeError, ValueError):
                continue
            neurons = network_of((v * a - 1.0) ** 2).neurons
            assert [neuron.output is a for neuron in neurons] in ([True, False], [False, False], [False]), name
