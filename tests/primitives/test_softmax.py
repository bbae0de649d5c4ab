"""softmax and log_softmax compute all their components at once: the same nodes, bits and derivatives as one by one."""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd_core as ag
from autograd_core import Value
from autograd_core.contexts import Context, Effect
from autograd_core.primitives import TABLE, Primitive, ieee
from tests.support.oracles import ORACLES, PRECISION, Exact, ulps

inf, nan = math.inf, math.nan

FUNCTIONS: dict[str, Callable[[Any], list[Any]]] = {"softmax": ag.softmax, "log_softmax": ag.log_softmax}

both = pytest.mark.parametrize("name", FUNCTIONS)
logits = st.one_of(
    st.floats(-5.0, 5.0),
    st.floats(-800.0, 800.0),
    st.sampled_from([0.0, -0.0, inf, -inf, nan, 1e308, -1e308, 5e-324]),
)


class Weight(Value):
    """A Value of a user's own kind."""


def bits(number: float | None) -> bytes | None:
    """The float, bit by bit; one pattern stands for every nan."""
    return number if number is None else struct.pack("d", number if number == number else nan)


def close(derivative: float, truth: Exact) -> bool:
    return ulps(derivative, truth) <= 8.0


def one_by_one(primitive: Primitive, values: Sequence[Any]) -> list[Value]:
    """Each component recorded by itself, as the table's row says."""
    return [Value(0.0).__apply_primitive__(primitive, (float(index), *values)) for index in range(len(values))]


def check_same_nodes(nodes: Sequence[Value], expected: Sequence[Value]) -> None:
    assert len(nodes) == len(expected)
    for node, other in zip(nodes, expected):
        assert type(node) is Value
        assert node.op is other.op
        assert len(node.operands) == len(other.operands)
        for operand, same in zip(node.operands, other.operands):
            assert operand is same or bits(operand) == bits(same)  # type: ignore[arg-type]
        assert bits(node.data) == bits(other.data)
        assert list(map(bits, node.local_derivatives)) == list(map(bits, other.local_derivatives))
        assert {type(derivative) for derivative in node.local_derivatives} <= {float, type(None)}
        assert (node.grad, node.label) == (0.0, "")


@both
@given(numbers=st.lists(logits, min_size=1, max_size=9), kinds=st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_the_nodes_are_those_of_each_component_by_itself(name: str, numbers: list[float], kinds: list[int]) -> None:
    """Of Values, Values of a class derived from it, floats and other numbers, in any order."""
    makers: list[Callable[[float], Any]] = [Value, Value, Weight, float]
    values = [Value(0.5), *[makers[kind](number) for kind, number in zip(kinds, numbers)]]
    check_same_nodes(FUNCTIONS[name](values), one_by_one(TABLE[name], values))


@both
def test_the_sum_of_the_others_keeps_what_is_far_below_the_last_digit(name: str) -> None:
    """Where one share is nearly 1: many small others, before it and after it."""
    for own, count in itertools.product((0, 7, 15), (1, 2, 16)):
        values = [Value(50.0 if index == own % count else 0.01 * index) for index in range(count)]
        nodes = FUNCTIONS[name](values)
        check_same_nodes(nodes, one_by_one(TABLE[name], values))
        with mp.workprec(PRECISION):
            exact = [mp.mpf(value.data) for value in values]
            for index, node in enumerate(nodes):
                truth = ORACLES[name].partials(index, *exact)
                assert all(map(close, node.local_derivatives[1:], truth[1:]))


@both
def test_numbers_alone_give_floats(name: str) -> None:
    for numbers in ([1, 2.0, True], [0.5], (1.0, -inf), iter([3.0, 4])):
        components = FUNCTIONS[name](numbers)
        assert {type(component) for component in components} == {float}
    values = [1.0, 2.0, 0.5]
    assert FUNCTIONS[name](values) == [node.data for node in FUNCTIONS[name]([Value(value) for value in values])]


@both
def test_one_computation_serves_all_components(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    exponentials = ieee.shifted_exponentials

    def counted(values: Sequence[float], largest: float) -> list[float]:
        calls.append(len(values))
        return exponentials(values, largest)

    monkeypatch.setattr(ieee, "shifted_exponentials", counted)
    FUNCTIONS[name]([Value(0.1 * index) for index in range(50)])
    assert calls in ([50], [50, 50])


@both
def test_in_an_object_array(name: str) -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    values = [Value(0.5), Value(-1.0), 2.0]
    nodes = FUNCTIONS[name](np.array(values, dtype=object))
    check_same_nodes(nodes, one_by_one(TABLE[name], values))
    assert FUNCTIONS[name](np.array([0.0, 0.0], dtype=np.float32)) == FUNCTIONS[name]([0.0, 0.0])
    with pytest.raises(TypeError, match="expected a real number, got ndarray"):
        FUNCTIONS[name](np.zeros((2, 2)))


@both
def test_conditions_among_the_values_are_recorded(name: str) -> None:
    x = Value(2.0)
    positive = x > 0
    for values in ([x, positive], [positive, x, 0.5], [positive, 0.5]):
        nodes = FUNCTIONS[name](values)
        numbers = [1.0 if value is positive else getattr(value, "data", value) for value in values]
        assert [node.data for node in nodes] == FUNCTIONS[name](numbers)
        assert [type(operand) for operand in nodes[0].operands[1:]] == [
            float if type(value) is float else Value for value in values
        ]


@both
def test_other_operands_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match="expected a real number, got str"):
        FUNCTIONS[name]([Value(1.0), "2"])
    with pytest.raises(TypeError, match="expected a real number, got str"):
        FUNCTIONS[name]([1.0, "2"])


@both
def test_without_recording_they_are_leaves(name: str) -> None:
    values = [Value(1.0), 2.0, Value(3.0)]
    with ag.no_grad():
        nodes = FUNCTIONS[name](values)
    assert [node.data for node in nodes] == FUNCTIONS[name]([1.0, 2.0, 3.0])
    assert all(node.op is None and node.operands == () and node.local_derivatives == () for node in nodes)


@both
def test_observers_see_each_component_as_it_is_recorded(name: str) -> None:
    seen: list[Value] = []
    with Context(lambda: Effect(on_record=seen.append)):
        nodes = FUNCTIONS[name]([Value(1.0), Value(2.0), 3.0])
    assert list(map(id, seen)) == list(map(id, nodes))


@both
def test_an_anomaly_names_the_component(name: str) -> None:
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError, match=name):
        FUNCTIONS[name]([Value(inf, "x"), Value(inf, "y")])


@both
def test_components_differentiated_again(name: str) -> None:
    """The gradient's graph starts from the recorded bits, whichever way they came about; its own are second order."""
    point = [0.3, -1.2, 2.5, 0.1]

    def weighted(values: Sequence[Any]) -> Any:
        return ag.dot(FUNCTIONS[name]([*values, 0.7]), [1.0, -2.0, 0.5, 3.0, -1.0], 0.0)

    ag.check_grads(weighted, point, order=2)


@both
def test_replayed(name: str) -> None:
    pytest.importorskip("numpy", reason="NumPy is not installed")
    values = [Value(0.3), Value(-1.2), Value(2.5)]

    def weighted() -> Any:
        return ag.dot(FUNCTIONS[name]([*values, 0.7]), [1.0, -2.0, 0.5, 3.0], 0.0)

    program = ag.compile(weighted(), parameters=values)
    for numbers in ([0.3, -1.2, 2.5], [40.0, -1.2, 2.5], [0.0, 0.0, -700.0]):
        for value, number in zip(values, numbers):
            value.data = number
        root = weighted()
        loss, gradient = program.value_and_grad()
        assert loss == pytest.approx(root.data, rel=1e-15)
        assert list(gradient) == pytest.approx(ag.gradients(root, values), rel=1e-13, abs=0.0)
