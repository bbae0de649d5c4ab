"""The page's other modes in a real browser: other numbers, what if, learning, practice, and the address."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core.notation.columns import column_number
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number
from tests.support import browser
from tests.support.graphs import recorded_anew
from tests.support.pages import Open, every_kind_of_edge, notebook, small_network, text

pytestmark = pytest.mark.slow


def by_label(root: ag.Value) -> dict[str, ag.Value]:
    return {node.label: node for node in ag.topological_order(root) if node.label}


def name_of(root: ag.Value, node: Any) -> str:
    return NodeNames(ag.topological_order(root)).of(node)


def target(page: Any, name: str) -> Any:
    return page.locator(f'.target[aria-label^="{name},"]')


def shown(page: Any, name: str) -> tuple[float, float]:
    """The value and the gradient that the page has for a node of the network, exactly."""
    node = target(page, name)
    return float(node.get_attribute("data-value")), float(node.get_attribute("data-grad"))


def network_with(**numbers: float) -> ag.Value:
    """The small network's loss and gradients, by the engine, with other numbers for some leaves."""
    root = small_network()
    by_name = {label.replace(".", "_"): label for label in by_label(root)}
    fresh = recorded_anew(root, {by_name[name]: number for name, number in numbers.items()})[root]
    fresh.backward()
    return fresh


def agree(page: Any, root: ag.Value) -> None:
    """All parameters and inputs have the engine's values and gradients, in the page and in what it writes."""
    for label, node in by_label(root).items():
        if node.op is None:
            assert shown(page, label) == pytest.approx((node.data, node.grad), rel=1e-12), label
    assert page.locator('.loss [data-sort="value"]').first.text_content() == column_number(root.data, 4)


def drag(page: Any, name: str, by: int) -> None:
    box = target(page, name).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y)
    page.mouse.move(x + by, y)
    page.mouse.up()


WEIGHT = "layers.0.neurons.1.weights.1"


@pytest.fixture
def explorer(open_page: Open) -> Any:
    return open_page(ag.stepper(small_network(), mode="explore"))


# -- other numbers ------------------------------------------------------------------------------------------------


def test_field_buttons_slider_and_drag_change_a_number_and_all_that_follows_from_it(explorer: Any) -> None:
    page = explorer
    target(page, WEIGHT).click()
    page.locator(".value-field").fill("0.75")
    agree(page, network_with(layers_0_neurons_1_weights_1=0.75))
    page.locator('[data-do="more"]').click()
    agree(page, network_with(layers_0_neurons_1_weights_1=0.85))
    page.locator('[data-do="less"]').click()
    page.locator(".value-slider").fill("-1.5")
    agree(page, network_with(layers_0_neurons_1_weights_1=-1.5))
    drag(page, WEIGHT, 40)
    agree(page, network_with(layers_0_neurons_1_weights_1=-1.1))
    drag(page, "target", -30)
    root = network_with(layers_0_neurons_1_weights_1=-1.1)
    output = root.operands[0]
    assert isinstance(output, ag.Value)
    changed = nn.losses.squared_error(output.data, 0.7)
    assert page.locator('.loss [data-sort="value"]').first.text_content() == column_number(changed, 4)
    page.locator('[data-do="reset"]').click()
    agree(page, network_with())
    assert page.locator(".reset").is_disabled()


def test_what_changed_is_marked_and_escape_takes_a_whole_drag_back(explorer: Any) -> None:
    page = explorer
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    drag(page, WEIGHT, 60)
    assert page.locator(".mark").count() > 10
    row = page.locator('.neuron[data-layer="0"][data-neuron="0"]')
    assert row.locator(".mark").count() > 0, "gradients of a sibling change"
    values = row.locator('[data-sort="value"]').all_text_contents()
    untouched = network_with()
    assert column_number(by_label(untouched)["x0"].data) in values
    page.clock.run_for(3000)
    assert page.locator(".mark, .arrow").count() == 0
    page.locator(".values-only").check()
    drag(page, WEIGHT, 20)
    gradients = page.locator('.arrow + [data-sort="gradient"]').count()
    assert (gradients, page.locator('.arrow + [data-sort="value"]').count() > 0) == (0, True)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    agree(page, untouched)
    page.keyboard.press("Escape")  # there is nothing more to take back
    agree(page, untouched)


def test_what_is_no_number_is_said_and_changes_nothing(explorer: Any) -> None:
    page = explorer
    for typed in ("abc", "1,5", "1e999", ""):
        page.locator(".value-field").fill(typed)
        page.locator(".value-field").press("Tab")
        assert page.locator(".value-field").get_attribute("aria-invalid") == "true"
        assert "is not a number: write one such as -0.25." in text(page, ".complaint")
    agree(page, network_with())


def of_logarithm(q: float) -> ag.Value:
    return ag.log(ag.Value(q, "q")) * ag.Value(-1.0, "p")


def of_root(q: float) -> ag.Value:
    u = ag.Value(q, "q")
    return ag.sqrt(u) * 3 + ag.log(u)


COLOURS = """(root) => [...root.querySelectorAll(":is(.node, .edge) > :not(.mark, .arrow)")].map((each) => {
  const { fill, stroke } = getComputedStyle(each);
  return [each.tagName, each.textContent, fill, stroke];
})"""


@pytest.mark.parametrize(
    ("graph", "recorded", "changed"), [(of_logarithm, 0.0, 3.0), (of_root, 2.0, -1.0), (of_root, 2.0, 0.0)]
)
def test_nan_and_inf_are_marked_and_said_as_if_the_present_numbers_had_been_recorded(
    open_page: Open, graph: Callable[[float], ag.Value], recorded: float, changed: float
) -> None:
    tried = open_page(graph(recorded), address=f"#explore&q={changed}")
    made = open_page(graph(changed), address="#explore")
    assert tried.locator(".stepper").evaluate(COLOURS) == made.locator(".stepper").evaluate(COLOURS)
    said = made.locator(".not-finite").text_content()
    assert tried.locator(".not-finite").text_content() == said
    assert (said == "") == (changed == 3.0)
    assert tried.locator(".drawing", has_text="nan or inf in").count() == 0, "the drawing says nothing of old numbers"
    tried.locator('[data-do="reset"]').click()
    back = open_page(graph(recorded), address="#explore")
    assert tried.locator(".stepper").evaluate(COLOURS) == back.locator(".stepper").evaluate(COLOURS)


@pytest.mark.parametrize("width", [1280, 390])
def test_long_terms_of_a_sum_wrap_within_their_panel(open_page: Open, width: int) -> None:
    total = ag.Value(0.5, "the_" + "very_" * 30 + "long_name") * 2.0
    total.label = "a_" + "rather_" * 20 + "long_sum"
    page = open_page(ag.tanh(total) * 3.0, width=width, address="#explore")
    right = page.locator(".panel.number").bounding_box()
    for term in page.locator(".about .product").all():
        box = term.bounding_box()
        assert box["x"] + box["width"] <= right["x"] + right["width"]
        assert term.evaluate("(term) => term.scrollWidth <= term.clientWidth")


def test_the_networks_drawing_marks_nan_and_inf_of_the_present_numbers(open_page: Open) -> None:
    output = ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(0.0, "b"))
    page = open_page(ag.stepper(nn.losses.squared_error(output, 1.0), view="network"), address="#explore&w=1e300")
    assert "inf" in page.locator(".drawing text.loud").all_text_contents()
    assert text(page, ".not-finite").startswith("nan or inf in ")
    page.locator('[data-do="reset"]').click()
    assert page.locator(".drawing text.loud").count() == 0
    assert page.locator(".not-finite").text_content() == ""


def test_the_keys_walk_change_and_go_to_the_field(explorer: Any) -> None:
    page = explorer
    target(page, "layers.1.neurons.0.weights.0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    start = by_label(small_network())["layers.1.neurons.0.weights.0"].data
    assert shown(page, "layers.1.neurons.0.weights.0")[0] == pytest.approx(start + 0.011, abs=1e-4)
    page.keyboard.press("ArrowDown")
    assert text(page, ".number .heading-2") == "Parameter layers.1.neurons.0.weights.1"
    page.keyboard.press("Enter")
    page.keyboard.type("0.5")
    assert shown(page, "layers.1.neurons.0.weights.1")[0] == 0.5
    assert "layers.1.neurons.0.weights.1 is 0.5" in page.locator(".announcer").inner_text()


def test_the_slider_grows_with_the_number_and_so_does_the_drag(open_page: Open) -> None:
    x = ag.Value(250.0, "x")
    page = open_page(ag.stepper(x * 0.5, mode="explore"))
    assert page.locator(".value-slider").get_attribute("max") == "300"
    page.locator(".value-field").fill("2500")
    assert page.locator(".value-slider").get_attribute("max") == "3000"
    drag(page, "x", 10)
    assert page.locator(".value-field").input_value() == "2600"


def test_a_step_after_a_change_is_that_of_the_new_numbers(open_page: Open) -> None:
    root = every_kind_of_edge()
    page = open_page(root)
    page.locator('[data-to="explore"]').click()
    target(page, "w").click()
    page.locator(".value-field").fill("-1")
    page.locator('[data-to="steps"]').click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "= (-1)·2 + (-0.7) = -2.7" in text(page, ".step")
    assert "∂s/∂x = w = -1" in text(page, ".step")
    assert "w -1" in page.locator(".edge text").all_text_contents()


@ag.primitive()
def rounded(x: float) -> float:
    """Cannot be written in JavaScript: it asks for its number's digits."""
    return float(format(x, ".3g"))


@rounded.define_partials
def _rounded_partials(out: object, x: object) -> tuple[float]:
    return (1.0,)


def test_without_a_text_in_javascript_the_page_says_why_and_still_steps(open_page: Open) -> None:
    page = open_page(rounded(ag.Value(2.5, "x")) * 2.0)
    page.keyboard.press("End")
    assert page.locator(".gradient", has_text="not yet").count() == 0
    page.locator('[data-to="explore"]').click()
    assert text(page, ".complaint").startswith("Numbers cannot be changed here: ")
    assert page.locator('[data-do="descend"]').is_disabled()
    page.locator('[data-to="practice"]').click()
    assert text(page, ".count").startswith("0 of 2 gradients")


# -- what if, learning, a click -----------------------------------------------------------------------------------


def test_what_if_compares_a_wiggle_with_the_gradient(explorer: Any) -> None:
    page = explorer
    target(page, WEIGHT).click()
    page.locator(".epsilon").fill("0.01")
    root, moved = network_with(), by_label(network_with())[WEIGHT].data + 0.01
    change = network_with(layers_0_neurons_1_weights_1=moved).data - root.data
    said = text(page, ".wiggle")
    assert f"Δloss/ε = {number(change)}/0.01 = {number(change / 0.01)}" in said
    assert f"the gradient is {number(by_label(root)[WEIGHT].grad)}" in said
    plot = page.locator(".plot svg").get_attribute("aria-label")
    assert plot.startswith(f"loss over {WEIGHT}; at ")
    page.locator(".epsilon").fill("0")
    assert text(page, ".wiggle") == "Write a number other than 0, such as 0.01."
    target(page, "tanh(s₁)").click()
    assert "This number is computed" in text(page, ".wiggle")


def test_learning_descends_and_a_change_in_between_is_a_dashed_line(explorer: Any) -> None:
    page = explorer
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.locator(".rate").fill("0.5")
    page.locator('[data-do="descend"]').click()
    before = network_with()
    moved = {
        label.replace(".", "_"): node.data - 0.5 * node.grad
        for label, node in by_label(before).items()
        if label.startswith("layers")
    }
    agree(page, network_with(**moved))
    assert page.locator(".history .curve").count() == 1
    target(page, "x0").click()
    page.locator('[data-do="more"]').click()
    changed = text(page, ".pair .quantity:last-child b")
    assert page.locator(".history .break").count() == 1
    page.locator('[data-do="learn"]').click()
    page.clock.run_for(1100)
    page.locator('[data-do="learn"]').click()
    page.clock.run_for(2000)
    assert page.locator(".history .curve:not(.break)").count() == 6
    assert text(page, ".learned").startswith(f"5 steps: {changed} → "), "from the number after the change"
    page.locator(".rate").fill("much")
    page.locator('[data-do="descend"]').click()
    assert page.locator(".rate").get_attribute("aria-invalid") == "true"


def test_a_click_shows_the_whole_sum_and_nothing_that_the_step_does_not_know(open_page: Open) -> None:
    page = open_page(every_kind_of_edge())
    target(page, "w").click()
    assert "= 1.000" not in text(page, ".details")
    details = text(page, ".details")
    assert "= not yet·not yet + not yet·not yet = not yet" in details
    assert details.count("= not yet") >= 4, "the sum, and the product of each path"
    page.keyboard.press("End")
    details = text(page, ".details")
    root = every_kind_of_edge()
    root.backward()
    w = by_label(root)["w"]
    assert "not yet" not in details
    product = name_of(
        root, next(node for node in ag.topological_order(root) if node.op is not None and node.data == 1.0)
    )
    assert f"∂loss/∂w = ∂s/∂w·∂loss/∂s + ∂{product}/∂w·∂loss/∂{product}" in details
    assert f"= {number(w.grad)}" in details


def test_a_long_sum_is_cut(open_page: Open) -> None:
    x = ag.Value(0.5, "x")
    page = open_page(ag.sum([x * float(index) for index in range(1, 8)]))
    page.keyboard.press("End")
    target(page, "x").click()
    assert "+ … 5 more = 28" in text(page, ".details")


def test_the_naive_recursion_stands_beside_the_topological_order(open_page: Open) -> None:
    page = open_page(every_kind_of_edge())
    page.locator('[data-do="order"]').click()
    panel = text(page, ".order")
    assert "By naive recursion" in panel
    assert "too early: parts are missing" in panel
    rows = page.locator(".order tbody tr").all_inner_texts()
    root = every_kind_of_edge()
    root.backward()
    by_name = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
    assert by_name
    for name, (right, wrong) in by_name.items():
        assert right == number(by_label(root)[name].grad)
        assert wrong != right
    page.locator('[data-do="order"]').click()
    assert page.locator(".order").is_hidden()


# -- practice -----------------------------------------------------------------------------------------------------


def test_practice_asks_checks_explains_and_counts(open_page: Open) -> None:
    root = network_with()
    output = root.operands[0]
    assert isinstance(output, ag.Value)
    total = output.operands[0]
    assert isinstance(total, ag.Value)
    page = open_page(ag.stepper(small_network(), mode="practice"))
    assert page.locator("text.unknown").count() > 20
    assert page.locator('.loss [data-sort="derivative"]').text_content() == "?", "c′ is the first answer itself"

    def answer(typed: str) -> str:
        page.locator(".answer").fill(typed)
        page.locator(".answer").press("Enter")
        return text(page, ".verdict")

    assert text(page, ".question .heading-2") == "∂loss/∂o?"
    assert "A number, please" in answer("much")
    assert answer(number(output.grad)) == f"✓ Right: ∂loss/∂o is {number(output.grad)}."
    assert page.locator('.loss [data-sort="derivative"]').text_content() == column_number(output.grad)
    assert "it still has to pass through the activation" in answer(number(output.grad))
    page.locator('[data-do="hint"]').click()
    assert f"({number(output.grad)})" in text(page, ".rule")
    slope, shown_gradient = column_number(output.local_derivatives[0] or 0.0), column_number(output.grad)
    assert "✓ Right" in answer(f"{slope}*{shown_gradient}"), "the digits of the drawing, a true minus among them"
    page.locator('[data-do="reveal"]').click()
    assert text(page, ".verdict").startswith("Shown: ∂loss/∂"), "not the one that is asked for now"
    assert text(page, ".count") == "3 of 23 gradients · 1 at the first try"
    assert [line[0] for line in page.locator(".found li").all_inner_texts()] == ["·", "○", "✓"]
    for _ in range(20):
        page.locator('[data-do="reveal"]').click()
    assert text(page, ".question .heading-2") == "All gradients are found."
    assert text(page, ".verdict") == ""
    assert page.locator("text.unknown").count() == 0
    page.locator('[data-do="again"]').click()
    assert text(page, ".count").startswith("0 of 23")


def test_practice_says_why_nothing_is_asked(open_page: Open) -> None:
    lost = ag.log(ag.Value(0.0, "q")) * 1.0
    page = open_page(ag.stepper(ag.exp(lost * 0.0 + ag.Value(math.nan, "p")), mode="practice"))
    assert text(page, ".question .heading-2") == "Nothing is asked."
    assert text(page, ".rule").startswith("All gradients to find are nan or inf.")
    assert text(page, ".count") == ""
    page = open_page(ag.stepper(ag.Value(2.0, "x"), mode="practice"))
    assert text(page, ".rule") == "There is no gradient to find but the root's, which is 1."


# -- the address --------------------------------------------------------------------------------------------------


def test_the_address_holds_what_was_changed_and_brings_it_back(open_page: Open) -> None:
    page = open_page(ag.stepper(small_network()))
    page.locator('[data-to="explore"]').click()
    target(page, WEIGHT).click()
    page.locator(".value-field").fill("0.1234567890123")
    page.locator('[data-do="descend"]').click()
    before = shown(page, WEIGHT)
    address = page.evaluate("location.hash")
    assert address.startswith("#explore&")
    again = open_page(ag.stepper(small_network()), address=address)
    assert again.locator('[data-to="explore"]').get_attribute("aria-pressed") == "true"
    assert shown(again, WEIGHT) == before
    assert again.evaluate("location.hash") == address
    again.evaluate(f"location.hash = '#steps&step:5&{WEIGHT}=0.5&nothing=1'")
    again.wait_for_function("document.querySelector('[data-ag-stepper]').shadowRoot.querySelector('.note').textContent")
    assert text(again, ".place").startswith("step 5 of")
    assert text(again, ".note") == "The address names “nothing”, which this page has no number for."
    again.evaluate("location.hash = '#explore&x1=abc'")
    assert text(again, ".note") == "What the address gives for “x1” is not a finite number."
    assert page.locator(".note").inner_text() == ""


def test_a_page_with_steps_only_says_where_the_other_modes_are(open_page: Open) -> None:
    sums = ag.sum([ag.Value(0.1 * index) * 2.0 for index in range(40)])
    network = nn.losses.squared_error(nn.MLP(3, [8, 1], seed=1)([ag.Value(0.1) for _ in range(3)]), 1.0)
    for root, option in ((network, 'view="network"'), (sums, "a larger max_nodes")):
        practising = ag.stepper(root, view="graph", mode="practice", max_nodes=30)
        stepping = ag.stepper(root, view="graph", max_nodes=30)
        for page in (open_page(practising), open_page(stepping, address="#explore&x=1")):
            assert text(page, ".note").endswith(f"make it by stepper() with {option}.")
            assert text(page, ".step"), "the steps are there"
        assert open_page(stepping).locator(".note").inner_text() == ""


def test_a_notebooks_address_is_left_alone(open_page: Open) -> None:
    page = open_page(notebook(ag.stepper(small_network(), mode="explore")._repr_html_()), address="#Section-2")
    page.locator('[data-do="more"]').click()
    assert page.evaluate("location.hash") == "#Section-2"


# -- zoom, pan, fit, collapse -------------------------------------------------------------------------------------


def test_zoom_pan_and_fit(open_page: Open) -> None:
    page = open_page(ag.stepper(small_network()), width=700)
    width = page.locator(".drawing > svg").bounding_box()["width"]
    page.locator('[data-do="larger"]').click()
    assert page.locator(".drawing > svg").bounding_box()["width"] == pytest.approx(1.25 * width)
    box = page.locator(".drawing").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 20)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    page.wait_for_function("1")
    assert page.locator(".drawing > svg").bounding_box()["width"] > 1.3 * width
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 20, steps=3)
    page.mouse.up()
    left = page.locator(".drawing").evaluate("box => box.scrollLeft")
    assert left >= 150
    page.locator(".fit").click()
    assert page.locator(".drawing > svg").bounding_box()["width"] <= box["width"]
    assert page.locator(".fit").get_attribute("aria-pressed") == "true"
    page.locator(".fit").click()
    assert page.locator(".drawing > svg").bounding_box()["width"] == pytest.approx(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_neurons_and_layers_collapse_and_expand(open_page: Open) -> None:
    page = open_page(ag.stepper(small_network(), mode="explore"))
    rows = page.locator(".term").count()
    picture = page.locator(".drawing > svg")
    width = picture.bounding_box()["width"]
    paths = page.locator("path.edge").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    page.locator('[data-fold="layer 0"]').click()
    assert page.locator(".term:visible").count() == rows - 9
    assert picture.bounding_box()["width"] < width - 200
    page.locator('[data-fold="neuron 0 of layer 1"]').focus()
    page.keyboard.press("Enter")
    assert page.locator(".term:visible").count() == 0
    assert page.locator('[data-fold="layer 1"]').get_attribute("aria-expanded") == "false"
    page.locator('[data-fold="layer 1"]').click()
    page.locator('[data-fold="layer 0"]').click()
    assert page.locator(".term:visible").count() == rows
    assert picture.bounding_box()["width"] == width
    ends = page.locator("path.edge").evaluate_all("all => all.map(path => path.getAttribute('d'))")
    assert [path.split("C")[0] for path in ends] == [path.split("C")[0] for path in paths]


def test_what_only_one_node_is_computed_from_collapses(open_page: Open) -> None:
    root = every_kind_of_edge()
    page = open_page(root)
    page.keyboard.press("End")
    target(page, "o").click()
    assert page.locator("[data-collapse]").count() == 0, "s is used elsewhere, too"
    target(page, name_of(root, root.operands[0])).click()
    all_nodes = page.locator(".node:visible").count()
    page.locator("[data-collapse]").click()
    assert page.locator(".node:visible").count() == 3
    assert page.locator(".edge:visible").count() == 2
    page.locator("[data-collapse]").click()
    assert page.locator(".node:visible").count() == all_nodes


# -- networks -----------------------------------------------------------------------------------------------------


def test_every_number_of_a_networks_drawing_follows_the_steps(open_page: Open) -> None:
    root = network_with()
    page = open_page(ag.stepper(small_network()))
    assert page.locator('text.unknown[data-sort="gradient"]').count() == page.locator('[data-sort="gradient"]').count()
    page.keyboard.press("End")
    assert page.locator("text.unknown").count() == 0
    order = ag.topological_order(root)
    values = set(page.locator('[data-sort="value"]').all_text_contents())
    gradients = set(page.locator('[data-sort="gradient"]').all_text_contents())
    assert {column_number(node.data) for node in order if node is not root} <= values
    assert {column_number(node.grad) for node in order if node is not root} == gradients


def test_edges_of_the_network_carry_the_signal(open_page: Open) -> None:
    page = open_page(ag.stepper(small_network()))
    page.keyboard.press("ArrowRight")  # the first sum
    lit = page.locator("path.edge.current").evaluate_all("all => all.map(path => path.dataset.neuron)")
    assert lit == ["0", "0"]
    target(page, WEIGHT).click()
    on = page.locator("path.edge.on").evaluate_all(
        "all => all.map(p => [p.dataset.layer, p.dataset.neuron, p.dataset.term])"
    )
    assert sorted(map(str, on)) == sorted(map(str, [["0", "1", "1"], ["1", "0", "1"], [None, None, None]]))


# -- where it stands ----------------------------------------------------------------------------------------------


def test_a_host_gets_all_keys_but_those_that_the_page_uses(open_page: Open) -> None:
    """A host like JupyterLab, which takes keys before any element does, but not below an element that forbids it."""
    host = """<script>window.taken = [];
    document.addEventListener("keydown", event => {
      if (!event.target.closest("[data-lm-suppress-shortcuts=true]")) window.taken.push(event.key);
    }, true);</script>"""
    page = open_page(host + notebook(ag.stepper(small_network(), mode="explore")._repr_html_()))
    target(page, WEIGHT).focus()
    for key in ("Control+s", "ArrowRight", "ArrowDown", "b", "Escape", "Control+Shift+p"):
        page.keyboard.press(key)
    page.locator(".value-field").focus()
    for key in ("1", "a", "Control+s", "Control+a", "Escape"):
        page.keyboard.press(key)
    taken = [key for key in page.evaluate("window.taken") if key not in ("Control", "Shift")]
    assert taken == ["s", "b", "p", "s"]


def test_a_label_that_looks_like_a_reference_is_shown_as_it_is(open_page: Open) -> None:
    page = open_page(ag.Value(2.0, "url(#abc)") * ag.Value(3.0, 'id="x" href="#y"'))
    names = page.locator(".node").evaluate_all("all => all.map(node => node.querySelector('text').textContent)")
    assert {"url(#abc)", 'id="x" href="#y"'} <= set(names)


def test_a_frame_that_holds_nothing_else_is_as_high_as_the_page(open_page: Open) -> None:
    page = open_page("<!doctype html><body><iframe width=900 height=400></iframe></body>")
    content = "<!doctype html><body>" + ag.stepper(small_network())._repr_html_()
    page.evaluate("html => { document.querySelector('iframe').srcdoc = html; }", content)
    frame = page.frame_locator("iframe")
    frame.locator('[data-to="practice"]').click()
    frame.locator('[data-to="explore"]').click()
    page.wait_for_function("document.querySelector('iframe').getBoundingClientRect().height > 900")
    inside = frame.locator("html").evaluate("html => html.scrollHeight - html.clientHeight")
    assert inside <= 0


def axe_core() -> str:
    try:
        folder = files(importlib.import_module("axe_playwright_python"))
    except ImportError:
        browser.skip("there is no axe-core to check pages with: pip install 'autograd-core[browser]'")
    return folder.joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("scheme", "width", "root"), [("light", 1280, every_kind_of_edge), ("dark", 360, small_network)]
)
def test_axe_finds_nothing(open_page: Open, scheme: str, width: int, root: Callable[[], ag.Value]) -> None:
    page = open_page(ag.stepper(root()), width=width, color_scheme=scheme)
    page.evaluate(axe_core())

    def violations() -> list[str]:
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
        found = page.evaluate("tags => axe.run({ runOnly: tags })", tags)["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    assert violations() == []
    page.keyboard.press("End")
    page.locator('[data-do="order"]').click()
    page.locator(".target").first.click()
    assert violations() == []
    page.locator('[data-to="explore"]').click()
    page.locator('[data-do="descend"]').click()
    page.locator(".value-field").fill("much")
    assert violations() == []
    page.locator('[data-to="practice"]').click()
    page.locator('[data-do="reveal"]').click()
    assert violations() == []
