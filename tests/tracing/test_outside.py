"""Values from outside a traced function: read at each call, and given their gradients."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close, differentiated, graph

pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(3.0, "w")
INSIDE = W * W

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "a leaf": lambda a: a * W,
    "an interior node": lambda a: INSIDE * a + W,
    "returned as it is": lambda a: W,
    "an interior node returned": lambda a: INSIDE,
    "the argument returned": lambda a: a,
    "a leaf made inside": lambda a: ag.Value(2.0) * a,
    "a constant": lambda a: 3.0,
    "no gradient": lambda a: ag.stop_gradient(a) * W,
    "a kink": lambda a: abs(a) * W,
    "an infinite derivative": lambda a: ag.sqrt(abs(a)) * 0.0 + W,
    "guarded": lambda a: a * W if INSIDE > 4.0 else a,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_and_gradients_are_as_they_are(name: str) -> None:
    f = FUNCTIONS[name]
    traced = ag.jit(f)
    for weight in (3.0, 1.0, -2.0):
        W.data, INSIDE.data = weight, weight * weight
        for number in (2.0, 0.0, -1.0, math.inf, math.nan):
            for argument in (number, ag.Value(number), W, ag.Value(number) * 1.0):
                leaves = [W, argument] if isinstance(argument, ag.Value) else [W]
                expected = differentiated(f, (argument,), leaves)
                assert close(differentiated(traced, (argument,), leaves), expected)
    W.data, INSIDE.data = 3.0, 9.0


def test_functions_of_no_arguments() -> None:
    w = ag.Value(2.0)
    traced = ag.jit(lambda: w * w if w > 0.0 else -w)
    for number in (2.0, 3.0, -1.0, 2.0):
        w.data = number
        assert traced().data == (number * number if number > 0.0 else -number)
    assert len(traced.traces) == 2


# -- looked into -----------------------------------------------------------------------------------------------------


def f(a: Any, b: Any) -> Any:
    s = a * W + b
    s.label = "sum"
    return ag.tanh(s) * (a if a > b else b * W)


def called(function: Callable[..., Any], *numbers: float) -> tuple[ag.Value, list[ag.Value]]:
    W.grad = 0.0
    leaves = [ag.Value(number, label) for number, label in zip(numbers, "ab")]
    return function(*leaves), leaves


OPENING: dict[str, Callable[[ag.Value, Any], Any]] = {
    "draw": lambda root, leaves: ag.draw(root).source,
    "explain": lambda root, leaves: str(ag.explain(root, W)),
    "leaves": lambda root, leaves: [leaf.label for leaf in ag.leaves(root)],
    "count_paths": lambda root, leaves: [ag.count_paths(root, leaf) for leaf in (*leaves, W)],
    "backward_steps": lambda root, leaves: list(map(str, ag.backward_steps(root))),
    "gradients as a graph": lambda root, leaves: [
        each.data for each in ag.gradients(root, [*leaves, W], create_graph=True)
    ],
    "pickle": lambda root, leaves: graph(pickle.loads(pickle.dumps(root))),
    "copy": lambda root, leaves: graph(copy.copy(root)),
    "deepcopy": lambda root, leaves: graph(copy.deepcopy(root)),
    "break_at": lambda root, leaves: broken_at(root),
}


def broken_at(root: ag.Value) -> list[str]:
    seen: list[str] = []

    def never(node: Any, gradient: float) -> bool:
        seen.append(f"{node!r} {gradient}")
        return False

    with ag.break_at(when=never):
        root.backward()
    return seen


@pytest.mark.parametrize("name", OPENING)
@pytest.mark.parametrize("numbers", [(0.5, 2.0), (2.0, 0.5)])
def test_whoever_looks_into_a_call_sees_what_recording_it_gives(name: str, numbers: tuple[float, float]) -> None:
    traced = ag.jit(f)
    called(traced, 1.0, 3.0)
    assert OPENING[name](*called(traced, *numbers)) == OPENING[name](*called(f, *numbers))


def test_a_call_is_opened_at_the_numbers_that_it_had() -> None:
    """After a step of an optimizer, too: what was recorded stays as it was, and the function does not run again."""
    runs = 0

    def counted(a: Any, b: Any) -> Any:
        nonlocal runs
        runs += 1
        return f(a, b)

    traced = ag.jit(counted)
    for constant in (False, True):
        root, leaves = called(traced, 0.5, 2.0) if not constant else (traced(0.5, 2.0), [])
        own, own_leaves = called(f, 0.5, 2.0) if not constant else (f(ag.Value(0.5), 2.0), [])
        before = runs
        for leaf in (*leaves, *own_leaves):
            leaf.data = -7.0
        W.data = 10.0
        found, expected = graph(root), graph(own)
        W.data = 3.0
        assert root.data == own.data
        if not constant:
            assert found == expected
        assert runs == before


def test_rows_of_a_map_are_opened_at_the_numbers_that_they_had() -> None:
    np = pytest.importorskip("numpy")
    scale = W * 2.0
    rows = ag.jit(lambda a, b: f(a, b) * scale, batch=True)
    a, b = ag.Value(2.0, "a"), np.array([0.5, 4.0])
    nodes = rows(a, b)
    own = [f(a, number) * scale for number in (0.5, 4.0)]
    W.data = a.data = -5.0
    found, expected = list(map(graph, nodes)), list(map(graph, own))
    W.data = 3.0
    assert found == expected


def test_constants_are_opened_as_constants() -> None:
    traced = ag.jit(lambda a: (a * a + 1.0) * W)
    traced(1.0)
    assert graph(traced(2.0)) == graph((2.0 * 2.0 + 1.0) * W)
    assert traced(2.0).op.name == "<lambda>"
