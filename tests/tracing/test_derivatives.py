"""Derivatives of traced functions, and of functions of them: as those of the functions as they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from tests.support.traced import close

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.usefixtures("whatever_length")

W = ag.Value(1.5, "w")


def one(a: Any) -> Any:
    return ag.sin(a) * a if a > 1.0 else a**3 + W


def two(v: Any, s: Any, flag: bool = True) -> Any:
    if v[0] > v[1]:
        return v[0] * v[1] * s + (v[0] ** 2 if flag else v[1] ** 3)
    return ag.exp(v[0]) * s


def many(v: Any) -> Any:
    product = v[0] * v[1]
    return {"a": [product, product, v[0] if v[0] > v[1] else v[1] * 2.0], "b": 3.0, "c": v[1]}


def value_and_pulled_back(f: Any, *args: Any) -> Any:
    value, pull_back = ag.vjp(f, *args)
    return [value, pull_back(2.0)]


def checked(f: Any, *args: Any, order: int = 1) -> float:
    ag.check_grads(f, *args, order=order)
    return 0.0


def gradient_norm(f: Any) -> Any:
    gradient: Any = ag.grad(f)
    return lambda v, s: ag.sum([each**2 for each in gradient(v, s)])


def mixed_second_derivative(f: Any) -> Any:
    hessian: Any = ag.hessian(f)
    return lambda v, s: hessian(v, s)[0][1] * v[0]


Wrap = Callable[[Any], Any]
OF_ONE: dict[str, Wrap] = {
    "grad": ag.grad,
    "value_and_grad": ag.value_and_grad,
    "grad of grad": lambda f: ag.grad(ag.grad(f)),
    "grad of grad of grad": lambda f: ag.grad(ag.grad(ag.grad(f))),
    "hessian": ag.hessian,
    "jit of grad": lambda f: ag.jit(ag.grad(f)),
    "grad of jit of grad": lambda f: ag.grad(ag.jit(ag.grad(f))),
    "jit of jit": ag.jit,
    "grad of jit of jit": lambda f: ag.grad(ag.jit(f)),
    "with something beside": lambda f: ag.value_and_grad(lambda a: (f(a), "beside"), has_aux=True),
    "jvp": lambda f: lambda a: ag.jvp(f, (a,), (2.0,)),
    "jvp of grad": lambda f: lambda a: ag.jvp(ag.grad(f), (a,), (2.0,)),
}
OF_TWO: dict[str, Wrap] = {
    "grad": ag.grad,
    "grad by both": lambda f: ag.grad(f, (0, 1)),
    "grad by both, turned round": lambda f: ag.grad(f, (1, 0)),
    "grad by the last": lambda f: ag.grad(f, -1),
    "hessian by both": lambda f: ag.hessian(f, (0, 1)),
    "hessian by both, turned round": lambda f: ag.hessian(f, (1, 0)),
    "jacobian of grad": lambda f: ag.jacobian(ag.grad(f)),
    "keyword": lambda f: lambda v, s: ag.grad(f)(v, s, flag=False),
    "hvp": lambda f: lambda v, s: ag.hvp(f)(v, s, [1.0, 0.5]),
    "hvp by both": lambda f: lambda v, s: ag.hvp(f, (0, 1))(v, s, ([1.0, 0.5], 2.0)),
    "hvp turned round": lambda f: lambda v, s: ag.hvp(f, (1, 0))(v, s, (2.0, [1.0, 0.5])),
    "jvp": lambda f: lambda v, s: ag.jvp(f, (v, s), ([1.0, 2.0], 3.0)),
    "vjp": lambda f: lambda v, s: value_and_pulled_back(f, v, s),
    "of the norm of the gradient": lambda f: ag.grad(gradient_norm(f)),
    "a Hessian inside": lambda f: ag.grad(ag.jit(mixed_second_derivative(f))),
    "check_grads": lambda f: lambda v, s: checked(f, v, s),
    "check_grads of order 2": lambda f: lambda v, s: checked(f, v, s, order=2),
}


@pytest.mark.parametrize("name", OF_ONE)
def test_of_a_function_of_one_number(name: str) -> None:
    found, expected = OF_ONE[name](ag.jit(one)), OF_ONE[name](one)
    for number in (0.5, 2.0, 1.0, 2, math.inf, math.nan, -0.0):
        assert close(found(number), expected(number)), number
        assert type(found(number)) is type(expected(number))


@pytest.mark.parametrize("name", OF_TWO)
def test_of_a_function_of_two_arguments(name: str) -> None:
    found, expected = OF_TWO[name](ag.jit(two)), OF_TWO[name](two)
    at_the_edge = [] if name.startswith("check_grads") else [[1.5, 1.5]]
    for v in ([1.0, 2.0], [2.0, 1.0], [0.0, -1.0], *at_the_edge):
        assert close(found(v, 3.0), expected(v, 3.0)), v


def test_arrays_of_several_dtypes() -> None:
    for argument in (
        np.array([2.0, 1.0]), np.array([1.0, 2.0], "float32"), np.array([2, 1]), np.array([2.0, 1.0], "longdouble"),
    ):  # fmt: skip
        for derivative in (ag.grad, ag.hessian, lambda f: ag.grad(f, (1, 0))):
            assert close(derivative(ag.jit(two))(argument, 3.0), derivative(two)(argument, 3.0))


def test_of_several_results() -> None:
    for derivative in (ag.jacobian, ag.hessian):
        for v in ([1.0, 2.0], [2.0, 1.0]):
            assert close(derivative(ag.jit(many))(v), derivative(many)(v))


@pytest.mark.parametrize("f", [lambda a: 3.0, lambda a: W * W, lambda a: a, lambda a: [a, a, 1.0, W]])
def test_of_constants_and_of_the_argument_itself(f: Any) -> None:
    for derivative in (ag.jacobian, ag.hessian, lambda f: lambda a: ag.jvp(f, (a,), (2.0,))):
        assert close(derivative(ag.jit(f))(2.0), derivative(f)(2.0))


def test_values_from_elsewhere_keep_derivatives_that_flow_to_them() -> None:
    def f(a: Any, b: Any) -> Any:
        return a * b * b * W if b > 0.0 else a

    x = ag.Value(0.5)
    results = []
    for function in (f, ag.jit(f)):
        x.grad = W.grad = 0.0
        slope: Any = ag.grad(function)(2.0, x)
        slope.backward()
        results.append((slope.data, x.grad, W.grad))
    assert close(*results)


def test_scipys_functions() -> None:
    optimize, integrate = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.integrate")

    def rosenbrock(v: Any) -> Any:
        return (1.0 - v[0]) ** 2 + 100.0 * (v[1] - v[0] ** 2) ** 2

    def residuals(v: Any) -> Any:
        return np.array([1.0 - v[0], 10.0 * (v[1] - v[0] ** 2)])

    def curve(x: Any, a: Any, b: Any) -> Any:
        return a * np.exp(b * x)

    def pushed(t: Any, u: Any) -> Any:
        return np.array([u[1], -u[0] if u[0] > 0.3 else -2.0 * u[0]])

    x = np.linspace(0.0, 1.0, 7)
    solved = []
    for jit in (lambda f: f, ag.jit):
        f, g, h, p = jit(rosenbrock), jit(residuals), jit(curve), jit(pushed)
        solved.append(
            [
                optimize.minimize(ag.value_and_grad(f), [1.3, 0.7], jac=True).x,
                optimize.minimize(f, [1.3, 0.7], jac=ag.grad(f), hess=ag.hessian(f), method="trust-exact").x,
                optimize.least_squares(g, [1.3, 0.7], jac=ag.jacobian(g)).x,
                optimize.root(g, [1.3, 0.7], jac=ag.jacobian(g)).x,
                optimize.curve_fit(h, x, 2.0 * np.exp(-x), p0=[1.0, -0.5])[0],
                integrate.solve_ivp(p, (0.0, 1.0), [1.0, 0.0], jac=ag.jacobian(p, 1), method="BDF").y[:, -1],
            ]
        )
    assert np.allclose(*map(np.stack, solved), rtol=1e-9)


# -- methods ---------------------------------------------------------------------------------------------------------


class Model:
    scale = 2.0

    def __init__(self, weight: float) -> None:
        self.weight = ag.Value(weight)

    @ag.jit
    def loss(self, a: Any, b: Any = 1.0) -> Any:
        return one(a) * self.weight * b

    @classmethod
    @ag.jit
    def of_class(cls, a: Any) -> Any:
        return one(a) * cls.scale

    @staticmethod
    @ag.jit
    def of_nobody(a: Any) -> Any:
        return one(a)

    @ag.jit
    def __call__(self, a: Any) -> Any:
        return one(a) * self.weight

    def replay(self) -> None:
        """No business of ours."""
        raise AssertionError


def test_methods_are_traced_for_each_instance() -> None:
    models = [Model(2.0), Model(3.0)]
    for number in (0.5, 2.0):
        for model in models:
            weight = model.weight.data
            for f, times in (
                (model.loss, weight), (model, weight), (model.of_class, 2.0), (Model.of_class, 2.0),
                (model.of_nobody, 1.0), (Model.of_nobody, 1.0),
            ):  # fmt: skip
                assert close(f(number), times * one(number))
                assert close(ag.grad(f)(number), times * ag.grad(one)(number))
                assert close(ag.hessian(f)(number), times * ag.hessian(one)(number))
            by_both = ag.grad(model.loss, (1, 0))(number, 5.0)
            assert close(by_both, (one(number) * weight, 5.0 * weight * ag.grad(one)(number)))
            assert close(ag.grad(model.loss, -1)(number, 5.0), one(number) * weight)
