"""What users see of a program: results and their shapes, bad input, its text, and what it says of another function."""

from __future__ import annotations

import copy
import gc
import linecache
import math
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
import nn
from autograd_core import Value

ROOT = Path(__file__).parent.parent.parent


def small() -> tuple[ag.Program, Value, Value, Value]:
    w, x, y = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "y")
    return ag.compile((ag.tanh(w * x) - y) ** 2, inputs=[x, y], parameters=[w]), w, x, y


def test_shapes_follow_the_inputs() -> None:
    program, *_ = small()
    assert isinstance(program.forward(), float)
    assert isinstance(program.forward([2.0, 1.0]), float)
    assert program.forward([[2.0, 1.0]] * 3).shape == (3,)
    assert program.forward(np.empty((0, 2))).shape == program.forward([]).shape == (0,)
    values, gradient = program.value_and_grad([[2.0, 1.0]] * 3, reduce="none")
    assert values.shape == (3,)
    assert gradient.shape == (3, 1)
    assert program.node_values().shape == (len(program.nodes),)
    assert program.node_gradients([[2.0, 1.0]] * 3).shape == (3, len(program.nodes))


def test_several_outputs() -> None:
    x = Value(2.0)
    program = ag.compile([x * x, ag.exp(x)], inputs=[x])
    assert program.forward(np.array([3.0])).tolist() == [9.0, math.exp(3.0)]
    values, _, slopes = program.value_and_grad([[3.0], [1.0]], reduce="none", wrt_inputs=True)
    assert values.shape == (2, 2)
    assert slopes[:, 0].tolist() == [6.0 + math.exp(3.0), 2.0 + math.exp(1.0)]


def test_backward_reads_and_writes_the_parameters() -> None:
    program, w, *_ = small()
    w.data = 0.25
    value = program.backward([2.0, 1.0])
    expected = (ag.tanh(Value(0.25) * 2.0) - 1.0) ** 2
    assert value == expected.data
    first = w.grad
    program.backward([2.0, 1.0])
    assert w.grad == 2.0 * first  # added, as Value.backward does
    w.grad = 0.0
    program.backward([[2.0, 1.0], [2.0, 1.0]], reduce="sum")
    assert w.grad == 2.0 * first
    w.grad = None  # type: ignore[assignment]  # counts as 0
    program.backward([2.0, 1.0])
    assert w.grad == first


def test_value_and_grad_leaves_values_as_they_are() -> None:
    program, w, x, y = small()
    program.value_and_grad([3.0, 4.0], [0.1])
    assert [(v.data, v.grad) for v in (w, x, y)] == [(0.5, 0.0), (2.0, 0.0), (1.0, 0.0)]


def test_scipy_minimises_a_program_without_inputs() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    a, b = Value(0.0), Value(0.0)
    program = ag.compile((a - 3.0) ** 2 + 10.0 * (b - a) ** 2, parameters=[a, b])
    found = optimize.minimize(program.value_and_grad, [0.0, 0.0], jac=True)
    assert np.allclose(found.x, [3.0, 3.0], rtol=1e-5)


def test_other_leaves_are_constants_of_that_moment() -> None:
    x, c = Value(2.0), Value(3.0)
    program = ag.compile(c * x, inputs=[x])
    c.data = 100.0
    assert program.forward([2.0]) == 6.0


def test_float32() -> None:
    x = Value(2.0)
    program = ag.compile(ag.exp(x) * 3.0, inputs=[x], dtype=np.float32)
    values = program.forward([[1.0], [2.0]])
    assert values.dtype == np.float32
    assert np.allclose(values, [3 * math.e, 3 * math.exp(2.0)], rtol=1e-6)


def test_a_primitive_with_branches_of_its_own_runs_all_the_same() -> None:
    @ag.primitive()
    def bump(x: float) -> float:
        return math.exp(-1.0 / x) if x > 0.0 else 0.0

    @bump.define_partials
    def bump_partials(out: Any, x: Any) -> Any:
        return (out / (x * x) if x > 0.0 else None,)

    x = Value(2.0)
    program = ag.compile(bump(x) * 2.0, inputs=[x])
    values, _, slopes = program.value_and_grad([[2.0], [-1.0]], reduce="none", wrt_inputs=True)
    assert values.tolist() == [2.0 * math.exp(-0.5), 0.0]
    assert slopes[:, 0].tolist() == [2.0 * (math.exp(-0.5) / 4.0), 0.0]


def test_no_warning_leaks() -> None:
    x, y = Value(1.0), Value(1.0)
    program = ag.compile(ag.log(x) / y + ag.exp(x) * ag.sqrt(y), inputs=[x, y])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program.value_and_grad([[0.0, 0.0], [-1.0, math.inf], [1e308, -1.0], [math.nan, 0.0]], reduce="none")


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: small()[0].forward([1.0]), ValueError, "has 2 inputs, got 1"),
    (lambda: small()[0].forward([[1.0, 2.0, 3.0]]), ValueError, "has 2 inputs, got 3"),
    (lambda: small()[0].forward(np.zeros((1, 1, 2))), ValueError, r"shape \(1, 1, 2\)"),
    (lambda: small()[0].forward(math.nan), ValueError, "has 2 inputs"),
    (lambda: small()[0].forward([1j, 2.0]), TypeError, "complex"),
    (lambda: small()[0].forward(["a", "b"]), TypeError, "real numbers"),
    (lambda: small()[0].forward([Value(1.0), Value(2.0)]), TypeError, "real numbers"),
    (lambda: small()[0].forward([[1.0, 2.0], [1.0]]), ValueError, "different lengths"),
    (lambda: small()[0].value_and_grad([1.0, 2.0], [1.0, 2.0]), ValueError, "has 1 parameter"),
    (lambda: small()[0].value_and_grad([1.0, 2.0], reduce="max"), ValueError, "reduce"),  # type: ignore[arg-type]
    (lambda: small()[0].backward([1.0, 2.0], reduce="none"), ValueError, "reduce"),  # type: ignore[arg-type]
    (lambda: small()[0].graph([[1.0, 2.0]]), ValueError, "one row"),
    (lambda: ag.compile(2.0), TypeError, "sequence of Values"),
    (lambda: ag.compile([]), ValueError, "no output"),
    (lambda: ag.compile(Value(1.0), [3.0]), TypeError, "float at place 0"),
    (lambda: ag.compile(Value(1.0), dtype=complex), TypeError, "float32"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_answered(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_leaves_are_leaves_and_named_once() -> None:
    x = Value(1.0, "x")
    y = x * x
    with pytest.raises(ValueError, match="given twice"):
        ag.compile(y, parameters=[x, x])
    with pytest.raises(ValueError, match="given twice"):
        ag.compile(y, [x], [x])
    with pytest.raises(ValueError, match="is not a leaf: it was computed by"):
        ag.compile(y + 1.0, [y])


def test_numpy_missing_is_said() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "import autograd_core as ag\n"
        "try: ag.compile(ag.Value(1.0) * 2.0)\n"
        "except ImportError as error: print(error)\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert 'pip install "autograd-core[fast]"' in printed.stdout


# -- the graph and the text -------------------------------------------------------------------------------------------


def state_of(node: Value) -> tuple[Any, ...]:
    return (node.data, node.grad, node.op, node.operands, node.local_derivatives, node.label)


def test_graph_has_the_numbers_of_a_row_and_is_a_copy() -> None:
    program, w, x, _ = small()
    w.grad = 7.0
    before = [state_of(node) for node in program.nodes]
    root = program.graph([0.3, 2.0])
    fresh = (ag.tanh(Value(0.5) * Value(0.3)) - Value(2.0)) ** 2
    assert root.data == fresh.data
    copied = dict(zip(program.nodes, ag.topological_order(root)))
    assert copied[x].data == 0.3
    assert not {*copied} & {*copied.values()}
    assert [(node.label, node.op) for node in copied] == [(node.label, node.op) for node in copied.values()]
    assert [node.local_derivatives for node in copied.values()] == [
        node.local_derivatives for node in ag.topological_order(fresh)
    ]
    root.backward()
    assert copied[w].grad == program.value_and_grad([0.3, 2.0])[1][0] == ag.explain(root, copied[w]).gradient
    assert [state_of(node) for node in program.nodes] == before


class Marked(Value):
    """A Value with something of its own, and another way of being made."""

    def __init__(self, *, number: float, unit: str) -> None:
        super().__init__(number, "marked")
        self.unit = unit


def test_graphs_of_several_outputs_and_of_values_of_ones_own() -> None:
    x, w = Marked(number=2.0, unit="m"), Value(3.0, "w")
    shared = x * w
    program = ag.compile([shared, ag.sin(shared), x, w], inputs=[x], parameters=[w])
    first, second, third, fourth = program.graph([5.0])
    assert (first.data, second.data, third.data, fourth.data) == (15.0, math.sin(15.0), 5.0, 3.0)
    assert second.operands[0] is first
    assert first.operands[0] is third
    assert first.operands[1] is fourth
    assert (type(third), third.unit, third.label) == (Marked, "m", "marked")
    assert (x.data, w.data, shared.data) == (2.0, 3.0, 6.0)

    def f(x: Value) -> list[Value]:
        product = x * w
        return [product, ag.sin(product), x, w]

    program.verify(f, [5.0])


def test_a_graph_has_the_parameters_present_numbers() -> None:
    w, x = Value(2.0), Value(3.0)
    program = ag.compile(w * x, inputs=[x], parameters=[w])
    w.data, x.data = 5.0, 7.0
    root = program.graph()
    w.data = 11.0
    assert (root.data, root.operands[0].data, root.local_derivatives) == (35.0, 5.0, (7.0, 5.0))


def copied_by_pickle(program: ag.Program) -> ag.Program:
    copied: ag.Program = pickle.loads(pickle.dumps(program))
    return copied


@pytest.mark.parametrize("duplicate", [lambda program: program, copy.copy, copy.deepcopy, copied_by_pickle])
@pytest.mark.parametrize("when", ["before", "after"])
def test_constants_are_those_it_was_compiled_with(duplicate: Callable[[Any], Any], when: str) -> None:
    x, c, out = Value(2.0, "x"), Value(3.0, "c"), Value(4.0, "out")
    program = ag.compile([ag.exp(c) * x * c, out], inputs=[x])

    def numbers() -> list[Any]:
        return [
            np.asarray(program.forward([2.0])).tolist(),
            np.asarray(program.forward([[2.0], [1.0]])).tolist(),
            program.value_and_grad([2.0], wrt_inputs=True)[2].tolist(),
            program.as_function()(2.0),
            program.source(),
            [node.data for node in program.graph([2.0])],
            [node.local_derivatives for node in program.graph([2.0])],
            program.node_values([2.0]).tolist(),
            program.node_gradients([2.0]).tolist(),
        ]

    expected = numbers()
    assert expected[0][0] == math.exp(3.0) * 2.0 * 3.0
    if when == "before":
        c.data = out.data = 10.0
    program = duplicate(program)
    for node in program.nodes:
        if not node.operands:
            node.data = -1.0
    assert numbers() == expected


def test_verify_knows_the_constants_it_was_compiled_with() -> None:
    x, c = Value(2.0, "x"), Value(3.0, "c")
    program = ag.compile(x * c, inputs=[x])
    c.data = 10.0
    program.verify(lambda x: x * Value(3.0), [5.0])
    with pytest.raises(ag.ReplayMismatchError, match=r"is 10\.0 when recorded, and 3\.0 when replayed"):
        program.verify(lambda x: x * c, [5.0])
    with pytest.raises(ag.ReplayMismatchError, match="another leaf"):
        program.verify(lambda x: x * Value(10.0), [5.0])


def network() -> tuple[ag.Program, nn.MLP]:
    model = nn.MLP(2, [3, 1], seed=0)
    x, t = [Value(0.3, "x1"), Value(-0.2, "x2")], Value(1.0, "t")
    loss = nn.losses.squared_error(model(x), t)
    loss.label = "loss"
    return ag.compile(loss, [*x, t], model.parameters()), model


def test_source_is_what_the_program_computes() -> None:
    program, model = network()
    arguments = [0.3, -0.2, 1.0, *[parameter.data for parameter in model.parameters()]]
    value, gradient = program.as_function()(*arguments)
    expected, by_parameters, by_inputs = program.value_and_grad(wrt_inputs=True)
    assert math.isclose(value, expected, rel_tol=1e-15)
    assert np.allclose(gradient, [*by_inputs, *by_parameters], rtol=1e-13)


def test_source_has_a_line_for_each_node_and_its_label() -> None:
    program, _ = network()
    lines = program.source().splitlines()
    assert any(line.startswith("    loss = ") and line.endswith("# loss") for line in lines)
    assert any(line.startswith("    d_loss = ") for line in lines)


@pytest.mark.parametrize("labels", [("\u00b5", "\u03bc"), ("fi", "\ufb01"), ("x", "x"), ("__debug__", "None")])
def test_labels_that_python_reads_as_one_name_are_told_apart(labels: tuple[str, str]) -> None:
    a, b = [Value(number, label) for number, label in zip((2.0, 3.0), labels)]
    assert ag.compile(a * b * b, inputs=[a, b]).as_function()(2.0, 3.0) == (18.0, [9.0, 12.0])
    p, q = a * a, b * b
    p.label, q.label = labels
    assert ag.compile(p * q, inputs=[a, b]).as_function()(2.0, 3.0) == (36.0, [36.0, 24.0])


def test_a_label_does_not_hide_the_primitive_of_a_derivative() -> None:
    x = Value(0.5, "cos")
    assert ag.compile(ag.sin(x), inputs=[x]).as_function()(0.5) == (math.sin(0.5), [math.cos(0.5)])


@pytest.mark.slow
def test_wide_nodes_have_a_text_that_compiles() -> None:
    x = Value(1.5, "x")
    numbers = [float(number) for number in range(5_000)]
    for wide in (
        ag.sum([x * number for number in numbers]),
        ag.dot(numbers, [x] * len(numbers), 1.0),
        ag.mean([x, *numbers]),
    ):
        wide.backward()
        assert ag.compile(wide, inputs=[x]).as_function()(x.data) == (wide.data, [x.grad])
        x.grad = 0.0


def test_debuggers_find_the_lines() -> None:
    program, _ = network()
    function = program.as_function()
    file = function.__code__.co_filename
    assert linecache.getline(file, 1) == program.source().splitlines(keepends=True)[0]


def test_verify_says_where_a_function_differs() -> None:
    program, model = network()

    def loss(a: Value, b: Value, t: Value) -> Value:
        error: Value = nn.losses.squared_error(model([a, b]), t)
        return error

    program.verify(loss, [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    with pytest.raises(ag.ReplayMismatchError, match=r"huber.*in place of 'squared_error'"):
        program.verify(lambda a, b, t: nn.losses.huber(model([a, b]), t), [1.0, 2.0, 3.0])


def test_an_input_that_no_output_depends_on_has_gradient_0() -> None:
    x, z = Value(2.0), Value(3.0, "z")
    program = ag.compile(x * x, inputs=[x, z])
    assert program.value_and_grad([3.0, 4.0], wrt_inputs=True)[2].tolist() == [6.0, 0.0]
    assert program.as_function()(3.0, 4.0) == (9.0, [6.0, 0.0])


def test_equal_nodes_are_computed_once() -> None:
    x = Value(2.0)
    program = ag.compile(ag.exp(x) * ag.exp(x), inputs=[x])
    assert program._code.is_value.sum() == 2
    assert program.value_and_grad([1.0], wrt_inputs=True)[2][0] == 2.0 * math.exp(1.0) ** 2


def test_an_infinite_bound_in_a_formula_makes_no_gradient_infinite() -> None:
    a, b = Value(4.0), Value(2.0)
    program = ag.compile(a**-0.5 * b, parameters=[a, b])
    assert program.value_and_grad()[1].tolist() == [-0.125, 0.5]


def test_an_infinite_factor_is_seen() -> None:
    a, no = Value(4.0), Value(0.0)
    output = ag.where(no, a * math.inf, 3.0 * a)
    assert ag.compile(output, parameters=[a, no]).value_and_grad()[1].tolist() == [3.0, 0.0]  # not 0 · inf, a nan


@pytest.mark.parametrize("is_enabled", [True, False])
def test_compiling_leaves_the_collector_as_it_was(is_enabled: bool) -> None:
    calls = []

    @ag.primitive()
    def once(x: float) -> float:
        calls.append(x)
        return x / (2.0 - len(calls))

    @once.define_partials
    def once_partials(out: Any, x: Any) -> Any:
        return (1.0,)

    node = once(Value(1.0))
    was_enabled = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        small()
        assert gc.isenabled() is is_enabled
        with pytest.raises(ZeroDivisionError):
            ag.compile(node)  # a constant, which compiling computes once more
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_a_graph_begins_without_gradients() -> None:
    w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    y = ag.tanh(w * x)
    y.backward()
    graph = ag.compile(y, inputs=[x]).graph([3.0])
    graph.backward()
    slope = 1.0 - math.tanh(1.5) ** 2
    assert [leaf.grad for leaf in ag.leaves(graph)] == pytest.approx([3.0 * slope, 0.5 * slope], rel=1e-14)
    assert w.grad == pytest.approx(2.0 * (1.0 - math.tanh(1.0) ** 2), rel=1e-14)
