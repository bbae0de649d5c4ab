"""Programs in JavaScript, which a page runs to compute a graph anew."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from importlib.resources import files

from autograd_core.replay.language import Language
from autograd_core.replay.python import PYTHON

_FUNCTION = re.compile(r"^(function (\w+)\(.*?^})$", re.MULTILINE | re.DOTALL)
_KEYWORDS = frozenset({
    "abstract", "arguments", "await", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "debugger", "default", "delete", "do", "double", "else", "enum", "eval", "export", "extends", "false", "final",
    "finally", "float", "for", "function", "goto", "if", "implements", "import", "in", "instanceof", "int", "interface",
    "let", "long", "native", "new", "null", "package", "private", "protected", "public", "return", "short", "static",
    "super", "switch", "synchronized", "this", "throw", "throws", "transient", "true", "try", "typeof", "undefined",
    "var", "void", "volatile", "while", "with", "yield", "async", "of", "NaN", "Infinity", "Math", "Number",
})  # fmt: skip


def _number(number: float) -> str:
    text = "Infinity" if abs(number) == math.inf else "NaN" if number != number else repr(abs(number))
    return f"(-{text})" if math.copysign(1.0, number) < 0.0 and number == number else text


def _assigned(names: Sequence[str], formula: str, is_unpacked: bool) -> str:
    return f"const [{', '.join(names)}] = {formula};" if is_unpacked else f"const {names[0]} = {formula};"


def _header(arguments: Sequence[str], functions: Collection[str]) -> list[str]:
    return [*definitions(functions), f"function program({', '.join(arguments)}) {{"]


def _footer(outputs: Sequence[str], gradients: Sequence[str]) -> list[str]:
    result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    return [f"    return [{result}, [{', '.join(gradients)}]];", "}"]


def definitions(functions: Collection[str]) -> list[str]:
    """The lines of the functions that a program calls, and of those that these call.

    Raises:
        ValueError: there is no such function in JavaScript.
    """
    text = files("autograd_core.replay").joinpath("functions.js").read_text(encoding="utf-8")
    bodies = {each[2]: each[1] for each in _FUNCTION.finditer(text)}
    found: dict[str, str] = {}
    waiting = sorted(functions)
    while waiting:
        name = waiting.pop()
        if name not in bodies:
            raise ValueError(f'{name} has no text in JavaScript: source("python") calls it by its name')
        if name not in found:
            found[name] = bodies[name]
            waiting += [called for called in re.findall(r"\b(\w+)\(", bodies[name]) if called in bodies]
    return [line for name in bodies if name in found for line in [*found[name].splitlines(), ""]]


def _condition(sign: str) -> str:
    return f"{{0}} {sign} {{1}} ? 1 : 0"


def _adjoint(operands: Sequence[str]) -> str:
    terms = [
        upstream if derivative == "1" else f"({upstream} === 0 ? 0 : {upstream} * {derivative})"
        for upstream, derivative in zip(operands[::2], operands[1::2])
    ]
    return " + ".join(terms)


def _spoilt(operands: Sequence[str]) -> str:
    upstream, value = operands
    if upstream == "1.0":
        return f"{value} === {value} ? 1.0 : NaN"
    return f"{value} === {value} || {upstream} === 0 ? {upstream} : NaN"


_MATHS = {
    "abs_": "abs", "exp": "exp", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
    "floor": "floor", "ceil": "ceil", "trunc": "trunc",
}  # fmt: skip

_AS_IN_PYTHON = ("add", "subtract", "multiply", "negative", "square", "copied", "dot", "sum_")

JAVASCRIPT = Language(
    rows={
        **{name: f"Math.{function}({{0}})" for name, function in _MATHS.items()},
        **{name: PYTHON.rows[name] for name in _AS_IN_PYTHON},
        "divide": "{0} / {1}",
        "reciprocal": "1 / {0}",
        "atan2": "Math.atan2({0}, {1})",
        "relu": "{0} <= 0 ? 0 : {0}",
        "where": "{0} !== 0 ? {1} : {2}",
        "maximum": lambda operands: f"Math.max({', '.join(operands)})",
        "minimum": lambda operands: f"Math.min({', '.join(operands)})",
        "less": _condition("<"),
        "less_equal": _condition("<="),
        "greater": _condition(">"),
        "greater_equal": _condition(">="),
        "equal": _condition("==="),
        "not_equal": _condition("!=="),
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
    comment="//",
    keywords=_KEYWORDS,
)
"""What has neither a row nor a function in ``functions.js`` is refused."""
