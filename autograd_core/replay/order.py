"""The nodes of several outputs, in one order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_core.graph import topological_order


def order_of(outputs: Sequence[Any]) -> list[Any]:
    """All nodes that the outputs were computed from, operands first."""
    order: dict[Any, None] = {}
    for output in outputs:
        if output not in order:
            order.update(dict.fromkeys(topological_order(output)))
    return list(order)
