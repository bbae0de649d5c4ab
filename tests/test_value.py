"""Value: what it accepts, how its operators behave, what it refuses and what it says then, and how it shows itself."""

from __future__ import annotations

import cmath
import math
import operator
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core import Value, primitives
from tests.support.functions import OF_ONE_NUMBER

# -- what a Value is made of --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (3, 3.0),
        (True, 1.0),
        (2.5, 2.5),
        (Fraction(1, 4), 0.25),
        (-0.0, -0.0),
        (10**400, math.inf),
        (-(10**400), -math.inf),
    ],
)
def test_value_takes_any_real_number(number: Any, data: float) -> None:
    value = Value(number)
    assert type(value.data) is float
    assert value.data == data
    assert math.copysign(1.0, value.data) == math.copysign(1.0, data)


def test_new_value_is_a_leaf_with_gradient_zero() -> None:
    value = Value(2.0, "x")
    assert (value.grad, value.op, value.operands, value.local_derivatives, value.label) == (0.0, None, (), (), "x")


@pytest.mark.parametrize(
    ("wrong", "kind", "advice"),
    [
        ("3.5", "str", "float()"),
        (None, "NoneType", "missing"),
        (1j, "complex", ".real"),
        (Value(1.0), "Value", ".data"),
        ([1.0, 2.0], "list", "one Value of each"),
        ((1.0,), "tuple", "one Value of each"),
        ({}, "dict", "one Value of each"),
        (Decimal("1.5"), "Decimal", "float()"),
        (object(), "object", "float()"),
    ],
)
def test_value_refuses_what_is_no_real_number(wrong: Any, kind: str, advice: str) -> None:
    with pytest.raises(TypeError) as caught:
        Value(wrong)
    assert f"expected a real number, got {kind}: " in str(caught.value)
    assert advice in str(caught.value)


def test_label_must_be_a_text() -> None:
    with pytest.raises(TypeError, match="a label is a string, got float"):
        Value(1.0, 2.0)  # type: ignore[arg-type]


def test_value_has_no_room_for_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).gard = 0.0  # type: ignore[attr-defined]


# -- operators ----------------------------------------------------------------------------------------------------

OPERATORS = [
    (operator.add, primitives.add),
    (operator.sub, primitives.subtract),
    (operator.mul, primitives.multiply),
    (operator.truediv, primitives.divide),
]
NUMBERS = [3.0, -0.0, 0.0, 0.1, -7.25, 1e300, 5e-324, math.inf, -math.inf, math.nan]


def bits(numbers: tuple[Any, ...]) -> list[str | None]:
    return [None if number is None else number.hex() for number in numbers]


@pytest.mark.parametrize(("operate", "primitive"), OPERATORS)
@pytest.mark.parametrize("x", NUMBERS)
@pytest.mark.parametrize("y", NUMBERS)
def test_operators_written_out_for_speed_agree_with_the_table(
    operate: Callable[[Any, Any], Value], primitive: primitives.Primitive, x: float, y: float
) -> None:
    left, right = Value(x), Value(y)
    for operands in ((left, right), (left, y), (x, right)):
        by_operator: Any = operate(*operands)
        by_table: Any = primitive(*operands)
        assert by_operator.op is by_table.op is primitive
        assert bits((by_operator.data,)) == bits((by_table.data,))
        assert bits(by_operator.local_derivatives) == bits(by_table.local_derivatives)
        assert len(by_operator.operands) == 2
        for operand, given in zip(by_operator.operands, operands):
            assert operand is given or bits((operand,)) == bits((given,))


def test_numbers_on_the_left_and_on_the_right() -> None:
    v = Value(2.0)
    results = [3 - v, v - 3, 3 / v, v / 4, 2**v, v**2, v**v, -v, +v, abs(Value(-2.0)), True + v, Fraction(1, 2) * v]
    assert [result.data for result in results] == [1.0, -1.0, 1.5, 0.5, 4.0, 4.0, 4.0, -2.0, 2.0, 2.0, 3.0, 1.0]


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda v: 3 - v, -1.0),
        (lambda v: 3 / v, -0.75),
        (lambda v: v / 4, 0.25),
        (lambda v: 2**v, 4 * math.log(2)),
        (lambda v: v**v, 4 * (math.log(2) + 1)),
        (lambda v: v**3, 12.0),
        (lambda v: ag.pow(v, 3), 12.0),
        (lambda v: -v, -1.0),
        (lambda v: +v, 1.0),
        (lambda v: abs(-v), 1.0),
        (lambda v: sum([v, v * v]), 5.0),
        (lambda v: ag.sum([v, v * v]), 5.0),
    ],
)
def test_gradients_of_operators(f: Callable[[Value], Value], slope: float) -> None:
    v = Value(2.0)
    f(v).backward()
    assert v.grad == pytest.approx(slope, rel=1e-15)


def test_builtin_sum_starts_from_the_int_zero() -> None:
    values = [Value(1.0), Value(2.0), Value(4.0)]
    total = sum(values)
    assert isinstance(total, Value)
    total.backward()
    assert total.data == 7.0
    assert [value.grad for value in values] == [1.0, 1.0, 1.0]


def test_constant_operands_are_kept_as_floats_and_get_no_derivative() -> None:
    v = Value(2.0)
    product = 3 * v
    assert product.operands == (3.0, v)
    assert type(product.operands[0]) is float
    assert product.local_derivatives == (None, 3.0)


def test_in_place_operators_make_a_new_node_and_leave_the_old_one_alone() -> None:
    x = Value(3.0)
    y = x
    y += 1.0
    assert (x.data, y.data) == (3.0, 4.0)
    y *= x
    y -= 2.0
    y /= 4.0
    y **= 2.0
    assert y.data == ((3.0 + 1.0) * 3.0 - 2.0) ** 2 / 16.0
    y.backward()  # ((x + 1) * x - 2)² / 16, at 3
    assert x.grad == 2.0 * 10.0 * 7.0 / 16.0


@pytest.mark.parametrize("operate", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
@pytest.mark.parametrize("wrong", ["2", None, 1j, [1.0], Decimal(2)])
def test_operators_refuse_what_is_no_real_number(operate: Callable[[Any, Any], Any], wrong: Any) -> None:
    for operands in ((Value(2.0), wrong), (wrong, Value(2.0))):
        with pytest.raises(TypeError) as caught:
            operate(*operands)
        message = str(caught.value)
        assert "Value" in message
        assert type(wrong).__name__ in message or "sequence" in message  # Python's own words for [1.0] * v


def test_operators_let_the_other_operands_class_answer() -> None:
    class Metres:
        def __radd__(self, other: Value) -> str:
            return f"{other.data} metres"

    answer: Any = Value(2.0) + Metres()
    assert answer == "2.0 metres"


def test_integer_like_operators_do_not_exist() -> None:
    for operate in (operator.matmul, operator.lshift):
        with pytest.raises(TypeError):
            operate(Value(2.0), Value(3.0))


# -- comparisons, truth, conversion -------------------------------------------------------------------------------


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0)])
def test_comparisons_compare_the_numbers(compare: Callable[[Any, Any], Any], a: float, b: float) -> None:
    expected = compare(a, b)
    for left, right in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
        result = compare(left, right)
        assert type(result) is ag.Condition
        assert bool(result) is expected


def test_comparing_with_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="'<' not supported between instances of 'Value' and 'str'"):
        assert Value(1.0) < "2"


def test_equality_is_that_of_the_number_and_hash_that_of_the_node() -> None:
    a, b, number = Value(1.0), Value(1.0), 1.0
    assert a == a
    assert a == b == number
    assert a in [b, number]
    assert hash(a) != hash(b)
    assert len({a, b, a}) == 2
    assert b not in {a}
    assert a != "1.0"
    assert a != None  # noqa: E711
    assert max([a, Value(3.0), b]).data == 3.0


@pytest.mark.parametrize("convert", [float, int, complex, math.sin, math.exp, math.sqrt, cmath.exp, operator.index])
def test_value_does_not_turn_into_a_number_by_itself(convert: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        convert(Value(1.0))


@pytest.mark.parametrize("convert", [float, math.sin, math.exp, math.log])
def test_conversion_error_names_data_and_our_own_functions(convert: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        convert(Value(1.0))
    assert ".data" in str(caught.value)
    assert "ag.sin" in str(caught.value)


# -- functions and their errors -----------------------------------------------------------------------------------

UNARY = [*OF_ONE_NUMBER, "abs"]


@pytest.mark.parametrize("name", UNARY)
def test_unary_functions_are_methods_too(name: str) -> None:
    x = Value(1.0) if name == "acosh" else Value(0.5)
    by_function, by_method = getattr(ag, name)(x), getattr(x, name)()
    assert by_function.op is by_method.op
    assert bits((by_function.data, *by_function.local_derivatives)) == bits(
        (by_method.data, *by_method.local_derivatives)
    )
    assert getattr(ag, name)(x.data) == by_function.data, "on a number it gives a float"


@pytest.mark.parametrize("function", [ag.exp, ag.tanh, ag.atan2, ag.hypot, ag.pow])
def test_functions_refuse_what_is_no_real_number(function: Callable[..., Any]) -> None:
    arguments = (Value(1.0), "1") if function in (ag.atan2, ag.hypot, ag.pow) else ("1",)
    with pytest.raises(TypeError, match="expected a real number, got str"):
        function(*arguments)


@pytest.mark.parametrize("inputs", [[1.5, -2.0], [Value(1.5), Value(-2.0)], [Value(1.5), -2.0], (1, 2.0)])
def test_weighted_sums_are_dots_of_the_same_inputs(inputs: Any) -> None:
    a, b, c = Value(0.1), Value(-3.0), Value(7.0)
    rows: list[tuple[Any, Any]] = [((a, b), c), ((b, 2.0), c), ((a, c), 0.5)]
    for node, (weights, bias) in zip(ag.weighted_sums(rows, inputs), rows, strict=True):
        dot = ag.dot(weights, inputs, bias)
        assert node.op is dot.op
        assert all(one is other or one.hex() == other.hex() for one, other in zip(node.operands, dot.operands))
        assert bits((node.data, *node.local_derivatives)) == bits((dot.data, *dot.local_derivatives))
    with pytest.raises(ValueError, match=r"len\(weights\) is 1, and len\(inputs\) 2$"):
        ag.weighted_sums([([a], b)], inputs)


def test_dot_of_unequal_lengths() -> None:
    with pytest.raises(ValueError, match=r"len\(weights\) is 2, and len\(inputs\) 1$"):
        ag.dot([Value(1.0), Value(2.0)], [3.0])


@pytest.mark.parametrize("reduce", [ag.maximum, ag.minimum, ag.mean, ag.logsumexp, ag.softmax, ag.log_softmax])
def test_reductions_of_nothing(reduce: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="of nothing"):
        reduce([])


@pytest.mark.parametrize("extremum", [ag.maximum, ag.minimum])
def test_maximum_and_minimum_without_arguments(extremum: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="of nothing"):
        extremum()


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": ag.sum, "mean": ag.mean, "logsumexp": ag.logsumexp, "prod": ag.prod, "norm": ag.norm,
    "softmax": ag.softmax, "log_softmax": ag.log_softmax,
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Value(1.0),), r"takes a sequence of numbers and Values, got Value: write {name}\(\[x\]\)"),
        ((1.0,), r"takes a sequence of numbers and Values, got float: write {name}\(\[x\]\)"),
        ((Value(1.0), Value(2.0)), r"takes one sequence, got 2 arguments: write {name}\(\[x, y\]\)"),
        ((1.0, 2.0, 3.0), "takes one sequence, got 3 arguments"),
        (("12",), "takes a sequence of numbers and Values, got str"),
        (({1.0: Value(2.0)},), "takes a sequence of numbers and Values, got dict"),
        (({1.0, 2.0},), "takes a sequence of numbers and Values, got set"),
        ((None,), "takes a sequence of numbers and Values, got NoneType"),
        ((), "missing 1 required positional argument: 'values'"),
    ],
)
def test_reductions_want_one_sequence(name: str, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=rf"^{name}\(\) " + message.replace("{name}", name)):
        REDUCTIONS[name](*arguments)


@pytest.mark.parametrize("extremum", [ag.maximum, ag.minimum])
@pytest.mark.parametrize("values", ["12", {1.0: 2.0}, {1.0, 2.0}])
def test_extrema_are_of_numbers_or_one_sequence(extremum: Callable[..., Any], values: Any) -> None:
    with pytest.raises(TypeError, match="takes a sequence of numbers and Values, got "):
        extremum(values)


def test_clamp_bounds_in_the_wrong_order() -> None:
    with pytest.raises(ValueError, match="low ≤ high"):
        ag.clamp(Value(1.0), 2.0, 0.0)


def test_empty_sums_and_products() -> None:
    assert ag.sum([]) == 0.0
    assert ag.prod([]) == 1.0
    assert ag.dot([], [], Value(2.0)).data == 2.0


# -- IEEE, not exceptions -----------------------------------------------------------------------------------------


def slope(f: Callable[[Value], Value], x: float) -> tuple[float, float]:
    """The value and the derivative of f at x."""
    v = Value(x)
    result = f(v)
    result.backward()
    return result.data, v.grad


def test_relu_of_nan_is_nan() -> None:
    assert all(math.isnan(number) for number in slope(ag.relu, math.nan))


def test_square_root_of_minus_one_by_power_is_nan_not_complex() -> None:
    data, grad = slope(lambda v: v**0.5, -1.0)
    assert type(data) is float
    assert math.isnan(data)
    assert math.isnan(grad)


def test_zero_to_the_constant_power_zero_is_one_with_derivative_zero() -> None:
    assert slope(lambda v: v**0, 0.0) == (1.0, 0.0)
    assert slope(lambda v: v**0.0, math.nan) == (1.0, 0.0)


def test_one_over_zero_is_infinite() -> None:
    assert slope(lambda v: 1 / v, 0.0) == (math.inf, -math.inf)
    assert slope(lambda v: 1 / v, -0.0) == (-math.inf, -math.inf)
    assert math.isnan((Value(0.0) / 0).data)


def test_overflow_gives_infinity_not_an_exception() -> None:
    assert slope(ag.exp, 1000.0) == (math.inf, math.inf)
    assert slope(lambda v: v * v, 1e200) == (math.inf, 2e200)
    assert slope(lambda v: v**3, 1e200) == (math.inf, math.inf)
    assert (Value(2.0) ** 5000).data == math.inf
    assert (2.0 ** Value(5000.0)).data == math.inf


# -- how it shows itself ------------------------------------------------------------------------------------------


def test_repr_shows_data_gradient_operation_and_label() -> None:
    x = Value(0.1 + 0.2, "x")
    assert repr(x) == "Value(data=0.3, grad=0, op=None, label='x')"
    y = ag.tanh(x)
    y.backward()
    assert repr(y) == "Value(data=0.291313, grad=1, op='tanh', label='')"


def test_repr_fits_a_debuggers_variable_pane() -> None:
    worst = Value(-1.2345678901234567e-308, "layers.0.neurons.2.weights.1" * 1000) * -1.23456789e-10
    for label in ("a" * 1000, "\\" * 1000, "\U000e0001" * 1000, "'\"" * 1000):
        worst.label = label
        assert len(repr(worst)) <= 100


def test_repr_shows_a_node_that_a_user_gave_odd_contents() -> None:
    x = Value(1.0)
    x.data, x.grad = "oops", None  # type: ignore[assignment]
    assert repr(x) == "Value(data='oops', grad=None, op=None, label='')"


def calls_made(function: Callable[[], Any]) -> int:
    """How many Python and C calls a function makes: its cost, without a clock."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.slow
def test_repr_costs_the_same_at_any_depth() -> None:
    shallow = deep = Value(1.0) * 1.0
    for _ in range(50_000):
        deep = deep * 1.0
    assert repr(deep) == repr(shallow)
    assert calls_made(lambda: repr(deep)) == calls_made(lambda: repr(shallow)) < 50


# -- data that was set to something else --------------------------------------------------------------------------

USES: dict[str, Callable[[Any, Any], Any]] = {
    "a + b": lambda a, b: a + b,
    "b + a": lambda a, b: b + a,
    "a + a": lambda a, b: a + a,
    "a + 2": lambda a, b: a + 2.0,
    "2 + a": lambda a, b: 2 + a,
    "a - b": lambda a, b: a - b,
    "a - 2": lambda a, b: a - 2,
    "2 - a": lambda a, b: 2.0 - a,
    "a * b": lambda a, b: a * b,
    "a * 3": lambda a, b: a * 3,
    "3 * a": lambda a, b: 3 * a,
    "a / b": lambda a, b: a / b,
    "b / a": lambda a, b: b / a,
    "2 / a": lambda a, b: 2.0 / a,
    "b % a": lambda a, b: b % a,
    "a // b": lambda a, b: a // b,
    "round": lambda a, b: round(a),
    "a ** 2": lambda a, b: a**2,
    "b ** a": lambda a, b: b**a,
    "2 ** a": lambda a, b: 2.0**a,
    "a ** b": lambda a, b: a**b,
    "-a": lambda a, b: -a,
    "abs": lambda a, b: abs(a),
    "exp": lambda a, b: ag.exp(a),
    "tanh": lambda a, b: ag.tanh(a),
    "gelu": lambda a, b: a.gelu(),
    "atan2": lambda a, b: ag.atan2(b, a),
    "maximum": lambda a, b: ag.maximum(a, b),
    "where": lambda a, b: ag.where(True, a, b),
    "weight": lambda a, b: ag.dot([b, a], [b, b], b),
    "input": lambda a, b: ag.dot([b, b], [b, a], b),
    "weight of a number": lambda a, b: ag.dot([a], [0.7], b),
    "bias": lambda a, b: ag.dot([b], [b], a),
    "input of a number": lambda a, b: ag.dot([0.7], [a], 0.5),
    "sum": lambda a, b: ag.sum([b, a, 1.0]),
    "logsumexp": lambda a, b: ag.logsumexp([b, a]),
    "softmax": lambda a, b: ag.softmax([b, a, 1.0])[0],
    "log_softmax": lambda a, b: ag.log_softmax([b, a])[1],
    "a loss": lambda a, b: nn.losses.squared_error([a, b], [1.0, 2.0]),
}


def replayed(a: Any, role: str) -> Any:
    """Of a program that was compiled while the data still was a number."""
    wrong, a.data = a.data, 0.5
    program = ag.compile(a * a, **{role: [a]})
    a.data = wrong
    return program.forward()


LOOKS: dict[str, Callable[[Any, Any], Any]] = {
    "a < b": lambda a, b: a < b,
    "b <= a": lambda a, b: b <= a,
    "a > 2": lambda a, b: a > 2.0,
    "2 == a": lambda a, b: a == 2,
    "a != b": lambda a, b: a != b,
    "bool": lambda a, b: bool(a),
    "format": lambda a, b: f"{a:.3f}",
    "where": lambda a, b: ag.where(a, b, b),
    "replay of a parameter": lambda a, b: replayed(a, "parameters"),
    "replay of an input": lambda a, b: replayed(a, "inputs"),
}


@pytest.mark.parametrize("use", USES | LOOKS)
@pytest.mark.parametrize("label", ["w", ""])
def test_data_that_is_no_number_fails_at_its_next_use_by_name(use: str, label: str) -> None:
    if use.startswith("replay"):
        pytest.importorskip("numpy", reason="NumPy is not installed")
    for wrong in ("x", "0.5", None, [1.0], 1j, Value(1.0), Decimal("0.5")):
        a, b = Value(0.5, label), Value(0.25)
        a.data = wrong  # type: ignore[assignment]
        message = f"the data of {'.*w' if label else 'Value'}.* is not a number: expected a real number, got "
        with pytest.raises(TypeError, match=message + type(wrong).__name__):
            (USES | LOOKS)[use](a, b)


@pytest.mark.parametrize("use", USES | LOOKS)
def test_data_that_is_an_array_fails_at_its_next_use_by_name(use: str) -> None:
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    a, b = Value(0.5, "w"), Value(0.25)
    a.data = np.array([1.0, 2.0])  # which has no truth, and raises a ValueError where it is asked for one
    with pytest.raises(TypeError, match=r"the data of .*w.* is not a number: expected a real number, got ndarray"):
        (USES | LOOKS)[use](a, b)


class Lookalike:
    """Has what a node has, and is no node: it applies no primitives."""

    data, grad, label, op = 0.5, 0.0, "", None
    operands: tuple[Any, ...] = ()
    local_derivatives: tuple[Any, ...] = ()


OF_BOTH = (
    "a + b", "b + a", "a - b", "a * b", "a / b", "b / a", "b % a", "a // b", "a ** b", "b ** a", "a < b", "b <= a",
    "atan2", "maximum", "where", "weight", "input", "bias", "sum", "logsumexp", "softmax", "log_softmax", "a loss",
)  # fmt: skip


@pytest.mark.parametrize("use", OF_BOTH)
@pytest.mark.parametrize("thing", [Value, Lookalike(), Lookalike], ids=["Value itself", "a lookalike", "its class"])
def test_what_has_the_attributes_of_a_node_and_is_none_is_refused(use: str, thing: Any) -> None:
    for a, b in ((Value(0.5), thing), (thing, Value(0.5))):
        with pytest.raises(TypeError, match=r"unsupported operand|not supported|expected a real number|numbers"):
            (USES | LOOKS)[use](a, b)


@pytest.mark.parametrize("use", USES)
def test_data_of_another_number_type_is_used_as_that_float(use: str) -> None:
    numbers: list[Any] = [3, True, Fraction(1, 3)]
    try:
        import numpy as np
    except ImportError:
        pass
    else:
        numbers += [np.float32(0.1), np.float64(0.1), np.float16(0.3), np.int8(3), np.array(0.1, np.float32)]
    for number in numbers:
        results = []
        for data in (number, float(number)):
            a, b = Value(0.0), Value(0.3)
            a.data = data
            root = USES[use](a, b)
            root.backward()
            exact = {float, type(None), int, bool, Fraction}  # Python's own lose nothing
            assert {type(local) for local in root.local_derivatives} <= exact, number
            results.append([root.data, a.grad, b.grad])
            assert all(type(result) is float for result in results[-1]), number
        assert results[0] == results[1], number


def test_a_type_error_that_has_another_cause_passes_through() -> None:
    @ag.primitive()
    def picky(x: float) -> float:
        raise TypeError("only on Sundays")

    picky.define_partials(lambda out, x: (1.0,))
    with pytest.raises(TypeError, match=r"^only on Sundays$"):
        picky(Value(1.0))
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) + "x"
