"""Traced functions in a process: threads, memory, interrupts, copies, and the same bits again."""

from __future__ import annotations

import copy
import functools
import gc
import pickle
import random
import sys
import threading
from collections.abc import Iterator
from types import MemberDescriptorType
from typing import Any

import pytest

import autograd_core as ag
from autograd_core.contexts import open_contexts
from tests.support.traced import close, with_warnings

pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(1.5, "w")


def branching(v: Any) -> Any:
    total = 0.0 * W
    for each in v:
        total = total + each * W if each > 0.0 else total - ag.exp(each) * W
    return total


@ag.jit
def decorated(x: Any) -> Any:
    """A docstring."""
    return x * W if x > 0.0 else -x


@pytest.fixture
def often_switched() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def slots_are_their_own() -> bool:
    return all(isinstance(vars(ag.Value)[name], MemberDescriptorType) for name in ag.Value.__slots__)


@pytest.mark.usefixtures("often_switched")
def test_threads_call_the_same_function_at_the_same_time() -> None:
    traced, wrong = ag.jit(branching, max_traces=1000), []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(15):
            v = [rng.uniform(-1.0, 1.0) for _ in range(4)]
            found = traced(v), traced([ag.Value(each) for each in v]), ag.grad(traced)(v)
            if not close(found, (branching(v), branching(v), ag.grad(branching)(v))):
                wrong.append((v, found))

    def in_threads() -> None:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert with_warnings(in_threads) == (None, [])
    assert wrong == []
    assert slots_are_their_own()


def test_what_other_threads_do_with_other_values_is_no_matter() -> None:
    going, y = threading.Event(), ag.Value(2.0)

    def busy() -> None:
        while not going.is_set():
            assert (y * y).data == y.data * y.data

    thread = threading.Thread(target=busy)
    thread.start()
    traced = ag.jit(branching)
    _, texts = with_warnings(lambda: [traced([0.5, -0.5, float(sign)]) for sign in (-1, 1)])
    going.set()
    thread.join()
    assert texts == []
    assert len(traced.traces) == 2


def test_a_trace_that_fails_leaves_nothing_behind() -> None:
    def failing(x: Any) -> Any:
        if x > 0.0:
            raise KeyboardInterrupt
        return x * W

    traced = ag.jit(failing)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            traced(1.0)
        assert slots_are_their_own()
        assert not open_contexts
        assert traced(-1.0).data == -1.5


def test_a_trace_around_another_one() -> None:
    inner = ag.jit(lambda x: x * W if x > 0.0 else W)
    outer = ag.jit(lambda x: inner(x) + inner(-x))
    for number in (1.0, -1.0, 2.0):
        assert outer(number).data == inner(number).data + inner(-number).data
    assert slots_are_their_own()
    assert len(outer.traces) == 2


def test_recursion() -> None:
    @ag.jit
    def halved(x: Any) -> Any:
        return x * W if x < 1.0 else halved(x / 2.0) + 1.0

    assert [halved(number).data for number in (0.5, 3.0, 100.0)] == [0.75, 1.125 + 2.0, 1.171875 + 7.0]


def test_calls_make_no_reference_cycles() -> None:
    traced, x = ag.jit(branching), [ag.Value(0.5), ag.Value(-0.5)]
    for _ in range(2):  # the first time to trace
        gc.collect()
        gc.disable()
        try:
            for _ in range(3):
                traced(x).backward()
                traced([0.5, -0.5])
                ag.grad(traced)([0.5, -0.5])
                ag.hessian(traced)([0.5, -0.5])
                ag.leaves(traced(x))
            found = gc.collect()
        finally:
            gc.enable()
    assert found == 0


def test_a_deep_chain_is_traced_without_recursion() -> None:
    def chain(x: Any) -> Any:
        for _ in range(5_000):
            x = ag.sin(x) * 1.01
        return x

    traced, x = ag.jit(chain), ag.Value(0.5)
    root = traced(x)
    root.backward()
    assert close(root, chain(0.5))
    assert ag.leaves(root) == [x]
    assert len(ag.topological_order(root)) == 10_001
    assert len(pickle.dumps(root)) > 10_000


def test_the_same_calls_give_the_same_bits() -> None:
    def run() -> list[Any]:
        rng, traced, found = random.Random(3), ag.jit(branching), []
        for _ in range(12):
            v = [rng.uniform(-1.0, 1.0) for _ in range(3)]
            x = [ag.Value(each) for each in v]
            root = traced(x)
            root.backward()
            found.append((root.data, [each.grad for each in x], ag.grad(traced)(v), ag.hessian(traced)(v)))
        return found

    assert run() == run()


def test_pickles_and_copies() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated) is decorated
    traced = ag.jit(branching, max_traces=2)
    traced([1.0])
    for other in (pickle.loads(pickle.dumps(traced)), copy.copy(traced), copy.deepcopy(traced)):
        assert other.f is branching
        assert other.traces == []
        assert close(other([1.0, -1.0]), branching([1.0, -1.0]))


def test_what_a_traced_function_is_called() -> None:
    named: Any = decorated
    assert (named.__name__, named.__doc__) == ("decorated", "A docstring.")
    assert repr(ag.jit(functools.partial(max, 1.0))) == "<partial, traced 0 times>"
    traced = ag.jit(branching)
    traced([1.0])
    assert repr(traced) == "<branching, traced 1 time>"
    assert repr(ag.jit(branching, batch=True)) == "<rows of <branching, traced 0 times>>"


def test_partials_modules_and_objects_are_functions_too() -> None:
    nn = pytest.importorskip("nn")

    class Scaled:
        def __call__(self, x: Any) -> Any:
            return x * W

    model = nn.MLP(2, [3, 1], seed=0)
    assert close(ag.jit(model)([1.0, 2.0]), model([1.0, 2.0]))
    assert close(ag.jit(functools.partial(lambda a, b: a * b * W, 2.0))(3.0), 9.0)
    assert close(ag.jit(Scaled())(2.0), 3.0)
    assert close(ag.jit(ag.exp)(2.0), ag.exp(2.0))
    assert close(ag.jit(max)(1.0, 2.0), 2.0)
