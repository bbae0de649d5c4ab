"""Programs in JavaScript, which a page runs to compute a graph anew."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from autograd_core.replay.definitions import MissingDefinitionError, functions_of_file
from autograd_core.replay.language import COMPARISONS, Called, Function, Language, Line, sum_of_terms
from autograd_core.replay.python import SUMS_AND_PRODUCTS

_KEYWORDS = frozenset({
    "abstract", "arguments", "await", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "debugger", "default", "delete", "do", "double", "else", "enum", "eval", "export", "extends", "false", "final",
    "finally", "float", "for", "function", "goto", "if", "implements", "import", "in", "instanceof", "int", "interface",
    "let", "long", "native", "new", "null", "package", "private", "protected", "public", "return", "short", "static",
    "super", "switch", "synchronized", "this", "throw", "throws", "transient", "true", "try", "typeof", "undefined",
    "var", "void", "volatile", "while", "with", "yield", "async", "of", "NaN", "Infinity", "Math", "Number", "Array",
    "matrix",
})  # fmt: skip


def _number(number: float) -> str:
    text = "Infinity" if abs(number) == math.inf else "NaN" if number != number else repr(abs(number))
    return f"(-{text})" if math.copysign(1.0, number) < 0.0 and number == number else text


def _assigned(line: Line) -> str:
    if line.is_list:
        return f"const [{', '.join(line.names)}] = {line.formula};"
    return f"const {line.names[0]} = {line.formula};"


def _definitions(called: Called) -> list[str]:
    return [*called.headers, *definitions(called.functions)]


def _comment(text: str) -> str:
    """A comment, also in a script that stands in a page."""
    return f"// {text}".replace("</", "<\\/").replace("<!--", "<\\!--")


def _header(function: Function) -> list[str]:
    return [f"export function {function.name}({', '.join(function.arguments)}) {{"]


def _footer(function: Function) -> list[str]:
    matrix = function.matrix
    if matrix is not None:
        lines = [
            f"    const matrix = Array.from({{ length: {matrix.n_rows} }}, () => Array({matrix.n_columns}).fill(0));",
            *[f"    matrix[{row}][{column}] = {text};" for row, column, text in matrix.entries],
        ]
        return [*lines, "    return matrix[0];" if matrix.is_flat else "    return matrix;", "}"]
    outputs = function.outputs
    result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    return [f"    return [{result}, [{', '.join(function.gradients)}]];", "}"]


def definitions(functions: Collection[str]) -> list[str]:
    """The lines of the functions that a program calls, and of those that these call.

    Raises:
        ValueError: there is no such function in JavaScript.
    """
    try:
        return functions_of_file("functions.js", r"function (\w+)", functions)
    except MissingDefinitionError as error:
        raise ValueError(f"{error} has no text in JavaScript") from None


def _condition(sign: str) -> str:
    strict = {"==": "===", "!=": "!=="}.get(sign, sign)
    return f"{{0}} {strict} {{1}} ? 1 : 0"


def _adjoint(operands: Sequence[str]) -> str:
    return sum_of_terms(operands, "({0} === 0 ? 0 : {0} * {1})")


def _spoilt(operands: Sequence[str]) -> str:
    upstream, value = operands
    if upstream == "1.0":
        return f"{value} === {value} ? 1.0 : NaN"
    return f"{value} === {value} || {upstream} === 0 ? {upstream} : NaN"


_MATHS = {
    "abs_": "abs", "exp": "exp", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
}  # fmt: skip

JAVASCRIPT = Language(
    name="javascript",
    title="JavaScript",
    rows={
        **{name: f"Math.{function}({{0}})" for name, function in _MATHS.items()},
        **SUMS_AND_PRODUCTS,
        **{name: f"Math.{name}({{0}}) + 0" for name in ("floor", "ceil", "trunc")},  # 0 for -0, as Python's are
        "divide": "{0} / {1}",
        "reciprocal": "1 / {0}",
        "atan2": "Math.atan2({0}, {1})",
        "relu": "{0} <= 0 ? 0 : {0}",
        "where": "{0} !== 0 ? {1} : {2}",
        "maximum": lambda operands: f"Math.max({', '.join(operands)})",
        "minimum": lambda operands: f"Math.min({', '.join(operands)})",
        **{name: _condition(sign) for name, sign in COMPARISONS.items()},
        "both": "{0} !== 0 && {1} !== 0 ? 1 : 0",
        "either": "{0} !== 0 || {1} !== 0 ? 1 : 0",
        "negation": "{0} === 0 ? 1 : 0",
        "spoilt": _spoilt,
        "adjoint": _adjoint,
    },
    number=_number,
    assigned=_assigned,
    header=_header,
    footer=_footer,
    definitions=_definitions,
    comment=_comment,
    keywords=_KEYWORDS,
)
"""What has neither a row nor a function in ``functions.js`` is refused."""
