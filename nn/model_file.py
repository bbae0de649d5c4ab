"""A trained model: a network with what it takes to use it on a table, and the JSON file it is kept in."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd_core as ag
from nn import activations
from nn.data import Scaler
from nn.files import FileError, read_text, write_text
from nn.layers import MLP
from nn.table import Table
from nn.targets import Classes, Quantity, Target

FORMAT = "autograd-core trained model"
VERSION = 1


@dataclass(frozen=True)
class TrainedModel:
    """A network, the columns it reads, how they are scaled, and what its outputs mean.

    Attributes:
        network: the MLP; its activation goes by name.
        features: the columns that are its inputs, in order.
        scaler: from the columns' numbers to the inputs.
        target: the column it predicts.
        seed: of the initial weights, and of the split into training and test rows.
    """

    network: MLP
    features: tuple[str, ...]
    scaler: Scaler
    target: Target
    seed: int

    def inputs(self, table: Table) -> list[list[float]]:
        """The network's inputs for each row of a table (FileError where a column is missing or not numeric)."""
        return [self.scaler.scale(row) for row in table.numbers(self.features)]

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
    write_text(path, json.dumps(_document(model), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


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


# -- to JSON ------------------------------------------------------------------------------------------------------


def _document(model: TrainedModel) -> dict[str, Any]:
    network = model.network
    return {
        "format": FORMAT,
        "version": VERSION,
        "features": [
            {"column": column, "mean": mean, "deviation": deviation}
            for column, mean, deviation in zip(model.features, model.scaler.means, model.scaler.deviations)
        ],
        "target": _target_document(model.target),
        "loss": model.target.loss,
        "layer_sizes": list(network.layer_sizes),
        "activation": network.activation,
        "seed": model.seed,
        "weights": network.state_dict(),
    }


def _target_document(target: Target) -> dict[str, Any]:
    if isinstance(target, Classes):
        return {"column": target.column, "classes": list(target.names)}
    return {"column": target.column, "mean": target.scaler.means[0], "deviation": target.scaler.deviations[0]}


# -- from JSON: nothing is believed -------------------------------------------------------------------------------


def _model(document: Any) -> TrainedModel:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(f"its version is {document.get('version')!r}, and this program reads {VERSION}")
    fields = ("format", "version", "features", "target", "loss", "layer_sizes", "activation", "seed", "weights")
    _check_fields(document, fields, "the file")
    features, scaler = _features(document["features"])
    target = _target(document["target"], _text(document["loss"], "loss"))
    if target.column in features:
        raise ValueError(f"the target {target.column!r} is among the features")
    network = _network(document, len(features), target.n_outputs)
    return TrainedModel(network, features, scaler, target, _whole(document["seed"], "seed"))


def _features(entries: Any) -> tuple[tuple[str, ...], Scaler]:
    columns, means, deviations = [], [], []
    for entry in _list(entries, "features"):
        _check_fields(entry, ("column", "mean", "deviation"), "a feature")
        columns.append(_text(entry["column"], "a feature's column"))
        means.append(_number(entry["mean"], "a feature's mean"))
        deviations.append(_deviation(entry["deviation"]))
    _check_distinct(columns, "features")
    return tuple(columns), Scaler(tuple(means), tuple(deviations))


def _target(entry: Any, loss: str) -> Target:
    if isinstance(entry, dict) and "classes" in entry:
        _check_fields(entry, ("column", "classes"), "the target")
        names = [_text(name, "a class") for name in _list(entry["classes"], "classes")]
        _check_distinct(names, "classes")
        if len(names) < 2:
            raise ValueError("there is one class only")
        return Classes(_text(entry["column"], "the target's column"), tuple(names), loss)
    _check_fields(entry, ("column", "mean", "deviation"), "the target")
    scaler = Scaler((_number(entry["mean"], "the target's mean"),), (_deviation(entry["deviation"]),))
    return Quantity(_text(entry["column"], "the target's column"), scaler, loss)


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
