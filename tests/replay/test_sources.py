"""Texts in Python, NumPy and C: random programs of all primitives give what the replay gives, at kinks and beyond.

The programs, their rows, and what counts as equal are those of ``tests/support/random_programs.py``, for every
language.
"""

from __future__ import annotations

import math
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.primitives import TABLE
from autograd_core.replay.languages import NAMES
from autograd_core.replay.matrices import hessian_of, jacobian_of
from tests.support.compiled import compile_c, numbers, together
from tests.support.machines import force
from tests.support.random_programs import Case, random_programs

N_PROGRAMS, N_MATRICES = 1_000, 90
ULPS = {"c": 4.0, "numpy": 4.0}
_IN_PYTHON: tuple[Literal["python", "numpy"], ...] = ("python", "numpy")
MATRICES: dict[str, Callable[[Any], Any]] = {"jacobian": jacobian_of, "hessian": hessian_of}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(random_programs(17, N_PROGRAMS))


def flat(result: tuple[Any, Sequence[Any]]) -> list[Any]:
    outputs, gradients = result
    return [*(outputs if isinstance(outputs, list) else [outputs]), *gradients]


def entries(matrix: Any, case: Case, what: str, n_rows: int = 1) -> list[list[float]]:
    """Those of the pattern, for each row; the others are 0."""
    pattern = MATRICES[what](case.program._code).pattern
    whole = np.asarray(matrix, float).reshape(n_rows, pattern.n_rows, pattern.n_columns)
    found = whole[:, pattern.rows, pattern.columns].tolist()
    whole[:, pattern.rows, pattern.columns] = 0.0
    assert not whole.any()
    return found  # type: ignore[no-any-return]


def bits(values: Sequence[float]) -> list[bytes]:
    return [struct.pack("d", value) if value == value else b"nan" for value in values]


class Counts:
    """How many numbers were compared; of the rest, most programs leave none open."""

    def __init__(self) -> None:
        self.compared = self.open = 0

    def add(self, counts: tuple[int, int]) -> None:
        self.compared += counts[0]
        self.open += counts[1]

    def check(self, least: int) -> None:
        assert self.compared >= least
        assert self.open <= 0.02 * self.compared


# -- Python --


@pytest.mark.slow
def test_python(cases: list[Case]) -> None:
    """The text needs nothing but math, and is the function that debuggers step through, to the bit."""
    counts = Counts()
    for number, case in enumerate(cases):
        has_matrices = number < N_MATRICES
        names: dict[str, Any] = {}
        text = case.program.source(jacobian=has_matrices, hessian=has_matrices)
        assert [line for line in text.splitlines() if "import" in line] == ["import math"]
        exec(text, names)
        function = case.program.as_function() if number % 10 == 0 else names["program"]
        answers = [flat(names["program"](*row)) for row in case.rows]
        assert list(map(bits, answers)) == [bits(flat(function(*row))) for row in case.rows]
        counts.add(case.check("program", answers, 0.0))
        for what in MATRICES if has_matrices else ():
            found = [entries(names[f"program_{what}"](*row), case, what)[0] for row in case.rows]
            counts.add(case.check(what, found, 0.0))
    counts.check(12_000)


def test_python_is_the_scalar_machine_to_the_bit(cases: list[Case]) -> None:
    from autograd_core.replay.scalars import ScalarMachine

    for case in cases[:50]:
        program = case.program
        machine, n_inputs = ScalarMachine(program._code), len(program.inputs)
        names: dict[str, Any] = {}
        exec(program.source(), names)
        for row in case.rows:
            own = machine.gradients(np.array(row[n_inputs:]), np.array([row[:n_inputs]]), True, True)
            assert own.by_inputs is not None
            expected = [*own.values[0], *own.by_inputs[0], *own.by_parameters[0]]
            assert bits(flat(names["program"](*row))) == bits(expected)


def test_matrices_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program computes them along directions, the text in reverse; at tame numbers both have their digits."""
    force("scalars", monkeypatch)  # the machine that needs no compiler
    n_compared, rng = 0, random.Random(3)
    for case in random_programs(23, 40):
        program = case.program
        leaves = [*program.inputs, *program.parameters]
        names: dict[str, Any] = {}
        exec(program.source(jacobian=True, hessian=True), names)
        as_inputs = ag.compile(program.outputs, inputs=leaves)
        for row in [[rng.uniform(0.3, 1.5) for _ in leaves]]:
            jacobian = as_inputs.jacobian(row).reshape(len(program.outputs), len(leaves))
            found = {"jacobian": np.reshape(names["program_jacobian"](*row), jacobian.shape)}
            expected = {"jacobian": jacobian, "hessian": as_inputs.hessian(row, sparse=True).toarray()}
            found["hessian"] = np.array(names["program_hessian"](*row))
            for what, right in expected.items():
                size = np.abs(right).max(initial=0.0)
                if math.isfinite(size):
                    np.testing.assert_allclose(found[what], right, rtol=1e-6, atol=1e-9 * size)
                    n_compared += 1
    assert n_compared > 60


# -- NumPy --


@pytest.mark.slow
def test_numpy(cases: list[Case]) -> None:
    """All rows in one call."""
    counts = Counts()
    for number, case in enumerate(cases):
        has_matrices = number < N_MATRICES
        names: dict[str, Any] = {}
        exec(case.program.source("numpy", jacobian=has_matrices, hessian=has_matrices), names)
        columns = np.array(case.rows).T
        answers = np.array(flat(names["program"](*columns))).T.tolist()
        counts.add(case.check("program", answers, ULPS["numpy"]))
        for what in MATRICES if has_matrices else ():
            matrix = names[f"program_{what}"](*columns)
            counts.add(case.check(what, entries(matrix, case, what, len(case.rows)), ULPS["numpy"]))
    counts.check(12_000)


def test_numpy_takes_numbers_and_arrays_of_any_shape() -> None:
    w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    names: dict[str, Any] = {}
    exec(ag.compile([ag.tanh(w * x), w + 1.0], inputs=[x], parameters=[w]).source("numpy"), names)
    outputs, gradients = names["program"](np.ones((2, 3), np.float32), 0.5)
    assert [each.shape for each in (*outputs, *gradients)] == [(2, 3)] * 4
    outputs, gradients = names["program"](2.0, 0.5)
    assert [np.shape(each) for each in (*outputs, *gradients)] == [()] * 4
    assert outputs[0] == math.tanh(1.0)


# -- C --


def run_c(library: Any, name: str, case: Case, row: Sequence[float], n_results: Sequence[int]) -> list[float]:
    n_inputs = len(case.program.inputs)
    results = [numbers([math.nan] * count) for count in n_results]
    getattr(library, name)(numbers(row[:n_inputs]), numbers(row[n_inputs:]), *results)
    return [number for result, count in zip(results, n_results) for number in result[:count]]


@pytest.mark.slow
def test_c(cases: list[Case], tmp_path: Path) -> None:
    """One library of all programs; without a warning, and without optimising, which takes the most time."""
    texts = [
        case.program.source("c", jacobian=number < N_MATRICES, hessian=number < N_MATRICES)
        for number, case in enumerate(cases)
    ]
    library = compile_c(together(texts), tmp_path, ["-O0"])
    counts = Counts()
    for number, case in enumerate(cases):
        n_leaves, n_outputs = len(case.rows[0]), len(case.program.outputs)
        answers = [run_c(library, f"program_{number}", case, row, [n_outputs, n_leaves]) for row in case.rows]
        counts.add(case.check("program", answers, ULPS["c"]))
        for what in MATRICES if number < N_MATRICES else ():
            size = n_leaves * (n_outputs if what == "jacobian" else n_leaves)
            found = [run_c(library, f"program_{number}_{what}", case, row, [size]) for row in case.rows]
            counts.add(case.check(what, [entries(each, case, what)[0] for each in found], ULPS["c"]))
    counts.check(12_000)


@pytest.mark.slow
def test_c_optimised(cases: list[Case], tmp_path: Path) -> None:
    """One program after another of those that have each primitive, as users compile them."""
    chosen = cases[: len(TABLE)]
    library = compile_c(together([case.program.source("c") for case in chosen]), tmp_path, ["-O2"])
    for number, case in enumerate(chosen):
        n_results = [len(case.program.outputs), len(case.rows[0])]
        answers = [run_c(library, f"program_{number}", case, row, n_results) for row in case.rows]
        case.check("program", answers, ULPS["c"])


def test_an_upstream_of_zero_passes_nothing_on_in_c(tmp_path: Path) -> None:
    """At 0 the slope of the root is infinite, and the branch that was not taken."""
    x = ag.Value(0.0, "x")
    program = ag.compile(ag.where(x < 0.5, 3.0 * x, ag.sqrt(x)), inputs=[x])
    library = compile_c(together([program.source("c")]), tmp_path, ["-O0"])
    assert run_c(library, "program_0", Case(program, [[0.0]], 0), [0.0], [1, 1]) == [0.0, 3.0]


def test_a_long_program_in_c_is_several_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import autograd_core.replay.c as c

    monkeypatch.setattr(c, "MOST_LINES", 3)
    found = list(random_programs(5, 40))
    texts = [case.program.source("c", jacobian=True, hessian=True) for case in found]
    assert any("program_part_1(" in text for text in texts)
    for number, (case, text) in enumerate(zip(found[:6], texts)):
        library = compile_c(text, tmp_path / str(number), ["-O0"])
        n_results = [len(case.program.outputs), len(case.rows[0])]
        case.check("program", [run_c(library, "program", case, row, n_results) for row in case.rows], ULPS["c"])


# -- labels, and programs at the edge of what there is --

HOSTILE = [
    "a */ b", "/* a", "ends in \\", "??/", "// a ??/", "a\nb", "a\r\nint x", "\u202e", "\u2028", "\x00", "\ud800",
    "x", "x_", "int", "double", "lambda", "class", "function", "program", "inputs", "values", "gradients", "kept",
    "results", "total", "i", "exp", "tanh", "NAN", "INFINITY", "M_PI", "y1", "gamma", "np", "math",
    "matrix", "outputs", "each",
    "é", "\u03b1", "_", "__", "_A", "d_x", "v2", "t5", "passed_on", "APART", "program_in_general", '"', "'", "%s", "#",
    "#define x 1", "coding: utf-7", "x" * 300,
]  # fmt: skip


def labelled(label: str) -> ag.Program:
    """Every kind of node has the label: input, parameter, constant, value, output."""
    x, w, c = (ag.Value(number, label) for number in (0.5, 0.25, 3.0))
    inner = ag.tanh(x * w) + ag.exp(w)
    inner.label = label
    outer = inner * c + ag.sigmoid(inner)
    outer.label = label
    return ag.compile([outer, inner], inputs=[x], parameters=[w])


def test_no_label_changes_a_program_in_c(tmp_path: Path) -> None:
    library = compile_c(together([labelled(label).source("c") for label in HOSTILE]), tmp_path, ["-O0"])
    plain = Case(labelled(""), [[0.5, 0.25]], 0)
    for number in range(len(HOSTILE)):
        answer = run_c(library, f"program_{number}", plain, [0.5, 0.25], [2, 2])
        plain.check("program", [answer], ULPS["c"])


@pytest.mark.parametrize("language", ["python", "numpy"])
def test_no_label_changes_a_program_in_python(language: Any) -> None:
    plain = Case(labelled(""), [[0.5, 0.25]], 0)
    for label in HOSTILE:
        names: dict[str, Any] = {}
        text = labelled(label).source(language, jacobian=True)
        exec(compile(text.encode("utf-8"), "text.py", "exec"), names)
        plain.check("program", [list(map(float, flat(names["program"](0.5, 0.25))))], ULPS["numpy"])


@pytest.mark.parametrize("label", ["lambda", "class"])
def test_a_keyword_gets_an_underscore_and_a_comment_says_so(label: str) -> None:
    program = labelled(label)
    assert f"# {label}_ is {label}, which is a keyword of Python\n" in program.source()
    assert f"program({label}_, {label}__)" in program.source()


def edges() -> dict[str, ag.Program]:
    x, y, w = (ag.Value(number, label) for number, label in ((2.0, "x"), (3.0, "y"), (0.5, "w")))
    return {
        "a constant": ag.compile(ag.Value(3.0)),
        "no output depends on the input": ag.compile([ag.Value(3.0), ag.Value(-0.0)], inputs=[x]),
        "an output is an input, twice": ag.compile([x, x, w], inputs=[x], parameters=[w]),
        "parameters alone": ag.compile(x * y, parameters=[x, y]),
        "many outputs": ag.compile([x * float(i) + y for i in range(110)], inputs=[x, y]),
        "a wide sum": ag.compile(ag.sum([x * float(i) for i in range(210)]) + ag.prod([y] * 3), inputs=[x, y]),
        "constants that are not finite": ag.compile(
            [x * math.inf, y - math.inf, x + math.nan, -0.0 * x], inputs=[x, y]
        ),
        "float32": ag.compile(ag.tanh(x * y), inputs=[x, y], dtype=np.float32),
        "a softmax of one": ag.compile(ag.softmax([x])[0] * y, inputs=[x, y]),
    }


def test_programs_at_the_edge(tmp_path: Path) -> None:
    programs = edges()
    texts = [program.source("c", jacobian=True, hessian=True) for program in programs.values()]
    library = compile_c(together(texts), tmp_path, ["-O0"])
    for number, program in enumerate(programs.values()):
        leaves = [*program.inputs, *program.parameters]
        case = Case(program, [[1.5 + place for place in range(len(leaves))]], 0)
        [row] = case.rows
        answers = {"c": run_c(library, f"program_{number}", case, row, [len(program.outputs), len(row)])}
        for language in _IN_PYTHON:
            names: dict[str, Any] = {}
            exec(program.source(language, jacobian=True, hessian=True), names)
            answers[language] = list(map(float, flat(names["program"](*row))))
            for what in MATRICES:
                case.check(what, entries(names[f"program_{what}"](*row), case, what), ULPS["numpy"])
        for answer in answers.values():
            case.check("program", [answer], ULPS["c"])


def test_c_gives_outputs_alone_where_no_gradients_are_asked_for(tmp_path: Path) -> None:
    x = ag.Value(2.0)
    library = compile_c(ag.compile(ag.square(x), inputs=[x]).source("c"), tmp_path)
    values = numbers([0.0])
    library.program(numbers([3.0]), None, values, None)
    assert values[0] == 9.0


# -- bad input --


def test_an_unknown_language_is_refused() -> None:
    x = ag.Value(2.0, "x")
    program = ag.compile(x * x, inputs=[x])
    with pytest.raises(ValueError, match=r"^language is .*, \"javascript\" or \"jax\", got 'cobol'$"):
        program.source("cobol")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"ends in none of \.py, \.c, \.js, \.mjs: name the language, as in language="):
        program.save_source("model.f90")


def test_a_file_gets_the_language_that_its_name_ends_for(tmp_path: Path) -> None:
    x = ag.Value(2.0, "x")
    program = ag.compile(x * x, inputs=[x])
    for name, language in (("a.py", "python"), ("a.c", "c"), ("A.C", "c"), ("a.js", "javascript")):
        program.save_source(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == program.source(language)  # type: ignore[arg-type]
    program.save_source(tmp_path / "rows.py", "numpy", hessian=True)
    assert (tmp_path / "rows.py").read_text(encoding="utf-8") == program.source("numpy", hessian=True)


def test_a_text_runs_without_this_package(tmp_path: Path) -> None:
    w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    ag.compile(ag.lgamma(w) * ag.tanh(w * x), inputs=[x], parameters=[w]).save_source(tmp_path / "alone.py")
    command = "import alone; print(alone.program(2.0, 0.5)[0])"
    shown = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(tmp_path)!r}); {command}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert float(shown) == ag.lgamma(0.5) * math.tanh(1.0)


def rooted(has_text: bool) -> Any:
    """The square root by Newton's iteration, which ends when it has converged: a replay cannot look into it."""

    def newton(x: float) -> float:
        y = x
        while abs(y * y - x) > 1e-12:
            y = 0.5 * (y + x / y)
        return y

    made = ag.primitive()(newton)
    made.define_partials(lambda out, x: (float(format(0.5 / out, ".17g")),))
    if has_text:
        made.define_text("python", "newton({0})", ["0.5 / {out}"], "from math import sqrt as newton")
        made.define_text("c", "newton({0})", ["0.5 / {out}"], "static double newton(double x) { return sqrt(x); }")
    return made


def test_a_primitive_that_cannot_be_looked_into_takes_a_text(tmp_path: Path) -> None:
    x = ag.Value(2.0, "x")
    program = ag.compile(rooted(True)(x) * 3.0, inputs=[x])
    names: dict[str, Any] = {}
    exec(program.source(), names)
    assert names["program"](4.0) == (6.0, [0.75])
    library = compile_c(program.source("c"), tmp_path)
    assert run_c(library, "program", Case(program, [[4.0]], 0), [4.0], [1, 1]) == [6.0, 0.75]


@pytest.mark.parametrize("language", [name for name in NAMES if name != "jax"])
def test_a_primitive_without_a_text_is_refused_in_a_sentence(language: Any) -> None:
    x = ag.Value(2.0, "x")
    program = ag.compile(rooted(False)(x), inputs=[x])
    with pytest.raises(ValueError, match=rf'^newton\(\) has no text in \w+, .* newton\.define_text\("{language}", '):
        program.source(language)
    assert program.as_function()(4.0)[0] == pytest.approx(2.0)


def test_texts_that_do_not_fit_are_refused() -> None:
    x = ag.Value(2.0, "x")
    made = rooted(False)
    with pytest.raises(TypeError, match=r"a list with a text for each operand, got '1\.0': write \['1\.0'\]"):
        made.define_text("c", "newton({0})", "1.0")
    made.define_text("c", "newton({0})", ["1.0", "2.0"])
    with pytest.raises(ValueError, match="has 2 partials for 1 operands: give one for each"):
        ag.compile(made(x), inputs=[x]).source("c")
    made.define_text("c", "newton({0})", ["1.0"])
    with pytest.raises(ValueError, match="no second derivatives of newton"):
        ag.compile(made(x), inputs=[x]).source("c", hessian=True)
