"""Arguments of a traced function: which of them vary, and which decide what it is traced for."""

from __future__ import annotations

import collections
import enum
import math
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

import autograd_core as ag
from tests.support.traced import assert_same_calls, close, with_warnings

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(3.0, "w")
X, Y = ag.Value(0.5, "x"), ag.Value(2.0, "y")


class Pair(NamedTuple):
    p: Any
    q: Any


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def total(x: Any) -> Any:
    """The sum of all numbers in nested containers, weighted by their places."""
    found: list[Any] = []

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            part = list(part.values())
        if getattr(part, "ndim", 0):
            part = part.ravel().tolist()
        if isinstance(part, (list, tuple)):
            for each in part:
                collect(each)
        else:
            found.append(part)

    collect(x)
    return sum((place + 1.0) * number for place, number in enumerate(found)) * W


VARYING = {
    "float": [(1.5,), (2.5,), (-0.0,), (math.inf,), (math.nan,)],
    "Value": [(X,), (Y,)],
    "numpy.float64": [
        (np.float64(1.5),),
        (
            np.float64(
                2.5,
            ),
        ),
    ],
    "numpy.float32": [(np.float32(1.5),), (np.float32(0.1),)],
    "numpy.longdouble": [(np.longdouble(1.5),), (np.longdouble(2.5),)],
    "list": [([1.0, 2.0],), ([3.0, 4.0],)],
    "tuple of Values": [((X, Y),), ((Y, X),)],
    "mixed list": [([1.0, X],), ([2.0, Y],)],
    "nested": [({"a": 1.0, "b": [2.0, (3.0,)]},), ({"a": 4.0, "b": [5.0, (6.0,)]},)],
    "named tuple": [(Pair(1.0, [2.0]),), (Pair(3.0, [4.0]),)],
    "OrderedDict": [(collections.OrderedDict(a=1.0),), (collections.OrderedDict(a=2.0),)],
    "defaultdict": [(collections.defaultdict(float, a=1.0),), (collections.defaultdict(float, a=2.0),)],
    "empty list": [([],), ([],)],
    **{
        f"array of {kind}": [(np.array([[1.5, 0.1]], kind),), (np.array([[2.5, 0.2]], kind),)]
        for kind in ("float16", "float32", "float64", "longdouble", ">f8")
    },
    "0-d array": [(np.array(1.5),), (np.array(2.5),)],
    "empty array": [(np.empty((0, 2)),), (np.empty((0, 2)),)],
    "strided array": [(np.arange(6.0).reshape(2, 3)[:, ::-2],), (np.ones((2, 2)),)],
    "array of Values": [(np.array([X, Y]),), (np.array([Y, X]),)],
    "array of Values and floats": [(np.array([X, 2.0], object),), (np.array([Y, 3.0], object),)],
    "same Value twice": [(X, X), (Y, Y)],
}


@pytest.mark.parametrize("calls", VARYING.values(), ids=VARYING)
def test_one_trace_serves_all_floats(calls: list[Any]) -> None:
    runs = 0

    def f(*args: Any) -> Any:
        nonlocal runs
        runs += 1
        return total(args)

    traced = ag.jit(f)
    for args in calls:
        found, texts = with_warnings(lambda args=args: traced(*args))  # type: ignore[misc]
        assert texts == []
        assert close(found, total(args))
    assert (runs, len(traced.traces)) == (1, 1)


def test_keyword_arguments_vary_and_may_come_in_another_order() -> None:
    traced = ag.jit(lambda x, y=1.0, *, z=2.0: (x * y + z) * W)
    assert [traced(2.0).data, traced(x=2.0).data, traced(2.0, y=3.0, z=4.0).data] == [12.0, 12.0, 30.0]
    assert [traced(2.0, z=4.0, y=3.0).data, traced(1.0, z=1.0, y=1.0).data] == [30.0, 6.0]


def test_a_minibatch_does_not_trace_anew() -> None:
    calls = 0

    def loss(xs: Any, ys: Any) -> Any:
        nonlocal calls
        calls += 1
        return ag.mean([(W * x - y) ** 2 for x, y in zip(xs, ys)])

    traced = ag.jit(loss)
    rng = np.random.default_rng(0)
    for _ in range(10):
        traced(rng.normal(size=8), rng.normal(size=8))
    assert (calls, len(traced.traces)) == (1, 1)
    traced(rng.normal(size=9), rng.normal(size=9))  # another shape, another trace
    assert (calls, len(traced.traces)) == (2, 2)


DECIDING = {
    "bools and numbers": [True, 1, 1.0, False, 0, 0.0],
    "ints": [1, 2, 3, 10**30],
    "texts": ["a", "b", b"a", ""],
    "None": [None, 0, "None"],
    "enums": [Colour.RED, Colour.BLUE, 1],
    "functions": [math.sin, math.cos, abs],
    "exact numbers": [Fraction(1, 3), Fraction(2, 3), 1 + 2j],
    "arrays of ints": [np.array([1, 2]), np.array([1, 3]), np.array([[1, 2]]), np.array([1, 2], "int8")],
    "arrays of bools": [np.array([True, False]), np.array([True, True])],
    "arrays of texts": [np.array(["a", "b"]), np.array(["a", "c"])],
    "containers": [[1, "a"], [1, "b"], (1, "a"), {"k": 1}, {"k": 2}, {"j": 1}, frozenset({1})],
}


@pytest.mark.parametrize("keys", DECIDING.values(), ids=DECIDING)
def test_all_else_is_traced_for(keys: list[Any]) -> None:
    seen: list[Any] = []

    def f(x: Any, key: Any) -> Any:
        if not isinstance(key, (float, ag.Value)):
            seen.append(key)
        return x * 2.0

    traced = ag.jit(f)
    for _ in range(2):
        for x in (1.0, 2.0):
            for key in keys:
                assert traced(x, key) == 2.0 * x
    own = [key for key in keys if not isinstance(key, float)]
    assert [type(key) for key in seen] == [type(key) for key in own]
    assert list(map(repr, seen)) == list(map(repr, own))


def test_static_floats_are_told_apart_to_the_sign_of_zero() -> None:
    def f(x: Any, options: Any) -> Any:
        return x * math.copysign(1.0, options["sign"]) if type(options["sign"]) is not ag.Value else x

    for static in ("options", 1, ["options"], (1, "options")):
        traced = assert_same_calls(f, [(1.0, {"sign": sign}) for sign in (0.0, -0.0, 1.0, 0.0)], static=static)
        assert len(traced.traces) == 3
        assert traced(1.0, options={"sign": -0.0}) == -1.0


def test_static_names_what_stars_take() -> None:
    def f(*numbers: Any, **options: Any) -> Any:
        return numbers[0] * math.floor(numbers[1]) * math.floor(options["scale"])

    traced = ag.jit(f, static=(1, "scale"))
    for x, n, scale in ((1.0, 2.5, 3.5), (2.0, 2.5, 3.5), (2.0, 1.5, 3.5)):
        assert traced(x, n, scale=scale) == f(x, n, scale=scale)
    assert len(traced.traces) == 2


def test_identity_of_values_is_part_of_what_is_traced() -> None:
    """``is``, sets and dicts tell Values apart as nodes."""

    def by_is(a: Any, b: Any) -> Any:
        return a * 2.0 if a is b else a * b * 3.0

    def by_key(values: Any) -> Any:
        return {value: place + 1.0 for place, value in enumerate(values)}[values[0]] * values[1]

    assert_same_calls(by_is, [(X, X), (X, Y), (Y, Y), (Y, X), (X, 1.0)])
    assert_same_calls(by_key, [([X, X],), ([X, Y],), ([Y, Y],), ([1.0, X],)])
    traced = ag.jit(by_is, batch=True)
    for shared in ((X, X), (X, Y)):
        rows = ag.jit(lambda x, pair: by_is(*pair) * x, batch=True)(np.array([1.0, 2.0]), list(shared))
        assert close(rows, [by_is(*shared) * x for x in (1.0, 2.0)])
    assert close(traced(np.array([1.0]), X), [by_is(1.0, X)])


def test_what_has_no_hash_runs_as_it_is() -> None:
    traced = ag.jit(lambda x, s: x * len(s))
    found, texts = with_warnings(lambda: [traced(2.0, {1, 2}), traced(3.0, {1})])
    assert found == [4.0, 3.0]
    assert texts == [
        "<lambda> is not traced, and runs as it is: a set among its arguments has no hash, so that nobody can tell "
        "whether it changed"
    ]
