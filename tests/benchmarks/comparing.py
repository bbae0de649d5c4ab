"""Several ways to compute the same numbers: checked to agree, then timed in turns, one row of a table each."""

from __future__ import annotations

import gc
import importlib
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measuring import ratio, seconds, table

RUNS = 1_000
SECONDS_OF_RUNS = 0.2


class MissingPeerError(Exception):
    """What a way needs is not there; its text is the cell of the table."""


def peer(module: str) -> Any:
    """A module that need not be installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingPeerError(f"{error.name} is not installed") from error


def _nothing() -> None:
    """What a way builds that only runs."""


@dataclass(frozen=True)
class Way:
    """A way to compute the same value and gradient: what is done once, and what is done each time.

    ``build`` writes the expression down, ``compile`` makes of it what runs; ``numbers`` gives the value and the
    gradient, one after the other, from what a run returned. A way that knows no gradient gives the value alone.
    """

    build: Callable[[], Any]
    compile: Callable[[Any], Callable[[], Any]]
    numbers: Callable[[Any], Sequence[float]]


def eager(run: Callable[[], Any], numbers: Callable[[Any], Sequence[float]]) -> Way:
    """A way that does nothing once and all of it each time."""
    return Way(_nothing, lambda _: run, numbers)


@dataclass(frozen=True)
class Comparison:
    """A problem of some size, and the ways to solve it; a way may raise MissingPeerError."""

    problem: Callable[[int], Any]
    ways: dict[str, Callable[[Any], Way]]

    def present(self, size: int) -> tuple[dict[str, Way], dict[str, str]]:
        """The ways that can be gone here, and why the others cannot."""
        problem = self.problem(size)
        ways: dict[str, Way] = {}
        missing: dict[str, str] = {}
        for name, make in self.ways.items():
            try:
                ways[name] = make(problem)
            except MissingPeerError as error:
                missing[name] = str(error)
        return ways, missing

    def without(self, *names: str) -> Comparison:
        """The same without some of the ways."""
        return Comparison(self.problem, {name: way for name, way in self.ways.items() if name not in names})


def check_agreement(ways: dict[str, Way]) -> None:
    """Every way gives the numbers of the first, of which none may be without any.

    Raises:
        AssertionError: which way gives what in place of what.
    """
    (first, reference), *others = [(name, numbers_of(way)) for name, way in ways.items()]
    scale = max(map(abs, reference[1:]))
    assert math.isfinite(scale)
    assert scale > 0.0
    for name, numbers in others:
        assert len(numbers) in (1, len(reference)), f"{name} gives {len(numbers)} numbers, {first} {len(reference)}"
        for index, (number, expected) in enumerate(zip(numbers, reference)):
            # Gradients that are sums of cancelling terms are held to the size of the largest.
            assert math.isclose(number, expected, rel_tol=1e-9, abs_tol=1e-12 * scale), (
                f"number {index} of {name} is {number!r}, and {expected!r} of {first}"
            )


def numbers_of(way: Way) -> list[float]:
    """The value and the gradient that a way gives, as floats."""
    return [float(number) for number in way.numbers(way.compile(way.build())())]


def stages(way: Way) -> tuple[float, float, float]:
    """Seconds to build, to compile, and for one run of many, after one that is not counted."""
    made: list[Any] = []
    to_build = seconds(lambda: made.append(way.build()))
    to_compile = seconds(lambda: made.append(way.compile(made[0])))
    run = made[1]
    start = time.perf_counter()
    run()
    once = time.perf_counter() - start
    count = max(1, min(RUNS, int(SECONDS_OF_RUNS / once)))
    return to_build, to_compile, seconds(lambda: [run() for _ in range(count)][0:0]) / count


def peak_megabytes(module: str, name: str, size: int) -> str:
    """How far a fresh process grows at most to build, compile and run once; "–" where the system does not tell.

    Everything that the peers load at their first use has been loaded by then, by a run on the smallest problem.
    """
    command = [sys.executable, "-m", "tests.benchmarks.memory", module, name, str(size)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return printed[-1]


def report(
    title: str,
    module: str,
    size: int,
    rounds: int = 5,
    faster_than: Sequence[str] = (),
    times: Sequence[str] = (),
    nodes: int | None = None,
    without: Sequence[str] = (),
    total_runs: int = RUNS,
) -> None:
    """Check that the ways of a module's COMPARISON agree, time them in turns, and print the table.

    Args:
        faster_than: ways whose run is divided by each other's, in a column each.
        times: ways that the run of each other is divided by.
        nodes: the number that a run is divided by in a column of its own.
        total_runs: for the column that adds up building, compiling and so many runs.
    """
    comparison: Comparison = importlib.import_module(f"tests.benchmarks.{module}").COMPARISON.without(*without)
    ways, missing = comparison.present(size)
    check_agreement(ways)
    gc.collect()
    gc.freeze()  # the collector would walk what the peers' modules hold, again and again, on everybody's time
    measured: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            measured[name].append(stages(way))
    gc.unfreeze()
    runs = {name: [run for _, _, run in stages_of] for name, stages_of in measured.items()}
    rows = []
    for name, way in ways.items():
        build, compilation, run = (statistics.median(column) for column in zip(*measured[name]))
        once = [milliseconds(build), milliseconds(compilation)] if way.build is not _nothing else ["–", "–"]
        row = [name, *once, milliseconds(run), f"{build + compilation + total_runs * run:.3g}"]
        if nodes is not None:
            row.append(f"{run / nodes * 1e9:.1f}")
        row += [ratio(runs[other], runs[name]) if other in runs else "–" for other in faster_than]
        row += [ratio(runs[name], runs[other]) if other in runs else "–" for other in times]
        rows.append([*row, peak_megabytes(module, name, size)])
    headings = [
        "value and gradient",
        "build ms",
        "compile ms",
        "run ms",
        f"all, {total_runs:,} runs, s",
        *(["run, ns a node"] if nodes is not None else []),
        *[f"times faster than {other}" for other in faster_than],
        *[f"times {other}" for other in times],
        "peak MB",
    ]
    rows += [[name, reason, *[""] * (len(headings) - 2)] for name, reason in missing.items()]
    print(table(f"{title}, median of {rounds} rounds", headings, rows))


def milliseconds(duration: float) -> str:
    return f"{duration * 1e3:.3g}" if duration < 1.0 else f"{duration * 1e3:.0f}"
