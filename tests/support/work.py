"""How much work something is, in calls rather than seconds: the same number every time, on any machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")


def counting_calls(function: Callable[[], Result]) -> tuple[Result, int]:
    """What a function returns, and how many functions, Python's own included, it has called by then."""
    n_calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal n_calls
        n_calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = function()
    finally:
        sys.setprofile(before)
    return result, n_calls
