"""The files that a run writes: known and checked before it starts, and never over what is somebody else's.

What this program wrote is told by what is in a file, not by its name: a model by its format and the data it was trained
on, a drawing and predictions by how they begin.
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
"""How each drawing begins that a training makes."""
PREDICTIONS_HEAD = "predicted_"
"""How predictions begin, after a quotation mark where the name of the column needs one."""


@dataclass(frozen=True)
class Outputs:
    """The files that a training writes.

    Attributes:
        model: the model file.
        drawing: of one sample; None where none is wanted.
        overwrite: whether files are replaced that are somebody else's.
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
        """Those that the options of ``train`` mean.

        Raises:
            OptionError: two of them are one file, or one is read from, or a drawing has another suffix than .svg.
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
        """Raise a FileError if the file that is there is neither empty nor a model of the same data as one of these."""
        if self.overwrite or not beginning_of(path, 1):
            return
        try:
            old = model_file.load(path)
        except FileError as error:
            raise FileError(f"{error}; {_advice('--save')}") from None
        if _subject(old) not in map(_subject, accepted):
            raise FileError(f"{path}: a model of {old.target.column!r} in {old.data}; {_advice('--save')}")

    def place_of_drawing(self) -> Place | None:
        """Where the drawing goes, if one is wanted (FileError where it cannot)."""
        if self.drawing is None:
            return None
        heads = [] if self.overwrite else [DRAWING_HEAD]
        return _place(self.drawing, heads, "not a drawing of a training", "--drawing")


def place_of_predictions(output: Path | None, *, model: Path, data: Path | None, overwrite: bool) -> Place | None:
    """Where ``predict`` writes to; None for the standard output.

    Raises:
        OptionError: the file is read from.
        FileError: it cannot be written, or is somebody else's.
    """
    if output is None:
        return None
    _check_not_read("--output", output, [model, data])
    heads = [] if overwrite else [PREDICTIONS_HEAD, f'"{PREDICTIONS_HEAD}']
    return _place(output, heads, "not predictions of this program", "--output")


def _drawing(model: Path, asked: Path | None) -> Path | None:
    """The drawing that is asked for, or the one beside the model."""
    if asked is None:
        return model.with_suffix(".svg") if model.name else None  # a folder, which is told elsewhere
    if asked.suffix.lower() != ".svg":
        raise OptionError(f"--drawing: the drawing is an SVG, so write FILE.svg instead of {asked}")
    return asked


def _check_not_read(option: str, path: Path, inputs: Iterable[Path | None]) -> None:
    for read in inputs:
        if read is not None and is_same_file(path, read):
            raise OptionError(f"{option}: {path} is read from, and would be overwritten")


def _place(path: Path, heads: list[str], otherwise: str, option: str) -> Place:
    """A place where what is replaced is empty or begins with one of the heads; or is anything, if there are none."""

    def check(path: Path) -> None:
        content = beginning_of(path, 200)
        if heads and content and not any(content.startswith(head.encode()) for head in heads):
            raise FileError(f"{path}: {otherwise}; {_advice(option)}")

    return Place(path, check)


def _advice(option: str) -> str:
    return f"it is not overwritten: name another file with {option}, or add --overwrite"


def _subject(model: TrainedModel) -> tuple[str, frozenset[str], str]:
    """What a model is about: the data, its columns, and which of them it predicts."""
    columns = frozenset([*(feature.column for feature in model.features), *model.left_out])
    return model.data, columns, model.target.column
