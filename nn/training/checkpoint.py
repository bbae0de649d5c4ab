"""Checkpoints: the state of a training in a file, from which it can continue as if it had never stopped."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

from nn.files import FileError, Place, beginning_of, parse_json, read_text

State = dict[str, Any]
"""Everything that a training needs to continue after an epoch, as plain data; see ``nn.training.fit``."""

FORMAT = "autograd-core checkpoint"
HEAD = json.dumps({"format": FORMAT})[:-1].encode()
"""How each checkpoint begins."""

SECONDS_BETWEEN_DURABLE = 5.0
"""How much of a training a power failure may cost, besides the epochs between two checkpoints."""


class Checkpoint:
    """A file in which a training is saved after each epoch.

    It is written completely or not at all: a kill at any moment leaves a complete one. The training does not wait for
    the disk after each epoch; should a power failure damage the file, there is ``FILE.previous``, an earlier one that
    has reached the disk, until the training ends. Where ``FILE.previous`` is somebody else's, it is left alone, and the
    training waits for the disk each time.

    Args:
        path: the file.
        every: how many epochs there are from one write to the next; more than 1 saves time, a kill may cost as many.

    Attributes:
        state: the state after the last epoch, or the one loaded; None before.

    Raises:
        FileError: the file cannot be written, or what is there is not a checkpoint.
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        self.path = Path(path)
        self.every = every
        self.state: State | None = None
        self._place = Place(self.path, self.check_replaceable)
        self._previous = self._place_of_previous()
        self._written: str | None = None
        self._is_pending = False
        self._durable_at = 0.0

    @property
    def previous(self) -> Path | None:
        """Where an earlier checkpoint is kept while the training runs; None where none is kept."""
        return None if self._previous is None else self._previous.path

    def save(self, state: State) -> None:
        """Take the state after an epoch, and write it if its turn has come (FileError where that fails)."""
        self.state = state
        self._is_pending = True
        if len(state["history"]["losses"]) % self.every == 0:
            self._write()

    def finish(self) -> None:
        """Write what is not yet written, make sure that it is on the disk, and remove the earlier file."""
        if self._is_pending:
            self._write()
        if self._written is not None:
            self._place.write(self._written)
        if self._previous is not None:
            self._previous.remove()

    def load(self) -> State | None:
        """The state in the file, or in the one before it where that is missing or damaged; None where neither is.

        Raises:
            FileError: there are files, but none is a complete checkpoint.
        """
        errors = []
        for path in (self.path, self.previous):
            if path is not None and path.exists():
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
        """The state in a file (FileError where it is not a complete checkpoint)."""
        text = read_text(path)
        try:
            state = parse_json(text)
            check_truths(state)
        except (ValueError, RecursionError) as error:
            raise FileError(f"{path}: not a checkpoint, or a damaged one: {error}") from None
        if not isinstance(state, dict) or state.pop("format", None) != FORMAT:
            raise FileError(f"{path}: not a checkpoint: its format is not {FORMAT!r}")
        return state

    def check_replaceable(self, path: Path) -> None:
        """Raise a FileError unless the file there is a checkpoint, or the beginning of a damaged one."""
        if not HEAD.startswith(beginning_of(path, len(HEAD))):
            raise FileError(
                f"{path}: it is not a checkpoint, and is not overwritten: name another file, or move it away"
            )

    def check_previous(self, path: Path) -> None:
        """Raise a FileError unless the file there is an earlier checkpoint."""
        if beginning_of(path, len(HEAD)) != HEAD:
            raise FileError(f"{path}: it is not a checkpoint")

    def _place_of_previous(self) -> Place | None:
        try:
            return Place(previous_file(self.path), self.check_previous)
        except FileError:  # somebody else's, or its name is too long
            return None

    def _write(self) -> None:
        assert self.state is not None
        text = self.text(self.state)
        if self._previous is not None and self._written is not None and time.monotonic() >= self._durable_at:
            try:
                self._previous.write(self._written)
            except FileError:  # somebody else has put a file there
                self._previous = None
            self._durable_at = time.monotonic() + SECONDS_BETWEEN_DURABLE
        self._place.write(text, is_durable=self._previous is None)
        self._written = text
        self._is_pending = False


TRUTHS = frozenset({"interrupted", "is_finished", "nesterov", "stopped_early"})
"""The members of a state that are true or false."""


def check_truths(state: object) -> None:
    """Raise a ValueError where true or false stands for a number: Python would use it as 1 or 0.

    >>> check_truths({"history": {"losses": [0.5], "interrupted": False}})
    >>> check_truths({"history": {"losses": [True]}})
    Traceback (most recent call last):
    ValueError: losses should not have True in it
    """
    todo: list[tuple[str, object]] = [("the state", state)]
    while todo:
        name, value = todo.pop()
        if isinstance(value, bool) and name not in TRUTHS:
            raise ValueError(f"{name} should not have {value} in it")
        if isinstance(value, dict):
            todo += value.items()
        elif isinstance(value, list):
            todo += [(name, member) for member in value]


def previous_file(path: Path) -> Path:
    """Where an earlier checkpoint is kept while a training runs."""
    return path.with_name(f"{path.name}.previous")


def generator_state(generator: random.Random) -> list[Any]:
    """The state of a random generator as plain data, its 625 words as one string."""
    version, words, gauss = generator.getstate()
    return [version, b"".join([word.to_bytes(4, "big") for word in words]).hex(), gauss]


def set_generator_state(generator: random.Random, state: list[Any]) -> None:
    """Make a generator continue from a state (ValueError where it is not one)."""
    version, text, gauss = state
    content = bytes.fromhex(text)
    words = [int.from_bytes(content[start : start + 4], "big") for start in range(0, len(content), 4)]
    generator.setstate((version, tuple(words), gauss))
