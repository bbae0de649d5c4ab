"""The site, built once, and a browser to look at it."""

from __future__ import annotations

import os

import pytest

from tests.support import browser
from tests.support.site import Built, built_once, skip_without_sphinx

chromium = pytest.fixture(scope="module")(browser.started)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What Sphinx made of this checkout, with its warnings as errors."""
    skip_without_sphinx()
    own = tmp_path_factory.getbasetemp()
    built = built_once(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    assert built.status == 0, built.said
    return built
