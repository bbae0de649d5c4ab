"""CSV files: their text, whatever its encoding, and the table in it."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from nn.data.cells import PLAIN, CellFormat
from nn.data.table import Table, check_size, named_columns, other_delimiter
from nn.files import FileError

ROWS_BEFORE_TELLING = 100
ROWS_BETWEEN_TELLING = 10_000
"""After how many rows progress is told: early once, when the size becomes known, and then from time to time."""

TellRows = Callable[[int, int | None], None]
"""Told while a table is read: how many rows so far, and about how many in all (None where that is not known)."""


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is written.

    Attributes:
        delimiter: the character between two fields: punctuation, a space or a tab. A first line such as ``sep=;``, as
            spreadsheets write it, is heeded instead.
        header: whether the first line names the columns; where it does not, they are called 1, 2, 3 …
        encoding: Python's name for that of the text; a byte order mark of UTF-8, UTF-16 or UTF-32 is heeded instead.
        cells: how numbers and missing values are written.

    Raises:
        ValueError: the delimiter is not one such character, or the encoding is not one of text.
    """

    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    cells: CellFormat = PLAIN

    def __post_init__(self) -> None:
        is_one = len(self.delimiter) == 1 and (self.delimiter.isprintable() or self.delimiter == "\t")
        if not is_one or self.delimiter.isalnum() or self.delimiter in "\"'.+-":
            raise ValueError(f"a delimiter is one character such as , ; | or a tab, not {self.delimiter!r:.40}")
        try:
            "".encode(self.encoding)
        except (LookupError, ValueError):  # unknown, not one of text, or no name at all
            raise ValueError(f"an encoding is one such as utf-8 or latin-1, not {self.encoding!r:.40}") from None


COMMAS = CsvFormat()


def read_csv(path: Path, csv_format: CsvFormat = COMMAS, progress: TellRows | None = None) -> Table:
    """Read a CSV file.

    A line end inside a quoted field is read as a newline, however it is written in the file.

    Args:
        path: the file.
        csv_format: how it is written.
        progress: told from time to time how far the reading has come.

    Raises:
        FileError: the file cannot be read, is not a CSV file, or has more than 20 million fields.
    """
    try:
        with open(path, "rb") as file:
            return _read(file, str(path), csv_format, progress)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None


def parse_csv(text: str, name: str, csv_format: CsvFormat = COMMAS) -> Table:
    """The table in the text of a CSV file.

    Blank lines are skipped, and so are spaces around a field.

    Args:
        text: the file's text.
        name: what messages call the file.
        csv_format: the delimiter, and whether there is a header.

    Raises:
        FileError: the text is empty or not CSV, a row has more or fewer fields than the first, or there are no rows.

    >>> table = parse_csv("size, kind\\n1.5, a\\n2, b\\n", "small.csv")
    >>> table.columns, table.numbers(["size"]), table.column("kind")
    (('size', 'kind'), [[1.5], [2.0]], ['a', 'b'])
    >>> table.numbers(["kind"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nn.files.FileError: small.csv: row 1 (line 2), column 'kind': 'a' is not a number; row 2 (line 3), column 'kind'...
    """
    return _table(io.StringIO(text, newline=""), name, csv_format, _Reading(name, 0, None))


# -- from bytes to text -------------------------------------------------------------------------------------------

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _read(file: io.BufferedReader, name: str, csv_format: CsvFormat, progress: TellRows | None) -> Table:
    start = file.peek(4)[:4]
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), csv_format.encoding)
    width = len("0".encode(encoding)) - len("".encode(encoding))  # how many bytes a character of ASCII has
    reading = _Reading(name, os.fstat(file.fileno()).st_size // max(width, 1), progress)
    lines = io.TextIOWrapper(file, encoding)
    try:
        return _table(lines, name, csv_format, reading)
    except UnicodeError:
        pass
    finally:
        lines.detach()  # the file stays open: whoever opened it closes it
    raise FileError(f"{name}: {_not_decoded(file, encoding)}")


def _not_decoded(file: BinaryIO, encoding: str) -> str:
    place = ""
    if file.seekable():
        file.seek(0)
        try:
            file.read().decode(encoding)
        except UnicodeDecodeError as exact:
            place = f" (byte {exact.start + 1})"
        except UnicodeError:
            pass
    if encoding.startswith("utf-8"):
        return f"not a text file in UTF-8{place}; --encoding says another, such as latin-1 or cp1252 of older programs"
    return f"not a text file in {encoding}{place}; --encoding says another"


# -- from text to rows --------------------------------------------------------------------------------------------


class _Reading:
    """A file while it is being read: what is known of its size, and who is told how far the reading has come."""

    def __init__(self, name: str, n_bytes: int, progress: TellRows | None) -> None:
        self._name = name
        self._n_bytes = n_bytes
        self._progress = progress
        self._n_characters = 0

    def checked(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines, checked for a character that no CSV file has."""
        for line in lines:
            if "\0" in line:
                raise FileError(
                    f"{self._name}: not a CSV file: it has a NUL character; for UTF-16 write "
                    f"--encoding utf-16-{'be' if line.startswith(chr(0)) else 'le'}"
                )
            self._n_characters += len(line)
            yield line

    def tell(self, n_rows: int, n_columns: int) -> None:
        """Tell how many rows there are so far; refuse a table that is, or will be, too large."""
        share = self._n_characters / self._n_bytes if self._n_bytes else 1.0
        expected = max(n_rows, round(n_rows / share))
        check_size(self._name, expected, n_columns)
        if self._progress is not None:
            self._progress(n_rows, expected if self._n_bytes else None)


def _table(lines: Iterable[str], name: str, csv_format: CsvFormat, reading: _Reading) -> Table:
    delimiter, n_skipped, lines = _named_delimiter(iter(lines))
    csv_format = replace(csv_format, delimiter=delimiter or csv_format.delimiter)
    rows, numbers = _records(reading.checked(lines), name, csv_format, n_skipped, reading)
    if not rows:
        raise FileError(f"{name}: the file is empty")
    if not csv_format.header:
        columns = tuple([str(number + 1) for number in range(len(rows[0]))])
        return Table(name, columns, tuple(rows), tuple(numbers), csv_format.cells)
    columns, unnamed = named_columns(rows[0], name)
    if len(rows) == 1:
        raise FileError(f"{name}: only a header, no rows of data")
    return Table(name, columns, tuple(rows[1:]), tuple(numbers[1:]), csv_format.cells, unnamed)


def _named_delimiter(lines: Iterator[str]) -> tuple[str | None, int, Iterator[str]]:
    """The delimiter that a first line such as ``sep=;`` names, how many lines that is, and the other lines."""
    first = next(lines, "")
    found = re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE)
    if found:
        try:
            return CsvFormat(found[1]).delimiter, 1, lines
        except ValueError:
            pass
    return None, 0, itertools.chain([first], lines)


def _records(
    lines: Iterator[str], name: str, csv_format: CsvFormat, n_skipped: int, reading: _Reading
) -> tuple[list[tuple[str, ...]], list[int]]:
    """Each record that is not blank, all of one width, and the number of the line that each ends on."""
    reader = csv.reader(lines, delimiter=csv_format.delimiter, strict=True, skipinitialspace=True)
    records: list[tuple[str, ...]] = []
    numbers: list[int] = []
    width = 0
    try:
        for fields in reader:
            record = tuple(map(str.strip, fields))
            if len(record) < 2 and not any(record):
                continue
            if len(record) != width:
                if records:
                    likely = other_delimiter(records[0], record)
                    fields_here = "1 field" if len(record) == 1 else f"{len(record)} fields"
                    raise FileError(
                        f"{name}: line {reader.line_num + n_skipped} has {fields_here}, "
                        f"{'the header' if csv_format.header else f'line {numbers[0]}'} has {width}"
                        f"{likely and f'; {likely}'}"
                    )
                width = len(record)
            records.append(record)
            numbers.append(reader.line_num + n_skipped)
            if len(records) % ROWS_BETWEEN_TELLING == 0 or len(records) == ROWS_BEFORE_TELLING:
                reading.tell(len(records), width)
    except csv.Error as error:
        raise FileError(f"{name}: not a CSV file: line {reader.line_num + n_skipped}: {error}") from None
    return records, numbers
