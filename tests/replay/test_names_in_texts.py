"""What inputs are called: any word that a language knows, and any that its text uses, names no two things."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.replay.c import C
from tests.support.compiled import COMPILER, compile_c, numbers
from tests.support.languages import required, run_in_node

Name = Literal["python", "numpy", "c", "javascript"]
LANGUAGES: tuple[Name, ...] = ("python", "numpy", "c", "javascript")


def of_inputs(labels: list[str]) -> ag.Program:
    """Two outputs with matrices in which not all is 0, by functions that texts bring along."""
    leaves = [ag.Value(0.1, label) for label in labels]
    outputs = [ag.gelu(leaves[0]) * leaves[-1] + ag.logsumexp(leaves[:3]), ag.sum(leaves)]
    return ag.compile(outputs, inputs=leaves)


def words(language: Name) -> list[str]:
    """All that stands in a text, and what else the language has a meaning for."""
    texts = [of_inputs(["a1", "a2", "a3"]).source(language, jacobian=True, hessian=flag) for flag in (False, True)]
    found = set(re.findall(r"\b[^\W\d]\w*", "\n".join(texts))) | {"program_in_general"}
    return sorted(found | {"python": {*dir(builtins), *keyword.kwlist}}.get(language.replace("numpy", "python"), set()))


def results(text: str, language: Name, n_inputs: int, folder: Path) -> list[Any]:
    """What the three functions give where all inputs are 0.1."""
    arguments = [0.1] * n_inputs
    folder.mkdir()
    if language in ("python", "numpy"):
        names: dict[str, Any] = {}
        exec(text, names)
        calls = [names[name](*arguments) for name in ("program", "program_jacobian", "program_hessian")]
        return [calls[0][0], *map(np.ndarray.tolist, map(np.asarray, calls[1:]))]
    if language == "javascript":
        (folder / "text.mjs").write_text(text, encoding="utf-8")
        call = f"...Array({n_inputs}).fill(0.1)"
        functions = f"[text.program({call})[0], text.program_jacobian({call}), text.program_hessian({call})]"
        script = f'import * as text from "./text.mjs"; console.log(JSON.stringify({functions}));'
        found: list[Any] = run_in_node(script, folder)
        return found
    library = compile_c(text, folder, ["-O0"])
    values, gradients, inputs = numbers([0.0] * 2), numbers(arguments), numbers(arguments)
    jacobian, hessian = numbers([0.0] * 2 * n_inputs), numbers([0.0] * n_inputs**2)
    library.program(inputs, None, values, gradients)
    library.program_jacobian(inputs, None, jacobian)
    library.program_hessian(inputs, None, hessian)
    shape = [(2,), (2, n_inputs), (n_inputs, n_inputs)]
    return [np.reshape(list(each), own).tolist() for each, own in zip((values, jacobian, hessian), shape)]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_inputs_may_be_called_as_anything_that_the_text_uses(language: Name, tmp_path: Path) -> None:
    labels = words(language)
    assert len(labels) > 30
    texts = [of_inputs(own).source(language, jacobian=True, hessian=True) for own in (labels, [""] * len(labels))]
    named, plain = [results(text, language, len(labels), tmp_path / f"{place}") for place, text in enumerate(texts)]
    assert named == plain


@pytest.mark.parametrize("standard", ["-std=c99", "-std=gnu11", "-D_GNU_SOURCE"])
def test_no_number_is_called_as_a_macro_of_the_compiler(standard: str) -> None:
    required(COMPILER is not None, "a C compiler called cc")
    command = [str(COMPILER), standard, "-dM", "-E", "-"]
    listed = subprocess.run(command, input="#include <math.h>", capture_output=True, text=True, check=True).stdout
    macros = re.findall(r"^#define ([A-Za-z]\w*)", listed, re.MULTILINE)
    assert "FP_NAN" in macros
    assert [macro for macro in macros if C.is_name(macro) and macro not in C.keywords] == []


def whole() -> Any:
    def whole_forward(x: float) -> float:
        return float(int(x))

    made = ag.primitive(name="whole")(whole_forward)
    made.define_partials(lambda out, x: (0.0,))
    return made


def test_a_number_is_not_called_as_what_a_users_text_uses(tmp_path: Path) -> None:
    made = whole()
    made.define_text("python", "float(int({0}))", ["0.0"])
    made.define_text("c", "cut({0})", ["0.0"], "static double cut(double x) { return x < 0.0 ? ceil(x) : floor(x); }")
    for language, label in (("python", "int"), ("c", "cut")):
        x, w = ag.Value(2.7, label), ag.Value(3.0, "x")
        text = ag.compile(made(x) * w, inputs=[x], parameters=[w]).source(language)  # type: ignore[arg-type]
        assert f"{label}_" in text
        assert not re.search(r"\bx_\b", text)  # which only the header uses
    x = ag.Value(2.7, "int")
    names: dict[str, Any] = {}
    exec(ag.compile(made(x) * x, inputs=[x]).source(), names)
    assert names["program"](2.7) == (5.4, [2.0])


REFUSED: list[tuple[Any, Any, type[Exception], str]] = [
    ("trunc({x})", ["0.0"], ValueError, "for the operands, and other braces doubled: got {x}"),
    ("trunc({})", ["0.0"], ValueError, "other braces doubled: got {}"),
    ("trunc({out})", ["0.0"], ValueError, "other braces doubled: got {out}"),
    ("trunc({0}); }", ["0.0"], ValueError, "other braces doubled: Single '}'"),
    ("trunc({0})", ["{y}"], ValueError, "for the operands and {out} for the value, and other braces doubled: got {y}"),
    ("trunc({0})", [0.0], TypeError, 'a string or None for each operand, as ["0.0"], got [0.0]'),
    ("trunc({0})", None, TypeError, 'a string or None for each operand, as ["0.0"], got None'),
    (3, ["0.0"], TypeError, "forward is a string, got 3"),
]


@pytest.mark.parametrize(("forward", "partials", "kind", "message"), REFUSED)
def test_texts_that_cannot_be_filled_in_are_refused_where_they_are_given(
    forward: Any, partials: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        whole().define_text("c", forward, partials)


def test_a_text_with_more_places_than_operands_is_refused() -> None:
    for forward, partial in (("trunc({1})", "0.0"), ("trunc({0})", "{1} * {out}")):
        made, x = whole(), ag.Value(0.5, "x")
        made.define_text("c", forward, [partial])
        with pytest.raises(ValueError, match=r"has a place \{1\}, and there is 1 operand, from \{0\} on"):
            ag.compile(made(x), inputs=[x]).source("c")


ROUNDED: dict[str, Callable[[Any, Any], Any]] = {
    "floor": lambda x, y: ag.floor(x),
    "ceil": lambda x, y: ag.ceil(x),
    "trunc": lambda x, y: ag.trunc(x),
    "round": lambda x, y: round(x, 1),
    "remainder": lambda x, y: x % y,
    "floor_divide": lambda x, y: x // y,
}


@pytest.mark.slow
def test_zeros_in_javascript_have_the_signs_of_python(tmp_path: Path) -> None:
    rows = [(x, y) for x in (-0.0, 0.0, -0.3, 0.3, -2.5) for y in (-0.5, 2.0, -4.0, math.inf, -math.inf)]
    x, y = ag.Value(0.3, "x"), ag.Value(2.0, "y")
    program = ag.compile([function(x, y) for function in ROUNDED.values()], inputs=[x, y])
    (tmp_path / "text.mjs").write_text(program.source("javascript"), encoding="utf-8")
    points = ", ".join(f"[{a!r}, {b!r}]".replace("inf", "Infinity") for a, b in rows)
    shown = "value => Object.is(value, -0) ? '-0' : String(value)"
    script = f"""import {{ program }} from "./text.mjs";
console.log(JSON.stringify([{points}].map(row => program(...row)[0].map({shown}))));"""
    function = program.as_function()
    for row, found in zip(rows, run_in_node(script, tmp_path), strict=True):
        assert list(map(repr, map(float, found))) == list(map(repr, function(*row)[0])), row


def test_a_file_is_replaced_whole_or_left_as_it_is(tmp_path: Path) -> None:
    x = ag.Value(2.0, "x")
    program = ag.compile(x * x, inputs=[x])
    (tmp_path / "model.c").write_text("old")
    program.save_source(tmp_path / "model.c")
    assert (tmp_path / "model.c").read_text(encoding="utf-8") == program.source("c")
    (tmp_path / "folder.c").mkdir()
    with pytest.raises(IsADirectoryError):
        program.save_source(tmp_path / "folder.c")
    with pytest.raises(FileNotFoundError):
        program.save_source(tmp_path / "nowhere" / "model.c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.c", "model.c"]
