"""Drawings in JupyterLab itself: in a notebook that is not trusted, as any in a fresh clone, and in one that is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import autograd_core as ag
from tests.drawing.test_network import network_loss
from tests.support import browser

pytestmark = pytest.mark.slow


def notebook() -> dict[str, Any]:
    """A notebook with a network, a graph and a Value in its outputs, as if its cells had been run."""
    loss, model = network_loss([4, 8, 3])
    value: Any = ag.exp(ag.Value(1.0, "x") * 2.0)
    bundles = [
        ag.draw(loss, highlight=model.layers[0].neurons[2].weights[1])._repr_mimebundle_(),
        ag.draw(network_loss([2, 3, 1])[0], view="graph")._repr_mimebundle_(),
        {"text/html": value._repr_html_(), "text/plain": repr(value)},
    ]
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "execution_count": number,
            "metadata": {},
            "source": f"# {number}",
            "outputs": [{"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": bundle}],
        }
        for number, bundle in enumerate(bundles, 1)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with the two notebooks."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("lab")
    directories = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | directories | {"HOME": str(home)}
    notebooks = home / "notebooks"
    notebooks.mkdir()
    (notebooks / "untrusted.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
    (notebooks / "trusted.ipynb").write_text(json.dumps(notebook() | {"metadata": {"mine": True}}), encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "trust", str(notebooks / "trusted.ipynb")]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--IdentityProvider.token=",
        f"--notebook-dir={notebooks}",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status")
        yield address
    finally:
        server.kill()  # it waits for its kernels otherwise, and there is nothing to save
        server.wait()


def wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("JupyterLab did not start")


chromium = pytest.fixture(scope="module")(browser.started)


def outputs_of(chromium: Any, lab: str, name: str) -> tuple[Any, Any]:
    """A page with the notebook, and its outputs."""
    page = chromium.new_page(viewport={"width": 1300, "height": 1600})
    page.goto(f"{lab}/lab/tree/{name}.ipynb?reset")
    outputs = page.locator(".jp-OutputArea-output:visible")
    outputs.nth(2).wait_for(timeout=60_000)
    page.locator(".jp-Dialog").wait_for()  # which kernel it is to have
    page.keyboard.press("Escape")
    page.locator(".jp-Dialog").wait_for(state="detached")
    return page, outputs


def test_where_the_notebook_is_not_trusted_drawings_are_images(chromium: Any, lab: str) -> None:
    page, outputs = outputs_of(chromium, lab, "untrusted")
    images = outputs.locator("img")
    assert images.count() == 3
    page.wait_for_function(
        "[...document.querySelectorAll('.jp-OutputArea-output img')].every(i => i.naturalWidth > 100)"
    )
    assert [output.inner_text().strip() for output in outputs.all()][:2] == ["", ""], "no heap of texts"
    for image in images.all():
        assert 200 < image.bounding_box()["width"] <= outputs.first.bounding_box()["width"]
    page.close()


def test_where_it_is_trusted_they_fit_and_a_click_shows_their_full_size(chromium: Any, lab: str) -> None:
    page, outputs = outputs_of(chromium, lab, "trusted")
    pictures = outputs.locator(".view svg")
    pictures.nth(2).wait_for()
    assert pictures.count() == 3
    assert pictures.first.bounding_box()["width"] <= outputs.first.bounding_box()["width"]
    pictures.first.click(position={"x": 300, "y": 200})
    assert pictures.first.bounding_box()["width"] == pytest.approx(1200, abs=1)
    assert outputs.first.evaluate("output => output.scrollWidth <= output.clientWidth"), "the panel scrolls"
    page.close()
