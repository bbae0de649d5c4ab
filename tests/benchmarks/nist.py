"""NIST's 27 nonlinear regressions by SciPy's ``least_squares``, from both starts, with our Jacobians and autograd's.

Only the Jacobian differs: residuals, solver and its settings are the same. "Digits" are those of the worst parameter
that agree with NIST's certified value, 11 at most, from the far and from the near start; the time is of both fits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core as ag
from tests.benchmarks.comparing import MissingPeerError, peer
from tests.benchmarks.measuring import seconds, table
from tests.support.nist import PROBLEMS, Problem

Jacobian = Callable[[Any], Any]
SETTINGS: dict[str, Any] = {
    "method": "trf", "x_scale": "jac", "ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "max_nfev": 5_000
}  # fmt: skip


def fitted(problem: Problem, jacobian: Jacobian, start: int) -> Any:
    """The parameters that the solver arrives at."""
    from scipy.optimize import least_squares

    with np.errstate(all="ignore"):  # far from the solution a model may overflow
        return least_squares(problem.residuals, np.array(problem.starts[start], float), jacobian, **SETTINGS).x


def eager(problem: Problem) -> Jacobian:
    jacobian: Jacobian = ag.jacobian(lambda b: problem.model(np, b, *problem.predictors))
    return jacobian


def traced(problem: Problem) -> Jacobian:
    jacobian: Jacobian = ag.jacobian(ag.jit(lambda b: problem.model(np, b, *problem.predictors)))
    return jacobian


def program(problem: Problem) -> Jacobian:
    """The model of one row, recorded once, with a row for each measurement."""
    b = [ag.Value(number) for number in problem.starts[0]]
    x = [ag.Value(float(column[0])) for column in problem.predictors]
    compiled = ag.compile(problem.model(np, b, *x), inputs=x, parameters=b)
    rows = np.column_stack(problem.predictors)
    return lambda b: compiled.jacobian(rows, b, by="parameters")


def autograd(problem: Problem) -> Jacobian:
    """HIPS autograd, on whole columns."""
    anp = peer("autograd.numpy")
    jacobian: Jacobian = peer("autograd").jacobian(lambda b: problem.model(anp, b, *problem.predictors))
    return jacobian


WAYS: dict[str, Callable[[Problem], Jacobian]] = {
    "eager": eager, "jit": traced, "Program.jacobian": program, "autograd": autograd
}  # fmt: skip


def present() -> tuple[dict[str, Callable[[Problem], Jacobian]], dict[str, str]]:
    """The ways that can be gone here, and why the others cannot."""
    ways, missing = {}, {}
    for name, make in WAYS.items():
        try:
            make(PROBLEMS["DanWood"])
        except MissingPeerError as error:
            missing[name] = str(error)
        else:
            ways[name] = make
    return ways, missing


def main() -> None:
    """Fit all, and print the table."""
    ways, missing = present()
    rows = []
    totals = dict.fromkeys(ways, 0.0)
    for problem in PROBLEMS.values():
        digits, times = [], []
        for name, make in ways.items():
            jacobian, found = make(problem), list[Any]()
            jacobian(np.array(problem.starts[0], float))  # what is done once is not counted
            duration = seconds(lambda: found.extend(fitted(problem, jacobian, start) for start in (0, 1)))  # noqa: B023
            digits.append(" ".join(f"{problem.digits(b):4.1f}" for b in found))
            times.append(f"{duration * 1e3:.0f}")
            totals[name] += duration
        rows.append([problem.name, f"{len(problem.response)} × {len(problem.certified)}", *digits, *times])
    rows.append(["all", "", *[""] * len(ways), *[f"{total * 1e3:.0f}" for total in totals.values()]])
    headings = ["", "rows × parameters", *[f"digits, {name}" for name in ways], *[f"ms, {name}" for name in ways]]
    print(table("NIST's nonlinear regressions, from both starts", headings, rows))
    for name, reason in missing.items():
        print(f"{name}: {reason}\n")
