"""The module that the notebooks share: exercises judge answers without telling the right one, charts keep one look."""

from __future__ import annotations

import doctest
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("IPython")

import matplotlib.pyplot as plt

import autograd_core as ag

with plt.rc_context():  # the look that its import gives to a notebook is not for the other tests
    from notebooks import lesson


@pytest.fixture(autouse=True)
def _look() -> Iterator[None]:
    with plt.rc_context(lesson.STYLE):
        yield


def slope(x: float) -> float:
    return 2.0 * x


def test_examples() -> None:
    assert doctest.testmod(lesson).failed == 0


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (6, 6.0),
        (6.001, 6.0),
        (8, 8),
        (0, 0.0),
        (math.nan, math.nan),
        (math.inf, math.inf),
        (ag.Value(6.0), 6.0),
        (6.0, ag.Value(6.0)),
        (True, True),
        (" Saddle", "saddle"),
        ([1.0, 2.0], (1, 2)),
        ({"w1", "w2"}, {"w2", "w1"}),
        (["w2", "w1"], {"w2", "w1"}),
    ],
)
def test_right_answers(answer: object, right: object) -> None:
    assert lesson.check(answer, right).state == "right"
    assert lesson.check(answer, lambda: right).state == "right"


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (-6.0, 6.0, "It has the wrong sign."),
        (61.0, 6.0, "It is more than ten times too large."),
        (5.0, 6.0, "It is too small."),
        (-7.0, -6.0, "It is too large, in size."),
        (6.05, 6.0, "keep more digits"),
        (7, 8, "It is too small."),
        (8.5, 8, "a whole number"),
        (2.0, 0.0, "It is too large."),
        (math.nan, 6.0, "nan is none"),
        (6.0, math.nan, "not every result"),
        ("six", 6.0, "The answer is a number."),
        (True, 1, "The answer is a number."),
        (1, True, "The answer is True or False."),
        (False, True, "Not yet."),
        ("minimum", "saddle", "Not yet."),
        (3, "saddle", "in quotation marks"),
        ([1.0], [1.0, 2.0], "a list of 2, and yours has 1"),
        ([1.0, -2.0], [1.0, 2.0], "number 2 of the list. It has the wrong sign."),
        (1.0, [1.0, 2.0], "The answer is a list of 2."),
        ({"w1", "b1"}, {"w1", "w2"}, "1 of your 2 belong there, and 1 are missing."),
        ("w1", {"w1"}, "The answer is a set"),
    ],
)
def test_a_miss_is_told_what_is_wrong_and_not_what_is_right(answer: object, right: object, said: str) -> None:
    verdict = lesson.check(answer, right, hint="Look at the sign.", because="BECAUSE.")
    assert verdict.state == "miss"
    assert verdict.text.startswith("Not yet.")
    assert said in verdict.text
    assert verdict.text.endswith("Look at the sign.")
    assert "BECAUSE" not in verdict.text
    if isinstance(right, str | float):
        assert str(right) not in verdict.text


def test_an_expected_miss_has_a_hint_of_its_own() -> None:
    verdict = lesson.check(3.0, 6.0, hint="General.", misses={3.0: "Half of it.", 12.0: "Twice."})
    assert verdict.text == "Not yet. It is too small. Half of it."


def not_there() -> float:
    raise AssertionError("the right answer is computed for an answer only")


def test_without_an_answer_nothing_is_computed() -> None:
    assert lesson.check(..., not_there).state == "open"
    assert lesson.check(lambda x: ..., lambda x: not_there(), at=[1.0]).state == "open"


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (lambda: 1 / 3, "The answer is 0.333333. So it is."),
        (8, "The answer is 8. So it is."),
        ({"b", "a"}, "The answer is a, b. So it is."),
        ([0.5, 2.0], "The answer is [0.5, 2]. So it is."),
    ],
)
def test_the_solution_can_be_revealed(right: object, said: str) -> None:
    verdict = lesson.check(lesson.REVEAL, right, because="So it is.")
    assert verdict.state == "shown"
    assert verdict.text == said


def test_functions_are_compared_at_places() -> None:
    assert lesson.check(slope, ag.grad(lambda x: x * x), at=[3.0, -1.0]).state == "right"
    assert lesson.check(math.hypot, ag.hypot, at=[(3.0, 4.0)]).state == "right"
    wrong = lesson.check(abs, slope, at=[0.0, 3.0])
    assert wrong.text == "Not yet. At 3 your function gives 3. It is too small."
    assert "raised ZeroDivisionError" in lesson.check(lambda x: 1 / 0, slope, at=[1.0]).text
    assert lesson.check(3.0, slope, at=[1.0]).text == "Not yet. The answer is a function."
    assert lesson.check(lesson.REVEAL, slope, at=[1.0]).text == "The function gives 2 at 1."


def test_what_answers_cannot_be_compared_with_is_refused() -> None:
    with pytest.raises(TypeError, match=r"check\(\) compares with a number"):
        lesson.check(1.0, None)


def test_a_verdict_in_a_notebook_is_said_in_words_and_escaped() -> None:
    shown = lesson.check("a", "b", hint="w < 0 & b > 0")._repr_html_()
    assert "Not yet. w &lt; 0 &amp; b &gt; 0" in shown


def test_a_table_aligns_numbers_right_and_texts_left() -> None:
    shown = lesson.table({"rule": ["SGD", "<Adam>"], "steps": [7, 1200], "loss": [0.123456, 12]}, digits=2)
    assert repr(shown) == "rule    steps  loss\nSGD         7  0.12\n<Adam>  1,200    12"
    assert '<td style="text-align:left">&lt;Adam&gt;</td><td style="text-align:right">1,200</td>' in shown._repr_html_()
    with pytest.raises(ValueError, match="zip"):
        lesson.table({"a": [1], "b": [1, 2]})


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], bytes]:
    images: list[Any] = []
    monkeypatch.setattr(lesson, "display", images.append)

    def show(figure: Any) -> bytes:
        lesson.show(figure)
        data: bytes = images.pop().data
        return data

    return show


def test_a_chart_is_shown_once_with_one_legend(shown: Callable[[Any], bytes]) -> None:
    figure, axes = lesson.panels(2)
    for axis in axes:
        axis.plot([1, 2], label="the same line")
    assert shown(figure).startswith(b"\x89PNG")
    assert not plt.get_fignums(), "it is closed, so that Jupyter does not show it again"
    assert len(figure.legends) == 1
    assert [axis.get_legend() for axis in axes] == [None, None]


def test_panels_with_labels_of_their_own_have_their_own_legends(shown: Callable[[Any], bytes]) -> None:
    figure, axes = lesson.panels(2)
    for axis, label in zip(axes, "ab"):
        axis.plot([1, 2], label=label)
    shown(figure)
    assert not figure.legends
    assert all(axis.get_legend() is not None for axis in axes)


def test_a_long_legend_stays_within_the_figure(shown: Callable[[Any], bytes]) -> None:
    figure, axis = lesson.panels()
    for number in range(6):
        axis.plot([number, 2], label=f"a line with a long label, number {number}")
    shown(figure)
    [legend] = figure.legends
    assert legend.get_window_extent().width <= figure.bbox.width


def test_lines_differ_by_more_than_their_colours() -> None:
    cycle = lesson.STYLE["axes.prop_cycle"].by_key()
    assert len(set(cycle["color"])) == len(set(map(str, cycle["linestyle"]))) == 6


def test_a_clock_gives_the_time_of_one_call() -> None:
    calls = []
    assert lesson.seconds(lambda: calls.append(1), rounds=2) > 0.0
    assert len(calls) > 2
