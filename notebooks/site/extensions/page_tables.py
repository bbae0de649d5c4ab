"""What the computed tables of the site consist of: values at edges, errors by primitive, results of benchmarks."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd_core as ag
from autograd_core.primitives import TABLE

RESULTS = Path(__file__).parent.parent.parent.parent / "tests" / "benchmarks" / "results"
POINTS = 250
"""So many of its oracle's points each primitive is asked at."""


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown, all but the first so many columns aligned right."""
    rule = [":--" if column < left else "--:" for column in range(len(headings))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (headings, rule, *rows))


def code(text: str) -> str:
    """A text in backquotes, with its bars as a cell of a table has to have them."""
    return f"`{text}`".replace("|", "\\|")


# -- values and derivatives at kinks and edges ----------------------------------------------------------------------


def edges(lines: Sequence[str]) -> str:
    """A table of expressions and places, from lines such as ``x / y at x=1, y=0``, with what the engine gives there."""
    rows = []
    for expression, place in (line.rsplit(" at ", 1) for line in lines if line):
        value, derivatives = at_edge(expression, place)
        at = place.replace("inf", "∞").replace("-", "−")
        rows.append([code(expression), at, value, ", ".join(derivatives)])
    return markdown_table(["", "at", "value", "derivatives"], rows, left=2)


def at_edge(expression: str, place: str) -> tuple[str, list[str]]:
    """The value of an expression at a place such as ``x=1, y=-inf``, and its derivatives with respect to each name."""
    variables = {name: ag.Value(float(number)) for name, number in re.findall(r"(\w+)=([^,\s]+)", place)}
    names = {name: getattr(ag, name) for name in (*ag.__all__, "abs", "sum")}
    node: Any = eval(compile(ast.parse(expression, mode="eval"), "<edges>", "eval"), names | variables)
    node.backward()
    return shown(node.data), [shown(variable.grad) for variable in variables.values()]


def shown(number: float) -> str:
    """A number in up to five digits, as a text of a page."""
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return format(number + 0.0, ".5g").replace("-", "−")


# -- accuracy -------------------------------------------------------------------------------------------------------

INFIX = {"+": "x + y", "-": "x - y", "*": "x * y", "/": "x / y", "**": "x ** 2.5", "pow": "x ** y",
         "%": "x % y", "//": "x // y", "neg": "-x", "round": "round(x, 2)"}  # fmt: skip


def accuracy(*, public: bool) -> str:
    """A table of the primitives' largest errors against mpmath, in ulp."""
    from tests.support.accuracy import worst
    from tests.support.oracles import ORACLES

    rows = []
    for name in accuracy_names(public=public):
        value, derivative = worst(name, POINTS)
        bound = max(ORACLES[name].value_ulp, ORACLES[name].partial_ulp)
        of_derivative = "–" if derivative is None else f"{derivative:.2f}"
        rows.append([code(INFIX.get(name, name)), f"{value:.2f}", of_derivative, f"{bound:g}"])
    return markdown_table(["", "value", "derivatives", "held to"], rows)


def accuracy_names(*, public: bool) -> list[str]:
    """The primitives with a derivative or a rounding to measure, in the order of the table."""
    without = {"stop_gradient", "<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}
    named = {*ag.__all__, "abs", "sum", *INFIX}
    return [name for name in TABLE if name not in without and (name in named) == public]


# -- benchmarks -----------------------------------------------------------------------------------------------------


def results() -> list[Path]:
    """The files of the last results, in the order of the command's list of tables."""
    from tests.benchmarks.__main__ import TABLES

    return [file for file in (RESULTS / f"{name}.txt" for name in TABLES) if file.exists()]


def in_markdown(result: str) -> str:
    """A file of results: its tables under their titles, its other lines, then the machine and the command."""
    command, machine, _, *lines = result.splitlines()
    parts = []
    for block in "\n".join(lines).split("\n\n"):
        title, *rows = block.strip("\n").splitlines()
        if len(rows) > 1 and set(rows[1]) == {"-", " "}:
            columns = [match.span() for match in re.finditer("-+", rows[1])]
            headings, _, *contents = [cells(row, columns) for row in rows]
            parts += [f"**{title}**" if parts else f"## {title}", markdown_table(headings, contents)]
        else:
            parts.append(" ".join([title, *rows]))
    return "\n\n".join([*parts, machine, f"```sh\n{command}\n```"])


def cells(line: str, columns: Sequence[tuple[int, int]]) -> list[str]:
    """What stands in each column of a line of a table in fixed width."""
    return [line[start:end].strip().replace("|", "\\|") for start, end in columns]
