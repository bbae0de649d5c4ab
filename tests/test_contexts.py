"""no_grad and the observers of recording: nested, left by exceptions, as decorators, each thread and task for itself.

That an interrupt leaves nothing behind is in test_interrupts.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import inspect
import threading
import warnings
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from opcode import opmap
from types import SimpleNamespace
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value, contexts
from autograd_core.contexts import Context, Effect, backward_observers, is_differentiating, open_contexts
from autograd_core.recording import differentiating, recording

pytestmark = pytest.mark.slow


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


def test_kinds_of_code_are_those_that_inspect_names() -> None:
    assert contexts._GENERATOR == inspect.CO_GENERATOR
    assert contexts._ASYNC_GENERATOR == inspect.CO_ASYNC_GENERATOR
    assert contexts._ITERABLE_COROUTINE == inspect.CO_ITERABLE_COROUTINE


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


def run_in_eight_threads(function: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_many_threads_entering_and_leaving() -> None:
    wrong: list[str] = []

    def enter_and_leave() -> None:
        for _ in range(300):
            with ag.no_grad():
                if records():
                    wrong.append("recorded inside")
            if not records():
                wrong.append("did not record outside")

    run_in_eight_threads(enter_and_leave)
    assert not wrong
    assert records()


@pytest.fixture
def recorded() -> Iterator[list[Value]]:
    """The nodes recorded while the test runs."""
    nodes: list[Value] = []
    with Context(lambda: Effect(on_record=nodes.append)):
        yield nodes


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
        if raises:
            raise KeyboardInterrupt

    x = Value(2.0)
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with contextlib.suppress(KeyboardInterrupt), Context(lambda: Effect(on_backward=observer)):
            (x * x).backward()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


# -- one object, entered in any way ---------------------------------------------------------------------------------

Sort = tuple[Callable[[], Context], Callable[[], bool]]

CONTEXTS: dict[str, Sort] = {
    "no_grad": (ag.no_grad, lambda: not records()),
    "recording": (lambda: recording(False), lambda: not records()),
    "differentiating": (differentiating, is_differentiating),
    "detect_anomaly": (ag.detect_anomaly, ag.is_watched),
    "break_at": (lambda: ag.break_at("no such node"), lambda: bool(backward_observers())),
}


@pytest.fixture(params=CONTEXTS)
def sort(request: pytest.FixtureRequest) -> Iterator[Sort]:
    """Each context, and whether it is in force."""
    assert not open_contexts
    yield CONTEXTS[request.param]
    gc.collect()
    assert not open_contexts


def test_one_object_is_entered_again_and_within_itself(sort: Sort) -> None:
    make, is_on = sort
    context = make()
    for _ in range(2):
        with context:
            with context:
                assert is_on()
            assert is_on()
        assert not is_on()


def test_entered_by_hand(sort: Sort) -> None:
    make, is_on = sort
    context = make()
    context.__enter__()
    context.__enter__()
    with context:
        assert is_on()
    context.__exit__(None, None, None)
    assert is_on()
    context.__exit__(None, None, None)
    assert not is_on()
    context.__enter__()
    assert is_on()
    del context
    assert not is_on(), "nobody could ever leave it"


def test_looked_up_in_the_order_of_python_3_14(sort: Sort) -> None:
    """``with`` looks up ``__exit__`` first there."""
    make, is_on = sort
    context = make()
    code = SimpleNamespace(co_code=bytes([opmap.get("LOAD_SPECIAL", opmap.get("BEFORE_WITH", 0))]), co_flags=0)
    frame: Any = SimpleNamespace(f_code=code, f_lasti=0, f_globals={}, f_back=None)
    for _ in range(2):
        leave, enter = context._look_up("__exit__", frame), context._look_up("__enter__", frame)
        assert not is_on()
        enter()
        del enter
        assert is_on()
        leave(None, None, None)
        assert not is_on()
    leave, enter = context._look_up("__exit__", frame), context._look_up("__enter__", frame)
    enter()
    del enter, leave  # as where the frame is torn down before the block
    assert not is_on()
    leave = context._look_up("__exit__", frame)
    del leave  # broken off between the two
    with context:
        assert is_on()
    assert not is_on()


def test_exit_stacks(sort: Sort) -> None:
    make, is_on = sort
    with contextlib.ExitStack() as stack:
        context = make()
        stack.enter_context(context)
        stack.enter_context(context)
        assert is_on()
        kept = stack.pop_all()
    assert is_on()
    kept.close()
    assert not is_on()
    with pytest.raises(KeyError), contextlib.ExitStack() as stack:
        raise KeyError(stack.enter_context(make()))
    assert not is_on()


def test_a_kept_traceback_keeps_nothing_open(sort: Sort) -> None:
    make, is_on = sort
    context = make()
    with pytest.raises(KeyError) as caught, context, make():
        raise KeyError
    assert caught.tb is not None
    assert not is_on()


def test_one_object_in_many_threads(sort: Sort) -> None:
    make, is_on = sort
    context, wrong = make(), []

    def enter_and_leave() -> None:
        for _ in range(100):
            with context:
                if not is_on():
                    wrong.append("not on inside")
            if is_on():
                wrong.append("on outside")

    run_in_eight_threads(enter_and_leave)
    assert not wrong


def test_what_a_context_noted_goes_when_it_ends() -> None:
    class Observer:
        def __call__(self, node: Any) -> None:
            pass

    observers: weakref.WeakSet[Observer] = weakref.WeakSet()

    def effect() -> Effect:
        observers.add(observer := Observer())
        return Effect(on_record=observer)

    context = Context(effect)
    with context:
        Value(2.0) * 3.0
        assert len(observers) == 1
    assert len(observers) == 0


def test_tasks_and_threads_made_inside_are_inside(sort: Sort) -> None:
    make, is_on = sort

    async def inside() -> list[bool]:
        async def ask() -> bool:
            await asyncio.sleep(0)
            return is_on()

        with make():
            task = asyncio.create_task(ask())
            return [await asyncio.to_thread(is_on), await ask(), await task]

    assert asyncio.run(inside()) == [True, True, True]
    assert not is_on()


def test_a_task_may_outlive_the_context_that_it_was_made_in() -> None:
    async def outside() -> tuple[bool, bool]:
        with ag.no_grad():
            task = asyncio.create_task(asyncio.to_thread(records))
        return await task, records()

    assert asyncio.run(outside()) == (True, True)


# -- generators -----------------------------------------------------------------------------------------------------


def in_body(make: Callable[[], Context], is_on: Callable[[], bool]) -> Generator[bool, None, None]:
    yield is_on()
    with make():
        yield is_on()
        yield is_on()
    yield is_on()


def test_a_context_in_a_generators_body_is_not_in_force_in_its_caller(sort: Sort) -> None:
    make, is_on = sort
    inside = []
    for found in in_body(make, is_on):
        inside.append(found)
        assert not is_on()
    assert inside == [False, True, True, False]
    with make():
        assert list(in_body(make, is_on)) == [True] * 4


def test_what_was_entered_last_decides_also_in_generators() -> None:
    def records_by_turns() -> Iterator[bool]:
        yield records()
        with ag.no_grad():
            yield records()
            yield type(ag.grad(lambda x: x * x)(3.0)) is float and records()
            with recording(True):
                yield records()
            with differentiating():
                yield records()

    expected = [True, False, False, True, True]
    assert list(records_by_turns()) == expected
    with recording(True):
        assert list(records_by_turns()) == expected
    with ag.no_grad():
        assert list(records_by_turns()) == [False, *expected[1:]]


def test_an_abandoned_generator_leaves_nothing(sort: Sort) -> None:
    make, is_on = sort
    generator = in_body(make, is_on)
    next(generator)
    assert next(generator)
    assert not is_on()
    assert next(generator)
    del generator
    assert not open_contexts


def test_a_generator_goes_on_in_another_thread_or_task(sort: Sort) -> None:
    make, is_on = sort
    generator = in_body(make, is_on)
    found = [next(generator), next(generator)]
    thread = threading.Thread(target=lambda: found.append(next(generator)))
    thread.start()
    thread.join()
    found.append(contextvars.Context().run(next, generator))
    assert found == [False, True, True, False]
    assert not is_on()


def test_generators_in_generators(sort: Sort) -> None:
    make, is_on = sort

    def outer() -> Iterator[tuple[str, bool]]:
        for found in in_body(make, is_on):
            yield "inner", found
            yield "outer", is_on()

    def delegating() -> Iterator[bool]:
        yield from in_body(make, is_on)
        with make():
            yield from (is_on() for _ in range(2))
        yield is_on()

    assert [found for where, found in outer() if where == "inner"] == [False, True, True, False]
    assert not any(found for where, found in outer() if where == "outer")
    assert list(delegating()) == [False, True, True, False, True, True, False]


def test_two_generators_by_turns(sort: Sort) -> None:
    make, is_on = sort
    first, second = in_body(make, is_on), in_body(make, is_on)
    assert list(zip(first, second)) == [(False, False), (True, True), (True, True), (False, False)]
    third, fourth = in_body(make, is_on), in_body(make, is_on)
    found = [next(third), next(third), next(fourth), next(fourth), *third, *fourth]  # left in the order of entering
    assert found == [False, True, False, True, True, False, True, False]
    assert not is_on()


def test_generator_expressions_are_as_their_caller(sort: Sort) -> None:
    make, is_on = sort
    with make():
        later = (is_on() for _ in range(2))
        assert all(is_on() for _ in range(2))
    assert not any(later)


def test_contextlib_makes_a_block_of_a_generator(sort: Sort) -> None:
    make, is_on = sort

    @contextlib.contextmanager
    def block() -> Iterator[None]:
        with make():
            yield

    @contextlib.contextmanager
    def block_of_block() -> Iterator[None]:
        with block():
            yield

    @block()
    def decorated() -> bool:
        return is_on()

    for each in (block, block_of_block):
        with each():
            assert is_on()
        assert not is_on()
        with contextlib.ExitStack() as stack:
            stack.enter_context(each())
            assert is_on()
        with pytest.raises(KeyError), each():
            raise KeyError
        assert not is_on()
    assert decorated()
    assert not is_on()

    def in_a_generator() -> Iterator[bool]:
        with block_of_block():
            yield is_on()
        with contextlib.ExitStack() as stack:
            stack.enter_context(make())
            stack.enter_context(block())
            yield is_on()

    for found in in_a_generator():
        assert found
        assert not is_on()


@pytest.fixture
def silent() -> Iterator[None]:
    with ag.no_grad():
        yield


@pytest.fixture
def silent_through_another(silent: None) -> Iterator[bool]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(ag.no_grad())
        yield records()


def test_a_fixture_goes_on_for_its_test(silent: None) -> None:
    assert not records()


def test_a_fixture_of_a_fixture_goes_on_for_its_test(silent_through_another: bool) -> None:
    assert not silent_through_another
    assert not records()


def test_fixtures_end_with_their_tests() -> None:
    assert records()
    assert not open_contexts


def test_asynchronous_generators(sort: Sort) -> None:
    make, is_on = sort

    async def asynchronous() -> AsyncIterator[bool]:
        yield is_on()
        with make():
            yield is_on()
            await asyncio.sleep(0)
            yield is_on()
        yield is_on()

    @contextlib.asynccontextmanager
    async def block() -> AsyncIterator[None]:
        with make():
            yield

    async def consume() -> list[bool]:
        found = []
        async for each in asynchronous():
            found.append(each)
            assert not is_on()
            await asyncio.sleep(0)
        async with block():
            assert is_on()
            await asyncio.sleep(0)
            assert is_on()
        assert not is_on()
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(block())
            stack.enter_context(make())
            assert is_on()
        assert not is_on()
        return found

    assert asyncio.run(consume()) == [False, True, True, False]


def test_coroutines_that_wait_are_each_for_itself(sort: Sort) -> None:
    make, is_on = sort

    async def inside(event: asyncio.Event) -> bool:
        with make():
            await event.wait()
            return is_on()

    async def both() -> tuple[bool, list[bool]]:
        event = asyncio.Event()
        tasks = [asyncio.create_task(inside(event)) for _ in range(3)]
        await asyncio.sleep(0)
        here = is_on()
        event.set()
        return here, list(await asyncio.gather(*tasks))

    assert asyncio.run(both()) == (False, [True, True, True])


# -- decorators -----------------------------------------------------------------------------------------------------


def test_a_decorated_generator_function(sort: Sort) -> None:
    make, is_on = sort

    @make()
    def generator(sent: list[Any]) -> Generator[bool, str, str]:
        """Its text."""
        try:
            while True:
                sent.append((yield is_on()))
        except KeyError:
            sent.append("thrown")
            yield is_on()
        finally:
            sent.append(is_on())
        return "returned"

    assert inspect.isgeneratorfunction(generator)
    assert (generator.__name__, generator.__doc__) == ("generator", "Its text.")
    sent: list[Any] = []
    running = generator(sent)
    assert next(running)
    assert not is_on()
    assert running.send("hello")
    assert running.throw(KeyError())
    with pytest.raises(StopIteration, match="returned"):
        next(running)
    assert sent == ["hello", "thrown", True]
    sent.clear()
    running = generator(sent)
    next(running)
    del running
    assert sent == [True]
    assert not is_on()

    @contextlib.contextmanager
    @make()
    def block() -> Iterator[bool]:
        yield is_on()

    with block() as found:
        assert found
        assert not is_on(), "the decorator concerns the body alone"


def test_a_decorated_coroutine_function(sort: Sort) -> None:
    make, is_on = sort

    @make()
    async def coroutine() -> bool:
        await asyncio.sleep(0)
        return is_on()

    async def outside() -> tuple[bool, bool]:
        waiting = coroutine()
        here = is_on()
        return here, await waiting

    assert inspect.iscoroutinefunction(coroutine)
    assert asyncio.run(outside()) == (False, True)
    assert not is_on()


def test_a_decorated_asynchronous_generator_function(sort: Sort) -> None:
    make, is_on = sort

    @make()
    async def generator(sent: list[Any]) -> Any:
        try:
            sent.append((yield is_on()))
            sent.append((yield is_on()))
        except KeyError:
            sent.append("thrown")
            yield is_on()
        finally:
            await asyncio.sleep(0)
            sent.append(is_on())

    async def outside() -> None:
        sent: list[Any] = []
        async for found in generator(sent):
            assert found
            assert not is_on()
        assert sent == [None, None, True]
        sent.clear()
        running = generator(sent)
        assert await anext(running)
        assert await running.asend("hello")
        assert await running.athrow(KeyError())
        with pytest.raises(StopAsyncIteration):
            await anext(running)
        assert sent == ["hello", "thrown", True]
        sent.clear()
        running = generator(sent)
        await anext(running)
        await running.aclose()
        assert sent == [True]
        running = generator(sent)
        await anext(running)
        with pytest.raises(ValueError, match="not caught"):
            await running.athrow(ValueError("not caught"))

    assert inspect.isasyncgenfunction(generator)
    asyncio.run(outside())
    assert not is_on()


def test_decorated_methods(sort: Sort) -> None:
    make, is_on = sort

    class Model:
        @make()
        def method(self) -> bool:
            return is_on()

        @make()
        @classmethod
        def of_class(cls) -> tuple[Any, bool]:
            return cls, is_on()

        @make()
        @staticmethod
        def of_none() -> bool:
            return is_on()

        @property
        @make()
        def attribute(self) -> bool:
            return is_on()

    assert Model().method()
    assert Model().attribute
    assert Model.of_none()
    assert Model().of_none()
    assert Model.of_class() == Model().of_class() == (Model, True)
    assert not is_on()


@pytest.mark.parametrize("target", [Value, "f", property(lambda self: 1.0)])
def test_what_is_no_function_is_not_decorated(target: Any) -> None:
    with pytest.raises(TypeError, match=r"decorates functions and methods, got (the class Value|str|property):"):
        ag.no_grad()(target)


def test_a_warning_at_the_end_may_be_an_error() -> None:
    root = ag.tanh(Value(0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="no node has that label"), ag.break_at("tahn"):
            root.backward()
    assert not open_contexts
    with pytest.raises(KeyError), ag.break_at("tahn"):  # no warning beside the exception
        _fail_after(root)


def _fail_after(root: Value) -> None:
    root.backward()
    raise KeyError
