"""``python -m tests.benchmarks.memory MODULE WAY SIZE``: how many MB this process grows by one way of a comparison."""

from __future__ import annotations

import gc
import importlib
import sys
from pathlib import Path

from tests.benchmarks.comparing import Comparison

SMALLEST = 2


def forget_peak() -> None:
    """Let the process's peak be what it holds now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """The most memory that the process has held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main(module: str, name: str, size: int) -> None:
    """Measure and print the figure."""
    if not Path("/proc/self/clear_refs").exists():
        print("–")
        return
    comparison: Comparison = importlib.import_module(f"tests.benchmarks.{module}").COMPARISON
    make = comparison.ways[name]
    small = make(comparison.problem(SMALLEST))
    small.compile(small.build())()
    del small
    way = make(comparison.problem(size))
    gc.collect()
    forget_peak()
    before = peak_bytes()
    way.compile(way.build())()
    print(f"{(peak_bytes() - before) / 1e6:.1f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
