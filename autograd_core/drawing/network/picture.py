"""The picture of a network as SVG.

Every number is a ``<text>`` of its own that a page can address:

- ``data-sort`` says which number it is: ``value`` (a node's data), ``gradient`` (its gradient), ``derivative`` (a local
  derivative), ``slope`` (∂activation/∂sum where the activation is written out in several nodes), ``contribution``
  (gradient of the node × its local derivative: what one sample adds to a weight's gradient), ``constant`` (an operand
  that is a number), ``class`` (1 where the operand, the index of the right class, is the output's own, else 0).
- ``data-node`` is the place of its node in ``topological_order(root)``, from 0. ``data-operand`` is which operand of
  the node, from 0; for a ``slope`` the place of the sum in the topological order.
- ``data-digits`` is how many significant digits it has where that is not the picture's number of them. Its text is
  :func:`column_number` of the value; none for a gradient before ``backward()``.

The cells of a matrix are ``<rect class="pos">`` or ``neg`` with the same attributes; their ``fill-opacity`` is
(|value| / largest)^0.7, where the largest weight and gradient stand at the matrix, ``<g class="matrix"
data-largest-weight data-largest-gradient>``.

Around the numbers are ``<g class="term" data-layer data-neuron data-term>``, a row of a neuron with its weight or bias;
``<g class="neuron" data-layer data-neuron>``; ``<g class="input" data-input>``; ``<g class="loss">`` and, where the
loss has several outputs, ``<g class="output" data-output>``. An edge is a ``<path class="edge ew">`` with the
attributes of the term that it leads to, or a ``<path class="edge ec" data-output>``. All of these are counted from 0.
What is off the highlighted paths has the class ``off``, an edge on them ``on``, and the group of all parts is ``lit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autograd_core.drawing.drawing import Samples
from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.drawing.network.edges import edges
from autograd_core.drawing.network.emphasis import Emphasis, in_sight
from autograd_core.drawing.network.ends import input_cards, loss_card
from autograd_core.drawing.network.layers import layer_column
from autograd_core.drawing.network.layout import MARGIN, WIDTH, Layout, Wishes, layout
from autograd_core.drawing.network.legend import legend
from autograd_core.drawing.network.numbers import Numbers
from autograd_core.drawing.network.pen import Pen
from autograd_core.drawing.network.structure import Network
from autograd_core.drawing.network.svg import Attributes, element, group, length
from autograd_core.graph import Node, backward_has_run, depends_on
from autograd_core.notation.labels import check_modules, modules_of
from autograd_core.theme import network_style, printed_network_style


class NetworkPicture:
    """A network, laid out by this package itself.

    Attributes:
        source: the picture as an SVG element without id and style.
        samples: gives the texts of all samples of a batch.
    """

    text_formats: tuple[str, ...] = ()

    def __init__(self, source: str, samples: Callable[[], Samples | None] = lambda: None) -> None:
        self.source = source
        self.samples = samples

    def svg(self, element: str) -> str:
        """The picture as an SVG element with an id, and with its style."""
        style = f"<style>{network_style(f'#{element}')}</style>"
        return _with_style(self.source, style, f'<svg id="{element}"')

    def file(self, suffix: str) -> bytes:
        """The picture as ``png`` or ``pdf``, light.

        Raises:
            NoRendererError: there is no cairosvg.
        """
        try:
            import cairosvg
        except (ImportError, OSError) as error:  # the second where the C library is missing
            raise NoRendererError(
                f"to save a network as .{suffix}, install cairosvg, as in pip install 'autograd-core[png]'; it can be "
                'saved as .svg without, and draw(…, view="graph") is drawn by Graphviz'
            ) from error
        picture = _with_style(self.source, f"<style>{printed_network_style()}</style>", "<svg")
        convert = {"png": cairosvg.svg2png, "pdf": cairosvg.svg2pdf}[suffix]
        drawn: bytes = convert(bytestring=picture.encode(), **({"scale": 1.5} if suffix == "png" else {}))
        return drawn


def _with_style(source: str, style: str, opening: str) -> str:
    """A picture with its style, on its background."""
    tag, content = source.split(">", 1)
    return f'{tag.replace("<svg", opening, 1)}>{style}<rect class="page" width="100%" height="100%"/>{content}'


def network_svg(
    network: Network,
    *,
    highlight: Node | None = None,
    digits: int = 3,
    width: float = WIDTH,
    number_space: float = 0.0,
    collapse: Sequence[str] = (),
    with_legend: bool = True,
) -> str:
    """The picture of a network as one SVG element of class ``network``; :func:`theme.network_style` gives its style.

    Args:
        network: what :func:`~autograd_core.drawing.network.structure.drawn_network` finds in a graph.
        highlight: a node whose paths to the root stand out.
        digits: how many significant digits numbers have.
        width: how wide the picture may be, in pixels; it is wider where that does not suffice.
        number_space: what each column of numbers has beside its number, for marks.
        collapse: modules, such as ``layers.0``, that are drawn as one matrix each.
        with_legend: whether notes, what the colours mean, and the highlighted gradient stand below.
    """
    strong = frozenset() if highlight is None else frozenset(depends_on(network.order, [highlight]))
    emphasis = Emphasis(highlight, strong)
    numbers = Numbers(network, backward_has_run(network.root, network.order))
    wishes = _wishes(network, numbers, emphasis, collapse)
    wishes = replace(wishes, width=width, digits=digits, number_space=number_space)
    pen = Pen(network, layout(network, wishes), numbers, emphasis, digits)
    below, room = legend(pen) if with_legend else ("", 0.0)
    drawn_width, drawn_height = length(pen.layout.width), length(pen.layout.height + MARGIN + room)
    attributes: Attributes = {"xmlns": "http://www.w3.org/2000/svg", "class": "network"}
    attributes |= {"width": drawn_width, "height": drawn_height, "viewBox": f"0 0 {drawn_width} {drawn_height}"}
    parts = group("parts" if highlight is None else "parts lit", *_parts(pen))
    return element("svg", attributes, parts, below)


def _wishes(network: Network, numbers: Numbers, emphasis: Emphasis, collapse: Sequence[str]) -> Wishes:
    """What the layout has to know of names, of what is highlighted, and of what is collapsed."""
    names = [max(map(len, numbers.names_of_sources(layer.neurons)), default=0) for layer in network.layers]
    loss_name = 0 if network.loss is None else len(network.loss.op.name)
    modules = modules_of(network.order)
    check_modules(collapse, modules)
    lies_in = [set(modules[layer.neurons[0].weighted_sum]) for layer in network.layers]
    collapsed = {index for index, of_layer in enumerate(lies_in) if not of_layer.isdisjoint(collapse)}
    input_name = max(map(len, numbers.input_names), default=0)
    return Wishes(
        source_names=names,
        input_name=input_name,
        loss_name=loss_name,
        kept=in_sight(network, emphasis),
        collapsed=collapsed,
    )


def _parts(pen: Pen) -> Iterator[str]:
    """The parts of the picture, those that lie under others first."""
    drawn: Layout = pen.layout
    yield from edges(pen)
    yield from input_cards(pen, drawn.inputs)
    for index, column in enumerate(drawn.layers):
        yield from layer_column(pen, index, column)
    if drawn.loss is not None:
        yield from loss_card(pen, drawn.loss)
