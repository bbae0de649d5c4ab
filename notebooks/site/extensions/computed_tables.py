"""Directives whose tables are computed while the site is built: ``{edges}``, ``{accuracy}`` and ``{benchmarks}``."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import autograd_core as ag
from autograd_core.primitives import TABLE

ROOT = Path(__file__).parent.parent.parent.parent
RESULTS = ROOT / "tests" / "benchmarks" / "results"
POINTS = 300
"""So many of its oracle's points each primitive is asked at."""


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown, all but the first so many columns aligned right."""
    rule = [":--" if column < left else "--:" for column in range(len(headings))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (headings, rule, *rows))


def code(text: str) -> str:
    """A text in backquotes, with its bars as a cell of a table has to have them."""
    return f"`{text}`".replace("|", "\\|")


# -- values and derivatives at kinks and edges ----------------------------------------------------------------------


class Edges(SphinxDirective):
    """Lines such as ``x / y at x=1, y=0``: each expression's value there, and its derivatives, by the engine."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """A table with a row for each line."""
        rows = [self._row(*line.rsplit(" at ", 1)) for line in self.content if line]
        headings = ["", "at", "value", "derivatives"]
        return self.parse_text_to_nodes(markdown_table(headings, rows, left=2))

    def _row(self, expression: str, place: str) -> list[str]:
        value, derivatives = at_edge(expression, place)
        return [code(expression), place.replace("inf", "∞").replace("-", "−"), value, ", ".join(derivatives)]


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


class Accuracy(SphinxDirective):
    """The largest errors of each primitive, measured against mpmath; ``public`` or ``internal`` ones."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A table with a row for each primitive."""
        from tests.support.accuracy import worst
        from tests.support.oracles import ORACLES

        rows = []
        for name in accuracy_names(public=self.arguments[0] == "public"):
            value, derivative = worst(name, POINTS)
            bound = max(ORACLES[name].value_ulp, ORACLES[name].partial_ulp)
            of_derivative = "–" if derivative is None else f"{derivative:.2f}"
            rows.append([code(INFIX.get(name, name)), f"{value:.2f}", of_derivative, f"{bound:g}"])
        headings = ["", "value", "derivatives", "held to"]
        return self.parse_text_to_nodes(markdown_table(headings, rows))


def accuracy_names(*, public: bool) -> list[str]:
    """The primitives with a derivative or a rounding to measure, in the order of the table."""
    without = {"stop_gradient", "<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}
    named = {*ag.__all__, "abs", "sum", *INFIX}
    return [name for name in TABLE if name not in without and (name in named) == public]


# -- benchmarks -----------------------------------------------------------------------------------------------------


class Benchmarks(SphinxDirective):
    """The results that ``python -m tests.benchmarks --save`` wrote last, a section for each of its tables."""

    def run(self) -> list[nodes.Node]:
        """The sections, in the order of the command's list of tables."""
        from tests.benchmarks.__main__ import TABLES

        files = [RESULTS / f"{name}.txt" for name in TABLES]
        for file in files:
            self.env.note_dependency(str(file))
        texts = [in_markdown(file.read_text(encoding="utf-8")) for file in files if file.exists()]
        return self.parse_text_to_nodes("\n\n".join(texts), allow_section_headings=True)


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Enter the directives."""
    app.add_directive("edges", Edges)
    app.add_directive("accuracy", Accuracy)
    app.add_directive("benchmarks", Benchmarks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
