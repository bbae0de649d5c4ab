"""How a Value shows itself in notebooks and in rich's output, beside its plain ``repr``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_writers: dict[str, Callable[[Any], str]] = {}


def show_with(**writers: Callable[[Any], str]) -> None:
    """Say what writes Values as ``html`` and as ``latex``: what draws them knows them, and they do not know it."""
    _writers.update(writers)


class Showing:
    """What notebooks and rich ask a Value for."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Its number and gradient, its operation, and a drawing of its graph where that is small."""
        return _writers["html"](self)

    def _repr_latex_(self) -> str:
        """The operation that computed it, its number and its gradient as a formula."""
        return _writers["latex"](self)

    def __rich_repr__(self: Any) -> Iterator[tuple[Any, ...]]:
        """The parts of ``repr``, for rich to colour and to break into lines."""
        yield "data", self.data
        yield "grad", self.grad
        yield "op", None if self.op is None else self.op.name
        yield "label", self.label, ""
