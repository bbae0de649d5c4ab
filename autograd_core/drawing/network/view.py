"""A graph drawn as a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape

from autograd_core.drawing.drawing import Drawing, Samples
from autograd_core.drawing.network.picture import NetworkPicture, network_svg
from autograd_core.drawing.network.structure import Network, NotANetworkError, drawn_network, with_sample
from autograd_core.graph import Node, is_weighted_sum
from autograd_core.notation.numbers import count

_MOST_LAYERS = 12  # that are drawn beside each other if nobody asks for it
_MOST_SAMPLES, _MOST_TEXTS = 60, 12_000  # that a notebook has beside the one shown
_TEXT = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
_TAG = re.compile(r"<title>.*?</title>|<[^>]*>", re.DOTALL)
_CELL = re.compile(r'class="(pos|neg|loud)" fill-opacity="([^"]*)"')


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

    def svg(of_sample: Network) -> str:
        return network_svg(of_sample, highlight=highlight, digits=digits, collapse=collapse)

    return Drawing(NetworkPicture(svg(network), lambda: _samples(network, svg)), _summary(network))


def _samples(network: Network, svg: Callable[[Network], str]) -> Samples | None:
    """What the texts and cells of the picture are for each sample of a batch; None where that is too much."""
    count = len(network.samples)
    size = len(_TEXT.findall(svg(network)))
    if count == 1 or count > _MOST_SAMPLES or count * size > _MOST_TEXTS:
        return None
    pictures = [svg(with_sample(network, sample)) for sample in range(count)]
    texts = [[unescape(_TAG.sub("", text)) for text in _TEXT.findall(picture)] for picture in pictures]
    cells = [[f"{kind} {opacity}" for kind, opacity in _CELL.findall(picture)] for picture in pictures]
    is_alike = len(set(map(len, texts))) == len(set(map(len, cells))) == 1
    return {"shown": network.sample, "texts": texts, "cells": cells} if is_alike else None


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
