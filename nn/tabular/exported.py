"""A trained model as a function ``predict`` in C, JavaScript or Python, which needs nothing of this package."""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import autograd_core as ag
from nn.tabular.features import Feature, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Quantity

HEADS = {
    ".c": "/* Written by python -m nn export. */",
    ".js": "// Written by python -m nn export.",
    ".py": '"""Written by python -m nn export',
}
"""How each exported file begins, by its suffix."""

_RESERVED = frozenset({
    *keyword.kwlist, "auto", "case", "char", "const", "default", "do", "double", "enum", "extern", "float", "goto",
    "inline", "int", "long", "register", "restrict", "short", "signed", "sizeof", "static", "struct", "switch",
    "typedef", "union", "unsigned", "void", "volatile", "main", "errno", "abstract", "arguments", "boolean", "byte",
    "catch", "debugger", "delete", "eval", "export", "extends", "final", "function", "implements", "instanceof",
    "interface", "let", "native", "new", "null", "package", "private", "protected", "public", "super", "synchronized",
    "this", "throw", "throws", "transient", "true", "false", "try", "typeof", "undefined", "var", "yield", "of",
    "NaN", "Infinity", "Math", "Number", "RangeError", "NULL", "NAN", "INFINITY", "isfinite", "strcmp", "size_t",
    "max", "math", "inf", "nan", "ValueError", "program", "predict", "inputs", "values", "best", "place", "label",
    "labels", "classes", "alignas", "alignof", "asm", "bool", "constexpr", "nullptr", "static_assert", "thread_local",
    "typeof_unqual", "linux", "unix", "HUGE", "DOMAIN", "SING", "OVERFLOW", "UNDERFLOW", "PLOSS", "TLOSS", "MAXFLOAT",
    "APART", "math_errhandling",
})  # fmt: skip
"""Names that no argument has, in any of the languages."""

_MACROS = "FP_|HUGE_VAL|MATH_|M_|SNAN"
"""How the macros of ``<math.h>`` begin of which there are more in each edition."""


def text_of(model: TrainedModel, suffix: str) -> str:
    """The text of a file that ends in ``.c``, ``.js`` or ``.py``.

    Its function ``predict`` takes a row of the table: a number for each column of numbers, and a class's name for each
    of the others. It gives the class or the number that ``python -m nn predict`` gives, the number with all its digits.
    """
    language = _LANGUAGES[suffix]
    columns = [
        _Column(name, feature)
        for name, feature in zip(argument_names([f.column for f in model.features]), model.features)
    ]
    return language(model, columns, _network(model))


@dataclass(frozen=True)
class _Column:
    name: str
    feature: Feature


def _network(model: TrainedModel) -> ag.Program:
    """The outputs of the network, unscaled, for the numbers of a row and the ones and zeros of its classes."""
    leaves: list[ag.Value] = []
    scaled: list[ag.Value] = []
    for feature in model.features:
        own = [ag.Value(0.0) for _ in range(feature.n_inputs)]
        leaves += own
        if isinstance(feature, Measure):
            mean, deviation = feature.scaler.means[0], feature.scaler.deviations[0]
            scaled += [(number - mean) / deviation for number in own]
        else:
            scaled += own
    outputs = model.network(scaled)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    if isinstance(model.target, Quantity):
        scaler = model.target.scaler
        outputs = [output * scaler.deviations[0] + scaler.means[0] for output in outputs]
    return ag.compile([ag.stop_gradient(output) for output in outputs], inputs=leaves)  # so no gradients are written


def argument_names(columns: Sequence[str]) -> list[str]:
    """A name for each column that C, JavaScript and Python accept; as much of the column's own as can be.

    >>> argument_names(["sepal length (cm)", "class", "größe", "体重", "class_"])
    ['sepal_length_cm', 'class_', 'grosse', 'column_4', 'class__']
    """
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        plain = unicodedata.normalize("NFKD", column.replace("ß", "ss")).encode("ascii", "ignore").decode()
        name = re.sub(r"\W+", "_", plain).strip("_") or f"column_{place}"
        name = f"_{name}" if name[0].isdigit() else f"column_{name}" if re.match(_MACROS, name) else name
        while name in _RESERVED or name in names:
            name += "_"
        names.append(name)
    return names


def _described(columns: Sequence[_Column]) -> list[str]:
    """What each argument is, in characters that end no comment and no string."""
    lines = []
    for column in columns:
        feature = column.feature
        kind = "a number" if isinstance(feature, Measure) else f"one of {', '.join(map(_harmless, feature.names))}"
        lines.append(f"{column.name}: {_harmless(feature.column)}, {kind}")
    return lines


def _harmless(text: str) -> str:
    """A text in ASCII between quotation marks, without what may end a comment, a string or a script."""
    return (
        json.dumps(text)
        .replace("\\", "/")
        .replace("*/", "* /")
        .replace("</", "< /")
        .replace('"""', "'''")
        .replace("?", "")
    )


def _returned(model: TrainedModel) -> str:
    target = model.target
    what = "the number" if isinstance(target, Quantity) else "the name of the class"
    return f"{what} that is predicted for {_harmless(target.column)}"


# -- Python -------------------------------------------------------------------------------------------------------


def _python(model: TrainedModel, columns: Sequence[_Column], network: ag.Program) -> str:
    _, _, body = network.source("python").removeprefix('"""').partition('"""\n')
    arguments = ", ".join([column.name for column in columns])
    lines = [
        f'{HEADS[".py"]}: predict() is a trained network, with its scaling and its classes."""',
        "",
        *body.rstrip("\n").split("\n"),
        "",
        "",
        f"def predict({arguments}):",
        f"    # gives {_returned(model)}; a ValueError for other classes, and for inf and nan",
        *[f"    # {line}" for line in _described(columns)],
        "    inputs = []",
    ]
    for column in columns:
        feature = column.feature
        name = ascii(feature.column)
        if isinstance(feature, Measure):
            lines += [
                f"    if not math.isfinite({column.name}):",
                f'        raise ValueError({name} + " is not a finite number")',
                f"    inputs.append({column.name})",
            ]
        else:
            lines += [
                f"    labels = [{', '.join(map(ascii, feature.names))}]",
                f"    if {column.name} not in labels:",
                f'        raise ValueError({name} + " is none of the classes that were trained on")',
                f"    inputs.extend([1.0 if label == {column.name} else 0.0 for label in labels])",
            ]
    lines.append("    values = program(*inputs)[0]")
    if isinstance(model.target, Quantity):
        lines.append("    return values")
    else:
        best = "1 if values > 0.0 else 0" if model.target.n_outputs == 1 else "values.index(max(values))"
        lines.append(f"    return [{', '.join(map(ascii, model.target.names))}][{best}]")
    return "\n".join(lines) + "\n"


# -- JavaScript ---------------------------------------------------------------------------------------------------


def _javascript_string(text: str) -> str:
    return json.dumps(text).replace("</", "<\\/").replace("<!--", "<\\!--")


def _javascript(model: TrainedModel, columns: Sequence[_Column], network: ag.Program) -> str:
    arguments = ", ".join([column.name for column in columns])
    lines = [
        f"{HEADS['.js']} predict() is a trained network, with its scaling and its classes.",
        network.source("javascript").replace("export function program", "function program"),
        f"// gives {_returned(model)}; throws a RangeError for other classes, and for what is not a finite number",
        *[f"// {line}" for line in _described(columns)],
        f"export function predict({arguments}) {{",
        "    const inputs = [];",
    ]
    for column in columns:
        feature = column.feature
        name = _javascript_string(feature.column)
        if isinstance(feature, Measure):
            lines += [
                f'    if (!Number.isFinite({column.name})) throw new RangeError({name} + " is not a finite number");',
                f"    inputs.push({column.name});",
            ]
        else:
            labels = ", ".join(map(_javascript_string, feature.names))
            lines += [
                f"    if (![{labels}].includes({column.name})) throw new RangeError({name} + "
                '" is none of the classes that were trained on");',
                f"    inputs.push(...[{labels}].map(label => label === {column.name} ? 1 : 0));",
            ]
    lines.append("    const values = program(...inputs)[0];")
    if isinstance(model.target, Quantity):
        lines.append("    return values;")
    else:
        names = ", ".join(map(_javascript_string, model.target.names))
        best = "values > 0 ? 1 : 0" if model.target.n_outputs == 1 else "values.indexOf(Math.max(...values))"
        lines.append(f"    return [{names}][{best}];")
    return "\n".join([*lines, "}"]) + "\n"


# -- C ------------------------------------------------------------------------------------------------------------


def _c_string(text: str) -> str:
    """A string of C in UTF-8: what is not plain in three octal digits, which no character after them can prolong."""
    plain = [
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode("utf-8", "surrogatepass")
    ]
    return f'"{"".join(plain)}"'


def _c(model: TrainedModel, columns: Sequence[_Column], network: ag.Program) -> str:
    is_number = isinstance(model.target, Quantity)
    nothing = "NAN" if is_number else "NULL"
    arguments = ", ".join(
        [f"{'double ' if isinstance(c.feature, Measure) else 'const char *'}{c.name}" for c in columns]
    )
    lines = [
        f"{HEADS['.c']} // predict() is a trained network, with its scaling and its classes; all texts are in UTF-8.",
        network.source("c").replace("\nvoid program(", "\nstatic void program("),
        "#include <stddef.h>",
        "#include <string.h>",
        "",
        f"// gives {_returned(model)}; {nothing} for other classes, and for inf and nan",
        *[f"// {line}" for line in _described(columns)],
        f"{'double ' if is_number else 'const char *'}predict({arguments}) {{",
        f"    double inputs[{max(1, len(network.inputs))}];",
        f"    double values[{len(network.outputs)}];",
    ]
    place = 0
    for column in columns:
        feature = column.feature
        if isinstance(feature, Measure):
            lines += [
                f"    if (!isfinite({column.name})) return {nothing};",
                f"    inputs[{place}] = {column.name};",
            ]
        else:
            lines.append(f"    if ({column.name} == NULL) return {nothing};")
            lines += [
                f"    inputs[{place + own}] = strcmp({column.name}, {_c_string(name)}) == 0 ? 1.0 : 0.0;"
                for own, name in enumerate(feature.names)
            ]
            ones = " + ".join([f"inputs[{place + own}]" for own in range(feature.n_inputs)])
            lines.append(f"    if ({ones} == 0.0) return {nothing};")
        place += feature.n_inputs
    lines.append("    program(inputs, NULL, values, NULL);")
    if isinstance(model.target, Quantity):
        return "\n".join([*lines, "    return values[0];", "}"]) + "\n"
    names = [f"        {_c_string(name)}," for name in model.target.names]
    lines += ["    static const char *const classes[] = {", *names, "    };"]
    if model.target.n_outputs == 1:
        lines.append("    return classes[values[0] > 0.0 ? 1 : 0];")
    else:
        lines += [
            "    size_t best = 0;",
            f"    for (size_t place = 1; place < {model.target.n_outputs}; place++) {{",
            "        if (values[place] > values[best]) best = place;",
            "    }",
            "    return classes[best];",
        ]
    return "\n".join([*lines, "}"]) + "\n"


_LANGUAGES: dict[str, Callable[[TrainedModel, Sequence[_Column], ag.Program], str]] = {
    ".c": _c,
    ".js": _javascript,
    ".py": _python,
}
