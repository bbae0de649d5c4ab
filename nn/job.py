"""The main job: from a table to a trained network, told line by line."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import autograd_core as ag
from nn import losses, model_file
from nn.checkpoint import Checkpoint, State, previous_file
from nn.columns import OptionError, decide
from nn.csv_file import COMMAS
from nn.data import mean, split
from nn.features import Category
from nn.files import FileError, check_writable
from nn.history import DivergenceError, History
from nn.model_file import TrainedModel
from nn.new_model import new_model, split_rows, wishes
from nn.one_sample import explain_one_weight
from nn.reading_options import choose_csv_format, read_table
from nn.table import Table
from nn.targets import Classes
from nn.training import fit
from nn.training_options import Plan, new_plan, resumed_plan, training_document

DEFAULT_MODEL = Path("model.json")


Samples = list[tuple[list[float], float]]


class TrainingError(ArithmeticError):
    """A training failed; the message says why, and what was kept."""


@dataclass(frozen=True)
class Parts:
    """A table's samples, (inputs, target) with both scaled: trained on, validated with, and held out for the test."""

    training: Samples
    validation: Samples
    test: Samples


def train(options: argparse.Namespace) -> None:
    """Train a network as the options of the command line say, report how good it is, and save it.

    Raises:
        FileError: a file cannot be read or written, or does not hold what it should.
        OptionError: an option does not fit the others or the data.
        TrainingError: a number became inf or nan.
    """
    destination = options.save or options.resume or DEFAULT_MODEL
    resumed, is_damaged = (None, False) if options.resume is None else _load_resumed(options.resume)
    if not (is_damaged and destination == options.resume):
        _check_destination(destination)
    csv_format = choose_csv_format(options, COMMAS if resumed is None else resumed.csv_format)
    whole_table = read_table(options, csv_format)
    suspicions: tuple[str, ...] = ()
    if resumed is not None:
        _check_resumable(resumed, whole_table, options)
        table, model = resumed.usable(whole_table), resumed
    else:
        columns = decide(whole_table, wishes(whole_table, options))
        missing, suspicions = options.missing or "refuse", columns.suspicions
        table = columns.usable(whole_table, missing)
        model = new_model(table, columns, options, csv_format, missing)
    plan = _plan(model, options)
    parts = _parts(model, table, plan)
    _describe(model, table, parts, plan, len(whole_table.rows) - len(table.rows), suspicions)
    if is_damaged:
        print(f"{options.resume} is missing or damaged: going on from the epoch before it")
    checkpoint = _ModelCheckpoint(destination, options.checkpoint_every, model, plan)
    history = _fit(model, parts, plan, checkpoint)
    _report(model, parts)
    model_file.save(checkpoint.model(is_finished=not history.interrupted), destination)
    model_option = f"--model {shlex.quote(str(destination))}"
    print(f"Saved to {destination}. To use it: python -m nn predict {model_option} --data FILE.csv")
    inputs, target = (parts.test or parts.training)[0]
    print(f"\nOne weight's gradient on one {'test' if parts.test else 'training'} row, as backpropagation computes it:")
    print(explain_one_weight(model, inputs, target, destination.with_name("graph.svg")))


def _check_destination(path: Path) -> None:
    """A file that is not a model of ours is not ours to replace."""
    check_writable(path)
    if path.exists() and path.stat().st_size:
        try:
            model_file.load(path)
        except FileError as error:
            raise FileError(f"{error}; it is not overwritten: move it away or name another file with --save") from None


# -- a model to go on with ----------------------------------------------------------------------------------------


def _load_resumed(path: Path) -> tuple[TrainedModel, bool]:
    """The model in a file, or in the one of the epoch before where it is missing or damaged; and whether it is."""
    try:
        return model_file.load(path), False
    except FileError:
        before = previous_file(path)
        if not before.exists():
            raise
        return model_file.load(before), True


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
        "missing": model.missing,
    }
    for name, value in own.items():
        asked = getattr(options, name)
        if asked is not None and asked != value:
            raise OptionError(
                f"--{name.replace('_', '-')}: {options.resume} was trained with {_shown(value)}, not {_shown(asked)}"
            )
    model.target.values(table)  # raises where the column or a class does not fit
    own_columns = [feature.column for feature in model.features]
    categories = [feature.column for feature in model.features if isinstance(feature, Category)]
    for option, asked_columns, known in (
        ("--one-hot", options.one_hot, categories),
        ("--leave-out", options.leave_out, list(model.left_out)),
    ):
        if asked_columns is not None and not set(asked_columns) <= set(known):
            raise OptionError(
                f"{option}: {options.resume} was trained with {_shown(sorted(known))}, not {_shown(asked_columns)}"
            )
    ignored = {model.target.column, *table.unnamed, *model.left_out} - set(own_columns)
    columns = [name for name in table.columns if name not in ignored]
    if set(columns) != set(own_columns):
        raise FileError(
            f"{table.name}: its columns are {', '.join(columns)}; "
            f"{options.resume} was trained on {', '.join(own_columns)}"
        )


def _shown(value: Any) -> str:
    return ",".join(str(part) for part in value) or "none" if isinstance(value, list) else str(value)


# -- training -----------------------------------------------------------------------------------------------------


class _ModelCheckpoint(Checkpoint):
    """A model file with the state of its training, which the training goes on from."""

    def __init__(self, path: Path, every: int, model: TrainedModel, plan: Plan) -> None:
        super().__init__(path, every)
        self._model = model
        self._plan = plan
        self.state = plan.state

    def load(self) -> State | None:
        """The state that was in the file when the training was planned."""
        return self.state

    def text(self, state: State) -> str:
        """The model file."""
        return model_file.text_of(self.model())

    def model(self, is_finished: bool = False) -> TrainedModel:
        """The model as it is now, with what it takes to go on with its training."""
        return replace(self._model, training=training_document(self._plan, self.state, is_finished))


def _plan(model: TrainedModel, options: argparse.Namespace) -> Plan:
    parameters = model.network.parameters()
    if model.training is None:
        return new_plan(options, parameters)
    try:
        return resumed_plan(options, model.training, parameters)
    except OptionError:
        raise
    except UNUSABLE as error:
        raise _unusable(error) from None


UNUSABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)
"""What comes of a document that is not what it should be."""


def _unusable(error: Exception) -> FileError:
    return FileError(f"--resume: the training in the file cannot go on: {type(error).__name__}: {error}")


def _parts(model: TrainedModel, table: Table, plan: Plan) -> Parts:
    inputs = [row for row in model.inputs(table, model.missing) if row is not None]  # all: the table has no others
    samples = list(zip(inputs, model.target.encode(table), strict=True))
    training_rows, test_rows = split_rows(model.target, table, model.seed)
    training = [samples[row] for row in training_rows]
    validation: Samples = []
    if plan.settings.validation_share:
        training, validation = split(training, plan.settings.validation_share, model.seed)
        if not training or not validation:
            raise OptionError("--validation: there are too few rows to train on some and validate with others")
    return Parts(training, validation, [samples[row] for row in test_rows])


def _describe(
    model: TrainedModel, table: Table, parts: Parts, plan: Plan, n_left_out: int, suspicions: Sequence[str]
) -> None:
    network, target = model.network, model.target
    kind = f"{len(target.names)} classes" if isinstance(target, Classes) else "a number"
    sizes = "-".join(str(size) for size in (network.n_inputs, *network.layer_sizes))
    to_validate = f", {len(parts.validation)} to validate with" if parts.validation else ""
    print(f"Data: {table.name}, {len(table.rows)} rows, {len(model.features)} features")
    if n_left_out:
        print(f"Left out: {n_left_out} rows in which a value is missing")
    for line in model.described_columns(table):
        print(line)
    print(f"Target: {target.column}, {kind} ({target.task})")
    for suspicion in suspicions:
        print(f"Suspicious: {suspicion}")
    print(
        f"Split: {len(parts.training)} rows to train on{to_validate}, {len(parts.test)} held out for the test, "
        f"seed {model.seed}"
    )
    print(f"Network: {sizes}, {network.activation}, {len(network.parameters())} weights and biases")
    print(f"Training: {target.loss}, {plan.settings}", flush=True)


def _fit(model: TrainedModel, parts: Parts, plan: Plan, checkpoint: _ModelCheckpoint) -> History:
    done = 0 if plan.state is None else len(plan.state["history"]["losses"])
    settings = plan.settings
    try:
        history = fit(
            model.network,
            parts.training,
            model.target.loss,
            plan.optimizer,
            epochs=plan.epochs,
            batch_size=settings.rows_in_batch,
            seed=model.seed,
            progress=False,
            schedule=plan.schedule,
            validation=parts.validation,
            patience=settings.patience,
            clip_norm=settings.clip_norm,
            callbacks=[lambda history: _tell(history, done + 1, plan.epochs)],
            checkpoint=checkpoint,
            resume=True,
        )
    except DivergenceError as error:
        raise TrainingError(f"{error}; {_kept_after(error, model, done, checkpoint)}") from None
    except ValueError as error:
        if plan.state is None or isinstance(error, FileError):
            raise
        raise _unusable(error) from None
    if history.interrupted:
        print(f"Stopped by Ctrl-C after {len(history.losses)} whole epochs; what was learned so far is kept.")
    elif history.stopped_early:
        print(f"Stopped early after epoch {len(history.losses)}; the weights are those of epoch {history.best_epoch}.")
    return history


def _tell(history: History, first: int, last: int) -> None:
    """Print a line for the first epoch, the last one, and about ten in between."""
    epoch = len(history.losses)
    if epoch in (first, last) or epoch % max(1, last // 10) == 0:
        validation = f", validation loss {history.validation_losses[-1]:.4g}" if history.validation_losses else ""
        print(f"epoch {epoch:{len(str(last))}} of {last}: loss {history.losses[-1]:.4g}{validation}", flush=True)


def _kept_after(error: DivergenceError, model: TrainedModel, done: int, checkpoint: _ModelCheckpoint) -> str:
    """Leave the model of the last whole epoch in the file, if this training had one; say which it is."""
    epochs = len(error.history.losses)
    if epochs == done or checkpoint.state is None:
        return "no model was saved"
    for parameter, number in zip(model.network.parameters(), checkpoint.state["parameters"]):
        parameter.data = number
    checkpoint.finish()
    return f"{checkpoint.path} has the model of epoch {epochs}"


# -- the report ---------------------------------------------------------------------------------------------------


def _report(model: TrainedModel, parts: Parts) -> None:
    """How good the model is on both parts."""
    for name, samples in (("training", parts.training), ("validation", parts.validation), ("test", parts.test)):
        if not samples and name == "validation":
            continue
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
