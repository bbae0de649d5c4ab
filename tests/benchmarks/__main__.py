"""``python -m tests.benchmarks``: every table, each against its peers, side by side in one run.

``python -m tests.benchmarks random_graph chain`` prints some of them. Absolute times depend on the machine and on what
else it does; the ratios are taken pair by pair, in turn, so that they hold when its speed drifts. All run on one
processor, unless the variables below say otherwise: this engine uses one, and threads that wait for each other on a
busy machine measure the machine.

``--save`` keeps what is printed, with the machine and the date, as the last results, which the site shows.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib
import importlib.metadata
import io
import os
import platform
from pathlib import Path

TABLES = (
    "two_moons", "operations", "batches", "random_graph", "mixed", "rows", "choices", "transformer", "recurrence",
    "compiling", "languages", "sparse", "softmax", "chain", "branches", "nist", "workers", "scaling",
)  # fmt: skip
ONE_PROCESSOR = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # jax
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


RESULTS = Path(__file__).parent / "results"
PEERS = ("numpy", "numba", "scipy", "torch", "jax", "casadi", "ddx-ad", "autograd", "micrograd")


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure, and print tables.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"one or more of {', '.join(TABLES)}; all if none")
    parser.add_argument("--save", action="store_true", help="keep each table as its last result, with machine and date")
    parser.add_argument("--note", default="", metavar="TEXT", help="a sentence to keep beside the machine")
    settings = parser.parse_args()
    if unknown := set(settings.tables) - set(TABLES):
        parser.error(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    for variable, value in ONE_PROCESSOR.items():
        os.environ.setdefault(variable, value)  # before NumPy and the peers are imported
    for name in settings.tables or TABLES:
        table = importlib.import_module(f"tests.benchmarks.{name}")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed) if settings.save else contextlib.nullcontext():
            table.main()
        if settings.save:
            print(printed.getvalue())
            RESULTS.mkdir(exist_ok=True)
            head = f"python -m tests.benchmarks {name}\n{circumstances(settings.note)}"
            (RESULTS / f"{name}.txt").write_text(f"{head}\n\n{printed.getvalue().strip()}\n", encoding="utf-8")


def circumstances(note: str) -> str:
    """When, on which machine and with which versions it was measured, as one line."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    system = f"{platform.system()}, {processor()}, {os.cpu_count()} processors"
    versions = [f"{name} {version(name)}" for name in ("autograd-core", *PEERS) if version(name)]
    line = f"Measured on {day}: {system}; Python {platform.python_version()}, {', '.join(versions)}."
    return f"{line} {note}".strip()


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def version(distribution: str) -> str:
    """The installed version; "" where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
