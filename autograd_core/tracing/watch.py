"""What a function does with a Value's numbers behind a trace's back, noticed while it is recorded.

A trace knows of each operation and of each truth that is asked for. It does not know what a function does with
``v.data``, with a Value as a text, or with the gradients of a pass of its own: those are read, and then they are plain
numbers. So while a trace is recorded, the slots of ``Value`` tell of each read, and whose it was. The engine itself
reads them too, to record; that is no news.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from autograd_core.contexts import Context, Effect, in_force, open_contexts
from autograd_core.derivatives.gradients import number_of, partials_as_values
from autograd_core.graph import is_node
from autograd_core.primitives import data_of
from autograd_core.value import Value

_SLOTS = {name: Value.__dict__[name] for name in ("data", "grad", "local_derivatives")}

_RECORDING = frozenset({
    "autograd_core.condition", "autograd_core.derivatives.calls", "autograd_core.derivatives.gradients",
    "autograd_core.numberlike", "autograd_core.operands", "autograd_core.primitives.primitive",
    "autograd_core.primitives.reals", "autograd_core.value", "autograd_core.weighted_sum",
})  # fmt: skip
"""Modules that read a number in order to record what becomes of it."""

SHOWING = frozenset({"__repr__", "__format__"})
"""Their functions that hand it out."""

_HANDED_ON: frozenset[CodeType] = frozenset({data_of.__code__, number_of.__code__})
"""What reads it for whoever called."""

_READS_OF_DERIVATIVES: frozenset[CodeType] = frozenset({is_node.__code__, partials_as_values.__code__})
_CREATES: CodeType = Value.__init__.__code__

_threads: set[int] = set()
"""Those that watch, and perhaps some that no longer do."""

_n_restored = [0]
"""How often slots were given back."""


class Watch(Effect):
    """What a context does in which nodes are recorded and reads are noticed.

    Attributes:
        on_read: called with the Value, its attribute that somebody outside the engine read or set, and the frame.
        on_read_elsewhere: the same where another thread does so, also within the engine.
        on_change: called with a Value, its attribute that is about to be set outside the engine, and what that is now.
        on_leaf: called with each leaf that is made.
        on_restored: called at the end, where another thread gave the slots back meanwhile.
        thread: whose it is.
    """

    def __init__(
        self,
        *,
        on_record: Callable[[Any], None],
        on_unrecorded: Callable[[Any], None],
        on_truth: Callable[[Any, bool], None],
        on_read: Callable[[Any, str, FrameType], None],
        on_read_elsewhere: Callable[[Any, str, FrameType], None],
        on_change: Callable[[Any, str, Any], None],
        on_leaf: Callable[[Any], None],
        on_restored: Callable[[], None],
    ) -> None:
        super().__init__(
            records=True, differentiates=True, on_record=on_record, on_unrecorded=on_unrecorded, on_truth=on_truth
        )
        self.on_read = on_read
        self.on_read_elsewhere = on_read_elsewhere
        self.on_change = on_change
        self.on_leaf = on_leaf
        self.on_restored = on_restored
        self.thread = get_ident()


def call_watched(watch: Watch, call: Callable[[], Any]) -> Any:
    """What a call gives in this context, with Value's slots watched."""
    try:
        with Context(lambda: watch):
            n_restored = _n_restored[0]
            _threads.add(watch.thread)
            _watch_slots()
            result = call()
            if _n_restored[0] != n_restored:
                watch.on_restored()
            return result
    finally:
        _restore_unless_watched()


def _watch_slots() -> None:
    for name in _SLOTS:
        setattr(Value, name, _Watched(name))


def _restore_unless_watched() -> None:
    """Give Value its own slots back, where nobody watches in any thread.

    An interrupt may come before this is done at the end of a block: then the next read does it. There is no lock, which
    an interrupt could leave locked: a thread that begins to watch at this moment gets what it has just set again, and
    is told that it may have missed something.
    """
    _threads.intersection_update([watch.thread for watch in _open_watches()])
    if not _open_watches():
        _n_restored[0] += 1
        for name, slot in _SLOTS.items():
            setattr(Value, name, slot)
        _n_restored[0] += 1
        if _open_watches():
            _watch_slots()


def _open_watches() -> list[Watch]:
    """Who watches in any thread."""
    found = [(lock(), effect) for lock, effect in list(open_contexts.items()) if isinstance(effect, Watch)]
    return [watch for lock, watch in found if lock is not None and lock.locked()]


class _Watched:
    """A slot of Value while somebody watches: it does what it does, and says so."""

    def __init__(self, name: str) -> None:
        self._name, self._slot = name, _SLOTS[name]

    def __get__(self, node: Any, kind: Any = None) -> Any:
        if node is None:
            return self._slot
        number = self._slot.__get__(node, kind)
        frame = sys._getframe(1)
        while frame.f_code in _HANDED_ON and frame.f_back is not None:
            frame = frame.f_back
        self._show(node, frame, self._is_to_record(frame))
        return number

    def __set__(self, node: Any, number: Any) -> None:
        frame = sys._getframe(1)
        is_to_record = frame.f_globals.get("__name__") in _RECORDING
        if not is_to_record:
            self._show_change(node)
        self._slot.__set__(node, number)
        if frame.f_code is not _CREATES:
            self._show(node, frame, is_to_record)
        elif self._name == "data":
            for watch in _watches():
                watch.on_leaf(node)

    def _show_change(self, node: Any) -> None:
        try:
            old = self._slot.__get__(node)
        except AttributeError:  # of a new node
            return
        for watch in _watches():
            watch.on_change(node, self._name, old)

    def _show(self, node: Any, frame: FrameType, is_to_record: bool) -> None:
        """Show a read to those who watch here, unless it is to record, and to those who watch in other threads."""
        if is_to_record and len(_threads) == 1 and get_ident() in _threads:
            return
        here = _watches()
        if not is_to_record:
            for watch in here:
                watch.on_read(node, self._name, frame)
        for watch in _open_watches():
            if not any(watch is own for own in here):
                watch.on_read_elsewhere(node, self._name, frame)

    def _is_to_record(self, frame: FrameType) -> bool:
        module = frame.f_globals.get("__name__")
        if self._name == "data":
            return module in _RECORDING and frame.f_code.co_name not in SHOWING
        return module == Value.__module__ or frame.f_code in _READS_OF_DERIVATIVES


def _watches() -> list[Watch]:
    """Who watches here."""
    found = [effect for effect in in_force() if isinstance(effect, Watch)]
    if not found:
        _restore_unless_watched()
    return found
