"""The derivative along a chain of edges, written as one formula: ``2·(o − 1)`` for ``(o - 1)**2``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from autograd_core.graph import Node
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.symbols import derivative_template, is_one_placeholder, operands_named, symbol, with_symbols

_LONGEST = 40
_ADDED = {"+": "+", "-": "−"}


def formula_along(edges: Sequence[tuple[Node, int]], names: NodeNames) -> tuple[str, list[Node]]:
    """The product of the derivatives along a chain of edges, and the nodes that the formula names.

    Args:
        edges: each a node and an operand's index, from the first operand on; both edges of a square ``d * d`` are one
            link of the chain.
        names: those of the graph.

    Returns:
        An empty formula where the edges are no single chain, where a node has no formula, or where it would be too
        long to be read.

    >>> import autograd_core as ag
    >>> o = ag.Value(0.5, "o")
    >>> difference = o - 1.0
    >>> square = difference**2
    >>> loss = -square
    >>> names = NodeNames(ag.topological_order(loss))
    >>> formula_along([(difference, 0), (square, 0), (loss, 0)], names)[0]
    '−2·(o − 1)'
    """
    chain = [edge for edge in edges if not (edge[1] == 1 and _is_square(edge[0]))]
    for (before, _), (node, index) in itertools.pairwise(chain):
        if node.operands[index] is not before:
            return "", []
    sign, factors = "", []
    named: list[Node] = []
    for node, index in reversed(chain):
        template = "2·{0}" if _is_square(node) else derivative_template(node, index)
        if template == "−1":
            sign = "" if sign else "−"
        elif is_one_placeholder(template):
            factors.append(with_symbols(template, node, index, names))
        elif template != "1":
            factors.append(with_symbols(template, node, index, names, _written_out))
            for operand in operands_named(template, node, index):
                named += _operands_of_sum(operand) or [operand]
    if sign or len(factors) > 1:
        factors = [f"({text})" if _is_loose(text) else text for text in factors]
    formula = sign + ("·".join(factors) or "1")
    return (formula, named) if "" not in factors and len(formula) <= _LONGEST else ("", [])


def _is_square(node: Node) -> bool:
    return bool(node.op.name == "*" and len(node.operands) == 2 and node.operands[0] is node.operands[1])


def _is_sum(operand: Node) -> bool:
    if operand.label or operand.op is None:
        return False
    return operand.op.name in _ADDED and len(operand.operands) == 2


def _operands_of_sum(operand: Node) -> list[Node]:
    return [each for each in operand.operands if type(each) is not float] if _is_sum(operand) else []


def _written_out(node: Node, operand_index: int, names: NodeNames) -> str:
    """What an operand is called; a sum or difference without a label by what it adds."""
    operand = node.operands[operand_index]
    if type(operand) is float or not _is_sum(operand):
        return symbol(node, operand_index, names)
    left, right = [as_one_word(symbol(operand, index, names)) for index in range(2)]
    return f"{left} {_ADDED[operand.op.name]} {right}"


def _is_loose(text: str) -> bool:
    """Whether a text has a space outside parentheses, and so would be torn apart in a product."""
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == " " and depth == 0:
            return True
    return False
