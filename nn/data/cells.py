"""What the text in a cell of a table means: a number, a class, or that the value is missing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property

MISSING = (
    *("", "?", "N/A", "n.a.", "#N/A", "#N/A N/A", "#NA", "<NA>", "NaN", "-NaN", "NaT", "null", "(null)", "\\N"),
    *("1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    *("#DIV/0!", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#NAME?"),
)
"""What stands for a missing value in any column, in upper or lower case: what data frames and spreadsheets write."""

MISSING_NUMBERS = ("NA", "None", "-", "--", ".", "..")
"""What stands for a missing value among numbers; among classes it may be one of them, such as NA for North America."""

LARGEST = 1e300
"""Numbers up to this size can be subtracted from each other and summed."""

_SPACES = {" ": " \u00a0\u2007\u2009\u202f"}
"""A space between groups of digits may be any of these, which look alike."""

_MISSING = frozenset(text.casefold() for text in MISSING)
_MISSING_NUMBERS = _MISSING | {text.casefold() for text in MISSING_NUMBERS}


@dataclass(frozen=True)
class CellFormat:
    """How the cells of a table are written.

    Attributes:
        decimal: the decimal mark, a point or a comma.
        thousands: what stands between groups of digits: one of ``, . ' ’ _`` or a space; empty for nothing.
        missing: what stands for a missing value besides :data:`MISSING`, in any case of letters; a number, such as
            -999, does so however it is written.

    Raises:
        ValueError: it is another decimal mark or separator, or one character is both.

    >>> CellFormat(decimal=",", thousands=".").number("1.234,5")
    1234.5
    >>> CellFormat().number("1,234") is None  # never guessed
    True
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.decimal not in (".", ","):
            raise ValueError(f"a decimal mark is . or , and not {self.decimal!r:.40}")
        if self.thousands not in ("", ",", ".", "'", "’", "_", " "):
            raise ValueError(f"a thousands separator is one of , . ' ’ _ or a space, not {self.thousands!r:.40}")
        if self.thousands == self.decimal:
            raise ValueError(f"{self.decimal} cannot be both the decimal mark and the thousands separator")

    def number(self, text: str) -> float | None:
        """The number that a text is; None where it is not one (and nan where it says nan)."""
        plain = self._plain(text)
        if plain is None or "_" in plain:  # 1_000 is a number in Python only
            return None
        try:
            return float(plain)
        except ValueError:
            return None

    def is_missing(self, text: str, is_among_numbers: bool) -> bool:
        """Whether a text stands for a missing value, in a column of numbers or in one of classes."""
        folded = text.casefold()
        return folded in (_MISSING_NUMBERS if is_among_numbers else _MISSING) or self.is_own_missing(text)

    def is_own_missing(self, text: str) -> bool:
        """Whether a text is one of ``missing``, or the same number as one of them.

        >>> CellFormat(missing=("-999", "none given")).is_own_missing("-999.0")
        True
        """
        return bool(self.missing) and self._folded_label(text) in self._own_missing

    def label(self, text: str) -> Decimal | str:
        """What tells one class from another: the exact number, if the text is one, so that 1 and 1.0 are the same.

        >>> CellFormat().label("1.0") == CellFormat().label("1")
        True
        >>> CellFormat().label("9007199254740992") == CellFormat().label("9007199254740993")  # one float, two numbers
        False
        """
        number = self._exact(text)
        return text if number is None else number

    def last_place(self, text: str) -> int | None:
        """The power of ten of a number's last digit: -2 for 3.66, 0 for 750; None where the text is not a number."""
        number = self._exact(text)
        if number is None:
            return None
        exponent = number.as_tuple().exponent
        return exponent if isinstance(exponent, int) else None

    @cached_property
    def _own_missing(self) -> frozenset[Decimal | str]:
        return frozenset(self._folded_label(text) for text in self.missing)

    def _folded_label(self, text: str) -> Decimal | str:
        label = self.label(text)
        return label.casefold() if isinstance(label, str) else label

    def _exact(self, text: str) -> Decimal | None:
        if self.number(text) is None:
            return None
        try:
            number = Decimal(self._plain(text) or "")
        except InvalidOperation:  # an exponent beyond all reason
            return None
        return number if number.is_finite() else None

    def _plain(self, text: str) -> str | None:
        """The text with a decimal point and without separators; None where these are not where they belong."""
        if self.thousands:
            separator = f"[{re.escape(_SPACES.get(self.thousands, self.thousands))}]"
            if re.search(separator, text):
                whole = re.match(rf"[+-]?\d{{1,3}}(?:{separator}\d{{2,3}})*{separator}\d{{3}}(?!\d)", text)
                if whole is None:
                    return None
                rest = text[whole.end() :]
                if re.search(separator, rest):
                    return None
                text = re.sub(separator, "", whole[0]) + rest
        if self.decimal == ",":
            if "." in text:
                return None
            text = text.replace(",", ".")
        return text


PLAIN = CellFormat()


def other_readings(text: str) -> list[tuple[CellFormat, float]]:
    """The numbers that a text would be in other formats, each with the first format that gives it.

    >>> [(cell_format.decimal, cell_format.thousands, number) for cell_format, number in other_readings("1,234")]
    [('.', ',', 1234.0), (',', '', 1.234)]
    >>> other_readings("one")
    []
    """
    readings: dict[float, CellFormat] = {}
    for cell_format in _FORMATS:
        number = cell_format.number(text)
        if number is not None and math.isfinite(number):
            readings.setdefault(number, cell_format)
    return [(cell_format, number) for number, cell_format in readings.items()]


_FORMATS = (
    *[CellFormat(".", thousands) for thousands in ("", ",", " ", "'", "’", "_")],
    *[CellFormat(",", thousands) for thousands in ("", ".", " ", "'", "’", "_")],
)

_AMOUNT = re.compile(r"[+-]?[$€£¥]\s?(.+)|(.+?)\s?[%$€£¥]|\((.+)\)")


def is_amount(text: str) -> bool:
    """Whether a text is a number with a currency or per cent sign, or in brackets, as accountants write debts.

    >>> [is_amount(text) for text in ("$1,200.50", "5 %", "(120)", "120", "(c)")]
    [True, True, True, False, False]
    """
    found = _AMOUNT.fullmatch(text)
    return found is not None and any(other_readings(part) for part in found.groups() if part)


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?"
_HALF = r"[ap]\.?m\.?"
_DATE = re.compile(
    rf"(?:(?:{_WEEKDAY},? )?(?:"
    r"\d{4}([-/._])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})"  # 2010-01-31, 31.1.2010, 1/31/10
    rf"|{_MONTH}[ -]\d{{1,2}},?[ -]\d{{4}}|\d{{1,2}}\.?[ -]{_MONTH},?[ -](?:\d{{4}}|\d{{2}})"  # Jan 31 2010, 31-Jan-10
    rf"|{_MONTH}[ -]\d{{4}}|\d{{4}}[ -]?q[1-4]|q[1-4][ -]?\d{{4}}|\d{{4}}-?w\d{{2}}|\d{{4}}-(?:0[1-9]|1[0-2])"
    r"|(?:0?[1-9]|1[0-2])/(?:19|20)\d{2}"  # 01/2020
    r")(?:,?[T ]\d{1,2}:\d{2}.*)?"
    rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?: ?{_HALF})?|\d{{1,2}} ?{_HALF}"  # 12:30, 7 pm
    r"|\d{8}T\d{4}(?:\d{2})?.*)",  # 20200131T101010
    re.IGNORECASE,
)


def is_date(text: str) -> bool:
    """Whether a text looks like a date or a time of day.

    >>> [is_date(text) for text in ("2010/01/31 00:00", "31.1.2010", "Jan 1 2000", "1974Q1", "2010", "1.5")]
    [True, True, True, True, False, False]
    """
    return _DATE.fullmatch(text) is not None
