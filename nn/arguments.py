"""Arguments that several functions of this package take, checked in one way."""

from __future__ import annotations

import math
import numbers
import random
from typing import Any

Seed = int | random.Random | None


def generator_for(seed: Seed) -> random.Random:
    """A seed's random numbers: the generator itself if it is one already, other numbers each time for None."""
    return seed if isinstance(seed, random.Random) else random.Random(seed)


def check_count(name: str, count: Any, least: int = 1) -> None:
    """Raise unless ``count`` is a whole number (TypeError) of ``least`` or more (ValueError)."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"{name} is a whole number, got {count!r}")
    if count < least:
        raise ValueError(f"{name} is {least} or more, got {count}")


def check_number(name: str, number: Any, below: float = math.inf) -> float:
    """``number`` as a float, if it is a number (TypeError otherwise) from 0 to below a limit (ValueError)."""
    if not isinstance(number, numbers.Real):
        raise TypeError(f"{name} is a number, got {type(number).__name__}")
    converted = float(number)
    if not 0.0 <= converted < below:
        raise ValueError(f"{name} is from 0 to below {below:g}, got {converted!r}")
    return converted
