"""Drawings: what their DOT says, what both renderers make of it, and how they show themselves."""

from __future__ import annotations

import itertools
import math
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core import theme
from autograd_core.drawing import graphviz as rendering
from autograd_core.drawing.arrangement import arrange
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graph_picture import GraphPicture
from autograd_core.drawing.look import KIND_SYMBOLS, ROLE_FILLS
from autograd_core.graph import edge_kind
from autograd_core.notation.expression import is_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number
from autograd_core.roles.recognise import network_of
from tests.support import browser
from tests.support.dot import graph_of, lines, neuron_with_loss, read

SVG = "{http://www.w3.org/2000/svg}"


# -- reading DOT --------------------------------------------------------------------------------------------------


def network_loss(sizes: list[int], seed: int = 0) -> tuple[ag.Value, nn.MLP]:
    model = nn.MLP(sizes[0], sizes[1:], seed=seed)
    outputs = model([0.1 * i for i in range(sizes[0])])
    loss: ag.Value = nn.losses.squared_error(outputs, [1.0] * sizes[-1] if sizes[-1] > 1 else 1.0)
    loss.label = "loss"
    return loss, model


def one_more(generator: random.Random, pool: list[ag.Value]) -> ag.Value:
    """A node computed from some of the pool."""
    a, b, c = generator.choices(pool, k=3)
    made: ag.Value = (a * b, a + 0.5, ag.tanh(a), ag.dot([a, 2.0], [b, c], 1.0))[generator.randrange(4)]
    return made


# -- what is drawn ------------------------------------------------------------------------------------------------


def test_a_neuron_shows_values_gradients_and_the_three_kinds_of_derivative() -> None:
    loss = neuron_with_loss()
    loss.backward()
    dot = read(graph_of(loss))
    assert lines(dot.node("w 0.5")["label"]) == ["w 0.5", "grad -0.8707"]
    assert lines(dot.node("s = dot")["label"]) == ["s = dot", "0.75", "grad -0.4353"]
    assert lines(dot.node("o = tanh")["label"]) == ["o = tanh", "0.6351", "grad -0.7297"]
    assert lines(dot.node("loss = squared_error")["label"])[2] == "grad 1"
    assert lines(dot.node("1")["label"]) == ["1"]

    labels = [edge.get("label") for edge in dot.edges.values()]
    assert sorted(filter(None, labels)) == ["a′ 0.5966", "c′ -0.7297", "w 0.5", "x 1", "x 2"]
    for label, kind in (("x 2", "input"), ("w 0.5", "weight"), ("a′ 0.5966", "activation"), ("c′ -0.7297", "loss")):
        assert dot.edge(label)["color"] == theme.KIND_COLORS[kind]  # type: ignore[index]
        assert f"{label.split()[0]} {theme.KIND_NAMES[kind]}" in dot.legend  # type: ignore[index]
    assert "other" not in dot.legend
    assert "tanh′(s) = 1 − tanh²(s)" in dot.edge("a′ 0.5966")["tooltip"]


def test_what_there_is_one_of_is_counted_as_one() -> None:
    assert str(graph_of(ag.exp(ag.Value(1.0)))) == "drawing of 2 nodes and 1 edge"
    assert str(graph_of(ag.Value(1.0))) == "drawing of 1 node and 0 edges"


def test_a_repeated_operand_has_two_edges() -> None:
    x = ag.Value(3.0, "x")
    drawing = graph_of(x * x)
    dot = read(drawing)
    assert str(drawing) == "drawing of 2 nodes and 2 edges"
    assert {(edge["tail"], edge["head"], edge["label"]) for edge in dot.edges.values()} == {("n0", "n1", "∂ 3")}
    assert set(dot.edges) == {"n1-0", "n1-1"}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), run=st.booleans())
def test_every_node_is_drawn_once_and_every_edge_with_its_local_derivative(seed: int, size: int, run: bool) -> None:
    generator = random.Random(seed)
    pool = [ag.Value(generator.uniform(-1.0, 1.0), f"x{i}") for i in range(3)]
    for _ in range(size):
        pool.append(one_more(generator, pool))
    root = pool[-1]
    if run:
        root.backward()
    order = ag.topological_order(root)
    dot, names, network = read(graph_of(root)), NodeNames(order), network_of(root)

    constants = {
        id(o): o for n in order for i, o in enumerate(n.operands) if type(o) is float and edge_kind(n, i) == "weight"
    }
    unshared = sum(type(o) is float and edge_kind(n, i) != "weight" for n in order for i, o in enumerate(n.operands))
    assert len(dot.nodes) == len(order) + len(constants) + unshared
    texts = Counter(tuple(lines(node["label"])) for node in dot.nodes.values())
    for node in order:
        operation = "" if node.op is None else node.op.name
        heading = [names.of(node) if node.op is None else operation, number(node.data)]
        if node is not root and is_word(name := names.of(node)) and operation:
            heading[0] = f"{name} = {operation}"
        if any(node is parameter for parameter in network.parameters):
            heading = [" ".join(heading)]
        has_run = run or (node.op is None and root is node and node.grad != 0.0)
        assert texts[tuple(heading + [f"grad {number(node.grad)}"] * has_run)] >= 1
    expected = Counter(
        ""
        if (derivative := node.local_derivatives[i]) is None
        or (node in network.neuron_of and network.kind(node, i) == "other")  # within a sum
        else f"{KIND_SYMBOLS[network.kind(node, i)]} {number(derivative)}"
        for node in order
        for i in range(len(node.operands))
    )
    assert Counter(edge["label"] for edge in dot.edges.values()) == expected


def test_edges_lead_from_operands_to_the_node_that_uses_them() -> None:
    loss, model = network_loss([2, 3, 1])
    for drawing in (graph_of(loss), graph_of(neuron_with_loss())):
        dot = read(drawing)
        for identity, edge in dot.edges.items():
            assert identity.startswith(edge["head"] + "-")
        into = Counter(edge["head"] for edge in dot.edges.values())
        for name, node in dot.nodes.items():
            is_leaf = "rounded" in node["style"]
            assert (into[name] == 0) == is_leaf
    assert len(model.parameters()) == 13


def test_leaves_parameters_constants_and_the_root_look_different() -> None:
    loss = neuron_with_loss()
    dot = read(graph_of(loss))
    fills = [dot.node(text)["fillcolor"] for text in ("w 0.5", "x", "1", "s = dot")]
    assert fills == [ROLE_FILLS["parameter"], ROLE_FILLS["leaf"], ROLE_FILLS["constant"], ROLE_FILLS["operation"]]
    assert len(set(ROLE_FILLS.values())) == len(ROLE_FILLS)
    assert dot.node("b -0.25")["fillcolor"] == ROLE_FILLS["parameter"]
    thick = [node for node in dot.nodes.values() if node["penwidth"] == "2.6"]
    assert thick == [dot.node("loss = squared_error")]
    constant = dot.edge("")
    assert (constant["style"], constant["color"]) == ("dashed", theme.LIGHT["line"])
    for role in ("leaf", "parameter", "constant", "operation; the root has a thick frame"):
        assert role in dot.legend

    v, u = ag.Value(2.0, "v"), ag.Value(3.0, "u")
    dot = read(graph_of(v * u, parameters=[v]))
    assert dot.node("v 2")["fillcolor"] == ROLE_FILLS["parameter"]
    assert dot.node("u")["fillcolor"] == ROLE_FILLS["leaf"]


def test_a_number_that_a_layer_shares_is_one_node_and_other_constants_are_one_for_each_use() -> None:
    loss, _ = network_loss([2, 3, 1])
    dot = read(graph_of(loss))
    assert len(dot.nodes) == 13 + 7 + 1 + 2 + 1  # parameters, sums and activations, loss, inputs, target
    x = ag.Value(1.0, "x")
    two = 2.0
    assert len(read(graph_of((x * two) * two)).nodes) == 5


def test_neurons_are_called_by_their_places_and_their_parameters_by_letters() -> None:
    loss, _ = network_loss([2, 3, 1])
    dot = read(graph_of(loss, digits=2))
    titles = [lines(node["label"])[:2] for node in dot.nodes.values()]
    assert [title for title in titles if title[0].startswith("layer")] == [
        *[[f"layer 0 · neuron {index}", "s = Σ w·x + b"] for index in range(3)],
        ["layer 1 · neuron 0", "s = Σ w·x + b"],
    ]
    parameters = [title[0].split()[0] for title in titles if title[0][0] in "wb"]
    assert Counter(parameters) == {"w₀": 4, "w₁": 4, "w₂": 1, "b": 4}
    assert "cluster" not in graph_of(loss).source


def places(svg: str) -> dict[str, tuple[float, float]]:
    """The centres of the drawing's nodes, by their ids."""
    found = {}
    for node in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if node.get("class") == "node":
            text = node.find(f".//{SVG}text")
            assert text is not None
            found[node.get("id", "").rsplit("-", 1)[1]] = float(text.get("x", "")), float(text.get("y", ""))
    return found


def test_parameters_stand_left_of_their_sum_right_of_its_signals_and_in_index_order() -> None:
    loss, _ = network_loss([2, 3, 1])
    drawing = graph_of(loss)
    dot, place = read(drawing), places(drawing.svg())
    sums = [name for name, node in dot.nodes.items() if "Σ" in node["label"]]
    assert len(sums) == 4
    for name in sums:
        into = sorted(
            (edge for edge in dot.edges.values() if edge["head"] == name), key=lambda edge: place[edge["tail"]][1]
        )
        parameters = [edge["tail"] for edge in into if edge["label"].startswith("x ")]
        signals = [edge["tail"] for edge in into if not edge["label"].startswith("x ")]
        assert all(place[tail][0] < place[name][0] for tail in parameters)
        assert max(place[tail][0] for tail in signals) < min(place[tail][0] for tail in parameters)
        letters = [lines(dot.nodes[tail]["label"])[0].split()[0] for tail in parameters]
        assert letters == [*sorted(letters[:-1]), "b"]
    assert [place[name][1] for name in sums[:3]] == sorted(place[name][1] for name in sums[:3])
    assert all(place[edge["tail"]][0] < place[edge["head"]][0] for edge in dot.edges.values()), "left to right"


def test_the_edges_into_a_weighted_sum_are_written_each_weight_before_its_signal_and_the_bias_last() -> None:
    parts = [[ag.Value(0.5, f"{letter}{index}") for index in range(3)] for letter in "wx"]
    dot = read(graph_of(ag.dot(parts[0], parts[1], ag.Value(1.0, "b"))))
    tails = [edge["tail"] for edge in dot.edges.values()]
    headings = {name: lines(node["label"])[0].split()[0] for name, node in dot.nodes.items()}
    assert [headings[tail] for tail in tails] == ["w0", "x0", "w1", "x1", "w2", "x2", "b"]


def test_code_in_the_style_of_micrograd_has_the_three_kinds() -> None:
    x1, x2, w1, w2, b = (ag.Value(v, n) for v, n in ((2.0, "x1"), (0.0, "x2"), (-3.0, "w1"), (1.0, "w2"), (6.88, "b")))
    loss = ((x1 * w1 + x2 * w2 + b).tanh() - 1.0) ** 2
    dot = read(ag.draw(loss, digits=3))
    assert sorted(filter(None, (edge["label"] for edge in dot.edges.values()))) == [
        "a′ 0.501", "c′ -0.587", "c′ 1", "w -3", "w 1", "x 0", "x 1", "x 2",
    ]  # fmt: skip
    plain = [edge for edge in dot.edges.values() if not edge["label"] and edge.get("style") != "dashed"]
    assert len(plain) == 3
    assert {edge["color"] for edge in plain} == {theme.LIGHT["line"]}
    assert "other" not in dot.legend


def test_modules_are_collapsed_and_constants_hidden_if_one_asks() -> None:
    loss, _ = network_loss([2, 3, 1])
    dot = read(graph_of(loss, collapse="layers.0"))
    assert lines(dot.node("layer 0")["label"])[:4] == ["layer 0", "15 nodes", "9 parameters", "3 dot"]
    assert "all nodes of layers.0 are one box" in dot.legend
    assert lines(dot.node("layer 1 · neuron 0")["label"])
    with pytest.raises(ValueError, match=r"no node lies in a module 'layer.0'. Did you mean layers.0"):
        graph_of(loss, collapse=["layer.0"])
    shown = read(graph_of(loss, hide_constants=True))
    assert len(shown.nodes) == len(ag.topological_order(loss))
    assert not [edge for edge in shown.edges.values() if edge.get("style") == "dashed"]

    by_hand = written_by_hand()
    assert lines(read(ag.draw(by_hand, collapse="layers.0")).node("layer 0")["label"])[0] == "layer 0"


def written_by_hand() -> ag.Value:
    generator = random.Random(2)
    x = [ag.Value(generator.random(), f"x{i}") for i in range(2)]
    hidden = [(sum((ag.Value(generator.random()) * each for each in x), 0.0) + ag.Value(0.1)).tanh() for _ in range(3)]
    output = sum((ag.Value(generator.random()) * each for each in hidden), ag.Value(0.2))
    return (output - 1.0) ** 2


def test_what_is_highlighted_is_put_together_last() -> None:
    loss, model = network_loss([6, 10, 10, 1])
    weight = model.layers[1].neurons[3].weights[2]
    dot = read(graph_of(loss, highlight=weight))
    assert "each of the innermost modules off the highlighted paths is one box" in dot.legend
    assert lines(dot.node("layer 1 · neuron 3")["label"])[1] == "s = Σ w·x + b"
    assert lines(dot.node("layer 1 · neuron 4")["label"])[1] == "13 nodes"


def test_two_inputs_of_one_number_are_two() -> None:
    w = [ag.Value(0.5, "w1"), ag.Value(0.25, "w2")]
    dot = read(graph_of(ag.dot(w, [1.0, 1.0])))
    assert len([node for node in dot.nodes.values() if lines(node["label"]) == ["1"]]) == 2


def test_highlighting_fades_what_is_not_downstream() -> None:
    loss, model = network_loss([2, 3, 1])
    weight = model.layers[0].neurons[1].weights[0]
    dot = read(graph_of(loss, highlight=weight))
    strong = [edge["label"][:2] for edge in dot.edges.values() if edge["penwidth"] == "2.8"]
    assert sorted(strong) == ["a′", "c′", "w ", "x "]
    faded = [edge for edge in dot.edges.values() if edge["penwidth"] != "2.8"]
    assert {edge["color"] for edge in faded} == {theme.LIGHT["faded"]}
    assert Counter(node["fillcolor"] == "transparent" for node in dot.nodes.values()) == {True: 19, False: 5}

    with pytest.raises(ValueError, match="was not computed from the Value to highlight"):
        graph_of(loss, highlight=ag.Value(1.0))


def test_without_backward_the_drawing_says_so() -> None:
    loss = neuron_with_loss()
    before = read(graph_of(loss, contributions=True))
    assert "backward() has not run" in before.legend
    assert not any("grad" in node["label"] for node in before.nodes.values())
    assert before.edge("a′ 0.5966")

    loss.backward()
    after = read(graph_of(loss))
    assert "has not run" not in after.legend
    assert all("grad" in node["label"] for node in after.nodes.values() if lines(node["label"]) != ["1"])

    w = ag.topological_order(loss)[0]
    again = ag.exp(w)
    stale = read(graph_of(again))
    assert "backward() has not run" in stale.legend
    assert lines(stale.node("w")["label"])[2] == "grad -0.8707, from before"

    assert "has not run" in read(graph_of(ag.Value(1.0))).legend


def test_contributions_are_upstream_times_local_derivative() -> None:
    loss = neuron_with_loss()
    loss.backward()
    dot = read(graph_of(loss, contributions=True))
    labels = sorted(edge["label"] for edge in dot.edges.values() if edge["label"])
    assert labels == [
        "a′ 0.5966\nadds -0.4353",
        "c′ -0.7297\nadds -0.7297",
        "w 0.5\nadds -0.2177",
        "x 1\nadds -0.4353",
        "x 2\nadds -0.8707",
    ]


def test_nan_and_inf_are_loud() -> None:
    a, z, x = ag.Value(-1.0, "a"), ag.Value(0.0, "z"), ag.Value(3.0, "x")
    root = ag.log(a) + ag.sqrt(z) * x
    dot = read(graph_of(root))
    loud = theme.LIGHT["loud"]
    assert dot.node("log")["fillcolor"] == loud
    assert dot.node("sqrt")["fillcolor"] != loud
    assert dot.edge("∂ inf")["color"] == loud
    assert dot.node("log")["fontcolor"] != loud
    assert "nan or inf in 2 of 7 nodes, first in log" in dot.legend

    root.backward()
    dot = read(graph_of(root))
    assert dot.node("z")["color"] == loud
    assert dot.node("z")["fillcolor"] == ROLE_FILLS["leaf"]
    assert "nan or inf" not in read(graph_of(neuron_with_loss())).legend


def test_colours_by_gradient_show_sign_and_magnitude() -> None:
    large, small, negative, none = (ag.Value(1.0, label) for label in ("large", "small", "negative", "none"))
    root = large * 2.0 + small * 1e-3 - negative + none * 0.0
    root.backward()
    dot = read(graph_of(root, color_by="gradient"))

    def channels(label: str) -> tuple[int, int, int]:
        red, green, blue = (int(dot.node(label)["fillcolor"][i : i + 2], 16) for i in (1, 3, 5))
        return red, green, blue

    assert channels("large")[0] > channels("large")[2]
    assert channels("negative")[2] > channels("negative")[0]
    assert channels("small")[2] > channels("large")[2], "the smaller, the paler"
    assert min(channels("none")) > 250
    assert "positive gradient" in dot.legend
    assert "negative gradient" in dot.legend


def test_options_are_taken_and_wrong_ones_refused() -> None:
    x = ag.Value(1.0 / 3.0, "x")
    root = ag.exp(x)
    assert "rankdir=TB" in graph_of(root, rankdir="TB").source
    assert lines(read(graph_of(root, digits=8)).node("x")["label"])[1] == "0.33333333"
    with pytest.raises(ValueError, match="rankdir is one of LR, TB, RL, BT; got 'UP'"):
        graph_of(root, rankdir="UP")
    with pytest.raises(ValueError, match="color_by is one of kind, gradient"):
        graph_of(root, color_by="size")
    with pytest.raises(ValueError, match="digits is a whole number from 1 to 17"):
        graph_of(root, digits=0)
    with pytest.raises(ValueError, match="max_nodes is a whole number, 30 or more"):
        graph_of(root, max_nodes=3)
    with pytest.raises(TypeError, match="root is or holds a float"):
        graph_of(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="parameters is or holds a float"):
        graph_of(root, parameters=[1.0])
    with pytest.raises(TypeError, match="highlight is or holds a str"):
        graph_of(root, highlight="x")


def test_the_same_graph_gives_the_same_text() -> None:
    assert graph_of(network_loss([3, 4, 2])[0]).source == graph_of(network_loss([3, 4, 2])[0]).source


STRANGE = [
    '<script>alert("1")</script>',
    "a\nb",
    "back\\slash",
    "\x00\x1b",
    'quo"te',
    "{}|<b>",
    "ünïcode ∂",
    "\ud800",
    "<x>",
]


@pytest.mark.parametrize("label", STRANGE, ids=range(len(STRANGE)))
def test_labels_may_hold_anything(label: str) -> None:
    x = ag.Value(2.0, label)
    y = ag.exp(ag.Value(1.0, "a.b") * x)
    y.label = label
    svg = ElementTree.fromstring(graph_of(y).svg())
    assert not svg.findall(f".//{SVG}script")
    texts = ["".join(text.itertext()) for text in svg.iter(f"{SVG}text")]
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in label)
    assert f"{shown}#2" in texts, "two nodes have this label: each is shown with its number"


# -- large graphs -------------------------------------------------------------------------------------------------


def random_graph(size: int) -> ag.Value:
    generator = random.Random(5)
    pool = [ag.Value(generator.random()) for _ in range(20)]
    for _ in range(size):
        pool.append(one_more(generator, pool[-40:]))
    mean: ag.Value = ag.mean(pool)
    return mean


def chain(size: int) -> ag.Value:
    value = ag.Value(0.5)
    for step in range(size):
        value = -value if step % 2 else value + 1.0
    return value


def wide(size: int) -> ag.Value:
    mean: ag.Value = ag.mean([ag.Value(1.0) for _ in range(size)])
    return mean


def batch_loss() -> ag.Value:
    model = nn.MLP(2, [16, 16, 1], seed=0)
    generator = random.Random(0)
    losses = [nn.losses.squared_error(model([generator.random(), generator.random()]), 1.0) for _ in range(100)]
    mean: ag.Value = ag.mean(losses)
    return mean


LARGE: dict[str, Callable[[], ag.Value]] = {
    "network": lambda: network_loss([64, 64, 64, 10])[0],
    "batch": batch_loss,
    "random": lambda: random_graph(10_000),
    "chain": lambda: chain(10_000),
    "wide": lambda: wide(10_000),
    "deep network": lambda: network_loss([2, *[3] * 400, 1])[0],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_graphs_are_drawn_in_boxes(name: str) -> None:
    root = LARGE[name]()
    root.backward()
    drawing = graph_of(root)
    svg = drawing.svg()
    dot = read(drawing)
    node_count = int(str(drawing).split()[2].replace(",", ""))
    assert node_count >= len(ag.topological_order(root)) > 6_900
    assert len(dot.nodes) <= 300
    assert f"{node_count:,} nodes are drawn as {len(dot.nodes):,}:" in dot.legend
    assert len(svg) < 2_000_000

    arrangement = arrange(root, 300)
    assert sum(len(box.members) for box in arrangement.boxes) == node_count == arrangement.node_count
    assert len({id(member) for box in arrangement.boxes for member in box.members}) == node_count
    box_of = {id(member): box for box in arrangement.boxes for member in box.members}
    for (tail, head), edges in arrangement.bundles.items():
        assert all(box_of[id(operand)] is tail and box_of[id(node)] is head for operand, node, _ in edges)


def test_modules_collapse_from_the_inside() -> None:
    loss, model = network_loss([4, 8, 8, 3])
    assert "one box" not in read(graph_of(loss, max_nodes=300)).legend
    assert "one box" in read(graph_of(loss)).legend, "more than 150 nodes cannot be read"
    by_neuron = read(graph_of(loss, max_nodes=50))
    assert "each of the innermost modules is one box" in by_neuron.legend
    titles = [lines(node["label"])[0] for node in by_neuron.nodes.values()]
    assert [title for title in titles if title.endswith("neuron 2")] == [f"layer {i} · neuron 2" for i in range(3)]
    by_layer = read(graph_of(loss, max_nodes=30, highlight=model.parameters()[0]))
    assert "each of the" in by_layer.legend


@pytest.mark.slow
def test_a_box_says_what_it_holds() -> None:
    loss, model = network_loss([64, 64, 64, 10])
    loss.backward()
    dot = read(graph_of(loss, highlight=model.layers[0].neurons[1].weights[2]))
    largest = max(abs(value.grad) for value in model.layers[1].parameters())
    assert lines(dot.node("layer 1")["label"])[:4] == ["layer 1", "4,288 nodes", "4,160 parameters", "64 dot"]
    assert float(lines(dot.node("layer 1")["label"])[-1].removeprefix("grad up to ±")) >= 0.99 * largest
    weight = model.layers[0].neurons[1].weights[2]
    assert dot.node(f"w₂ {number(weight.data)}")["fillcolor"] == ROLE_FILLS["parameter"]
    assert any(edge.get("label") == "4,096 edges" for edge in dot.edges.values())


# -- pictures -----------------------------------------------------------------------------------------------------

MAGIC = {"svg": b"<?xml", "png": b"\x89PNG\r\n", "pdf": b"%PDF", "dot": b"digraph", "gv": b"digraph"}


@pytest.fixture(params=["the program dot", "pygraphviz"])
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Each way to render, alone. Where there is no program dot, a script stands in for it."""
    if request.param == "pygraphviz":
        pytest.importorskip("pygraphviz")
        monkeypatch.setenv("PATH", "")
    elif shutil.which("dot") is None:
        program = tmp_path / "bin" / "dot"
        program.parent.mkdir()
        program.write_text(
            f"#!{sys.executable}\n"
            "import sys, pygraphviz\n"
            "engine, output = (next(a[2:] for a in sys.argv if a.startswith(flag)) for flag in ('-K', '-T'))\n"
            "graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())\n"
            "sys.stdout.buffer.write(graph.draw(format=output, prog=engine))\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    if request.param == "the program dot":
        monkeypatch.setitem(sys.modules, "pygraphviz", None)
    return str(request.param)


@pytest.fixture
def no_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


@pytest.mark.usefixtures("renderer")
def test_the_svg_has_every_node_and_edge() -> None:
    loss, _ = network_loss([2, 3, 1])
    loss.backward()
    drawing = graph_of(loss)
    svg = ElementTree.fromstring(drawing.svg())
    classes = Counter(group.get("class", "").split(" ")[0] for group in svg.iter(f"{SVG}g"))
    dot = read(drawing)
    assert (classes["node"], classes["edge"]) == (len(dot.nodes), len(dot.edges))
    texts = {"".join(text.itertext()) for text in svg.iter(f"{SVG}text")}
    assert {"b", "w₀", "layer 0 · neuron 2", "layer input", "x"} <= {text.strip() for text in texts}
    assert {edge["label"] for edge in dot.edges.values()} - {""} <= texts
    assert svg.get("aria-label") == str(drawing)


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("suffix", MAGIC)
def test_a_drawing_saves_itself(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph.{suffix}"
    path.write_text("an older picture")
    graph_of(neuron_with_loss()).save(path)
    assert path.read_bytes().startswith(MAGIC[suffix])
    assert sorted(tmp_path.glob("*graph*")) == [path]


def test_every_id_in_an_svg_is_its_own() -> None:
    drawing = graph_of(neuron_with_loss())
    ids = []
    for svg in (drawing.svg(), drawing.svg(), graph_of(neuron_with_loss()).svg()):
        tree = ElementTree.fromstring(svg)
        ids += [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) > 60


def test_a_notebook_gets_a_panel_an_svg_and_a_text() -> None:
    drawing = graph_of(neuron_with_loss())
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert bundle["text/plain"] == str(drawing) == "drawing of 7 nodes and 6 edges"
    assert repr(drawing) == "<drawing of 7 nodes and 6 edges>"
    assert bundle["image/svg+xml"].startswith("<svg")
    html = bundle["text/html"]
    panel, style = re.search(r'\}\)\("(ag-[^"]+)", "(.*?)", null\);</script></div>$', html).groups()  # type: ignore[union-attr]
    assert html.startswith(f'<div id="{panel}"><img ')
    assert f"#{panel}{{background:var(--ag-background);color:var(--ag-ink);overflow:auto" in style
    for rule in re.findall(r"([^{}]+)\{[^{}]*\}", style.replace("@media (prefers-color-scheme:dark){", "")):
        assert all(f"#{panel}" in selector for selector in rule.split(",")), "no rule reaches beyond the panel"
    assert picture_in(html) == bundle["image/svg+xml"]


def picture_in(html: str) -> str:
    """The SVG in an image's address."""
    (address,) = re.findall(r'src="data:image/svg\+xml,([^"]*)"', html)
    return unquote(unescape(address))


@pytest.mark.parametrize("view", ["graph", "network"])
def test_without_scripts_and_styles_the_drawing_is_an_image(view: str) -> None:
    """What an untrusted notebook leaves of an output: no ``<script>``, no ``<style>``, nothing of an ``<svg>``."""
    html = ag.draw(neuron_with_loss(), view=view)._repr_mimebundle_()["text/html"]  # type: ignore[arg-type]
    left = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    assert re.fullmatch(r'<div id="[^"]+"><img alt="[^"]+" style="max-width:100%" src="data:[^"<>]+"></div>', left)
    assert ElementTree.fromstring(picture_in(html)).tag == f"{SVG}svg"


@pytest.mark.parametrize("label", ["url(#abc)", 'href="#abc"', ' id="abc"', "x='url(#abc)'"])
def test_what_looks_like_a_reference_in_a_label_stays_as_it_is(label: str) -> None:
    picture = ElementTree.fromstring(graph_of(ag.exp(ag.Value(1.0, label))).svg())
    assert label in ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]
    titles = [anchor.get("{http://www.w3.org/1999/xlink}title") for anchor in picture.iter(f"{SVG}a")]
    assert f"{label}: data 1.0, grad 0.0" in titles


@pytest.mark.usefixtures("no_renderer")
def test_without_a_renderer_the_text_is_there_and_the_error_says_how_to_get_pictures(tmp_path: Path) -> None:
    drawing = graph_of(neuron_with_loss())
    with pytest.raises(rendering.NoRendererError, match=r"apt install graphviz.*pip install .autograd-core\[draw\]"):
        drawing.svg()
    with pytest.raises(rendering.NoRendererError):
        drawing.save(tmp_path / "graph.svg")
    assert list(tmp_path.iterdir()) == []
    drawing.save(tmp_path / "graph.dot")
    assert (tmp_path / "graph.dot").read_text(encoding="utf-8") == drawing.source
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "apt install graphviz" in bundle["text/plain"]
    assert drawing.source in bundle["text/plain"]


def test_a_name_that_says_no_format_is_refused(tmp_path: Path) -> None:
    drawing = graph_of(neuron_with_loss())
    for name in ("graph", "graph.jpeg", "graph.svg.txt"):
        with pytest.raises(ValueError, match=r"must end in one of \.svg, \.png, \.pdf, \.dot, \.gv"):
            drawing.save(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        drawing.save(tmp_path / "nowhere" / "graph.dot")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("renderer")
def test_what_graphviz_cannot_draw_is_an_error(tmp_path: Path) -> None:
    broken = Drawing(GraphPicture("digraph { a -> [ }"), "broken")
    with pytest.raises((RuntimeError, ValueError)):
        broken.save(tmp_path / "graph.svg")
    assert not (tmp_path / "graph.svg").exists()


# -- colours ------------------------------------------------------------------------------------------------------

# Linear RGB as seen with no L, M or S cones: Machado, Oliveira and Fernandes, A Physiologically-based Model for
# Simulation of Color Vision Deficiency (2009), severity 1.
VISIONS = {
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no L cones": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no M cones": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no S cones": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(color: str) -> list[float]:
    channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(rgb: list[float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def contrast(color: str, other: str) -> float:
    darker, lighter = sorted([luminance(linear(color)), luminance(linear(other))])
    return (lighter + 0.05) / (darker + 0.05)


def lab(color: str, vision: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    r, g, b = (min(1.0, max(0.0, sum(map(float.__mul__, row, linear(color))))) for row in vision)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        luminance([r, g, b]),
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)


@pytest.mark.parametrize("vision", VISIONS)
def test_the_kinds_are_told_apart_with_any_colour_vision(vision: str) -> None:
    for a, b in itertools.combinations(theme.KIND_COLORS.values(), 2):
        assert math.dist(lab(a, VISIONS[vision]), lab(b, VISIONS[vision])) > 25.0


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_everything_stands_out_from_the_background(palette: dict[str, str]) -> None:
    for color in theme.KIND_COLORS.values():
        assert contrast(color, palette["background"]) >= 3.0
    assert contrast(palette["ink"], palette["background"]) >= 7.0
    assert contrast(palette["quiet"], palette["background"]) >= 4.5
    assert contrast(palette["loud"], palette["background"]) >= 4.5


@pytest.mark.slow
def test_a_browser_shows_it_on_light_and_dark_pages(tmp_path: Path) -> None:
    """What a browser makes of two outputs in a page that is light here and dark there."""
    loss = neuron_with_loss()
    drawing = graph_of(loss)
    cells = [
        f'<section data-jp-theme-light="{light}">{output}</section>'
        for light in ("true", "false")
        for output in (drawing._repr_mimebundle_()["text/html"], ag.explain(loss, ag.leaves(loss)[0])._repr_html_())
    ]
    script = """<script>
    const seen = [];
    for (const panel of document.querySelectorAll("section > div")) {
        const style = getComputedStyle(panel);
        seen.push(style.backgroundColor + "|" + style.color + "|" + style.overflowX);
        const text = panel.querySelector("svg .edge text"), page = panel.querySelector("svg .graph > polygon");
        if (text) seen.push(getComputedStyle(page).fill + "|" + getComputedStyle(text).fill);
    }
    document.title = seen.join(";");
    </script>"""
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><title></title>{''.join(cells)}{script}", encoding="utf-8")
    options = ["--headless", *browser.ARGUMENTS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    command = [browser.chromium(), *options, page.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    seen = re.search("<title>(.*?)</title>", shown.stdout)
    assert seen, shown.stderr
    light, dark = [f"{rgb(palette['background'])}|{rgb(palette['ink'])}" for palette in (theme.LIGHT, theme.DARK)]
    assert seen[1].split(";") == [f"{light}|auto", light, f"{light}|auto", f"{dark}|auto", dark, f"{dark}|auto"]


def rgb(color: str) -> str:
    return "rgb(" + ", ".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5)) + ")"


@pytest.mark.slow
def test_drawing_in_many_threads_leaves_the_error_stream_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)  # inside this process
    source = graph_of(ag.Value(1.0, "x") * 2.0).source
    expected, before = rendering.render(source, "svg"), os.fstat(2)
    pictures: list[bytes] = []

    def draw_again_and_again() -> None:
        pictures.extend(rendering.render(source, "svg") for _ in range(15))

    threads = [threading.Thread(target=draw_again_and_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures == [expected] * 60
    assert os.path.samestat(os.fstat(2), before)


def test_a_gradient_of_none_is_drawn_as_zero() -> None:
    x = ag.Value(3.0, "x")
    expected = graph_of(x * x).source
    x.grad = None  # type: ignore[assignment]
    assert graph_of(x * x).source == expected


@pytest.mark.parametrize("label", ["\\N", "\\G", "\\E", "a\\", "\\\\", "\\l {x|y}", "a\\nb"])
def test_a_backslash_in_a_label_is_a_backslash(label: str) -> None:
    picture = ag.draw(ag.Value(2.0, label) * 3.0, view="graph").svg()
    assert f">{label}</text>" in picture
