"""A formula as a text, such as ``tanh(w*x + b)``, to be computed on Values. Nothing but arithmetic is understood.

Python's parser reads the text, and of what it finds only the few kinds of nodes that are named here are computed: no
attribute, no subscript, no name that is not a variable or one of the package's functions. Nothing is ever executed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from autograd_core import primitives
from autograd_core.primitives import (
    Primitive,
    add,
    as_float,
    divide,
    equal,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    multiply,
    negative,
    not_equal,
    pow_,
    remainder,
    subtract,
)

LONGEST_FORMULA = 10_000

_MORE = ("abs", "dot", "round", "stop_gradient", "sum")  # which have other names, or other types, as functions

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: function for name, function in primitives.FUNCTIONS.items() if isinstance(function, Primitive)},
    **{name: primitives.TABLE[name] for name in _MORE},
    "pow": pow_,
}
"""What a formula may call, by name."""

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
    ast.Mod: remainder,
    ast.FloorDiv: floor_divide,
    ast.Pow: pow_,
    ast.USub: negative,
    ast.UAdd: lambda operand: operand,
    ast.Lt: less,
    ast.LtE: less_equal,
    ast.Gt: greater,
    ast.GtE: greater_equal,
    ast.Eq: equal,
    ast.NotEq: not_equal,
}


class FormulaError(ValueError):
    """A text that is not a formula, or one that cannot be computed."""


class Formula:
    """A formula, read once and computed on any numbers.

    Args:
        text: numbers, variables, ``+ - * / ** % //``, comparisons of two, which are 1 or 0 as in
            ``where(x > 0, x, 0)``, parentheses, functions such as ``tanh(x)``, and lists where a
            function takes one, as in ``dot([w1, w2], [x1, x2], b)``.

    Attributes:
        names: the variables in the order in which they are first used.

    Raises:
        FormulaError: the text is not such a formula.

    >>> formula = Formula("2 * x**2 + sqrt(y)")
    >>> formula.names, formula.compute({"x": 3.0, "y": 16.0})
    (['x', 'y'], 22.0)
    >>> Formula("x.data")
    Traceback (most recent call last):
    autograd_core.formula.FormulaError: 'x.data' cannot stand in a formula
    """

    def __init__(self, text: str) -> None:
        self._steps = _in_order_of_computation(_syntax_tree(text), text)
        self.names = list(dict.fromkeys(node.id for node, _ in self._steps if isinstance(node, ast.Name)))

    def compute(self, variables: Mapping[str, Any]) -> Any:
        """The formula's value: a Value where one of its variables is a Value, else a float.

        Raises:
            FormulaError: a variable is missing, a function has the wrong operands, or a power of finite numbers is
                beyond the range of floats.
        """
        computed: list[Any] = []
        for node, operand_count in self._steps:
            first = len(computed) - operand_count
            computed[first:] = [_computed(node, computed[first:], variables)]
        (value,) = computed
        if isinstance(value, list):
            raise FormulaError("the formula is a list, not a number")
        return value


# -- reading ------------------------------------------------------------------------------------------------------


def _syntax_tree(text: str) -> ast.expr:
    text = text.strip()
    if not text:
        raise FormulaError("the formula is empty")
    if len(text) > LONGEST_FORMULA:
        raise FormulaError(f"the formula is longer than {LONGEST_FORMULA:,} characters")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"{_shortened(text)!r} is not a formula: {_reason(error)}") from None
    except (RecursionError, MemoryError):
        raise FormulaError("the formula is nested too deeply") from None
    except ValueError as error:
        raise FormulaError(f"{_shortened(text)!r} is not a formula: {error}") from None


def _reason(error: SyntaxError) -> str:
    reason = error.msg.partition(":")[0]  # what follows is advice to programmers
    return f"{reason}, at character {error.offset}" if error.offset else reason


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _in_order_of_computation(tree: ast.expr, text: str) -> list[tuple[ast.expr, int]]:
    """Each node after its operands, with their number. A loop and no recursion, so that a sum may be long."""
    steps: list[tuple[ast.expr, int]] = []
    unread = [tree]
    while unread:
        node = unread.pop()
        operands = _operands(node, text)
        steps.append((node, len(operands)))
        unread += operands
    return steps[::-1]


def _operands(node: ast.expr, text: str) -> Sequence[ast.expr]:
    """What a node is computed from; an error for any kind of node that is not arithmetic."""
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
            return [left, right]
        case ast.BinOp(op=ast.BitXor()):
            raise FormulaError("^ is not an operator here: a power is written x**2")
        case ast.Compare(left, [operator], [right]) if type(operator) in _OPERATORS:
            return [left, right]
        case ast.UnaryOp(operator, operand) if type(operator) in _OPERATORS:
            return [operand]
        case ast.Call(ast.Name(function), arguments, []) if function in FUNCTIONS:
            return arguments
        case ast.Call(ast.Name(function), _, []):
            raise FormulaError(f"unknown function {function!r}{_similar(function, FUNCTIONS)}")
        case ast.List(elements) | ast.Tuple(elements):
            return elements
        case ast.Name() | ast.Constant(int() | float()) if not isinstance(getattr(node, "value", None), bool):
            return []
    raise FormulaError(f"{_shortened(ast.get_source_segment(text.strip(), node) or text)!r} cannot stand in a formula")


def _similar(word: str, known: Mapping[str, Any]) -> str:
    matches = get_close_matches(word, known, n=3)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""


# -- computing ----------------------------------------------------------------------------------------------------


def _computed(node: ast.expr, operands: Sequence[Any], variables: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(name):
            return _variable(name, variables)
        case ast.Constant(value):
            return _literal(value)
        case ast.List() | ast.Tuple():
            return list(operands)
        case ast.BinOp(op=ast.Pow()):
            return _power(*operands)
        case ast.BinOp(op=operator) | ast.UnaryOp(op=operator) | ast.Compare(ops=[operator]):
            return _called(type(operator).__name__, _OPERATORS[type(operator)], operands)
        case ast.Call(ast.Name("pow")) if len(operands) == 2:
            return _power(*operands)
        case ast.Call(ast.Name(name)):
            return _called(name, FUNCTIONS[name], operands)
    raise AssertionError(f"{node!r} has been read, and is not computed")


def _variable(name: str, variables: Mapping[str, Any]) -> Any:
    if name not in variables:
        function = f", or call the function: {name}(…)" if name in FUNCTIONS else _similar(name, variables)
        raise FormulaError(f"{name} has no value: say {name}=NUMBER{function}")
    return variables[name]


def _literal(value: Any) -> float:
    number = as_float(value)
    if math.isinf(number):
        raise FormulaError("a number in the formula is beyond the range of floats, 1.8e308")
    return number


def _power(base: Any, exponent: Any) -> Any:
    result = _called("**", pow_, [base, exponent])
    numbers = [_number(operand) for operand in (base, exponent, result)]
    if math.isinf(numbers[2]) and numbers[0] != 0.0 and all(map(math.isfinite, numbers[:2])):
        raise FormulaError(f"{numbers[0]:g} ** {numbers[1]:g} is beyond the range of floats, 1.8e308")
    return result


def _called(name: str, function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    try:
        return function(*operands)
    except (TypeError, ValueError) as error:
        reason = str(error)
        raise FormulaError(reason if name in reason else f"{name}: {reason}") from None


def _number(operand: Any) -> float:
    number: float = operand if type(operand) is float else operand.data
    return number
