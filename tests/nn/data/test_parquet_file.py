"""Parquet files train the models that their CSV copies do; what their types say is heeded, and nothing is guessed."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import random
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from nn.command.main import main
from nn.data import table as table_room
from nn.data.csv_file import parse_csv
from nn.data.parquet_file import is_parquet, read_parquet
from nn.files import FileError
from nn.tabular.columns import Wishes, decide

pa = pytest.importorskip("pyarrow")
csv = pytest.importorskip("pyarrow.csv")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "2", "--hidden", "2", "--no-drawing", "--overwrite")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(columns: dict[str, Any], name: str = "table.parquet") -> Path:
    parquet.write_table(pa.table(columns), name)
    return Path(name)


def measured(n_rows: int = 60) -> list[float]:
    generator = random.Random(3)
    return [round(generator.uniform(0.5, 9.5), 2) for _ in range(n_rows)]


# -- the same model ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target"), [("iris", "species"), ("penguins", "species"), ("penguins", "body_mass_g")]
)
def test_a_csv_file_and_its_parquet_copy_train_the_same_model(
    name: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = files("nn.datasets").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    Path("table.csv").write_text(text, encoding="utf-8")
    parquet.write_table(csv.read_csv("table.csv"), "table.parquet")
    models, predictions = [], []
    for data in ("table.csv", "table.parquet"):
        assert main(["train", "--data", data, "--target", target, *QUICK]) == 0
        models.append(Path("model.json").read_text(encoding="utf-8").replace(data, "the table"))
        for predicted in ("table.csv", "table.parquet"):
            capsys.readouterr()
            assert main(["predict", "--data", predicted]) == 0
            predictions.append(capsys.readouterr().out)
    assert models[0] == models[1]
    assert len(predictions[0].splitlines()) == len(text.splitlines())
    assert len(set(predictions)) == 1


def test_columns_of_all_types_are_those_of_a_csv_file() -> None:
    n_rows, generator = 200, random.Random(11)

    def some(draw: Any) -> list[Any]:
        return [None if generator.random() < 0.1 else draw() for _ in range(n_rows)]

    texts = some(lambda: generator.choice(["a", " b ", "c,d", 'e"', "NA", "2.5 x", ""]))
    columns = {
        "int64": pa.array(some(lambda: generator.randrange(-(2**60), 2**60))),
        "uint8": pa.array(some(lambda: generator.randrange(256)), pa.uint8()),
        "double": pa.array(some(lambda: generator.lognormvariate(0, 20))),
        "float": pa.array(some(lambda: generator.gauss(0, 1)), pa.float32()),
        "decimal": pa.array(some(lambda: decimal.Decimal(generator.randrange(1000)).scaleb(-2)), pa.decimal128(9, 2)),
        "bool": pa.array(some(lambda: generator.random() < 0.5)),
        "text": pa.array(texts),
        "large": pa.array(texts, pa.large_string()),
        "category": pa.array(texts).dictionary_encode(),
        "nothing": pa.nulls(n_rows),
        "date": pa.array(some(lambda: datetime.date(2020, 1, generator.randrange(1, 29)))),
        "time": pa.array(some(lambda: datetime.datetime(2020, 1, 1, generator.randrange(24))), pa.timestamp("ns")),
    }
    read = read_parquet(written(columns))
    csv.write_csv(pa.table({**columns, "category": pa.array(texts)}), "table.csv")
    copy = parse_csv(Path("table.csv").read_text(encoding="utf-8"), "table.csv")
    assert read.columns == copy.columns == tuple(columns)
    for name in ("int64", "uint8", "double", "float", "decimal", "nothing"):
        assert read.number_column(name) == copy.number_column(name), name
        assert None in read.number_column(name)
    for name in ("text", "large", "category", "nothing"):
        assert read.texts(name) == copy.texts(name), name
    assert read.texts("bool") == [text.title() for text in copy.texts("bool")]
    assert [text[:10] for text in read.texts("date")] == copy.texts("date")


def test_a_nan_is_missing_and_an_infinity_is_no_number() -> None:
    table = read_parquet(written({"x": [1.0, float("nan"), None]}))
    assert table.number_column("x") == [1.0, None, None]
    with pytest.raises(FileError, match=r"^table\.parquet: row 2, column 'x': 'inf' is not a number of up to 1e\+300$"):
        read_parquet(written({"x": [1.0, float("inf")]})).number_column("x")


def test_a_float_of_32_bits_is_the_decimal_that_was_meant() -> None:
    table = read_parquet(written({"x": pa.array([0.1, 1e-30, 16777216.0], pa.float32())}))
    assert table.number_column("x") == [0.1, 1e-30, 16777216.0]


def test_rows_are_called_by_their_number_in_the_file_also_where_others_are_left_out() -> None:
    table = read_parquet(written({"x": [1.0, None, 3.0, None]}))
    with pytest.raises(FileError) as caught:
        table.select([0, 3]).numbers(["x"])
    assert str(caught.value) == "table.parquet: row 4, column 'x': the value is missing"


def test_reading_is_told() -> None:
    told: list[tuple[int, int | None]] = []
    read_parquet(written({"x": [0.5] * 25_000}), progress=lambda n_rows, total: told.append((n_rows, total)))
    assert told == [(10_000, 25_000), (20_000, 25_000), (25_000, 25_000)]


# -- what the types say -----------------------------------------------------------------------------------------------


def test_an_index_that_a_data_frame_wrote_is_no_input() -> None:
    table = read_parquet(written({"a": measured(), "y": measured(), "__index_level_0__": list(range(60))}))
    columns = decide(table, Wishes("y"))
    assert columns.inputs == {"a": True}
    assert columns.left_out == {"column_3": "it has no name"}


def test_columns_called_by_numbers_are_not_suspicious() -> None:
    columns = decide(read_parquet(written({"0": measured(), "1": measured()[::-1]})), Wishes("1"))
    assert columns.suspicions == ()


def test_categories_are_classes_also_where_they_look_like_numbers() -> None:
    grades = pa.array([str(number % 4) for number in range(60)])
    table = read_parquet(written({"grade": grades.dictionary_encode(), "y": measured()}))
    columns = decide(table, Wishes("y"))
    assert columns.inputs == {"grade": False}
    assert columns.class_names(table, "grade") == ("0", "1", "2", "3")
    assert decide(table, Wishes("grade")).task == "classification"


def test_truth_values_are_two_classes() -> None:
    table = read_parquet(written({"is_large": [number % 3 == 0 for number in range(60)], "y": measured()}))
    columns = decide(table, Wishes("is_large"))
    assert (columns.task, columns.class_names(table, "is_large")) == ("classification", ("False", "True"))


def test_what_stands_for_a_missing_value_is_said_as_for_csv_files(capsys: pytest.CaptureFixture[str]) -> None:
    written({"a": [*measured(59), -999.0], "y": measured()})
    assert main(["train", "--data", "table.parquet", "--target", "y", "--missing-text", "-999", *QUICK]) == 2
    assert "table.parquet: row 60, column 'a': the value is missing; --missing skip" in capsys.readouterr().err


TEXTS = [str(number) for number in measured()]
DATES = [datetime.date(2020, 1, 1 + number % 5) for number in range(60)]


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"a": TEXTS, "y": measured()},
            (),
            "table.parquet: column 'a' is of texts that look like numbers: give it a type of numbers in the file, or "
            "take them as classes by --one-hot; --leave-out a leaves it out",
        ),
        (
            {"a": measured(), "y": ["1", "2"] * 30},
            (),
            "table.parquet: column 'y' is of texts that look like numbers: give it a type of numbers in the file, or "
            "take them as classes by --task",
        ),
        (
            {"a": measured(), "y": TEXTS},
            ("--task", "regression"),
            "table.parquet: column 'y' is of texts, and numbers are wanted: give it a type of numbers in the file",
        ),
        (
            {"a": measured(), "when": DATES, "y": measured()},
            (),
            "table.parquet: column 'when' has dates; --leave-out when leaves it out",
        ),
        (
            {"a": measured(), "y": DATES},
            (),
            "table.parquet: column 'y' has dates; --task classification takes its texts as classes",
        ),
        (
            {"a": [[1.0]] * 60, "b": measured(), "y": measured()},
            (),
            "table.parquet: column 'a' is of type list<element: double>, neither numbers nor texts; --leave-out a "
            "leaves it out",
        ),
        (
            {"a": measured(), "y": [b"u", b"v"] * 30},
            (),
            "table.parquet: column 'y' is of type binary, neither numbers nor texts",
        ),
        (
            {"a": [*measured(59), None], "y": measured()},
            (),
            "table.parquet: row 60, column 'a': the value is missing; --missing skip leaves such rows out, and "
            "--missing mean fills them in",
        ),
        (
            {"a": measured(), "y": measured()},
            ("--leave-out", "b"),
            "table.parquet: no column 'b'; its columns are 'a', 'y'",
        ),
        (
            {"a": measured(), "y": measured()},
            ("--decimal", ","),
            "--decimal is for CSV files, and table.parquet is a Parquet file",
        ),
        (
            {"a": measured(), "y": measured()},
            ("--no-header",),
            "--header is for CSV files, and table.parquet is a Parquet file",
        ),
        ({"a": pa.nulls(0, pa.float64()), "y": pa.nulls(0, pa.float64())}, (), "table.parquet: no rows of data"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_in_a_line(
    columns: dict[str, Any], options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(columns)
    assert main(["train", "--data", "table.parquet", "--target", "y", *QUICK, *options]) == 2
    assert capsys.readouterr().err == f"python -m nn train: {message}\n"


def test_nested_columns_are_left_out_where_that_is_asked() -> None:
    written({"a": [[1.0]] * 60, "b": measured(), "y": measured()})
    assert main(["train", "--data", "table.parquet", "--target", "y", "--leave-out", "a", *QUICK]) == 0


def test_predict_takes_no_numbers_from_texts_and_no_other_decimal_mark(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{str(a).replace('.', ',')};{str(2 * a).replace('.', ',')}\n" for a in measured())
    Path("comma.csv").write_text(f"a;y\n{rows}", encoding="utf-8")
    marks = ("--delimiter", ";", "--decimal", ",")
    assert main(["train", "--data", "comma.csv", "--target", "y", *marks, *QUICK]) == 0
    outputs = []
    for data in (str(Path("comma.csv")), str(written({"a": measured()}))):
        capsys.readouterr()
        assert main(["predict", "--data", data]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    written({"a": TEXTS})
    assert main(["predict", "--data", "table.parquet"]) == 2
    assert "column 'a' is of texts, and numbers are wanted" in capsys.readouterr().err


# -- what is no Parquet file ------------------------------------------------------------------------------------------


def test_a_parquet_file_is_known_by_its_content_or_its_name() -> None:
    content = written({"x": [1.0]}).read_bytes()
    for name, text in (("table.csv", content), ("t.parquet", b"x,y\n1,2\n"), ("T.PARQUET", b"")):
        Path(name).write_bytes(text)
        assert is_parquet(Path(name)), name
    for name, text in (("table", b"PAR1,x\n1,2\n"), ("small", b"PA"), ("empty", b"")):
        Path(name).write_bytes(text)
        assert not is_parquet(Path(name)), name
    assert not is_parquet(Path("nowhere.csv"))
    assert not is_parquet(Path())


def test_damaged_files_are_refused() -> None:
    content = written({"x": measured(), "text": ["a", "b"] * 30}).read_bytes()
    generator = random.Random(2)
    cut = [content[: generator.randrange(len(content))] for _ in range(40)]
    for damaged in (*cut, b"", b"x,y\n1,2\n"):
        Path("damaged.parquet").write_bytes(damaged)
        with pytest.raises(FileError, match=r"^damaged\.parquet: not a Parquet file, or a damaged one: "):
            read_parquet(Path("damaged.parquet"))
    with pytest.raises(FileError, match=r"^nowhere\.parquet: no such file$"):
        read_parquet(Path("nowhere.parquet"))
    Path("folder.parquet").mkdir()
    with pytest.raises(FileError, match=r"^folder\.parquet: cannot be read: "):
        read_parquet(Path("folder.parquet"))


def test_bytes_changed_at_random_are_read_or_refused() -> None:
    content = written({"x": measured(), "text": ["a", "b"] * 30}).read_bytes()
    generator = random.Random(4)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(generator.randrange(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        Path("damaged.parquet").write_bytes(damaged)
        with contextlib.suppress(FileError):
            read_parquet(Path("damaged.parquet"))


def test_two_columns_of_one_name_are_refused() -> None:
    parquet.write_table(pa.Table.from_arrays([pa.array([1.0])] * 2, ["x", "x"]), "table.parquet")
    with pytest.raises(FileError, match=r"^table\.parquet: two columns are named 'x'$"):
        read_parquet(Path("table.parquet"))


def test_a_table_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_room, "MOST_CELLS", 100)
    with pytest.raises(FileError, match=r"^table\.parquet: about 60 rows of 2 columns would take"):
        read_parquet(written({"x": measured(), "y": measured()}))


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    path = written({"x": [1.0]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FileError) as caught:
        read_parquet(path)
    assert str(caught.value) == (
        'table.parquet: to read a Parquet file takes PyArrow: pip install "autograd-core[arrow]", or save it as CSV'
    )
