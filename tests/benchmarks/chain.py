"""One long chain of nodes: time and memory per node as it grows from a thousand to a million."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from pathlib import Path

import autograd_core as ag
from tests.benchmarks.measuring import table

LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
NODES_PER_LENGTH = 1_000_000


def record(length: int) -> ag.Value:
    """A chain that alternates between a product and a sum, each with a constant."""
    value = ag.Value(0.5)
    for _ in range(length // 2):
        value = value * 0.999 + 0.001
    return value


def nanoseconds_per_node(length: int) -> tuple[float, float, float]:
    """To record, go backward through, and free a chain."""
    gc.collect()
    start = time.perf_counter()
    root = record(length)
    recorded = time.perf_counter()
    root.backward()
    done = time.perf_counter()
    del root
    freed = time.perf_counter()
    return (recorded - start) / length * 1e9, (done - recorded) / length * 1e9, (freed - done) / length * 1e9


def resident_bytes() -> int:
    """The memory that the process holds, where the system tells (Linux); else 0."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 if status.exists() else 0


def bytes_per_node(length: int) -> tuple[float, float]:
    """Of a graph after its backward pass: as Python's allocator was asked for, and as the process grew."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    root = record(length)
    root.backward()
    traced = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del root
    gc.collect()
    resident = resident_bytes()
    root = record(length)
    root.backward()
    grown = resident_bytes() - resident
    del root
    return traced / length, grown / length


def main() -> None:
    """Measure and print the table."""
    rows = []
    for length in LENGTHS:
        runs = [nanoseconds_per_node(length) for _ in range(max(3, NODES_PER_LENGTH // length // 10))]
        record_time, backward_time, free_time = (statistics.median(column) for column in zip(*runs))
        traced, _ = bytes_per_node(length)
        total = record_time + backward_time + free_time
        figures = (record_time, backward_time, free_time, total, traced)
        rows.append([f"{length:,}", *(f"{figure:.0f}" for figure in figures)])
    headings = ["nodes", "record ns", "backward ns", "free ns", "sum ns", "bytes"]
    print(table("A chain, per node, default garbage collector", headings, rows))


if __name__ == "__main__":
    main()
