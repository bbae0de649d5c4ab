"""Rows of arrays as arguments of a function of one row, and what it returns for them as arrays."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any

from autograd_core.derivatives.containers import Form, array_of, is_array
from autograd_core.derivatives.gradients import number_of
from autograd_core.tracing.arguments import Key, is_float, numbers_and_key
from autograd_core.value import Value


class Rows:
    """The rows that the arrays have which a function is called with.

    Args:
        args, keywords: of the call. What is no array is the same for all rows.
        static: places and names of arguments that do not vary.
        name: the function's, for messages.

    Attributes:
        count: how many rows there are.
        shared: the Values that all rows have, each in the place of its number; None elsewhere.
        are_values: for each number, whether it is a Value of each row's own.

    Raises:
        TypeError: there is no array.
        ValueError: arrays have different lengths.
    """

    def __init__(
        self, args: Sequence[Any], keywords: Mapping[str, Any], static: Container[int | str], name: str
    ) -> None:

        self._args, self._keywords, self._static = args, keywords, static
        arrays = list(_arrays_in([*args, *keywords.values()]))
        lengths = {len(array) for array in arrays}
        if not lengths:
            raise TypeError(f"{name} maps over the first axis of arrays, and got none: write numpy.array(...) of rows")
        if len(lengths) > 1:
            shapes = ", ".join(str(array.shape) for array in arrays)
            raise ValueError(f"{name} maps over the first axis of arrays, and got different lengths: shapes {shapes}")
        self.count = lengths.pop()
        self._kinds = [
            array.reshape(self.count, prod(array.shape[1:])) for array in arrays if array.dtype.kind not in "fO"
        ]
        varying = [each for place, each in enumerate(args) if place not in static]
        varying += [each for key, each in keywords.items() if key not in static]
        self._slots = _once_each(slot for argument in varying for slot in _slots(argument, self.count))
        self.shared = [slot if isinstance(slot, Value) else None for slot in self._slots]
        self.are_values = [isinstance(slot, list) for slot in self._slots]

    @cached_property
    def matrix(self) -> Any:
        """A row for each, of the numbers that the function is called with."""
        import numpy as np

        matrix = np.empty((self.count, len(self._slots)))
        for place, slot in enumerate(self._slots):
            matrix[:, place] = list(map(number_of, slot)) if isinstance(slot, list) else _plain(slot)
        return matrix

    @property
    def has_values(self) -> bool:
        """Whether rows have Values of their own."""
        return any(self.are_values)

    def alike(self) -> Iterator[Any]:
        """The places of rows that have the same in all arrays but those of floats and Values."""
        import numpy as np

        groups: dict[tuple[bytes, ...], list[int]] = {}
        for row in range(self.count) if self._kinds else ():
            groups.setdefault(tuple([array[row].tobytes() for array in self._kinds]), []).append(row)
        if self._kinds:
            yield from map(np.array, groups.values())
        elif self.count:
            yield np.arange(self.count)

    def arguments(self, row: int, as_floats: bool = False) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of the function's call on a row; on request with floats in place of the row's own Values."""
        return (
            [each if at in self._static else _of_row(each, row, as_floats) for at, each in enumerate(self._args)],
            {
                name: each if name in self._static else _of_row(each, row, as_floats)
                for name, each in self._keywords.items()
            },
        )

    def numbers(self, row: int, as_floats: bool = False) -> list[Any]:
        """The numbers of these."""
        return [
            slot[row]
            if isinstance(slot, list) and not as_floats
            else self.matrix[row, at].item()
            if shared is None
            else shared
            for at, (slot, shared) in enumerate(zip(self._slots, self.shared))
        ]

    def leaves(self, row: int, outside: Iterable[tuple[Any, float]]) -> list[tuple[Any, float]]:
        """These and what is read from outside, with their numbers at the time of the call."""
        return [*zip(self.numbers(row), self.matrix[row].tolist()), *outside]

    def own_values(self, row: int) -> list[Any]:
        """The row's own Values."""
        return [slot[row] for slot in self._slots if isinstance(slot, list)]

    def key(self, row: int) -> Key:
        """What these numbers stand in."""
        return numbers_and_key(*self.arguments(row, as_floats=True), self._static)[1]


def _arrays_in(arguments: Sequence[Any]) -> Iterator[Any]:
    for argument in arguments:
        if is_array(argument) and argument.ndim:
            yield argument
        elif isinstance(argument, (list, tuple)):
            yield from _arrays_in(argument)
        elif isinstance(argument, dict):
            yield from _arrays_in(list(argument.values()))


def _slots(argument: Any, count: int) -> Iterator[Any]:
    """For each number of a row an array of all rows' numbers, or a list of their Values, or the one that all share."""
    if isinstance(argument, Value) or is_float(argument):
        yield argument
    elif is_array(argument) and argument.ndim:
        for column in argument.reshape(count, prod(argument.shape[1:])).T if argument.dtype.kind in "fO" else ():
            yield list(map(_as_value, column.tolist())) if column.dtype == object else column
    elif is_array(argument):
        yield from [argument.item()] if argument.dtype.kind in "fO" else []
    elif isinstance(argument, (list, tuple, dict)):
        for member in argument.values() if isinstance(argument, dict) else argument:
            yield from _slots(member, count)


def _once_each(slots: Iterable[Any]) -> list[Any]:
    """The slots with each Value that all rows share once, as among the numbers of a call."""
    known: set[Any] = set()
    found = []
    for slot in slots:
        if isinstance(slot, Value):
            if slot in known:
                continue
            known.add(slot)
        found.append(slot)
    return found


def _as_value(number: Any) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _plain(slot: Any) -> Any:
    return number_of(slot) if isinstance(slot, Value) else slot


def _of_row(argument: Any, row: int, as_floats: bool) -> Any:
    """A row's part of an argument."""
    if is_array(argument) and argument.ndim:
        own = argument[row]
        if argument.dtype != object or not as_floats:
            return own
        return array_of(list(map(number_of, own.ravel().tolist())), own.shape) if is_array(own) else number_of(own)
    if isinstance(argument, dict):
        copied = argument.copy()
        copied.update({name: _of_row(member, row, as_floats) for name, member in argument.items()})
        return copied
    if isinstance(argument, tuple) and hasattr(argument, "_make"):
        return argument._make([_of_row(member, row, as_floats) for member in argument])
    if type(argument) in (list, tuple):
        return type(argument)([_of_row(member, row, as_floats) for member in argument])
    return argument


class Results:
    """What a function returns for each row, noted for some rows at a time."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name
        self._form: Form | None = None
        self._columns: list[Any] = []

    def note(self, rows: Any, form: Form, columns: Sequence[Any]) -> None:
        """Note what some rows give, a column for each number.

        Raises:
            ValueError: it is nested or shaped otherwise than that of other rows.
        """
        import numpy as np

        if self._form is None:
            self._form = form
            self._columns = [np.empty(self._count) for _ in columns]
        elif _shape_of(form) != _shape_of(self._form):
            raise ValueError(
                f"{self._name} returns {form.word} for row {rows[0]}, and {self._form.word} for others: rows go "
                "together in arrays where all return the same lists, tuples, dicts and shapes"
            )
        for place, column in enumerate(columns):
            if isinstance(column, list) and any(isinstance(number, Value) for number in column):
                self._columns[place] = self._columns[place].astype(object)
            self._columns[place][rows] = column

    def joined(self) -> Any:
        """All of it, in arrays whose first axis is that of the rows."""
        import numpy as np

        if self._form is None:
            return np.empty(0)
        return self._form.mapped(self._leaf)

    def _leaf(self, leaf: Form, start: int) -> Any:
        import numpy as np

        columns = self._columns[start : start + leaf.size]
        if not columns:
            return np.empty((self._count, *leaf.shape))
        return np.stack(columns, axis=1).reshape(self._count, *leaf.shape)


def _shape_of(form: Form) -> tuple[Any, ...]:
    return form.kind, form.shape, tuple(form.keys), tuple(map(_shape_of, form.children))
