"""Rows shared by an executor's workers: the same bits whoever computes them, and errors that name the block."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core.replay import blocks, executors, work
from tests.support.executors import PretendCluster, need, picky
from tests.support.machines import HAS_NUMBA, KINDS, force
from tests.support.smooth.programs import Program, programs

ROOT = Path(__file__).parents[2]
KINDS_BY_NAME = ["scalars", "arrays", "lanes"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 10)


def network(activation: str = "tanh") -> ag.Program:
    model = nn.MLP(2, [3, 1], activation=activation, seed=1)
    x, t = [ag.Value(0.1), ag.Value(0.2)], ag.Value(1.0)
    return ag.compile(nn.losses.squared_error(model(x), t), [*x, t], model.parameters())


def with_picky() -> ag.Program:
    x, w = ag.Value(0.5, "x"), ag.Value(2.0, "w")
    return ag.compile(w * picky(x), inputs=[x], parameters=[w])


def rows_for(program: ag.Program, n_rows: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(n_rows, len(program.inputs)))


def bits(found: Any) -> list[bytes]:
    return [np.asarray(each).tobytes() for each in (found if isinstance(found, tuple) else (found,))]


def in_all_ways(program: ag.Program, rows: Any, executor: Executor | None) -> list[bytes]:
    return [
        *bits(program.forward(rows, executor=executor)),
        *bits(program.value_and_grad(rows, executor=executor)),
        *bits(program.value_and_grad(rows, reduce="sum", executor=executor)),
        *bits(program.value_and_grad(rows, reduce="none", wrt_inputs=True, executor=executor)),
    ]


# -- the same bits --


def cut(rows: Any, seed: int) -> Iterator[Any]:
    """An iterator of pieces, which overwrites each of them as soon as it is asked for the next."""
    chosen, start = random.Random(seed), 0
    while start < len(rows):
        piece = rows[start : start + chosen.choice([0, 1, 3, 10, 25, 1000])].copy()
        start += len(piece)
        yield piece
        piece[:] = np.nan


@settings(max_examples=30)
@given(
    programs(st.integers(1, 12)),
    st.integers(0, 45),
    st.sampled_from([1, 2, 3, 3, 100]),
    st.sampled_from(KINDS_BY_NAME),
    st.data(),
)
def test_random_programs_give_the_same_bits_whoever_runs_them(
    program: Program, n_rows: int, n_workers: int, kind: str, data: st.DataObject
) -> None:
    leaves = [ag.Value(leaf) for leaf in program.leaves]
    root = program.record(leaves)
    compiled = ag.compile(root, leaves[:2], leaves[2:])
    rows = rows_for(compiled, n_rows)
    seed = data.draw(st.integers(0, 1000))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(blocks, "BLOCK", data.draw(st.sampled_from([1, 2, 10])))
        if kind != "lanes" or HAS_NUMBA:
            force(kind, monkeypatch)
        expected = in_all_ways(compiled, rows, None)
        cluster = PretendCluster(n_workers, seed)
        assert in_all_ways(compiled, rows, cluster) == expected
        with ThreadPoolExecutor(2) as threads:
            assert in_all_ways(compiled, rows, threads) == expected
        if n_rows:
            for executor in (None, cluster):
                found = compiled.value_and_grad(cut(rows, seed), executor=executor)
                assert bits(found) == bits(compiled.value_and_grad(rows))
                outputs = list(compiled.forward(cut(rows, seed), executor=executor))
                assert bits(np.concatenate(outputs)) == expected[:1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_workers", [1, 2, 100])
def test_1_2_and_100_workers_give_the_bits_of_none(kind: str, n_workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    force(kind, monkeypatch)
    for program in (network("relu"), with_picky()):
        rows = rows_for(program, 137)
        assert in_all_ways(program, rows, PretendCluster(n_workers)) == in_all_ways(program, rows, None)


def test_one_row_and_a_program_without_inputs_are_a_task_as_well() -> None:
    cluster, program = PretendCluster(2), network()
    row = [0.1, 0.2, 1.0]
    assert program.forward(row, executor=cluster) == program.forward(row)
    alone, shared = program.value_and_grad(row), program.value_and_grad(row, executor=cluster)
    assert (alone[0], alone[1].tolist()) == (shared[0], shared[1].tolist())
    w = ag.Value(3.0)
    square = ag.compile(w * w, parameters=[w])
    assert square.value_and_grad([4.0], executor=cluster)[1].tolist() == [8.0]
    assert cluster.n_run >= 3


def test_the_machine_is_that_of_the_first_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not that of how many rows there are, which nobody knows of a stream."""
    program, asked = network(), []
    chosen = program._machine.parcel

    def parcel(n_rows: int) -> work.Parcel:
        asked.append(n_rows)
        return chosen(n_rows)

    monkeypatch.setattr(program._machine, "parcel", parcel)
    program.value_and_grad(rows_for(program, 95))
    program.value_and_grad(iter(rows_for(program, 95)))
    assert asked == [10, 10]


# -- what travels --


def test_a_program_travels_once_to_each_worker() -> None:
    program = network()
    rows, cluster = rows_for(program, 5_000), PretendCluster(5)
    n_whole = 0
    for _ in range(3):
        program.value_and_grad(rows, executor=cluster)
        assert cluster.programs == dict.fromkeys(range(5), 1)
        n_whole = n_whole or cluster.n_whole
        assert cluster.n_whole == n_whole <= 60  # of 1,500 tasks: some are on their way before a worker has answered


def test_an_executor_that_tells_how_many_workers_it_has_gets_a_program_for_each() -> None:
    program, cluster = network(), PretendCluster(3)
    cluster._max_workers = 3  # type: ignore[attr-defined]
    program.value_and_grad(rows_for(program, 5_000), executor=cluster)
    assert cluster.n_whole <= 12


def test_a_worker_that_has_forgotten_a_program_gets_it_again() -> None:
    program, cluster = network(), PretendCluster(3)
    rows = rows_for(program, 500)
    expected = bits(program.value_and_grad(rows))
    program.value_and_grad(rows, executor=cluster)
    for memory in cluster.memories:
        memory.clear()
    assert bits(program.value_and_grad(rows, executor=cluster)) == expected


def test_a_worker_keeps_the_latest_programs_only() -> None:
    cluster = PretendCluster(1)
    for number in range(work.MOST_MACHINES + 4):
        x = ag.Value(1.0)
        ag.compile(x * (number + 1.5), inputs=[x]).forward([[1.0], [2.0]], executor=cluster)
    assert len(cluster.memories[0]) == work.MOST_MACHINES


def test_what_travels_is_small() -> None:
    model = nn.MLP(2, [16, 16, 1], seed=1)
    x, t = [ag.Value(0.1), ag.Value(0.2)], ag.Value(1.0)
    program = ag.compile(nn.losses.squared_error(model(x), t), [*x, t], model.parameters())
    parcel = program._machine.parcel(10)
    assert len(parcel.contents) < 30_000  # of 406 nodes and 337 parameters
    task = pickle.dumps((work.Sent(parcel, False), np.zeros(337), np.zeros((8_192, 3))), protocol=5)
    assert len(task) < 8 * (337 + 8_192 * 3) + 1_000


def test_equal_programs_have_one_digest_and_others_have_others() -> None:
    digests = {network(name)._machine.parcel(10).digest for name in ("tanh", "tanh", "relu", "sigmoid")}
    assert len(digests) == 3


def test_threads_get_the_machine_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle, "dumps", None)
    program = network()
    with ThreadPoolExecutor(2) as threads:
        program.value_and_grad(rows_for(program, 100), executor=threads)


def test_few_tasks_wait_at_a_time() -> None:
    program, cluster = network(), PretendCluster(4)
    given = 0

    def pieces() -> Iterator[Any]:
        nonlocal given
        for number in range(600):
            given += 1
            assert given <= cluster.n_run + executors.MOST_TASKS + 1
            yield rows_for(program, 10, number)

    program.value_and_grad(pieces(), executor=cluster)
    assert executors.FIRST_TASKS < cluster.n_most_waiting <= executors.MOST_TASKS
    told = PretendCluster(4)
    told._max_workers = 4  # type: ignore[attr-defined]  # as the standard library's executors tell it
    program.value_and_grad(pieces_of(rows_for(program, 1_000)), executor=told)
    assert told.n_most_waiting == 10


def pieces_of(rows: Any) -> Iterator[Any]:
    yield from np.split(rows, 10)


# -- what goes wrong --


def test_the_error_of_a_task_names_its_block() -> None:
    program, cluster = with_picky(), PretendCluster(3)
    rows = np.zeros((100, 1))
    rows[57] = 99.0
    w = program.parameters[0]
    for executor in (None, cluster):
        with pytest.raises(ValueError, match="too near to 100") as caught:
            program.value_and_grad(rows, executor=executor)
        assert caught.value.__notes__ == ["this was in block 5 (rows 50 to 59) of the rows; nothing has changed"]
        with pytest.raises(ValueError, match="block 5"):
            program.forward(rows, executor=executor)
    assert cluster.n_cancelled
    assert not cluster.waiting
    assert (w.data, w.grad) == (2.0, 0.0)
    rows[57] = 1.0
    assert bits(program.value_and_grad(rows, executor=cluster)) == bits(program.value_and_grad(rows))


@pytest.mark.parametrize(
    "executor", [4, ThreadPoolExecutor, "threads", multiprocessing.Pool, object()], ids=lambda each: type(each).__name__
)
def test_what_is_not_an_executor_is_refused(executor: Any) -> None:
    program = network()
    for run in (program.forward, program.value_and_grad):
        for rows in (rows_for(program, 20), [0.1, 0.2, 1.0], iter(rows_for(program, 20))):
            with pytest.raises(TypeError, match=r"executor is a concurrent.futures.Executor, such as ThreadPool.* got"):
                run(rows, executor=executor)


@pytest.mark.parametrize("of", [ThreadPoolExecutor, ProcessPoolExecutor, PretendCluster])
def test_an_executor_that_is_shut_down_is_refused(of: Callable[[int], Executor]) -> None:
    program, executor = network(), of(1)
    executor.shutdown()
    for rows in (rows_for(program, 20), rows_for(program, 1)):
        with pytest.raises(RuntimeError, match=r"took no work at block 0 \(row.*shutdown.*: hand in one that is open"):
            program.value_and_grad(rows, executor=executor)


@pytest.mark.parametrize("cancel_futures", [False, True])
def test_an_executor_that_is_shut_down_in_the_middle_is_said(cancel_futures: bool) -> None:
    program, cluster = network(), PretendCluster(2)

    def pieces() -> Iterator[Any]:
        for number in range(100):
            if number == 30:
                cluster.shutdown(cancel_futures=cancel_futures)
            yield rows_for(program, 10, number)

    expected = r"took no work at block 30 \(rows 300 to 309\)"
    with pytest.raises(RuntimeError, match=expected):
        program.value_and_grad(pieces(), executor=cluster)
    assert not cluster.waiting


def test_what_the_executor_cancels_is_said() -> None:
    program = network()
    cluster = PretendCluster(2)
    cluster.before_task = lambda: cluster.shutdown(cancel_futures=True)
    with pytest.raises(RuntimeError, match=r"block \d+ \(rows \d+ to \d+\) was cancelled.* nothing has changed"):
        program.value_and_grad(rows_for(program, 50), executor=cluster)


def test_ctrl_c_while_waiting_cancels_what_is_left() -> None:
    program, rows = network(), rows_for(network(), 500)
    cluster = PretendCluster(2)

    def press() -> None:
        if cluster.n_run == 3:
            raise KeyboardInterrupt

    cluster.before_task = press
    for run in (program.value_and_grad, program.forward):
        cluster.n_run = 0
        with pytest.raises(KeyboardInterrupt):
            run(rows, executor=cluster)
        assert not cluster.waiting
    cluster.before_task = lambda: None
    assert bits(program.value_and_grad(rows, executor=cluster)) == bits(program.value_and_grad(rows))


@pytest.mark.slow
def test_an_interrupt_at_any_instruction_leaves_nothing_behind() -> None:
    """One task may stay, which had been handed in and not yet been noted."""
    from tests.test_interrupts import interrupted_at, traced

    program, cluster = network(), PretendCluster(2)
    rows, files = rows_for(program, 60), {module.__file__ for module in (blocks, executors, work)}
    expected = bits(program.value_and_grad(rows))

    def subject() -> None:
        program.value_and_grad(rows, executor=cluster)

    places: Counter[Any] = Counter()
    traced(subject, lambda place: places.update([place]))
    own = [(place, count) for place, count in places.items() if place[0].co_filename in files]
    assert len(own) > 200
    for place, count in random.Random(0).sample(own, 60):
        for occurrence in sorted({1, count}):
            cluster = PretendCluster(2)
            interrupt = interrupted_at(place, occurrence, subject)
            assert len(cluster.waiting) <= 1
            assert bits(program.value_and_grad(rows, executor=cluster)) == expected
            del interrupt


def test_results_that_nobody_asks_for_are_cancelled() -> None:
    program, cluster = network(), PretendCluster(2)
    outputs = program.forward(iter(rows_for(program, 400)), executor=cluster)
    next(outputs)
    assert cluster.waiting
    del outputs
    assert not cluster.waiting


# -- users' primitives --


def of_lambda() -> ag.Program:
    halve = ag.primitive()(lambda x: x / 2.0 if x > 0.0 else x)
    halve.define_partials(lambda out, x: (0.5 if x > 0.0 else 1.0,))
    x = ag.Value(1.0)
    return ag.compile(halve(x), inputs=[x])


def test_a_primitive_of_a_module_travels_by_its_name() -> None:
    parcel = with_picky()._machine.parcel(10)
    assert b"cloudpickle" not in parcel.contents
    assert work._opened(parcel.contents).code.opaque == (picky.forward, picky.partials)


def test_a_primitive_of_a_notebook_travels_by_cloudpickle() -> None:
    need("cloudpickle")
    program = of_lambda()
    rows = rows_for(program, 95)
    assert in_all_ways(program, rows, PretendCluster(2)) == in_all_ways(program, rows, None)


def test_without_cloudpickle_a_primitive_of_a_notebook_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    program = of_lambda()
    with pytest.raises(
        pickle.PicklingError, match=r"<lambda> cannot be sent to another process.* on its top level, or install cloudp"
    ):
        program.value_and_grad(np.ones((20, 1)), executor=PretendCluster(2))
    with ThreadPoolExecutor(2) as threads:
        program.value_and_grad(np.ones((20, 1)), executor=threads)


class _Unavailable:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def __reduce__(self) -> Any:
        return _raise, (self.error, self.error.__dict__)


def _raise(error: Exception, attributes: dict[str, Any]) -> None:
    error.__dict__.update(attributes)
    if isinstance(error, ModuleNotFoundError):
        error = ModuleNotFoundError(str(error), name=str(error))
    raise error


def test_a_worker_without_numba_is_refused() -> None:
    """It would run the program on another machine, with other bits."""
    sent = pickle.dumps(_Unavailable(ModuleNotFoundError("numba")))
    with pytest.raises(RuntimeError, match=r"a worker has no numba.* the same bits"):
        work._opened(sent)
    with pytest.raises(ModuleNotFoundError, match="numpy"):
        work._opened(pickle.dumps(_Unavailable(ModuleNotFoundError("numpy"))))


def test_a_worker_that_cannot_import_a_primitive_says_so() -> None:
    sent = pickle.dumps(_Unavailable(AttributeError("Can't get attribute 'halve' on <module '__main__'>")))
    with pytest.raises(RuntimeError, match=r"cannot import a primitive.*'halve'.* or install cloudpickle"):
        work._unpacked(sent)


# -- real executors --


@contextmanager
def processes(method: str) -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        yield pool


@contextmanager
def loky_processes() -> Iterator[Executor]:
    need("loky")
    import loky

    with loky.ProcessPoolExecutor(2) as pool:
        yield pool


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    need("distributed")
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.daemon": True}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,  # type: ignore[no-untyped-call]
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        yield client.get_executor()


@contextmanager
def ray_cluster() -> Iterator[Executor]:
    """Ray starts half a dozen services first, which not every machine lets it: it is required nowhere."""
    ray = pytest.importorskip("ray")
    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    except Exception as error:
        pytest.skip(f"Ray did not start: {error}")
    try:
        yield of_page("RayExecutor")
    finally:
        ray.shutdown()


def of_page(name: str) -> Executor:
    """An adapter as the documentation has it."""
    text = (ROOT / "notebooks/site/many_machines.md").read_text(encoding="utf-8")
    block = next(block for block in text.split("```python\n")[1:] if f"class {name}" in block)
    names: dict[str, Any] = {}
    exec(block.partition("\n\n\nray.init(")[0], names)
    executor: Executor = names[name]()
    return executor


POOLS: dict[str, Callable[[], AbstractContextManager[Executor]]] = {
    "threads": lambda: ThreadPoolExecutor(2),
    "spawned processes": lambda: processes("spawn"),
    "loky": loky_processes,
    "Dask": dask_cluster,
    "Ray": ray_cluster,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize("name", POOLS)
def test_real_workers_give_the_bits_of_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in ("threads", "spawned processes"):
        force("arrays", monkeypatch)  # which need no numba, and so start sooner
    with POOLS[name]() as pool:
        for program in (network(), with_picky(), of_lambda()):
            rows = rows_for(program, 237)
            assert in_all_ways(program, rows, pool) == in_all_ways(program, rows, None)
        rows[57] = 99.0
        with pytest.raises(ValueError, match="too near to 100") as caught:
            with_picky().value_and_grad(rows, executor=pool)
        assert any("block 5 (rows 50 to 59)" in note for note in caught.value.__notes__)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spawned processes", "loky"])
def test_the_death_of_a_worker_names_a_block(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    force("arrays", monkeypatch)
    program, rows = with_picky(), np.zeros((100, 1))
    rows[57] = 666.0
    with POOLS[name]() as pool, pytest.raises(BrokenExecutor) as caught:
        program.value_and_grad(rows, executor=pool)
    assert any("this was in block" in note and "nothing has changed" in note for note in caught.value.__notes__)
    assert program.parameters[0].grad == 0.0


SCRIPT = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import numpy as np
import autograd_core as ag
from autograd_core.replay import blocks

@ag.primitive()
def halve(x):
    return x / 2.0 if x > 0.0 else x

@halve.define_partials
def partials(out, x):
    return (0.5 if x > 0.0 else 1.0,)

if __name__ == "__main__":
    blocks.BLOCK = 10
    if sys.argv[2:] == ["alone"]:
        sys.modules["cloudpickle"] = None
    x, w = ag.Value(1.0), ag.Value(2.0)
    program = ag.compile(w * halve(x), inputs=[x], parameters=[w])
    rows = np.linspace(-1.0, 1.0, 95)[:, None]
    expected = program.value_and_grad(rows)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(sys.argv[1])) as pool:
        value, gradient = program.value_and_grad(rows, executor=pool)
    print(value == expected[0], gradient.tolist() == expected[1].tolist())
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_script_of_ones_own_primitives_runs_on_processes(method: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace('sys.modules["cloudpickle"] = None', _WITHOUT), encoding="utf-8")
    found = subprocess.run(
        [sys.executable, str(script), method, "alone"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120,
    )  # fmt: skip
    assert found.stdout == "True True\n", found.stderr


_WITHOUT = "import importlib.util; find = importlib.util.find_spec; importlib.util.find_spec = lambda name: None if name == 'cloudpickle' else find(name)"  # noqa: E501
