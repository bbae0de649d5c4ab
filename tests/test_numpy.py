"""NumPy scalars and arrays next to Values; skipped where NumPy is not installed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import Value

np = pytest.importorskip("numpy", reason="NumPy is an optional extra")

SCALARS = [np.float64(2.0), np.float32(2.0), np.float16(2.0), np.int64(2), np.uint8(2), np.array(2.0), np.array(2)]


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: f"{type(scalar).__name__}-{scalar.dtype}")
def test_value_takes_numpy_scalars_and_zero_dimensional_arrays(scalar: Any) -> None:
    value = Value(scalar)
    assert type(value.data) is float
    assert value.data == 2.0


def test_value_takes_a_numpy_bool() -> None:
    assert Value(np.array(True)).data == 1.0


def test_float32_keeps_its_own_number() -> None:
    assert Value(np.float32(0.1)).data == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (np.array([1.0, 2.0]), "ndarray"),
        (np.array([1.0]), "ndarray"),
        (np.complex128(1j), "complex"),
        (np.array(1j), "complex"),
        (np.str_("1"), "str"),
        (np.array("1"), "str"),
    ],
)
def test_value_refuses_arrays_complex_numbers_and_texts(wrong: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"expected a real number, got {kind}"):
        Value(wrong)


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("operate", OPERATORS)
@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: f"{type(scalar).__name__}-{scalar.dtype}")
def test_numpy_scalars_on_either_side_of_an_operator(operate: Callable[[Any, Any], Any], scalar: Any) -> None:
    for left, right in ((True, False), (False, True)):
        v, same = Value(3.0), Value(3.0)
        result = operate(v if right else scalar, v if left else scalar)
        expected = operate(same if right else 2.0, same if left else 2.0)
        assert type(result) is Value
        assert type(result.data) is float
        assert all(type(operand) in (Value, float) for operand in result.operands)
        result.backward()
        expected.backward()
        assert (result.data, v.grad) == (expected.data, same.grad)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons_with_numpy_scalars(compare: Callable[[Any, Any], Any]) -> None:
    assert compare(Value(3.0), np.float64(2.0)) == compare(3.0, 2.0)
    assert compare(np.float64(2.0), Value(3.0)) == compare(2.0, 3.0)


def test_functions_of_numpy_scalars_are_those_of_floats() -> None:
    assert ag.tanh(np.float64(0.5)) == math.tanh(0.5)
    assert ag.hypot(np.int64(3), Value(4.0)).data == 5.0


def values(*numbers: float) -> Any:
    return np.array([Value(number) for number in numbers], dtype=object)


def test_elementwise_arithmetic_of_object_arrays() -> None:
    x = values(1.0, 2.0, 3.0)
    y = (2 * x + x * x - 1.0) / np.array([1.0, 2.0, 4.0])
    np.sum(y).backward()
    assert [element.grad for element in x] == [4.0, 3.0, 2.0]


@pytest.mark.parametrize("operate", OPERATORS)
def test_value_and_array_broadcast(operate: Callable[[Any, Any], Any]) -> None:
    v, array = Value(3.0), np.array([1.0, 2.0])
    for left, right in ((v, array), (array, v)):
        result = operate(left, right)
        plain = operate(3.0 if left is v else left, 3.0 if right is v else right)
        assert result.shape == (2,)
        assert [element.data for element in result] == list(plain)


def test_matrix_product_of_object_arrays() -> None:
    weights = np.array([[Value(0.5), Value(-1.0)], [Value(2.0), Value(0.25)]], dtype=object)
    x = np.array([3.0, 4.0])
    product = weights @ x
    assert [element.data for element in product] == [-2.5, 7.0]
    (product[0] * product[1]).backward()
    assert [[w.grad for w in row] for row in weights] == [[21.0, 28.0], [-7.5, -10.0]]
    assert [element.data for element in weights @ values(3.0, 4.0)] == [-2.5, 7.0]
    assert np.dot(values(3.0, 4.0), np.array([1.0, 2.0])).data == 11.0


def test_outer_products_and_sums_of_object_arrays() -> None:
    x, y = values(1.0, 2.0), values(3.0, 4.0, 5.0)
    total = np.outer(x, y).sum()
    total.backward()
    assert total.data == 36.0
    assert [element.grad for element in x] == [12.0, 12.0]
    assert [element.grad for element in y] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    "name",
    ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "sin", "cos",
     "tan", "sinh", "cosh", "tanh", "abs"],
)  # fmt: skip
def test_numpy_functions_on_object_arrays_are_ours(name: str) -> None:
    array = values(0.25, 0.5)
    for result, x in zip(getattr(np, name)(array), array):
        same = Value(x.data)
        expected = getattr(ag, name)(same)
        result.backward()
        expected.backward()
        assert (result.data, x.grad) == (expected.data, same.grad)


def test_sequences_may_be_numpy_arrays() -> None:
    x = values(1.0, 2.0, 3.0)
    assert ag.sum(x).data == 6.0
    assert ag.dot(np.array([1.0, 2.0, 3.0]), x).data == 14.0
    assert ag.maximum(x).data == 3.0
    assert ag.norm(np.array([3.0, 4.0])) == 5.0


def test_largest_and_sorting_of_object_arrays_go_by_the_numbers() -> None:
    x = values(2.0, 3.0, 1.0)
    assert x.max() is x[1]
    assert [element.data for element in np.sort(x)] == [1.0, 2.0, 3.0]
