"""What a training reports: before it, what will be done; after it, how good the model is."""

from __future__ import annotations

import autograd_core as ag
from autograd_core import console
from nn import losses
from nn.command.one_sample import OneSample
from nn.command.outputs import DRAWING_HEAD
from nn.command.plan import TrainingChoices
from nn.data.scaling import mean
from nn.data.table import Table
from nn.files import FileError, Place
from nn.tabular.model_file import TrainedModel
from nn.tabular.parts import Parts, Samples
from nn.tabular.targets import Classes
from nn.training.progress import Progress


def describe_data(model: TrainedModel, table: Table, n_left_out: int) -> None:
    """Say what the model is trained on, and how many rows with a missing value are left out."""
    target = model.target
    kind = f"{len(target.names)} classes" if isinstance(target, Classes) else "a number"
    console.say(f"Data: {table.name}, {len(table.rows)} rows, {len(model.features)} features")
    if n_left_out:
        console.say(f"Left out: {n_left_out} row{'s' if n_left_out > 1 else ''} with a missing value")
    for line in model.described_columns(table):
        console.say(line)
    console.say(f"Target: {target.column}, {kind} ({target.task})")


def describe_training(model: TrainedModel, parts: Parts, choices: TrainingChoices) -> None:
    """Say what is trained, and how."""
    network = model.network
    sizes = "-".join(str(size) for size in (network.n_inputs, *network.layer_sizes))
    to_validate = f", {len(parts.validation)} to validate with" if parts.validation else ""
    console.say(
        f"Split: {len(parts.training)} rows to train on{to_validate}, {len(parts.test)} held out for the test, "
        f"seed {model.seed}"
    )
    console.say(f"Network: {sizes}, {network.activation}, {len(network.parameters())} weights and biases")
    console.say(f"Training: {model.target.loss}, {choices}")


def explain(model: TrainedModel, parts: Parts, drawing: Place | None, *, whole: bool) -> None:
    """Take one weight's gradient for one row apart, and draw that row's graph."""
    sample = OneSample(model, *(parts.test or parts.training)[0])
    row = f"one {'test' if parts.test else 'training'} row"
    more = "" if whole else " (all of it: --explain)"
    console.say()
    console.say(f"One weight's gradient on {row}, by the chain rule{more}:")
    for line in sample.explanation() if whole else sample.summary():
        console.say(line)
    console.say()
    if drawing is not None:
        try:
            drawing.write(f"{DRAWING_HEAD}{sample.drawing()}")
            console.say(f"Drawn in {drawing.path}, with the paths of that weight standing out")
        except (RuntimeError, FileError) as error:
            console.say(f"The sample is not drawn: {error}")
    model.network.zero_grad()


def quality_lines(model: TrainedModel, parts: Parts, progress: Progress) -> list[str]:
    """How good the model is on each part, in lines; the most important comes last."""
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
