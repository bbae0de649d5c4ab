"""What a test needs and does not find: it is skipped at a desk, and fails where CI says that all is there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str, variable: str) -> NoReturn:
    """Skip the test for this reason; fail if the environment has the variable."""
    if os.environ.get(variable):
        pytest.fail(f"{reason} ({variable} is set)")
    pytest.skip(reason)
