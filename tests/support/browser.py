"""The Chromium of this machine, for the tests of pages: where it is, and how it runs without screen and network."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from typing import Any, NoReturn

from tests.support.needed import skip_or_fail

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The program. Where there is none the test is skipped, or fails if REQUIRE_BROWSER is set, as in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := shutil.which(name):
            return program
    return skip("there is no Chromium to show the page in: apt install chromium")


def skip(reason: str) -> NoReturn:
    """Skip a test that needs a browser, or fail where it has to run."""
    skip_or_fail(reason, "REQUIRE_BROWSER")


def started() -> Iterator[Any]:
    """A fixture: the browser, driven by Playwright; skipped where either is missing, except in CI."""
    program = chromium()
    try:
        driver: Any = importlib.import_module("playwright.sync_api")
    except ImportError:
        skip("there is no Playwright to drive the page with: pip install 'autograd-core[browser]'")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()
