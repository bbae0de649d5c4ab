"""What ag.gradients takes, and what it says to anything else."""

from __future__ import annotations

from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core import Value

x = Value(3.0, "x")
y = x * x


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        (x, r"takes a list of the Values to differentiate with respect to: write \[x\], not x"),
        (nn.MLP(1, [1]), r"takes a list of the Values .*, got MLP: write model\.parameters\(\)"),
        ({"x": x}, "takes a list of the Values to differentiate with respect to, got dict"),
        (3.0, "takes a list of the Values to differentiate with respect to, got float"),
        ("x", "takes a list of the Values to differentiate with respect to, got str"),
        (None, "takes a list of the Values to differentiate with respect to, got NoneType"),
        ([x, 3.0], "differentiates with respect to Values, got float"),
        ([[x]], "differentiates with respect to Values, got list"),
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_what_it_does_not_differentiate_with_respect_to(wrt: Any, message: str, create_graph: bool) -> None:
    with pytest.raises(TypeError, match=rf"^gradients\(\) {message}"):
        ag.gradients(y, wrt, create_graph)


@pytest.mark.parametrize("root", [[y], 3.0, None, "y"])
def test_what_it_does_not_differentiate(root: Any) -> None:
    with pytest.raises(TypeError, match=f"a Value with respect to Values, got {type(root).__name__} in its place"):
        ag.gradients(root, [x])


def test_any_sequence_of_values_is_a_list_of_them() -> None:
    for wrt in ([x], (x,), iter([x]), {"x": x}.values()):
        assert ag.gradients(y, wrt) == [6.0]
    assert ag.gradients(y, []) == []
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    assert ag.gradients(y, np.array([x, y])) == [6.0, 1.0]
