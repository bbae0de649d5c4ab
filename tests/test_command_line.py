"""The command line: what it prints for a formula, and that bad input gets one line and exit status 2, always."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.__main__ import main
from autograd_core.formula import FUNCTIONS, LONGEST_FORMULA, Formula, FormulaError
from autograd_core.primitives import TABLE
from autograd_core.replay.languages import NAMES

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "autograd_core", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_formula_its_gradients_and_an_explanation() -> None:
    shown = run("tanh(w*x + b)", "w=0.5", "x=2", "b=-1", "--wrt", "x")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines() == [
        "tanh(w*x + b) = 0.0",
        "  ∂/∂w = 2.0",
        "  ∂/∂x = 0.5",
        "  ∂/∂b = 1.0",
        "",
        "∂root/∂x = 0.5, 1 path",
        "",
        "path 1: x → s → root",
        "  weight passed          ∂s/∂x = w = 0.5                       0.5",
        "  activation derivative  tanh′(s) = 1 − tanh²(s) = 1 at s = 0    1",
        "  product                0.5 × 1                               0.5",
    ]


@pytest.mark.slow
def test_options_are_understood_by_their_former_names_and_the_new_one_is_said(tmp_path: Path) -> None:
    page = tmp_path / "steps.html"
    for former, present in (("--stepper", "--page"), ("--stepper=", "--page=")):
        arguments = [f"{former}{page}"] if former.endswith("=") else [former, str(page)]
        shown = run("w*x", "w=2", "x=3", *arguments)
        assert shown.returncode == 0
        assert shown.stderr == f"python -m autograd_core: --stepper is called {present.rstrip('=')} now\n"
        assert shown.stdout.endswith(f"step by step in {page}\n")
        page.unlink()
    shown = run("w*x", "w=2", "x=3", "--step")
    assert shown.returncode == 0
    assert shown.stderr == "python -m autograd_core: --step is called --debug now\n"
    assert shown.stdout.startswith("Backprop of root = w * x, one edge at a time: 2 steps, 3 nodes.")
    assert run("w*x", "w=2", "x=3", "--debug").stderr == ""
    assert "--step" not in run("--help").stdout


def test_a_neuron_as_a_formula_shows_the_three_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dot([v], [tanh(dot([w], [x], b))])", "w=0.5", "x=2", "b=-1", "v=3"]) == 0
    kinds = [line.split("  ")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert kinds[4:7] == ["layer input", "activation derivative", "weight passed"]


@pytest.mark.parametrize("suffix", ["svg", "png", "dot"])
def test_a_drawing_is_saved(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"graph.{suffix}"
    assert main(["x * y", "x=2", "y=3", "--draw", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"drawn in {path}\n")
    assert path.stat().st_size > 400


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["-x", "x=2"], "-x = -2.0"),
        (["2 * 3"], "2 * 3 = 6.0"),
        (["x", "x=2"], "x = 2.0"),
        (["1/x", "x=0"], "1/x = inf"),
        (["log(x)", "x=-1"], "log(x) = nan"),
        (["x**-1", "x= -4"], "x**-1 = -0.25"),
        (["µ*2", "µ=3"], "µ*2 = 6.0"),
        (["where(x > 0, x, 0.1*x)", "x=-2"], "where(x > 0, x, 0.1*x) = -0.2"),
        (
            ["(x >= 2) + (x <= 2) + (x == 2) + (x != 2) + (x < 2)", "x=2"],
            "(x >= 2) + (x <= 2) + (x == 2) + (x != 2) + (x < 2) = 3.0",
        ),
        (["1 < 2"], "1 < 2 = 1.0"),
        (["--wrt", "x", "x*y", "y=2", "x=1e3"], "x*y = 2000.0"),
    ],
)
def test_values(arguments: list[str], value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[0] == value


@pytest.mark.parametrize("language", NAMES)
def test_a_formula_as_a_program(language: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tanh(w*x + b)", "x=2", "--source", language]) == 0
    w, x, b = (ag.Value(1.0, name) for name in "wxb")
    program = ag.compile(ag.tanh(w * x + b), inputs=[w, x, b])
    assert capsys.readouterr().out == program.source(language)


def test_a_program_that_was_printed_runs() -> None:
    shown = run("where(range < int, range*int, 2)", "--source", "python")
    assert (shown.returncode, shown.stderr) == (0, "")
    names: dict[str, Any] = {}
    exec(shown.stdout, names)
    assert names["program"](2.0, 3.0) == (6.0, [3.0, 2.0])


BAD_INPUT = {
    "nothing": ([], "required"),
    "an empty formula": (["  "], "the formula is empty"),
    "a syntax error": (["tanh(x", "x=1"], "is not a formula: '(' was never closed, at character 5"),
    "a zero byte": (["x\x00", "x=1"], "is not a formula"),
    "an unknown name": (["x*q", "x=1"], "q has no value: say q=NUMBER"),
    "a missing variable": (["weight*x", "weigt=1", "x=2"], "weigt is not in the formula; its variables are weight, x"),
    "an unused variable": (["x", "x=1", "y=2"], "y is not in the formula"),
    "an attribute": (["x.data", "x=1"], "'x.data' cannot stand in a formula"),
    "a subscript": (["x[0]", "x=1"], "'x[0]' cannot stand in a formula"),
    "a call by attribute": (["x.backward()", "x=1"], "'x.backward()' cannot stand in a formula"),
    "an import": (["__import__('os')"], "unknown function '__import__'"),
    "a lambda": (["(lambda: 1)()"], "cannot stand in a formula"),
    "a comprehension": (["sum([x for x in [1]])", "x=1"], "cannot stand in a formula"),
    "a chain of comparisons": (["0 < x < 1", "x=1"], "'0 < x < 1' cannot stand in a formula"),
    "membership": (["x in [1]", "x=1"], "'x in [1]' cannot stand in a formula"),
    "a text": (["'a'*3"], "cannot stand in a formula"),
    "a truth value": (["True + x", "x=1"], "'True' cannot stand in a formula"),
    "a keyword argument": (["exp(x=1)"], "cannot stand in a formula"),
    "a caret": (["x^2", "x=1"], "a power is written x**2"),
    "an unknown function": (["tahn(x)", "x=1"], "unknown function 'tahn'; did you mean"),
    "a function without operands": (["tanh + 1"], "call the function: tanh(…)"),
    "too many operands": (["tanh(x, x)", "x=1"], "takes 1 positional argument but 2 were given"),
    "unequal lists": (["dot([x, x], [x])", "x=1"], "as many weights as inputs"),
    "a list": (["[x, x]", "x=1"], "the formula is a list, not a number"),
    "a huge power": (["10**10**10"], "10 ** 1e+10 is beyond the range of floats"),
    "a huge power of a variable": (["x**y", "x=10", "y=400"], "10 ** 400 is beyond the range of floats"),
    "a huge number": (["1e999*x", "x=1"], "beyond the range of floats"),
    "a number of 5,000 digits": (["9" * 5000], "is not a formula"),
    "deep parentheses": (["(" * 500 + "1" + ")" * 500], "too many nested parentheses"),
    "a long formula": (["+".join(["1"] * LONGEST_FORMULA)], "longer than 10,000 characters"),
    "no number": (["x", "x=two"], "'two' is not a number\n"),
    "a decimal comma": (["x", "x=0,5"], "'0,5' is not a number: write 0.5\n"),
    "groups of digits": (["x", "x=1,000,000"], "'1,000,000' is not a number\n"),
    "no equals sign": (["x", "x"], "'x' is not of the form NAME=NUMBER"),
    "no name": (["x", "1=2"], "'1=2' is not of the form NAME=NUMBER"),
    "a variable twice": (["x", "x=1", "x=2"], "x is given twice"),
    "an unknown variable to explain": (["x", "x=1", "--wrt", "y"], "--wrt: y is not a variable; there are x"),
    "an unknown option": (["x", "x=1", "--wtr", "x"], "unrecognized arguments: --wtr"),
    "an unknown language": (["x", "--source", "cobol"], "argument --source: invalid choice: 'cobol'"),
    "a program of no formula": (["x +", "--source", "c"], "'x +' is not a formula"),
    "a program of a wrong number": (["x", "x=two", "--source", "c"], "'two' is not a number"),
    "a program and an explanation": (["x", "--source", "c", "--wrt", "x"], "--source goes without --wrt"),
    "a program and a session": (["x", "--source", "c", "--debug"], "--debug goes without --source"),
    "an unknown picture": (["x", "x=1", "--draw", "graph.jpeg"], "the name must end in one of .svg"),
    "a picture in no directory": (
        ["x", "x=1", "--draw", "nowhere/graph.dot"],
        "cannot write nowhere/graph.dot: No such",
    ),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gets_one_line_and_status_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = BAD_INPUT[name]
    try:
        status = main(arguments)
    except SystemExit as exit_request:  # how argparse ends
        status = int(str(exit_request.code))
    output = capsys.readouterr()
    assert status == 2
    assert output.out == ""
    assert message in output.err
    assert output.err.startswith("python -m autograd_core: ")
    assert output.err.count("\n") == 1
    assert len(output.err) < 400


def test_without_graphviz_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert main(["x", "x=1", "--draw", str(tmp_path / "graph.svg")]) == 2
    error = capsys.readouterr().err
    assert "apt install graphviz" in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_it_ends_with_status_2_as_a_command_too() -> None:
    failed = run("x.data", "x=1")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == "python -m autograd_core: 'x.data' cannot stand in a formula\n"
    help_text = run("--help").stdout
    assert 'python -m autograd_core "tanh(w*x + b)" w=0.5 x=2 b=-1' in help_text
    assert "log_sigmoid" in help_text


def test_output_that_a_terminal_cannot_show_is_no_error(tmp_path: Path) -> None:
    not_a_text = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.dot")
    shown = run("x * x", "x=3", "--draw", not_a_text, PYTHONIOENCODING="ascii")
    assert shown.returncode == 0
    assert "∂/∂x = 6.0" in shown.stdout
    assert shown.stdout.endswith("caf\\udce9.dot\n")


# -- formulas -----------------------------------------------------------------------------------------------------


def test_formulas_call_every_public_function_of_numbers() -> None:
    have_lists_as_values = {"softmax", "log_softmax"}
    public = {name for name in TABLE if hasattr(ag, name)}
    named_otherwise = {"pow", "remainder", "round"}  # in the table: pow and **, %, and of Python itself
    assert set(FUNCTIONS) == public - have_lists_as_values | named_otherwise


def numbers_or_formulas() -> st.SearchStrategy[str]:
    number = st.integers(-9, 9).map(lambda n: str(n) if n >= 0 else f"({n})")
    return st.recursive(
        st.one_of(number, st.sampled_from(["x", "y"])),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from([" + ", "-", " * ", "*"]), inner).map("".join),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"-{text}"),
            inner.map(lambda text: f"sin({text})"),
        ),
        max_leaves=12,
    )


@settings(max_examples=150, deadline=None)
@given(text=numbers_or_formulas(), x=st.integers(-3, 3), y=st.integers(-3, 3))
def test_formulas_have_the_values_that_python_gives_them(text: str, x: int, y: int) -> None:
    truth = eval(text, {"__builtins__": {}}, {"x": float(x), "y": float(y), "sin": math.sin})
    value = Formula(text).compute({"x": ag.Value(x), "y": ag.Value(y)})
    assert (value.data if isinstance(value, ag.Value) else value) == truth


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="xy12.()[]+-*/,=:'\"_@^ \n\t\\lambdaif&|~<>", max_size=25))
def test_any_text_is_computed_or_refused(text: str) -> None:
    try:
        formula = Formula(text)
        formula.compute(dict.fromkeys(formula.names, 1.5))
    except FormulaError:
        pass  # and nothing else is raised


@pytest.mark.parametrize("text", ["-" * 9_000 + "1", "+".join(["1"] * 4_500), "x**" * 3_000 + "1"], ids=len)
def test_deep_formulas_are_computed_or_refused(text: str) -> None:
    try:
        value = Formula(text).compute({"x": 1.0})
    except FormulaError as error:
        value = str(error)
    assert value in (1.0, 4500.0, "the formula is nested too deeply")


def test_the_variables_of_a_formula_are_in_order() -> None:
    assert Formula("tanh(w*x + b) * x").names == ["w", "x", "b"]
    assert Formula("sin(1)").names == []
