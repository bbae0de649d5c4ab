"""Whether random numbers were drawn: from the process-wide generators, or from one that a function is seen to have."""

from __future__ import annotations

import inspect
import pickle
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def generators_of(f: Callable[..., Any], arguments: Iterable[Any]) -> list[Any]:
    """The generators of random numbers among a function's arguments, its variables from outside and its globals."""
    found = list(arguments)
    function = inspect.unwrap(f)
    if inspect.ismethod(function):
        function = function.__func__
    if inspect.isfunction(function):
        outside = inspect.getclosurevars(function)
        found += [*outside.nonlocals.values(), *outside.globals.values()]
    return list(filter(_is_generator, found))


def state_of_randomness(generators: Sequence[Any] = ()) -> Any:
    """What is another thing after a random number was drawn from ``random``, ``numpy.random`` or these."""
    states = [random.getstate(), *map(_state_of, generators)]
    if "numpy.random" in sys.modules:
        states.append(pickle.dumps(sys.modules["numpy.random"].get_state()))
    return states


def _is_generator(thing: Any) -> bool:
    numpy_random = sys.modules.get("numpy.random")
    if isinstance(thing, random.Random):
        return True
    return numpy_random is not None and isinstance(thing, (numpy_random.Generator, numpy_random.RandomState))


def _state_of(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    bits = getattr(generator, "bit_generator", None)
    return pickle.dumps(generator.get_state() if bits is None else bits.state)
