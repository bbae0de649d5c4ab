"""How numbers, nodes and derivatives are written, wherever a graph is shown: the textbook's symbols, with numbers in.

A node is written as its label. One without a label gets the textbook's letter for its place: ``s`` for the weighted
sum that goes into an activation, ``o`` for the output that goes into a loss, ``w₁``, ``x₁`` and ``b`` in a weighted
sum.
"""

from __future__ import annotations

import re
from string import Formatter

from autograd_core.graph import Node
from autograd_core.notation.numbers import number, one_line, subscripted

_WORD = re.compile(r"[\w.₀-₉]+")
_ONE_PLACEHOLDER = re.compile(r"\{\w+\}")


def name(node: Node) -> str:
    """What a node is called by itself: its label, or its primitive, or its number.

    >>> import autograd_core as ag
    >>> x = ag.Value(2.0, "x")
    >>> name(x), name(ag.tanh(x)), name(ag.Value(0.5))
    ('x', 'tanh', '0.5')
    """
    if node.label:
        return one_line(node.label)
    return node.op.name if node.op is not None else number(node.data)


def symbol(node: Node, operand_index: int) -> str:
    """What an operand is called in the formulas of ``node``: its label, or a letter, or the number of a constant.

    >>> import autograd_core as ag
    >>> s = ag.dot([ag.Value(0.5, "weight")], [ag.Value(2.0)], 1.0)
    >>> [symbol(s, index) for index in range(3)], symbol(ag.tanh(s), 0)
    (['weight', 'x₁', 'b'], 's')
    """
    operand = node.operands[operand_index]
    constant = type(operand) is float
    if not constant and operand.label:
        return one_line(operand.label)
    if node.op.kind == "weighted_sum":
        return _symbol_in_weighted_sum(len(node.operands) // 2, operand_index)
    if constant:
        return number(operand)
    if _is_short_arithmetic(operand) and node.op.kind not in ("activation", "loss"):
        return _with_symbols(operand.op.source, operand, 0)
    if node.op.kind == "loss":
        return _symbol_in_loss(node, operand_index)
    letter = "s" if node.op.kind == "activation" else "x"
    alone = len(node.operands) == 1 or (operand_index == 0 and letter == "s")
    return letter if alone else subscripted(letter, operand_index)


def _is_short_arithmetic(node: Node) -> bool:
    """Whether a node can be written out, as in ``w * x``."""
    if node.op is None or node.op.kind != "arithmetic":
        return False
    return all(type(operand) is float or operand.label for operand in node.operands)


def _symbol_in_weighted_sum(weight_count: int, operand_index: int) -> str:
    if operand_index == 2 * weight_count:
        return "b"
    letter, position = ("w", operand_index) if operand_index < weight_count else ("x", operand_index - weight_count)
    return subscripted(letter, position)


def _symbol_in_loss(node: Node, operand_index: int) -> str:
    """An output that a network computed is ``o``, a leaf in the place of its target is ``t``."""
    half = len(node.operands) // 2
    if operand_index >= half and node.operands[operand_index].op is None:
        return "t" if half == 1 else subscripted("t", operand_index - half)
    outputs = sum(type(operand) is not float and operand.op is not None for operand in node.operands)
    return "o" if outputs < 2 and operand_index == 0 else subscripted("o", operand_index)


# -- derivatives --------------------------------------------------------------------------------------------------


def local_derivative(node: Node, operand_index: int) -> float:
    """``node.local_derivatives[operand_index]``, and 0 where no gradient flows (the branch that ``where`` left out)."""
    derivative = node.local_derivatives[operand_index]
    return 0.0 if derivative is None else derivative


def derivative_symbol(node: Node, operand_index: int) -> str:
    """The derivative of a node by one of its operands as a symbol.

    >>> import autograd_core as ag
    >>> x = ag.Value(2.0, "x")
    >>> derivative_symbol(ag.sigmoid(x), 0), derivative_symbol(x / 3.0, 0), derivative_symbol(x + x, 1)
    ('σ′(x)', '∂(x / 3)/∂x', '∂(x + x)/∂x')
    """
    function, opening, _ = node.op.source.partition("({0}")
    if operand_index == 0 and opening and function and node.op.kind in ("activation", "function"):
        return f"{function}′({symbol(node, operand_index)})"
    return f"∂{_result_symbol(node)}/∂{_as_one_word(symbol(node, operand_index))}"


def _result_symbol(node: Node) -> str:
    """The node in a formula of its own: its label, or the operation if that is short to write, or its name."""
    if node.label:
        return one_line(node.label)
    if node.op.kind == "weighted_sum":
        return "s"
    if node.op.kind == "arithmetic":
        return f"({_with_symbols(node.op.source, node, 0)})"
    return str(node.op.name)


def derivative_formula(node: Node, operand_index: int, digits: int = 4) -> str:
    """The derivative of a node by one of its operands: symbol, formula, number, and where it is evaluated.

    Args:
        node: a node that was computed.
        operand_index: which of its operands the derivative is by, from 0.
        digits: to how many significant digits numbers are written.

    >>> import autograd_core as ag
    >>> s = ag.dot([ag.Value(0.5, "w")], [ag.Value(2.0, "x")], ag.Value(-0.25, "b"))
    >>> derivative_formula(s, 0)
    '∂s/∂w = x = 2'
    >>> derivative_formula(ag.tanh(s), 0)
    'tanh′(s) = 1 − tanh²(s) = 0.5966 at s = 0.75'
    """
    template = _derivative_template(node, operand_index)
    formula = _with_symbols(template, node, operand_index)
    value = number(local_derivative(node, operand_index), digits)
    sides = [derivative_symbol(node, operand_index)]
    if formula and formula.replace("−", "-") != value:
        sides.append(formula)
    sides.append(value)
    return " = ".join(sides) + _evaluation_point(template, node, operand_index, digits)


def _derivative_template(node: Node, operand_index: int) -> str:
    """The derivative with placeholders for the operands; empty where the primitive does not say."""
    if node.op.kind == "weighted_sum":
        is_bias = operand_index == len(node.operands) - 1
        return "1" if is_bias else "{partner}"
    templates = (node.op.derivative,) if isinstance(node.op.derivative, str) else node.op.derivative
    template: str = templates[operand_index * len(templates) // len(node.operands)]
    return template


def _with_symbols(template: str, node: Node, operand_index: int) -> str:
    """A template with the operands' symbols in their places, in parentheses where they are more than a word."""
    pieces: list[str] = []
    for literal, field, _, _ in Formatter().parse(template):
        pieces.append(literal)
        if field == "n":
            pieces.append(str(len(node.operands)))
        elif field is not None:
            pieces.append(_as_one_word(symbol(node, _field_index(field, node, operand_index))))
    return "".join(pieces)


def _as_one_word(text: str) -> str:
    return text if _WORD.fullmatch(text) else f"({text})"


def _field_index(field: str, node: Node, operand_index: int) -> int:
    """The operand that a placeholder stands for."""
    if field == "x":
        return operand_index
    if field == "partner":
        count = len(node.operands) // 2
        return (operand_index + count) % (2 * count)
    return int(field)


def _evaluation_point(template: str, node: Node, operand_index: int, digits: int) -> str:
    """`` at s = 0.993``: the numbers of the operands that a formula names; nothing where it is just one of them."""
    if _ONE_PLACEHOLDER.fullmatch(template):
        return ""
    fields = [field for _, field, _, _ in Formatter().parse(template)] if template else ["x"]
    point = {}
    for field in fields:
        if field is None or field == "n":
            continue
        index = _field_index(field, node, operand_index)
        operand = node.operands[index]
        if type(operand) is not float:
            point[symbol(node, index)] = number(operand.data, digits)
    return " at " + ", ".join(f"{name} = {data}" for name, data in point.items()) if point else ""
