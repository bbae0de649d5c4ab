"""Everything that the command line says, as one object that cannot change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nn.command.outputs import DEFAULT_MODEL
from nn.command.plan import TrainingChoices
from nn.command.source import Source


@dataclass(frozen=True)
class Settings:
    """The options of a command; None for one that was not given, and the default for those of the other command.

    Attributes:
        command: which one it is.
        source: which table it reads.
        missing: what is done where a value is missing.
        overwrite: whether somebody else's files are replaced, too.
        target, task, one_hot, leave_out: what the columns of the table are to the model.
        hidden, activation, loss, seed: the network and what it is trained with.
        choices, epochs: how it is trained.
        save, resume, checkpoint_every: the model file to write, the one to resume, and how often to write.
        drawing, no_drawing: where one sample is drawn, and whether it is not.
        explain: whether one weight's gradient is explained in full.
        model, output: the model file that ``predict`` and ``export`` read, and the file that ``predict`` writes.
        to: the file that ``export`` writes.
        safe_csv: whether predictions are written so that no spreadsheet takes one for a formula.
    """

    command: Literal["train", "predict", "export"]
    source: Source = field(default_factory=Source)
    missing: str | None = None
    overwrite: bool = False

    target: str | None = None
    task: str | None = None
    one_hot: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] | None = None
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    loss: str | None = None
    seed: int | None = None
    choices: TrainingChoices = field(default_factory=TrainingChoices)
    epochs: int | None = None
    save: Path | None = None
    resume: Path | None = None
    checkpoint_every: int = 1
    drawing: Path | None = None
    no_drawing: bool = False
    explain: bool = False

    model: Path = DEFAULT_MODEL
    output: Path | None = None
    to: Path | None = None
    safe_csv: bool = False
