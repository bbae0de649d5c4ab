"""What stands below a drawing: notes on it, and what its colours mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap

from autograd_core.drawing.arrangement import Arrangement, Constant, Item
from autograd_core.drawing.graphviz import in_label
from autograd_core.drawing.look import KIND_SYMBOLS, ROLE_FILLS, Look, gradient_fill, is_loud, shows_labels
from autograd_core.theme import KIND_COLORS, KIND_NAMES, LIGHT

_WIDTH = 50  # in characters
_LOUD, _QUIET = LIGHT["loud"], LIGHT["quiet"]

_Entry = tuple[str, str]
"""A colour, and what it stands for."""


def legend(arrangement: Arrangement, look: Look) -> str:
    """Notes on this drawing, and what its colours mean, as a table in Graphviz's HTML."""
    derivatives, roles = _derivative_entries(arrangement, look), _role_entries(arrangement, look)
    rows = [f'<TR><TD COLSPAN="5" ALIGN="LEFT">{note}</TD></TR>' for note in _notes(arrangement, look)]
    for row in range(max(len(derivatives), len(roles))):
        cells = [_legend_cells(column[row : row + 1]) for column in (derivatives, roles)]
        rows.append(f'<TR>{cells[0]}<TD WIDTH="16"></TD>{cells[1]}</TR>')
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="1">{"".join(rows)}</TABLE>>'


def _wrapped(note: str) -> str:
    """A note in lines that are no wider than the rest of the legend, which would be stretched otherwise."""
    return '<BR ALIGN="LEFT"/>'.join(in_label(line) for line in [*wrap(note, _WIDTH), ""])


def _legend_cells(entries: Sequence[_Entry]) -> str:
    if not entries:
        return "<TD></TD><TD></TD>"
    ((color, meaning),) = entries
    swatch = f'<TD WIDTH="14" HEIGHT="9" FIXEDSIZE="TRUE" BORDER="1" COLOR="{_QUIET}" BGCOLOR="{color}"></TD>'
    return f'{swatch}<TD ALIGN="LEFT">{meaning}</TD>'


def _notes(arrangement: Arrangement, look: Look) -> Iterator[str]:
    items = [item for box in arrangement.boxes for item in box.members]
    if loud := sum(map(is_loud, items)):
        warning = _wrapped(f"nan or inf in {loud:,} of {len(items):,} nodes{_origin(items, look)}")
        yield f'<FONT COLOR="{_LOUD}"><B>{warning}</B></FONT>'
    if not look.backward_has_run:
        yield _wrapped("backward() has not run: there are no gradients yet")
    if not shows_labels(arrangement):
        yield _wrapped("so many edges that nothing is written at them: point at one to read its numbers")
    if arrangement.note:
        yield _wrapped(f"{len(items):,} nodes are drawn as {len(arrangement.boxes):,}: {arrangement.note}")


def _origin(items: Sequence[Item], look: Look) -> str:
    """Where the first nan or inf was computed: the node itself is not finite, and all its operands are."""
    for item in items:
        if not math.isfinite(item.data):
            operands = [] if isinstance(item, Constant) else item.operands
            if all(math.isfinite(operand if type(operand) is float else operand.data) for operand in operands):
                called = "a constant" if isinstance(item, Constant) else look.names.of(item)
                return f", first in {called}"
    return ""


def _derivative_entries(arrangement: Arrangement, look: Look) -> list[_Entry]:
    """The kinds of derivative that there are."""
    kinds = {
        look.network.kind(node, index)
        for edges in arrangement.bundles.values()
        for _, node, index in edges
        if node.local_derivatives[index] is not None and not look.is_plain(node, index)
    }
    return [
        (KIND_COLORS[kind], f"<B>{symbol}</B> {KIND_NAMES[kind]}")
        for kind, symbol in KIND_SYMBOLS.items()
        if kind in kinds
    ]


def _role_entries(arrangement: Arrangement, look: Look) -> list[_Entry]:
    """What the nodes' colours mean."""
    if look.color_by == "gradient":
        return [
            (gradient_fill(True), "positive gradient"),
            (gradient_fill(False), "negative gradient"),
            (ROLE_FILLS["operation"], "no gradient; the root has a thick frame"),
        ]
    roles = {look.role(box.members[0]) if len(box.members) == 1 else "several nodes" for box in arrangement.boxes}
    meanings = {"operation": "operation; the root has a thick frame"}
    return [(color, meanings.get(role, role)) for role, color in ROLE_FILLS.items() if role in roles]
