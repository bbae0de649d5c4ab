"""How a Value shows itself in notebooks and in rich's output, beside its plain ``repr``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Showing:
    """What notebooks and rich ask a Value for. Nothing is imported before they do."""

    __slots__ = ()

    def _repr_html_(self: Any) -> str:
        """Its number and gradient, its operation, and a drawing of its graph where that is small."""
        from autograd_core.drawing.shown_value import html_of

        return html_of(self)

    def _repr_latex_(self: Any) -> str:
        """The operation that computed it, its number and its gradient as a formula."""
        from autograd_core.drawing.shown_value import latex_of

        return latex_of(self)

    def __rich_repr__(self: Any) -> Iterator[tuple[Any, ...]]:
        """The parts of ``repr``, for rich to colour and to break into lines."""
        yield "data", self.data
        yield "grad", self.grad
        yield "op", None if self.op is None else self.op.name
        yield "label", self.label, ""
