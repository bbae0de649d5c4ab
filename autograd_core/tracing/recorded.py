"""One call of a function, recorded: what it computed, and every truth that Python asked for on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from autograd_core.callers import Line, line_of_user
from autograd_core.graph import order_of_all
from autograd_core.tracing.arguments import Key, NoKeyError, numbers_and_key, with_numbers
from autograd_core.tracing.results import Fill, taken_apart
from autograd_core.tracing.watch import SHOWING, Watch, call_watched
from autograd_core.value import Value

_WHAT = {"data": "the number", "grad": "the gradient", "local_derivatives": "the local derivatives"}


class UnseenError(Exception):
    """A function did something that no trace can see, and so cannot be replayed."""


class ChangesArgumentsError(ValueError):
    """A function changed a list, dict or array that it was called with."""


@dataclass(frozen=True)
class Guard:
    """A comparison that Python asked for its truth.

    Attributes:
        node: the comparison, recorded.
        outcome: its truth.
        line: whose it was.
    """

    node: Any
    outcome: bool
    line: Line


@dataclass
class Recorded:
    """What a function recorded in one call.

    Attributes:
        inputs: the Values that it was called with in the places of numbers.
        outside: nodes from outside the call, on which something depends.
        stand_ins: for each of them a leaf to read it from: itself, if it is one.
        values: the Values that it returned; ``fill`` puts other numbers in their places.
        is_connected: for each of these, whether plain numbers as inputs would have given a Value, too.
        guards: in the order in which Python asked.
    """

    inputs: list[Value]
    outside: list[Any]
    stand_ins: list[Any]
    values: list[Any]
    fill: Fill
    is_connected: list[bool]
    guards: list[Guard]

    @property
    def numbers(self) -> list[float]:
        """What it returned, as numbers."""
        return [value.data for value in self.values]


def record(
    f: Callable[..., Any],
    name: str,
    arguments: tuple[Sequence[Any], Mapping[str, Any]],
    static: Container[int | str],
    numbers: Sequence[float | Value],
) -> Recorded:
    """Call a function with Values in place of the numbers among its arguments, and note what it does.

    Args:
        f, name: the function, and what to call it.
        arguments: of the call, by place and by name.
        static: which of them do not vary.
        numbers: all that varies among the others, in order.

    Raises:
        UnseenError: it did something that a replay would not do.
        NoNumbersError: it returned something that is not made of numbers.
        ChangesArgumentsError: it changed its arguments.
    """
    inputs = [Value(number.data if isinstance(number, Value) else number) for number in numbers]
    notes = _Notes(inputs)
    own = args, keywords = with_numbers(*arguments, inputs, static)
    key = numbers_and_key(args, keywords, static)[1]
    try:
        values, fill = call_watched(notes.watch(), lambda: taken_apart(f(*args, **keywords), name))
        if notes.unseen:
            raise UnseenError(notes.unseen)
    except Exception:  # the function will run as it is, and do once more what it has done
        notes.undo()
        raise
    _check_unchanged(own, static, inputs, key, name)
    return _sorted_out(notes, values, fill, [isinstance(number, Value) for number in numbers])


class _Notes:
    """What happened while a function ran."""

    def __init__(self, inputs: list[Value]) -> None:
        self.inputs = inputs
        self.nodes: list[Any] = []  # operands before what was computed from them
        self.varying: set[Any] = set(inputs)  # and these
        self.leaves: set[Any] = set()
        self.guards: list[Guard] = []
        self.unseen = ""
        self._asked: set[tuple[Any, ...]] = set()
        self._changes: list[tuple[Any, str, Any]] = []

    def watch(self) -> Watch:
        """The context that notes it."""
        return Watch(
            on_record=self._recorded,
            on_unrecorded=self._unrecorded,
            on_truth=self._truth,
            on_read=self._read,
            on_read_elsewhere=self._read_elsewhere,
            on_change=lambda *change: self._changes.append(change),
            on_leaf=self.leaves.add,
            on_restored=self._restored,
        )

    def undo(self) -> None:
        """Give Values back the numbers and gradients that the function has set."""
        for node, attribute, old in reversed(self._changes):
            setattr(node, attribute, old)

    def _recorded(self, node: Any) -> None:
        self.nodes.append(node)
        self.varying.add(node)

    def _truth(self, condition: Any, truth: bool) -> None:
        key = (condition.op, *condition.operands)
        if key not in self._asked:
            self._asked.add(key)
            line = line_of_user(sys._getframe(1))
            try:
                node = condition.recorded()
            except ValueError:
                self._note("asks for the truth of a comparison that was made before", line)
            else:
                self.guards.append(Guard(node, truth, line))

    def _unrecorded(self, node: Any) -> None:
        self._note("computes in no_grad()", line_of_user(sys._getframe(1)))

    def _read(self, node: Any, attribute: str, frame: FrameType) -> None:
        if node not in self.leaves:
            is_shown = attribute == "data" and frame.f_code.co_name in SHOWING
            what = "shows a Value as a text" if is_shown else f"reads or sets {_WHAT[attribute]} of a Value"
            self._note(what, line_of_user(frame))

    def _read_elsewhere(self, node: Any, attribute: str, frame: FrameType) -> None:
        if node in self.varying:
            self._note("computes with its arguments in another thread", line_of_user(frame))

    def _restored(self) -> None:
        self._note("was traced at the very moment that another thread ended a trace", line_of_user(sys._getframe(1)))

    def _note(self, what: str, line: Line) -> None:
        self.unseen = self.unseen or f"it {what} at {line}"


def _check_unchanged(
    arguments: tuple[Sequence[Any], Mapping[str, Any]],
    static: Container[int | str],
    inputs: Sequence[Value],
    key: Key,
    name: str,
) -> None:
    """Raise where the function put something else into its lists, dicts and arrays, or took something out."""
    try:
        numbers, key_now = numbers_and_key(*arguments, static)
    except NoKeyError:
        numbers, key_now = [], ()
    if key != key_now or any(number is not value for number, value in zip(numbers, inputs)):
        raise ChangesArgumentsError(
            f"{name} changes its arguments, which later calls of what was traced would not do: write "
            "values = list(values) first, or copy what you change"
        )


def _sorted_out(
    notes: _Notes,
    values: Sequence[Any],
    fill: Fill,
    is_value: Sequence[bool],
) -> Recorded:
    """What was recorded, with what comes from outside told apart from what was made in the call."""
    made = notes.varying | notes.leaves
    stand_in_of: dict[Any, Any] = {}

    def inside(node: Any) -> Any:
        """A node to compute with: one of the call's own, or a leaf that stands for one from outside."""
        if type(node) is float or node in made:
            return node
        if node not in stand_in_of:
            stand_in_of[node] = Value(node.data, node.label) if node.operands else node
        return stand_in_of[node]

    for node in notes.nodes:
        if not made.issuperset(node.operands):
            node.operands = tuple(map(inside, node.operands))
    values = list(map(inside, values))
    order = order_of_all([*values, *(guard.node for guard in notes.guards)])
    reached = set(order)
    from_outside = [(node, leaf) for node, leaf in stand_in_of.items() if leaf in reached]
    leaves = {leaf for _, leaf in from_outside}
    varying = _depending_on({*notes.inputs, *leaves}, order)
    connected = _depending_on(
        {*leaves, *notes.leaves, *(leaf for leaf, given in zip(notes.inputs, is_value) if given)}, order
    )
    return Recorded(
        notes.inputs,
        [node for node, _ in from_outside],
        [leaf for _, leaf in from_outside],
        values,
        fill,
        [value in connected for value in values],
        [guard for guard in notes.guards if guard.node in varying],
    )


def _depending_on(leaves: set[Any], order: Sequence[Any]) -> set[Any]:
    """These leaves, and all that depends on one of them."""
    found = set(leaves)
    for node in order:
        if any(type(operand) is not float and operand in found for operand in node.operands):
            found.add(node)
    return found
