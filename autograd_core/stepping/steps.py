"""The backward pass one edge at a time: the same order and arithmetic as ``backward()``, with a record of each step."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd_core.graph import (
    EdgeKind,
    Node,
    contributions,
    is_node,
    is_weighted_sum,
    opened_order,
    partner_index,
)
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.labels import modules_of
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import factor, number
from autograd_core.notation.symbols import derivative_symbol, symbol


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One gradient passed along one edge, from a node to one of its operands.

    Attributes:
        index: the number of the step in the pass, from 0.
        node: the node whose gradient is passed on.
        operand: the node that gets it.
        operand_index: which of the node's operands that is.
        upstream: the gradient of ``node``, complete by now.
        local_derivative: ∂node/∂operand.
        contribution: ``upstream * local_derivative``.
        grad_before: the gradient of ``operand`` before the step.
        grad_after: its gradient after the step, ``grad_before + contribution``.
        layer: the layer of a network that ``node`` lies in, such as ``layers.0``, as the dotted labels of its
            parameters tell; "" where they do not tell it, as in the loss.
        names: what the graph's nodes are called.
    """

    index: int
    node: Node
    operand: Node
    operand_index: int
    upstream: float
    local_derivative: float
    contribution: float
    grad_before: float
    grad_after: float
    layer: str
    names: NodeNames = field(compare=False)

    @property
    def kind(self) -> EdgeKind:
        """The kind of the local derivative: ``input``, ``weight``, ``activation``, ``loss`` or ``other``."""
        return self.names.network.kind(self.node, self.operand_index)

    @property
    def reason(self) -> str:
        """What the local derivative is, in words, such as ``the other factor x``."""
        kind, op = self.kind, self.node.op
        if op.kind in ("activation", "loss"):
            return f"the {op.kind}'s derivative {derivative_symbol(self.node, self.operand_index, self.names)}"
        if kind in ("input", "weight"):
            partner = 1 - self.operand_index if op.name == "*" else self._partner()
            return "a bias's input is always 1" if partner is None else f"the {kind} {self._name(partner)}"
        if op.name == "*" and len(self.node.operands) == 2:
            return f"the other factor {self._name(1 - self.operand_index)}"
        return f"the derivative of {op.name}"

    def _partner(self) -> int | None:
        return partner_index(self.node, self.operand_index) if is_weighted_sum(self.node) else None

    def _name(self, operand_index: int) -> str:
        return symbol(self.node, operand_index, self.names)

    @property
    def result(self) -> str:
        """What becomes of the operand's gradient, in numbers: ``0.5``, or ``1 + 0.5 = 1.5`` where there was some."""
        if self.grad_before == 0.0:
            return number(self.contribution)
        return f"{factor(self.grad_before)} + {factor(self.contribution)} = {number(self.grad_after)}"

    def __str__(self) -> str:
        target, upstream, local = self._target, factor(self.upstream), factor(self.local_derivative)
        return f"{target}.grad += upstream {upstream} × local {local} ({self.reason}) → {self.result}"

    @property
    def _target(self) -> str:
        return as_one_word(self._name(self.operand_index))

    def __repr__(self) -> str:
        ends = " → ".join(_shortened(self.names.of(node)) for node in (self.node, self.operand))
        upstream, local = factor(self.upstream), factor(self.local_derivative)
        return f"<Step {self.index}, {ends}: {upstream} × {local} → {number(self.grad_after)}>"


def backward_steps(root: Node, seed: float = 1.0) -> Iterator[Step]:
    """Run ``root.backward(seed)`` one edge at a time.

    Each step is done when it is yielded: ``operand.grad`` holds ``grad_after``. Taken to its end, the iterator leaves
    the very gradients of ``backward()``; left half-way, those of that moment. Nothing happens before the first step is
    asked for. An edge along which nothing is passed, since the node's gradient is 0, is not a step.

    Args:
        root: the Value to start from.
        seed: its own gradient.

    Returns:
        An iterator of :class:`Step`, in the order of ``backward()``.

    Raises:
        TypeError: ``root`` is not a Value, or ``seed`` is not a real number.

    >>> import autograd_core as ag
    >>> w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-1.0, "b")
    >>> s = ag.dot([w], [x], b)
    >>> for step in ag.backward_steps(ag.tanh(s)):
    ...     print(step)
    s.grad += upstream 1 × local 1 (the activation's derivative tanh′(s)) → 1
    w.grad += upstream 1 × local 2 (the input x) → 2
    x.grad += upstream 1 × local 0.5 (the weight w) → 0.5
    b.grad += upstream 1 × local 1 (a bias's input is always 1) → 1

    The steps of one node follow each other, so ``itertools.groupby`` groups them by its ``id`` (nodes that have the
    same number are equal), and likewise those of one layer of a network whose parameters have labels such as
    ``layers.0.neurons.2.bias``:

    >>> from itertools import groupby
    >>> for _, steps in groupby(ag.backward_steps(ag.tanh(s)), key=lambda step: id(step.node)):
    ...     print(*[f"{step.node.op.name}: {step.kind}" for step in steps])
    tanh: activation
    dot: input dot: weight dot: input
    """
    if not is_node(root):
        raise TypeError(f"backward_steps() starts at a Value, got {type(root).__name__}")
    if not isinstance(seed, numbers.Real):
        raise TypeError(f"the seed is a real number, the gradient of the root itself; got {type(seed).__name__}")
    return _steps(root, float(seed))


def _steps(root: Node, seed: float) -> Iterator[Step]:
    order = opened_order([root])
    modules, names = modules_of(order), NodeNames(order)
    for node in order:
        if node.operands or node.grad is None:
            node.grad = 0.0
    root.grad += seed

    index = 0
    for node in reversed(order):
        layer = modules[node][0] if modules[node] else ""
        for each in contributions(node, node.grad):
            before = each.operand.grad
            each.operand.grad += each.amount
            yield Step(index, *each, before, each.operand.grad, layer, names)
            index += 1


def _shortened(text: str) -> str:
    return text if len(text) <= 28 else f"{text[:9]}…{text[-18:]}"  # labels differ at their ends
