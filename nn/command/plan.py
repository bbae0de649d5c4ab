"""How to train: the choices are checked, and make the optimiser and its schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import autograd_core as ag
from nn.optim import SGD, Adam, AdamW, Optimizer, Polyak, RMSprop
from nn.schedules import Constant, Cosine, Exponential, ReduceOnPlateau, Schedule, Step, Warmup
from nn.tabular.columns import OptionError
from nn.training.checkpoint import State

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "polyak": Polyak,
}
DEFAULT_LR = {"sgd": 0.05, "rmsprop": 0.01, "adam": 0.01, "adamw": 0.01, "polyak": 1.0}
SCHEDULES = ("constant", "step", "exponential", "cosine", "plateau")
DEFAULT_DECAY = {"step": 0.1, "exponential": 0.97, "plateau": 0.1}
DEFAULT_PATIENCE = 10
DEFAULT_VALIDATION = 0.2
DEFAULT_BATCH_SIZE = 10
DEFAULT_EPOCHS = 100

ONLY_FOR = {
    "momentum": ("optimizer", ("sgd", "rmsprop")),
    "nesterov": ("optimizer", ("sgd",)),
    "weight_decay": ("optimizer", ("sgd", "rmsprop", "adam", "adamw")),
    "optimum": ("optimizer", ("polyak",)),
    "decay": ("schedule", ("step", "exponential", "plateau")),
    "decay_epochs": ("schedule", ("step", "plateau")),
}
"""Which optimiser or schedule an option needs."""


@dataclass(frozen=True)
class TrainingChoices:
    """What is chosen for a training; None for what was not. A model file keeps these as its training's settings."""

    optimizer: str | None = None
    lr: float | None = None
    momentum: float | None = None
    nesterov: bool | None = None
    weight_decay: float | None = None
    optimum: float | None = None
    schedule: str | None = None
    decay: float | None = None
    decay_epochs: int | None = None
    warmup: int | None = None
    batch_size: int | str | None = None
    clip_norm: float | None = None
    patience: int | None = None
    validation: float | None = None

    def overridden_by(self, others: TrainingChoices) -> TrainingChoices:
        """These, overridden by what others give; another optimiser or schedule drops what belonged to the old one."""
        given = {name: value for name, value in asdict(others).items() if value is not None}
        changed = {
            "optimizer": others.optimizer not in (None, self.optimizer_name),
            "schedule": others.schedule not in (None, self.schedule_name),
        }
        dropped = [name for name, (chooser, _) in ONLY_FOR.items() if changed[chooser]]
        if changed["optimizer"]:
            dropped.append("lr")
        return replace(self, **{**dict.fromkeys(dropped), **given})

    @property
    def optimizer_name(self) -> str:
        """Which optimiser it is."""
        return self.optimizer or "adam"

    @property
    def schedule_name(self) -> str:
        """Which schedule it is."""
        return self.schedule or "constant"

    @property
    def peak_lr(self) -> float:
        """The learning rate that the schedule starts from, or warms up to."""
        return DEFAULT_LR[self.optimizer_name] if self.lr is None else self.lr

    @property
    def rows_in_batch(self) -> int | None:
        """The batch size as ``nn.fit`` takes it: None for all rows."""
        if self.batch_size is None:
            return DEFAULT_BATCH_SIZE
        return None if self.batch_size == "full" else int(self.batch_size)

    @property
    def validation_share(self) -> float:
        """The share of the training rows that is held out to validate."""
        if self.validation is None:
            return 0.0 if self.patience is None else DEFAULT_VALIDATION
        return self.validation

    def check(self) -> None:
        """Raise an OptionError where the settings do not go together."""
        chosen = {"optimizer": self.optimizer_name, "schedule": self.schedule_name}
        for name, (chooser, choices) in ONLY_FOR.items():
            if getattr(self, name) is not None and chosen[chooser] not in choices:
                raise OptionError(
                    f"--{name.replace('_', '-')} is for --{chooser} {' or '.join(choices)}, not {chosen[chooser]}"
                )
        if self.nesterov and not self.momentum:
            raise OptionError("--nesterov needs a --momentum above 0")

    def make_optimizer(self, parameters: Iterable[ag.Value]) -> Optimizer:
        """The optimiser that is meant."""
        names = ("momentum", "nesterov", "weight_decay", "optimum")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return OPTIMIZERS[self.optimizer_name](parameters, self.peak_lr, **given)

    def make_schedule(self, optimizer: Optimizer, epochs: int) -> Schedule:
        """The schedule that is meant, over this many epochs (OptionError where the warm-up alone takes as many)."""
        warmup = self.warmup or 0
        if warmup >= epochs:
            raise OptionError(f"--warmup: it needs to be shorter than the {epochs} epochs in all")
        schedule = self._schedule_after_warmup(optimizer, epochs - warmup)
        return Warmup(schedule, warmup) if warmup else schedule

    def _schedule_after_warmup(self, optimizer: Optimizer, epochs: int) -> Schedule:
        decay = DEFAULT_DECAY.get(self.schedule_name, 1.0) if self.decay is None else self.decay
        match self.schedule_name:
            case "step":
                return Step(optimizer, self.decay_epochs or math.ceil(epochs / 3), decay)
            case "exponential":
                return Exponential(optimizer, decay)
            case "cosine":
                return Cosine(optimizer, epochs)
            case "plateau":
                return ReduceOnPlateau(optimizer, decay, self.decay_epochs or DEFAULT_PATIENCE)
            case "constant":
                return Constant(optimizer)
        raise ValueError(f"unknown schedule {self.schedule_name!r}")

    def __str__(self) -> str:
        """In words, for the report."""
        batch = "all rows at once" if self.rows_in_batch is None else f"batches of {self.rows_in_batch}"
        rate = "step size up to" if self.optimizer_name == "polyak" else "learning rate"
        words = [f"{self.optimizer_name} with {rate} {self.peak_lr:g}", batch]
        if self.schedule_name != "constant":
            words.append(f"schedule {self.schedule_name}")
        if self.warmup:
            words.append(f"warm-up over {self.warmup} epochs")
        return ", ".join(words)


@dataclass(frozen=True)
class Plan:
    """A training that is about to begin or to be resumed.

    Attributes:
        choices: its optimiser, schedule and so on.
        epochs: how many it has in all.
        optimizer, schedule: new ones, which the state belongs to.
        state: how far it is; None at the beginning.
    """

    choices: TrainingChoices
    epochs: int
    optimizer: Optimizer
    schedule: Schedule
    state: State | None = None


def new_plan(choices: TrainingChoices, epochs: int | None, parameters: Iterable[ag.Value]) -> Plan:
    """The plan of a training from its beginning (OptionError where the choices contradict each other)."""
    choices.check()
    epochs = epochs or DEFAULT_EPOCHS
    optimizer = choices.make_optimizer(parameters)
    return Plan(choices, epochs, optimizer, choices.make_schedule(optimizer, epochs))


def resumed_plan(
    chosen_now: TrainingChoices, epochs: int | None, training: Mapping[str, Any], parameters: Iterable[ag.Value]
) -> Plan:
    """The plan of a training that is resumed.

    An interrupted one runs to the number of epochs that was planned, or that is given now. A finished one runs for as
    many epochs again, and its schedule starts over. An optimiser or schedule starts afresh where its choices change.

    Args:
        chosen_now: what is chosen now; everything else stays as it was.
        epochs: how many are asked for now; None for as many as were planned.
        training: what :func:`training_document` made.
        parameters: of the network.

    Raises:
        OptionError: the choices contradict each other, or what was chosen before.
        ValueError, TypeError, KeyError: the document is not one of ours.
    """
    before, state = TrainingChoices(**training["settings"]), dict(training["state"])
    choices = before.overridden_by(chosen_now)
    choices.check()
    if choices.validation_share != before.validation_share:
        raise OptionError(
            f"--validation: this training has {before.validation_share:g}, which cannot become "
            f"{choices.validation_share:g} on the way"
        )
    history = state["history"]
    done = len(history["losses"])
    is_finished = training["is_finished"]
    if is_finished:
        epochs = done + (epochs or DEFAULT_EPOCHS)
        state["history"] = {**history, "stopped_early": False}
    else:
        epochs = epochs or training["epochs"]
        if epochs < done:
            raise OptionError(f"--epochs: {done} epochs of this training are already done, more than {epochs}")
    parameters = list(parameters)
    optimizer = choices.make_optimizer(parameters)
    has_new_optimizer = optimizer.state_dict() != before.make_optimizer(parameters).state_dict()
    schedule_names = ("schedule", "decay", "decay_epochs", "warmup")
    has_new_schedule = any(getattr(choices, name) != getattr(before, name) for name in schedule_names)
    starts_over = is_finished or has_new_optimizer or has_new_schedule
    schedule = choices.make_schedule(optimizer, epochs - done if starts_over else epochs)
    if has_new_optimizer:
        state["optimizer"] = optimizer.state_dict()
    if starts_over:
        state["schedule"] = schedule.state_dict()
    return Plan(choices, epochs, optimizer, schedule, state)


def training_document(plan: Plan, state: State | None, is_finished: bool) -> dict[str, Any] | None:
    """A training as plain data for a model file; finished where that is the final one."""
    if state is None:
        return None
    return {"settings": asdict(plan.choices), "epochs": plan.epochs, "is_finished": is_finished, "state": state}
