"""A saved state is the caller's own: what becomes of it does nothing to what it was taken from."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn import schedules
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop


def trained(optimizer: Optimizer) -> Optimizer:
    """The optimiser after two steps, so that it remembers something."""
    for step in range(2):
        for index, parameter in enumerate(optimizer.parameters):
            parameter.grad = 0.5 + step + index
        optimizer.step()
    return optimizer


def values() -> list[ag.Value]:
    return [ag.Value(3.0), ag.Value(-1.5)]


def model() -> nn.MLP:
    return nn.MLP(2, [2, 1], seed=1)


def sgd() -> SGD:
    return SGD(values(), lr=0.1)


def plateau(optimizer: Optimizer) -> schedules.Schedule:
    schedule = schedules.Warmup(schedules.ReduceOnPlateau(optimizer, patience=3), 1)
    for loss in (1.0, 2.0, 3.0):
        schedule.step(loss)
    return schedule


SAVED: dict[str, Callable[[], Any]] = {
    "module": model,
    "SGD with momentum": lambda: trained(SGD(values(), lr=0.1, momentum=0.9)),
    "Adam": lambda: trained(Adam(values(), lr=0.1)),
    "AdamW": lambda: trained(AdamW(values(), lr=0.1)),
    "RMSprop with momentum": lambda: trained(RMSprop(values(), lr=0.1, momentum=0.5)),
    "Step": lambda: schedules.Step(sgd(), 3),
    "Warmup of ReduceOnPlateau": lambda: plateau(sgd()),
}


def spoil(state: Any) -> None:
    """Change every number in it, in place, however deep."""
    for key, member in list(state.items() if isinstance(state, dict) else enumerate(state)):
        if isinstance(member, (dict, list)):
            spoil(member)
        elif isinstance(member, (int, float)):
            state[key] = -17.0


@pytest.mark.parametrize("name", SAVED)
def test_changing_what_was_saved_changes_nothing_of_where_it_came_from(name: str) -> None:
    object_ = SAVED[name]()
    saved = object_.state_dict()
    expected = copy.deepcopy(saved)
    spoil(saved)
    assert saved != expected
    assert object_.state_dict() == expected


@pytest.mark.parametrize("name", SAVED)
def test_changing_what_was_restored_changes_nothing_of_where_it_went(name: str) -> None:
    object_ = SAVED[name]()
    saved = object_.state_dict()
    expected = copy.deepcopy(saved)
    object_.load_state_dict(saved)
    assert saved == expected
    spoil(saved)
    assert object_.state_dict() == expected


@pytest.mark.parametrize("name", [name for name in SAVED if "momentum" in name or "Adam" in name])
def test_two_that_were_restored_from_one_state_go_their_own_ways(name: str) -> None:
    """Also where one changes what it remembers in place, as an optimiser of a user's own may."""
    first, second = SAVED[name](), SAVED[name]()
    state = first.state_dict()
    expected = copy.deepcopy(state)
    second.load_state_dict(state)
    spoil(second.state)
    trained(first)
    assert state == expected
    second.load_state_dict(state)
    assert second.state_dict() == expected


def test_an_optimizer_takes_the_hyper_parameters_of_its_state() -> None:
    x = ag.Value(1.0)
    saved = nn.optim.Adam([x], lr=0.25, betas=(0.5, 0.75)).state_dict()
    restored = nn.optim.Adam([x], lr=0.001)
    restored.load_state_dict(saved)
    assert (restored.lr, restored.betas) == (0.25, (0.5, 0.75))
    assert restored.state_dict() == saved
