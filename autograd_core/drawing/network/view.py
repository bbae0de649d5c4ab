"""A graph drawn as a network."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.network.picture import NetworkPicture, network_svg
from autograd_core.drawing.network.structure import Network, NotANetworkError, drawn_network
from autograd_core.graph import Node, is_weighted_sum
from autograd_core.notation.numbers import count

_MOST_LAYERS = 12  # that are drawn beside each other if nobody asks for it


def network_drawing(
    root: Node,
    only_if_layers: bool,
    sample: int,
    parameters: Sequence[Node],
    highlight: Node | None,
    digits: int,
    collapse: Sequence[str],
) -> Drawing | None:
    """The drawing of a network.

    Args:
        root: where the graph ends.
        only_if_layers: give None for anything but layers of weighted sums between given inputs and the loss.
        sample, parameters, highlight, digits, collapse: as for :func:`~autograd_core.drawing.draw.draw`.

    Raises:
        ValueError: the graph is no network, or there is no such sample or module.
    """
    try:
        network = drawn_network(root, sample, parameters)
    except NotANetworkError as error:
        if only_if_layers:
            return None
        raise ValueError(f'{error}: draw it with view="graph"') from error
    if only_if_layers and not _is_of_layers(network):
        return None
    svg = network_svg(network, highlight=highlight, digits=digits, collapse=collapse)
    return Drawing(NetworkPicture(svg), _summary(network))


def _is_of_layers(network: Network) -> bool:
    """Whether a network is what layers record: few of them, sums of one node, and nothing computed before them."""
    terms = [term for layer in network.layers for neuron in layer.neurons for term in neuron.terms]
    held = [each for term in terms for each in (term.parameter, *([term.source] if term.signal is not None else []))]
    outputs = {neuron.output for layer in network.layers for neuron in layer.neurons}
    return (
        len(network.layers) <= _MOST_LAYERS
        and all(is_weighted_sum(term.node) for term in terms)
        and all(type(each) is float or not each.operands or each in outputs for each in held)
    )


def _summary(network: Network) -> str:
    summary = f"drawing of a {network.sizes} network with {count(len(network.order))} nodes"
    return f"{summary}, sample {network.sample:,} of {len(network.samples):,}" if network.is_batch else summary
