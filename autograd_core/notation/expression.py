"""A node written as an operation on its operands, by name or in numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from string import Formatter
from typing import Any

from autograd_core.graph import Node, is_weighted_sum, weights_inputs_bias
from autograd_core.notation.numbers import factor, number

_MOST_TERMS = 3  # of a long sum that are written out
_BINDING = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 1),
    "|": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "//": 5, "neg": 6, "pow": 7, "**": 7,
}  # fmt: skip
"""How strongly an operation binds its operands, as in Python."""
_CLOSED = 9  # binds its operands stronger than any arithmetic, as f(x) does
_WORD = re.compile(r"[\w.#\[\]₀-₉′]+")
_CALL_HEAD = re.compile(r"[\w.₀-₉]*\(")


def operation(node: Node, name_of: Callable[[Node], str]) -> str:
    """The operation that computed a node, on its operands as ``name_of`` calls them; of many operands the first few.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(-2.0, "b")
    >>> def label(node):
    ...     return node.label
    >>> operation(a * 2.0, label), operation(ag.sum([a, b, a, b, a]), label), operation(ag.dot([a], [b], 0.5), label)
    ('a * 2', 'sum(a, b, a, …)', 'a·b + 0.5')
    """
    return _assembled(node, [_operand(node, index, name_of) for index in _shown(node)])


def operation_in_numbers(node: Node) -> str:
    """The same with the operands' numbers in.

    >>> import autograd_core as ag
    >>> a, b = ag.Value(1.0, "a"), ag.Value(-2.0, "b")
    >>> operation_in_numbers(a * b), operation_in_numbers(ag.dot([a], [b], 0.5)), operation_in_numbers(ag.tanh(b))
    ('1 * (-2)', '1·(-2) + 0.5', 'tanh(-2)')
    """
    write = number if _encloses_operands(node.op) else factor
    shown = [node.operands[index] for index in _shown(node)]
    return _assembled(node, [write(operand if type(operand) is float else operand.data) for operand in shown])


def is_word(text: str) -> bool:
    """Whether a name is one word, as most labels and all letters are."""
    return _WORD.fullmatch(text) is not None


def as_one_word(text: str) -> str:
    """A name as it can stand anywhere in a formula: in parentheses, unless it is a word or a call such as ``tanh(s)``.

    >>> as_one_word("x₁"), as_one_word("tanh(w * x)"), as_one_word("w * x"), as_one_word("f(a) + g(b)")
    ('x₁', 'tanh(w * x)', '(w * x)', '(f(a) + g(b))')
    """
    return text if is_word(text) or _is_call(text) else f"({text})"


def _is_call(text: str) -> bool:
    if not (_CALL_HEAD.match(text) and text.endswith(")")):
        return False
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return position == len(text) - 1
    return False


def _operand(node: Node, index: int, name_of: Callable[[Node], str]) -> str:
    operand = node.operands[index]
    encloses = _encloses_operands(node.op)
    if type(operand) is float:
        return number(operand) if encloses else factor(operand)
    text = name_of(operand)
    if is_word(text):
        return text
    if operand.label or operand.op is None:
        return text if encloses else as_one_word(text)
    return f"({text})" if _needs_parentheses(node.op, index, operand.op) else text


def _assembled(node: Node, texts: Sequence[str]) -> str:
    """The primitive's source with a text for each operand; of a long sum or list of operands the first few."""
    if is_weighted_sum(node):
        return _weighted_sum(texts)
    last = _last_field(node.op.source)
    return str(node.op.source.format(*texts[:last], _shortened(texts[last:], ", ")))


@cache
def _last_field(source: str) -> int:
    return max((int(field) for _, field, _, _ in Formatter().parse(source) if field), default=0)


def _weighted_sum(texts: Sequence[str]) -> str:
    weights, inputs, bias = weights_inputs_bias(texts)
    products = [f"{weight}·{signal}" for weight, signal in zip(weights, inputs)]
    biases = [] if bias == "0" and products else [bias]
    return " + ".join([_shortened(products, " + "), *biases] if products else biases)


def _shown(node: Node) -> Sequence[int]:
    """The operands that are written, and one that would be too many where there are more."""
    most = _MOST_TERMS + 1
    if is_weighted_sum(node):
        weights, inputs, bias = weights_inputs_bias(range(len(node.operands)))
        return [*weights[:most], *inputs[:most], bias]
    return range(len(node.operands))[: _last_field(node.op.source) + most]


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
    return op.kind != "weighted_sum" and ("(" in op.source or op.source.startswith("|"))


def _binding(op: Any) -> int:
    if op.kind == "weighted_sum":
        return _BINDING["+"]
    loose = " " in op.source.partition("(")[0]  # an operator between its operands, without parentheses of its own
    return _BINDING.get(op.name, 0 if loose else _CLOSED)
