"""A graph as a picture: values, gradients, and every local derivative in the colour of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar, get_args

from autograd_core.drawing.arrangement import arrange
from autograd_core.drawing.dot import dot_source
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graph_picture import GraphPicture
from autograd_core.drawing.look import ColorBy, Direction, Look
from autograd_core.graph import (
    Node,
    depends_on,
    is_node,
    is_weighted_sum,
    opened_order,
    topological_order,
)
from autograd_core.notation.node_names import NodeNames
from autograd_core.roles.recognise import network_of
from autograd_core.tracing.mapped_function import MappedFunction
from autograd_core.tracing.traced_function import TracedFunction

View = Literal["auto", "network", "graph"]
_Item = TypeVar("_Item")
FEWEST_NODES = 30
MOST_NODES = 150
_DIGITS = 4


def draw(
    root: Node | TracedFunction[..., Any] | MappedFunction[..., Any],
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

    Of a function that ``ag.jit`` traces, draw the ways through it that were recorded so far, and the comparisons at
    which they part.

    Args:
        root: the Value to draw, with all that it was computed from; or a traced function, for which all but
            ``max_nodes`` is left out.
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
        TypeError: ``root``, ``highlight`` or one of the parameters is not a Value, or ``collapse`` is not a string or
            several.
        ValueError: ``highlight`` is not in the graph, an option is not one of the above, or is one of another view or
            not one for functions, there is no such sample or module, or ``view="network"`` is asked for where there are
            no neurons.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0, "x")
    >>> print(ag.draw(x * x))
    drawing of 2 nodes and 2 edges
    >>> print(ag.draw(ag.tanh(ag.dot([ag.Value(0.5)], [x], ag.Value(0.1)))))
    drawing of a 1-1 network with 5 nodes
    """
    _check_options(view, color_by, rankdir, digits, max_nodes)
    parameters = _listed("parameters", parameters, "a list of Values")
    collapse = _listed("collapse", [collapse] if isinstance(collapse, str) else collapse, "a string or a list of them")
    of_graphs = _set_options(
        contributions=contributions,
        color_by=color_by,
        rankdir=rankdir,
        hide_constants=hide_constants,
        max_nodes=max_nodes,
    )
    root = root.of_row if isinstance(root, MappedFunction) else root
    if isinstance(root, TracedFunction):
        of_values = _set_options(
            view=view, highlight=highlight, sample=sample, parameters=parameters, digits=digits, collapse=collapse
        )
        if given := [*of_values, *(option for option in of_graphs if option != "max_nodes")]:
            raise ValueError(f"draw() of a traced function takes no {given[0]}, which is for the graph of a Value")
        from autograd_core.drawing.guard_tree import draw_guard_tree

        return draw_guard_tree(root, max_nodes or MOST_NODES)
    _check_values("root", [root])
    _check_values("highlight", [] if highlight is None else [highlight])
    _check_values("parameters", parameters)
    order = opened_order([root])
    strong = set(order) if highlight is None else depends_on(order, [highlight])
    names = NodeNames(order)
    if root not in strong:
        raise ValueError(f"{names.of(root)} was not computed from the Value to highlight, {highlight!r}")
    if _wants_network(root, view, sample, of_graphs):
        from autograd_core.drawing.network.view import network_drawing

        only_if_layers = view == "auto" and sample is None
        shown = 0 if sample is None else sample
        drawing = network_drawing(root, only_if_layers, shown, parameters, highlight, digits or 3, collapse)
        if drawing is not None:
            return drawing
    found = network_of(root, parameters=parameters)
    look = Look(
        root=root,
        network=found,
        names=names,
        strong=strong,
        highlights=highlight is not None,
        parameters=found.parameters.union(parameters),
        contributions=contributions,
        color_by=color_by,
        rankdir=rankdir,
        digits=digits or _DIGITS,
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
    return Drawing(GraphPicture(dot_source(arrangement, look)), arrangement.summary)


def _check_values(argument: str, values: Sequence[object]) -> None:
    for value in values:
        if not is_node(value):
            raise TypeError(f"draw() takes Values, but {argument} is or holds a {type(value).__name__}")


def _listed(option: str, given: Iterable[_Item], what: str) -> list[_Item]:
    if not isinstance(given, Iterable):
        raise TypeError(f"{option} is {what}, got {given!r}")
    return list(given)


def _check_options(view: object, color_by: object, rankdir: object, digits: object, max_nodes: object) -> None:
    for option, value, allowed in (
        ("view", view, View),
        ("color_by", color_by, ColorBy),
        ("rankdir", rankdir, Direction),
    ):
        if value not in get_args(allowed):
            raise ValueError(f"{option} is one of {', '.join(get_args(allowed))}; got {value!r}")
    if digits is not None and (not isinstance(digits, int) or not 1 <= digits <= 17):
        raise ValueError(f"digits is a whole number from 1 to 17, got {digits!r}")
    if max_nodes is not None and (not isinstance(max_nodes, int) or max_nodes < FEWEST_NODES):
        raise ValueError(f"max_nodes is a whole number, {FEWEST_NODES} or more, got {max_nodes!r}")


# -- which view ---------------------------------------------------------------------------------------------------

_UNSET: dict[str, object] = {"view": "auto", "color_by": "kind", "rankdir": "LR"}
"""What options are by default, where that is neither False, None nor empty."""


def _set_options(**options: object) -> list[str]:
    """The options that have another value than by default."""
    return [name for name, value in options.items() if (value != _UNSET[name] if name in _UNSET else _is_set(value))]


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _wants_network(root: Node, view: View, sample: int | None, of_graphs: Sequence[str]) -> bool:
    """Whether a network is to be drawn as one; if nobody asks, it must have weighted sums of one node."""
    if view == "graph":
        if sample is not None:
            raise ValueError('sample is for a network, and view="graph" draws all samples: leave one of them out')
        return False
    if view == "auto" and sample is None:
        return not of_graphs and any(map(is_weighted_sum, topological_order(root)))
    if of_graphs:
        raise ValueError(f'{of_graphs[0]} is for a graph and not for a network: leave it out, or draw view="graph"')
    return True
