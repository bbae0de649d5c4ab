"""What comes out of the command lines: nothing that steers a terminal, and one line where it cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core.console import printable
from autograd_core.notation.numbers import one_line

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
HOSTILE = "".join(
    map(chr, [*range(32), 127, *range(128, 160), 0x200B, 0x202E, 0x2028, 0x2066, 0xFEFF, 0xD800, 0xE0001])
)


@given(st.text(st.characters(), max_size=40))
def test_no_character_steers_or_hides(text: str) -> None:
    """No control character, no mark that turns writing round or has no width, no half of a character."""
    shown = printable(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert shown.isprintable()
    shown.encode()
    if text.isprintable():
        assert shown == text


def test_each_hostile_character_is_spelled_out() -> None:
    assert printable("c\x1b]0;pwn\x07") == r"c\x1b]0;pwn\x07"
    assert [printable(character) for character in HOSTILE] == [repr(character)[1:-1] for character in HOSTILE]
    assert one_line(HOSTILE[:20]) == printable(HOSTILE[:20])[:59] + "…"


def command_of(arguments: str) -> str:
    return f"{sys.executable} -m {arguments}"


def shell(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, timeout=120, check=False
    )


COMMANDS = {
    "a training": "nn train --epochs 1",
    "help": "nn train --help",
    "help of all": "nn --help",
    "predictions": "nn predict",
    "a formula": "autograd_core 'x*x' x=2",
    "help on formulas": "autograd_core --help",
    "a session": "autograd_core --debug 'x*x' x=2 </dev/null",
}


@pytest.fixture
def folder_with_a_model(tmp_path: Path) -> Path:
    assert shell(command_of("nn train --epochs 1 --no-drawing"), tmp_path).returncode == 0
    return tmp_path


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device on this system")
@pytest.mark.parametrize("name", COMMANDS)
def test_an_output_that_is_full_or_closed_is_one_line(name: str, folder_with_a_model: Path) -> None:
    command, before = command_of(COMMANDS[name]), (folder_with_a_model / "model.json").read_bytes()
    for redirected, words in (("> /dev/full", b"No space left on device"), (">&-", b"the standard output is closed")):
        done = shell(f"{command} {redirected}", folder_with_a_model)
        assert (done.returncode, done.stdout) == (2, b"")
        assert words in done.stderr
        assert done.stderr.count(b"\n") == 1
    assert shell(f"{command} > /dev/full 2>&-", folder_with_a_model).returncode == 2
    assert (folder_with_a_model / "model.json").read_bytes() == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device on this system")
@pytest.mark.parametrize(
    "arguments", ["nn train --epochs x", "nn train --resume no.json", "nn learn", "autograd_core x"]
)
def test_an_error_that_cannot_be_told_has_its_status_still(arguments: str, tmp_path: Path) -> None:
    for errors in ("2> /dev/full", "2>&-", "2> /dev/null"):
        assert shell(f"{command_of(arguments)} {errors}", tmp_path).returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_encoding_is_no_error(encoding: str, folder_with_a_model: Path) -> None:
    for name in COMMANDS:
        done = shell(command_of(COMMANDS[name]), folder_with_a_model, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b""), name


@pytest.mark.parametrize("label", ["c\x1b]0;pwn\x07", "a\nb", "\u202egnp.exe", "half \ud800", "\x9b31m"])
def test_labels_reach_no_terminal_as_they_are(label: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import autograd_core as ag\n"
        f"x = ag.Value(2.0, {label!r})\ny = x * x\ny.label = {label!r} + 'y'\n"
        "ag.debug(y, commands=['step', 'list', 'info', 'print root', 'explain #1', 'print \\x1b', 'quit'])\n"
        "print(ag.explain(y, x))\n"
    )
    done = shell(f"{sys.executable} {program}", tmp_path, PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, b"")
    for line in done.stdout.decode().split("\n"):
        assert line.isprintable(), line
    assert repr(label)[1:-1] in done.stdout.decode()


def test_a_formula_reaches_no_terminal_as_it_is(tmp_path: Path) -> None:
    for arguments in (["x # \x1b[31m", "x=1"], ["x", "x=1", "\x1b[31m=1"], ["x", "x=1", "--\x1b"], ["x\x1b", "x=1"]):
        command = [sys.executable, "-m", "autograd_core", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
        assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))


def test_a_value_has_no_say_over_the_terminal() -> None:
    assert repr(ag.Value(1.0, "\x1b[31m")).isprintable()
