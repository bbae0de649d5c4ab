"""A trained model: a network with what it takes to use it on a table, and the JSON file it is kept in."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any

import autograd_core as ag
from nn import activations
from nn.data import Scaler
from nn.features import Category, Feature, Measure
from nn.files import FileError, beginning_of, read_text, write_text
from nn.layers import MLP
from nn.table import COMMAS, CsvFormat, Table
from nn.targets import Classes, Quantity, Target

FORMAT = "autograd-core trained model"
HEAD = json.dumps({"format": FORMAT}, indent=2).removesuffix("\n}").encode()
"""How each model file begins."""
VERSION = 2
FIELDS = (
    *("format", "version", "data", "csv", "features", "target", "loss"),
    *("layer_sizes", "activation", "seed", "weights", "training"),
)


@dataclass(frozen=True)
class TrainedModel:
    """A network, the columns it reads, how they are scaled, and what its outputs mean.

    Attributes:
        network: the MLP; its activation goes by name.
        features: what its inputs are, in order: columns with how they are scaled, or with their classes.
        target: the column it predicts.
        seed: of the initial weights, and of the split into training and test rows.
        csv_format: how the file was written that it was trained on.
        training: what it takes to go on with the training, as plain data; None where nothing is known of it.
        data: the name of the table that it was trained on.
    """

    network: MLP
    features: tuple[Feature, ...]
    target: Target
    seed: int
    csv_format: CsvFormat = COMMAS
    training: dict[str, Any] | None = None
    data: str = "a table"

    def input_names(self) -> list[str]:
        """A name for each of the network's inputs: the column's, with ``=class`` where a column is several inputs."""
        names: list[str] = []
        for feature in self.features:
            names += feature.input_names()
        return names

    def inputs(self, table: Table) -> list[list[float]]:
        """The network's inputs for each row of a table (FileError where a column is missing or does not fit)."""
        by_feature = [feature.encode(table) for feature in self.features]
        return [[number for part in parts for number in part] for parts in zip(*by_feature)]

    def predict(self, table: Table) -> list[str | float]:
        """The predicted class or number for each row of a table."""
        with ag.no_grad():
            return [self.target.decode(self.network(inputs)) for inputs in self.inputs(table)]


def save(model: TrainedModel, path: Path) -> None:
    """Write a model file; an older one stays until the new one is whole.

    Raises:
        FileError: it cannot be written.
        ValueError: a weight is inf or nan.
    """
    write_text(path, text_of(model))


def text_of(model: TrainedModel) -> str:
    """What the file of a model holds: JSON, one member to a line, the training on one line of its own at the end."""
    document = json.dumps(_document(model), indent=2, ensure_ascii=False, allow_nan=False)
    training = json.dumps(model.training, ensure_ascii=False, allow_nan=False)
    members = document.removesuffix("\n}")
    return f'{members},\n  "training": {training}\n}}\n'


def load(path: Path) -> TrainedModel:
    """Read a model file, every part of which is checked.

    Raises:
        FileError: there is no such file, or it is not a whole model file.
    """
    text = read_text(path)
    try:
        return _model(json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant))
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: not a model file, or a damaged one: {error}") from None


def is_one(path: Path) -> bool:
    """Whether a file begins as model files do (FileError where it cannot be read)."""
    return beginning_of(path, len(HEAD)) == HEAD


# -- to JSON ------------------------------------------------------------------------------------------------------


def _document(model: TrainedModel) -> dict[str, Any]:
    network = model.network
    return {
        "format": FORMAT,
        "version": VERSION,
        "data": model.data,
        "csv": {"delimiter": model.csv_format.delimiter, "header": model.csv_format.header},
        "features": [_column_document(feature) for feature in model.features],
        "target": _column_document(model.target),
        "loss": model.target.loss,
        "layer_sizes": list(network.layer_sizes),
        "activation": network.activation,
        "seed": model.seed,
        "weights": network.state_dict(),
    }


def _column_document(column: Feature | Target) -> dict[str, Any]:
    if isinstance(column, (Category, Classes)):
        return {"column": column.column, "classes": list(column.names)}
    return {"column": column.column, "mean": column.scaler.means[0], "deviation": column.scaler.deviations[0]}


# -- from JSON: nothing is believed -------------------------------------------------------------------------------


def _model(document: Any) -> TrainedModel:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(f"its version is {document.get('version')!r}, and this program reads {VERSION}")
    _check_fields(document, FIELDS, "the file")
    features = tuple([_feature(entry) for entry in _list(document["features"], "features")])
    columns = [feature.column for feature in features]
    _check_distinct(columns, "features")
    target = _target(document["target"], _text(document["loss"], "loss"))
    if target.column in columns:
        raise ValueError(f"the target {target.column!r} is among the features")
    network = _network(document, sum(feature.n_inputs for feature in features), target.n_outputs)
    training = document["training"]
    if not isinstance(training, (dict, NoneType)):
        raise ValueError(f"training should be an object or null, not {training!r:.40}")
    seed = _whole(document["seed"], "seed")
    csv_format, data = _csv_format(document["csv"]), _text(document["data"], "data")
    return TrainedModel(network, features, target, seed, csv_format, training, data)


def _csv_format(entry: Any) -> CsvFormat:
    _check_fields(entry, ("delimiter", "header"), "csv")
    if not isinstance(entry["header"], bool):
        raise ValueError(f"header should be true or false, not {entry['header']!r:.40}")
    return CsvFormat(_text(entry["delimiter"], "delimiter"), entry["header"])


def _feature(entry: Any) -> Feature:
    if _has_classes(entry):
        return Category(*_column_and_classes(entry, "a feature"))
    return Measure(*_column_and_scaler(entry, "a feature"))


def _target(entry: Any, loss: str) -> Target:
    if _has_classes(entry):
        column, names = _column_and_classes(entry, "the target")
        if len(names) < 2:
            raise ValueError("there is one class only")
        return Classes(column, names, loss)
    return Quantity(*_column_and_scaler(entry, "the target"), loss)


def _has_classes(entry: Any) -> bool:
    return isinstance(entry, dict) and "classes" in entry


def _column_and_classes(entry: Any, what: str) -> tuple[str, tuple[str, ...]]:
    _check_fields(entry, ("column", "classes"), what)
    names = [_text(name, "a class") for name in _list(entry["classes"], "classes")]
    _check_distinct(names, "classes")
    return _text(entry["column"], f"{what}'s column"), tuple(names)


def _column_and_scaler(entry: Any, what: str) -> tuple[str, Scaler]:
    _check_fields(entry, ("column", "mean", "deviation"), what)
    scaler = Scaler((_number(entry["mean"], f"{what}'s mean"),), (_deviation(entry["deviation"]),))
    return _text(entry["column"], f"{what}'s column"), scaler


def _network(document: dict[str, Any], n_inputs: int, n_outputs: int) -> MLP:
    layer_sizes = [_whole(size, "a layer size") for size in _list(document["layer_sizes"], "layer_sizes")]
    if min(layer_sizes) < 1 or layer_sizes[-1] != n_outputs:
        raise ValueError(f"the layer sizes are {layer_sizes}, and the target needs {n_outputs} outputs")
    activation = _text(document["activation"], "activation")
    activations.by_name(activation)
    weights = document["weights"]
    expected = sum((before + 1) * size for before, size in zip([n_inputs, *layer_sizes], layer_sizes))
    if not isinstance(weights, dict) or len(weights) != expected:  # before so many are made
        raise ValueError(f"the layers have {expected} weights and biases, and the file does not")
    network = MLP(n_inputs, layer_sizes, activation, seed=0)
    network.load_state_dict({name: _number(weight, f"the weight {name!r}") for name, weight in weights.items()})
    return network


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name comes twice")
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _check_fields(entry: Any, names: tuple[str, ...], what: str) -> None:
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise ValueError(f"{what} should have the fields {', '.join(names)}")


def _check_distinct(names: list[str], what: str) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"two of the {what} have one name")


def _list(entries: Any, what: str) -> Iterable[Any]:
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{what} should be a list with members")
    return entries


def _text(text: Any, what: str) -> str:
    if not isinstance(text, str) or not text:
        raise ValueError(f"{what} should be a text, not {text!r:.40}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{what} should be a text, and {text!r:.40} has half a character")
    return text


def _whole(number: Any, what: str) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{what} should be a whole number, not {number!r:.40}")
    return number


def _number(number: Any, what: str) -> float:
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        try:
            if math.isfinite(number):
                return float(number)
        except OverflowError:
            pass
    raise ValueError(f"{what} should be a finite number, not {number!r:.40}")


def _deviation(number: Any) -> float:
    deviation = _number(number, "a deviation")
    if deviation <= 0.0:
        raise ValueError(f"a deviation should be above 0, not {deviation!r}")
    return deviation
