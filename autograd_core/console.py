"""What the command lines share: whatever becomes of their output, they end with a status and one line at most."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, NoReturn

from autograd_core.notation.numbers import printable

if TYPE_CHECKING:
    import argparse

    from _typeshed import SupportsWrite

__all__ = ["complain", "name_called", "parser", "printable", "run_command", "say"]


def name_called(module: str, script: str) -> str:
    """How this process's command line was called, for usage and messages: by its script, or by ``python -m``."""
    called = os.path.basename(sys.argv[0] if sys.argv else "").removesuffix(".exe")
    return script if called == script else f"python -m {module}"


def run_command(program: str, command: Callable[[], int]) -> int:
    """Run what a command line does.

    The standard output is written in UTF-8, whatever the terminal's own encoding is.

    Args:
        program: how it was called, for messages.
        command: does it; its errors of input and output are those of the standard output, for it catches all others.

    Returns:
        The command's own exit status; 2, after one line, where the standard output is closed or cannot be written; 1,
        without a word, where whoever was reading it has gone.
    """
    if sys.stdout is None:
        return complain(program, "the standard output is closed", 2)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        try:
            return command()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of(sys.stdout)
        return 1
    except OSError as error:
        _let_go_of(sys.stdout)
        return complain(program, f"cannot write to the standard output: {error.strerror or error}", 2)


def say(line: str = "") -> None:
    """Print a line for a person at once; nothing in it can steer the terminal, or hide."""
    print(printable(line), flush=True)


def complain(program: str, message: str, status: int) -> int:
    """Write one line to the error stream, if there is one.

    Returns:
        The status, to end with.
    """
    if sys.stderr is not None:
        try:
            print(printable(f"{program}: {' '.join(message.split())}"), file=sys.stderr, flush=True)
        except OSError:
            _let_go_of(sys.stderr)
    return status


def parser(program: str, version: str, **settings: Any) -> argparse.ArgumentParser:
    """A parser whose errors are one line, and whose help is not lost without a word where it cannot be written.

    Args:
        program: how it is called, for messages.
        version: of autograd-core, for ``--version``.
        settings: whatever else :class:`argparse.ArgumentParser` takes.
    """
    import argparse  # for a command line alone

    class Parser(argparse.ArgumentParser):
        def print_help(self, file: SupportsWrite[str] | None = None) -> None:
            (file or sys.stdout).write(self.format_help())

        def error(self, message: str) -> NoReturn:
            sys.exit(complain(self.prog, f"{message} (see {self.prog} --help)", 2))

    class Version(argparse.Action):
        def __call__(self, *_: Any) -> NoReturn:
            say(f"autograd-core {version}")
            sys.exit(0)

    made = Parser(prog=program, **settings)
    made.add_argument(
        "--version", action=Version, nargs=0, default=argparse.SUPPRESS, help="print the version and exit"
    )
    return made


def _let_go_of(stream: IO[str]) -> None:
    """Let what a stream still holds go nowhere, so that no error comes of it when Python ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
