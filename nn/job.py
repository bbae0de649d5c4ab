"""The main job: from a table to a trained network, told line by line."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd_core as ag
from nn import losses, model_file
from nn.data import mean
from nn.features import Category
from nn.files import FileError, check_writable
from nn.history import History
from nn.layers import MLP
from nn.model_file import TrainedModel
from nn.new_model import OptionError, named_data_set, new_model, split_rows
from nn.optim import SGD, Adam, Optimizer
from nn.table import COMMAS, CsvFormat, Table, read_csv
from nn.targets import Classes
from nn.training import fit

DEFAULT_MODEL = Path("model.json")
DEFAULT_LR = {"adam": 0.01, "sgd": 0.05}


@dataclass(frozen=True)
class Parts:
    """A table's samples, (inputs, target) with both scaled, and what was held out."""

    training: list[tuple[list[float], float]]
    test: list[tuple[list[float], float]]


def train(options: argparse.Namespace) -> None:
    """Train a network as the options of the command line say, report how good it is, and save it.

    Raises:
        FileError: a file cannot be read or written, or does not hold what it should.
        OptionError: an option does not fit the others or the data.
        DivergenceError: the loss, or a weight, became inf or nan.
    """
    if options.momentum is not None and options.optimizer != "sgd":
        raise OptionError(f"--momentum is for --optimizer sgd, not {options.optimizer}")
    resumed = None if options.resume is None else model_file.load(options.resume)
    destination = options.save or options.resume or DEFAULT_MODEL
    _check_destination(destination)
    csv_format = choose_csv_format(options, COMMAS if resumed is None else resumed.csv_format)
    whole_table = read_table(options, csv_format)
    table = whole_table.complete() if options.skip_missing else whole_table
    if resumed is not None:
        _check_resumable(resumed, table, options)
    model = resumed or new_model(table, options, csv_format)
    parts = _parts(model, table)
    _describe(model, table, parts, options, len(whole_table.rows) - len(table.rows))
    _fit(model, parts, options)
    _report(model, parts)
    model_file.save(model, destination)
    model_option = f"--model {shlex.quote(str(destination))}"
    print(f"Saved to {destination}. To use it: python -m nn predict {model_option} --data FILE.csv")


def read_table(options: argparse.Namespace, csv_format: CsvFormat) -> Table:
    """The table in the file or of the data set that the options name; Iris where they name none."""
    if options.data is None:
        return named_data_set(options).table()
    return read_csv(options.data, csv_format)


def choose_csv_format(options: argparse.Namespace, usual: CsvFormat) -> CsvFormat:
    """How the file is written: as the options say, and as usual where they say nothing.

    Raises:
        OptionError: they say it, but name no file.
    """
    if options.data is None and (options.delimiter is not None or options.header is not None):
        raise OptionError("--delimiter and --no-header are for --data FILE.csv")
    return CsvFormat(
        usual.delimiter if options.delimiter is None else options.delimiter,
        usual.header if options.header is None else options.header,
    )


def _check_destination(path: Path) -> None:
    """A file that is not a model of ours is not ours to replace."""
    check_writable(path)
    if path.exists() and path.stat().st_size:
        try:
            model_file.load(path)
        except FileError as error:
            raise FileError(f"{error}; it is not overwritten: move it away or name another file with --save") from None


# -- a model to go on with ----------------------------------------------------------------------------------------


def _check_resumable(model: TrainedModel, table: Table, options: argparse.Namespace) -> None:
    """A model goes on with its own columns and its own network."""
    network = model.network
    own = {
        "target": model.target.column,
        "task": model.target.task,
        "loss": model.target.loss,
        "hidden": list(network.layer_sizes[:-1]),
        "activation": network.activation,
        "seed": model.seed,
        "one_hot": sorted(feature.column for feature in model.features if isinstance(feature, Category)),
    }
    for name, value in own.items():
        asked = getattr(options, name)
        if asked is not None and asked != value:
            raise OptionError(
                f"--{name.replace('_', '-')}: {options.resume} was trained with {_shown(value)}, not {_shown(asked)}"
            )
    model.target.encode(table)  # raises where the column or a class does not fit
    columns = [name for name in table.columns if name != model.target.column]
    own_columns = [feature.column for feature in model.features]
    if set(columns) != set(own_columns):
        raise FileError(
            f"{table.name}: its columns are {', '.join(columns)}; "
            f"{options.resume} was trained on {', '.join(own_columns)}"
        )


def _shown(value: Any) -> str:
    return ",".join(str(part) for part in value) or "none" if isinstance(value, list) else str(value)


# -- training -----------------------------------------------------------------------------------------------------


def _parts(model: TrainedModel, table: Table) -> Parts:
    samples = list(zip(model.inputs(table), model.target.encode(table)))
    training_rows, test_rows = split_rows(table, model.target.column, model.target.task, model.seed)
    return Parts([samples[row] for row in training_rows], [samples[row] for row in test_rows])


def _describe(model: TrainedModel, table: Table, parts: Parts, options: argparse.Namespace, n_left_out: int) -> None:
    network, target = model.network, model.target
    kind = f"{len(target.names)} classes" if isinstance(target, Classes) else "a number"
    sizes = "-".join(str(size) for size in (network.n_inputs, *network.layer_sizes))
    batch = "all rows at once" if options.batch_size is None else f"batches of {options.batch_size}"
    print(f"Data: {table.name}, {len(table.rows)} rows, {len(model.features)} features")
    if n_left_out:
        print(f"Left out: {n_left_out} rows in which a value is missing")
    categories = [feature for feature in model.features if isinstance(feature, Category)]
    if categories:
        print(f"One-hot: {', '.join(f'{feature.column} ({feature.n_inputs})' for feature in categories)}")
    print(f"Target: {target.column}, {kind} ({target.task})")
    print(f"Split: {len(parts.training)} rows to train on, {len(parts.test)} held out for the test, seed {model.seed}")
    print(f"Network: {sizes}, {network.activation}, {len(network.parameters())} weights and biases")
    print(f"Training: {target.loss}, {options.optimizer} with learning rate {_lr(options):g}, {batch}", flush=True)


def _fit(model: TrainedModel, parts: Parts, options: argparse.Namespace) -> None:
    interval = max(1, options.epochs // 10)

    def tell(history: History) -> None:
        epoch = len(history.losses)
        if epoch in (1, options.epochs) or epoch % interval == 0:
            width = len(str(options.epochs))
            print(f"epoch {epoch:{width}} of {options.epochs}: loss {history.losses[-1]:.4g}", flush=True)

    history = fit(
        model.network,
        parts.training,
        model.target.loss,
        _optimizer(model.network, options),
        epochs=options.epochs,
        batch_size=options.batch_size,
        seed=model.seed,
        progress=False,
        callbacks=[tell],
    )
    if history.interrupted:
        print(f"Stopped by Ctrl-C after {len(history.losses)} whole epochs; what was learned so far is kept.")


def _lr(options: argparse.Namespace) -> float:
    lr: float = DEFAULT_LR[options.optimizer] if options.lr is None else options.lr
    return lr


def _optimizer(network: MLP, options: argparse.Namespace) -> Optimizer:
    if options.optimizer == "sgd":
        return SGD(network.parameters(), _lr(options), momentum=options.momentum or 0.0)
    return Adam(network.parameters(), _lr(options))


# -- the report ---------------------------------------------------------------------------------------------------


def _report(model: TrainedModel, parts: Parts) -> None:
    """How good the model is on both parts."""
    for name, samples in (("training", parts.training), ("test", parts.test)):
        if samples:
            loss, quality = _measured(model, samples)
            print(f"{name} rows: loss {loss:.4g}, {quality}")
        else:
            print(f"{name} rows: none, there are too few")


def _measured(model: TrainedModel, samples: Sequence[tuple[list[float], float]]) -> tuple[float, str]:
    """The mean loss, and the accuracy of classes or the error of numbers in words."""
    loss = losses.by_name(model.target.loss)
    with ag.no_grad():
        outputs = [model.network(inputs) for inputs, _ in samples]
        mean_loss = mean([loss(output, target).data for output, (_, target) in zip(outputs, samples)])
    targets = [target for _, target in samples]
    return mean_loss, model.target.quality(outputs, targets)
