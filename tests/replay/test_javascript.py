"""A program's JavaScript computes what the program does, run by Node: at ordinary numbers, at kinks and beyond."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.primitives import TABLE
from autograd_core.replay.javascript import JAVASCRIPT
from tests.support.oracles import ORACLES

NODE = shutil.which("node")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(NODE is None, reason="needs Node")]
MISSING = {"lgamma", "digamma", "polygamma", "round_"}
POWER = 1000.0  # V8's own power is some hundred ulp off where the exponent is in the millions


def run(script: str) -> Any:
    """What a script prints as JSON, with the numbers that JSON lacks as texts."""
    assert NODE
    printed = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, check=True).stdout
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


@pytest.mark.parametrize("name", [p.__name__ for p in TABLE.values() if p.__name__ not in MISSING])
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
    for point, value in zip(flat, got):
        expected = primitive.forward(*point)
        bound = POWER if "power" in name or name == "exp2" else 4.0
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


def test_what_has_no_text_is_refused() -> None:
    x = ag.Value(0.5)
    with pytest.raises(ValueError, match=r"gamma has no text in JavaScript"):
        ag.compile(ag.lgamma(x), inputs=[x]).source("javascript")
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
