"""Explanations: their paths, factors and sums against the backward pass, enumeration and the formulas' own numbers."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core.explanation.explain import explain
from autograd_core.graph import edge_kind
from autograd_core.notation import symbols as notation
from autograd_core.notation.labels import modules_in, modules_of
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number
from autograd_core.primitives import TABLE, Primitive
from tests.support.work import counting_calls


@ag.primitive("loss", source="halved_square({0}, {1})", derivative=("{0} − {1}", "{1} − {0}"))
def halved_square(output: float, target: float) -> float:
    return 0.5 * (output - target) ** 2


@halved_square.define_partials
def halved_square_partials(out: Any, output: Any, target: Any) -> Sequence[Any]:
    return (output - target, target - output)


class Network:
    """A multilayer perceptron, its inputs, its parameters by name, and its loss on one sample."""

    def __init__(self, sizes: Sequence[int], seed: int, activation: Callable[[Any], Any] = ag.tanh) -> None:
        generator = random.Random(seed)
        self.inputs = [ag.Value(generator.uniform(-1.0, 1.0), f"x{i}") for i in range(sizes[0])]
        self.parameters: list[ag.Value] = []
        signals = self.inputs
        for layer, width in enumerate(sizes[1:]):
            last = layer == len(sizes) - 2
            sums = []
            for neuron in range(width):
                module = f"layers.{layer}.neurons.{neuron}"
                scale = 1.5 / math.sqrt(len(signals))
                weights = [ag.Value(generator.gauss(0.0, scale), f"{module}.weights.{i}") for i in range(len(signals))]
                bias = ag.Value(generator.gauss(0.0, 0.1), f"{module}.bias")
                self.parameters += [*weights, bias]
                sums.append(ag.dot(weights, signals, bias))
            signals = sums if last else [activation(weighted_sum) for weighted_sum in sums]
        self.loss = (
            ag.mean([halved_square(signal, 0.5) for signal in signals])
            if len(signals) > 1
            else halved_square(signals[0], 0.5)
        )


def formula(root: ag.Value, operand_index: int) -> str:
    return notation.derivative_formula(root, operand_index, NodeNames(ag.topological_order(root)))


def every_path(root: ag.Value, wrt: ag.Value) -> list[tuple[tuple[ag.Value, int], ...]]:
    """All paths as tuples of edges from the root down, listed one by one."""
    paths = []
    unfinished: list[tuple[ag.Value, tuple[tuple[ag.Value, int], ...]]] = [(root, ())]
    while unfinished:
        node, edges = unfinished.pop()
        if node is wrt:
            paths.append(edges)
            continue
        for index, operand in enumerate(node.operands):
            if isinstance(operand, ag.Value):
                unfinished.append((operand, (*edges, (node, index))))
    return paths


def product_along(path: Sequence[tuple[ag.Value, int]]) -> float:
    return math.prod([node.local_derivatives[index] or 0.0 for node, index in path])


def test_each_factor_of_one_weight_says_its_kind_its_formula_and_its_value() -> None:
    w, x, b, v = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b"), ag.Value(3.0, "v")
    s = ag.dot([w], [x], b)
    o = ag.dot([v], [ag.tanh(s)], 0.0)
    loss = halved_square(o, 1.0)
    loss.label, o.label = "loss", "o"

    (path,) = explain(loss, w).paths

    assert [factor.kind for factor in path.factors] == ["input", "activation", "weight", "loss"]
    assert [factor.formula for factor in path.factors] == [
        "∂s/∂w = x = 2",
        "tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75",
        "∂o/∂tanh(s) = v = 3",
        "∂loss/∂o = o − 1 = 0.9054 at o = 1.905",
    ]
    assert [factor.symbol for factor in path.factors] == ["∂s/∂w", "tanh′(s)", "∂o/∂tanh(s)", "∂loss/∂o"]
    assert path.nodes == (w, s, o.operands[1], o, loss)
    loss.backward()
    assert path.product == w.grad


def test_the_table_for_the_terminal() -> None:
    x = ag.Value(3.0, "x")
    square = x * x
    square.label = "y"
    assert str(explain(square, x)).splitlines() == [
        "∂y/∂x = 6, the sum over 2 paths",
        "",
        "path 1 of 2: x → y",
        "  other    ∂y/∂x = x = 3  3",
        "  product  3              3",
        "",
        "path 2 of 2: x → y",
        "  other    ∂y/∂x = x = 3  3",
        "  product  3              3",
        "",
        "Sum of the 2 products: 3 + 3 = 6",
    ]


def test_a_bias_counts_as_a_weight_on_an_input_of_one() -> None:
    s = ag.dot([ag.Value(0.5), ag.Value(1.0)], [ag.Value(2.0), 3.0], ag.Value(-0.25))
    assert [edge_kind(s, index) for index in range(5)] == ["input", "input", "weight", "weight", "input"]
    names = NodeNames([*ag.topological_order(s), ag.tanh(s)])
    assert notation.derivative_formula(s, 4, names) == "∂s/∂b = 1"
    assert notation.derivative_formula(s, 0, names) == "∂s/∂w₁ = x = 2"
    assert notation.derivative_formula(s, 1, names) == "∂s/∂w₂ = 3"
    assert edge_kind(ag.dot([], [], ag.Value(1.0)), 0) == "input"


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    seed=st.integers(0, 10**6),
    activation=st.sampled_from([ag.tanh, ag.sigmoid, ag.relu, ag.gelu]),
    choice=st.integers(0, 10**6),
)
def test_the_products_of_all_paths_add_up_to_the_gradient(
    sizes: list[int], seed: int, activation: Callable[[Any], Any], choice: int
) -> None:
    network = Network(sizes, seed, activation)
    candidates = [*network.parameters, *network.inputs, *ag.topological_order(network.loss)]
    wrt = candidates[choice % len(candidates)]
    explanation = explain(network.loss, wrt, max_paths=10**6)
    assert wrt.grad == 0.0, "explaining computes no gradients"
    network.loss.backward()

    listed = every_path(network.loss, wrt)
    products = [path.product for path in explanation.paths]
    assert explanation.gradient == wrt.grad
    assert explanation.path_count == len(listed) == ag.count_paths(network.loss, wrt) == len(products)
    assert not explanation.truncated
    assert abs(math.fsum(products) - wrt.grad) <= 1e-13 * math.fsum(map(abs, products))
    edges = {
        tuple((factor.node, factor.operand_index) for factor in reversed(path.factors)) for path in explanation.paths
    }
    assert edges == set(listed)
    assert [abs(product) for product in products] == pytest.approx(
        sorted([abs(product_along(path)) for path in listed], reverse=True), rel=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), max_paths=st.integers(0, 12))
def test_a_truncated_list_has_the_largest_paths(seed: int, max_paths: int) -> None:
    network = Network([3, 4, 4, 2], seed)
    explanation = explain(network.loss, network.inputs[0], max_paths=max_paths)
    largest = sorted([abs(product_along(path)) for path in every_path(network.loss, network.inputs[0])], reverse=True)
    assert [abs(path.product) for path in explanation.paths] == pytest.approx(largest[:max_paths], rel=1e-12)
    assert explanation.path_count == 32
    assert explanation.truncated
    for path in explanation.paths:
        assert path.product == math.prod(factor.value for factor in reversed(path.factors))


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5), seed=st.integers(0, 10**6))
def test_each_delta_is_the_slope_times_what_comes_back(sizes: list[int], seed: int) -> None:
    network = Network(sizes, seed)
    explanation = explain(network.loss, network.inputs[0])
    network.loss.backward()
    assert [delta.layer for delta in explanation.deltas] == [
        layer for layer in range(1, len(sizes)) for _ in range(sizes[-layer])
    ]
    for delta in explanation.deltas:
        assert delta.value == delta.node.grad
        total = sum(term.local_derivative * term.upstream for term in delta.terms)
        assert delta.value == pytest.approx(delta.slope * total, rel=1e-14, abs=0.0)
        assert all(term.upstream == term.node.grad for term in delta.terms)
        assert {term.kind for term in delta.terms} == {"loss" if delta.layer == 1 else "weight"}
        assert (delta.activation is None) == (delta.layer == 1)
    total = sum(term.local_derivative * term.upstream for term in explanation.terms)
    assert total == pytest.approx(explanation.gradient, rel=1e-14, abs=0.0)


def test_the_recursion_is_written_layer_by_layer() -> None:
    w1, w2, x = ag.Value(2.0, "n.0.weights.0"), ag.Value(-0.5, "n.1.weights.0"), ag.Value(0.25, "x")
    root = ag.dot([w2], [ag.relu(ag.dot([w1], [x]))])
    assert str(explain(root, w1)).splitlines()[-4:] == [
        "Layer by layer, as backpropagation computes it, from the last layer on: δ = a′(s)·Σ w·δ",
        "  δ of root in n.1      1                   1",
        "  δ of s in n.0         1 × (-0.5)       -0.5",
        "  ∂root/∂n.0.weights.0  0.25 × (-0.5)  -0.125",
    ]


@pytest.mark.slow
def test_paths_are_counted_exactly_where_no_one_could_list_them() -> None:
    x = v = ag.Value(1.0, "x")
    for _ in range(20_000):
        v = v + v
    explanation = explain(v, x, max_paths=2)
    assert explanation.path_count == 2**20_000
    assert explanation.truncated
    assert len(explanation.paths) == 2
    assert explanation.gradient == math.inf
    assert "about 10^6021 paths" in str(explanation)
    assert "about 10^6021 paths" in repr(explanation)


@pytest.mark.slow
def test_a_network_of_depth_1000_is_explained_without_listing_its_paths() -> None:
    network = Network([4] * 1000 + [1], seed=3)
    explanation, n_calls = counting_calls(lambda: explain(network.loss, network.parameters[0]))
    written = str(explanation)
    assert n_calls < 1_500_000  # 773,486 for 8,000 weighted sums and activations
    assert explanation.path_count == 4**998
    assert len(explanation.paths[0].factors) == 2000
    assert "1,988 more factors" in written
    assert "994 more layers" in written


@pytest.mark.slow
def test_a_chain_of_100000_nodes_is_explained_without_recursion() -> None:
    x = v = ag.Value(0.5, "x")
    for _ in range(100_000):
        v = -v
    explanation = explain(v, x)
    assert explanation.gradient == 1.0
    assert len(explanation.paths[0].factors) == 100_000
    assert "99,988 more factors" in str(explanation)


def test_the_root_explains_itself() -> None:
    x = ag.Value(3.0, "x")
    explanation = explain(x, x)
    assert (explanation.gradient, explanation.path_count) == (1.0, 1)
    assert explanation.paths[0].factors == ()
    assert explanation.paths[0].nodes == ()
    assert "x itself" in str(explanation)


def test_a_node_in_between_is_explained_too() -> None:
    x = ag.Value(3.0, "x")
    y = x * x
    (path,) = explain(ag.exp(y), y).paths
    assert path.product == math.exp(9.0)


def test_a_branch_not_taken_is_a_path_with_the_product_zero() -> None:
    x = ag.Value(0.0, "x")
    y = ag.where(x > 0.0, ag.log(x), 2.0 * x)
    explanation = explain(y, x)
    assert explanation.gradient == 2.0
    assert explanation.path_count == ag.count_paths(y, x) == 3  # the condition is part of the graph
    assert [path.product for path in explanation.paths] == [2.0, 0.0, 0.0]
    assert str(explanation)


def test_nan_and_inf_come_first_and_zero_times_inf_is_zero() -> None:
    x = ag.Value(0.0, "x")
    explanation = explain(ag.sqrt(x) + 5.0 * x, x)
    assert [path.product for path in explanation.paths] == [math.inf, 5.0]
    assert "1 / (2·√(x)) = inf at x = 0" in str(explanation)

    hidden = explain(0.0 * ag.sqrt(x) + 5.0 * x, x)
    assert hidden.gradient == 5.0
    assert [path.product for path in hidden.paths] == [5.0, 0.0]

    undefined = ag.Value(-1.0, "u")
    lost = explain(ag.where(True, 5.0 * undefined, 2.0 * ag.log(undefined)), undefined)
    assert lost.gradient == 5.0
    assert [path.product for path in lost.paths] == [5.0, 0.0]


def test_what_cannot_be_explained_is_said_clearly() -> None:
    x, stranger = ag.Value(3.0, "x"), ag.Value(3.0, "stranger")
    y = x * x
    y.label = "y"
    with pytest.raises(ValueError, match=r"y was not computed from Value\(.*label='stranger'\).*its leaves are x\."):
        explain(y, stranger)
    with pytest.raises(ValueError, match="was not computed from"):
        explain(x, y)
    with pytest.raises(TypeError, match="wrt is of type str"):
        explain(y, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="root is of type float"):
        explain(9.0, x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 0"):
        explain(y, x, max_paths=-1)
    with pytest.raises(TypeError, match="whole number"):
        explain(y, x, max_paths=1.5)  # type: ignore[arg-type]


def test_the_notebook_view_names_every_kind_and_escapes_labels() -> None:
    network = Network([2, 3, 1], seed=1)
    network.parameters[0].label = "<script>alert(1)</script>"
    html = explain(network.loss, network.parameters[0])._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    for kind in ("input", "activation", "weight", "loss"):
        assert f'class="ag-{kind}"' in html
    ids = [re.findall(r'id="([^"]+)"', explain(network.loss, network.parameters[0])._repr_html_()) for _ in range(2)]
    assert ids[0] != ids[1]


# -- formulas -----------------------------------------------------------------------------------------------------

OPERANDS = {"acosh": (1.7,), "clamp": (0.3, -1.0, 1.0), "where": (1.0, 0.4, 0.7), "polygamma": (1.0, 1.7)}
IN_WORDS = {"dot", "maximum", "minimum", "softmax", "log_softmax", "prod"}


def operands_of(primitive: Primitive, scale: float) -> tuple[float, ...]:
    if primitive.name in OPERANDS:
        return OPERANDS[primitive.name]
    count = primitive.forward.__code__.co_argcount
    return tuple([scale * value for value in (0.4, 0.7, 0.9)[: count or 3]])


def evaluated(formula: str, names: dict[str, Any]) -> float:
    """The number of a formula as explanations write it."""
    names |= {
        name: getattr(ag, name)
        for name in ("sin", "cos", "tanh", "exp", "exp2", "log", "cosh", "sinh", "sign", "hypot")
    }
    names |= {"softplus": ag.softplus, "σ": ag.sigmoid, "sqrt": math.sqrt, "cbrt": ag.cbrt, "π": math.pi}
    names |= {"φ": TABLE["normal_pdf"], "Φ": TABLE["normal_cdf"], "polygamma": TABLE["polygamma"], "abs": abs}
    names |= {
        "ψ": lambda x: TABLE["polygamma"](0.0, x),
        "ψ1": lambda x: TABLE["polygamma"](1.0, x),
        "erfinv": ag.erfinv,
    }
    names = {name: row for name, row in TABLE.items() if name.isidentifier()} | names
    text = formula.replace("−", "-").replace("·", "*").replace("^", "**").replace("√", "sqrt").replace("∛", "cbrt")
    text = text.replace("≤", "<=").replace("½", "0.5").replace("erf⁻¹′", "erfinv_slope").replace("erf⁻¹", "erfinv")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(r"\b(tanh|cos)²(\((?:[^()]|\([^()]*\))*\))", r"\1\2**2", text).replace("²", "**2")
    return float(eval(text, {"__builtins__": {}}, names))


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, -1.0])
@pytest.mark.parametrize("primitive", TABLE.values(), ids=list(TABLE))
def test_the_formula_of_each_primitive_gives_its_derivative(primitive: Primitive, scale: float) -> None:
    assert primitive.derivative or primitive.kind == "weighted_sum"
    if primitive.name in IN_WORDS:
        return
    operands = operands_of(primitive, scale)
    out = primitive.forward(*operands)
    if math.isnan(out):
        return
    for index, partial in enumerate(primitive.partials(out, *operands)):
        if partial is None:
            continue
        text = primitive.derivative if isinstance(primitive.derivative, str) else primitive.derivative[index]
        text = text.replace("norm", str(out)) if primitive.name == "norm" else text
        text = text.replace("logsumexp", str(out)) if primitive.name == "logsumexp" else text
        symbols = [f"operand{position}" for position in range(len(operands))]
        formula = text.format(*symbols, x=symbols[index], n=len(operands))
        assert evaluated(formula, dict(zip(symbols, operands))) == pytest.approx(
            partial, rel=2e-5 if primitive.name == "selu" else 1e-12, abs=0.0
        )


def test_a_primitive_without_a_formula_is_explained_by_its_number() -> None:
    @ag.primitive("function")
    def cube(x: float) -> float:
        return x * x * x

    @cube.define_partials
    def cube_partials(out: Any, x: Any) -> Sequence[Any]:
        return (3.0 * x * x,)

    @ag.primitive("function", source="blend({0}, {1})")
    def blend(x: float, y: float) -> float:
        return x + 2.0 * y

    @blend.define_partials
    def blend_partials(out: Any, x: Any, y: Any) -> Sequence[Any]:
        return (1.0, 2.0)

    x = ag.Value(2.0, "x")
    assert formula(cube(x), 0) == "cube′(x) = 12 at x = 2"
    assert formula(blend(3.0, x), 1) == "∂root/∂x = 2 at x = 2"


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "formulas"),
    [
        ("squared_error", [3.0], [1.0], ["∂root/∂o = 2·(o − 1) = 4 at o = 3"]),
        (
            "squared_error",
            [3.0, 5.0],
            [1.0, 1.5],
            [
                "∂root/∂o₁ = 2·(o₁ − 1) = 4 at o₁ = 3",
                "∂root/∂o₂ = 2·(o₂ − 1.5) = 7 at o₂ = 5",
            ],
        ),
        ("absolute_error", [3.0], [5.0], ["∂root/∂o = sign(o − 5) = -1 at o = 3"]),
        ("huber", [3.0], [2.5], ["∂root/∂o = o − 2.5, held between −delta and delta = 0.5 at o = 3"]),
        ("hinge", [0.5], [-1.0], ["∂root/∂o = −(-1) if o·(-1) < 1 else 0 = 1 at o = 0.5"]),
        ("binary_cross_entropy", [0.0], [1.0], ["∂root/∂o = σ(o) − 1 = -0.5 at o = 0"]),
    ],
)
def test_the_networks_losses_have_formulas(
    loss: str, outputs: list[float], targets: list[float], formulas: list[str]
) -> None:
    # outputs are computed, so that they are called o
    operands = [ag.Value(output) * 1.0 for output in outputs]
    node = nn.losses.by_name(loss)(operands, targets)
    assert [formula(node, index) for index in range(len(outputs))] == formulas

    target = ag.Value(1.0)
    assert formula(nn.losses.squared_error(operands[0], target), 1).startswith("∂root/∂t = ")
    entropy = nn.losses.cross_entropy([operands[0], operands[0] + 1.0], 1)
    names = NodeNames(ag.topological_order(entropy))
    assert [notation.symbol(entropy, index, names) for index in range(3)] == ["o₁", "o₂", "1"]


def test_formulas_keep_operands_apart() -> None:
    x, y = ag.Value(2.0, "x"), ag.Value(-4.0, "a label")
    formulas = [formula(node, 0) for node in (x / y, x**-1.0, (x + 1.0) * y, ag.relu(x - y))]
    assert formulas == [
        "∂root/∂x = 1 / (a label) = -0.25 at a label = -4",
        "∂root/∂x = (-1)·x^((-1) − 1) = -0.25 at x = 2",
        "∂root/∂(x + 1) = (a label) = -4",
        "relu′(s) = 1 if s > 0 else 0 = 1 at s = 6",
    ]


def test_labels_may_hold_anything() -> None:
    strange = ag.Value(2.0, "line\nbreak\x00{0}%s" + "y" * 100)
    written = str(explain(ag.exp(strange), strange))
    assert "line\\nbreak\\x00{0}%s" in written
    assert "y" * 100 not in written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (-0.5, "-0.5"),
        (1 / 3, "0.3333"),
        (0.42004, "0.4200"),
        (1e300, "1e+300"),
        (1234567.0, "1.235e+06"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_are_short_and_say_when_they_are_exact(value: float, written: str) -> None:
    assert number(value) == written


# -- labels -------------------------------------------------------------------------------------------------------


def test_labels_come_from_the_callers_variables() -> None:
    a, b, named = ag.Value(1.0), ag.Value(2.0), ag.Value(3.0, "kept")
    also_a, _hidden, xs, n = a, ag.Value(4.0), (ag.Value(5.0), 6.0, ag.Value(7.0)), 3
    ag.label(locals())
    assert [a.label, b.label, named.label, _hidden.label] == ["a", "b", "kept", ""]
    assert [xs[0].label, xs[2].label] == ["xs.0", "xs.2"]
    assert also_a is a
    assert n == 3
    ag.label(loss=named, w=[a, b])
    assert [named.label, a.label, b.label] == ["loss", "w.0", "w.1"]


def test_label_refuses_what_is_no_value() -> None:
    with pytest.raises(TypeError, match="x is of type float"):
        ag.label(x=3.0)
    with pytest.raises(TypeError, match=r"w\.1 is of type str"):
        ag.label(w=[ag.Value(1.0), "no"])
    with pytest.raises(TypeError, match="locals\\(\\) or keywords"):
        ag.label(ag.Value(1.0))  # type: ignore[arg-type]


def test_modules_are_read_from_dotted_labels() -> None:
    assert modules_in("layers.0.neurons.2.bias") == ("layers.0", "layers.0.neurons.2")
    assert modules_in("encoder.gate.w") == ("encoder", "encoder.gate")
    assert [modules_in(label) for label in ("", "x", "x.0", "3.5", "a b.c", "x = 0.5", ".a", "a..b")] == [()] * 8


def test_unlabelled_sums_and_activations_lie_where_their_parameters_do() -> None:
    network = Network([2, 2, 1], seed=0)
    modules = modules_of(ag.topological_order(network.loss))
    activation = next(node for node in modules if node.op is not None and node.op.kind == "activation")
    weighted_sum = activation.operands[0]
    assert isinstance(weighted_sum, ag.Value)
    assert modules[activation] == modules[weighted_sum] == ("layers.0", "layers.0.neurons.0")
    assert modules[network.inputs[0]] == modules[network.loss] == ()
    assert modules_of(ag.topological_order(ag.dot([ag.Value(1.0, "a.w"), ag.Value(1.0, "b.w")], [1.0, 2.0])))
