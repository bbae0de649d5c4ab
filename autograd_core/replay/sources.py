"""Rows that come a few at a time: from iterators, and from Parquet files and what else pyarrow reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from autograd_core.replay.arguments import columns_of_inputs, in_order_of_inputs, is_arrow, real_array
from autograd_core.replay.arrow_columns import batches_of, pyarrow_module, rows_of_batch
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
        for array in _arrays_of_piece(piece, leaves, number, n_rows):
            n_rows += len(array)
            yield array


def _arrays_of_piece(piece: Any, leaves: Sequence[Any], number: int, first: int) -> Iterator[Array]:
    if not is_arrow(piece):
        yield _checked(piece, leaves, number, first)
        return
    for batch in batches_of(piece):
        array = rows_of_batch(batch, columns_of_inputs(batch.schema.names, leaves), first)
        first += len(array)
        yield array


def _checked(piece: Any, leaves: Sequence[Any], number: int, first: int) -> Array:
    """A piece of a stream as an array of rows."""
    try:
        array = real_array(in_order_of_inputs(piece, leaves), "inputs")
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"block {number:,} of the stream (from row {first:,} on) is not an array of rows: {error}"
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


# -- Arrow --


def _read(inputs: Any, leaves: Sequence[Any]) -> Iterable[Any]:
    """What gives the pieces."""
    if isinstance(inputs, (str, os.PathLike)):
        inputs = _opened(os.fsdecode(inputs))
    if hasattr(inputs, "schema_arrow"):  # a ParquetFile
        return inputs.iter_batches(ROWS_AT_ONCE, columns=columns_of_inputs(inputs.schema_arrow.names, leaves))  # type: ignore[no-any-return]
    if is_arrow(inputs) and hasattr(inputs, "scanner"):  # a dataset
        columns = columns_of_inputs(inputs.schema.names, leaves)
        return inputs.to_batches(columns=columns, batch_size=ROWS_AT_ONCE, fragment_readahead=1)  # type: ignore[no-any-return]
    if is_arrow(inputs) or hasattr(inputs, "__arrow_c_stream__"):
        return batches_of(inputs)
    return inputs  # type: ignore[no-any-return]


def _opened(path: str) -> Any:
    """A Parquet file, or a folder of them."""
    is_folder = os.path.isdir(path)
    if not is_folder and not path.lower().endswith(PARQUET):
        raise ValueError(
            f"rows are read from Parquet files, got the path {path!r}: for a NumPy file write "
            'numpy.load(path, mmap_mode="r"), and for others an iterator of arrays'
        )
    pyarrow_module("a Parquet file")
    import pyarrow.dataset
    import pyarrow.parquet

    if not is_folder:
        return pyarrow.parquet.ParquetFile(path)
    dataset = pyarrow.dataset.dataset(path)
    if not dataset.files:
        raise ValueError(f"there is no Parquet file in the folder {path!r}")
    return dataset
