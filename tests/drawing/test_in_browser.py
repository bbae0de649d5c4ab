"""Drawings in a real browser: they fit the width, show their full size on a click, zoom, and change the sample."""

from __future__ import annotations

from typing import Any

import pytest

import autograd_core as ag
from autograd_core import theme
from autograd_core.notation.columns import column_number
from tests.drawing.test_network import batch_loss, network_loss
from tests.support import browser

pytestmark = pytest.mark.slow


chromium = pytest.fixture(scope="module")(browser.started)


def opened(chromium: Any, drawing: ag.Drawing, width: int = 900, scripts: bool = True, **options: Any) -> Any:
    """The output of a drawing in a page of its own."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, reduced_motion="reduce", **options
    )
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    html = drawing._repr_mimebundle_()["text/html"]
    page.set_content(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{html}")
    return page


def width_of(page: Any, selector: str) -> float:
    width: float = page.locator(selector).bounding_box()["width"]
    return width


@pytest.mark.parametrize("view", ["network", "graph"])
def test_it_fits_and_a_click_shows_its_full_size(chromium: Any, view: Any) -> None:
    page = opened(chromium, ag.draw(network_loss([4, 8, 3])[0], view=view))
    assert width_of(page, ".view svg") <= width_of(page, ".view")
    page.mouse.click(500, 300)
    full = width_of(page, ".view svg")
    assert full == pytest.approx(1200 if view == "network" else full, abs=1)
    assert full > 870
    assert page.evaluate("document.documentElement.scrollWidth") <= 900, "the panel scrolls, not the page"
    before = page.evaluate("document.querySelector('.view').scrollLeft")
    page.mouse.move(500, 300)
    page.mouse.down()
    page.mouse.move(600, 300, steps=4)
    page.mouse.up()
    after = page.evaluate("document.querySelector('.view').scrollLeft")
    assert after < before or before == 0
    assert width_of(page, ".view svg") == full, "a drag is no click"
    page.mouse.click(500, 300)
    assert width_of(page, ".view svg") <= width_of(page, ".view")
    assert page.troubles == []


def test_buttons_wheel_and_keys_zoom_and_leave_the_hosts_shortcuts_alone(chromium: Any) -> None:
    page = opened(chromium, ag.draw(network_loss([2, 3, 1])[0]))
    fitting = width_of(page, ".view svg")
    page.get_by_role("button", name="+").click()
    assert width_of(page, ".view svg") == pytest.approx(1.25 * fitting, rel=0.01)
    page.get_by_role("button", name="Fit").click()
    page.mouse.move(400, 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -150)
    page.keyboard.up("Control")
    page.wait_for_function(f"document.querySelector('.view svg').getBoundingClientRect().width > {1.3 * fitting}")
    page.locator(".view").focus()
    page.keyboard.press("1")
    assert width_of(page, ".view svg") == pytest.approx(1200, abs=1)
    page.evaluate("document.addEventListener('keydown', event => { window.prevented = event.defaultPrevented })")
    page.keyboard.press("Control+s")
    assert page.evaluate("window.prevented") is False
    assert page.troubles == []


def test_on_a_phone_it_begins_in_full_size_with_what_is_highlighted_in_sight(chromium: Any) -> None:
    loss, model = network_loss([4, 8, 3])
    page = opened(chromium, ag.draw(loss, highlight=model.layers[1].neurons[2].weights[1]), width=390)
    assert width_of(page, ".view svg") == pytest.approx(1200, abs=1)
    mark, view = (page.locator(selector).bounding_box() for selector in (".hot", ".view"))
    assert view["x"] <= mark["x"]
    assert mark["x"] + mark["width"] <= view["x"] + view["width"]
    assert view["y"] <= mark["y"] <= view["y"] + view["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_it_is_an_image_that_fits(chromium: Any) -> None:
    page = opened(chromium, ag.draw(network_loss([4, 8, 3])[0]), width=600, scripts=False)
    box = page.locator("img").bounding_box()
    assert 500 < box["width"] <= 600
    assert box["height"] > 300, "the address is that of a picture"


def test_the_sample_of_a_batch_is_chosen(chromium: Any) -> None:
    mean, _ = batch_loss(12)
    page = opened(chromium, ag.draw(mean))
    shown = {}
    for sample in (5, 0):
        page.get_by_role("spinbutton").fill(str(sample))
        shown[sample] = page.locator(".loss text").nth(1).text_content().split("= ")[-1]
    losses = mean.operands
    assert shown[5] == column_number(losses[5].data, 4)  # type: ignore[union-attr]
    assert shown[0].endswith(column_number(losses[0].data, 4))  # type: ignore[union-attr]
    assert page.troubles == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colours_are_those_of_the_page(chromium: Any, scheme: str) -> None:
    palette = {"light": (theme.LIGHT, theme.NETWORK_LIGHT), "dark": (theme.DARK, theme.NETWORK_DARK)}[scheme]
    page = opened(chromium, ag.draw(network_loss([2, 3, 1])[0]), color_scheme=scheme)
    fill = "element => getComputedStyle(element).fill"
    colors = [page.locator(selector).first.evaluate(fill) for selector in (".page", ".card", ".term .w")]
    expected = [palette[0]["background"], palette[1]["card"], palette[1]["weight-text"]]
    assert colors == ["rgb(" + ", ".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5)) + ")" for color in expected]


def test_bold_numbers_of_a_highlighted_row_are_no_wider_than_others(chromium: Any) -> None:
    loss, model = network_loss([4, 8, 3])
    page = opened(chromium, ag.draw(loss, highlight=model.layers[1].neurons[2].weights[1]), width=1300)
    bold, plain = (
        page.locator(".view svg").evaluate(
            """(svg, style) => [...svg.querySelectorAll(".hot ~ .b")].map((number) => {
              number.style.cssText = style;
              number.lastChild.data = "−0.0862";
              return number.getComputedTextLength();
            })""",
            style,
        )
        for style in ("", "font-weight: 400; letter-spacing: 0")
    )
    assert bold
    assert all(wide <= narrow + 0.5 for wide, narrow in zip(bold, plain, strict=True))
