"""What the columns of a table are to a model: numbers, classes, the target, or left out. It is decided here alone."""

from __future__ import annotations

import csv
import io
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from nn.data.cells import MISSING_NUMBERS, is_amount, is_date, other_readings
from nn.data.scaling import is_constant
from nn.data.table import SHOWN_CELLS, Table, listed, short
from nn.files import FileError

MANY_CLASSES = 10
"""Whole numbers with more distinct values than this are taken for a quantity, not for class labels."""
MOST_CATEGORIES = 100
"""A column with more classes than this is not used as an input, since each class would be one input."""
FEW_ROWS = 10
"""With fewer rows than this, whole numbers counting up from 1 are not taken for row numbers."""

MISSING_CHOICES = ("refuse", "skip", "mean")
"""What to do where a value is missing: refuse the table, leave the row out, or fill in the mean."""


class OptionError(ValueError):
    """Options that contradict each other, or do not fit the data."""


@dataclass(frozen=True)
class Wishes:
    """What is asked of the columns.

    Attributes:
        target: the column to predict.
        task: classification or regression; None to decide by the target's texts.
        one_hot: columns whose texts are classes, whatever they look like.
        leave_out: columns that are not inputs.
    """

    target: str
    task: str | None = None
    one_hot: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Attributes:
        target: the column to predict.
        task: classification or regression.
        inputs: for each input column, in the table's order, whether it holds numbers (otherwise classes).
        left_out: for each other column, why it is not an input.
        suspicions: what is odd about columns that are used, in words.
        missing: what stands for missing numbers in this table, and so among its classes too.
    """

    target: str
    task: str
    inputs: Mapping[str, bool]
    left_out: Mapping[str, str] = field(default_factory=dict)
    suspicions: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()

    def class_names(self, table: Table, column: str) -> tuple[str, ...]:
        """A column's classes, in alphabetical order; one that is written in several ways is named by the shortest."""
        return _class_names(table, column, self.missing)

    def usable(self, table: Table, missing: str) -> Table:
        """The table of the rows to train on and to test with, see :func:`usable_rows`."""
        inputs: dict[str, Sequence[object | None]] = {
            name: table.number_column(name) if is_number else self._class_column(table, name)
            for name, is_number in self.inputs.items()
        }
        is_number = self.task == "regression"
        target = table.number_column(self.target) if is_number else self._class_column(table, self.target)
        return usable_rows(table, inputs, {self.target: target}, missing)

    def _class_column(self, table: Table, name: str) -> Sequence[object | None]:
        return table.class_column(name, self.class_names(table, name))


def usable_rows(
    table: Table,
    inputs: Mapping[str, Sequence[object | None]],
    target: Mapping[str, Sequence[object | None]],
    missing: str,
) -> Table:
    """The table of the rows that have every value they need.

    Args:
        table: the table.
        inputs: for each input column, what is in its rows; None where the value is missing.
        target: the same for the target.
        missing: ``refuse``: nothing may be missing; ``skip``: rows in which anything is missing are left out;
            ``mean``: only those in which the target is.

    Raises:
        FileError: a value is missing where none may be, or every row has a missing value.
    """
    if missing == "refuse":
        table.check_complete({**inputs, **target}, HINT)
        return table
    needed = {**inputs, **target} if missing == "skip" else target
    lacking = {row for column in needed.values() if None in column for row, value in enumerate(column) if value is None}
    if not lacking:
        return table
    rows = [row for row in range(len(table.rows)) if row not in lacking]
    if not rows:
        raise FileError(f"{table.name}: every row has a missing value")
    return table.select(rows)


HINT = "--missing skip leaves such rows out, and --missing mean fills them in"


def decide(table: Table, wishes: Wishes) -> Columns:
    """What the columns of a table are.

    A column of numbers is one input; a column of texts is one input per class. A column without a name, as
    data frames write their index, or without any value is left out. Nothing is guessed beyond that: a column with a
    text among numbers, one of dates, and one in which nearly every row has a class of its own is refused.

    Raises:
        FileError: a column is not what it should be.
        OptionError: the wishes contradict each other, or do not fit the table.

    >>> from nn.data.csv_file import parse_csv
    >>> columns = decide(parse_csv(",a,b,y\\n0,1,u,5\\n1,2,v,5.5\\n2,7,u,8\\n", "t.csv"), Wishes("y"))
    >>> columns.task, columns.inputs, columns.left_out
    ('regression', {'a': True, 'b': False}, {'column_1': 'it has no name'})
    """
    _check_wishes(table, wishes)
    task = _task(table, wishes)
    kinds: dict[str, bool] = {}
    left_out: dict[str, str] = {}
    unfit: dict[str, str] = {}
    faults = table.faults()
    for name in table.columns:
        if name == wishes.target:
            continue
        if name in wishes.leave_out:
            left_out[name] = "as asked"
        elif name in wishes.one_hot:
            kinds[name] = False
        elif name in table.unnamed:
            left_out[name] = "it has no name"
        elif (fault := table.why_unread(name)) is not None:
            unfit[name] = fault
        elif all(table.cells.is_missing(text, True) for text in table.texts(name)):
            left_out[name] = "it has no values"
        else:
            texts = _Texts(table, name)
            kinds[name] = texts.share_of_numbers >= 0.5
            if kinds[name] and table.are_texts(name):
                unfit[name] = f"{LIKE_NUMBERS} or take them as classes by --one-hot"
            elif kinds[name]:
                if not texts.are_numbers:
                    table.read_numbers(name, faults)
            elif (reason := texts.why_no_classes(MOST_CATEGORIES)) is not None:
                unfit[name] = reason
    faults.check("--one-hot COLUMN takes a column's texts as classes, and --leave-out COLUMN does without it")
    if unfit:
        raise FileError(f"{table.name}: {_refusal(unfit)}")
    if not kinds:
        besides = f" and those left out ({', '.join(map(short, left_out))})" if left_out else ""
        raise FileError(f"{table.name}: no columns besides the target {short(wishes.target)}{besides}")
    is_number = {**kinds, wishes.target: task == "regression"}
    missing = _missing_among(table, [name for name, is_one in is_number.items() if is_one])
    suspicions = tuple(_suspicions(table, is_number, missing))
    return Columns(wishes.target, task, kinds, left_out, suspicions, missing)


def _check_wishes(table: Table, wishes: Wishes) -> None:
    for option, names in (("--one-hot", wishes.one_hot), ("--leave-out", wishes.leave_out)):
        for name in names:
            if name == wishes.target:
                raise OptionError(f"{option}: {name!r} is the target")
            table.check_column(name)
    for name in wishes.one_hot:
        if name in wishes.leave_out:
            raise OptionError(f"--one-hot and --leave-out: {name!r} is in both")
        count = len(_class_names(table, name, frozenset()))
        if count > MOST_CATEGORIES:
            raise OptionError(f"--one-hot: {name!r} has {count} classes, more than the {MOST_CATEGORIES} allowed")


def _task(table: Table, wishes: Wishes) -> str:
    """The task asked for; by default classification for texts and few whole numbers, regression for other numbers."""
    name, task = wishes.target, wishes.task
    texts = _Texts(table, name)
    if task is None and not texts.are_few_whole_numbers:
        if texts.share_of_numbers > 0.5 and table.are_texts(name):
            raise FileError(f"{table.name}: column {short(name)} {LIKE_NUMBERS} or take them as classes by --task")
        if texts.share_of_numbers > 0.5:
            task = "regression"
        elif (reason := texts.why_no_classes(None)) is not None:
            raise FileError(f"{table.name}: column {short(name)} {reason}; {AS_CLASSES}")
    if task == "regression":
        faults = table.faults()
        table.read_numbers(name, faults)
        faults.check("" if wishes.task else AS_CLASSES)
    return task or "classification"


LIKE_NUMBERS = "is of texts that look like numbers: give it a type of numbers in the file,"
AS_CLASSES = "--task classification takes its texts as classes"


class _Texts:
    """What kinds of texts a column has."""

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._name = name
        try:
            self._numbers: set[float | None] | None = set(table.number_column(name)) - {None}
        except FileError:
            self._numbers = None

    @property
    def are_numbers(self) -> bool:
        """Whether they are all numbers, apart from missing ones."""
        return bool(self._numbers)

    @property
    def share_of_numbers(self) -> float:
        """How many of the texts are, or look like, numbers, in this format or in another one."""
        if self.are_numbers:
            return 1.0
        if self._table.are_classes(self._name):
            return 0.0
        cells = self._table.cells
        total = n_numbers = 0
        for text, count in self._count.items():
            if not cells.is_missing(text, True):
                total += count
                if cells.number(text) is not None or is_amount(text) or other_readings(text):
                    n_numbers += count
        return n_numbers / total if total else 0.0

    @property
    def are_few_whole_numbers(self) -> bool:
        """Whether they are whole numbers with few distinct values that mostly occur more than once."""
        if not self._numbers or len(self._numbers) > MANY_CLASSES:
            return False
        return (
            all(number.is_integer() for number in self._numbers if number is not None) and not self._are_all_different
        )

    def why_no_classes(self, most: int | None) -> str | None:
        """Why the texts are unlikely to be classes, of which ``most`` are allowed; None where they may well be."""
        total = self._count.total()
        n_dates = sum(count for text, count in self._count.items() if is_date(text))
        if 2 * n_dates > total:
            return "has dates"
        if self._are_all_different:
            return f"has {self._n_classes} different texts in {total} rows, too many to be classes"
        if most is not None and self._n_classes > most:
            return f"has {self._n_classes} different texts, more than the {most} classes allowed for an input"
        return None

    @property
    def _are_all_different(self) -> bool:
        return self._n_classes > 2 and 2 * self._n_classes > self._count.total()

    @cached_property
    def _count(self) -> Counter[str]:
        """How often each text occurs, leaving out those that stand for a missing value."""
        count = Counter(self._table.texts(self._name))
        missing = [text for text in count if self._table.cells.is_missing(text, self._numbers is not None)]
        for text in missing:
            del count[text]
        return count

    @cached_property
    def _n_classes(self) -> int:
        return len({self._table.cells.label(text) for text in self._count})


def _class_names(table: Table, column: str, missing: frozenset[str]) -> tuple[str, ...]:
    names: dict[object, str] = {}
    for text in dict.fromkeys(table.texts(column)):
        if not table.cells.is_missing(text, False) and text.casefold() not in missing:
            label = table.cells.label(text)
            names[label] = min(names.get(label, text), text, key=lambda name: (len(name), name))
    return tuple(sorted(names.values()))


def _missing_among(table: Table, columns: Iterable[str]) -> frozenset[str]:
    """Which of the texts that could be either missing numbers or classes are missing numbers in these columns."""
    found: set[str] = set()
    for name in columns:
        numbers = table.number_column(name)
        if None in numbers:
            found |= {text.casefold() for text, number in zip(table.texts(name), numbers) if number is None}
    return frozenset(found & {text.casefold() for text in MISSING_NUMBERS})


# -- what is odd --------------------------------------------------------------------------------------------------


def _suspicions(table: Table, is_number: Mapping[str, bool], missing: frozenset[str]) -> Iterable[str]:
    numbered = tuple([str(number + 1) for number in range(len(table.columns))])  # as they are without a header
    if (
        table.types is None
        and table.columns != numbered
        and all(table.cells.number(name) is not None for name in table.columns)
    ):
        yield "the header has only numbers; --no-header reads the first line as a row"
    for name, is_one_of_numbers in is_number.items():
        if is_one_of_numbers:
            numbers = [number for number in table.number_column(name) if number is not None]
            if numbers and (oddity := _oddity_of_numbers(numbers)) is not None:
                yield f"{short(name)} {oddity}"
        else:
            yield from _oddities_of_classes(short(name), _class_names(table, name, missing))


def _oddity_of_numbers(numbers: Sequence[float]) -> str | None:
    least, most = min(numbers), max(numbers)
    if is_constant(numbers):
        return "has only one value"
    is_as_long_as_rows = len(numbers) >= FEW_ROWS and least in (0.0, 1.0) and most - least == len(numbers) - 1
    if is_as_long_as_rows and len(set(numbers)) == len(numbers) and all(number.is_integer() for number in numbers):
        return "numbers the rows"
    if least >= 19_000_101 and most <= 21_001_231 and all(_is_date_number(number) for number in numbers):
        return "has dates written as numbers"
    return None


def _is_date_number(number: float) -> bool:
    day, month = number % 100, number // 100 % 100
    return number.is_integer() and 1 <= day <= 31 and 1 <= month <= 12


def _oddities_of_classes(column: str, names: Sequence[str]) -> Iterable[str]:
    if len(names) == 1:
        yield f"{column} has only one class"
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(unicodedata.normalize("NFKC", name).casefold(), []).append(name)
    for group in [group for group in alike.values() if len(group) > 1][:SHOWN_CELLS]:
        yield f"{column} has classes that look alike: {listed(group)}"
    spellings = {text.casefold() for text in MISSING_NUMBERS}
    for name in names:
        if name.casefold() in spellings:
            yield f"{column} has a class {short(name)}, which --missing-text {shlex.quote(name)} would take for missing"


# -- what to write instead ----------------------------------------------------------------------------------------


def _refusal(unfit: Mapping[str, str]) -> str:
    """One sentence about the columns that cannot be inputs, with the option that leaves them out."""
    named = [f"column {short(name)} {reason}" for name, reason in list(unfit.items())[:SHOWN_CELLS]]
    if len(unfit) > SHOWN_CELLS:
        named.append(f"and so on for {len(unfit) - SHOWN_CELLS} more")
    return f"{'; '.join(named)}; {leave_out_option(list(unfit))} leaves {'it' if len(unfit) == 1 else 'them'} out"


def leave_out_option(names: Sequence[str]) -> str:
    """The option that leaves columns out, for a shell."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(names)
    return f"--leave-out {shlex.quote(text.getvalue())}"
