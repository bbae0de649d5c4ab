"""What a traced function is called with: the numbers that vary, and what they stand in, which is a key.

Floats, Values and arrays of floats vary from call to call. All else decides what Python does: where it is equal, the
same trace will do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

from autograd_core.derivatives.containers import Form, is_array, with_article
from autograd_core.derivatives.replayed import Variables
from autograd_core.value import Value

Key = tuple[Any, ...]
"""Of hashable things: types, lengths, names, and what does not vary."""

_NUMBERS = frozenset({float, Value})
_FLOAT, _VALUE = "float", "Value"
_FLOATS = frozenset({float})
_ONE_OF = {_FLOATS: _FLOAT, frozenset({Value}): _VALUE}


class NoKeyError(Exception):
    """Something among the arguments that cannot be compared with what stands there in another call."""


def numbers_and_key(
    args: Sequence[Any],
    keywords: Mapping[str, Any],
    static: Container[int | str] = (),
    variables: Variables | None = None,
) -> tuple[list[float | Value], Key]:
    """The numbers that vary, in a row, and all else, to be compared with another call's.

    Args:
        args, keywords: of the call.
        static: the places and names of arguments of which all is part of the key.
        variables: arguments that count as if there were Values in place of their numbers.

    Raises:
        NoKeyError: there is something else in them that has no hash, as what may change has not.

    >>> numbers_and_key(([1.0, 2.0], 3), {"flag": True})[0]
    [1.0, 2.0]
    >>> numbers_and_key((1.0, 2), {})[1] == numbers_and_key((5.0, 2), {})[1] != numbers_and_key((5.0, 3), {})[1]
    True
    """
    numbers: list[Any] = []
    key: list[Any] = []
    varied = variables.by_position() if variables is not None else {}
    for place, argument in enumerate(args):
        if place in varied:
            own, form = varied[place]
            numbers += own
            _add_variables(argument, form, key)
        elif place in static:
            _add_fixed(argument, key)
        else:
            _add(argument, numbers, key)
    for name, argument in keywords.items():
        key.append(name)
        if name in static:
            _add_fixed(argument, key)
        else:
            _add(argument, numbers, key)
    if not _FLOATS.issuperset(map(type, numbers)):
        numbers = _once_each(numbers, key)
    return numbers, tuple(key)


def _once_each(numbers: list[Any], key: list[Any]) -> list[Any]:
    """The numbers with each Value once, for Python tells by ``is`` and in sets whether two are the same."""
    values = [number for number in numbers if isinstance(number, Value)]
    if len(set(values)) == len(values):
        return numbers
    places: dict[Any, int] = {}
    found: list[Any] = []
    for number in numbers:
        if not isinstance(number, Value):
            found.append(number)
        elif number in places:
            key.append(places[number])
        else:
            places[number] = len(places)
            key.append(_VALUE)
            found.append(number)
    return found


def _add(argument: Any, numbers: list[Any], key: list[Any]) -> None:
    """Add the numbers of a part of an argument, and what it is, to those before."""
    kind = type(argument)
    if kind is float:
        numbers.append(argument)
        key.append(_FLOAT)
    elif kind is list or kind is tuple:
        if all_the_same := _ONE_OF.get(frozenset(map(type, argument))):
            numbers += argument
            key += (kind, len(argument), all_the_same)
            return
        key += (kind, len(argument))
        for member in argument:
            _add(member, numbers, key)
    elif isinstance(argument, Value):
        numbers.append(argument)
        key.append(_VALUE)
    elif is_float(argument):
        numbers.append(float(argument))
        key.append(_FLOAT)
    elif is_array(argument):
        _add_array(argument, numbers, key)
    elif isinstance(argument, dict):
        key += (kind, *argument)
        for member in argument.values():
            _add(member, numbers, key)
    elif isinstance(argument, tuple) and hasattr(argument, "_make"):
        key.append(kind)
        for member in argument:
            _add(member, numbers, key)
    else:
        _add_fixed(argument, key)


def _add_variables(argument: Any, form: Form, key: list[Any]) -> None:
    """Add what an argument is with a Value in place of each number."""
    kind = type(argument)
    if form.is_leaf:
        key += ("array", form.shape, _VALUE) if form.shape else (_VALUE,)
    elif form.kind == "nothing":
        _add_fixed(argument, key)
    elif form.size == len(form.children) and (kind is list or kind is tuple) and all(map(_is_number, form.children)):
        key += (kind, form.size, _VALUE)
    else:
        members = argument.values() if form.kind == "dict" else argument
        key += (kind, *argument) if form.kind == "dict" else (kind,) if form.kind == "named" else (kind, len(argument))
        for member, child in zip(members, form.children):
            _add_variables(member, child, key)


def is_float(argument: Any) -> bool:
    """Whether it is a float, of Python or NumPy, of whatever precision."""
    if isinstance(argument, float):
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(argument, numpy.floating)


def _is_number(form: Form) -> bool:
    return form.kind == "number"


def _add_array(array: Any, numbers: list[Any], key: list[Any]) -> None:
    if array.dtype.kind == "f":
        numbers += array.astype(float, copy=False).ravel().tolist()  # of long doubles tolist() gives no floats
        key += ("array", array.shape, _FLOAT)
    elif array.dtype != object:
        key += ("array", array.shape, array.dtype.str, array.tobytes())
    else:
        _add_objects(array, numbers, key)


def _add_objects(array: Any, numbers: list[Any], key: list[Any]) -> None:
    elements = array.ravel().tolist()
    if all_the_same := _ONE_OF.get(frozenset(map(type, elements))):
        numbers += elements
        key += ("array", array.shape, all_the_same)
    else:
        key += ("array", array.shape)
        for element in elements:
            _add(element, numbers, key)


def _add_fixed(argument: Any, key: list[Any]) -> None:
    """Add what does not vary. 1, 1.0 and True are equal, and so are 0.0 and -0.0, but Python does not do the same."""
    kind = type(argument)
    if is_float(argument):
        key += (kind, float(argument).hex())
    elif is_array(argument) and argument.dtype != object:
        key += (kind, argument.shape, argument.dtype.str, argument.tobytes())
    elif kind is list or kind is tuple:
        key += (kind, len(argument))
        for member in argument:
            _add_fixed(member, key)
    elif isinstance(argument, dict):
        key += (kind, *argument)
        for member in argument.values():
            _add_fixed(member, key)
    else:
        try:
            hash(argument)
        except TypeError:
            raise NoKeyError(
                f"{with_article(argument)} among its arguments has no hash, so that nobody can tell whether it changed"
            ) from None
        key += (kind, argument)


def with_numbers(
    args: Sequence[Any], keywords: Mapping[str, Any], numbers: Iterable[Any], static: Container[int | str] = ()
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments, in containers of their own, with other numbers in place of those that vary."""
    following = iter(numbers).__next__
    known: dict[Any, Any] = {}  # a Value that stands in several places is one number

    def other(number: Any) -> Any:
        if not isinstance(number, Value):
            return following()
        if number not in known:
            known[number] = following()
        return known[number]

    return (
        [each if place in static else _with_numbers(each, other) for place, each in enumerate(args)],
        {name: each if name in static else _with_numbers(each, other) for name, each in keywords.items()},
    )


def _with_numbers(argument: Any, other: Callable[[Any], Any]) -> Any:
    kind = type(argument)
    if isinstance(argument, Value) or is_float(argument):
        return other(argument)
    if kind is list or kind is tuple:
        return kind([_with_numbers(member, other) for member in argument])
    if isinstance(argument, dict):
        copied = argument.copy()  # of a defaultdict, too
        for name, member in argument.items():
            copied[name] = _with_numbers(member, other)
        return copied
    if isinstance(argument, tuple) and hasattr(argument, "_make"):
        return argument._make([_with_numbers(member, other) for member in argument])
    if is_array(argument) and argument.dtype.kind in "fO":
        return _array_with_numbers(argument, other)
    return argument


def _array_with_numbers(array: Any, other: Callable[[Any], Any]) -> Any:
    import numpy as np

    elements = [_with_numbers(element, other) for element in array.ravel().tolist()]
    if not array.shape:
        return elements[0]
    filled = np.empty(len(elements), object)
    filled[:] = elements
    return filled.reshape(array.shape)


def kind_of(args: Sequence[Any]) -> Key | None:
    """What sort of numbers a call has, which is found quickly; None where there is something else among them."""
    types = tuple(map(type, args))
    if _NUMBERS.issuperset(types):
        return types
    kinds: list[Any] = []
    for argument in args:
        kind = type(argument)
        if kind is Value or kind is float:
            kinds.append(kind)
        elif kind is list or kind is tuple:
            kinds += (kind, len(argument), type(argument[0]) if argument else None)
        elif is_array(argument):
            kinds += (argument.shape, argument.dtype.char)
        else:
            return None
    return tuple(kinds)
