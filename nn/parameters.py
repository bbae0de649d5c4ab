"""Parameters: the Values that training changes. They are found, checked, read and set here.

They are told apart as nodes, by ``is`` and by sets: two that have the same number are two parameters.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain, product, repeat
from numbers import Real
from typing import Any

import autograd_core as ag


def listed(parameters: Iterable[ag.Value]) -> list[ag.Value]:
    """The parameters that training is to change, as a list.

    Raises:
        TypeError: they are not a sequence of Values.
        ValueError: there are none, one is repeated, or one is not a leaf.

    >>> listed(ag.Value(1.0, "w"))
    Traceback (most recent call last):
    TypeError: parameters are a list of Values, got one Value: write [w]
    """
    if isinstance(parameters, (str, Mapping)) or not isinstance(parameters, Iterable):
        raise TypeError(f"parameters are a list of Values, {_what_came(parameters)}")
    members = list(parameters)
    if not members:
        raise ValueError("there is nothing to train: give at least one parameter")
    for parameter in members:
        if not isinstance(parameter, ag.Value):
            raise TypeError(f"a parameter is a Value, {_what_came(parameter)}")
    seen: set[ag.Value] = set()
    for place, parameter in enumerate(members):
        if parameter in seen:
            raise ValueError(f"{name_of(parameter, place)} is repeated, and would be updated twice in each step")
        if parameter.op is not None:
            raise ValueError(
                f"a parameter is a leaf, and {name_of(parameter, place)} was computed by {parameter.op.name!r}, from "
                "which it would not move: train what it was computed from, or write ag.Value(v.data) for a leaf"
            )
        seen.add(parameter)
    return members


def _what_came(given: object) -> str:
    """What was given in place of Values, and what to write."""
    kind = type(given).__name__
    if isinstance(given, ag.Value):
        return "got one Value: write [w]"
    if callable(getattr(given, "parameters", None)):
        return f"got {kind}: write model.parameters()"
    if callable(given):
        return f"got {kind}: write its parentheses, as in model.parameters()"
    if isinstance(given, Mapping):
        return f"got {kind}: write list(d.values()) of a dict d of Values"
    if isinstance(given, Iterable) and not isinstance(given, str):
        return f"got {kind}: write one list of them all, as model.parameters() gives it"
    return f"got {kind}"


def name_of(parameter: ag.Value, place: int) -> str:
    """A parameter as messages call it: by its label, or by its place among the others, counted from 0."""
    return f"the parameter {parameter.label!r}" if parameter.label else f"the parameter at place {place}"


def numbers_of(parameters: Sequence[ag.Value]) -> list[float]:
    """The parameters' numbers as floats (TypeError where one has been set to something else, naming it)."""
    data = [parameter.data for parameter in parameters]
    return data if _are_floats(data) else _as_floats(parameters, "data", data)


def gradients_of(parameters: Sequence[ag.Value]) -> list[float]:
    """The parameters' gradients as floats; None counts as 0.0."""
    grads = [parameter.grad for parameter in parameters]
    if _are_floats(grads):
        return grads
    return _as_floats(parameters, "grad", [0.0 if grad is None else grad for grad in grads])


def _are_floats(numbers: Sequence[Any]) -> bool:
    """Whether all are floats or Python's own ints: only then is their sum, which is quickly found, a float."""
    try:
        return type(sum(numbers, 0.0)) is float
    except (TypeError, OverflowError):
        return False


def _as_floats(parameters: Sequence[ag.Value], attribute: str, data: Sequence[Any]) -> list[float]:
    floats = []
    for place, (parameter, number) in enumerate(zip(parameters, data)):
        try:
            floats.append(ag.Value(number).data)
        except TypeError as error:
            raise TypeError(f"the {attribute} of {name_of(parameter, place)} is not a number: {error}") from None
    return floats


def assign(parameters: Sequence[ag.Value], attribute: str, new: Iterable[float]) -> None:
    """Set the ``data`` or the ``grad`` of all parameters at once: Ctrl-C comes before it or after it."""
    deque(map(setattr, parameters, repeat(attribute), new), maxlen=0)


def clear_gradients(parameters: Sequence[ag.Value]) -> None:
    """Set every parameter's ``grad`` to 0.0."""
    for parameter in parameters:
        parameter.grad = 0.0


# -- found in a module, by the path that leads to them ------------------------------------------------------------


def named_in(module: object, part: type) -> dict[str, ag.Value]:
    """The Values in a module by name, as ``nn.Module.named_parameters`` says; ``part`` is the class of modules."""
    names = _names_in(module, part)
    named = {name: parameter for parameter, name in names.items()}
    if len(named) < len(names):
        name = next(name for parameter, name in names.items() if named[name] is not parameter)
        raise ValueError(
            f"two parameters of {type(module).__name__} have the name {name!r}: give the keys or attributes that "
            "lead to them other names"
        )
    return named


def _names_in(module: object, part: type) -> dict[ag.Value, str]:
    """The Values in a module, each once, with the first path that leads to it.

    It does not recurse, and looks into each container once, so that one which contains itself does no harm.
    """
    names: dict[ag.Value, str] = {}
    opened: set[int] = {id(module)}  # containers, which the module holds and so keeps alive
    containers = (part, *_CONTAINERS)
    unvisited = [(_members(module, part), "", "")]
    while unvisited:
        members, path, trouble = unvisited[-1]
        for key, member in members:
            if isinstance(member, ag.Value):
                if member not in names:
                    if trouble or (type(key) not in _PLAIN and (trouble := _trouble(path, key))):
                        raise TypeError(trouble)
                    names[member] = f"{path}{key}" if key != "" else path[:-1]
            elif type(member) in _PLAIN or id(member) in opened:
                continue
            elif isinstance(member, containers) or _is_array(member):
                opened.add(id(member))
                unvisited.append((_members(member, part), f"{path}{key}.", trouble or _trouble(path, key)))
                break
        else:
            unvisited.pop()
    return names


_PLAIN = frozenset({float, int, bool, str, type(None)})


def _is_array(member: object) -> bool:
    """Whether it is a NumPy array of objects; where NumPy was not imported, nothing is."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(member, numpy.ndarray) and member.dtype == object


def _members(container: Any, part: type) -> Iterator[tuple[Any, object]]:
    """What a container holds, each with its key."""
    if not isinstance(container, part):
        return _items(container)
    attributes = iter(vars(container).items())
    return chain(attributes, _items(container)) if isinstance(container, _CONTAINERS) else attributes


_CONTAINERS = (list, tuple, dict, deque, set, frozenset)


def _items(container: Any) -> Iterator[tuple[Any, object]]:
    if isinstance(container, dict):
        return iter(container.items())
    if isinstance(container, (set, frozenset)):
        return zip(repeat(_NO_KEY), container)
    if isinstance(container, tuple) and hasattr(container, "_fields"):
        return zip(container._fields, container)
    if isinstance(container, (list, tuple, deque)):
        return enumerate(container)
    places = product(*map(range, container.shape))
    return zip(map(".".join, (map(str, place) for place in places)), container.flat)


_NO_KEY = object()
"""Stands for the key of a set's member."""


def _trouble(path: str, key: Hashable) -> str:
    """Why a parameter below a key would have no name; "" where it has one."""
    if type(key) in _PLAIN:
        return ""
    if key is _NO_KEY:
        return f"{path[:-1]} is a set, whose parameters would have no order: write a list or a dict"
    if not _is_name(key):
        kind = type(key).__name__
        return f"a key in {path[:-1]} that leads to a parameter is a name of it, got {kind}: write a string"
    return ""


def _is_name(key: Hashable) -> bool:
    """Whether a key is written in the same way each time."""
    if type(key) in _PLAIN:
        return True
    return all(map(_is_name, key)) if isinstance(key, tuple) else isinstance(key, (str, Real, Enum))
