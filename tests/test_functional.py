"""Derivatives of functions, to any order and nested in one another."""

from __future__ import annotations

import math
from typing import Any

import pytest
from mpmath import mp

import autograd_core as ag


def close(found: float, expected: float, ulps: float = 16.0) -> bool:
    return abs(found - expected) <= ulps * math.ulp(expected)


def test_grad_has_the_form_of_the_argument() -> None:
    assert ag.grad(lambda x: x * x)(3.0) == 6.0
    assert ag.grad(lambda v: v[0] * v[1])([3.0, 2.0]) == [2.0, 3.0]
    assert ag.grad(lambda v: v[0] * v[1])((3.0, 2.0)) == [2.0, 3.0]
    assert ag.grad(lambda x, y: x * y, argnums=1)(3.0, 2.0) == 3.0
    assert ag.grad(lambda x, y: x * y, argnums=-1)(3.0, 2.0) == 3.0
    assert ag.grad(lambda x, y: x * y, argnums=(1, 0))(3.0, 2.0) == (3.0, 2.0)
    assert ag.grad(lambda v, x: (v[0] + v[1]) * x, argnums=(0, 1))([1.0, 2.0], 5.0) == ([5.0, 5.0], 3.0)
    assert ag.grad(lambda v: ag.sum([]) if not v else v[0])([]) == []


def test_grad_takes_numpy_arrays() -> None:
    np = pytest.importorskip("numpy")
    assert ag.grad(lambda v: v[0] * v[1])(np.array([3.0, 2.0])) == [2.0, 3.0]


def test_all_number_arguments_arrive_as_values() -> None:
    def f(x: Any, y: Any, mode: str) -> Any:
        assert isinstance(x, ag.Value)
        assert isinstance(y, ag.Value)
        assert mode == "plain"
        return x * y.exp()

    assert ag.grad(f)(2.0, 0.0, "plain") == 1.0


def test_ignored_argument_has_gradient_zero() -> None:
    assert ag.grad(lambda x, y: x * 2.0, argnums=1)(1.0, 2.0) == 0.0


def test_function_that_returns_a_plain_number_has_gradient_zero() -> None:
    assert ag.grad(lambda x: 3)(1.0) == 0.0
    assert ag.hessian(lambda x, y: 3.0)(1.0, 2.0) == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("returned", [[1.0, 2.0], None, "1.0", 1j])
def test_function_that_returns_no_number_is_a_type_error(returned: object) -> None:
    with pytest.raises(TypeError, match=f"must return one number, got {type(returned).__name__}"):
        ag.grad(lambda x: returned)(1.0)


def test_argument_that_is_not_there_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="no argument 2"):
        ag.grad(lambda x: x, argnums=2)(1.0)


def test_argument_named_twice_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        ag.grad(lambda x: x, argnums=(0, -1))(1.0)


def test_value_and_grad() -> None:
    assert ag.value_and_grad(lambda x: x * x)(3.0) == (9.0, 6.0)


@pytest.mark.parametrize(
    ("name", "function", "oracle", "x"),
    [
        ("tanh", ag.tanh, mp.tanh, 0.3),
        ("exp of sin", lambda x: ag.exp(ag.sin(x)), lambda x: mp.exp(mp.sin(x)), 0.7),
        ("x ** x", lambda x: x**x, lambda x: x**x, 1.7),
        ("logsumexp", lambda x: ag.logsumexp([x, 1.0]), lambda x: mp.log(mp.exp(x) + mp.e), 0.4),
        ("norm", lambda x: ag.norm([x, 1.0, x * x]), lambda x: mp.sqrt(x * x + 1 + x**4), 0.8),
        ("atan2", lambda x: ag.atan2(x, 1.0 + x * x), lambda x: mp.atan(x / (1 + x * x)), 0.6),
        ("softplus", ag.softplus, lambda x: mp.log(1 + mp.exp(x)), -2.0),
    ],
)  # fmt: skip
def test_grad_of_grad_of_grad(name: str, function: Any, oracle: Any, x: float) -> None:
    derivative = function
    with mp.workprec(300):
        for order in range(1, 5):
            derivative = ag.grad(derivative)
            expected = float(mp.diff(oracle, mp.mpf(x), order))
            assert math.isclose(derivative(x), expected, rel_tol=1e-12), (name, order)


def test_inner_and_outer_variables_are_not_confused() -> None:
    grad = ag.grad
    # d/dx [x · d/dy (x + y)] = d/dx x; an engine that confuses the two variables gives 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: y * y * x)(x))(3.0) == 12.0


def test_derivative_at_a_zero_of_the_inner_derivative_survives() -> None:
    """f = (x²)² has a zero adjoint at 0 whose own derivatives are not zero."""
    f: Any = lambda x: (x * x) * (x * x)
    for _ in range(4):
        f = ag.grad(f)
    assert f(0.0) == 24.0


def test_results_are_floats_outside_and_values_inside() -> None:
    seen = []

    def f(x: Any) -> Any:
        slope = ag.grad(lambda y: y * y)(2.0)
        seen.append(type(slope))
        return x * slope

    assert type(ag.grad(f)(1.0)) is float
    assert seen == [ag.Value]


def test_a_value_argument_gives_a_gradient_that_can_be_differentiated() -> None:
    x = ag.Value(3.0)
    slope = ag.grad(lambda v: v**3)(x)
    slope.backward()
    assert (slope.data, x.grad) == (27.0, 18.0)


def test_grad_works_inside_no_grad_and_leaves_it_on() -> None:
    x = ag.Value(1.0)
    with ag.no_grad():
        assert ag.grad(lambda v: v * v)(3.0) == 6.0
        assert (x * 2.0).operands == ()


def test_grad_leaves_the_grad_of_others_alone() -> None:
    w = ag.Value(2.0)
    assert ag.grad(lambda x: w * x)(5.0) == 2.0
    assert w.grad == 0.0


def test_jacobian() -> None:
    assert ag.jacobian(lambda x, y: [x * y, x + y, 7.0])(3.0, 2.0) == [[2.0, 3.0], [1.0, 1.0], [0.0, 0.0]]
    assert ag.jacobian(lambda v: [v[1], v[0]])([3.0, 2.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert ag.jacobian(lambda x, y: x * y)(3.0, 2.0) == [[2.0, 3.0]]
    with pytest.raises(TypeError, match="flat sequence"):
        ag.jacobian(lambda x: [[x]])(1.0)


def test_hessian_of_rosenbrock() -> None:
    def rosenbrock(x: Any, y: Any) -> Any:
        return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2

    assert ag.hessian(rosenbrock)(1.0, 1.0) == [[802.0, -400.0], [-400.0, 200.0]]
    assert ag.hessian(lambda v: rosenbrock(*v))([1.0, 1.0]) == [[802.0, -400.0], [-400.0, 200.0]]
    assert ag.hessian(lambda x: x**3)(2.0) == [[12.0]]


def test_hvp_is_the_hessian_times_the_vector() -> None:
    def f(v: Any) -> Any:
        return ag.sin(v[0] * v[1]) + ag.exp(v[1] - v[2]) * v[0]

    point, vector = [0.3, 0.8, -0.2], [1.5, -2.0, 0.5]
    expected = [math.fsum(h * v for h, v in zip(row, vector)) for row in ag.hessian(f)(point)]
    assert all(close(found, e, 32.0) for found, e in zip(ag.hvp(f)(point, vector), expected))
    assert ag.hvp(lambda x: x**3)(2.0, 1.0) == 12.0
    assert ag.hvp(lambda x, y: x * x * y)(3.0, 2.0, [1.0, 0.0]) == [4.0, 6.0]


def test_hvp_says_what_is_wrong_with_its_vector() -> None:
    with pytest.raises(ValueError, match="2 numbers, got 1"):
        ag.hvp(lambda x, y: x * y)(1.0, 2.0, [1.0])
    with pytest.raises(TypeError, match="then the vector"):
        ag.hvp(lambda x: x)(1.0)


def test_nested_hessian() -> None:
    """The third derivative through a Hessian: d/dx of ∂²(x²y)/∂x∂y = 2x."""
    assert ag.grad(lambda x: ag.hessian(lambda a, b: a * a * b)(x, 2.0)[0][1])(3.0) == 2.0


# -- gradients as graphs ------------------------------------------------------------------------------------------


def test_gradients_leaves_every_grad_as_it_was() -> None:
    x = ag.Value(3.0)
    y = x * x
    x.grad, y.grad = 5.0, 7.0
    assert ag.gradients(y, [x]) == [6.0]
    assert ag.gradients(y, [x], create_graph=True)[0].data == 6.0
    assert (x.grad, y.grad) == (5.0, 7.0)


def test_gradients_by_nodes_in_between_and_by_the_root() -> None:
    x = ag.Value(3.0)
    y = x * x
    z = y * 2.0
    assert ag.gradients(z, [z, y, x, ag.Value(1.0)]) == [1.0, 2.0, 12.0, 0.0]


def test_gradient_graph_has_no_node_that_does_nothing() -> None:
    x = ag.Value(3.0, "x")
    (slope,) = ag.gradients(x + 2.0, [x], create_graph=True)
    assert (slope.data, slope.operands) == (1.0, ())
    (slope,) = ag.gradients(x * 2.0 - x, [x], create_graph=True)
    assert (slope.data, slope.operands) == (1.0, ())
    (slope,) = ag.gradients(-ag.sin(x), [x], create_graph=True)
    assert [node.op.name for node in ag.topological_order(slope) if node.op] == ["cos", "neg"]


def test_gradient_graph_of_an_infinite_factor_is_not_folded_to_zero() -> None:
    x = ag.Value(math.inf)
    (slope,) = ag.gradients(x * x * 0.0, [x], create_graph=True)
    assert math.isnan(slope.data)


def test_zero_adjoint_stays_exactly_zero_in_the_graph_too() -> None:
    x = ag.Value(0.0)
    root = ag.sqrt(x) * 0.0
    assert ag.gradients(root, [x]) == [0.0]
    assert ag.gradients(root, [x], create_graph=True)[0].data == 0.0


def test_changed_data_is_refused_where_formulas_are_evaluated_again() -> None:
    x = ag.Value(3.0, "x")
    y = x * x
    x.data = 5.0
    assert ag.gradients(y, [x]) == [6.0]
    with pytest.raises(ValueError, match="changed since"):
        ag.gradients(y, [x], create_graph=True)


@pytest.mark.parametrize("wrong", [1.0, None, "x"])
def test_gradients_of_or_by_something_else_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="Values"):
        ag.gradients(ag.Value(1.0), [wrong])
    with pytest.raises(TypeError, match="Values"):
        ag.gradients(wrong, [])
