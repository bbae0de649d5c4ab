"""What the notebooks of this folder share: the look of their charts, tables, clocks, and exercises that check answers.

``import lesson`` sets Matplotlib's style, so that a cell says what is drawn and not how it looks:

    figure, axis = lesson.panels()
    axis.plot(places, losses, label="loss")
    lesson.show(figure)

An exercise is one call, with three dots where the answer goes. Until then it says so, and is no error:

>>> check(..., right=lambda: 6.0)
Not answered yet. Write your answer in place of the dots, or lesson.REVEAL to see the solution.
>>> check(60.5, right=lambda: 6.0, hint="The square has the derivative 2x.")
Not yet. It is more than ten times too large. The square has the derivative 2x.
>>> check(6, right=lambda: 6.0, because="2x is 6 at x = 3.")
Right. 2x is 6 at x = 3.
"""

from __future__ import annotations

import gc
import html
import io
import math
import timeit
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Final, Literal, TypeGuard

import matplotlib.pyplot as plt
from cycler import cycler
from IPython.display import Image, display
from PIL import Image as Picture

import autograd_core as ag
from autograd_core.theme import KIND_COLORS, LIGHT, NETWORK_LIGHT

REVEAL: Final = object()
"""Given to :func:`check` in place of an answer, it shows the solution."""

BLUE, GREEN, AMBER, PURPLE = (KIND_COLORS[kind] for kind in ("input", "weight", "activation", "loss"))
RED, INK, QUIET = LIGHT["loud"], LIGHT["ink"], LIGHT["quiet"]

# The colours of the drawings; each line also has dashes of its own, for readers who see the colours otherwise.
_LINES = cycler(color=[BLUE, RED, GREEN, PURPLE, AMBER, INK]) + cycler(
    linestyle=["-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3))]
)
STYLE: Final[dict[Any, Any]] = {
    "axes.prop_cycle": _LINES,
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "contour.linewidth": 1.0,
    "figure.facecolor": "white",  # the charts stay light on a dark page
    "font.size": 11.0,
    "grid.color": NETWORK_LIGHT["hair"],
    "image.cmap": "cividis",
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.0,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}
plt.rcParams.update(STYLE)

PIXELS_PER_INCH = 82
NARROW, WIDE, _LETTERS_PER_INCH = 7.2, 10.0, 12.5


def panels(columns: int = 1, rows: int = 1, *, height: float = 3.2, **options: Any) -> tuple[Any, Any]:
    """A figure as wide as a notebook's page, and its axes: one, or an array of them.

    Args:
        columns: how many panels stand beside each other.
        rows: how many stand below each other.
        height: of each panel, in inches.
        options: what else ``matplotlib.pyplot.subplots`` takes, such as ``sharey=True``.

    Returns:
        The figure, for :func:`show`, and what ``subplots`` gives: one ``Axes`` or an array of them.
    """
    width = NARROW if columns == 1 else WIDE
    figure, axes = plt.subplots(rows, columns, figsize=(width, height * rows), **options)
    return figure, axes


def show(figure: Any) -> None:
    """Give a figure its legend, display it, and close it.

    One legend stands below the panels, where it hides nothing. Panels whose labels differ have a legend each.

    Args:
        figure: of :func:`panels` or of Matplotlib.
    """
    figure.set_dpi(2 * PIXELS_PER_INCH)
    figure.tight_layout(rect=(0.0, _add_legends(figure), 1.0, 1.0))
    figure.canvas.draw()
    drawn = Picture.frombytes("RGBA", figure.canvas.get_width_height(physical=True), figure.canvas.buffer_rgba())
    plt.close(figure)
    small = io.BytesIO()  # 96 colours are enough for a chart, and a third of the bytes
    drawn.convert("RGB").quantize(96, dither=Picture.Dither.NONE).save(small, "png", optimize=True)
    display(Image(small.getvalue(), retina=True))  # type: ignore[no-untyped-call]


def slopes(functions: Mapping[str, Callable[[Any], Any]], low: float, high: float) -> None:
    """Show functions of one number, and below each its derivative.

    Args:
        functions: for each title a function, on Values.
        low: where the curves begin.
        high: where they end.
    """
    figure, axes = panels(len(functions), 2, height=2.2, sharex=True, squeeze=False)
    places = [low + (high - low) * step / 180 for step in range(181)]
    for (title, f), (above, below) in zip(functions.items(), axes.T):
        values, derivatives = zip(*map(ag.value_and_grad(f), places))
        above.plot(places, values, color=BLUE)
        above.set(title=title, ylabel="function")
        below.plot(places, derivatives, ".", color=RED, markersize=3)  # dots: a derivative may jump
        below.set(xlabel="argument", ylabel="derivative")
        below.locator_params(axis="x", nbins=6)
    show(figure)


def _add_legends(figure: Any) -> float:
    """The share of the figure's height that a legend below the panels takes."""
    entries = [(axis, *axis.get_legend_handles_labels()) for axis in figure.axes]
    entries = [(axis, handles, labels) for axis, handles, labels in entries if labels and axis.get_legend() is None]
    if not entries:
        return 0.0
    together = dict(zip(entries[0][2], entries[0][1]))
    if all(set(labels) <= set(together) for _, _, labels in entries):
        room = figure.get_figwidth() * _LETTERS_PER_INCH
        columns = min(len(together), max(1, int(room / (max(map(len, together)) + 8))))
        legend = figure.legend(together.values(), together.keys(), loc="lower center", ncols=columns)
        return float(legend.get_window_extent().height / figure.bbox.height)
    for axis, handles, labels in entries:
        axis.legend(handles, labels, loc="best", frameon=True, framealpha=0.9, edgecolor="none", fontsize="small")
    return 0.0


@dataclass(frozen=True)
class Table:
    """A table that shows itself in a notebook and as text; see :func:`table`."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int]  # the columns of text, which are aligned on the left

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if place in self.texts else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ).rstrip()
            for row in (self.header, *self.rows)
        )

    def _repr_html_(self) -> str:
        def line(cells: Sequence[str], tag: str) -> str:
            sides = ["left" if place in self.texts else "right" for place in range(len(cells))]
            return "".join(
                f'<{tag} style="text-align:{side}">{html.escape(cell)}</{tag}>' for side, cell in zip(sides, cells)
            )

        body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in self.rows)
        return f"<table><thead><tr>{line(self.header, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def table(columns: Mapping[str, Iterable[object]], digits: int = 4) -> Table:
    """A table of columns.

    Args:
        columns: for each heading its cells, as many in each: texts, or numbers.
        digits: how many significant digits a float is shown with.

    Returns:
        The table, which shows itself as the last line of a cell.

    >>> table({"layers": [1, 20], "paths": [20, 7330077518505], "share": [0.5, 1 / 3]})
    layers              paths   share
         1                 20     0.5
        20  7,330,077,518,505  0.3333
    """
    cells = {heading: list(column) for heading, column in columns.items()}
    texts = frozenset(
        place for place, column in enumerate(cells.values()) if all(isinstance(cell, str) for cell in column)
    )
    rows = zip(*[[_written(cell, digits) for cell in column] for column in cells.values()], strict=True)
    return Table(tuple(cells), tuple(rows), texts)


def _written(cell: object, digits: int) -> str:
    number = _plain(cell)
    if isinstance(number, bool) or not isinstance(number, Real):
        return str(number)
    return f"{number:,}" if isinstance(number, Integral) else f"{float(number):.{digits}g}"


def seconds(f: Callable[[], object], rounds: int = 5) -> float:
    """How long a call takes: the best of several rounds, each long enough for the clock.

    Args:
        f: what is called.
        rounds: how often it is timed; a call of more than a tenth of a second is timed twice.

    Returns:
        The time of one call.
    """
    timer = timeit.Timer(f, gc.enable)  # with the collector on, as it is when nobody looks
    first = timer.timeit(1)
    calls = max(1, int(0.01 / max(first, 1e-9)))
    return min(timer.repeat(rounds if first < 0.1 else 2, calls)) / calls


@dataclass(frozen=True)
class Verdict:
    """What :func:`check` says of an answer; it shows itself as the last line of a cell."""

    state: Literal["open", "miss", "right", "shown"]
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        color = {"open": QUIET, "miss": RED, "right": GREEN, "shown": BLUE}[self.state]
        return f'<div style="border-left:4px solid {color};padding:0.2em 0.8em">{html.escape(self.text)}</div>'


def check(
    answer: object,
    right: object,
    *,
    hint: str = "",
    because: str = "",
    misses: Mapping[Any, str] | None = None,
    at: Iterable[object] = (),
    tolerance: float = 1e-3,
) -> Verdict:
    """Check the answer to an exercise. A miss is told what is wrong with it, and not what is right.

    Args:
        answer: a number, True or False, a text, a list or a set of these, or a function; ``...`` where there is none
            yet, or :data:`REVEAL` to see the solution.
        right: the right answer, or a function without arguments that computes it, so that it is not there to be read;
            with ``at``, the function that the answer is compared with.
        hint: what helps after a miss.
        because: a sentence that is said with the right answer; it stands in the cell, so it does not name it.
        misses: for wrong answers that are to be expected, what to think of. These are said in place of the hint.
        at: arguments to compare functions at; a tuple is several arguments.
        tolerance: by how much, relative to its size, a number may be off. Whole numbers are exact.

    Returns:
        The verdict.

    Raises:
        TypeError: ``right`` is something that answers cannot be compared with.
    """
    places = list(at)
    if answer is ... or (places and _tried(answer, places[0]) is ...):
        return Verdict(
            "open",
            "Not answered yet. Write your answer in place of the dots, or lesson.REVEAL to see the solution.",
        )
    expected = right() if callable(right) and not places else right
    if answer is REVEAL:
        return Verdict("shown", " ".join(filter(None, [_solution(expected, places), because])))
    wrong = _miss_of_function(answer, expected, places, tolerance) if places else _miss(answer, expected, tolerance)
    if wrong is None:
        return Verdict("right", " ".join(filter(None, ["Right.", because])))
    expected_misses = misses or {}
    hint = next((said for miss, said in expected_misses.items() if _miss(answer, miss, tolerance) is None), hint)
    return Verdict("miss", " ".join(filter(None, ["Not yet.", wrong, hint])))


def _solution(right: object, places: list[object]) -> str:
    if not places:
        return f"The answer is {_shown(right)}."
    assert callable(right)
    values = ", ".join(f"{_shown(_called(right, place))} at {_shown(place)}" for place in places)
    return f"The function gives {values}."


def _shown(answer: object) -> str:
    if isinstance(answer, Set):
        return ", ".join(sorted(map(str, answer)))
    if _is_listed(answer):
        return "[" + ", ".join(map(_shown, answer)) + "]"
    return _written(answer, 6)


def _tried(f: Any, place: object) -> object:
    """What a learner's function gives, or the exception that it raised."""
    try:
        return _called(f, place)
    except Exception as error:  # whatever it may be
        return error


def _called(f: Callable[..., object], place: object) -> object:
    return f(*place) if isinstance(place, tuple) else f(place)


def _plain(answer: object) -> object:
    return answer.data if isinstance(answer, ag.Value) else answer


def _is_listed(answer: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(answer, list | tuple) or (hasattr(answer, "tolist") and hasattr(answer, "__len__"))


def _miss(answer: object, right: Any, tolerance: float) -> str | None:
    """What is wrong with an answer, or None."""
    answer, right = _plain(answer), _plain(right)
    if isinstance(right, bool):
        return None if answer is right else "" if isinstance(answer, bool) else "The answer is True or False."
    if isinstance(right, str):
        return _miss_of_text(answer, right)
    if isinstance(right, Real):
        return _miss_of_number(answer, right, tolerance)
    if isinstance(right, Set):
        return _miss_of_set(answer, right)
    if _is_listed(right):
        return _miss_of_list(answer, right, tolerance)
    raise TypeError(f"check() compares with a number, True or False, a text, a list or a set, and not with {right!r}")


def _miss_of_text(answer: object, right: str) -> str | None:
    if not isinstance(answer, str):
        return "The answer is a word or a few, in quotation marks."
    return None if answer.strip().casefold() == right.strip().casefold() else ""


def _miss_of_number(answer: Any, right: Real, tolerance: float) -> str | None:
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return "The answer is a number."
    given, expected = float(answer), float(right)
    if given == expected or (math.isnan(given) and math.isnan(expected)):
        return None
    if isinstance(right, Integral):
        return _direction(given, expected) if given == int(given) else "The answer is a whole number."
    if math.isclose(given, expected, rel_tol=tolerance, abs_tol=1e-12):
        return None
    if math.isclose(given, expected, rel_tol=20 * tolerance):
        return "It is close, but not close enough: keep more digits."
    return _direction(given, expected)


def _direction(given: float, expected: float) -> str:
    if math.isnan(given):
        return "The right answer is a number, and nan is none."
    if math.isnan(expected):
        return "Look again: not every result is a number."
    if given * expected < 0.0:
        return "It has the wrong sign."
    times = "more than ten times " if expected and not 0.1 <= abs(given / expected) <= 10.0 else ""
    return f"It is {times}too {'large' if abs(given) > abs(expected) else 'small'}{', in size' if given < 0 else ''}."


def _miss_of_set(answer: object, right: Set[object]) -> str | None:
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return "The answer is a set, such as {'a', 'b'}."
    given = set(answer)
    if given == right:
        return None
    return f"Right: {len(given & right)} of your {len(given)}; still missing: {len(right - given)}."


def _miss_of_list(answer: Any, right: Any, tolerance: float) -> str | None:
    if not _is_listed(answer):
        return f"The answer is a list of {len(right)}."
    if len(answer) != len(right):
        return f"The answer is a list of {len(right)}, and yours has {len(answer)}."
    for place, (given, expected) in enumerate(zip(answer, right), start=1):
        wrong = _miss(given, expected, tolerance)
        if wrong is not None:
            return f"Look at number {place} of the list. {wrong}".strip()
    return None


def _miss_of_function(answer: object, right: Any, places: list[object], tolerance: float) -> str | None:
    if not callable(answer):
        return "The answer is a function."
    for place in places:
        given = _tried(answer, place)
        if isinstance(given, Exception):
            return f"At {_shown(place)} your function raised {type(given).__name__}: {given}."
        wrong = _miss(given, _called(right, place), tolerance)
        if wrong is not None:
            return f"At {_shown(place)} your function gives {_shown(given)}. {wrong}".strip()
    return None
