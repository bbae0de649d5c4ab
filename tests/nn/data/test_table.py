"""Tables read in other formats, their classes, and their rows with missing values."""

from __future__ import annotations

import re

import pytest

from nn.data.csv_file import CsvFormat, parse_csv
from nn.data.table import Table
from nn.files import FileError
from nn.tabular.columns import Wishes, decide
from nn.tabular.features import Category, Measure


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":", " ", "·"])
def test_other_delimiters(delimiter: str) -> None:
    text = f'size{delimiter}"a, b; or c"\n1.5{delimiter}"x{delimiter}y"\n'
    table = parse_csv(text, "t", CsvFormat(delimiter))
    assert table.columns == ("size", "a, b; or c")
    assert table.rows == (("1.5", f"x{delimiter}y"),)


@pytest.mark.parametrize("delimiter", ["", ",,", "a", "7", '"', "'", ".", "-", "+", "\n", "\r", "\0", "\ud800", "\x7f"])
def test_what_is_no_delimiter(delimiter: str) -> None:
    with pytest.raises(ValueError, match=r"a delimiter is one character such as , ; \| or a tab, not "):
        CsvFormat(delimiter)


def test_without_a_header_the_columns_are_numbered() -> None:
    table = parse_csv("\n1,a\n2,b\n", "t", CsvFormat(header=False))
    assert table.columns == ("1", "2")
    assert table.numbers(["1"]) == [[1.0], [2.0]]
    assert table.lines == (2, 3)
    with pytest.raises(FileError, match=r"^t: line 3 has 1 field, line 2 has 2$"):
        parse_csv("\n1,a\n2\n", "t", CsvFormat(header=False))
    with pytest.raises(FileError, match=r"^t: row 1 \(line 1\), column '1': 'size' is not a number$"):
        parse_csv("size\n1\n", "t", CsvFormat(header=False)).numbers(["1"])
    with pytest.raises(FileError, match=r"^t: the file is empty$"):
        parse_csv("\n", "t", CsvFormat(header=False))


def test_a_table_of_one_column_may_have_another_delimiter() -> None:
    with pytest.raises(FileError, match=r"its columns are 'x;kind' \(only one: is another delimiter in use\? --delim"):
        parse_csv("x;kind\n1;a\n", "t").column("kind")
    with pytest.raises(FileError, match=r"its columns are 'x', 'kind'$"):
        parse_csv("x;kind\n1;a\n", "t", CsvFormat(";")).column("y")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x;kind\n1,5;a\n", '; --delimiter ";" would read 2 columns'),
        ("x\ty\tkind\n1,5\t2\ta\n", "; --delimiter tab would read 3 columns"),
        ("x|y, of z|kind\n1,5|2,5|a\n", '; --delimiter "|" would read 3 columns'),
        ("x\n1,5\n", ""),
        ("x,y;z\n1;2\n", ""),  # no more columns than there are
        ("x,kind\n1;2;3\n", ""),
    ],
)
def test_rows_of_unequal_widths_may_have_another_delimiter(text: str, hint: str) -> None:
    with pytest.raises(FileError, match=r"^t: line 2 has [1-4] fields?, the header has [123]" + re.escape(hint) + "$"):
        parse_csv(text, "t")


def test_rows_with_missing_values_are_left_out_where_asked() -> None:
    table = parse_csv("a,b\n1,x\n,x\n2,NA\n3,nan\n?,?\n4,null\n5,none\n6,N/A\n7,y\n8,y\n", "t")
    complete = decide(table, Wishes("b", "classification")).usable(table, "skip")
    assert complete.rows == (("1", "x"), ("2", "NA"), ("5", "none"), ("7", "y"), ("8", "y"))
    assert complete.lines == (2, 4, 8, 10, 11)
    table = parse_csv("a,b\n1,\n,2\n", "t")
    with pytest.raises(FileError, match=r"^t: every row has a missing value$"):
        decide(table, Wishes("b")).usable(table, "skip")


def test_the_place_of_each_text_among_the_classes() -> None:
    table = parse_csv("kind\nb\na\nb\n", "t")
    assert table.class_numbers("kind", ("a", "b")) == [1, 0, 1]
    with pytest.raises(FileError, match=r"^t: row 2 \(line 3\), column 'kind': 'a' is not among 'b', 'c'$"):
        table.class_numbers("kind", ("b", "c"))
    with pytest.raises(FileError, match=r"row 1 \(line 2\), column 'kind': the value is missing$"):
        parse_csv('kind\n"NA"\n', "t").class_numbers("kind", ("a",))
    assert parse_csv('kind\n"NA"\n', "t").class_numbers("kind", ("NA",)) == [0]


def one_hot(table: Table, names: tuple[str, ...]) -> list[list[float]]:
    return Category("kind", names).encode(table)


def test_one_hot_has_a_single_one_in_each_row() -> None:
    """Against scikit-learn's encoder, where that is installed."""
    texts = ["b", "c", "a", "c", "ä", "1"]
    table, names = parse_csv("kind\n" + "\n".join(texts) + "\n", "t"), tuple(sorted(set(texts)))
    rows = one_hot(table, names)
    assert all(sorted(row) == [0.0] * 4 + [1.0] for row in rows)
    assert [names[row.index(1.0)] for row in rows] == texts
    assert Category("kind", names).n_inputs == 5
    assert Measure.n_inputs == 1
    encoders = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")
    assert rows == encoders.OneHotEncoder().fit_transform([[text] for text in texts]).toarray().tolist()
