"""What the tests of the networks' package share."""

from __future__ import annotations

import math

import pytest


@pytest.fixture(autouse=True)
def no_lines_of_slow_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, the command line prints the same here; tests/nn/test_progress.py undoes this."""
    monkeypatch.setattr("nn.command.progress.FIRST_LINE", math.inf)
