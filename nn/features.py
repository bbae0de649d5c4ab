"""What a network's inputs mean: columns of a table as the numbers that go in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nn.data import Scaler
from nn.table import Table


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
        """What its input is called."""
        return [self.column]

    def encode(self, table: Table) -> list[list[float]]:
        """The input for each row (FileError where a number is missing or none)."""
        return [self.scaler.scale(row) for row in table.numbers([self.column])]


@dataclass(frozen=True)
class Category:
    """A column of class names, which is one input for each class: 1 for the row's own, 0 for all others (one-hot).

    Attributes:
        column: its name.
        names: the classes, in alphabetical order.

    >>> from nn.table import parse_csv
    >>> Category("sex", ("female", "male")).encode(parse_csv("sex\\nmale\\nfemale\\n", "birds.csv"))
    [[0.0, 1.0], [1.0, 0.0]]
    """

    column: str
    names: tuple[str, ...]

    @property
    def n_inputs(self) -> int:
        """How many inputs it is."""
        return len(self.names)

    def input_names(self) -> list[str]:
        """What its inputs are called."""
        return [f"{self.column}={name}" for name in self.names]

    def encode(self, table: Table) -> list[list[float]]:
        """The inputs for each row (FileError where a class is missing, or not among ``names``)."""
        return [
            [1.0 if number == own else 0.0 for number in range(len(self.names))]
            for own in table.class_numbers(self.column, self.names)
        ]


Feature = Measure | Category
