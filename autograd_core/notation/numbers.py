"""How numbers, counts and labels are written within a line of text."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LONGEST_LABEL = 60


def number(value: float, digits: int = 4) -> str:
    """A number to a few significant digits; one that is short as it stands is written out, and so is exact.

    >>> number(2.0), number(0.42), number(0.123456), number(2e-7 / 3), number(float("nan"))
    ('2', '0.42', '0.1235', '6.667e-08', 'nan')
    """
    value += 0.0  # -0.0 is written as 0
    short = format(value, "g")
    if len(short.lstrip("-")) <= digits + 2 and float(short) == value:
        return short
    return format(value, f"#.{digits}g").rstrip(".")


def factor(value: float) -> str:
    """A number within a product or a sum: a negative one in parentheses.

    >>> factor(2.0), factor(-0.7378)
    ('2', '(-0.7378)')
    """
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def count(whole: int) -> str:
    """A count as a string; one of very many digits by its size.

    >>> count(1234567), count(2**100_000)
    ('1,234,567', 'about 10^30103')
    """
    return f"{whole:,}" if whole < 10**15 else f"about 10^{round(math.log10(whole))}"


def counted(whole: int, noun: str) -> str:
    """How many there are of something, in words.

    >>> counted(1, "step"), counted(2000, "step")
    ('1 step', '2,000 steps')
    """
    return f"{whole:,} {noun}{'' if whole == 1 else 's'}"


def subscripted(letter: str, index: int) -> str:
    """A letter with its index, as in ``x₁``."""
    return letter + str(index).translate(_SUBSCRIPTS)


def printable(text: str) -> str:
    r"""A string in which nothing can steer a terminal or hide: what has no glyph is spelled out, line ends too.

    >>> print(printable("Größe" + chr(27) + "[31m" + chr(0x202E) + chr(10)))
    Größe\x1b[31m\u202e\n
    """
    if text.isprintable():
        return text
    return "".join([character if character.isprintable() else repr(character)[1:-1] for character in text])


def one_line(label: str) -> str:
    """A label as it can stand within a line: what has no glyph is spelled out, a very long one is cut."""
    label = printable(label)
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to add to a message about an unknown name: the known ones that are near; nothing where none is.

    >>> did_you_mean("tahn", ["tanh", "exp"])
    ' Did you mean tanh?'
    """
    matches = difflib.get_close_matches(word, known, cutoff=0.5)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
