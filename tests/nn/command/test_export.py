"""``python -m nn export``: the function predicts what ``predict`` predicts, in each language, with any names."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nn import MLP, datasets
from nn.command.main import main
from nn.data.scaling import Scaler
from nn.data.table import Table
from nn.tabular import exported, model_file
from nn.tabular.features import Category, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Classes, Quantity
from tests.support.compiled import compile_c
from tests.support.languages import run_in_node

Row = Sequence[float | str]


def in_python(model: TrainedModel, rows: Sequence[Row], folder: Path) -> list[Any]:
    names: dict[str, Any] = {}
    exec(exported.text_of(model, ".py"), names)
    return [names["predict"](*row) for row in rows]


def in_javascript(model: TrainedModel, rows: Sequence[Row], folder: Path) -> list[Any]:
    (folder / "model.mjs").write_text(exported.text_of(model, ".js"), encoding="utf-8")
    script = 'import { predict } from "./model.mjs";\n'
    script += f"console.log(JSON.stringify({json.dumps(rows)}.map(row => shown(predict(...row)))));"
    found: list[Any] = run_in_node(script, folder)
    return found


def in_c(model: TrainedModel, rows: Sequence[Row], folder: Path) -> list[Any]:
    function = compile_c(exported.text_of(model, ".c"), folder / "c", ("-O1", "-ffp-contract=off")).predict
    is_number = isinstance(model.target, Quantity)
    function.restype = ctypes.c_double if is_number else ctypes.c_char_p
    function.argtypes = [ctypes.c_double if isinstance(f, Measure) else ctypes.c_char_p for f in model.features]
    encoded = [[each.encode() if isinstance(each, str) else each for each in row] for row in rows]
    found = [function(*row) for row in encoded]
    return found if is_number else [None if each is None else each.decode() for each in found]


LANGUAGES: dict[str, Callable[[TrainedModel, Sequence[Row], Path], list[Any]]] = {
    ".py": in_python,
    ".js": in_javascript,
    ".c": in_c,
}


def trained(folder: Path, *options: str) -> TrainedModel:
    path = folder / "model.json"
    assert main(["train", *options, "--epochs", "5", "--no-drawing", "--save", str(path), "--missing", "skip"]) == 0
    return model_file.load(path)


def rows_of(model: TrainedModel, table: Table) -> list[Row]:
    columns: list[list[Any]] = []
    for feature in model.features:
        numbers = feature.values(table)
        columns.append(numbers if isinstance(feature, Measure) else [feature.names[n] for n in numbers])  # type: ignore
    return list(zip(*columns))


@pytest.mark.slow
@pytest.mark.parametrize("suffix", LANGUAGES)
@pytest.mark.parametrize(
    "options",
    [
        ["--dataset", "iris"],
        ["--dataset", "penguins"],
        ["--dataset", "penguins", "--target", "species", "--activation", "gelu"],
        ["--dataset", "penguins", "--target", "sex", "--loss", "hinge"],
    ],
    ids=" ".join,
)
def test_every_row_of_the_data(options: list[str], suffix: str, tmp_path: Path) -> None:
    model = trained(tmp_path, *options)
    table = model.usable(datasets.ALL[options[1]].table())
    found = LANGUAGES[suffix](model, rows_of(model, table), tmp_path)
    written = [model.target.written(each) for each in found]
    assert written == model.written_predictions(table)
    assert len(written) > 100


ODD = [
    "class",
    "await",
    "a */ b",
    '"',
    "'",
    "\\",
    "new\nline",
    "??/",
    "</script>",
    "体重",
    "é",
    "x",
    "x_",
    "predict",
    '"""',
    "1st",
    "M_PI",
    "FP_NAN",
    "bool",
]


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_odd_names(suffix: str, tmp_path: Path) -> None:
    """Each class's name as a class of an input and of the target, and as the name of a column."""
    network = MLP(len(ODD) + len(ODD), [len(ODD)], output_activation=None, seed=3)
    features: list[Measure | Category] = [
        *[Measure(f"{name} ", Scaler((0.5,), (2.0,))) for name in ODD],
        Category("let", tuple(ODD)),
    ]
    model = TrainedModel(network, tuple(features), Classes("lambda", tuple(ODD), "cross_entropy"), seed=0)
    rows: list[list[float | str]] = [
        [*[float(3 * (own == place)) for place in range(len(ODD))], name] for own, name in enumerate(ODD)
    ]
    table = Table(
        "odd",
        (*[f"{name} " for name in ODD], "let"),
        tuple([tuple(map(str, row)) for row in rows]),
        tuple(range(2, 2 + len(ODD))),
    )
    found = LANGUAGES[suffix](model, rows, tmp_path)
    assert found == model.predict(table)
    assert len(set(found)) > 4


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_what_it_was_not_trained_on(suffix: str, tmp_path: Path) -> None:
    model = TrainedModel(
        MLP(3, [1], seed=0),
        (Measure("size", Scaler((0.0,), (1.0,))), Category("sex", ("f", "m"))),
        Quantity("mass", Scaler((1.0,), (2.0,)), "squared_error"),
        seed=0,
    )
    [number] = LANGUAGES[suffix](model, [(1.0, "f")], tmp_path)
    assert number == pytest.approx(model.predict(Table("t", ("size", "sex"), (("1.0", "f"),), (2,)))[0], rel=1e-15)
    if suffix == ".c":
        rows: list[Any] = [(1.0, "F"), (float("inf"), "f"), (1.0, None)]
        unknown, infinite, missing = LANGUAGES[suffix](model, rows, tmp_path)
        assert unknown != unknown
        assert missing != missing
        assert infinite != infinite
    elif suffix == ".py":
        for row, message in (((1.0, "F"), "sex is none of the classes"), ((float("inf"), "f"), "size is not a finite")):
            with pytest.raises(ValueError, match=message):
                LANGUAGES[suffix](model, [row], tmp_path)
    else:
        with pytest.raises(AssertionError, match="RangeError: sex is none of the classes"):
            LANGUAGES[suffix](model, [(1.0, "F")], tmp_path)


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained(tmp_path, "--dataset", "iris")
    model, to = str(tmp_path / "model.json"), tmp_path / "model.c"

    def export(path: Path | str, *options: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["export", "--model", model, "--to", str(path), *options])
        return status, capsys.readouterr().err

    assert export(to) == (0, "")
    assert export(to) == (0, "")
    to.write_text("int main(void) { return 0; }")
    assert export(to)[0] == 2
    assert "not written by this program; it is not overwritten" in export(to)[1]
    assert export(to, "--overwrite") == (0, "")
    assert to.read_text().startswith(exported.HEADS[".c"])
    for wrong in ("model.rs", "model", "model.json"):
        status, message = export(tmp_path / wrong)
        assert status == 2
        assert "ends in none of .c, .js, .py" in message
    (tmp_path / "no.json").write_text("{}")
    assert main(["export", "--model", str(tmp_path / "no.json"), "--to", str(tmp_path / "no.py")]) == 2
    assert "not a model file" in capsys.readouterr().err
    assert not (tmp_path / "no.py").exists()
