"""How local derivatives are written, wherever they are shown: as symbols, as formulas, and with numbers in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

from autograd_core.graph import Node, is_weighted_sum, local_derivative, partner_index
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import number

_ONE_PLACEHOLDER = re.compile(r"\{\w+\}")


def symbol(node: Node, operand_index: int, names: NodeNames) -> str:
    """What an operand is called in the formulas of ``node``: its name, or the number of a constant."""
    operand = node.operands[operand_index]
    return number(operand) if type(operand) is float else names.of(operand)


def derivative_symbol(node: Node, operand_index: int, names: NodeNames) -> str:
    """The derivative of a node with respect to one of its operands as a symbol.

    >>> import autograd_core as ag
    >>> x = ag.Value(2.0, "x")
    >>> third, slope = x / 3.0, ag.sigmoid(x)
    >>> names = NodeNames(ag.topological_order(third + slope))
    >>> derivative_symbol(slope, 0, names), derivative_symbol(third, 0, names)
    ('σ′(x)', '∂(x / 3)/∂x')
    """
    operand = symbol(node, operand_index, names)
    function, opening, _ = node.op.source.partition("({0}")
    if operand_index == 0 and opening and function and node.op.kind in ("activation", "function"):
        return f"{function}′({operand})"
    return f"∂{as_one_word(names.of(node))}/∂{as_one_word(operand)}"


def derivative_formula(node: Node, operand_index: int, names: NodeNames, digits: int = 4) -> str:
    """The derivative of a node with respect to one of its operands: symbol, formula, number, and where it is evaluated.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is with respect to, from 0.
        names: those of the graph that the node is part of.
        digits: how many significant digits numbers have.

    >>> import autograd_core as ag
    >>> s = ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(-0.25, "b"))
    >>> o = ag.tanh(s)
    >>> names = NodeNames(ag.topological_order(o))
    >>> derivative_formula(s, 0, names)
    '∂s/∂w = x = 2'
    >>> derivative_formula(o, 0, names)
    'tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75'
    """
    name, formula, evaluated_at = derivative_parts(node, operand_index, names)
    value = number(local_derivative(node, operand_index), digits)
    sides = [name, value] if formula.replace("−", "-") in ("", value) else [name, formula, value]
    point = {
        symbol(node, index, names): f"{symbol(node, index, names)} = {number(node.operands[index].data, digits)}"
        for index in evaluated_at
    }
    return " = ".join(sides) + (" at " + ", ".join(point.values()) if point else "")


def derivative_parts(node: Node, operand_index: int, names: NodeNames) -> tuple[str, str, list[int]]:
    """What :func:`derivative_formula` puts together: the symbol, the formula, and the operands that it is evaluated at.

    No number is in them but those of constants, so they hold for whatever numbers the graph is computed on.
    """
    template = _derivative_template(node, operand_index)
    formula = _with_symbols(template, node, operand_index, names)
    return derivative_symbol(node, operand_index, names), formula, _evaluated_at(template, node, operand_index)


def _derivative_template(node: Node, operand_index: int) -> str:
    """The derivative with placeholders for the operands; empty where the primitive does not say."""
    if is_weighted_sum(node):
        return "1" if partner_index(node, operand_index) is None else "{partner}"
    templates = (node.op.derivative,) if isinstance(node.op.derivative, str) else node.op.derivative
    template: str = templates[operand_index * len(templates) // len(node.operands)]
    return template


def _with_symbols(template: str, node: Node, operand_index: int, names: NodeNames) -> str:
    """A template with the operands' symbols in their places, in parentheses where they are more than a word."""
    pieces: list[str] = []
    for literal, field in _pieces(template):
        if pieces and pieces[-1].startswith("(") and literal.startswith(")") and pieces[-2].endswith("("):
            pieces[-1] = pieces[-1][1:-1]  # the template has parentheses there already
        pieces.append(literal)
        if field == "n":
            pieces.append(str(len(node.operands)))
        elif field:
            pieces.append(as_one_word(symbol(node, _field_index(field, node, operand_index), names)))
    return "".join(pieces)


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """A template as pairs of what stands before a placeholder, and the placeholder; at the end the rest, and none."""
    for literal, field, _, _ in Formatter().parse(template):
        yield literal, field or ""


def _field_index(field: str, node: Node, operand_index: int) -> int:
    """The operand that a placeholder stands for."""
    if field == "x":
        return operand_index
    partner = partner_index(node, operand_index) if field == "partner" else int(field)
    assert partner is not None
    return partner


def _evaluated_at(template: str, node: Node, operand_index: int) -> list[int]:
    """The operands that a formula names, but for constants; none where it is just one of them."""
    if _ONE_PLACEHOLDER.fullmatch(template):
        return []
    fields = [field for _, field in _pieces(template) if field not in ("", "n")] if template else ["x"]
    indices = dict.fromkeys(_field_index(field, node, operand_index) for field in fields)
    return [index for index in indices if type(node.operands[index]) is not float]
