"""What it costs to compile: time and memory per node, for random graphs of a thousand to a million nodes."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import MissingPeerError
from tests.benchmarks.measuring import seconds, table
from tests.benchmarks.random_graph import random_graph, recorded
from tests.benchmarks.replaying import Recorded, needs_numba

NODES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 3


def compiled(graph: Recorded) -> Any:
    """A program and its engine, which the first run makes."""
    program = ag.compile(*graph)
    program.value_and_grad()
    return program


def traced_bytes(work: Callable[[], Any]) -> tuple[int, int, int]:
    """What the result of a work holds in NumPy arrays and beyond them, and the peak of both on the way."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = work()
        gc.collect()
        held, peak = tracemalloc.get_traced_memory()
        arrays_alone = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)]
        )
        del kept
    finally:
        tracemalloc.stop()
    in_arrays = sum(trace.size for trace in arrays_alone.traces)
    return held - in_arrays, in_arrays, peak


def row(nodes: int) -> list[str]:
    """The figures of one size, per node; time first, and memory in a pass of its own."""
    graph = recorded(random_graph(nodes))
    count = len(ag.topological_order(graph[0]))
    ag_compile, first_run, run = [], [], []
    for _ in range(ROUNDS if nodes < NODES[-1] else 1):
        gc.collect()
        start = time.perf_counter()
        program = ag.compile(*graph)
        ag_compile.append(time.perf_counter() - start)
        first_run.append(seconds(program.value_and_grad))
        run.append(seconds(program.value_and_grad))
        del program
    medians = [statistics.median(times) for times in (ag_compile, first_run, run)]
    beyond, in_arrays, peak = traced_bytes(lambda: compiled(graph))
    return [
        f"{nodes:,}",
        f"{medians[0] + medians[1]:.3f}",
        *(f"{median / count * 1e9:.0f}" for median in medians),
        *(f"{figure / count:.0f}" for figure in (beyond, in_arrays, peak)),
    ]


def main() -> None:
    """Measure and print the table."""
    try:
        needs_numba()
    except MissingPeerError as error:
        print(f"{error}: replay runs on NumPy alone")
    compiled(recorded(random_graph(NODES[0])))  # modules and numba's code are loaded by now
    headings = [
        "nodes of a random graph",
        "compile s",
        "ag.compile ns",
        "first run ns",
        "run ns",
        "bytes kept, not in NumPy",
        "bytes in NumPy",
        "bytes at the peak",
    ]
    print(table("Compiling, per node", headings, [row(nodes) for nodes in NODES]))
