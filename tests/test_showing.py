"""How Values and Programs show themselves in notebooks and in rich's output, and that their ``repr`` stays plain."""

from __future__ import annotations

import re
import sys
from typing import Any
from urllib.parse import unquote

import pytest

import autograd_core as ag
from autograd_core.drawing import shown_value


def neuron() -> ag.Value:
    w, x = ag.Value(3.0, "w"), ag.Value(2.0, "x_1")
    y = ag.tanh(w * x - 5.5)
    y.label = "y"
    y.backward()
    return y


def shown(value: Any) -> str:
    html: str = value._repr_html_()
    return html


def test_a_value_shows_its_operation_its_numbers_and_its_graph() -> None:
    html = shown(neuron())
    assert "<code>y = tanh(s) = 0.4621 · grad 1 · 5 nodes</code>" in html
    assert re.findall(r'<img alt="([^"]+)"', html) == ["drawing of 6 nodes and 5 edges"]
    assert "y = tanh" in unquote(html)


def test_a_leaf_shows_its_numbers_alone() -> None:
    html = shown(ag.Value(0.5, "<w>"))
    assert "<code>&lt;w&gt; = 0.5 · grad 0</code>" in html
    assert "<img" not in html


def test_a_large_graph_is_not_drawn_unasked_and_a_very_large_one_not_spelled_out() -> None:
    value = ag.Value(1.0, "x")
    for _ in range(100):
        value = value + 1.0
    assert "101 nodes" in shown(value)
    assert "<img" not in shown(value)
    for _ in range(6_000):
        value = value * 1.0
    assert "<code>*(…) = 101 · grad 0 · 6,101 nodes</code>" in shown(value)


def test_without_graphviz_a_value_shows_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    html = shown(neuron())
    assert "y = tanh(s)" in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (neuron(), r"$y = \mathrm{tanh}(s) = 0.4621,\quad \mathrm{grad} = 1$"),
        (ag.Value(2.5e-7, "x_1"), r"$x\_1 = 2.500 \cdot 10^{-7},\quad \mathrm{grad} = 0$"),
        (ag.Value(1.0, "a$b#{}"), r"$a\$b\#\{\} = 1,\quad \mathrm{grad} = 0$"),
        (ag.dot([ag.Value(0.5)], [ag.Value(2.0)], ag.Value(1.0)), r"$w\cdot x + b = 2,\quad \mathrm{grad} = 0$"),
    ],
    ids=["tanh", "leaf", "special characters", "dot"],
)
def test_a_value_is_a_formula_too(value: Any, latex: str) -> None:
    assert value._repr_latex_() == latex


def test_an_index_is_one_in_latex() -> None:
    assert shown_value._latex("x₁₂ * w") == r"x_{12} \cdot  w"


def test_rich_is_given_the_parts_of_the_repr() -> None:
    value: Any = neuron()
    assert list(value.__rich_repr__()) == [("data", value.data), ("grad", 1.0), ("op", "tanh"), ("label", "y", "")]
    program: Any = ag.compile(value, inputs=[ag.leaves(value)[1]], parameters=[ag.leaves(value)[0]])
    assert list(program.__rich_repr__()) == [("outputs", 1), ("inputs", 1), ("parameters", 1), ("nodes", 5)]


def test_a_program_shows_where_it_leads_and_its_text() -> None:
    value = neuron()
    program: Any = ag.compile(value, inputs=[ag.leaves(value)[1]], parameters=[ag.leaves(value)[0]])
    html = program._repr_html_()
    assert f"<summary><code>{program!r}</code></summary>" in html
    assert "def program(" in html
    assert program._repr_latex_() == r"$f: \mathbb{R} \times \mathbb{R} \to \mathbb{R}$"
    several: Any = ag.compile([value, value * 2.0], inputs=ag.leaves(value))
    assert several._repr_latex_() == r"$f: \mathbb{R}^{2} \to \mathbb{R}^{2}$"


def test_the_plain_repr_is_as_it_was() -> None:
    assert repr(neuron()) == "Value(data=0.462117, grad=1, op='tanh', label='y')"
