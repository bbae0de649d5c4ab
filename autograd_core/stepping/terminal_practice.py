"""The part of a session in the terminal in which gradients are worked out before they are shown."""

from __future__ import annotations

import cmd
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autograd_core.stepping.breakpoints import CommandError
from autograd_core.stepping.screen import Painted, Screen
from autograd_core.stepping.steps import Step
from autograd_core.stepping.timeline import Timeline

if TYPE_CHECKING:
    from autograd_core.stepping.practice import Practice


class Practising(cmd.Cmd):
    """The commands for practice; each method's docstring is its help."""

    def __init__(self, timeline: Timeline, screen: Screen, *arguments: Any, **streams: Any) -> None:
        super().__init__(*arguments, **streams)
        self.time, self.screen = timeline, screen
        self._practice: Practice | None = None

    @property
    def is_practising(self) -> bool:
        """Whether gradients are asked for."""
        return self._practice is not None

    @abstractmethod
    def go_on(self, target: int) -> None:
        """Take steps up to a position, and show them."""

    @abstractmethod
    def upcoming(self) -> Step:
        """The next step; CommandError at the end of the pass."""

    def say(self, text: str) -> None:
        """Write lines."""
        self.screen.say(text)

    def say_all(self, lines: Iterable[str]) -> None:
        """Write several lines."""
        for line in lines:
            self.say(line)

    def do_practice(self, argument: str) -> None:
        """practice
        Work out each gradient yourself; again: end that.
        What is asked is the gradient after the next step: a number such as -1.4, or 2*(-0.7). Three digits are enough.
        hint puts the numbers into the rule, show takes the step."""
        nothing(argument)
        if self._practice is not None:
            self._end_practice(self._practice)
            return
        self.upcoming()
        from autograd_core.stepping.practice import Practice

        self._practice = Practice(self.time)
        self.say("What is each gradient after its step? Type a number or a product; hint, show; practice ends it.")
        self.ask()

    def do_hint(self, argument: str) -> None:
        """hint
        Practising: put the numbers into the rule."""
        nothing(argument)
        self.say(self._practising().hint())

    def do_show(self, argument: str) -> None:
        """show
        Practising: show the gradient, and go on."""
        nothing(argument)
        self._practising()
        self.go_on(self.time.position + 1)

    def _practising(self) -> Practice:
        if self._practice is None:
            raise CommandError("That is for practising: practice asks for each gradient.")
        return self._practice

    def answer(self, line: str) -> None:
        """Say whether an answer is right, and then take the step."""
        practice = self._practising()
        if practice.is_right(line):
            self.say(Painted("Right.", {"Right.": "right"}))
            self.go_on(self.time.position + 1)
        else:
            self.say(practice.miss(line))

    def ask(self) -> None:
        """Ask for the next gradient, while practising; after the last one, say how it went."""
        if self._practice is None:
            return
        if self.time.position == len(self.time.steps):
            self._end_practice(self._practice)
        else:
            self.say(self._practice.question())

    def _end_practice(self, practice: Practice) -> None:
        self._practice = None
        self.say(practice.tally())


def nothing(argument: str) -> None:
    """Refuse what is typed after a command that takes nothing."""
    if argument:
        raise CommandError(f"That command takes nothing after it, but there is {argument[:40]!r}.")
