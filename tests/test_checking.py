"""The checks that users run: gradients against finite differences, and the first number that is not finite."""

from __future__ import annotations

import math
from typing import Any

import pytest

import autograd_core as ag

SMOOTH: list[tuple[Any, tuple[Any, ...]]] = [
    (ag.sin, (0.5,)),
    (ag.cos, (1e-9,)),
    (ag.exp, (700.0,)),
    (ag.sqrt, (1e-3,)),
    (ag.tanh, (5.0,)),
    (ag.gelu, (0.3,)),
    (lambda x: x**3, (0.0,)),
    (lambda x: x * 0.0, (2.0,)),
    (lambda v: ag.logsumexp(v), ([1.0, 2.0, 3.0],)),
    (lambda x, y: [x * y, x / y], (3.0, 4.0)),
    (lambda x: 7.0, (3.0,)),
]


@pytest.mark.parametrize(("function", "args"), SMOOTH)
@pytest.mark.parametrize("order", [1, 2])
def test_right_derivatives_pass(function: Any, args: tuple[Any, ...], order: int) -> None:
    ag.check_grads(function, *args, order=order)


def faulty_sin(factor: float) -> Any:
    @ag.primitive()
    def faulty(x: float) -> float:
        return math.sin(x)

    @faulty.define_partials
    def faulty_partials(out: Any, x: Any) -> tuple[Any]:
        return (ag.cos(x) * factor,)

    return faulty


@pytest.mark.parametrize("factor", [1.0005, 0.9995, -1.0, 0.0])
def test_a_rule_that_is_off_by_half_a_permille_is_rejected(factor: float) -> None:
    with pytest.raises(ag.GradientMismatchError, match=r"argument 0, order 1: expected 0\.76484.* found"):
        ag.check_grads(faulty_sin(factor), 0.7)


@pytest.mark.parametrize("x", [1e-6, 1e-3, 1.0, 30.0, 1e6])
def test_the_same_over_scales_of_the_argument(x: float) -> None:
    @ag.primitive()
    def faulty(x: float) -> float:
        return x * x

    @faulty.define_partials
    def faulty_partials(out: Any, x: Any) -> tuple[Any]:
        return (2.001 * x,)

    ag.check_grads(lambda x: x * x, x)
    with pytest.raises(ag.GradientMismatchError):
        ag.check_grads(faulty, x)


def test_a_wrong_second_derivative_is_rejected() -> None:
    @ag.primitive()
    def slope(x: float) -> float:
        return math.cos(x)

    @slope.define_partials
    def slope_partials(out: Any, x: Any) -> tuple[Any]:
        return (-1.0005 * ag.sin(x),)

    @ag.primitive()
    def sine(x: float) -> float:
        return math.sin(x)

    @sine.define_partials
    def sine_partials(out: Any, x: Any) -> tuple[Any]:
        return (slope(x),)

    ag.check_grads(sine, 0.7)
    with pytest.raises(ag.GradientMismatchError, match="argument 0, order 2"):
        ag.check_grads(sine, 0.7, order=2)


def test_the_message_names_the_argument() -> None:
    @ag.primitive()
    def faulty(x: float, y: float) -> float:
        return x * y

    @faulty.define_partials
    def faulty_partials(out: Any, x: Any, y: Any) -> tuple[Any, Any]:
        return (y, 1.01 * x)

    with pytest.raises(ag.GradientMismatchError, match="argument 1, order 1"):
        ag.check_grads(faulty, 2.0, 3.0)
    with pytest.raises(ag.GradientMismatchError, match=r"argument 0\[1\], order 1"):
        ag.check_grads(lambda v: faulty(*v), [2.0, 3.0])


def test_a_kink_or_an_edge_is_not_passed_over() -> None:
    with pytest.raises(ag.GradientMismatchError):
        ag.check_grads(ag.relu, 0.0)
    with pytest.raises(ValueError, match="do not settle"):
        ag.check_grads(ag.sqrt, 0.0)


def test_order_three_is_refused() -> None:
    with pytest.raises(ValueError, match="order=3"):
        ag.check_grads(ag.sin, 1.0, order=3)
