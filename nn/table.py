"""Tables of text: CSV files, and their columns as numbers or classes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nn.files import FileError, read_text

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
"""What stands for a missing value, in any case of letters."""


LARGEST = 1e150
"""Numbers up to this size can be squared and summed."""


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is written.

    Attributes:
        delimiter: the character between two fields: punctuation, a space or a tab.
        header: whether the first line names the columns; where it does not, they are called 1, 2, 3 …

    Raises:
        ValueError: a delimiter that is not one such character.
    """

    delimiter: str = ","
    header: bool = True

    def __post_init__(self) -> None:
        is_one = len(self.delimiter) == 1 and (self.delimiter.isprintable() or self.delimiter == "\t")
        if not is_one or self.delimiter.isalnum() or self.delimiter in "\"'.+-":
            raise ValueError(f"a delimiter is one character such as , ; | or a tab, not {self.delimiter!r:.40}")


COMMAS = CsvFormat()


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file.

    Attributes:
        name: the file's name, for messages.
        columns: their names.
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
            if _is_missing(row[index]):
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

    def class_numbers(self, name: str, classes: Sequence[str]) -> list[int]:
        """For each row the place of its text among ``classes``.

        Raises:
            FileError: there is no such column, or a value in it is missing or none of ``classes``.
        """
        numbers = {text: number for number, text in enumerate(classes)}
        texts = self.column(name)
        for row_number, text in enumerate(texts):
            if text not in numbers:
                raise FileError(f"{self._place(row_number, name)}: {_short(text)} is not among {_listed(classes)}")
        return [numbers[text] for text in texts]

    def complete(self) -> Table:
        """The table of the rows in which no value is missing (FileError if there are none)."""
        kept = [index for index, row in enumerate(self.rows) if not any(map(_is_missing, row))]
        if not kept:
            raise FileError(f"{self.name}: every row has a missing value")
        rows, lines = [self.rows[index] for index in kept], [self.lines[index] for index in kept]
        return Table(self.name, self.columns, tuple(rows), tuple(lines))

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
            hint = " (only one: is another delimiter in use?)" if len(self.columns) == 1 else ""
            raise FileError(f"{self.name}: no column {_short(name)}; its columns are {_listed(self.columns)}{hint}")
        return self.columns.index(name)

    def _place(self, row_number: int, name: str) -> str:
        return f"{self.name}: row {row_number + 1} (line {self.lines[row_number]}), column {_short(name)}"


def read_csv(path: Path, csv_format: CsvFormat = COMMAS) -> Table:
    """Read a CSV file in UTF-8, with or without a byte order mark.

    A line end inside a quoted field is read as a newline, however it is written in the file.

    Raises:
        FileError: the file cannot be read, or is not such a file.
    """
    return parse_csv(read_text(path), str(path), csv_format)


def parse_csv(text: str, name: str, csv_format: CsvFormat = COMMAS) -> Table:
    """The table that a CSV file's text is.

    Blank lines are skipped, and so are spaces around a field.

    Args:
        text: the file's text.
        name: what messages call the file.
        csv_format: the delimiter, and whether there is a header.

    Raises:
        FileError: the text is empty or no CSV, a row has more or fewer fields than the first, or there are no rows.

    >>> table = parse_csv("size, kind\\n1.5, a\\n2, b\\n", "small.csv")
    >>> table.columns, table.numbers(["size"]), table.column("kind")
    (('size', 'kind'), [[1.5], [2.0]], ['a', 'b'])
    >>> table.numbers(["kind"])
    Traceback (most recent call last):
    nn.files.FileError: small.csv: row 1 (line 2), column 'kind': 'a' is not a number
    """
    if "\0" in text:
        raise FileError(f"{name}: not a CSV file: it has a NUL character")
    records = _records(text, name, csv_format.delimiter)
    if not records:
        raise FileError(f"{name}: the file is empty")
    first_line, first = records[0]
    if csv_format.header:
        columns, rows = first, records[1:]
        _check_header(columns, name)
    else:
        columns, rows = tuple([str(number + 1) for number in range(len(first))]), records
    if not rows:
        raise FileError(f"{name}: only a header, no rows of data")
    for line, fields in rows:
        if len(fields) != len(columns):
            expected = "the header" if csv_format.header else f"line {first_line}"
            raise FileError(f"{name}: line {line} has {len(fields)} fields, {expected} has {len(columns)}")
    return Table(name, columns, tuple([fields for _, fields in rows]), tuple([line for line, _ in rows]))


def _records(text: str, name: str, delimiter: str) -> list[tuple[int, tuple[str, ...]]]:
    """Each record that is not blank, with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
    column, count = Counter(columns).most_common(1)[0]
    if count > 1:
        raise FileError(f"{name}: two columns are named {_short(column)}")


def _is_missing(text: str) -> bool:
    return text.casefold() in MISSING


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
