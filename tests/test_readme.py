"""README's picture is the one that its code draws."""

from __future__ import annotations

import html
import re
from pathlib import Path

import autograd_core as ag
import nn

ROOT = Path(__file__).parent.parent


def test_picture_shows_the_numbers_of_the_code_beside_it() -> None:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    s = ag.dot([w], [x], b)
    o = ag.tanh(s)
    loss = nn.losses.squared_error(o, 1.0)
    loss.backward()
    picture = (ROOT / "notebooks" / "neuron_with_loss.svg").read_text(encoding="utf-8")
    texts = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture)]
    for node in (w, x, b, s, o, loss):
        assert any(f"grad {node.grad:.4g}" in text for text in texts), node
        for derivative in node.local_derivatives:
            assert derivative is None or any(text.endswith(f" {derivative:.4g}") for text in texts), (node, derivative)
