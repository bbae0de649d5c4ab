"""Truths that Python asks for while a function is traced: a call goes the way that it goes as it is."""

from __future__ import annotations

import math
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close, differentiated, with_warnings

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(3.0, "w")
NUMBERS = (-1.0, -0.0, 0.0, 0.5, 1.0, 2.0, math.inf, -math.inf, math.nan)
LISTS = ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [2.0, 1.0, 3.0], [1.0, 1.0, -1.0], [0.0, -0.0, 1.0], [math.nan, 1.0, 0.0])


def newton(a: Any) -> Any:
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = (x + a / x) / 2.0
    return x


def raising(a: Any) -> Any:
    if a < 0.0:
        raise ValueError("is negative")
    return a * W


OF_A_NUMBER = {
    "if": lambda a: a * W if a > 0.5 else a * a,
    "chained": lambda a: a * W if 0.0 < a < 1.0 else a,
    "truth of a Value": lambda a: a * W if a else W,
    "and": lambda a: (a > 0.0 and a * W) or W,
    "not": lambda a: W * (not a) + a,
    "equal": lambda a: a * W if a == 1.0 else a,
    "conditions compared": lambda a: a * W if (a > 0.0) == (a < 1.0) else a,
    "as an index": lambda a: [W, 2.0 * W][a > 0.5] * a,
    "as a key": lambda a: {True: W, False: 2.0 * W}[a > 0.5] * a,
    "as an int": lambda a: int(a > 0.5) * W * a,
    "in a list": lambda a: a * W if a in [1.0, 2.0] else a,
    "of what is outside": lambda a: a * W if a < W else W,
    "round": lambda a: round(a, 1) * W if abs(a) < 10.0 else a,
    "returned": lambda a: [bool(a > 0.5), a],
}
OF_A_LIST = {
    "max": lambda v: max(v) * W,
    "min by a key": lambda v: min(v, key=abs) * W,
    "sorted": lambda v: [each * W for each in sorted(v)],
    "sum of conditions": lambda v: sum(each > 0.5 for each in v) * W * v[0],
    "any": lambda v: v[0] * W if any(each > 2.5 for each in v) else v[1],
    "index": lambda v: v.index(v[2]) * W,
    "numpy.where": lambda v: np.where(np.array(v) > 1.0, np.array(v) * W, 0.0).sum(),
    "mask": lambda v: np.array(v)[np.array(v) > 1.0].sum() * W,
    "numpy.sort": lambda v: list(np.sort(np.array(v)) * W),
    "numpy.argmax": lambda v: v[np.argmax(np.array(v))] * W,
    "loop": lambda v: sum((each for each in v if each > v[0]), W),
}


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, of nan
@pytest.mark.parametrize("name", [*OF_A_NUMBER, *OF_A_LIST])
def test_calls_go_the_way_that_they_go_as_they_are(name: str) -> None:
    f: Any = OF_A_NUMBER.get(name) or OF_A_LIST[name]
    traced = ag.jit(f)
    lists = LISTS[:-1] if name == "numpy.sort" else LISTS  # which puts the nan of floats last, as no comparison does
    for number in NUMBERS if name in OF_A_NUMBER else lists:
        found, texts = with_warnings(lambda number=number: traced(number))  # type: ignore[misc]
        assert [text for text in texts if not text.startswith("invalid value")] == []
        assert close(found, f(number)), number
        args = [ag.Value(each) for each in np.ravel(number).tolist()]
        given = (args[0],) if name in OF_A_NUMBER else (args,)
        found, gradients = differentiated(traced, given, [*args, W])
        expected, expected_gradients = differentiated(f, given, [*args, W])
        assert close((found, gradients), (expected, expected_gradients)), number


def test_a_loop_by_a_tolerance_is_a_way_for_each_number_of_steps() -> None:
    traced = ag.jit(newton)
    for a in (2.0, 3.0, 0.25, 1e6, 2.5, 1.0):
        assert traced(a) == newton(a)
        assert close(ag.grad(traced)(a), ag.grad(newton)(a))
    assert len(traced.traces) < 14


def test_what_a_branch_raises_is_raised_each_time() -> None:
    traced = ag.jit(raising)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^is negative$"):
            traced(-1.0)
        with pytest.raises(ValueError, match=r"^is negative$"):
            ag.grad(traced)(-1.0)
        assert traced(2.0).data == 6.0
    assert len(traced.traces) == 1


def test_programs_follow_values_where_floats_raise() -> None:
    def f(x: Any) -> Any:
        return 1.0 / x if x < 5.0 else x**1000.0

    traced = ag.jit(f)
    for number in (1.0, 0.0, -0.0, 10.0, 1e300):
        assert traced(number) == f(ag.Value(number)).data
    with pytest.raises(ZeroDivisionError):
        f(0.0)


def test_an_early_return_does_not_make_a_function_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    calls = 0

    def f(a: Any) -> Any:
        nonlocal calls
        calls += 1
        if a < 0.0:
            return a * W
        for _ in range(40):
            a = ag.sin(a) * W
        return a

    traced = ag.jit(f)
    for number in (-1.0, 1.0, 2.0, -2.0, 3.0):
        traced(ag.Value(number))
    assert calls == 3  # the short way traced, and run as it is, and the long one traced


def test_a_short_function_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    calls = 0

    def f(a: Any) -> Any:
        nonlocal calls
        calls += 1
        return a * W if a > 0.0 else a

    traced = ag.jit(f)
    assert [traced(float(number)).data for number in range(1, 21)] == [3.0 * number for number in range(1, 21)]
    assert (calls, len(traced.traces)) == (21, 1)
