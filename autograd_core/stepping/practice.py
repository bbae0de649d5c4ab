"""Practice in the terminal: the next gradient is hidden, and whoever steps works it out.

An answer is right if it agrees with the gradient in three digits, or with what the numbers give as they are shown. A
miss is explained by the step's own formula.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd_core.formula import Formula, FormulaError
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.numbers import counted, factor, number
from autograd_core.notation.symbols import derivative_rule, derivative_symbol
from autograd_core.stepping.breakpoints import CommandError
from autograd_core.stepping.screen import Painted
from autograd_core.stepping.steps import Step
from autograd_core.stepping.timeline import Timeline

_DIGITS = 3
_AS_TYPED = str.maketrans({"−": "-", "·": "*", "×": "*"})


class Practice:
    """The questions of a session, one for each step to come, and how they were answered.

    Args:
        timeline: the pass.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._time = timeline
        self._start = timeline.position
        self._misses: dict[int, int] = {}  # of each question
        self._right: set[int] = set()

    @property
    def step(self) -> Step:
        """The step that is asked for."""
        return self._time.steps[self._time.position]

    def question(self) -> Painted:
        """What is asked, with the rule in symbols."""
        step, names = self.step, self._time.names
        symbol = derivative_symbol(step.node, step.operand_index, names)
        target, source = as_one_word(names.of(step.operand)), as_one_word(names.of(step.node))
        before = "" if step.grad_before == 0.0 else f"{factor(step.grad_before)} + "
        place = f"{self._time.position + 1:,}/{len(self._time.steps):,}"
        return Painted(f"  {place}  {target}.grad = {before}{source}.grad · {symbol} = ?", {symbol: step.kind})

    def is_right(self, text: str) -> bool:
        """Whether an answer is right, which is counted.

        Raises:
            CommandError: it is no number, and nothing that a number comes of.
        """
        position, right = self._time.position, _agrees(_read(text), self.step) is not None
        if right:
            self._right.add(position)
        else:
            self._misses[position] = self._misses.get(position, 0) + 1
        return right

    def miss(self, text: str) -> Painted:
        """What is wrong with an answer, and how the gradient comes about."""
        said = f"Not {text.strip()}: {self._observation(_read(text))}"
        return Painted(f"{said} {self.hint()}", {f"Not {text.strip()}": "wrong"})

    def hint(self) -> str:
        """The rule with the numbers in."""
        step, names = self.step, self._time.names
        rule = derivative_rule(step.node, step.operand_index, names)
        before = "" if step.grad_before == 0.0 else f", and {names.of(step.operand)}.grad is {number(step.grad_before)}"
        return f"{as_one_word(names.of(step.node))}.grad is {number(step.upstream)}{before}; {rule}."

    def tally(self) -> str:
        """How the questions were answered so far."""
        asked = range(min([self._start, *self._right]), self._time.position)
        at_once = len([each for each in self._right if each not in self._misses])
        later, shown = len(self._right) - at_once, len(set(asked) - self._right)
        total = counted(at_once + later + shown, "gradient")
        return f"Practice: {at_once:,} right at once, {later:,} later, {shown:,} shown, of {total}."

    def _observation(self, answer: float) -> str:
        """What an answer that is not right may have been."""
        step, names = self.step, self._time.names
        for seen, why in self._near_misses():
            if seen != 0.0 and _is_near(answer, seen):
                return why
        expected = step.grad_after
        if math.isfinite(expected) and abs(answer - expected) <= 0.05 * abs(expected):
            return f"nearly; give {_DIGITS} digits."
        return f"multiply {as_one_word(names.of(step.node))}.grad by the derivative along the edge."

    def _near_misses(self) -> Iterator[tuple[float, str]]:
        step, names = self.step, self._time.names
        yield -step.grad_after, "the sign is the other one."
        if step.grad_before != 0.0:
            yield step.contribution, "that is what this step adds; it is added to what is there."
        yield step.upstream, f"that is {as_one_word(names.of(step.node))}.grad, still to be multiplied."
        yield step.local_derivative, f"that is the derivative alone, without {as_one_word(names.of(step.node))}.grad."
        for index in self._time.departures[step.node]:
            other = self._time.steps[index]
            if other.operand is not step.operand:
                yield other.contribution, f"that is what goes to {names.of(other.operand)}."


def _read(text: str) -> float:
    """A number, or a product and the like."""
    typed = text.strip().translate(_AS_TYPED)
    try:
        return float(typed)
    except ValueError:
        pass
    try:
        return float(Formula(typed).compute({}))
    except FormulaError:
        raise CommandError(
            f"{text.strip()[:40]!r} is neither a command nor a number: type one such as -1.4, or 2*(-0.7)."
        ) from None


def _agrees(answer: float, step: Step) -> float | None:
    """The number that an answer agrees with: the gradient, or what the shown numbers give; None if with neither."""
    shown = float(number(step.upstream)) * float(number(step.local_derivative)) + float(number(step.grad_before))
    return next((expected for expected in (step.grad_after, shown) if _is_near(answer, expected)), None)


def _is_near(answer: float, expected: float) -> bool:
    """Whether two numbers agree in three digits; 0, inf and nan agree with themselves alone."""
    if not math.isfinite(expected) or expected == 0.0:
        return answer == expected or (math.isnan(answer) and math.isnan(expected))
    last_digit = 10.0 ** (math.floor(math.log10(abs(expected))) - _DIGITS + 1)
    return abs(answer - expected) <= 0.5 * last_digit * (1.0 + 1e-9)
