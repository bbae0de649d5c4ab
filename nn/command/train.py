"""The main job: from a table to a trained network, told line by line."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import autograd_core as ag
from autograd_core import console
from nn import losses
from nn.command.one_sample import OneSample
from nn.command.options import choose_csv_format, read_table
from nn.command.outputs import DRAWING_HEAD, Outputs
from nn.command.plan import DEFAULT_EPOCHS, Plan, new_plan, resumed_plan, training_document
from nn.command.progress import bar_or_lines, duration, reading
from nn.data.csv_file import COMMAS
from nn.data.samples import split
from nn.data.scaling import mean
from nn.data.table import Table
from nn.files import FileError, Place, check_writable, is_same_file
from nn.parameters import assign
from nn.tabular import model_file
from nn.tabular.columns import Columns, OptionError, decide
from nn.tabular.features import Category
from nn.tabular.model_file import TrainedModel
from nn.tabular.new_model import DEFAULT_HIDDEN, new_model, split_rows, wishes
from nn.tabular.targets import Classes
from nn.training.checkpoint import Checkpoint, State, previous_file
from nn.training.fit import fit
from nn.training.history import DivergenceError, History
from nn.training.progress import Progress

Samples = list[tuple[list[float], float]]

MOST_REPLAYED_OUTPUTS = 1_000
"""Compiling the loss of so many classes takes a second, and of ten times as many a hundred times as long."""


WEIGHTS_PER_SECOND = 300_000
"""How many weights of the output layer are trained in a second on one row, about, where the loss is not replayed."""

MOST_HOURS_UNASKED = 1.0
"""A training of so many classes that would take longer wants its epochs said."""


class TrainingError(ArithmeticError):
    """A training failed; the message says why, and what was kept."""


@dataclass(frozen=True)
class Parts:
    """A table's samples, (inputs, target) with both scaled: trained on, validated with, and held out for the test."""

    training: Samples
    validation: Samples
    test: Samples


def train(options: argparse.Namespace) -> None:
    """Train a network as the options of the command line say, save it, and report how good it is.

    Raises:
        FileError: a file cannot be read or written, does not hold what it should, or is somebody else's to replace.
        OptionError: an option does not fit the others or the data.
        TrainingError: a number became inf or nan.
    """
    progress = bar_or_lines()
    try:
        _train(_prepared(options, progress), options, progress)
    finally:
        progress.end()


@dataclass(frozen=True)
class _Job:
    """A training that may begin: all is read and checked.

    Attributes:
        model: new, or the one that is resumed.
        table: the rows to train on and to test with.
        parts: the same as samples.
        plan: how to train.
        checkpoint: where the model is written to.
        drawing: where the drawing goes; None where none is wanted.
        n_left_out: how many rows have a missing value and are neither.
        remarks: what else is to be said.
    """

    model: TrainedModel
    table: Table
    parts: Parts
    plan: Plan
    checkpoint: _ModelCheckpoint
    drawing: Place | None
    n_left_out: int
    remarks: tuple[str, ...]


def _prepared(options: argparse.Namespace, progress: Progress) -> _Job:
    outputs = Outputs.of(options)
    check_writable(outputs.model)
    drawing = outputs.place_of_drawing()
    resumed, is_damaged = (None, False) if options.resume is None else _load_resumed(options.resume)
    csv_format = choose_csv_format(options, COMMAS if resumed is None else resumed.csv_format)
    whole_table = read_table(options, csv_format, reading(progress, str(options.data)))
    progress.begin("preparing the network")
    suspicions: tuple[str, ...] = ()
    if resumed is not None:
        _check_resumable(resumed, whole_table, options)
        table, model = resumed.usable(whole_table), resumed
    else:
        columns = decide(whole_table, wishes(whole_table, options))
        missing, suspicions = options.missing or "refuse", columns.suspicions
        table = columns.usable(whole_table, missing)
        _check_hours(table, columns, options)
        model = new_model(table, columns, options, csv_format, missing)
    model = replace(model, data=_name_of(table, options))
    plan = _plan(model, options)
    parts = _parts(model, table, plan)
    checkpoint = _ModelCheckpoint(outputs, options, model, plan, resumed, is_damaged=is_damaged)
    remarks = [f"Suspicious: {suspicion}" for suspicion in suspicions]
    if is_damaged:
        remarks.append(f"{options.resume} is missing or damaged: going on from an earlier one")
    progress.end()
    n_left_out = len(whole_table.rows) - len(table.rows)
    return _Job(model, table, parts, plan, checkpoint, drawing, n_left_out, tuple(remarks))


def _check_hours(table: Table, columns: Columns, options: argparse.Namespace) -> None:
    """Refuse, before a network is made, to train for hours on very many classes where no number of epochs is given."""
    if columns.task != "classification" or options.epochs is not None:
        return
    n_classes = len(columns.class_names(table, columns.target))
    if n_classes <= MOST_REPLAYED_OUTPUTS:
        return
    n_weights = ((options.hidden or DEFAULT_HIDDEN)[-1] + 1) * n_classes
    seconds_per_epoch = n_weights * len(table.rows) / WEIGHTS_PER_SECOND
    seconds = DEFAULT_EPOCHS * seconds_per_epoch
    if seconds > 3600.0 * MOST_HOURS_UNASKED:
        raise OptionError(
            f"{table.name}: with {n_classes:,} classes and {len(table.rows):,} rows an epoch would take about "
            f"{duration(seconds_per_epoch)}, and {DEFAULT_EPOCHS} of them {duration(seconds)}: --epochs N says how "
            "many to train all the same, and fewer rows or classes are quicker"
        )


def _train(job: _Job, options: argparse.Namespace, progress: Progress) -> None:
    _describe(job)
    history = _fit(job, progress)
    job.checkpoint.write_final(is_finished=not history.interrupted)
    path = job.checkpoint.path
    console.say(f"Saved to {path}. To use it: python -m nn predict --model {shlex.quote(str(path))} --data FILE.csv")
    quality = _quality(job.model, job.parts, progress)
    _explain(job, options.explain)
    for line in quality:
        console.say(line)


def _name_of(table: Table, options: argparse.Namespace) -> str:
    """What a model file calls its data: the data set's name, or the file's, wherever it is."""
    return console.printable(table.name if options.data is None else options.data.name)


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
    """A model file with the state of its training, which the training goes on from.

    Args:
        outputs: what may be written where.
        options: of the command line.
        model: the model.
        plan: of its training.
        resumed: the model that the training goes on from, if it goes on.
        is_damaged: whether the file of that one is damaged or missing, and it was read from an earlier one.
    """

    def __init__(
        self,
        outputs: Outputs,
        options: argparse.Namespace,
        model: TrainedModel,
        plan: Plan,
        resumed: TrainedModel | None,
        *,
        is_damaged: bool,
    ) -> None:
        self._outputs = outputs
        self._resume: Path | None = options.resume
        self._model = model
        self._plan = plan
        is_own = resumed is not None and is_same_file(outputs.model, options.resume)
        self._accepted = [model] if resumed is None or not is_own else [model, resumed]
        self._may_be_damaged = is_own and is_damaged
        super().__init__(outputs.model, options.checkpoint_every)
        self._may_be_damaged = False  # any more
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

    def write_final(self, is_finished: bool) -> None:
        """Write the model for good."""
        self._place.write(model_file.text_of(self.model(is_finished)))

    def check_replaceable(self, path: Path) -> None:
        """Raise a FileError if the file that is there is not to be replaced."""
        if not self._may_be_damaged:
            self._outputs.check_model(path, self._accepted)

    def check_previous(self, path: Path) -> None:
        """Raise a FileError if the file that is there is not an earlier model, or the one that is resumed."""
        if (self._resume is not None and is_same_file(path, self._resume)) or not model_file.is_one(path):
            raise FileError(f"{path}: it is not an earlier model")


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


def _describe(job: _Job) -> None:
    """Say what will be done."""
    model, parts, plan = job.model, job.parts, job.plan
    network, target = model.network, model.target
    kind = f"{len(target.names)} classes" if isinstance(target, Classes) else "a number"
    sizes = "-".join(str(size) for size in (network.n_inputs, *network.layer_sizes))
    to_validate = f", {len(parts.validation)} to validate with" if parts.validation else ""
    console.say(f"Data: {job.table.name}, {len(job.table.rows)} rows, {len(model.features)} features")
    if job.n_left_out:
        console.say(f"Left out: {job.n_left_out} rows in which a value is missing")
    for line in model.described_columns(job.table):
        console.say(line)
    console.say(f"Target: {target.column}, {kind} ({target.task})")
    for remark in job.remarks:
        console.say(remark)
    console.say(
        f"Split: {len(parts.training)} rows to train on{to_validate}, {len(parts.test)} held out for the test, "
        f"seed {model.seed}"
    )
    console.say(f"Network: {sizes}, {network.activation}, {len(network.parameters())} weights and biases")
    console.say(f"Training: {target.loss}, {plan.settings}")
    drawing = "" if job.drawing is None else f", {job.drawing.path} (a drawing)"
    meanwhile = "" if job.checkpoint.previous is None else f"; {job.checkpoint.previous} while it trains"
    console.say(f"Files: {job.checkpoint.path}{drawing}{meanwhile}")


def _fit(job: _Job, progress: Progress) -> History:
    model, parts, plan, checkpoint = job.model, job.parts, job.plan, job.checkpoint
    done = 0 if plan.state is None else len(plan.state["history"]["losses"])
    settings = plan.settings
    progress.begin("preparing the training")
    try:
        history = fit(
            model.network,
            parts.training,
            model.target.loss,
            plan.optimizer,
            epochs=plan.epochs,
            batch_size=settings.rows_in_batch,
            seed=model.seed,
            progress=progress,
            schedule=plan.schedule,
            validation=parts.validation,
            patience=settings.patience,
            clip_norm=settings.clip_norm,
            callbacks=[lambda history: _tell(history, done + 1, plan.epochs, progress)],
            checkpoint=checkpoint,
            resume=True,
            engine="auto" if model.target.n_outputs <= MOST_REPLAYED_OUTPUTS else "eager",
        )
    except DivergenceError as error:
        raise TrainingError(f"{error}; {_kept_after(error, model, done, checkpoint)}") from None
    except ValueError as error:
        if plan.state is None or isinstance(error, FileError):
            raise
        raise _unusable(error) from None
    if history.interrupted:
        console.say(f"Stopped by Ctrl-C after {len(history.losses)} whole epochs; what was learned so far is kept.")
    elif history.stopped_early:
        console.say(
            f"Stopped early after epoch {len(history.losses)}; the weights are those of epoch {history.best_epoch}."
        )
    return history


def _tell(history: History, first: int, last: int, progress: Progress) -> None:
    """Print a line for the first epoch, the last one, and about ten in between."""
    epoch = len(history.losses)
    if epoch in (first, last) or epoch % max(1, last // 10) == 0:
        validation = f", validation loss {history.validation_losses[-1]:.4g}" if history.validation_losses else ""
        progress.say(f"epoch {epoch:{len(str(last))}} of {last}: loss {history.losses[-1]:.4g}{validation}")


def _kept_after(error: DivergenceError, model: TrainedModel, done: int, checkpoint: _ModelCheckpoint) -> str:
    """Leave the model of the last whole epoch in the file, if this training had one; say which it is."""
    epochs = len(error.history.losses)
    if epochs == done or checkpoint.state is None:
        return "no model was saved"
    assign(model.network.parameters(), "data", checkpoint.state["parameters"])
    checkpoint.finish()
    return f"{checkpoint.path} has the model of epoch {epochs}"


# -- the report ---------------------------------------------------------------------------------------------------


def _explain(job: _Job, whole: bool) -> None:
    """Take one weight's gradient on one row apart, and draw that row's graph."""
    model, parts, place = job.model, job.parts, job.drawing
    sample = OneSample(model, *(parts.test or parts.training)[0])
    row = f"one {'test' if parts.test else 'training'} row"
    more = "" if whole else " (all of it: --explain)"
    console.say()
    console.say(f"One weight's gradient on {row}, by the chain rule{more}:")
    for line in sample.explanation() if whole else sample.summary():
        console.say(line)
    console.say()
    if place is not None:
        try:
            place.write(f"{DRAWING_HEAD}{sample.drawing()}")
            console.say(f"Drawn in {place.path}, with the paths of that weight standing out")
        except (RuntimeError, FileError) as error:
            console.say(f"The sample is not drawn: {error}")
    model.network.zero_grad()


def _quality(model: TrainedModel, parts: Parts, progress: Progress) -> list[str]:
    """How good the model is on each part, in lines; what counts most is the last."""
    lines = [] if parts.test else ["test rows: none, there are too few"]
    total = len(parts.training) + len(parts.validation) + len(parts.test)
    progress.begin("testing", total, "row")
    for name, samples in (("training", parts.training), ("validation", parts.validation), ("test", parts.test)):
        if samples:
            loss, quality = _measured(model, samples, progress)
            lines.append(f"{name} rows: loss {loss:.4g}, {quality}")
    progress.end()
    return lines


def _measured(model: TrainedModel, samples: Samples, progress: Progress) -> tuple[float, str]:
    """The mean loss, and the accuracy of classes or the error of numbers in words."""
    loss = losses.by_name(model.target.loss)
    outputs, numbers = [], []
    for output, (_, target) in zip(model.outputs([inputs for inputs, _ in samples]), samples):
        with ag.no_grad():
            numbers.append(loss(output, target).data)
        outputs.append(output)
        progress.advance(1)
    return mean(numbers), model.target.quality(outputs, [target for _, target in samples])
