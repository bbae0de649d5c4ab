"""Where a session in the terminal stops: what was asked for, as positions in the pass."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from autograd_core.notation.numbers import did_you_mean
from autograd_core.stepping.timeline import Timeline


class CommandError(Exception):
    """A command that cannot be carried out; the message says why, in a line."""


class Breakpoints:
    """The breakpoints of a session.

    Each is called by the name of a node, or ``op`` and that of a primitive, or ``nonfinite``.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._time = timeline
        self._positions: dict[str, Sequence[int]] = {}

    @property
    def names(self) -> Sequence[str]:
        """What the breakpoints are called, the first one set first."""
        return list(self._positions)

    @cached_property
    def primitives(self) -> set[str]:
        """The names of the graph's primitives."""
        return {node.op.name for node in self._time.order if node.op is not None}

    def set(self, asked: str) -> tuple[str, Sequence[int]]:
        """Set a breakpoint, and say what it is called and where it stops.

        Raises:
            CommandError: nothing ever stops there.
            UnknownNameError: there is no such node.
        """
        name, positions = self._found(asked)
        self._positions[name] = positions
        return name, positions

    def clear(self, asked: str) -> None:
        """Remove a breakpoint, or all of them where none is named.

        Raises:
            CommandError: there is none of that name.
            UnknownNameError: there is no such node either.
        """
        if not asked:
            self._positions.clear()
            return
        names = self._time.names
        name = asked if asked in self._positions else names.of(names.node(asked))
        if self._positions.pop(name, None) is None:
            raise CommandError(f"There is no breakpoint {name!r}; break lists them.")

    def first_between(self, start: int, end: int) -> int:
        """The first position after ``start`` at which a breakpoint stops, if it is before ``end``; else ``end``."""
        for positions in self._positions.values():
            following = bisect_right(positions, start)
            end = min([end, *positions[following : following + 1]])
        return end

    def at(self, position: int) -> Sequence[str]:
        """The breakpoints that stop at a position."""
        return [name for name, positions in self._positions.items() if _holds(positions, position)]

    def _found(self, asked: str) -> tuple[str, Sequence[int]]:
        word, _, rest = asked.partition(" ")
        if asked == "nonfinite":
            if positions := self._time.origins_of_nonfinite():
                return asked, positions
            raise CommandError("No step turns a finite gradient into nan or infinity.")
        if word == "op" and rest:
            return f"op {rest.strip()}", self._positions_of_primitive(rest.strip())
        node = self._time.names.node(asked)
        if (position := self._time.completion(node)) is None:
            raise CommandError(f"No step brings {self._time.names.of(node)} a gradient: nothing to stop at.")
        return self._time.names.of(node), [position]

    def _positions_of_primitive(self, primitive: str) -> Sequence[int]:
        if primitive not in self.primitives:
            hint = did_you_mean(primitive, self.primitives)
            hint = hint or f" There are {', '.join(sorted(self.primitives)) or 'none'}."
            raise CommandError(f"No node is of the primitive {primitive!r}.{hint}")
        nodes = [node for node in self._time.order if node.op is not None and node.op.name == primitive]
        positions = sorted(position for node in nodes if (position := self._time.completion(node)) is not None)
        if not positions:
            raise CommandError(f"No step brings a node of {primitive!r} a gradient: nothing to stop at.")
        return positions


def _holds(positions: Sequence[int], position: int) -> bool:
    following = bisect_right(positions, position)
    return following > 0 and positions[following - 1] == position
