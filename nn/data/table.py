"""A table of texts, and its columns as numbers or classes."""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from nn.data.cells import LARGEST, PLAIN, CellFormat, other_readings
from nn.files import FileError

DELIMITERS = ";\t|,"
"""The delimiters to try where a table seems to use another one than it is read with."""

SHOWN_CELLS = 5
"""This many cells are named where more are faulty."""

MOST_CELLS = 20_000_000
"""A larger table is not read: its texts alone would take some gigabytes."""

BYTES_FOR_A_CELL = 70
"""About how much memory a cell takes: a text and its place in a row."""


@dataclass(frozen=True)
class Types:
    """What a file says of its columns, as Parquet does and CSV does not.

    Attributes:
        texts: the columns of texts, which are not numbers, whatever they look like.
        categories: those of them that hold classes for certain.
        neither: the columns that hold neither numbers nor texts, each with its type.
    """

    texts: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    neither: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """The rows of a table.

    Attributes:
        name: the file's name, for messages.
        columns: their names.
        rows: for each row, its fields, as many as there are columns.
        lines: for each row, the line of the file that it ends on; its number, from 1, where the file has no lines.
        cells: how the fields are written.
        unnamed: the columns that have no name in the file; they are called ``column_1`` and so on, by their place.
        types: what the file says of its columns; None for a file of lines, which says nothing.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    cells: CellFormat = PLAIN
    unnamed: tuple[str, ...] = ()
    types: Types | None = None
    _numbers: dict[str, list[float | None]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, name: str) -> list[str]:
        """A column's texts, taken for classes.

        Raises:
            FileError: there is no such column, or a value in it is missing.
        """
        texts = self.texts(name)
        self.check_complete({name: [None if self.cells.is_missing(text, False) else text for text in texts]})
        return texts

    def numbers(self, names: Iterable[str]) -> list[list[float]]:
        """The rows of some columns, in the order of ``names``, as numbers.

        Raises:
            FileError: there is no such column, or a value in it is missing or not a number.
        """
        columns = {name: self.number_column(name) for name in names}
        self.check_complete(columns)
        return [list(row) for row in zip(*columns.values())]

    def class_numbers(self, name: str, classes: Sequence[str]) -> list[int]:
        """For each row, the place of its text among ``classes``.

        Raises:
            FileError: there is no such column, or a value in it is missing or not among ``classes``.
        """
        column = self.class_column(name, classes)
        self.check_complete({name: column})
        return column  # type: ignore[return-value]

    # -- columns in which values may be missing --------------------------------------------------------------------

    def texts(self, name: str) -> list[str]:
        """A column's texts as they are (FileError where there is no such column, or it is not one of texts)."""
        self.check_column(name)
        if (fault := self.why_unread(name)) is not None:
            raise FileError(f"{self.name}: column {short(name)} {fault}")
        index = self._places[name]
        return [row[index] for row in self.rows]

    def check_column(self, name: str) -> None:
        """Raise a FileError where there is no such column."""
        if name not in self._places:
            hint = self._hint_on_delimiter() if len(self.columns) == 1 and self.types is None else ""
            raise FileError(f"{self.name}: no column {short(name)}; its columns are {listed(self.columns)}{hint}")

    def why_unread(self, name: str) -> str | None:
        """Why a column has no texts; None where it has."""
        kind = None if self.types is None else self.types.neither.get(name)
        return None if kind is None else f"is of type {kind}, neither numbers nor texts"

    def are_texts(self, name: str) -> bool:
        """Whether the file says that a column is one of texts, which are never taken for numbers."""
        return self.types is not None and name in self.types.texts

    def are_classes(self, name: str) -> bool:
        """Whether the file says that a column holds classes."""
        return self.types is not None and name in self.types.categories

    def _hint_on_delimiter(self) -> str:
        likely = other_delimiter(self.columns, self.rows[0]) if self.rows else ""
        return f" (only one: is another delimiter in use?{likely and f' {likely}'})"

    def number_column(self, name: str) -> list[float | None]:
        """A column's numbers, None where the value is missing.

        Raises:
            FileError: there is no such column, or a text in it is not a number; the first of these are named. The
                column is one of texts in a file that says so.
        """
        if name not in self._numbers:
            faults = self.faults()
            self._numbers[name] = self.read_numbers(name, faults)
            faults.check()
        return self._numbers[name]

    def read_numbers(self, name: str, faults: Faults) -> list[float | None]:
        """A column's numbers; None where the value is missing, or is not a number, which is noted in ``faults``."""
        texts = self.texts(name)
        if self.are_texts(name) and not all(self.cells.is_missing(text, True) for text in texts):
            raise FileError(
                f"{self.name}: column {short(name)} is of texts, and numbers are wanted: give it a type of numbers in "
                "the file"
            )
        if (whole := _all_numbers(texts, self.cells)) is not None:
            return whole
        known: dict[str, tuple[float | None, str]] = {}
        numbers: list[float | None] = []
        for row, text in enumerate(texts):
            if text not in known:
                known[text] = self._number_or_fault(text)
            number, fault = known[text]
            numbers.append(number)
            if fault:
                faults.add(row, name, fault, "" if self.cells.number(text) is not None else text)
        return numbers

    def _number_or_fault(self, text: str) -> tuple[float | None, str]:
        """What a text is among numbers: a number, missing (None without a fault), or what is wrong with it."""
        number = None if self.cells.is_own_missing(text) else self.cells.number(text)
        if number is not None and -LARGEST <= number <= LARGEST:
            return number, ""
        if self.cells.is_missing(text, True):
            return None, ""
        limit = f" of up to {LARGEST:g}" if number is not None else ""
        return None, f"{short(text)} is not a number{limit}"

    def class_column(self, name: str, classes: Sequence[str]) -> list[int | None]:
        """For each row the place of its text among ``classes``, None where the value is missing.

        Classes that are the same number are the same class.

        Raises:
            FileError: there is no such column, or a text in it is not among ``classes``; the first of these are named.
        """
        numbers = {self.cells.label(text): number for number, text in enumerate(classes)}
        known: dict[str, tuple[int | None, str]] = {}
        faults = self.faults()
        column: list[int | None] = []
        for row, text in enumerate(self.texts(name)):
            if text not in known:
                number = None if self.cells.is_own_missing(text) else numbers.get(self.cells.label(text))
                is_faulty = number is None and not self.cells.is_missing(text, True)
                known[text] = number, f"{short(text)} is not among {listed(classes)}" if is_faulty else ""
            number, fault = known[text]
            column.append(number)
            if fault:
                faults.add(row, name, fault)
        faults.check()
        return column

    def faults(self) -> Faults:
        """Where faulty cells of this table are noted."""
        return Faults(self)

    def check_complete(self, columns: Mapping[str, Sequence[object | None]], hint: str = "") -> None:
        """Raise a FileError that names the first cells where one of these columns has None."""
        faults = self.faults()
        for name, column in columns.items():
            if None in column:
                for row, value in enumerate(column):
                    if value is None:
                        faults.add(row, name, "the value is missing")
        faults.check(hint)

    def select(self, rows: Sequence[int]) -> Table:
        """The table of some of its rows."""
        texts, lines = tuple([self.rows[row] for row in rows]), tuple([self.lines[row] for row in rows])
        return Table(self.name, self.columns, texts, lines, self.cells, self.unnamed, self.types)

    def place_of(self, row: int) -> str:
        """How messages call a row: by its number among those that are read, and its line in the file."""
        line = self.lines[row]
        return f"row {row + 1} (line {line})" if self.types is None else f"row {line}"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.columns)}


class Faults:
    """The faulty cells of a table: the first few of them, and how many there are."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._first: list[tuple[int, str, str, str]] = []
        self._count = 0

    def add(self, row: int, column: str, fault: str, text: str = "") -> None:
        """Note a cell.

        Args:
            row: its number, from 0.
            column: its name.
            fault: what is wrong with the cell.
            text: what is in it, where it may be a number in another format.
        """
        self._count += 1
        if len(self._first) < SHOWN_CELLS or row < self._first[-1][0]:
            insort(self._first, (row, column, fault, text), key=itemgetter(0))
            del self._first[SHOWN_CELLS:]

    def check(self, hint: str = "") -> None:
        """Raise a FileError with the first cells, row by row, if there are any; the hint says what to do."""
        if not self._count:
            return
        cells = [
            f"{self._table.place_of(row)}, column {short(column)}: {fault}" for row, column, fault, _ in self._first
        ]
        more = self._count - len(cells)
        if more:
            cells.append(f"and {more} more such cell{'s' if more > 1 else ''}")
        hints = [part for part in (_hint(self._first[0][3]), hint) if part]
        raise FileError(f"{self._table.name}: {'; '.join([*cells, *hints])}")


def check_size(name: str, n_rows: int, n_columns: int) -> None:
    """Raise a FileError where a table is too large to be read."""
    if n_rows * n_columns > MOST_CELLS:
        raise FileError(
            f"{name}: about {n_rows:,} rows of {n_columns:,} columns would take "
            f"{n_rows * n_columns * BYTES_FOR_A_CELL / 1e9:.0f} GB of memory to read: at most {MOST_CELLS:,} "
            f"fields are read, so take a sample of {MOST_CELLS // n_columns:,} rows"
        )


def named_columns(names: Sequence[str], name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns' names, and which of them are made up here: data frames write their index without a name."""
    is_named = [re.fullmatch(r"(Unnamed: \d+|__index_level_\d+__)?", column) is None for column in names]
    if not any(is_named):
        raise FileError(f"{name}: no column has a name in the header")
    columns = [
        column if named else f"column_{number}" for number, (column, named) in enumerate(zip(names, is_named), 1)
    ]
    column, count = Counter(columns).most_common(1)[0]
    if count > 1:
        raise FileError(f"{name}: two columns are named {short(column)}")
    return tuple(columns), tuple([column for column, named in zip(columns, is_named) if not named])


def short(text: str) -> str:
    """A text between quotation marks, cut off where it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def listed(names: Sequence[str]) -> str:
    """Texts between quotation marks; where there are many, the first ones and how many more."""
    shown = ", ".join(short(name) for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"


def other_delimiter(first: Sequence[str], second: Sequence[str]) -> str:
    """Which ``--delimiter`` would split two records into equally many fields, more than now; empty where none would.

    >>> other_delimiter(["size;kind"], ["1", "5;apple"])
    '--delimiter ";" would read 2 columns'
    """
    for delimiter in DELIMITERS:
        counts = {sum(field.count(delimiter) for field in record) for record in (first, second)}
        count = counts.pop()
        if not counts and count >= len(first):
            shown = "tab" if delimiter == "\t" else f'"{delimiter}"'
            return f"--delimiter {shown} would read {count + 1} columns"
    return ""


def _all_numbers(texts: Sequence[str], cells: CellFormat) -> list[float | None] | None:
    """The numbers in texts that are all plain, as in most columns: ten times quicker than one by one."""
    if cells.decimal != "." or cells.thousands or cells.missing:
        return None
    try:
        numbers: list[float | None] = list(map(float, texts))
    except ValueError:
        return None
    is_whole = all(-LARGEST <= number <= LARGEST for number in numbers)  # type: ignore[operator]
    return numbers if is_whole and not any("_" in text for text in texts) else None


def _hint(text: str) -> str:
    """Which options would read a text as a number."""
    ways = []
    for cell_format, number in other_readings(text)[:2]:
        options = [] if cell_format.decimal == "." else [f"--decimal {cell_format.decimal}"]
        if cell_format.thousands:
            options.append(f"--thousands {'space' if cell_format.thousands == ' ' else cell_format.thousands}")
        ways.append(f"{' '.join(options) or '--decimal .'} would read {number:.15g}")
    return ", ".join(ways)
