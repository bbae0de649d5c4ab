"""The command ``predict``: a saved model's predictions for a table."""

from __future__ import annotations

import csv
import io
import sys

from autograd_core import console
from nn.command.outputs import PREDICTIONS_HEAD, place_of_predictions
from nn.command.progress import bar_or_nothing, reading
from nn.command.settings import Settings
from nn.command.source import Source
from nn.tabular import model_file
from nn.tabular.model_file import TrainedModel

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula: OWASP, CSV Injection."""


def predict(settings: Settings) -> None:
    """Write the predictions for a table, under a header, one on each line.

    Raises:
        FileError: a file cannot be read or written, does not hold what it should, or is somebody else's to replace.
        OptionError: an option does not fit the others or the model.
    """
    source = settings.source
    place = place_of_predictions(settings.output, model=settings.model, data=source.data, overwrite=settings.overwrite)
    predictions = _predictions(model_file.load(settings.model), source, settings.missing)
    if settings.safe_csv:
        predictions = [_without_formula(text) for text in predictions]
    lines = [_csv_line(text) for text in predictions]
    if place is not None:
        place.write("".join([f"{line}\n" for line in lines]))
    elif sys.stdout.isatty():
        for line in lines:
            console.say(line)
    else:
        sys.stdout.writelines([f"{line}\n" for line in lines])


def _predictions(model: TrainedModel, source: Source, missing: str | None) -> list[str]:
    """The header and the predictions for a table."""
    progress = bar_or_nothing()
    try:
        table = source.read(source.csv_format(model.csv_format), reading(progress, str(source.data)))
        progress.begin("predicting", len(table.rows), "row")
        predictions = model.written_predictions(table, missing or model.missing, progress.advance)
    finally:
        progress.end()
    return [f"{PREDICTIONS_HEAD}{model.target.column}", *predictions]


def _csv_line(field: str) -> str:
    """A row of one field, without the line end."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow([field])  # a field with either of these is quoted
    return text.getvalue().removesuffix("\r\n")


def _without_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what begins as one gets an apostrophe, numbers do not."""
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) else text
    return text
