"""What the notebook for engineers claims of the pipe's derivatives, the soap film's Hessian, and without a compiler."""

from __future__ import annotations

import math
from typing import Any

import pytest

import autograd_core as ag
from tests.support.notebook_cells import defined_in

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

DIAMETER = 0.02


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    return defined_in("11_gradients_for_engineers")


def colebrook(reynolds: float, friction: float) -> float:
    """0 where a friction factor solves the equation."""
    return 1.0 / math.sqrt(friction) + 2.0 * math.log10(
        5e-5 / (3.7 * DIAMETER) + 2.51 / (reynolds * math.sqrt(friction))
    )


@pytest.mark.parametrize("speed", [0.12, 0.5, 2.0, 10.0])
def test_turbulent_flow_solves_its_equation_and_so_do_its_derivatives(notebook: dict[str, Any], speed: float) -> None:
    drop, slope = ag.value_and_grad(ag.jit(notebook["pressure_drop"]))(speed, DIAMETER)
    reynolds, scale = 1e6 * speed * DIAMETER, 10.0 / DIAMETER * 1000.0 / 2.0
    friction = drop / (scale * speed**2)
    assert colebrook(reynolds, friction) == pytest.approx(0.0, abs=1e-9)

    by_friction, by_reynolds = ag.grad(
        lambda r, f: f**-0.5 + 2.0 * ag.log10(5e-5 / (3.7 * DIAMETER) + 2.51 / (r * f**0.5)), (1, 0)
    )(reynolds, friction)
    friction_slope = -by_reynolds / by_friction * 1e6 * DIAMETER
    assert slope == pytest.approx(scale * (friction_slope * speed**2 + 2.0 * friction * speed), rel=1e-7)
    assert 1.7 < slope * speed / drop < 2.0


def test_laminar_flow_has_the_exponent_1_and_a_wider_pipe_a_quarter(notebook: dict[str, Any]) -> None:
    pressure_drop = notebook["pressure_drop"]
    drop, slope = ag.value_and_grad(pressure_drop)(0.01, DIAMETER)
    assert slope * 0.01 / drop == pytest.approx(1.0, rel=1e-14)
    assert pressure_drop(0.01, 2.0 * DIAMETER) / drop == pytest.approx(0.25, rel=1e-14)


def test_the_soap_film_has_the_sparsity_that_is_said(notebook: dict[str, Any]) -> None:
    film, inner = notebook["film_and_unknowns"](notebook["frame"]())
    hessian = ag.compile(notebook["area_of"](film), parameters=inner).sparsity("hessian")
    assert len(inner) == 529
    assert len(inner) ** 2 == 279_841
    assert repr(hessian) == "Sparsity(529 × 529, 4489 entries, 9 passes forwards)"


def test_a_flat_film_has_the_area_of_its_frame_and_is_the_smallest(notebook: dict[str, Any]) -> None:
    film, inner = notebook["film_and_unknowns"](np.zeros((25, 25)))
    area = ag.compile(notebook["area_of"](film), parameters=inner)
    value, gradient = area.value_and_grad()
    assert value == pytest.approx(1.0, rel=1e-14)
    assert np.abs(gradient).max() == 0.0
    assert area.forward(np.linspace(-0.1, 0.1, len(inner))) > 1.0


def test_without_a_compiler_the_notebook_goes_on(notebook: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert notebook["compiled"]("void program(void) {}") is None
