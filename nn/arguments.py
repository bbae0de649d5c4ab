"""Checks of arguments that several functions of this package take."""

from __future__ import annotations

import math
import numbers
import random
from collections.abc import Iterable, Mapping, Set
from typing import Any

import autograd_core as ag

Seed = int | random.Random | None


def generator_for(seed: Seed) -> random.Random:
    """A generator for a seed: the seed itself if it is one already; None gives other numbers each time."""
    if isinstance(seed, random.Random):
        return seed
    if seed is None or isinstance(seed, numbers.Integral):
        return random.Random(seed if seed is None else int(seed))
    raise TypeError(f"seed is a whole number, a random.Random or None, got {type(seed).__name__}")


def check_count(name: str, count: object, least: int = 1) -> int:
    """``count`` as an int, if it is a whole number (TypeError otherwise) of ``least`` or more (ValueError)."""
    if not isinstance(count, numbers.Integral) or isinstance(count, bool):
        raise TypeError(f"{name} is a whole number, got {count!r}")
    if count < least:
        raise ValueError(f"{name} is {least} or more, got {count}")
    return int(count)


def check_number(name: str, number: object, below: float = math.inf) -> float:
    """``number`` as a float, if it is a number (TypeError otherwise) from 0 to below a limit (ValueError)."""
    converted = check_real(name, number)
    if not 0.0 <= converted < below:
        limit = "0 or more, and finite" if below == math.inf else f"from 0 to below {below:g}"
        raise ValueError(f"{name} is {limit}, got {converted!r}")
    return converted


def check_real(name: str, number: object) -> float:
    """``number`` as a float, if it is a real number (TypeError otherwise)."""
    if not isinstance(number, numbers.Real):
        advice = ": v.data is a Value's number" if isinstance(number, ag.Value) else ""
        raise TypeError(f"{name} is a number, got {type(number).__name__}{advice}")
    return ag.Value(number).data


def members_of(name: str, given: object) -> tuple[Any, ...]:
    """The members of a list, a tuple, an array or an iterator, but of nothing that has no order.

    Raises:
        TypeError: it is a dict, a set, a string, or not a sequence at all.

    >>> members_of("inputs", {1.0, 2.0})
    Traceback (most recent call last):
    TypeError: inputs are a list, got set
    """
    if isinstance(given, (Mapping, Set, str, bytes)) or not isinstance(given, Iterable):
        advice = ": write [x] for one" if isinstance(given, (numbers.Real, ag.Value)) else ""
        raise TypeError(f"{name} are a list, got {type(given).__name__}{advice}")
    return tuple(given)


def check_state(state: object) -> None:
    """Raise TypeError unless ``state`` is a mapping, as ``state_dict()`` gives it."""
    if not isinstance(state, Mapping):
        raise TypeError(f"a state is a dict such as state_dict() gives, got {type(state).__name__}")
