"""What comparisons of Values give: plain truth where Python asks for it, a recorded number where the graph does."""

from __future__ import annotations

import copy
import itertools
import math
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_core as ag
from autograd_core import Condition, Value, primitives

np = pytest.importorskip("numpy")

COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
NUMBERS = [-math.inf, -1.0, -0.0, 0.0, 5e-324, 1.0, 2.0, math.inf, math.nan]


def conditions(*truths: bool) -> list[Condition[Value]]:
    return [Value(1.0 if truth else -1.0) > 0.0 for truth in truths]


# -- exits to plain Python ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize(("a", "b"), list(itertools.product(NUMBERS, repeat=2)))
def test_the_truth_is_that_of_the_numbers_and_the_record_says_the_same(compare: Any, a: float, b: float) -> None:
    for left, right in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
        condition = compare(left, right)
        assert type(condition) is Condition
        assert bool(condition) is compare(a, b)
        assert condition.recorded().data == float(compare(a, b))


EXITS: dict[str, Callable[[Any, Any], Any]] = {
    "if": lambda c, d: "yes" if c else "no",
    "and": lambda c, d: bool(c and d),
    "or": lambda c, d: bool(c or d),
    "not": lambda c, d: not c,
    "int": lambda c, d: int(c),
    "float": lambda c, d: float(c),
    "index of a list": lambda c, d: ["f", "t"][c],
    "slice": lambda c, d: "ab"[c:],
    "key of a dict": lambda c, d: {True: "t", False: "f"}[c],
    "member of a set": lambda c, d: c in {True},
    "hash": lambda c, d: hash(c),
    "==": lambda c, d: (c == True, c == d, c.__eq__(True), c == 1, c == "x"),  # noqa: E712
    "!=": lambda c, d: (c != False, c != d),  # noqa: E712
    "sorted": lambda c, d: [bool(each) for each in sorted([c, d, not c])],
    "max": lambda c, d: bool(max(c, d)),
    "min": lambda c, d: bool(min([c, d])),
    "any": lambda c, d: any([c, d]),
    "all": lambda c, d: all([c, d]),
    "filter": lambda c, d: len(list(filter(None, [c, d]))),
    "compress": lambda c, d: list(itertools.compress("ab", [c, d])),
    "format": lambda c, d: (f"{c}", f"{c!s:>6}", f"{c:d}", str(c)),
    "range": lambda c, d: list(range(c)),
    "repeat": lambda c, d: "a" * int(c),
    "numpy mask": lambda c, d: np.array([1.0, 2.0])[np.array([c, d])].tolist(),
    "numpy bool": lambda c, d: (np.array([c, d]).dtype.kind, np.array([c, d]).tolist(), np.asarray(c).item()),
    "numpy where": lambda c, d: np.where(c, 1.0, 2.0).item(),
    "numpy logic": lambda c, d: (bool(np.logical_not(c)), bool(np.logical_and(c, d))),
    "numpy any": lambda c, d: (bool(np.any([c, d])), bool(np.all([c, d])), int(np.count_nonzero([c, d]))),
    "math": lambda c, d: math.sqrt(c),
    "while": lambda c, d: next((n for n in range(3) if not (c and n < 2)), None),
}


@pytest.mark.parametrize("name", EXITS)
@pytest.mark.parametrize(("first", "second"), list(itertools.product([False, True], repeat=2)))
def test_python_gets_plain_truth(name: str, first: bool, second: bool) -> None:
    c, d = conditions(first, second)
    assert EXITS[name](c, d) == EXITS[name](first, second)


def test_a_list_of_conditions_is_a_mask_and_not_a_list_of_whole_numbers() -> None:
    mask = [value > 1.5 for value in (Value(1.0), Value(2.0), Value(3.0))]
    assert np.array([10, 20, 30])[mask].tolist() == [20, 30]


def test_conditions_copy_and_pickle() -> None:
    c = Value(3.0, "x") > 0.0
    for twin in (copy.copy(c), copy.deepcopy(c), pickle.loads(pickle.dumps(c))):
        assert bool(twin) is True
        assert twin.recorded().data == 1.0
    assert repr(c) == "Condition(x > 0: True)"


# -- what Values do as numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", NUMBERS)
def test_truth_of_a_value_is_that_of_its_number(number: float) -> None:
    assert bool(Value(number)) is bool(number)


def test_equality_with_what_is_no_number_is_false_and_with_whole_numbers_exact() -> None:
    x = Value(2.0**53)
    for other in ("2", None, [1.0], {}, object(), 1j):
        assert bool(x == other) is False
        assert bool(x != other) is True
    assert x != 2**53 + 1
    assert x == 2**53
    assert Value(math.inf) != 10**400


def test_a_branch_on_equality_is_taken_as_for_numbers() -> None:
    def f(x: Any) -> Any:
        return 5.0 * x if x == 0 else 7.0 * x

    assert (ag.grad(f)(0.0), ag.grad(f)(1.0)) == (5.0, 7.0)


def test_where_keeps_the_branch_not_taken_out() -> None:
    x = Value(0.0)
    y = ag.where(x == 0.0, 1.0, ag.sin(x) / x)
    y.backward()
    assert (y.data, x.grad) == (1.0, 0.0)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6).filter(bool), st.integers(0, 5))
def test_rounding_remainders_and_formats_are_those_of_floats(a: float, b: float, digits: int) -> None:
    v, w = Value(a), Value(b)
    assert (v % w).data == (v % b).data == (a % w).data == a % b
    assert (v // w).data == (v // b).data == (a // w).data == a // b
    assert [each.data for each in divmod(v, b)] == [each.data for each in divmod(a, w)] == list(divmod(a, b))
    assert round(v, digits).data == round(a, digits)
    assert round(v).data == float(round(a))
    assert (math.floor(v).data, math.ceil(v).data, math.trunc(v).data) == (
        math.floor(a),
        math.ceil(a),
        math.trunc(a),
    )
    for specification in (".3f", "+.2e", "12.4g", "n", "%", ">20"):
        assert format(v, specification) == format(a, specification)


def test_remainders_differentiate_by_both() -> None:
    assert ag.grad(lambda x, y: x % y, argnums=(0, 1))(7.5, 2.0) == (1.0, -3.0)
    assert ag.grad(lambda x: round(x, 1) + ag.floor(x) * x)(2.5) == 2.0


NUMPY_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arctanh": "atanh", "fabs": "abs",
    "floor": "floor", "ceil": "ceil", "trunc": "trunc", "tanh": "tanh", "log1p": "log1p",
}  # fmt: skip


@pytest.mark.parametrize("name", [*NUMPY_NAMES, "rint", "deg2rad", "rad2deg", "radians", "degrees", "conjugate"])
def test_numpys_names_on_values_and_arrays_of_them(name: str) -> None:
    numbers = np.array([0.25, -0.5, 0.75])
    array = np.array([Value(x) for x in numbers])
    function = getattr(np, name)
    assert [float(each.data) for each in function(array)] == pytest.approx(function(numbers).tolist(), rel=1e-15)
    assert function(array[0]).data == pytest.approx(function(numbers[0]), rel=1e-15)
    if name in NUMPY_NAMES:
        assert function(array[1]).data == getattr(ag, NUMPY_NAMES[name])(-0.5)


@pytest.mark.parametrize("name", ["hypot", "arctan2", "maximum", "minimum", "remainder", "floor_divide"])
def test_numpys_functions_of_two(name: str) -> None:
    function = getattr(np, name)
    found = function(Value(3.0), Value(2.0))
    assert found.data == pytest.approx(function(3.0, 2.0), rel=1e-15)
    array = function(*[np.array([Value(a), Value(b)]) for a, b in ((3.0, -1.0), (2.0, 0.5))])
    assert [v.data for v in array] == pytest.approx(function([3.0, -1.0], [2.0, 0.5]).tolist(), rel=1e-15)


def test_statistics_of_arrays_of_values() -> None:
    numbers = [1.0, 4.0, 2.5]
    for statistic in (np.mean, np.var, np.std, np.sum, np.prod, lambda a: np.round(a, 1)[0], np.ptp, np.median):
        assert ag.value_and_grad(lambda v: statistic(np.array(v)))(numbers)[0] == pytest.approx(  # noqa: B023
            float(np.asarray(statistic(np.array(numbers))))
        )
    assert ag.grad(lambda v: np.var(np.array(v)))(numbers) == pytest.approx([-1.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("function", "instead"),
    [
        (lambda v: np.isnan(v), "write x != x"),
        (lambda v: np.isinf(v), "ag.abs(x) == math.inf"),
        (lambda v: np.allclose(v, v), "abs(x - y) <= tolerance"),
        (lambda v: np.linalg.solve(np.outer(v, v), v), "numpy.linalg.solve computes with floats, not Values"),
        (lambda v: np.linalg.inv(np.outer(v, v)), "an elimination with Values, or numpy.linalg.inv of"),
        (lambda v: np.linalg.det(np.outer(v, v)), "an expansion with Values"),
        (lambda v: np.logaddexp(v, v), "ag.logaddexp"),
        (lambda v: np.heaviside(v, 0.5), "ag.where"),
    ],
)
def test_what_numpy_cannot_do_names_what_to_write(function: Callable[[Any], Any], instead: str) -> None:
    with pytest.raises(TypeError) as caught:
        ag.grad(function)(np.array([1.0, 2.0]))
    assert instead in " ".join(caught.value.__notes__)


def test_another_type_error_gets_no_advice() -> None:
    with pytest.raises(TypeError) as caught:
        ag.grad(lambda v: v + "a")(1.0)
    assert not hasattr(caught.value, "__notes__")


# -- recorded -----------------------------------------------------------------------------------------------------


def test_arithmetic_records_a_number_without_gradient() -> None:
    x = Value(3.0, "x")
    calculations: list[tuple[Callable[[Any], Any], float]] = [
        (lambda c: c + 1.0, 2.0),
        (lambda c: 1 - c, 0.0),
        (lambda c: c * x, 3.0),
        (lambda c: x * c, 3.0),
        (lambda c: np.float64(2.0) * c, 2.0),
        (lambda c: c + c, 2.0),
        (lambda c: sum([c, c, x < 0.0]), 2.0),
        (lambda c: ag.sum([c, c, x]), 5.0),
        (lambda c: -c, -1.0),
        (lambda c: c / 2, 0.5),
        (lambda c: 2**c, 2.0),
        (lambda c: ag.maximum(x, c), 3.0),
        (lambda c: ag.dot([c], [x], 1.0), 4.0),
    ]
    for calculate, expected in calculations:
        result = calculate(x > 0.0)
        assert isinstance(result, Value)
        assert result.data == expected
        assert any(node.op is not None and node.op.name in (">", "<") for node in ag.topological_order(result))
    y = (x > 0.0) * x
    y.backward()
    assert x.grad == 1.0, "the factor x > 0 is 1, and has no gradient of its own"


@pytest.mark.parametrize(("first", "second"), list(itertools.product([False, True], repeat=2)))
def test_combined_conditions(first: bool, second: bool) -> None:
    c, d = conditions(first, second)
    for combine in (operator.and_, operator.or_, operator.xor):
        for left, right in ((c, d), (c, second), (first, d), (c, Value(float(second))), (c, np.bool_(second))):
            combined = combine(left, right)
            assert isinstance(combined, Value)
            assert combined.data == float(combine(first, second))
        assert combine(combine(c, d), combine(d, c)).data == combine(combine(first, second), combine(second, first))
    assert (~c).data == float(not first)
    assert (~(c & d)).data == float(not (first and second))
    assert ag.where((c | d) & ~c, 1.0, 2.0).data == (1.0 if second and not first else 2.0)


@pytest.mark.parametrize("other", [2, 0.5, "x", None, Value(3.0)])
def test_only_truths_are_combined(other: Any) -> None:
    combinations: list[Callable[[Any], Any]] = [
        lambda c: c & other, lambda c: other & c, lambda c: c | other, lambda c: c ^ other,
    ]  # fmt: skip
    for combine in combinations:
        with pytest.raises(TypeError, match="combines conditions such as x > 0, got"):
            combine(Value(1.0) > 0.0)
    with pytest.raises(TypeError, match="~ combines conditions"):
        ~Value(3.0)


def test_a_condition_whose_operand_was_changed_since_is_not_recorded() -> None:
    x = Value(3.0, "x")
    condition = x > 0.0
    x.data = -3.0
    with pytest.raises(ValueError, match="was changed since it was compared; compare again"):
        ag.where(condition, x, -x)
    assert bool(condition) is True


def test_one_condition_is_recorded_once_and_not_at_all_in_no_grad() -> None:
    x = Value(3.0)
    condition = x > 0.0
    with ag.no_grad():
        assert condition.recorded().operands == ()
    assert condition.recorded() is condition.recorded()
    assert condition.recorded().operands == (x, 0.0)


def test_a_value_of_a_condition_is_a_leaf() -> None:
    assert Value(Value(3.0) > 0.0).data == 1.0


def test_drawings_and_explanations_show_it() -> None:
    x = Value(3.0, "x")
    y = ag.where(x > 0.0, x * x, -x)
    y.backward()
    assert "x &gt; 0" in ag.draw(y).source or "x > 0" in ag.draw(y).source or "&gt;" in ag.draw(y).source
    assert "1 if (x > 0) else 0 = 1 at x > 0 = 1" in str(ag.explain(y, x))
    assert x.grad == 6.0


# -- replays decide anew ------------------------------------------------------------------------------------------

BRANCHES: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda x, y: ag.where(x > 0.0, x * y, -x),
    "equal": lambda x, y: ag.where(x == y, x * x, y),
    "not equal": lambda x, y: ag.where(x != 0.0, y / x, y),
    "and": lambda x, y: ag.where((x > 0.0) & (y > x), x * y, x + y),
    "or": lambda x, y: ag.where((x < 0.0) | (y <= 1.0), x * y, x - y),
    "not": lambda x, y: ag.where(~(x >= y), x * x, y * y),
    "xor": lambda x, y: ag.where((x > 0.0) ^ (y > 0.0), x * x, y * y),
    "count": lambda x, y: x * sum([x > 0.0, y > 0.0, x > y]),
    "factor": lambda x, y: (x > y) * x * x + (1 - (x > y)) * y,
    "steps": lambda x, y: ag.floor(x) * y + x % 1.5 + y // 2.0 + round(x, 1) * ag.ceil(y) + ag.trunc(y) * x,
    "new functions": lambda x, y: ag.logaddexp(x, y) + ag.erfinv(ag.tanh(x)) + ag.digamma(y * y + 1.0),
    "gradient of where": lambda x, y: ag.gradients(ag.where(x > 0.0, x * x * y, -x * y), [x], create_graph=True)[0],
    "gradient of relu": lambda x, y: ag.gradients(ag.relu(x) * x * y, [x], create_graph=True)[0],
    "gradient of maximum": lambda x, y: ag.gradients(ag.maximum(x * x, y, 1.0), [x], create_graph=True)[0],
    "gradient of clamp": lambda x, y: ag.gradients(ag.clamp(x, -1.0, y * y) * x, [x], create_graph=True)[0],
    "gradient of leaky_relu": lambda x, y: ag.gradients(ag.leaky_relu(x * y) * y, [y], create_graph=True)[0],
    "gradient of elu": lambda x, y: ag.gradients(ag.elu(x * y) * y, [y], create_graph=True)[0],
    "gradient of abs": lambda x, y: ag.gradients(ag.abs(x * y), [y], create_graph=True)[0],
    "gradient of power": lambda x, y: ag.gradients((x * x + 1.0) ** y, [x], create_graph=True)[0],
    "gradient of silu": lambda x, y: ag.gradients(ag.silu(x) * ag.mish(y), [x], create_graph=True)[0],
    "second derivative of where": lambda x, y: ag.gradients(
        ag.gradients(ag.where(x > y, x**3, y * x), [x], create_graph=True)[0], [x], create_graph=True
    )[0],
}
POINTS = [(3.0, 2.0), (-3.0, 2.0), (0.5, -0.75), (-0.25, -1.5), (2.0, 2.0), (1.25, 4.0), (-2.5, -3.5), (0.0, 1.0)]


@pytest.mark.slow
@pytest.mark.parametrize("name", BRANCHES)
@pytest.mark.parametrize("recorded_at", POINTS[:4])
def test_replays_compute_conditions_anew_for_each_row(name: str, recorded_at: tuple[float, float]) -> None:
    f = BRANCHES[name]
    x, y = map(Value, recorded_at)
    program = ag.compile(f(x, y), inputs=[x, y])
    found = program.forward(POINTS)
    _, _, slopes = program.value_and_grad(POINTS, reduce="none", wrt_inputs=True)
    for row, (point, number) in enumerate(zip(POINTS, found.tolist())):
        leaves = [Value(coordinate) for coordinate in point]
        expected = f(*leaves)
        assert number == pytest.approx(expected.data, rel=1e-12, nan_ok=True), (name, point)
        expected.backward()
        assert slopes[row].tolist() == pytest.approx([leaf.grad for leaf in leaves], rel=1e-12, nan_ok=True), point
        as_text = program.as_function()(*point)
        assert as_text[0] == pytest.approx(expected.data, rel=1e-12, nan_ok=True)
        assert as_text[1] == pytest.approx([leaf.grad for leaf in leaves], rel=1e-12, nan_ok=True)


DECIDED_BY_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "if": lambda x, y: x * x * y if x > y else x + y * y,
    "and": lambda x, y: x * x * y if x > y and y > 0.0 else x + y * y,
    "chained": lambda x, y: ag.where(y < x < 5.0 * y, x * x, y * y),
    "not": lambda x, y: x * x * y if not x < y else x + y * y,
    "while": lambda x, y: x * y if next((False for _ in range(3) if x < y), True) else x + y,
    "max": lambda x, y: max(x, y) * y + x * x,
    "sorted": lambda x, y: sorted([x, y])[0] * y + x,
    "index": lambda x, y: [x + y * y, x * x * y][x > y],
    "key": lambda x, y: {True: x * y, False: x + y}[x > y],
    "np.where": lambda x, y: np.where(np.array([x]) > y, x * x * y, x + y * y)[0],
    "np.maximum": lambda x, y: np.maximum(np.array([x]), y)[0] * x + y,
    "mask": lambda x, y: ag.sum(np.array([x, y * y])[np.array([x > y, x <= y])]) + x + y,
}


@pytest.mark.parametrize("name", DECIDED_BY_PYTHON)
def test_what_python_decided_is_decided_for_good_and_verify_finds_it(name: str) -> None:
    f = DECIDED_BY_PYTHON[name]
    x, y = Value(3.0), Value(2.0)
    program = ag.compile(f(x, y), inputs=[x, y])
    program.verify(f, [4.0, 1.0])
    assert program.forward([4.0, 1.0]) == f(Value(4.0), Value(1.0)).data
    with pytest.raises(ag.ReplayMismatchError):
        program.verify(f, [1.0, 7.0])


def test_the_compiled_engine_computes_conditions_anew_too() -> None:
    pytest.importorskip("numba")
    x, y = Value(3.0), Value(2.0)
    v = x
    for _ in range(60):  # deep and narrow, so that compiled code runs it
        v = ag.where((v > y) | (v == 0.0), v * 0.5, v + ag.floor(y) * 0.25 - (v < 1.0) * 0.125 + v % 3.0 - v // 2.0)
    program = ag.compile(v, inputs=[x, y])
    for point in POINTS:
        a, b = map(Value, point)
        w = a
        for _ in range(60):
            w = ag.where((w > b) | (w == 0.0), w * 0.5, w + ag.floor(b) * 0.25 - (w < 1.0) * 0.125 + w % 3.0 - w // 2.0)
        w.backward()
        value, _, slopes = program.value_and_grad([point], reduce="none", wrt_inputs=True)
        assert value[0] == pytest.approx(w.data, rel=1e-12)
        assert slopes[0].tolist() == pytest.approx([a.grad, b.grad], rel=1e-12)


# -- nodes are told apart as nodes --------------------------------------------------------------------------------


def test_the_package_never_asks_whether_two_nodes_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With equal numbers everywhere, ``==``, ``!=``, ``in`` or ``index`` would take one node for another."""
    x, w, b = Value(1.0, "x"), Value(1.0, "w"), Value(1.0, "b")

    def build() -> Any:
        s = ag.dot([w, w], [x, 1.0], b)
        return ag.where(x > 0.5, ag.tanh(s) * x, s) + ag.softmax([w, x, b])[0] + ag.maximum(w, x) / ag.norm([x, w])

    def refuse(self: Value, other: object) -> Any:
        raise AssertionError("the package compares nodes")

    root = build()
    for name in ("__eq__", "__ne__"):
        monkeypatch.setattr(Value, name, refuse)
    root.backward()
    ag.gradients(root, [x, w])
    assert ag.count_paths(root, x) > 1
    assert set(ag.leaves(root)) == {x, w, b}
    list(ag.backward_steps(root))
    str(ag.explain(root, w))
    ag.explain(root, w)._repr_html_()
    assert ag.draw(root).source
    assert ag.draw(root, highlight=w, max_nodes=30).source
    assert ag.stepper(root)._repr_html_()
    ag.debug(root, commands=["step", "list", "print x", "break tanh", "continue", "back", "explain w", "quit"])
    program = ag.compile(root, inputs=[x], parameters=[w, b])
    program.forward([[1.0], [2.0]])
    program.backward([[1.0], [2.0]])
    program.source()
    program.as_function()(1.0, 1.0, 1.0)
    program.graph([1.0])
    pickle.loads(pickle.dumps(root))
    copy.deepcopy(root)
    with ag.break_at(w, when=lambda node, upstream: False):
        root.backward()
    with ag.detect_anomaly():
        root.backward()


WHOLE = 2**53 + 1
NOT_FLOATS = [WHOLE, -WHOLE, 2**60 + 1, 10**400, -(10**400), Fraction(1, 3), Fraction(-1, 10), Fraction(1, 10)]


@pytest.mark.slow
@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
@pytest.mark.parametrize("number", NOT_FLOATS)
def test_a_number_that_is_no_float_is_compared_exactly_in_a_replay_too(compare: Any, number: Any) -> None:
    nearest = primitives.as_float(number)
    places = [nearest, math.nextafter(nearest, math.inf), math.nextafter(nearest, -math.inf), 0.1, math.inf, -math.inf]
    expected = [float(compare(place, number)) for place in [*places, math.nan]]
    x = Value(1.0)
    program = ag.compile(ag.where(compare(x, number), 1.0, 0.0 * x), inputs=[x])
    for place, truth in zip([*places, math.nan], expected, strict=True):
        assert bool(compare(Value(place), number)) is bool(truth)
        assert compare(Value(place), number).recorded().data == truth
        assert (program.forward([place]) == 1.0) is bool(truth)
    assert [value == 1.0 for value in program.forward([[place] for place in [*places, math.nan]])] == expected


def test_a_condition_repeats_what_a_bool_repeats() -> None:
    holds, fails = Value(1.0) > 0.0, Value(1.0) > 2.0
    repeated: Any = ("s" * holds, holds * "s", "s" * fails, [1, 2] * holds, (1,) * fails, b"s" * holds)
    assert repeated == (
        "s", "s", "", [1, 2], (), b"s",
    )  # fmt: skip
    with pytest.raises(TypeError, match="'Condition' and 'str'"):
        holds + "s"


def test_numpys_functions_of_floats_give_a_condition_their_full_precision() -> None:
    holds = Value(1.0) > 0.0
    for function in (np.sin, np.exp, np.sqrt, np.tanh, np.log1p):
        assert function(holds) == function(1.0)
        assert function(holds).dtype == float


def test_a_condition_is_no_variable() -> None:
    x = Value(1.0, "x")
    with pytest.raises(TypeError, match="got Condition"):
        ag.gradients(x > 0.0, [x])  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="got Condition"):
        ag.gradients(x * x, [x > 0.0])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="inputs are Values, got Condition"):
        ag.compile(x * x, inputs=[x > 0.0])
    with pytest.raises(TypeError, match="a condition has no derivative"):
        ag.jacobian(lambda v: [v > 0.0])(1.0)
    assert list(ag.compile(x > 0.0, inputs=[x]).forward([[1.0], [-1.0]])) == [1.0, 0.0]
