"""The chain rule forwards: how nodes change along directions in which some of the others do.

A backward pass gives one node's gradient with respect to all others; a pass forwards gives all nodes' derivatives along
one direction. Here several directions go together, and a node has tangents along those alone that it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_core.derivatives.gradients import is_finite, number_of, partials_as_values, plus, times
from autograd_core.graph import Node, opened_order, order_of_all

Tangents = dict[int, Any]
"""By direction, how fast a node changes; along all others it does not."""


class NotFiniteError(ArithmeticError):
    """An infinite or nan factor, of which the rule of zero adjoints may make another result in reverse."""


def push_forward(roots: Sequence[Node], seeds: Mapping[Node, Tangents], create_graph: bool = False) -> list[Tangents]:
    """How each root changes along each direction.

    Args:
        roots: Values.
        seeds: for each Value that changes by itself, how fast along which direction, in floats or Values.
        create_graph: compute with local derivatives that are Values, so that the results can be differentiated again.

    Returns:
        For each root its tangents, along the directions that it depends on.

    Raises:
        NotFiniteError: there is a local derivative or a product that is not finite.

    >>> from autograd_core import Value
    >>> x, y = Value(3.0), Value(2.0)
    >>> push_forward([x * y, x + 1.0], {x: {0: 1.0}, y: {1: 1.0}})
    [{0: 2.0, 1: 3.0}, {0: 1.0}]
    """
    order = opened_order(roots, keep_numbers=True) if create_graph else order_of_all(roots)
    uses_left = _uses(order, roots)
    known: dict[Node, Tangents] = {}
    for node in order:
        found = seeds[node] if node in seeds else _passed_on(node, known, create_graph)
        if found:
            known[node] = found
        for operand in node.operands:
            if type(operand) is not float:
                uses_left[operand] -= 1
                if not uses_left[operand]:
                    known.pop(operand, None)  # all tangents of a deep graph at once would fill the memory
    return [known.get(root, {}) for root in roots]


def _uses(order: Sequence[Node], roots: Sequence[Node]) -> dict[Node, int]:
    """How often each node is an operand, or a root."""
    uses = dict.fromkeys(order, 0)
    for node in order:
        for operand in node.operands:
            if type(operand) is not float:
                uses[operand] += 1
    for root in roots:
        uses[root] += 1
    return uses


def _passed_on(node: Node, known: Mapping[Node, Tangents], create_graph: bool) -> Tangents:
    """A node's tangents: the sum, over its operands, of theirs times the local derivative."""
    if not any(type(operand) is not float and operand in known for operand in node.operands):
        return {}
    found: Tangents = {}
    derivatives = partials_as_values(node) if create_graph else node.local_derivatives
    for operand, recorded, derivative in zip(node.operands, node.local_derivatives, derivatives):
        if type(operand) is float or operand not in known or derivative is None:
            continue
        if recorded is not None and not is_finite(recorded):
            raise NotFiniteError
        for direction, tangent in known[operand].items():
            contribution = times(tangent, derivative)
            if not is_finite(number_of(contribution)):
                raise NotFiniteError
            found[direction] = plus(found.get(direction, 0.0), contribution)
    return found


def is_forward_cheaper(roots: Sequence[Node], variables: Sequence[Node]) -> bool:
    """Whether all derivatives of roots with respect to variables take less work forwards than in reverse.

    Forwards, each edge of the graph is gone along once for each variable that its operand depends on; in reverse, once
    for each root that depends on its node.
    """
    if len(roots) <= 1 or len(variables) <= 1:
        return len(roots) > 1
    order = order_of_all(roots)
    variables_below = {variable: 1 << place for place, variable in enumerate(variables)}  # sets, as bits
    roots_above: dict[Node, int] = dict.fromkeys(order, 0)
    for place, root in enumerate(roots):
        roots_above[root] |= 1 << place
    forwards = in_reverse = 0
    for node in order:
        below = variables_below.get(node, 0)
        for operand in node.operands:
            if type(operand) is not float:
                its_own = variables_below[operand]
                below |= its_own
                forwards += its_own.bit_count()
        variables_below[node] = below
    for node in reversed(order):
        above = roots_above[node]
        for operand in node.operands:
            if type(operand) is not float and variables_below[operand]:
                roots_above[operand] |= above
                in_reverse += above.bit_count()
    return forwards < in_reverse
