"""A graph as a picture: values, gradients, and every local derivative in the colour of its kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import get_args

from autograd_core.drawing.arrangement import Arrangement, arrange
from autograd_core.drawing.dot import dot_source
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.look import ColorBy, Direction, Look
from autograd_core.graph import (
    Node,
    backward_has_run,
    depends_on,
    edge_kind,
    gradient_of,
    is_node,
    is_weighted_sum,
    topological_order,
)
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import count

FEWEST_NODES = 30


def draw(
    root: Node,
    *,
    highlight: Node | None = None,
    contributions: bool = False,
    color_by: ColorBy = "kind",
    parameters: Iterable[Node] = (),
    rankdir: Direction = "LR",
    digits: int = 4,
    max_nodes: int = 300,
) -> Drawing:
    """Draw the graph of a Value: its nodes with data and gradient, its edges with their local derivatives.

    Leaves, parameters, constants and the root look different; a leaf that is a weight or the bias of a weighted sum is
    a parameter. Labels with dots, such as ``layers.0.neurons.2.bias``, put frames around layers and neurons. Names can
    be taken from your variables with ``label(locals())``.

    Args:
        root: the Value to draw, with all that it was computed from.
        highlight: a Value of the graph: the paths from it to the root stand out, all else is faded.
        contributions: also write at each edge what it adds to the operand's gradient, upstream × local derivative.
        color_by: ``kind`` colours the edges by their kind of derivative; ``gradient`` colours the nodes, too, by the
            sign and magnitude of their gradients.
        parameters: leaves to draw as parameters, beside those that are a weight or a bias.
        rankdir: the direction in which the graph runs: ``LR`` right, ``TB`` down, ``RL`` left, ``BT`` up.
        digits: how many significant digits numbers have, from 1 to 17.
        max_nodes: how many nodes to draw at most, 30 or more. In a larger graph each module is drawn as one box, or
            whatever else it takes, and the drawing says so.

    Returns:
        A drawing that shows itself in a notebook, with ``source`` (its DOT text), ``svg()`` and ``save(path)``.

    Raises:
        TypeError: ``root``, ``highlight`` or one of the parameters is not a Value.
        ValueError: ``highlight`` is not in the graph, or an option is not one of the above.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> print(ag.draw(x * x))
    drawing of 2 nodes and 2 edges
    """
    _check_values("root", [root])
    _check_values("highlight", [] if highlight is None else [highlight])
    _check_values("parameters", parameters := list(parameters))
    _check_options(color_by, rankdir, digits, max_nodes)
    order = topological_order(root)
    strong = set(order) if highlight is None else depends_on(order, [highlight])
    names = NodeNames(order)
    if root not in strong:
        raise ValueError(f"{names.of(root)} was not computed from the Value to highlight, {highlight!r}")
    look = Look(
        root=root,
        names=names,
        strong=strong,
        highlights=highlight is not None,
        parameters=_weights_and_biases(order).union(parameters),
        backward_has_run=backward_has_run(root, order),
        largest_gradient=max([abs(gradient_of(node)) for node in order if math.isfinite(gradient_of(node))]),
        contributions=contributions,
        color_by=color_by,
        rankdir=rankdir,
        digits=digits,
    )
    arrangement = arrange(root, max_nodes, kept=[] if highlight is None else [highlight])
    return Drawing(dot_source(arrangement, look), _summary(arrangement))


def _check_values(argument: str, values: Sequence[object]) -> None:
    for value in values:
        if not is_node(value):
            raise TypeError(f"draw() takes Values, but {argument} is or holds a {type(value).__name__}")


def _check_options(color_by: object, rankdir: object, digits: object, max_nodes: object) -> None:
    for option, value, allowed in (("color_by", color_by, ColorBy), ("rankdir", rankdir, Direction)):
        if value not in get_args(allowed):
            raise ValueError(f"{option} is one of {', '.join(get_args(allowed))}; got {value!r}")
    if digits not in range(1, 18):
        raise ValueError(f"digits is a whole number from 1 to 17, got {digits!r}")
    if not isinstance(max_nodes, int) or max_nodes < FEWEST_NODES:
        raise ValueError(f"max_nodes is a whole number, {FEWEST_NODES} or more, got {max_nodes!r}")


def _weights_and_biases(order: Sequence[Node]) -> set[Node]:
    """The leaves that are a weight or the bias of a weighted sum."""
    return {
        operand
        for node in order
        if is_weighted_sum(node)
        for index, operand in enumerate(node.operands)
        if edge_kind(node, index) == "input" and type(operand) is not float and not operand.operands
    }


def _summary(arrangement: Arrangement) -> str:
    summary = f"drawing of {count(arrangement.node_count)} nodes and {count(arrangement.edge_count)} edges"
    return f"{summary}, in {len(arrangement.boxes)} boxes" if arrangement.note else summary
