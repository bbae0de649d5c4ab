"""The command ``train``: from a table to a trained network, reported line by line."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from autograd_core import console
from nn.command.options import PROGRAM
from nn.command.outputs import Outputs
from nn.command.plan import DEFAULT_EPOCHS, Plan, new_plan
from nn.command.progress import bar_or_lines, duration, reading
from nn.command.report import describe_data, describe_training, explain, quality_lines
from nn.command.resuming import ModelCheckpoint, Resumed, unusable
from nn.command.settings import Settings
from nn.data.csv_file import COMMAS, CsvFormat
from nn.data.table import Table
from nn.files import FileError, Place, check_writable
from nn.parameters import assign
from nn.tabular.columns import Columns, OptionError, Wishes, decide
from nn.tabular.model_file import TrainedModel
from nn.tabular.new_model import DEFAULT_ACTIVATION, DEFAULT_HIDDEN, new_model
from nn.tabular.parts import Parts
from nn.training.fit import fit
from nn.training.history import DivergenceError, History
from nn.training.progress import Progress

MOST_REPLAYED_OUTPUTS = 1_000
"""Compiling the loss of this many classes takes a second; ten times as many take a hundred times as long."""


WEIGHTS_PER_SECOND = 300_000
"""About how many weights of the output layer are trained on one row in a second, where the loss is not replayed."""

MOST_HOURS_UNASKED = 1.0
"""A training on so many classes that would take longer needs its epochs given."""


class TrainingError(ArithmeticError):
    """A training failed; the message says why, and what was kept."""


def train(settings: Settings) -> None:
    """Train a network as the options of the command line say, save it, and report how good it is.

    Raises:
        FileError: a file cannot be read or written, does not hold what it should, or is somebody else's to replace.
        OptionError: an option does not fit the others or the data.
        TrainingError: a number became inf or nan.
    """
    progress = bar_or_lines()
    try:
        job = _prepared(settings, progress)
        _describe(job)
        history = _fit(job, progress)
        job.checkpoint.write_final(is_finished=not history.interrupted)
        path = job.checkpoint.path
        console.say(f"Saved to {path}. To use it: {PROGRAM} predict --model {shlex.quote(str(path))} --data FILE.csv")
        quality = quality_lines(job.model, job.parts, progress)
        explain(job.model, job.parts, job.drawing, whole=settings.explain)
        for line in quality:
            console.say(line)
    finally:
        progress.end()


@dataclass(frozen=True)
class _Job:
    """A training that may begin: everything has been read and checked.

    Attributes:
        model: new, or the one that is resumed.
        table: the rows to train on and to test with.
        parts: the same rows as samples.
        plan: how to train.
        checkpoint: where the model is written.
        drawing: where the drawing goes; None where none is wanted.
        n_left_out: how many rows are left out, because a value is missing.
        remarks: what else there is to say.
    """

    model: TrainedModel
    table: Table
    parts: Parts
    plan: Plan
    checkpoint: ModelCheckpoint
    drawing: Place | None
    n_left_out: int
    remarks: tuple[str, ...]


def _prepared(settings: Settings, progress: Progress) -> _Job:
    outputs = _outputs(settings)
    check_writable(outputs.model)
    drawing = outputs.place_of_drawing()
    resumed = None if settings.resume is None else Resumed.of(settings.resume)
    source = settings.source
    csv_format = source.csv_format(COMMAS if resumed is None else resumed.model.csv_format)
    whole_table = source.read(csv_format, reading(progress, str(source.data)))
    progress.begin("preparing the network")
    if resumed is None:
        table, model, remarks = _new(whole_table, csv_format, settings)
    else:
        table, model, remarks = _gone_on_with(resumed, whole_table, settings)
    model = replace(model, data=source.name_of(table))
    plan = None if resumed is None else resumed.plan(settings.choices, settings.epochs)
    plan = plan or new_plan(settings.choices, settings.epochs, model.network.parameters())
    parts = Parts.of(model, table, plan.choices.validation_share)
    checkpoint = ModelCheckpoint(outputs, settings.checkpoint_every, model, plan, resumed)
    progress.end()
    n_left_out = len(whole_table.rows) - len(table.rows)
    return _Job(model, table, parts, plan, checkpoint, drawing, n_left_out, tuple(remarks))


def _outputs(settings: Settings) -> Outputs:
    return Outputs.of(
        save=settings.save,
        resume=settings.resume,
        data=settings.source.data,
        drawing=settings.drawing,
        no_drawing=settings.no_drawing,
        overwrite=settings.overwrite,
    )


def _new(whole_table: Table, csv_format: CsvFormat, settings: Settings) -> tuple[Table, TrainedModel, list[str]]:
    """The usable rows of a table, an untrained model for them, and remarks."""
    source, missing, hidden = settings.source, settings.missing or "refuse", settings.hidden or DEFAULT_HIDDEN
    if settings.target is None and source.data is not None:
        raise OptionError(f"--data needs --target, one of its columns: {', '.join(whole_table.columns)}")
    target = settings.target or source.data_set().target
    wishes = Wishes(target, settings.task, settings.one_hot or (), settings.leave_out or ())
    columns = decide(whole_table, wishes)
    table = columns.usable(whole_table, missing)
    if settings.epochs is None:
        _check_hours(table, columns, hidden[-1])
    model = new_model(
        table,
        columns,
        csv_format,
        missing,
        hidden=hidden,
        activation=settings.activation or DEFAULT_ACTIVATION,
        loss=settings.loss,
        seed=settings.seed or 0,
    )
    return table, model, [f"Suspicious: {suspicion}" for suspicion in columns.suspicions]


def _gone_on_with(resumed: Resumed, whole_table: Table, settings: Settings) -> tuple[Table, TrainedModel, list[str]]:
    """The same for a model that is resumed, which keeps its own columns and its own network."""
    resumed.check(vars(settings))
    resumed.check_columns(whole_table)
    remark = f"{resumed.path} is missing or damaged: resuming from an earlier one"
    return resumed.model.usable(whole_table), resumed.model, [remark] if resumed.is_damaged else []


def _check_hours(table: Table, columns: Columns, n_hidden: int) -> None:
    """Refuse, before a network is made, to train for the default epochs where so many classes would take hours."""
    if columns.task != "classification":
        return
    n_classes = len(columns.class_names(table, columns.target))
    if n_classes <= MOST_REPLAYED_OUTPUTS:
        return
    n_weights = (n_hidden + 1) * n_classes
    seconds_per_epoch = n_weights * len(table.rows) / WEIGHTS_PER_SECOND
    seconds = DEFAULT_EPOCHS * seconds_per_epoch
    if seconds > 3600.0 * MOST_HOURS_UNASKED:
        raise OptionError(
            f"{table.name}: with {n_classes:,} classes and {len(table.rows):,} rows an epoch would take about "
            f"{duration(seconds_per_epoch)}, and {DEFAULT_EPOCHS} of them {duration(seconds)}: --epochs N says how "
            "many to train all the same; fewer rows or classes are quicker"
        )


def _describe(job: _Job) -> None:
    """Say what will be done."""
    describe_data(job.model, job.table, job.n_left_out)
    for remark in job.remarks:
        console.say(remark)
    describe_training(job.model, job.parts, job.plan.choices)
    drawing = "" if job.drawing is None else f", {job.drawing.path} (a drawing)"
    meanwhile = "" if job.checkpoint.previous is None else f"; {job.checkpoint.previous} while it trains"
    console.say(f"Files: {job.checkpoint.path}{drawing}{meanwhile}")


def _fit(job: _Job, progress: Progress) -> History:
    model, parts, plan, checkpoint = job.model, job.parts, job.plan, job.checkpoint
    done = 0 if plan.state is None else len(plan.state["history"]["losses"])
    choices = plan.choices
    progress.begin("preparing the training")
    try:
        history = fit(
            model.network,
            parts.training,
            model.target.loss,
            plan.optimizer,
            epochs=plan.epochs,
            batch_size=choices.rows_in_batch,
            seed=model.seed,
            progress=progress,
            schedule=plan.schedule,
            validation=parts.validation,
            patience=choices.patience,
            clip_norm=choices.clip_norm,
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
        raise unusable(error) from None
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


def _kept_after(error: DivergenceError, model: TrainedModel, done: int, checkpoint: ModelCheckpoint) -> str:
    """Leave the model of the last complete epoch in the file, if there was one in this training; say which it is."""
    epochs = len(error.history.losses)
    if epochs == done or checkpoint.state is None:
        return "no model was saved"
    assign(model.network.parameters(), "data", checkpoint.state["parameters"])
    checkpoint.finish()
    return f"{checkpoint.path} has the model of epoch {epochs}"
