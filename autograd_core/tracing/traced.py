"""``ag.jit``: from a function to one that is traced."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Literal, ParamSpec, TypeVar, overload

from autograd_core.derivatives.containers import with_article
from autograd_core.replay.arguments import numpy_module
from autograd_core.tracing.mapped_function import MappedFunction
from autograd_core.tracing.traced_function import MOST_TRACES, TracedFunction

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


@overload
def jit(
    f: Callable[Parameters, Returned],
    static: int | str | Iterable[int | str] = (),
    batch: Literal[False] = False,
    check: bool = False,
    max_traces: int = MOST_TRACES,
) -> TracedFunction[Parameters, Returned]: ...
@overload
def jit(
    f: Callable[Parameters, Returned],
    static: int | str | Iterable[int | str] = (),
    *,
    batch: Literal[True],
    check: bool = False,
    max_traces: int = MOST_TRACES,
) -> MappedFunction[Parameters, Returned]: ...
@overload
def jit(
    f: Callable[Parameters, Returned],
    static: int | str | Iterable[int | str] = (),
    batch: bool = False,
    check: bool = False,
    max_traces: int = MOST_TRACES,
) -> TracedFunction[Parameters, Returned] | MappedFunction[Parameters, Returned]: ...
def jit(
    f: Callable[Parameters, Returned],
    static: int | str | Iterable[int | str] = (),
    batch: bool = False,
    check: bool = False,
    max_traces: int = MOST_TRACES,
) -> TracedFunction[Parameters, Returned] | MappedFunction[Parameters, Returned]:
    """The function, recorded once for each way through it, and then run as a program.

    It stands wherever ``f`` could: called with numbers or Values, and inside ``grad``, ``value_and_grad``,
    ``jacobian``, ``hessian``, ``hvp``, ``jvp``, ``check_grads`` and SciPy's functions.

    The first call *traces* ``f``: it is called with Values in place of all floats and arrays of floats among its
    arguments, nested ones too, and what it computes becomes a program. Each truth that Python asks of a comparison on
    the way is a *guard*. A later call runs the program, which computes the comparisons, too; where one has another
    outcome, the call takes another trace, or records one. So ``if x > y``, loops that end by a tolerance, ``max()`` and
    ``sorted()`` do what they do in ``f`` itself.

    Values made outside of ``f``, as a model's weights are, are read at each call. Everything else among the arguments
    (flags, ints, strings, None, enums, arrays of ints, other objects) is compared with what stood there before: where
    it differs, ``f`` is traced anew.

    Where ``f`` does what no trace can see (it reads ``data``, formats a Value, computes in ``no_grad()``, runs a
    backward pass of its own), it runs as it is, and a warning names the line. It also runs as it is where it is so
    short that recording takes no longer than a program, and where ``no_grad``, ``detect_anomaly`` or ``break_at`` is
    around the call. What cannot be noticed: globals and attributes that change between calls; what ``f`` asks about
    its arguments other than their numbers, such as their type or label; and printing, which is done when ``f`` is
    traced. ``check=True`` finds the first of these.

    A program computes as Values do: in floats of 64 bits, and with inf or nan where floats would raise, as in
    ``1.0 / x`` at 0. Derivatives that ``f`` takes inside are differentiated again, as they are inside ``grad``.

    Args:
        f: returns a number, an array, or lists, tuples and dicts of numbers; of its arguments it changes none.
        static: places or names of arguments that are compared as a whole, the floats in them, too.
        batch: map ``f`` over the first axis of all arrays among the arguments, of which each row may take a way of its
            own; what ``f`` returns comes back in arrays whose first axis is that of the rows.
        check: record ``f`` anew at each call, and compare.
        max_traces: how many there may be; after that, ``f`` runs as it is, and a warning names the line at which it
            keeps taking other ways.

    Raises:
        TypeError: ``f`` is not a function; in a call, it returns something else.
        ValueError: ``static`` names no argument; in a call, ``f`` changes its arguments or draws random numbers.
        ReplayMismatchError: in a call with ``check``, ``f`` computes something else than its trace.
        ImportError: NumPy is not installed.

    >>> import autograd_core as ag
    >>> @ag.jit
    ... def root(a):  # by Newton's method
    ...     x = a
    ...     while abs(x * x - a) > 1e-12 * a:
    ...         x = (x + a / x) / 2.0
    ...     return x
    >>> ag.grad(root)(2.0)
    0.35355339059327373
    """
    if not callable(f):
        raise TypeError(f"jit() takes a function as its first argument, got {with_article(f)}: write jit(f)")
    if isinstance(max_traces, bool) or not isinstance(max_traces, int) or max_traces < 1:
        raise ValueError(f"max_traces is a count from 1 on, got {max_traces!r}")
    numpy_module()
    traced = TracedFunction(f, _places_and_names(f, static), check, max_traces)
    return MappedFunction(traced) if batch else traced


def _places_and_names(f: Callable[..., Any], static: Any) -> Iterable[int | str]:
    """Both the place and the name of each argument that is static."""
    is_one = isinstance(static, str) or not isinstance(static, Iterable)
    given: list[Any] = [static] if is_one else list(static)
    if not given:
        return ()
    parameters = inspect.signature(f).parameters.values()
    names = [each.name for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    kinds = {each.kind for each in parameters}
    found: list[int | str] = []
    for each in given:
        place = names.index(each) if isinstance(each, str) and each in names else each
        is_place = isinstance(place, int) and not isinstance(place, bool) and place >= 0
        if is_place and place < len(names):
            found += (place, names[place])
        elif (inspect.Parameter.VAR_POSITIONAL if is_place else inspect.Parameter.VAR_KEYWORD) in kinds and (
            is_place or isinstance(place, str)
        ):
            found.append(place)
        else:
            raise ValueError(f"static={each!r} names no argument: they are {', '.join(names)}, from 0 on")
    return found
