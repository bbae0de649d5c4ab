"""How far a long piece of work has come: what is told about it, and a tqdm bar that shows it."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from autograd_core import console


class Progress(Protocol):
    """Is told how far each of several pieces of work has come, one after another."""

    def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
        """A piece of work begins.

        Args:
            what: the name of the work, such as "training".
            total: how many units it has, if that is known.
            unit: what is counted; empty where nothing is told until the end.
            done: how many of them are done already.
        """

    def advance(self, count: float, note: str = "", total: int | None = None) -> None:
        """This many more units, or parts of one, are done; ``note`` says how well; ``total`` is a better estimate."""

    def end(self) -> None:
        """The piece of work has ended."""

    def say(self, line: str) -> None:
        """Print a line that stays."""


class Bar:
    """A tqdm bar on the error stream (ImportError where tqdm is not installed).

    Args:
        disable: None shows it on a terminal only, False everywhere.
        leave: whether it stays once the work has ended.
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
