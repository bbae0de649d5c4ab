"""The arrays machine beside a reference that runs one instruction after another in Python's floats."""

from __future__ import annotations

import math
import random
import re
import threading
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
import nn
from autograd_core.graph import order_of_all
from autograd_core.replay import arrays
from autograd_core.replay.arrays import ArrayMachine
from autograd_core.replay.code import Code
from autograd_core.replay.record import record
from tests.support.graphs import OPERATIONS
from tests.support.reference import ReferenceMachine
from tests.support.seeds import seeded

pytestmark = pytest.mark.slow

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-320, 1e300]
MORE_OPERATIONS: list[tuple[int, Any]] = [
    (1, ag.sigmoid),
    (2, lambda a, b: ag.where(a < b, a, b * 2.0)),
    (3, lambda a, b, c: ag.logsumexp([a, b, c])),
    (3, lambda a, b, c: ag.norm([a, b, c])),
    (3, lambda a, b, c: ag.log_softmax([a, b, c])[2]),
    (2, lambda a, b: ag.clamp(a, b, b + 1.0)),
    (1, lambda a: a**2.5),
    (2, lambda a, b: a**b),
]


def code_of(outputs: Sequence[ag.Value], inputs: Sequence[ag.Value], parameters: Sequence[ag.Value]) -> Code:
    return record(order_of_all(outputs), outputs, inputs, parameters)


def numbers(leaves: Sequence[ag.Value]) -> Any:
    return np.array([leaf.data for leaf in leaves], float)


def assert_same(code: Code, parameters: Any, inputs: Any, rel: float = 1e-11, dtype: Any = float) -> ArrayMachine:
    """All that a machine gives is what the reference gives, without a warning."""
    machine, reference = ArrayMachine(code, dtype), ReferenceMachine(code)

    def same(found: Any, expected: Any) -> None:
        assert found.dtype == dtype
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(found, np.asarray(expected, dtype), rtol=rel, atol=rel)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(machine.values(parameters, inputs), reference.values(parameters, inputs))
        same(machine.numbers(parameters, inputs), reference.numbers(parameters, inputs))
        for each_row in (False, True):
            for with_inputs in (False, True):
                found = machine.gradients(parameters, inputs, each_row, with_inputs)
                expected = reference.gradients(parameters, inputs, each_row, with_inputs)
                same(found.values, expected.values)
                same(found.by_parameters, expected.by_parameters)
                if with_inputs:
                    same(found.by_inputs, expected.by_inputs)
                else:
                    assert found.by_inputs is None
    return machine


def random_case(rng: random.Random, is_special: bool) -> tuple[Code, Any, Any]:
    """A random graph of one or two outputs, with parameters and rows."""

    def number() -> float:
        return rng.choice(SPECIAL) if is_special and rng.random() < 0.3 else rng.gauss(0.0, 1.0)

    leaves = [ag.Value(number()) for _ in range(rng.randint(2, 5))]
    nodes: list[Any] = list(leaves)
    for _ in range(rng.randint(1, 40)):
        count, operation = rng.choice([*OPERATIONS, *MORE_OPERATIONS])
        operands = [
            rng.choice(nodes),
            *[number() if rng.random() < 0.15 else rng.choice(nodes) for _ in range(count - 1)],
        ]
        nodes.append(operation(*operands))
    outputs = nodes[-rng.randint(1, 2) :]
    n_inputs = rng.randint(0, len(leaves))
    shape = (rng.choice([1, 2, 7]), n_inputs)
    code = code_of(outputs, leaves[:n_inputs], leaves[n_inputs:])
    parameters = np.array([number() for _ in leaves[n_inputs:]], float)
    return code, parameters, np.array([number() for _ in range(shape[0] * shape[1])], float).reshape(shape)


@pytest.mark.seeded
@pytest.mark.parametrize("is_special", [False, True])
@pytest.mark.parametrize("case", range(15))
def test_random_graphs(case: int, is_special: bool) -> None:
    assert_same(*random_case(seeded("arrays", case, is_special), is_special), rel=1e-9)


def network(activation: str = "tanh") -> tuple[nn.MLP, list[ag.Value], ag.Value]:
    model = nn.MLP(2, [16, 16, 1], activation=activation, seed=3)
    inputs = [ag.Value(0.3, "x"), ag.Value(-0.2, "y"), ag.Value(1.0, "target")]
    return model, inputs, nn.losses.hinge(model(inputs[:2]), inputs[2])


def rows_of(count: int, width: int = 3) -> Any:
    return np.random.default_rng(count).normal(size=(count, width))


@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_network_on_rows(activation: str, count: int) -> None:
    model, inputs, loss = network(activation)
    assert_same(code_of([loss], inputs, model.parameters()), numbers(model.parameters()), rows_of(count))


def recorded_whole(count: int) -> tuple[Code, Any]:
    model, _, _ = network("relu")
    samples = rows_of(count).tolist()
    loss = ag.mean([nn.losses.hinge(model([x, y]), math.copysign(1.0, t)) for x, y, t in samples])
    return code_of([loss], [], model.parameters()), numbers(model.parameters())


@pytest.mark.parametrize("n_rows", [1, 3])
def test_network_recorded_whole(n_rows: int) -> None:
    code, parameters = recorded_whole(7)
    assert_same(code, parameters, np.zeros((n_rows, 0)))


@pytest.mark.parametrize("count", [7, 9])
def test_chunks_of_odd_lengths(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(arrays, "MOST_NUMBERS", 1)
    monkeypatch.setattr(arrays, "FEWEST_NUMBERS_A_CALL", 40)
    model, inputs, loss = network()
    code = code_of([loss], inputs, model.parameters())
    assert 1 < len(ArrayMachine(code)._plan(False, True, False).ends(count)) - 1 < count
    assert_same(code, numbers(model.parameters()), rows_of(count))


def test_one_infinite_row_among_others_keeps_to_the_conventions() -> None:
    model, inputs, loss = network("relu")
    rows = rows_of(9)
    rows[4, 0], rows[6, 1] = math.inf, math.nan
    assert_same(code_of([loss], inputs, model.parameters()), numbers(model.parameters()), rows)


def test_an_upstream_of_0_passes_nothing_on_to_an_infinite_derivative() -> None:
    x, y = ag.Value(0.0), ag.Value(0.0)
    code = code_of([ag.sqrt(x) * y], [x], [y])
    found = assert_same(code, np.zeros(1), np.zeros((3, 1))).gradients(np.zeros(1), np.zeros((3, 1)), False, True)
    assert found.by_inputs is not None
    assert found.by_inputs.tolist() == [[0.0]] * 3


def test_nan_spoils_derivatives_that_are_numbers() -> None:
    x = ag.Value(1.0)
    code = code_of([ag.where(x > 0.0, x * 2.0, x * 3.0), x * 4.0], [x], [])
    assert_same(code, np.zeros(0), np.array([[math.nan], [2.0], [-1.0]]))


def test_outputs_that_are_leaves_constants_or_the_same() -> None:
    x, p, c = ag.Value(1.0), ag.Value(2.0), ag.Value(3.0)
    code = code_of([x, p, c, x + p, x, p * 1.0], [x], [p])
    assert_same(code, np.array([5.0]), np.array([[1.0], [7.0], [9.0]]))


def test_parameters_without_influence_have_gradient_0() -> None:
    p, q = ag.Value(2.0), ag.Value(3.0)
    found = ArrayMachine(code_of([p * p], [], [p, q])).gradients(np.array([2.0, 3.0]), np.zeros((4, 0)), False, False)
    assert found.by_parameters.tolist() == [16.0, 0.0]


def test_no_rows() -> None:
    model, inputs, loss = network()
    machine = ArrayMachine(code_of([loss], inputs, model.parameters()))
    found = machine.gradients(numbers(model.parameters()), np.zeros((0, 3)), False, True)
    assert found.values.shape == (0, 1)
    assert not found.by_parameters.any()


def test_float32() -> None:
    model, inputs, loss = network()
    parameters = numbers(model.parameters())
    assert_same(code_of([loss], inputs, model.parameters()), parameters, rows_of(5), rel=2e-5, dtype=np.float32)


@ag.primitive("function", name="branching")
def branching(x: float, y: float) -> float:
    return x * y if x > 0.0 else y


@branching.define_partials
def branching_partials(out: Any, x: Any, y: Any) -> tuple[Any, ...]:
    return (y, x) if float(x) > 0.0 else (None, 1.0)


def test_functions_of_users_are_called_as_they_are() -> None:
    x, p = ag.Value(1.0), ag.Value(2.0)
    code = code_of([branching(x, p) + branching(p, x * p)], [x], [p])
    assert len(code.opaque) == 2
    machine = assert_same(code, np.array([2.0]), np.array([[1.0], [-1.0], [0.0]]))
    assert "user_function_1000" in machine.text


@ag.primitive("function", name="without_nan")
def without_nan(x: float) -> float:
    return 0.0 if math.isnan(x) else x


@without_nan.define_partials
def without_nan_partials(out: Any, x: Any) -> tuple[Any, ...]:
    return (1.0 if math.isnan(float(x)) else 2.0,)


def test_nan_that_no_output_shows_spoils_derivatives() -> None:
    x = ag.Value(1.0)
    rows = np.array([[math.nan], [1.0]])
    machine = assert_same(code_of([without_nan(x * 3.0)], [x], []), np.zeros(0), rows)
    found = machine.gradients(np.zeros(0), rows, False, True).by_inputs
    assert found is not None
    assert np.isnan(found[0, 0])
    assert found[1, 0] == 6.0


def test_gradients_that_are_the_same_for_all_rows_count_once_for_each() -> None:
    x, weights = ag.Value(1.0), [ag.Value(0.5 + number) for number in range(8)]
    sums = [ag.dot(weights, [math.sin(8.0 * row + place) for place in range(8)]) for row in range(3)]
    parameters = numbers(weights)
    assert_same(code_of([weights[0] + x], [x], weights), parameters, rows_of(5, 1))
    assert_same(code_of([ag.sum([x, *map(ag.tanh, sums)])], [x], weights), parameters, rows_of(5, 1))
    assert_same(
        code_of([ag.sum([x, *map(ag.tanh, sums)])], [], [x, *weights]), np.array([1.0, *parameters]), rows_of(5, 0)
    )


# -- what the text shows ---------------------------------------------------------------------------------------------


def matrix_products(text: str) -> list[str]:
    return re.findall(r"matmul\(.*# (.*)", text)


def test_a_batch_through_a_network_of_scalars_is_three_matrix_products_and_their_adjoints() -> None:
    model, inputs, loss = network("relu")
    text = ArrayMachine(code_of([loss], inputs, model.parameters())).text
    assert sorted(matrix_products(text)) == sorted(
        [
            "1 × 16 sums of 3 products",
            "1 × 16 sums of 17 products",
            "1 × 1 sums of 17 products",
            "1 × 16 sums of 16 products",
            "16 × 3 sums of 1 products",
            "16 × 17 sums of 1 products",
            "1 × 17 sums of 1 products",
        ]
    )
    assert "take" not in text  # all operands lie side by side


def test_a_network_recorded_whole_is_matrix_products_over_its_samples() -> None:
    text = ArrayMachine(recorded_whole(100)[0]).text
    assert sorted(matrix_products(text)) == sorted(
        [
            "100 × 16 sums of 3 products",
            "100 × 16 sums of 17 products",
            "100 × 1 sums of 17 products",
            "100 × 16 sums of 16 products",
            "16 × 3 sums of 100 products",
            "16 × 17 sums of 100 products",
            "1 × 17 sums of 100 products",
        ]
    )
    assert len(re.findall(r"out=|take", text)) <= 26


def test_the_text_for_any_numbers_multiplies_no_adjoints_as_matrices() -> None:
    code, _ = recorded_whole(20)
    careful = ArrayMachine(code)._plan(False, False, True).text.text
    assert len(matrix_products(careful)) == 3
    assert "passed_on" in careful


# -- several threads, and runs that are broken off --------------------------------------------------------------------


def test_threads_do_not_meet() -> None:
    model, inputs, loss = network()
    machine = ArrayMachine(code_of([loss], inputs, model.parameters()))
    parameters = numbers(model.parameters())
    batches = [rows_of(20 + number) for number in range(4)]
    expected = [ArrayMachine(machine.code).gradients(parameters, rows, False, False).by_parameters for rows in batches]
    found: dict[int, list[Any]] = {number: [] for number in range(4)}

    def run(number: int) -> None:
        for _ in range(30):
            found[number].append(machine.gradients(parameters, batches[number], False, False).by_parameters)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, several in found.items():
        assert len(several) == 30
        assert all((each == expected[number]).all() for each in several)


def test_a_run_that_is_broken_off_leaves_the_machine_and_numpys_warnings_as_they_were() -> None:
    is_interrupted = True

    @ag.primitive("function", name="stops")
    def stops(x: float) -> float:
        if is_interrupted and x != 1.0:
            raise KeyboardInterrupt
        return x + 0.0 if x > 0.0 else x

    @stops.define_partials
    def _(out: Any, x: Any) -> tuple[Any, ...]:
        return (1.0 if float(x) > 0.0 else 2.0,)

    x = ag.Value(1.0)
    machine = ArrayMachine(code_of([stops(x)], [x], []))
    before = np.geterr()
    with pytest.raises(KeyboardInterrupt):
        machine.gradients(np.zeros(0), np.array([[3.0]]), False, True)
    assert np.geterr() == before
    is_interrupted = False
    found = machine.gradients(np.zeros(0), np.array([[3.0], [-3.0]]), False, True)
    assert found.by_inputs is not None
    assert found.by_inputs.tolist() == [[1.0], [2.0]]
