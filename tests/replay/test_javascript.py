"""A program's JavaScript computes what the program does, run by Node: at ordinary numbers, at kinks and beyond."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import autograd_core as ag
from autograd_core.primitives import TABLE
from autograd_core.replay.javascript import JAVASCRIPT
from tests.support.languages import required, run_in_node
from tests.support.oracles import ORACLES
from tests.support.random_programs import random_programs

pytestmark = pytest.mark.slow
POWER = 1000.0  # V8's own power is some hundred ulp off where the exponent is in the millions
ULPS = 16.0  # of any function in a program: of most 4, but a power of thousands is further off


def run(script: str) -> Any:
    """What a script prints as JSON, with the numbers that JSON lacks as texts."""
    node = shutil.which("node")
    required(node is not None, "Node")
    command = [str(node), "--input-type=module", "-"]
    printed = subprocess.run(command, input=script, capture_output=True, text=True, check=True).stdout
    return json.loads(printed, object_hook=lambda each: float(each["number"]))


WRITE = """
const shown = value => Array.isArray(value) ? value.map(shown) : Number.isFinite(value) && !Object.is(value, -0)
    ? value : {number: Object.is(value, -0) ? "-0.0" : String(value).replace("Infinity", "inf")};
"""


def written(number: float) -> str:
    return JAVASCRIPT.number(number)


def ulps(a: float, b: float) -> float:
    if a == b or (a != a and b != b):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / math.ulp(max(abs(a), abs(b)))


@pytest.mark.parametrize("name", [p.__name__ for p in TABLE.values()])
def test_each_function(name: str) -> None:
    """4 ulp: V8's own functions are within 1 to 2 of the C library's."""
    primitive = next(p for p in TABLE.values() if p.__name__ == name)
    points = [point for point in ORACLES[primitive.name].points if "component" not in name][:400]
    if not points:
        pytest.skip("is a result of softmax, which is tested by itself")
    x = [ag.Value(number) for number in points[0]]
    flat = [point for point in points if len(point) == len(x)]
    node = type(x[0]).__apply_primitive__(primitive, tuple(x))
    text = ag.compile(node, inputs=x).source("javascript")
    calls = ", ".join(f"program({', '.join(map(written, point))})[0]" for point in flat)
    got = run(f"{text}\n{WRITE}\nconsole.log(JSON.stringify([{calls}].map(shown)))")
    size = ORACLES[primitive.name].value_size
    for point, value in zip(flat, got):
        expected = primitive.forward(*point)
        bound = POWER if "power" in name or name == "exp2" else 4.0
        if size and math.isfinite(expected):  # of the terms whose difference it is
            assert abs(value - expected) <= bound * math.ulp(max(float(size(*map(mp.mpf, point))), abs(expected)))
        else:
            assert ulps(value, expected) <= bound, (point, value, expected)


def test_a_network_and_its_gradients() -> None:
    import nn

    model = nn.MLP(2, [4, 3], activation="tanh", seed=1)
    x = [ag.Value(0.5, "x"), ag.Value(-0.25, "class")]
    loss = nn.losses.cross_entropy(model(x), 2)
    program = ag.compile(loss, inputs=x, parameters=model.parameters())
    arguments = [leaf.data for leaf in [*x, *model.parameters()]]
    value, gradients = run(
        f"{program.source('javascript')}\n{WRITE}\n"
        f"console.log(JSON.stringify(shown(program({', '.join(map(written, arguments))}))))"
    )
    expected, by_parameters, by_inputs = program.value_and_grad(wrt_inputs=True)
    assert math.isclose(value, expected, rel_tol=1e-14)
    np.testing.assert_allclose(gradients, [*by_inputs, *by_parameters], rtol=1e-12, atol=1e-15)


def test_random_programs(tmp_path: Path) -> None:
    """A thousand modules, each on four rows, by one process."""
    cases = list(random_programs(seed=17, count=1_000))
    lines = []
    for number, case in enumerate(cases):
        (tmp_path / f"p{number}.mjs").write_text(case.program.source("javascript"), encoding="utf-8")
        rows = ", ".join([f"[{', '.join(map(written, row))}]" for row in case.rows])
        lines.append(f'const p{number} = (await import("./p{number}.mjs")).program;')
        lines.append(f"found.push([{rows}].map(row => shown(p{number}(...row).flat())));")
    script = ["const found = [];", *lines, "console.log(JSON.stringify(found));"]
    found = run_in_node("\n".join(script), tmp_path)
    compared = opened = 0
    for case, answers in zip(cases, found, strict=True):
        n_compared, n_open = case.check("program", answers, ULPS, last=1.0)
        compared, opened = compared + n_compared, opened + n_open
    assert compared > 10_000
    assert opened < compared / 100


@pytest.mark.parametrize(
    "label", ["class", "await", "let", "</script>", "<!--", "a\u2028b", "import", "eval", "µ", "Math"]
)
def test_labels_that_javascript_knows(label: str, tmp_path: Path) -> None:
    x = ag.Value(2.0, label)
    y = x * x
    y.label = label
    text = ag.compile([y, ag.lgamma(x)], inputs=[x]).source("javascript", jacobian=True)
    assert "</" not in text
    assert "<!--" not in text
    (tmp_path / "text.mjs").write_text(text, encoding="utf-8")
    script = 'import * as text from "./text.mjs"; console.log(JSON.stringify(shown(text.program(3).flat())));'
    assert run_in_node(script, tmp_path)[0] == 9.0


def test_what_has_no_text_is_refused() -> None:
    x = ag.Value(0.5)
    with pytest.raises(ValueError, match="language is"):
        ag.compile(x * x, inputs=[x]).source("cobol")  # type: ignore[arg-type]


def test_the_rules_of_the_backward_pass() -> None:
    x = ag.Value(0.0)
    for output in (ag.sqrt(x) * 0.0, ag.where(x, ag.log(x), 1.0) + 0.0 * x, ag.log(x) * x):
        text = ag.compile(output, inputs=[x]).source("javascript")
        for point in (0.0, 1.0, math.nan, -1.0):
            shown = run(f"{text}\n{WRITE}\nconsole.log(JSON.stringify(shown(program({written(point)}))))")
            value, _, slopes = ag.compile(output, inputs=[x]).value_and_grad([point], wrt_inputs=True)
            assert ulps(shown[0], value) <= 2.0
            assert ulps(shown[1][0], slopes[0]) <= 2.0
