"""What texts mean: numbers in several writings, classes that are the same number, dates, amounts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data.cells import CellFormat, is_amount, is_date, other_readings

GROUPED = CellFormat(thousands=",")


@pytest.mark.parametrize(
    "text",
    [
        "1,2345",
        "12,34",
        ",123",
        "1,,234",
        "1.5,000",
        "1.500,000",
        "1,234e1,000",
        "1,234,",
        "1234,567",
        "1 ,234",
        "-,123",
    ],
)
def test_separators_that_are_not_between_groups_make_no_number(text: str) -> None:
    assert GROUPED.number(text) is None
    assert CellFormat(",", ".").number(text.replace(",", ";").replace(".", ",").replace(";", ".")) is None


@given(st.integers(-(10**15), 10**15), st.integers(0, 6), st.sampled_from([",", ".", " ", "'", "’", "_"]))
def test_what_python_groups_is_read(whole: int, decimals: int, mark: str) -> None:
    number = whole / 10**decimals
    decimal = "," if mark == "." else "."
    text = f"{number:,.{decimals}f}".translate({ord(","): mark, ord("."): decimal})
    assert CellFormat(decimal, mark).number(text) == float(f"{number:.{decimals}f}")
    assert CellFormat(decimal, mark).number(f"{text}e-3") == float(f"{number:.{decimals}f}e-3")


labels = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"[+-]?0{0,2}[0-9]{1,3}(\.0{0,3})?(e[+-]?[0-2])?", fullmatch=True),
)


@given(labels, labels)
def test_labels_are_the_same_where_their_numbers_are(one: str, other: str) -> None:
    cells = CellFormat()
    assert (cells.label(one) == cells.label(other)) == (Fraction(one) == Fraction(other))
    if Fraction(one) == Fraction(other):
        assert hash(cells.label(one)) == hash(cells.label(other))


@pytest.mark.parametrize("text", ["inf", "nan", "1_0", "a", "", "1e99999999999999999999", "0x10", "1,5"])
def test_labels_that_are_no_finite_numbers_are_texts(text: str) -> None:
    assert CellFormat().label(text) == text


@pytest.mark.parametrize(
    ("text", "place"), [("3.66", -2), ("750", 0), ("1e3", 3), ("1.50e-3", -5), ("2.", 0), ("x", None), ("inf", None)]
)
def test_the_place_of_the_last_digit(text: str, place: int | None) -> None:
    assert CellFormat().last_place(text) == place


DATES = (
    "2010-01-31", "2010/1/31", "2010.01.31", "31.1.2010", "31/01/10", "1-31-2010", "2010-01-31 12:30", "12:30:01.5",
    "2010-01-31T12:30:00Z", "2010/01/31 00:00", "Jan 1 2000", "January 31, 2010", "31 Jan 2010", "31-Jan-10",
    "Jan-1-1995", "Jan 2010", "1974Q1", "Q1 1974", "2012-W05", "2012-05", "9:15",
)  # fmt: skip
NO_DATES = (
    "2010", "1.5", "1.5.2", "10.0.0.1", "31-1/2010", "18-25", "-5-3", "Mayor 2000", "march", "Q5 1974", "2012-13",
    "1:2", "a 1:30", "12345-01-01",
)  # fmt: skip


@pytest.mark.parametrize("text", DATES)
def test_dates_and_times_are_known(text: str) -> None:
    assert is_date(text)
    assert is_date(text.upper())
    assert CellFormat().number(text) is None


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


@pytest.mark.parametrize("text", ["$5", "€ 1.234,50", "-$3", "5%", "5 %", "12 €", "(120)", "(1,234.5)"])
def test_amounts_are_known(text: str) -> None:
    assert is_amount(text)
    assert not other_readings(text)


@pytest.mark.parametrize("text", ["5", "%", "$", "()", "(c)", "a%", "5 kg", "$a", "31.1.2010", "1st"])
def test_what_is_no_amount(text: str) -> None:
    assert not is_amount(text)
