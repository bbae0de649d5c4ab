"""Tables of text: CSV files with a header line, and their columns as numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nn.files import FileError, read_text

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
"""What stands for a missing value, in any case of letters."""


LARGEST = 1e150
"""Numbers up to this size can be squared and summed."""


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file.

    Attributes:
        name: the file's name, for messages.
        columns: the names in the header line.
        rows: for each row its fields, as many as there are columns.
        lines: for each row the line of the file that it ends on.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """A column's texts.

        Raises:
            FileError: there is no such column, or a value in it is missing.
        """
        index = self._index(name)
        for row_number, row in enumerate(self.rows):
            if row[index].casefold() in MISSING:
                raise FileError(f"{self._place(row_number, name)}: the value is missing")
        return [row[index] for row in self.rows]

    def numbers(self, names: Iterable[str]) -> list[list[float]]:
        """The rows of some columns, in the order of ``names``, as numbers.

        Raises:
            FileError: there is no such column, or a value in it is missing or not a number.
        """
        names = list(names)
        columns = [self._column_of_numbers(name) for name in names]
        return [list(row) for row in zip(*columns)]

    def is_numeric(self, name: str) -> bool:
        """Whether all of a column's texts are numbers (FileError where one is missing)."""
        return all(_number(text) is not None for text in self.column(name))

    def _column_of_numbers(self, name: str) -> list[float]:
        numbers = []
        for row_number, text in enumerate(self.column(name)):
            number = _number(text)
            if number is None:
                raise FileError(f"{self._place(row_number, name)}: {_short(text)} is not a number")
            if not abs(number) <= LARGEST:
                raise FileError(f"{self._place(row_number, name)}: {_short(text)} is not a number of up to {LARGEST:g}")
            numbers.append(number)
        return numbers

    def _index(self, name: str) -> int:
        if name not in self.columns:
            raise FileError(f"{self.name}: no column {name!r}; its columns are {_listed(self.columns)}")
        return self.columns.index(name)

    def _place(self, row_number: int, name: str) -> str:
        return f"{self.name}: row {row_number + 1} (line {self.lines[row_number]}), column {name!r}"


def read_csv(path: Path) -> Table:
    """Read a CSV file: UTF-8, comma-separated, names of the columns in the first line.

    Raises:
        FileError: the file cannot be read, or is not such a file.
    """
    return parse_csv(read_text(path), str(path))


def parse_csv(text: str, name: str) -> Table:
    """The table that a CSV file's text is.

    Blank lines are skipped, and so are spaces around a field.

    Args:
        text: the file's text.
        name: what messages call the file.

    Raises:
        FileError: the text is empty or no CSV, a row has more or fewer fields than the header, or there are no rows.

    >>> table = parse_csv("size, kind\\n1.5, a\\n2, b\\n", "small.csv")
    >>> table.columns, table.numbers(["size"]), table.column("kind")
    (('size', 'kind'), [[1.5], [2.0]], ['a', 'b'])
    >>> table.numbers(["kind"])
    Traceback (most recent call last):
    nn.files.FileError: small.csv: row 1 (line 2), column 'kind': 'a' is not a number
    """
    if "\0" in text:
        raise FileError(f"{name}: not a CSV file: it has a NUL character")
    records = _records(text, name)
    if not records:
        raise FileError(f"{name}: the file is empty")
    _, columns = records[0]
    _check_header(columns, name)
    rows = records[1:]
    if not rows:
        raise FileError(f"{name}: only a header, no rows of data")
    for line, fields in rows:
        if len(fields) != len(columns):
            raise FileError(f"{name}: line {line} has {len(fields)} fields, the header has {len(columns)}")
    return Table(name, columns, tuple([fields for _, fields in rows]), tuple([line for line, _ in rows]))


def _records(text: str, name: str) -> list[tuple[int, tuple[str, ...]]]:
    """Each record that is not blank, with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records = []
    try:
        for fields in reader:
            stripped = tuple([field.strip() for field in fields])
            if len(stripped) > 1 or any(stripped):
                records.append((reader.line_num, stripped))
    except csv.Error as error:
        raise FileError(f"{name}: not a CSV file: line {reader.line_num}: {error}") from None
    return records


def _check_header(columns: Sequence[str], name: str) -> None:
    if "" in columns:
        raise FileError(f"{name}: column {columns.index('') + 1} has no name in the header")
    for column in columns:
        if columns.count(column) > 1:
            raise FileError(f"{name}: two columns are named {column!r}")


def _number(text: str) -> float | None:
    """The number that a text is, None if it is not one; 1_000 is one in Python only."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_short(name) for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
