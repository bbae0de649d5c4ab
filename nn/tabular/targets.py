"""What a network's outputs mean: the target column as numbers to train on, and outputs as predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nn.data.scaling import Scaler, mean, spread
from nn.data.table import Table

MOST_DIGITS = 17
"""This many digits tell any two floats apart."""


@dataclass(frozen=True)
class Classes:
    """A target column of class names.

    Attributes:
        column: its name.
        names: the classes, in alphabetical order; those that are the same number are the same class.
        loss: the one it is trained with, one of ``losses``; it decides what the outputs are. ``cross_entropy`` has a
            logit for each class; ``binary_cross_entropy`` and ``hinge`` have one output, positive for the second.

    Raises:
        ValueError: the loss does not suit these classes.
    """

    task: ClassVar[str] = "classification"
    losses: ClassVar[tuple[str, ...]] = ("cross_entropy", "binary_cross_entropy", "hinge")

    column: str
    names: tuple[str, ...]
    loss: str

    def __post_init__(self) -> None:
        _check_loss(self)
        if self.loss != "cross_entropy" and len(self.names) != 2:
            raise ValueError(f"{self.loss} tells two classes apart, and there are {len(self.names)}")

    @property
    def n_outputs(self) -> int:
        """How many outputs the network has."""
        return len(self.names) if self.loss == "cross_entropy" else 1

    def values(self, table: Table) -> list[int | None]:
        """The number of each row's class, None where it is missing (FileError where it is not among ``names``)."""
        return table.class_column(self.column, self.names)

    def encode(self, table: Table) -> list[float]:
        """The loss's target for each row.

        Raises:
            FileError: a class is missing, or not among ``names``.
        """
        indices = table.class_numbers(self.column, self.names)
        return [2.0 * index - 1.0 if self.loss == "hinge" else float(index) for index in indices]

    def decode(self, output: Any) -> str:
        """The class that an output of the network stands for."""
        if self.n_outputs == 1:
            return self.names[1 if output.data > 0.0 else 0]
        logits = [logit.data for logit in output]
        return self.names[logits.index(max(logits))]

    def written(self, prediction: str) -> str:
        """A prediction as text: the class itself."""
        return prediction

    def quality(self, outputs: Sequence[Any], targets: Sequence[float]) -> str:
        """The accuracy of outputs, in words."""
        right = sum(self.decode(output) == self._name(target) for output, target in zip(outputs, targets))
        return f"accuracy {right / len(targets):.3f} ({right} of {len(targets)} right)"

    def _name(self, target: float) -> str:
        """The class for which :meth:`encode` gave this target."""
        return self.names[int(target) if target >= 0.0 else 0]


@dataclass(frozen=True)
class Quantity:
    """A target column of numbers, which the network's single output predicts in scaled form.

    Attributes:
        column: its name.
        scaler: from the column's numbers to the targets trained on.
        loss: the one it is trained with, one of ``losses``.
        last_place: the power of ten of the last digit in the column's numbers, to which predictions are written; None
            for all the digits of a float.

    Raises:
        ValueError: the loss is not one for quantities.

    >>> price = Quantity("price", Scaler((250.0,), (50.0,)), "squared_error", last_place=-2)
    >>> price.written(273.20500000000004), price.written(-0.001)
    ('273.21', '0.00')
    """

    task: ClassVar[str] = "regression"
    losses: ClassVar[tuple[str, ...]] = ("squared_error", "absolute_error", "huber")
    n_outputs: ClassVar[int] = 1

    column: str
    scaler: Scaler
    loss: str
    last_place: int | None = None

    def __post_init__(self) -> None:
        _check_loss(self)

    def values(self, table: Table) -> list[float | None]:
        """The number in each row, None where it is missing (FileError where a text is not a number)."""
        return table.number_column(self.column)

    def encode(self, table: Table) -> list[float]:
        """The scaled number of each row (FileError where one is missing or not a number)."""
        return [self.scaler.scale(row)[0] for row in table.numbers([self.column])]

    def decode(self, output: Any) -> float:
        """The number that an output of the network stands for."""
        return self.scaler.unscale([output.data])[0]

    def written(self, prediction: float) -> str:
        """A prediction as text, with as many digits as the column's numbers have."""
        if self.last_place is None or not math.isfinite(prediction):
            return repr(prediction)
        decimals = max(0, -self.last_place)
        if decimals < MOST_DIGITS and abs(prediction) < 10.0**MOST_DIGITS:
            return f"{prediction:z.{decimals}f}"
        first_place = math.floor(math.log10(abs(prediction))) if prediction else self.last_place
        digits = min(max(first_place - self.last_place, 0), MOST_DIGITS - 1)
        return f"{prediction:z.{digits}e}"

    def quality(self, outputs: Sequence[Any], targets: Sequence[float]) -> str:
        """The root mean squared error in the column's unit, and R², the share of the variance explained, in words."""
        errors = [output.data - target for output, target in zip(outputs, targets)]
        squared_error = mean([error * error for error in errors])
        words = f"root mean squared error {math.sqrt(squared_error) * self.scaler.deviations[0]:.4g}"
        _, deviation = spread([self.scaler.unscale([target])[0] for target in targets])
        if not deviation:
            return f"{words}, no R^2: the targets are equal, so there is no variance to explain"
        ratio = math.sqrt(squared_error) / (deviation / self.scaler.deviations[0])
        return f"{words}, R^2 {1.0 - ratio * ratio:.3f}"


Target = Classes | Quantity


def _check_loss(target: Target) -> None:
    if target.loss not in target.losses:
        raise ValueError(f"{target.task} takes one of {', '.join(target.losses)}, not {target.loss!r}")
