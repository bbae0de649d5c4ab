"""Where in a graph an exception came about: the operation that failed and its operands, or the node in a pass."""

from __future__ import annotations

import keyword
import linecache
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from autograd_core.callers import is_ours
from autograd_core.drawing.arrangement import arrange
from autograd_core.drawing.dot import dot_source
from autograd_core.drawing.draw import MOST_NODES
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graph_picture import GraphPicture
from autograd_core.drawing.look import Look
from autograd_core.graph import Node, is_node, topological_order
from autograd_core.notation.node_names import NodeNames
from autograd_core.roles.recognise import network_of

_NAME = re.compile(r"[^\W\d]\w*")
_MOST_OPERANDS = 50
_MOST_LOOKED_AT = 2_000


@dataclass(frozen=True)
class FailedOperation:
    """The operation of a :class:`FailedNode`, as far as a drawing asks for it."""

    name: str
    source: str
    kind: str = "function"
    derivative: str = ""


class FailedNode:
    """Stands for the node that an operation would have recorded, had it not failed."""

    data = 0.0
    grad = 0.0
    label = ""

    def __init__(self, name: str, operands: tuple[Any, ...]) -> None:
        fields = ", ".join(f"{{{index}}}" for index in range(len(operands)))
        self.op = FailedOperation(name, f"{name}({fields})")
        self.operands = operands
        self.local_derivatives: tuple[None, ...] = (None,) * len(operands)

    @staticmethod
    def __apply_primitive__(primitive: Any, operands: tuple[Any, ...]) -> Node:
        raise TypeError("nothing can be computed from an operation that failed")


class Failure(NamedTuple):
    """A graph and what failed in it.

    Attributes:
        root: where the graph ends, as far as it was recorded.
        culprit: the node that failed; the root itself where an operation did.
    """

    root: Any
    culprit: Any


def failure_in(exception: BaseException) -> Failure | None:
    """What an exception has to do with a graph; None if nothing can be seen.

    Three places are looked at, in this order: a backward pass that was under way; an operation that failed, or the node
    that it had just recorded; and the Values that are named in the line that raised.
    """
    frames = list(_frames(exception.__traceback__))
    ours = [is_ours(frame) for frame, _ in frames]
    end = max([place + 1 for place, is_ours in enumerate(ours) if is_ours], default=0)
    start = max([place + 1 for place, is_ours in enumerate(ours[:end]) if not is_ours], default=0)
    inner = [frame for frame, _ in frames[start:end]]
    calls_back = end < len(frames)  # a function of the user's, such as a primitive's forward or what grad() is of
    users = [each for each, is_ours in zip(frames, ours) if not is_ours]
    return _in_a_pass(inner) or _in_an_operation(inner, calls_back) or _in_a_line(reversed(users))


def drawn(failure: Failure, message: str) -> Drawing:
    """The graph so far, with the culprit in red and what it failed with beside it."""
    root, culprit = failure
    names, network = NodeNames(topological_order(root)), network_of(root)
    look = Look(root, network, names, frozenset(), network.parameters, culprit=culprit, message=message)
    arrangement = arrange(root, MOST_NODES, kept=[culprit], path=[culprit], network=network)
    what = culprit.op.name if culprit is root and culprit.op is not None else names.of(culprit)
    return Drawing(GraphPicture(dot_source(arrangement, look)), f"{what} failed: {arrangement.summary}")


# -- in the frames that an exception passed through ---------------------------------------------------------------


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """The frames that an exception passed through with their lines, from the outermost inwards."""
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _in_a_pass(frames: Sequence[FrameType]) -> Failure | None:
    """The node whose gradient was being passed on."""
    for place, frame in enumerate(frames):
        root = frame.f_locals.get("root")
        if frame.f_code.co_name == "backward" and is_node(root):
            watched = [each.f_locals.get("node") for each in (*reversed(frames[place + 1 :]), frame)]
            return Failure(root, next((node for node in watched if is_node(node)), root))
    return None


def _in_an_operation(frames: Sequence[FrameType], calls_back: bool) -> Failure | None:
    """The operation that was asked for, with its operands; or its node, where that was recorded and then refused.

    Where a function of the user's was called, that is an operation only if it is a primitive's.
    """
    name = ""
    operands: list[Any] = []
    for frame in frames:
        found = frame.f_locals
        if is_node(found.get("node")) and found["node"].op is not None:
            return Failure(found["node"], found["node"])
        if not operands:
            operands = _nodes_in(value for key, value in found.items() if not key.startswith("__"))
        primitive = next((value for value in found.values() if hasattr(value, "partials")), None)
        name = name or str(getattr(primitive, "name", ""))
    if not operands or (calls_back and not name):
        return None
    called = frames[0].f_code.co_name
    if called == "__call__":
        called = type(frames[0].f_locals.get("self")).__name__
    return _failed(name or called.strip("_"), operands)


def _in_a_line(frames: Iterable[tuple[FrameType, int]]) -> Failure | None:
    """The Values that are named in the innermost line that names any."""
    for frame, line in frames:
        names = _NAME.findall(linecache.getline(frame.f_code.co_filename, line))
        scope = {**frame.f_globals, **frame.f_locals}
        held = [scope[name] for name in dict.fromkeys(names) if name in scope and not keyword.iskeyword(name)]
        if operands := _nodes_in(held):
            return _failed("this line", operands)
    return None


def _failed(name: str, operands: list[Any]) -> Failure:
    node = FailedNode(name, tuple(operands[:_MOST_OPERANDS]))
    return Failure(node, node)


def _nodes_in(values: Iterable[Any]) -> list[Any]:
    """The nodes among some objects and in lists, tuples and dicts of them, each once."""
    found: dict[Any, None] = {}
    ahead = list(values)
    for _ in range(_MOST_LOOKED_AT):
        if not ahead:
            break
        value = ahead.pop(0)
        if is_node(value):
            found[value] = None
        elif isinstance(value, (list, tuple)):
            ahead[:0] = value[:_MOST_OPERANDS]
        elif isinstance(value, Mapping):
            ahead[:0] = list(value.values())[:_MOST_OPERANDS]
    return list(found)
