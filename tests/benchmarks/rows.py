"""Does the time per row ever rise with the number of rows? Five shapes, from 1 to 100,000 rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from tests.benchmarks.measuring import in_turns, table
from tests.benchmarks.mixed import Mixed

ROWS = (1, 10, 100, 1_000, 10_000, 100_000)
MOST_NUMBERS = 2_000_000_000  # operations times rows; of more, no run is waited for


def network(sizes: list[int]) -> tuple[ag.Program, Any]:
    """A network's loss on one row, differentiated by its parameters."""
    model = nn.MLP(sizes[0], sizes[1:], activation="tanh", seed=0)
    inputs = [ag.Value(0.1 * i) for i in range(sizes[0])]
    target = ag.Value(1.0)
    program = ag.compile(nn.losses.squared_error(model(inputs), target), [*inputs, target], model.parameters())
    return program, np.array([leaf.data for leaf in program.inputs])


def mixed(n_operations: int, width: int) -> tuple[ag.Program, Any]:
    """An expression of random operations, differentiated by its inputs."""
    expression = Mixed(n_operations, width)
    return expression.program()[0], np.array(expression.point)


def chain() -> tuple[ag.Program, Any]:
    """5,000 operations, each of the one before."""
    x = value = ag.Value(0.5)
    for _ in range(2_500):
        value = value * 0.999 + 0.001
    return ag.compile(value, inputs=[x]), np.array([0.5])


SHAPES: dict[str, Callable[[], tuple[ag.Program, Any]]] = {
    "2-16-16-1 network": lambda: network([2, 16, 16, 1]),
    "30-64-64-1 network": lambda: network([30, 64, 64, 1]),
    "300 mixed operations": lambda: mixed(300, 8),
    "10,000 mixed operations": lambda: mixed(10_000, 64),
    "a chain of 5,000": chain,
}


def micros_per_row(program: ag.Program, point: Any) -> dict[int, float]:
    """The best of several runs for each number of rows."""
    found = {}
    for count in ROWS:
        if count * len(program.nodes) > MOST_NUMBERS:
            break
        rows = point * np.linspace(0.9, 1.0, count)[:, None]
        repeats = max(1, min(1_000, 5_000_000 // (count * len(program.nodes))))
        found[count] = min(in_turns({"": repeated(program, rows, repeats)}, 5)[""]) / repeats / count * 1e6
    return found


def repeated(program: ag.Program, rows: Any, times: int) -> Callable[[], None]:
    """So many runs."""
    wrt_inputs = not program.parameters

    def run() -> None:
        for _ in range(times):
            program.value_and_grad(rows, wrt_inputs=wrt_inputs)

    return run


def main() -> None:
    """Measure, print the table, and draw it where a file is named after the table: rows FILE.png."""
    figures = {name: micros_per_row(*make()) for name, make in SHAPES.items()}
    cells = [
        [name, *(f"{own[count]:.3g}" if count in own else "" for count in ROWS), f"{worst_step(own):.2f}"]
        for name, own in figures.items()
    ]
    headings = ["µs a row", *(f"{count:,}" for count in ROWS), "worst step"]
    print(table("Value and gradient by the number of rows; a step leads to ten times as many", headings, cells))
    if sys.argv[-1].endswith(".png"):
        draw(figures, Path(sys.argv[-1]))


def worst_step(own: dict[int, float]) -> float:
    """How many times as long a row takes, at most, where there are ten times as many."""
    times = list(own.values())
    return max(after / before for before, after in zip(times, times[1:]))


def draw(figures: dict[str, dict[int, float]], path: Path) -> None:
    """Lines over the number of rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, own in figures.items():
        axes.loglog(list(own), list(own.values()), marker="o", label=name)
    axes.set(xlabel="rows", ylabel="µs a row", title="Replay: value and gradient")
    axes.legend()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
