"""The C text of 300 mixed operations, beside CasADi's generated C with the same flags, and the lane machine's call.

Each computes value and gradient of one row; C is looped over in C, so that no call from Python is counted.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import in_turns, ratio, table
from tests.benchmarks.mixed import Mixed, ours
from tests.benchmarks.replaying import needs_numba

ROUNDS, CALLS, ROWS = 11, 2_000, 8
OPERATIONS, WIDTH = 300, 8

_LOOP = """
void many(const double *rows, double *value, double *gradient, int n_calls) {
    for (int i = 0; i < n_calls; i++) %s;
}
"""
_OURS = f"program(rows + {WIDTH} * (i % {ROWS}), rows, value, gradient)"
_CASADI = (
    f"{{ const double *arg[1] = {{rows + {WIDTH} * (i % {ROWS})}}; double *res[2] = {{value, gradient}}; "
    "f(arg, res, 0, 0, 0); }"
)


def compiled(text: str, folder: str, name: str, flags: Sequence[str] = ("-std=c99", "-O2")) -> ctypes.CDLL:
    """A text as a library of the system's compiler."""
    if shutil.which("cc") is None:
        raise MissingPeerError("there is no compiler")
    source, library = Path(folder, f"{name}.c"), Path(folder, f"{name}.so")
    source.write_text(text, encoding="utf-8")
    subprocess.run(["cc", *flags, "-w", "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
    return ctypes.CDLL(str(library))


def text_of_casadi(mixed: Mixed, folder: str) -> str:
    """What it generates for value and gradient."""
    ca = peer("casadi")
    symbols = ca.SX.sym("x", mixed.width)
    value = mixed.record([symbols[i] for i in range(mixed.width)], ca.sin, ca.tanh)
    function = ca.Function("f", [symbols], [value, ca.densify(ca.gradient(value, symbols))])
    before = Path.cwd()
    os.chdir(folder)  # it writes to no other folder
    try:
        function.generate("generated.c")
    finally:
        os.chdir(before)
    return Path(folder, "generated.c").read_text(encoding="utf-8")


class Looped:
    """A text's function, called again and again from C."""

    def __init__(self, library: ctypes.CDLL, mixed: Mixed) -> None:
        self.library = library
        self.rows = np.ascontiguousarray(mixed.rows(ROWS))
        self.value, self.gradient = np.zeros(1), np.zeros(mixed.width)

    def __call__(self) -> None:
        arrays = [each.ctypes.data_as(ctypes.c_void_p) for each in (self.rows, self.value, self.gradient)]
        self.library.many(*arrays, CALLS)


def works(mixed: Mixed, folder: str) -> tuple[dict[str, Callable[[], Any]], dict[str, str]]:
    """The ways that can be gone here, and why the others cannot."""
    program, _ = mixed.program()
    found: dict[str, Callable[[], Any]] = {}
    missing: dict[str, str] = {}
    texts: dict[str, Callable[[], str]] = {
        "C text": lambda: program.source("c") + _LOOP % _OURS,
        "CasADi's C": lambda: text_of_casadi(mixed, folder) + _LOOP % _CASADI,
    }
    for name, text in texts.items():
        try:
            found[name] = Looped(compiled(text(), folder, name[:4]), mixed)
        except MissingPeerError as error:
            missing[name] = str(error)
    try:
        needs_numba()
        bound = ours(mixed, 1)
        found["lane machine, bound call"] = lambda: [bound() for _ in range(CALLS)][:0]
    except MissingPeerError as error:
        missing["lane machine, bound call"] = str(error)
    return found, missing


def main() -> None:
    """Check that both texts agree, measure in turns, print the table."""
    mixed = Mixed(OPERATIONS, WIDTH)
    with tempfile.TemporaryDirectory() as folder:
        found, missing = works(mixed, folder)
        looped = [each for each in found.values() if isinstance(each, Looped)]
        for each in looped:
            each()
            np.testing.assert_allclose(each.gradient, looped[0].gradient, rtol=1e-9, atol=1e-12)
        times = in_turns(found, ROUNDS)
    rows = [
        [name, f"{min(own) / CALLS * 1e6:.2f}", ratio(own, times["C text"]) if "C text" in times else ""]
        for name, own in times.items()
    ]
    rows += [[name, reason, ""] for name, reason in missing.items()]
    print(table(f"{OPERATIONS} mixed operations, value and gradient, one row", ["", "µs", "times the C text"], rows))


if __name__ == "__main__":
    main()
