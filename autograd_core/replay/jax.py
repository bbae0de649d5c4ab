"""Programs in JAX: on arrays of any number of rows, on any number of devices, and for ``jax.grad`` to differentiate."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files

from autograd_core.replay.jax_groups import in_groups
from autograd_core.replay.language import COMPARISONS, Called, Function, Language, Line
from autograd_core.replay.python import PYTHON, SUMS_AND_PRODUCTS

_BEFORE = {
    "functools": "import functools",
    "math": "import math",
    "jax": "import jax",
    "jnp": "import jax.numpy as jnp",
    "lax": "from jax import lax",
}
_KEYWORDS = frozenset(
    {*keyword.kwlist, *_BEFORE, "_", "inputs", "parameters", "value", "rows", "each_row", "sum_of_rows"}
)


def _number(number: float) -> str:
    if math.isfinite(number):
        return PYTHON.number(number)
    return "jnp.nan" if number != number else "jnp.inf" if number > 0.0 else "(-jnp.inf)"


def _assigned(line: Line) -> str:
    names = [name or "_" for name in line.names]
    return f"[{', '.join(names)}] = {line.formula}" if line.is_list else f"{names[0]} = {line.formula}"


def definitions(called: Collection[str], words: Collection[str] = ()) -> list[str]:
    """The lines of functions of ``functions_jax.txt``, of those that they use, and the imports of all.

    Args:
        called: the functions.
        words: what else the text names.

    Raises:
        ValueError: there is no such function.
    """
    blocks = _blocks()
    found: set[str] = set()
    waiting = sorted(called)
    while waiting:
        name = waiting.pop()
        if name not in blocks:
            raise ValueError(f"{name} has no text in JAX")
        if name not in found:
            found.add(name)
            waiting += [word for word in re.findall(r"\b[a-zA-Z_]\w*\b", blocks[name]) if word in blocks]
    bodies = [blocks[name] for name in blocks if name in found]
    named = {"jnp", *words, *re.findall(r"\w+", "\n".join(bodies))}
    imports = [line for name, line in _BEFORE.items() if name in named]
    return [*imports, "", "", *[line for body in bodies for line in [*body.splitlines(), "", ""]]]


@cache
def _blocks() -> dict[str, str]:
    """The definitions of the file by their names; what defines no name belongs to the definition before it."""
    text = files("autograd_core.replay").joinpath("functions_jax.txt").read_text(encoding="utf-8")
    blocks: dict[str, str] = {}
    for block in text.strip().split("\n\n\n"):
        defined = re.search(r"^(?:def )?(\w+)(?: = |\()", block, re.MULTILINE)
        if defined and not block.startswith("#"):
            blocks[defined[1]] = block
        elif blocks and not block.startswith("#"):
            blocks[[*blocks][-1]] += f"\n\n\n{block}"
    return blocks


# -- functions --


def _arguments(function: Function) -> list[str]:
    """The arrays that a function takes: of the inputs and of the parameters, where there are any."""
    leaves = {"inputs": function.inputs, "parameters": function.parameters}
    return [name for name, names in leaves.items() if names]


def _header(function: Function) -> list[str]:
    arguments = ", ".join(_arguments(function))
    lines = [f"def {function.name}({arguments}):"]
    lines.append(f"    rows = {'jnp.shape(inputs)[:-1]' if function.inputs else '()'}")
    for place, name in enumerate(function.inputs):
        lines.append(f"    {name} = inputs[..., {place}]")
    for place, name in enumerate(function.parameters):
        lines.append(f"    {name} = parameters[..., {place}]")
    return lines


def _footer(function: Function) -> list[str]:
    matrix = function.matrix
    if matrix is not None:
        texts = [_number(0.0)] * (matrix.n_rows * matrix.n_columns)
        for row, column, text in matrix.entries:
            texts[row * matrix.n_columns + column] = text
        shape = f"*rows, {matrix.n_columns}" if matrix.is_flat else f"*rows, {matrix.n_rows}, {matrix.n_columns}"
        return [f"    return {_call('each_row', texts)}.reshape({shape})"]
    outputs, n_inputs = function.outputs, len(function.inputs)
    value = f"jnp.broadcast_to({outputs[0]}, rows)" if len(outputs) == 1 else _call("each_row", outputs)
    results = [value]
    if function.inputs:
        results.append(_call("each_row", function.gradients[:n_inputs]))
    if function.parameters:
        results.append(_call("sum_of_rows", function.gradients[n_inputs:]))
    arguments = ", ".join(_arguments(function))
    return [
        f"    return {', '.join(results)}" + ("," if len(results) == 1 else ""),
        "",
        "",
        f"def value({arguments}):",
        "    # the outputs alone, for jax.grad",
        f"    return {function.name}({arguments})[0]",
    ]


def _call(name: str, texts: Sequence[str]) -> str:
    return f"{name}(rows, {', '.join(texts)})"


def _definitions(called: Called) -> list[str]:
    words = set(re.findall(r"\w+", "\n".join(called.lines)))
    return [*called.headers, *definitions({*called.functions, *(words & _blocks().keys())}, words)]


# -- rows --


def _condition(sign: str) -> str:
    return f"jnp.where({{0}} {sign} {{1}}, 1.0, 0.0)"


def _adjoint(operands: Sequence[str]) -> str:
    terms = [
        upstream if derivative == "1.0" else f"jnp.where({upstream} == 0.0, 0.0, {upstream} * {derivative})"
        for upstream, derivative in zip(operands[::2], operands[1::2])
    ]
    return " + ".join(terms)


_NUMPYS = {
    "abs_": "abs", "exp": "exp", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "sqrt": "sqrt",
    "cbrt": "cbrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh", "floor": "floor", "ceil": "ceil", "trunc": "trunc",
    "sign": "sign",
}  # fmt: skip

JAX = Language(
    name="jax",
    title="JAX",
    rows={
        **{name: f"jnp.{function}({{0}})" for name, function in _NUMPYS.items()},
        **SUMS_AND_PRODUCTS,
        "divide": "jnp.divide({0}, {1})",
        "reciprocal": "jnp.divide(1.0, {0})",
        "atan2": "jnp.arctan2({0}, {1})",
        "relu": "jnp.maximum({0}, 0.0)",
        "where": "jnp.where({0} != 0.0, {1}, {2})",
        **{name: _condition(sign) for name, sign in COMPARISONS.items()},
        "both": "jnp.where(({0} != 0.0) & ({1} != 0.0), 1.0, 0.0)",
        "either": "jnp.where(({0} != 0.0) | ({1} != 0.0), 1.0, 0.0)",
        "negation": "jnp.where({0} == 0.0, 1.0, 0.0)",
        "spoilt": "jnp.where(({1} == {1}) | ({0} == 0.0), {0}, jnp.nan)",
        "adjoint": _adjoint,
    },
    number=_number,
    assigned=_assigned,
    header=_header,
    footer=_footer,
    definitions=_definitions,
    comment=PYTHON.comment,
    keywords=_KEYWORDS,
    grouped=in_groups,
)
