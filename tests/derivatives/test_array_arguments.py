"""Functions of NumPy arrays: what they are called with, what comes back, and SciPy's solvers on our derivatives."""

from __future__ import annotations

from typing import Any

import pytest

import autograd_core as ag

np = pytest.importorskip("numpy", reason="NumPy is an optional extra")
optimize = pytest.importorskip("scipy.optimize", reason="SciPy is an optional extra")

SHAPES = [(3,), (1,), (2, 3), (2, 1), (1, 1, 1), (2, 3, 2), (0,), (0, 2)]


def numbers(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_array_stays_an_array_of_its_shape(shape: tuple[int, ...]) -> None:
    def f(v: Any) -> Any:
        assert type(v) is np.ndarray
        assert v.shape == shape
        return (v**3).sum() + 0.0

    array = numbers(shape)
    value, gradient = ag.value_and_grad(f)(array)
    assert type(value) is float
    for result, expected in [
        (gradient, 3.0 * array**2),
        (ag.jacobian(f)(array), 3.0 * array**2),
        (ag.hvp(f)(array, array), 6.0 * array * array),
        (ag.vjp(f, array)[1](2.0)[0], 6.0 * array**2),
        (ag.jvp(lambda v: v**3, (array,), (array,))[1], 3.0 * array**3),
        (ag.hessian(f)(array), (np.diag(6.0 * array.ravel())).reshape(shape + shape)),
        (ag.jacobian(lambda v: v**3)(array), (np.diag(3.0 * array.ravel() ** 2)).reshape(shape + shape)),
    ]:
        assert type(result) is np.ndarray
        assert result.dtype == np.float64
        assert result.shape == expected.shape
        assert np.allclose(result, expected, rtol=1e-14)


def test_an_array_without_dimensions_is_one_value_to_the_function() -> None:
    def f(x: Any) -> Any:
        assert isinstance(x, ag.Value)
        return ag.sin(x)

    slope = ag.grad(f)(np.array(0.5))
    assert type(slope) is np.ndarray
    assert (slope.shape, slope.dtype) == ((), np.float64)
    assert slope == ag.grad(ag.sin)(0.5)
    assert ag.jacobian(lambda x: [x, x * x])(np.array(3.0))[1].shape == ()


@pytest.mark.parametrize(
    "scalar", [np.float64(3.0), np.float32(3.0), np.int64(3), np.uint8(3)], ids=lambda s: s.dtype.name
)
def test_a_scalar_of_numpy_gives_a_float(scalar: Any) -> None:
    assert type(ag.grad(lambda x: x * x)(scalar)) is float
    assert ag.grad(lambda x: x * x)(scalar) == 6.0


@pytest.mark.parametrize(
    "kind", [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.int64, np.uint32, object]
)
def test_arrays_of_every_real_kind(kind: Any) -> None:
    gradient = ag.grad(lambda v: (v * v).sum())(np.array([1, 2], kind))
    assert gradient.dtype == np.float64
    assert gradient.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([True]), "an array of bool"),
        (np.array(["1.0"]), "an array of <U3"),
        (np.array([1j]), "an array of complex128"),
        (np.array([1.0, "x"], object), r"argument 0\.flat\[1\] is a string"),
        (np.array(["2024-01-01"], "datetime64[D]"), "an array of datetime64"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), r"a MaskedArray, .*write numpy\.asarray\(\.\.\.\) of it"),
    ],
    ids=str,
)  # fmt: skip
def test_other_arrays_are_refused(array: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ag.grad(lambda v: 1.0)(array)


def test_arrays_in_memory_order_of_fortran_and_views() -> None:
    array = np.asfortranarray(numbers((2, 3)))
    weights = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(ag.grad(lambda a: (a * weights).sum())(array), weights)
    assert np.array_equal(ag.grad(lambda a: (a * weights.T).sum())(array.T), weights.T)
    view = np.arange(10.0)[::3]
    assert np.array_equal(ag.grad(lambda v: v[1] * 2.0)(view), [0.0, 2.0, 0.0, 0.0])


def test_the_callers_array_is_never_changed() -> None:
    def f(v: Any) -> Any:
        v[0] = v[1] * v[1]
        return v[0] * 2.0

    array = np.array([1.0, 3.0])
    assert ag.grad(f)(array).tolist() == [0.0, 12.0]
    assert array.tolist() == [1.0, 3.0]


def test_an_array_that_is_not_differentiated_is_the_same_object() -> None:
    data = numbers((4, 2))

    def f(w: Any, given: Any) -> Any:
        assert given is data
        return ((given @ w) ** 2).sum()

    w = np.array([0.5, -1.0])
    assert np.allclose(ag.grad(f)(w, data), 2.0 * data.T @ data @ w)


def test_jacobians_of_arrays_in_containers_are_nested_and_shaped() -> None:
    def f(p: Any) -> Any:
        return {"y": p["w"] @ p["x"], "s": (p["w"] * p["w"]).sum()}

    result = ag.jacobian(f)({"w": numbers((2, 3)), "x": numbers((3,))})
    assert {key: {inner: part.shape for inner, part in row.items()} for key, row in result.items()} == {
        "y": {"w": (2, 2, 3), "x": (2, 3)},
        "s": {"w": (2, 3), "x": (3,)},
    }
    assert np.allclose(result["s"]["w"], 2.0 * numbers((2, 3)))
    assert np.allclose(result["y"]["x"], numbers((2, 3)))
    second = ag.hessian(lambda v, x: (v**3).sum() * x, argnums=(0, 1))(numbers((3,)), 2.0)
    assert [[np.shape(part) for part in row] for row in second] == [[(3, 3), (3,)], [(3,), ()]]
    assert type(second[1][1]) is float


def test_inside_another_derivative_there_are_arrays_of_values() -> None:
    def f(s: Any) -> Any:
        gradient = ag.grad(lambda v: s * (v**3).sum())(np.array([1.0, 2.0]))
        assert gradient.dtype == object
        assert all(isinstance(slope, ag.Value) for slope in gradient)
        return (gradient * gradient).sum()

    assert ag.grad(f)(1.5) == 2.0 * 1.5 * (9.0 + 144.0)


@pytest.mark.parametrize(
    ("vector", "accepted"),
    [
        (np.ones(3), True),
        ([1.0, 1.0, 1.0], True),
        ((1, 1, 1), True),
        (np.ones((3, 1)), False),
        (np.ones(2), False),
        (1.0, False),
        (np.array(1.0), False),
        ([[1.0], [1.0], [1.0]], False),
    ],
)  # fmt: skip
def test_the_vector_of_a_product_has_the_arguments_shape(vector: Any, accepted: bool) -> None:
    product = ag.hvp(lambda v: (v**3).sum())
    if accepted:
        assert product(np.array([1.0, 2.0, 3.0]), vector).tolist() == [6.0, 12.0, 18.0]
    else:
        with pytest.raises(ValueError, match=r"the vector.*argument 0.*they go together number by number"):
            product(np.array([1.0, 2.0, 3.0]), vector)


def test_check_grads_of_arrays() -> None:
    ag.check_grads(lambda v: (v**2).sum(), np.array([1.0, 2.0]), order=2)
    ag.check_grads(lambda a: a @ a.T, numbers((2, 3)), order=2)

    @ag.primitive()
    def faulty(x: float) -> float:
        return x * x

    @faulty.define_partials
    def faulty_partials(out: Any, x: Any) -> tuple[Any]:
        return (2.001 * x,)

    with pytest.raises(ag.GradientMismatchError, match=r"argument 0\[1, 2\], order 1"):
        ag.check_grads(lambda a: a[0, 0] + faulty(a[1, 2]), numbers((2, 3)))


# -- SciPy --------------------------------------------------------------------------------------------------------


def rosenbrock(v: Any) -> Any:
    return (100.0 * (v[1:] - v[:-1] ** 2) ** 2 + (1.0 - v[:-1]) ** 2).sum()


START = np.array([-1.2, 1.0, 0.7])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG"])
def test_minimize_by_value_and_gradient(method: str) -> None:
    result = optimize.minimize(ag.value_and_grad(rosenbrock), START, jac=True, method=method)
    assert np.allclose(result.x, 1.0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["trust-ncg", "trust-krylov", "Newton-CG", "trust-constr"])
def test_minimize_by_hessian_products(method: str) -> None:
    result = optimize.minimize(ag.value_and_grad(rosenbrock), START, jac=True, hessp=ag.hvp(rosenbrock), method=method)
    assert np.allclose(result.x, 1.0, atol=1e-4)


def test_minimize_by_the_hessian() -> None:
    result = optimize.minimize(
        ag.value_and_grad(rosenbrock), START, jac=True, hess=ag.hessian(rosenbrock), method="trust-exact"
    )
    assert np.allclose(result.x, 1.0, atol=1e-4)


def test_further_arguments_of_minimize_are_handed_on() -> None:
    def f(v: Any, target: Any, squared: bool) -> Any:
        return ((v - target) ** 2).sum() if squared else v.sum()

    target = np.array([3.0, -1.0, 2.0])
    result = optimize.minimize(ag.value_and_grad(f), START, args=(target, True), jac=True)
    assert np.allclose(result.x, target)


def curve(v: Any, as_list: bool = False) -> Any:
    times = np.linspace(0.0, 1.0, 9)
    residuals = v[0] * np.exp(v[1] * times) - 2.0 * np.exp(-0.5 * times)
    return list(residuals) if as_list else residuals


@pytest.mark.parametrize("as_list", [False, True])
def test_least_squares_by_the_jacobian(as_list: bool) -> None:
    residuals = lambda v: curve(v, as_list)
    result = optimize.least_squares(residuals, np.array([1.0, 0.0]), jac=ag.jacobian(residuals))
    assert np.allclose(result.x, [2.0, -0.5], atol=1e-6)


def test_roots_of_a_system() -> None:
    f = lambda v: np.array([v[0] ** 2 + v[1] ** 2 - 4.0, v[0] - v[1]])
    result = optimize.root(f, np.array([1.0, 2.0]), jac=ag.jacobian(f))
    assert np.allclose(result.x, [2.0**0.5, 2.0**0.5])
    assert optimize.root_scalar(
        lambda x: x**3 - 8.0, x0=1.0, fprime=ag.grad(lambda x: x**3 - 8.0)
    ).root == pytest.approx(2.0)


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize("reduce", [ag.sum, ag.mean, ag.prod, ag.softmax, ag.maximum, ag.norm, ag.logsumexp])
def test_a_masked_number_is_refused(reduce: Any) -> None:
    """As a number it would be 0."""
    with pytest.raises(TypeError, match="masked"):
        reduce(MASKED)


def test_a_masked_number_is_refused_one_by_one_and_in_a_replay() -> None:
    x = ag.Value(1.0)
    program = ag.compile(x * x, inputs=[x])
    for given in (MASKED[1:], [MASKED[1]], np.ma.array([[1.0], [2.0]], mask=[[False], [True]])):
        with pytest.raises(TypeError, match="masked"):
            program.forward(given)
    with pytest.raises(TypeError, match="masked"):
        ag.Value(MASKED[1])
    with pytest.raises((TypeError, AttributeError)):  # NumPy's own product fails
        x * MASKED[1]


@pytest.mark.parametrize("odd", [b"ab", bytearray(b"ab"), {1.0, 2.0}, {1.0: 3.0, 2.0: 4.0}, "12"])
def test_what_is_no_sequence_of_numbers_is_refused_though_it_gives_numbers(odd: Any) -> None:
    for reduce in (ag.sum, ag.softmax, ag.maximum, ag.norm, lambda values: ag.dot(values, values)):
        with pytest.raises(TypeError):
            reduce(odd)


def test_a_set_names_no_order() -> None:
    x, y = ag.Value(1.0), ag.Value(2.0)
    with pytest.raises(TypeError, match="argnums"):
        ag.grad(lambda a, b: a * b, argnums={0, 1})  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="sequence of Values, got set"):
        ag.compile({x * y, x + y}, inputs=[x, y])
