"""What a program leaves alone: other threads' runs, NumPy's error state, the user's arrays and Values, its copies."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
import nn
from autograd_core import Value
from autograd_core.replay import choose
from autograd_core.replay.arrays import MOST_WORKSPACES, ArrayMachine
from tests.support.machines import KINDS, force

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    force(request.param, monkeypatch)
    return str(request.param)


@pytest.fixture
def _eager_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def network() -> ag.Program:
    model = nn.MLP(2, [5, 4, 1], activation="tanh", seed=3)
    leaves = [Value(0.5, "x"), Value(-0.5, "y"), Value(1.0, "target")]
    return ag.compile(nn.losses.squared_error(model(leaves[:2]), leaves[2]), leaves, model.parameters())


def special() -> ag.Program:
    """Divides by zero, overflows, and takes logarithms of negative numbers, for some inputs."""
    x, y, w = Value(1.0, "x"), Value(1.0, "y"), Value(2.0, "w")
    return ag.compile(w * (ag.log(x) / y + ag.exp(x) * ag.sqrt(y)), inputs=[x, y], parameters=[w])


SPECIAL_ROWS = np.array([[0.0, 0.0], [-1.0, np.inf], [1e308, -1.0], [np.nan, 0.0], [1.0, 1.0]])

METHODS: dict[str, Callable[[ag.Program, Array], Any]] = {
    "forward": lambda program, rows: program.forward(rows),
    "value_and_grad": lambda program, rows: program.value_and_grad(rows, wrt_inputs=True),
    "value_and_grad of each": lambda program, rows: program.value_and_grad(rows, reduce="none", wrt_inputs=True),
    "node_values": lambda program, rows: program.node_values(rows),
    "node_gradients": lambda program, rows: program.node_gradients(rows),
}
methods = pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))


def flat(result: Any) -> Array:
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.ravel(part) for part in parts])


# -- threads --


@pytest.mark.usefixtures("_eager_switches", "kind")
def test_threads_may_run_one_program_at_a_time() -> None:
    """Each with rows and parameters of its own, as many rows as others have or more; nobody sees others' numbers."""
    program, alone = network(), network()
    rng = np.random.default_rng(0)
    calls = []
    for number in range(24):
        rows, parameters = rng.normal(size=(1 + number % 8, 3)), rng.normal(size=len(program.parameters))
        expected = flat(alone.value_and_grad(rows, parameters, reduce="none", wrt_inputs=True))
        calls.append((rows, parameters, expected))
    wrong: list[object] = []
    start = threading.Barrier(6)

    def run(first: int) -> None:
        try:
            start.wait()
            for number in range(120):
                rows, parameters, expected = calls[(first + 5 * number) % len(calls)]
                found = flat(program.value_and_grad(rows, parameters, reduce="none", wrt_inputs=True))
                if not np.allclose(found, expected, rtol=1e-12, atol=0.0):
                    wrong.append((first, number))
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(4 * number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- NumPy's error state --


@methods
@pytest.mark.parametrize("state", ["raise", "warn", "ignore"])
@pytest.mark.usefixtures("kind")
def test_numpy_s_error_state_is_neither_obeyed_nor_changed(state: Any, method: Callable[..., Any]) -> None:
    program = special()
    with np.errstate(all="ignore"):
        expected = flat(method(program, SPECIAL_ROWS))
    with np.errstate(all=state):
        before = np.geterr()
        assert np.array_equal(flat(method(program, SPECIAL_ROWS)), expected, equal_nan=True)
        assert np.geterr() == before


@pytest.mark.parametrize("failing", ["forward", "partials"])
def test_numpy_s_error_state_comes_back_where_a_primitive_raises(failing: str) -> None:
    @ag.primitive()
    def brittle(x: float) -> float:
        if failing == "forward" and x > 5.0:
            raise KeyError("brittle")
        return float(x)

    @brittle.define_partials
    def brittle_partials(out: Any, x: Any) -> Any:
        if failing == "partials" and x > 5.0:
            raise KeyError("brittle")
        return (1.0,)

    x = Value(1.0)
    program = ag.compile(brittle(x) * 2.0, inputs=[x])
    with np.errstate(all="raise"):
        before = np.geterr()
        with pytest.raises(KeyError, match="brittle"):
            program.value_and_grad([[1.0], [6.0]], reduce="none", wrt_inputs=True)
        assert np.geterr() == before
    assert program.forward([[2.0], [3.0]]).tolist() == [4.0, 6.0]


# -- arrays and Values --


@methods
@pytest.mark.usefixtures("kind")
def test_the_users_values_stay_as_they_are(method: Callable[..., Any]) -> None:
    program = network()
    for node in program.nodes:
        node.grad = 7.0
    before = [(node.data, node.grad, node.operands, node.local_derivatives) for node in program.nodes]
    method(program, np.array([[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]))
    assert [(node.data, node.grad, node.operands, node.local_derivatives) for node in program.nodes] == before


@pytest.mark.usefixtures("kind")
def test_backward_writes_gradients_of_parameters_only() -> None:
    program = network()
    parameters = set(program.parameters)
    for node in program.nodes:
        node.grad = 7.0
    data = [node.data for node in program.nodes]
    program.backward([[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    assert [node.data for node in program.nodes] == data
    assert all((node.grad == 7.0) == (node not in parameters) for node in program.nodes)


@methods
@pytest.mark.usefixtures("kind")
def test_results_are_the_callers_own_and_inputs_too(method: Callable[..., Any]) -> None:
    program = network()
    rows = np.array([[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    rows.setflags(write=False)
    first = method(program, rows)
    kept = flat(first).copy()
    method(program, rows + 1.0)
    assert np.array_equal(flat(first), kept)
    for part in first if isinstance(first, tuple) else (first,):
        if isinstance(part, np.ndarray):
            part[...] = np.nan
    assert np.array_equal(flat(method(program, rows)), kept)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda program: pickle.loads(pickle.dumps(program))])
@pytest.mark.usefixtures("kind")
def test_a_copy_of_a_program_that_has_run_runs_on_its_own(copied: Callable[[ag.Program], ag.Program]) -> None:
    program = network()
    first, second = [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]
    expected = [program.forward(row) for row in (first, second)]
    other = copied(program)
    assert [other.forward(row) for row in (first, second)] == expected
    assert [program.forward(row) for row in (first, second)] == expected


def test_workspaces_are_kept_for_a_few_sizes_of_batches_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "best_machine", lambda code, n_rows, dtype: ArrayMachine)
    program = network()
    for count in range(1, 12):
        program.forward(np.ones((count, 3)))
    [machine] = program._machine.of_kind.values()
    assert isinstance(machine, ArrayMachine)
    assert [len(plan._idle) for plan in machine._plans.values()] == [MOST_WORKSPACES]
