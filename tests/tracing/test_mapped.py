"""``batch=True``: rows of arrays go their own ways, and give what a loop over them gives."""

from __future__ import annotations

import collections
import math
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close, with_warnings

np = pytest.importorskip("numpy")

Pair = collections.namedtuple("Pair", "p q")
W = ag.Value(3.0, "w")
INSIDE = W * W
X = np.linspace(-1.0, 1.0, 7)
M = np.arange(12.0).reshape(4, 3) - 5.0


def values(array: Any) -> Any:
    return np.array([ag.Value(number) for number in array.ravel().tolist()], object).reshape(array.shape)


def row_of(argument: Any, row: int) -> Any:
    """A row of an argument, as the docstring says: of what is no array, all."""
    if getattr(argument, "ndim", 0):
        return argument[row]
    if isinstance(argument, dict):
        return {name: row_of(member, row) for name, member in argument.items()}
    if isinstance(argument, Pair):
        return Pair(*[row_of(member, row) for member in argument])
    return (
        type(argument)(row_of(member, row) for member in argument) if isinstance(argument, (list, tuple)) else argument
    )


def nodes_in(result: Any) -> list[ag.Value]:
    if hasattr(result, "tolist"):
        result = result.tolist()
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [node for member in result for node in nodes_in(member)]
    return [result] if isinstance(result, ag.Value) else []


def branching(a: Any) -> Any:
    return a * W if a > 0.0 else ag.exp(a) * INSIDE


MAPS: dict[str, tuple[Any, ...]] = {
    "numbers": (branching, X),
    "lists of numbers": (lambda v: ag.sum(sorted(v)) * W if v[0] > -3.0 else v[2], M),
    "the largest of each": (lambda v: v[np.argmax(v)] * W, M * np.array([[1.0], [-1.0], [1.0], [-1.0]])),
    "no Values": (lambda a: a * 2.0 if a > 0.0 else a, X),
    "ints decide": (lambda a, n: a**n * W if n != 2 else a * W, X, np.array([1, 2, 3, 1, 2, 3, 1])),
    "texts decide": (lambda a, s: a * W if s == "b" else a, X[:3], np.array(["a", "b", "c"])),
    "bools decide": (lambda a, flag: a * W if flag else a, X[:2], np.array([True, False])),
    "ints alone": (lambda n: W * n if n > 2 else W, np.array([1, 2, 3, 4])),
    "a shared Value": (lambda a, b: a * b if a > 0.0 else b, X, ag.Value(0.7)),
    "a shared Value twice": (lambda a, b, c, d: a * b + c * d, X, W, W, ag.Value(0.7)),
    "a shared float": (lambda a, b: a * b if a > b else b, X, 0.3),
    "a shared flag": (lambda a, flag: a * W if flag else a, X, True),
    "Values": (branching, values(X)),
    "Values in rows": (lambda v: v[0] * W if v[1] > 0.0 else ag.exp(v[2]), values(M)),
    "Values and floats": (lambda v: v[0] * W if v[1] > 0.0 else v[1], np.array([[ag.Value(1.0), 2.0], [3.0, -1.0]])),
    "several results": (lambda a: (a * W, {"k": a if a > 0.0 else -a, "l": [a * 2.0, 1.0]}), X),
    "named tuples": (lambda pair: Pair(pair.p * W, pair.q), Pair(X, 2.0 * X)),
    "containers": (lambda t: t[0] * t[1]["a"] * t[1]["b"], [X, {"a": 2.0 * X, "b": W}]),
    "arrays": (lambda v: v * W, M),
    "matrices": (lambda m: m[0][1] * W + m[1, 0], np.arange(12.0).reshape(3, 2, 2)),
    "strided": (lambda v: v[0] * W + v[1], M[::2, ::-1]),
    "float32": (branching, X.astype("float32")),
    "long doubles": (branching, X.astype("longdouble")),
    "nan and inf": (branching, np.array([math.nan, 1.0, math.inf, -math.inf])),
    "one row": (branching, X[:1]),
    "the argument": (lambda a: a, values(X)),
    "what is outside": (lambda a: INSIDE, X),
    "constants": (lambda a: 3.0, X),
    "a loop by a tolerance": (lambda a: newton(a * a + 0.5) * W, X),
}  # fmt: skip


def newton(a: Any) -> Any:
    x = a
    while abs(x * x - a) > 1e-9:
        x = (x + a / x) / 2.0
    return x


@pytest.mark.parametrize("name", MAPS)
def test_rows_give_what_a_loop_gives(name: str) -> None:
    f, *args = MAPS[name]
    mapped = ag.jit(f, batch=True)
    count = len(next(array for array in _arrays_in(args)))
    leaves = [W, *nodes_in(args)]
    for _ in range(2):
        found, texts = with_warnings(lambda: mapped(*args))
        assert texts == []
        expected = [f(*[row_of(argument, row) for argument in args]) for row in range(count)]
        gradients = []
        for row, own in enumerate(expected):
            assert close(row_of(found, row), own), row
            for result in (row_of(found, row), own):
                for leaf in leaves:
                    leaf.grad = 0.0
                if nodes := nodes_in([result]):
                    ag.sum([(place + 1.0) * node for place, node in enumerate(nodes)]).backward()
                gradients.append([leaf.grad for leaf in leaves])
        assert close(gradients[::2], gradients[1::2])


def _arrays_in(arguments: Any) -> list[Any]:
    if isinstance(arguments, dict):
        arguments = list(arguments.values())
    if isinstance(arguments, (list, tuple)):
        return [array for member in arguments for array in _arrays_in(member)]
    return [arguments] if getattr(arguments, "ndim", 0) else []


def test_no_rows_give_empty_arrays() -> None:
    assert ag.jit(branching, batch=True)(np.empty(0)).shape == (0,)
    assert ag.jit(lambda v: v[0], batch=True)(np.empty((0, 3))).shape == (0,)


def test_what_cannot_be_mapped() -> None:
    mapped = ag.jit(lambda a, b: a * b, batch=True)
    with pytest.raises(ValueError, match=r"got different lengths: shapes \(7,\), \(3,\)$"):
        mapped(X, X[:3])
    with pytest.raises(TypeError, match=r"got none: write numpy\.array\(\.\.\.\) of rows$"):
        mapped(1.0, 2.0)
    with pytest.raises(ValueError, match="returns a number for row 4, and a tuple of 2 for others"):
        ag.jit(lambda a: a if a > 0.0 else (a, a), batch=True)(X)
    with pytest.raises(ValueError, match="changes its arguments"):
        ag.jit(lambda v: (v.__setitem__(0, 1.0), v[0] * v[1])[1], batch=True)(M)
    with pytest.raises(ZeroDivisionError):
        ag.jit(lambda a: 1 / 0 if a > 0.5 else a * W, batch=True)(X)


def test_what_no_trace_sees_runs_as_it_is() -> None:
    mapped = ag.jit(lambda a: a * (a.data if isinstance(a, ag.Value) else a), batch=True)
    found, texts = with_warnings(lambda: [mapped(X), mapped(X)])
    assert close(found, [X * X, X * X])
    assert len(texts) == 1


@pytest.mark.usefixtures("whatever_length")
def test_a_map_inside_a_traced_function_is_traced_with_it() -> None:
    def f(v: Any) -> Any:
        return ag.sum(list(ag.jit(branching, batch=True)(v)))

    traced = ag.jit(f)
    for v in (X, -X, 2.0 * X):
        found, texts = with_warnings(lambda v=v: (traced(v), ag.grad(traced)(v)))  # type: ignore[misc]
        assert texts == []
        assert close(found, (sum(map(branching, v.tolist())), [ag.grad(branching)(each) for each in v.tolist()]))
    assert len(traced.traces) > 1


def test_observers_see_each_row_recorded() -> None:
    mapped = ag.jit(branching, batch=True)
    mapped(X)
    with ag.no_grad():
        assert [node.operands for node in mapped(X)] == [()] * len(X)
    with ag.detect_anomaly():
        assert [node.op.name for node in mapped(X)] == [branching(number).op.name for number in X]
        with pytest.raises(ag.AnomalyError):
            mapped(np.array([1.0, math.inf]))
