"""The backward pass one edge at a time: the same order and arithmetic as ``backward()``, with a record of each step."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd_core.graph import EdgeKind, edge_kind, topological_order
from autograd_core.notation.expression import expression
from autograd_core.notation.labels import modules_of
from autograd_core.notation.numbers import number
from autograd_core.notation.symbols import derivative_symbol


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One gradient passed along one edge, from a node to one of its operands.

    Attributes:
        index: the how-manieth step of the pass, from 0.
        node: the node whose gradient is passed on.
        operand: the node that gets it.
        operand_index: which of the node's operands that is.
        upstream: the gradient of ``node``, complete by now.
        local_derivative: ∂node/∂operand.
        contribution: ``upstream * local_derivative``.
        grad_before: the gradient of ``operand`` before the step.
        grad_after: its gradient after the step, ``grad_before + contribution``.
        layer: the layer of a network that ``node`` lies in, such as ``layers.0``, as the dotted labels of its
            parameters tell; "" where they do not, as in the loss.
    """

    index: int
    node: Any
    operand: Any
    operand_index: int
    upstream: float
    local_derivative: float
    contribution: float
    grad_before: float
    grad_after: float
    layer: str = ""

    @property
    def kind(self) -> EdgeKind:
        """The kind of the local derivative: ``input``, ``weight``, ``activation``, ``loss`` or ``other``."""
        return edge_kind(self.node, self.operand_index)

    def __str__(self) -> str:
        return self.describe()

    def describe(self, name: Callable[[Any], str] = expression) -> str:
        """The step in one line, with nodes called what ``name`` calls them."""
        upstream, local, contribution = map(number, (self.upstream, self.local_derivative, self.contribution))
        target, reason = _target(self.operand, name), self.reason(name)
        line = f"{target}.grad += upstream {upstream} × local {local} ({reason}) → "
        if self.grad_before == 0.0:
            return line + contribution
        return line + f"{number(self.grad_before)} + {contribution} = {number(self.grad_after)}"

    def reason(self, name: Callable[[Any], str] = expression) -> str:
        """What the local derivative is, in words, such as ``the other factor x``."""
        return _reason(self.node, self.operand_index, name)

    def __repr__(self) -> str:
        names = (_shortened(expression(node)) for node in (self.node, self.operand))
        upstream, local = number(self.upstream), number(self.local_derivative)
        return f"<Step {self.index}, {' → '.join(names)}: {upstream} × {local} → {number(self.grad_after)}>"


def backward_steps(root: Any, seed: float = 1.0) -> Iterator[Step]:
    """Run ``root.backward(seed)`` one edge at a time.

    Each step is done when it is yielded: ``operand.grad`` holds ``grad_after``. Taken to its end, the iterator leaves
    the very gradients of ``backward()``; left half-way, those of that moment. Nothing happens before the first step is
    asked for. An edge along which nothing is passed, since the node's gradient is 0, is no step.

    Args:
        root: the Value to start from.
        seed: its own gradient.

    Returns:
        An iterator of :class:`Step`, in the order of ``backward()``.

    Raises:
        TypeError: ``root`` is not a Value, or ``seed`` not a real number.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-1.0, "b")
    >>> s = ag.dot([w], [x], b)
    >>> for step in ag.backward_steps(ag.tanh(s)):
    ...     print(step)
    (w·x + b).grad += upstream 1 × local 1 (the activation's derivative tanh′(s)) → 1
    w.grad += upstream 1 × local 2 (the input x) → 2
    x.grad += upstream 1 × local 0.5 (the weight w) → 0.5
    b.grad += upstream 1 × local 1 (a bias's input is always 1) → 1

    The steps of one node follow each other, so ``itertools.groupby`` groups them by its ``id`` (nodes that have the
    same number are equal), and likewise those of one layer of a
    network whose parameters have labels such as ``layers.0.neurons.2.bias``:

    >>> from itertools import groupby
    >>> for _, steps in groupby(ag.backward_steps(ag.tanh(s)), key=lambda step: id(step.node)):
    ...     print(*[f"{step.node.op.name}: {step.kind}" for step in steps])
    tanh: activation
    dot: input dot: weight dot: input
    """
    if not hasattr(root, "__apply_primitive__"):
        raise TypeError(f"backward_steps() starts at a Value, got {type(root).__name__}")
    if not isinstance(seed, numbers.Real):
        raise TypeError(f"the seed is a real number, the gradient of the root itself; got {type(seed).__name__}")
    return _steps(root, float(seed))


def _steps(root: Any, seed: float) -> Iterator[Step]:
    order = topological_order(root)
    modules = modules_of(order)
    for node in order:
        if node.operands or node.grad is None:
            node.grad = 0.0
    root.grad += seed

    index = 0
    for node in reversed(order):
        upstream = node.grad
        if upstream == 0.0:
            continue
        layer = modules[node][0] if modules[node] else ""
        for operand_index, (operand, local_derivative) in enumerate(zip(node.operands, node.local_derivatives)):
            if local_derivative is None:
                continue
            contribution = upstream * local_derivative
            before = operand.grad
            operand.grad += contribution
            edge = (node, operand, operand_index)
            amounts = (upstream, local_derivative, contribution, before, operand.grad)
            yield Step(index, *edge, *amounts, layer)
            index += 1


def _target(operand: Any, name: Callable[[Any], str]) -> str:
    """The operand as something that has a ``grad``: a formula of its own in parentheses."""
    text = name(operand)
    is_formula = not operand.label and operand.op is not None and operand.op.kind in ("arithmetic", "weighted_sum")
    return f"({text})" if is_formula and (" " in text or "·" in text) else text


def _reason(node: Any, operand_index: int, name: Callable[[Any], str]) -> str:
    """What the local derivative is, in words."""
    kind = edge_kind(node, operand_index)
    if kind in ("activation", "loss"):
        return f"the {kind}'s derivative {derivative_symbol(node, operand_index)}"
    if kind in ("input", "weight"):
        count = len(node.operands) // 2
        if operand_index == 2 * count:
            return "a bias's input is always 1"
        return f"the {kind} {_factor(node.operands[(operand_index + count) % (2 * count)], name)}"
    if node.op.name == "*":
        return f"the other factor {_factor(node.operands[1 - operand_index], name)}"
    return f"the derivative of {node.op.name}"


def _shortened(text: str) -> str:
    return text if len(text) <= 28 else f"{text[:9]}…{text[-18:]}"  # labels differ at their ends


def _factor(operand: Any, name: Callable[[Any], str]) -> str:
    return number(operand) if type(operand) is float else name(operand)
