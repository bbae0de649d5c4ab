"""The command line: ``python -m nn train`` and ``python -m nn predict``."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograd_core import console
from nn import activations
from nn.command.options import (
    add_missing_options,
    add_source_options,
    choose_csv_format,
    column_names,
    read_table,
)
from nn.command.outputs import DEFAULT_MODEL, place_of_predictions
from nn.command.plan import add_training_options, count
from nn.command.progress import bar_or_nothing, reading
from nn.command.train import TrainingError
from nn.command.train import train as run_train
from nn.files import FileError
from nn.tabular import model_file
from nn.tabular.columns import OptionError
from nn.tabular.targets import Classes, Quantity

PROGRAM = "python -m nn"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula: OWASP, CSV Injection."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: 0, or 1 where training failed, 2 for options or files that cannot be used, 130 after Ctrl-C.
    """
    return console.run_command(PROGRAM, lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    program = f"{PROGRAM} {options.command}"
    try:
        options.run(options)
    except (FileError, OptionError) as error:
        return console.complain(program, str(error), 2)
    except TrainingError as error:
        return console.complain(program, str(error), 1)
    except KeyboardInterrupt:
        return console.complain(program, "stopped by Ctrl-C", 130)
    return 0


def _predict(options: argparse.Namespace) -> None:
    """Write the predictions for a table, under a header, one on each line."""
    place = place_of_predictions(options)
    model = model_file.load(options.model)
    progress = bar_or_nothing()
    try:
        table = read_table(options, choose_csv_format(options, model.csv_format), reading(progress, str(options.data)))
        progress.begin("predicting", len(table.rows), "row")
        predictions = model.written_predictions(table, options.missing or model.missing, progress.advance)
    finally:
        progress.end()
    rows = [f"predicted_{model.target.column}", *predictions]
    if options.safe_csv:
        rows = [_without_formula(row) for row in rows]
    lines = [_csv_line(row) for row in rows]
    if place is not None:
        place.write("".join([f"{line}\n" for line in lines]))
    elif sys.stdout.isatty():
        for line in lines:
            console.say(line)
    else:
        sys.stdout.writelines([f"{line}\n" for line in lines])


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


# -- options ------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose help is not lost without a word where it cannot be written."""

    def print_help(self, file: Any = None) -> None:
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        sys.exit(console.complain(self.prog, f"{message} (see {self.prog} --help)", 2))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Train a small neural network on a table, and use it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="train|predict")
    _add_train(commands)
    _add_predict(commands)
    return parser


def _add_train(commands: argparse._SubParsersAction[_Parser]) -> None:
    train = commands.add_parser(
        "train",
        allow_abbrev=False,
        help="train a network, on Iris if no file is given",
        description="Train a network on the rows of a CSV file, test it on a held-out fifth of them, and save it.",
    )
    train.set_defaults(run=run_train)
    data = train.add_argument_group("data")
    add_source_options(data, "a header line, then rows of numbers or of names of classes")
    add_missing_options(data, "skip the row", "let the column's mean stand in (for a target: skip the row)", "refuse")
    data.add_argument("--skip-missing", dest="missing", action="store_const", const="skip", help="as --missing skip")
    data.add_argument(
        "--target", metavar="COLUMN", help="what to predict; all other columns that have a name are inputs"
    )
    data.add_argument(
        "--task",
        choices=("classification", "regression"),
        help="default: regression for a target of numbers, unless they are whole, few and come again; a table in which "
        "most texts are numbers, or nearly each is another, needs it said",
    )
    data.add_argument(
        "--one-hot",
        type=column_names,
        metavar="COLUMN,…",
        help="columns to take as classes though they hold numbers; each class is an input, as those of texts are",
    )
    data.add_argument("--leave-out", type=column_names, metavar="COLUMN,…", help="columns that are to be no inputs")
    network = train.add_argument_group("network")
    network.add_argument("--hidden", type=_sizes, metavar="8,8", help="the sizes of the hidden layers; default: 8")
    network.add_argument(
        "--activation", choices=tuple(activations.ALL), metavar="NAME", help=f"{', '.join(activations.ALL)}"
    )
    network.add_argument(
        "--loss",
        choices=(*Classes.losses, *Quantity.losses),
        metavar="NAME",
        help=f"classification: {', '.join(Classes.losses)}; regression: {', '.join(Quantity.losses)}",
    )
    add_training_options(train)
    files = train.add_argument_group("files")
    files.add_argument("--save", type=Path, metavar="FILE", help="default: model.json, or the one resumed")
    files.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="go on with a saved model: with --epochs more epochs, or to the last one where it was stopped or killed",
    )
    files.add_argument(
        "--checkpoint-every",
        type=count,
        default=1,
        metavar="N",
        help="write the model file after every N epochs of training, so that a kill loses no more; default: 1",
    )
    drawing = files.add_mutually_exclusive_group()
    drawing.add_argument(
        "--drawing", type=Path, metavar="FILE.svg", help="of one sample; default: beside the model, by its name"
    )
    drawing.add_argument("--no-drawing", action="store_true", help="draw nothing")
    files.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files that are there, also others than models of the same data and drawings of a training",
    )
    files.add_argument("--explain", action="store_true", help="take one weight's gradient wholly apart, path by path")


def _add_predict(commands: argparse._SubParsersAction[_Parser]) -> None:
    predict = commands.add_parser(
        "predict",
        allow_abbrev=False,
        help="predict with a saved model",
        description="Write a saved model's predictions for the rows of a CSV file, as CSV with one column.",
    )
    predict.set_defaults(run=_predict)
    predict.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="FILE", help="default: model.json")
    add_source_options(predict, "the columns trained on are needed, in any order; what is not said is as in training")
    add_missing_options(
        predict, "predict nothing for the row", "let the mean of the rows trained on stand in", "as in training"
    )
    predict.add_argument("--output", type=Path, metavar="FILE.csv", help="default: standard output")
    predict.add_argument("--overwrite", action="store_true", help="replace FILE.csv, also where it has no predictions")
    predict.add_argument(
        "--safe-csv",
        action="store_true",
        help="for spreadsheets: an apostrophe before a class that would be read as a formula, such as =1+1",
    )


def _sizes(text: str) -> list[int]:
    try:
        return [count(size.strip()) for size in text.split(",")]
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers of 1 or more with commas between them, got {text!r}"
        ) from None
