"""How a language writes a program: the table of rows for its instructions, and what stands before and after them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_TERMS = 100  # of a sum that is written out: Python's compiler recurses once for each

Row = str | Callable[[Sequence[str]], str | None]


@dataclass(frozen=True)
class Called:
    """What a text needs before its functions.

    Attributes:
        functions: the functions of the table that it calls, by name.
        headers: what users' primitives need, as they wrote it.
        taken: names of other functions, which a definition may not have.
        lines: of the text's own functions.
    """

    functions: Mapping[str, Callable[..., Any]]
    headers: Sequence[str] = ()
    taken: Collection[str] = ()
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Line:
    """One statement of a program.

    Attributes:
        names: of its results; an empty one for a result that nothing reads.
        formula: what they are computed by.
        reads: the names that stand in the formula.
        is_list: whether the formula gives a list of results.
        comment: on what it is, as a comment may hold it.
    """

    names: tuple[str, ...]
    formula: str
    reads: frozenset[str]
    is_list: bool = False
    comment: str = ""


@dataclass(frozen=True)
class Matrix:
    """What a function returns that computes a matrix.

    Attributes:
        name: ``jacobian`` or ``hessian``.
        n_rows, n_columns: how many it has.
        entries: row, column and text of those that are not always 0, row by row.
        is_flat: whether it is to be given as a single row.
    """

    name: str
    n_rows: int
    n_columns: int
    entries: Sequence[tuple[int, int, str]]
    is_flat: bool = False


@dataclass(frozen=True)
class Function:
    """One function of a program's text, without the words of any language.

    Attributes:
        name: what it is called.
        inputs, parameters: the names of its arguments.
        labels: for each argument, in their order, its label as a comment may hold it; empty where there is none.
        forward: the lines that compute values.
        backward: those that compute derivatives.
        outputs: the texts of the outputs.
        gradients: the texts of the derivatives with respect to the arguments, in their order.
        matrix: where it computes a matrix of derivatives, that; it returns this alone.
        otherwise: the function that computes the same where a result is infinite or nan; empty if this one does too.
        is_own: whether only another function of the text calls it.
    """

    name: str
    inputs: Sequence[str]
    parameters: Sequence[str]
    labels: Sequence[str]
    forward: Sequence[Line]
    backward: Sequence[Line]
    outputs: Sequence[str] = ()
    gradients: Sequence[str] = ()
    matrix: Matrix | None = None
    otherwise: str = ""
    is_own: bool = False

    @property
    def arguments(self) -> list[str]:
        """The names of the inputs, then those of the parameters."""
        return [*self.inputs, *self.parameters]

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """The arguments that could not be called by their labels: name and label."""
        return [(name, label) for name, label in zip(self.arguments, self.labels) if label and name != label]


def called(name: str, operands: Sequence[str]) -> str:
    """A call, as most languages write it."""
    return f"{name}({', '.join(operands)})"


COMPARISONS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
"""The instructions that compare, and their signs."""


def sum_of_terms(operands: Sequence[str], term: str) -> str:
    """An adjoint: the sum of upstream times local derivative, each as the term says, unless one of them is 1.0.

    >>> sum_of_terms(["d_y", "x", "d_z", "1.0"], "f({0}, {1})")
    'f(d_y, x) + d_z'
    """
    return " + ".join(
        [
            upstream if derivative == "1.0" else derivative if upstream == "1.0" else term.format(upstream, derivative)
            for upstream, derivative in zip(operands[::2], operands[1::2])
        ]
    )


@dataclass(frozen=True)
class Language:
    """How programs are written.

    Attributes:
        name: what ``source`` calls it.
        title: what people call it.
        rows: the text of each instruction, by its name: with ``{0}`` … for its operands, or a function of their texts.
            An instruction without a row, or whose row gives None, becomes a call of a function of that name.
        number: how a number is written.
        assigned: how a statement is written.
        header: the first lines of a function.
        footer: its last lines.
        definitions: the lines before all functions: what is imported or included, what users' primitives need, and the
            definitions of the functions that are called. A ValueError where one of them has none.
        comment: a comment that ends with its line, of a text of visible characters on one line.
        keywords: names that a number cannot have.
        is_name: whether a text can be the name of a number, keywords apart.
        call: how a function is called, given its name and the operands.
        where_finite: rows for a function that is right where its results are finite; another one, with the usual rows,
            is written besides for where they are not. Without such rows each function is right everywhere.
        layout: the lines of a function; by default its header, the statements one by one, its footer.
        grouped: the lines of a program's function where it is better written in groups of instructions; None elsewhere.
    """

    name: str
    title: str
    rows: Mapping[str, Row]
    number: Callable[[float], str]
    assigned: Callable[[Line], str]
    header: Callable[[Function], list[str]]
    footer: Callable[[Function], list[str]]
    definitions: Callable[[Called], list[str]]
    comment: Callable[[str], str]
    keywords: Collection[str]
    is_name: Callable[[str], bool] = str.isidentifier
    call: Callable[[str, Sequence[str]], str] = called
    where_finite: Mapping[str, Row] | None = None
    layout: Callable[[Language, Function], list[str]] = lambda language, function: laid_out(language, function)
    grouped: Callable[[Any, Any], list[str] | None] = lambda code, calls: None

    def formula(self, name: str, operands: Sequence[str], is_finite: bool = False) -> str | None:
        """An instruction on operands given as texts; None where it is to be a call of the function of that name.

        Args:
            name: of the instruction.
            operands: their texts.
            is_finite: whether the function need only be right where its results are finite.
        """
        row = (self.where_finite.get(name) if is_finite and self.where_finite else None) or self.rows.get(name)
        if row is None or not 0 < len(operands) <= 2 * MOST_TERMS:
            return None
        return row(operands) if callable(row) else row.format(*operands)

    def statement(self, line: Line) -> str:
        """A line with its comment."""
        text = f"    {self.assigned(line)}"
        return f"{text}  {self.comment(line.comment)}" if line.comment else text

    def function(self, function: Function) -> list[str]:
        """The lines of a function, after a comment on the arguments whose names are not their labels."""
        renamed = [self.comment(f"{name} is {label}{self._why(label)}") for name, label in function.renamed]
        return [*renamed, *self.layout(self, function)]

    def _why(self, label: str) -> str:
        return f", which is a keyword of {self.title}" if label in self.keywords else ""


def laid_out(language: Language, function: Function) -> list[str]:
    """Header, values, derivatives, footer."""
    body = [*forward(language, function), *backward(language, function)]
    return [*language.header(function), *body, *language.footer(function)]


def forward(language: Language, function: Function) -> list[str]:
    """The lines of the values."""
    return [f"    {language.comment('forward: the number of each node')}", *map(language.statement, function.forward)]


def backward(language: Language, function: Function) -> list[str]:
    """The lines of the derivatives."""
    title = language.comment("backward: d_v is the derivative of the output with respect to v")
    return ["", f"    {title}", *map(language.statement, function.backward)] if function.backward else []
