"""The command line: ``python -m nn train``, ``predict`` and ``export``."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core import console
from nn.command.export import export
from nn.command.options import PROGRAM, settings_of
from nn.command.predict import predict
from nn.command.train import TrainingError, train
from nn.files import FileError
from nn.tabular.columns import OptionError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after ``python -m nn``; None for those that this process was started with.

    Returns:
        The exit status: 0, or 1 where training failed, 2 for options or files that cannot be used, 130 after Ctrl-C.
    """
    return console.run_command(PROGRAM, lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    settings = settings_of(arguments)
    program = f"{PROGRAM} {settings.command}"
    try:
        if settings.command == "train":
            train(settings)
        elif settings.command == "export":
            export(settings)
        else:
            predict(settings)
    except (FileError, OptionError) as error:
        return console.complain(program, str(error), 2)
    except TrainingError as error:
        return console.complain(program, str(error), 1)
    except KeyboardInterrupt:
        return console.complain(program, "stopped by Ctrl-C", 130)
    return 0
