"""The rows of a table as samples in three parts: to train on, to validate with, and to test with."""

from __future__ import annotations

from dataclasses import dataclass

from nn.data.samples import split
from nn.data.table import Table
from nn.tabular.columns import OptionError
from nn.tabular.model_file import TrainedModel
from nn.tabular.targets import Classes, Target

TEST_FRACTION = 0.2

Samples = list[tuple[list[float], float]]


@dataclass(frozen=True)
class Parts:
    """A table's samples, (inputs, target) with both scaled: trained on, validated with, and held out for the test."""

    training: Samples
    validation: Samples
    test: Samples

    @classmethod
    def of(cls, model: TrainedModel, table: Table, validation_share: float = 0.0) -> Parts:
        """The parts of the rows that a model is trained on and tested with; the same each time for the same model.

        Raises:
            FileError: a value does not fit the model.
            OptionError: there are too few rows for such a share to validate with.
        """
        inputs = [row for row in model.inputs(table, model.missing) if row is not None]  # all: the table has no others
        samples = list(zip(inputs, model.target.encode(table), strict=True))
        training_rows, test_rows = split_rows(model.target, table, model.seed)
        training = [samples[row] for row in training_rows]
        validation: Samples = []
        if validation_share:
            training, validation = split(training, validation_share, model.seed)
            if not training or not validation:
                raise OptionError("--validation: there are too few rows to train on some and validate with others")
        return cls(training, validation, [samples[row] for row in test_rows])


def split_rows(target: Target, table: Table, seed: int) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on and of those to hold out; each class is split in proportion."""
    groups = target.values(table) if isinstance(target, Classes) else None
    return split(range(len(table.rows)), TEST_FRACTION, seed, groups)
