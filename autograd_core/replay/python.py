"""Programs in Python, for a debugger to step through; without numba, also the fastest way to run a small one once."""

from __future__ import annotations

import keyword
from collections.abc import Sequence

from autograd_core.replay.definitions import functions_of_python
from autograd_core.replay.language import COMPARISONS, Called, Function, Language, Line, Matrix, Row, sum_of_terms


def _number(number: float) -> str:
    return f"({number!r})" if repr(number).startswith("-") else repr(number)


def _assigned(line: Line) -> str:
    names = [name or "_" for name in line.names]
    return f"[{', '.join(names)}] = {line.formula}" if line.is_list else f"{names[0]} = {line.formula}"


def _definitions(called: Called) -> list[str]:
    lines = [_TITLE, "import math", *called.headers, "", "inf, nan = math.inf, math.nan", "", ""]
    return [*lines, *functions_of_python(called.functions, called.taken)]


_TITLE = (
    '"""A program: a function of its inputs and parameters that returns outputs and the derivatives by all of these."""'
)


def _header(function: Function) -> list[str]:
    return [f"def {function.name}({', '.join(function.arguments)}):"]


def _footer(function: Function) -> list[str]:
    if function.matrix is not None:
        return _matrix_footer(function.matrix)
    outputs = function.outputs
    result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    return [f"    return {result}, [{', '.join(function.gradients)}]"]


def _matrix_footer(matrix: Matrix) -> list[str]:
    size = f"[0.0] * {matrix.n_columns}"
    lines = [f"    matrix = [{size} for _ in range({matrix.n_rows})]"]
    lines += [f"    matrix[{row}][{column}] = {text}" for row, column, text in matrix.entries]
    return [*lines, "    return matrix[0]" if matrix.is_flat else "    return matrix"]


def _dot(operands: Sequence[str]) -> str:
    half = len(operands) // 2
    products = [f"{weight} * {x}" for weight, x in zip(operands[:half], operands[half:-1])]
    return " + ".join([operands[-1], *products])


def _sum(operands: Sequence[str]) -> str:
    return " + ".join(operands)


def _adjoint(operands: Sequence[str]) -> str:
    """Each term is ``upstream * local derivative``; an upstream of 0 passes nothing on."""
    term = "{0} * {1} if {0} else 0.0"
    return sum_of_terms(operands, term if len(operands) == 2 else f"({term})")


def _spoilt(operands: Sequence[str]) -> str:
    """The adjoint that a node passes on to its operands."""
    upstream, value = operands
    passes = f"{value} == {value}"
    return (
        f"{upstream} if {passes} else nan"
        if upstream == "1.0"
        else f"{upstream} if {passes} or not {upstream} else nan"
    )


def _condition(sign: str) -> str:
    return f"1.0 if {{0}} {sign} {{1}} else 0.0"


SUMS_AND_PRODUCTS: dict[str, Row] = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "negative": "-{0}",
    "square": "{0} * {0}",
    "copied": "{0}",
    "dot": _dot,
    "sum_": _sum,
}
"""The rows that most languages share."""

PYTHON = Language(
    name="python",
    title="Python",
    rows={
        **SUMS_AND_PRODUCTS,
        "relu": "0.0 if {0} <= 0.0 else {0}",
        "where": "{1} if {0} else {2}",
        **{name: _condition(sign) for name, sign in COMPARISONS.items()},
        "both": "1.0 if {0} and {1} else 0.0",
        "either": "1.0 if {0} or {1} else 0.0",
        "negation": "0.0 if {0} else 1.0",
        "spoilt": _spoilt,
        "adjoint": _adjoint,
    },
    number=_number,
    assigned=_assigned,
    header=_header,
    footer=_footer,
    definitions=_definitions,
    comment="# {}".format,
    keywords=frozenset({*keyword.kwlist, "math", "range", "matrix", "_"}),
)
"""What has no row is called by name: the functions of the table, which know what to do at poles and beyond."""
