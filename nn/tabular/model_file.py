"""A trained model: a network with all it takes to use it on a table, and the JSON file it is kept in."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any

import autograd_core as ag
from nn import activations
from nn.data.cells import CellFormat
from nn.data.csv_file import COMMAS, CsvFormat
from nn.data.scaling import Scaler
from nn.data.table import Table
from nn.files import FileError, beginning_of, parse_json, read_text, write_text
from nn.layers import MLP
from nn.tabular.columns import MISSING_CHOICES, usable_rows
from nn.tabular.features import Category, Feature, Measure
from nn.tabular.targets import Classes, Quantity, Target
from nn.training.checkpoint import check_truths

FORMAT = "autograd-core trained model"
HEAD = json.dumps({"format": FORMAT}, indent=2).removesuffix("\n}").encode()
"""How each model file begins."""
VERSION = 2
FIELDS = (
    *("format", "version", "data", "csv", "missing", "features", "left_out", "target", "loss"),
    *("layer_sizes", "activation", "seed", "weights", "training"),
)
FEWEST_REPLAYED_ROWS = 2_000
"""With fewer rows, compiling the network takes longer than calling it."""
ROWS_IN_BLOCK = 256
CSV_FIELDS = ("delimiter", "header", "encoding", "decimal", "thousands", "missing_texts")


@dataclass(frozen=True)
class TrainedModel:
    """A network, the columns it reads, how they are scaled, and what its outputs mean.

    Attributes:
        network: the MLP; its activation is given by name.
        features: what its inputs are, in order: columns with their scaling, or with their classes.
        target: the column it predicts.
        seed: that of the initial weights and of the split into training and test rows.
        csv_format: how the training data's file was written.
        missing: what was done where a value was missing, one of ``MISSING_CHOICES``.
        left_out: the columns of that file that are neither features nor target, and why.
        training: what it takes to resume the training, as plain data; None where that is not known.
        data: the name of the table that it was trained on.
    """

    network: MLP
    features: tuple[Feature, ...]
    target: Target
    seed: int
    csv_format: CsvFormat = COMMAS
    missing: str = "refuse"
    left_out: Mapping[str, str] = field(default_factory=dict)
    training: dict[str, Any] | None = None
    data: str = "a table"

    def input_names(self) -> list[str]:
        """A name for each of the network's inputs: the column's, with ``=class`` added where a column has several."""
        names: list[str] = []
        for feature in self.features:
            names += feature.input_names()
        return names

    def inputs(self, table: Table, missing: str = "refuse") -> list[list[float] | None]:
        """The network's inputs for each row of a table.

        Args:
            table: it has the features' columns, in any order.
            missing: what to do where a value is missing: ``refuse`` the table, ``skip`` the row (its inputs are
                then None), or fill in the ``mean`` of the training rows (for classes, their shares).

        Raises:
            FileError: a column is missing or does not fit, or a value is missing where none may be.
        """
        lacking: set[int] = set()
        if missing != "mean":
            values = {feature.column: feature.values(table) for feature in self.features}
            if missing == "refuse":
                table.check_complete(values, "--missing skip predicts nothing there, and --missing mean fills them in")
            lacking = {row for column in values.values() for row, value in enumerate(column) if value is None}
        by_feature = [feature.encode(table) for feature in self.features]
        return [
            None if row in lacking else [number for part in parts for number in part]
            for row, parts in enumerate(zip(*by_feature))
        ]

    def predict(
        self, table: Table, missing: str = "refuse", advance: Callable[[int], object] = lambda count: None
    ) -> list[str | float | None]:
        """The predicted class or number for each row of a table; None for a row that is skipped, see :meth:`inputs`.

        ``advance`` is called with 1 after each row.
        """
        rows = self.inputs(table, missing)
        outputs = self.outputs([inputs for inputs in rows if inputs is not None])
        predictions: list[str | float | None] = []
        for inputs in rows:
            predictions.append(None if inputs is None else self.target.decode(next(outputs)))
            advance(1)
        return predictions

    def outputs(self, rows: Sequence[Sequence[float]]) -> Iterator[Any]:
        """The network's output for each row of inputs; many rows are replayed in blocks, where NumPy is installed."""
        if len(rows) < FEWEST_REPLAYED_ROWS or importlib.util.find_spec("numpy") is None:
            for row in rows:
                with ag.no_grad():
                    output = self.network(row)
                yield output
            return
        inputs = [ag.Value(number) for number in rows[0]]
        recorded = self.network(inputs)
        program = ag.compile(recorded, inputs, self.network.parameters())
        for start in range(0, len(rows), ROWS_IN_BLOCK):
            for numbers in program.forward(rows[start : start + ROWS_IN_BLOCK]).tolist():
                yield [ag.Value(number) for number in numbers] if isinstance(recorded, list) else ag.Value(numbers)

    def written_predictions(
        self, table: Table, missing: str = "refuse", advance: Callable[[int], object] = lambda count: None
    ) -> list[str]:
        """The predictions as they are written, with as many digits as the training data; empty where there is none."""
        return [
            "" if prediction is None else self.target.written(prediction)  # type: ignore[arg-type]
            for prediction in self.predict(table, missing, advance)
        ]

    def usable(self, table: Table) -> Table:
        """The table of the rows to train on and to test with, as its training did where values are missing."""
        inputs = {feature.column: feature.values(table) for feature in self.features}
        return usable_rows(table, inputs, {self.target.column: self.target.values(table)}, self.missing)

    def described_columns(self, table: Table) -> list[str]:
        """What the columns of the table are, as lines of a report."""
        numbers = [feature.column for feature in self.features if isinstance(feature, Measure)]
        classes = [f"{each.column} ({each.n_inputs})" for each in self.features if isinstance(each, Category)]
        lines = [f"Numbers: {_listed(numbers)}"] if numbers else []
        if classes:
            lines.append(f"Classes: {_listed(classes)}, each class an input")
        if self.left_out:
            lines.append(f"Left out: {_listed([f'{column} ({why})' for column, why in self.left_out.items()])}")
        n_missing = sum(feature.values(table).count(None) for feature in self.features)
        if n_missing:
            lines.append(f"Missing: {n_missing} values, filled in with the mean of the training rows")
        return lines


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def save(model: TrainedModel, path: Path) -> None:
    """Write a model file; an older one stays until the new one is complete.

    Raises:
        FileError: it cannot be written.
        ValueError: a weight is inf or nan.
    """
    write_text(path, text_of(model))


def text_of(model: TrainedModel) -> str:
    """The text of a model's file: JSON, one member to a line, with the training on a single line at the end."""
    document = json.dumps(_document(model), indent=2, ensure_ascii=False, allow_nan=False)
    training = json.dumps(model.training, ensure_ascii=False, allow_nan=False)
    members = document.removesuffix("\n}")
    return f'{members},\n  "training": {training}\n}}\n'


def load(path: Path) -> TrainedModel:
    """Read a model file, every part of which is checked.

    Raises:
        FileError: there is no such file, or it is not a complete model file.
    """
    text = read_text(path)
    try:
        return _model(parse_json(text))
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: not a model file, or a damaged one: {error}") from None


def is_one(path: Path) -> bool:
    """Whether a file begins like a model file (FileError where it cannot be read)."""
    return beginning_of(path, len(HEAD)) == HEAD


# -- to JSON ------------------------------------------------------------------------------------------------------


def _document(model: TrainedModel) -> dict[str, Any]:
    network = model.network
    return {
        "format": FORMAT,
        "version": VERSION,
        "data": model.data,
        "csv": _csv_document(model.csv_format),
        "missing": model.missing,
        "features": [_column_document(feature) for feature in model.features],
        "left_out": dict(model.left_out),
        "target": _column_document(model.target),
        "loss": model.target.loss,
        "layer_sizes": list(network.layer_sizes),
        "activation": network.activation,
        "seed": model.seed,
        "weights": network.state_dict(),
    }


def _csv_document(csv_format: CsvFormat) -> dict[str, Any]:
    cells = csv_format.cells
    how = (csv_format.delimiter, csv_format.header, csv_format.encoding)
    return dict(zip(CSV_FIELDS, (*how, cells.decimal, cells.thousands, list(cells.missing)), strict=True))


def _column_document(column: Feature | Target) -> dict[str, Any]:
    match column:
        case Category():
            return {"column": column.column, "classes": list(column.names), "shares": list(column.shares)}
        case Classes():
            return {"column": column.column, "classes": list(column.names)}
    scaler = {"column": column.column, "mean": column.scaler.means[0], "deviation": column.scaler.deviations[0]}
    return {**scaler, "last_place": column.last_place} if isinstance(column, Quantity) else scaler


# -- from JSON: nothing is trusted --------------------------------------------------------------------------------


def _model(document: object) -> TrainedModel:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(
            f"its version is {document.get('version')!r}, and this program reads {VERSION}: train the model again"
        )
    _check_fields(document, FIELDS, "the file")
    csv_format = _csv_format(document["csv"])
    features = tuple([_feature(entry, csv_format.cells) for entry in _list(document["features"], "features")])
    columns = [feature.column for feature in features]
    _check_distinct(columns, "features")
    target = _target(document["target"], _text(document["loss"], "loss"), csv_format.cells)
    if target.column in columns:
        raise ValueError(f"the target {target.column!r} is among the features")
    network = _network(document, sum(feature.n_inputs for feature in features), target.n_outputs)
    training = document["training"]
    if not isinstance(training, (dict, NoneType)):
        raise ValueError(f"training should be an object or null, not {training!r:.40}")
    check_truths(training)
    seed = _whole(document["seed"], "seed")
    missing, left_out = _text(document["missing"], "missing"), document["left_out"]
    if missing not in MISSING_CHOICES:
        raise ValueError(f"missing should be one of {', '.join(MISSING_CHOICES)}, not {missing!r:.40}")
    if not isinstance(left_out, dict) or not all(isinstance(why, str) for why in left_out.values()):
        raise ValueError("left_out should be an object of texts")
    data = _text(document["data"], "data")
    return TrainedModel(network, features, target, seed, csv_format, missing, left_out, training, data)


def _csv_format(entry: Any) -> CsvFormat:
    _check_fields(entry, CSV_FIELDS, "csv")
    if not isinstance(entry["header"], bool):
        raise ValueError(f"header should be true or false, not {entry['header']!r:.40}")
    for name in ("delimiter", "encoding", "decimal"):
        _text(entry[name], name)
    if not isinstance(entry["thousands"], str):
        raise ValueError(f"thousands should be a string, not {entry['thousands']!r:.40}")
    if not isinstance(entry["missing_texts"], list):
        raise ValueError(f"missing_texts should be a list, not {entry['missing_texts']!r:.40}")
    missing = tuple([_text(text, "a missing text") for text in entry["missing_texts"]])
    cells = CellFormat(entry["decimal"], entry["thousands"], missing)
    return CsvFormat(entry["delimiter"], entry["header"], entry["encoding"], cells)


def _feature(entry: Any, cells: CellFormat) -> Feature:
    if not _has_classes(entry):
        _check_fields(entry, ("column", "mean", "deviation"), "a feature")
        return Measure(*_column_and_scaler(entry, "a feature"))
    _check_fields(entry, ("column", "classes", "shares"), "a feature")
    column, names = _column_and_classes(entry, "a feature", cells)
    shares = [_number(share, "a share") for share in _list(entry["shares"], "shares")] if entry["shares"] else []
    if shares and len(shares) != len(names):
        raise ValueError(f"there are {len(names)} classes and {len(shares)} shares")
    return Category(column, names, tuple(shares))


def _target(entry: Any, loss: str, cells: CellFormat) -> Target:
    if _has_classes(entry):
        _check_fields(entry, ("column", "classes"), "the target")
        column, names = _column_and_classes(entry, "the target", cells)
        if len(names) < 2:
            raise ValueError("there is only one class")
        return Classes(column, names, loss)
    _check_fields(entry, ("column", "mean", "deviation", "last_place"), "the target")
    last_place = entry["last_place"]
    if last_place is not None and not -1000 <= _whole(last_place, "last_place") <= 1000:
        raise ValueError(f"last_place should be from -1000 to 1000, not {last_place}")
    return Quantity(*_column_and_scaler(entry, "the target"), loss, last_place)


def _has_classes(entry: Any) -> bool:
    return isinstance(entry, dict) and "classes" in entry


def _column_and_classes(entry: dict[str, Any], what: str, cells: CellFormat) -> tuple[str, tuple[str, ...]]:
    names = [_text(name, "a class") for name in _list(entry["classes"], "classes")]
    _check_distinct([cells.label(name) for name in names], "classes")
    return _text(entry["column"], f"{what}'s column"), tuple(names)


def _column_and_scaler(entry: dict[str, Any], what: str) -> tuple[str, Scaler]:
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
        raise ValueError(f"the layers have {expected} weights and biases, but the file does not")
    network = MLP(n_inputs, layer_sizes, activation, seed=0)
    network.load_state_dict({name: _number(weight, f"the weight {name!r}") for name, weight in weights.items()})
    return network


def _check_fields(entry: Any, names: tuple[str, ...], what: str) -> None:
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise ValueError(f"{what} should have the fields {', '.join(names)}")


def _check_distinct(names: Sequence[Hashable], what: str) -> None:
    if len(set(names)) < len(names):
        raise ValueError(f"two of the {what} have one name")


def _list(entries: object, what: str) -> Iterable[Any]:
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{what} should be a list with members")
    return entries


def _text(text: object, what: str) -> str:
    if not isinstance(text, str) or not text:
        raise ValueError(f"{what} should be a string, not {text!r:.40}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{what} should be text, and {text!r:.40} has half a character")
    return text


def _whole(number: object, what: str) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{what} should be a whole number, not {number!r:.40}")
    return number


def _number(number: object, what: str) -> float:
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        try:
            if math.isfinite(number):
                return float(number)
        except OverflowError:
            pass
    raise ValueError(f"{what} should be a finite number, not {number!r:.40}")


def _deviation(number: object) -> float:
    deviation = _number(number, "a deviation")
    if deviation <= 0.0:
        raise ValueError(f"a deviation should be above 0, not {deviation!r}")
    return deviation
