"""The picture of a network as SVG.

Every number is a ``<text>`` of its own that a page can address:

- ``data-sort`` says which number it is: ``value`` (a node's data), ``gradient`` (its gradient), ``derivative`` (a local
  derivative), ``contribution`` (gradient of the node × its local derivative: what one sample adds to a weight's
  gradient), ``constant`` (an operand that is a number), ``class`` (1 where the constant is the output's index, else 0).
- ``data-node`` is the place of its node in ``topological_order(root)``, from 0, and ``data-operand`` which operand of
  the node a derivative, contribution, constant or class belongs to, from 0.
- ``data-digits`` is how many significant digits it has where that is not the picture's number of them. Its text is
  :func:`column_number` of the value; none for a gradient before ``backward()``.

The cells of a matrix are ``<rect class="pos">`` or ``neg`` with the same attributes; their ``fill-opacity`` is
(|value| / largest)^0.7, where the largest weight and gradient stand at the matrix, ``<g class="matrix"
data-largest-weight data-largest-gradient>``.

Around the numbers are ``<g class="term" data-layer data-neuron data-term>``, a row of a neuron with its weight or bias;
``<g class="neuron" data-layer data-neuron>``; ``<g class="input" data-input>``; ``<g class="loss">`` and, where the
loss has several outputs, ``<g class="output" data-output>``. An edge is a ``<path class="ew">`` with the attributes of
the term that it leads to, or a ``<path class="ec" data-output>``. All of these are counted from 0. What is off the
highlighted paths has the class ``off``, an edge on them ``on``, and the element itself is ``lit`` then.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core.drawing.network.edges import edges
from autograd_core.drawing.network.emphasis import Emphasis, in_sight
from autograd_core.drawing.network.ends import input_cards, loss_card
from autograd_core.drawing.network.layers import layer_column
from autograd_core.drawing.network.layout import MARGIN, WIDTH, Layout, Wishes, layout
from autograd_core.drawing.network.numbers import Numbers
from autograd_core.drawing.network.pen import Pen
from autograd_core.drawing.network.structure import Network, network_of
from autograd_core.drawing.network.svg import element, length
from autograd_core.graph import Node, backward_has_run, depends_on


def network_svg(
    root: Node,
    *,
    highlight: Node | None = None,
    sample: int = 0,
    digits: int = 3,
    width: float = WIDTH,
    number_space: float = 0.0,
) -> str:
    """The picture of a network as one SVG element of class ``network``; :func:`theme.network_style` gives its style.

    Args:
        root: where the graph ends.
        highlight: a node whose paths to the root stand out.
        sample: which sample of a batch is shown, from 0.
        digits: how many significant digits numbers have.
        width: how wide the picture may be, in pixels; it is wider where that does not suffice.
        number_space: what each column of numbers has beside its number, for marks.

    Raises:
        NotANetworkError: the graph is no network of neurons.
        ValueError: there is no such sample.
    """
    network = network_of(root, sample)
    strong = frozenset() if highlight is None else frozenset(depends_on(network.order, [highlight]))
    emphasis = Emphasis(highlight, strong)
    numbers = Numbers(network, backward_has_run(root, network.order))
    wishes = _wishes(network, numbers, emphasis, Wishes(width=width, digits=digits, number_space=number_space))
    pen = Pen(network, layout(network, wishes), numbers, emphasis, digits)
    size = f"0 0 {length(pen.layout.width)} {length(pen.layout.height + MARGIN)}"
    kind = "network" if highlight is None else "network lit"
    return element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": kind, "viewBox": size}, *_parts(pen))


def _wishes(network: Network, numbers: Numbers, emphasis: Emphasis, wishes: Wishes) -> Wishes:
    """With what the layout has to know of names and of what is highlighted."""
    names = [max(map(len, numbers.names_of_sources(layer.neurons)), default=0) for layer in network.layers]
    loss_name = 0 if network.loss is None else len(network.loss.op.name)
    kept = in_sight(network, emphasis)
    return Wishes(wishes.width, wishes.digits, wishes.number_space, names, loss_name, kept)


def _parts(pen: Pen) -> Iterator[str]:
    """The parts of the picture, those that lie under others first."""
    drawn: Layout = pen.layout
    yield from edges(pen)
    yield from input_cards(pen, drawn.inputs)
    for index, column in enumerate(drawn.layers):
        yield from layer_column(pen, index, column)
    if drawn.loss is not None:
        yield from loss_card(pen, drawn.loss)
