"""The backward pass in a debugger: a stop at a node, in any debugger there is."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from autograd_core.contexts import Context, Effect
from autograd_core.graph import Node, contributions, is_node
from autograd_core.notation.numbers import did_you_mean


def break_at(target: Any = None, when: str | Callable[[Any, float], bool] = "grad") -> Context:
    """In this context, a backward pass calls ``breakpoint()`` just before a node passes its gradient on.

    The debugger (pdb, an IDE's, or what ``PYTHONBREAKPOINT`` names) stops in the loop of ``backward()`` itself, at the
    first of the node's edges: ``node``, its gradient ``upstream``, the ``operand`` and the ``local_derivative`` are the
    variables there, and each round of the loop is the next edge. At a node without edges, or without a gradient to
    pass along them, it stops in the loop over the nodes.

    VS Code stops only in what it takes for the user's own code: with a package that is installed, and not in editable
    mode, set ``"justMyCode": false``. In a Jupyter kernel ``breakpoint()`` does nothing until
    ``sys.breakpointhook = pdb.set_trace`` is set.

    Args:
        target: a Value; or a label or the name of a primitive such as ``"tanh"``; or a primitive; None for any node.
        when: ``"grad"``, whenever the pass comes to the node; ``"nonfinite"``, if its gradient or a contribution that
            it is about to pass on is nan or infinite; or a function of the node and its gradient that says whether.

    Raises:
        TypeError: ``target`` is something else.
        ValueError: ``when`` is another text.

    Warns:
        UserWarning: at the end, if no pass came to a node with that label or primitive.

    >>> import autograd_core as ag
    >>> x = ag.Value(0.5, "x")
    >>> with ag.break_at("tanh", when="nonfinite"):
    ...     ag.tanh(x).backward()  # would stop here if the gradient of tanh were nan
    """
    is_target, is_wanted = _target_test(target), _condition(when)
    return Context(lambda: _stopping(target, is_target, is_wanted))


def _stopping(target: Any, is_target: Callable[[Node], bool], is_wanted: Callable[[Node, float], bool]) -> Effect:
    names: set[str] = set()

    def observer(node: Node, upstream: float) -> Callable[[], Any] | None:
        names.update((node.label, node.op.name if node.op is not None else ""))
        return _debugger() if is_target(node) and is_wanted(node, upstream) else None

    def warn_if_never_seen() -> None:
        if names and target not in names:
            hint = did_you_mean(target, names - {""})
            warnings.warn(f"break_at({target!r}): no node has that label or primitive.{hint}", stacklevel=3)

    return Effect(on_backward=observer, at_end=warn_if_never_seen if isinstance(target, str) else None)


def _debugger() -> Callable[[], Any]:
    """What stops its caller at the next line."""
    by_default = sys.breakpointhook is sys.__breakpointhook__ and not os.environ.get("PYTHONBREAKPOINT")
    return _pdb_at_next_line if by_default and sys.version_info >= (3, 13) else breakpoint


def _pdb_at_next_line() -> None:
    """From Python 3.13 on, pdb's own ``set_trace`` stops in the midst of the line, before its names have values."""
    import pdb  # 40 ms, for a stop alone

    debugger = pdb.Pdb()
    debugger.set_trace(sys._getframe(1))
    sys.settrace(None)  # or it would stop in the next call here
    debugger.set_step()
    sys.settrace(debugger.trace_dispatch)


def _target_test(target: Any) -> Callable[[Node], bool]:
    if target is None:
        return lambda node: True
    if isinstance(target, str):
        return lambda node: target == node.label or (node.op is not None and target == node.op.name)
    if is_node(target) or hasattr(target, "partials"):
        return lambda node: node is target or node.op is target
    raise TypeError(f"break_at() takes a Value, a label or a primitive, got {type(target).__name__}")


def _condition(when: str | Callable[[Any, float], bool]) -> Callable[[Node, float], bool]:
    if callable(when):
        return when
    if when == "grad":
        return lambda node, upstream: True
    if when == "nonfinite":
        return _is_nonfinite
    raise ValueError(f'when is "grad", "nonfinite" or a function of a node and its gradient, got {when!r}')


def _is_nonfinite(node: Node, upstream: float) -> bool:
    passed_on = [each.amount for each in contributions(node, upstream)]
    return not all(map(math.isfinite, [upstream, *passed_on]))
