"""How a table is read, as the command line's options say."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

from nn import datasets
from nn.data.cells import MISSING, MISSING_NUMBERS, CellFormat
from nn.data.csv_file import CsvFormat, TellRows, read_csv
from nn.data.table import Table
from nn.tabular.columns import MISSING_CHOICES, OptionError
from nn.tabular.new_model import DEFAULT_DATASET, named_data_set


def read_table(options: argparse.Namespace, csv_format: CsvFormat, progress: TellRows | None = None) -> Table:
    """The table in the file or of the data set that the options name; Iris where they name none.

    Raises:
        FileError: the file cannot be read, or is not a table.
    """
    if options.data is None:
        return named_data_set(options).table()
    return read_csv(options.data, csv_format, progress)


def choose_csv_format(options: argparse.Namespace, usual: CsvFormat) -> CsvFormat:
    """How the file is written: as the options say, and as usual where they say nothing.

    Raises:
        OptionError: they say it, but name no file, or what they say does not go together.
    """
    given = {name: getattr(options, name) for name in ONLY_FOR_FILES if getattr(options, name) is not None}
    if options.data is None and given:
        raise OptionError(f"--{next(iter(given)).replace('_', '-')} is for --data FILE.csv")
    cells = usual.cells
    try:
        return CsvFormat(
            given.get("delimiter", usual.delimiter),
            given.get("header", usual.header),
            given.get("encoding", usual.encoding),
            CellFormat(
                given.get("decimal", cells.decimal),
                given.get("thousands", cells.thousands),
                given.get("missing_text", cells.missing),
            ),
        )
    except ValueError as error:
        raise OptionError(f"--decimal, --thousands: {error}") from None


ONLY_FOR_FILES = ("delimiter", "header", "encoding", "decimal", "thousands", "missing_text")
"""The options that say how a file is written."""


# -- the command line ---------------------------------------------------------------------------------------------


def add_source_options(parser: argparse._ActionsContainer, content: str) -> None:
    """The options that say which table to read, and how it is written."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--data", type=Path, metavar="FILE.csv", help=content)
    source.add_argument(
        "--dataset",
        choices=tuple(datasets.ALL),
        metavar="NAME",
        help=f"one that is built in: {', '.join(datasets.ALL)}; default: {DEFAULT_DATASET}",
    )
    parser.add_argument(
        "--delimiter",
        type=_delimiter,
        metavar="CHARACTER",
        help="between two fields, or tab; default: a comma, or what a first line such as sep=; says",
    )
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line names the columns; without, they are called 1, 2, 3 …",
    )
    parser.add_argument(
        "--encoding",
        type=_encoding,
        metavar="NAME",
        help="of the text, such as latin-1 or cp1252; default: utf-8, or what a byte order mark says",
    )
    parser.add_argument("--decimal", type=_decimal, metavar="MARK", help="the decimal mark: . or , ; default: .")
    parser.add_argument(
        "--thousands",
        type=_thousands,
        metavar="MARK",
        help="between groups of digits: , . ' _ or space; default: nothing",
    )


def add_missing_options(parser: argparse._ActionsContainer, skip: str, mean: str, default: str) -> None:
    """The options on missing values; the texts say what ``skip`` and ``mean`` do, and what is done without."""
    spellings = " ".join(MISSING[1:]).replace("%", "%%")
    parser.add_argument(
        "--missing",
        choices=MISSING_CHOICES,
        help=f"where a value is missing: refuse the table, {skip}, or {mean}; default: {default}",
    )
    parser.add_argument(
        "--missing-text",
        type=missing_texts,
        metavar="TEXT,…",
        help=f"what stands for a missing value besides an empty cell and {spellings} in any case of letters, and among "
        f"numbers {' '.join(MISSING_NUMBERS)} as well",
    )


def _with_reason(convert: Callable[[str], str]) -> Callable[[str], str]:
    """The function for argparse, which prints the reason of an ArgumentTypeError, but not that of a ValueError."""

    def converted(text: str) -> str:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted


@_with_reason
def _delimiter(text: str) -> str:
    return CsvFormat("\t" if text in ("tab", "\\t") else text).delimiter


@_with_reason
def _encoding(text: str) -> str:
    return CsvFormat(encoding=text).encoding


@_with_reason
def _decimal(text: str) -> str:
    return CellFormat(decimal=text).decimal


@_with_reason
def _thousands(text: str) -> str:
    mark = " " if text == "space" else text
    return CellFormat(decimal="," if mark == "." else ".", thousands=mark).thousands


def missing_texts(text: str) -> tuple[str, ...]:
    """The texts in a line of CSV, each once, sorted."""
    return tuple(_in_a_line(text, "texts"))


def column_names(text: str) -> list[str]:
    """The names in a line of CSV, each once, sorted."""
    return _in_a_line(text, "names of columns")


def _in_a_line(text: str, what: str) -> list[str]:
    try:
        names = {name.strip() for name in next(csv.reader([text], strict=True), [])}
    except csv.Error:
        names = set()
    if not names or "" in names:
        raise argparse.ArgumentTypeError(f"expected {what} with commas between them, got {text!r}")
    return sorted(names)
