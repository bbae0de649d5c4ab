"""Checkpoints: the state of a training in a file, from which it can go on as if it had never stopped."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

from nn.files import FileError, check_writable, read_text, write_text

State = dict[str, Any]
"""All that a training needs to go on after an epoch, as plain data; see ``nn.training``."""

FORMAT = "autograd-core checkpoint"


class Checkpoint:
    """A file that a training is saved in after each epoch.

    The file is written beside and renamed, and the one of the epoch before is kept as ``FILE.previous`` until the
    training ends: a kill at any moment leaves one that is whole. The training does not wait for the disk after each
    epoch; should a power failure damage the last file, there is the one before.

    Args:
        path: the file.
        every: it is written after every so many epochs; more than 1 saves time, and a kill costs as many.

    Attributes:
        state: that of the last epoch, or what was loaded; None before.
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        self.path = Path(path)
        self.previous = previous_file(self.path)
        self.every = every
        self.state: State | None = None
        self._is_ours = False
        self._is_pending = False
        check_writable(self.path)

    def save(self, state: State) -> None:
        """Take the state after an epoch, and write it if its turn has come (FileError where that fails)."""
        self.state = state
        self._is_pending = True
        if len(state["history"]["losses"]) % self.every == 0:
            self._write()

    def finish(self) -> None:
        """Write what is not yet written, and remove the file of the epoch before."""
        if self._is_pending:
            self._write()
        self.previous.unlink(missing_ok=True)

    def load(self) -> State | None:
        """The state in the file, or in the one before it where that is missing or damaged; None where neither is.

        Raises:
            FileError: there are files, and none is a whole checkpoint.
        """
        errors = []
        for path in (self.path, self.previous):
            if path.exists():
                try:
                    self.state = self.read(path)
                except FileError as error:
                    errors.append(error)
                else:
                    return self.state
        if errors:
            raise errors[0]
        return None

    def text(self, state: State) -> str:
        """What the file holds for a state."""
        return json.dumps({"format": FORMAT, **state}, allow_nan=False) + "\n"

    def read(self, path: Path) -> State:
        """The state in a file (FileError where it is not a whole checkpoint)."""
        text = read_text(path)
        try:
            state = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FileError(f"{path}: not a checkpoint, or a damaged one: {error}") from None
        if not isinstance(state, dict) or state.pop("format", None) != FORMAT:
            raise FileError(f"{path}: not a checkpoint: its format is not {FORMAT!r}")
        return state

    def _write(self) -> None:
        assert self.state is not None
        # What is there before the first write belongs to another training, or is damaged.
        write_text(self.path, self.text(self.state), self.previous if self._is_ours else None, is_durable=False)
        self._is_ours = True
        self._is_pending = False


def previous_file(path: Path) -> Path:
    """Where the checkpoint of the epoch before is kept."""
    return path.with_name(f"{path.name}.previous")


def generator_state(generator: random.Random) -> list[Any]:
    """The state of a random generator as plain data, its 625 words as one text."""
    version, words, gauss = generator.getstate()
    return [version, b"".join([word.to_bytes(4, "big") for word in words]).hex(), gauss]


def set_generator_state(generator: random.Random, state: list[Any]) -> None:
    """Make a generator go on from a state (ValueError where it is not one)."""
    version, text, gauss = state
    content = bytes.fromhex(text)
    words = [int.from_bytes(content[start : start + 4], "big") for start in range(0, len(content), 4)]
    generator.setstate((version, tuple(words), gauss))
