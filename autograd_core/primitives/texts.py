"""What a primitive is in another language: texts in which places stand for its operands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple


class PrimitiveText(NamedTuple):
    """A primitive in another language.

    Attributes:
        forward: the value, with ``{0}``, ``{1}`` … for the operands.
        partials: the derivative with respect to each operand, with ``{out}`` for the value besides; None for none.
        header: what the text needs at its beginning, such as an import or the definition of a function.
    """

    forward: str
    partials: tuple[str | None, ...]
    header: str = ""

    @property
    def words(self) -> set[str]:
        """The names in its formulas, such as those of functions."""
        formulas = [self.forward, *[partial for partial in self.partials if partial is not None]]
        literal = [piece for formula in formulas for piece, _ in _pieces(formula)]
        return {word for piece in literal for word in re.findall(r"\b[^\W\d]\w*", piece)}


def checked_text(forward: Any, partials: Any, header: Any) -> PrimitiveText:
    """The texts as they were given, or what is wrong with them.

    Raises:
        TypeError: they are not strings, or the partials are not a list of strings and None.
        ValueError: something else stands between braces than a place.
    """
    if isinstance(partials, str):
        raise TypeError(f"partials is a list with a text for each operand, got {partials!r}: write [{partials!r}]")
    if not isinstance(partials, Sequence) or not all(isinstance(each, str | None) for each in partials):
        raise TypeError(f'partials is a list with a string or None for each operand, as ["0.0"], got {partials!r}')
    for what, text in (("forward", forward), ("header", header)):
        if not isinstance(text, str):
            raise TypeError(f"{what} is a string, got {text!r}")
    _check_places(forward, is_partial=False)
    for partial in partials:
        if partial is not None:
            _check_places(partial, is_partial=True)
    return PrimitiveText(forward, tuple(partials), header)


def filled(formula: str, operands: Sequence[str], out: str = "") -> str:
    """A formula with the operands in their places.

    Raises:
        ValueError: there are fewer operands than it has places for.
    """
    highest = max([int(place) for _, place in _pieces(formula) if place.isdecimal()], default=-1)
    if highest >= len(operands):
        count = f"{len(operands)} operand{'' if len(operands) == 1 else 's'}"
        raise ValueError(f"the text {formula!r} has a place {{{highest}}}, and there is {count}, from {{0}} on")
    return formula.format(*operands, out=out)


def _check_places(formula: str, is_partial: bool) -> None:
    known = "{0}, {1} … for the operands" + (" and {out} for the value" if is_partial else "")
    try:
        places = [place for _, place in _pieces(formula)]
    except ValueError as error:
        raise ValueError(f"the text {formula!r} has {known}, and other braces doubled: {error}") from None
    wrong = [place for place in places if place != "" and not place.isdecimal() and not (is_partial and place == "out")]
    if wrong or "{}" in formula.replace("{{", "").replace("}}", ""):
        raise ValueError(
            f"the text {formula!r} has {known}, and other braces doubled: got {{{wrong[0] if wrong else ''}}}"
        )


def _pieces(formula: str) -> list[tuple[str, str]]:
    """Pieces of text, each with what stands between braces after it."""
    from string import Formatter

    return [(literal, place or "") for literal, place, _, _ in Formatter().parse(formula)]
