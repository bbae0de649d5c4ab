"""An explanation: a gradient as the sum over its paths, written as a table for the terminal and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any, TypeVar

from autograd_core.explanation.paths import Delta, GradientPath, Part, Term, deltas_of, terms_of
from autograd_core.graph import Node
from autograd_core.notation.expression import as_one_word
from autograd_core.notation.node_names import NodeNames
from autograd_core.notation.numbers import count, factor, number
from autograd_core.theme import KIND_COLORS, KIND_NAMES, panel_style, unique_id

Item = TypeVar("Item")
Written = TypeVar("Written")

# How much is written out before the middle is left out.
_MOST_FACTORS = 12
_MOST_LAYERS = 6
_MOST_NEURONS = 4
_MOST_TERMS = 4

_RECURSION = "Layer by layer, as backpropagation computes it, from the last layer on: δ = a′(s)·Σ w·δ"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation:
    """A gradient as the sum over its paths; ``str()`` writes it for a terminal, a notebook shows it in colours.

    Attributes:
        root: what is differentiated.
        wrt: what it is differentiated with respect to.
        gradient: ∂root/∂wrt.
        path_count: how many paths lead from ``wrt`` to ``root``: exact, however many.
        paths: the largest of them, by the magnitude of their products.
        truncated: whether there are more paths than those.
        names: what the graph's nodes are called.
        part: the part of the graph between the two.
    """

    root: Node
    wrt: Node
    gradient: float
    path_count: int
    paths: tuple[GradientPath, ...]
    truncated: bool
    names: NodeNames
    part: Part

    @property
    def terms(self) -> tuple[Term, ...]:
        """The gradient as one step of the recursion: what each edge that leads on from ``wrt`` adds to it."""
        return terms_of(self.part.outgoing[self.wrt], self.part.gradients())

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """The recursion through the layers: each weighted sum between ``wrt`` and ``root``, the last layer first."""
        return deltas_of(self.part)

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """The explanation as a table for a terminal; a table that is wider than ``width`` has no column of values.

        >>> import autograd_core as ag
        >>> w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
        >>> print(ag.explain(ag.tanh(w * x), w).text(width=60))
        ∂root/∂w = 0.8399, 1 path
        <BLANKLINE>
        path 1: w → s → root
          layer input            ∂s/∂w = x = 2
          activation derivative  tanh′(s) = 1 − tanh²(s) = 0.4200 at s = 1
          product                2 × 0.4200 = 0.8399
        """
        return _text(self, width)

    def __repr__(self) -> str:
        return f"<Explanation: {_headline(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return _html(self)


def _headline(explanation: Explanation) -> str:
    """The gradient and the number of paths in one line."""
    paths = "1 path" if explanation.path_count == 1 else f"the sum over {count(explanation.path_count)} paths"
    return f"{_gradient_symbol(explanation)} = {number(explanation.gradient)}, {paths}"


def _text(explanation: Explanation, width: int | None) -> str:
    lines = [_headline(explanation)]
    for title, rows in _tables(explanation):
        lines += ["", title, *_aligned(rows, width)]
    if summary := _summary(explanation):
        lines += ["", summary]
    if recursion := _recursion(explanation):
        lines += ["", _RECURSION, *_aligned(recursion, width)]
    return "\n".join(lines)


def _html(explanation: Explanation) -> str:
    """The explanation as an HTML element that can be read on light and dark pages."""
    body = "".join(f"<p>{escape(title)}</p>{_html_table(rows)}" for title, rows in _tables(explanation))
    if summary := _summary(explanation):
        body += f"<p>{escape(summary)}</p>"
    if recursion := _recursion(explanation):
        body += f"<p>{escape(_RECURSION)}</p>{_html_table(recursion)}"
    element = unique_id(body)
    style = panel_style(f"#{element}") + _table_style(f"#{element}")
    title = f'<p class="ag-headline">{escape(_headline(explanation))}</p>'
    return f'<div id="{element}"><style>{style}</style>{title}{body}</div>'


# -- what is written: rows of a kind or place, a formula, and a value ----------------------------------------------

_Row = tuple[str, str, str]


def _gradient_symbol(explanation: Explanation) -> str:
    root, wrt = map(explanation.names.of, (explanation.root, explanation.wrt))
    return f"∂{as_one_word(root)}/∂{as_one_word(wrt)}"


def _tables(explanation: Explanation) -> Iterator[tuple[str, list[_Row]]]:
    """For each listed path a title and the rows of its factors, with their product in the last."""
    name = explanation.names.of
    of_how_many = f" of {count(explanation.path_count)}" if explanation.path_count > 1 else ""
    for position, path in enumerate(explanation.paths, 1):
        if not path.factors:
            yield f"{name(explanation.root)} itself: the derivative of a number with respect to itself is 1", []
            continue
        way = " → ".join(_without_middle(path.nodes, _MOST_FACTORS, name, lambda left_out: "…"))
        yield f"path {position}{of_how_many}: {way}", _factor_rows(path)


def _factor_rows(path: GradientPath) -> list[_Row]:
    rows = _without_middle(
        path.factors,
        _MOST_FACTORS,
        lambda each: (KIND_NAMES[each.kind], each.formula, number(each.value)),
        lambda left_out: ("…", f"… and {len(left_out):,} more factors …", "…"),
    )
    values = _without_middle(path.factors, _MOST_FACTORS, lambda each: factor(each.value), lambda left_out: "…")
    product = " × ".join(values) if len(values) > 1 else number(path.product)
    return [*rows, ("product", product, number(path.product))]


def _summary(explanation: Explanation) -> str:
    """How the listed products add up to the gradient; nothing where there is one product and nothing to add."""
    products = [path.product for path in explanation.paths]
    if explanation.truncated:
        listed = f"The {len(products):,} listed add up to {number(sum(products))}" if products else "None is listed"
        return f"{listed}; all {count(explanation.path_count)} paths, to {number(explanation.gradient)}."
    if len(products) < 2:
        return ""
    added = " + ".join(_without_middle(products, _MOST_FACTORS, factor, lambda left_out: "…"))
    return f"Sum of the {len(products):,} products: {added} = {number(explanation.gradient)}"


def _recursion(explanation: Explanation) -> list[_Row]:
    """The recursive form, where there is a layer after another."""
    layers = [list(deltas) for _, deltas in groupby(explanation.deltas, key=lambda delta: delta.layer)]
    if len(layers) < 2:
        return []
    rows: list[_Row] = []
    for layer_rows in _without_middle(
        layers,
        _MOST_LAYERS,
        lambda deltas: _layer_rows(deltas, explanation.names),
        lambda left_out: [("…", f"… {len(left_out):,} more layers …", "…")],
    ):
        rows += layer_rows
    return [*rows, (_gradient_symbol(explanation), _sum_of(explanation.terms), number(explanation.gradient))]


def _layer_rows(deltas: Sequence[Delta], names: NodeNames) -> list[_Row]:
    return _without_middle(
        deltas,
        _MOST_NEURONS,
        lambda delta: (f"δ of {names.placed(delta.node)}", _delta_formula(delta), number(delta.value)),
        lambda left_out: ("…", f"… {len(left_out):,} more of this layer …", "…"),
    )


def _delta_formula(delta: Delta) -> str:
    if delta.activation is None:
        return _sum_of(delta.terms)
    if len(delta.terms) == 1:
        return f"{factor(delta.slope)} × {_product_of(delta.terms[0])}"
    return f"{factor(delta.slope)} × {as_one_word(_sum_of(delta.terms))}"


def _sum_of(terms: Sequence[Term]) -> str:
    """The terms of one step of the recursion, added up; 1 where it begins."""
    if len(terms) == 1 and terms[0].upstream == 1.0:
        return number(terms[0].local_derivative)
    written = _without_middle(terms, _MOST_TERMS, _product_of, lambda left_out: f"… {len(left_out):,} more …")
    return " + ".join(written) if written else "1"


def _product_of(term: Term) -> str:
    if term.upstream == 1.0:
        return factor(term.local_derivative)
    return f"{factor(term.local_derivative)} × {factor(term.upstream)}"


def _without_middle(
    items: Sequence[Item], most: int, write: Callable[[Item], Written], write_gap: Callable[[Sequence[Item]], Written]
) -> list[Written]:
    """The items written one by one; of more than ``most``, the first and last ones with a note on the rest."""
    if len(items) <= most:
        return [write(item) for item in items]
    half = most // 2
    gap = write_gap(items[half:-half])
    return [*map(write, items[:half]), gap, *map(write, items[-half:])]


# -- tables -------------------------------------------------------------------------------------------------------


def _aligned(rows: Iterable[_Row], width: int | None) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    if rows and width is not None and sum(widths) + 6 > width:
        return [f"  {place:<{widths[0]}}  {_with_value(formula, value)}" for place, formula, value in rows]
    return [
        f"  {place:<{widths[0]}}  {formula:<{widths[1]}}  {value:>{widths[2]}}".rstrip()
        for place, formula, value in rows
    ]


def _with_value(formula: str, value: str) -> str:
    return formula if f"= {value}" in formula or value in (formula, "…") else f"{formula} = {value}"


def _html_table(rows: Iterable[_Row]) -> str:
    kinds = {title: kind for kind, title in KIND_NAMES.items()}
    body = ""
    for place, formula, value in rows:
        chip = f' class="ag-{kinds[place]}"' if place in kinds else ""
        total = ' class="ag-total"' if place == "product" else ""
        body += f"<tr{total}><td><span{chip}>{escape(place)}</span></td><td>{escape(formula)}</td><td>{value}</td></tr>"
    return f"<table>{body}</table>"


def _table_style(scope: str) -> str:
    chips = "".join(
        f"{scope} .ag-{kind}{{border-left:5px solid {color};padding-left:6px}}" for kind, color in KIND_COLORS.items()
    )
    return (
        f"{scope} p{{margin:6px 0}}{scope} .ag-headline{{font-size:15px;font-weight:600}}"
        f"{scope} table{{border-collapse:collapse;margin:0 0 10px 8px}}"
        f"{scope} table{{color:inherit;font:inherit}}"
        f"{scope} tr,{scope} td{{background:none!important;color:inherit;border:0}}"
        f"{scope} td{{padding:2px 12px 2px 0;text-align:left!important;white-space:nowrap}}"
        f"{scope} td:last-child{{text-align:right!important;font-variant-numeric:tabular-nums}}"
        f"{scope} .ag-total td{{border-top:1px solid var(--ag-line);font-weight:600}}{chips}"
    )
