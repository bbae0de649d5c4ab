"""Parquet files: the table in one, whose columns have types, so that no number is guessed from a text."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nn.data.cells import CellFormat
from nn.data.csv_file import ROWS_BETWEEN_TELLING, TellRows
from nn.data.table import Table, Types, check_size, named_columns
from nn.files import FileError

MARK = b"PAR1"
"""What a Parquet file begins and ends with."""

SUFFIX = ".parquet"


def is_parquet(path: Path) -> bool:
    """Whether a file is one of Parquet, by its content; or is meant to be one, by its name."""
    if path.suffix.lower() == SUFFIX:
        return True
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # what is read from a pipe is gone
            return False
        with open(path, "rb") as file:
            if file.read(len(MARK)) != MARK:
                return False
            file.seek(-len(MARK), 2)
            return file.read() == MARK
    except (OSError, ValueError):  # whoever reads it says why
        return False


def read_parquet(path: Path, missing: tuple[str, ...] = (), progress: TellRows | None = None) -> Table:
    """Read a Parquet file, as the table that a CSV file of the same columns gives.

    Integers, floats and decimals are numbers; a float of fewer than 64 bits is the shortest decimal that rounds to it,
    as it is written in a CSV file. Texts, dictionaries (categories), dates, times and truth values are texts, without
    the spaces around them. A null, a nan and an empty text are missing.

    Args:
        path: the file.
        missing: what stands for a missing value besides those, see :class:`~nn.data.cells.CellFormat`.
        progress: told from time to time how far the reading has come.

    Raises:
        FileError: the file cannot be read, is not a Parquet file, or has more than 20 million cells; PyArrow is not
            installed.
    """
    parquet, pa = _pyarrow(path)
    name = str(path)
    try:
        with open(path, "rb") as opened, parquet.ParquetFile(opened) as file:
            check_size(name, file.metadata.num_rows, len(file.schema_arrow.names))
            columns, unnamed = named_columns(file.schema_arrow.names, name)
            types = _types_of(dict(zip(columns, file.schema_arrow.types)))
            rows: list[tuple[str, ...]] = []
            for batch in file.iter_batches(ROWS_BETWEEN_TELLING):
                texts = [
                    [""] * batch.num_rows if column in types.neither else _texts(cells)
                    for column, cells in zip(columns, batch.columns)
                ]
                rows += zip(*texts)
                if progress is not None:
                    progress(len(rows), file.metadata.num_rows)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except (pa.ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # Arrow's own have none
            raise FileError(f"{path}: cannot be read: {error.strerror}") from None
        raise FileError(f"{path}: not a Parquet file, or a damaged one: {str(error).partition(chr(10))[0]}") from None
    if not rows:
        raise FileError(f"{name}: no rows of data")
    return Table(
        name, columns, tuple(rows), tuple(range(1, len(rows) + 1)), CellFormat(missing=missing), unnamed, types
    )


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise FileError(
            f'{path}: to read a Parquet file takes PyArrow: pip install "autograd-core[arrow]", or save it as CSV'
        ) from None
    return parquet, pyarrow


def _types_of(kinds: dict[str, Any]) -> Types:
    from pyarrow import types

    categories = {name: kind.value_type for name, kind in kinds.items() if types.is_dictionary(kind)}
    kinds = {**kinds, **categories}
    return Types(
        texts=frozenset([name for name, kind in kinds.items() if name in categories or _is_text(kind)]),
        categories=frozenset(categories),
        neither={name: str(kind) for name, kind in kinds.items() if _way_to_text(kind) is None},
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _way_to_text(kind: Any) -> Callable[[Any], list[str]] | None:
    """How a column of this type, without nulls, becomes texts; None where there is none."""
    from pyarrow import types

    if types.is_float16(kind) or types.is_float32(kind):
        return lambda cells: list(map(str, cells.to_numpy()))
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return lambda cells: list(map(repr, cells.to_pylist()))
    if types.is_decimal(kind):
        return lambda cells: [format(number, "f") for number in cells.to_pylist()]
    if types.is_date(kind) or types.is_time(kind) or types.is_timestamp(kind):
        return lambda cells: list(cells.cast("string").to_pylist())
    if _is_text(kind):
        return lambda cells: [text.strip() for text in cells.to_pylist()]
    return (lambda cells: []) if types.is_null(kind) else None


def _texts(cells: Any) -> list[str]:
    """The texts of a column's cells, empty where one is null."""
    from pyarrow import types

    if types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    way = _way_to_text(cells.type)
    assert way is not None
    if not cells.null_count:
        return way(cells)
    there = iter(way(cells.drop_null()))
    return [next(there) if is_there else "" for is_there in cells.is_valid().to_pylist()]
