"""Every view calls a node by its one name, which no other node has and which cannot be taken for a label."""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core.drawing.arrangement import Constant, arrange
from autograd_core.notation import numbers
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.labels import modules_of
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import factor, one_line
from tests.support.dot import graph_of, lines, read
from tests.support.graphs import graphs

HOSTILE = [
    "", "", "", "x1", "x₁", "X2", "x_3", "x", "s", "s.1", "o", "t", "b", "v", "w2", "u1", "root", "tanh", "tanh(s)",
    "#3", "s#1", "x1 * x₁", "a b", "-1", "2", "∂", "…", "'", "(s)", "leaf0 + leaf1", "z" * 70,
]  # fmt: skip


@st.composite
def hostile_graphs(draw: st.DrawFn) -> ag.Value:
    """Random graphs, some with a loss at the end, with labels that could be taken for names of other nodes."""
    root = draw(graphs())
    if draw(st.booleans()):
        root = nn.losses.squared_error(root, ag.Value(1.0))
    for node in ag.topological_order(root):
        node.label = draw(st.sampled_from(HOSTILE))
    return root


def names_of(root: ag.Value) -> dict[Any, str]:
    order = ag.topological_order(root)
    names = NodeNames(order)
    return {node: names.of(node) for node in order}


def as_read(text: str) -> str:
    """What a reader, or who types a name, cannot tell apart from the text."""
    return "".join(unicodedata.normalize("NFKC", text.replace("²", "^2")).casefold().split())


@given(hostile_graphs())
def test_no_two_nodes_share_a_name_and_no_generated_one_could_be_a_label(root: ag.Value) -> None:
    names = names_of(root)
    assert len(set(names.values())) == len(names)
    labels = Counter(one_line(node.label) for node in names if node.label)
    for number, (node, name) in enumerate(names.items(), 1):
        label = one_line(node.label)
        if label:
            assert name in (label, f"{label}#{number}")
            assert labels[label] == 1 or name != label
    generated = [as_read(name) for node, name in names.items() if not node.label]
    assert len(set(generated)) == len(generated)
    assert not set(generated) & {as_read(name) for node, name in names.items() if node.label}
    letters = {name[0] for node, name in names.items() if not node.label and re.fullmatch("[a-z][₀-₉]*", name)}
    assert not letters & {re.sub(r"[\W\d_]", "", as_read(label)) for label in labels if len(label) < 5}


@settings(max_examples=60)
@given(hostile_graphs())
def test_an_explanation_and_the_steps_call_each_node_by_its_name(root: ag.Value) -> None:
    names = names_of(root)
    for node, name in names.items():
        explanation = ag.explain(root, node, max_paths=2)
        written = str(explanation).splitlines()
        assert written[0].startswith(f"∂{as_one_word(names[root])}/∂{as_one_word(name)} = ")
        for path in explanation.paths:
            way = [names[step] for step in path.nodes]
            assert not way or len(way) > 12 or any(line.endswith(f": {' → '.join(way)}") for line in written)
            for factor_ in path.factors:
                ends = re.escape(as_one_word(names[factor_.node])), re.escape(names[factor_.operand])
                assert re.fullmatch(rf"∂{ends[0]}/∂\(?{ends[1]}\)?|.*′\({ends[1]}\)", factor_.symbol)
    for step in ag.backward_steps(root):
        target, text = as_one_word(names[step.operand]), str(step)
        factors = f"upstream {factor(step.upstream)} × local {factor(step.local_derivative)} ("
        assert text.startswith(f"{target}.grad += {factors}")


@settings(max_examples=40)
@given(hostile_graphs())
def test_the_terminal_calls_each_node_by_its_name(root: ag.Value) -> None:
    names = names_of(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", output := io.StringIO())
        ag.debug(root, commands=[f"print #{number}" for number in range(1, len(names) + 1)])
    _, *printed = output.getvalue().split("(backprop) ")
    for number, name in enumerate(names.values(), 1):
        command, shown, *_ = printed[number - 1].splitlines()
        assert command == f"print #{number}"
        assert re.match(rf"{re.escape(name)}( in \S+)? = ", shown)


@settings(max_examples=40, deadline=None)
@given(hostile_graphs())
def test_a_page_and_a_drawing_call_each_node_by_its_name(root: ag.Value) -> None:
    names, modules = names_of(root), modules_of(ag.topological_order(root))
    boxes = arrange(root, 300).boxes
    page, drawing = ag.stepper(root)._data["nodes"], read(graph_of(root)).nodes
    for position, box in enumerate(boxes):
        (item,) = box.members
        if isinstance(item, Constant):
            continue
        assert page[position]["name"] == names[item]
        node = drawing[f"n{position}"]
        assert node["tooltip"].replace("\\\\", "\\").startswith(f"{names[item]}: data ")
        title = lines(node["label"])[0].replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
        operation = "" if item.op is None else item.op.name
        if modules[item]:  # a neuron's parts are called by their places in it
            assert title.split()[0] in (operation, names[item], *"wblayer") or re.match("[wb][₀-₉]* ", title)
            continue
        title = title.removesuffix(f" {numbers.number(item.data)}") if not operation else title
        assert title in (operation, *([f"{names[item]} = {operation}"] if operation else [names[item]]))
        assert not (item.label and title == operation != names[item])


def test_inputs_called_x1_and_x2_stay_apart_from_what_has_no_label() -> None:
    x1, x2, w1, w2 = (ag.Value(0.5, label) for label in ("x1", "x2", "w1", "w2"))
    h = ag.tanh(ag.dot([w1], [x2], ag.Value(0.1)))
    loss = nn.losses.squared_error(ag.dot([w2, ag.Value(2.0)], [h, ag.Value(3.0)], x1), 1.0)
    names = names_of(loss)
    assert list(names.values()) == ["w2", "u", "w1", "x2", "b", "s", "tanh(s)", "z", "x1", "o", "root"]
    text = str(ag.explain(loss, h))
    assert text.startswith("∂root/∂tanh(s) = ")
    assert "squared_error" not in text
    assert not re.search(r"[xw][₁₂]", text)
    assert not re.search(r"× -", text)
