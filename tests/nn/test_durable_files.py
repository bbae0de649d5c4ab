"""A file that is to outlast a power failure is on the disk, whole, before it takes the old one's place."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nn.files import write_text

Event = tuple[str, bytes]


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What is asked of the disk, in order: which content is written down to it, and when a name is given to a file."""
    seen: list[Event] = []

    def fsync(descriptor: int, original: Callable[[int], None] = os.fsync) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if is_folder:
            assert os.path.samestat(os.fstat(descriptor), tmp_path.stat())
            seen.append(("folder", b""))
        else:
            inode = os.fstat(descriptor).st_ino
            (path,) = [file for file in tmp_path.iterdir() if file.stat().st_ino == inode]
            seen.append(("content", path.read_bytes()))
        original(descriptor)

    def naming(original: Callable[..., Any]) -> Callable[..., Any]:
        def name(source: Any, target: Any, **options: Any) -> None:
            seen.append(("name", Path(target).name.encode()))
            original(source, target, **options)

        return name

    monkeypatch.setattr(os, "fsync", fsync)
    for how in ("replace", "rename", "link"):
        monkeypatch.setattr(os, how, naming(getattr(os, how)))
    return seen


TEXT = "new\n" * 50_000  # more than any buffer holds


@pytest.mark.parametrize("text", [TEXT, "less than a buffer holds"])
@pytest.mark.parametrize("old", [None, "old"])
def test_the_content_is_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, old: str | None, text: str, events: list[Event]
) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_text(old)
    write_text(path, text)
    assert events[:2] == [("content", text.encode()), ("name", b"file")]
    assert path.read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to do that")
def test_then_the_name_is(tmp_path: Path, events: list[Event]) -> None:
    write_text(tmp_path / "file", TEXT)
    assert [kind for kind, _ in events] == ["content", "name", "folder"]


def test_who_does_not_ask_for_it_does_not_wait(tmp_path: Path, events: list[Event]) -> None:
    write_text(tmp_path / "file", TEXT, is_durable=False)
    assert events == [("name", b"file")]
