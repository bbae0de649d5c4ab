"""Is the machine that a program chooses the best one? Each of them timed on a grid of shapes and numbers of rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autograd_core as ag
import nn
from autograd_core.replay.arrays import ArrayMachine
from autograd_core.replay.choose import best_machine
from autograd_core.replay.lanes import LaneMachine, is_supported
from autograd_core.replay.scalars import ScalarMachine
from tests.benchmarks import network_on_arrays, rows, two_moons
from tests.benchmarks.comparing import MissingPeerError
from tests.benchmarks.measuring import in_turns, table
from tests.benchmarks.replaying import needs_numba

ROWS = (1, 4, 16, 100, 1_000, 10_000)
MOST_NUMBERS = 20_000_000  # instructions times rows
MOST_FOR_OTHERS = 3_000_000  # beyond, machines that are many times slower are left out
ROUNDS = 5


def moons() -> tuple[ag.Program, Any]:
    """The loss of a hundred samples, recorded whole."""
    samples = network_on_arrays.two_moons(100)
    model = two_moons.model_of(samples)
    loss = two_moons.network_loss(model, samples.inputs.tolist(), samples.targets.tolist())
    return ag.compile(loss, parameters=model.parameters()), np.zeros(0)


def classifier() -> tuple[ag.Program, Any]:
    """4-8-3 with a softmax."""
    model = nn.MLP(4, [8, 3], seed=0)
    inputs, target = [ag.Value(0.1 * i) for i in range(4)], ag.Value(1.0)
    program = ag.compile(nn.losses.cross_entropy(model(inputs), target), [*inputs, target], model.parameters())
    return program, np.array([0.1, 0.2, 0.3, 0.4, 1.0])


SHAPES: dict[str, Callable[[], tuple[ag.Program, Any]]] = {
    **{name: make for name, make in rows.SHAPES.items() if "10,000" not in name},
    "two moons": moons,
    "4-8-3 classifier": classifier,
    "100-200-10-1 network": lambda: rows.network([100, 200, 10, 1]),
}


def row(name: str, program: ag.Program, point: Any, count: int) -> list[str]:
    """The times of one point of the grid, and how many times the best the chosen machine takes."""
    code, wrt_inputs = program._code, not program.parameters
    inputs = point * np.linspace(0.9, 1.0, count)[:, None]
    parameters = np.array([parameter.data for parameter in program.parameters])
    chosen = best_machine(code, count, float)
    kinds: list[Any] = [ArrayMachine, *([LaneMachine] if is_supported(code) else [])]
    if len(code.codes) * count <= MOST_FOR_OTHERS // 10:
        kinds.append(ScalarMachine)
    if len(code.codes) * count > MOST_FOR_OTHERS:
        kinds = [kind for kind in kinds if kind in (chosen, LaneMachine)]
    works: dict[str, Callable[[], object]] = {}
    for kind in kinds:
        machine = kind(code)
        works[kind.__name__] = partial(machine.gradients, parameters, inputs, False, wrt_inputs)
    times = {kind: min(own) for kind, own in in_turns(works, ROUNDS).items()}
    best = min(times, key=lambda kind: times[kind])
    ratio = times[chosen.__name__] / times[best]
    return [name, f"{count:,}", chosen.__name__, best, f"{times[best] / count * 1e6:.3g}", f"{ratio:.2f}"]


def main() -> None:
    """Measure and print the table."""
    try:
        needs_numba()
    except MissingPeerError as error:
        print(f"{error}: there is less to choose from")
        return
    cells = []
    for name, make in SHAPES.items():
        program, point = make()
        counts = [count for count in ROWS if len(program._code.codes) * count <= MOST_NUMBERS] if len(point) else [1]
        cells += [row(name, program, point, count) for count in counts]
    headings = ["", "rows", "chosen", "best", "µs a row, best", "chosen takes so many times as long"]
    print(table("The machine that is chosen, and the best", headings, cells))
    worst = [cell for cell in cells if float(cell[-1]) > 1.5]
    print(f"more than 1.5 times the best: {len(worst)} of {len(cells)}\n")
