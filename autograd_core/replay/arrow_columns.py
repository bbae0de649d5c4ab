"""Columns of Arrow as rows of a program's inputs, or refused by name and row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core.replay.machines import Array

LARGEST_INTEGER = 2**53
"""Up to this size, every integer is a float."""


def pyarrow_module(what: str = "arrow_function()") -> Any:
    """PyArrow, or what to install for something."""
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError(f'{what} needs PyArrow: pip install "autograd-core[arrow]"') from error
    return pyarrow


def column_names(inputs: Sequence[Any], columns: Any) -> tuple[str, ...]:
    """A column's name for each input: those given, or the inputs' labels.

    Raises:
        TypeError: the names are not a sequence of strings.
        ValueError: there is not one for each input, an input without a label, or a name that comes twice.
    """
    if not inputs:
        raise ValueError("the program has no inputs to take from columns: name them when it is compiled")
    if columns is None:
        columns = [leaf.label for leaf in inputs]
        if "" in columns:
            raise ValueError(
                f"input {columns.index('')} has no label to find its column by: label it, or give columns=[…] with a "
                f"name for each of the {len(columns)} inputs"
            )
    if isinstance(columns, str) or not isinstance(columns, Sequence) or not all(isinstance(c, str) for c in columns):
        raise TypeError(f"columns are a list of names, one for each input, got {columns!r:.60}")
    if len(columns) != len(inputs):
        raise ValueError(f"the program has {len(inputs)} inputs, got {len(columns)} columns: give a name for each")
    twice = next((name for place, name in enumerate(columns) if name in columns[:place]), None)
    if twice is not None:
        raise ValueError(f"two inputs are taken from the column {twice!r}: give columns=[…], one of its own for each")
    return tuple(columns)


def batches_of(given: Any) -> Iterator[Any]:
    """The record batches in a batch, a table, an iterable of these, or what hands over an Arrow stream.

    Raises:
        TypeError: it is anything else.
    """
    pa = pyarrow_module()
    if isinstance(given, pa.RecordBatch):
        return iter([given])
    if isinstance(given, pa.Table):
        return iter(given.to_batches())
    if isinstance(given, pa.RecordBatchReader):
        return iter(given)
    if hasattr(given, "__arrow_c_stream__"):  # a query of DuckDB, a data frame
        return iter(pa.RecordBatchReader.from_stream(given))
    if isinstance(given, Mapping):
        raise TypeError(f'{_WANTED}, got {type(given).__name__}: in Ray Data, map_batches(…, batch_format="pyarrow")')
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise TypeError(f"{_WANTED}, got {type(given).__name__}")
    return _batches_in(given, pa)


_WANTED = "record batches of PyArrow, a table or an iterator of them are wanted"


def _batches_in(given: Iterable[Any], pa: Any) -> Iterator[Any]:
    for place, each in enumerate(given):
        if not isinstance(each, (pa.RecordBatch, pa.Table)):
            raise TypeError(f"{_WANTED}, got {type(each).__name__} at place {place}")
        yield from batches_of(each)


def arrays_of(batches: Iterable[Any], names: Sequence[str]) -> Iterator[Array]:
    """The rows of record batches as arrays, with the numbers of the named columns in their order.

    Raises:
        ValueError: a column is not there, or there twice; a value is missing, or an integer that is not a float.
        TypeError: a column is not of numbers.
    """
    n_before = 0
    for batch in batches:
        rows = rows_of_batch(batch, names, n_before)
        n_before += len(rows)
        yield rows


def rows_of_batch(batch: Any, names: Sequence[str], n_before: int) -> Array:
    """The same of one record batch, before which so many rows came."""
    rows = np.empty((batch.num_rows, len(names)))
    for place, name in enumerate(names):
        rows[:, place] = _numbers(_column(batch, name), name, n_before)
    return rows


def _column(batch: Any, name: str) -> Any:
    places = batch.schema.get_all_field_indices(name)
    if len(places) != 1:
        there = ", ".join(map(repr, batch.schema.names[:10])) + (" …" if len(batch.schema.names) > 10 else "")
        raise ValueError(
            f"there are {len(places)} columns {name!r}: name each column once"
            if places
            else f"there is no column {name!r}, only {there or 'none at all'}: name the inputs' columns by columns=[…]"
        )
    return batch.column(places[0])


def _numbers(column: Any, name: str, n_before: int) -> Array:
    """A column of a batch as an array, checked."""
    from pyarrow import types

    kind = column.type
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise TypeError(f"column {name!r} is of type {kind}, and the program takes numbers: {_advice(kind, name)}")
    if column.null_count:
        row = n_before + int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        raise ValueError(f"column {name!r}, row {row}: the value is missing: fill it in, or leave such rows out")
    numbers: Array = column.to_numpy(zero_copy_only=False)
    if numbers.dtype.kind in "iu" and numbers.dtype.itemsize == 8:
        beyond = (numbers > LARGEST_INTEGER) | (numbers < -LARGEST_INTEGER)
        if beyond.any():
            place = int(np.argmax(beyond))
            raise ValueError(
                f"column {name!r}, row {n_before + place}: {numbers[place]} is beyond 2**53, where not every integer "
                "is a float: cast the column to double, where rounding does no harm"
            )
    return numbers


def _advice(kind: Any, name: str) -> str:
    from pyarrow import types

    if types.is_null(kind):
        return "all its values are missing, so fill them in"
    if types.is_decimal(kind) or types.is_string(kind) or types.is_large_string(kind):
        return f'cast it, as CAST("{name}" AS DOUBLE) does, where its values are numbers'
    return "take numbers from it first"
