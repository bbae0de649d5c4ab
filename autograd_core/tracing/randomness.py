"""Whether random numbers were drawn: from the process-wide generators, or from one that a function is seen to have."""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import MethodType, ModuleType
from typing import Any

MOST_SEARCHED = 10_000
"""Things that are searched for generators, in each trace that is recorded."""


def generators_of(f: Callable[..., Any], arguments: Iterable[Any]) -> list[Any]:
    """The generators of random numbers among a function's arguments, its variables from outside and its globals."""
    found = [*arguments, f]
    function = inspect.unwrap(f)
    if inspect.ismethod(function):
        found.append(function.__self__)
        function = function.__func__
    if inspect.isfunction(function):
        outside = inspect.getclosurevars(function)
        found += [*outside.nonlocals.values(), *outside.globals.values()]
    return list(_generators_in(found))


def _generators_in(things: Iterable[Any]) -> Iterator[Any]:
    """The generators among some things, and in their containers and attributes, such as those of a model's parts."""
    waiting, seen = list(things), set[int]()
    while waiting and len(seen) < MOST_SEARCHED:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, (type, ModuleType)):
            continue
        seen.add(id(thing))
        if _is_generator(thing):
            yield thing
        elif isinstance(thing, (list, tuple, set)):
            waiting += thing
        elif isinstance(thing, dict):
            waiting += thing.values()
        elif isinstance(thing, MethodType):
            waiting.append(thing.__self__)
        elif type(getattr(thing, "__dict__", None)) is dict:
            waiting += vars(thing).values()


def state_of_randomness(generators: Sequence[Any] = ()) -> Any:
    """What is another thing after a random number was drawn from ``random``, ``numpy.random`` or these."""
    states = [random.getstate(), *map(_state_of, generators)]
    if "numpy.random" in sys.modules:
        states.append(_as_bytes(sys.modules["numpy.random"].get_state()))
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
    return _as_bytes(generator.get_state() if bits is None else bits.state)


def _as_bytes(state: Any) -> bytes:
    """A state with arrays in it, to be compared."""
    import pickle  # not needed by who traces nothing

    return pickle.dumps(state)
