"""How a language writes instructions: the table of rows that makes a program's text Python or JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

MOST_TERMS = 100  # of a sum that is written out: Python's compiler recurses once for each

Row = str | Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class Language:
    """How programs are written.

    Attributes:
        rows: the text of each instruction, by its name: with ``{0}`` … for its operands, or a function of their texts.
            An instruction without a row becomes a call of a function of that name.
        number: how a number is written.
        assigned: how the results of a formula get names, given the names, the formula, and whether it gives a list.
        header: the first lines, given the names of the arguments and those of the functions that are called.
        footer: the last lines, given the texts of the outputs and those of the gradients.
        comment: what a comment begins with.
        keywords: names that a number cannot have.
    """

    rows: Mapping[str, Row]
    number: Callable[[float], str]
    assigned: Callable[[Sequence[str], str, bool], str]
    header: Callable[[Sequence[str], Collection[str]], list[str]]
    footer: Callable[[Sequence[str], Sequence[str]], list[str]]
    comment: str
    keywords: Collection[str]

    def formula(self, name: str, operands: Sequence[str]) -> str | None:
        """An instruction on operands given as texts; None where it is to be a call of the function of that name."""
        row = self.rows.get(name)
        if row is None or not 0 < len(operands) <= 2 * MOST_TERMS:
            return None
        return row(operands) if callable(row) else row.format(*operands)
