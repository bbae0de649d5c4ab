"""The stepper's page in a real browser: clicks, keys and slider, and at every step the gradients of the engine."""

from __future__ import annotations

import re
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core import theme
from autograd_core.drawing.arrangement import Constant, arrange
from tests.support.pages import Open, notebook, text
from tests.support.pages import every_kind_of_edge as graph

pytestmark = pytest.mark.slow


def position_of(root: ag.Value) -> dict[Any, int]:
    return {box.members[0]: position for position, box in enumerate(arrange(root, 300).boxes)}


def shown_gradients(page: Any) -> dict[int, str]:
    """The exact gradients that the drawing shows, by the nodes' numbers."""
    exact = page.locator(".node[data-grad]").evaluate_all("all => all.map(n => [n.dataset.node, n.dataset.grad])")
    return {int(node): gradient for node, gradient in exact}


def gradients_by_step(root: ag.Value) -> list[dict[int, str]]:
    """What the engine's gradients are after each step of the page's backward pass."""
    position = position_of(root)
    steps = list(ag.backward_steps(root))
    after = [{position[root]: "1.0"}]
    for node in reversed(ag.topological_order(root)):
        own = [step for step in steps if step.node is node]
        for step in own:
            after.append({**after[-1], position[step.operand]: repr(step.grad_after)})
        if node.operands and not own:
            after.append(after[-1])
    return after


# -- stepping -----------------------------------------------------------------------------------------------------


def test_every_step_shows_the_gradients_of_the_engine(open_page: Open) -> None:
    root = graph()
    page = open_page(root)
    expected = gradients_by_step(root)
    forward = 1 + sum(bool(node.operands) for node in ag.topological_order(root))
    for _ in range(forward - 1):
        assert shown_gradients(page) == {}
        page.keyboard.press("ArrowRight")
    final = expected[-1]
    for engine in expected:
        page.keyboard.press("ArrowRight")
        shown = shown_gradients(page)
        assert {node: shown[node] for node in engine} == engine
        assert all(shown[node] == final.get(node, "0.0") for node in shown.keys() - engine.keys())
    assert len(shown_gradients(page)) == len(ag.topological_order(root))
    assert page.locator(".node.complete").count() == len(ag.topological_order(root))
    assert page.locator('[data-do="next"]').is_enabled()
    page.keyboard.press("ArrowRight")  # there is nothing after the last step
    assert text(page, ".place") == f"step {forward + len(expected) - 1} of {forward + len(expected) - 1}"


def test_values_fill_in_first(open_page: Open) -> None:
    root = graph()
    page = open_page(root)
    position = position_of(root)
    inputs = {position[item] for item in position if isinstance(item, Constant) or not item.operands}
    order = [node for node in ag.topological_order(root) if node.operands]
    for computed in range(len(order) + 1):
        shown = dict(
            page.locator(".node[data-value]").evaluate_all("all => all.map(n => [+n.dataset.node, n.dataset.value])")
        )
        assert shown.keys() == inputs | {position[node] for node in order[:computed]}
        if computed:
            node = order[computed - 1]
            assert shown[position[node]] == repr(node.data)
            assert page.locator(".node.current").count() == 1
            assert page.locator(".edge.current").count() == len(node.operands)
        assert page.locator(".gradient").all_text_contents() == ["not yet"] * len(ag.topological_order(root))
        page.keyboard.press("ArrowRight")


def test_a_step_writes_its_formula_out(open_page: Open) -> None:
    page = open_page(graph())
    page.locator(".slider").fill("1")
    assert "w·x + b" in text(page, ".step")
    assert "= 0.5·2 + (-0.7) = 0.3000" in text(page, ".step")
    assert "x layer input" in text(page, ".step")
    says = {}
    for step in range(int(page.locator(".slider").get_attribute("max")) + 1):
        page.locator(".slider").fill(str(step))
        says[page.locator(".announcer").inner_text()] = text(page, ".step")
    (accumulating,) = [says[say] for say in says if say.startswith("w.grad += ") and "+" in say.partition("→")[2]]
    before, contribution, after = re.search(  # type: ignore[union-attr]
        r"(\S+) old grad of w \+ (\S+) contribution = (\S+) new grad of w", accumulating
    ).groups()
    assert float(before) + float(contribution) == pytest.approx(float(after), rel=1e-3)
    root = graph()
    root.backward()
    w = next(leaf for leaf in ag.leaves(root) if leaf.label == "w")
    assert float(after) == pytest.approx(w.grad, rel=1e-3)
    assert set(says) >= {str(step) for step in ag.backward_steps(graph()) if step.operand.label}


def test_buttons_slider_and_keys_all_step(open_page: Open) -> None:
    page = open_page(graph())
    last = int(page.locator(".slider").get_attribute("max"))

    def place() -> int:
        assert page.locator(".slider").input_value() == text(page, ".place").split()[1]
        return int(page.locator(".slider").input_value())

    for button, expected in (("next", 1), ("next", 2), ("back", 1), ("last", last), ("back", last - 1), ("first", 0)):
        page.locator(f'[data-do="{button}"]').click()
        assert place() == expected
    page.locator('[data-do="backward"]').click()
    assert text(page, ".step").startswith("loss.grad = 1")
    page.locator('[data-do="forward"]').click()
    assert place() == 0
    for key, expected in (("End", last), ("ArrowLeft", last - 1), ("Home", 0), ("ArrowRight", 1)):
        page.keyboard.press(key)
        assert place() == expected
    slider = page.locator(".slider").bounding_box()
    page.mouse.click(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    assert abs(place() - last / 2) <= 1
    page.keyboard.press("ArrowRight")  # now of the slider itself
    assert abs(place() - last / 2) <= 2
    assert page.locator(".node.current").count() >= 1


def test_play_runs_to_the_end_and_pauses(open_page: Open) -> None:
    page = open_page(graph())
    page.clock.install(time=0)
    page.clock.pause_at(1000)  # from here on the page's time is the test's, however busy the machine is
    page.locator(".speed").select_option("fast")
    page.locator(".play").click()
    assert page.locator(".play").get_attribute("aria-label") == "Pause"
    page.clock.run_for(1000)
    assert text(page, ".place").startswith("step 2 of")
    page.locator(".play").click()
    page.clock.run_for(1000)
    assert text(page, ".place").startswith("step 2 of")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    page.clock.run_for(60_000)
    last = page.locator(".slider").get_attribute("max")
    assert text(page, ".place") == f"step {last} of {last}"
    assert page.locator(".play").get_attribute("aria-label") == "Play"


# -- looking into a node ------------------------------------------------------------------------------------------


def test_a_click_shows_formula_operands_derivatives_and_paths(open_page: Open) -> None:
    root = graph()
    page = open_page(root)
    page.keyboard.press("End")
    s = next(node for node in ag.topological_order(root) if node.label == "s")
    page.locator(f'[data-node="{position_of(root)[s]}"]').click()
    details = text(page, ".details")
    assert "= w·x + b" in details
    assert "= 0.5·2 + (-0.7) = 0.3000" in details
    assert "∂s/∂w = x = 2" in details
    assert "∂s/∂x = w = 0.5" in details
    explanation = ag.explain(root, s, max_paths=3)
    assert f"{explanation.path_count} paths to the root" in details
    assert page.locator(".paths li").count() == len(explanation.paths) == 2
    assert page.locator(".edge.path").count() >= 3
    page.locator(".details .link", has_text="x").first.click()  # on to an operand
    assert text(page, ".details .heading-2") == "x"
    page.locator('[data-do="close"]').click()
    assert page.locator(".details").is_hidden()
    assert page.locator(".edge.path").count() == 0


def test_the_keyboard_reaches_everything(open_page: Open) -> None:
    page = open_page(graph())
    reached = set()
    focused = "host => (e => e && (e.dataset.do || e.getAttribute('class')))(host.shadowRoot.activeElement)"
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.locator("[data-ag-stepper]").evaluate(focused))
    assert {"first", "back", "play", "next", "last", "speed", "slider", "fit"} <= reached
    page.locator('.target[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert (
        text(page, ".details .heading-2")
        == page.locator('[data-node="1"] .target').get_attribute("aria-label").split(",")[0]
    )
    assert page.locator('[data-node="1"] .target').get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.locator(".details").is_hidden()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.locator('[data-node="0"] .target').get_attribute("aria-pressed") == "true"


def test_a_screen_reader_hears_each_step(open_page: Open) -> None:
    page = open_page(graph())
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("status").inner_text() == "s = w·x + b = 0.5·2 + (-0.7) = 0.3000"
    slider = page.get_by_role("slider", name="Step")
    assert slider.get_attribute("aria-valuetext").startswith("Step 1 of ")
    for name in ("First step", "One step back", "Play", "One step on", "Last step", "Whole graph"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    assert page.get_by_role("button", name="s, value 0.3000, gradient not yet").count() == 1
    page.keyboard.press("End")
    assert (
        page.get_by_role("button", name="loss, value", exact=False).get_attribute("aria-label").endswith("gradient 1")
    )


# -- looks --------------------------------------------------------------------------------------------------------


def rgb(color: str) -> str:
    return "rgb(" + ", ".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5)) + ")"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_light_and_dark_wide_and_narrow(open_page: Open, scheme: str, width: int) -> None:
    page = open_page(graph(), width=width, height=740, color_scheme=scheme)
    palette = theme.LIGHT if scheme == "light" else theme.DARK
    page.keyboard.press("End")
    page.locator("[data-node]").last.click()
    page.keyboard.press("ArrowLeft")
    style = "e => [getComputedStyle(document.body).backgroundColor, getComputedStyle(e).color]"
    assert page.locator(".stepper").evaluate(style) == [rgb(palette["background"]), rgb(palette["ink"])]
    assert page.locator(".graph > polygon").first.evaluate("e => getComputedStyle(e).fill") == rgb(
        palette["background"]
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (".controls", ".step", ".details", ".drawing"):
        box = page.locator(selector).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_the_current_node_is_in_view_on_a_phone(open_page: Open) -> None:
    page = open_page(graph(), width=360, height=740)
    frame = page.locator(".drawing").bounding_box()
    for _ in range(int(page.locator(".slider").get_attribute("max"))):
        page.keyboard.press("ArrowRight")
        boxes = page.locator(".node.current > rect.halo").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right])"
        )
        assert any(left >= frame["x"] - 1 and right <= frame["x"] + frame["width"] + 1 for left, right in boxes)
    assert page.evaluate("scrollX") == 0


def test_motion_only_for_those_who_want_it(open_page: Open) -> None:
    for motion, animation in (("reduce", "none"), ("no-preference", "flow")):
        page = open_page(graph(), reduced_motion=motion)
        page.keyboard.press("ArrowRight")
        assert (
            page.locator(".edge.current > path").first.evaluate("e => getComputedStyle(e).animationName") == animation
        )


def test_texts_stay_inside_their_nodes(open_page: Open) -> None:
    a = ag.Value(1.5, "a")  # a narrow node, with long numbers on the way
    page = open_page((a * a + a) / a)
    for _ in range(int(page.locator(".slider").get_attribute("max")) + 1):
        widest = page.locator(".node").evaluate_all(
            "all => Math.max(...all.flatMap(n => [...n.querySelectorAll('text')].map("
            "t => t.getBBox().width - n.querySelector('rect:not(.halo)').getBBox().width)))"
        )
        assert widest <= 0
        page.keyboard.press("ArrowRight")


# -- where it stands ----------------------------------------------------------------------------------------------


def test_several_steppers_in_one_notebook_do_not_meet(open_page: Open) -> None:
    first, second = ag.stepper(graph(), view="graph"), ag.stepper(ag.tanh(ag.Value(0.5, "x")))
    page = open_page(notebook(first._repr_html_(), second._repr_html_()))
    hosts = page.locator("[data-ag-stepper]")
    assert hosts.count() == 2
    for index in range(2):
        assert hosts.nth(index).locator(".drawing").is_visible()
    hosts.nth(0).locator('[data-do="next"]').click()
    hosts.nth(0).locator('[data-do="next"]').press("ArrowRight")
    assert [text(hosts.nth(index), ".place").split()[1] for index in range(2)] == ["2", "0"]
    hosts.nth(1).locator('[data-node="0"]').click()
    assert hosts.nth(0).locator(".details").is_hidden()
    assert hosts.nth(1).locator(".details").is_visible()
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 1, "y": 1})
    page.keyboard.press("ArrowRight")  # outside, keys are the notebook's
    assert [text(hosts.nth(index), ".place").split()[1] for index in range(2)] == ["2", "0"]
    ids = page.evaluate(
        "[document, ...[...document.querySelectorAll('[data-ag-stepper]')].map(h => h.shadowRoot)]"
        ".flatMap(root => [...root.querySelectorAll('[id]')].map(e => e.id))"
    )
    assert len({element for element in ids if element.startswith("ag-")}) == 2
    color = hosts.nth(0).locator(".stepper").evaluate("e => getComputedStyle(e).color")
    assert color == rgb(theme.DARK["ink"]), "the notebook's theme decides, not the system's"
    picture = hosts.nth(0).locator(".graph > polygon").first.evaluate("e => getComputedStyle(e).fill")
    assert picture == rgb(theme.DARK["background"])


def test_nothing_is_left_in_the_page(open_page: Open) -> None:
    empty = open_page("<!doctype html><body></body>").evaluate("Object.getOwnPropertyNames(window).length")
    page = open_page(notebook(ag.stepper(graph(), view="graph")._repr_html_()))
    page.locator('[data-do="next"]').click()
    assert page.evaluate("Object.getOwnPropertyNames(window).length") == empty


def test_without_scripts_the_drawing_stands_there(open_page: Open) -> None:
    page = open_page(graph(), java_script_enabled=False)
    image = page.locator("img")
    assert image.is_visible()
    size = image.bounding_box()
    assert size["width"] > 400
    assert size["height"] > 100
    assert page.evaluate("document.images[0].naturalWidth") > 400
    assert "No scripts run here" in page.locator("p").inner_text()


def test_a_viewer_that_takes_scripts_and_styles_out_keeps_the_drawing(open_page: Open) -> None:
    shown = ag.stepper(graph(), view="graph")._repr_html_()
    page = open_page(re.sub(r"<(script|style).*?</\1>", "", shown, flags=re.DOTALL))
    assert page.evaluate("document.images[0].naturalWidth") > 400


def test_labels_with_markup_are_text(open_page: Open) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--%3Cscript%3E"
    x = ag.Value(2.0, evil)
    root = ag.tanh(x * 0.5)
    page = open_page(root)
    page.keyboard.press("End")
    page.locator(f'[data-node="{position_of(root)[x]}"]').click()
    assert text(page, ".details .heading-2").startswith("</script><script>alert(1)")
    assert page.locator("script, .stepper img").count() == 2


def test_nan_and_inf_are_shown(open_page: Open) -> None:
    x = ag.Value(0.0, "x")
    root = ag.sqrt(x) * ag.Value(-2.0, "y") + x / x
    page = open_page(root)
    expected = gradients_by_step(root)[-1]
    page.keyboard.press("End")
    assert {"nan"} <= set(expected.values())
    assert shown_gradients(page) == expected


def test_a_large_graph_is_stepped_by_boxes(open_page: Open) -> None:
    model = nn.MLP(8, [20, 20, 1], seed=1)
    root = nn.losses.squared_error(model([ag.Value(0.1 * index, f"x.{index}") for index in range(8)]), 1.0)
    page = open_page(root)
    assert "a step is all that happens in a row in one box" in text(page, ".step")
    page.keyboard.press("End")
    assert page.locator(".node:not(.waiting)").count() == page.locator(".node").count()
    assert page.locator(".gradient", has_text="not yet").count() == 0
    assert page.locator(".gradient", has_text="so far").count() == 0
    assert page.locator(".gradient", has_text="grad up to ±").count() >= 2
