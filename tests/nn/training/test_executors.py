"""fit with an executor: the same bits with any workers and with none, and a step that fails changes nothing."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn import losses, optim
from tests.support.executors import PretendCluster

np = pytest.importorskip("numpy")
from autograd_core.replay import blocks  # noqa: E402

DATA = [([math.sin(i), math.cos(3 * i)], math.sin(i / 3)) for i in range(43)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)


class Deciding(nn.MLP):
    """A network of which Python decides by ``if`` which way a sample takes."""

    def __call__(self, inputs: Any) -> Any:
        output = super().__call__(inputs)
        return output * 2.0 if output > 0.1 else output - 0.5


def trained(executor: Executor | None, batch_size: int | None, of: type[nn.MLP] = nn.MLP, epochs: int = 3) -> Any:
    model = of(2, [4, 1], seed=2)
    optimizer = optim.Adam(model.parameters(), 0.02)
    history = nn.fit(
        model, DATA[5:], losses.squared_error, optimizer, epochs, batch_size, 7,
        validation=DATA[:5], executor=executor, engine="replay",
    )  # fmt: skip
    numbers = [[parameter.data, parameter.grad] for parameter in model.parameters()]
    return repr((numbers, history.losses, history.validation_losses, optimizer.state_dict()))


@pytest.mark.parametrize("of", [nn.MLP, Deciding])
@pytest.mark.parametrize("batch_size", [1, 2, 6, None])
def test_workers_train_to_the_bits_of_none(batch_size: int | None, of: type[nn.MLP]) -> None:
    expected = trained(None, batch_size, of)
    for n_workers in (1, 3):
        cluster = PretendCluster(n_workers)
        assert trained(cluster, batch_size, of) == expected
        assert cluster.n_run > 20 or batch_size is None
    with ThreadPoolExecutor(2) as threads:
        assert trained(threads, batch_size, of) == expected


@pytest.mark.slow
def test_processes_train_to_the_bits_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.machines import force

    force("arrays", monkeypatch)
    with ProcessPoolExecutor(2) as pool:
        assert trained(pool, None) == trained(None, None)


def test_an_executor_means_that_samples_are_replayed() -> None:
    """Also where ``auto`` would have called the model."""
    cluster, slope = PretendCluster(2), ag.Value(0.0)

    def train(data: Any) -> None:
        nn.fit(lambda x: slope * x, data, losses.squared_error, optim.SGD([slope], 0.1), 3, executor=cluster)

    train([(1.0, 3.0), (2.0, 6.0)])
    assert cluster.n_run >= 6
    with pytest.raises(TypeError, match="called with plain numbers"):
        train([(ag.Value(1.0), 3.0)])


# -- what goes wrong --


class Failing(PretendCluster):
    """A cluster that fails at one of its tasks."""

    def __init__(self, at: int, error: BaseException) -> None:
        super().__init__(2, before_task=self.fail)
        self.at, self.error = at, error

    def fail(self) -> None:
        if self.n_run == self.at:
            self.n_run += 1
            self.waiting[0].set_exception(self.error)
            self.waiting.pop(0)


def state(model: nn.MLP, optimizer: Any) -> str:
    return repr(([[p.data, p.grad] for p in model.parameters()], optimizer.state_dict(), optimizer.lr))


@pytest.mark.parametrize("n_steps", [0, 1, 2, 5])
@pytest.mark.parametrize("error", [BrokenExecutor("a process was killed"), ValueError("a task raised")])
def test_a_step_that_fails_changes_nothing(n_steps: int, error: Exception) -> None:
    """In the first epoch nothing at all has changed; after it, the steps that were whole."""
    model, n_batches = nn.MLP(2, [4, 1], seed=2), 3  # a step of 14 samples is 4 blocks, one of 10 three
    optimizer = optim.Adam(model.parameters(), 0.02)
    for parameter in model.parameters():
        parameter.grad = 0.125
    states, history = [state(model, optimizer)], []
    step = optimizer.step

    def noted(*args: Any) -> None:
        step(*args)
        states.append(state(model, optimizer))

    optimizer.step = noted  # type: ignore[assignment,method-assign]
    n_tasks = [4, 4, 3]
    at = sum(n_tasks[number % n_batches] for number in range(n_steps)) + 1
    data = DATA[:38]
    with pytest.raises(type(error), match=str(error)) as caught:
        nn.fit(
            model, data, losses.squared_error, optimizer, 4, 14, 7,
            executor=Failing(at, type(error)(*error.args)), callbacks=[lambda each: history.append(each)],
        )  # fmt: skip
    assert any("this was in block" in note for note in caught.value.__notes__)
    assert len(states) == n_steps + 1
    assert state(model, optimizer) == (states[0] if n_steps < n_batches else states[-1])
    assert len(history) == n_steps // n_batches
    assert all(len(each.losses) == n_steps // n_batches for each in history)


def test_a_dead_worker_does_not_make_the_training_go_on_alone(recwarn: pytest.WarningsRecorder) -> None:
    model = nn.MLP(2, [4, 1], seed=2)
    with pytest.raises(BrokenExecutor):
        nn.fit(
            model, DATA, losses.squared_error, optim.SGD(model.parameters(), 0.1), 2, None,
            validation=DATA[:20], executor=Failing(12, BrokenExecutor("killed")),
        )  # fmt: skip
    assert not recwarn.list


def test_ctrl_c_keeps_whole_steps_and_leaves_no_task_behind() -> None:
    model, cluster = nn.MLP(2, [4, 1], seed=2), PretendCluster(2)

    def press() -> None:
        if cluster.n_run == 30:
            raise KeyboardInterrupt

    cluster.before_task = press
    history = nn.fit(model, DATA, losses.squared_error, optim.SGD(model.parameters(), 0.1), 50, 14, executor=cluster)
    assert history.interrupted
    assert not cluster.waiting
    assert len(history.losses) == 2  # of 12 tasks each
    assert all(math.isfinite(parameter.data) for parameter in model.parameters())


@pytest.mark.parametrize("engine", ["auto", "replay"])
def test_an_executor_that_is_shut_down_is_refused_and_changes_nothing(engine: Any) -> None:
    executor, model = ThreadPoolExecutor(1), nn.MLP(2, [4, 1], seed=2)
    executor.shutdown()
    before = [parameter.data for parameter in model.parameters()]
    for batch_size in (1, None):
        with pytest.raises(RuntimeError, match="took no work at block 0"):
            nn.fit(
                model, DATA, losses.squared_error, optim.SGD(model.parameters(), 0.1), 2, batch_size,
                engine=engine, executor=executor,
            )  # fmt: skip
    assert [parameter.data for parameter in model.parameters()] == before


REFUSED: list[tuple[Any, str, type[Exception], str]] = [
    (2, "auto", TypeError, r"executor is a concurrent.futures.Executor, .* got int"),
    (ThreadPoolExecutor, "auto", TypeError, "got the class ThreadPoolExecutor"),
    (os.cpu_count, "replay", TypeError, "executor is a"),
    (PretendCluster(1), "eager", ValueError, r'replay, and engine="eager" calls the model here: leave'),
]


@pytest.mark.parametrize(("executor", "engine", "kind", "message"), REFUSED)
def test_what_is_not_an_executor_is_refused(executor: Any, engine: Any, kind: type[Exception], message: str) -> None:
    slope = ag.Value(0.0)
    train: Callable[[], object] = lambda: nn.fit(
        lambda x: slope * x, [(1.0, 2.0)], losses.squared_error, optim.SGD([slope], 0.1), 1,
        engine=engine, executor=executor,
    )  # fmt: skip
    with pytest.raises(kind, match=message):
        train()
    assert slope.data == 0.0


def test_rows_of_a_traced_function_take_an_executor() -> None:
    w, cluster = ag.Value(3.0), PretendCluster(2)
    calls = [(x,) for x in np.linspace(-1.0, 1.0, 30).tolist()]
    f = ag.jit(lambda x: w * x if x > 0.0 else 0.5 * w)
    alone, shared = ag.TracedRows(f, calls), ag.TracedRows(f, calls, executor=cluster)
    assert shared.forward() == alone.forward()
    alone.backward()
    expected, w.grad = w.grad, 0.0
    shared.backward()
    assert w.grad == expected
    assert cluster.n_run >= 16
    with pytest.raises(TypeError, match="executor is a"):
        ag.TracedRows(f, calls, executor=2)  # type: ignore[arg-type]
