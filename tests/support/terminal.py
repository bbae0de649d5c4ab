"""A terminal of its own for a program under test: typed into and read like the one a person sits at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A Python program in a pseudo-terminal.

    Args:
        program: the program's text.
        prompt: what it prints when it is the user's turn.
        options: of the interpreter, such as ``-m pdb``.
        kind: the terminal's name; one that is not ``dumb`` has colours.
        columns: how wide it is; of unknown width if 0.
    """

    def __init__(self, program: Path, prompt: str, *options: str, kind: str = "dumb", columns: int = 0) -> None:
        self.prompt = prompt
        self.raw = ""  # all that has been read, escape sequences included
        self._screen, theirs = pty.openpty()
        if columns:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = os.environ | {"TERM": kind, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        environment.pop("NO_COLOR", None)
        environment.pop("COLUMNS", None)
        environment.pop("PYTHONBREAKPOINT", None)
        self._process = subprocess.Popen(
            [sys.executable, *options, str(program)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            cwd=program.parent,
            start_new_session=True,
            preexec_fn=_take_as_controlling_terminal,  # so that Ctrl-C reaches the program
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)

    def read(self, ending: str | None = None, seconds: float = 30.0) -> str:
        """What appears until the prompt (or another ending), without it."""
        ending = self.prompt if ending is None else ending
        text, deadline = "", time.monotonic() + seconds
        while not text.endswith(ending):
            if not select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {ending!r} within {seconds} s; so far:\n{text}")
            try:
                read = os.read(self._screen, 4096)
            except OSError:  # Linux's way of saying that the program has closed the terminal
                raise AssertionError(f"the program ended without {ending!r}:\n{text}") from None
            self.raw += read.decode()
            text = ESCAPE_SEQUENCE.sub("", text + read.decode()).replace("\r\n", "\n")
        return text.removesuffix(ending)

    def type(self, keys: str) -> None:
        """Press keys, without Enter."""
        os.write(self._screen, keys.encode())

    def command(self, line: str) -> str:
        """Type a line; what it prints until the next prompt, without the line itself."""
        self.type(line + "\n")
        return self.read().partition("\n")[2]

    def ends(self, seconds: float = 30.0) -> tuple[int, str]:
        """Wait for the program's end: its exit status, and what it still printed."""
        text, deadline = "", time.monotonic() + seconds
        while select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                read = os.read(self._screen, 4096)
            except OSError:
                break
            if not read:
                break
            text += read.decode()
        status = self._process.wait(max(0.1, deadline - time.monotonic()))
        return status, ESCAPE_SEQUENCE.sub("", text).replace("\r\n", "\n")


def _take_as_controlling_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
