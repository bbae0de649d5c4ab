"""What may be written after an option: each function reads one kind of text, or says what it expected."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable

from nn.data.cells import CellFormat
from nn.data.csv_file import CsvFormat


def count(text: str) -> int:
    """A whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return int(text)


def batch_size(text: str) -> int | str:
    """A whole number of 1 or more, or ``full``."""
    return text if text == "full" else count(text)


def _real(expected: str, accepts: Callable[[float], bool]) -> Callable[[str], float]:
    """The type of an option that is a number."""

    def converted(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not accepts(number):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return number

    return converted


positive = _real("a number above 0", lambda number: 0.0 < number < math.inf)
not_negative = _real("a number of 0 or more", lambda number: 0.0 <= number < math.inf)
finite = _real("a number", math.isfinite)
below_one = _real("a number from 0 to below 1", lambda number: 0.0 <= number < 1.0)
share = _real("a number between 0 and 1", lambda number: 0.0 < number < 1.0)


def sizes(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    try:
        return tuple([count(size.strip()) for size in text.split(",")])
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers of 1 or more with commas between them, got {text!r}"
        ) from None


def _with_reason(convert: Callable[[str], str]) -> Callable[[str], str]:
    """The function for argparse, which prints the text of an ArgumentTypeError, but not that of a ValueError."""

    def converted(text: str) -> str:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted


delimiter = _with_reason(lambda text: CsvFormat("\t" if text in ("tab", "\\t") else text).delimiter)
encoding = _with_reason(lambda text: CsvFormat(encoding=text).encoding)
decimal = _with_reason(lambda text: CellFormat(decimal=text).decimal)


@_with_reason
def thousands(text: str) -> str:
    """A mark between groups of digits, or ``space``."""
    mark = " " if text == "space" else text
    return CellFormat(decimal="," if mark == "." else ".", thousands=mark).thousands


def missing_texts(text: str) -> tuple[str, ...]:
    """The texts in a line of CSV, each once, sorted."""
    return _in_a_line(text, "texts")


def column_names(text: str) -> tuple[str, ...]:
    """The names in a line of CSV, each once, sorted."""
    return _in_a_line(text, "names of columns")


def _in_a_line(text: str, what: str) -> tuple[str, ...]:
    try:
        names = {name.strip() for name in next(csv.reader([text], strict=True), [])}
    except csv.Error:
        names = set()
    if not names or "" in names:
        raise argparse.ArgumentTypeError(f"expected {what} with commas between them, got {text!r}")
    return tuple(sorted(names))
