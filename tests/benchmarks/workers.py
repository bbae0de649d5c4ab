"""The two-moons network on 10,000,000 rows of a file, shared by worker processes: time, processor time and memory.

Rows stay in their file: an array mapped into memory, and a Parquet file that is read as a stream. Beside the clock,
which on a busy machine tells what else it does, stands the processor time of the process that hands out the blocks
and of its workers: with as many processors as processes, a run takes as long as the busiest of them. Memory is what
the processes hold besides pages of files, at its highest, less what they held before the run.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import ratio, table
from tests.benchmarks.network_on_arrays import two_moons
from tests.benchmarks.two_moons import model_of

ROWS, ROUNDS = 10_000_000, 3
ROWS_AT_ONCE = 1_000_000
SAMPLED_EVERY = 0.02
COLUMNS = ("x", "y", "target")


def program_of_two_moons() -> ag.Program:
    """The hinge loss of the network at one point."""
    model = model_of(two_moons(2))
    x, y, target = (ag.Value(0.0, name) for name in COLUMNS)
    return ag.compile(nn.losses.hinge(model([x, y]), target), [x, y, target], model.parameters())


def write_rows(path: Path, n_rows: int) -> None:
    """Write rows of points and classes as NumPy's file, a part at a time."""
    rows = np.lib.format.open_memmap(path, "w+", float, (n_rows, len(COLUMNS)))
    for start in range(0, n_rows, ROWS_AT_ONCE):
        samples = two_moons(min(ROWS_AT_ONCE, n_rows - start))
        rows[start : start + ROWS_AT_ONCE, :2] = samples.inputs
        rows[start : start + ROWS_AT_ONCE, 2] = samples.targets
    rows.flush()


def write_parquet(path: Path, rows: np.ndarray[Any, Any]) -> None:
    """Write the same rows as a Parquet file, a part at a time."""
    arrow, parquet = peer("pyarrow"), peer("pyarrow.parquet")
    with parquet.ParquetWriter(path, arrow.schema([(name, arrow.float64()) for name in COLUMNS])) as writer:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = np.ascontiguousarray(rows[start : start + ROWS_AT_ONCE].T)
            writer.write_table(arrow.table(dict(zip(COLUMNS, part))))


# -- what processes took ----------------------------------------------------------------------------------------------


def processor_seconds(process: int) -> float:
    """How long a process has run on processors (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_megabytes(processes: list[int]) -> float:
    """The memory of processes, without pages of files (Linux)."""
    statuses = [Path(f"/proc/{process}/status").read_text() for process in processes]
    return sum(int(status.split("RssAnon:")[1].split()[0]) for status in statuses) / 1024


@contextmanager
def highest_megabytes(processes: list[int]) -> Iterator[list[float]]:
    """How far the memory of processes grows; the list's number is there in the end."""
    found: list[float] = []
    before, ended = own_megabytes(processes), threading.Event()

    def watch() -> None:
        highest = before
        while not ended.wait(SAMPLED_EVERY):
            highest = max(highest, own_megabytes(processes))
        found.append(highest - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


@dataclass
class Way:
    """Rows and who shares them, and what each round took."""

    rows: Any
    executor: ProcessPoolExecutor | None
    seconds: list[float] = field(default_factory=list)
    busiest: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def workers(self) -> list[int]:
        return [] if self.executor is None else list(self.executor._processes)

    def run(self, program: ag.Program) -> tuple[float, list[float]]:
        """One round: the loss and the gradient, whose bits are the same in all ways."""
        processes = [os.getpid(), *self.workers()]
        before = [processor_seconds(process) for process in processes]
        with highest_megabytes(processes) as megabytes:
            start = time.perf_counter()
            loss, gradient = program.value_and_grad(self.rows, executor=self.executor)
            self.seconds.append(time.perf_counter() - start)
        taken = [processor_seconds(process) - earlier for process, earlier in zip(processes, before)]
        self.busiest.append(max(taken))
        self.processor.append(sum(taken))
        self.megabytes += megabytes
        return loss, gradient.tolist()


def ways_of(folder: Path, n_rows: int, stack: ExitStack) -> dict[str, Way]:
    """The rows in the files of a folder, with no worker, one and two, all of them started."""
    write_rows(folder / "rows.npy", n_rows)
    mapped = np.load(folder / "rows.npy", mmap_mode="r")
    context = multiprocessing.get_context("spawn")
    pools = {
        name: stack.enter_context(ProcessPoolExecutor(count, context))
        for name, count in (("1 process", 1), ("2 processes", 2))
    }
    for count, pool in enumerate(pools.values(), 1):
        list(pool.map(time.sleep, [1.0] * count))  # so that all of its processes are there
    ways = {"here": Way(mapped, None), **{name: Way(mapped, pool) for name, pool in pools.items()}}
    try:
        write_parquet(folder / "rows.parquet", mapped)
        path = str(folder / "rows.parquet")
        ways |= {f"{name}, Parquet": Way(path, pool) for name, pool in pools.items()}
    except MissingPeerError:
        pass
    return ways


def main(n_rows: int = ROWS, rounds: int = ROUNDS) -> None:
    """Measure and print the table."""
    if not Path("/proc/self/status").exists():
        print("The memory and processor time of processes are read from /proc, which is not here.\n")
        return
    program = program_of_two_moons()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ways = ways_of(Path(folder), n_rows, stack)
        results = {name: way.run(program) for name, way in ways.items()}  # and everything is started and loaded
        for way in ways.values():
            way.seconds, way.busiest, way.processor = [], [], []  # but memory is that of the first run as well
        for _ in range(rounds):
            results |= {name: way.run(program) for name, way in ways.items()}
    assert len({str(result) for result in results.values()}) == 1, results
    assert math.isfinite(results["here"][0])
    rows = []
    for name, way in ways.items():
        first = ways["1 process, Parquet" if "Parquet" in name else "1 process"]
        rows.append([
            name,
            f"{statistics.median(way.seconds):.2f}",
            f"{statistics.median(way.processor):.2f}",
            f"{statistics.median(way.busiest):.2f}",
            ratio(first.seconds, way.seconds),
            ratio(first.busiest, way.busiest),
            f"{max(way.megabytes):.0f}",
        ])  # fmt: skip
    headings = ["rows shared by", "s", "processor s", "of the busiest", "times 1 process", "by the busiest", "peak MB"]
    title = f"Two moons on {n_rows:,} rows in a file of {n_rows * 24 / 1e6:,.0f} MB, median of {rounds} rounds"
    print(table(title, headings, rows))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
