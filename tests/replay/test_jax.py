"""A program's text in JAX: what the replay computes, under jit and vmap with rows spread over eight devices.

JAX traces and compiles a random program in half a second, so it takes some tens of them. Many more run with NumPy in
JAX's place: that shows the statements and functions of the text to be right; that JAX computes the same with them, the
others show.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
import nn
from autograd_core.replay import jax_groups
from autograd_core.replay.instructions import INSTRUCTIONS
from tests.support.jax_in_numpy import functions_in_numpy
from tests.support.languages import required, run_with_devices
from tests.support.random_networks import random_networks
from tests.support.random_programs import Case, random_programs
from tests.support.reference import ReferenceMachine

pytestmark = pytest.mark.slow

N_PROGRAMS, N_IN_GROUPS, N_NETWORKS = 1_000, 500, 150
N_COMPILED, N_COMPILED_IN_GROUPS, N_COMPILED_NETWORKS = 40, 12, 3
ULPS = 16.0
EXACT = {
    "where", "clamp", "negative", "abs_", "sign", "maximum", "minimum", "relu", "floor", "ceil", "trunc", "less",
    "less_equal", "greater", "greater_equal", "equal", "not_equal", "both", "either", "negation", "copied", "spoilt",
}  # fmt: skip
"""Choices alone: XLA fuses products with sums."""
INEXACT = {each.name for each in INSTRUCTIONS} - EXACT
SMALLEST_NORMAL = 1e-300  # XLA takes what is subnormal for 0, within its functions too

SCRIPT = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
jax.config.update("jax_enable_x64", True)
given = json.load(sys.stdin)
by_row = NamedSharding(Mesh(np.array(jax.devices()), ("rows",)), PartitionSpec("rows"))
assert len(jax.devices()) == 8

def of_row(text, n_inputs):
    names = {}
    exec(text, names)
    def numbers(row):
        leaves = [part for part in (row[:n_inputs], row[n_inputs:]) if len(part)]
        return jnp.concatenate([jnp.ravel(result) for result in names["program"](*leaves)])
    return jax.vmap(numbers)

functions = [of_row(text, n_inputs) for text, n_inputs, _ in given]
arrays = [jax.device_put(np.array(rows, float), by_row) for _, _, rows in given]
run = jax.jit(lambda *arrays: [function(array) for function, array in zip(functions, arrays)])
results = run(*arrays)
assert all(len(result.sharding.device_set) == 8 for result in results)
print(json.dumps([np.asarray(result).tolist() for result in results]))
"""


def is_subnormal(case: Case, row: Sequence[float]) -> bool:
    """Whether a number on the way is so small that XLA takes it for 0."""
    program = ag.compile(case.program.outputs, inputs=[*case.program.inputs, *case.program.parameters])
    code = program._code
    numbers, _ = case.numbers_of("program")
    assert numbers is case.program._code
    found = program._machine(1).numbers(np.zeros(0), np.array([row], float))[0]
    assert len(found) == code.n_slots
    return any(0.0 < abs(number) < SMALLEST_NORMAL for number in [*found.tolist(), *row])


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(random_programs(seed=17, count=N_PROGRAMS))


@pytest.fixture
def in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write programs of any length in groups of like instructions."""
    monkeypatch.setattr(jax_groups, "MOST_STATEMENTS", -1)


def leaves_of(case: Case, row: Sequence[float]) -> list[Any]:
    """The arrays that a text takes, without those that would be empty."""
    n_inputs = len(case.program.inputs)
    return [np.array(part) for part in (row[:n_inputs], row[n_inputs:]) if part]


def answers_in_numpy(case: Case) -> list[list[float]]:
    """What the text gives for each row: for one alone, for two that are the same, for two with another axis."""
    function = functions_in_numpy(case.program.source("jax"))["program"]
    answers = []
    for row, axes in zip(case.rows, [(), (2,), (2, 1)]):
        leaves = leaves_of(case, row)
        rows: tuple[int, ...] = ()
        if case.program.inputs:
            rows = axes
            leaves[0] = np.broadcast_to(leaves[0], (*rows, len(leaves[0])))
        *by_row, by_parameters = [*function(*leaves), *([] if case.program.parameters else [np.zeros(0)])]
        n_rows = math.prod(rows)
        answer = []
        for each in by_row:
            same = np.reshape(each, (n_rows, -1))
            assert np.shape(each)[: len(rows)] == rows
            np.testing.assert_array_equal(same, same[:1].repeat(n_rows, axis=0))
            answer += same[0].tolist()
        answers.append([*answer, *(by_parameters / n_rows).tolist()])
    return answers


def check_in_numpy(cases: Sequence[Case]) -> None:
    compared = opened = 0
    with np.errstate(all="ignore"):
        for case in cases:
            n_compared, n_open = case.check("program", answers_in_numpy(case), ULPS, last=1.0)
            compared, opened = compared + n_compared, opened + n_open
    assert compared > 12 * len(cases)
    assert opened < compared / 100


def check_with_devices(cases: Sequence[Case]) -> None:
    given = [(case.program.source("jax"), len(case.program.inputs), (8 * case.rows)[:8]) for case in cases]
    found = run_with_devices(SCRIPT, given)
    compared = opened = left_out = 0
    for case, answers in zip(cases, found, strict=True):
        for row, answer in zip(case.rows, answers):
            if is_subnormal(case, row):
                left_out += 1
                continue
            n_compared, n_open = Case(case.program, [row], case.seed).check(
                "program", [answer], ULPS, INEXACT, last=1.0
            )
            compared, opened = compared + n_compared, opened + n_open
    assert compared > 8 * len(cases)
    assert opened < compared / 20
    assert left_out < len(cases)


def test_random_programs(cases: list[Case]) -> None:
    check_with_devices(cases[:N_COMPILED])


def test_random_programs_and_networks_in_groups(cases: list[Case], in_groups: None) -> None:
    check_with_devices([*cases[-N_COMPILED_IN_GROUPS:], *random_networks(seed=1, count=N_COMPILED_NETWORKS)])


def test_texts_with_numpy_in_place_of_jax(cases: list[Case]) -> None:
    check_in_numpy(cases)


def test_texts_in_groups_with_numpy_in_place_of_jax(cases: list[Case], in_groups: None) -> None:
    check_in_numpy(cases[:N_IN_GROUPS])


def test_networks_with_numpy_in_place_of_jax() -> None:
    """All rows at once, some of which meet infinite or missing numbers."""
    n_wrong = n_products = 0
    for case in random_networks(seed=17, count=N_NETWORKS):
        text, n_inputs = case.program.source("jax"), len(case.program.inputs)
        rows, parameters = np.array(case.rows)[:, :n_inputs], np.array(case.rows[0][n_inputs:])
        with np.errstate(all="ignore"):
            results = functions_in_numpy(text)["program"](rows, parameters)
        expected = ReferenceMachine(case.program._code).gradients(parameters, rows, each_row=False, with_inputs=True)
        for found, right in zip(results, (expected.values, expected.by_inputs, expected.by_parameters), strict=True):
            assert right is not None
            size = np.abs(right[np.isfinite(right)]).max(initial=0.0)
            np.testing.assert_allclose(found, right.reshape(found.shape), rtol=1e-9, atol=1e-11 * size)
            n_wrong += not np.isfinite(right).all()
        n_products += text.count(" sums of ")
    assert n_wrong > N_NETWORKS / 2
    assert n_products > 3 * N_NETWORKS


@pytest.fixture
def jax() -> Any:
    required(importlib.util.find_spec("jax") is not None, "JAX")
    import jax

    with jax.enable_x64(True):
        yield jax


def functions_of(program: ag.Program, **options: bool) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(program.source("jax", **options), names)
    return names


def network() -> tuple[ag.Program, Any, Any]:
    """A loss on a row, with the numbers of 16 rows and of the parameters."""
    model = nn.MLP(3, [8, 4, 1], activation="relu", seed=1)
    inputs = [ag.Value(0.5, name) for name in ("class", "jnp", "lambda", "y")]
    loss = nn.losses.squared_error(model(inputs[:3]), inputs[3])
    program = ag.compile(loss, inputs, model.parameters())
    rows = np.random.default_rng(1).normal(size=(16, 4))
    return program, rows, np.array([parameter.data for parameter in model.parameters()])


def test_a_network_is_matrix_products(jax: Any) -> None:
    program, rows, parameters = network()
    names = functions_of(program)
    assert program.source("jax").count("product_of_matrices(") < 12
    values, by_inputs, by_parameters = jax.jit(names["program"])(rows, parameters)
    expected = program.value_and_grad(rows, parameters, "none", wrt_inputs=True)
    np.testing.assert_allclose(values, expected[0], rtol=1e-13)
    np.testing.assert_allclose(by_parameters, expected[1].sum(0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(by_inputs, expected[2], rtol=1e-12, atol=1e-14)
    each = jax.jit(jax.vmap(names["program"], (0, None)))(rows, parameters)
    np.testing.assert_allclose(each[2], expected[1], rtol=1e-12, atol=1e-14)
    by_jax = jax.grad(lambda numbers: names["value"](rows, numbers).sum())(parameters)
    np.testing.assert_allclose(by_parameters, by_jax, rtol=1e-12, atol=1e-14)
    narrow = jax.jit(names["program"])(rows.astype(np.float32), parameters.astype(np.float32))
    assert all(result.dtype == np.float32 for result in narrow)
    np.testing.assert_allclose(narrow[2], by_parameters, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan])
def test_an_upstream_of_zero_passes_nothing_on(wrong: float, jax: Any) -> None:
    """Through a relu that is 0, an infinite weight or input behind it makes no gradient nan."""
    program, rows, parameters = network()
    run = jax.jit(functions_of(program)["program"])
    for place in (0, 5, 33, 40, -2):
        numbers = parameters.copy()
        numbers[place] = wrong
        found = run(rows, numbers)
        values, by_parameters, by_inputs = program.value_and_grad(rows, numbers, "none", wrt_inputs=True)
        np.testing.assert_allclose(found[0], values, rtol=1e-12)
        np.testing.assert_allclose(found[1], by_inputs, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(found[2], by_parameters.sum(0), rtol=1e-11, atol=1e-12)


def test_care_goes_over_rows_in_blocks(jax: Any) -> None:
    """Of whatever axes; each row's derivatives are at its place, and the sums are over all."""
    program, _, parameters = network()
    run = jax.jit(functions_of(program)["program"])
    rows = np.random.default_rng(2).normal(size=(2, 300, 4))
    rows[0, 7, 1], rows[1, 299, 2] = math.inf, math.nan
    parameters[0] = math.inf
    found = run(rows, parameters)
    values, by_parameters, by_inputs = program.value_and_grad(rows.reshape(600, 4), parameters, "none", wrt_inputs=True)
    np.testing.assert_allclose(found[0], values.reshape(2, 300), rtol=1e-12)
    np.testing.assert_allclose(found[1], by_inputs.reshape(2, 300, 4), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(found[2], by_parameters.sum(0), rtol=1e-10, atol=1e-10)
    assert np.isfinite(found[1]).any()
    assert not np.isfinite(found[1]).all()
    assert [result.shape for result in run(rows[0, :0], parameters)] == [(0,), (0, 4), parameters.shape]


@pytest.mark.parametrize(
    "function",
    ["sqrt", "relu", "abs", "gelu", "silu", "mish", "softplus", "erfinv", "lgamma", "digamma", "log1p", "sinh", "erfc"],
)
def test_jax_differentiates_the_value(function: str, jax: Any) -> None:
    """At ordinary points as we do; and at 0, without a nan from the branch that is not taken."""
    x = ag.Value(0.5)
    program = ag.compile(getattr(ag, function)(x), inputs=[x])
    names = functions_of(program)
    for point in (0.3, 0.75, *([-0.3] if function not in ("sqrt", "lgamma", "digamma") else [])):
        own = names["program"](np.array([point]))[1]
        assert float(jax.grad(names["value"])(np.array([point]))[0]) == pytest.approx(float(own[0]), rel=1e-12)
    if function not in ("sqrt", "lgamma", "digamma"):
        assert math.isfinite(jax.grad(names["value"])(np.array([0.0]))[0])


def test_jacobian_and_hessian(jax: Any) -> None:
    w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    program = ag.compile([ag.tanh(w * x), x * x], inputs=[x], parameters=[w])
    names = functions_of(program, jacobian=True, hessian=True)
    rows = np.array([[2.0], [3.0]])
    found = jax.jit(names["program_jacobian"])(rows, np.array([0.5]))
    for row, jacobian, hessian in zip(rows, found, names["program_hessian"](rows, np.array([0.5]))):
        slope = 1.0 - math.tanh(0.5 * row[0]) ** 2
        np.testing.assert_allclose(jacobian, [[0.5 * slope, row[0] * slope], [2.0 * row[0], 0.0]], rtol=1e-12)
        np.testing.assert_allclose(hessian, np.transpose(hessian), rtol=1e-12)


def test_a_program_without_inputs_and_one_without_parameters(jax: Any) -> None:
    x, y = ag.Value(2.0), ag.Value(3.0)
    value, by_parameters = functions_of(ag.compile(x * y, parameters=[x, y]))["program"](np.array([2.0, 3.0]))
    assert (float(value), by_parameters.tolist()) == (6.0, [3.0, 2.0])
    value, by_inputs = functions_of(ag.compile(x * y, inputs=[x, y]))["program"](np.array([[2.0, 3.0], [1.0, 5.0]]))
    assert (value.tolist(), by_inputs.tolist()) == ([6.0, 5.0], [[3.0, 2.0], [5.0, 1.0]])
    assert json.dumps(float(value[0])) == "6.0"
