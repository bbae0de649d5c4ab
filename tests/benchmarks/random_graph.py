"""A random graph of 10,000 mixed scalar operations, run again and again: replay, CasADi, and a loop in C.

Each node is a softplus, a sum of four, a product or the first component of a softmax of four, of operands drawn from
the last 64 numbers; where a sum or product would exceed 2, its place is taken by a softmax of the same. The result is
the mean of all nodes that no other one uses, so none is dead. Differentiated is by the 64 leaves.
"""

from __future__ import annotations

import ctypes
import functools
import math
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import RUNS, Comparison, MissingPeerError, Way, peer, report
from tests.benchmarks.replaying import Recorded, needs_numba, replayed, replayed_without_numba, value_then_gradient
from tests.benchmarks.two_moons import casadi_program, eager_way

NODES = 10_000
LEAVES = 64
RECENT = 64
LARGEST = 2.0

SOFTPLUS, SUM, PRODUCT, SOFTMAX = range(4)
OPERAND_COUNTS = (1, 4, 2, 4)


@dataclass
class Graph:
    """Operations on numbers that are counted through, leaves first."""

    leaves: list[float]
    operations: list[tuple[int, list[int]]] = field(default_factory=list)

    def loose_ends(self) -> list[int]:
        used = {operand for _, operands in self.operations for operand in operands}
        return [index for index in range(LEAVES, LEAVES + len(self.operations)) if index not in used]


def _exact(operation: int, x: Sequence[float]) -> float:
    if operation == SOFTPLUS:
        return float(ag.softplus(x[0]))
    if operation == SUM:
        return math.fsum(x)
    return x[0] * x[1] if operation == PRODUCT else float(ag.softmax(x)[0])


def random_graph(nodes: int, seed: int = 3) -> Graph:
    """The same graph for the same numbers, of tame values."""
    rng = random.Random(seed)
    graph = Graph([rng.uniform(-1.0, 1.0) for _ in range(LEAVES)])
    values = list(graph.leaves)
    for _ in range(nodes):
        operation = rng.randrange(4)
        operands = rng.sample(range(len(values) - RECENT, len(values)), 4)[: OPERAND_COUNTS[operation]]
        value = _exact(operation, [values[operand] for operand in operands])
        if operation in (SUM, PRODUCT) and abs(value) > LARGEST:
            operation, operands = SOFTMAX, (operands * 2)[:4]
            value = _exact(operation, [values[operand] for operand in operands])
        graph.operations.append((operation, operands))
        values.append(value)
    return graph


# -- the ways -------------------------------------------------------------------------------------------------------

VALUE_OPERATIONS: list[Callable[[list[Any]], Any]] = [
    lambda x: ag.softplus(x[0]),
    ag.sum,
    lambda x: x[0] * x[1],
    lambda x: ag.softmax(x)[0],
]


def computed(graph: Graph, leaves: Sequence[Any], operations: Sequence[Callable[[list[Any]], Any]]) -> list[Any]:
    """The loose ends, in somebody's numbers and operations."""
    values = list(leaves)
    for operation, operands in graph.operations:
        values.append(operations[operation]([values[operand] for operand in operands]))
    return [values[index] for index in graph.loose_ends()]


def recorded(graph: Graph) -> Recorded:
    leaves = [ag.Value(number) for number in graph.leaves]
    return ag.mean(computed(graph, leaves, VALUE_OPERATIONS)), (), leaves


def with_values(graph: Graph) -> Way:
    leaves = [ag.Value(number) for number in graph.leaves]
    return eager_way(leaves, lambda: ag.mean(computed(graph, leaves, VALUE_OPERATIONS)))


def with_replay(graph: Graph) -> Way:
    needs_numba()
    return replayed(lambda: recorded(graph))


def with_casadi(graph: Graph) -> Way:
    """CasADi's scalars, in the forms that are shortest for it."""
    ca = peer("casadi")

    def softplus(x: list[Any]) -> Any:
        return ca.log1p(ca.exp(x[0]))

    def softmax(x: list[Any]) -> Any:
        shares = [ca.exp(operand) for operand in x]
        return shares[0] / (shares[0] + shares[1] + shares[2] + shares[3])

    operations: list[Callable[[list[Any]], Any]] = [
        softplus,
        lambda x: x[0] + x[1] + x[2] + x[3],
        lambda x: x[0] * x[1],
        softmax,
    ]

    def build() -> Any:
        leaves = [ca.SX.sym("x") for _ in graph.leaves]
        ends = computed(graph, leaves, operations)
        return ca.vertcat(*leaves), ca.sum1(ca.vertcat(*ends)) / len(ends)

    return Way(build, lambda built: casadi_program(ca, built, graph.leaves), value_then_gradient)


@functools.cache
def c_library() -> ctypes.CDLL:
    """The loop in C, compiled; raises MissingPeerError where there is no compiler."""
    if not (compiler := shutil.which("cc")):
        raise MissingPeerError("cc is not installed")
    source = Path(__file__).with_suffix(".c")
    with tempfile.TemporaryDirectory() as directory:
        library = Path(directory, "random_graph.so")
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
        return ctypes.CDLL(str(library))


def with_c(graph: Graph) -> Way:
    function = c_library().run
    function.restype = ctypes.c_double

    def build() -> list[Any]:
        widths = [len(operands) for _, operands in graph.operations]
        return [
            np.array([operation for operation, _ in graph.operations], np.uint8),
            np.cumsum([0, *widths], dtype=np.int32),
            np.array([operand for _, operands in graph.operations for operand in operands], np.int32),
            np.array(graph.loose_ends(), np.int32),
            np.array([*graph.leaves, *[0.0] * len(graph.operations)]),
            np.zeros(sum(widths)),
            np.zeros(len(graph.leaves) + len(graph.operations)),
        ]

    def compile_(arrays: list[Any]) -> Callable[[], Any]:
        operation, _, _, loose, *_, gradient = arrays
        counts = [len(graph.leaves), len(operation), len(loose)]
        arguments = [*counts, *(array.ctypes.data_as(ctypes.c_void_p) for array in arrays)]
        return lambda: (function(*arguments), gradient[:LEAVES])

    return Way(build, compile_, value_then_gradient)


COMPARISON = Comparison(
    random_graph,
    {
        "Value": with_values,
        "replay": with_replay,
        "replay, without numba": lambda graph: replayed_without_numba(lambda: recorded(graph)),
        "CasADi SX": with_casadi,
        "C loop": with_c,
    },
)


def main() -> None:
    """Measure and print the table."""
    report(
        f"A random graph of {NODES:,} scalar operations",
        "random_graph",
        NODES,
        faster_than=["CasADi SX"],
        times=["C loop"],
        total_runs=10 * RUNS,
    )
