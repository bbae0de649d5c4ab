"""Programs in Python, for a debugger to step through; without numba, also the fastest way to run a small one once."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Sequence

from autograd_core.replay.language import Language


def _number(number: float) -> str:
    return f"({number!r})" if repr(number).startswith("-") else repr(number)


def _assigned(names: Sequence[str], formula: str, is_unpacked: bool) -> str:
    return f"[{', '.join(names)}] = {formula}" if is_unpacked else f"{names[0]} = {formula}"


def _header(arguments: Sequence[str], functions: Collection[str]) -> list[str]:
    return [f"def program({', '.join(arguments)}):"]


def _footer(outputs: Sequence[str], gradients: Sequence[str]) -> list[str]:
    result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    return [f"    return {result}, [{', '.join(gradients)}]"]


def _dot(operands: Sequence[str]) -> str:
    half = len(operands) // 2
    products = [f"{weight} * {x}" for weight, x in zip(operands[:half], operands[half:-1])]
    return " + ".join([operands[-1], *products])


def _sum(operands: Sequence[str]) -> str:
    return " + ".join(operands)


def _adjoint(operands: Sequence[str]) -> str:
    """Each term is ``upstream * local derivative``; an upstream of 0 passes nothing on."""
    terms = [
        upstream if derivative == "1.0" else f"{upstream} * {derivative} if {upstream} else 0.0"
        for upstream, derivative in zip(operands[::2], operands[1::2])
    ]
    return " + ".join([f"({term})" if " " in term else term for term in terms]) if len(terms) > 1 else terms[0]


def _spoilt(operands: Sequence[str]) -> str:
    """The adjoint that a node passes on to its operands."""
    upstream, value = operands
    passes = f"{value} == {value}"
    return (
        f"{upstream} if {passes} else nan"
        if upstream == "1.0"
        else f"{upstream} if {passes} or not {upstream} else nan"
    )


PYTHON = Language(
    rows={
        "add": "{0} + {1}",
        "subtract": "{0} - {1}",
        "multiply": "{0} * {1}",
        "negative": "-{0}",
        "square": "{0} * {0}",
        "copied": "{0}",
        "relu": "0.0 if {0} <= 0.0 else {0}",
        "where": "{1} if {0} else {2}",
        "less": "1.0 if {0} < {1} else 0.0",
        "less_equal": "1.0 if {0} <= {1} else 0.0",
        "greater": "1.0 if {0} > {1} else 0.0",
        "greater_equal": "1.0 if {0} >= {1} else 0.0",
        "equal": "1.0 if {0} == {1} else 0.0",
        "not_equal": "1.0 if {0} != {1} else 0.0",
        "spoilt": _spoilt,
        "adjoint": _adjoint,
        "dot": _dot,
        "sum_": _sum,
    },
    number=_number,
    assigned=_assigned,
    header=_header,
    footer=_footer,
    comment="#",
    keywords=frozenset(keyword.kwlist),
)
"""What has no row is called by name: the functions of the table, which know what to do at poles and beyond."""
