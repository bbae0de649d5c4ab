"""The guide's table of who decides a branch: all ways of writing one, in eager, in a compiled program and under jit."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag

np = pytest.importorskip("numpy")

GUIDE = Path(__file__).parent.parent / "notebooks" / "site" / "guide_values.md"
HERE, THERE = [3.0, 2.0, -0.5], [1.0, 4.0, 0.5]
"""x, y and z, where all that is written below is decided one way, and the other way."""

ticks = count(1.0)

changing = {"a_global": 1.0}
ANEW = "anew for each row"

Function = Callable[[list[Any], bool, int], Any]


def array(v: list[Any]) -> Any:
    return np.array(v, dtype=object)


def total(values: Any) -> ag.Value:
    result: ag.Value = ag.sum(list(values))
    return result


def with_while(v: list[Any], flag: bool, n: int) -> Any:
    x, _, z = v
    while x < 10.0:
        x = 1.5 * x + 1.0
    return x * z


def with_range(v: list[Any], flag: bool, n: int) -> Any:
    x = v[0]
    for _ in range(n):
        x = x * v[1]
    return x


def with_no_grad(v: list[Any], flag: bool, n: int) -> Any:
    with ag.no_grad():
        factor = v[0] * v[1]
    return factor * v[2]


EXAMPLES: dict[str, Function] = {
    "if x > y": lambda v, flag, n: v[0] * v[2] if v[0] > v[1] else v[1] * v[2],
    "while": with_while,
    "and": lambda v, flag, n: v[0] * 2.0 if v[0] > 2.0 and v[1] < 3.0 else v[2],
    "or": lambda v, flag, n: v[0] * 2.0 if v[0] > 2.0 or v[1] > 9.0 else v[2],
    "not": lambda v, flag, n: v[0] * 2.0 if not v[0] > 2.0 else v[2],
    "0 < x < 1": lambda v, flag, n: v[0] * 2.0 if 0.0 < v[2] < 1.0 else v[2],
    "x if c else y": lambda v, flag, n: v[0] if v[0] > v[1] else v[1] * v[2],
    "max(values)": lambda v, flag, n: max(v) * 2.0,
    "min": lambda v, flag, n: min(v[0], v[1]) * 2.0,
    "sorted": lambda v, flag, n: ag.dot([1.0, 2.0, 3.0], sorted(v)),
    "any(...)": lambda v, flag, n: v[0] if any(value < 0.0 for value in v) else v[1],
    "values[x > y]": lambda v, flag, n: v[v[0] > v[1]] * 2.0,
    "{True: a}[x > y]": lambda v, flag, n: {True: v[0], False: v[1] * 2.0}[v[0] > v[1]],
    "[v for v in values if v > 0]": lambda v, flag, n: total(value for value in v if value > 0.0) * v[2],
    "a[a > 0]": lambda v, flag, n: total(array(v)[array(v) > 0.0]),
    "np.where(a > 0, …)": lambda v, flag, n: total(np.where(array(v) > 0.0, array(v) * 2.0, array(v))),
    "np.maximum": lambda v, flag, n: total(np.maximum(array(v), 2.5)),
    "np.clip": lambda v, flag, n: total(np.clip(array(v), 0.0, 2.5)),
    "np.sort": lambda v, flag, n: np.sort(array(v))[-1] * 2.0,
    "a[[v > 0 for v in a]]": lambda v, flag, n: total(array(v)[[value > 0.0 for value in v]]),
    "np.sign": lambda v, flag, n: total(np.sign(array(v))) * v[0],
    "np.argmax": lambda v, flag, n: v[np.argmax(array(v))] * 2.0,
    "np.any": lambda v, flag, n: v[0] if np.any(array(v) < 0.0) else v[1],
    "ag.where(x > y, …)": lambda v, flag, n: ag.where(v[0] > v[1], v[0], v[1] * v[2]),
    "&": lambda v, flag, n: ag.where((v[0] > 2.0) & (v[1] < 3.0), v[0], v[1]),
    "|": lambda v, flag, n: ag.where((v[0] > 2.0) | (v[1] > 9.0), v[0], v[1]),
    "^": lambda v, flag, n: ag.where((v[0] > 2.0) ^ (v[1] > 9.0), v[0], v[1]),
    "~": lambda v, flag, n: ag.where(~(v[0] > 2.0), v[0], v[1]),
    "(x > y) * z": lambda v, flag, n: (v[0] > v[1]) * v[2],
    "sum([x > y, x > z])": lambda v, flag, n: sum([v[0] > v[1], v[0] > v[2]]),
    "ag.maximum": lambda v, flag, n: ag.maximum(v[0], v[1]),
    "ag.minimum": lambda v, flag, n: ag.minimum(v[0], v[1]),
    "ag.clamp": lambda v, flag, n: ag.clamp(v[0], 0.0, 2.0),
    "ag.abs": lambda v, flag, n: ag.abs(v[2]) * v[0],
    "ag.sign": lambda v, flag, n: ag.sign(v[2]) * v[0],
    "ag.relu": lambda v, flag, n: ag.relu(v[2]) * v[0],
    "x % y": lambda v, flag, n: v[0] % v[1],
    "x // y": lambda v, flag, n: v[0] // v[1],
    "round": lambda v, flag, n: round(v[0]) * v[1],
    "ag.floor": lambda v, flag, n: ag.floor(v[2]) * v[1],
    "np.abs": lambda v, flag, n: total(np.abs(array(v))),
    "if flag": lambda v, flag, n: v[0] * v[1] if flag else v[2],
    "range(n)": with_range,
    "x.data": lambda v, flag, n: v[0] * v[0].data,
    'f"{x}"': lambda v, flag, n: v[0] * len(f"{v[2]}"),
    "ag.no_grad()": with_no_grad,
    "random.random()": lambda v, flag, n: v[0] * random.random(),
    "np.random.normal()": lambda v, flag, n: v[0] * np.random.normal(),
    "time.time()": lambda v, flag, n: v[0] * next(ticks),  # which surely differs each time
    "a_global": lambda v, flag, n: v[0] * changing["a_global"],
}
"""By what the guide writes: a function of x, y and z, of a flag and of a count."""


def eager(f: Function, v: list[float], flag: bool, n: int) -> float:
    result = f([ag.Value(number) for number in v], flag, n)
    return float(result.data)


def who_decides(f: Function, monkeypatch: pytest.MonkeyPatch) -> str:
    """By whether Python asks a condition for its truth while recording, and by what a program makes of the function."""
    asked = []
    truth = ag.Condition.__bool__

    def noted(condition: ag.Condition[Any]) -> bool:
        asked.append(condition)
        return truth(condition)

    with monkeypatch.context() as patched:
        patched.setattr(ag.Condition, "__bool__", noted)
        eager(f, HERE, True, 2)
    return "by Python" if asked else "by the graph" if in_a_program(f) == ANEW else "by Python, unseen"


def in_a_program(f: Function) -> str:
    leaves = [ag.Value(number) for number in HERE]
    program = ag.compile(f(leaves, True, 2), leaves)
    changing["a_global"] += 1.0
    return ANEW if program.forward(THERE) == eager(f, THERE, False, 3) else "as it was recorded"


def under_jit(f: Function) -> str:
    """By what the function gives, and how many traces there are."""

    def longer(v: list[Any], flag: bool, n: int) -> Any:
        result = f(v, flag, n)
        for _ in range(50):  # what is short is not worth a program
            result = 1.0 * result
        return result

    traced = ag.jit(longer)
    numbers = ag.value_and_grad(traced)
    expected = ag.value_and_grad(f)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            here, there = numbers(HERE, True, 2), numbers(THERE, True, 2)
        except ValueError as error:
            assert "hand them in as arguments" in str(error)  # noqa: PT017 - that it is raised is what is found out
            return "refused"
        n_traces = len(traced.traces)
        changing["a_global"] += 1.0
        again = numbers(HERE, True, 2)
        otherwise = numbers(HERE, False, 3)
    if again != expected(HERE, True, 2):
        assert again == here
        with pytest.raises(ag.ReplayMismatchError):
            call_twice(ag.jit(longer, check=True))
        return "as it was recorded; `check=True` finds it"
    assert (here, there) == (expected(HERE, True, 2), expected(THERE, True, 2))
    assert otherwise == expected(HERE, False, 3)
    if said:
        (warning,) = said
        assert __file__ in str(warning.message)
        return "runs eagerly, says so once"
    if otherwise != here:
        return "another value, another trace"
    return {1: "anew at each call", 2: "guarded"}[n_traces]


def call_twice(f: Function) -> None:
    for _ in range(2):
        f(HERE, True, 2)
        changing["a_global"] += 1.0


def rows() -> list[tuple[list[str], list[str]]]:
    """What the guide writes, and what its table says of it: in eager, in a program, under jit."""
    table = GUIDE.read_text(encoding="utf-8").partition("| written | eager |")[2].partition("\n\n")[0]
    found = []
    for line in table.splitlines()[2:]:
        written, *cells = re.split(r"(?<!\\)\|", line.strip("|"))
        snippets = [snippet.replace("\\|", "|") for snippet in re.findall(r"`([^`]+)`", written)]
        found.append((snippets, [cell.strip() for cell in cells]))
    return found


WRITTEN = [(snippet, cells) for snippets, cells in rows() for snippet in snippets]


def test_every_example_is_in_the_table() -> None:
    assert {snippet for snippet, _ in WRITTEN} == EXAMPLES.keys()
    assert len(WRITTEN) == len(EXAMPLES)


@pytest.mark.parametrize(("snippet", "cells"), WRITTEN, ids=[snippet for snippet, _ in WRITTEN])
def test_the_table_says_what_is_so(snippet: str, cells: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    f = EXAMPLES[snippet]
    measured = [who_decides(f, monkeypatch), in_a_program(f), under_jit(f)]
    for cell, word in zip(cells, measured, strict=True):
        assert re.match(rf"{re.escape(word)}\b", cell), (cell, word)
