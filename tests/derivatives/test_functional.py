"""Derivatives of functions, to any order and nested in one another."""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd_core as ag
from autograd_core.derivatives import calls
from autograd_core.derivatives.tangents import push_forward
from tests.support.smooth.programs import Program, programs


def close(found: float, expected: float, ulps: float = 16.0) -> bool:
    return abs(found - expected) <= ulps * math.ulp(expected)


def test_grad_has_the_form_of_the_argument() -> None:
    assert ag.grad(lambda x: x * x)(3.0) == 6.0
    assert ag.grad(lambda v: v[0] * v[1])([3.0, 2.0]) == [2.0, 3.0]
    assert ag.grad(lambda v: v[0] * v[1])((3.0, 2.0)) == (2.0, 3.0)
    assert ag.grad(lambda x, y: x * y, argnums=1)(3.0, 2.0) == 3.0
    assert ag.grad(lambda x, y: x * y, argnums=-1)(3.0, 2.0) == 3.0
    assert ag.grad(lambda x, y: x * y, argnums=(1, 0))(3.0, 2.0) == (3.0, 2.0)
    assert ag.grad(lambda v, x: (v[0] + v[1]) * x, argnums=(0, 1))([1.0, 2.0], 5.0) == ([5.0, 5.0], 3.0)
    assert ag.grad(lambda v: ag.sum([]) if not v else v[0])([]) == []


class Point(NamedTuple):
    x: Any
    y: Any


def test_nested_containers_come_back_as_they_were() -> None:
    def f(p: Any) -> Any:
        return p["w"][0] * p["w"][1].x + p["w"][1].y[0] ** 2 + p["b"]["b"] ** 3

    parameters: dict[str, Any] = {"w": [2.0, Point(3.0, (5.0, 7.0))], "none": None, "b": OrderedDict(b=1), "empty": []}
    gradient = ag.grad(f)(parameters)
    assert gradient == {"w": [3.0, Point(2.0, (10.0, 0.0))], "none": None, "b": OrderedDict(b=3.0), "empty": []}
    assert list(gradient) == list(parameters)
    assert type(gradient["w"][1]) is Point
    assert type(gradient["b"]) is OrderedDict


def test_a_default_dict_keeps_its_default() -> None:
    def f(d: Any) -> Any:
        return d["a"] * 2.0 + d["not there"]

    argument: dict[str, Any] = defaultdict(lambda: 10.0, {"a": 3.0})
    assert ag.value_and_grad(f)(argument) == (16.0, {"a": 2.0})
    assert list(argument) == ["a"]


def test_the_function_gets_containers_of_its_own() -> None:
    def emptied(v: list[Any]) -> Any:
        total: Any = 0.0
        while v:
            total = total + v.pop() ** 2
        return total

    numbers = [1.0, 2.0, 3.0]
    derivatives: list[Any] = [ag.grad(emptied), lambda v: ag.jvp(emptied, (v,), ([1.0] * 3,)), ag.hessian(emptied)]
    for call in derivatives:
        call(numbers)
        assert numbers == [1.0, 2.0, 3.0]
    assert ag.grad(emptied)(numbers) == [2.0, 4.0, 6.0]

    def changed(d: dict[str, Any]) -> Any:
        d["a"] = d["a"] * d.pop("b")
        return d["a"] ** 2

    argument = {"a": 2.0, "b": [3.0][0]}
    assert ag.grad(changed)(argument) == {"a": 36.0, "b": 24.0}
    assert argument == {"a": 2.0, "b": 3.0}


def test_a_call_that_fails_changes_nothing_either() -> None:
    def fails(v: list[Any]) -> Any:
        v.clear()
        raise KeyError("mine")

    argument = [1.0, 2.0]
    with pytest.raises(KeyError, match="mine"):
        ag.grad(fails)(argument)
    assert argument == [1.0, 2.0]
    assert type(ag.grad(lambda x: x * x)(1.0)) is float  # the depth is as it was


class Colour(Enum):
    RED = 1


OTHERS = [True, False, 3, 2.5, "mode", None, Colour.RED, [1, 2], {"a": 1}, {1, 2}, object(), len]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: type(other).__name__)
def test_what_is_not_differentiated_is_handed_on_as_the_same_object(other: Any) -> None:
    def f(x: Any, given: Any, *, keyword: Any) -> Any:
        assert given is other
        assert keyword is other
        return x * x * 2.0

    assert ag.grad(f)(3.0, other, keyword=other) == 12.0
    assert ag.value_and_grad(f)(3.0, other, keyword=other) == (18.0, 12.0)
    assert ag.jacobian(f)(3.0, other, keyword=other) == 12.0
    assert ag.hessian(f)(3.0, other, keyword=other) == 4.0
    assert ag.hvp(f)(3.0, other, 2.0, keyword=other) == 8.0
    assert ag.grad(lambda given, x: f(x, given, keyword=other), argnums=1)(other, 3.0) == 12.0
    ag.check_grads(f, 3.0, other, order=2, argnums=0, keyword=other)
    assert ag.jvp(lambda x, **keywords: f(x, other, **keywords), (3.0,), (2.0,), keyword=other) == (18.0, 24.0)
    assert ag.vjp(lambda x, **keywords: f(x, other, **keywords), 3.0, keyword=other)[1](2.0) == (24.0,)


def test_flags_choices_and_indices() -> None:
    assert ag.grad(lambda x, flag: x * x if flag else -x)(3.0, False) == -1.0
    assert ag.grad(lambda x, n: x**2 if n == 2 else x**3)(3.0, 2) == 6.0
    assert ag.grad(lambda x, n: x * {1: 10.0, 2: 20.0}.get(n, 0.0))(3.0, 2) == 20.0
    assert ag.grad(lambda v, i: v[i] * 2.0)([1.0, 2.0], 1) == [0.0, 2.0]
    mask = [True, False, True]
    assert ag.grad(lambda v, m: ag.sum([a for a, k in zip(v, m) if k]))([1.0, 2.0, 3.0], mask) == [1.0, 0.0, 1.0]
    assert ag.grad(lambda x, k=1.0: k * x)(3.0, k=2.0) == 2.0
    assert ag.hessian(lambda v, n: v[0] ** n)([-2.0], 3) == [[-12.0]]


def test_what_f_returns_beside_is_handed_back() -> None:
    beside = object()
    f: Any = lambda x, y: (x * y, beside)
    assert ag.grad(f, has_aux=True)(3.0, 2.0) == (2.0, beside)
    assert ag.grad(f, argnums=(0, 1), has_aux=True)(3.0, 2.0) == ((2.0, 3.0), beside)
    assert ag.value_and_grad(f, has_aux=True)(3.0, 2.0) == ((6.0, beside), 2.0)
    assert ag.jacobian(lambda x: ([x, x * x], beside), has_aux=True)(3.0) == ([1.0, 6.0], beside)
    assert ag.hessian(f, has_aux=True)(3.0, 2.0) == (0.0, beside)
    assert ag.jvp(f, (3.0, 2.0), (1.0, 0.0), has_aux=True) == (6.0, 2.0, beside)
    value, pull, returned = ag.vjp(f, 3.0, 2.0, has_aux=True)
    assert (value, pull(1.0), returned) == (6.0, (2.0, 3.0), beside)
    _, node = ag.grad(lambda x: (x * x, x * 2.0), has_aux=True)(3.0)  # a Value stays one, to be drawn or explained
    assert node.data == 6.0
    assert node.op.name == "*"
    with pytest.raises(TypeError, match=r"has_aux=True .* must return a pair, .* got a Value"):
        ag.grad(lambda x: x, has_aux=True)(1.0)


def test_ignored_argument_has_gradient_zero() -> None:
    assert ag.grad(lambda x, y: x * 2.0, argnums=1)(1.0, 2.0) == 0.0
    assert ag.grad(lambda x, y: x * 2.0, argnums=1)(1.0, {"a": [1.0, (2.0,)]}) == {"a": [0.0, (0.0,)]}


def test_function_that_returns_a_plain_number_has_gradient_zero() -> None:
    assert ag.grad(lambda x: 3)(1.0) == 0.0
    assert ag.hessian(lambda v: 3.0)([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert ag.jvp(lambda x: [3, x], (1.0,), (2.0,)) == ([3.0, 1.0], [0.0, 2.0])


# -- messages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("returned", [[1.0, 2.0], None, "1.0", 1j, True, (1.0, 2.0), {}, object()])
def test_function_that_returns_no_number_is_a_type_error(returned: object) -> None:
    for function in (ag.grad(lambda x: returned), ag.value_and_grad(lambda x: returned)):
        with pytest.raises(TypeError, match=f"must return one number, got {type(returned).__name__}: "):
            function(1.0)
    with pytest.raises(TypeError, match=f"must return one number, got {type(returned).__name__}: "):
        ag.hvp(lambda x: returned)(1.0, 1.0)


@pytest.mark.parametrize("returned", [None, "1.0", True, 1j, [1.0, ["x"]], {"a": False}, iter([1.0])])
def test_function_that_returns_what_has_no_derivative_is_a_type_error(returned: object) -> None:
    f = lambda x: returned
    for call in (lambda: ag.jacobian(f)(1.0), lambda: ag.jvp(f, (1.0,), (1.0,)), lambda: ag.vjp(f, 1.0)):
        with pytest.raises(TypeError, match=r"^what the function returned.* is .*, not a real number .*: "):
            call()


def test_a_forgotten_return_is_asked_for() -> None:
    with pytest.raises(TypeError, match="is its return statement missing"):
        ag.grad(lambda x: None)(1.0)


@pytest.mark.parametrize("wrong", [1.0, "y", "10", None, True, (0, "a"), (0, 1.0), [False], b"a"])
@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian", "hvp"])
def test_argnums_that_name_no_argument(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"argnums=.* does not say which arguments .* argnums=1 or argnums=\(0, 1\)"):
        getattr(ag, name)(lambda x, y: x * y, argnums=wrong)


def test_argument_that_is_not_there_is_an_index_error() -> None:
    for position in (2, -3):
        with pytest.raises(IndexError, match=f"no argument {position}: the function was called with 2"):
            ag.grad(lambda x, y: x, argnums=position)(1.0, 2.0)
    with pytest.raises(IndexError, match="not counting those by keyword"):
        ag.grad(lambda x: x)(x=1.0)  # type: ignore[call-overload]


def test_argument_named_twice_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        ag.grad(lambda x: x, argnums=(0, -1))(1.0)
    with pytest.raises(ValueError, match="no argument to differentiate"):
        ag.grad(lambda x: x, argnums=())(1.0)
    with pytest.raises(ValueError, match="no argument to differentiate"):
        ag.vjp(lambda: 1.0)


@dataclass
class Weights:
    w: float


def circular() -> list[Any]:
    circle: list[Any] = [1.0]
    circle.append(circle)
    return circle


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (True, "argument 0 is True, not a real number"),
        ("x", "argument 0 is a string, .*argnums"),
        (None, "argument 0 is None"),
        (1j, "argument 0 is a complex number, not a real"),
        ([1.0, "x"], r"argument 0\[1\] is a string"),
        ({"a": [1.0, {"b": False}]}, r"argument 0\['a'\]\[1\]\['b'\] is False"),
        (Point(1.0, "x"), r"argument 0\.y is a string"),
        (Weights(1.0), r"argument 0 is a Weights, .*write dataclasses\.asdict\(\.\.\.\) of it"),
        ({1.0, 2.0}, r"argument 0 is a set, .*write list\(\.\.\.\) of it"),
        (range(3), r"argument 0 is a range, .*write list\(\.\.\.\) of it"),
        (circular(), r"argument 0\[1\] is a container that is a part of itself"),
        (Decimal(1), "argument 0 is a Decimal"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_differentiated_is_named(argument: Any, message: str) -> None:
    for call in (
        lambda: ag.grad(lambda x: 1.0)(argument),
        lambda: ag.jacobian(lambda x: 1.0)(argument),
        lambda: ag.hessian(lambda x: 1.0)(argument),
        lambda: ag.hvp(lambda x: 1.0)(argument, 1.0),
        lambda: ag.check_grads(lambda x: 1.0, argument),
    ):
        with pytest.raises(TypeError, match=message):
            call()


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian", "hvp"])
def test_what_is_no_function_is_named(name: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}\(\) takes a function as its first argument, got a float"):
        getattr(ag, name)(3.0)


def test_jvp_says_what_is_wrong() -> None:
    f: Any = lambda x, y: x * y
    with pytest.raises(TypeError, match="primals in a tuple, got a float"):
        ag.jvp(f, 1.0, (1.0,))  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="got 1 tangents for 2 primals"):
        ag.jvp(f, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match=r"tangents\[0\] is a list of 1, but primals\[0\] is a number"):
        ag.jvp(f, (1.0, 2.0), ([1.0], 1.0))
    with pytest.raises(TypeError, match=r"argument 1 is True, .*keyword argument"):
        ag.jvp(f, (1.0, True), (1.0, 1.0))
    with pytest.raises(ValueError, match="the cotangent is a number, but what the function returned is a list of 2"):
        ag.vjp(lambda x: [x, x], 1.0)[1](1.0)


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
    seen: list[type] = []

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


def test_grad_in_no_grad_is_a_constant_for_the_derivative_around_it() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            slope = ag.grad(lambda y: y * y * x)(x)  # 2x², which is not to be differentiated
            value, pull = ag.vjp(lambda y: y * x, 2.0)
            moved = ag.jvp(lambda y: y * x, (x,), (x,))[1]
            (pulled,) = pull(x)
        assert all(isinstance(result, ag.Value) for result in (slope, value, moved, pulled))
        return x * slope + x * value + x * moved + x * pulled

    assert ag.grad(f)(3.0) == 18.0 + 6.0 + 9.0 + 9.0


def test_hessian_works_inside_no_grad() -> None:
    with ag.no_grad():
        assert ag.hessian(lambda v: v[0] ** 2 * v[1])([3.0, 2.0]) == [[4.0, 6.0], [6.0, 0.0]]
        assert ag.hvp(lambda x: x**3)(2.0, 1.0) == 12.0
        assert ag.jacobian(lambda x: [x * x, x])(2.0) == [4.0, 1.0]


def test_a_value_in_any_argument_gives_results_that_can_be_differentiated() -> None:
    w = ag.Value(2.0)
    for other in (w, [1.0, {"w": w}], (w,)):
        slope: Any = ag.grad(lambda x, _: x * x * w)(3.0, other)
        w.grad = 0.0
        slope.backward()
        assert (slope.data, w.grad) == (12.0, 6.0)


# -- jacobian, hessian, hvp, jvp, vjp -----------------------------------------------------------------------------


def test_jacobian_is_nested_like_the_output_and_then_like_the_argument() -> None:
    assert ag.jacobian(lambda v: [v[0] * v[1], v[0] + v[1], 7.0])([3.0, 2.0]) == [[2.0, 3.0], [1.0, 1.0], [0.0, 0.0]]
    assert ag.jacobian(lambda x: x * x)(3.0) == 6.0
    assert ag.jacobian(lambda x: [x, x * x])(3.0) == [1.0, 6.0]
    assert ag.jacobian(lambda v: v[0] * v[1])((3.0, 2.0)) == (2.0, 3.0)
    assert ag.jacobian(lambda x, y: [x * y, x], argnums=1)(3.0, 2.0) == [3.0, 0.0]
    assert ag.jacobian(lambda x, y: [x * y, x], argnums=(0, 1))(3.0, 2.0) == [(2.0, 3.0), (1.0, 0.0)]
    assert ag.jacobian(lambda p: {"s": p["a"] + p["b"][0], "t": (p["a"] * p["b"][0],)})({"a": 3.0, "b": [2.0]}) == {
        "s": {"a": 1.0, "b": [1.0]},
        "t": ({"a": 2.0, "b": [3.0]},),
    }
    assert ag.jacobian(lambda v: [])([1.0, 2.0]) == []


def test_hessian_of_rosenbrock() -> None:
    def rosenbrock(x: Any, y: Any) -> Any:
        return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2

    assert ag.hessian(rosenbrock)(1.0, 1.0) == 802.0
    assert ag.hessian(rosenbrock, argnums=(0, 1))(1.0, 1.0) == ((802.0, -400.0), (-400.0, 200.0))
    assert ag.hessian(lambda v: rosenbrock(*v))([1.0, 1.0]) == [[802.0, -400.0], [-400.0, 200.0]]
    assert ag.hessian(lambda p: rosenbrock(**p))({"x": 1.0, "y": 1.0})["x"] == {"x": 802.0, "y": -400.0}
    assert ag.hessian(lambda x: x**3)(2.0) == 12.0
    assert ag.hessian(lambda x: [x**3, x**2])(2.0) == [12.0, 2.0]


def test_hvp_is_the_hessian_times_the_vector() -> None:
    def f(v: Any) -> Any:
        return ag.sin(v[0] * v[1]) + ag.exp(v[1] - v[2]) * v[0]

    point, vector = [0.3, 0.8, -0.2], [1.5, -2.0, 0.5]
    expected = [math.fsum(h * v for h, v in zip(row, vector)) for row in ag.hessian(f)(point)]
    assert all(close(found, e, 32.0) for found, e in zip(ag.hvp(f)(point, vector), expected))
    assert ag.hvp(lambda x: x**3)(2.0, 1.0) == 12.0
    assert ag.hvp(lambda x, y: x * x * y, argnums=(0, 1))(3.0, 2.0, (1.0, 0.0)) == (4.0, 6.0)
    assert ag.hvp(lambda x, y: x * x * y, argnums=1)(3.0, 2.0, 5.0) == 0.0
    assert ag.hvp(lambda p: p["a"] ** 2 * p["b"])({"a": 3.0, "b": 2.0}, {"b": 0.0, "a": 1.0}) == {"a": 4.0, "b": 6.0}


def test_a_weight_of_zero_counts_as_nothing_beside_an_infinite_slope() -> None:
    f: Any = lambda v: ag.sqrt(v[0]) + v[1] ** 2
    assert ag.hvp(f)([0.0, 3.0], [0.0, 1.0]) == [0.0, 2.0]
    assert ag.jvp(f, ([0.0, 3.0],), ([0.0, 1.0],)) == (9.0, 6.0)
    assert ag.vjp(lambda x: [ag.sqrt(x), x], 0.0)[1]([0.0, 1.0]) == (1.0,)
    assert ag.jvp(lambda x: ag.sqrt(x) * 0.0 + x, (0.0,), (1.0,)) == (0.0, 1.0)  # as for grad, 0 · inf is 0 here
    assert ag.jacobian(lambda x: [ag.sqrt(x) * 0.0 + x, x])(0.0) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("argument", "vector", "message"),
    [
        ([1.0, 2.0], [1.0], "the vector is a list of 1, but argument 0 is a list of 2"),
        ([1.0, 2.0], 1.0, "the vector is a number, but argument 0 is a list of 2"),
        (1.0, [1.0], "the vector is a list of 1, but argument 0 is a number"),
        ({"a": 1.0}, {"b": 1.0}, "the vector is a dict with the keys 'b', but argument 0 is a dict with the keys 'a'"),
        ({0: 1.0}, [1.0], "the vector is a list of 1, but argument 0 is a dict with the keys 0"),
        ({"a": [1.0]}, {"a": 2.0}, r"the vector\['a'\] is a number, but argument 0\['a'\] is a list of 1"),
        ([None, 1.0], [[], 1.0], r"the vector\[0\] is a list of 0, but argument 0\[0\] is None"),
    ],
)  # fmt: skip
def test_hvp_says_what_is_wrong_with_its_vector(argument: Any, vector: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ag.hvp(lambda x: 1.0)(argument, vector)


def test_hvp_needs_a_vector() -> None:
    with pytest.raises(TypeError, match=r"then the vector, got 1 altogether: write hvp\(f\)\(x, v\)"):
        ag.hvp(lambda x: x)(1.0)


def test_jvp_and_vjp() -> None:
    def f(x: Any, p: Any) -> Any:
        return {"product": x * p[0], "all": [x, p[1] ** 2]}

    arguments = (3.0, (2.0, 5.0))
    assert ag.jvp(f, arguments, (1.0, (10.0, 0.5))) == (
        {"product": 6.0, "all": [3.0, 25.0]},
        {"product": 32.0, "all": [1.0, 5.0]},
    )
    value, pull = ag.vjp(f, *arguments)
    assert value == {"product": 6.0, "all": [3.0, 25.0]}
    assert pull({"product": 1.0, "all": [0.0, 0.0]}) == (2.0, (3.0, 0.0))
    assert pull({"all": [7.0, 1.0], "product": 0.0}) == (7.0, (0.0, 10.0))
    assert ag.vjp(lambda x: [x, x], 1.0)[1]([2.0, 3.0]) == (5.0,)  # one node in two places


def test_jvp_and_vjp_inside_other_derivatives() -> None:
    f: Any = lambda x: x**3
    assert ag.grad(lambda x: ag.jvp(f, (x,), (2.0,))[1])(3.0) == 36.0
    assert ag.grad(lambda t: ag.jvp(f, (3.0,), (t,))[1])(2.0) == 27.0
    assert ag.grad(lambda x: ag.vjp(f, x)[1](2.0)[0])(3.0) == 36.0
    _, pull = ag.vjp(f, 3.0)
    assert ag.grad(lambda c: pull(c * c)[0])(2.0) == 4.0 * 27.0
    assert ag.jvp(ag.grad(f), (3.0,), (1.0,)) == (27.0, 18.0)
    assert ag.jvp(lambda x: ag.jvp(f, (x,), (1.0,))[1], (3.0,), (1.0,)) == (27.0, 18.0)
    assert ag.jacobian(ag.jacobian(lambda v: [v[0] ** 3, v[0] * v[1]]))([3.0, 2.0]) == [
        [[18.0, 0.0], [0.0, 0.0]],
        [[0.0, 1.0], [1.0, 0.0]],
    ]


def test_nested_hessian() -> None:
    """The third derivative through a Hessian: d/dx of ∂²(x²y)/∂x∂y = 2x."""
    assert ag.grad(lambda x: ag.hessian(lambda v: v[0] * v[0] * v[1])([x, 2.0])[0][1])(3.0) == 2.0


# -- forwards or in reverse ---------------------------------------------------------------------------------------


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which passes functional makes, as they are made."""
    made: list[str] = []

    def counted(name: str) -> Any:
        original = getattr(calls, name)

        def passed(*args: Any, **keywords: Any) -> Any:
            made.append(name)
            return original(*args, **keywords)

        return passed

    for name in ("push_forward", "pull_back"):
        monkeypatch.setattr(calls, name, counted(name))
    return made


def test_many_outputs_of_one_number_take_one_pass(passes: list[str]) -> None:
    def chain(x: Any) -> list[Any]:
        outputs = []
        for _ in range(400):
            x = ag.sin(x) * 1.01
            outputs.append(x)
        return outputs

    derivatives = ag.jacobian(chain)(0.5)
    assert passes == ["push_forward"]
    _, pull = ag.vjp(chain, 0.5)
    for place in (0, 1, 399):
        (in_reverse,) = pull([float(place == other) for other in range(400)])
        assert close(derivatives[place], in_reverse, 2000.0)


def test_one_output_of_many_numbers_takes_one_pass(passes: list[str]) -> None:
    ag.jacobian(lambda v: ag.logsumexp(v))([0.1 * i for i in range(100)])
    assert passes == ["pull_back"]


def test_as_many_outputs_as_numbers_each_of_its_own_take_short_passes(passes: list[str]) -> None:
    numbers = [0.1 * i for i in range(50)]
    assert ag.jacobian(lambda v: [x * x for x in v[1:]])(numbers)[3][4] == 0.8
    assert set(passes) == {"pull_back"}


def test_what_is_not_finite_is_left_to_the_rule_of_zero_adjoints(passes: list[str]) -> None:
    f: Any = lambda x: [ag.sqrt(x) * 0.0, ag.log(x), 1.0 / x, x]
    assert ag.jacobian(f)(0.0) == [0.0, math.inf, -math.inf, 1.0]
    assert passes == ["push_forward", *["pull_back"] * 4]


@given(program=programs(), data=st.data())
def test_forwards_and_in_reverse_the_same(program: Program, data: st.DataObject) -> None:
    """All nodes as outputs: the same derivatives in one pass forwards as in one backward pass for each."""
    leaves = [ag.Value(leaf) for leaf in program.leaves]
    nodes = ag.topological_order(program.record(leaves))
    columns = push_forward(nodes, {leaf: {place: 1.0} for place, leaf in enumerate(leaves)})
    graphs = push_forward(nodes, {leaf: {place: 1.0} for place, leaf in enumerate(leaves)}, create_graph=True)
    for node, by_leaf, as_graph in zip(nodes, columns, graphs):
        reverse = ag.gradients(node, leaves)
        size = max(1.0, *map(abs, reverse))
        for place, expected in enumerate(reverse):
            assert abs(by_leaf.get(place, 0.0) - expected) <= 1e-9 * size
            in_graph = as_graph.get(place, 0.0)
            number = in_graph if isinstance(in_graph, float) else in_graph.data  # a constant is a float
            assert abs(number - expected) <= 1e-9 * size


def test_a_jacobian_forwards_decides_anew_which_branch_is_taken() -> None:
    pytest.importorskip("numpy")

    def f(x: Any) -> list[Any]:
        y = ag.where(x > 0.0, x * x, ag.exp(x))
        return [y, y * 2.0]

    x = ag.Value(3.0)
    for slopes in (ag.jacobian(f)(x), ag.jvp(f, (x,), (1.0,))[1]):
        program = ag.compile(slopes, inputs=[x])
        assert program.forward([[3.0], [-1.0]]).tolist() == [[6.0, 12.0], [math.exp(-1.0), 2.0 * math.exp(-1.0)]]


# -- stop_gradient ------------------------------------------------------------------------------------------------


def test_stop_gradient_is_a_constant_at_every_order() -> None:
    f: Any = lambda x: x * ag.stop_gradient(x * x)
    assert (ag.grad(f)(3.0), ag.grad(ag.grad(f))(3.0)) == (9.0, 0.0)
    assert ag.jvp(f, (3.0,), (1.0,)) == (27.0, 9.0)
    assert ag.jacobian(lambda x: [f(x), ag.stop_gradient(x)])(3.0) == [9.0, 0.0]
    assert ag.hessian(lambda v: v[0] ** 2 * ag.stop_gradient(v[1]))([3.0, 5.0]) == [[10.0, 0.0], [0.0, 0.0]]
    x = ag.Value(math.nan)
    ag.stop_gradient(x).backward()
    assert x.grad == 0.0


def test_stop_gradient_of_containers() -> None:
    x = ag.Value(3.0)
    stopped: Any = ag.stop_gradient({"a": [x, 2.0], "b": (x * x,)})
    assert stopped["a"][0].data == 3.0
    assert stopped["a"][1] == 2.0
    assert stopped["b"][0].data == 9.0
    assert ag.gradients(stopped["a"][0] * stopped["b"][0], [x]) == [0.0]
    assert ag.stop_gradient(2.5) == 2.5
    with pytest.raises(TypeError, match=r"what stop_gradient\(\) is given is a string"):
        ag.stop_gradient("x")


def test_stop_gradient_is_a_node_that_a_replay_computes_anew() -> None:
    pytest.importorskip("numpy")
    x = ag.Value(3.0, "x")
    y = x * ag.stop_gradient(x * x)
    program = ag.compile(y, inputs=[x])
    for rows in ([[2.0], [5.0]], [[2.0]] * 100):
        values, _, slopes = program.value_and_grad(rows, reduce="none", wrt_inputs=True)
        assert values.tolist() == [row[0] ** 3 for row in rows]
        assert slopes.ravel().tolist() == [row[0] ** 2 for row in rows]
    assert program.as_function()(2.0)[0] == 8.0
    assert "stop_gradient" in ag.draw(y).source


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
