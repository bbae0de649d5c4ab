"""Programs in NumPy: the same straight line as in Python, whose numbers may be arrays with an element for each row.

What NumPy has is called, what :mod:`~autograd_core.replay.array_functions` has is taken along, and what neither has is
the table's function of floats, called for one element after another: nothing but NumPy has to be installed.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_core.replay.array_functions import FUNCTIONS
from autograd_core.replay.definitions import functions_of_python
from autograd_core.replay.language import COMPARISONS, Called, Function, Language, called, laid_out, sum_of_terms
from autograd_core.replay.python import PYTHON, SUMS_AND_PRODUCTS

# -- what texts take along --


def result_of(function: Callable[..., None], *operands: Any) -> Any:
    """What a function writes to ``out``."""
    out = np.empty(np.broadcast_shapes(*map(np.shape, operands)))
    function(*operands, out=out)
    return out[()]


def results_of(function: Callable[..., None], *operands: Any) -> Any:
    """What a function of values along a first axis writes to ``out``: as many arrays."""
    values = np.stack(np.broadcast_arrays(*operands)).astype(float)
    out = np.empty(values.shape)
    function(values, out=out)
    return out


def reduced_by(function: Callable[..., None], *operands: Any) -> Any:
    """What a function of values along a first axis writes to ``out``: a single array."""
    values = np.stack(np.broadcast_arrays(*operands)).astype(float)
    out = np.empty(values.shape[1:])
    function(values, out=out)
    return out[()]


def shaped(numbers: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    """Each with an element for each row of the arguments."""
    shape = np.broadcast_shapes(*map(np.shape, arguments))
    return [np.broadcast_to(number, shape)[()] for number in numbers]


def dot(*operands: Any) -> Any:
    """The weighted sum, one product after another."""
    count = len(operands) // 2
    total = operands[-1]
    for weight, x in zip(operands[:count], operands[count:-1]):
        total = total + weight * x
    return total


def sum_(*values: Any) -> Any:
    """The sum, one after another."""
    total = 0.0
    for value in values:
        total = total + value
    return total


def prod(*values: Any) -> Any:
    """The product, one after another."""
    product = 1.0
    for value in values:
        product = product * value
    return product


def adjoint(*pairs: Any) -> Any:
    """The sum of upstream times local derivative, where an upstream of 0 passes nothing on."""
    total: Any = 0.0
    for upstream, local_derivative in zip(pairs[::2], pairs[1::2]):
        total = total + np.where(upstream == 0.0, 0.0, upstream * local_derivative)
    return total


_OWN: dict[str, Callable[..., Any]] = {"dot": dot, "sum_": sum_, "prod": prod, "adjoint": adjoint}
_REDUCING = frozenset({"logsumexp", "norm"})
_WIDE = frozenset({"softmax", "log_softmax"})
_HELPERS = {each.__name__: each for each in (result_of, results_of, reduced_by, shaped)}


def _is_on_arrays(name: str) -> bool:
    """Whether there is a function of arrays, and not only one that calls that of floats for each element."""
    return name in FUNCTIONS and "<locals>" not in getattr(FUNCTIONS[name], "__qualname__", "<locals>")


def _call(name: str, operands: Sequence[str]) -> str:
    if name in _OWN:
        return called(name, operands)
    if name in _WIDE or name in _REDUCING:
        return called("results_of" if name in _WIDE else "reduced_by", [name, *operands])
    if _is_on_arrays(name):
        return called("result_of", [name, *operands])
    return called(f"np.vectorize({name}, otypes=[float])", operands)


# -- functions --


def _definitions(needed: Called) -> list[str]:
    functions = dict(_HELPERS)
    for name, function in needed.functions.items():
        functions[name] = _OWN.get(name) or (FUNCTIONS[name] if _is_on_arrays(name) else function)
    lines = [_TITLE, "import math", "", "import numpy as np", *needed.headers, "", "inf, nan = math.inf, math.nan"]
    return [*lines, "", "", *functions_of_python(functions, needed.taken)]


_TITLE = '"""A function of numbers, or of arrays with an element for each row, that gives outputs and derivatives."""'


def _header(function: Function) -> list[str]:
    arguments = ", ".join(function.arguments)
    lines = [f"def {function.name}({arguments}):", '    with np.errstate(all="ignore"):']
    if arguments:
        lines.append(f"    [{arguments}] = [np.asarray(each, float) for each in [{arguments}]]")
    return lines


def _footer(function: Function) -> list[str]:
    arguments = f"[{', '.join(function.arguments)}]"
    matrix = function.matrix
    if matrix is not None:
        shape = f"(*np.broadcast_shapes(*map(np.shape, {arguments})), {matrix.n_rows}, {matrix.n_columns})"
        lines = [f"    matrix = np.zeros({shape})"]
        lines += [f"    matrix[..., {row}, {column}] = {text}" for row, column, text in matrix.entries]
        return [*lines, "    return matrix[..., 0, :]" if matrix.is_flat else "    return matrix"]
    lines = [
        f"    outputs = shaped([{', '.join(function.outputs)}], {arguments})",
        f"    gradients = shaped([{', '.join(function.gradients)}], {arguments})",
    ]
    return [*lines, f"    return outputs{'[0]' if len(function.outputs) == 1 else ''}, gradients"]


def _layout(language: Language, function: Function) -> list[str]:
    """All lines but the first two deeper by a level."""
    definition, context, *lines = laid_out(language, function)
    return [definition, context, *[f"    {line}" if line else "" for line in lines]]


# -- instructions --


def _adjoint(operands: Sequence[str]) -> str:
    return sum_of_terms(operands, "np.where({0} == 0.0, 0.0, {0} * {1})")


def _constant_power(operands: Sequence[str]) -> str | None:
    base, exponent = operands
    known = {"1.0": "{0}", "2.0": "{0} * {0}", "(-1.0)": "np.divide(1.0, {0})"}.get(exponent)
    return known.format(base) if known else None


def _nested(function: str) -> Callable[[Sequence[str]], str]:
    """Of any number of operands, by a function of two."""

    def row(operands: Sequence[str]) -> str:
        text = operands[0]
        for operand in operands[1:]:
            text = f"{function}({text}, {operand})"
        return text

    return row


def _condition(sign: str) -> str:
    return f"({{0}} {sign} {{1}}) * 1.0"


_UFUNCS = {name: function for name, function in FUNCTIONS.items() if isinstance(function, np.ufunc)}

NUMPY = Language(
    name="numpy",
    title="Python",
    rows={
        **{
            name: f"np.{function.__name__}({', '.join([f'{{{place}}}' for place in range(function.nin)])})"
            for name, function in _UFUNCS.items()
        },
        **SUMS_AND_PRODUCTS,
        **{name: f"np.{name}({{0}}) + 0.0" for name in ("floor", "ceil", "trunc")},  # 0.0 for -0.0, as Python's are
        "reciprocal": "np.divide(1.0, {0})",
        "constant_power": _constant_power,
        "relu": "np.maximum({0}, 0.0)",
        "maximum": _nested("np.maximum"),
        "minimum": _nested("np.minimum"),
        "where": "np.where({0} != 0.0, {1}, {2})",
        **{name: _condition(sign) for name, sign in COMPARISONS.items()},
        "both": "(({0} != 0.0) & ({1} != 0.0)) * 1.0",
        "either": "(({0} != 0.0) | ({1} != 0.0)) * 1.0",
        "negation": "({0} == 0.0) * 1.0",
        "spoilt": "np.where(({1} == {1}) | ({0} == 0.0), {0}, nan)",
        "adjoint": _adjoint,
    },
    number=PYTHON.number,
    assigned=PYTHON.assigned,
    header=_header,
    footer=_footer,
    definitions=_definitions,
    comment="# {}".format,
    keywords=frozenset({
        *keyword.kwlist, *_HELPERS, "math", "np", "float", "matrix", "outputs", "gradients", "each", "map", "_",
    }),
    call=_call,
    layout=_layout,
)  # fmt: skip
