"""The page's data and text, without a browser: every gradient to the bit, labels as text, one file for all."""

from __future__ import annotations

import json
import math
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core import Value

needs_graphviz = pytest.mark.skipif(
    shutil.which("dot") is None and find_spec("pygraphviz") is None, reason="needs a Graphviz"
)


def network() -> tuple[nn.MLP, Value]:
    model = nn.MLP(2, [3, 1], seed=0)
    loss = nn.losses.squared_error(model([Value(0.3, "x1"), Value(-0.2, "x2")]), 1.0)
    return model, loss


def gradients_shown(stepper: Any) -> dict[int, str]:
    """The last that is shown of each node."""
    return {node: exact for step in stepper._data["steps"] for node, _, exact in step.get("grads", [])}


def test_last_gradients_are_those_of_backward_to_the_bit() -> None:
    model, loss = network()
    stepper = ag.stepper(loss)
    assert all(parameter.grad == 0.0 for parameter in model.parameters())
    loss.backward()
    shown = sorted(float(exact) for exact in gradients_shown(stepper).values())
    assert shown == sorted(node.grad for node in ag.topological_order(loss))


def test_each_step_shows_what_backward_steps_leaves() -> None:
    _, loss = network()
    expected = [step.grad_after for step in ag.backward_steps(loss)]
    steps = ag.stepper(loss)._data["steps"]
    shown = [float(exact) for step in steps if "adds" in step for _, _, exact in step["grads"]]
    assert shown == expected


def test_values_fill_in_before_gradients() -> None:
    steps = ag.stepper(network()[1])._data["steps"]
    forward = [index for index, step in enumerate(steps) if "computed" in step]
    backward = [index for index, step in enumerate(steps) if "grads" in step]
    assert max(forward) < min(backward)


@needs_graphviz
def test_a_label_is_text(tmp_path: Path) -> None:
    w = Value(0.5, "</script><script>alert(1)</script><!--\u2028")
    target = tmp_path / "steps.html"
    ag.stepper(ag.tanh(w * 2.0)).save(target)
    page = target.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert page.count("<script") == page.count("</script>") == 2


@needs_graphviz
def test_one_small_file_that_asks_no_network(tmp_path: Path) -> None:
    model = nn.MLP(3, [5, 5, 1], seed=0)
    loss = nn.losses.squared_error(model([Value(0.1 * i, f"x{i}") for i in range(3)]), 1.0)
    assert 70 <= len(ag.topological_order(loss)) <= 110
    target = tmp_path / "steps.html"
    ag.stepper(loss).save(target)
    page = target.read_text(encoding="utf-8")
    assert len(page.encode()) < 200_000
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page)
    assert [path.name for path in tmp_path.iterdir()] == ["steps.html"]


def test_nan_and_infinity_are_valid_json() -> None:
    x = Value(0.0, "x")
    data = ag.stepper(ag.log(x) * ag.sqrt(x))._data
    json.loads(json.dumps(data, allow_nan=False))
    assert any(not math.isfinite(float(exact)) for exact in gradients_shown(ag.stepper(ag.log(x))).values())


def test_large_graphs_are_stepped_in_boxes() -> None:
    model = nn.MLP(10, [20, 20, 1], seed=0)
    loss = nn.losses.squared_error(model([0.1] * 10), 1.0)
    assert ag.stepper(loss).step_count < 100


@needs_graphviz
def test_two_in_one_notebook_do_not_share_an_id() -> None:
    _, loss = network()
    first, second = ag.stepper(loss)._repr_html_(), ag.stepper(loss)._repr_html_()
    ids = [re.findall(r'<div id="([^"]+)"', html)[0] for html in (first, second)]
    assert ids[0] != ids[1]


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="starts at a Value, got float"):
        ag.stepper(2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\.html"):
        ag.stepper(network()[1]).save(tmp_path / "steps.pdf")
