"""Text files: read whole with one kind of error, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


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


def check_writable(path: Path) -> None:
    """Raise a FileError if :func:`write_text` could not write there, as far as can be told without writing."""
    folder = Path(os.path.realpath(path)).parent
    if path.exists() and not path.is_file():
        raise FileError(f"{path}: cannot be written: it is not a regular file")
    if not folder.is_dir():
        raise FileError(f"{path}: cannot be written: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise FileError(f"{path}: cannot be written: no permission to write in {folder}")


def write_text(path: Path, text: str, previous: Path | None = None, is_durable: bool = True) -> None:
    """Write a file by way of another one beside it: whoever reads it sees the old text or the new, never a part.

    Args:
        path: the file.
        text: what it is to hold.
        previous: where the old file is moved to, if there is one; for a moment there is no file at ``path`` then.
        is_durable: wait until it is on the disk, so that it outlasts a power failure and not only a killed process.

    Raises:
        FileError: it cannot be written; what was there before is still there.
    """
    check_writable(path)
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        if previous is not None and target.exists():
            os.replace(target, previous)
        os.replace(beside, target)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
