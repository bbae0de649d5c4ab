"""Whether nodes are recorded: ``no_grad``, and the contexts in which derivatives are taken."""

from __future__ import annotations

from autograd_core.contexts import Context, Effect, is_recording, record_observers, show_unrecorded
from autograd_core.graph import AnyNode

_OFF, _ON, _DIFFERENTIATING = Effect(records=False), Effect(records=True), Effect(records=True, differentiates=True)


def no_grad() -> Context:
    """Compute without recording: in this context results are leaves, whatever they are computed from.

    It ends with the block however the block is left, and concerns only the thread, or the asynchronous task, that
    opened it. As a decorator it concerns the body of a function, of a coroutine and of a generator.

    While a generator is suspended, whoever takes its items is outside, and records: that holds for a context opened in
    the generator's body as for the decorator. Only where ``contextlib.contextmanager`` makes a ``with`` of the
    generator, or it is a fixture of pytest, a context opened in its body goes on for the block or the test.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    return Context(lambda: _OFF)


def recording(on: bool) -> Context:
    """Record, or do not, whatever a context further out says."""
    return Context(lambda: _ON if on else _OFF)


def differentiating() -> Context:
    """Record, and let derivatives taken inside know that they are parts of another one."""
    return Context(lambda: _DIFFERENTIATING)


def in_context(node: AnyNode) -> AnyNode:
    """A node just recorded, as the contexts that are open want it."""
    if not is_recording():
        show_unrecorded(node)
        node.op, node.operands, node.local_derivatives = None, (), ()
        return node
    for observer in record_observers():
        observer(node)
    return node
