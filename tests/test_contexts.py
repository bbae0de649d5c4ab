"""no_grad and the observers of recording: nested, left by exceptions, as decorators, and each thread for itself."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Iterator

import pytest

import autograd_core as ag
from autograd_core import Value, backward
from autograd_core.recording import record_observers, recording_context


def records() -> bool:
    """Whether a result now remembers its operands."""
    x = Value(3.0)
    return (x * x).operands == (x, x)


def test_results_inside_are_leaves_with_the_same_numbers() -> None:
    x = Value(0.5)
    with ag.no_grad():
        results = [x + 1, 1 - x, x * x, 2 / x, x**2, 2**x, -x, ag.tanh(x), ag.dot([x], [x]), ag.sum([x, x])]
    assert [result.data for result in results] == [
        1.5, 0.5, 0.25, 4.0, 0.25, 2.0**0.5, -0.5, ag.tanh(0.5), 0.25, 1.0,
    ]  # fmt: skip
    for result in results:
        assert (result.op, result.operands, result.local_derivatives) == (None, (), ())


def test_a_result_from_inside_is_a_leaf_of_what_follows() -> None:
    x = Value(3.0)
    with ag.no_grad():
        frozen = x * x
    root = frozen * x
    root.backward()
    assert (x.grad, frozen.grad) == (9.0, 3.0)


def test_backward_works_inside() -> None:
    x = Value(3.0)
    root = x * x
    with ag.no_grad():
        root.backward()
    assert x.grad == 6.0


def test_decorator() -> None:
    @ag.no_grad()
    def evaluate(x: Value) -> Value:
        return x * x

    x = Value(3.0)
    for _ in range(2):  # a decorator is entered again with each call
        assert evaluate(x).operands == ()
        assert records()
    assert evaluate.__name__ == "evaluate"


def test_decorated_function_that_calls_itself() -> None:
    @ag.no_grad()
    def power(x: Value, n: int) -> Value:
        return x * power(x, n - 1) if n else Value(1.0)

    assert power(Value(2.0), 10).data == 1024.0
    assert records()


def test_nested() -> None:
    with ag.no_grad():
        with ag.no_grad():
            assert not records()
        assert not records()
    assert records()


def test_left_by_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), ag.no_grad(), ag.no_grad():
        raise ZeroDivisionError
    assert records()


def test_left_by_an_exception_from_a_decorated_function() -> None:
    @ag.no_grad()
    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert records()


def test_another_thread_keeps_recording() -> None:
    inside, done = threading.Event(), threading.Event()
    seen = {}

    def silent() -> None:
        with ag.no_grad():
            inside.set()
            done.wait(timeout=60)
            seen["silent"] = records()

    thread = threading.Thread(target=silent)
    thread.start()
    assert inside.wait(timeout=60)
    seen["other"] = records()
    done.set()
    thread.join()
    assert seen == {"other": True, "silent": False}
    assert records()


def test_a_thread_started_inside_records() -> None:
    seen = []
    with ag.no_grad():
        thread = threading.Thread(target=lambda: seen.append(records()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_another_asynchronous_task_keeps_recording() -> None:
    async def silent(inside: asyncio.Event, done: asyncio.Event) -> bool:
        with ag.no_grad():
            inside.set()
            await done.wait()
            return records()

    async def both() -> tuple[bool, bool]:
        inside, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(silent(inside, done))
        await inside.wait()
        here = records()
        done.set()
        return here, await task

    assert asyncio.run(both()) == (True, False)


def test_many_threads_entering_and_leaving() -> None:
    wrong: list[str] = []

    def enter_and_leave() -> None:
        for _ in range(300):
            with ag.no_grad():
                if records():
                    wrong.append("recorded inside")
            if not records():
                wrong.append("did not record outside")

    threads = [threading.Thread(target=enter_and_leave) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert records()


@pytest.fixture
def recorded() -> Iterator[list[Value]]:
    """The nodes recorded while the test runs."""
    nodes: list[Value] = []
    with recording_context():
        token = record_observers.set((nodes.append,))
        yield nodes
        record_observers.reset(token)


def test_observers_see_every_recorded_node(recorded: list[Value]) -> None:
    x = Value(2.0)
    square = x * x
    root = ag.tanh(square)
    assert recorded == [square, root]


def test_observers_see_nothing_that_is_not_recorded(recorded: list[Value]) -> None:
    with ag.no_grad():
        ag.tanh(Value(2.0) * 3.0)
    Value(1.0)
    assert recorded == []


def test_observers_of_one_thread_do_not_see_another(recorded: list[Value]) -> None:
    thread = threading.Thread(target=lambda: Value(2.0) * 3.0)
    thread.start()
    thread.join()
    assert recorded == []


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("raises", [True, False])
def test_backward_leaves_the_garbage_collector_as_the_user_set_it(enabled: bool, raises: bool) -> None:
    def observer(node: object, upstream: float) -> None:
        assert not gc.isenabled()
        if raises:
            raise KeyboardInterrupt

    x = Value(2.0)
    was_enabled = gc.isenabled()
    token = backward.observers.set((observer,))
    try:
        (gc.enable if enabled else gc.disable)()
        with contextlib.suppress(KeyboardInterrupt):
            (x * x).backward()
        assert gc.isenabled() == enabled
    finally:
        backward.observers.reset(token)
        (gc.enable if was_enabled else gc.disable)()
