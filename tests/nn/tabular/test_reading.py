"""Tables as people have them: each is read as it was meant, or refused in a line that says what to write."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nn.command.main import main
from nn.data.cells import MISSING, MISSING_NUMBERS, CellFormat, is_date
from nn.data.csv_file import CsvFormat, parse_csv, read_csv
from nn.files import FileError
from nn.tabular import model_file
from nn.tabular.columns import Wishes, decide
from nn.tabular.features import Category, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Classes, Quantity

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "2", "--hidden", "2", "--no-drawing", "--overwrite")
SIZES = [round(number * 0.618034 % 1.0 * 10.0 + 0.5, 2) for number in range(60)]
"""Sixty different measurements."""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Run:
    """Trainings and predictions on texts, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def train(self, table: str | bytes, *options: str, target: str = "y") -> str:
        """What a training prints."""
        status, output, errors = self._outcome("train", table, "--target", target, *QUICK, *options)
        assert (status, errors) == (0, "")
        return output

    def model(self, table: str | bytes, *options: str, target: str = "y") -> TrainedModel:
        """The model that a training saves."""
        self.train(table, *options, target=target)
        return model_file.load(Path("model.json"))

    def refused(self, table: str | bytes, *options: str, target: str = "y") -> str:
        """The line that says why a table is not trained on; nothing else is printed, and no file made."""
        before = set(Path().iterdir()) | {Path("table.csv")}
        status, output, errors = self._outcome("train", table, "--target", target, *QUICK, *options)
        assert (status, output) == (2, "")
        assert len(errors.splitlines()) == 1
        assert set(Path().iterdir()) == before
        return errors

    def predict(self, table: str | bytes, *options: str) -> list[str]:
        """The predictions."""
        status, output, errors = self._outcome("predict", table, *options)
        assert (status, errors) == (0, "")
        return output.splitlines()[1:]

    def predict_refused(self, table: str | bytes, *options: str) -> str:
        """The line that says why nothing is predicted."""
        status, output, errors = self._outcome("predict", table, *options)
        assert (status, output) == (2, "")
        assert len(errors.splitlines()) == 1
        return errors

    def _outcome(self, command: str, table: str | bytes, *options: str) -> tuple[int, str, str]:
        Path("table.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
        try:
            status = main([command, "--data", "table.csv", *options])
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        return status, *self._capsys.readouterr()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def table_of(header: str, row: Callable[[int, float], str], delimiter: str = ",") -> str:
    """A table of sixty rows, each made from its number and its measurement."""
    rows = "".join(f"{row(number, size)}\n" for number, size in enumerate(SIZES))
    return f"{header.replace(',', delimiter)}\n{rows}"


NUMBERS = table_of("a,y", lambda number, a: f"{a},{2 * a + 1:.2f}")


# -- what is missing ----------------------------------------------------------------------------------------------


def with_cell(text: str, row: int = 7) -> str:
    """The table of numbers with another target in one row."""
    lines = NUMBERS.splitlines()
    lines[row + 1] = f"{SIZES[row]},{text}"
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    sorted({
        *("#N/A", "#NA", "<NA>", "None", "NaN", "-nan", "NaT", "-", ".", "#DIV/0!", "NA", "none", "NULL", "n/a", "?"),
        *MISSING, *MISSING_NUMBERS,
    }),
)  # fmt: skip
def test_a_missing_number_is_refused_by_its_place_or_its_row_skipped(text: str, run: Run) -> None:
    message = "table.csv: row 8 (line 9), column 'y': the value is missing; --missing skip leaves such rows out"
    assert message in run.refused(with_cell(text))
    output = run.train(with_cell(text), "--skip-missing")
    assert "Left out: 1 row" in output
    assert "Target: y, a number (regression)" in output
    model = Path("model.json").read_bytes()
    run.train(with_cell(text), "--missing", "skip")
    assert Path("model.json").read_bytes() == model


@pytest.mark.parametrize("text", ["NA", "None", "-", "none"])
def test_what_may_be_a_class_is_one_where_no_number_is_missing_so(text: str, run: Run) -> None:
    kinds = table_of("a,y", lambda number, a: f"{a},{(text, 'EU', 'AS')[number % 3]}")
    output = run.train(kinds, "--missing", "skip")
    assert "Target: y, 3 classes" in output
    assert f"Suspicious: 'y' has a class '{text}', which --missing-text " in output
    assert "Left out" not in output
    assert set(run.predict("a\n1\n5\n9\n")) <= {text, "EU", "AS"}
    output = run.train(kinds, "--missing", "skip", "--missing-text", text)
    assert "Left out: 20 rows with a missing value" in output
    assert "Target: y, 2 classes" in output
    spelled_so = kinds.replace(f"{SIZES[1]},EU", f"{text},EU")
    assert "Target: y, 2 classes" in run.train(spelled_so, "--missing", "skip")
    assert "row 1 (line 2), column 'y': the value is missing; row 2 (line 3), column 'a'" in run.refused(spelled_so)


@pytest.mark.parametrize("text", ["", "#N/A", "<NA>", "NaN", "null", "?", "\\N"])
def test_what_no_class_is_called_is_missing_among_classes_too(text: str, run: Run) -> None:
    kinds = table_of("a,y", lambda number, a: f"{a},{text if number == 3 else ('u', 'v')[number % 2]}")
    assert "row 4 (line 5), column 'y': the value is missing" in run.refused(kinds)
    assert "Target: y, 2 classes" in run.train(kinds, "--missing", "skip")


TWO_INPUTS = table_of("a,kind,y", lambda number, a: f"{a},{'uuv'[number % 3]},{3 * a:.1f}")


def test_the_mean_stands_in_where_it_is_asked_to(run: Run) -> None:
    """An input of 0 for a number, the classes' shares for a class: what the mean of the inputs is."""
    gaps = TWO_INPUTS.replace(f"\n{SIZES[4]},", "\nNA,").replace(f"{SIZES[9]},u,", f"{SIZES[9]},,")
    output = run.train(gaps, "--missing", "mean")
    assert "Missing: 2 values, filled in with the mean of the training rows" in output
    assert "Data: table.csv, 60 rows" in output
    model = model_file.load(Path("model.json"))
    measure, category = model.features
    assert isinstance(measure, Measure)
    assert isinstance(category, Category)
    assert category.shares == pytest.approx((2 / 3, 1 / 3), abs=0.1)
    mean = measure.scaler.means[0]
    assert run.predict(f"a,kind\n,u\n{mean!r},u\n") == run.predict(f"a,kind\n{mean!r},u\n{mean!r},u\n")
    lacking = model_file.load(Path("model.json"))
    assert lacking.missing == "mean"
    assert "Left out: 1 row" in run.train(with_cell("NA"), "--missing", "mean")  # no mean stands in for a target


def test_predict_has_a_line_for_each_row_whatever_is_missing(run: Run) -> None:
    run.train(TWO_INPUTS)
    gaps = "a,kind\n5,u\n,v\n3,\n4,v\n"
    message = "row 2 (line 3), column 'a': the value is missing; row 3 (line 4), column 'kind': the value is missing"
    assert message in run.predict_refused(gaps)
    skipped, filled = run.predict(gaps, "--missing", "skip"), run.predict(gaps, "--missing", "mean")
    assert skipped[1:3] == ['""', '""']
    assert [skipped[0], skipped[3]] == [filled[0], filled[3]]
    assert all(re.fullmatch(r"-?\d+\.\d", number) for number in filled)
    assert len(skipped) == len(filled) == 4
    for missing, expected in (("skip", skipped[1:3]), ("mean", filled[1:3])):
        run.train(TWO_INPUTS, "--missing", missing)
        assert run.predict(gaps)[1:3] == expected  # as in training
        assert "the value is missing" in run.predict_refused(gaps, "--missing", "refuse")


def test_further_texts_that_stand_for_a_missing_value(run: Run) -> None:
    unknown = TWO_INPUTS.replace(f"\n{SIZES[4]},", "\nunknown,")
    assert "row 5 (line 6), column 'a': 'unknown' is not a number" in run.refused(unknown)
    assert "Left out: 1 row" in run.train(unknown, "--missing", "skip", "--missing-text", "n.d.,Unknown")
    assert run.predict("a,kind\nUNKNOWN,u\n1,u\n")[0] == '""'
    assert "'unknown' is not a number" in run.predict_refused("a,kind\nunknown,u\n", "--missing-text", "else")
    assert "expected texts with commas between them" in run.refused(unknown, "--missing-text", "")


def test_a_resumed_training_treats_what_is_missing_as_before(run: Run) -> None:
    gaps = TWO_INPUTS.replace(f"\n{SIZES[4]},", "\nNA,")
    run.train(gaps, "--missing", "skip")
    assert "Left out: 1 row" in run.train(gaps, "--resume", "model.json")
    message = "--missing: model.json was trained with skip, not mean"
    assert message in run.refused(gaps, "--resume", "model.json", "--missing", "mean")


# -- how numbers are written --------------------------------------------------------------------------------------


def test_a_decimal_comma_is_read_where_it_is_said(run: Run) -> None:
    commas = table_of("a,y", lambda _, a: f"{a};{2 * a + 1:.2f}".replace(".", ","), ";")
    semicolons = ("--delimiter", ";")
    assert "row 1 (line 2), column 'y': '2,00' is not a number; row 2" in run.refused(commas, *semicolons)
    assert "; --decimal , would read 2\n" in run.refused(commas, *semicolons, "--task", "regression")
    plain = run.model(NUMBERS)
    expected = run.predict("a\n1.5\n20\n")
    model = run.model(commas, *semicolons, "--decimal", ",")
    assert model.network.state_dict() == plain.network.state_dict()
    assert run.predict("a;b\n1,5;0\n20;0\n") == expected  # as in training
    assert run.predict("a\n1.5\n20\n", "--decimal", ".", "--delimiter", ",") == expected
    assert "'1.5' is not a number; --decimal . would read 1.5" in run.predict_refused("a\n1.5\n")


@pytest.mark.parametrize(
    ("mark", "option", "decimal"),
    [
        (",", ",", "."), (".", ".", ","), (" ", "space", "."), ("\u00a0", "space", ","), ("\u202f", "space", "."),
        ("'", "'", "."), ("’", "’", ","), ("_", "_", "."),
    ],
)  # fmt: skip
def test_thousands_are_read_where_it_is_said(mark: str, option: str, decimal: str, run: Run) -> None:
    def grouped(number: float) -> str:
        return f"{number:,.2f}".replace(",", "g").replace(".", decimal).replace("g", mark)

    options = ("--delimiter", ";", "--decimal", decimal)
    large = table_of("a,y", lambda _, a: f"{grouped(1e6 * a)};{grouped(1000 + 1e5 * a)}", ";")
    message = f"row 1 (line 2), column 'y': {grouped(1000 + 1e5 * SIZES[0])!r} is not a number"
    assert message in run.refused(large, *options)
    plain = table_of("a,y", lambda _, a: f"{1e6 * a:.2f},{1000 + 1e5 * a:.2f}")
    expected = run.model(plain).network.state_dict()
    assert run.model(large, *options, "--thousands", option).network.state_dict() == expected
    assert run.predict(f"a;b\n{grouped(2.5e6)};0\n") == run.predict(f"a;b\n2500000{decimal}0;0\n")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("3,66", "--decimal , would read 3.66"),
        ("1,234", "--thousands , would read 1234, --decimal , would read 1.234"),
        ("1.234.567", "--decimal , --thousands . would read 1234567"),
        ("1.234,56", "--decimal , --thousands . would read 1234.56"),
        ("1 234.5", "--thousands space would read 1234.5"),
        ("12,34,567.5", "--thousands , would read 1234567.5"),  # lakhs
        ("1'234", "--thousands ' would read 1234"),
        ("$5", ""),
        ("5 %", ""),
        ("(1,234.50)", ""),
        ("−5", ""),
        ("1,2,3", ""),
        ("1.5.2", ""),
    ],
)
def test_a_number_written_otherwise_is_named_with_the_option_that_reads_it(text: str, hint: str, run: Run) -> None:
    few = table_of("a,y", lambda number, a: f'{a},"{text}"' if number % 20 == 3 else f"{a},{a}")
    line = run.refused(few)
    assert f"row 4 (line 5), column 'y': {text!r} is not a number; row 24 (line 25), column 'y'" in line
    assert "--task classification takes its texts as classes" in line
    if hint:
        assert f"; {hint}; " in line
    else:
        assert "would read" not in line
    as_input = table_of("y,a", lambda number, a: f'{a},"{text}"' if number % 20 == 3 else f"{a},{a}")
    assert f"row 4 (line 5), column 'a': {text!r} is not a number; " in run.refused(as_input)


@pytest.mark.parametrize("text", ["3,66", "1,234", "$5", "5%"])
def test_targets_all_written_otherwise_are_no_classes(text: str, run: Run) -> None:
    """Sixty different ones, or two, of which each comes thirty times."""
    for n_kinds in (2, 60):
        prices = table_of("a,y", lambda number, a: f'{a},"{text[0]}{number % n_kinds + 10}{text[1:]}"')  # noqa: B023
        line = run.refused(prices)
        assert "row 1 (line 2), column 'y': " in line
        assert "and 55 more such cells" in line
        output = run.train(prices, "--task", "classification")
        assert f"Target: y, {n_kinds} classes" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--decimal", ";"), "argument --decimal: a decimal mark is . or , and not ';'"),
        (("--decimal", ""), "argument --decimal: a decimal mark is . or ,"),
        (("--thousands", "x"), "argument --thousands: a thousands separator is one of , . ' ’ _ or a space, not 'x'"),
        (("--thousands", "."), "--thousands: . cannot be both the decimal mark and the thousands separator"),
        (("--decimal", ",", "--thousands", ","), ", cannot be both the decimal mark and the thousands separator"),
        (("--encoding", "utf-99"), "argument --encoding: an encoding is one such as utf-8 or latin-1, not 'utf-99'"),
        (("--encoding", "rot13"), "argument --encoding: an encoding is one such as"),
        (("--encoding", ""), "argument --encoding: an encoding is one such as"),
        (("--missing", "guess"), "argument --missing: invalid choice: 'guess'"),
        (("--leave-out", "y"), "--leave-out: 'y' is the target"),
        (("--leave-out", "b"), "table.csv: no column 'b'; its columns are 'a', 'y'"),
        (("--leave-out", "a"), "table.csv: no columns besides the target 'y' and those left out ('a')"),
        (("--leave-out", "a", "--one-hot", "a"), "--one-hot and --leave-out: 'a' is in both"),
        (("--leave-out", "a,,b"), "argument --leave-out: expected names of columns with commas between them"),
    ],
)
def test_reading_options_that_cannot_be_used(options: tuple[str, ...], message: str, run: Run) -> None:
    assert message in run.refused(NUMBERS, *options)


@pytest.mark.parametrize(
    "options",
    [("--encoding", "utf-8"), ("--decimal", ","), ("--thousands", ","), ("--missing-text", "x"), ("--delimiter", ";")],
)
def test_how_a_file_is_written_is_no_question_of_a_data_set(
    options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--dataset", "moons", *options]) == 2
    assert f"{options[0]} is for --data FILE.csv" in capsys.readouterr().err


# -- what a column is ---------------------------------------------------------------------------------------------


def test_a_column_of_mostly_numbers_has_faulty_cells(run: Run) -> None:
    table = table_of("a,y", lambda number, a: f"{a},{'x' if number in (3, 30) else number % 3}")
    line = run.refused(table)
    assert (
        "row 4 (line 5), column 'y': 'x' is not a number; row 31 (line 32), column 'y': 'x' is not a number; " in line
    )
    assert "Target: y, 4 classes" in run.train(table, "--task", "classification")
    assert "'x' is not a number\n" in run.refused(table, "--task", "regression")


def test_the_faulty_cells_of_all_columns_are_named_together(run: Run) -> None:
    table = table_of("a,b,y", lambda number, a: f"{a},{a},{a}")
    for number, text in ((2, "q"), (40, "r")):
        table = table.replace(f"\n{SIZES[number]},", f"\n{text},")
    for number in range(5, 11):
        table = table.replace(f",{SIZES[number]},{SIZES[number]}\n", f",bad,{SIZES[number]}\n")
    cells = [("3", "a", "q"), *[(str(row), "b", "bad") for row in range(6, 10)]]
    named = "; ".join(
        f"row {row} (line {int(row) + 1}), column '{column}': '{text}' is not a number" for row, column, text in cells
    )
    assert f"table.csv: {named}; and 3 more such cells; --one-hot COLUMN takes" in run.refused(table)


@pytest.mark.parametrize("name", ["name{}", "2020-01-{:02d}", "{0}.{0}.20", "id-{}", "{}:00", "{:04d}-Q1"])
def test_a_class_for_nearly_each_row_is_refused_until_it_is_said(name: str, run: Run) -> None:
    table = table_of("a,y", lambda number, a: f"{a},{name.format(number)}")
    assert "--task classification takes its texts as classes" in run.refused(table)
    assert "Target: y, 60 classes" in run.train(table, "--task", "classification")
    as_input = table_of("y,a,the name", lambda number, a: f"{a},{a},{name.format(number)}")
    line = run.refused(as_input)
    assert "column 'the name' has " in line
    assert "; --leave-out 'the name' leaves it out" in line
    output = run.train(as_input, "--leave-out", "the name")
    assert "Numbers: a\nLeft out: the name (as asked)\n" in output
    assert "Classes: the name (60), each class an input" in run.train(as_input, "--one-hot", "the name")


@pytest.mark.parametrize(
    "date",
    ["2020-0{}-11", "2020/0{}/11 00:00", "11.{}.2020", "{}/11/20", "Jan {} 2000", "{}-Mar-99", "2020Q{}", "0{}:30:00"],
)
def test_dates_are_no_classes_however_few(date: str, run: Run) -> None:
    table = table_of("a,when,y", lambda number, a: f"{a},{date.format(number % 4 + 1)},{a}")
    assert "column 'when' has dates; --leave-out when leaves it out" in run.refused(table)
    assert "column 'when' has dates; --task classification" in run.refused(table.replace(",y", ",z"), target="when")
    assert "Classes: when (4)" in run.train(table, "--one-hot", "when")


@pytest.mark.parametrize(
    ("column", "oddity"),
    [
        (lambda number: str(number), "numbers the rows"),
        (lambda number: f"{60 - number}.0", "numbers the rows"),
        (lambda number: f"2020{number % 12 + 1:02d}{number % 28 + 1:02d}", "has dates written as numbers"),
        (lambda number: "0.35", "has only one value"),
        (lambda number: "same", "has only one class"),
        (lambda number: str(2000 + number), None),
        (lambda number: f"{number}.5", None),
        (lambda number: "uv"[number % 2], None),
    ],
)
def test_odd_inputs_are_named(column: Callable[[int], str], oddity: str | None, run: Run) -> None:
    output = run.train(table_of("odd,a,y", lambda number, a: f"{column(number)},{a},{a}"))
    assert [line for line in output.splitlines() if line.startswith("Suspicious")] == (
        [f"Suspicious: 'odd' {oddity}"] if oddity else []
    )


def test_a_header_of_numbers_is_named(run: Run) -> None:
    rows = NUMBERS.partition("\n")[2]
    message = "Suspicious: the header has only numbers; --no-header reads the first line as a row"
    assert message in run.train(f"3.5,8\n{rows}", target="8")
    assert "Suspicious" not in run.train(rows, "--no-header", target="2")
    assert "Suspicious" not in run.train(f"1999,y\n{rows}")


def test_whole_numbers_are_classes_where_they_are_few_and_come_again(run: Run) -> None:
    rows = "".join(f"{number / 7},{number + 1}\n" for number in range(8))
    assert "Target: y, a number (regression)" in run.train(f"a,y\n{rows}")
    assert "Target: y, 8 classes" in run.train(f"a,y\n{rows}", "--task", "classification")
    assert "Target: y, 8 classes" in run.train(f"a,y\n{rows}{rows}")


# -- classes that are numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spellings", "names"),
    [
        ((["0", "0.0"], ["1", "1.0"]), ("0", "1")),
        ((["0", "-0", "0e5"], ["1", "+1", "1.00", "10e-1"]), ("0", "1")),
        ((["9007199254740992"], ["9007199254740993", "9007199254740993.0"]), ("9007199254740992", "9007199254740993")),
        ((["1", "1.0"], ["1.5"]), ("1", "1.5")),
        ((["one"], ["1", "01"]), ("1", "one")),
    ],
)
def test_labels_that_are_the_same_number_are_the_same_class(
    spellings: tuple[list[str], ...], names: tuple[str, ...], run: Run
) -> None:
    def label(number: int) -> str:
        return spellings[number % 2][number // 2 % len(spellings[number % 2])]

    task = ("--task", "classification")
    model = run.model(table_of("a,y", lambda number, a: f"{a},{label(number)}"), *task)
    assert isinstance(model.target, Classes)
    assert model.target.names == names
    assert set(run.predict("a\n1\n9\n")) <= set(names)
    as_input = table_of("k,y", lambda number, a: f"{label(number)},{a}")
    (category,) = run.model(as_input, "--one-hot", "k").features
    assert isinstance(category, Category)
    assert category.names == names
    for own in spellings:
        assert len(set(run.predict("k\n" + "\n".join(own) + "\n"))) == 1
    assert "'7' is not among" in run.predict_refused("k\n7\n")


# -- files of other makes -----------------------------------------------------------------------------------------


def test_spaces_before_a_quote_are_skipped(run: Run) -> None:
    spaced = table_of("a,k,y", lambda number, a: f' "{a}", "x, {number % 2}",  {a}')
    plain = table_of("a,k,y", lambda number, a: f'{a},"x, {number % 2}",{a}')
    assert run.model(spaced).network.state_dict() == run.model(plain).network.state_dict()
    both = table_of("a,y", lambda number, a: f'{a},{" " * (number % 3)}"{"yes" if number % 2 else "no"}"')
    assert "Target: y, 2 classes" in run.train(both)


@pytest.mark.parametrize("header", [",a,y", '"",a,y', "Unnamed: 0,a,y", " ,a,y"])
def test_an_index_without_a_name_is_no_input(header: str, run: Run) -> None:
    indexed = table_of(header, lambda number, a: f"{number},{a},{2 * a + 1:.2f}")
    output = run.train(indexed)
    assert "Numbers: a\nLeft out: column_1 (it has no name)\n" in output
    weights = model_file.load(Path("model.json")).network.state_dict()
    assert weights == run.model(NUMBERS).network.state_dict()
    assert run.predict("a\n5\n") == run.predict(",a\nz,5\n")
    assert "Numbers: column_1, a" not in run.train(indexed, "--resume", "model.json")
    assert "Classes: column_1 (60)" in run.train(indexed, "--one-hot", "column_1")  # named, it is an input


def test_a_column_without_values_is_no_input(run: Run) -> None:
    trailing = table_of("a,empty,y,", lambda _, a: f"{a},NA,{2 * a + 1:.2f},")
    assert "Left out: empty (it has no values), column_4 (it has no name)\n" in run.train(trailing)


@pytest.mark.parametrize(("line", "delimiter"), [("sep=;", ";"), ("SEP=|", "|"), ('"sep=;"', ";"), ("sep=\t", "\t")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_that_names_the_delimiter_is_heeded(line: str, delimiter: str, end: str, run: Run) -> None:
    text = f"{line}\n{NUMBERS.replace(',', delimiter)}".replace("\n", end)
    assert run.model(text).network.state_dict() == run.model(NUMBERS).network.state_dict()
    assert "line 9 has 1 field, the header has 2" in run.refused(text.replace(f"{SIZES[6]}{delimiter}", ""))


WORDS = table_of("größe,y", lambda number, a: f"{a},{('groß', 'klein')[number % 2]}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_by_its_mark(encoding: str, run: Run) -> None:
    model = run.model(WORDS.encode(encoding))
    assert isinstance(model.target, Classes)
    assert model.target.names == ("groß", "klein")
    assert set(run.predict("größe\n1\n".encode(encoding))) <= {"groß", "klein"}
    assert run.model(WORDS.encode("utf-8-sig"), "--encoding", "latin-1").target == model.target  # the mark is heeded


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\x00\x00\xfe\xff"])
def test_unicode_of_the_other_byte_order(mark: bytes, run: Run) -> None:
    encoding = "utf-16-be" if len(mark) == 2 else "utf-32-be"
    assert "Target: y, 2 classes" in run.train(mark + WORDS.encode(encoding))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp437", "utf-16-le"])
def test_other_encodings_are_read_where_they_are_said(encoding: str, run: Run) -> None:
    content = WORDS.encode(encoding)
    assert "--encoding" in run.refused(content)
    model = run.model(content, "--encoding", encoding)
    assert isinstance(model.target, Classes)
    assert model.target.names == ("groß", "klein")
    assert len(run.predict("größe\n1\n".encode(encoding))) == 1  # as in training
    assert len(run.predict("größe\n1\n".encode(), "--encoding", "utf-8")) == 1


def test_what_is_not_in_the_encoding_is_named_by_its_byte(run: Run) -> None:
    message = "not a text file in UTF-8 (byte 3); --encoding says another, such as latin-1"
    assert message in run.refused(WORDS.encode("latin-1"))
    assert "not a text file in ascii (byte 3); --encoding" in run.refused(WORDS, "--encoding", "ascii")
    half = WORDS.encode("utf-16")[:-1]
    assert "not a text file in utf-16" in run.refused(half)


# -- predictions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "form", "pattern"),
    [
        (100.0, "{:.0f}", r"-?\d+"),
        (1.0, "{:.1f}", r"-?\d+\.\d"),
        (1.0, "{:.3f}", r"-?\d+\.\d{3}"),
        (1e-199, "{:.2e}", r"-?\d\.\d{1,4}e-\d+"),
        (1e150, "{:.1e}", r"-?\d\.\d{1,3}e\+1\d\d"),
    ],
)
def test_predictions_have_the_digits_of_the_data(factor: float, form: str, pattern: str, run: Run) -> None:
    run.train(table_of("a,y", lambda _, a: f"{a},{form.format(a * factor)}"), "--task", "regression")
    predictions = run.predict("a\n1\n5\n9\n")
    assert all(re.fullmatch(pattern, prediction) for prediction in predictions), predictions


def test_all_digits_of_a_float_are_written_where_the_data_has_them(run: Run) -> None:
    model = run.model(table_of("a,y", lambda _, a: f"{a},{a / 3.0!r}"))
    assert isinstance(model.target, Quantity)
    prediction = 1.2345678901234567
    assert float(model.target.written(prediction)) == pytest.approx(prediction, rel=1e-15)


def test_equal_targets_have_no_variance_to_explain(run: Run) -> None:
    """All of them, but for rounding; those of the test rows alone."""
    equal = table_of("a,y", lambda number, a: f"{a},{0.1 + 0.2 if number % 2 else 0.3!r}")
    assert "column 'y' has only one value, up to rounding: there is nothing to learn from it" in run.refused(equal)
    output = run.train("a,y\n1,2.5\n2,2.5\n3,2.5\n4,2.5\n5,2.5\n6,7.5\n", "--seed", "1")
    assert "no R^2: the targets are equal, so there is no variance to explain" in output
    assert "e+" not in output


# -- large files --------------------------------------------------------------------------------------------------


def test_reading_is_told_from_the_beginning() -> None:
    path = Path("long.csv")
    path.write_text("a,y\n" + "1.5,2.5\n" * 25_000, encoding="utf-8")
    told: list[tuple[int, int | None]] = []
    table = read_csv(path, progress=lambda n_rows, expected: told.append((n_rows, expected)))
    assert [n_rows for n_rows, _ in told] == [100, 10_000, 20_000]
    assert all(expected is not None and abs(expected - 25_000) < 1500 for _, expected in told)
    assert len(table.rows) == 25_000
    path.write_text("a;y\n" + "1,5;2,5\n" * 25_000, encoding="utf-16")
    told.clear()
    read_csv(path, CsvFormat(";"), lambda n_rows, expected: told.append((n_rows, expected)))
    assert all(expected is not None and abs(expected - 25_000) < 1500 for _, expected in told)


def test_a_table_too_large_is_refused_before_it_is_read() -> None:
    """A hole of a terabyte behind the first rows: nobody reads through that."""
    path = Path("huge.csv")
    with open(path, "wb") as file:
        file.write(b"a,y\n" + b"1.5,2.5\n" * 5000)
        file.truncate(10**12)
    message = (
        r"huge\.csv: about 1\d\d,\d{3},\d{3},\d{3} rows of 2 columns would take 1\d{4} GB of memory to read: at most "
    )
    with pytest.raises(FileError, match=message + r"20,000,000 fields are read, so take a sample of 10,000,000 rows$"):
        read_csv(path)


def test_many_columns_are_decided_on_one_by_one() -> None:
    names = [f"c{number}" for number in range(10_000)]
    row = ",".join(str(number % 7 + 0.5) for number in range(10_000))
    text = f"{','.join(names)}\n" + "".join(f"{number}{row[1:]}\n" for number in range(12))
    columns = decide(parse_csv(text, "wide"), Wishes("c0"))
    assert list(columns.inputs) == names[1:]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_read_as_a_file() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_text(NUMBERS, encoding="utf-8"))
    writer.start()
    assert len(read_csv(Path("pipe")).rows) == 60
    writer.join()


@pytest.mark.parametrize("cell", ["-999", "-999.0", "-9.99e2", "-0999"])
def test_a_number_may_stand_for_a_missing_value(cell: str) -> None:
    cells = CellFormat(missing=("-999",))
    table = parse_csv(f"x,kind\n1,a\n{cell},{cell}\n-99,b\n", "t.csv", CsvFormat(cells=cells))
    assert table.number_column("x") == [1.0, None, -99.0]
    assert table.class_column("kind", ["a", "b"]) == [0, None, 1]


def test_a_class_that_is_said_to_be_missing_is_none() -> None:
    table = parse_csv("kind\na\nB\n", "t.csv", CsvFormat(cells=CellFormat(missing=("b",))))
    assert table.class_column("kind", ["a", "B"]) == [0, None]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_refused_with_the_encoding_that_reads_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,2\n".encode(encoding))
    with pytest.raises(FileError, match=f"for UTF-16 write --encoding {encoding}$"):
        read_csv(path)
    assert read_csv(path, CsvFormat(encoding=encoding)).numbers(["a", "b"]) == [[1.0, 2.0]]


def test_hours_of_training_on_very_many_classes_want_their_epochs_said(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nn.command.train.MOST_REPLAYED_OUTPUTS", 3)
    monkeypatch.setattr("nn.command.train.WEIGHTS_PER_SECOND", 5)
    table = "a,y\n" + "".join([f"{number / 7},c{number % 4}\n" for number in range(40)])
    Path("many.csv").write_text(table)
    status = main(["train", "--data", "many.csv", "--target", "y", "--hidden", "4"])
    output, errors = capsys.readouterr()
    assert (status, output) == (2, "")  # 5 weights for each of 4 classes in 40 rows: 160 s for an epoch
    assert "with 4 classes and 40 rows an epoch would take about 3 min, and 100 of them 4 h 27 min: --epochs" in errors
    assert "Saved to" in run.train(table, "--hidden", "4")  # where the epochs are given


@pytest.mark.parametrize(
    "text",
    ["Mon 5 Jan 2020", "Monday, January 5, 2020", "10:30 PM", "7 a.m.", "2020_01_31", "20200131T101010", "01/2020"],
)
def test_more_ways_to_write_dates(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text", ["Monday", "1/2", "13/2020", "10 PMs", "2020", "am", "5 ms", "1_000_000", "monetary 5"]
)
def test_what_is_no_date(text: str) -> None:
    assert not is_date(text)


@pytest.mark.parametrize("others", [("true", "True"), ("\u00e9", "e\u0301"), ("5 kg", "5\u00a0kg")])
def test_classes_that_look_alike_are_suspicious(others: tuple[str, str]) -> None:
    rows = "".join([f"{number},{(*others, 'other')[number % 3]}\n" for number in range(12)])
    columns = decide(parse_csv(f"x,y\n{rows}", "t.csv"), Wishes("y"))
    assert [each for each in columns.suspicions if "alike" in each] == [
        f"'y' has classes that look alike: {', '.join(map(repr, sorted(others)))}"
    ]
