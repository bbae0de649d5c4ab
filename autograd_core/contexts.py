"""Contexts that leave nothing behind: what is in force here, however a ``with`` block was left.

Ctrl-C may come between any two instructions of Python, so that an ``__enter__`` or ``__exit__`` written in Python can
be broken off with half of its work done. Here each time that a context is entered has a lock of its own, and *the
context is open while its lock is locked and alive*. ``with`` looks ``__enter__`` and ``__exit__`` up before it calls
anything: the lookup makes the lock and notes what the context does, which means nothing yet, and gives ``with`` the
lock's own two methods. They lock and release it in C, where no interrupt comes between; and where the block's frame is
torn down without calling the second, the lock dies with the frame, and is closed too.

A context concerns the thread, or the asynchronous task, that opened it, and the tasks made from there. One that a
generator opened in its own body concerns that body alone: while the generator is suspended, its caller is outside.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock, get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Effect:
    """What a context does while it is open.

    Attributes:
        records: whether nodes are recorded; None leaves it to the contexts further out.
        on_record: called with each node that is recorded.
        on_backward: called with each node that a backward pass comes to and its gradient, before it passes that on.
        differentiates: a derivative is being taken.
        at_end: called after the context is closed, if no exception closed it.
    """

    records: bool | None = None
    on_record: Callable[[Any], None] | None = None
    on_backward: Callable[[Any, float], None] | None = None
    differentiates: bool = False
    at_end: Callable[[], None] | None = None


class _Opening(NamedTuple):
    """One time that a context was entered."""

    number: int
    generator: tuple[int, CodeType] | None
    effect: Effect


_numbers = itertools.count()
_References = tuple["weakref.ref[Any]", ...]

open_contexts: dict[weakref.ref[Any], _Opening] = {}
"""By lock, all that may be open, in all threads together: while it is empty, recording asks nothing else."""

_opened_here: ContextVar[_References] = ContextVar("opened_here", default=())
_opened_in_generators: set[weakref.ref[Any]] = set()


def in_force() -> Iterator[Effect]:
    """What the contexts do that are open here, from the innermost outwards."""
    references = _opened_here.get()
    if references and references[-1]() is None:
        references = _alive(references)
        _opened_here.set(references)
    if _opened_in_generators:
        references = _with_those_of_running_generators(references)
    for reference in reversed(references):
        lock = reference()
        if lock is not None and lock.locked():
            yield open_contexts[reference].effect


def is_recording() -> bool:
    """Whether nodes are recorded here."""
    return next((effect.records for effect in in_force() if effect.records is not None), True)


def is_differentiating() -> bool:
    """Whether a derivative is being taken around the current call."""
    return bool(open_contexts) and any(effect.differentiates for effect in in_force())


def record_observers() -> list[Callable[[Any], None]]:
    """Who is shown each node that is recorded here, the outermost first."""
    return [effect.on_record for effect in in_force() if effect.on_record is not None][::-1]


def backward_observers() -> list[Callable[[Any, float], None]]:
    """Who is shown each node that a backward pass from here comes to, the outermost first."""
    if not open_contexts:
        return []
    return [effect.on_backward for effect in in_force() if effect.on_backward is not None][::-1]


class _Lookup:
    """``__enter__`` or ``__exit__`` of a context: to look it up is what prepares the lock that it gives a method of."""

    def __init__(self, method: Callable[[Context, FrameType], Callable[..., Any]]) -> None:
        self._method = method

    def __get__(self, context: Context | None, kind: type[Context]) -> Callable[..., Any]:
        return self._of_class if context is None else self._method(context, sys._getframe(1))

    def _of_class(self, context: Context, *exception: Any) -> Any:
        """As ``contextlib.ExitStack`` calls it."""
        return self._method(context, sys._getframe(1))(*exception)


class Context:
    """A ``with`` block that leaves nothing behind, and a decorator. It may be entered again, also while it is open.

    Args:
        effect: makes what one time of being open does.
    """

    def __init__(self, effect: Callable[[], Effect]) -> None:
        self._effect = effect
        # By thread, the locks of which one method was looked up and the other will be: locks where that was __enter__,
        # so that one called by hand stays open, and weak references where it was __exit__ (``with``, from Python 3.14).
        self._waiting: dict[int, list[Any]] = {}

    def _look_up_enter(self, frame: FrameType) -> Callable[..., Any]:
        waiting = self._waiting.setdefault(get_ident(), [])
        while waiting and isinstance(waiting[-1], weakref.ref):
            if (lock := waiting.pop()()) is not None:
                return lock.__enter__  # type: ignore[no-any-return]
        lock = self._new_lock(frame)
        waiting.append(lock)
        return lock.__enter__  # type: ignore[no-any-return]

    def _look_up_exit(self, frame: FrameType) -> Callable[..., Any]:
        waiting = self._waiting.setdefault(get_ident(), [])
        if waiting and not isinstance(waiting[-1], weakref.ref):
            return _exit_of(waiting.pop())
        lock = self._new_lock(frame)
        waiting.append(weakref.ref(lock))
        return _exit_of(lock)

    __enter__ = _Lookup(_look_up_enter)
    __exit__ = _Lookup(_look_up_exit)

    def _new_lock(self, frame: FrameType) -> Any:
        """A lock that is not locked yet, and a note of what it stands for, which goes when the lock does."""
        lock = Lock()
        generator = _generator_of(frame)
        opening = _Opening(next(_numbers), generator, self._effect())
        open_contexts[weakref.ref(lock, open_contexts.pop)] = opening  # the reference calls a function of C, too
        if generator is None:
            _opened_here.set((*_alive(_opened_here.get()), weakref.ref(lock)))
        else:
            _opened_in_generators.add(weakref.ref(lock, _opened_in_generators.discard))
        return lock

    def __call__(self, function: Function) -> Function:
        """The function with its body in this context: of a generator or a coroutine, too, it is the body that is."""
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(self(function.__func__))
        if isinstance(function, type) or not callable(function):
            what = f"the class {function.__name__}" if isinstance(function, type) else type(function).__name__
            raise TypeError(f"a context decorates functions and methods, got {what}: decorate its methods one by one")
        return functools.wraps(function)(_inside(self, function))  # type: ignore[return-value]


def _exit_of(lock: Any) -> Callable[..., Any]:
    """What ``with`` calls at the end. It alone keeps the lock alive."""
    at_end = open_contexts[weakref.ref(lock)].effect.at_end
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


def _alive(references: _References) -> _References:
    return tuple([reference for reference in references if reference() is not None])


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


def _is_generator(code: CodeType) -> bool:
    kinds = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
    return bool(code.co_flags & kinds) and not code.co_flags & inspect.CO_ITERABLE_COROUTINE


def _module(frame: FrameType | None) -> str:
    return str(frame.f_globals.get("__name__", "")) if frame is not None else ""


def _with_those_of_running_generators(references: _References) -> _References:
    """All that are open here, in the order in which they were entered."""
    found = [*references, *[each for each in list(_opened_in_generators) if _is_running(each)]]
    return tuple(sorted(found, key=_number))


def _is_running(reference: weakref.ref[Any]) -> bool:
    """Whether the generator that opened a context is among the callers."""
    opening = open_contexts.get(reference)
    generator = opening.generator if opening is not None else None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and generator != (id(frame), frame.f_code):
        frame = frame.f_back
    return frame is not None


def _number(reference: weakref.ref[Any]) -> int:
    opening = open_contexts.get(reference)
    return opening.number if opening is not None else -1


# -- decorated functions --------------------------------------------------------------------------------------------


def _inside(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same sort whose body, as it runs, is in the context."""
    if inspect.isasyncgenfunction(function):

        async def asynchronous_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            with context:
                generator = function(*args, **kwargs)
                try:
                    item = await anext(generator)
                    while True:
                        try:
                            sent = yield item
                        except GeneratorExit:
                            await generator.aclose()
                            raise
                        except BaseException as exception:
                            item = await generator.athrow(exception)
                        else:
                            item = await generator.asend(sent)
                except StopAsyncIteration:
                    return

        return asynchronous_generator

    if inspect.isgeneratorfunction(function):

        def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with context:
                return (yield from function(*args, **kwargs))

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
