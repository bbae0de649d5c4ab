"""The picture of a network: that its numbers are the engine's, where things stand, and what stands out."""

from __future__ import annotations

import itertools
import math
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core import theme
from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.drawing.network.columns import Matrix, Rows
from autograd_core.drawing.network.layout import Wishes, layout
from autograd_core.drawing.network.structure import NotANetworkError, drawn_network
from autograd_core.notation.columns import column_number
from tests.drawing.test_draw import VISIONS, contrast, lab
from tests.support import networks

SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element


class Picture(NamedTuple):
    """A picture's elements, and the graph it was made of."""

    svg: Element
    order: list[ag.Value]

    def addressed(self, tag: str) -> list[Element]:
        return [element for element in self.svg.iter(f"{SVG}{tag}") if element.get("data-sort")]

    def groups(self, kind: str) -> list[Element]:
        return [group for group in self.svg.iter(f"{SVG}g") if kind in group.get("class", "").split()]

    def edges(self, kind: str) -> list[Element]:
        return [path for path in self.svg.iter(f"{SVG}path") if kind in path.get("class", "").split()]


def picture(root: ag.Value, **options: Any) -> Picture:
    drawing = ag.draw(root, view="network", **options)
    return Picture(ElementTree.fromstring(drawing.svg()), ag.topological_order(root))


def written(element: Element) -> str:
    """The text of an element without what is shown on hover."""
    return "".join(element.itertext()).removeprefix(element.findtext(f"{SVG}title") or "")


def network_loss(sizes: list[int], seed: int = 0, output_activation: str | None = None) -> tuple[ag.Value, nn.MLP]:
    generator = random.Random(seed)
    model = nn.MLP(sizes[0], sizes[1:], output_activation=output_activation, seed=seed)
    for parameter in model.parameters():
        parameter.data += generator.uniform(-0.2, 0.2)
    outputs = model([ag.Value(generator.uniform(-1.0, 1.0), f"x{index}") for index in range(sizes[0])])
    if sizes[-1] == 1:
        loss: ag.Value = nn.losses.squared_error(outputs, 1.0)
    else:
        loss = nn.losses.cross_entropy(outputs, seed % sizes[-1])
    loss.label = "loss"
    loss.backward()
    return loss, model


def batch_loss(count: int) -> tuple[ag.Value, nn.MLP]:
    model, generator = nn.MLP(2, [3, 1], seed=0), random.Random(0)
    losses = [nn.losses.squared_error(model([generator.random(), generator.random()]), 1.0) for _ in range(count)]
    mean: ag.Value = ag.mean(losses)
    mean.backward()
    return mean, model


# -- numbers ------------------------------------------------------------------------------------------------------


def number_at(element: Element, order: list[ag.Value]) -> float:
    """The number that an element's attributes say it shows, read from the graph."""
    node, sort = order[int(element.get("data-node", ""))], element.get("data-sort")
    if sort in ("value", "gradient"):
        return node.data if sort == "value" else node.grad
    operand = int(element.get("data-operand", ""))
    if sort == "constant":
        held = node.operands[operand]
        assert type(held) is float
        return held
    if sort == "slope":
        return node.grad and order[operand].grad / node.grad
    if sort == "class":
        held = node.operands[operand]
        return held if type(held) is float else held.data  # type: ignore[union-attr]
    derivative = node.local_derivatives[operand]
    assert derivative is not None
    return derivative if sort == "derivative" else node.grad * derivative


def check_numbers(shown: Picture) -> None:
    """Every number of a picture is the graph's, and is written as such."""
    for element in shown.addressed("text"):
        digits = int(element.get("data-digits", 3))
        expected = number_at(element, shown.order)
        if element.get("data-sort") == "class":
            continue
        if element.get("data-sort") == "slope":
            assert math.isclose(float(written(element).replace("−", "-")), expected, rel_tol=0.01, abs_tol=1e-4)
        else:
            assert written(element) == column_number(expected, digits)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=4).flatmap(
        lambda sizes: st.sampled_from([sizes, [*sizes, 17], [20, *sizes]])
    ),
    seed=st.integers(0, 1000),
    output_activation=st.sampled_from([None, "sigmoid", "tanh"]),
)
def test_every_number_is_the_engines(sizes: list[int], seed: int, output_activation: str | None) -> None:
    loss, model = network_loss(sizes, seed, output_activation)
    shown = picture(loss)
    check_numbers(shown)
    if max(sizes) <= 16:
        parameters = {id(parameter) for parameter in model.parameters()}
        for sort in ("value", "gradient"):
            places = [
                int(element.get("data-node", ""))
                for element in (*shown.addressed("text"), *shown.addressed("rect"))
                if element.get("data-sort") == sort
            ]
            of_parameters = Counter(place for place in places if id(shown.order[place]) in parameters)
            assert set(of_parameters.values()) == {1}, "each parameter stands in one place"
            assert len(of_parameters) == len(parameters)


@pytest.mark.parametrize("written_network", networks.NETWORKS, ids=lambda network: network.__name__)
def test_networks_written_by_hand_have_the_engines_numbers_too(written_network: Any) -> None:
    made = written_network()
    made.loss.backward()
    if written_network in (networks.feed_forward_block, networks.attention_block):
        with pytest.raises(ValueError, match='stands between two layers of neurons here: draw it with view="graph"'):
            picture(made.loss)
        return
    shown = picture(made.loss)
    check_numbers(shown)
    samples = len(drawn_network(made.loss).samples)
    assert len(shown.groups("neuron")) * samples == len(made.neurons)


def test_a_gradient_can_be_checked_by_reading_along_a_row_and_down_a_box() -> None:
    loss, _ = network_loss([2, 3, 1], output_activation="sigmoid")
    for box in picture(loss, digits=12).groups("neuron"):
        numbers = [float(written(text).replace("−", "-")) for text in box if text.get("data-sort")]
        _, _, gradient, slope, delta = numbers
        assert math.isclose(gradient * slope, delta, rel_tol=1e-9)
        for row in (group for group in box if group.get("class") == "term"):
            texts = [float(written(text).replace("−", "-")) for text in list(row)[1:]]
            assert math.isclose(texts[0] * delta, texts[2], rel_tol=1e-9)


def test_a_class_index_is_shown_as_ones_and_zeros() -> None:
    loss, _ = network_loss([2, 4], seed=2)
    rows = picture(loss).groups("output")
    assert [[written(text) for text in row if text.get("data-sort") == "class"] for row in rows] == [
        ["0"],
        ["0"],
        ["1"],
        ["0"],
    ]


def test_cells_of_a_matrix_show_sign_and_size() -> None:
    loss, _ = network_loss([2, 12, 12, 1])
    shown = picture(loss)
    (matrix,) = [group for group in shown.groups("matrix") if group.get("data-largest-weight")]
    largest = {sort: float(matrix.get(f"data-largest-{name}", "")) for sort, name in SIZES.items()}
    cells = [cell for cell in matrix.iter(f"{SVG}rect") if cell.get("data-sort")]
    assert len(cells) == 2 * 12 * 13
    for cell in cells:
        value = number_at(cell, shown.order)
        assert cell.get("class") == ("pos" if value > 0.0 else "neg")
        strength = (abs(value) / largest[cell.get("data-sort", "")]) ** 0.7
        assert math.isclose(float(cell.get("fill-opacity", "")), strength, abs_tol=0.006)


SIZES = {"value": "weight", "gradient": "gradient"}


def test_before_backward_there_are_no_gradients_but_slopes() -> None:
    loss, _ = network_loss([2, 3, 1])
    for node in ag.topological_order(loss):
        node.grad = 0.0
    shown = picture(loss)
    by_sort = {
        sort: {written(element) for element in shown.addressed("text") if element.get("data-sort") == sort}
        for sort in ("gradient", "derivative")
    }
    assert by_sort["gradient"] == {""}
    assert "" not in by_sort["derivative"]
    assert any("backward() has not run" in written(text) for text in shown.svg.iter(f"{SVG}text"))


def test_nan_is_loud() -> None:
    _, model = network_loss([2, 3, 1])
    model.parameters()[0].data = math.nan
    again = nn.losses.squared_error(model([1.0, 2.0]), 1.0)
    shown = picture(again)
    loud = {written(text) for text in shown.svg.iter() if text.get("class") == "loud"}
    assert {"nan", "nan or inf in 5 of 21 nodes"} <= loud
    biases = [group for group in shown.groups("term") if written(group[0]) == "b"]
    assert {written(group[1]) for group in biases} == {"1"}, "the input of a bias is 1 whatever the sum is"


@settings(max_examples=300, deadline=None)
@given(value=st.floats(-1e300, 1e300) | st.sampled_from([math.inf, -math.inf, math.nan]), digits=st.integers(3, 8))
def test_a_number_in_a_column_is_short_and_near(value: float, digits: int) -> None:
    text = column_number(value, digits)
    assert "-" not in text
    if math.isfinite(value):
        assert len(text) <= digits + 5 + (abs(value) >= 1e100 or 0 < abs(value) < 1e-99)
        shown = float(text.replace("−", "-"))
        assert math.isclose(shown, value, rel_tol=0.51 * 10.0 ** (2 - digits), abs_tol=5.1 * 10.0 ** -(digits + 2))
        assert shown == value or len(text.lstrip("−0.").split("e")[0]) >= min(digits, 3) - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (0.12, "0.12"),
        (0.1199, "0.120"),
        (-0.5, "−0.5"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.0058, "0.0058"),
        (0.00999, "0.0100"),
        (-6.9123e-4, "−6.9e−4"),
        (123456.0, "1.23e5"),
        (1.0, "1"),
        (0.99999, "1.000"),
    ],
)
def test_numbers_are_written_as_in_a_table(value: float, text: str) -> None:
    assert column_number(value) == text


# -- where things stand -------------------------------------------------------------------------------------------


def boxes(shown: Picture) -> list[tuple[float, float, float, float]]:
    """The cards of the picture: left, top, right, bottom."""
    cards = []
    for rect in shown.svg.iter(f"{SVG}rect"):
        if rect.get("class") in ("card", "leaf"):
            x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
            cards.append((x, y, x + width, y + height))
    return cards


@pytest.mark.parametrize(
    "sizes", [[1, 1], [2, 3, 1], [3, 5, 2], [4, 8, 3], [2, 16, 16, 1], [2, 4, 4, 1], [2, 3, 3, 3, 1], [64, 40, 10]]
)
def test_nothing_overlaps_and_all_is_inside(sizes: list[int]) -> None:
    loss, _ = network_loss(sizes)
    shown = picture(loss)
    width, height = float(shown.svg.get("width", "")), float(shown.svg.get("height", ""))
    cards = boxes(shown)
    for a, b in itertools.combinations(cards, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for left, top, right, bottom in cards:
        assert 0.0 <= left < right <= width
        assert 0.0 <= top < bottom <= height
    sizes_of_text = {float(text.get("font-size", "")) for text in shown.svg.iter(f"{SVG}text")}
    assert min(sizes_of_text) >= 10.0
    columns = [layout(drawn_network(loss), Wishes()).columns]
    for column in columns:
        assert all(a.x + a.width + 31.9 <= b.x for a, b in itertools.pairwise(column)), "32 pixels between columns"


def test_an_iris_fits_a_laptops_screen_with_every_number_written() -> None:
    loss, model = network_loss([4, 8, 3])
    shown = picture(loss)
    assert float(shown.svg.get("width", "")) == 1200.0
    assert float(shown.svg.get("height", "")) <= 820.0
    assert len(shown.groups("term")) == len(model.parameters()) == 8 * 5 + 3 * 9
    assert not shown.groups("matrix")
    assert len(shown.edges("ew")) == 8 * 4 + 3 * 8


def test_an_edge_enters_at_the_row_of_its_weight() -> None:
    loss, _ = network_loss([2, 3, 1])
    shown = picture(loss)
    baselines = {
        (row.get("data-layer"), row.get("data-neuron"), row.get("data-term")): float(row[1].get("y", ""))
        for row in shown.groups("term")
    }
    for edge in shown.edges("ew"):
        end = float(edge.get("d", "").split()[-1])
        place = (edge.get("data-layer"), edge.get("data-neuron"), edge.get("data-term"))
        assert 2.0 < baselines[place] - end < 7.0, "the middle of the row is that much above its baseline"


def test_wide_layers_are_matrices_and_narrow_ones_rows() -> None:
    columns = layout(drawn_network(network_loss([2, 16, 16, 1])[0]), Wishes()).layers
    assert [type(column) for column in columns] == [Matrix, Matrix, Rows]
    assert [column.as_numbers for column in columns if isinstance(column, Matrix)] == [True, False]
    small = layout(drawn_network(network_loss([2, 3, 3, 3, 1])[0]), Wishes())
    assert {type(column) for column in small.layers} == {Rows}
    collapsed = picture(network_loss([2, 3, 1])[0], collapse="layers.0")
    assert [group.get("data-layer") for group in collapsed.groups("matrix")] == ["0"]
    with pytest.raises(ValueError, match=r"no node lies in a module 'layers\.7'"):
        picture(network_loss([2, 3, 1])[0], collapse="layers.7")


def test_of_very_many_neurons_the_first_and_last_are_shown_and_what_is_highlighted() -> None:
    loss, model = network_loss([4, 48, 3])
    texts = [written(text) for text in picture(loss).svg.iter(f"{SVG}text")]
    assert "⋮ 39 more" in texts
    shown = picture(loss, highlight=model.layers[0].neurons[30].weights[1])
    rows = [group.get("data-neuron") for group in shown.groups("neuron") if group.get("data-layer") == "0"]
    assert rows == [*map(str, range(8)), "30", "47"]
    frames = [rect for rect in shown.svg.iter(f"{SVG}rect") if rect.get("class") in ("hot", "frame")]
    assert len(frames) == 1
    wide, model = network_loss([100, 3, 1])
    shown = picture(wide, highlight=model.layers[0].neurons[1].weights[50])
    assert "50" in [group.get("data-input") for group in shown.groups("input")]
    assert len(shown.groups("input")) == 10


# -- what stands out ----------------------------------------------------------------------------------------------


def test_highlighting_leaves_one_row_dark_in_each_reader_and_writes_the_gradient_out() -> None:
    loss, model = network_loss([4, 8, 3])
    weight = model.layers[0].neurons[2].weights[1]
    shown = picture(loss, highlight=weight)
    dark = [group for group in shown.groups("neuron") if "off" not in group.get("class", "").split()]
    assert [(group.get("data-layer"), group.get("data-neuron")) for group in dark] == [
        ("0", "2"), ("1", "0"), ("1", "1"), ("1", "2"),
    ]  # fmt: skip
    for box in dark:
        rows = [group for group in box if group.get("class") == "term"]
        assert len(rows) == 1
    assert len([edge for edge in shown.edges("ew") if "on" in edge.get("class", "").split()]) == 1 + 3
    assert [card.get("data-input") for card in shown.groups("input") if "off" not in card.get("class", "").split()] == [
        "1"
    ]
    rule, numbers = [
        "".join(text.itertext()) for text in shown.svg.iter(f"{SVG}text") if text.get("class") == "formula"
    ]
    assert rule == "∂loss/∂w2,1 = x1 · a′ · Σ w·δ over the 3 neurons that read it"
    assert numbers.endswith(f" = {column_number(weight.grad)}")
    deltas = [neuron.grad for neuron in loss.operands[:3]]  # type: ignore[union-attr]
    for delta in map(column_number, deltas):
        assert (f"({delta})" if delta.startswith("−") else delta) in numbers

    everything = picture(loss)
    assert not everything.groups("off")
    assert not everything.groups("lit")


def test_the_gradient_of_an_input_is_written_out_as_a_sum_of_the_first_two() -> None:
    loss, _ = network_loss([4, 8, 3])
    (x1,) = [leaf for leaf in ag.leaves(loss) if leaf.label == "x1"]
    texts = [text for text in picture(loss, highlight=x1).svg.iter(f"{SVG}text") if text.get("class") == "formula"]
    rule, numbers = map(written, texts)
    assert rule == "∂loss/∂x1 = Σ w·δ over the 8 neurons that read it"
    assert " + … 6 more )" in numbers
    assert numbers.endswith(f" = {column_number(x1.grad)}")


def test_a_last_layers_weight_ends_with_the_loss() -> None:
    loss, model = network_loss([2, 3, 1], output_activation="sigmoid")
    shown = picture(loss, highlight=model.layers[1].neurons[0].weights[2])
    rule = next(written(text) for text in shown.svg.iter(f"{SVG}text") if text.get("class") == "formula")
    assert rule == "∂loss/∂w0,2 = a₂ · a′ · c′"


# -- batches ------------------------------------------------------------------------------------------------------


def test_a_batch_is_shown_as_one_sample_of_which_one_says() -> None:
    mean, model = batch_loss(12)
    shown = picture(mean, sample=7)
    check_numbers(shown)
    assert float(shown.svg.get("height", "")) < 500.0
    assert str(ag.draw(mean, sample=7)) == "drawing of a 2-3-1 network with 1117 nodes, sample 7 of 12".replace(
        "1117", f"{len(shown.order):,}"
    )
    texts = [written(text) for text in shown.svg.iter(f"{SVG}text")]
    assert {"mean of 12 samples", "sample shown", "x·δ"} <= set(texts)
    with pytest.raises(ValueError, match="sample is a whole number from 0 to 11, got 12"):
        ag.draw(mean, sample=12)

    weight = model.layers[0].neurons[1].weights[0]
    added = 0.0
    for sample in range(12):
        neuron = drawn_network(mean, sample).layers[0].neurons[1]
        (term,) = [term for term in neuron.weights if term.parameter is weight]
        added += term.node.grad * (term.node.local_derivatives[term.weight] or 0.0)
    assert math.isclose(added, weight.grad, rel_tol=1e-9)


def test_a_bias_that_is_subtracted_has_the_input_minus_one() -> None:
    root = (ag.Value(0.5, "w") * ag.Value(2.0, "x") - ag.Value(0.25, "b")).tanh()
    root.backward()
    shown = picture(root)
    check_numbers(shown)
    texts = [[written(text) for text in group] for group in shown.groups("term")]
    assert texts[1][:3] == ["b", "−1", "0.25"]


def test_a_penalty_on_the_weights_is_no_sample() -> None:
    loss, model = network_loss([2, 3, 1])
    total = loss + 0.01 * ag.sum([weight * weight for weight in model.parameters()])
    assert len(drawn_network(total).samples) == 1
    assert len(drawn_network(ag.mean([total])).samples) == 1
    output = by_hand()
    assert len(drawn_network((output - 1.0) ** 2 + (output - 2.0) ** 2).samples) == 1, "two targets are no two samples"


def test_weights_that_are_used_in_several_steps_show_what_each_step_adds() -> None:
    made = networks.recurrent_unit()
    made.loss.backward()
    shown = picture(made.loss)
    sorts = {element.get("data-sort") for element in shown.addressed("text")}
    assert "contribution" in sorts
    assert drawn_network(made.loss).is_shared


# -- which view ---------------------------------------------------------------------------------------------------


def neuron() -> ag.Value:
    return ag.tanh(ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(0.1, "b")))


def masked() -> ag.Value:
    hidden = neuron() * 2.0
    return ag.dot([ag.Value(1.0)], [hidden])


def computed_weight() -> ag.Value:
    return ag.dot([ag.Value(1.0) * 2.0], [ag.Value(3.0)])


def by_hand() -> ag.Value:
    return (ag.Value(0.5, "w") * ag.Value(2.0, "x") + ag.Value(0.1, "b")).tanh()


def deep() -> ag.Value:
    return network_loss([2, *[2] * 13, 1])[0]


@pytest.mark.parametrize(
    ("root", "options", "is_network"),
    [
        (neuron, {}, True),
        (lambda: batch_loss(3)[0], {}, True),
        (by_hand, {}, False),
        (by_hand, {"view": "network"}, True),
        (by_hand, {"sample": 0}, True),
        (neuron, {"view": "graph"}, False),
        (neuron, {"contributions": True}, False),
        (neuron, {"color_by": "gradient"}, False),
        (neuron, {"rankdir": "TB"}, False),
        (neuron, {"max_nodes": 50}, False),
        (neuron, {"hide_constants": True}, False),
        (neuron, {"highlight": None, "digits": 5}, True),
        (masked, {}, False),
        (computed_weight, {}, False),
        (deep, {}, False),
        (deep, {"view": "network"}, True),
        (lambda: ag.exp(ag.Value(1.0)), {}, False),
    ],
)
def test_a_network_of_layers_is_drawn_as_one_unless_an_option_says_otherwise(
    root: Any, options: dict[str, Any], is_network: bool
) -> None:
    assert ag.draw(root(), **options).source.startswith("<svg") == is_network


@pytest.mark.parametrize(
    ("root", "options", "message"),
    [
        (neuron, {"view": "layers"}, "view is one of auto, network, graph; got 'layers'"),
        (neuron, {"view": "network", "contributions": True}, "contributions is for a graph and not for a network"),
        (neuron, {"sample": 0, "max_nodes": 40}, "max_nodes is for a graph and not for a network"),
        (neuron, {"view": "graph", "sample": 0}, "sample is for a network"),
        (neuron, {"sample": 1}, "sample is a whole number from 0 to 0, got 1"),
        (neuron, {"sample": 0.0}, "sample is a whole number from 0 to 0, got 0.0"),
        (neuron, {"sample": "first"}, "sample is a whole number from 0 to 0, got 'first'"),
        (neuron, {"digits": 3.0}, "digits is a whole number from 1 to 17, got 3.0"),
        (lambda: ag.exp(ag.Value(1.0)), {"view": "network"}, 'this graph has no neurons.*draw it with view="graph"'),
        (masked, {"view": "network"}, r"\* stands between two layers of neurons here"),
    ],
)
def test_what_a_view_does_not_have_is_refused(root: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ag.draw(root(), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"collapse": 5}, "collapse is a string or a list of them, got 5"),
        ({"collapse": None}, "collapse is a string or a list of them, got None"),
        (
            {"collapse": ["layers.0", [1]]},
            "a module is named by a string, such as 'layers.0', got [1]",
        ),
        ({"collapse": [5], "view": "graph"}, "a module is named by a string, such as 'layers.0', got 5"),
        ({"parameters": ag.Value(1.0)}, "parameters is a list of Values, got Value(data=1"),
    ],
)
def test_options_of_another_type_are_refused(options: dict[str, Any], message: str) -> None:
    loss, _ = network_loss([2, 2, 1])
    with pytest.raises(TypeError, match=re.escape(message)):
        ag.draw(loss, **options)


def test_something_between_layers_is_said_by_its_name() -> None:
    with pytest.raises(NotANetworkError, match=r"\* stands between"):
        drawn_network(masked())


# -- names, files and colours -------------------------------------------------------------------------------------

STRANGE = ['<b>&"', "<i>&", "a\nb", "\x00", "ünï ∂", "x" * 200, "url(#a)"]


@pytest.mark.parametrize("labelled", [None, 0, 1, 2])
@pytest.mark.parametrize("label", STRANGE, ids=range(len(STRANGE)))
def test_labels_may_hold_anything(label: str, labelled: int | None) -> None:
    leaves = [ag.Value(2.0, label), ag.Value(0.5), ag.Value(0.25)]
    if labelled is not None:
        leaves[labelled].label = label
    s = ag.dot([leaves[1]], [leaves[0]], leaves[2])
    s.label = label
    highlight = None if labelled is None else leaves[labelled]  # whose gradient is written out below
    loss = nn.losses.squared_error(ag.tanh(s), 1.0)
    loss.label = label
    svg = picture(loss, highlight=highlight).svg
    assert not list(svg.iter(f"{SVG}script"))
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in label)
    assert any(shown[:6] in written(text) for text in svg.iter(f"{SVG}text"))


def test_numbers_as_inputs_have_names_that_no_label_has() -> None:
    w = [ag.Value(0.5), ag.Value(0.25)]
    names = [written(card[1]) for card in picture(ag.dot(w, [1.0, 1.0])).groups("input")]
    assert names == ["x₀", "x₁"], "two inputs of one number are two"
    x1 = ag.Value(1.0, "x1")
    names = [written(card[1]) for card in picture(ag.dot(w, [x1, 1.0])).groups("input")]
    assert names == ["x1", "u₁"]


def test_a_network_is_saved_as_svg_and_says_what_a_png_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    drawing = ag.draw(network_loss([2, 3, 1])[0])
    drawing.save(tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_text(encoding="utf-8").startswith('<?xml version="1.0"')
    with pytest.raises(NoRendererError, match="install cairosvg"):
        drawing.save(tmp_path / "network.png")
    with pytest.raises(ValueError, match=r"must end in one of \.svg, \.png, \.pdf$"):
        drawing.save(tmp_path / "network.dot")


def test_it_needs_no_graphviz_and_ids_of_two_pictures_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    drawing = ag.draw(network_loss([2, 3, 1])[0])
    first, second = drawing.svg(), drawing.svg()
    identities = [re.findall(r'\bid="([^"]+)"', svg) for svg in (first, second)]
    assert [len(found) for found in identities] == [1, 1]
    assert identities[0] != identities[1]
    assert set(drawing._repr_mimebundle_()) == {"text/html", "image/svg+xml", "text/plain"}


KINDS = ("input-text", "weight-text", "activation-text", "loss-text")
PALETTES = [(theme.LIGHT, theme.NETWORK_LIGHT), (theme.DARK, theme.NETWORK_DARK)]


@pytest.mark.parametrize(("around", "palette"), PALETTES, ids=["light", "dark"])
def test_texts_in_the_colours_of_the_kinds_can_be_read_and_told_apart(
    around: dict[str, str], palette: dict[str, str]
) -> None:
    for surface in ("card", "mark", "input-card"):
        for kind in KINDS:
            assert contrast(palette[kind], palette[surface]) >= 4.45
        assert contrast(around["ink"], palette[surface]) >= 7.0
        if surface != "mark":
            assert contrast(around["quiet"], palette[surface]) >= 4.5
    for vision, (a, b) in itertools.product(VISIONS.values(), itertools.combinations(KINDS, 2)):
        assert math.dist(lab(palette[a], vision), lab(palette[b], vision)) >= 19.5


def test_every_rule_of_its_style_is_confined_to_it() -> None:
    style = theme.network_style("#here").replace("@media (prefers-color-scheme:dark){", "")
    for rule in re.findall(r"([^{}]+)\{[^{}]*\}", style):
        assert all("#here" in selector for selector in rule.split(","))
    assert "var(" not in theme.printed_network_style()
