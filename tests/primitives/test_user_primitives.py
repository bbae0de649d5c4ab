"""ag.primitive: the public door through which users add operations of their own."""

from __future__ import annotations

import math
from fractions import Fraction
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


# -- what a user's functions may return ---------------------------------------------------------------------------


def returning(value: Any, partials: Any) -> Any:
    @ag.primitive(name="mine")
    def mine(*operands: float) -> Any:
        return value

    mine.define_partials(lambda out, *operands: partials)
    return mine


def numbers_of_other_types() -> list[Any]:
    numbers: list[Any] = [1, True, Fraction(1, 3), 10**400]
    try:
        import numpy as np
    except ImportError:
        return numbers
    third = 1.0 / 3.0
    return [*numbers, np.float32(third), np.float64(third), np.float16(third), np.int8(3), np.array(third), np.bool_(1)]


@pytest.mark.parametrize("number", numbers_of_other_types(), ids=lambda number: type(number).__name__)
def test_numbers_of_any_type_become_floats(number: Any) -> None:
    expected = Value(number).data
    for operands in ((Value(1.0),), (Value(1.0), Value(2.0)), (Value(1.0), 2.0), (1.0, Value(2.0))):
        node = returning(number, [number] * len(operands))(*operands)
        assert type(node.data) is float
        assert node.data == expected
        for operand, derivative in zip(operands, node.local_derivatives):
            assert derivative is None if type(operand) is float else (type(derivative), derivative) == (float, expected)
        node.backward()
        assert all(type(operand.grad) is float for operand in operands if isinstance(operand, Value))
    alone = returning(number, None)(2.0)
    assert type(alone) is float
    assert alone == expected


def test_partials_in_single_precision_do_not_spoil_what_follows() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")

    @ag.primitive()
    def halved(x: float) -> Any:
        return np.float32(0.5) * np.float32(x)

    halved.define_partials(lambda out, x: [np.float32(0.1)])
    x = Value(1.0)
    (halved(x) * 0.3).backward()
    assert type(x.grad) is float
    assert x.grad == 0.3 * float(np.float32(0.1))
    program = ag.compile(halved(x) * 0.3, parameters=[x])
    assert program.value_and_grad()[1].tolist() == [x.grad]


@pytest.mark.parametrize(
    ("value", "kind"), [(None, "NoneType"), ("1.0", "str"), (1j, "complex"), ([1.0], "list"), ((1.0,), "tuple")]
)
def test_a_value_that_is_no_number_is_refused_by_name(value: Any, kind: str) -> None:
    for operands in ((Value(1.0),), (1.0,), (Value(1.0), 2.0)):
        with pytest.raises(TypeError, match=rf"^the forward of 'mine' gives a number, got {kind}$"):
            returning(value, (1.0, 1.0))(*operands)


@pytest.mark.parametrize(
    ("partials", "message"),
    [
        (2.0, "gave float: return a tuple with one derivative for each operand"),
        (None, "gave NoneType: return a tuple"),
        ("ab", "gave str: return a tuple"),
        ({0: 1.0, 1: 1.0}, "gave dict: return a tuple"),
        (Value(1.0), "gave Value: return a tuple"),
        (("1.0", 1.0), "are numbers or None, got str"),
        (([1.0], 1.0), "are numbers or None, got list"),
        ((1.0, 1j), "are numbers or None, got complex"),
    ],
)
def test_partials_that_are_no_numbers_are_refused_by_name(partials: Any, message: str) -> None:
    for operands in ((Value(1.0), Value(2.0)), (Value(1.0), 2.0)):
        with pytest.raises(TypeError, match=f"^the partials of 'mine' {message}"):
            returning(1.0, partials)(*operands)


def test_a_condition_counts_as_one_or_zero() -> None:
    @ag.primitive()
    def ramp(x: float) -> float:
        return x if x > 0.0 else 0.0

    ramp.define_partials(lambda out, x: (x > 0.0,))
    for number, slope in ((2.0, 1.0), (-2.0, 0.0)):
        x = Value(number)
        assert ramp(x).local_derivatives == (slope,)
        (derivative,) = ag.gradients(ramp(x) * x, [x], create_graph=True)
        assert derivative.data == 2.0 * slope * number


def test_partials_in_any_sequence() -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    for partials in ([2.0, 3.0], (2, 3), np.array([2.0, 3.0]), np.array([2, 3], dtype=np.int8), range(2, 4)):
        assert returning(1.0, partials)(Value(1.0), Value(2.0)).local_derivatives == (2.0, 3.0)
    with pytest.raises(TypeError, match="'mine' gave ndarray: return a tuple"):
        returning(1.0, np.array(2.0))(Value(1.0))
    with pytest.raises(TypeError, match="'mine' are numbers or None, got ndarray"):
        returning(1.0, np.ones((1, 2)))(Value(1.0))


def test_exceptions_in_partials_pass_through() -> None:
    @ag.primitive()
    def picky(x: float) -> float:
        return x

    @picky.define_partials
    def picky_partials(out: Any, x: Any) -> Any:
        raise LookupError("no slope")

    with pytest.raises(LookupError, match="no slope"):
        picky(Value(1.0))
    assert picky_partials.__name__ == "picky_partials"
    assert picky.__wrapped__.__name__ == "picky"
