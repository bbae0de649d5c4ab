"""What a network's inputs mean: the columns of a table as the numbers that it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from nn.data.scaling import Scaler
from nn.data.table import Table, short


@dataclass(frozen=True)
class Measure:
    """A column of numbers, which is one input.

    Attributes:
        column: its name.
        scaler: from the column's numbers to the inputs.
    """

    n_inputs: ClassVar[int] = 1

    column: str
    scaler: Scaler

    def input_names(self) -> list[str]:
        """The name of its input."""
        return [self.column]

    def values(self, table: Table) -> list[float | None]:
        """The number in each row, None where it is missing (FileError where a text is not a number)."""
        return table.number_column(self.column)

    def encode(self, table: Table) -> list[list[float]]:
        """The input for each row; the mean of the training rows where the number is missing.

        Raises:
            FileError: a text is not a number, or is so far from the training data that its input overflows.
        """
        mean, deviation = self.scaler.means[0], self.scaler.deviations[0]
        inputs = [[((mean if number is None else number) - mean) / deviation] for number in self.values(table)]
        faults = table.faults()
        for row, scaled in enumerate(inputs):
            if not math.isfinite(scaled[0]):
                text = table.texts(self.column)[row]
                faults.add(row, self.column, f"{short(text)} is too far from the numbers that were trained on")
        faults.check()
        return inputs


@dataclass(frozen=True)
class Category:
    """A column of class names, which is one input for each class: 1 for the row's own, 0 for all others (one-hot).

    Attributes:
        column: its name.
        names: the classes, in alphabetical order; those that are the same number are the same class.
        shares: the share of each class among the training rows; equal shares where none are given.

    >>> from nn.data.csv_file import parse_csv
    >>> table = parse_csv("sex,id\\nmale,1\\nfemale,2\\n,3\\n", "birds.csv")
    >>> Category("sex", ("female", "male"), (0.25, 0.75)).encode(table)
    [[0.0, 1.0], [1.0, 0.0], [0.25, 0.75]]
    """

    column: str
    names: tuple[str, ...]
    shares: tuple[float, ...] = ()

    @classmethod
    def of(cls, column: str, names: Sequence[str], numbers: Sequence[int | None]) -> Category:
        """The category of a column with these classes, whose shares are those among ``numbers``, some rows' classes."""
        counts = [0] * len(names)
        for number in numbers:
            if number is not None:
                counts[number] += 1
        total = sum(counts) or 1
        return cls(column, tuple(names), tuple([count / total for count in counts]))

    @property
    def n_inputs(self) -> int:
        """How many inputs it is."""
        return len(self.names)

    def input_names(self) -> list[str]:
        """The names of its inputs."""
        return [f"{self.column}={name}" for name in self.names]

    def values(self, table: Table) -> list[int | None]:
        """The number of each row's class, None where it is missing (FileError where it is not among ``names``)."""
        return table.class_column(self.column, self.names)

    def encode(self, table: Table) -> list[list[float]]:
        """The inputs for each row; the shares of the classes, which are the inputs' mean, where a class is missing.

        Raises:
            FileError: a class is not among ``names``.
        """
        one_hot = [[1.0 if number == own else 0.0 for number in range(len(self.names))] for own in range(self.n_inputs)]
        mean = list(self.shares) or [1.0 / self.n_inputs] * self.n_inputs
        return [mean if number is None else one_hot[number] for number in self.values(table)]


Feature = Measure | Category
