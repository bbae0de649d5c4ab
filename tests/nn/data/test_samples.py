"""Batches, splits and scaling; CSV files good and bad; the shipped Iris."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from nn.data.csv_file import parse_csv, read_csv
from nn.data.samples import batches, samples_of, split
from nn.data.scaling import Scaler, mean
from nn.datasets import iris
from nn.files import FileError, read_text, write_text


def test_batches_have_every_sample_once() -> None:
    samples = list(range(10))
    found = list(batches(samples, 3, random.Random(0)))
    assert [len(batch) for batch in found] == [3, 3, 3, 1]
    assert sorted(sample for batch in found for sample in batch) == samples
    assert found != list(batches(samples, 3, random.Random(1)))
    assert found == list(batches(samples, 3, random.Random(0)))
    assert list(batches(samples, None, random.Random(0))) == [samples]


def test_a_split_keeps_the_share_of_every_class() -> None:
    groups = ["a"] * 50 + ["b"] * 20 + ["c"] * 2
    training, test = split(range(72), 0.2, seed=0, groups=groups)
    assert sorted(training + test) == list(range(72))
    assert Counter(groups[index] for index in test) == {"a": 10, "b": 4}
    assert (training, test) == split(range(72), 0.2, seed=0, groups=groups)
    assert test != split(range(72), 0.2, seed=1, groups=groups)[1]
    assert len(split(range(10), 0.3, seed=0)[1]) == 3


def test_a_split_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match=r"from 0 to 1, got 1\.5"):
        split([1, 2], 1.5)
    with pytest.raises(ValueError, match="each of the 2 samples, got 1"):
        split([1, 2], 0.5, groups=["a"])


def test_scaling_against_numpy() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    generator = random.Random(0)
    rows = [
        [generator.gauss(5.0, 2.0), generator.uniform(1e6, 1e6 + 1.0), generator.gauss(0.0, 1e-9)] for _ in range(99)
    ]
    scaler = Scaler.of(rows)
    assert scaler.means == pytest.approx(numpy.mean(rows, axis=0), rel=1e-12)
    assert scaler.deviations == pytest.approx(numpy.std(rows, axis=0), rel=1e-9)
    scaled = numpy.array([scaler.scale(row) for row in rows])
    assert scaled.std(axis=0) == pytest.approx([1.0] * 3, rel=1e-9)
    assert scaler.unscale(scaler.scale(rows[0])) == pytest.approx(rows[0], rel=1e-14)


def test_a_mean_beyond_the_float_range_is_no_exception() -> None:
    assert mean([0.1] * 10) == 0.1
    assert mean([1e308] * 3) == math.inf
    assert mean([math.inf, 1.0]) == math.inf
    assert math.isnan(mean([math.inf, -math.inf]))


def test_a_constant_column_is_scaled_to_zero_and_a_huge_one_refused() -> None:
    assert Scaler.of([[5.0], [5.0]]).scale([5.0]) == [0.0]
    assert Scaler.of([[1e200], [-1e200]]) == Scaler((0.0,), (1e200,))
    with pytest.raises(ValueError, match="column 0 are too large"):
        Scaler.of([[1.0e308], [1.7e308]])  # their sum is beyond the float range
    with pytest.raises(ValueError, match="no rows"):
        Scaler.of([])


def test_iris_is_fishers() -> None:
    table = iris()
    assert Counter(table.column("species")) == {"setosa": 50, "versicolor": 50, "virginica": 50}
    features = table.numbers(table.columns[:-1])
    sums = [math.fsum(column) for column in zip(*features)]
    assert sums == pytest.approx([876.5, 458.6, 563.7, 179.9], rel=1e-12)
    assert features[34] == [4.9, 3.1, 1.5, 0.2]  # two rows that other copies have wrong
    assert features[37] == [4.9, 3.6, 1.4, 0.1]


def test_iris_is_that_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    theirs, table = datasets.load_iris(), iris()
    assert table.numbers(table.columns[:-1]) == theirs.data.tolist()
    assert table.column("species") == [str(theirs.target_names[target]) for target in theirs.target]


def test_csv_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes('\ufeffsize,"the, name"\r\n 1.5 ,"a ""b"""\r\n\r\n-2e3,"two\r\nlines"\r\n'.encode())
    table = read_csv(path)
    assert table.columns == ("size", "the, name")
    assert table.numbers(["size"]) == [[1.5], [-2000.0]]
    assert table.column("the, name") == ['a "b"', "two\nlines"]
    assert table.lines == (2, 5)
    assert parse_csv("a\u2028b,c\n1,2\n", "x").columns == ("a\u2028b", "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.csv: the file is empty"),
        (" \n\n", "x.csv: the file is empty"),
        ('""\n', "x.csv: the file is empty"),
        ("a,b\n", "x.csv: only a header, no rows of data"),
        ("a,b\n1,2\n1\n", "x.csv: line 3 has 1 field, the header has 2"),
        ("a,b\n1,2,3\n", "x.csv: line 2 has 3 fields, the header has 2"),
        (",,\n1,2,3\n", "x.csv: no column has a name in the header"),
        ("column_2,,b\n1,2,3\n", "x.csv: two columns are named 'column_2'"),
        ("a,b,a\n1,2,3\n", "x.csv: two columns are named 'a'"),
        ('a,b\n1,"2\n', "x.csv: not a CSV file: line 2: unexpected end of data"),
        ('a,b\n1,"2"x\n', "x.csv: not a CSV file: line 2: ',' expected after '\"'"),
        ("a,b\n1,\0\n", "x.csv: not a CSV file: it has a NUL character; for UTF-16 write --encoding utf-16-le"),
        ("a,b\n1," + "9" * 200_000 + "\n", "x.csv: not a CSV file: line 2: field larger than field limit (131072)"),
    ],
)
def test_what_is_no_table(text: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        parse_csv(text, "x.csv")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", "'abc' is not a number"),
        ("1_000", "'1_000' is not a number; --thousands _ would read 1000"),
        ("1,5", "'1,5' is not a number; --decimal , would read 1.5"),
        ("inf", "'inf' is not a number of up to 1e+300"),
        ("-1e999", "'-1e999' is not a number of up to 1e+300"),
        ("", "the value is missing"),
        ("?", "the value is missing"),
        ("N/A", "the value is missing"),
        ("NaN", "the value is missing"),
        ("y" * 60, "'" + "y" * 39 + "…' is not a number"),
    ],
)
def test_a_value_that_is_no_number_is_named_with_its_place(text: str, message: str) -> None:
    table = parse_csv(f'size,kind\n1,a\n\n"{text}",b\n', "x.csv")
    with pytest.raises(FileError) as caught:
        table.numbers(["size"])
    assert str(caught.value) == f"x.csv: row 2 (line 4), column 'size': {message}"


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(FileError, match=r"x: no column 'c'; its columns are 'a', 'b'$"):
        parse_csv("a,b\n1,2\n", "x").numbers(["a", "c"])
    many = ",".join(f"c{index}" for index in range(30))
    with pytest.raises(FileError, match=r"'c9' and 20 more$"):
        parse_csv(f"{many}\n{many}\n", "x").column("c")


def test_a_row_of_nothing_but_commas_has_missing_values() -> None:
    with pytest.raises(FileError, match=r"row 2 \(line 3\), column 'a': the value is missing"):
        parse_csv("a,b\n1,2\n,\n", "x").numbers(["a", "b"])


# -- files --------------------------------------------------------------------------------------------------------


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nothing\.csv: no such file"):
        read_text(tmp_path / "nothing.csv")
    with pytest.raises(FileError, match="cannot be read: "):
        read_text(tmp_path)
    (tmp_path / "latin").write_bytes("größe".encode("latin-1"))
    with pytest.raises(FileError, match=r"latin: not a text file in UTF-8 \(byte 3\)"):
        read_text(tmp_path / "latin")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(FileError, match="file: cannot be written: No space left on device"):
            write_text(path, "new")
    assert path.read_text() == "old"
    write_text(path, "new\n")
    assert path.read_bytes() == b"new\n"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"):
        write_text(tmp_path / "no" / "file", "text")
    with pytest.raises(FileError, match="not a regular file"):
        write_text(tmp_path, "text")
    with pytest.raises(FileError, match="not a regular file"):
        write_text(Path("/dev/null"), "text")


def test_two_arrays_of_two_rows_are_not_taken_for_two_samples() -> None:
    np = pytest.importorskip("numpy")
    inputs, targets = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]
    for given in ((inputs, targets), [inputs, targets], (np.array(inputs), np.array(targets))):
        with pytest.raises(TypeError, match="zip"):
            samples_of("data", given)
    assert samples_of("data", list(zip(inputs, targets))) == [(inputs[0], targets[0]), (inputs[1], targets[1])]
