"""The options of the command line: each is declared once, and all end in one :class:`Settings`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from autograd_core import __version__, console
from nn import activations, datasets
from nn.command import option_types as types
from nn.command.outputs import DEFAULT_MODEL
from nn.command.plan import (
    DEFAULT_BATCH_SIZE,
    DEFAULT_DECAY,
    DEFAULT_EPOCHS,
    DEFAULT_LR,
    DEFAULT_PATIENCE,
    DEFAULT_VALIDATION,
    OPTIMIZERS,
    SCHEDULES,
    TrainingChoices,
)
from nn.command.settings import Settings
from nn.command.source import DEFAULT_DATASET, Source
from nn.data.cells import MISSING, MISSING_NUMBERS
from nn.tabular.columns import MISSING_CHOICES
from nn.tabular.targets import Classes, Quantity

PROGRAM = console.name_called("nn", "autograd-nn")

Part = TypeVar("Part", Source, TrainingChoices)


def settings_of(arguments: Sequence[str] | None) -> Settings:
    """The settings in the program's arguments (SystemExit where they are wrong, or ask for help)."""
    given = vars(_parser().parse_args(arguments))
    source, choices = _part(Source, given), _part(TrainingChoices, given)
    return Settings(source=source, choices=choices, **given)


def _part(kind: type[Part], given: dict[str, Any]) -> Part:
    """One part of the settings, made of its options, which are taken out of all those given."""
    return kind(**{field.name: given.pop(field.name) for field in fields(kind) if field.name in given})


def _parser() -> argparse.ArgumentParser:
    parser = console.parser(PROGRAM, __version__, description="Train a small neural network on a table, and use it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="train|predict|export")
    train = commands.add_parser(
        "train",
        allow_abbrev=False,
        help="train a network, on Iris if no file is given",
        description="Train a network on the rows of a CSV or Parquet file, test it on a held-out fifth, and save it.",
    )
    _add_data(train.add_argument_group("data"))
    _add_network(train.add_argument_group("network"))
    _add_training(train.add_argument_group("training"))
    _add_optimizer(train.add_argument_group("optimiser and learning rate"))
    _add_files(train.add_argument_group("files"))
    predict = commands.add_parser(
        "predict",
        allow_abbrev=False,
        help="predict with a saved model",
        description="Write a saved model's predictions for the rows of a CSV or Parquet file, as CSV with one column.",
    )
    _add_predict(predict)
    export = commands.add_parser(
        "export",
        allow_abbrev=False,
        help="write a saved model as a function in C, JavaScript or Python",
        description="Write a saved model as a function that predicts, with its scaling and its class names.",
    )
    _add_export(export)
    return parser


# -- options of both commands -------------------------------------------------------------------------------------


def _add_source(group: argparse._ActionsContainer, content: str) -> None:
    """The options that say which table to read, and how it is written."""
    source = group.add_mutually_exclusive_group()
    source.add_argument("--data", type=Path, metavar="FILE.csv", help=content)
    source.add_argument(
        "--dataset",
        choices=tuple(datasets.ALL),
        metavar="NAME",
        help=f"a built-in data set: {', '.join(datasets.ALL)}; default: {DEFAULT_DATASET}",
    )
    group.add_argument(
        "--delimiter",
        type=types.delimiter,
        metavar="CHARACTER",
        help="between two fields, or tab; default: a comma, or what a first line such as sep=; says",
    )
    group.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line names the columns; without, they are called 1, 2, 3 …",
    )
    group.add_argument(
        "--encoding",
        type=types.encoding,
        metavar="NAME",
        help="of the text, such as latin-1 or cp1252; default: utf-8, or what a byte order mark says",
    )
    group.add_argument("--decimal", type=types.decimal, metavar="MARK", help="the decimal mark: . or , ; default: .")
    group.add_argument(
        "--thousands",
        type=types.thousands,
        metavar="MARK",
        help="between groups of digits: , . ' _ or space; default: nothing",
    )


def _add_missing(group: argparse._ActionsContainer, skip: str, mean: str, default: str) -> None:
    """The options for missing values; the texts say what ``skip`` and ``mean`` do, and what the default is."""
    spellings = " ".join(MISSING[1:]).replace("%", "%%")
    group.add_argument(
        "--missing",
        choices=MISSING_CHOICES,
        help=f"where a value is missing: refuse the table, {skip}, or {mean}; default: {default}",
    )
    group.add_argument(
        "--missing-text",
        type=types.missing_texts,
        metavar="TEXT,…",
        help=f"texts for a missing value besides an empty cell and {spellings} in upper or lower case, and among "
        f"numbers {' '.join(MISSING_NUMBERS)} as well",
    )


def _add_overwrite(group: argparse._ActionsContainer, what: str) -> None:
    group.add_argument("--overwrite", action="store_true", help=what)


def _add_model(group: argparse._ActionsContainer) -> None:
    """The model that is used."""
    group.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="FILE", help="default: model.json")


# -- options of train ---------------------------------------------------------------------------------------------


def _add_data(group: argparse._ArgumentGroup) -> None:
    _add_source(group, "a header line, then rows of numbers or class names; or a Parquet file of such columns")
    _add_missing(group, "skip the row", "fill in the column's mean (for a target: skip the row)", "refuse")
    group.add_argument("--skip-missing", dest="missing", action="store_const", const="skip", help="as --missing skip")
    group.add_argument(
        "--target", metavar="COLUMN", help="what to predict; all other columns that have a name are inputs"
    )
    group.add_argument(
        "--task",
        choices=("classification", "regression"),
        help="default: regression for a target of numbers, unless they are whole, few and repeated; needed where "
        "most texts are numbers, or nearly all are different",
    )
    group.add_argument(
        "--one-hot",
        type=types.column_names,
        metavar="COLUMN,…",
        help="columns of numbers to take as classes; each class is an input, as in columns of texts",
    )
    group.add_argument(
        "--leave-out", type=types.column_names, metavar="COLUMN,…", help="columns that are not to be inputs"
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--hidden", type=types.sizes, metavar="8,8", help="the sizes of the hidden layers; default: 8")
    group.add_argument(
        "--activation", choices=tuple(activations.ALL), metavar="NAME", help=f"{', '.join(activations.ALL)}"
    )
    group.add_argument(
        "--loss",
        choices=(*Classes.losses, *Quantity.losses),
        metavar="NAME",
        help=f"classification: {', '.join(Classes.losses)}; regression: {', '.join(Quantity.losses)}",
    )


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--epochs", type=types.count, metavar="N", help=f"default: {DEFAULT_EPOCHS}; see also --resume")
    group.add_argument(
        "--batch-size",
        type=types.batch_size,
        metavar="N",
        help=f"rows for each update, or full; default: {DEFAULT_BATCH_SIZE}",
    )
    group.add_argument("--seed", type=int, metavar="N", help="of the weights, the split and the order; default: 0")
    group.add_argument("--clip-norm", type=types.positive, metavar="X", help="shorten longer gradients to this")
    group.add_argument(
        "--validation",
        type=types.share,
        metavar="SHARE",
        help="of the training rows, to validate with after each epoch",
    )
    group.add_argument(
        "--patience",
        type=types.count,
        metavar="N",
        help="stop after N epochs without a lower validation loss, and keep the best weights; "
        f"with it, the default of --validation is {DEFAULT_VALIDATION}",
    )


def _add_optimizer(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--optimizer", choices=tuple(OPTIMIZERS), help="default: adam")
    rates = ", ".join(f"{rate:g} for {name}" for name, rate in DEFAULT_LR.items())
    group.add_argument("--lr", type=types.positive, metavar="RATE", help=f"for polyak, the cap; default: {rates}")
    group.add_argument("--momentum", type=types.below_one, metavar="M", help="for sgd and rmsprop; default: 0")
    group.add_argument("--nesterov", action="store_true", default=None, help="for sgd with momentum")
    group.add_argument(
        "--weight-decay", type=types.not_negative, metavar="X", help="not for polyak; default: 0.01 for adamw, else 0"
    )
    group.add_argument("--optimum", type=types.finite, metavar="LOSS", help="for polyak: the lowest loss; default: 0")
    group.add_argument("--schedule", choices=SCHEDULES, help="of the learning rate; default: constant")
    decays = ", ".join(f"{decay:g} for {name}" for name, decay in DEFAULT_DECAY.items())
    group.add_argument(
        "--decay", type=types.share, metavar="FACTOR", help=f"what the rate is multiplied by; default: {decays}"
    )
    group.add_argument(
        "--decay-epochs",
        type=types.count,
        metavar="N",
        help=f"for step: between two falls, by default a third of all; for plateau: without a better loss, by default "
        f"{DEFAULT_PATIENCE}",
    )
    group.add_argument("--warmup", type=types.count, metavar="N", help="epochs over which the rate rises to its start")


def _add_files(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--save", type=Path, metavar="FILE", help="default: model.json, or the one resumed")
    group.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="resume a saved model: for --epochs more epochs, or up to the last one if it was stopped or killed",
    )
    group.add_argument(
        "--checkpoint-every",
        type=types.count,
        default=1,
        metavar="N",
        help="write the model file after every N epochs of training, so that a kill loses no more; default: 1",
    )
    drawing = group.add_mutually_exclusive_group()
    drawing.add_argument(
        "--drawing", type=Path, metavar="FILE.svg", help="of one sample; default: beside the model, by its name"
    )
    drawing.add_argument("--no-drawing", action="store_true", help="draw nothing")
    _add_overwrite(group, "replace whatever is there, not only a model of the same data or an earlier drawing")
    group.add_argument("--explain", action="store_true", help="explain one weight's gradient in full, path by path")


# -- options of predict -------------------------------------------------------------------------------------------


def _add_predict(group: argparse.ArgumentParser) -> None:
    _add_model(group)
    _add_source(group, "it needs the columns trained on, in any order; what is not said is as in training")
    _add_missing(group, "predict nothing for the row", "fill in the mean of the rows trained on", "as in training")
    group.add_argument("--output", type=Path, metavar="FILE.csv", help="default: standard output")
    _add_overwrite(group, "replace FILE.csv, also where it has no predictions")
    group.add_argument(
        "--safe-csv",
        action="store_true",
        help="for spreadsheets: an apostrophe before a class that would be read as a formula, such as =1+1",
    )


# -- options of export --------------------------------------------------------------------------------------------


def _add_export(group: argparse.ArgumentParser) -> None:
    _add_model(group)
    group.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="the suffix says the language: .c (C99), .js or .py"
    )
    _add_overwrite(group, "replace FILE, also where it was not exported")
