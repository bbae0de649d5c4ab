"""What users see of a pattern: which derivatives can be other than zero, and how few passes find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_core.replay.evaluate import Plan

MOST_PRINTED = 60
"""Rows and columns of a matrix that is printed whole."""


class Sparsity:
    """Which entries of a matrix of derivatives are not always 0, and in which passes they are computed.

    ``print`` shows a small one, :meth:`draw` any.

    Attributes:
        shape: rows and columns.
        n_entries: how many of the entries are not always 0.
        n_passes: how many passes compute all of them.
        is_forward: whether a pass is one along a direction, which several columns share; if not, it is one in reverse,
            which several rows share.

    >>> import autograd_core as ag
    >>> v = [ag.Value(1.0) for _ in range(5)]
    >>> program = ag.compile(ag.sum([(b - a * a) ** 2 for a, b in zip(v, v[1:])]), inputs=v)
    >>> print(program.sparsity("hessian"))
    Sparsity(5 × 5, 13 entries, 3 passes forwards)
    ● ● · · ·
    ● ● ● · ·
    · ● ● ● ·
    · · ● ● ●
    · · · ● ●
    """

    def __init__(self, plan: Plan, is_forward: bool) -> None:
        self._plan = plan
        self.is_forward = is_forward
        self._colours = (plan.by_columns if is_forward else plan.by_rows).colours
        self.shape = (plan.pattern.n_rows, plan.pattern.n_columns)
        self.n_entries = len(plan.pattern.columns)
        self.n_passes = int(self._colours.max(initial=-1)) + 1

    def __repr__(self) -> str:
        passes = f"{self.n_passes} pass{'' if self.n_passes == 1 else 'es'}"
        entries = f"{self.n_entries} entr{'y' if self.n_entries == 1 else 'ies'}"
        direction = "forwards" if self.is_forward else "in reverse"
        return f"Sparsity({self.shape[0]} × {self.shape[1]}, {entries}, {passes} {direction})"

    def __str__(self) -> str:
        if max(self.shape) > MOST_PRINTED:
            return repr(self)
        lines = [["·"] * self.shape[1] for _ in range(self.shape[0])]
        for row, column in zip(self._plan.pattern.rows.tolist(), self._plan.pattern.columns.tolist()):
            lines[row][column] = "●"
        return "\n".join([repr(self), *map(" ".join, lines)])

    @property
    def pattern(self) -> Any:
        """The entries as SciPy's CSR array of truth values (ImportError where SciPy is not installed)."""
        import numpy as np

        return self._plan.csr_of(np.ones(self.n_entries, bool))

    def draw(self, axes: Any = None) -> Any:
        """The entries as squares, in a colour for each pass.

        Args:
            axes: of Matplotlib, to draw into; None for those of a new figure.

        Returns:
            The axes.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        import numpy as np

        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError('draw() needs Matplotlib: pip install "autograd-core[notebooks]"') from error
        axes = pyplot.subplots()[1] if axes is None else axes
        pattern = self._plan.pattern
        picture = np.full(self.shape, np.nan)
        colours = self._colours[pattern.columns if self.is_forward else pattern.rows]
        picture[pattern.rows, pattern.columns] = colours % 10  # so many colours has the palette
        axes.imshow(picture, cmap="tab10", vmin=0, vmax=9, interpolation="none")
        axes.set_title(repr(self)[len("Sparsity(") : -1])
        axes.set_xlabel("variable")
        axes.set_ylabel("output" if self.shape[0] != self.shape[1] else "")
        return axes
