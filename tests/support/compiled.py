"""Texts in C, many of them compiled into one library by the system's compiler and called through ctypes."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs a C compiler called cc")
STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")

_STATIC = re.compile(r"^static (?:double|void) (\w+)\(.*?^}\n", re.MULTILINE | re.DOTALL)


def compile_c(text: str, folder: Path, flags: Sequence[str] = ("-O1",)) -> ctypes.CDLL:
    """A text as a library; a warning is an error."""
    assert COMPILER
    source, library = folder / "text.c", folder / "text.so"
    source.write_text(text, encoding="utf-8")
    command = [COMPILER, *STRICT, *flags, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(library))


def together(texts: Sequence[str]) -> str:
    """Texts of short programs as one: the functions that several of them define once, ``program`` as ``program_0`` …"""
    shared: dict[str, str] = {}
    functions = []
    start = texts[0].partition("\nstatic ")[0].partition("\n//")[0]
    for number, text in enumerate(texts):
        for definition in _STATIC.finditer(text):
            assert shared.setdefault(definition[1], definition[0]) == definition[0]
        own = _STATIC.sub("", text).replace("#include <math.h>\n", "")
        functions.append(re.sub(r"\bvoid program(\w*)\(", rf"void program_{number}\1(", own))
    return "\n".join([start, *shared.values(), *functions])


def numbers(values: Sequence[float]) -> Any:
    """An array of doubles; of none, one that may be pointed to."""
    return (ctypes.c_double * max(1, len(values)))(*values)
