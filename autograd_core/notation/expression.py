"""A node written as a formula of its operands, by name or in numbers: what a reader sees where there is no label."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

from autograd_core.notation.labels import modules_in
from autograd_core.notation.numbers import number
from autograd_core.notation.symbols import name

_LONGEST_EXPRESSION = 40
_DEEPEST_EXPRESSION = 4
_MOST_TERMS = 3  # of a long sum that are written out
_BINDING = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 1),
    "|": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "//": 5, "neg": 6, "pow": 7, "**": 7,
}  # fmt: skip
"""How strongly an operation binds its operands, as in Python."""
_CLOSED = 9  # binds its operands stronger than any arithmetic, as f(x) does


def expression(node: Any) -> str:
    """A node as its label, or else how it was computed: as an operation of its neuron, or of its operands.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-1.0, "b")
    >>> expression(w), expression(ag.Value(0.5)), expression(ag.tanh((w + x) * 3.0)), expression(ag.dot([w], [x], b))
    ('w', 'Value(0.5)', 'tanh((w + x) * 3)', 'w·x + b')
    >>> weight = ag.Value(1.0, "layers.0.neurons.2.weights.0")
    >>> expression(ag.tanh(ag.dot([weight], [x], b)))
    'layers.0.neurons.2.tanh'
    """
    if node.label:
        return name(node)
    if node.op is None:
        return f"Value({number(node.data)})"
    if neuron := _neuron(node):
        return f"{neuron}.{node.op.name}"
    text = str(node.op.name)
    for depth in range(1, _DEEPEST_EXPRESSION + 1):
        longer = _spelled_out(node, depth)
        if len(longer) > _LONGEST_EXPRESSION:
            break
        text = longer
    return text


def operation(node: Any) -> str:
    """The operation that computed a node, on its operands as :func:`expression` writes them.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(-2.0, "b")
    >>> operation((a + b) * 2.0), operation(ag.sum([a, b, a, b, a]))
    ('(a + b) * 2', 'sum(a, b, a, …)')
    """
    texts = []
    for index, operand in enumerate(node.operands):
        if not _is_shown(node, index):
            texts.append("…")
        elif type(operand) is float:
            texts.append(number(operand))
        elif operand.op is None:
            texts.append(name(operand))
        else:
            parentheses = not operand.label and not _neuron(operand) and _needs_parentheses(node.op, index, operand.op)
            texts.append(f"({expression(operand)})" if parentheses else expression(operand))
    return _assembled(node, texts)


def operation_in_numbers(node: Any) -> str:
    """The same with the operands' numbers in.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(-2.0, "b")
    >>> operation_in_numbers(a * b), operation_in_numbers(ag.dot([a], [b], 0.5)), operation_in_numbers(ag.tanh(b))
    ('1 * (-2)', '1·(-2) + 0.5', 'tanh(-2)')
    """
    texts = [number(operand if type(operand) is float else operand.data) for operand in node.operands]
    if node.op.kind == "weighted_sum" or not _encloses_operands(node.op):
        texts = [f"({text})" if text.startswith("-") else text for text in texts]
    return _assembled(node, texts)


def _neuron(node: Any) -> str:
    """The neuron that a weighted sum, or the activation of one, belongs to by the label of the first weight."""
    if node.op is not None and node.op.kind == "activation" and type(node.operands[0]) is not float:
        node = node.operands[0]
    if node.op is None or node.op.kind != "weighted_sum" or type(node.operands[0]) is float:
        return ""
    return (modules_in(node.operands[0].label) or ("",))[-1]


def _spelled_out(node: Any, depth: int) -> str:
    """The operation, with operands that have no label written as operations too, so many levels deep."""
    texts = []
    for index, operand in enumerate(node.operands):
        if type(operand) is float:
            texts.append(number(operand))
        elif operand.label or operand.op is None:
            texts.append(name(operand))
        elif depth == 1 or not _is_shown(node, index):
            texts.append("…")
        else:
            text = _spelled_out(operand, depth - 1)
            texts.append(f"({text})" if _needs_parentheses(node.op, index, operand.op) else text)
    return _assembled(node, texts)


def _assembled(node: Any, texts: Sequence[str]) -> str:
    """The primitive's source with a text for each operand; of a long sum or list of operands the first few."""
    if node.op.kind == "weighted_sum":
        return _weighted_sum(texts)
    last = max((int(field) for _, field, _, _ in Formatter().parse(node.op.source) if field), default=0)
    return str(node.op.source.format(*texts[:last], _shortened(texts[last:], ", ")))


def _weighted_sum(texts: Sequence[str]) -> str:
    count = len(texts) // 2
    products = [f"{weight}·{signal}" for weight, signal in zip(texts[:count], texts[count:-1])]
    bias = [] if texts[-1] == "0" and products else [texts[-1]]
    return " + ".join([_shortened(products, " + "), *bias] if products else bias)


def _is_shown(node: Any, index: int) -> bool:
    """Whether an operand is among the first few; the others need not be written, however many they are."""
    count = len(node.operands) // 2
    if node.op.kind == "weighted_sum":
        return index == 2 * count or index % count < _MOST_TERMS
    return index <= _MOST_TERMS


def _shortened(texts: Sequence[str], separator: str) -> str:
    return separator.join(texts if len(texts) <= _MOST_TERMS else [*texts[:_MOST_TERMS], "…"])


def _needs_parentheses(outer: Any, index: int, inner: Any) -> bool:
    """Whether an operand that is an operation itself would be torn apart without them."""
    if outer.kind == "weighted_sum":
        return _binding(inner) <= _BINDING["*"]
    if _encloses_operands(outer):
        return False
    inner_binding, outer_binding = _binding(inner), _binding(outer)
    return inner_binding < outer_binding or (inner_binding == outer_binding < _CLOSED and index > 0)


def _encloses_operands(op: Any) -> bool:
    return "(" in op.source or op.source.startswith("|")


def _binding(op: Any) -> int:
    if op.kind == "weighted_sum":
        return _BINDING["+"]
    loose = " " in op.source.partition("(")[0]  # an operator between its operands, without parentheses of its own
    return _BINDING.get(op.name, 0 if loose else _CLOSED)
