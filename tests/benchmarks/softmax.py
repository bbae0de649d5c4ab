"""All components of a softmax, recorded and gone back through: time per edge, beside that of ``dot``.

n components of n Values have n² edges, ``dot`` of n weights and inputs 2n + 1. Both are measured on Values alone.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import autograd_core as ag
from tests.benchmarks.measuring import in_turns, ratio, table

SIZES = (10, 100, 800)
EDGES_PER_RUN = 500_000
ROUNDS = 7

Work = Callable[[], object]


def works(size: int) -> dict[str, Work]:
    """Each way once per row: to record, and to record and go back through."""
    generator = random.Random(0)
    values, weights = ([ag.Value(generator.gauss(0.0, 1.0)) for _ in range(size)] for _ in range(2))
    bias, seeds = ag.Value(0.0), [generator.gauss(0.0, 1.0) for _ in range(size)]
    softmaxes = max(1, EDGES_PER_RUN // size**2)
    dots = max(1, EDGES_PER_RUN // (2 * size + 1))

    def record_dot() -> ag.Value:
        result: ag.Value = ag.dot(weights, values, bias)
        return result

    def backward_from(components: Sequence[Any]) -> None:
        ag.dot(components, seeds, 0.0).backward()

    return {
        "dot": _repeated(record_dot, dots),
        "dot, backward": _repeated(lambda: record_dot().backward(), dots),
        "softmax": _repeated(lambda: ag.softmax(values), softmaxes),
        "softmax, backward": _repeated(lambda: backward_from(ag.softmax(values)), softmaxes),
        "log_softmax": _repeated(lambda: ag.log_softmax(values), softmaxes),
        "log_softmax, backward": _repeated(lambda: backward_from(ag.log_softmax(values)), softmaxes),
    }


def _repeated(work: Work, count: int) -> Work:
    def run() -> None:
        for _ in range(count):
            work()

    return run


def edges(name: str, size: int) -> int:
    """How many edges a run of a way records."""
    each = 2 * size + 1 if name.startswith("dot") else size**2
    return max(1, EDGES_PER_RUN // each) * each


def main() -> None:
    """Measure and print the table."""
    rows = []
    for size in SIZES:
        times = in_turns(works(size), ROUNDS)
        per_edge = {name: [time / edges(name, size) for time in measured] for name, measured in times.items()}
        for name, measured in per_edge.items():
            dot = per_edge["dot, backward" if name.endswith("backward") else "dot"]
            nanoseconds = f"{statistics.median(measured) * 1e9:.0f}"
            rows.append([name, str(size), nanoseconds, "–" if measured is dot else ratio(measured, dot)])
    headings = ["recorded", "Values", "ns an edge", "times dot"]
    print(table(f"Softmax, per edge, median of {ROUNDS} rounds", headings, rows))


if __name__ == "__main__":
    main()
