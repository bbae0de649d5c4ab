"""Files that are no good tables, made by the hundred: each ends in an answer or in one clear line."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from nn.command.main import main
from nn.data import csv_file
from nn.data.cells import MISSING, MISSING_NUMBERS, CellFormat
from nn.data.csv_file import CsvFormat, parse_csv, read_csv
from nn.files import FileError
from tests.support.seeds import seeded

pytestmark = pytest.mark.slow

DELIMITERS = (",", ";", "\t", "|")
PIECES = (
    b"", b" ", b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\n\n\n", b",,,,", b'"', b'""', b'"a,b"', b'"c\nd"',
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[31m", b"\\", b"'", b"#", b"=1+1", b"NA", b"?", b"nan",
    b"inf", b"-1e400", b"1e150", b"1e-320", b"-0", b"0x10", b"1_0", b"1,5", b"9" * 5000, b"x,y,z", b'\n"', b';"', b',"',
    b"y" * 140_000, b"y" * 140_000, b"y" * 140_000,
    "größe".encode(), "größe".encode("latin-1"), "\u2028".encode(), "٣".encode(), "\U0001f427".encode(),
)  # fmt: skip
FIELDS = (
    "1",
    "2",
    "2.5",
    "-3",
    "1e3",
    "1e150",
    "1e-160",
    "0",
    "a",
    "b",
    "a b",
    "",
    "NA",
    "ä",
    'say "a"',
    "a,b",
    "c\nd",
)
NUMBERS = ("1", "2", "2.5", "-3", "1e3", "0", "7", "1e150", "1e-160", " 4 ")
OTHER_NUMBERS = (
    *NUMBERS,
    "3,66",
    "1,234",
    "1.234,5",
    "1 000",
    "1'000",
    "$5",
    "5%",
    "#N/A",
    "-",
    "NA",
    "NaN",
    "inf",
    "−1",
)
LABELS = ("a", "b", "1", "1.0", "2", "02", "NA", "None", "-", " a")
DATES = ("2020-01-31", "31.1.2020", "Jan 1 2000", "20200131")


def a_table(generator: random.Random, delimiter: str) -> bytes:
    """A CSV file as a program would write it, of few columns and rows, mostly with numbers in it."""
    n_columns, n_rows = generator.choice((1, 2, 3, 3, 4)), generator.choice((0, 1, 2, 5, 9, 12, 12, 20, 20))
    fields = generator.choice((NUMBERS,) * 8 + (FIELDS, OTHER_NUMBERS, DATES, LABELS))
    labels = generator.choice((("a", "b", "1", "2"), ("a", "b"), ("a", "b"), LABELS, NUMBERS, OTHER_NUMBERS))
    header = [generator.choice(("x", "x", "")), "y", "größe", "the x", "target"][-n_columns:]
    rows = [
        [*[generator.choice(fields) for _ in range(n_columns - 1)], generator.choice(labels)] for _ in range(n_rows)
    ]
    text = written([header, *rows], delimiter, generator.choice(("\n", "\r\n")))
    if generator.random() < 0.1:
        text = f"sep={generator.choice(DELIMITERS)}\n{text}"
    return text.replace('"', generator.choice(('"', '"', ' "'))).encode()


def written(rows: Iterable[list[str]], delimiter: str, line_end: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def a_hostile_file(generator: random.Random, delimiter: str) -> bytes:
    """A table in some encoding with some damage, or bytes without any plan."""
    if generator.random() < 0.1:
        return b"".join(generator.choices(PIECES, k=generator.randrange(12)))
    content = a_table(generator, delimiter)
    encoding = generator.choice(("utf-8",) * 6 + ("utf-8-sig",) * 4 + ("utf-16", "utf-16-le", "utf-32", "latin-1"))
    content = content.decode().encode(encoding, "replace")
    for _ in range(generator.choice((0, 0, 0, 0, 1, 2, 5))):
        start = generator.randrange(len(content) + 1)
        match generator.randrange(4):
            case 0:
                content = content[:start] + generator.choice(PIECES) + content[start:]
            case 1:
                content = content[:start] + content[start + generator.randrange(5) :]
            case 2:
                content = content[:start]
            case 3:
                content = content[:start] + bytes([generator.randrange(256)]) + content[start + 1 :]
    return content


KINDS_OF_DAMAGE = (
    "not a text file in UTF-8", "not a text file in utf-16", "only a header", "the header has", "the file is empty",
    "NUL character", "field larger than", "expected after '\"'", "unexpected end of data",
)  # fmt: skip


def check_one_line(message: str) -> None:
    assert message.strip()
    assert len(message) < 1000
    assert len(message.splitlines()) == 1


@pytest.mark.seeded
def test_a_thousand_hostile_files_are_read_or_refused(tmp_path: Path) -> None:
    """What is read has as many fields in each row as columns, and its numbers are finite."""
    outcomes: Counter[str] = Counter()
    path = tmp_path / "hostile.csv"
    for seed in range(1000):
        generator = seeded("hostile file", seed)
        delimiter = generator.choice(DELIMITERS)
        path.write_bytes(a_hostile_file(generator, delimiter))
        if generator.random() < 0.2:
            delimiter = generator.choice(DELIMITERS)
        try:
            encoding = generator.choice(("utf-8", "utf-8", "utf-8", "latin-1", "utf-16-le"))
            table = read_csv(path, CsvFormat(delimiter, generator.random() < 0.8, encoding))
        except FileError as error:
            check_one_line(str(error))
            outcomes["refused"] += 1
            outcomes.update(kind for kind in KINDS_OF_DAMAGE if kind in str(error))
            continue
        outcomes["read"] += 1
        assert table.rows
        assert len(table.lines) == len(table.rows)
        assert len(set(table.columns)) == len(table.columns)
        assert all(len(row) == len(table.columns) for row in table.rows)
        for name in table.columns:
            try:
                numbers = table.numbers([name])
            except FileError as error:
                check_one_line(str(error))
                outcomes["no numbers"] += 1
            else:
                outcomes["numbers"] += 1
                assert all(table.cells.number(text) is not None for text in table.column(name))
                assert all(math.isfinite(row[0]) for row in numbers)
    assert min(outcomes[kind] for kind in ("refused", "read", "no numbers", "numbers")) > 200, outcomes
    assert all(outcomes[kind] for kind in KINDS_OF_DAMAGE), outcomes


@pytest.mark.seeded
def test_six_hundred_hostile_files_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training on each, and predicting for each with the last model: status 0, or one line that says why not."""
    monkeypatch.chdir(tmp_path)
    path, outcomes = Path("hostile.csv"), Counter[str]()
    for seed in range(600):
        generator = seeded("hostile file on the command line", seed)
        delimiter = generator.choice(DELIMITERS)
        path.write_bytes(a_hostile_file(generator, delimiter))
        options = ["--delimiter", delimiter] if generator.random() < 0.9 else []
        columns = ["--no-header", "--target", "2"] if generator.random() < 0.1 else ["--target", "target"]
        for name, arguments in (
            ("--one-hot", ["the x"]), ("--leave-out", ["größe"]), ("--activation", ["relu"]),
            ("--missing", [generator.choice(("refuse", "skip", "mean"))]), ("--missing-text", ["b,$5"]),
            ("--decimal", [generator.choice((",", "."))]), ("--thousands", [generator.choice(("'", "space"))]),
            ("--encoding", [generator.choice(("latin-1", "utf-8", "utf-8", "utf-16"))]),
            ("--task", [generator.choice(("regression", "classification"))]),
        ):  # fmt: skip
            if generator.random() < 0.1:
                options += [name, *arguments]
        command = ["train", "--data", str(path), *columns, *options, "--epochs", "1", "--hidden", "2", "--overwrite"]
        outcomes[f"train {outcome(command)}"] += 1
        if Path("model.json").exists():
            outcomes[f"predict {outcome(['predict', '--data', str(path)])}"] += 1
        assert {file.name for file in tmp_path.iterdir()} <= {"hostile.csv", "model.json", "model.svg"}
    assert min(outcomes[kind] for kind in ("train 0", "train 2", "predict 0", "predict 2")) > 30, outcomes


def outcome(command: list[str]) -> int:
    """The exit status; on stderr there is nothing if it is 0, and else one line, with nothing on stdout before it."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(command)
    if status == 0:
        assert not errors.getvalue()
        assert output.getvalue()
    else:
        check_one_line(errors.getvalue())
        assert errors.getvalue().startswith(f"python -m nn {command[0]}: ")
        assert status == 1 or not output.getvalue()
    return status


@pytest.mark.seeded
def test_what_a_csv_writer_wrote_comes_back(tmp_path: Path) -> None:
    """Five hundred tables of awkward texts, with each way of quoting, delimiter, line end and byte order mark."""
    path = tmp_path / "table.csv"
    alphabet = "ab1 ,;|\t\"'\n\\#äß\u2028\U0001f427"
    for seed in range(500):
        generator = seeded("written table", seed)
        n_columns = generator.randrange(1, 6)
        columns = [f'column {number}, or "{generator.choice("abc")}"' for number in range(n_columns)]
        rows = [
            [
                "x" + "".join(generator.choices(alphabet, k=generator.randrange(8))) + generator.choice("yz")
                for _ in range(n_columns)
            ]
            for _ in range(generator.randrange(1, 6))
        ]
        delimiter, has_header = generator.choice(DELIMITERS), generator.random() < 0.7
        quoting = generator.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
        text = written([columns, *rows] if has_header else rows, delimiter, generator.choice(("\n", "\r\n")), quoting)
        path.write_bytes(text.encode(generator.choice(("utf-8", "utf-8-sig"))))
        table = read_csv(path, CsvFormat(delimiter, has_header))
        assert list(table.columns) == (columns if has_header else [str(number + 1) for number in range(n_columns)])
        assert [list(row) for row in table.rows] == rows, seed


class Compared(str):
    """A field that counts how often any of them is compared with another."""

    __slots__ = ()
    __hash__ = str.__hash__
    n_times = 0

    def __eq__(self, other: object) -> bool:
        Compared.n_times += 1
        return super().__eq__(other)

    def strip(self, characters: str | None = None) -> Compared:
        return Compared(str.strip(self, characters))


def test_the_names_of_a_wide_header_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "str", Compared, raising=False)
    monkeypatch.setattr(Compared, "n_times", 0)
    names = ",".join(map(str, range(2_000)))
    columns = parse_csv(f"{names}\n{names}\n", "wide").columns
    assert {type(column) for column in columns} == {Compared}
    assert len(columns) == 2_000
    assert Compared.n_times <= 2 * 2_000  # each with each would be four million


MARKS = [(".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", "\u00a0"), (".", "'"), (",", "\u202f")]


def number_as(number: float, decimal: str, thousands: str, generator: random.Random) -> str:
    """A number with two decimals in some writing; a great one with groups of digits or without."""
    grouping = thousands if generator.random() < 0.7 else ""
    text = f"{number:,.2f}".translate({ord(","): grouping, ord("."): decimal})
    return f"+{text}" if number > 0 and generator.random() < 0.1 else text


def label_as(label: float | str, decimal: str, generator: random.Random) -> str:
    """A class that is a number in one of the ways that it can be written in."""
    if isinstance(label, str):
        return label
    text = generator.choice((f"{label:g}", f"{label:.1f}", f"{label:.3f}", f"{label:e}", f"0{label:g}"))
    return text.replace(".", decimal)


@pytest.mark.seeded
def test_numbers_classes_and_gaps_come_back_however_they_are_written(tmp_path: Path) -> None:
    """Four hundred tables in any encoding, with any delimiter, decimal mark, separator and sign of what is missing."""
    path = tmp_path / "table.csv"
    for seed in range(400):
        generator = seeded("table written in some way", seed)
        decimal, thousands = generator.choice(MARKS)
        delimiter = generator.choice([mark for mark in DELIMITERS if mark != decimal])
        labels: tuple[float | str, ...] = generator.choice(((0.0, 1.0), (1.0, 2.5, 30.0), ("groß", "klein", 7.0)))
        n_rows = generator.randrange(1, 30)
        numbers = [generator.choice((1.0, 1e3, 1e6)) * round(generator.uniform(-9, 9), 3) for _ in range(n_rows)]
        numbers = [round(number, 2) for number in numbers]
        classes = [generator.choice(labels) for _ in range(n_rows)]
        gaps = [generator.random() < 0.1 for _ in range(n_rows)]
        missing = generator.choice((*MISSING, *MISSING_NUMBERS, "n.d."))
        rows = [
            [
                str(row),
                missing if gap else number_as(number, decimal, thousands, generator),
                label_as(label, decimal, generator),
            ]
            for row, (number, label, gap) in enumerate(zip(numbers, classes, gaps))
        ]
        quoting = generator.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
        text = written([["", "size", "kind"], *rows], delimiter, generator.choice(("\n", "\r\n")), quoting)
        if quoting == csv.QUOTE_ALL and generator.random() < 0.5:
            text = text.replace(f'{delimiter}"', f'{delimiter}  "')
        named = generator.random() < 0.3
        encoding = generator.choice(("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "utf-16-be"))
        text = text.replace("\u202f", "\u00a0") if encoding in ("latin-1", "cp1252") else text
        path.write_bytes((f"sep={delimiter}\n{text}" if named else text).encode(encoding))
        marked = encoding in ("utf-8-sig", "utf-16", "utf-32")
        cells = CellFormat(decimal, " " if thousands.isspace() else thousands, ("N.D.",))
        csv_format = CsvFormat("," if named else delimiter, encoding="ascii" if marked else encoding, cells=cells)
        table = read_csv(path, csv_format)
        assert table.unnamed == ("column_1",)
        assert table.number_column("size") == [None if gap else number for number, gap in zip(numbers, gaps)], seed
        names = [label if isinstance(label, str) else f"{label:g}".replace(".", decimal) for label in labels]
        assert table.class_column("kind", names) == [labels.index(label) for label in classes], seed
