"""Texts in C, many of them compiled into one library by the system's compiler and called through ctypes."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.languages import required

COMPILER = shutil.which("cc")
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")

_BEGINNING = re.compile(r"(?://.*\n)?(?:#.*\n)+")  # the same for all, but that some define a macro more
_STATIC = re.compile(r"^static (?:APART )?(?:double|void) (\w+)\(.*?^}\n", re.MULTILINE | re.DOTALL)


def compile_c(text: str, folder: Path, flags: Sequence[str] = ("-O1",)) -> ctypes.CDLL:
    """A text as a library; a warning is an error. Where there is no compiler the test is skipped, or fails in CI."""
    required(COMPILER is not None, "a C compiler called cc")
    folder.mkdir(exist_ok=True)
    source, library = folder / "text.c", folder / "text.so"
    source.write_text(text, encoding="utf-8")
    command = [str(COMPILER), *STRICT, *flags, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(library))


def together(texts: Sequence[str]) -> str:
    """Texts of short programs as one: the functions that several of them define once, ``program`` as ``program_0`` …"""
    beginning: dict[str, None] = {}
    shared: dict[str, str] = {}
    functions = []
    for number, text in enumerate(texts):
        start = _BEGINNING.match(text)
        assert start
        beginning[start[0]] = None
        own = text[start.end() :].replace("static void program", "void program")
        for definition in _STATIC.finditer(own):
            assert shared.setdefault(definition[1], definition[0]) == definition[0]
        functions.append(re.sub(r"\bprogram(\w*)\(", rf"program_{number}\1(", _STATIC.sub("", own)))
    return "\n".join([max(beginning, key=len), *shared.values(), *functions])


def numbers(values: Sequence[float]) -> Any:
    """An array of doubles; of none, one that may be pointed to."""
    return (ctypes.c_double * max(1, len(values)))(*values)
