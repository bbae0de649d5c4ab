"""Sparse matrices of derivatives: a tridiagonal Hessian, the Jacobian of a chain and that of a grid.

Beside CasADi, which colours as we do and writes the entries into a buffer, and ``ddx-ad``, which colours Hessians and
gives them whole; its interpreter, as its LLVM takes minutes for them. The second table has what matrices cost in passes
of our own: the Hessian of 1,000 variables in gradients, the Jacobian of 400 outputs in runs forward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import in_turns, ratio, table

ROUNDS = 15
REPEATS = 20


def rosenbrock(x: Sequence[Any], sin: Any) -> list[Any]:
    """The chained function of Rosenbrock, whose Hessian has three diagonals."""
    total = (1.0 - x[0]) * (1.0 - x[0])
    for a, b in zip(x, x[1:]):
        slope = b - a * a
        total = total + 100.0 * slope * slope + (1.0 - b) * (1.0 - b)
    return [total]


def chain(x: Sequence[Any], sin: Any) -> list[Any]:
    """400 outputs, each computed from the one before, of one variable."""
    outputs = [sin(x[0])]
    while len(outputs) < 400:
        outputs.append(sin(outputs[-1]) + 0.5 * x[0])
    return outputs


def grid(x: Sequence[Any], sin: Any) -> list[Any]:
    """What a square of numbers lacks to solve Δu = sin u, with zeros around it."""
    width = round(len(x) ** 0.5)

    def at(row: int, column: int) -> Any:
        return x[row * width + column] if 0 <= row < width and 0 <= column < width else 0.0

    return [
        at(i - 1, j) + at(i + 1, j) + at(i, j - 1) + at(i, j + 1) - 4.0 * at(i, j) - 0.01 * sin(at(i, j))
        for i in range(width)
        for j in range(width)
    ]


@dataclass(frozen=True)
class Problem:
    """A matrix of derivatives of a function of so many variables."""

    name: str
    function: Callable[[Sequence[Any], Any], list[Any]]
    n: int
    matrix: str

    @property
    def point(self) -> Any:
        """Where it is computed."""
        return np.linspace(-0.9, 1.1, self.n)

    def program(self) -> ag.Program:
        """Ours."""
        leaves = [ag.Value(number) for number in self.point.tolist()]
        outputs = self.function(leaves, ag.sin)
        return ag.compile(outputs if self.matrix == "jacobian" else outputs[0], parameters=leaves)


PROBLEMS = (
    Problem("Hessian of the chained Rosenbrock function", rosenbrock, 1_000, "hessian"),
    Problem("Jacobian of a chain of 400 outputs", chain, 1, "jacobian"),
    Problem("Jacobian of a grid of 30 × 30", grid, 900, "jacobian"),
)


def ours(problem: Problem) -> Callable[[], Any]:
    """SciPy's CSR."""
    method, point = getattr(problem.program(), problem.matrix), problem.point
    return lambda: method(point, sparse=True)


def casadi(problem: Problem) -> Callable[[], Any]:
    """The entries alone, in a buffer."""
    ca = peer("casadi")
    symbols = ca.SX.sym("x", problem.n)
    outputs = ca.vertcat(*problem.function([symbols[i] for i in range(problem.n)], ca.sin))
    matrix = ca.hessian(outputs, symbols)[0] if problem.matrix == "hessian" else ca.jacobian(outputs, symbols)
    function = ca.Function("f", [symbols], [matrix])
    buffer, run = function.buffer()
    entries, point = np.zeros(matrix.nnz()), problem.point.copy()
    buffer.set_arg(0, point.data)
    buffer.set_res(0, entries.data)

    def compute(hold: Any = (buffer, function, point)) -> Any:
        run()
        return function.sparsity_out(0), entries

    return compute


def ddx(problem: Problem) -> Callable[[], Any]:
    """The whole matrix."""
    ddx = peer("ddx")
    variables = [f"x{i}" for i in range(problem.n)]

    def model() -> Any:
        outputs = problem.function([ddx.var(name) for name in variables], ddx.sin)
        return outputs[0] if problem.matrix == "hessian" else outputs

    equation = ddx.equation(model)
    equation.options = ddx.Options(backend=ddx.Backend.INTERPRET)
    compute = getattr(equation, problem.matrix)
    points = np.ascontiguousarray(problem.point[:, None])
    return lambda: compute(points)


WAYS: dict[str, Callable[[Problem], Callable[[], Any]]] = {
    "replay": ours,
    "CasADi": casadi,
    "ddx-ad's interpreter": ddx,
}


def whole(problem: Problem, way: str, found: Any) -> Any:
    """What a way gives, as an array of shape (outputs, variables)."""
    if way == "replay":
        return found.toarray()
    if way == "CasADi":
        sparsity, entries = found
        matrix = np.zeros(sparsity.shape)
        columns, rows = sparsity.get_ccs()
        matrix[rows, np.repeat(np.arange(sparsity.shape[1]), np.diff(columns))] = entries
        return matrix
    return found[-1][..., 0]


def main() -> None:
    """Measure and print the tables."""
    cells, passes = [], []
    for problem in PROBLEMS:
        works: dict[str, Callable[[], object]] = {}
        missing: dict[str, str] = {}
        expected = None
        for name, make in WAYS.items():
            try:
                work = make(problem)
            except MissingPeerError as error:
                missing[name] = str(error)
                continue
            found = whole(problem, name, work())
            expected = found if expected is None else expected
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
            works[name] = _repeated(work)
        times = in_turns(works, ROUNDS)
        for name, own in times.items():
            times_as_long = ratio(times["replay"], own) if name != "replay" else ""
            cells.append([problem.name, name, f"{min(own) / REPEATS * 1e6:.3g}", times_as_long])
        cells += [[problem.name, name, reason, ""] for name, reason in missing.items()]
        passes.append(_in_passes(problem))
    headings = ["", "", "µs, best", "replay takes so many times as long"]
    print(table("Sparse matrices of derivatives", headings, cells))
    print(table("The same in passes of our own", ["", "a pass", "µs, best", "matrix, in passes"], passes))


def _in_passes(problem: Problem) -> list[str]:
    """What a matrix takes against a gradient, or against a run forward."""
    program, point = problem.program(), problem.point
    one_pass = program.value_and_grad if problem.matrix == "hessian" else program.forward
    times = in_turns({"matrix": _repeated(ours(problem)), "pass": _repeated(lambda: one_pass(point))}, ROUNDS)
    name = "value and gradient" if problem.matrix == "hessian" else "forward"
    return [problem.name, name, f"{min(times['pass']) / REPEATS * 1e6:.3g}", ratio(times["matrix"], times["pass"])]


def _repeated(run: Callable[[], Any]) -> Callable[[], None]:
    def repeat() -> None:
        for _ in range(REPEATS):
            run()

    return repeat
