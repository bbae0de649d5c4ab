"""The engines that a replay can be forced to."""

from __future__ import annotations

import importlib.util

import pytest

from autograd_core.replay import engines

HAS_NUMBA = importlib.util.find_spec("numba") is not None


KINDS = ["arrays", pytest.param("compiled", marks=pytest.mark.skipif(not HAS_NUMBA, reason="needs numba"))]


def force(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = engines.ArrayEngine if kind == "arrays" else engines.CompiledEngine
    monkeypatch.setattr(
        engines, "best_engine", lambda tape, rows, dtype: chosen if tape.is_compilable else engines.ArrayEngine
    )
