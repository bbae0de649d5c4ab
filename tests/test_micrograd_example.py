"""The example that micrograd's README is known for, against its published numbers and against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value


def readme_example(a: Any, b: Any, relu: Callable[[Any], Any]) -> Any:
    """The published computation, one line for each of its variables' final value; terms are shared as there."""
    total = a + b
    total = total + (total + 1)
    total = total + (1 + total + (-a))
    mixed = a * b + b**3
    mixed = mixed + (mixed * 2 + relu(b + a))
    mixed = mixed + (3 * mixed + relu(b - a))
    squared = (total - mixed) ** 2
    return squared / 2.0 + 10.0 / squared


def second_example(x: Any, relu: Callable[[Any], Any]) -> Any:
    """The shape of micrograd's own sanity check: one input used in many ways, with a kink among them."""
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    return relu(z * z) + q + q * x


def test_published_numbers() -> None:
    a, b = Value(-4.0), Value(2.0)
    g = readme_example(a, b, ag.relu)
    g.backward()
    assert (f"{g.data:.4f}", f"{a.grad:.4f}", f"{b.grad:.4f}") == ("24.7041", "138.8338", "645.5773")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("example", "point"),
    [(readme_example, (-4.0, 2.0)), (readme_example, (0.7, -1.3)), (second_example, (-4.0,)), (second_example, (1.5,))],
)
def test_same_expressions_in_pytorch(example: Callable[..., Any], point: tuple[float, ...]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    expected = example(*theirs, torch.relu)
    expected.backward()
    ours = [Value(x) for x in point]
    result = example(*ours, ag.relu)
    result.backward()
    assert result.data == pytest.approx(expected.item(), rel=1e-15)
    assert [x.grad for x in ours] == pytest.approx([x.grad.item() for x in theirs], rel=1e-15)
