"""Rows that come a few at a time: from iterators, and from Parquet files and what else pyarrow reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd_core.replay.arguments import is_arrow, real_array
from autograd_core.replay.arrow_columns import numbers_of_column
from autograd_core.replay.machines import Array
from autograd_core.replay.work import rows_of

ROWS_AT_ONCE = 1 << 16
"""So many rows of a Parquet file are read at a time."""

PARQUET = (".parquet", ".pq")


def pieces_of_stream(inputs: Any, leaves: Sequence[Any]) -> Iterator[Array]:
    """The rows of a stream as arrays with a column for each input.

    Raises:
        ValueError, TypeError: the rows are not those of the inputs; it says where they stand.
        ImportError: for Parquet pyarrow is needed.
    """
    return _arrays(iter(_read(inputs, leaves)), leaves)


def _arrays(pieces: Iterator[Any], leaves: Sequence[Any]) -> Iterator[Array]:
    n_rows = 0
    for number in count():
        try:
            piece = next(pieces)
        except StopIteration:
            return
        except Exception as error:
            error.add_note(f"this was block {number:,} of the stream, after {n_rows:,} rows; nothing has changed")
            raise
        array = _array_of_batch(piece, leaves, n_rows) if is_arrow(piece) else _checked(piece, leaves, number, n_rows)
        n_rows += len(array)
        yield array


def _checked(piece: Any, leaves: Sequence[Any], number: int, first: int) -> Array:
    """A piece of a stream as an array of rows."""
    try:
        array = real_array(piece, "inputs")
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"block {number:,} of the stream (from row {first:,} on) is no array of rows: {error}"
        ) from error
    if array.ndim == 1 and len(array) == len(leaves):
        return array[None, :]
    if array.ndim != 2:
        raise ValueError(
            f"block {number:,} of the stream (from row {first:,} on) is of shape {array.shape}: a stream gives arrays "
            f"of shape (rows, {len(leaves)})"
        )
    if array.shape[1] != len(leaves):
        raise ValueError(
            f"block {number:,} of the stream ({rows_of(first, len(array))}) has {array.shape[1]} numbers in a row, and "
            f"the program has {len(leaves)} inputs: give arrays of shape (rows, {len(leaves)})"
        )
    return array


# -- pyarrow --


def _read(inputs: Any, leaves: Sequence[Any]) -> Iterable[Any]:
    """What gives the pieces."""
    if isinstance(inputs, (str, os.PathLike)):
        inputs = _opened(os.fspath(inputs))
    if not is_arrow(inputs):
        return inputs  # type: ignore[no-any-return]
    if hasattr(inputs, "iter_batches"):  # a ParquetFile
        names = [inputs.schema_arrow.names[place] for place in columns_of_inputs(inputs.schema_arrow.names, leaves)]
        return inputs.iter_batches(ROWS_AT_ONCE, columns=names)  # type: ignore[no-any-return]
    if hasattr(inputs, "scanner"):  # a dataset
        names = [inputs.schema.names[place] for place in columns_of_inputs(inputs.schema.names, leaves)]
        return inputs.to_batches(columns=names, batch_size=ROWS_AT_ONCE, fragment_readahead=1)  # type: ignore[no-any-return]
    if hasattr(inputs, "to_batches"):  # a table
        return inputs.to_batches(ROWS_AT_ONCE)  # type: ignore[no-any-return]
    return [inputs] if hasattr(inputs, "num_rows") else inputs  # one batch, or a reader


def _opened(path: str | bytes) -> Any:
    """A Parquet file, or a folder of them."""
    name = os.fsdecode(path)
    is_folder = os.path.isdir(name)
    if not is_folder and not name.lower().endswith(PARQUET):
        raise ValueError(
            f"rows are read from Parquet files, got the path {name!r}: for a NumPy file write "
            'numpy.load(path, mmap_mode="r"), and for others an iterator of arrays'
        )
    try:
        import pyarrow.dataset
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("rows of a Parquet file are read by pyarrow: pip install pyarrow") from error
    return pyarrow.dataset.dataset(name) if is_folder else pyarrow.parquet.ParquetFile(name)


def columns_of_inputs(names: Sequence[str], leaves: Sequence[Any]) -> list[int]:
    """Which columns of a table are the inputs: those with the inputs' labels, or all, in their order.

    Raises:
        ValueError: some inputs have columns, and others have none; or there are more columns, or fewer, than inputs.
    """
    labels = [leaf.label for leaf in leaves]
    if len(set(labels)) == len(labels) and all(names.count(label) == 1 for label in labels):
        return [names.index(label) for label in labels]
    if any(label in names for label in labels):
        raise ValueError(
            f"the labels of some inputs are names of the table's columns, and not each of one column: the inputs are "
            f"{_listed(labels)}, the columns {_listed(names)}"
        )
    if len(names) != len(labels):
        raise ValueError(
            f"the table has {len(names)} columns ({_listed(names)}), and the program has {len(labels)} inputs: label "
            "the inputs as their columns are called, or leave out the other columns"
        )
    return list(range(len(names)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")


def _array_of_batch(batch: Any, leaves: Sequence[Any], first: int) -> Array:
    """A record batch as an array of rows."""
    names = batch.schema.names
    found = np.empty((batch.num_rows, len(leaves)))
    for place, column in enumerate(columns_of_inputs(names, leaves)):
        found[:, place] = numbers_of_column(batch.column(column), names[column], first)
    return found
