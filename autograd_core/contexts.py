"""Contexts that leave nothing behind: what is in force here, however a ``with`` block was left.

Ctrl-C may come between any two instructions of Python, so that an ``__enter__`` or ``__exit__`` written in Python can
be broken off with half of its work done. Here each time that a context is entered has a lock of its own, and *the
context is open while its lock is locked and alive*. ``with`` looks ``__enter__`` and ``__exit__`` up before it calls
anything: the lookup makes the lock and notes what the context does, which means nothing yet, and gives ``with`` the
lock's own two methods. They lock and release it in C, where no interrupt comes between; and where the block's frame is
torn down without calling the second, the lock dies with the frame, and is closed too.

A context concerns the thread, or the asynchronous task, that opened it, and the tasks made from there while it is
open. One that a generator opened in its own body concerns that body alone: while the generator is suspended, its caller
is outside.
"""

from __future__ import annotations

import functools
import itertools
import sys
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextvars import ContextVar
from opcode import opmap
from operator import attrgetter
from threading import Lock, get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


Observer = Callable[[Any, float], Callable[[], Any] | None]
"""Of a backward pass: see ``Effect.on_backward``."""


class Effect:
    """What a context does while it is open.

    Attributes:
        records: whether nodes are recorded; None leaves it to the contexts further out.
        on_record: called with each node that is recorded.
        on_unrecorded: called with each node that is not, and so is about to lose where it came from.
        on_truth: called with each condition that Python asks for its truth, and with that.
        on_backward: called with each node that a backward pass comes to and its gradient, before it passes that on;
            what it returns, if anything, is called from the loop over the node's edges.
        differentiates: a derivative is being taken.
        at_end: called after the context is closed, if no exception closed it.
    """

    def __init__(
        self,
        *,
        records: bool | None = None,
        on_record: Callable[[Any], None] | None = None,
        on_unrecorded: Callable[[Any], None] | None = None,
        on_truth: Callable[[Any, bool], None] | None = None,
        on_backward: Observer | None = None,
        differentiates: bool = False,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self.records = records
        self.on_record = on_record
        self.on_unrecorded = on_unrecorded
        self.on_truth = on_truth
        self.on_backward = on_backward
        self.differentiates = differentiates
        self.at_end = at_end


class _Entry(weakref.ref[Any]):
    """One time that a context was entered: its lock, as long as that lives."""

    __slots__ = ("generator", "number", "records")
    number: int  # in the order of entering
    generator: tuple[int, CodeType] | None  # outside whose body it is not in force
    records: bool | None  # of the effect: asked for each node


_numbers = itertools.count()

open_contexts: dict[weakref.ref[Any], Effect] = {}
"""By lock, what may be in force, in all threads together: while it is empty, recording asks nothing else."""

_entered_here: ContextVar[tuple[_Entry, ...]] = ContextVar("entered_here", default=())
_entered_in_generators: dict[weakref.ref[Any], _Entry] = {}


def in_force() -> list[Effect]:
    """What the contexts do that are open here, from the outermost inwards."""
    locks = [(entry, entry()) for entry in _entries()]
    return [open_contexts[entry] for entry, lock in locks if lock is not None and lock.locked()]


def is_recording() -> bool:
    """Whether nodes are recorded here: the innermost context that says anything about it decides."""
    for entry in reversed(_entries()):
        if entry.records is not None and (lock := entry()) is not None and lock.locked():
            return entry.records
    return True


def _entries() -> Sequence[_Entry]:
    """The contexts that were entered here, from the outermost inwards."""
    entries = _entered_here.get()
    if entries and entries[-1]() is None:
        entries = _alive(entries)
        _entered_here.set(entries)
    return _with_those_of_running_generators(entries) if _entered_in_generators else entries


def is_differentiating() -> bool:
    """Whether a derivative is being taken around the current call."""
    return bool(open_contexts) and any(effect.differentiates for effect in in_force())


def record_observers() -> list[Callable[[Any], None]]:
    """Who is shown each node that is recorded here, the outermost first."""
    return [effect.on_record for effect in in_force() if effect.on_record is not None]


def show_unrecorded(node: Any) -> None:
    """Show a node that is not recorded here to those who want to know."""
    for effect in in_force():
        if effect.on_unrecorded is not None:
            effect.on_unrecorded(node)


def show_truth(condition: Any, truth: bool) -> None:
    """Show a condition whose truth Python asks for here to those who want to know."""
    for effect in in_force():
        if effect.on_truth is not None:
            effect.on_truth(condition, truth)


def is_traced() -> bool:
    """Whether what Python decides here is noted, for a replay that is to decide anew."""
    return bool(open_contexts) and any(effect.on_truth for effect in in_force())


def backward_observers() -> list[Observer]:
    """Who is shown each node that a backward pass from here comes to, the outermost first."""
    if not open_contexts:
        return []
    return [effect.on_backward for effect in in_force() if effect.on_backward is not None]


_WITH = {opmap.get("BEFORE_WITH"), opmap.get("LOAD_SPECIAL")}  # the second from Python 3.14, where __exit__ comes first


class _Lookup:
    """``__enter__`` or ``__exit__`` of a context: to look it up is what prepares the lock that it gives a method of."""

    def __set_name__(self, kind: type[Context], name: str) -> None:
        self._name = name

    def __get__(self, context: Context | None, kind: type[Context]) -> Callable[..., Any]:
        return self._of_class if context is None else context._look_up(self._name, sys._getframe(1))

    def _of_class(self, context: Context, *exception: Any) -> Any:
        """As ``contextlib.ExitStack`` calls it."""
        return context._look_up(self._name, sys._getframe(1))(*exception)


class Context:
    """A ``with`` block that leaves nothing behind, and a decorator. It may be entered again, also while it is open.

    Args:
        effect: makes what one time of being open does.
    """

    __enter__ = _Lookup()
    __exit__ = _Lookup()

    def __init__(self, effect: Callable[[], Effect]) -> None:
        self._effect = effect
        # The locks of which one method was looked up and the other will be: the method's name, and what gives the lock.
        # By thread, and by whether it is ``with`` that looks them up, which holds the lock; a call by hand does not.
        self._waiting: dict[tuple[int, bool], list[tuple[str, Callable[[], Any]]]] = {}

    def _look_up(self, name: str, frame: FrameType) -> Callable[..., Any]:
        """A method of the lock whose other one was looked up before, or else of a new one."""
        is_with = frame.f_code.co_code[frame.f_lasti] in _WITH
        waiting = self._waiting.setdefault((get_ident(), is_with), [])
        while waiting and waiting[-1][1]() is None:
            waiting.pop()
        if waiting and waiting[-1][0] != name:
            lock = waiting.pop()[1]()
        else:
            lock = self._new_lock(frame)
            waiting.append((name, weakref.ref(lock) if is_with else lambda: lock))
        return lock.__enter__ if name == "__enter__" else _exit_of(lock)

    def _new_lock(self, frame: FrameType) -> Any:
        """A lock that is not locked yet, and a note of what it stands for, which goes when the lock does."""
        lock = Lock()
        effect = self._effect()
        entry = _Entry(lock)
        entry.number, entry.generator, entry.records = next(_numbers), _generator_of(frame), effect.records
        # The references that call a function when the lock dies call one of C, and have no name: they die before it
        # where this is broken off.
        if entry.generator is None:
            _entered_here.set((*_alive(_entered_here.get()), entry))
        else:
            _entered_in_generators[weakref.ref(lock, _entered_in_generators.pop)] = entry
        open_contexts[weakref.ref(lock, open_contexts.pop)] = effect
        return lock

    def __call__(self, function: Function) -> Function:
        """The function with its body in this context: of a generator or a coroutine, too, it is the body that is."""
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(self(function.__func__))
        if isinstance(function, type) or not callable(function):
            what = (
                f"the class {function.__name__}: decorate its methods one by one"
                if isinstance(function, type)
                else f"{type(function).__name__}: write it directly above a def"
            )
            raise TypeError(f"a context decorates functions and methods, got {what}")
        return functools.wraps(function)(_inside(self, function))  # type: ignore[return-value]


def _exit_of(lock: Any) -> Callable[..., Any]:
    """What ``with`` calls at the end. It alone keeps the lock alive."""
    at_end = open_contexts[weakref.ref(lock)].at_end
    if at_end is None:
        return lock.__exit__  # type: ignore[no-any-return]
    closing = functools.partial(_close, weakref.ref(lock), at_end)
    closing.lock = lock  # type: ignore[attr-defined]  # not an argument: a traceback would keep those alive
    return closing


def _close(
    reference: weakref.ref[Any],
    at_end: Callable[[], None],
    kind: type[BaseException] | None,
    exception: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    reference().release()  # type: ignore[union-attr]  # no variable, which a traceback would keep alive
    if kind is None:
        at_end()


def _alive(entries: Sequence[_Entry]) -> tuple[_Entry, ...]:
    return tuple([entry for entry in entries if entry() is not None])


# -- generators -----------------------------------------------------------------------------------------------------

_FIXTURES = ("_pytest.", "pytest_asyncio.", "pytest_trio.", "anyio.")  # who run generators for the sake of a test


def _generator_of(frame: FrameType | None) -> tuple[int, CodeType] | None:
    """The generator in whose body alone a context opened in this frame is in force; None if there is no such limit.

    A generator that ``contextlib`` drives stands for the ``with`` block of whoever asked for it, and one that is a
    fixture for the test. A coroutine is no generator here: what it awaits is in its context, and so are its tasks.
    """
    while frame is not None:
        if _is_generator(frame.f_code):
            driver = _module(frame.f_back)
            is_decorated = frame.f_globals is globals()  # a decorator concerns the body alone
            if driver.startswith(_FIXTURES) and not is_decorated:
                return None
            if driver != "contextlib" or is_decorated:
                return id(frame), frame.f_code
        elif _module(frame) != "contextlib":
            return None
        frame = frame.f_back
    return None


# Of a code's flags, as inspect.CO_GENERATOR and the like: to import inspect takes as long as to import all of this.
_GENERATOR, _ITERABLE_COROUTINE, _ASYNC_GENERATOR = 0x20, 0x100, 0x200


def _is_generator(code: CodeType) -> bool:
    return bool(code.co_flags & (_GENERATOR | _ASYNC_GENERATOR)) and not code.co_flags & _ITERABLE_COROUTINE


def _module(frame: FrameType | None) -> str:
    return str(frame.f_globals.get("__name__", "")) if frame is not None else ""


def _with_those_of_running_generators(entries: Sequence[_Entry]) -> list[_Entry]:
    """All that are open here, in the order in which they were entered."""
    in_generators = [entry for entry in list(_entered_in_generators.values()) if _is_running(entry.generator)]
    return sorted([*entries, *in_generators], key=attrgetter("number"))


def _is_running(generator: tuple[int, CodeType] | None) -> bool:
    """Whether a generator is among the callers."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and generator != (id(frame), frame.f_code):
        frame = frame.f_back
    return frame is not None


# -- decorated functions --------------------------------------------------------------------------------------------


def _inside(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same sort whose body, as it runs, is in the context."""
    import inspect  # only here

    if inspect.isasyncgenfunction(function):

        async def asynchronous_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with context:
                running = function(*args, **kwargs)
                try:
                    item = await anext(running)
                    while True:
                        try:
                            sent = yield item
                        except BaseException as exception:
                            item = await running.athrow(exception)
                        else:
                            item = await running.asend(sent)
                except StopAsyncIteration:
                    return

        return asynchronous_generator

    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with context:  # ``yield from`` would close the other one without coming here, outside the context
                running = function(*args, **kwargs)
                try:
                    item = next(running)
                    while True:
                        try:
                            sent = yield item
                        except BaseException as exception:
                            item = running.throw(exception)
                        else:
                            item = running.send(sent)
                except StopIteration as stop:
                    return stop.value

        return generator

    if inspect.iscoroutinefunction(function):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with context:
                return await function(*args, **kwargs)

        return coroutine

    def plain(*args: Any, **kwargs: Any) -> Any:
        with context:
            return function(*args, **kwargs)

    return plain
