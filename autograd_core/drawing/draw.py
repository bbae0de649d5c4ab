"""A graph as a picture: values, gradients, and every local derivative in the colour of its kind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from autograd_core.drawing.arrangement import Arrangement, arrange
from autograd_core.drawing.dot import dot_source
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graph_picture import GraphPicture
from autograd_core.drawing.look import ColorBy, Direction, Look
from autograd_core.drawing.network.picture import NetworkPicture, network_svg
from autograd_core.drawing.network.structure import Network, NotANetworkError, drawn_network
from autograd_core.graph import (
    Node,
    backward_has_run,
    depends_on,
    gradient_of,
    is_node,
    is_weighted_sum,
    topological_order,
)
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import count
from autograd_core.roles.recognise import network_of

View = Literal["auto", "network", "graph"]
FEWEST_NODES = 30
MOST_NODES = 150
_DIGITS = {"network": 3, "graph": 4}
_MOST_LAYERS = 12  # that are drawn as columns beside each other if nobody asks for it


def draw(
    root: Node,
    *,
    view: View = "auto",
    highlight: Node | None = None,
    sample: int | None = None,
    parameters: Iterable[Node] = (),
    digits: int | None = None,
    contributions: bool = False,
    color_by: ColorBy = "kind",
    rankdir: Direction = "LR",
    collapse: str | Iterable[str] = (),
    hide_constants: bool = False,
    max_nodes: int | None = None,
) -> Drawing:
    """Draw the graph of a Value: values, gradients, and the local derivatives in the colours of their kinds.

    ``view="network"`` draws neurons: a layer is a column, a neuron a box with a row for each of its weights beside its
    sum s, its output a, and the derivatives that multiply to δ = ∂a · a′(s). ``view="graph"`` draws every node, with
    its local derivatives at the edges. By default a network of ``nn`` layers is drawn as one, and any other graph node
    by node; what is asked for by an option of one view is drawn in that view. Names can be taken from your variables
    with ``label(locals())``.

    Args:
        root: the Value to draw, with all that it was computed from.
        view: ``network``, ``graph``, or ``auto`` for the one that suits.
        highlight: a Value of the graph: the paths from it to the root stand out, all else is faded. Below a network,
            its gradient is written out.
        sample: in a network, which sample of a batch is shown, from 0.
        parameters: leaves that are parameters, beside those that are seen to be.
        digits: how many significant digits numbers have, from 1 to 17; 3 in a network, 4 in a graph.
        contributions: in a graph, also write at each edge what it adds to the operand's gradient, upstream × local
            derivative.
        color_by: in a graph, ``kind`` colours the edges by their kind of derivative; ``gradient`` colours the nodes,
            too, by the sign and magnitude of their gradients.
        rankdir: the direction in which a graph runs: ``LR`` right, ``TB`` down, ``RL`` left, ``BT`` up.
        collapse: modules of a graph that are drawn as one box each, such as ``"layers.0"``.
        hide_constants: in a graph, leave out the numbers among the operands.
        max_nodes: how many nodes of a graph to draw at most, 30 or more; 150 by default. In a larger graph each module
            is drawn as one box, or whatever else it takes, and the drawing says so.

    Returns:
        A drawing that shows itself in a notebook, with ``source`` (a graph's DOT text, a network's SVG), ``svg()`` and
        ``save(path)``.

    Raises:
        TypeError: ``root``, ``highlight`` or one of the parameters is not a Value.
        ValueError: ``highlight`` is not in the graph, an option is not one of the above or of another view, there is no
            such sample or module, or ``view="network"`` is asked for where there are no neurons.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> print(ag.draw(x * x))
    drawing of 2 nodes and 2 edges
    >>> print(ag.draw(ag.tanh(ag.dot([ag.Value(0.5)], [x], ag.Value(0.1)))))
    drawing of a 1-1 network with 5 nodes
    """
    _check_values("root", [root])
    _check_values("highlight", [] if highlight is None else [highlight])
    _check_values("parameters", parameters := list(parameters))
    collapse = [collapse] if isinstance(collapse, str) else list(collapse)
    of_graphs = _set_options(
        contributions=contributions,
        color_by=color_by,
        rankdir=rankdir,
        hide_constants=hide_constants,
        max_nodes=max_nodes,
    )
    _check_options(view, color_by, rankdir, digits, max_nodes)
    order = topological_order(root)
    strong = set(order) if highlight is None else depends_on(order, [highlight])
    names = NodeNames(order)
    if root not in strong:
        raise ValueError(f"{names.of(root)} was not computed from the Value to highlight, {highlight!r}")
    network = _network(root, view, sample, parameters, of_graphs)
    if network is not None:
        svg = network_svg(network, highlight=highlight, digits=digits or _DIGITS["network"], collapse=collapse)
        return Drawing(NetworkPicture(svg), _network_summary(network))
    found = network_of(root, parameters=parameters)
    look = Look(
        root=root,
        network=found,
        names=names,
        strong=strong,
        highlights=highlight is not None,
        parameters=found.parameters.union(parameters),
        backward_has_run=backward_has_run(root, order),
        largest_gradient=max([abs(gradient_of(node)) for node in order if math.isfinite(gradient_of(node))]),
        contributions=contributions,
        color_by=color_by,
        rankdir=rankdir,
        digits=digits or _DIGITS["graph"],
    )
    kept = [] if highlight is None else [highlight]
    arrangement = arrange(
        root,
        max_nodes or MOST_NODES,
        kept=kept,
        path=strong if kept else (),
        collapse=collapse,
        hide_constants=hide_constants,
        network=found,
    )
    return Drawing(GraphPicture(dot_source(arrangement, look)), _summary(arrangement))


def _check_values(argument: str, values: Sequence[object]) -> None:
    for value in values:
        if not is_node(value):
            raise TypeError(f"draw() takes Values, but {argument} is or holds a {type(value).__name__}")


def _check_options(view: object, color_by: object, rankdir: object, digits: object, max_nodes: object) -> None:
    for option, value, allowed in (
        ("view", view, View),
        ("color_by", color_by, ColorBy),
        ("rankdir", rankdir, Direction),
    ):
        if value not in get_args(allowed):
            raise ValueError(f"{option} is one of {', '.join(get_args(allowed))}; got {value!r}")
    if digits is not None and digits not in range(1, 18):
        raise ValueError(f"digits is a whole number from 1 to 17, got {digits!r}")
    if max_nodes is not None and (not isinstance(max_nodes, int) or max_nodes < FEWEST_NODES):
        raise ValueError(f"max_nodes is a whole number, {FEWEST_NODES} or more, got {max_nodes!r}")


# -- which view ---------------------------------------------------------------------------------------------------

_UNSET: dict[str, object] = {"color_by": "kind", "rankdir": "LR", "max_nodes": None}
"""The options of a graph's drawing that are not True where they are set."""


def _set_options(**options: object) -> list[str]:
    """The options that have another value than by default."""
    return [name for name, value in options.items() if value != _UNSET.get(name, False)]


def _network(
    root: Node, view: View, sample: int | None, parameters: Sequence[Node], of_graphs: Sequence[str]
) -> Network | None:
    """The network to draw; None where it is the graph that is drawn."""
    if view == "graph" or (view == "auto" and sample is None and of_graphs):
        if sample is not None:
            raise ValueError('sample is for a network, and view="graph" draws all samples: leave one of them out')
        return None
    if of_graphs:
        raise ValueError(f'{of_graphs[0]} is for a graph and not for a network: leave it out, or draw view="graph"')
    if view == "auto" and sample is None and not _may_be_layers(root):
        return None
    try:
        network = drawn_network(root, sample or 0, parameters)
    except NotANetworkError as error:
        if view == "auto" and sample is None:
            return None
        raise ValueError(f'{error}: draw it with view="graph"') from error
    return network if view == "network" or sample is not None or _is_of_layers(network) else None


def _may_be_layers(root: Node) -> bool:
    """Whether there is a weighted sum of one node, as ``nn`` layers record it; others are recognised if asked for."""
    return any(map(is_weighted_sum, topological_order(root)))


def _is_of_layers(network: Network) -> bool:
    """Whether a network is drawn as one if nobody asks: ``nn`` layers between given inputs and the loss."""
    terms = [term for layer in network.layers for neuron in layer.neurons for term in neuron.terms]
    held = [each for term in terms for each in (term.parameter, *([term.source] if term.signal is not None else []))]
    outputs = {neuron.output for layer in network.layers for neuron in layer.neurons}
    return (
        len(network.layers) <= _MOST_LAYERS
        and all(is_weighted_sum(term.node) for term in terms)
        and all(type(each) is float or not each.operands or each in outputs for each in held)
    )


# -- summaries ----------------------------------------------------------------------------------------------------


def _summary(arrangement: Arrangement) -> str:
    summary = f"drawing of {count(arrangement.node_count)} nodes and {count(arrangement.edge_count)} edges"
    return f"{summary}, in {len(arrangement.boxes)} boxes" if arrangement.note else summary


def _network_summary(network: Network) -> str:
    summary = f"drawing of a {network.sizes} network with {count(len(network.order))} nodes"
    return f"{summary}, sample {network.sample:,} of {len(network.samples):,}" if network.is_batch else summary
