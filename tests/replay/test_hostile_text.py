"""A program's text, whatever labels and primitives are called: it runs, computes the same, and nothing escapes it."""

from __future__ import annotations

import ast
import linecache
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core import Value

HOSTILE = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff x", "a\nb", "a\r\nb", "a\rb", "\x0c", "\x0b", "\x1c", "\x85", "\u2028",
    "\u2029", "\u202e", "\u2066", "\ufeff", "\x1b]0;x\x07", "'''", '"""', "\\", "x\\", "# x", "coding: utf-7",
    "x\n    raise SystemExit", "x\n__import__('os')", "x; raise SystemExit", "{0}", "%s", "\\N{DIGIT ONE}", "\t", "²",
    "d_x", "d_v3", "d_", "x", "x_2", "v2", "v3", "v3_", "p1", "program", "local", "local[0]", "inf", "nan", "None",
    "True", "if", "lambda", "<lambda>", "lambda_", "primitive_lambda", "match", "type", "_", "__", "__debug__",
    "__builtins__", "__import__", "print", "sum", "max", "repr", "exp", "tanh", "tanh_2", "sech_squared", "custom",
    "custom_2", "ﬁ", "fi", "ｄ_x", "µ", "μ", "ℌ", "１", "x" * 300,
]  # fmt: skip

any_text = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=5) | st.text(st.characters(categories=["Cs"]))


def custom(name: str, opaque: bool, has_text: bool = False) -> Any:
    """x², of a function with some name; opaque is one that a replay cannot look into."""

    def forward(x: float) -> float:
        return float(format(x * x, ".17g")) if opaque else x * x

    def partials(out: Any, x: Any) -> tuple[Any, ...]:
        return (float(format(2.0 * x, ".17g")) if opaque else 2.0 * x,)

    forward.__name__ = name
    made = ag.primitive()(forward)
    made.define_partials(partials)
    if has_text:
        made.define_text("python", "{0} * {0}", ["2.0 * {0}"])
    return made


def program_of(labels: list[str], names: list[str], has_text: bool = False) -> ag.Program:
    x, w, c = [Value(number, label) for number, label in zip((0.5, 0.25, 3.0), labels)]
    first, second, third = custom(names[0], False), custom(names[1], True, has_text), custom(names[2], False)
    inner = first(x) * w + second(w)
    outer = ag.tanh(third(inner)) * c + ag.exp(inner)
    inner.label, outer.label = labels[3:]
    return ag.compile([outer, inner, c], inputs=[x], parameters=[w])


def shape_of(text: str) -> list[Any]:
    """The kinds of all statements and expressions, without names."""
    return [type(node) for node in ast.walk(ast.parse(text))]


@given(st.lists(any_text, min_size=5, max_size=5), st.lists(any_text, min_size=3, max_size=3))
@example(["a\nb"] * 5, ["<lambda>"] * 3)
@example(["x", "x_2", "custom", "custom_2", "tanh_2"], ["custom", "custom", "tanh"])
@example(["program", "local", "inf", "d_x", "x"], ["program", "local", "nan"])
@example(["\x00", "\ud800", "'''", "\u2028", "\\"], ["__builtins__", "d_x", "inf"])
@example(["v2", "v3", "p1", "v4", "v5"], ["v3", "v2", "v3_"])
def test_any_label_and_any_name(labels: list[str], names: list[str]) -> None:
    program = program_of(labels, names)
    values, gradient = program.as_function()(0.5, 0.25)
    expected, by_parameters, by_inputs = program.value_and_grad([0.5], wrt_inputs=True)
    assert [math.isclose(a, b, rel_tol=1e-14) for a, b in zip(values, expected)] == [True] * 3
    for a, b in zip(gradient, [*by_inputs, *by_parameters]):
        assert math.isclose(a, b, rel_tol=1e-13)
    text = program_of(labels, names, has_text=True).source()
    assert shape_of(text) == shape_of(program_of([""] * 5, ["custom"] * 3, has_text=True).source())
    assert text.encode("utf-8").decode("utf-8") == text
    assert len(text.splitlines()) == text.count("\n")
    assert all(line.isprintable() for line in text.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_on_the_line_of_its_node(label: str) -> None:
    x = Value(2.0)
    y = x * x
    y.label = label
    program = ag.compile(y, inputs=[x])
    function = program.as_function()
    assert function(3.0) == (9.0, [6.0])
    lines = program.source().splitlines()
    assert len(lines) == len(ag.compile(x * x, inputs=[x]).source().splitlines())
    assert linecache.getlines(function.__code__.co_filename) == program.source().splitlines(keepends=True)


def test_what_cannot_be_seen_is_spelled_out_in_comments() -> None:
    x = Value(2.0)
    y = x * x
    y.label = "a\nb \x00 \ud800 \u202e é 𝛼"
    [line] = [line for line in ag.compile(y, inputs=[x]).source().splitlines() if "x * x" in line or "x0 * x0" in line]
    assert line.endswith(r"# a b \x00 \ud800 \u202e é 𝛼")


square = ag.primitive()(lambda x: x * x)
square.define_partials(lambda out, x: (2.0 * x,))


def test_a_primitive_made_of_a_lambda_is_written_out() -> None:
    x = Value(3.0, "x")
    program = ag.compile(square(x), inputs=[x])
    assert program.as_function()(5.0) == (25.0, [10.0])
    assert "= x * x" in program.source()
