"""An untrained model for a table: its inputs and outputs follow the columns, its hidden layers the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nn.data.csv_file import CsvFormat
from nn.data.scaling import Scaler, is_constant
from nn.data.table import Table, short
from nn.files import FileError
from nn.layers import MLP
from nn.tabular.columns import Columns, OptionError
from nn.tabular.features import Category, Feature, Measure
from nn.tabular.model_file import TrainedModel
from nn.tabular.parts import split_rows
from nn.tabular.targets import Classes, Quantity, Target

DEFAULT_HIDDEN = (8,)
DEFAULT_ACTIVATION = "tanh"
DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "squared_error"}


def new_model(
    table: Table,
    columns: Columns,
    csv_format: CsvFormat,
    missing: str,
    *,
    hidden: Sequence[int] = DEFAULT_HIDDEN,
    activation: str = DEFAULT_ACTIVATION,
    loss: str | None = None,
    seed: int = 0,
) -> TrainedModel:
    """An untrained model for the table; its means and deviations are those of the training rows.

    Args:
        table: the rows to train on and to test with.
        columns: what the table's columns are.
        csv_format: how the table is written.
        missing: what is done where a value is missing.
        hidden: the sizes of the network's hidden layers.
        activation: that of the hidden layers, a name of ``nn.activations``.
        loss: a name of ``nn.losses``; None for the usual one of the task.
        seed: of the weights and of the split.

    Raises:
        FileError: the table does not hold what it should.
        OptionError: the loss does not fit the target.
    """
    target, training_rows = _new_target(table, columns, loss or DEFAULT_LOSS[columns.task], seed)
    features = tuple([_new_feature(table, columns, name, training_rows) for name in columns.inputs])
    n_inputs = sum(feature.n_inputs for feature in features)
    network = MLP(n_inputs, [*hidden, target.n_outputs], activation, seed=seed)
    _silence_constants(network, features, table, training_rows)
    return TrainedModel(network, features, target, seed, csv_format, missing, dict(columns.left_out))


def _silence_constants(network: MLP, features: Sequence[Feature], table: Table, training_rows: Sequence[int]) -> None:
    """Start with weights of 0.0 where an input is the same in all rows, since training cannot change them.

    Such an input is 0.0 in training, and so is its weights' gradient. With random weights it would take effect as
    soon as it has another value, about which nothing was learned.
    """
    first = 0
    for feature in features:
        if isinstance(feature, Measure):
            column = feature.values(table)
            if is_constant([number for row in training_rows if (number := column[row]) is not None]):
                for neuron in network.layers[0].neurons:
                    neuron.weights[first].data = 0.0
        first += feature.n_inputs


def _new_target(table: Table, columns: Columns, loss: str, seed: int) -> tuple[Target, list[int]]:
    """The target, scaled by the training rows, and the numbers of these rows."""
    name = columns.target
    target: Target
    try:
        if columns.task == "classification":
            names = columns.class_names(table, name)
            if len(names) == 1:
                raise FileError(f"{table.name}: column {short(name)} has only one value: {NOTHING}")
            target = Classes(name, names, loss)
            return target, split_rows(target, table, seed)[0]
        numbers = table.numbers([name])
        if is_constant([row[0] for row in numbers]):
            raise FileError(f"{table.name}: column {short(name)} has only one value, up to rounding: {NOTHING}")
        cells = table.cells
        last_place = min([cells.last_place(text) or 0 for text in table.texts(name)])
        target = Quantity(name, Scaler((0.0,), (1.0,)), loss, last_place)
        training_rows, _ = split_rows(target, table, seed)
        return replace(target, scaler=Scaler.of([numbers[row] for row in training_rows])), training_rows
    except FileError:
        raise
    except ValueError as error:
        raise OptionError(f"--loss: {error}") from None


NOTHING = "there is nothing to learn from it"


def _new_feature(table: Table, columns: Columns, name: str, training_rows: Sequence[int]) -> Feature:
    """A column as inputs; its mean and deviation, or its classes' shares, are those of the training rows."""
    if not columns.inputs[name]:
        names = columns.class_names(table, name)
        classes = table.class_column(name, names)
        return Category.of(name, names, [classes[row] for row in training_rows])
    column = table.number_column(name)
    numbers = [[number] for row in training_rows if (number := column[row]) is not None]
    if not numbers:
        raise FileError(f"{table.name}: column {short(name)} has no value in the rows to train on")
    return Measure(name, Scaler.of(numbers))
