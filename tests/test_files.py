"""Files are written whole or not at all, by any number of threads and processes, whatever lies in the way."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.files import write_file

ROOT = Path(__file__).parent.parent
WRITER = """
import sys
from autograd_core.files import write_file
for number in range(int(sys.argv[2])):
    write_file(sys.argv[1], (sys.argv[3] * 2000 + "\\n").encode() * 10, is_durable=False)
"""


def content_of(letter: str) -> bytes:
    return (letter * 2000 + "\n").encode() * 10


@pytest.mark.slow
def test_readers_see_whole_files_while_eight_threads_and_four_processes_write_one(tmp_path: Path) -> None:
    """Two thousand writes; each reader opens the file again and again and always finds one writer's whole content."""
    path = tmp_path / "contended.json"
    write_file(path, content_of("0"))
    letters = "0abcdefghABCD"
    whole = {content_of(letter) for letter in letters}
    running = threading.Event()
    running.set()
    seen: list[bytes] = []
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        return run

    def write(letter: str) -> None:
        for _ in range(150):
            write_file(path, content_of(letter), is_durable=False)

    def read() -> None:
        while running.is_set():
            content = path.read_bytes()
            if content not in whole:
                raise AssertionError(f"a torn file of {len(content)} bytes")
            seen.append(content[:1])

    command = [sys.executable, "-c", WRITER, str(path), "200"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen([*command, letter], env=environment) for letter in "ABCD"]
    writers = [threading.Thread(target=guarded(lambda letter=letter: write(letter))) for letter in "abcdefgh"]  # type: ignore[misc]
    readers = [threading.Thread(target=guarded(read)) for _ in range(2)]
    for thread in [*writers, *readers]:
        thread.start()
    for thread in writers:
        thread.join()
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    running.clear()
    for thread in readers:
        thread.join()
    assert errors == []
    assert len(set(seen)) > 3
    assert [file.name for file in tmp_path.iterdir()] == ["contended.json"]


# -- writes that fail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["fsync", "replace", "open"])
def test_a_write_that_fails_leaves_all_as_it_was(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, full)
        with pytest.raises(OSError, match=r"No space left on device.*file'"):
            write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_ctrl_c_in_a_write_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


# -- permissions --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o640, 0o755])
def test_permissions_are_kept(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    before = os.umask(0o077)
    try:
        write_file(path, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_what_the_umask_leaves(umask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_file(tmp_path / "file", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_a_private_file_is_private_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o600)
    modes: list[int] = []
    open_ = os.open

    def watched(name: str, flags: int, mode: int = 0o777) -> int:
        descriptor = open_(name, flags, mode)
        if flags & os.O_CREAT:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            assert flags & os.O_EXCL, "a link laid out under that name would be followed"
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    write_file(path, b"new")
    assert modes == [0o600]


# -- what may lie at the place ------------------------------------------------------------------------------------

PRESENT = st.sampled_from(
    ["nothing", "a file", "a link", "a dangling link", "a circle", "a folder", "a pipe", "a hard link", "a device"]
)
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and len(os.fsencode(name)) < 200
)


def put(kind: str, path: Path, folder: Path) -> None:
    other = folder / "other"
    match kind:
        case "a file":
            path.write_bytes(b"old")
        case "a link":
            other.write_bytes(b"old")
            path.symlink_to(other)
        case "a dangling link":
            path.symlink_to(other)
        case "a circle":
            path.symlink_to(path)
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "a hard link":
            other.write_bytes(b"old")
            os.link(other, path)
        case "a device":
            path.symlink_to("/dev/null")


def shape(folder: Path) -> list[tuple[str, int, bytes]]:
    """What is in a folder: each name, what sort of thing it is, and the content of files."""
    found = []
    for path in sorted(folder.rglob("*")):
        status = os.lstat(path)
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found.append((str(path), stat.S_IFMT(status.st_mode), content))
    return found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=PRESENT, name=NAMES, may_replace=st.booleans())
def test_whatever_lies_at_the_place_is_replaced_or_stays(
    kind: str, name: str, may_replace: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file is replaced, also through a link; anything else stays, and so does the other name of a hard link."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "in").mkdir()
    path = folder / "in" / name
    put(kind, path, folder)
    before = shape(folder)
    is_file_there = kind in ("a file", "a link", "a hard link")
    is_written = kind in ("nothing", "a dangling link") or (is_file_there and may_replace)
    try:
        write_file(path, b"new", may_replace=may_replace)
    except OSError:
        assert not is_written
        assert shape(folder) == before
        return
    assert is_written
    assert path.read_bytes() == b"new"
    assert path.is_symlink() == (kind in ("a link", "a dangling link"))
    if kind == "a hard link":
        assert (folder / "other").read_bytes() == b"old"
    assert {file.name for file in (folder / "in").iterdir()} == {name}


def test_a_file_without_permission_to_write_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # as it is for anybody but root
    with pytest.raises(PermissionError):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    write_file(tmp_path / "file", b"new", may_replace=False)
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "file", b"newer", may_replace=False)
    assert (tmp_path / "file").read_bytes() == b"new"


def test_drawings_and_pages_are_written_that_way(tmp_path: Path) -> None:
    """Through links, with the permissions that were there, and never over a folder or a device."""
    x = ag.Value(2.0, "x")
    (tmp_path / "real.dot").write_text("old")
    (tmp_path / "real.dot").chmod(0o600)
    (tmp_path / "link.dot").symlink_to(tmp_path / "real.dot")
    ag.draw(x * x).save(tmp_path / "link.dot")
    assert (tmp_path / "link.dot").is_symlink()
    assert "digraph" in (tmp_path / "real.dot").read_text()
    assert stat.S_IMODE((tmp_path / "real.dot").stat().st_mode) == 0o600
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(IsADirectoryError):
        ag.stepper(x * x).save(tmp_path / "folder.html")
