"""The lane machine on programs: one row, blocks, sums, threads, and against a program run as plainly as can be."""

from __future__ import annotations

import math
import random
import threading
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.graph import order_of_all
from autograd_core.replay.code import Code, needed
from autograd_core.replay.instructions import INSTRUCTIONS
from autograd_core.replay.record import record
from autograd_core.replay.scalars import results_of
from tests.support.machines import HAS_NUMBA
from tests.support.reference import ReferenceMachine, is_close
from tests.support.seeds import seeded
from tests.support.special_numbers import drawn

pytestmark = [pytest.mark.slow, pytest.mark.seeded, pytest.mark.skipif(not HAS_NUMBA, reason="needs numba")]
if HAS_NUMBA:
    from autograd_core.replay import lane_interpreter, lanes
    from autograd_core.replay.lane_stream import stream_of
    from autograd_core.replay.lanes import LaneMachine

Array = np.ndarray[Any, Any]


OPERATIONS: list[tuple[int, Any]] = [
    *[(1, f) for f in (ag.tanh, ag.sin, ag.cos, ag.softplus, ag.sigmoid, ag.exp, ag.relu, ag.gelu, ag.log, ag.sqrt)],
    *[(1, lambda a: a**2.0), (1, lambda a: a**1.0), (1, lambda a: a**-1.0), (1, lambda a: a**3.0)],
    *[(2, lambda a, b: a + b), (2, lambda a, b: a * b), (2, lambda a, b: a / b), (2, ag.maximum), (2, ag.hypot)],
    *[(3, ag.where), (2, lambda a, b: ag.where(a < b, a, b * 0.5))],
    *[(3, lambda *a: ag.softmax(a)[1]), (5, lambda *a: ag.softmax(a)[2]), (3, lambda *a: ag.log_softmax(a)[0])],
    *[(4, lambda *a: ag.logsumexp(a)), (4, lambda *a: ag.norm(a)), (6, lambda *a: ag.sum(a)), (3, ag.minimum)],
    *[(3, lambda *a: ag.prod(a)), (5, lambda a, b, c, d, e: ag.dot([a, b], [c, d], e))],
    (3, lambda *a: ag.softmax(a)[2] * ag.softmax(a)[0]),
]


def random_program(seed: object) -> Code:
    """A program whose constants are ordinary or not, with outputs that may be leaves or the same one twice."""
    rng = seeded("lanes", "program", seed)
    inputs = [ag.Value(0.5, f"x{index}") for index in range(rng.randrange(4))]
    parameters = [ag.Value(0.5, f"p{index}") for index in range(rng.randrange(0 if inputs else 1, 4))]
    nodes: list[Any] = [*inputs, *parameters]
    for _ in range(rng.randrange(40)):
        count, operation = rng.choice(OPERATIONS)
        operands = [rng.choice(nodes[-8:] if rng.randrange(2) else nodes) for _ in range(count)]
        if count > 1 and not rng.randrange(4):
            operands[-1] = drawn(rng)
        nodes.append(operation(*operands))
    outputs = [rng.choice(nodes) for _ in range(rng.randrange(1, 4))]
    outputs.append(nodes[-1])
    return record(order_of_all(outputs), outputs, inputs, parameters)


def numbers_for(code: Code, n_rows: int, rng: random.Random) -> tuple[Array, Array]:
    draw = drawn if rng.randrange(2) else lambda rng: rng.uniform(-2.0, 2.0)
    parameters = np.array([draw(rng) for _ in range(code.n_parameters)])
    inputs = [[draw(rng) for _ in range(code.n_inputs)] for _ in range(n_rows)]
    return parameters, np.array(inputs, float).reshape(n_rows, code.n_inputs)


def test_sums_and_products_of_special_numbers_are_those_of_the_reference_to_the_bit() -> None:
    rng = seeded("lanes", "exact programs")
    x, y, p, q = [ag.Value(1.0) for _ in range(4)]
    c = x * y + ag.where(x < y, p * x, y / p) - ag.dot([x, p], [y, q], x) * 2.0
    outputs = [ag.relu(c) * ag.maximum(x, p, y), c, x, c, ag.sum([x, x, y, p, c]), ag.prod([x, y, c])]
    code = record(order_of_all(outputs), outputs, [x, y], [p, q])
    machine, reference = LaneMachine(code), ReferenceMachine(code)
    for n_rows in (1, 2, 7, 8, 9, 63, 64, 65, 130):
        parameters = np.array([drawn(rng), drawn(rng)])
        inputs = np.array([[drawn(rng), drawn(rng)] for _ in range(n_rows)])
        expected = reference.gradients(parameters, inputs, each_row=True, with_inputs=True)
        found = machine.gradients(parameters, inputs, each_row=True, with_inputs=True)
        for ours, theirs in zip(found, expected):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(machine.values(parameters, inputs), expected.values)
        np.testing.assert_array_equal(machine.numbers(parameters, inputs), reference.numbers(parameters, inputs))


def check_rows(code: Code, rng: random.Random) -> None:
    """To the bit the same for any number of rows, and as where no slot is used again and nothing is fused."""
    machine = LaneMachine(code)
    for n_rows in (1, 2, 3, 8, 13, 64, 100):
        parameters, inputs = numbers_for(code, n_rows, rng)
        numbers = machine.numbers(parameters, inputs)
        by_parameters, by_inputs = (
            np.where(slots < 0, 0.0, numbers[:, slots]) for slots in (code.by_parameters, code.by_inputs)
        )
        found = machine.gradients(parameters, inputs, each_row=True, with_inputs=True)
        np.testing.assert_array_equal(found.values, numbers[:, code.outputs])
        np.testing.assert_array_equal(found.by_parameters, by_parameters)
        np.testing.assert_array_equal(found.by_inputs, by_inputs)
        np.testing.assert_array_equal(machine.values(parameters, inputs), found.values)
        summed = machine.gradients(parameters, inputs, each_row=False, with_inputs=False)
        assert summed.by_inputs is None
        with np.errstate(invalid="ignore", over="ignore"):
            scale = np.abs(by_parameters).sum(axis=0)
            np.testing.assert_allclose(
                summed.by_parameters[scale < 1e300],
                by_parameters.sum(axis=0)[scale < 1e300],
                atol=1e-13 * scale[scale < 1e300].max(initial=0.0),
                rtol=0.0,
            )
        one_by_one = [
            machine.gradients(parameters, inputs[i : i + 1], each_row=True, with_inputs=True) for i in range(n_rows)
        ]
        np.testing.assert_array_equal(np.concatenate([each.by_inputs for each in one_by_one]), found.by_inputs)
        np.testing.assert_array_equal(np.concatenate([each.by_parameters for each in one_by_one]), found.by_parameters)


@pytest.mark.parametrize("seed", range(60))
def test_a_program_gives_the_same_for_one_row_and_for_any_number(seed: int) -> None:
    check_rows(random_program(seed), seeded("lanes", "rows", seed))


@pytest.mark.parametrize("seed", range(20))
def test_results_side_by_side_keep_their_places_as_long_as_one_is_read(seed: int) -> None:
    rng = seeded("lanes", "side by side", seed)
    inputs = [ag.Value(0.5) for _ in range(5)]
    nodes: list[Any] = list(inputs)
    for _ in range(25):
        operands = rng.sample(nodes[-7:], rng.randrange(2, 6))
        nodes += rng.choice([ag.softmax, ag.log_softmax])(operands)
        nodes.append(nodes[-1] * nodes[-2] + 1.0)
    outputs = [rng.choice(nodes) for _ in range(6)]
    code = record(order_of_all(outputs), outputs, inputs, [])
    check_rows(code, rng)
    for number in range(10):
        one = [nodes[-1 - number]]
        machine = LaneMachine(record(order_of_all(one), one, inputs, []))
        rows = np.array([[rng.uniform(-1.0, 1.0) for _ in inputs] for _ in range(4)])
        expected = machine.numbers(np.empty(0), rows)[:, machine.code.outputs]
        np.testing.assert_array_equal(machine.values(np.empty(0), rows), expected)


def test_slots_are_used_again() -> None:
    x = ag.Value(0.5)
    y: Any = x
    for _ in range(100):
        y = ag.sum(ag.softmax([y, x, y * 0.5])) + ag.sin(y) * 0.999
    code = record(order_of_all([y]), [y], [x], [])
    stream = stream_of(needed(code, code.outputs), np.arange(code.parameters.stop, dtype=np.int32), code.outputs)
    assert stream.n_places < 30


@pytest.mark.parametrize("seed", range(60))
def test_each_instruction_of_a_program_is_computed_from_its_own_operands(seed: int) -> None:
    """Each by the reference from the numbers that the machine has, so that differences do not grow on the way."""
    code = random_program(seed)
    parameters, inputs = numbers_for(code, 9, seeded("lanes", "steps", seed))
    for numbers in LaneMachine(code).numbers(parameters, inputs).tolist():
        for instruction, first in enumerate(code.results.tolist()):
            operands = [numbers[slot] for slot in code.operands_of(instruction)]
            kind = int(code.codes[instruction])
            for computed, table in zip(numbers[first:], results_of(kind, operands)):
                assert is_close(INSTRUCTIONS[kind].name, computed, table, operands), (kind, operands)


def test_no_rows() -> None:
    x, p = ag.Value(1.0), ag.Value(2.0)
    y = x * p
    code = record(order_of_all([y]), [y], [x], [p])
    machine = LaneMachine(code)
    found = machine.gradients(np.ones(1), np.empty((0, 1)), each_row=False, with_inputs=True)
    assert found.values.shape == (0, 1)
    assert found.by_parameters.tolist() == [0.0]
    assert found.by_inputs is not None
    assert found.by_inputs.shape == (0, 1)
    assert machine.numbers(np.ones(1), np.empty((0, 1))).shape == (0, code.n_slots)


def test_what_does_not_vary_counts_once_for_each_row() -> None:
    p = ag.Value(2.0)
    y = ag.exp(p) * p
    code = record(order_of_all([y]), [y], [], [p])
    machine = LaneMachine(code)
    one = machine.gradients(np.array([2.0]), np.empty((1, 0)), each_row=False, with_inputs=False)
    three = machine.gradients(np.array([2.0]), np.empty((3, 0)), each_row=False, with_inputs=False)
    assert three.values.tolist() == one.values.tolist() * 3
    assert three.by_parameters == pytest.approx(3.0 * one.by_parameters, rel=1e-15)


def test_sums_over_many_rows_are_the_same_each_time_and_right() -> None:
    x, p = ag.Value(1.0), ag.Value(2.0)
    y = ag.sin(x * p)
    machine = LaneMachine(record(order_of_all([y]), [y], [x], [p]))
    inputs = np.random.default_rng(0).uniform(-1.0, 1.0, (5000, 1))
    found = [machine.gradients(np.array([2.0]), inputs, each_row=False, with_inputs=False) for _ in range(2)]
    assert found[0].by_parameters.tolist() == found[1].by_parameters.tolist()
    assert found[0].by_parameters[0] == pytest.approx(math.fsum((inputs * np.cos(2.0 * inputs)).ravel()), rel=1e-14)


def test_a_bound_run_reads_and_writes_its_own_arrays() -> None:
    x, y, p = ag.Value(1.0), ag.Value(1.0), ag.Value(2.0)
    z = ag.tanh(x * p) + 3.0 * p
    code = record(order_of_all([z]), [z, x], [x, y], [p])
    machine = LaneMachine(code)
    run = machine.bound(with_inputs=True)
    for number in (0.5, -0.25, math.nan):
        run.inputs[:] = number, 1.0
        run.parameters[:] = 2.0 * number
        run()
        expected = machine.gradients(run.parameters, run.inputs[None], each_row=True, with_inputs=True)
        np.testing.assert_array_equal(run.values, expected.values[0])
        np.testing.assert_array_equal(run.by_parameters, expected.by_parameters[0])
        np.testing.assert_array_equal(run.by_inputs, np.asarray(expected.by_inputs)[0])
    assert run.by_inputs[1] == 0.0
    assert machine.bound(with_inputs=False).by_inputs.shape == (0,)


def test_several_threads_at_once() -> None:
    code = random_program("threads")
    machine = LaneMachine(code)
    seeds = enumerate((1, 1, 300, 300))
    tasks = [numbers_for(code, n_rows, seeded("lanes", "threads", index)) for index, n_rows in seeds]
    expected = [machine.gradients(*task, each_row=True, with_inputs=True) for task in tasks]
    wrong: list[int] = []

    def work(index: int) -> None:
        for _ in range(200):
            found = machine.gradients(*tasks[index], each_row=True, with_inputs=True)
            if not all(
                np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True) for a, b in zip(found, expected[index])
            ):
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in (0, 1, 2, 3, 0, 1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_machine_is_usable_after_a_run_was_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    code = random_program("broken off")
    machine = LaneMachine(code)
    parameters, inputs = numbers_for(code, 3000, seeded("lanes", "broken off"))
    expected = machine.gradients(parameters, inputs, each_row=False, with_inputs=True)
    run, calls = lane_interpreter.run_rows, [0]

    def interrupted(*arguments: Any) -> int:
        status = run(*arguments)
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        return int(status)

    with monkeypatch.context() as patched:
        patched.setattr(lanes, "run_rows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            machine.gradients(parameters, inputs, each_row=False, with_inputs=True)
    found = machine.gradients(parameters, inputs, each_row=False, with_inputs=True)
    for ours, theirs in zip(found, expected):
        np.testing.assert_array_equal(ours, theirs)


def test_a_code_that_is_none_is_an_error() -> None:
    memory = np.zeros(64)
    for words in ([9999, 0, 1, 0], [-1]):
        assert lane_interpreter.run_one_row(np.array(words, np.int32), memory[:3]) == 1
        nothing = np.empty((0, 0))
        arguments = (np.array(words, np.int32), memory, 1, 0, np.empty((3, 0)), 0, np.empty((3, 0)))
        assert lane_interpreter.run_rows(*arguments, nothing, nothing, np.empty(0)) != 0
