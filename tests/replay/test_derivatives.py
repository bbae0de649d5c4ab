"""Derivatives of programs: those of eager, at all numbers, whole and compressed."""

from __future__ import annotations

import copy
import math
import pickle
import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from hypothesis import assume, given, settings

import autograd_core as ag
from autograd_core import Value
from autograd_core.replay import evaluate
from tests.support.functions import OF_ONE_NUMBER
from tests.support.graphs import graphs
from tests.support.machines import KINDS, force
from tests.support.seeds import seeded

Array = np.ndarray[Any, Any]


def eager_jacobian(outputs: Sequence[Value], variables: Sequence[Value]) -> Array:
    return np.array([ag.gradients(output, variables) for output in outputs]).reshape(len(outputs), len(variables))


def eager_hessian(outputs: Sequence[Value], variables: Sequence[Value]) -> Array:
    """Of the sum: of the outputs' slopes, so that nothing but them is nan."""
    slopes = [ag.gradients(output, variables, create_graph=True) for output in outputs]
    return eager_jacobian([ag.sum(each) if len(each) > 1 else each[0] for each in zip(*slopes)], variables)


def assert_same(found: Any, expected: Any) -> None:
    """To some ulps of the largest number; infinite and nan where the other is."""
    expected = np.asarray(expected)
    size = np.abs(expected, where=np.isfinite(expected), out=np.zeros(expected.shape)).max(initial=1e-300)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * size)


# -- against eager --


@settings(max_examples=300)
@given(graphs())
def test_random_graphs_at_any_numbers(root: Value) -> None:
    """Infinite, nan and zero numbers included; sizes are such that rounding does not decide."""
    for node in ag.topological_order(root):
        for number in (node.data, *node.local_derivatives):
            assume(not number or not math.isfinite(number) or 1e-4 < abs(number) < 1e4)
    variables = ag.leaves(root)[:3]
    program = ag.compile(root, inputs=variables)
    row = [variable.data for variable in variables]
    np.testing.assert_allclose(program.jacobian(row), eager_jacobian([root], variables)[0], rtol=1e-9, atol=1e-9)
    expected = eager_hessian([root], variables)
    np.testing.assert_allclose(program.hessian(row), expected, rtol=1e-9, atol=1e-9)
    if np.isfinite(expected).all():
        carefully = program._derivatives.whole_hessian(True, program._point(row, None, None)[1])
        np.testing.assert_allclose(carefully[0], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", OF_ONE_NUMBER)
def test_every_function_of_one_number(name: str) -> None:
    """At kinks, at zeros of either sign, beyond the domain, and where numbers overflow."""
    function = getattr(ag, name)
    points = [0.0, -0.0, 0.3, -0.7, 1.0, -1.0, 2.5, -3.0, 40.0, -40.0, math.inf, -math.inf, math.nan]
    x = Value(0.3)
    program = ag.compile(function(x), inputs=[x])
    slopes, curvatures = program.jacobian([[point] for point in points]), program.hessian([[p] for p in points])
    for point, slope, curvature in zip(points, slopes, curvatures):
        at = Value(point)
        output = function(at)
        assert_same(slope, ag.gradients(output, [at]))
        assert_same(curvature, eager_hessian([output], [at]))


SPECIAL = [0.0, -0.0, 1.5, -math.inf, math.inf, math.nan]


@pytest.mark.parametrize("a", SPECIAL)
def test_functions_of_two_numbers_at_special_ones(a: float) -> None:
    functions: list[Callable[[Any, Any], Any]] = [
        lambda x, y: ag.where(x < y, ag.log(x), 3.0 * y), lambda x, y: ag.sqrt(x) * y,
        lambda x, y: ag.sqrt(0.0 * x) * y + y,
        lambda x, y: (x - y) ** 2.0, lambda x, y: x * y * y, lambda x, y: ag.maximum(x, y, 1.0) ** 2,
        lambda x, y: ag.clamp(x, -1.0, 2.0) * y, lambda x, y: ag.softmax([x, y, 0.5])[0],
        lambda x, y: ag.log_softmax([y, x, 0.5])[2], lambda x, y: ag.dot([x, 2.0], [y, x], 1.0),
        lambda x, y: ag.stop_gradient(x) * y * x, lambda x, y: ag.relu(x) * y + abs(y), lambda x, y: ag.norm([x, y]),
        lambda x, y: ag.logsumexp([x, y]), lambda x, y: ag.hypot(x, y) * x, lambda x, y: ag.where(x, x / y, ag.exp(y)),
    ]  # fmt: skip
    for function in functions:
        x, y = Value(1.2), Value(0.7)
        program = ag.compile(function(x, y), inputs=[x], parameters=[y])
        for b in SPECIAL:
            p, q = Value(a), Value(b)
            output = function(p, q)
            assert_same(program.jacobian([a], [b], by="inputs"), ag.gradients(output, [p]))
            assert_same(program.hessian([a], [b], by="inputs"), eager_hessian([output], [p]))
            assert_same(program.hessian([a], [b]), eager_hessian([output], [q]))


def test_mixed_second_derivatives_where_a_nan_meets_a_zero() -> None:
    """What passes nothing on hides a nan from one variable, and not from the other."""
    functions: list[Callable[[Any, Any], Any]] = [
        lambda x, y: ag.where(x, ag.tanh(y), ag.where(x, x * y, 0.0)),
        lambda x, y: ag.where(x, ag.tanh(y), ag.where(x, x + y, 0.0)),
        lambda x, y: ag.where(x, x * y, x + y) * ag.relu(x),
        lambda x, y: ag.sqrt(ag.maximum(x, y)) * y,
        lambda x, y: ag.sqrt(x * 0.0) + x * y,
    ]
    for function in functions:
        x, y = Value(1.2), Value(0.7)
        program = ag.compile(function(x, y), inputs=[x, y])
        points = [[a, b] for a in SPECIAL for b in SPECIAL]
        for point, found in zip(points, program.hessian(points)):
            at = [Value(number) for number in point]
            assert_same(found, eager_hessian([function(*at)], at))


TERMS: list[Callable[..., Any]] = [
    lambda a, b, c: a * b + c,
    lambda a, b, c: ag.sin(a) * ag.exp(0.3 * b),
    lambda a, b, c: (a - b * b) ** 2,
    lambda a, b, c: ag.tanh(a + 2.0 * c) / (1.5 + b * b),
    lambda a, b, c: ag.where(a < b, a * c, b**3),
    lambda a, b, c: ag.maximum(a, b, 0.1) * c,
    lambda a, b, c: abs(a) + ag.relu(b) * 2.0,
    lambda a, b, c: ag.logsumexp([a, b, c]),
    lambda a, b, c: 3.0 * a - c,
    lambda a, b, c: ag.softmax([a, b])[0] * c,
    lambda a, b, c: ag.stop_gradient(a) * b,
    lambda a, b, c: ag.floor(a) * b + 2.0,
]


def random_program(rng: random.Random) -> tuple[Callable[[Sequence[Any]], list[Any]], int]:
    """A function of several variables, of which each output has a few, and in part through others."""
    n = rng.randint(1, 9)
    terms = [(rng.choice(TERMS), [rng.randrange(n + k) for _ in range(3)]) for k in range(rng.randint(1, 9))]
    outputs = [rng.randrange(n + len(terms)) for _ in range(rng.randint(1, 6))]

    def function(variables: Sequence[Any]) -> list[Any]:
        known = list(variables)
        for term, places in terms:
            known.append(term(*[known[place] for place in places]))
        return [1.0 * known[place] for place in outputs]

    return function, n


@pytest.mark.slow
@pytest.mark.seeded
def test_sparse_and_whole_derivatives_of_500_random_programs() -> None:
    rng = seeded("sparse")
    n_saved = 0
    for _ in range(500):
        function, n = random_program(rng)
        leaves = [Value(rng.uniform(-2.0, 2.0)) for _ in range(n)]
        split = rng.randint(0, n)
        program = ag.compile(function(leaves), inputs=leaves[:split], parameters=leaves[split:])
        numbers = [rng.uniform(-2.0, 2.0) for _ in range(n)]
        at = [Value(number) for number in numbers]
        outputs = function(at)
        by = rng.choice([name for name, count in (("inputs", split), ("parameters", n - split)) if count])
        variables = at[:split] if by == "inputs" else at[split:]
        arguments = (numbers[:split] if split else None, numbers[split:])
        n_saved += check_matrix(program, "jacobian", by, arguments, eager_jacobian(outputs, variables))
        n_saved += check_matrix(program, "hessian", by, arguments, eager_hessian(outputs, variables))
    assert n_saved > 200


def check_matrix(program: ag.Program, matrix: Any, by: Any, arguments: Any, expected: Array) -> bool:
    """Whole and sparse; gives whether fewer passes than columns and rows were needed."""
    compute = getattr(program, matrix)
    whole = compute(*arguments, by=by)
    assert_same(np.reshape(whole, expected.shape), expected)
    sparse = compute(*arguments, by=by, sparse=True)
    assert sparse.has_canonical_format
    assert_same(sparse.toarray(), expected)
    sparsity = program.sparsity(matrix, by)
    assert not np.any((expected != 0.0) & ~sparsity.pattern.toarray())
    is_saved: bool = sparsity.n_passes < min(expected.shape)
    return is_saved


@pytest.mark.parametrize("kind", KINDS)
def test_every_machine_and_batches(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that need care among others, in chunks of one row as in one."""
    force(kind, monkeypatch)
    x, y, w = Value(0.5), Value(2.0), Value(1.5)
    outputs = [ag.sqrt(x) * y * w, w * w * x + ag.where(x > 0.0, ag.log(x), y)]
    program = ag.compile(outputs, inputs=[x, y], parameters=[w])
    rows = np.array([[0.5, 2.0], [0.0, 1.0], [4.0, math.nan], [0.25, -3.0], [-1.0, 1.0], [math.inf, 0.0]])
    vectors = np.arange(12.0).reshape(6, 2) - 2.0
    results = []
    for most_numbers in (1 << 22, 1):
        monkeypatch.setattr(evaluate, "MOST_NUMBERS", most_numbers)
        results.append([program.jacobian(rows, by="inputs"), program.hessian(rows, by="inputs"), program.hessian(rows)])
        results[-1] += program.jvp(rows, vectors, by="inputs")
        results[-1].append(program.hvp(rows, vectors, by="inputs"))
    for of_one, of_other in zip(*results):
        np.testing.assert_array_equal(of_one, of_other)
    jacobians, hessians, by_parameters, values, tangents, products = results[0]
    np.testing.assert_array_equal(values, program.forward(rows))
    for number, row in enumerate(rows):
        at = [Value(each) for each in row]
        expected = [ag.sqrt(at[0]) * at[1] * w, w * w * at[0] + ag.where(at[0] > 0.0, ag.log(at[0]), at[1])]
        assert_same(jacobians[number], eager_jacobian(expected, at))
        assert_same(hessians[number], eager_hessian(expected, at))
        assert_same(by_parameters[number], eager_hessian(expected, [w]))
        assert_same(program.hessian(row, by="inputs"), hessians[number])
        assert_same(products[number], program.hvp(row, vectors[number], by="inputs"))
        assert_same(tangents[number], program.jvp(row, vectors[number], by="inputs")[1])
    assert_same(tangents[0], jacobians[0] @ vectors[0])
    assert_same(products[3], hessians[3] @ vectors[3])
    sparse = program.hessian(rows[[0, 3]], by="inputs", sparse=True)
    assert_same([each.toarray() for each in sparse], hessians[[0, 3]])


@pytest.mark.parametrize("vector", [[1.0, 0.0], [0.0, 2.0], [math.inf, 1.0], [0.0, 0.0]])
@pytest.mark.parametrize("row", [[0.0, 0.0], [0.0, 3.0], [2.0, math.inf]])
def test_products_with_vectors_at_special_numbers(row: list[float], vector: list[float]) -> None:
    """A component of 0 counts as nothing, also against an infinite derivative."""

    def function(v: Sequence[Any]) -> Any:
        return ag.sqrt(v[0]) * v[1] + v[1] ** 3

    leaves = [Value(1.0), Value(2.0)]
    program = ag.compile(function(leaves), inputs=leaves)
    value, along = program.jvp(row, vector)
    expected, expected_along = ag.jvp(function, (row,), (vector,))
    assert_same([value, along], [expected, expected_along])
    assert_same(program.hvp(row, vector), ag.hvp(function)(row, vector))


def test_several_outputs_are_added_up_with_their_weights() -> None:
    x, y = Value(1.2), Value(0.7)
    program = ag.compile([x * x * y, ag.exp(x * y), x + y], inputs=[x, y])
    each = ag.hessian(lambda v: [v[0] * v[0] * v[1], ag.exp(v[0] * v[1]), v[0] + v[1]])([1.2, 0.7])
    assert_same(program.hessian([1.2, 0.7]), np.sum(each, axis=0))
    weights = [2.0, -3.0, 5.0]
    weighted = np.tensordot(weights, each, 1)
    assert_same(program.hessian([1.2, 0.7], weights=weights), weighted)
    assert_same(program.hvp([1.2, 0.7], [1.0, 2.0], weights=weights), weighted @ [1.0, 2.0])
    batch = program.hessian([[1.2, 0.7], [0.0, 1.0]], weights=[0.0, 1.0, 0.0])
    assert_same(batch[0], each[1])


def test_results_have_the_shapes_of_what_they_are_of() -> None:
    x, w = Value(2.0), Value(3.0)
    one, two = ag.compile(w * x, [x], [w]), ag.compile([w * x, x], [x], [w])
    for n_rows, rows in ((None, [2.0]), (1, [[2.0]]), (3, [[2.0]] * 3), (0, np.empty((0, 1)))):
        front = () if n_rows is None else (n_rows,)
        assert one.jacobian(rows).shape == (*front, 1)
        assert two.jacobian(rows, by="inputs").shape == (*front, 2, 1)
        assert two.hessian(rows).shape == (*front, 1, 1)
        assert one.hvp(rows, [1.0]).shape == (*front, 1)
        values, along = two.jvp(rows, [1.0])
        assert values.shape == along.shape == (*front, 2)
        sparse = one.jacobian(rows, sparse=True)
        assert sparse.shape == (1, 1) if n_rows is None else [each.shape for each in sparse] == [(1, 1)] * n_rows
    assert one.jvp([2.0], [1.0]) == (6.0, 2.0)


def test_outputs_may_be_leaves_constants_and_conditions() -> None:
    x, y, unused = Value(1.0), Value(2.0), Value(4.0)
    program = ag.compile([y, Value(3.0), x * y, x > 1.5, y], inputs=[x, y, unused])
    expected = [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert program.jacobian([1.0, 2.0, 4.0]).tolist() == expected
    assert program.hessian([1.0, 2.0, 4.0]).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert program.hessian([1.0, 2.0, 4.0], sparse=True).nnz == 2
    linear = ag.compile([x + y], inputs=[x, y])
    assert linear.hessian([1.0, 2.0], sparse=True).nnz == 0
    assert linear.hvp([1.0, 2.0], [3.0, 4.0]).tolist() == [0.0, 0.0]


def test_a_program_in_32_bits_has_derivatives_in_32() -> None:
    x, y = Value(2.0), Value(3.0)
    program = ag.compile(ag.exp(x) * y, inputs=[x, y], dtype=np.float32)
    assert program.hessian([2.0, 3.0]).dtype == np.float32
    np.testing.assert_allclose(program.hessian([2.0, 3.0]), [[3 * math.exp(2), math.exp(2)], [math.exp(2), 0]], 1e-6)


# -- passes --


def rosenbrock(v: Sequence[Any]) -> Any:
    return ag.sum([100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2 for a, b in zip(v, v[1:])])


def test_a_tridiagonal_hessian_takes_three_passes_and_is_scipys() -> None:
    leaves = [Value(0.1 * number) for number in range(50)]
    program = ag.compile(rosenbrock(leaves), parameters=leaves)
    start = np.linspace(-1.0, 1.5, 50)
    found = program.hessian(start, sparse=True)
    assert found.nnz == 3 * 50 - 2
    assert program.sparsity("hessian").n_passes == 3
    assert_same(found.toarray(), scipy.optimize.rosen_hess(start))
    assert_same(program.hvp(start, np.ones(50)), scipy.optimize.rosen_hess_prod(start, np.ones(50)))


def test_forward_or_reverse_whichever_takes_fewer_passes() -> None:
    x = Value(0.3)
    chain = [ag.sin(x)]
    for _ in range(399):
        chain.append(ag.sin(chain[-1]) + x)
    one_variable = ag.compile(chain, inputs=[x])
    assert repr(one_variable.sparsity()) == "Sparsity(400 × 1, 400 entries, 1 pass forwards)"
    assert_same(one_variable.jacobian([0.3])[:50, 0], eager_jacobian(chain[:50], [x])[:, 0])
    leaves = [Value(float(number)) for number in range(40)]
    one_output = ag.compile(ag.prod(leaves), inputs=leaves)
    assert repr(one_output.sparsity()) == "Sparsity(1 × 40, 40 entries, 1 pass in reverse)"
    own = ag.compile([leaf * leaf for leaf in leaves], inputs=leaves)
    assert repr(own.sparsity()) == "Sparsity(40 × 40, 40 entries, 1 pass forwards)"
    arrow = ag.compile([leaves[0] * leaf for leaf in leaves], inputs=leaves)
    assert arrow.sparsity().n_passes == 2
    crossed = ag.compile([ag.sum(leaves[:20]) * leaves[0], *[leaf * leaves[0] for leaf in leaves[:3]]], inputs=leaves)
    assert crossed.sparsity().n_passes == 4
    assert not crossed.sparsity().is_forward


def test_what_has_few_entries_may_take_the_fewest_passes_in_another_order_of_columns() -> None:
    """In the columns' order greedy takes three colours here, and two are enough: a path, its ends first."""
    v = [Value(1.0) for _ in range(4)]
    ends_first = ag.compile([v[0] * v[2], v[2] * v[3], v[3] * v[1]], inputs=v)
    assert ends_first.sparsity().n_passes == 2


def test_a_sparsity_is_printed_and_drawn() -> None:
    leaves = [Value(1.0) for _ in range(70)]
    program = ag.compile(rosenbrock(leaves[:4]), inputs=leaves)
    assert str(program.sparsity("hessian")) == repr(program.sparsity("hessian"))
    small = ag.compile([leaves[0], leaves[1] * leaves[0]], inputs=leaves[:2]).sparsity()
    assert str(small).splitlines()[1:] == ["● ·", "● ●"]
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes = small.draw()
    picture = axes.images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(picture)).tolist() == [[False, True], [False, False]]
    assert axes.get_title() == "2 × 2, 3 entries, 2 passes forwards"
    assert small.draw(axes) is axes
    matplotlib.pyplot.close(axes.figure)


# -- with SciPy --


def test_scipy_takes_the_methods_as_they_are() -> None:
    leaves = [Value(0.0) for _ in range(5)]
    program = ag.compile(rosenbrock(leaves), parameters=leaves)
    start = np.full(5, -0.5)
    ways: list[tuple[str, dict[str, Any], dict[str, float]]] = [
        ("Newton-CG", {"hessp": program.hvp}, {"xtol": 1e-9}),
        ("trust-exact", {"hess": program.hessian}, {"gtol": 1e-9}),
    ]
    for method, second, options in ways:
        found = scipy.optimize.minimize(
            program.value_and_grad, start, method=method, jac=True, options=options, **second
        )
        np.testing.assert_allclose(found.x, np.ones(5), rtol=1e-4)
    residuals = ag.compile([10.0 * (b - a * a) for a, b in zip(leaves, leaves[1:])] + [1.0 - leaves[0]], (), leaves)
    for sparse in (False, True):
        fitted = scipy.optimize.least_squares(
            residuals.forward, start, jac=lambda x, sparse=sparse: residuals.jacobian(x, sparse=sparse)
        )
        np.testing.assert_allclose(fitted.x, np.ones(5), rtol=1e-6)


def test_a_constraint_has_its_hessian_by_weights() -> None:
    x, y = Value(0.4), Value(1.1)
    objective = ag.compile((x - 1.0) ** 2 + (y - 2.5) ** 2, inputs=[x, y])
    circles = ag.compile([x * x + y * y, x * y], inputs=[x, y])
    constraint = scipy.optimize.NonlinearConstraint(
        circles.forward, -np.inf, [1.0, 0.4], jac=circles.jacobian,
        hess=lambda at, weights: circles.hessian(at, weights=weights),
    )  # fmt: skip
    found = scipy.optimize.minimize(
        objective.forward, [0.4, 0.8], method="trust-constr", jac=objective.jacobian, hess=objective.hessian,
        constraints=[constraint],
    )  # fmt: skip
    assert circles.forward(found.x)[0] == pytest.approx(1.0, abs=1e-4)


# -- users' primitives --


@ag.primitive()
def straight_through(x: float) -> float:
    return x * 2.0


@straight_through.define_partials
def straight_through_partials(out: Any, x: Any) -> Sequence[Any]:
    return (3.0 * x * x + out,)


@ag.primitive()
def asking(x: float) -> float:
    return x * x if x > 0.0 else 0.0


@asking.define_partials
def asking_partials(out: Any, x: Any) -> Sequence[Any]:
    return (2.0 * x if x > 0.0 else 0.0,)


def test_the_partials_of_users_are_differentiated_as_they_are_written() -> None:
    """Not what the forward would give; and the value in them has the derivative that they give."""
    x = Value(2.0)
    program = ag.compile(straight_through(x) * 5.0, inputs=[x])
    at = Value(3.0)
    assert program.jacobian([3.0]).tolist() == [5.0 * (27.0 + 6.0)]
    expected = 5.0 * (18.0 + 33.0)
    assert program.hessian([3.0]).tolist() == eager_hessian([straight_through(at) * 5.0], [at]).tolist() == [[expected]]


def test_partials_that_ask_for_a_number_have_first_derivatives_alone() -> None:
    x, y = Value(2.0), Value(1.0)
    program = ag.compile(asking(x) * y, inputs=[x, y])
    assert program.jacobian([[3.0, 1.0], [-3.0, 1.0]]).tolist() == [[6.0, 9.0], [0.0, 0.0]]
    assert program.jvp([3.0, 1.0], [1.0, 0.0]) == (9.0, 6.0)
    with pytest.raises(
        ValueError, match=r"no second derivatives of asking\(\), whose functions ask for numbers, as if"
    ):
        program.hessian([3.0, 1.0])
    constant = ag.compile(asking(x) * y * y, inputs=[y], parameters=[x])
    assert constant.hessian([3.0], by="inputs").tolist() == [[8.0]]


# -- copies --


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda program: pickle.loads(pickle.dumps(program))])
def test_copies_have_derivatives_of_their_own(copied: Callable[[ag.Program], ag.Program]) -> None:
    leaves = [Value(1.0) for _ in range(4)]
    program = ag.compile(rosenbrock(leaves), parameters=leaves)
    before = program.hessian([0.1, 0.2, 0.3, 0.4])
    other = copied(program)
    np.testing.assert_array_equal(other.hessian([0.1, 0.2, 0.3, 0.4]), before)


def test_what_can_be_made_anew_is_not_pickled() -> None:
    leaves = [Value(1.0) for _ in range(4)]
    program = ag.compile(rosenbrock(leaves), parameters=leaves)
    size = len(pickle.dumps(program))
    program.hessian(np.ones(4))
    assert len(pickle.dumps(program)) == size


# -- bad input --


def program_of_two() -> ag.Program:
    x, y, w = Value(1.0), Value(2.0), Value(3.0)
    return ag.compile([x * y * w, x], inputs=[x, y], parameters=[w])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.jacobian([1.0, 2.0], by="input"), 'by is "parameters" or "inputs", got \'input\''),
        (lambda p: p.jacobian([1.0]), "the program has 2 inputs, got 1"),
        (lambda p: p.jacobian([1.0, 2.0], [1.0, 2.0]), "the program has 1 parameters, got an array of shape"),
        (lambda p: p.hvp([1.0, 2.0], [1.0, 2.0]), r"a number for each variable, got shape \(2,\): give 1 numbers"),
        (
            lambda p: p.hvp([[1.0, 2.0]], [[1.0], [2.0]]),
            r"got shape \(2, 1\): give 1 numbers, or an array of shape \(1, 1\)",
        ),
        (lambda p: p.hvp([1.0, 2.0], [[1.0, 2.0]], by="inputs"), r"got shape \(1, 2\): give 2 numbers$"),
        (lambda p: p.jvp([1.0, 2.0]), "the vector is missing: write it after the inputs"),
        (lambda p: p.hvp([1.0, 2.0], ["a"]), "the vector's components are real numbers"),
        (
            lambda p: p.hessian([1.0, 2.0], weights=[1.0]),
            r"has 2 outputs, got weights of shape \(1,\): give one number",
        ),
        (lambda p: p.sparsity("hesse"), 'matrix is "jacobian" or "hessian", got \'hesse\''),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call: Callable[[ag.Program], Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call(program_of_two())


def test_a_program_without_variables_or_inputs_says_so() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match="the program has no parameters to differentiate by"):
        ag.compile(x * x, inputs=[x]).jacobian([1.0], by="parameters")
    with pytest.raises(ValueError, match="the program has neither inputs nor parameters to differentiate by"):
        ag.compile(x * x).hessian()
    only_parameters = ag.compile(x * x, parameters=[x])
    assert only_parameters.forward([3.0]) == only_parameters.forward(parameters=[3.0]) == 9.0
    for method in (only_parameters.forward, only_parameters.value_and_grad, only_parameters.jacobian):
        with pytest.raises(ValueError, match="no inputs, so what comes first is its parameters: give them once"):
            method([3.0], [3.0])


@pytest.mark.parametrize(
    ("module", "extra", "call"),
    [
        ("scipy.sparse", "scipy", lambda program: program.jacobian([1.0, 2.0], sparse=True)),
        ("matplotlib", "notebooks", lambda program: program.sparsity().draw()),
    ],
)
def test_what_is_not_installed_is_named(
    module: str, extra: str, call: Callable[[ag.Program], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    program = program_of_two()
    with pytest.raises(ImportError, match=rf'pip install "autograd-core\[{extra}\]"'):
        call(program)
    assert program.jacobian([1.0, 2.0]).tolist() == [[2.0], [0.0]]
