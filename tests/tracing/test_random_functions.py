"""Random functions with branches: traced, they give what they give as they are, and so do their derivatives."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

import autograd_core as ag
from tests.support.branching_programs import FORMS, random_function
from tests.support.seeds import seeded

COUNT, BLOCKS = 5000, 25
TOLERANCE = 1e-11
"""Relative to the largest number of a result: programs round elementary functions otherwise than Python's, by a few
units in the last place, and a dozen operations multiply that; near a cancellation the result is smaller than its terms.
"""


def numbers_in(result: Any) -> list[float]:
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return [number for member in result for number in numbers_in(member)]
    return [result.data if isinstance(result, ag.Value) else float(result)]


def assert_same(found: Any, expected: Any, text: str, args: Any) -> None:
    assert type(found) is type(expected), (text, args)
    ours, theirs = numbers_in(found), numbers_in(expected)
    size = max([1.0, *(abs(number) for number in theirs if math.isfinite(number))])
    for a, b in zip(ours, theirs, strict=True):
        assert abs(a - b) <= TOLERANCE * size or a == b or (a != a and b != b), (text, args, ours, theirs)


def check(random: Random) -> None:
    text, f, form = random_function(random)
    traced = ag.jit(f, max_traces=1000)
    for _ in range(2):
        args = FORMS[form](random)
        assert_same(ag.value_and_grad(traced)(*args), ag.value_and_grad(f)(*args), text, args)
    assert_same(traced(*args), f(*args), text, args)
    assert_same(ag.hessian(traced)(*args), ag.hessian(f)(*args), text, args)


@pytest.mark.seeded
@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_traced_functions_give_what_they_give_as_they_are(block: int) -> None:
    random = seeded("branching functions", block)
    for _ in range(COUNT // BLOCKS):
        check(random)
