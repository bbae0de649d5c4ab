"""Columns of instructions or edges, which are written a few at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Columns:
    """Instructions or edges, a few at a time."""

    parts: list[tuple[np.ndarray[Any, Any], ...]] = field(default_factory=list)

    def add(self, *columns: Any) -> None:
        """Note some of them, a part of each column."""
        self.parts.append(columns)

    def joined(self, *types: Any) -> list[np.ndarray[Any, Any]]:
        """Each column in one piece."""
        columns = zip(*self.parts) if self.parts else [()] * len(types)
        return [np.concatenate([np.empty(0, kind), *column]).astype(kind) for kind, column in zip(types, columns)]
