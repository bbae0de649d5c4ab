"""Writing files: whole or not at all, whoever else reads or writes there, and whatever ends the program meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from os import PathLike
from pathlib import Path


def write_file(path: str | PathLike[str], content: bytes, *, is_durable: bool = True, may_replace: bool = True) -> None:
    """Write a file by way of another one beside it: whoever reads it finds the old content or the new, never a part.

    The file beside it is created for this write alone, under a name that nobody knows beforehand, so that any number of
    threads and processes may write to one path, and no link laid out for it is followed. A symbolic link at ``path``
    stays one: what it leads to is replaced. The new file has the permissions of the old one; where there is none, those
    that the umask leaves.

    Args:
        path: the file.
        content: what it is to hold.
        is_durable: wait until it is on the disk, so that it outlasts a power failure and not only a killed process.
        may_replace: whether a file that is there already is replaced; if not, it is an error.

    Raises:
        FileExistsError: there is a file, and ``may_replace`` is False.
        OSError: it cannot be written, or what is there is not a regular file; what was there before still is.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "greeting.txt", b"hello")
    ...     Path(folder, "greeting.txt").read_text(), os.listdir(folder)
    ('hello', ['greeting.txt'])
    """
    try:
        target = Path(os.path.realpath(path))
        beside = target.with_name(f".{target.name[:20]}.{secrets.token_hex(8)}.part")
        try:
            _create(beside, content, _mode_of(target), is_durable)
            if may_replace:
                os.replace(beside, target)
            else:
                _move_to_free_place(beside, target)
        finally:
            beside.unlink(missing_ok=True)
        if is_durable:
            _sync_folder(target.parent)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None  # which names no file beside it


def _create(path: Path, content: bytes, mode: int | None, is_durable: bool) -> None:
    """Write a new file, with these permissions or the usual ones. No link is followed.

    ``tempfile.mkstemp`` gives a file 0600, and the umask that the usual ones need cannot be asked for without setting
    it, which other threads would see.
    """
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o666 if mode is None else mode)) as file:
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), mode)  # with the bits that the umask took away
        file.write(content)
        if is_durable:
            file.flush()
            os.fsync(file.fileno())


def _mode_of(target: Path) -> int | None:
    """The permissions of a file that may be replaced, None where there is none (OSError where it may not)."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(status.st_mode) & 0o777


def _move_to_free_place(source: Path, target: Path) -> None:
    """Move a file to where none is (FileExistsError where one is)."""
    try:
        os.link(source, target)  # which, other than a rename, replaces nothing
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.replace(source, target)


def _sync_folder(folder: Path) -> None:
    """Have the disk know a file's new name too, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
