"""backward_steps: the order and the arithmetic of backward(), bit for bit, and records that say what happened."""

from __future__ import annotations

import math
import struct
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.backward import backward
from tests.support.graphs import bits, graphs, numbers, set_gradients


@given(graphs(), numbers, st.lists(numbers, min_size=4, max_size=4))
def test_drained_steps_leave_the_gradients_of_backward_bit_for_bit(
    root: ag.Value, seed: float, leaf_gradients: list[float]
) -> None:
    nodes = set_gradients(root, leaf_gradients)
    root.backward(seed)
    expected = bits(nodes)

    set_gradients(root, leaf_gradients)
    steps = list(ag.backward_steps(root, seed))
    assert bits(nodes) == expected
    assert [step.index for step in steps] == list(range(len(steps)))


class LoggedNode:
    """A node that logs each write to its gradient: what a pass really does, and when."""

    __apply_primitive__ = None

    def __init__(self, value: ag.Value, number: int, log: list[tuple[int, bytes]]) -> None:
        self.data, self.op, self.label = value.data, value.op, value.label
        self.operands: tuple[Any, ...] = ()
        self.local_derivatives = value.local_derivatives
        self.number = number
        self._grad, self._log = value.grad, log

    @property
    def grad(self) -> float:
        return self._grad

    @grad.setter
    def grad(self, grad: float) -> None:
        self._grad = grad
        self._log.append((self.number, struct.pack("d", grad)))


def logged_copy(root: ag.Value) -> tuple[LoggedNode, list[tuple[int, bytes]]]:
    log: list[tuple[int, bytes]] = []
    copies: dict[Any, Any] = {}
    for number, node in enumerate(ag.topological_order(root)):
        copies[node] = LoggedNode(node, number, log)
        copies[node].operands = tuple([copies.get(operand, operand) for operand in node.operands])
    return copies[root], log


@given(graphs(), numbers)
def test_every_write_comes_in_the_order_of_backward(root: ag.Value, seed: float) -> None:
    in_backward, expected = logged_copy(root)
    backward(in_backward, seed)
    in_steps, log = logged_copy(root)
    for step in ag.backward_steps(in_steps, seed):
        operand: Any = step.operand
        assert log[-1] == (operand.number, struct.pack("d", step.grad_after))
    assert log == expected


@given(graphs(), st.integers(0, 30))
def test_stopped_half_way_the_gradients_are_those_of_the_moment(root: ag.Value, stop: int) -> None:
    nodes = set_gradients(root, [0.0] * 4)
    root.backward()
    fresh = bits(nodes)

    set_gradients(root, [0.0] * 4)
    before = bits(nodes)
    steps = ag.backward_steps(root)
    taken = [step for _, step in zip(range(stop), steps)]
    steps.close()  # type: ignore[attr-defined]
    if stop == 0:
        assert bits(nodes) == before
    elif taken:
        gradients: dict[Any, float] = dict.fromkeys(nodes, 0.0)
        gradients[root] = 1.0
        for step in taken:
            gradients[step.operand] += step.upstream * step.local_derivative
        assert bits(nodes) == [struct.pack("d", gradients[node]) for node in nodes]

    for leaf in ag.leaves(root):
        leaf.grad = 0.0
    root.backward()  # a pass that was left does not disturb the next one
    assert bits(nodes) == fresh


def test_a_step_records_edge_and_numbers() -> None:
    w, x = ag.Value(3.0, "w"), ag.Value(2.0, "x")
    product = w * x
    root = product * product
    steps = list(ag.backward_steps(root, seed=0.5))
    assert [(step.node, step.operand, step.operand_index) for step in steps] == [
        (root, product, 0),
        (root, product, 1),
        (product, w, 0),
        (product, x, 1),
    ]
    second = steps[1]
    assert (second.upstream, second.local_derivative, second.contribution) == (0.5, 6.0, 3.0)
    assert (second.grad_before, second.grad_after) == (3.0, 6.0)
    with pytest.raises(AttributeError):
        second.upstream = 1.0  # type: ignore[misc]


def test_constants_untaken_branches_and_zero_gradients_are_no_steps() -> None:
    x = ag.Value(0.0, "x")
    pole = ag.log(x)  # its local derivative is inf
    assert [step.operand.label for step in ag.backward_steps(ag.where(False, pole, x * 2.0))] == ["", "x"]
    assert x.grad == 2.0
    assert [step.node.op.name for step in ag.backward_steps(ag.relu(pole))] == ["relu"]
    assert list(ag.backward_steps(pole, seed=0.0)) == []
    assert x.grad == 2.0


def test_a_leaf_as_root_has_no_steps_and_gets_the_seed() -> None:
    x = ag.Value(2.0)
    assert list(ag.backward_steps(x, seed=3)) == []
    assert x.grad == 3.0
    assert type(x.grad) is float


def test_nothing_happens_before_the_first_step() -> None:
    x = ag.Value(2.0)
    root = x * x
    root.grad = 7.0
    steps = ag.backward_steps(root)
    assert (root.grad, x.grad) == (7.0, 0.0)
    next(steps)
    assert (root.grad, x.grad) == (1.0, 2.0)


@pytest.mark.parametrize("root", [1.0, None, "x", [ag.Value(1.0)]])
def test_a_root_that_is_no_value_is_refused_at_once(root: Any) -> None:
    with pytest.raises(TypeError, match="starts at a Value"):
        ag.backward_steps(root)


def test_a_seed_that_is_no_number_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"seed is a real number.*str"):
        ag.backward_steps(ag.Value(1.0), "1")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_long_chain_needs_no_recursion() -> None:
    x = value = ag.Value(1.0)
    for _ in range(100_000):
        value = value + 0.0
    assert len(list(ag.backward_steps(value))) == 100_000
    assert x.grad == 1.0


# -- what a learner reads -------------------------------------------------------------------------------------------


def test_each_step_is_a_line_that_names_the_kind_of_derivative() -> None:
    w1, x1, b = ag.Value(-0.5, "w1"), ag.Value(2.0, "x1"), ag.Value(1.25, "b")
    o = ag.sigmoid(ag.dot([w1], [x1], b))
    root = o * 0.25 + x1
    steps = list(ag.backward_steps(root))
    assert [str(step) for step in steps] == [
        "(o * 0.25).grad += upstream 1 × local 1 (the derivative of +) → 1",
        "x1.grad += upstream 1 × local 1 (the derivative of +) → 1",
        "o.grad += upstream 1 × local 0.25 (the other factor 0.25) → 0.25",
        "s.grad += upstream 0.25 × local 0.2461 (the activation's derivative σ′(s)) → 0.06153",
        "w1.grad += upstream 0.06153 × local 2 (the input x1) → 0.1231",
        "x1.grad += upstream 0.06153 × local (-0.5) (the weight w1) → 1 + (-0.03077) = 0.9692",
        "b.grad += upstream 0.06153 × local 1 (a bias's input is always 1) → 0.06153",
    ]
    assert [step.kind for step in steps] == ["loss", "loss", "loss", "activation", "input", "weight", "input"]


def small_network() -> ag.Value:
    """Two inputs, three hidden neurons, one output and a loss, with labels like those of a network's parameters."""
    signals: list[Any] = [ag.Value(0.5, "x.0"), ag.Value(-1.0, "x.1")]
    for layer, size in enumerate((3, 1)):
        outputs = []
        for neuron in range(size):
            place = f"layers.{layer}.neurons.{neuron}"
            weights = [ag.Value(0.3 - 0.1 * neuron, f"{place}.weights.{index}") for index in range(len(signals))]
            outputs.append(ag.tanh(ag.dot(weights, signals, ag.Value(0.1, f"{place}.bias"))))
        signals = outputs
    loss: ag.Value = ag.square(signals[0] - 1.0)
    return loss


def test_steps_group_by_node_and_by_layer() -> None:
    root = small_network()
    by_node = [identity for identity, _ in groupby(ag.backward_steps(root), key=lambda step: id(step.node))]
    assert len(by_node) == len(set(by_node)) == 10
    by_layer = [layer for layer, _ in groupby(ag.backward_steps(root), key=lambda step: step.layer)]
    assert by_layer == ["", "layers.1", "layers.0"]


def test_neurons_without_labels_are_told_apart_by_their_letters() -> None:
    lines = [str(step) for step in ag.backward_steps(small_network())]
    assert lines[2].startswith("s₄.grad += upstream ")


def test_odd_labels_stay_on_their_line() -> None:
    x = ag.Value(2.0, "a\nb" + "c" * 500)
    line = str(next(ag.backward_steps(x * x)))
    assert "\n" not in line
    assert len(line) < 200


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 5e-324, -0.0])
def test_any_number_can_be_shown(number: float) -> None:
    x = ag.Value(number, "x")
    assert all("x.grad += upstream" in str(step) for step in ag.backward_steps(x * 3.0))
