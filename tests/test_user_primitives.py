"""ag.primitive: the public door through which users add operations of their own."""

from __future__ import annotations

import math
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value


@ag.primitive("activation", name="bump", source="1 / (1 + {0}²)")
def bump(x: float) -> float:
    """A bell-shaped activation."""
    return 1.0 / (1.0 + x * x)


@bump.define_partials
def bump_partials(out: Any, x: Any) -> tuple[Any, ...]:
    return (-2.0 * x * out * out,)


def test_records_a_node_like_any_other() -> None:
    x = Value(1.0)
    y = bump(x)
    assert (y.data, y.op, y.operands, y.local_derivatives) == (0.5, bump, (x,), (-0.5,))
    (3.0 * y).backward()
    assert x.grad == -1.5
    assert repr(y) == "Value(data=0.5, grad=3, op='bump', label='')"


def test_on_numbers_it_gives_a_float() -> None:
    assert bump(1) == 0.5
    assert type(bump(True)) is float


def test_keeps_what_it_was_told_and_the_functions_own_text() -> None:
    assert (bump.name, bump.kind, bump.source) == ("bump", "activation", "1 / (1 + {0}²)")
    assert bump.__doc__ == "A bell-shaped activation."
    assert bump.__name__ == "bump"
    assert repr(bump) == "<primitive bump, activation>"


def test_is_not_entered_in_the_packages_own_table() -> None:
    from autograd_core.primitives import TABLE

    assert "bump" not in TABLE


def test_higher_orders_come_from_the_same_partials() -> None:
    x = 0.5
    exact = (6 * x * x - 2) / (1 + x * x) ** 3
    assert ag.grad(ag.grad(bump))(x) == pytest.approx(exact, rel=1e-15)
    ag.check_grads(bump, x, order=2)


def test_primitive_of_several_operands_with_a_constant_among_them() -> None:
    @ag.primitive("function")
    def mix(x: float, y: float, share: float) -> float:
        return share * x + (1.0 - share) * y

    @mix.define_partials
    def mix_partials(out: Any, x: Any, y: Any, share: Any) -> tuple[Any, ...]:
        return (share, 1.0 - share, x - y)

    x, y = Value(2.0), Value(10.0)
    blend = mix(x, y, 0.25)
    assert blend.local_derivatives == (0.25, 0.75, None)
    blend.backward()
    assert (blend.data, x.grad, y.grad) == (8.0, 0.25, 0.75)


def test_spread_flattens_the_arguments_of_a_call() -> None:
    @ag.primitive("loss", spread=lambda outputs, targets: (*outputs, *targets))
    def distance(*operands: float) -> float:
        half = len(operands) // 2
        return math.fsum(abs(output - target) for output, target in zip(operands[:half], operands[half:]))

    @distance.define_partials
    def distance_partials(out: Any, *operands: Any) -> list[Any]:
        half = len(operands) // 2
        signs = [ag.sign(output - target) for output, target in zip(operands[:half], operands[half:])]
        return [*signs, *[-sign for sign in signs]]

    outputs = [Value(1.0), Value(5.0)]
    loss = distance(outputs, targets=[3.0, 4.0])
    loss.backward()
    assert loss.data == 3.0
    assert [output.grad for output in outputs] == [-1.0, 1.0]


def test_an_operand_without_gradient() -> None:
    @ag.primitive()
    def scaled(x: float, factor: float) -> float:
        return factor * x

    scaled.define_partials(lambda out, x, factor: (factor, None))
    x, factor = Value(2.0), Value(3.0)
    scaled(x, factor).backward()
    assert (x.grad, factor.grad) == (3.0, 0.0)


def test_a_nan_result_has_nan_derivatives_whatever_the_rule_says() -> None:
    @ag.primitive()
    def broken(x: float) -> float:
        return math.nan

    broken.define_partials(lambda out, x: (1.0,))
    x = Value(2.0)
    broken(x).backward()
    assert math.isnan(x.grad)


def test_without_partials_the_error_says_how_to_add_them() -> None:
    @ag.primitive("function")
    def lonely(x: float) -> float:
        return x

    assert lonely(2.0) == 2.0, "on numbers no derivative is asked for"
    with pytest.raises(TypeError, match=r"'lonely' has no partial derivatives.*@lonely\.define_partials"):
        lonely(Value(2.0))


def test_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown kind 'activate'; one of arithmetic, .*activation"):
        ag.primitive("activate")  # type: ignore[arg-type]


def test_decorator_without_parentheses() -> None:
    with pytest.raises(TypeError, match=r'write @primitive\(\) or @primitive\("activation"\), with parentheses'):

        @ag.primitive  # type: ignore[arg-type]
        def forgotten(x: float) -> float:
            return x


def test_wrong_number_of_arguments_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        bump(Value(1.0), Value(2.0))


def test_an_exception_in_the_users_function_passes_through() -> None:
    @ag.primitive()
    def picky(x: float) -> float:
        raise LookupError("no such x")

    picky.define_partials(lambda out, x: (1.0,))
    with pytest.raises(LookupError, match="no such x"):
        picky(Value(1.0))


def test_partials_of_the_wrong_length() -> None:
    @ag.primitive()
    def careless(x: float, y: float) -> float:
        return x + y

    careless.define_partials(lambda out, x, y: (1.0,))
    with pytest.raises(ValueError, match=r"careless.*1 .*2"):
        careless(Value(1.0), Value(2.0))
