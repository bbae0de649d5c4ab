"""Text files: read with one kind of error, written completely or not at all, and never over somebody else's."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd_core as ag


class FileError(ValueError):
    """A file cannot be read or written, or is not what it should be; the message names it and says why."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        FileError: there is no such file, it cannot be read, or it is not text in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path}: no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: not a text file in UTF-8 (byte {error.start + 1})") from None


def parse_json(text: str) -> Any:
    """The document in a text of JSON.

    Raises:
        ValueError: it is not one, or has NaN, Infinity, or a name repeated in an object, where Python takes the last.
        RecursionError: it is nested too deeply.

    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: a name is repeated: 'a'
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"a name is repeated: {name!r:.40}")
        members[name] = value
    return members


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def check_writable(path: Path) -> None:
    """Raise a FileError if :func:`write_text` could not write there, as far as can be told without writing."""
    status = _status(path)
    target = Path(os.path.realpath(path))
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path}: cannot be written: it is not a regular file")
    if not target.parent.is_dir():
        raise FileError(f"{path}: cannot be written: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise FileError(f"{path}: cannot be written: no permission to write in {target.parent}")
    if status is not None and not os.access(target, os.W_OK):
        raise FileError(f"{path}: cannot be written: no permission to change it")


def write_text(path: Path, text: str, *, is_durable: bool = True, may_replace: bool = True) -> None:
    """Write a file in UTF-8, completely or not at all; see :func:`autograd_core.write_file`.

    Raises:
        FileError: it cannot be written; what was there before is still there.
    """
    check_writable(path)
    try:
        ag.write_file(path, text.encode(), is_durable=is_durable, may_replace=may_replace)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    except UnicodeEncodeError as error:
        lone = error.object[error.start]
        raise FileError(f"{path}: cannot be written: UTF-8 has no {lone!r}, half a character") from None


def beginning_of(path: Path, length: int) -> bytes:
    """The first ``length`` bytes of a file, or all there are (FileError where it cannot be read)."""
    try:
        with open(path, "rb") as file:
            return file.read(length)
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file, however they are spelled, even if it does not exist yet."""
    present = [os.path.exists(path) for path in (one, other)]
    if all(present):
        return os.path.samefile(one, other)
    if any(present):
        return False
    one_name, other_name = (os.path.realpath(path).casefold() for path in (one, other))
    return one_name == other_name  # on some systems, case makes no difference


class Place:
    """Where a file is to be written, perhaps repeatedly, but never over one that must stay.

    Args:
        path: of the file.
        check: called with the path where there is a file that was not written through this place; it raises a FileError
            if that file must stay. It is called again whenever somebody else has put another one there.

    Raises:
        FileError: the file cannot be written, or the one that is there must stay.
    """

    def __init__(self, path: Path, check: Callable[[Path], None]) -> None:
        self.path = path
        self._check = check
        self._known: tuple[int, ...] | None = None
        self.check()

    def check(self) -> None:
        """Raise a FileError if the file cannot be written now, or the one that is there must stay."""
        check_writable(self.path)
        present = _identity(self.path)
        if present is not None and present != self._known:
            self._check(self.path)
        self._known = present

    def write(self, text: str, *, is_durable: bool = True) -> None:
        """Write the file (FileError where that fails, or another one is there now that must stay)."""
        self.check()
        write_text(self.path, text, is_durable=is_durable, may_replace=self._known is not None)
        self._known = _identity(self.path)

    def remove(self) -> None:
        """Remove the file, unless another one is there now that must stay."""
        try:
            self.check()
        except FileError:
            return
        self.path.unlink(missing_ok=True)
        self._known = None


def _status(path: Path) -> os.stat_result | None:
    """A file's status; None where there is no file (FileError where the system cannot say)."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # a name that is too long, links in a circle, a NUL
        raise FileError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _identity(path: Path) -> tuple[int, ...] | None:
    """What tells a file with its content from any other; None where there is no file."""
    status = _status(path)
    return None if status is None else (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
