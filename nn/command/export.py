"""The command ``export``: a saved model as a function in another language."""

from __future__ import annotations

from autograd_core import console
from nn.command.outputs import place_of_export
from nn.command.settings import Settings
from nn.tabular import exported, model_file
from nn.tabular.columns import OptionError


def export(settings: Settings) -> None:
    """Write the model as a function that predicts.

    Raises:
        FileError: a file cannot be read or written, does not hold what it should, or is somebody else's to replace.
        OptionError: the file's suffix says no language, or it is the model itself.
    """
    path = settings.to
    assert path is not None  # it is required
    suffix = path.suffix.lower()
    if suffix not in exported.HEADS:
        raise OptionError(f"--to: {path} ends in none of {', '.join(exported.HEADS)}, which say the language to write")
    place = place_of_export(path, model=settings.model, head=exported.HEADS[suffix], overwrite=settings.overwrite)
    model = model_file.load(settings.model)
    place.write(exported.text_of(model, suffix))
    console.say(f"Written to {path}: the function predict() for {model.target.column}")
