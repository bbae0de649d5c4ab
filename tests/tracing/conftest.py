"""What the tests of traced functions share."""

from __future__ import annotations

import pytest

from autograd_core.tracing import traced_function
from autograd_core.tracing.trace import Trace


@pytest.fixture
def whatever_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short functions run as programs, too."""
    monkeypatch.setattr(traced_function, "FEWEST_OPERATIONS", 0)
    monkeypatch.setattr(traced_function, "FEWEST_TO_DIFFERENTIATE", 0)
    monkeypatch.setattr(Trace, "is_faster_on_floats", False)
