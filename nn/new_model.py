"""An untrained model for a table: which columns are its inputs, what its outputs are, and how large it is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nn import datasets
from nn.data import Scaler, split
from nn.datasets import DataSet
from nn.features import Category, Feature, Measure
from nn.files import FileError
from nn.layers import MLP
from nn.model_file import TrainedModel
from nn.table import CsvFormat, Table
from nn.targets import Classes, Quantity, Target

DEFAULT_DATASET = "iris"
TEST_FRACTION = 0.2
MANY_CLASSES = 10
"""Whole numbers with more distinct values than this are taken for a quantity, not for names of classes."""
MOST_CATEGORIES = 100
"""A column with more distinct texts than this is not taken for a category: each would be an input."""

DEFAULT_HIDDEN = [8]
DEFAULT_ACTIVATION = "tanh"
DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "squared_error"}


class OptionError(ValueError):
    """Options that do not go together, or not with the data."""


def named_data_set(options: argparse.Namespace) -> DataSet:
    """The built-in data set that the options name, or mean where they name no file."""
    return datasets.ALL[options.dataset or DEFAULT_DATASET]


def new_model(table: Table, options: argparse.Namespace, csv_format: CsvFormat) -> TrainedModel:
    """An untrained model for the table, as the options say; means and deviations are those of the training rows.

    Raises:
        FileError: the table does not hold what it should.
        OptionError: an option does not fit the others or the table.
    """
    column = _target_column(table, options)
    seed = 0 if options.seed is None else options.seed
    task = options.task or _task(table, column)
    training_rows, _ = split_rows(table, column, task, seed)
    features = _new_features(table, column, _one_hot(table, column, options), training_rows)
    target = _new_target(table, column, task, options.loss or DEFAULT_LOSS[task], training_rows)
    network = MLP(
        sum(feature.n_inputs for feature in features),
        [*(options.hidden or DEFAULT_HIDDEN), target.n_outputs],
        activation=options.activation or DEFAULT_ACTIVATION,
        seed=seed,
    )
    return TrainedModel(network, features, target, seed, csv_format)


def _target_column(table: Table, options: argparse.Namespace) -> str:
    if options.target is None and options.data is not None:
        raise OptionError(f"--data needs --target, one of its columns: {', '.join(table.columns)}")
    column: str = options.target or named_data_set(options).target
    if len(set(table.column(column))) < 2:
        raise FileError(f"{table.name}: column {column!r} has one value only: there is nothing to learn from it")
    return column


def _task(table: Table, column: str) -> str:
    """Classification for texts and for few whole numbers, regression for other numbers."""
    if not table.is_numeric(column):
        return "classification"
    numbers = {row[0] for row in table.numbers([column])}
    is_whole = all(number.is_integer() for number in numbers)
    return "classification" if is_whole and len(numbers) <= MANY_CLASSES else "regression"


def _one_hot(table: Table, target: str, options: argparse.Namespace) -> list[str]:
    """The columns to take as categories: those that are asked for, or that the data set has."""
    if options.one_hot is None:
        known = () if options.data is not None else named_data_set(options).one_hot
        return [name for name in known if name != target]
    names: list[str] = options.one_hot
    for name in names:
        if name == target:
            raise OptionError(f"--one-hot: {name!r} is the target")
        count = len(set(table.column(name)))
        if count > MOST_CATEGORIES:
            raise OptionError(f"--one-hot: {name!r} has {count} classes, and {MOST_CATEGORIES} are the most")
    return names


def _new_features(
    table: Table, target: str, one_hot: Sequence[str], training_rows: Sequence[int]
) -> tuple[Feature, ...]:
    """All columns but the target; means and deviations are those of the training rows."""
    features: list[Feature] = []
    for name in table.columns:
        if name in one_hot:
            features.append(Category(name, tuple(sorted(set(table.column(name))))))
        elif name != target:
            numbers = _numbers(table, name)
            features.append(Measure(name, Scaler.of([numbers[row] for row in training_rows])))
    if not features:
        raise FileError(f"{table.name}: no columns besides the target {target!r}")
    return tuple(features)


def _numbers(table: Table, name: str) -> list[list[float]]:
    try:
        return table.numbers([name])
    except FileError as error:
        if table.is_numeric(name):
            raise
        raise FileError(f"{error}; --one-hot takes a column's texts as classes") from None


def _new_target(table: Table, column: str, task: str, loss: str, training_rows: Sequence[int]) -> Target:
    try:
        if task == "classification":
            return Classes(column, tuple(sorted(set(table.column(column)))), loss)
        numbers = table.numbers([column])
        return Quantity(column, Scaler.of([numbers[row] for row in training_rows]), loss)
    except FileError:
        raise
    except ValueError as error:
        raise OptionError(f"--loss: {error}") from None


def split_rows(table: Table, column: str, task: str, seed: int) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on and to hold out; of every class its share."""
    groups = table.column(column) if task == "classification" else None
    return split(range(len(table.rows)), TEST_FRACTION, seed, groups)
