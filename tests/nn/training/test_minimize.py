"""minimize_with_scipy: the minimum is one, its derivatives are right, and what is counted was done."""

import math
import random
import sys
from typing import Any

import pytest

import autograd_core as ag
import nn
from nn.training.minimize import METHODS, WITH_HESSIAN_PRODUCTS

numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
scipy_optimize = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")

GENERATOR = random.Random(0)
ROWS = [[GENERATOR.uniform(-1.0, 1.0) for _ in range(3)] for _ in range(20)]
TARGETS = [1.5 * a - 2.0 * b + 0.25 * c + 0.5 + GENERATOR.gauss(0.0, 0.1) for a, b, c in ROWS]


def squared_error(model: Any) -> ag.Value:
    loss: ag.Value = ag.mean([nn.losses.squared_error(model(row), target) for row, target in zip(ROWS, TARGETS)])
    return loss


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:delta_grad == 0.0")  # trust-constr, on a quadratic
def test_a_linear_model_comes_to_the_least_squares(method: str) -> None:
    model = nn.MLP(3, [1], seed=0)
    minimum = nn.minimize_with_scipy(model, squared_error, method, tol=1e-10)
    matrix = numpy.array([[*row, 1.0] for row in ROWS])
    expected = numpy.linalg.lstsq(matrix, numpy.array(TARGETS), rcond=None)[0]
    assert [parameter.data for parameter in model.parameters()] == pytest.approx(expected.tolist(), rel=1e-4)
    assert minimum.loss == squared_error(model).data
    assert minimum.gradient_norm < 1e-4
    assert minimum.iterations >= 1
    assert (minimum.hessian_products > 0) == (method in WITH_HESSIAN_PRODUCTS)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["CG", "L-BFGS-B", "Newton-CG"])
def test_evaluations_are_those_made(method: str) -> None:
    model, calls = nn.MLP(3, [4, 1], seed=1), 0

    def counted(model: Any) -> ag.Value:
        nonlocal calls
        calls += 1
        return squared_error(model)

    before = squared_error(model).data
    minimum = nn.minimize_with_scipy(model, counted, method, options={"maxiter": 15})
    assert minimum.loss < 0.1 * before
    if method == "Newton-CG":
        assert minimum.evaluations < calls <= minimum.evaluations + minimum.hessian_products
    else:
        assert calls == minimum.evaluations + 1  # and the last, for the report


def test_hessian_products_are_those_of_the_whole_hessian(monkeypatch: pytest.MonkeyPatch) -> None:
    model, products = nn.MLP(3, [4, 1], seed=1), []

    def captured(fun: Any, point: Any, **options: Any) -> Any:
        for _ in range(3):
            vector = [GENERATOR.gauss(0.0, 1.0) for _ in point]
            products.append((vector, options["hessp"](point, vector)))
            fun([0.0] * len(point))  # a line search moves the parameters in between
        return scipy_optimize.OptimizeResult(x=point, nit=1, success=True, message="")

    def loss_at(point: Any) -> Any:
        hidden, rest = [point[4 * neuron : 4 * neuron + 4] for neuron in range(4)], point[16:]
        losses = []
        for row, target in zip(ROWS, TARGETS):
            signals = [ag.tanh(ag.dot(neuron[:3], row, neuron[3])) for neuron in hidden]
            losses.append(nn.losses.squared_error(ag.dot(rest[:4], signals, rest[4]), target))
        return ag.mean(losses)

    matrix = numpy.array(ag.hessian(loss_at)([parameter.data for parameter in model.parameters()]))
    monkeypatch.setattr(scipy_optimize, "minimize", captured)
    nn.minimize_with_scipy(model, squared_error, "Newton-CG")
    for vector, product in products:
        expected = matrix @ numpy.array(vector)
        assert numpy.linalg.norm(product - expected) < 1e-13 * numpy.linalg.norm(expected)


def test_an_interrupted_minimisation_leaves_the_best_parameters() -> None:
    model = nn.MLP(3, [4, 1], seed=1)
    tried: list[tuple[float, dict[str, float]]] = []

    def interrupted(model: Any) -> ag.Value:
        if len(tried) == 7:
            raise KeyboardInterrupt
        loss = squared_error(model)
        tried.append((loss.data, model.state_dict()))
        return loss

    with pytest.raises(KeyboardInterrupt):
        nn.minimize_with_scipy(model, interrupted, "CG")
    assert model.state_dict() == min(tried, key=lambda pair: pair[0])[1]


def test_what_cannot_be_minimised(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.MLP(3, [1], seed=0)
    with pytest.raises(ValueError, match="unknown method 'Adam'; one of CG, BFGS"):
        nn.minimize_with_scipy(model, squared_error, "Adam")
    with pytest.raises(TypeError, match="the loss gives one Value, got float"):
        nn.minimize_with_scipy(model, lambda model: math.pi)
    with pytest.raises(ValueError, match="has no parameters"):
        nn.minimize_with_scipy(nn.Module(), squared_error)
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match=r'pip install "autograd-core\[scipy\]"'):
        nn.minimize_with_scipy(model, squared_error)
