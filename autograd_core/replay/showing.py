"""How a Program shows itself in notebooks and in rich's output, beside its plain ``repr``."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

_MOST_LINES = 60
_MOST_NODES = 2_000  # whose text is written only if one asks for it


class ShowsItself:
    """What notebooks and rich ask a Program for."""

    def _repr_html_(self: Any) -> str:
        """What it takes and gives, and its text to unfold."""
        summary = f"<code>{escape(repr(self))}</code>"
        if len(self.nodes) > _MOST_NODES:
            return summary
        lines = self.source().splitlines()
        left_out = [f"# … {len(lines) - _MOST_LINES:,} more lines"] if len(lines) > _MOST_LINES else []
        text = escape("\n".join([*lines[:_MOST_LINES], *left_out]))
        return f"<details><summary>{summary}</summary><pre>{text}</pre></details>"

    def _repr_latex_(self: Any) -> str:
        """From where to where it leads: ``$f: \\mathbb{R}^{2} \\to \\mathbb{R}$``."""
        sizes = [len(each) for each in (self.parameters, self.inputs) if each]
        domain = r" \times ".join(map(_space, sizes)) or r"\{\}"
        return rf"$f: {domain} \to {_space(len(self.outputs))}$"

    def __rich_repr__(self: Any) -> Iterator[tuple[str, int]]:
        """How many of each there are."""
        for name in ("outputs", "inputs", "parameters", "nodes"):
            yield name, len(getattr(self, name))


def _space(size: int) -> str:
    return r"\mathbb{R}" if size == 1 else rf"\mathbb{{R}}^{{{size}}}"
