"""Replay against recording: random programs of all smooth primitives, in every machine, node by node.

Each node is judged by itself: its replayed number against its primitive on the replayed operands, its replayed gradient
against the sum over its edges of replayed gradients times derivatives. So a bound of 2 ulp holds for each node,
whatever errors came before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core import Value
from tests.support.machines import HAS_NUMBA, KINDS, force
from tests.support.smooth.programs import Program, programs


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        force(request.param, monkeypatch)
        yield request.param


def recorded(program: Program, inputs: int) -> tuple[list[Value], Value, ag.Program | None]:
    leaves = [Value(leaf) for leaf in program.leaves]
    root = program.record(leaves)
    used = set(ag.leaves(root))
    usable = [leaf for leaf in leaves if leaf in used]
    if not usable:
        return leaves, root, None
    return leaves, root, ag.compile(root, usable[:inputs], usable[inputs:])


def ulps(a: float, b: float, size: float) -> float:
    if a == b or (a != a and b != b):
        return 0.0
    return abs(a - b) / math.ulp(size)


def numbers_of(operands: Sequence[Any], of: dict[Value, float]) -> list[float]:
    return [operand if isinstance(operand, float) else of[operand] for operand in operands]


def size_of_terms(name: str, operands: Sequence[float], value: float) -> float:
    """What a node's number is rounded from, where it is a sum whose terms may cancel."""
    if name in ("sum", "dot", "mean", "+", "-"):
        return sum(map(abs, operands))
    if name == "logsumexp":  # the largest, and what the others add to it
        return abs(max(operands)) + abs(value - max(operands))
    return 0.0


OF_SHARES = ("logsumexp", "softmax", "log_softmax")
"""Their derivatives are products and sums of shares, which either side computes for itself to 2 ulp."""


def worst_ulps(program: ag.Program) -> float:
    """Over all nodes, of the number and of the gradient; nodes that share a slot share a gradient."""
    values = dict(zip(program.nodes, program.node_values().tolist()))
    gradients = dict(zip(program.nodes, program.node_gradients().tolist()))
    slots = dict(zip(program.nodes, program._code.slot_of.tolist()))
    total: dict[int, float] = dict.fromkeys(slots.values(), 0.0)
    size = dict.fromkeys(slots.values(), 0.0)
    total[slots[program.outputs[0]]] = size[slots[program.outputs[0]]] = 1.0
    worst, done = 0.0, set()
    for node in program.nodes:
        if not node.operands:
            continue
        operands = numbers_of(node.operands, values)
        value = node.op.forward(*operands)
        worst = max(worst, ulps(values[node], value, max(abs(value), size_of_terms(node.op.name, operands, value))))
        if slots[node] in done:
            continue
        done.add(slots[node])
        for operand, local in zip(node.operands, node.op.partials(values[node], *operands)):
            if isinstance(operand, Value) and local is not None:
                contribution = gradients[node] * local
                total[slots[operand]] += contribution
                size[slots[operand]] += abs(contribution) * (2.0 if node.op.name in OF_SHARES else 1.0)
    leads = {*program.inputs, *program.parameters}
    for node in leads:
        if node in slots:
            worst = max(worst, ulps(gradients[node], total[slots[node]], size[slots[node]]))
    return worst


@settings(max_examples=300)
@given(programs(), st.integers(0, 4))
@pytest.mark.parametrize("kind", KINDS)
def test_each_node_is_within_2_ulp(kind: str, program: Program, inputs: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        force(kind, monkeypatch)
        _, _, compiled = recorded(program, inputs)
        if compiled is not None:
            assert worst_ulps(compiled) <= 2.0


@settings(max_examples=300)
@given(programs(), st.integers(0, 4))
@pytest.mark.skipif(not HAS_NUMBA, reason="needs numba")
def test_a_batch_is_its_rows(program: Program, inputs: int) -> None:
    _, _, compiled = recorded(program, inputs)
    if compiled is None or not compiled.inputs:
        return
    now = [leaf.data for leaf in compiled.inputs]
    rows = np.array([now, [x * 1.01 for x in now], [x * 0.99 for x in now]])
    values, gradients, by_inputs = compiled.value_and_grad(rows, reduce="none", wrt_inputs=True)
    for row, value, gradient, by_input in zip(rows, values, gradients, by_inputs):
        alone = compiled.value_and_grad(row, wrt_inputs=True)
        assert np.allclose(value, alone[0], rtol=1e-9, equal_nan=True)
        assert np.allclose(gradient, alone[1], rtol=1e-6, equal_nan=True)
        assert np.allclose(by_input, alone[2], rtol=1e-6, equal_nan=True)


# -- a network, recorded whole and from one sample ----------------------------------------------------------------

DATA = [([math.sin(i), math.cos(2 * i)], float(i % 2)) for i in range(20)]


def network_loss(model: nn.MLP) -> Value:
    loss: Value = ag.mean([nn.losses.binary_cross_entropy(model(x), t) for x, t in DATA])
    return loss


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "softplus"])
def test_network_recorded_whole(kind: str, activation: str) -> None:
    model = nn.MLP(2, [5, 4, 1], activation=activation, seed=1)
    loss = network_loss(model)
    loss.backward()
    expected = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    program = ag.compile(loss, parameters=model.parameters())
    assert math.isclose(program.backward(), loss.data, rel_tol=1e-14)
    size = max(map(abs, expected))
    for parameter, gradient in zip(model.parameters(), expected):
        assert math.isclose(parameter.grad, gradient, rel_tol=1e-12, abs_tol=1e-15 * size)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_network_recorded_from_one_sample(kind: str, count: int) -> None:
    model = nn.MLP(2, [5, 4, 1], seed=1)
    x, t = [Value(0.1), Value(0.2)], Value(1.0)
    program = ag.compile(nn.losses.binary_cross_entropy(model(x), t), [*x, t], model.parameters())
    rows = np.array([[*inputs, target] for inputs, target in DATA[:count]]).reshape(count, 3)
    values, gradient = program.value_and_grad(rows)
    assert program.forward(rows).shape == (count,)
    if count == 0:
        assert not gradient.any()
        return
    eager = [nn.losses.binary_cross_entropy(model(inputs), target) for inputs, target in DATA[:count]]
    mean = ag.mean(eager)
    assert math.isclose(values, mean.data, rel_tol=1e-14)
    expected = np.array(ag.gradients(mean, model.parameters()))
    assert np.abs(gradient - expected).max() <= 1e-13 * np.abs(expected).max()


# -- conventions ----------------------------------------------------------------------------------------------------

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 40.0, -40.0, 800.0, -800.0, 1e300, math.inf, -math.inf, math.nan]
UNARY = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "abs", "sign",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
    "lgamma", "sigmoid", "log_sigmoid", "softplus", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish",
    "softsign",
]  # fmt: skip


def close(a: float, b: float) -> bool:
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("name", UNARY)
def test_special_numbers_of_one_operand(kind: str, name: str) -> None:
    x = Value(0.5)
    program = ag.compile(getattr(ag, name)(x), inputs=[x])
    values, _, slopes = program.value_and_grad([[number] for number in SPECIAL], reduce="none", wrt_inputs=True)
    for number, value, (slope,) in zip(SPECIAL, values, slopes):
        leaf = Value(number)
        node = getattr(ag, name)(leaf)
        node.backward()
        assert close(value, node.data), (number, value, node.data)
        assert close(slope, leaf.grad), (number, slope, leaf.grad)


PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "square of a": lambda a, b: a**2 + b,
    "maximum": lambda a, b: ag.maximum(a, b),
    "minimum": lambda a, b: ag.minimum(a, b),
    "hypot": lambda a, b: ag.hypot(a, b),
    "atan2": lambda a, b: ag.atan2(a, b),
    "where": lambda a, b: ag.where(a, b, a),
    "dot": lambda a, b: ag.dot([a, b], [b, a], a),
    "logsumexp": lambda a, b: ag.logsumexp([a, b]),
    "softmax": lambda a, b: ag.softmax([a, b])[0],
    "log_softmax": lambda a, b: ag.log_softmax([a, b])[1],
    "norm": lambda a, b: ag.norm([a, b]),
    "prod": lambda a, b: ag.prod([a, b]),
    "squared_error": lambda a, b: nn.losses.squared_error(a, b),
    "huber": lambda a, b: nn.losses.huber(a, b),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_special_numbers_of_two_operands(kind: str, name: str) -> None:
    a, b = Value(0.5), Value(0.25)
    program = ag.compile(PAIRS[name](a, b), inputs=[a, b])
    rows = [[p, q] for p in SPECIAL for q in SPECIAL]
    values, _, slopes = program.value_and_grad(rows, reduce="none", wrt_inputs=True)
    for row, value, own in zip(rows, values, slopes):
        leaves = [Value(number) for number in row]
        node = PAIRS[name](*leaves)
        node.backward()
        assert close(value, node.data), (row, value, node.data)
        for slope, leaf in zip(own, leaves):
            assert close(slope, leaf.grad), (row, slope, leaf.grad)
