"""Where the tests' random numbers come from: the same ones every time, and fresh ones when they are explored.

A test that would hold for any numbers draws them from :func:`seeded`, and has the mark of that name. By itself it has
the same numbers every day. ``python -m tests.explore`` runs all such tests, and those of Hypothesis, on other seeds.
"""

from __future__ import annotations

import os
import random

EXPLORED = "EXPLORED_SEED"
"""The environment variable that holds the seed of an exploration."""

may_draw = True
"""Whether what is running has the mark, by which an exploration finds it; modules draw when they are imported."""


def seeded(*name: object) -> random.Random:
    """A generator of numbers that depend on the name, and on the explored seed where there is one."""
    if not may_draw:
        raise RuntimeError("a test that draws from tests.support.seeds has the mark pytest.mark.seeded")
    explored = os.environ.get(EXPLORED)
    return random.Random(" ".join(map(str, name if explored is None else (*name, explored))))
