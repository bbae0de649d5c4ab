"""How far a command has come: a bar where somebody is watching a terminal; elsewhere plain lines, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from autograd_core import console
from nn.training.progress import Bar, Progress

FIRST_LINE = 1.0
"""The first plain line comes after this many seconds of silence, each further one after twice that, up to a limit."""
LONGEST_SILENCE = 30.0


class Lines:
    """Lines on the standard output about work that takes longer than a moment.

    >>> seconds = iter([0.0, 0.4, 0.9, 2.4]).__next__
    >>> lines = Lines(seconds)
    >>> lines.begin("training", total=100, unit="epoch")
    >>> lines.advance(10)
    >>> lines.advance(30, "loss 0.5")
    >> training: 40 of 100 epochs, loss 0.5, about 3 s left
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spoke_at = clock()
        self._silence = FIRST_LINE
        self._what, self._unit = "", ""
        self._total: int | None = None
        self._done = self._done_before = self._began_at = 0.0

    def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:  # noqa: D102
        self._what, self._total, self._unit = what, total, unit
        self._done = self._done_before = done
        self._began_at = self._clock()
        if self._silence > FIRST_LINE or self._began_at - self._spoke_at >= FIRST_LINE:  # it takes long altogether
            self._speak(self._began_at, what)

    def advance(self, count: float, note: str = "", total: int | None = None) -> None:  # noqa: D102
        self._total = total or self._total
        self._done += count
        now = self._clock()
        if now - self._spoke_at >= self._silence:
            self._speak(now, f"{self._what}: {', '.join(filter(None, self._parts(now, note)))}")

    def end(self) -> None:  # noqa: D102
        pass

    def say(self, line: str) -> None:  # noqa: D102
        console.say(line)
        self._spoke_at = self._clock()

    def _speak(self, now: float, words: str) -> None:
        console.say(f">> {words}")
        self._spoke_at = now
        self._silence = min(2.0 * self._silence, LONGEST_SILENCE)

    def _parts(self, now: float, note: str) -> tuple[str, str, str]:
        """How much is done, how well, and how long the rest will take."""
        done = f"{int(self._done + 1e-6):,}"
        if self._total is None:
            return f"{done} {self._unit}s", note, ""
        speed = (self._done - self._done_before) / max(now - self._began_at, 1e-9)
        left = f"about {duration((self._total - self._done) / speed)} left" if speed else ""
        return f"{done} of {self._total:,} {self._unit}s", note, left


class Nothing:
    """Says nothing."""

    def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:  # noqa: D102
        pass

    def advance(self, count: float, note: str = "", total: int | None = None) -> None:  # noqa: D102
        pass

    def end(self) -> None:  # noqa: D102
        pass

    def say(self, line: str) -> None:  # noqa: D102
        pass


def bar_or_lines() -> Progress:
    """A bar where somebody is watching a terminal and tqdm is installed; lines elsewhere."""
    return _bar_or(Lines)


def bar_or_nothing() -> Progress:
    """The same for a command whose standard output is data: silent where there is no bar."""
    return _bar_or(Nothing)


def _bar_or(other: Callable[[], Progress]) -> Progress:
    if sys.stderr is not None and sys.stderr.isatty():
        try:
            return Bar()
        except ImportError:
            pass
    return other()


def reading(progress: Progress, name: str) -> Callable[[int, int | None], None]:
    """A function that tells ``progress`` how many rows of a table have been read, of about how many."""
    done = 0

    def tell(n_rows: int, total: int | None) -> None:
        nonlocal done
        if not done:
            progress.begin(f"reading {name}", total, "row")
        progress.advance(n_rows - done, total=total)
        done = n_rows

    return tell


def duration(seconds: float) -> str:
    """A time in words, rounded.

    >>> duration(41.6), duration(600), duration(8000)
    ('42 s', '10 min', '2 h 13 min')
    """
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
