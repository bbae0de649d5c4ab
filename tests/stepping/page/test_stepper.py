"""The stepper without a browser: its steps are those of the engine, and its page is one sound file."""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

import autograd_core as ag
import nn
from autograd_core.__main__ import main
from autograd_core.drawing.arrangement import Constant, arrange
from autograd_core.drawing.graphviz import NoRendererError, render
from autograd_core.stepping.page.assets import PAGES, STYLES
from autograd_core.stepping.page.box_data import MOST_STEPS
from autograd_core.stepping.page.slim_svg import slim
from tests.support.graphs import graphs
from tests.support.pages import data_in, twin

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</script><script>alert(1)</script><!--\u2028 ']]>%20#&amp;"


def network_loss(*sizes: int) -> ag.Value:
    model = nn.MLP(sizes[0], list(sizes[1:]), seed=1)
    output = model([ag.Value(0.1 * index - 0.2, f"x.{index}") for index in range(sizes[0])])
    loss: ag.Value = nn.losses.squared_error(output, [1.0] * sizes[-1] if sizes[-1] > 1 else 1.0)
    loss.label = "loss"
    return loss


def arithmetic(size: int, seed: int) -> ag.Value:
    """A graph of so many nodes, most of them with two operands."""
    generator = random.Random(seed)
    nodes = [ag.Value(generator.uniform(0.5, 1.0), f"x{index}") for index in range(5)]
    leaves = nodes[:]
    while len(nodes) < size:
        other = generator.choice(nodes[-12:])
        nodes.append(generator.choice([nodes[-1] * generator.choice(leaves), nodes[-1] / 3.0, nodes[-1] - other]))
    return nodes[-1]


# -- the steps ----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(root=graphs())
def test_stepping_leaves_the_users_graph_alone(root: ag.Value) -> None:
    nodes = ag.topological_order(root)
    for node in nodes:
        node.grad = 123.0
    ag.stepper(root)
    assert all(node.grad == 123.0 for node in nodes)


def test_nodes_whose_formula_is_long_get_names() -> None:
    x, y = ag.Value(0.5, "x"), ag.Value(2.0, "v1")
    root = ag.exp((x + y) * (x - y) / (x * y + 1.0) - (y / x - x)) * 2.0
    names = [node["name"] for node in ag.stepper(root)._data["nodes"]]
    assert "x + v1" in names
    assert "z₁" in names
    assert "v₁" not in names, "a letter that could be taken for a label is not used"
    assert not any("…" in name or len(name) > 24 for name in names)
    assert all(node.label in ("", "x", "v1") for node in ag.topological_order(root))


# -- larger graphs ------------------------------------------------------------------------------------------------


def test_a_large_graph_is_stepped_box_by_box() -> None:
    loss = network_loss(8, 20, 20, 3)
    expected = twin(loss)
    expected.backward()
    page = ag.stepper(loss, view="graph")
    data = page._data
    assert "one box" in data["note"]
    assert len(data["nodes"]) < 300
    assert page.step_count < 200
    shown = {position: (text, exact) for step in data["steps"] for position, text, exact in step.get("grads", [])}
    boxes = arrange(expected, 300).boxes
    assert shown.keys() == {
        position for position, box in enumerate(boxes) if any(not isinstance(item, Constant) for item in box.members)
    }
    for position, (text, exact) in shown.items():
        members = [item for item in boxes[position].members if not isinstance(item, Constant)]
        single = len(boxes[position].members) == 1
        assert float(exact) == (members[0].grad if single else max(abs(member.grad) for member in members))
        assert ("up to ±" in text) != single
    complete = [position for step in data["steps"] for position in step.get("complete", [])]
    assert sorted(complete) == sorted(shown)
    ids = [edge["id"] for edge in data["edges"]]
    assert len(ids) == len(set(ids))


def test_a_node_that_two_boxes_use_has_part_of_its_gradient_after_the_first() -> None:
    x = ag.Value(0.3, "x")
    total = ag.Value(0.0, "start") + 0.0
    parts = []
    for name in ("first", "second"):
        value = x
        for index in range(40):
            value = ag.tanh(ag.dot([ag.Value(1.01, f"{name}.layers.{index}.w")], [value], 0.0))
        parts.append(value)
        total = total + value
    page = ag.stepper(total, view="graph", max_nodes=30)
    position = next(index for index, node in enumerate(page._data["nodes"]) if node["name"] == "x")
    gradients = [
        float(exact) for step in page._data["steps"] for node, _, exact in step.get("grads", []) if node == position
    ]
    total.backward()
    assert gradients == [pytest.approx(x.grad / 2.0, rel=1e-14), x.grad]


@pytest.mark.slow
def test_steps_of_a_very_large_graph_are_limited() -> None:
    value = ag.Value(1.0, "x")
    for index in range(5000):
        value = ag.tanh(value) if index % 2 else value * 1.01
    page = ag.stepper(value)
    assert page.step_count <= 2 * MOST_STEPS + 1
    assert len(json.dumps(page._data)) < 500_000


# -- the page -----------------------------------------------------------------------------------------------------


def test_the_page_is_one_file_without_a_network(tmp_path: Path) -> None:
    path = tmp_path / "steps.html"
    path.write_text("an older page")
    ag.stepper(network_loss(2, 3, 1)).save(path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]
    addresses = re.findall(r"https?://[^\s\"'<>)]+", page)
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}, "the name of SVG, not a place to load from"
    assert not re.search(r"<link|@import|<script[^>]* src", page)


@pytest.mark.slow
@pytest.mark.parametrize("root", [network_loss(4, 7, 4, 1), arithmetic(100, 4)], ids=["network", "arithmetic"])
def test_a_page_of_100_nodes_is_small(root: ag.Value, tmp_path: Path) -> None:
    assert len(ag.topological_order(root)) == 100
    assert math.isfinite(root.data)
    ag.stepper(root).save(tmp_path / "steps.html")
    assert (tmp_path / "steps.html").stat().st_size < 250_000


def test_labels_are_text_everywhere(tmp_path: Path) -> None:
    x = ag.Value(2.0, EVIL)
    root = ag.tanh(x * x)
    root.label = EVIL
    path = tmp_path / "steps.html"
    ag.stepper(root).save(path)
    page = path.read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script") == 2
    assert page.count("<!--") == 0
    assert "alert(1)" in page
    assert not {"\u2028", "\u2029"} & set(page)
    assert any("</script>" in node["name"] for node in data_in(page)["nodes"])


def test_nan_and_inf_survive(tmp_path: Path) -> None:
    x, y = ag.Value(0.0, "x"), ag.Value(math.inf, "y")
    ag.stepper(ag.sqrt(x) * y + x / x).save(tmp_path / "steps.html")
    data = data_in((tmp_path / "steps.html").read_text(encoding="utf-8"))
    assert {"inf", "nan"} <= {node["exact"] for node in data["nodes"]}
    assert "inf" in {edge["local"] for edge in data["edges"]}


def test_a_notebook_gets_elements_with_ids_of_their_own() -> None:
    page = ag.stepper(network_loss(2, 3, 1))
    shown = [page._repr_html_(), page._repr_html_(), ag.stepper(network_loss(2, 3, 1))._repr_html_()]
    ids = [re.findall(r'\bid="([^"]+)"', re.sub(r"src='[^']*'|<script.*?</script>", "", text)) for text in shown]
    assert len({element for (element,) in ids}) == 3


def test_the_image_stands_before_all_scripts_and_says_what_it_is() -> None:
    shown = ag.stepper(network_loss(2, 3, 1))._repr_html_()
    image = re.search(r"<img alt=\"([^\"]+)\" src='data:image/svg", shown)
    assert image
    assert image.start() < shown.index("<script")
    assert re.fullmatch(r"drawing of a 2-3-1 network with \d+ nodes", image[1])


def test_it_says_what_it_is() -> None:
    page = ag.stepper(ag.Value(2.0, "x") * 3.0)
    assert str(page) == "stepper of 4 steps, drawing of 3 nodes and 2 edges"
    assert repr(page) == f"<{page}>"


def test_all_of_the_page_is_in_the_package() -> None:
    folder = files("autograd_core.stepping.page")
    used = {f"script/{name}.js" for name in chain(*PAGES.values())} | {f"style/{name}.css" for name in STYLES}
    there = {f"{room}/{file.name}" for room in ("script", "style") for file in folder.joinpath(room).iterdir()}
    assert used == there
    for name in used:
        content = folder.joinpath(name).read_text(encoding="utf-8")
        assert len(content.splitlines()) <= 400
        assert "</script" not in content
        assert "`\n" not in content, "lines lose the space they begin with, so no text may go over several"


def test_the_command_line_saves_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "steps.html"
    assert main(["tanh(w * x)", "w=2", "x=3", "--page", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"step by step in {path}\n")
    assert data_in(path.read_text(encoding="utf-8"))["nodes"]
    assert main(["x", "x=1", "--page", str(tmp_path / "steps.txt")]) == 2
    assert "--page: cannot save a page" in capsys.readouterr().err


def test_numbers_can_be_changed_without_numpy() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "import autograd_core as ag\n"
        "page = ag.stepper(ag.tanh(ag.dot([ag.Value(0.5)], [ag.Value(2.0)], ag.Value(1.0))))\n"
        "print('functions' in page._data)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed == "True\n"


# -- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", [1.0, None, "x", [ag.Value(1.0)]])
def test_a_root_that_is_no_value_is_refused(root: Any) -> None:
    with pytest.raises(TypeError, match=r"stepper\(\) starts at a Value, got"):
        ag.stepper(root)


def test_options_are_checked_as_by_draw() -> None:
    with pytest.raises(ValueError, match="max_nodes is a whole number, 30 or more"):
        ag.stepper(ag.Value(1.0) * 2.0, max_nodes=3)
    with pytest.raises(ValueError, match="mode is one of steps, explore, practice; got 'play'"):
        ag.stepper(ag.Value(1.0) * 2.0, mode="play")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="view is one of auto, network, graph; got 'tree'"):
        ag.stepper(ag.Value(1.0) * 2.0, view="tree")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r'this graph has no neurons.*draw it with view="graph"'):
        ag.stepper(ag.Value(1.0) + 2.0, view="network")


def test_a_name_that_says_no_page_is_refused(tmp_path: Path) -> None:
    page = ag.stepper(ag.Value(1.0) * 2.0)
    for name in ("steps", "steps.svg", "steps.html.txt"):
        with pytest.raises(ValueError, match=r"must end in one of \.html, \.htm"):
            page.save(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        page.save(tmp_path / "nowhere" / "steps.html")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "steps.html"
    path.write_text("an older page")

    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        ag.stepper(ag.Value(1.0) * 2.0).save(path)
    assert path.read_text() == "an older page"
    assert list(tmp_path.iterdir()) == [path]


def test_without_graphviz_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    page = ag.stepper(ag.Value(1.0) * 2.0)
    with pytest.raises(NoRendererError, match=r"apt install graphviz.*pip install .autograd-core\[draw\]"):
        page.save(tmp_path / "steps.html")
    assert "apt install graphviz" in page._repr_html_()
    assert list(tmp_path.iterdir()) == []


# -- the small picture --------------------------------------------------------------------------------------------


def test_the_small_picture_has_all_that_graphvizs_has() -> None:
    drawn = render(ag.draw(network_loss(2, 3, 1), view="graph").source, "svg").decode()
    large, small = ElementTree.fromstring(drawn), ElementTree.fromstring(slim(drawn))

    def groups(picture: ElementTree.Element) -> dict[str, list[str]]:
        return {
            group.attrib["id"]: ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]
            for group in picture.iter(f"{SVG}g")
            if group.get("class") in ("node", "edge")
        }

    assert groups(small) == groups(large)
    texts = [["".join(text.itertext()) for text in picture.iter(f"{SVG}text")] for picture in (small, large)]
    assert texts[0] == texts[1]
    shapes = [len([*picture.iter(f"{SVG}path"), *picture.iter(f"{SVG}polygon")]) for picture in (small, large)]
    assert shapes[0] + len([*small.iter(f"{SVG}rect")]) == shapes[1]
    assert small.get("viewBox") == large.get("viewBox")
    assert len(slim(drawn)) < 0.45 * len(drawn)


def test_no_name_of_a_style_is_missing_in_the_small_picture() -> None:
    small = slim(render(ag.draw(network_loss(2, 3, 1), view="graph").source, "svg").decode())
    used = set(re.findall(r'class="(s\d+)"', small))
    assert used == set(re.findall(r"\.(s\d+)\{", small))
