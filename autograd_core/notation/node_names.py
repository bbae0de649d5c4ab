"""What the nodes of one graph are called where names are typed: each by a name that no other node has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from autograd_core.notation.expression import expression
from autograd_core.notation.numbers import did_you_mean
from autograd_core.notation.symbols import name

_NUMBERED = re.compile(r"(.*)#([0-9]{1,15})")
_MOST_FORMULAS = 2_000  # of more nodes than that, those without a label are called by their primitives and numbers
_MOST_CANDIDATES = 6


class UnknownNameError(LookupError):
    """No node is called that, or several are; the message offers names that there are."""


class NodeNames:
    """The names of a graph's nodes.

    A node is called by its label, or else by the formula that computed it. Where several nodes share that, its number
    in the topological order follows, as in ``w#3``, and a formula gives way to its primitive, as in ``tanh#5``.

    Args:
        order: the nodes in topological order.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(2.0, "a")
    >>> order = ag.topological_order(a * b)
    >>> names = NodeNames(order)
    >>> [names.of(node) for node in order]
    ['a#1', 'a#2', 'a * a']
    >>> names.node("a#2") is b, names.node("a*a") is names.node("#3") is names.node("root")
    (True, True)
    """

    def __init__(self, order: Sequence[Any]) -> None:
        self._order = order
        self._numbers = {node: number for number, node in enumerate(order, 1)}
        self._spells_out = len(order) <= _MOST_FORMULAS
        self._texts = {node: self._text(node) for node in order}
        self._uses = Counter(self._texts.values())

    def _text(self, node: Any) -> str:
        return expression(node) if node.label or self._spells_out else name(node)

    def of(self, node: Any) -> str:
        """The name of a node."""
        text = self._texts[node]
        by_formula = self._spells_out or bool(node.label)
        if by_formula and self._uses[text] == 1 and not _NUMBERED.fullmatch(text):
            return text
        return f"{name(node)}#{self._numbers[node]}"

    def number(self, node: Any) -> int:
        """The place of a node in the topological order, from 1."""
        return self._numbers[node]

    def node(self, text: str) -> Any:
        """The node that is meant by a name: as :meth:`of` gives it, a number as in ``#3``, a label, a formula, the name
        of a primitive, ``root``, and any of these with ``.grad`` or ``.data`` after it.

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

    def _candidates(self, text: str) -> Sequence[Any]:
        """The nodes that a name may mean, by the first reading that means any."""
        if (numbered := _NUMBERED.fullmatch(text)) and 0 < int(numbered[2]) <= len(self._order):
            node = self._order[int(numbered[2]) - 1]
            if text in (f"#{numbered[2]}", self.of(node)):
                return [node]
        spaceless = "".join(text.split())
        readings = (
            lambda node: text == node.label != "",
            lambda node: spaceless == "".join(self._texts[node].split()),
            lambda node: node.op is not None and text == node.op.name,
        )
        for reading in readings:
            if found := [node for node in self._order if reading(node)]:
                return found
        return self._order[-1:] if text == "root" else []

    def all(self) -> Sequence[str]:
        """The names to offer for completion: in a large graph only the labels."""
        return sorted({self.of(node) for node in self._order if node.label or self._spells_out})
