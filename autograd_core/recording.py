"""Whether nodes are recorded, and who is shown those that are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_core.graph import AnyNode

RecordObserver = Callable[[Any], None]

record_observers: ContextVar[tuple[RecordObserver, ...]] = ContextVar("record_observers", default=())
"""Called with each node that is recorded."""

_recording: ContextVar[bool] = ContextVar("recording", default=True)
open_contexts: list[None] = []
"""One member for each context that is open, in all threads together: while it is empty, recording asks nothing else."""


@contextmanager
def recording_context() -> Iterator[None]:
    """While it is open, each recorded node is checked against :func:`no_grad` and shown to the observers."""
    open_contexts.append(None)
    try:
        yield
    finally:
        open_contexts.pop()


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: in this context results are leaves, whatever they are computed from.

    It also works as a decorator, ends with the block however the block is left, and concerns only the thread (or the
    asynchronous task) that opened it.

    >>> import autograd_core as ag
    >>> x = ag.Value(3.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    with recording(False):
        yield


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Record, or do not, whatever a context further out says."""
    with recording_context():
        token = _recording.set(on)
        try:
            yield
        finally:
            _recording.reset(token)


def in_context(node: AnyNode) -> AnyNode:
    """A node just recorded, as the contexts that are open want it."""
    if not _recording.get():
        node.op, node.operands, node.local_derivatives = None, (), ()
        return node
    for observer in record_observers.get():
        observer(node)
    return node
