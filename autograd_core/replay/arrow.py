"""A program on record batches of Arrow, which Spark, Ray Data and DuckDB hand to a function and take back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from autograd_core.replay.arguments import numbers_for

if TYPE_CHECKING:
    from autograd_core.replay.choose import Machines
    from autograd_core.replay.machines import Array
    from autograd_core.replay.work import Received, Sent

FIELDS = ("loss", "gradient", "count")


class MapsArrow:
    """A program's way to other people's clusters."""

    inputs: list[Any]
    parameters: list[Any]
    outputs: list[Any]
    _has_one_output: bool
    _machine: Machines

    def arrow_function(self, columns: Sequence[str] | None = None, parameters: Any = None) -> ArrowFunction:
        """A function from record batches to their partial sums, to hand to Spark, Ray Data or DuckDB.

        Args:
            columns: from which column each input is taken, by its name; None for columns called as the inputs are.
            parameters: a number for each; None for the numbers that they have now. They travel with the function, and
                later changes of the Values don't.

        Raises:
            ValueError: an input has no label, two have the same, or there is not a column for each.
            TypeError: the columns are not strings.
            ImportError: PyArrow is not installed.

        >>> import autograd_core as ag, pyarrow as pa
        >>> w, x, y = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(1.0, "y")
        >>> program = ag.compile((w * x - y) ** 2, inputs=[x, y], parameters=[w])
        >>> function = program.arrow_function()
        >>> batch = pa.RecordBatch.from_pydict({"y": [1.0, 2.0], "x": [4, 2], "name": ["a", "b"]})
        >>> partial = function(batch)
        >>> partial.to_pylist()
        [{'loss': 2.0, 'gradient': [4.0], 'count': 2}]
        >>> function.total([partial, partial])  # the mean over four rows
        (1.0, array([2.]))
        """
        from autograd_core.replay.arrow_columns import column_names, pyarrow_module
        from autograd_core.replay.blocks import BLOCK
        from autograd_core.replay.work import Sent

        pyarrow_module()
        names = column_names(self.inputs, columns)
        numbers = numbers_for(self.parameters, parameters)
        outputs = () if self._has_one_output else (len(self.outputs),)
        return ArrowFunction(names, numbers, outputs, Sent(self._machine.parcel(BLOCK), True))


@dataclass(frozen=True, eq=False, repr=False)
class ArrowFunction:
    """Maps rows of Arrow to partial sums, made by :meth:`Program.arrow_function`; small, and to be pickled.

    It takes what each system hands over, and returns what that takes back:

    - a ``pyarrow.RecordBatch`` becomes one with a single row: the sums over its rows;
    - a ``pyarrow.Table``, as from Ray Data, becomes a table with a single row;
    - an iterator of these, as from Spark's ``mapInArrow`` or a reader of DuckDB, or an object that hands over an Arrow
      stream, such as a query of DuckDB, becomes an iterator of record batches with a row for each block of 8,192 rows.

    Blocks are cut anew, so the sums do not depend on how the batches were cut, and :meth:`total` of a stream has the
    bits that ``Program.value_and_grad`` gives for the same rows in an array of more than one block.

    The columns of the inputs hold floats, integers of up to 2**53 or truth values, none of them missing; others are
    not looked at. The result has the columns

    - ``loss``, float64: the sum of the output over the rows; of several outputs a list, with a sum for each;
    - ``gradient``, a list of float64: the sum of the outputs' derivatives, by each parameter;
    - ``count``, int64: how many rows there are.

    Attributes:
        columns: the name of each input's column.
        parameters: the number of each parameter.
    """

    columns: tuple[str, ...]
    parameters: Array
    _outputs: tuple[int, ...]
    _sent: Sent | Received

    def __repr__(self) -> str:
        n = len(self.parameters)
        of = f"{n} parameter{'' if n == 1 else 's'}"
        return f"ArrowFunction({', '.join(self.columns)} → {', '.join(FIELDS)}; {of})"

    @property
    def schema(self) -> Any:
        """The ``pyarrow.Schema`` of what it returns."""
        from autograd_core.replay.arrow_columns import pyarrow_module

        pa = pyarrow_module()
        numbers = pa.list_(pa.float64())
        loss = numbers if self._outputs else pa.float64()
        return pa.schema(list(zip(FIELDS, (loss, numbers, pa.int64()))))

    def __call__(self, batches: Any) -> Any:
        """The partial sums of a record batch, of a table, or of a stream of batches block by block.

        Raises:
            TypeError: it is none of these, or a column is not of numbers.
            ValueError: a column is not there; a value is missing, or an integer beyond 2**53.
        """
        from autograd_core.replay.arrow_columns import arrays_of, batches_of, pyarrow_module

        pa = pyarrow_module()
        sums = self._sums(arrays_of(batches_of(batches), self.columns))
        if isinstance(batches, (pa.RecordBatch, pa.Table)):
            whole = self._batch(_added(sums) or self._nothing())
            return whole if isinstance(batches, pa.RecordBatch) else pa.Table.from_batches([whole])
        return map(self._batch, sums)

    def total(self, partials: Any, reduce: Literal["mean", "sum"] = "mean") -> tuple[Any, Array]:
        """Partial sums added up, in the order in which they are given: the same order gives the same bits.

        Args:
            partials: what calls of this function returned, as record batches, tables, or an iterable of them.
            reduce: whether to give the ``"mean"`` over all rows, or the ``"sum"``.

        Returns:
            The loss and the derivatives by the parameters, as ``Program.value_and_grad`` gives them.

        Raises:
            TypeError: they are not record batches or tables.
            ValueError: they have other columns, or gradients by other parameters; another ``reduce``.
        """
        if reduce not in ("mean", "sum"):
            raise ValueError(f'reduce is "mean" or "sum", got {reduce!r}')
        loss, gradient, count = _added(self._read(partials)) or self._nothing()
        if reduce == "mean" and count:
            loss, gradient = loss / count, gradient / count
        return loss if self._outputs else float(loss[0]), gradient

    # -- sums: of the outputs, of the derivatives, and how many rows --

    def _sums(self, pieces: Iterator[Array]) -> Iterator[Sums]:
        from autograd_core.replay.blocks import blocks_of_pieces
        from autograd_core.replay.work import Wanted, run_block

        for block in blocks_of_pieces(pieces, len(self.columns)):
            found = run_block(self._sent, self.parameters, block.rows, Wanted(summed_values=True))
            assert found is not None  # the program came with this function
            yield found.values, found.by_parameters, len(block.rows)

    def _nothing(self) -> Sums:
        import numpy as np

        return np.zeros(self._outputs or 1), np.zeros(len(self.parameters)), 0

    def _batch(self, sums: Sums) -> Any:
        from autograd_core.replay.arrow_columns import pyarrow_module

        loss, gradient, count = sums
        row = [loss if self._outputs else loss[0], gradient, count]
        columns = [pyarrow_module().array([cell], field.type) for cell, field in zip(row, self.schema)]
        return pyarrow_module().RecordBatch.from_arrays(columns, schema=self.schema)

    def _read(self, partials: Any) -> Iterator[Sums]:
        import numpy as np

        from autograd_core.replay.arrow_columns import batches_of

        for batch in batches_of(partials):
            if tuple(batch.schema.names) != FIELDS:
                raise ValueError(
                    f"partial sums have the columns {', '.join(FIELDS)}, got {', '.join(batch.schema.names) or 'none'}"
                )
            for row in batch.to_pylist():
                if None in (row["loss"], row["gradient"], row["count"]):
                    raise ValueError("a partial sum is missing: leave such rows out")
                loss, gradient = np.array(row["loss"], float, ndmin=1), np.array(row["gradient"], float)
                if loss.shape != (self._outputs or (1,)) or gradient.shape != self.parameters.shape:
                    raise ValueError(
                        f"these are partial sums of another program: they have {_counted(loss.size, gradient.size)}, "
                        f"and this one has {_counted((self._outputs or (1,))[0], len(self.parameters))}"
                    )
                yield loss, gradient, row["count"]


Sums = tuple["Array", "Array", int]


def _counted(n_outputs: int, n_parameters: int) -> str:
    outputs, parameters = (
        f"{n} {what}{'' if n == 1 else 's'}" for n, what in ((n_outputs, "output"), (n_parameters, "parameter"))
    )
    return f"{outputs} and {parameters}"


def _added(sums: Iterable[Sums]) -> Sums | None:
    """Sums added up in their order; None where there are none."""
    import numpy as np

    total: Sums | None = None
    with np.errstate(all="ignore"):
        for loss, gradient, count in sums:
            total = (total[0] + loss, total[1] + gradient, total[2] + count) if total else (loss, gradient, count)
    return total
