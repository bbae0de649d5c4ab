"""Random functions with branches: a traced call, opened, is the graph that recording the function gives."""

from __future__ import annotations

from typing import Any

import pytest

import autograd_core as ag
from tests.support.branching_programs import FORMS, random_function
from tests.support.seeds import seeded
from tests.support.traced import graph

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")


def with_values(argument: Any) -> Any:
    """The argument with Values in place of its floats."""
    if isinstance(argument, dict):
        return {name: with_values(member) for name, member in argument.items()}
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(with_values, argument))
    return ag.Value(argument) if isinstance(argument, float) else argument


@pytest.mark.seeded
@pytest.mark.slow
def test_calls_opened_are_the_graphs_of_the_functions() -> None:
    random = seeded("graphs of branching functions")
    for _ in range(70):
        text, f, form = random_function(random)
        traced = ag.jit(f, max_traces=1000)
        for _ in range(3):
            args = FORMS[form](random)
            found, expected = traced(*map(with_values, args)), f(*map(with_values, args))
            if isinstance(expected, ag.Value):
                assert graph(found) == graph(expected), (text, args)
            else:
                assert found == expected
