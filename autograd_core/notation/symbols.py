"""How local derivatives are written, wherever they are shown: as symbols, as formulas, and with numbers in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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


def derivative_symbol(node: Node, operand_index: int, names: NodeNames, of: Node | None = None) -> str:
    """The derivative of a node with respect to one of its operands as a symbol.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is with respect to, from 0.
        names: those of the graph that the node is part of.
        of: the node that is differentiated, where it has the same derivative: a sum that ``node`` is a term of.

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
    return f"∂{as_one_word(names.of(node if of is None else of))}/∂{as_one_word(operand)}"


def derivative_formula(
    node: Node, operand_index: int, names: NodeNames, digits: int = 4, of: Node | None = None
) -> str:
    """The derivative of a node with respect to one of its operands: symbol, formula, number, and where it is evaluated.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is with respect to, from 0.
        names: those of the graph that the node is part of.
        digits: how many significant digits numbers have.
        of: the node that is differentiated, as for :func:`derivative_symbol`.

    >>> import autograd_core as ag
    >>> s = ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(-0.25, "b"))
    >>> o = ag.tanh(s)
    >>> names = NodeNames(ag.topological_order(o))
    >>> derivative_formula(s, 0, names)
    '∂s/∂w = x = 2'
    >>> derivative_formula(o, 0, names)
    'tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75'
    """
    template = derivative_template(node, operand_index)
    formula = with_symbols(template, node, operand_index, names)
    value = number(local_derivative(node, operand_index), digits)
    sides = [derivative_symbol(node, operand_index, names, of)]
    if formula and formula.replace("−", "-") != value:
        sides.append(formula)
    sides.append(value)
    return " = ".join(sides) + _evaluation_point(template, node, operand_index, names, digits)


def derivative_rule(node: Node, operand_index: int, names: NodeNames) -> str:
    """The same without the number that comes of it: what is to be computed, and from what.

    >>> import autograd_core as ag
    >>> s = ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(-0.25, "b"))
    >>> o = ag.tanh(s)
    >>> names = NodeNames(ag.topological_order(o))
    >>> derivative_rule(s, 0, names), derivative_rule(o, 0, names), derivative_rule(s, 2, names)
    ('∂s/∂w = x at x = 2', 'tanh′(s) = 1 − tanh²(s) at s = 0.75', '∂s/∂b = 1')
    """
    template = derivative_template(node, operand_index)
    rule = with_symbols(template, node, operand_index, names)
    point = at_point(operands_named(template, node, operand_index), names)
    written = rule or number(local_derivative(node, operand_index))
    return f"{derivative_symbol(node, operand_index, names)} = {written}{point}"


def derivative_template(node: Node, operand_index: int) -> str:
    """The derivative with placeholders for the operands; empty where the primitive does not say."""
    if is_weighted_sum(node):
        return "1" if partner_index(node, operand_index) is None else "{partner}"
    if node.op.name == "**" and type(node.operands[-1]) is float and node.operands[-1] == 2.0:
        return "2·{0}"
    templates = (node.op.derivative,) if isinstance(node.op.derivative, str) else node.op.derivative
    template: str = templates[operand_index * len(templates) // len(node.operands)]
    return template


def with_symbols(
    template: str, node: Node, operand_index: int, names: NodeNames, write: Callable[..., str] = symbol
) -> str:
    """A template with the operands' symbols in their places, in parentheses where they are more than a word."""
    pieces: list[str] = []
    for literal, field in _pieces(template):
        if pieces and pieces[-1].startswith("(") and literal.startswith(")") and pieces[-2].endswith("("):
            pieces[-1] = pieces[-1][1:-1]  # the template has parentheses there already
        pieces.append(literal)
        if field == "n":
            pieces.append(str(len(node.operands)))
        elif field:
            pieces.append(as_one_word(write(node, _field_index(field, node, operand_index), names)))
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


def _evaluation_point(template: str, node: Node, operand_index: int, names: NodeNames, digits: int) -> str:
    """`` at s = 0.993``: the numbers of the operands that a formula names; nothing where it is just one of them."""
    if is_one_placeholder(template):
        return ""
    return at_point(
        operands_named(template, node, operand_index) if template else [node.operands[operand_index]], names, digits
    )


def is_one_placeholder(template: str) -> bool:
    """Whether a derivative is just one of the operands."""
    return _ONE_PLACEHOLDER.fullmatch(template) is not None


def operands_named(template: str, node: Node, operand_index: int) -> list[Node]:
    """The operands that a template has placeholders for, apart from constants."""
    fields = [field for _, field in _pieces(template) if field not in ("", "n")]
    operands = [node.operands[_field_index(field, node, operand_index)] for field in fields]
    return [operand for operand in operands if type(operand) is not float]


def at_point(nodes: Iterable[Node], names: NodeNames, digits: int = 4) -> str:
    """`` at s = 0.993``, with the numbers of the nodes, each once; nothing where there are none."""
    point = {names.of(node): number(node.data, digits) for node in nodes}
    return " at " + ", ".join(f"{name} = {data}" for name, data in point.items()) if point else ""
