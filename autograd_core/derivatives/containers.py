"""Arguments and results as they are nested: numbers, arrays, and lists, tuples, named tuples and dicts of these.

:func:`taken_apart` gives an argument's numbers in a row and its :class:`Form`; the form puts as many other numbers
together in the same way. So a function gets containers of its own, never the caller's.
"""

from __future__ import annotations

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from functools import partial
from itertools import product
from math import prod
from numbers import Real
from typing import Any, Literal

from autograd_core.condition import Condition
from autograd_core.primitives import as_float
from autograd_core.value import Value

Kind = Literal["number", "array", "sequence", "named", "dict", "nothing"]


@dataclass(frozen=True)
class Form:
    """How the numbers of an argument are nested.

    Attributes:
        kind: ``nothing`` is a None in a container.
        size: how many numbers it has.
        word: what it is, for messages, such as ``a list of 3``.
        shape: of an array.
        children: the forms of a container's members.
        keys: their places in it: indices, names of fields, or a dict's keys.
        join: makes the container of its members.
    """

    kind: Kind
    size: int
    word: str
    shape: tuple[int, ...] = ()
    children: tuple[Form, ...] = ()
    keys: Sequence[Any] = ()
    join: Callable[[list[Any]], Any] = list

    @property
    def is_leaf(self) -> bool:
        """Whether it is a number or an array, not a container."""
        return self.kind == "number" or self.kind == "array"

    def mapped(self, make: Callable[[Form, int], Any], start: int = 0) -> Any:
        """Containers of this form, with ``make(leaf, start)`` for each number or array, whose first number is there."""
        if self.is_leaf:
            return make(self, start)
        members = []
        for child in self.children:
            members.append(child.mapped(make, start))
            start += child.size
        return self.join(members)

    def filled(self, numbers: Sequence[Any]) -> Any:
        """These numbers in this form.

        >>> taken_apart({"a": 1.0, "b": [2.0, 3.0]})[1].filled([10, 20, 30])
        {'a': 10, 'b': [20, 30]}
        """
        if self.kind == "number":
            return numbers[0]
        if self.kind != "array" and all(child is _NUMBER for child in self.children):
            return self.join(list(numbers))
        return self.mapped(lambda leaf, start: _leaf_of(numbers[start : start + leaf.size], leaf))

    def names(self, name: str) -> Iterator[str]:
        """What each number is called, in an argument called ``name``: such as ``name['a'][2]``."""
        if self.kind == "array":
            for place in product(*map(range, self.shape)):
                yield f"{name}{list(place)}" if place else name
        elif self.is_leaf:
            yield name
        for key, child in zip(self.keys, self.children):
            yield from child.names(name + _access(self.kind, key))


def _leaf_of(numbers: Sequence[Any], leaf: Form) -> Any:
    return numbers[0] if leaf.kind == "number" else array_of(numbers, leaf.shape)


def _access(kind: Kind, key: Any) -> str:
    return f".{key}" if kind == "named" else f"[{key!r}]"


def array_of(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of float64, or of objects where there are Values; one Value alone stays itself."""
    import numpy as np

    if all(number.__class__ is float for number in numbers):
        return np.array(numbers, float).reshape(shape)
    if not shape:
        return numbers[0]
    array = np.empty(len(numbers), object)
    array[:] = numbers
    return array.reshape(shape)


def arranged(forms: Sequence[Form], numbers: Sequence[Any]) -> Any:
    """Numbers with an index for each form, nested as the forms are: the first outside, the last inside.

    Args:
        forms: arrays and numbers in them that meet make one array of all their shapes.
        numbers: a sequence of numbers for one form, of such sequences for two, and so on.

    >>> pair, triple = taken_apart((1.0, 2.0))[1], taken_apart([1.0, 2.0, 3.0])[1]
    >>> arranged([pair, triple], [[1, 2, 3], [4, 5, 6]])
    ([1, 2, 3], [4, 5, 6])
    """
    return _arranged(forms, [numbers], ())


def _arranged(forms: Sequence[Form], rows: list[Any], outer: tuple[Form, ...]) -> Any:
    """The same for the rows of numbers that belong to one leaf of each outer form."""
    has_array = any(leaf.kind == "array" for leaf in outer)
    if not forms:
        shape = sum((leaf.shape for leaf in outer), ())
        return array_of(rows, shape) if has_array else rows[0]
    first, *inner = forms
    if not inner and not has_array:
        return first.filled(rows[0])

    def cut(leaf: Form, start: int) -> Any:
        chosen = [entry for row in rows for entry in row[start : start + leaf.size]]
        return _arranged(inner, chosen, (*outer, leaf))

    return first.mapped(cut)


# -- taking apart ---------------------------------------------------------------------------------------------------

_NUMBER = Form("number", 1, "a number")
_NOTHING = Form("nothing", 0, "None", join=lambda members: None)


def taken_apart(tree: object, name: str = "the argument", advice: str = "") -> tuple[list[float | Value], Form]:
    """The numbers of an argument in a row, as floats and Values, and its form.

    Args:
        tree: a number or Value, a NumPy array of any shape, or lists, tuples, named tuples and dicts of these. A None
            in a container stays where it is, and is not a number.
        name: what the argument is called in messages.
        advice: what messages say to do with something else.

    Raises:
        TypeError: there is something else in it; says where, and what to write.

    >>> numbers, form = taken_apart(([1, 2.5], {"a": 3.0}))
    >>> numbers, list(form.names("v"))
    ([1.0, 2.5, 3.0], ['v[0][0]', 'v[0][1]', "v[1]['a']"])
    """
    numbers: list[Any] = []
    try:
        return numbers, _form_of(tree, name, numbers, ())
    except _RefusedError as refused:
        raise TypeError(f"{refused}{': ' if refused.advice or advice else ''}{refused.advice or advice}") from None


def tuple_of(forms: Sequence[Form]) -> Form:
    """The form of a tuple of arguments."""
    size = sum(form.size for form in forms)
    return Form("sequence", size, f"a tuple of {len(forms)}", (), tuple(forms), range(len(forms)), tuple)


def _form_of(tree: Any, name: str, numbers: list[Any], around: tuple[Any, ...]) -> Form:
    """The form of a part of an argument, whose numbers are added to those before; it is in the containers around."""
    if is_number(tree):
        numbers.append(_float_or_value(tree))
        return _NUMBER
    if is_array(tree):
        numbers += _numbers_of_array(tree, name)
        return Form("array", tree.size, f"an array of shape {tree.shape}", tree.shape)
    if tree is None and around:
        return _NOTHING
    if any(tree is container for container in around):
        raise TypeError(f"{name} is a container that is a part of itself, and so has no end of numbers")
    kind, members, keys, join = _opened(tree, name)
    before = len(numbers)
    if set(map(type, members)) == {float}:
        numbers += members
        children = (_NUMBER,) * len(members)
    else:
        children = tuple([
            _form_of(member, name + _access(kind, key), numbers, (*around, tree)) for key, member in zip(keys, members)
        ])  # fmt: skip
    return Form(kind, len(numbers) - before, _word(tree), (), children, keys, join)


def is_number(thing: object) -> bool:
    """Whether it is a real number or a Value; True and False are not."""
    return isinstance(thing, Value) or (isinstance(thing, Real) and not isinstance(thing, bool))


def is_array(thing: object) -> bool:
    """Whether it is a plain NumPy array; a masked array, for one, is more than its elements, and is not."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(thing) in (numpy.ndarray, numpy.memmap)


def _float_or_value(number: Any) -> Any:
    return number if isinstance(number, Value) else as_float(number)


def _numbers_of_array(array: Any, name: str) -> list[Any]:
    if array.dtype.kind not in "fiuO":
        raise _RefusedError(name, f"an array of {array.dtype}")
    elements = array.ravel().tolist()
    for place, element in enumerate(elements):
        if not is_number(element):
            raise _RefusedError(f"{name}.flat[{place}]", with_article(element))
    return [_float_or_value(element) for element in elements]


def _opened(tree: Any, name: str) -> tuple[Kind, list[Any], Sequence[Any], Callable[[list[Any]], Any]]:
    """A container's kind, members and their keys, and how such a container is made of others."""
    kind = type(tree)
    if kind is list or kind is tuple:
        return "sequence", list(tree), range(len(tree)), kind
    if kind is dict or kind is OrderedDict or kind is defaultdict:
        keys = list(tree)
        empty: Any = partial(defaultdict, tree.default_factory) if kind is defaultdict else kind
        return "dict", list(tree.values()), keys, lambda members: empty(zip(keys, members))
    if isinstance(tree, tuple) and hasattr(tree, "_make"):
        return "named", list(tree), tree._fields, tree._make  # type: ignore[attr-defined]
    raise _RefusedError(name, with_article(tree), _advice(tree))


def _word(tree: Any) -> str:
    kind = type(tree).__name__
    if isinstance(tree, dict):
        return f"a {kind} with the keys {', '.join(map(repr, tree)) or 'of none'}"
    return f"a {kind} of {len(tree)}"


class _RefusedError(Exception):
    """Something that is not a number, array or container of them, and what to write in place of one that could be."""

    def __init__(self, name: str, what: str, advice: str = "") -> None:
        super().__init__(f"{name} is {what}, not a real number or an array, list, tuple or dict of them")
        self.advice = advice


_SPOKEN: dict[type, str] = {str: "string", complex: "complex number"}


def with_article(thing: object) -> str:
    """What something is, for a message.

    >>> with_article(None), with_article("x"), with_article(1j)
    ('None', 'a string', 'a complex number')
    """
    if thing is None or isinstance(thing, bool):
        return repr(thing)
    kind = _SPOKEN.get(type(thing), type(thing).__name__)
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _advice(tree: Any) -> str:
    """What to write in place of a container that is not known here."""
    if is_dataclass(tree):
        return "write dataclasses.asdict(...) of it"
    if isinstance(tree, Condition):
        return "a condition has no derivative, and 1.0 * (x > 0) is its number"
    if getattr(tree, "ndim", 0) and hasattr(tree, "__array__"):
        return "write numpy.asarray(...) of it"
    if isinstance(tree, dict):
        return "write dict(...) of it"
    if isinstance(tree, Iterable) and not isinstance(tree, (str, bytes)):
        return "write list(...) of it"
    return ""


def hold_value(*arguments: object) -> bool:
    """Whether there is a Value among arguments, or in their lists, tuples, dicts and arrays.

    >>> hold_value("a", {"a": [1.0, Value(2.0)]}), hold_value([1.0, "a"])
    (True, False)
    """
    return any(hasattr(kind, "__apply_primitive__") for kind in kinds_in(arguments) - _PLAIN)


def kinds_in(arguments: Sequence[object]) -> set[type]:
    """The types of all that is in arguments, whatever they are; of an array of numbers, that of one of them."""
    kinds: set[type] = set()
    waiting: list[Sequence[object]] = [arguments]
    seen: set[int] = set()
    while waiting:
        members = waiting.pop()
        kinds_here = set(map(type, members))
        kinds |= kinds_here
        if not kinds_here <= _PLAIN:
            for member in members:
                inside = _inside(member)
                if inside is not None and id(member) not in seen:
                    seen.add(id(member))
                    waiting.append(inside)
    return kinds


_PLAIN = {float, int, bool, str, type(None)}


def _inside(thing: Any) -> Sequence[Any] | None:
    """What is in a container; of an array of numbers the first says all."""
    if isinstance(thing, (list, tuple)):
        return thing
    if isinstance(thing, dict):
        return list(thing.values())
    if is_array(thing):
        return thing.ravel().tolist() if thing.dtype == object else thing.ravel()[:1].tolist()  # type: ignore[no-any-return]
    return None


# -- containers of the same form --------------------------------------------------------------------------------------


def numbers_like(form: Form, tree: object, name: str, model: str) -> list[float | Value]:
    """The numbers of a second argument that goes with the first number by number, in the order of the first.

    Lists, tuples and arrays of the same lengths, and dicts of the same keys, go with one another.

    Args:
        form: of the first.
        tree: the second.
        name, model: what the second and the first are called in messages.

    Raises:
        TypeError, ValueError: it is not nested like the first; says where.

    >>> form = taken_apart({"a": 1.0, "b": [2.0, 3.0]})[1]
    >>> numbers_like(form, {"b": (20.0, 30.0), "a": 10.0}, "the vector", "the argument")
    [10.0, 20.0, 30.0]
    """
    numbers, other = taken_apart(tree, name)
    return [numbers[place] for place in _places(form, other, 0, name, model)]


def _places(form: Form, other: Form, start: int, name: str, model: str) -> Iterable[int]:
    """Where in the other's numbers, which start at ``start``, those of the form are."""
    if form.is_leaf and other.is_leaf and form.shape == other.shape:
        return range(start, start + form.size)
    ours, theirs = _members(form), _members(other)
    if ours is None or theirs is None or ours.keys() != theirs.keys() or _nature(form) != _nature(other):
        raise ValueError(f"{name} is {other.word}, but {model} is {form.word}, and they go together number by number")
    starts = {}
    for key, child in theirs.items():
        starts[key] = start
        start += child.size
    places: list[int] = []
    for key, child in ours.items():
        at = f"[{key!r}]"
        places += _places(child, theirs[key], starts[key], name + at, model + at)
    return places


def _nature(form: Form) -> str:
    """What goes with what: sequences of all kinds do, and arrays with them."""
    return form.kind if form.kind in ("dict", "nothing") else "sequence"


def _members(form: Form) -> dict[Any, Form] | None:
    """A container's or an array's members by what they are found by; None for a number."""
    if not form.is_leaf:
        return dict(zip(form.keys if form.kind == "dict" else range(len(form.children)), form.children))
    if not form.shape:
        return None
    count, *rest = form.shape
    row = Form("array", prod(rest), f"an array of shape {tuple(rest)}", tuple(rest)) if rest else _NUMBER
    return dict.fromkeys(range(count), row)
