"""The model file that a training writes as it runs, and the one that it resumes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from nn.command.outputs import Outputs
from nn.command.plan import Plan, TrainingChoices, resumed_plan, training_document
from nn.data.table import Table
from nn.files import FileError, is_same_file
from nn.tabular import model_file
from nn.tabular.columns import OptionError
from nn.tabular.features import Category
from nn.tabular.model_file import TrainedModel
from nn.training.checkpoint import Checkpoint, State, previous_file


@dataclass(frozen=True)
class Resumed:
    """A model whose training is resumed.

    Attributes:
        path: its file.
        model: the model.
        is_damaged: whether that file is missing or damaged, so that the model comes from an earlier one.
    """

    path: Path
    model: TrainedModel
    is_damaged: bool

    @classmethod
    def of(cls, path: Path) -> Resumed:
        """The model in a file, or in the one of the epoch before (FileError where neither is one)."""
        try:
            return cls(path, model_file.load(path), False)
        except FileError:
            before = previous_file(path)
            if not before.exists():
                raise
            return cls(path, model_file.load(before), True)

    def check(self, asked: Mapping[str, object]) -> None:
        """Raise an OptionError where an option asks for another model than this one.

        Args:
            asked: what is asked for, or None, under each of the names ``target``, ``task``, ``loss``, ``hidden``,
                ``activation``, ``seed`` and ``missing``, and columns under ``one_hot`` and ``leave_out``.
        """
        model, network = self.model, self.model.network
        own = {
            "target": model.target.column,
            "task": model.target.task,
            "loss": model.target.loss,
            "hidden": network.layer_sizes[:-1],
            "activation": network.activation,
            "seed": model.seed,
            "missing": model.missing,
        }
        for name, value in own.items():
            if asked[name] not in (None, value):
                self._refuse(name, value, asked[name])
        categories = [feature.column for feature in model.features if isinstance(feature, Category)]
        for name, known in (("one_hot", categories), ("leave_out", model.left_out)):
            columns = asked[name]
            if isinstance(columns, tuple) and not set(columns) <= set(known):
                self._refuse(name, tuple(sorted(known)), columns)

    def _refuse(self, name: str, own: object, asked: object) -> NoReturn:
        option = f"--{name.replace('_', '-')}"
        raise OptionError(f"{option}: {self.path} was trained with {_shown(own)}, not {_shown(asked)}")

    def check_columns(self, table: Table) -> None:
        """Raise a FileError where a table has other columns than the model was trained on."""
        model = self.model
        model.target.values(table)  # raises where the column or a class does not fit
        own_columns = [feature.column for feature in model.features]
        ignored = {model.target.column, *table.unnamed, *model.left_out} - set(own_columns)
        columns = [name for name in table.columns if name not in ignored]
        if set(columns) != set(own_columns):
            raise FileError(
                f"{table.name}: its columns are {', '.join(columns)}; "
                f"{self.path} was trained on {', '.join(own_columns)}"
            )

    def plan(self, choices: TrainingChoices, epochs: int | None) -> Plan | None:
        """How the training is resumed, see :func:`resumed_plan`; None where the file has no training.

        Raises:
            OptionError: the choices contradict each other, or what was chosen before.
            FileError: the training in the file is damaged.
        """
        if self.model.training is None:
            return None
        try:
            return resumed_plan(choices, epochs, self.model.training, self.model.network.parameters())
        except OptionError:
            raise
        except UNUSABLE as error:
            raise unusable(error) from None


UNUSABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)
"""What a document that is not what it should be may raise."""


def unusable(error: Exception) -> FileError:
    """The error for a document from which a training cannot be resumed."""
    return FileError(f"--resume: the training in the file cannot be resumed: {type(error).__name__}: {error}")


def _shown(value: object) -> str:
    return ",".join(str(part) for part in value) or "none" if isinstance(value, tuple) else str(value)


class ModelCheckpoint(Checkpoint):
    """A model file with the state of its training, from which it can be resumed.

    Args:
        outputs: the files that may be written.
        every: how many epochs there are from one write to the next.
        model: the model.
        plan: the plan of its training.
        resumed: what the training resumes from, if it does.
    """

    def __init__(
        self, outputs: Outputs, every: int, model: TrainedModel, plan: Plan, resumed: Resumed | None = None
    ) -> None:
        self._outputs = outputs
        self._resume = None if resumed is None else resumed.path
        self._model = model
        self._plan = plan
        self._accepted = [model]
        self._may_be_damaged = False
        if resumed is not None and is_same_file(outputs.model, resumed.path):
            self._accepted.append(resumed.model)
            self._may_be_damaged = resumed.is_damaged
        super().__init__(outputs.model, every)
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
        """Raise a FileError unless the file there is an earlier model, or the one that is resumed."""
        if (self._resume is not None and is_same_file(path, self._resume)) or not model_file.is_one(path):
            raise FileError(f"{path}: it is not an earlier model")
