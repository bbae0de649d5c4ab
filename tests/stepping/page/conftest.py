"""A browser for the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
from tests.support import browser
from tests.support.pages import Open

chromium = pytest.fixture(scope="module")(browser.started)


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a stepper, or HTML, as a page. In the end no page may have had an error or asked for another file."""
    troubles: list[str] = []
    opened: list[Any] = []

    def open_page(
        content: ag.Value | ag.Stepper | str, width: int = 1280, height: int = 900, address: str = "", **options: Any
    ) -> Any:
        path = tmp_path / f"page{len(opened)}.html"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            stepper = content if isinstance(content, ag.Stepper) else ag.stepper(content, view="graph")
            stepper.save(path)
        options = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce", **options}
        page = chromium.new_page(**options)
        opened.append(page)
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: troubles.append(request.url) if foreign(request.url, path) else None)
        page.goto(path.as_uri() + address)
        return page

    def foreign(url: str, path: Path) -> bool:
        return url.partition("#")[0] != path.as_uri() and not url.startswith("data:")

    yield open_page
    for page in opened:
        page.close()
    assert troubles == []
