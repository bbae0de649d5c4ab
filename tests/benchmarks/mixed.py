"""Sines, tangents, products and weighted sums at random, on one row and on many: beside CasADi and ddx-ad.

``ddx-ad`` compiles a graph that is built at run time as ours is; its LLVM takes seconds for thousands of operations, so
of 10,000 only its interpreter is measured.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import in_turns, ratio, table

ROUNDS = 7
SIZES = {300: 8, 10_000: 64}  # operations, and how many of the last results each chooses its operands from
MOST_COMPILED = 1_000


class Mixed:
    """A random expression, the same for every seed."""

    def __init__(self, n_operations: int, width: int, seed: int = 3) -> None:
        generator = random.Random(seed)
        self.width = width
        self.operations = [
            (generator.randrange(4), *generator.sample(range(i, i + width), 2)) for i in range(n_operations)
        ]
        self.point = [generator.uniform(-1.0, 1.0) for _ in range(width)]

    def record(self, leaves: list[Any], sin: Callable[[Any], Any], tanh: Callable[[Any], Any]) -> Any:
        """The expression of whatever the leaves are."""
        values = list(leaves)
        is_used = [False] * (len(leaves) + len(self.operations))
        for kind, a, b in self.operations:
            is_used[a] = True
            is_used[b] |= kind > 1
            x, y = values[a], values[b]
            values.append((sin, tanh)[kind](x) if kind < 2 else x * y if kind == 2 else x * 0.5 + y * 0.5)
        loose = [value for value, used in zip(values, is_used) if not used]
        total = loose[0]
        for value in loose[1:]:
            total = total + value
        return total

    def program(self) -> tuple[ag.Program, list[ag.Value]]:
        """Ours."""
        leaves = [ag.Value(number) for number in self.point]
        return ag.compile(self.record(leaves, ag.sin, ag.tanh), inputs=leaves), leaves

    def rows(self, count: int) -> Any:
        """Points around the first."""
        return np.array(self.point) * np.linspace(0.5, 1.0, count)[:, None]


def ours(mixed: Mixed, count: int) -> Callable[[], Any]:
    """One row by a bound call, or many."""
    program, _ = mixed.program()
    if count == 1:
        bound = program.bind(wrt_inputs=True)
        bound.inputs[:] = mixed.point
        return bound
    rows = mixed.rows(count)
    return lambda: program.value_and_grad(rows, reduce="none", wrt_inputs=True)


def casadi(mixed: Mixed, count: int) -> Callable[[], Any]:
    """Its buffer for one row, its map for many."""
    ca = peer("casadi")
    symbols = ca.SX.sym("x", mixed.width)
    value = mixed.record([symbols[i] for i in range(mixed.width)], ca.sin, ca.tanh)
    function = ca.Function("f", [symbols], [value, ca.densify(ca.gradient(value, symbols))])
    if count > 1:
        mapped, rows = function.map(count), mixed.rows(count).T
        return lambda: mapped(rows)
    buffer, run = function.buffer()
    kept = np.array(mixed.point), np.zeros(1), np.zeros(mixed.width), function
    buffer.set_arg(0, kept[0].data)
    buffer.set_res(0, kept[1].data)
    buffer.set_res(1, kept[2].data)
    return lambda hold=(buffer, kept): run()  # type: ignore[misc]


def ddx(mixed: Mixed, count: int, backend: str) -> Callable[[], Any]:
    """Its interpreter or its compiled kernel, in memory of its own."""
    ddx = peer("ddx")
    if backend == "COMPILE" and len(mixed.operations) > MOST_COMPILED:
        raise MissingPeerError("takes minutes to compile")

    def model() -> Any:
        return mixed.record([ddx.var(f"x{i}") for i in range(mixed.width)], ddx.sin, ddx.tanh)

    equation = ddx.equation(model)
    equation.options = ddx.Options(backend=getattr(ddx.Backend, backend))
    points = np.ascontiguousarray(mixed.rows(count).T)
    equation.jacobian(points)
    return lambda: equation.jacobian(points)


WAYS: dict[str, Callable[[Mixed, int], Callable[[], Any]]] = {
    "replay": ours,
    "CasADi": casadi,
    "ddx-ad's interpreter": lambda mixed, count: ddx(mixed, count, "INTERPRET"),
    "ddx-ad's LLVM": lambda mixed, count: ddx(mixed, count, "COMPILE"),
}


def _repeated(run: Callable[[], Any], times: int) -> Callable[[], None]:
    def repeat() -> None:
        for _ in range(times):
            run()

    return repeat


def main() -> None:
    """Measure and print the table."""
    rows = []
    for n_operations, count in ((300, 1), (300, 1_000), (300, 100_000), (10_000, 1), (10_000, 1_000)):
        mixed = Mixed(n_operations, SIZES[n_operations])
        repeats = max(1, 1_000_000 // (n_operations * count))
        works: dict[str, Callable[[], object]] = {}
        missing = {}
        for name, make in WAYS.items():
            try:
                works[name] = _repeated(make(mixed, count), repeats)
            except MissingPeerError as error:
                missing[name] = str(error)
        times = in_turns(works, ROUNDS if n_operations * count < 10_000_000 else 3)
        for name, own in times.items():
            micros = min(own) / repeats / count * 1e6
            times_as_long = ratio(times["replay"], own) if name != "replay" else ""
            rows.append([f"{n_operations:,}", f"{count:,}", name, f"{micros:.3g}", times_as_long])
        rows += [[f"{n_operations:,}", f"{count:,}", name, reason, ""] for name, reason in missing.items()]
    headings = ["operations", "rows", "", "µs a row, best", "replay takes so many times as long"]
    print(table("Mixed operations, value and gradient by all inputs", headings, rows))
