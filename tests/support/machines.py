"""The machines that a replay can be forced to."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np
import pytest

from autograd_core.replay import choose

HAS_NUMBA = importlib.util.find_spec("numba") is not None
_CLASSES = {"scalars": "ScalarMachine", "arrays": "ArrayMachine", "lanes": "LaneMachine"}
KINDS = [
    "scalars",
    "arrays",
    pytest.param("lanes", marks=pytest.mark.skipif(not HAS_NUMBA, reason="needs numba")),
]


def machine(kind: str) -> Any:
    """The class."""
    return getattr(importlib.import_module(f"autograd_core.replay.{kind}"), _CLASSES[kind])


def _has_lanes(code: Any, dtype: Any) -> bool:
    from autograd_core.replay.lane_stream import is_supported

    return is_supported(code) and np.dtype(dtype) == np.dtype(float)


def force(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every program run on a machine, or on arrays where that does not know all of its instructions."""
    chosen = machine(kind)

    def best_machine(code: Any, n_rows: int, dtype: Any) -> Any:
        return chosen if kind != "lanes" or _has_lanes(code, dtype) else machine("arrays")

    monkeypatch.setattr(choose, "best_machine", best_machine)
