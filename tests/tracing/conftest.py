"""What the tests of traced functions share."""

from __future__ import annotations

import pytest

from autograd_core.tracing import traced_function


@pytest.fixture
def whatever_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short functions run as programs, too."""
    monkeypatch.setattr(traced_function, "FEWEST_OPERATIONS", 0)
    monkeypatch.setattr(traced_function, "FEWEST_OPERATIONS_ON_FLOATS", 0)
