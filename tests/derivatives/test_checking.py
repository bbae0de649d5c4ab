"""The checks that users run: gradients against finite differences, and the first number that is not finite."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

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


def rosenbrock(v: Any) -> Any:
    return sum(100.0 * (y - x * x) ** 2 + (1.0 - x) ** 2 for x, y in itertools.pairwise(v))


RIGHT: dict[str, tuple[Any, tuple[Any, ...], int]] = {
    "an argument that is ignored, beside large outputs": (lambda x, y: 1e5 * x * x, (3.0, 2.0), 2),
    "Rosenbrock's valley": (rosenbrock, ([-1.2, 1.0, 0.7],), 2),
    "Rosenbrock's minimum": (rosenbrock, ([1.0, 1.0, 1.0],), 2),
    "Rosenbrock far away": (rosenbrock, ([30.0, 900.0, 8e5],), 2),
    "zeros, whose scale nothing tells": (rosenbrock, ([0.0, 0.0, 0.0],), 2),
    "a narrow bump at zero": (lambda x: ag.exp(-1e14 * x * x) + 1e7 * x, (0.0,), 1),
    "a steep slope at zero": (lambda x: ag.sin(1e6 * x), (0.0,), 2),
    "a dict of lists": (lambda p: p["a"][0] * ag.sin(p["b"]), ({"a": [2.0], "b": 0.7},), 2),
    "several outputs, nested": (lambda x, y: {"a": [x * y], "b": (ag.exp(x), 3.0)}, (0.3, 1.2), 2),
    "flags, indices and texts": (lambda v, i, flag, text: v[i] ** 2 if flag else v[0], ([1.0, 2.0], 1, True, "x"), 2),
    "an int as the first": (lambda x, y: x * x * y, (3, 2.0), 2),
    "saturated": (lambda x: ag.tanh(x), (15.0,), 1),
    "quickly changing at a large number": (ag.sin, (1e6,), 2),
    "a sum that cancels": (lambda x: (1e6 + ag.sin(x)) - 1e6, (0.7,), 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_right_functions_of_all_kinds_pass(name: str) -> None:
    function, args, order = RIGHT[name]
    ag.check_grads(function, *args, order=order)


def test_which_arguments_are_checked() -> None:
    wrong: Any = lambda x, y, z=0.0: faulty_sin(1.01)(y) * x + z
    with pytest.raises(ag.GradientMismatchError, match="argument 1, order 1"):
        ag.check_grads(wrong, 1.0, 2.0)
    ag.check_grads(wrong, 1.0, 2.0, argnums=0)
    ag.check_grads(wrong, 1.0, 2)  # an int may be an index: it is checked where argnums names it
    for argnums in (1, -1, (0, 1), np_int(1)):
        with pytest.raises(ag.GradientMismatchError, match="argument 1, order 1"):
            ag.check_grads(wrong, 1.0, 2, argnums=argnums)
    ag.check_grads(lambda flag, x: x * x if flag else x, True, 3.0)
    ag.check_grads(lambda x, k: k * x, 3.0, k=2.0)
    with pytest.raises(IndexError, match="no argument 2"):
        ag.check_grads(wrong, 1.0, 2.0, argnums=2)
    with pytest.raises(TypeError, match="argnums='y'"):
        ag.check_grads(wrong, 1.0, 2.0, argnums="y")  # type: ignore[arg-type]


def np_int(number: int) -> Any:
    return pytest.importorskip("numpy").int64(number)


def test_the_message_names_a_member_of_a_container() -> None:
    with pytest.raises(ag.GradientMismatchError, match=r"argument 0\['w'\]\[1\], order 1"):
        ag.check_grads(lambda p: p["w"][0] * faulty_sin(1.01)(p["w"][1]), {"w": [1.0, 2.0]})


# Each function has an argument and a value of the order of 1, and is asked at arguments and values of all sizes.
SHAPES: dict[str, Any] = {
    "sin": ag.sin,
    "exp": ag.exp,
    "square": lambda u: u * u + 1.0,
    "cube": lambda u: u**3 + u,
    "tanh": ag.tanh,
    "sqrt": lambda u: ag.sqrt(u + 4.0),
    "log": lambda u: ag.log(u + 4.0),
    "reciprocal": lambda u: 1.0 / (u + 4.0),
    "softplus": ag.softplus,
    "u sin 3u": lambda u: u * ag.sin(3.0 * u),
    "logsumexp": lambda u: ag.logsumexp([u, 1.0, -0.5 * u]),
    "power": lambda u: (u + 5.0) ** 2.5,
    "with an offset": lambda u: 1000.0 + ag.sin(u),
}
sizes = st.floats(-8.0, 8.0).map(lambda exponent: 10.0**exponent)
signed_sizes = st.tuples(sizes, st.sampled_from([1.0, -1.0])).map(math.prod)


def scaled_by(rule: Any, shape: Any, argument_size: float, value_size: float) -> Any:
    """The function at another scale; ``rule`` does nothing to its argument but decide on the derivative."""
    return lambda x: value_size * shape(rule(x) / argument_size)


def identity_with_slope(slope: float) -> Any:
    @ag.primitive()
    def same(x: float) -> float:
        return x

    @same.define_partials
    def same_partials(out: Any, x: Any) -> tuple[float]:
        return (slope,)

    return same


@given(shape=st.sampled_from(sorted(SHAPES)), argument_size=sizes, value_size=signed_sizes, u=st.floats(-3.0, 3.0))
def test_right_ones_pass_and_half_a_permille_is_seen_at_every_size(
    shape: str, argument_size: float, value_size: float, u: float
) -> None:
    function = SHAPES[shape]
    slope = ag.grad(function)(u)
    assume(abs(u) > 1e-3 or u == 0.0)  # nearer to zero the number's size says nothing about the function's
    assume(abs(slope) > 1e-3)  # at an extremum a relative fault is none
    x = u * argument_size
    ag.check_grads(scaled_by(identity_with_slope(1.0), function, argument_size, value_size), x)
    for fault in (1.0005, 0.9995):
        with pytest.raises(ag.GradientMismatchError):
            ag.check_grads(scaled_by(identity_with_slope(fault), function, argument_size, value_size), x)


def verdict(function: Any, x: float) -> str:
    try:
        ag.check_grads(function, x)
    except ag.GradientMismatchError:
        return "wrong"
    except ValueError as error:
        return str(error)
    return "right"


@given(shape=st.sampled_from(["sin", "exp", "square", "tanh"]), offset=st.floats(3.0, 8.0), value_size=signed_sizes,
       u=st.floats(0.1, 3.0))  # fmt: skip
def test_noise_inside_a_function_may_leave_it_unsettled_but_never_misjudged(
    shape: str, offset: float, value_size: float, u: float
) -> None:
    """A large number is added and taken away again, which leaves rounding that the outputs' sizes do not show.

    Beyond 1e8, where a third of the digits are gone, stairs may be even for steps of all sizes by chance: at up to 1e10
    one right function of 6000 was misjudged.
    """
    large = 10.0**offset
    noisy = lambda u: (large + SHAPES[shape](u)) - large
    for slope, expected in ((1.0, "right"), (1.0005, "wrong")):
        found = verdict(scaled_by(identity_with_slope(slope), noisy, 1.0, value_size), u)
        assert found == expected or "do not settle" in found


def test_what_differences_cannot_tell_is_said() -> None:
    with pytest.raises(ValueError, match="do not settle"):
        ag.check_grads(lambda x: (1e13 + ag.sin(x)) - 1e13, 0.7)
    with pytest.raises(ValueError, match="do not settle"):
        ag.check_grads(lambda x: ag.sin(1e12 * x), 1.0)
    with pytest.raises(ValueError, match="do not settle"):
        ag.check_grads(ag.cbrt, 0.0)


def test_a_derivative_of_nan_is_wrong_where_the_function_is_smooth() -> None:
    with pytest.raises(ag.GradientMismatchError, match="found nan"):
        ag.check_grads(lambda x: identity_with_slope(math.nan)(x) * 2.0, 1.0)
    with pytest.raises(ag.GradientMismatchError, match="found inf"):
        ag.check_grads(lambda x: identity_with_slope(math.inf)(x) * 2.0, 1.0)


def test_order_three_is_refused() -> None:
    with pytest.raises(ValueError, match="order=3"):
        ag.check_grads(ag.sin, 1.0, order=3)
