"""The files that a run writes: they are known and checked before it starts, and never overwrite somebody else's.

What this program wrote is recognised by a file's content, not by its name: a model by its format and the data it was
trained on, a drawing and predictions by how they begin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nn.files import FileError, Place, beginning_of, is_same_file
from nn.tabular import model_file
from nn.tabular.columns import OptionError
from nn.tabular.model_file import TrainedModel

DEFAULT_MODEL = Path("model.json")
DRAWING_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn by python -m nn train -->\n'
"""How each drawing made by a training begins."""
PREDICTIONS_HEAD = "predicted_"
"""How a file of predictions begins, after a quotation mark where the column's name needs one."""


@dataclass(frozen=True)
class Outputs:
    """The files that a training writes.

    Attributes:
        model: the model file.
        drawing: the drawing of one sample; None where none is wanted.
        overwrite: whether somebody else's files are replaced, too.
    """

    model: Path
    drawing: Path | None
    overwrite: bool

    @classmethod
    def of(
        cls,
        *,
        save: Path | None,
        resume: Path | None,
        data: Path | None,
        drawing: Path | None,
        no_drawing: bool,
        overwrite: bool,
    ) -> Outputs:
        """The files that the options of ``train`` ask for.

        Raises:
            OptionError: two of them are the same file, one of them is also read, or the drawing's suffix is not .svg.
        """
        model = save or resume or DEFAULT_MODEL
        drawing = None if no_drawing else _drawing(model, drawing)
        _check_not_read("--save", model, [data])
        if drawing is not None:
            _check_not_read("--drawing", drawing, [data, resume])
            if is_same_file(model, drawing):
                raise OptionError(
                    f"--save: {model} would be both the model and the drawing of a sample: write --save FILE.json, "
                    "--drawing ANOTHER.svg or --no-drawing"
                )
        return cls(model, drawing, overwrite)

    def check_model(self, path: Path, accepted: Iterable[TrainedModel]) -> None:
        """Raise a FileError unless the file there is empty, or a model of the same data as one of these."""
        if self.overwrite or not beginning_of(path, 1):
            return
        try:
            old = model_file.load(path)
        except FileError as error:
            raise FileError(f"{error}; {_advice('--save')}") from None
        if _subject(old) not in map(_subject, accepted):
            raise FileError(f"{path}: a model of {old.target.column!r} in {old.data}; {_advice('--save')}")

    def place_of_drawing(self) -> Place | None:
        """Where the drawing goes, if one is wanted (FileError where it cannot be written)."""
        if self.drawing is None:
            return None
        heads = [] if self.overwrite else [DRAWING_HEAD]
        return _place(self.drawing, heads, "not a drawing of a training", "--drawing")


def place_of_predictions(output: Path | None, *, model: Path, data: Path | None, overwrite: bool) -> Place | None:
    """Where ``predict`` writes to; None for the standard output.

    Raises:
        OptionError: the file is one that is read.
        FileError: it cannot be written, or is somebody else's.
    """
    if output is None:
        return None
    _check_not_read("--output", output, [model, data])
    heads = [] if overwrite else [PREDICTIONS_HEAD, f'"{PREDICTIONS_HEAD}']
    return _place(output, heads, "not predictions of this program", "--output")


def place_of_export(path: Path, *, model: Path, head: str, overwrite: bool) -> Place:
    """Where ``export`` writes to.

    Raises:
        OptionError: the file is the model itself.
        FileError: it cannot be written, or is somebody else's.
    """
    _check_not_read("--to", path, [model])
    return _place(path, [] if overwrite else [head], "not written by this program", "--to")


def _drawing(model: Path, asked: Path | None) -> Path | None:
    """The drawing asked for, or the one beside the model."""
    if asked is None:
        return model.with_suffix(".svg") if model.name else None  # a folder, which is reported elsewhere
    if asked.suffix.lower() != ".svg":
        raise OptionError(f"--drawing: the drawing is an SVG, so write FILE.svg instead of {asked}")
    return asked


def _check_not_read(option: str, path: Path, inputs: Iterable[Path | None]) -> None:
    for read in inputs:
        if read is not None and is_same_file(path, read):
            raise OptionError(f"{option}: {path} is read from, and would be overwritten")


def _place(path: Path, heads: list[str], otherwise: str, option: str) -> Place:
    """A place where only an empty file, or one that begins with a head, is replaced; any file if there are no heads."""

    def check(path: Path) -> None:
        content = beginning_of(path, 200)
        if heads and content and not any(content.startswith(head.encode()) for head in heads):
            raise FileError(f"{path}: {otherwise}; {_advice(option)}")

    return Place(path, check)


def _advice(option: str) -> str:
    return f"it is not overwritten: name another file with {option}, or add --overwrite"


def _subject(model: TrainedModel) -> tuple[str, frozenset[str], str]:
    """What identifies a model: the data, its columns, and which of them it predicts."""
    columns = frozenset([*(feature.column for feature in model.features), *model.left_out])
    return model.data, columns, model.target.column
