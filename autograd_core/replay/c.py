"""Programs in C99, which need ``<math.h>`` alone and allocate nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from autograd_core.replay.definitions import functions_of_file
from autograd_core.replay.instructions import INSTRUCTIONS
from autograd_core.replay.language import COMPARISONS, Called, Function, Language, Line, backward, forward, sum_of_terms
from autograd_core.replay.python import SUMS_AND_PRODUCTS

MOST_LINES = 1000
"""Of one function: what compilers do to a function takes them more than twice as long for one of twice the length."""

_LIBRARY = frozenset({
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "drem",
    "erf", "erfc", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "finite", "floor", "fma", "fmax", "fmin", "fmod",
    "fpclassify", "frexp", "gamma", "hypot", "ilogb", "isfinite", "isgreater", "isinf", "isless", "isnan", "isnormal",
    "j0", "j1", "jn", "ldexp", "lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint",
    "lround", "modf", "nan", "nearbyint", "nextafter", "nexttoward", "pow", "pow10", "remainder", "remquo", "rint",
    "round", "scalb", "scalbln", "scalbn", "significand", "signbit", "signgam", "sin", "sincos", "sinh", "sqrt", "tan",
    "tanh", "tgamma", "trunc", "y0", "y1", "yn", "abs", "main",
    "iscanonical", "iseqsig", "isgreaterequal", "islessequal", "islessgreater", "issignaling", "issubnormal",
    "isunordered", "iszero", "math_errhandling", "INFINITY", "NAN", "HUGE", "DOMAIN", "SING", "OVERFLOW", "UNDERFLOW",
    "PLOSS", "TLOSS", "NULL", "MAXFLOAT", "linux", "unix",
})  # fmt: skip

_MACROS = "FP_|HUGE_VAL|MATH_|M_|SNAN"
"""How the macros of ``<math.h>`` begin of which there are more in each edition, and for each type."""

_KEYWORDS = frozenset({
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
    "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof",
    "alignas", "alignof", "bool", "constexpr", "false", "nullptr", "static_assert", "thread_local", "true",
    "typeof_unqual", "and", "and_eq", "bitand", "bitor", "catch", "class", "compl", "const_cast", "delete",
    "dynamic_cast", "explicit", "export", "friend", "mutable", "namespace", "new", "not", "not_eq", "operator", "or",
    "or_eq", "private", "protected", "public", "reinterpret_cast", "static_cast", "template", "this", "throw", "try",
    "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq",
})  # fmt: skip
"""Those of C up to C23, and those of C++, by which a text may be compiled as well."""

_OWN = frozenset({
    "inputs", "parameters", "values", "gradients", "jacobian", "hessian", "results", "kept", "total", "passed_on",
    "APART", "i",
})  # fmt: skip

_WIDE = frozenset({each.name for each in INSTRUCTIONS if each.arity is None})


def _number(number: float) -> str:
    text = "INFINITY" if abs(number) == math.inf else "NAN" if number != number else repr(abs(number))
    return f"(-{text})" if math.copysign(1.0, number) < 0.0 and number == number else text


def _function_name(name: str) -> str:
    """What a function of the table is called in ``functions.c``."""
    return f"{name}_" if name in _LIBRARY else name


def _call(name: str, operands: Sequence[str]) -> str:
    if name not in _WIDE:
        return f"{_function_name(name)}({', '.join(operands)})"
    return f"{name}({len(operands)}, (const double[]){{{', '.join(operands)}}})"


def _assigned(line: Line) -> str:
    if not line.is_list:
        return f"const double {line.names[0]} = {line.formula};"
    used = [(place, name) for place, name in enumerate(line.names) if name]
    names = ", ".join([name for _, name in used])
    taken = " ".join([f"{name} = results[{place}];" for place, name in used])
    return f"double {names}; {{ double results[{len(line.names)}]; {line.formula[:-1]}, results); {taken} }}"


# -- functions --


def _comment(text: str) -> str:
    """A comment in which nothing continues on the next line, as after a backslash or its trigraph."""
    return f"// {text}." if text.endswith(("\\", "/")) else f"// {text}"


def _definitions(called: Called) -> list[str]:
    names = list(map(_function_name, called.functions))
    if any("passed_on(" in line for line in called.lines):
        names.append("passed_on")
    definitions = functions_of_file("functions.c", r"static (?:APART )?(?:double|void) (\w+)", names)
    return [*_TITLE, *(_APART if "passed_on" in names else ()), *called.headers, "", *definitions]


_TITLE = (
    "// A program in C99. Compile it with -std=c99 (or -ffp-contract=off), so that no product is fused with a sum.",
    "#include <math.h>",
    "#ifdef __FAST_MATH__",
    '#error "compile it without -ffast-math, which takes nan and infinity away"',
    "#endif",
)
_APART = (
    "#ifdef __GNUC__",
    "#define APART __attribute__((noinline)) // so that rarely used functions are compiled fast",
    "#else",
    "#define APART",
    "#endif",
)


def _layout(language: Language, function: Function) -> list[str]:
    if len(function.forward) + len(function.backward) > MOST_LINES:
        return _in_parts(language, function)
    read = _read(function)
    names = [name for name in function.arguments if name in read]
    return [
        *_header(function),
        *_loaded(names, _places(function)),
        *forward(language, function),
        *_outputs(function, {}),
        *backward(language, function),
        *_footer(function),
    ]


def _header(function: Function) -> list[str]:
    read = _read(function)
    roles = (("inputs", function.inputs), ("parameters", function.parameters))
    unread = [f"    (void){role};" for role, names in roles if read.isdisjoint(names)]
    if function.matrix and not function.matrix.entries:
        unread.append(f"    (void){function.matrix.name};")
    result = f"double *{function.matrix.name}" if function.matrix else "double *values, double *gradients"
    signature = f"void {function.name}(const double *inputs, const double *parameters, {result}) {{"
    if function.is_own:
        return ["// The same where a result is infinite or nan.", f"static {signature}", *unread]
    return [*map(_comment, _documentation(function)), signature, *unread]


def _documentation(function: Function) -> list[str]:
    n_leaves = len(function.arguments)
    named = zip(_places(function).items(), function.labels)
    lines = [f"{place}: {label or name}" for (name, place), label in named]
    matrix = function.matrix
    if matrix is None:
        what = f"{_counted(n_leaves, 'derivative')} of the outputs' sum, with respect to inputs and parameters"
        return [*lines, f"values: {_counted(len(function.outputs), 'output')}", f"gradients: {what}; or a null pointer"]
    rows = "the derivatives of each output" if matrix.name == "jacobian" else "second derivatives of the outputs' sum"
    return [*lines, f"{matrix.name}: {matrix.n_rows} rows of {n_leaves}, {rows}"]


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _places(function: Function) -> dict[str, str]:
    """Where each argument is."""
    places = {name: f"inputs[{place}]" for place, name in enumerate(function.inputs)}
    return places | {name: f"parameters[{place}]" for place, name in enumerate(function.parameters)}


def _results(function: Function) -> list[str]:
    if function.matrix is not None:
        return [text for _, _, text in function.matrix.entries]
    return [*function.outputs, *function.gradients]


def _read(function: Function) -> set[str]:
    """The names that a function reads."""
    return set(_results(function)).union(*[line.reads for line in (*function.forward, *function.backward)])


def _loaded(names: Iterable[str], places: Mapping[str, str]) -> list[str]:
    return [f"    const double {name} = {places[name]};" for name in names]


def _outputs(function: Function, places: Mapping[str, str]) -> list[str]:
    """The lines that give the outputs; where nothing else is asked for, they are the last."""
    if function.matrix is not None:
        return []
    lines = [f"    values[{place}] = {places.get(text, text)};" for place, text in enumerate(function.outputs)]
    return [*lines, "    if (!gradients) return;"]


def _footer(function: Function, places: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    matrix = function.matrix
    if matrix is None:
        lines = [f"    gradients[{place}] = {places.get(text, text)};" for place, text in enumerate(function.gradients)]
        return [*lines, *_otherwise(function, places, "values, gradients"), "}"]
    size = matrix.n_rows * matrix.n_columns
    return [
        *([f"    for (int i = 0; i < {size}; i++) {matrix.name}[i] = 0.0;"] if len(matrix.entries) < size else []),
        *[
            f"    {matrix.name}[{row * matrix.n_columns + column}] = {places.get(text, text)};"
            for row, column, text in matrix.entries
        ],
        *_otherwise(function, places, matrix.name),
        "}",
    ]


def _otherwise(function: Function, places: Mapping[str, str], results: str) -> list[str]:
    """The lines that hand over to the function for all numbers, unless the sum of all results is finite."""
    if not function.otherwise:
        return []
    texts = [places.get(text, text) for text in dict.fromkeys(_results(function)) if text != _number(0.0)]
    sums = [" + ".join(texts[start : start + 100]) for start in range(0, len(texts), 100)] or [_number(0.0)]
    return [
        f"    double total = {sums[0]};",
        *[f"    total += {each};" for each in sums[1:]],
        f"    if (!(total - total == 0.0)) {function.otherwise}(inputs, parameters, {results});",
    ]


# -- long programs --


def _in_parts(language: Language, function: Function) -> list[str]:
    """Several functions, which hand numbers on in an array, and one that calls them."""
    forward_parts, backward_parts = _cut(function.forward), _cut(function.backward)
    parts = [*forward_parts, *backward_parts]
    part_of = {name: number for number, part in enumerate(parts) for line in part for name in line.names if name}
    reads = [frozenset().union(*[line.reads for line in part]) for part in parts]
    handed = {name for number, read in enumerate(reads) for name in read if part_of.get(name, number) != number}
    handed.update(_results(function))
    kept = [name for name in part_of if name in handed]
    places = _places(function) | {name: f"kept[{place}]" for place, name in enumerate(kept)}
    arguments = "const double *inputs, const double *parameters, double *kept"
    texts = []
    for number, (part, read) in enumerate(zip(parts, reads)):
        texts += [
            f"static void {function.name}_part_{number}({arguments}) {{",
            "    (void)inputs, (void)parameters, (void)kept;",
            *_loaded([name for name in places if name in read and part_of.get(name) != number], places),
            *map(language.statement, part),
            *[f"    {places[name]} = {name};" for line in part for name in line.names if name in handed],
            "}",
            "",
        ]
    calls = [f"    {function.name}_part_{number}(inputs, parameters, kept);" for number in range(len(parts))]
    return [
        *texts,
        *_header(function),
        f"    double kept[{max(1, len(kept))}];",
        *calls[: len(forward_parts)],
        *_outputs(function, places),
        *calls[len(forward_parts) :],
        *_footer(function, places),
    ]


def _cut(lines: Sequence[Line]) -> list[Sequence[Line]]:
    return [lines[start : start + MOST_LINES] for start in range(0, len(lines), MOST_LINES)]


# -- instructions --


def _condition(sign: str) -> str:
    return f"{{0}} {sign} {{1}} ? 1.0 : 0.0"


def _adjoint(operands: Sequence[str]) -> str:
    """Each term is a call of the function that leaves out what an upstream of 0 passes on."""
    return sum_of_terms(operands, "passed_on({0}, {1})")


def _adjoint_where_finite(operands: Sequence[str]) -> str:
    return sum_of_terms(operands, "{0} * {1}")


def _spoilt(operands: Sequence[str]) -> str:
    upstream, value = operands
    passes = f"{value} == {value}" if upstream == "1.0" else f"{value} == {value} || {upstream} == 0.0"
    return f"{passes} ? {upstream} : NAN"


def _constant_power(operands: Sequence[str]) -> str | None:
    """The frequent powers as products; of other whole numbers, no question whether they are whole."""
    base, exponent = operands
    if exponent in _POWERS:
        return _POWERS[exponent].format(base)
    return f"pow({base}, {exponent})" if re.fullmatch(r"\(?-?\d+\.0\)?", exponent) else None


_POWERS = {"1.0": "{0}", "2.0": "{0} * {0}", "3.0": "{0} * {0} * {0}", "(-1.0)": "1.0 / {0}"}
_DIRECT = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
)  # fmt: skip

C = Language(
    name="c",
    title="C",
    rows={
        **SUMS_AND_PRODUCTS,
        **{name: f"{name}({{0}})" for name in _DIRECT},
        **{name: f"{name}({{0}}) + 0.0" for name in ("floor", "ceil", "trunc")},  # 0.0 for -0.0, as Python's are
        "abs_": "fabs({0})",
        "atan2": "atan2({0}, {1})",
        "divide": "{0} / {1}",
        "reciprocal": "1.0 / {0}",
        "constant_power": _constant_power,
        "relu": "{0} <= 0.0 ? 0.0 : {0}",
        "where": "{0} != 0.0 ? {1} : {2}",
        **{name: _condition(sign) for name, sign in COMPARISONS.items()},
        "both": "{0} != 0.0 && {1} != 0.0 ? 1.0 : 0.0",
        "either": "{0} != 0.0 || {1} != 0.0 ? 1.0 : 0.0",
        "negation": "{0} == 0.0 ? 1.0 : 0.0",
        "spoilt": _spoilt,
        "adjoint": _adjoint,
    },
    number=_number,
    assigned=_assigned,
    header=_header,
    footer=_footer,
    definitions=_definitions,
    comment=_comment,
    keywords=_KEYWORDS | _LIBRARY | _OWN | {f"{name}_" for name in _LIBRARY},
    is_name=lambda text: re.fullmatch(f"(?!{_MACROS})[A-Za-z][A-Za-z0-9_]*", text) is not None,
    call=_call,
    where_finite={"adjoint": _adjoint_where_finite},
    layout=_layout,
)
"""What has no row is called: the functions in ``functions.c``."""
