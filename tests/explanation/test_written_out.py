"""What is written out in Python's arithmetic is explained as with ``dot``, one activation node, and ``nn.losses``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_core as ag
import nn
from autograd_core import Value
from tests.support.graphs import graphs
from tests.support.networks import NETWORKS, Written


def first_formula() -> tuple[Value, dict[str, Value]]:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.7, "b")
    y = ag.tanh(sum([w * x]) + b)
    loss = (y - 1.0) ** 2
    loss.label, y.label = "loss", "y"
    return loss, {"w": w, "x": x, "b": b, "y": y}


def test_a_sum_an_activation_and_a_square_have_their_three_kinds() -> None:
    loss, leaves = first_formula()
    assert str(ag.explain(loss, leaves["w"])).splitlines() == [
        "∂loss/∂w = -2.594, 1 path",
        "",
        "path 1: w → s → y → loss",
        "  layer input            ∂s/∂w = x = 2                                        2",
        "  activation derivative  tanh′(s) = 1 − tanh²(s) = 0.9151 at s = 0.3000  0.9151",
        "  loss derivative        ∂loss/∂y = 2·(y − 1) = -1.417 at y = 0.2913     -1.417",
        "  product                2 × 0.9151 × (-1.417)                           -2.594",
    ]
    assert ag.explain(loss, leaves["x"]).paths[0].factors[0].kind == "weight"


def with_dot(weights: list[Value], signals: list[Any], bias: Value) -> Any:
    return ag.dot(weights, signals, bias)


def with_sum(weights: list[Value], signals: list[Any], bias: Value) -> Any:
    return sum(w * x for w, x in zip(weights, signals)) + bias


def bias_first(weights: list[Value], signals: list[Any], bias: Value) -> Any:
    total = bias
    for w, x in zip(weights, signals):
        total = total + x * w
    return total


def tanh_of_exponentials(s: Value) -> Value:
    e: Value = (2 * s).exp()
    return (e - 1) / (e + 1)


def network(
    weighted_sum: Callable[..., Any], activation: Callable[[Any], Any], loss: Callable[[Any, float], Any]
) -> tuple[Value, list[Value]]:
    """2-3-1 with labelled leaves: the loss, and its leaves."""
    x = [Value(0.5, "x1"), Value(-1.25, "x2")]
    leaves = list(x)
    hidden = []
    for row in range(3):
        w = [Value(0.3 * (row + 1) - 0.5 * column, f"w{row}{column}") for column in range(2)]
        b = Value(0.1 * row, f"b{row}")
        leaves += [*w, b]
        hidden.append(activation(weighted_sum(w, x, b)))
    v, c = [Value(0.7 - 0.4 * row, f"v{row}") for row in range(3)], Value(-0.2, "c")
    leaves += [*v, c]
    return loss(activation(weighted_sum(v, hidden, c)), 1.0), leaves


@pytest.mark.parametrize("weighted_sum", [with_sum, bias_first])
@pytest.mark.parametrize("activation", [ag.tanh, tanh_of_exponentials])
def test_it_reads_as_with_dot_and_a_loss_of_one_node(
    weighted_sum: Callable[..., Any], activation: Callable[[Any], Any]
) -> None:
    written, leaves = network(weighted_sum, activation, lambda o, t: (o - t) ** 2)
    known, their_leaves = network(with_dot, ag.tanh, nn.losses.squared_error)
    for node in [*ag.topological_order(written), *ag.topological_order(known)]:
        if node.op is not None and node.op.name in ("tanh", "/"):
            node.label = ""
    for leaf, theirs in zip(leaves, their_leaves, strict=True):
        ours, expected = ag.explain(written, leaf), ag.explain(known, theirs)
        assert ours.path_count == expected.path_count
        for path, other in zip(ours.paths, expected.paths, strict=True):
            assert [factor.kind for factor in path.factors] == [factor.kind for factor in other.factors]
            assert path.product == pytest.approx(other.product, rel=1e-12)
        if activation is ag.tanh:
            assert str(ours) == str(expected)
        else:
            assert ours._repr_html_().count("ag-activation") == expected._repr_html_().count("ag-activation")
            assert "tanh′(s" in str(ours)
            assert "other" not in str(ours)


@pytest.mark.parametrize("write", NETWORKS, ids=lambda write: write.__name__)
def test_the_products_add_up_to_the_gradient(write: Callable[[], Written]) -> None:
    loss, seen = write()
    loss.backward()
    for neuron in seen:
        for weight in neuron.weights:
            explanation = ag.explain(loss, weight, max_paths=10_000)
            assert explanation.gradient == weight.grad
            assert not explanation.truncated
            products = [path.product for path in explanation.paths]
            assert math.fsum(products) == pytest.approx(weight.grad, rel=1e-10, abs=1e-14)
            assert str(explanation)


@pytest.mark.parametrize("write", [each for each in NETWORKS if each.__name__[:9] not in ("feed_forw", "attention")])
def test_no_factor_is_other_where_all_is_layers(write: Callable[[], Written]) -> None:
    loss, seen = write()
    for neuron in seen:
        for weight in neuron.weights:
            kinds = {factor.kind for path in ag.explain(loss, weight).paths for factor in path.factors}
            assert kinds <= {"input", "weight", "activation", "loss"}


def test_what_lies_between_layers_and_is_none_of_them_is_other() -> None:
    write = next(each for each in NETWORKS if each.__name__ == "attention_block")
    loss, seen = write()
    kinds = {factor.kind for path in ag.explain(loss, seen[0].weights[0]).paths for factor in path.factors}
    assert kinds == {"input", "weight", "loss", "other"}


@settings(max_examples=150, deadline=None)
@given(root=graphs())
def test_a_link_is_all_the_edges_that_it_stands_for(root: Value) -> None:
    for wrt in ag.topological_order(root):
        for path in ag.explain(root, wrt, max_paths=3).paths:
            for factor in path.factors:
                through: dict[Any, float] = {factor.operand: 1.0}
                for node, index in factor.edges:
                    amount = through[node.operands[index]] * (node.local_derivatives[index] or 0.0)
                    through[node] = through.get(node, 0.0) + amount
                total = through[factor.node]
                if math.isfinite(total) and math.isfinite(factor.value) and abs(total) < 1e100:
                    assert factor.value == pytest.approx(total, rel=1e-9, abs=1e-9)


# -- what is asked for within -------------------------------------------------------------------------------------


def test_around_the_node_asked_for_everything_is_written_out() -> None:
    loss, leaves = first_formula()
    difference: Any = loss.operands[0]
    assert [factor.formula for factor in ag.explain(loss, difference).paths[0].factors] == [
        "∂loss/∂(y - 1) = 2·(y - 1) = -1.417 at y - 1 = -0.7087"
    ]
    total: Any = leaves["y"].operands[0]
    product = ag.topological_order(total)[2]
    assert product.op is not None
    assert product.op.name == "*"
    explanation = ag.explain(loss, product)
    assert [factor.kind for factor in explanation.paths[0].factors] == ["other", "other", "activation", "loss"]
    assert ag.explain(loss, total).paths[0].factors[0].symbol == "tanh′(s)"


def test_output_says_where_the_network_ends() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.7, "b")
    rate = ag.exp(w * x + b)
    loss = rate - 3.0 * ag.log(rate)
    kinds = [[factor.kind for factor in path.factors] for path in ag.explain(loss, w).paths]
    assert kinds == [["input", "loss"]]
    kinds = [[factor.kind for factor in path.factors] for path in ag.explain(loss, w, output=rate).paths]
    assert kinds == [["input", "activation", "loss"]]
    scaled = 2.0 * ag.tanh(w * x + b)
    kinds = [[factor.kind for factor in path.factors] for path in ag.explain(scaled, w, output=[scaled]).paths]
    assert kinds == [["input", "activation", "other"]]


def test_an_output_that_is_none_is_refused() -> None:
    loss, leaves = first_formula()
    with pytest.raises(TypeError, match=r"output is a Value of the graph or a list of them, got int; write max_paths="):
        ag.explain(loss, leaves["w"], 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="root was not computed from the output Value"):
        ag.explain(loss, leaves["w"], output=Value(1.0))


def test_losses_over_several_outputs_and_ways_say_how_many() -> None:
    w, x = Value(0.5, "w"), [Value(1.0, "x1"), Value(-2.0, "x2")]
    outputs = [w * each for each in x]
    exponentials: list[Any] = [each.exp() for each in outputs]
    loss = -(exponentials[0] / (exponentials[0] + exponentials[1])).log()
    formulas = [path.factors[-1].formula for path in ag.explain(loss, w).paths]
    assert formulas == [
        "∂root/∂o₂ = 0.1824 at o₂ = -1",
        "∂root/∂o₁ = -0.1824 at o₁ = 0.5, over 2 paths",
    ]


def test_powers_of_two_are_written_shortly() -> None:
    x = Value(3.0, "x")
    assert ag.explain(x**2, x).paths[0].factors[0].formula == "∂root/∂x = 2·x = 6 at x = 3"
    assert ag.explain(x**3, x).paths[0].factors[0].formula == "∂root/∂x = 3·x^(3 − 1) = 27 at x = 3"
