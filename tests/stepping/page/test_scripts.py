"""The page's scripts, run by Node: what they compute and write is what the engine computes and the notation writes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_core as ag
import nn
from autograd_core.drawing.arrangement import Constant, arrange
from autograd_core.notation.columns import column_number
from autograd_core.notation.expression import operation_in_numbers
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number
from autograd_core.notation.symbols import derivative_formula
from autograd_core.roles.recognise import network_of
from autograd_core.stepping.page.graph_data import graph_data
from tests.support.graphs import graphs, recorded_anew
from tests.support.javascript import Scripts, needs_node
from tests.support.pages import twin

pytestmark = needs_node

ALL = """
const passes = new Passes(question.data);
if (question.changes) passes.set(question.changes.map(([node, text]) => [node, exactly(text)]));
const names = new Names(passes);
const { steps, backwardFrom } = stepsOf(passes, names);
const state = stateAfter(steps, steps.length - 1, passes.nodes);
return {
  values: passes.values.map(exact),
  gradients: passes.gradients.map(exact),
  numbers: passes.nodes.map((node, index) => (node.numbers ? names.inNumbers(index) : null)),
  derivatives: passes.edges.map((edge, index) => (edge.symbol ? names.derivative(index) : null)),
  steps,
  backwardFrom,
  last: [...state.gradients].map(([node, { exact }]) => [node, exact]),
  complete: [...state.complete],
  counts: pathCounts(passes).map(String),
  largest: largestPaths(passes, 3).map((paths) => paths.map((path) => [path.edges, exact(path.product)])),
};
"""


@pytest.fixture(scope="module")
def scripts() -> Iterator[Scripts]:
    with Scripts(ALL) as running:
        yield running


def data_of(root: ag.Value) -> tuple[list[Any], dict[str, Any]]:
    """The items of a graph in the page's order, and what the page knows of it."""
    arrangement = arrange(root, 10**6)
    return [box.members[0] for box in arrangement.boxes], graph_data(root, arrangement)


def node_at(items: list[Any], value: Any) -> int:
    return next(position for position, item in enumerate(items) if item is value)


# -- numbers ------------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_python_writes_them() -> None:
    generator = random.Random(0)
    kinds: list[Callable[[], float]] = [
        lambda: generator.gauss(0.0, 1.0) * 10.0 ** generator.randint(-12, 12),
        lambda: generator.randint(-4000, 4000) / 2 ** generator.randint(0, 14),  # ties among them
        lambda: float(generator.randint(-(10**6), 10**6)),
        lambda: round(generator.uniform(-9.0, 9.0), generator.randint(0, 5)),
    ]
    special = [0.0, -0.0, 5e-324, 1.7e308, 0.1 + 0.2, 99995.0, 999995.0, 1e5, 1e6, 1e16, 1e22, math.inf, math.nan]
    points = special + [generator.choice(kinds)() for _ in range(8000)]
    script = "return question.map(exactly).map((x) => [shown, exact, typed, columnNumber].map((write) => write(x)));"
    with Scripts(script) as running:
        for x, (text, exact, typed, column) in zip(points, running.ask(list(map(repr, points))), strict=True):
            assert (text, exact, column) == (number(x), repr(x), column_number(x))
            assert repr(float(typed)) == repr(x)


def test_what_is_typed_is_calculated_or_refused() -> None:
    right = {
        "0.22*-1.3": 0.22 * -1.3,
        "−0.5 · 2": -1.0,
        "(1 + 2) * 3 / 4": 2.25,
        "1e-3": 1e-3,
        ".5": 0.5,
        "2 - -3": 5.0,
        "0.3×0.5 + 1÷4": 0.4,
        "((((1))))": 1.0,
    }
    wrong = ["", "1,5", "alert(1)", "1 2", "2**3", "(1", "1)", "0x10", "--", "1 +", "1" * 300, "Infinity", "e5"]
    with Scripts("return question.map((text) => exact(calculated(text)));") as running:
        for text, result in zip(right, running.ask(list(right)), strict=True):
            assert float(result) == pytest.approx(right[text], rel=1e-15), text
        assert running.ask(wrong) == ["nan"] * len(wrong)


# -- both passes --------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(root=graphs())
def test_the_last_step_shows_the_gradients_of_backward_bit_for_bit(scripts: Scripts, root: ag.Value) -> None:
    expected = twin(root)
    items, data = data_of(expected)
    answer = scripts.ask({"data": data})
    expected.backward()
    shown = dict(answer["last"])
    gradients = {position: item.grad for position, item in enumerate(items) if not isinstance(item, Constant)}
    assert shown.keys() == gradients.keys()
    for position, exact in shown.items():
        assert exact == repr(gradients[position])  # bit for bit, but for the sign of a nan
    assert sorted(answer["complete"]) == sorted(gradients)


@settings(max_examples=100, deadline=None)
@given(root=graphs())
def test_each_step_is_one_of_the_engine_and_nothing_changes_once_it_is_complete(
    scripts: Scripts, root: ag.Value
) -> None:
    items, data = data_of(twin(root))
    answer = scripts.ask({"data": data})
    order = ag.topological_order(items[data["order"][-1]])
    forward = answer["steps"][1 : answer["backwardFrom"]]
    assert [step["computed"] for step in forward] == [[node_at(items, node)] for node in order if node.operands]
    complete: set[int] = set()
    taken = []
    for step in answer["steps"][answer["backwardFrom"] :]:
        changed = [position for position, _ in step["grads"]]
        assert complete.isdisjoint(changed)
        complete.update(step["complete"])
        if "adds" in step:
            (edge,) = [data["edges"][edge] for edge in step["edges"]]
            assert edge["to"] in complete, "only a complete gradient is passed on"
            taken.append((edge["index"], edge["kind"], step["say"]))
    fresh = twin(root)
    network = network_of(fresh)
    assert taken == [
        (step.operand_index, network.kind(step.node, step.operand_index), str(step))
        for step in ag.backward_steps(fresh)
    ]


@settings(max_examples=100, deadline=None)
@given(root=graphs())
def test_formulas_are_those_of_the_notation(scripts: Scripts, root: ag.Value) -> None:
    items, data = data_of(root)
    answer = scripts.ask({"data": data})
    names = NodeNames(ag.topological_order(root))
    for position, item in enumerate(items):
        if not isinstance(item, Constant) and item.operands:
            assert answer["numbers"][position] == operation_in_numbers(item)
    for edge, shown in zip(data["edges"], answer["derivatives"], strict=True):
        if edge.get("local") is not None:
            assert shown == derivative_formula(items[edge["to"]], edge["index"], names)


def test_a_node_whose_gradient_is_zero_is_a_step_that_says_so(scripts: Scripts) -> None:
    x = ag.Value(-1.0, "x")
    h = ag.relu(x)
    root = ag.relu(h * 2.0) + 1.0
    h.label = "h"
    says = [step["say"] for step in scripts.ask({"data": data_of(twin(root))[1]})["steps"]]
    assert "h.grad is 0: nothing is passed on" in says


def test_paths_are_those_of_explain(scripts: Scripts) -> None:
    a = ag.Value(1.5, "a")
    c = a * a + a
    root = twin((ag.tanh(c) + c) / a)
    items, data = data_of(root)
    answer = scripts.ask({"data": data})
    for position, item in enumerate(items):
        explanation = ag.explain(root, item, max_paths=3)
        assert answer["counts"][position] == str(explanation.path_count)
        shown = answer["largest"][position]
        assert [exact for _, exact in shown] == [repr(path.product) for path in explanation.paths]
        for (edges, _), path in zip(shown, explanation.paths, strict=True):
            ends = [(data["edges"][edge]["to"], data["edges"][edge]["index"]) for edge in edges]
            assert ends == [(node_at(items, factor.node), factor.operand_index) for factor in path.factors]


def test_zero_decides_a_product_before_infinity(scripts: Scripts) -> None:
    x = ag.Value(0.0, "x")
    root = ag.sqrt(x) * 0.0 + x
    items, data = data_of(root)
    (largest,) = [scripts.ask({"data": data})["largest"][node_at(items, x)]]
    assert [exact for _, exact in largest] == [repr(path.product) for path in ag.explain(root, x, max_paths=3).paths]
    assert {exact for _, exact in largest} == {"1.0", "0.0"}


def test_a_constant_bias_is_written_unless_it_is_zero(scripts: Scripts) -> None:
    w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
    for bias, written in ((0.25, "0.5·2 + 0.25"), (0.0, "0.5·2"), (ag.Value(0.0), "0.5·2")):
        _, data = data_of(ag.tanh(ag.dot([w], [x], bias)))
        assert written in scripts.ask({"data": data})["numbers"]


def test_targets_can_be_changed_and_other_numbers_of_a_loss_cannot() -> None:
    output = ag.tanh(ag.dot([ag.Value(0.5)], [0.25], ag.Value(0.0)))
    _, data = data_of(nn.losses.huber(output, 1.0, delta=2.0))
    constants = {node["exact"]: node.get("role", "") for node in data["nodes"] if node.get("constant")}
    assert constants == {"0.25": "input", "1.0": "target", "2.0": ""}
    logits = [output * 1.0, output * 2.0]
    _, data = data_of(nn.losses.cross_entropy(logits, 1))
    assert "target" not in {node.get("role") for node in data["nodes"]}


def test_other_numbers_open_and_close_a_branch() -> None:
    x = ag.Value(1.0, "x")
    items, data = data_of(ag.where(x > 0.0, ag.log(x), x * 2.0))
    script = """
    const passes = new Passes(question.data);
    const names = new Names(passes);
    const shownLocals = () => passes.edges.map((edge, index) => (edge.symbol ? names.derivative(index) : null));
    const before = shownLocals();
    passes.set([[question.x, -1]]);
    return [before, shownLocals()];
    """
    with Scripts(script) as running:
        before, after = running.ask({"data": data, "x": node_at(items, x)})
    closed = "no gradient flows here"
    branches = [
        index for index, edge in enumerate(data["edges"]) if edge["to"] == data["order"][-1] and edge["index"] > 0
    ]
    assert [before[index] == closed for index in branches] == [False, True]
    assert [after[index] == closed for index in branches] == [True, False]


def test_what_only_one_node_is_computed_from() -> None:
    x, y = ag.Value(1.0, "x"), ag.Value(2.0, "y")
    s = x * y + 3.0
    root = ag.tanh(s) + y
    items, data = data_of(root)
    with Scripts("return [...onlyFor(new Passes(question.data), question.node)];") as running:
        own = running.ask({"data": data, "node": node_at(items, s)})
        of_the_root = running.ask({"data": data, "node": node_at(items, root)})
    assert {items[position].data for position in own} == {1.0, 2.0, 3.0}
    assert not any(items[position] is y for position in own), "y is used elsewhere, too"
    assert len(of_the_root) == len(items) - 1


# -- other numbers ------------------------------------------------------------------------------------------------

SMOOTH: list[tuple[int, Callable[..., Any]]] = [
    *[(2, operation) for operation in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, ag.hypot)],
    *[(1, operation) for operation in (ag.tanh, ag.sigmoid, ag.exp, ag.softplus, ag.gelu, ag.silu, ag.square, abs)],
    *[(1, operation) for operation in (ag.relu, ag.sin, lambda a: a**2, lambda a: a**3, lambda a: a * 2.0 - 1.0)],
    (2, lambda a, b: a / (b * b + 1.0)),
    (3, lambda a, b, c: ag.where(a < b, c, a)),
    (5, lambda a, b, c, d, e: ag.dot([a, b], [c, d], e)),
    (3, lambda a, b, c: ag.softmax([a, b, c])[1]),
    (3, lambda a, b, c: ag.logsumexp([a, b, c])),
    (2, lambda a, b: nn.losses.squared_error([a, b], [0.5, -1.0])),
    (3, lambda a, b, c: nn.losses.cross_entropy([a, b, c], 1)),
]


def random_graph(generator: random.Random) -> ag.Value:
    nodes: list[Any] = [ag.Value(generator.uniform(-2.0, 2.0), f"x{index}") for index in range(generator.randint(1, 5))]
    for _ in range(generator.randint(3, 25)):
        count, operation = generator.choice(SMOOTH)
        operands = [generator.choice(nodes[-8:]) for _ in range(count)]
        nodes.append(operation(*operands))
    root: ag.Value = nodes[-1]
    return root


def bounds(root: ag.Value) -> tuple[dict[Any, float], dict[Any, float]]:
    """How far values and gradients may be off where each function and each sum is off by 4 ulp of its terms' sizes."""
    values: dict[Any, float] = {}
    order = ag.topological_order(root)
    for node in order:
        own = 4.0 * math.ulp(max([abs(node.data), *[abs(_data(each)) for each in node.operands]]))
        pairs = zip(node.operands, node.local_derivatives)
        led_on = [abs(d or 0.0) * values[each] for each, d in pairs if type(each) is not float]
        values[node] = 0.0 if node.op is None else own + 2.0 * sum(led_on)
    gradients: dict[Any, float] = dict.fromkeys(order, 0.0)
    for node in reversed(order):
        for operand, derivative in zip(node.operands, node.local_derivatives):
            if type(operand) is float or derivative is None or node.grad == 0.0:
                continue
            size = abs(derivative * node.grad)
            curvature = 20.0 * max([values[each] for each in node.operands if type(each) is not float], default=0.0)
            error = (abs(derivative) + 1.0) * curvature + 8.0 * math.ulp(abs(derivative) + 1.0)
            gradients[operand] += gradients[node] * abs(derivative) + abs(node.grad) * error + 4.0 * math.ulp(size)
    return values, gradients


def _data(operand: Any) -> float:
    return operand if type(operand) is float else float(operand.data)


@pytest.mark.slow
def test_numbers_after_a_change_are_the_engines_on_300_random_graphs(scripts: Scripts) -> None:
    generator = random.Random(1)
    equal = total = 0
    for _ in range(300):
        root = random_graph(generator)
        items, data = data_of(root)
        unusual = [0.0, -0.0, 40.0, -40.0, 1e-9]
        leaves = [node for node in ag.leaves(root) if generator.random() < 0.7]
        numbers = {
            leaf.label: generator.uniform(-3.0, 3.0) if generator.random() < 0.9 else generator.choice(unusual)
            for leaf in leaves
        }
        changes = [(node_at(items, leaf), repr(numbers[leaf.label])) for leaf in leaves]
        answer = scripts.ask({"data": data, "changes": changes})
        fresh = recorded_anew(root, numbers)
        fresh[root].backward()
        for_values, for_gradients = bounds(fresh[root])
        for position, item in enumerate(items):
            if isinstance(item, Constant):
                continue
            node = fresh[item]
            found = float(answer["values"][position]), float(answer["gradients"][position])
            pairs = zip(found, (node.data, node.grad), (for_values[node], for_gradients[node]))
            for shown, expected, bound in pairs:
                total += 1
                equal += repr(shown) == repr(expected)
                assert repr(shown) == repr(expected) or abs(shown - expected) <= bound, (item, shown, expected, bound)
    assert equal / total > 0.9, "V8 rounds most of what it computes as the C library does"


def test_numbers_that_are_put_back_are_as_they_were_recorded() -> None:
    generator = random.Random(3)
    root = random_graph(generator)
    items, data = data_of(twin(root))
    first = node_at(items, ag.leaves(items[data["order"][-1]])[0])
    script = """
    const passes = new Passes(question.data);
    const before = [passes.values.map(exact), passes.gradients.map(exact)];
    const old = passes.values[question.leaf];
    passes.set([[question.leaf, 0.123]]);
    const during = passes.changes().length;
    passes.set([[question.leaf, old]]);
    return [before, [passes.values.map(exact), passes.gradients.map(exact)], during, passes.changes().length];
    """
    with Scripts(script) as running:
        before, after, during, left = running.ask({"data": data, "leaf": first})
    assert before == after
    assert (during, left) == (1, 0)


def test_a_step_of_learning_moves_the_parameters_alone() -> None:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    root = nn.losses.squared_error(ag.tanh(ag.dot([w], [x], b)), 1.0)
    items, data = data_of(root)
    root.backward()
    script = "const p = new Passes(question); p.descend(0.1); return p.values.map(exact);"
    with Scripts(script) as running:
        values = running.ask(data)
    assert float(values[node_at(items, w)]) == w.data - 0.1 * w.grad
    assert float(values[node_at(items, b)]) == b.data - 0.1 * b.grad
    assert float(values[node_at(items, x)]) == x.data


@ag.primitive("function")
def cubed(x: float) -> float:
    """Cannot be written in JavaScript: it asks for its number."""
    return x**3 if float(x) > 0.0 else -((-x) ** 3)


@cubed.define_partials
def _cubed_partials(out: Any, x: Any) -> tuple[Any]:
    return (3.0 * x * x,)


def test_what_has_no_text_in_javascript_is_said_and_all_else_still_works(scripts: Scripts) -> None:
    root = cubed(ag.Value(2.0, "x")) * 3.0
    _, data = data_of(root)
    assert "functions" not in data
    assert data["still"].startswith("Numbers cannot be changed here: ")
    answer = scripts.ask({"data": data})
    root.backward()
    assert {exact for _, exact in answer["last"]} == {repr(node.grad) for node in ag.topological_order(root)}


# -- practice -----------------------------------------------------------------------------------------------------

PRACTICE = """
const passes = new Passes(question.data);
const names = new Names(passes);
const asked = questionsOf(passes);
if (!question.answers) return asked;
return question.answers.map(([node, answer]) => [isRight(passes, node, answer), whyWrong(passes, names, node, answer)]);
"""


def small_network() -> tuple[ag.Value, dict[str, ag.Value]]:
    model = nn.MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3)
    x = [ag.Value(1.0, "x0"), ag.Value(-0.5, "x1")]
    loss = nn.losses.squared_error(model(x), 1.0)
    return loss, {node.label: node for node in ag.topological_order(loss) if node.label}


def test_practice_goes_from_the_loss_back_neuron_by_neuron_and_to_the_inputs_last() -> None:
    root, _ = small_network()
    items, data = data_of(root)
    with Scripts(PRACTICE) as running:
        asked = [items[position] for position in running.ask({"data": data})]
    assert len(asked) == 23
    assert {id(node) for node in asked} == {id(node) for node in ag.topological_order(root) if node is not root}
    assert [node.op.name if node.op else node.label for node in asked[:7]] == [
        "sigmoid",
        "dot",
        "layers.1.neurons.0.weights.0",
        "layers.1.neurons.0.weights.1",
        "layers.1.neurons.0.weights.2",
        "layers.1.neurons.0.bias",
        "tanh",
    ]
    assert [node.label for node in asked[-2:]] == ["x0", "x1"]
    seen: set[int] = {id(root)}
    for node in asked:
        consumers = [each for each in ag.topological_order(root) if any(o is node for o in each.operands)]
        assert all(id(consumer) in seen for consumer in consumers), "all that a gradient is a sum of is known"
        seen.add(id(node))


def test_answers_from_the_digits_shown_are_right_and_misses_are_recognised() -> None:
    root, by_label = small_network()
    root.backward()
    items, data = data_of(root)
    weight = by_label["layers.1.neurons.0.weights.1"]
    (total,) = [each for each in ag.topological_order(root) if any(o is weight for o in each.operands)]
    signal: Any = total.operands[4]
    output = next(each for each in ag.topological_order(root) if any(o is total for o in each.operands))
    cases: list[tuple[Any, float, str]] = [
        (weight, weight.grad, "right"),
        (weight, float(number(signal.data)) * float(number(total.grad)), "right"),
        (weight, weight.grad * 1.009, "right"),
        (weight, weight.grad * 1.04, "Not yet."),
        (weight, -weight.grad, "The size is right, the sign is not."),
        (weight, total.grad, "a parameter gets it times its input"),
        (weight, weight.data * total.grad, "That is w·δ, which the input gets. The weight gets x·δ."),
        (signal, signal.data * total.grad, "That is x·δ, which the weight gets. The input gets w·δ."),
        (total, output.grad, "it still has to pass through the activation"),
        (total, output.local_derivatives[0] or 0.0, "alone; times"),
    ]
    with Scripts(PRACTICE) as running:
        answers = running.ask({"data": data, "answers": [(node_at(items, node), each) for node, each, _ in cases]})
    for (_, answer, expected), (is_right, why) in zip(cases, answers, strict=True):
        assert is_right == (expected == "right"), (answer, expected, why)
        assert is_right or expected in why


def test_a_sum_that_cancels_accepts_what_the_shown_numbers_give_and_zero_is_no_answer_to_a_tiny_gradient() -> None:
    x = ag.Value(1.0, "x")
    u, v = x * 1.23456, x * -1.23437
    root = u * 1.00001 + v * 1.00002
    root.backward()
    items, data = data_of(root)
    shown = float(number(1.23456)) * float(number(1.00001)) + float(number(-1.23437)) * float(number(1.00002))
    assert abs(shown - x.grad) > 0.01 * abs(x.grad)
    tiny = ag.Value(2.0, "tiny")
    small = tiny * 3e-6
    small_items, small_data = data_of(small)
    with Scripts(PRACTICE) as running:
        ((accepts, _), (refuses, _)) = running.ask(
            {"data": data, "answers": [(node_at(items, x), shown), (node_at(items, x), 100.0 * x.grad)]}
        )
        ((zero, _), (right, _)) = running.ask(
            {"data": small_data, "answers": [(node_at(small_items, tiny), 0.0), (node_at(small_items, tiny), 3e-6)]}
        )
    assert (accepts, refuses, zero, right) == (True, False, False, True)


def test_only_one_of_several_terms_is_said_to_be_that() -> None:
    s = ag.Value(0.5, "w") * ag.Value(2.0, "x")
    s.label = "s"
    root = s * 3.0 + ag.tanh(s)
    items, data = data_of(root)
    with Scripts(PRACTICE) as running:
        ((is_right, why),) = running.ask({"data": data, "answers": [(node_at(items, s), 3.0)]})
    assert not is_right
    assert why == "That is only the part through s * 3: there are 2 terms to add."


def test_where_there_is_one_factor_nothing_is_said_of_two() -> None:
    x = ag.Value(2.0, "x")
    product = x * 3.0
    root = product * 5.0
    items, data = data_of(root)
    answers = [(node_at(items, product), 5.0 + 1.0), (node_at(items, x), 3.0 + 5.0)]
    with Scripts(PRACTICE) as running:
        whys = [why for _, why in running.ask({"data": data, "answers": answers})]
    assert whys == ["Not yet.", "The two are multiplied, not added."]


# -- the order ----------------------------------------------------------------------------------------------------

ORDER = """
const passes = new Passes(question);
const naive = naiveRecursion(passes);
const visits = naive && naive.visits.map(({ node, gradient }) => [node, gradient]);
return [naive && naive.gradients, visits, sharedNodes(passes)];
"""


def naive_gradients(root: ag.Value) -> dict[Any, float]:
    """The recursion that learners write first, as Python."""
    gradients: dict[Any, float] = dict.fromkeys(ag.topological_order(root), 0.0)
    gradients[root] = 1.0

    def visit(node: Any) -> None:
        for operand, derivative in zip(node.operands, node.local_derivatives):
            if type(operand) is not float and derivative is not None:
                gradients[operand] += gradients[node] * derivative
                visit(operand)

    visit(root)
    return gradients


def test_the_naive_recursion_is_the_one_that_learners_write() -> None:
    a = ag.Value(0.25, "a")
    s = a * 2.0
    c = s * s
    root = c * s + ag.tanh(c)
    items, data = data_of(root)
    with Scripts(ORDER) as running:
        gradients, visits, shared = running.ask(data)
    expected = naive_gradients(root)
    for position, item in enumerate(items):
        if not isinstance(item, Constant):
            assert gradients[position] == pytest.approx(expected[item], rel=1e-14)
    assert {id(items[position]) for position in shared} == {id(s), id(c)}
    early = [gradient for position, gradient in visits if items[position] is c]
    root.backward()
    assert len(early) == 2
    assert early[0] != pytest.approx(c.grad), "passed on too early"
    assert early[1] == pytest.approx(c.grad)


def test_too_many_visits_are_not_made() -> None:
    v = ag.Value(1.0, "x")
    for _ in range(40):
        v = v + v
    with Scripts(ORDER) as running:
        gradients, _, shared = running.ask(data_of(v)[1])
    assert gradients is None
    assert len(shared) == 39


# -- the address --------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(root=graphs())
def test_the_address_restores_every_number_exactly(address: Scripts, root: ag.Value) -> None:
    generator = random.Random(7)
    items, data = data_of(root)
    leaves = [position for position, item in enumerate(items) if not isinstance(item, Constant) and not item.operands]
    numbers = [generator.choice([generator.gauss(0.0, 1.0), -0.0, 5e-324, 1.1e300, 0.1]) for _ in leaves]
    changes = [[leaf, repr(each)] for leaf, each in zip(leaves, numbers)]
    restored, unknown, text = address.ask({"data": data, "changes": changes})
    expected = {leaf: each for leaf, each in zip(leaves, numbers) if repr(each) != repr(items[leaf].data)}
    assert dict(restored) == {leaf: repr(each) for leaf, each in expected.items()}
    assert unknown == []
    assert not set(text) & set(' "<>#')


@pytest.fixture(scope="module")
def address() -> Iterator[Scripts]:
    script = """
    const passes = new Passes(question.data);
    const names = new Names(passes);
    passes.set(question.changes.map(([node, text]) => [node, exactly(text)]));
    const text = addressOf(passes, names, { mode: "explore", step: 3 });
    const asked = readAddress(`#${text}`, passes, names, ["steps", "explore"]);
    return [asked.changes.map(([node, number]) => [node, exact(number)]), asked.unknown, text];
    """
    with Scripts(script) as running:
        yield running


def test_what_an_address_asks_for_in_vain_is_named() -> None:
    script = """
    const passes = new Passes(question.data);
    const asked = readAddress(question.text, passes, new Names(passes), ["steps", "explore"]);
    const numbers = asked.changes.map(([, number]) => number);
    return [asked.mode ?? null, asked.step ?? null, numbers, asked.unknown, asked.refused];
    """
    label = "a=b & <c>%"
    root = ag.Value(1.0, label) * ag.Value(2.0, "w")
    with Scripts(script) as running:
        data = data_of(root)[1]
        text = "#explore&step:4&w=0.25&a%3Db%20%26%20%3Cc%3E%25=3&y=1&w=much&%E0%A4"
        asked = running.ask({"data": data, "text": text})
        for written in ("=abc", "=nan", "=1e400", "=", ""):
            assert running.ask({"data": data, "text": f"#w{written}"})[2:] == [[], [], ["w"]]
    assert asked == ["explore", 4, [0.25, 3], ["y", "%E0%A4"], ["w"]]
