"""How far a long piece of work is: what is told about it, and a bar by tqdm that shows it."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from autograd_core import console


class Progress(Protocol):
    """Is told how far a piece of work is, one piece after another."""

    def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        """A piece of work begins.

        Args:
            what: it is, such as "training".
            total: how many units it has, if that is known.
            unit: what it goes through; nothing where it is not told about it on the way.
            done: how many of them are done already.
        """

    def advance(self, count: float, note: str = "", total: int | None = None) -> None:
        """So many more units are done, or parts of one; the note says how well, and the total may be a better one."""

    def end(self) -> None:
        """The piece of work has ended."""

    def say(self, line: str) -> None:
        """Print a line that stays."""


class Bar:
    """A bar on the error stream, by tqdm (ImportError where that is not installed).

    Args:
        disable: None shows it on a terminal only, False everywhere.
        leave: whether it stays when the work has ended.
    """

    def __init__(self, *, disable: bool | None = None, leave: bool = False) -> None:
        from tqdm import tqdm

        self._tqdm: Any = tqdm
        self._options = {"disable": disable, "leave": leave, "dynamic_ncols": True}
        self._bar: Any = None

    def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:  # noqa: D102
        self.end()
        if not unit:
            form = "{desc} [{elapsed}]"
        elif total is None:
            form = f"{{desc}}: {{n:,.0f}} {unit}s [{{elapsed}}{{postfix}}]"
        else:
            form = f"{{l_bar}}{{bar}}| {{n:,.0f}}/{{total:,}} {unit}s [{{elapsed}}<{{remaining}}{{postfix}}]"
        text = console.printable(what)
        self._bar = self._tqdm(desc=text, total=total, initial=done, bar_format=form, **self._options)

    def advance(self, count: float, note: str = "", total: int | None = None) -> None:  # noqa: D102
        self._bar.total = total or self._bar.total
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(count)

    def end(self) -> None:  # noqa: D102
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def say(self, line: str) -> None:  # noqa: D102
        with self._tqdm.external_write_mode(file=sys.stdout):
            console.say(line)
