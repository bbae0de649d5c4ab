"""What the nodes of a graph are called, wherever they are shown or typed: each has a name that no other node has.

A node is called by its label. One without a label gets the textbook's letter for its place, or is called by the
operation that computed it.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

from autograd_core.graph import Node
from autograd_core.notation.expression import operation
from autograd_core.notation.labels import modules_of
from autograd_core.notation.numbers import did_you_mean, one_line, subscripted
from autograd_core.roles.network import Network, Neuron
from autograd_core.roles.recognise import network_in

_NUMBERED = re.compile(r"(.*)#([0-9]{1,15})")
_NO_LETTERS = re.compile(r"[\W\d_]")
_LONGEST_OPERATION = 24
_LONGEST_TYPED = 100
_MOST_OFFERED = 2_000  # of more nodes than that, only labels are offered for completion
_MOST_CANDIDATES = 6

Letter = Literal["w", "x", "b", "s", "o", "t", "v"]
_SPARE_LETTERS = "uzyqpgrdfch"


class UnknownNameError(LookupError):
    """No node is called that, or several are; the message offers names that there are."""


class NodeNames:
    """The names of a graph's nodes.

    Args:
        order: the nodes in topological order.

    A label that several nodes have is followed by the node's number in the topological order, as in ``w#3``. Of the
    nodes without a label

    - the root is called ``root``, if it was computed;
    - what goes into a loss is called ``o``, and a leaf in the place of its target ``t``;
    - a neuron's weighted sum, and whatever else is computed and goes into an activation, is called ``s``;
    - a leaf is called ``w``, ``x`` or ``b`` as it is used in a neuron's sum, and ``x`` elsewhere;
    - any other is called by a short operation, such as ``tanh(s)`` or ``w * x``, or else ``v``.

    Letters have indices where several nodes share them. None is used that could be taken for a label: where there is a
    label ``x1``, no node is called ``x₁``, but ``u₁``.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(2.0, "a")
    >>> order = ag.topological_order(ag.tanh(a * b + 1.0) * 2.0)
    >>> names = NodeNames(order)
    >>> [names.of(node) for node in order]
    ['a#1', 'a#2', 'a#1 * a#2', 's', 'o', 'root']
    >>> names.node("a#2") is b, names.node("a#1*a#2 + 1") is names.node("#4") is names.node("s")
    (True, True)
    """

    def __init__(self, order: Sequence[Node]) -> None:
        self._order = order

    def of(self, node: Node) -> str:
        """The name of a node."""
        return self._names[node]

    def number(self, node: Node) -> int:
        """The place of a node in the topological order, from 1."""
        return self._numbers[node]

    def placed(self, node: Node) -> str:
        """The name of a node, and the module of a network that it lies in where its name does not say."""
        modules = () if node.label or node.op is None else self._modules[node]
        return f"{self.of(node)} in {modules[-1]}" if modules else self.of(node)

    def module(self, node: Node) -> str:
        """The innermost module of a network that a node lies in, such as ``layers.0.neurons.2``; "" in none."""
        modules = self._modules[node]
        return modules[-1] if modules else ""

    def within(self, node: Node, module: str) -> str:
        """The name of a node as it can stand below its module's: ``bias`` for ``layers.0.neurons.2.bias``."""
        name = self.of(node)
        return name.removeprefix(f"{module}.") if module and node.label == name else name

    def operation(self, node: Node) -> str:
        """The operation that computed a node, on its operands by name."""
        return operation(node, self.of)

    def equation(self, node: Node) -> str:
        """A node's name and the operation that computed it, as in ``s = w·x + b``, without saying the same twice."""
        return self.of(node) if node.op is None else " = ".join(dict.fromkeys([self.of(node), self.operation(node)]))

    @cached_property
    def network(self) -> Network:
        """What the graph's nodes are: neurons, and a loss after them."""
        return network_in(self._order)

    # -- how the names come about --

    @cached_property
    def _numbers(self) -> dict[Node, int]:
        return {node: number for number, node in enumerate(self._order, 1)}

    @cached_property
    def _modules(self) -> dict[Node, tuple[str, ...]]:
        return modules_of(self._order)

    @cached_property
    def _names(self) -> dict[Node, str]:
        names = self._labels()
        taken = {_read(text) for node, name in names.items() for text in (name, one_line(node.label))}
        letters = _letters_apart_from(taken)
        roles = _roles(self._order, names, self.network)
        uses = Counter(roles.values())
        indices: Counter[Letter] = Counter()
        for node in self._order:
            if node in names:
                continue
            text = "root" if node is self._order[-1] and node.op is not None else ""
            if not text and (role := roles.get(node)):
                indices[role] += 1
                text = letters[role] if uses[role] == 1 else subscripted(letters[role], indices[role])
            elif not text:
                text = operation(node, names.__getitem__)
            if len(text) > _LONGEST_OPERATION or "…" in text or _read(text) in taken:
                indices["v"] += 1
                text = subscripted(letters["v"], indices["v"])
            taken.add(_read(text))
            names[node] = text
        return names

    def _labels(self) -> dict[Node, str]:
        """The nodes that have a label, by what of it can stand in a line, with a number where they share it."""
        labels = {node: one_line(node.label) for node in self._order if node.label}
        uses = Counter(labels.values())
        for node, label in labels.items():
            if uses[label] > 1 or ("#" in label and _NUMBERED.fullmatch(label)):
                labels[node] = f"{label}#{self._numbers[node]}"
        return labels

    # -- names that are typed --

    @cached_property
    def _spelled_out(self) -> dict[Node, str]:
        """Nodes without a label as operations all the way down to labels, where that can still be typed."""
        texts: dict[Node, str] = {}
        for node in self._order:
            text = node.label if node.label or node.op is None else operation(node, texts.__getitem__)
            texts[node] = text if 0 < len(text) <= _LONGEST_TYPED else self.of(node)
        return texts

    def node(self, text: str) -> Node:
        """The node that is meant by a name: as :meth:`of` gives it, a number as in ``#3`` or ``tanh#3``, a label, the
        operation that computed it, the name of a primitive, ``root``, and any of these with ``.grad`` or ``.data``.

        An index may be typed as a plain number, and spaces be left out.

        Raises:
            UnknownNameError: none or several are.
        """
        candidates = self._candidates(text)
        if not candidates:
            shorter = re.sub(r"\.(grad|data)$", "", text)
            candidates = self._candidates(shorter) if shorter != text else []
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            some = ", ".join(self.of(node) for node in candidates[:_MOST_CANDIDATES])
            more = ", …" if len(candidates) > _MOST_CANDIDATES else ""
            raise UnknownNameError(f"{len(candidates):,} nodes are called {text!r}; say which: {some}{more}")
        primitives = {node.op.name for node in self._order if node.op is not None}
        hint = did_you_mean(text, primitives.union(self.all())) or " list shows the nodes."
        raise UnknownNameError(f"No node is called {text[:60]!r}.{hint}")

    def _candidates(self, text: str) -> Sequence[Node]:
        """The nodes that a name may mean, by the first reading that means any."""
        if (numbered := _NUMBERED.fullmatch(text)) and 0 < int(numbered[2]) <= len(self._order):
            node = self._order[int(numbered[2]) - 1]
            primitive = "" if node.op is None else node.op.name
            if numbered[1] in ("", primitive) or text == self.of(node):
                return [node]
        read = _read(text)
        readings = (
            lambda node: text == node.label != "",
            lambda node: read == _read(self.of(node)),
            lambda node: node.op is not None and read == _read(self.operation(node)),
            lambda node: read == _read(self._spelled_out[node]),
            lambda node: node.op is not None and text == node.op.name,
        )
        for reading in readings:
            if found := [node for node in self._order if reading(node)]:
                return found
        return self._order[-1:] if text == "root" else []

    def all(self) -> Sequence[str]:
        """The names to offer for completion: in a large graph only the labels."""
        offers_all = len(self._order) <= _MOST_OFFERED
        return sorted({self.of(node) for node in self._order if node.label or offers_all})


def _read(text: str) -> str:
    """A name as a reader may take it: ``x₁`` for ``x1``, ``w*x`` for ``w * x``."""
    return "".join(unicodedata.normalize("NFKC", text.replace("²", "^2")).casefold().split())


def _letters_apart_from(labels: Iterable[str]) -> dict[Letter, str]:
    """For each role a letter that is not a label, with an index or without."""
    taken = {_NO_LETTERS.sub("", label) for label in labels}
    chosen: dict[Letter, str] = {}
    preferred: tuple[Letter, ...] = ("w", "x", "b", "s", "o", "t", "v")
    for letter in preferred:
        spares = itertools.chain(letter, _SPARE_LETTERS, map(letter.__mul__, itertools.count(2)))
        chosen[letter] = next(
            spare for spare in spares if spare not in taken and (spare == letter or spare not in preferred)
        )
        taken.add(chosen[letter])
    return chosen


def _roles(order: Sequence[Node], named: dict[Node, str], network: Network) -> dict[Node, Letter]:
    """The letters of nodes without a name, by what they are and by the first use of them."""
    roles: dict[Node, Letter] = {} if order[-1].op is not None or order[-1] in named else {order[-1]: "x"}
    sums = {neuron.sum: neuron for neuron in network.neurons}
    passed_over = {part for neuron in network.neurons for part in neuron.parts}
    for consumer in order:
        if consumer in passed_over:
            continue  # the operands of a neuron's parts are those of its sum
        uses = _neuron_roles(sums[consumer]) if consumer in sums else _operand_roles(consumer, network)
        for operand, role in uses:
            if type(operand) is float or operand in named or operand in roles:
                continue
            if operand.op is None or role in ("o", "s"):
                roles[operand] = role
            elif operand in sums:
                roles[operand] = "s"
    return roles


def _neuron_roles(neuron: Neuron) -> Iterator[tuple[Any, Letter]]:
    for term in neuron.weights:
        yield term.parameter, "w"
        yield term.signal, "x"
    for bias in neuron.biases:
        yield bias.parameter, "b"


def _operand_roles(node: Node, network: Network) -> Iterator[tuple[Any, Letter]]:
    """Each operand of a node, and the letter of its place."""
    if node.op is None:
        return
    if node.op.kind == "loss":
        for index, operand in enumerate(node.operands):
            is_target = index >= len(node.operands) // 2 and type(operand) is not float and operand.op is None
            yield operand, "t" if is_target else "o"
    else:
        in_loss = network.in_loss(node)
        for operand in node.operands:
            computed = type(operand) is not float and operand.op is not None
            if in_loss and not computed:
                yield operand, "w" if operand in network.parameters else "t"
            elif in_loss and network.is_output(operand):
                yield operand, "o"
            else:
                yield operand, "s" if computed and node.op.kind == "activation" else "x"
