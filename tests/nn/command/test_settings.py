"""The options of the command line end in one object, which says what was said and nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from nn.command.options import settings_of
from nn.command.plan import TrainingChoices
from nn.command.settings import Settings
from nn.command.source import Source


@pytest.mark.parametrize("command", ["train", "predict"])
def test_what_is_not_said_is_as_in_the_settings_themselves(command: str) -> None:
    assert settings_of([command]) == Settings(command)  # type: ignore[arg-type]


def test_each_option_ends_in_its_part() -> None:
    words = ["train", "--data", "a.csv", "--decimal", ",", "--skip-missing", "--target", "y", "--one-hot", "b, a"]
    words += ["--hidden", "4,2", "--lr", "0.5", "--batch-size", "full", "--epochs", "3", "--resume", "m.json"]
    assert settings_of(words) == Settings(
        "train",
        source=Source(data=Path("a.csv"), decimal=","),
        missing="skip",
        target="y",
        one_hot=("a", "b"),
        hidden=(4, 2),
        choices=TrainingChoices(lr=0.5, batch_size="full"),
        epochs=3,
        resume=Path("m.json"),
    )
    words = ["predict", "--model", "m.json", "--dataset", "iris", "--output", "p.csv", "--overwrite", "--safe-csv"]
    assert settings_of(words) == Settings(
        "predict",
        source=Source(dataset="iris"),
        overwrite=True,
        model=Path("m.json"),
        output=Path("p.csv"),
        safe_csv=True,
    )


def test_settings_do_not_change() -> None:
    settings = settings_of(["train"])
    for part, name in ((settings, "epochs"), (settings.source, "data"), (settings.choices, "lr")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, 1)
