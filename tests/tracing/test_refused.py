"""What cannot be traced is refused in a sentence; more ways than may be end in one warning, and the right numbers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close, with_warnings

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(2.0)
GENERATOR, OLD_GENERATOR, PYTHONS = np.random.default_rng(0), np.random.RandomState(0), random.Random(0)


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        ("text", "a string"),
        (None, "None"),
        (object(), "an object"),
        (map(abs, []), "a map"),
        ({1.0}, "a set"),
    ],
)
def test_what_is_returned_has_to_be_numbers(returned: Any, what: str) -> None:
    traced = ag.jit(lambda x: returned)
    for _ in range(2):
        with pytest.raises(
            TypeError, match=rf"^<lambda> returned {what}: a function that is traced returns .*numbers?,"
        ):
            traced(1.0)
    with pytest.raises(TypeError, match=f"returned {what}"):
        ag.grad(traced)(1.0)


def test_texts_and_none_may_stand_beside_numbers() -> None:
    traced = ag.jit(lambda x: {"value": x * W, "name": "text", "rest": [None, 3, True]})
    assert traced(2.0)["value"].data == 4.0
    assert {name: part for name, part in traced(3.0).items() if name != "value"} == {
        "name": "text",
        "rest": [None, 3, True],
    }


CHANGING: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "an element": (lambda v: v.__setitem__(0, 2.0), [1.0, 2.0]),
    "a member more": (lambda v: v.append(1.0), [1.0]),
    "a member less": (lambda v: v.pop(), [1.0, 2.0]),
    "the order": (lambda v: v.sort(), [2.0, 1.0]),
    "in place": (lambda v: v.__iadd__(1.0), np.array([1.0, 2.0])),
    "an entry": (lambda v: v.update(b=2.0), {"a": 1.0}),
    "nested": (lambda v: v["a"].append(1.0), {"a": [1.0]}),
    "ints": (lambda v: v.append(3), [1, 2]),
}


@pytest.mark.parametrize("name", CHANGING)
def test_arguments_may_not_be_changed(name: str) -> None:
    change, argument = CHANGING[name]

    def f(x: Any, argument: Any) -> Any:
        change(argument)
        return x * 2.0

    with pytest.raises(ValueError, match=r"^f changes its arguments, .*: write values = list\(values\) first, or copy"):
        ag.jit(f)(1.0, argument)
    with pytest.raises(ValueError, match=r"^f changes its arguments"):
        ag.grad(ag.jit(f))(1.0, argument)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, g: x * random.random(),
        lambda x, g: x * np.random.rand(),
        lambda x, g: x * GENERATOR.normal(),
        lambda x, g: x * OLD_GENERATOR.rand(),
        lambda x, g: x * PYTHONS.gauss(0.0, 1.0),
        lambda x, g: x * g.random(),
    ],
)
def test_random_numbers_are_refused(f: Any) -> None:
    for generator in (np.random.default_rng(0), random.Random(0)):
        with pytest.raises(ValueError, match=r"^<lambda> draws random numbers, .*: draw them outside and hand them in"):
            ag.jit(f)(1.0, generator)


def test_random_numbers_that_change_nothing_are_no_matter() -> None:
    traced = ag.jit(lambda x: (random.random(), x * W)[1])
    assert [traced(1.0).data, traced(3.0).data] == [2.0, 6.0]


@pytest.mark.parametrize("f", [3, "f", None, 1.5, []])
def test_only_functions_are_traced(f: Any) -> None:
    with pytest.raises(TypeError, match=r"^jit\(\) takes a function as its first argument, got .*: write jit\(f\)$"):
        ag.jit(f)


@pytest.mark.parametrize("static", ["b", 2, -1, True, 1.5, None, ["a", "c"], [0, None]])
def test_static_has_to_name_arguments(static: Any) -> None:
    with pytest.raises(ValueError, match=r"^static=.* names no argument: they are a, x, from 0 on$"):
        ag.jit(lambda a, x: a, static=static)


@pytest.mark.parametrize("most", [0, -1, True, 1.5, "many", None])
def test_max_traces_is_a_count(most: Any) -> None:
    with pytest.raises(ValueError, match=r"^max_traces is a count from 1 on, got "):
        ag.jit(lambda a: a, max_traces=most)


# -- too many traces -------------------------------------------------------------------------------------------------


def test_too_many_ways_are_warned_of_once_with_the_line_and_the_cure() -> None:
    def f(v: Any) -> Any:
        total = W
        for each in v:
            if each > 0.0:  # this line
                total = total + each * W
        return total

    traced, said = ag.jit(f, max_traces=10), []
    rng = random.Random(1)
    for _ in range(60):
        v = [rng.uniform(-1.0, 1.0) for _ in range(8)]
        found, texts = with_warnings(lambda v=v: (traced(v), ag.grad(traced)(v)))  # type: ignore[misc]
        assert close(found, (f(v), ag.grad(f)(v)))
        said += texts
    assert len(said) == 1
    assert said[0].startswith("f is not traced, and runs as it is: it took 10 ways, of which ")
    assert "test_refused.py" in said[0]
    assert "# this line: write ag.where, ag.maximum or ag.clamp there, " in said[0]
    assert len(traced.traces) == 10


def test_a_mask_of_many_values_is_a_way_for_each_pattern_and_where_is_the_cure() -> None:
    masked = ag.jit(lambda v: v[v > 0.0].sum() * W, max_traces=5)
    chosen = ag.jit(lambda v: sum(ag.where(each > 0.0, each, 0.0) for each in v) * W, max_traces=5)
    rng, said = np.random.default_rng(0), []
    for _ in range(20):
        v = rng.normal(size=6)
        found, texts = with_warnings(lambda v=v: (masked(v), chosen(v)))  # type: ignore[misc]
        said += texts
        assert close(found[0], found[1])
    assert len(said) == 1
    assert "v[v > 0.0]" in said[0]
    assert "write ag.where" in said[0]
    assert len(chosen.traces) == 1


@pytest.mark.parametrize("kinds", [range(30), map(str, range(30)), [np.ones(n) for n in range(30)]])
def test_ever_new_ints_and_shapes_are_warned_of_once(kinds: Any) -> None:
    def f(x: Any, n: Any) -> Any:
        return x * W * (len(n) if hasattr(n, "__len__") else n)

    traced, said = ag.jit(f, max_traces=10), []
    for n in kinds:
        found, texts = with_warnings(lambda n=n: traced(2.0, n))  # type: ignore[misc]
        said += texts
        assert close(found, f(2.0, n))
    assert len(said) == 1
    assert "it was traced for 11 kinds of arguments, and each other number, text or flag that is no float" in said[0]


# -- check -----------------------------------------------------------------------------------------------------------


def test_check_finds_what_is_not_among_the_arguments() -> None:
    scale, ticks = [1.0], itertools.count()
    of_a_global = ag.jit(lambda x: x * scale[0] * W, check=True)
    assert [of_a_global(1.0).data, of_a_global(2.0).data, ag.grad(of_a_global)(1.0)] == [2.0, 4.0, 2.0]
    scale[0] = 3.0
    with pytest.raises(
        ag.ReplayMismatchError, match=r"computes \[6.0\] when it is recorded anew, and .* \[2.0\]: it dep"
    ):
        of_a_global(1.0)
    with pytest.raises(ag.ReplayMismatchError, match="such as a global or a random number"):
        ag.grad(of_a_global)(1.0)
    with pytest.raises(ag.ReplayMismatchError):
        ag.jit(lambda x: x * next(ticks), check=True)(1.0)
