"""What a drawing looks like: the roles of items, their colours, and what is written beside them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from autograd_core.drawing.arrangement import Arrangement, Constant, Item
from autograd_core.graph import EdgeKind, Node, backward_has_run, gradient_of, is_weighted_sum, topological_order
from autograd_core.notation.expression import is_word
from autograd_core.notation.labels import modules_of
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number, subscripted
from autograd_core.roles.network import Network

ColorBy = Literal["kind", "gradient"]
Direction = Literal["LR", "TB", "RL", "BT"]
Role = Literal["leaf", "parameter", "constant", "operation", "several nodes"]

KIND_SYMBOLS: dict[EdgeKind, str] = {"input": "x", "weight": "w", "activation": "a′", "loss": "c′", "other": "∂"}
"""What stands before a local derivative at its edge, so that its kind can be read without colours."""

ROLE_FILLS: dict[Role, str] = {
    "leaf": "#dcebf9",
    "parameter": "#fdeab3",
    "constant": "#f1f2f4",
    "operation": "#fdfdfe",
    "several nodes": "#e4e7eb",
}

_NUMBERED_MODULES = re.compile(r"\.([^\W\d]\w*?)s\.(\d+)(?=\.|$)")
_POSITIVE, _NEGATIVE = "#d55e00", "#0072b2"
_GRADIENT_DECADES = 4  # how far below the largest gradient a node's colour can still be seen
_MOST_LABELS = 400  # finding places for more labels than this takes nearly all of the layout's time
_MOST_BUNDLE_LABELS = 40  # and the number of edges between boxes is not worth as much


@dataclass(frozen=True)
class Look:
    """How a graph is drawn.

    Attributes:
        root: the graph's root.
        network: the neurons that there are in it, and what their parts are.
        names: what the graph's nodes are called.
        strong: the nodes that stand out; all others are faded.
        parameters: the leaves that are parameters.
        highlights: whether some nodes are faded.
        contributions: whether upstream × local derivative is written at the edges.
        color_by: what colours show.
        rankdir: the direction in which the graph runs.
        digits: how many significant digits numbers have.
        culprit: a node that failed, which is red.
        message: what it failed with.
    """

    root: Node
    network: Network
    names: NodeNames
    strong: Collection[Item]
    parameters: Collection[Node]
    highlights: bool = False
    contributions: bool = False
    color_by: ColorBy = "kind"
    rankdir: Direction = "LR"
    digits: int = 4
    culprit: Node | None = None
    message: str = ""

    def number(self, value: float) -> str:
        """A number as this drawing writes it."""
        return number(value, self.digits)

    def is_plain(self, node: Node, operand_index: int) -> bool:
        """Whether an edge is one within a neuron's sum, which passes on what comes as it is."""
        return node in self.network.neuron_of and self.network.kind(node, operand_index) == "other"

    def title(self, item: Node) -> str:
        """What stands above an item's number: its name, or its place in a network, and the operation if it is one.

        A parameter of a layer has its letter there, and a weighted sum its layer and neuron.
        """
        modules = self.modules[item]
        if item.op is None:
            return self._letters.get(item, "") if modules and item in self._letters else self.names.of(item)
        if modules and is_weighted_sum(item):
            return module_title(modules[-1])
        name, operation = self.names.of(item), str(item.op.name)
        is_called_by_it = not item.label and (item is self.root or not is_word(name))
        return operation if is_called_by_it or modules else f"{name} = {operation}"

    @cached_property
    def backward_has_run(self) -> bool:
        """Whether there are gradients to show."""
        return backward_has_run(self.root, self._order)

    @cached_property
    def largest_gradient(self) -> float:
        """The largest magnitude of a finite gradient."""
        return max([abs(gradient_of(node)) for node in self._order if math.isfinite(gradient_of(node))], default=0.0)

    @cached_property
    def _order(self) -> list[Node]:
        return topological_order(self.root)

    @cached_property
    def modules(self) -> dict[Node, tuple[str, ...]]:
        """The modules that each node lies in."""
        return modules_of(self._order)

    @cached_property
    def _letters(self) -> dict[Node, str]:
        """The parameters of neurons, as w₀, w₁ … and b."""
        letters: dict[Node, str] = {}
        for neuron in self.network.neurons:
            for index, term in enumerate(neuron.weights):
                letters.setdefault(term.parameter, subscripted("w", index))
            for term in neuron.biases:
                letters.setdefault(term.parameter, "b")
        return letters

    def gradient_color(self, items: Sequence[Item]) -> str:
        """Orange for a positive gradient, blue for a negative one; the smaller, the paler, on a logarithmic scale."""
        nodes = [item for item in items if not isinstance(item, Constant)]
        gradient = max([gradient_of(node) for node in nodes if math.isfinite(gradient_of(node))], key=abs, default=0.0)
        if gradient == 0.0:
            return ROLE_FILLS["operation"]
        decades_below = math.log10(self.largest_gradient) - math.log10(abs(gradient))
        return gradient_fill(gradient > 0.0, max(0.1, 1.0 - decades_below / _GRADIENT_DECADES))

    def role(self, item: Item) -> Role:
        """What an item is drawn as."""
        if isinstance(item, Constant):
            return "constant"
        if item.operands:
            return "operation"
        return "parameter" if item in self.parameters else "leaf"


def module_title(module: str) -> str:
    """A module's name in words, where it is one of several.

    >>> module_title("layers.0.neurons.2"), module_title("encoder")
    ('layer 0 · neuron 2', 'encoder')
    """
    numbered = _NUMBERED_MODULES.findall(f".{module}")
    if "".join(f".{name}s.{index}" for name, index in numbered) != f".{module}":
        return module
    return " · ".join(f"{name} {index}" for name, index in numbered)


def is_loud(item: Item) -> bool:
    """Whether an item has a nan or inf to show."""
    return not math.isfinite(item.data) or not (isinstance(item, Constant) or math.isfinite(gradient_of(item)))


def shows_labels(arrangement: Arrangement) -> bool:
    """Whether edges have their text beside them, and not in the tooltip alone."""
    return len(arrangement.bundles) <= (_MOST_BUNDLE_LABELS if arrangement.note else _MOST_LABELS)


def gradient_fill(is_positive: bool, strength: float = 1.0) -> str:
    """The colour of a gradient: the weaker, the paler."""
    color, share = _POSITIVE if is_positive else _NEGATIVE, 0.65 * strength
    channels = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02x}" for channel in channels)
