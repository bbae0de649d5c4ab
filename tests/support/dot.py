"""What a drawing says in the DOT language."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import autograd_core as ag
import nn
from autograd_core.drawing.drawing import Drawing

ATTRIBUTE = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|<(?:[^<>]|<[^<>]*>)*>|[^\s\]]+)')


STATEMENT = re.compile(r"^\t+(n\d+)(?: -> (n\d+))? \[(.*?)\]$", re.MULTILINE | re.DOTALL)


class Dot(NamedTuple):
    """The nodes of a drawing by their names and its edges by their ids, with their attributes."""

    nodes: dict[str, dict[str, str]]
    edges: dict[str, dict[str, str]]
    legend: str

    def node(self, text: str) -> dict[str, str]:
        """The one node whose text has a line."""
        (found,) = [node for node in self.nodes.values() if text in lines(node["label"])]
        return found

    def edge(self, label: str) -> dict[str, str]:
        (found,) = [edge for edge in self.edges.values() if edge.get("label") == label]
        return found


def lines(label: str) -> list[str]:
    """The text of an HTML-like label."""
    return [re.sub("<[^<>]*>", "", line) for line in label[1:-1].split("<BR/>")]


def read(drawing: Drawing) -> Dot:
    nodes: dict[str, dict[str, str]] = {}
    edges: dict[str, dict[str, str]] = {}
    for tail, head, text in STATEMENT.findall(drawing.source):
        attributes = {name: value.strip('"') for name, value in ATTRIBUTE.findall(text)}
        if attributes.get("style") == "invis":
            continue
        if not head:
            assert tail not in nodes, "a node is drawn twice"
            nodes[tail] = attributes
            continue
        assert attributes["id"] not in edges, "an edge is drawn twice"
        edges[attributes["id"]] = attributes | {"tail": tail, "head": head}
    legend = re.search(r"label=<(<TABLE.*?</TABLE>)>", drawing.source, re.DOTALL)
    assert legend
    return Dot(nodes, edges, re.sub(r"\s+", " ", re.sub("<[^<>]*>", " ", legend[1])))


def neuron_with_loss() -> ag.Value:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b")
    output = ag.tanh(ag.dot([w], [x], b))
    output.label = "o"
    loss: ag.Value = nn.losses.squared_error(output, 1.0)
    loss.label = "loss"
    return loss


def graph_of(root: ag.Value, **options: Any) -> Drawing:
    """A graph drawn node by node, whether it is a network or not."""
    return ag.draw(root, view="graph", **options)
