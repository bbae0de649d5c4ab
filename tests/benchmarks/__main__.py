"""``python -m tests.benchmarks``: every table, each against its peers, side by side in one run.

``python -m tests.benchmarks random_graph chain`` prints some of them. Absolute times depend on the machine and on what
else it does; the ratios are taken pair by pair, in turn, so that they hold when its speed drifts. All run on one
processor, unless the variables below say otherwise: this engine uses one, and threads that wait for each other on a
busy machine measure the machine.
"""

from __future__ import annotations

import argparse
import importlib
import os

TABLES = (
    "two_moons", "operations", "batches", "random_graph", "mixed", "rows", "choices", "transformer", "recurrence",
    "compiling", "languages", "sparse", "softmax", "chain", "branches", "nist",
)  # fmt: skip
ONE_PROCESSOR = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # jax
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure, and print tables.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"one or more of {', '.join(TABLES)}; all if none")
    names = parser.parse_args().tables
    if unknown := set(names) - set(TABLES):
        parser.error(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    for variable, value in ONE_PROCESSOR.items():
        os.environ.setdefault(variable, value)  # before NumPy and the peers are imported
    for name in names or TABLES:
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main()
