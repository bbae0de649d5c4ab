"""Pages: graphs to show, what their scripts read, and what they show."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import autograd_core as ag
import nn

Open = Callable[..., Any]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def data_in(page: str) -> Any:
    """What the page's script reads: strict JSON."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(text, parse_constant=refuse)
    for name in {"nodes", "edges", "steps"} & data.keys():
        data[name] = [dict(zip(data[name]["keys"], row)) for row in data[name]["rows"]]
    return data


def twin(root: ag.Value) -> ag.Value:
    """The graph with gradients of 0."""
    fresh = copy.deepcopy(root)
    for node in ag.topological_order(fresh):
        node.grad = 0.0
    return fresh


def every_kind_of_edge() -> ag.Value:
    """Shared, repeated and constant operands, a node that passes nothing on, and each kind of derivative."""
    x, w, b = ag.Value(2.0, "x"), ag.Value(0.5, "w"), ag.Value(-0.7, "b")
    s = ag.dot([w], [x], b)
    o = ag.tanh(s)
    unused = ag.relu(s * -1.0)
    loss: ag.Value = nn.losses.squared_error(o + w * x * x + unused * 2.0, 1.0)
    ag.label(s=s, o=o, loss=loss)
    return loss


def text(page: Any, selector: str) -> str:
    return " ".join(page.locator(selector).first.inner_text().split())


def notebook(*outputs: str) -> str:
    """A page with outputs as a notebook shows them, in a dark theme, with styles that would ruin what they reach."""
    hostile = "button, .node, .drawing, p, h2, input { display: none !important }"
    cells = "".join(f"<div class='output'>{output}</div>" for output in outputs)
    return f"<!doctype html><meta charset='utf-8'><style>{hostile}</style><body data-jp-theme-light='false'>{cells}"


def small_network() -> ag.Value:
    """The loss of a network of two inputs, three neurons, and one."""
    model = nn.MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3)
    x = [ag.Value(1.0, "x0"), ag.Value(-0.5, "x1")]
    loss: ag.Value = nn.losses.squared_error(model(x), 1.0)
    loss.label = "loss"
    return loss
