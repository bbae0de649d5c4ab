"""What the site's pages are made of: tables at edges, of accuracy, of benchmarks; formulas; examples side by side."""

from __future__ import annotations

import re

import pytest

from tests.support.accuracy import worst
from tests.support.oracles import ORACLES
from tests.support.site import extension

pytestmark = pytest.mark.slow  # they import Sphinx


@pytest.mark.parametrize(
    ("expression", "place", "expected"),
    [
        ("x / y", "x=1, y=0", ("∞", ["∞", "−∞"])),
        ("abs(x)", "x=0", ("0", ["0"])),
        ("tanh(x)", "x=20", ("1", ["1.6993e−17"])),
        ("where(x > 0, sqrt(x), 0.0)", "x=0", ("0", ["0"])),
        ("logsumexp([x, y])", "x=-inf, y=-inf", ("−∞", ["nan", "nan"])),
    ],
)
def test_values_at_an_edge_are_those_of_the_engine(expression: str, place: str, expected: object) -> None:
    assert extension("page_tables").at_edge(expression, place) == expected


@pytest.mark.seeded
@pytest.mark.parametrize("name", ["exp", "tanh", "log10", "sum"])
def test_the_errors_in_the_table_are_within_the_bounds(name: str) -> None:
    value, derivative = worst(name, 50)
    assert 0.0 < value <= ORACLES[name].value_ulp
    assert derivative is not None
    assert derivative <= ORACLES[name].partial_ulp


RESULT = """python -m tests.benchmarks two
Measured on 2026-01-02: Linux. A note.

First table
name   ns  times it
-----  --  --------
a | b  12      1.50
b

Some text
on two lines

Second table
n  ns
-  --
1   2
"""
MARKDOWN = r"""## First table

| name | ns | times it |
| :-- | --: | --: |
| a \| b | 12 | 1.50 |
| b |  |  |

Some text on two lines

**Second table**

| n | ns |
| :-- | --: |
| 1 | 2 |

Measured on 2026-01-02: Linux. A note.

```sh
python -m tests.benchmarks two
```"""


def test_results_of_benchmarks_become_tables() -> None:
    assert extension("page_tables").in_markdown(RESULT) == MARKDOWN


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (
            r"\underbrace{x}_{\text{input}}",
            "<munder><munder><mi>x</mi><mo>⏟</mo></munder><mtext>input",
        ),
        ("w·x", "<mi>w</mi><mo>⋅</mo><mi>x</mi>"),
        (r"\sqrt{½}", "<msqrt><mtext>½</mtext></msqrt>"),
        ("a'(s)", "<mi>a</mi><mo>′</mo>"),
        (r"\tanh(x) < 1", "&lt;"),
    ],
)
def test_formulas_are_mathml(tex: str, expected: str) -> None:
    written = extension("mathml").as_mathml(tex, displayed=True)
    assert expected in re.sub(r">\s+<", "><", written)


def test_a_formula_with_an_unknown_command_is_named() -> None:
    mathml = extension("mathml")
    with pytest.raises(mathml.SphinxError, match=r"cannot write the formula '\\\\unknown'"):
        mathml.as_mathml(r"\unknown", displayed=False)


def test_examples_side_by_side_are_parted_by_one_line() -> None:
    assert extension("pairs").parted("theirs\n---\nours\n") == ("theirs", "ours")
    for wrong in ("theirs", "theirs\n---\nours\n---\nothers"):
        with pytest.raises(ValueError, match="write one line --- between"):
            extension("pairs").parted(wrong)


def test_bars_are_escaped_outside_of_literals() -> None:
    escaped = extension("public_names").escaped
    assert escaped("log|x|, and ``|x|`` of |y|") == r"log\|x\|, and ``|x|`` of \|y\|"
