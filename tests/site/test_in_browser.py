"""The site in a real browser: on a phone, a tablet and a desk, light and dark, with the notebooks' pages alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.support.site import Built

pytestmark = pytest.mark.slow

WIDTHS = (390, 900, 1400)
NOT_LOOKED_AT = {"genindex.html", "py-modindex.html", "search.html"}
Opens = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any, site: Built) -> Iterator[Opens]:
    """Opens pages of the site. In the end none may have had an error or asked for what is not of the site."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def note(page: Any, message: Any) -> None:
        troubles.append(f"{page.url}: {message.text}")

    def open_page(width: int, color_scheme: str = "light") -> Callable[[str], Any]:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=color_scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(page, message) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: troubles.append(f"{page.url}: no {request.url[:200]}"))
        page.on("request", lambda request: troubles.append(request.url) if foreign(request.url) else None)

        def go_to(name: str) -> Any:
            page.goto(f"{site.folder.as_uri()}/{name}")
            return page

        return go_to

    def foreign(url: str) -> bool:
        return not url.startswith((site.folder.as_uri(), "data:", "blob:"))

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


BEYOND = """() => {
    const scrolls = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    const reached = element => element.tagName != "ARTICLE" && (scrolls(element) || reached(element.parentElement));
    const isBeyond = element => element.getBoundingClientRect().right > innerWidth + 1 && !reached(element);
    const found = [...document.querySelectorAll("article *")].filter(isBeyond).map(element => element.outerHTML);
    return document.documentElement.scrollWidth > innerWidth ? ["the page", ...found] : found;
}"""
"""What stands beyond the right edge of the screen, and cannot be scrolled to by itself."""


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(opened: Opens, site: Built, width: int) -> None:
    """What is wider scrolls by itself, as tables and code do."""
    go_to = opened(width)
    beyond = {name: go_to(name).evaluate(BEYOND) for name in site.pages.keys() - NOT_LOOKED_AT}
    assert {name: [element[:200] for element in found] for name, found in beyond.items() if found} == {}


def test_a_page_that_is_too_wide_is_seen(opened: Opens) -> None:
    page = opened(390)("index.html")
    wide = "<div style='width: 500px'>x</div>"
    add = "html => document.querySelector('article').insertAdjacentHTML('beforeend', html)"
    page.evaluate(add, f"<div style='overflow-x: auto'>{wide}</div>")
    assert page.evaluate(BEYOND) == []
    page.evaluate(add, wide)
    assert len(page.evaluate(BEYOND)) >= 1


def live_page(site: Built) -> str:
    """The first notebook with a page to step through."""
    pages = [name for name in site.pages if "data-ag-stepper" in (site.folder / name).read_text(encoding="utf-8")]
    return min(pages)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_in_a_notebook_answers_to_clicks(opened: Opens, site: Built, width: int) -> None:
    stepper = opened(width)(live_page(site)).locator("[data-ag-stepper]").first
    place, told = stepper.locator(".place"), stepper.locator(".panel.step")
    assert place.inner_text().removeprefix("step ").startswith("0 of ")
    before = told.inner_text()
    stepper.get_by_label("One step on").click()
    assert place.inner_text().removeprefix("step ").startswith("1 of ")
    assert told.inner_text() != before
    stepper.get_by_label("One step back").click()
    assert told.inner_text() == before


def background(page: Any, selector: str) -> str:
    """What an element, or the nearest around it with a colour, is painted on."""
    color: str = page.locator(selector).first.evaluate("""element => {
        for (let e = element; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if (color !== "rgba(0, 0, 0, 0)") return color;
        }
        return "rgb(255, 255, 255)";
    }""")
    return color


def is_dark(color: str) -> bool:
    red, green, blue = (int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(","))
    return red + green + blue < 3 * 80


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_and_what_notebooks_show_are_light_or_dark_together(opened: Opens, site: Built, scheme: str) -> None:
    page = opened(1400, scheme)(live_page(site))
    parts = ["article", "div.cell_input pre", "[data-ag-stepper]"]
    assert [is_dark(background(page, part)) for part in parts] == [scheme == "dark"] * len(parts)


def test_the_readers_choice_reaches_what_notebooks_show(opened: Opens, site: Built) -> None:
    page = opened(1400, "light")(live_page(site))
    seen = set()
    for _ in range(3):  # automatic, light, dark
        page.locator(".theme-toggle:visible").first.click()
        page.wait_for_function(
            "(document.documentElement.getAttribute('theme') ?? 'auto') === document.body.dataset.theme"
        )
        article, stepper = background(page, "article"), background(page, "[data-ag-stepper]")
        assert is_dark(article) == is_dark(stepper)
        seen.add(is_dark(article))
    assert seen == {False, True}


@pytest.fixture
def served(site: Built) -> Iterator[str]:
    """The site's address on a server of its own: browsers do not let a search read files."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site.folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_search_finds_a_function(chromium: Any, served: str) -> None:
    page = chromium.new_page()
    page.goto(f"{served}/search.html?q=logsumexp")
    page.wait_for_selector("#search-results a[href*='site/api/functions.html']")
    page.close()
