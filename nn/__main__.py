"""The command line: ``python -m nn train`` and ``python -m nn predict``."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from nn import activations, job, model_file
from nn.columns import OptionError
from nn.files import FileError, write_text
from nn.reading_options import (
    add_missing_options,
    add_source_options,
    choose_csv_format,
    column_names,
    read_table,
)
from nn.targets import Classes, Quantity
from nn.training_options import add_training_options, count

PROGRAM = "python -m nn"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: 0, or 1 where training failed, 2 for options or files that cannot be used, 130 after Ctrl-C.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (FileError, OptionError) as error:
        return _failed(options, str(error), 2)
    except job.TrainingError as error:
        return _failed(options, str(error), 1)
    except KeyboardInterrupt:
        return _failed(options, "stopped by Ctrl-C", 130)
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _failed(options: argparse.Namespace, message: str, status: int) -> int:
    print(f"{PROGRAM} {options.command}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _predict(options: argparse.Namespace) -> None:
    """Write the predictions for a table, under a header, one on each line."""
    if options.output is not None:
        for path in (options.model, options.data):
            if path is not None and path.exists() and options.output.exists() and options.output.samefile(path):
                raise OptionError(f"--output: {options.output} is read from, and would be overwritten")
    model = model_file.load(options.model)
    table = read_table(options, choose_csv_format(options, model.csv_format))
    predictions = model.written_predictions(table, options.missing or model.missing)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"predicted_{model.target.column}"])
    writer.writerows([[prediction] for prediction in predictions])
    if options.output is None:
        sys.stdout.write(text.getvalue())
        sys.stdout.flush()
    else:
        write_text(options.output, text.getvalue())


# -- options ------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


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
    train.set_defaults(run=job.train)
    data = train.add_argument_group("data")
    add_source_options(data, "a header line, then rows of numbers or of names of classes")
    add_missing_options(data, "skip the row", "let the column's mean stand in (in a target the row is skipped)")
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
    files = train.add_argument_group("model file")
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


def _add_predict(commands: argparse._SubParsersAction[_Parser]) -> None:
    predict = commands.add_parser(
        "predict",
        allow_abbrev=False,
        help="predict with a saved model",
        description="Write a saved model's predictions for the rows of a CSV file, as CSV with one column.",
    )
    predict.set_defaults(run=_predict)
    predict.add_argument("--model", type=Path, default=job.DEFAULT_MODEL, metavar="FILE", help="default: model.json")
    add_source_options(predict, "the columns trained on are needed, in any order; what is not said is as in training")
    add_missing_options(predict, "predict nothing for the row", "let the mean of the rows trained on stand in")
    predict.add_argument("--output", type=Path, metavar="FILE.csv", help="default: standard output")


def _sizes(text: str) -> list[int]:
    try:
        return [count(size.strip()) for size in text.split(",")]
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers of 1 or more with commas between them, got {text!r}"
        ) from None


if __name__ == "__main__":
    sys.exit(main())
