"""The model file: what comes back is what was saved, and nothing else is taken for a model."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import nn
from nn.command.main import main
from nn.data.csv_file import CsvFormat, parse_csv
from nn.data.scaling import Scaler
from nn.files import FileError
from nn.tabular import model_file
from nn.tabular.features import Category, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Classes, Quantity
from tests.support.seeds import seeded

TABLE = parse_csv("length,note,width\n1.5,x,2\n-0.25,y,7\n", "table")


def classifier() -> TrainedModel:
    return TrainedModel(
        network=nn.MLP(4, [3, 3], seed=1),
        features=(
            Measure("width", Scaler((0.1,), (1.5,))),
            Category("note", ("x", "y")),
            Measure("length", Scaler((-2.0,), (1 / 3,))),
        ),
        target=Classes("größe", ("L", "M", "S"), "cross_entropy"),
        seed=7,
        csv_format=CsvFormat(";", header=False),
    )


def regressor() -> TrainedModel:
    return TrainedModel(
        network=nn.MLP(1, [4, 2, 1], activation="relu", seed=1),
        features=(Measure("length", Scaler((0.1,), (1.5,))),),
        target=Quantity("height", Scaler((100.0,), (12.5,)), "huber"),
        seed=-3,
    )


@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_model_comes_back_bit_for_bit(make: Callable[[], TrainedModel], tmp_path: Path) -> None:
    model, path = make(), tmp_path / "model.json"
    model_file.save(model, path)
    loaded = model_file.load(path)
    assert loaded.network.state_dict() == model.network.state_dict()
    assert repr(loaded.network) == repr(model.network)
    assert loaded.features == model.features
    assert loaded.csv_format == model.csv_format
    assert loaded.target == model.target
    assert loaded.seed == model.seed
    assert loaded.predict(TABLE) == model.predict(TABLE)
    model_file.save(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_the_inputs_are_each_feature_in_its_place() -> None:
    """Worked out by hand: (2 - 0.1) / 1.5, which of x and y the note is, (1.5 + 2) / (1/3)."""
    first, second = classifier().inputs(TABLE)
    assert first == pytest.approx([1.9 / 1.5, 1.0, 0.0, 10.5], rel=1e-14)
    assert second == pytest.approx([6.9 / 1.5, 0.0, 1.0, 5.25], rel=1e-14)


def test_a_prediction_is_the_scaled_network_unscaled() -> None:
    model = regressor()
    inputs = (1.5 - 0.1) / 1.5
    assert model.predict(TABLE)[0] == pytest.approx(100.0 + 12.5 * model.network([inputs]).data, rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "below", "above"), [("binary_cross_entropy", 0.0, 1.0), ("hinge", -1.0, 1.0), ("cross_entropy", 0.0, 1.0)]
)
def test_encoding_and_decoding_classes(loss: str, below: float, above: float) -> None:
    target = Classes("kind", ("a", "b"), loss)
    assert target.encode(parse_csv("kind\na\nb\n", "t")) == [below, above]
    network = nn.MLP(1, [target.n_outputs], seed=0)
    assert [name for name in ("a", "b") if target.decode(network([0.0])) == name] == ["a"]
    if target.n_outputs == 1:
        network.parameters()[-1].data = 1e-9
        assert target.decode(network([0.0])) == "b"
    with pytest.raises(FileError, match=r"t: row 2 \(line 3\), column 'kind': 'c' is not among 'a', 'b'$"):
        target.encode(parse_csv("kind\na\nc\n", "t"))


@pytest.mark.slow
def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    model_file.save(classifier(), path)
    whole = path.read_bytes()
    for length in range(len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(FileError, match=r"model\.json: not a"):
            model_file.load(path)


@pytest.mark.slow
@pytest.mark.seeded
def test_random_damage_is_refused_or_harmless(tmp_path: Path) -> None:
    """A changed byte gives another model of the same form, or an error that is ours."""
    path, generator = tmp_path / "model.json", seeded("damaged model file")
    model_file.save(classifier(), path)
    whole = path.read_bytes()
    refused = 0
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(damaged)
        try:
            model = model_file.load(path)
        except FileError:
            refused += 1
        else:
            assert all(map(math.isfinite, model.network.state_dict().values()))
    assert refused > 100


def change(*keys: Any, to: Any) -> Callable[[Any], None]:
    def apply(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change("format", to="something else"), "its format is not"),
        (change("version", to=1), "its version is 1, and this program reads 2: train the model again"),
        (lambda document: document.pop("seed"), "the file should have the fields"),
        (change("more", to=1), "the file should have the fields"),
        (change("features", to=[]), "features should be a list with members"),
        (change("features", to={"a": 1}), "features should be a list with members"),
        (change("features", 0, to="width"), "a feature should have the fields column, mean, deviation"),
        (change("features", 0, "column", to=5), "a feature's column should be a string, not 5"),
        (change("features", 1, "classes", to=[]), "classes should be a list with members"),
        (change("features", 1, "classes", to=["x", "x"]), "two of the classes have one name"),
        (change("features", 1, "classes", to=["x"]), "weights and biases, but the file does not"),
        (change("features", 1, "mean", to=0.0), "a feature should have the fields column, classes"),
        (change("csv", to=";"), "csv should have the fields delimiter, header"),
        (change("csv", "header", to=1), "header should be true or false, not 1"),
        (change("csv", "delimiter", to=""), "delimiter should be a string, not ''"),
        (change("csv", "delimiter", to="ab"), "a delimiter is one character such as , ; | or a tab, not 'ab'"),
        (change("csv", "delimiter", to="\n"), "a delimiter is one character such as"),
        (change("features", 0, "column", to="length"), "two of the features have one name"),
        (change("features", 0, "column", to="größe"), "the target 'größe' is among the features"),
        (change("features", 0, "mean", to=None), "a feature's mean should be a finite number, not None"),
        (change("features", 0, "mean", to=True), "a feature's mean should be a finite number, not True"),
        (change("features", 0, "mean", to=10**400), "a feature's mean should be a finite number, not 1000"),
        (change("features", 0, "deviation", to=0), "a deviation should be above 0, not 0.0"),
        (change("target", to=[]), "the target should have the fields"),
        (change("target", "classes", to=["L"]), "there is only one class"),
        (change("target", "classes", to=["L", "L", "M"]), "two of the classes have one name"),
        (change("target", "classes", to=["L", "M", 3]), "a class should be a string, not 3"),
        (change("target", "classes", to=["L", "M"]), "the target needs 2 outputs"),
        (change("loss", to="mse"), "classification takes one of"),
        (change("loss", to="squared_error"), "classification takes one of"),
        (change("loss", to="hinge"), "hinge tells two classes apart, and there are 3"),
        (change("layer_sizes", to=[3, -3]), "the layer sizes are"),
        (change("layer_sizes", to=[3.0, 3]), "a layer size should be a whole number, not 3.0"),
        (change("layer_sizes", to=[10**12, 3]), "weights and biases, but the file does not"),
        (change("activation", to="than"), "unknown activation 'than'"),
        (change("activation", to=None), "activation should be a string"),
        (change("seed", to=0.5), "seed should be a whole number"),
        (change("weights", to=[]), "the layers have 27 weights and biases, but the file does not"),
        (change("weights", "layers.0.neurons.0.bias", to="0"), "should be a finite number, not '0'"),
        (lambda document: document["weights"].pop("layers.0.neurons.0.bias"), "the file does not"),
        (
            lambda document: document["weights"].update({"x": document["weights"].pop("layers.0.neurons.0.bias")}),
            "missing parameters: 1, such as 'layers.0.neurons.0.bias'; unknown names: 1, such as 'x'",
        ),
    ],
)
def test_every_field_is_checked(damage: Callable[[Any], None], message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    model_file.save(classifier(), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    damage(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(FileError) as caught:
        model_file.load(path)
    assert str(caught.value).startswith(f"{path}: not a model file, or a damaged one: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", "[" * 100_000, '{"format": NaN}', '{"a": 1, "a": 2}', "9" * 5000, "sepal,species\n1,a\n"],
)
def test_other_files_are_no_models(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"not a model file, or a damaged one: "):
        model_file.load(path)


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document of JSON, at whatever depth."""
    if isinstance(document, dict):
        yield document
    if isinstance(document, (dict, list)):
        for member in document.values() if isinstance(document, dict) else document:
            yield from objects(member)


def trained_document(folder: Path) -> Any:
    """A model file with its training: momentum, a schedule, validation."""
    options = ("--optimizer", "adamw", "--schedule", "cosine", "--warmup", "1", "--patience", "9", "--clip-norm", "1")
    command = ("train", "--epochs", "3", "--hidden", "1", "--no-drawing", "--save", str(folder / "whole.json"))
    assert main([*command, *options]) == 0
    return json.loads((folder / "whole.json").read_text(encoding="utf-8"))


def test_a_name_that_comes_twice_is_refused_in_every_object(tmp_path: Path) -> None:
    document = trained_document(tmp_path)
    path, tried = tmp_path / "model.json", 0
    for place, members in enumerate(objects(document)):
        for name in list(members)[:3]:
            twice = copy.deepcopy(document)
            members = list(objects(twice))[place]
            members["TWICE"] = members[name]
            path.write_text(json.dumps(twice).replace('"TWICE"', json.dumps(name)), encoding="utf-8")
            with pytest.raises(FileError, match=r"not a model file, or a damaged one: a name is repeated"):
                model_file.load(path)
            tried += 1
    assert tried > 20


@pytest.mark.slow
def test_true_is_no_number_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Put in the place of each number in turn, up to three in each list: the file is refused, in one line."""
    document = trained_document(tmp_path)
    path, tried = tmp_path / "model.json", 0
    for place, members in enumerate(all_members(document)):
        for key in list(members if isinstance(members, dict) else range(len(members)))[:3]:
            if type(members[key]) not in (int, float):
                continue
            changed = copy.deepcopy(document)
            list(all_members(changed))[place][key] = True
            path.write_text(json.dumps(changed), encoding="utf-8")
            capsys.readouterr()
            assert main(["train", "--resume", str(path), "--epochs", "2", "--no-drawing"]) == 2, (key, members)
            captured = capsys.readouterr()
            assert (captured.out, captured.err.count("\n")) == ("", 1)
            tried += 1
    assert tried > 30
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["train", "--resume", str(path), "--epochs", "2", "--no-drawing"]) == 0  # and the file itself is good


def all_members(document: Any) -> Iterator[Any]:
    """Every object and list in a document of JSON."""
    if isinstance(document, (dict, list)):
        yield document
        for member in document.values() if isinstance(document, dict) else document:
            yield from all_members(member)


def test_infinite_weights_are_not_saved(tmp_path: Path) -> None:
    model = classifier()
    model.network.parameters()[0].data = math.inf
    with pytest.raises(ValueError, match="not JSON compliant"):
        model_file.save(model, tmp_path / "model.json")
    assert list(tmp_path.iterdir()) == []
