"""The list of instructions, run one by one on floats: the numbers and gradients of eager, bit for bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autograd_core as ag
import nn
from autograd_core import Value
from autograd_core.graph import order_of_all
from autograd_core.replay.code import Code, levels, needed
from autograd_core.replay.instructions import ADJOINT, INSTRUCTIONS, OPAQUE, SPOILT, adjoint, spoilt
from autograd_core.replay.record import MOST_SPECIAL_KINDS, record
from autograd_core.replay.scalars import numbers_of_row
from tests.support.graphs import graphs


def code_of(outputs: list[Value], inputs: list[Value], parameters: list[Value] | None = None) -> Code:
    return record(order_of_all(outputs), outputs, inputs, parameters or [])


def numbers(code: Code, inputs: list[Value], parameters: list[Value]) -> list[float]:
    own = [np.array([leaf.data for leaf in leaves]) for leaves in (inputs, parameters)]
    return numbers_of_row(code, *own)


def same(a: float, b: float) -> bool:
    """To the bit, zeros of either sign and nans of any being one."""
    return a == b or (a != a and b != b)


def check(root: Value, inputs: list[Value], parameters: list[Value] | None = None) -> Code:
    """All nodes' numbers and gradients against those of backward()."""
    parameters = parameters or []
    code = code_of([root], inputs, parameters)
    found = numbers(code, inputs, parameters)
    order = ag.topological_order(root)
    is_shared = len(set(code.slot_of.tolist())) < len(order)  # gradients of equal nodes are added in another order
    for node in [*order, *inputs, *parameters]:
        node.grad = 0.0
    root.backward()
    for node, slot in zip(order, code.slot_of.tolist()):
        assert same(found[slot], node.data), node
    for leaf, place in zip([*inputs, *parameters], [*code.by_inputs.tolist(), *code.by_parameters.tolist()]):
        gradient = found[place] if place >= 0 else 0.0
        assert same(gradient, leaf.grad) or (is_shared and math.isclose(gradient, leaf.grad, rel_tol=1e-12)), leaf
    return code


def names(code: Code) -> list[str]:
    return [INSTRUCTIONS[each].name for each in code.codes]


@settings(max_examples=400)
@given(graphs())
def test_random_graphs_at_any_numbers(root: Value) -> None:
    leaves = ag.leaves(root)
    check(root, leaves[::2], leaves[1::2])
    check(root, leaves)
    check(root, [], leaves)
    check(root, leaves[:1])  # the others are constants


SPECIAL = [0.0, -0.0, 1.5, -math.inf, math.inf, math.nan]


@pytest.mark.slow
@pytest.mark.parametrize("a", SPECIAL)
@pytest.mark.parametrize("b", SPECIAL)
def test_rules_at_special_numbers(a: float, b: float) -> None:
    x, y = Value(a), Value(b)
    parts = [
        ag.where(x < y, ag.log(x), 3.0 * y), ag.where(x, y, 1.0), ag.sqrt(x) * y, x * 0.0 + y, (x - y) ** 2.0,
        x**y, x**-0.5, ag.maximum(x, y, 1.0), ag.clamp(x, -1.0, y * y + 1.0), ag.softmax([x, y, x])[0],
        ag.log_softmax([y, x, 0.5])[2], ag.dot([x, 2.0], [y, x], 1.0), ag.stop_gradient(x) * y, ag.relu(x) + abs(y),
        ag.leaky_relu(x, y), nn.losses.huber(x, y, 1.5), nn.losses.binary_cross_entropy(x, 1.0), ag.where(y, x, y),
    ]  # fmt: skip
    for part in parts:
        check(part, [x, y])
        check(part * y, [x, y])
        check(ag.where(x, part, 0.5) * 2.0, [x], [y])


def test_a_network_bit_for_bit() -> None:
    model = nn.MLP(2, [6, 5, 3], activation="gelu", seed=1)
    inputs = [Value(0.3), Value(-0.2)]
    code = check(nn.losses.cross_entropy(model(inputs), 2), inputs, model.parameters())
    assert names(code).count("softmax") == names(code).count("log_softmax") == 1  # shared by all components
    assert len(code.opaque) == 0


def test_the_rules_of_an_adjoint() -> None:
    assert adjoint(0.0, math.inf, 2.0, 3.0, 0.0, math.nan) == 6.0
    assert adjoint() == 0.0
    assert math.isnan(adjoint(1.0, math.nan))
    assert math.copysign(1.0, adjoint(-1.0, 0.0)) == 1.0  # as a sum that begins with 0
    assert [spoilt(0.0, math.nan), spoilt(2.0, 1.0)] == [0.0, 2.0]
    assert math.isnan(spoilt(2.0, math.nan))


def test_one_edge_with_derivative_1_takes_no_instruction() -> None:
    x, y = Value(2.0), Value(3.0)
    code = code_of([ag.tanh((x + y) - 1.0)], [x, y])
    assert code.by_inputs[0] == code.by_inputs[1]
    assert names(code).count("adjoint") == 1


def test_what_no_gradient_needs_is_not_computed() -> None:
    x, w = Value(2.0), Value(3.0)
    code = code_of([ag.tanh(x) * ag.sin(w)], [x], [w])
    assert "cos" in names(code)
    pruned = needed(code, np.concatenate([code.outputs, code.by_inputs]))
    assert "cos" not in names(pruned)
    assert "sech_squared" in names(pruned)
    assert needed(code, np.concatenate([code.outputs, code.by_inputs, code.by_parameters])) is code
    values = code.selected(code.is_value)
    assert names(values) == ["tanh", "sin", "multiply"]


def test_components_share_one_instruction_and_what_no_input_reaches_does_not_vary() -> None:
    x, w = Value(0.5), Value(2.0)
    shares = ag.softmax([x, w, 1.0])
    code = code_of([shares[0] * shares[1] + ag.exp(w)], [x], [w])
    assert names(code).count("softmax") == 1
    varies = dict(zip(names(code), code.varies[code.results].tolist()))
    assert varies["softmax"]
    assert not varies["exp"]


def test_a_choice_between_1_and_0_by_a_number_is_not_the_number() -> None:
    @ag.primitive()
    def kept(x: float) -> float:
        return ag.where(x, 1.0, 0.0) * x

    kept.define_partials(lambda out, x: (ag.where(x, 1.0, 0.0),))
    for number in (2.0, 0.0):
        x = Value(number)
        check(kept(x) * 3.0, [x])


def test_levels_count_from_the_leaves() -> None:
    x = Value(2.0)
    code = code_of([ag.sin(ag.exp(x)) + ag.exp(x)], [x])
    values = code.selected(code.is_value)
    assert levels(values).tolist() == [1, 2, 3]


def test_constants_are_folded_and_equal_nodes_are_one() -> None:
    x, c = Value(2.0), Value(3.0)
    code = code_of([(x * c) * (c * 2.0) + (x * c) + ag.exp(c)], [x])
    assert names(code.selected(code.is_value)) == ["multiply", "multiply", "add", "add"]
    assert set(code.constants.tolist()) >= {3.0, 6.0, math.exp(3.0)}


def test_zeros_of_both_signs_are_two_constants() -> None:
    x = Value(2.0)
    code = check(x * 0.0 + x / ag.atan2(0.0, -1.0 * x) + ag.atan2(-0.0, -1.0 * x), [x])
    assert sorted(math.copysign(1.0, number) for number in code.constants if number == 0.0) == [-1.0, 1.0]


def test_many_constants_make_no_kind_each() -> None:
    x = Value(0.5)
    terms = [x / (1.0 + index) for index in range(3 * MOST_SPECIAL_KINDS)]
    check(ag.sum(terms), [x])
    components = [ag.softmax([x, *[Value(float(i)) for i in range(60)]])[index] for index in range(61)]
    check(ag.sum(components), [x])


def test_gradients_flow_to_outputs_within_and_are_added_for_several() -> None:
    x = Value(2.0)
    inner = x * x
    code = code_of([inner * x, inner, inner], [x])
    found = numbers(code, [x], [])
    assert found[int(code.by_inputs[0])] == 3 * 4.0 + 2 * 4.0
    assert [found[slot] for slot in code.outputs] == [8.0, 4.0, 4.0]


def test_a_condition_passes_nothing_on_however_long_the_way_to_it() -> None:
    x = Value(2.0)
    v = x
    for _ in range(200):  # more rounds than are gone together
        v = v * 1.01
    check(ag.where(v > 1.0, x, 2.0 * x), [x])
    check(ag.stop_gradient(v) + x, [x])


def test_a_nan_makes_the_derivatives_of_its_node_nan_unless_nothing_flows() -> None:
    x, y = Value(math.inf), Value(0.0)
    nan = x - x
    check(nan, [x])
    check(ag.where(y, nan, x) + y, [x, y])
    check(ag.where(x, nan, x), [x])
    check((nan**0.0) * y, [x, y])
    code = code_of([ag.where(y, ag.tanh(x), x)], [x, y])
    assert names(code).count("spoilt") == 1  # of what where may ignore
    assert SPOILT != ADJOINT


def test_a_users_primitive_that_cannot_be_traced_is_called() -> None:
    @ag.primitive()
    def bump(x: float, y: float) -> float:
        return math.exp(-1.0 / x) * y if x > 0.0 else 0.0

    @bump.define_partials
    def bump_partials(out: Any, x: Any, y: Any) -> Any:
        return (out / (x * x) if x > 0.0 else None, math.exp(-1.0 / x) if x > 0.0 else None)

    for a in (2.0, -1.0, math.nan):
        x, y = Value(a), Value(3.0)
        code = check(bump(x, y) * bump(x, 2.0) + x, [x], [y])
        assert len(code.opaque) == 2
        partials = [i for i, each in enumerate(code.codes.tolist()) if each >= OPAQUE and each % 2]
        assert [len(code.results_of(i)) for i in partials] == [2, 2]  # one for each operand
