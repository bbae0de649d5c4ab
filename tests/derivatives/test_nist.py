"""NIST's 27 nonlinear regressions: the Jacobians beside autograd's, and the certified parameters from both starts."""

from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from tests.benchmarks import nist as benchmark  # noqa: E402
from tests.support.nist import PROBLEMS  # noqa: E402

pytestmark = pytest.mark.slow

LEAST_DIGITS = 6.0


def test_there_are_27_with_two_starts_each() -> None:
    assert len(PROBLEMS) == 27
    for problem in PROBLEMS.values():
        assert {len(problem.certified)} == {len(start) for start in problem.starts}
        assert {len(problem.response)} == {len(column) for column in problem.predictors}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_data_have_the_certified_sum_of_squares(name: str) -> None:
    """To the digits that the certified parameters have: Lanczos1 fits to the last of its own."""
    problem = PROBLEMS[name]
    residuals = problem.residuals(problem.certified)
    expected = problem.residual_sum_of_squares
    assert math.isclose(float(residuals @ residuals), expected, rel_tol=1e-9, abs_tol=1e-20)


@pytest.mark.parametrize("name", PROBLEMS)
def test_jacobians_are_those_of_autograd(name: str) -> None:
    """At both starts and at the solution."""
    pytest.importorskip("autograd")
    problem = PROBLEMS[name]
    theirs = benchmark.autograd(problem)
    ours = [benchmark.eager(problem), benchmark.traced(problem), benchmark.program(problem)]
    for b in (*problem.starts, problem.certified):
        point = np.array(b, float)
        expected = theirs(point)
        assert np.isfinite(expected).all()
        sizes = abs(expected).max(axis=0)
        for jacobian in ours:
            assert (abs(jacobian(point) - expected) <= 1e-13 * (abs(expected) + sizes)).all()


@pytest.mark.parametrize("start", [0, 1], ids=["far", "near"])
@pytest.mark.parametrize("way", ["jit", "Program.jacobian"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_certified_parameters_are_found(name: str, way: str, start: int) -> None:
    problem = PROBLEMS[name]
    found = benchmark.fitted(problem, benchmark.WAYS[way](problem), start)
    assert problem.digits(found) >= LEAST_DIGITS


def test_the_table_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of one small problem."""
    monkeypatch.setattr(benchmark, "PROBLEMS", {"DanWood": PROBLEMS["DanWood"]})
    benchmark.main()
    title, _, _, row, total, *_ = capsys.readouterr().out.splitlines()
    assert title.startswith("NIST's nonlinear regressions")
    assert row.startswith("DanWood")
    assert total.startswith("all")
