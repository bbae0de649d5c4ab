"""What runs a program: on a row, on many in an array, and on more than there is memory for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from autograd_core.replay.arguments import is_stream, numbers_for, rows_for, unconverted_point

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from autograd_core.replay.bound import BoundProgram
    from autograd_core.replay.choose import Machines
    from autograd_core.replay.machines import Array

Reduce = Literal["mean", "sum", "none"]


class Runnable:
    """A program's values and gradients.

    **Rows** are an array, or what NumPy makes one of; also one that stays in its file, as ``numpy.memmap`` is. Or
    they are a *stream*, of which a few blocks are in memory at a time: an iterator of arrays of any numbers of rows,
    the path of a Parquet file or of a folder of them, or a ``ParquetFile``, dataset, table or reader of pyarrow. The
    inputs are the columns of a table or a data frame by their labels, or in their order where none of them has one.

    **An executor** of the standard library's kind shares the work: threads, processes, or a cluster's, such as Dask's
    ``client.get_executor()``. Rows are cut in blocks of 8,192, which are added up in their order: the results have the
    same bits for any number of workers, for none, and for a stream in pieces of any length. The program goes to each
    worker once. If a task fails, a note at its error names the block, and what no worker has begun is cancelled.
    """

    inputs: list[Any]
    parameters: list[Any]
    _has_one_output: bool
    _machine: Machines

    if TYPE_CHECKING:

        def _shaped(self, values: Array, is_batch: bool) -> Any: ...

    @overload
    def forward(
        self, inputs: Sequence[Sequence[float]], parameters: Any = None, executor: Executor | None = None
    ) -> Array: ...
    @overload
    def forward(
        self, inputs: Sequence[float] | None = None, parameters: Any = None, executor: Executor | None = None
    ) -> float | Array: ...
    @overload
    def forward(self, inputs: Any, parameters: Any = None, executor: Executor | None = None) -> Any: ...
    def forward(self, inputs: Any = None, parameters: Any = None, executor: Executor | None = None) -> Any:
        """The outputs' numbers.

        Args:
            inputs: one row, with a number for each input, an array of shape (rows, inputs), or a stream of these; None
                for the numbers that the inputs have now. A program without inputs takes the parameters in their place.
            parameters: a number for each; None for the numbers that they have now.
            executor: its workers share the rows, see :meth:`value_and_grad`.

        Returns:
            A float for one row and one output; otherwise an array of shape (rows,), (outputs,) or (rows, outputs). For
            a stream an iterator of such arrays, of 8,192 rows each but the last, computed as they are asked for.

        Raises:
            ValueError: there are more or fewer numbers in a row than inputs, or too many dimensions.
            TypeError: they are not real numbers, or ``executor`` is not an executor.
            RuntimeError: the executor takes no work, as one that is shut down.

        >>> import autograd_core as ag
        >>> x = ag.Value(0.0)
        >>> program = ag.compile(x * x, inputs=[x])
        >>> program.forward([3.0]), program.forward([[3.0], [4.0]]).tolist()
        (9.0, [9.0, 16.0])
        >>> [block.tolist() for block in program.forward(iter([[[1.0]], [[2.0], [3.0]]]))]
        [[1.0, 4.0, 9.0]]
        """
        stream = self._stream(inputs, parameters)
        if stream is not None:
            return self._forward_stream(*stream, executor)
        rows, is_batch, numbers = unconverted_point(self.inputs, self.parameters, inputs, parameters)
        if len(rows) == 1 and executor is None:
            return self._shaped(self._machine(1).values(numbers, rows.astype(float, copy=False)), is_batch)
        from autograd_core.replay.blocks import values_of_rows

        return self._shaped(values_of_rows(self._machine, rows, numbers, executor), is_batch)

    def backward(self, inputs: Any = None, reduce: Literal["mean", "sum"] = "mean") -> Any:
        """Run forward and backward, and add to the ``grad`` of every parameter, as ``Value.backward`` does.

        Args:
            inputs: as for :meth:`forward`, but no stream.
            reduce: of several rows, whether the ``"mean"`` or the ``"sum"`` of their derivatives is added.

        Returns:
            The outputs' numbers, as :meth:`forward` gives them.

        Raises:
            ValueError, TypeError: as for :meth:`forward`, and for another ``reduce``.
        """
        if reduce not in ("mean", "sum"):
            raise ValueError(f'reduce is "mean" or "sum" here, got {reduce!r}; value_and_grad() knows "none"')
        values, gradient, _ = self._run(inputs, None, reduce)
        for parameter, number in zip(self.parameters, gradient.tolist()):
            parameter.grad = (parameter.grad or 0.0) + number
        return values

    def value_and_grad(
        self,
        inputs: Any = None,
        parameters: Any = None,
        reduce: Reduce = "mean",
        wrt_inputs: bool = False,
        executor: Executor | None = None,
    ) -> tuple[Any, ...]:
        """The outputs' numbers and the derivatives with respect to the parameters, leaving all Values as they are.

        A program without inputs takes the parameters first, so ``scipy.optimize.minimize(program.value_and_grad, start,
        jac=True)`` works as it is.

        Args:
            inputs: as for :meth:`forward`.
            parameters: a number for each; None for the numbers that they have now.
            reduce: of several rows, the ``"mean"`` or the ``"sum"`` of outputs and derivatives; ``"none"`` keeps both
                for each row.
            wrt_inputs: give the derivatives with respect to the inputs too, always those of each row by itself.
            executor: a ``concurrent.futures.Executor`` whose workers share the rows, as ``ThreadPoolExecutor(2)`` and
                ``ProcessPoolExecutor(2)`` are. It is worth it from two blocks of 8,192 rows on.

        Returns:
            Outputs and an array of derivatives, of shape (parameters,), or (rows, parameters) if they are not reduced.
            Then, on request, those by the inputs, of shape (inputs,) or (rows, inputs).

        Raises:
            ValueError, TypeError, RuntimeError: as for :meth:`forward`, also for the parameters, and for another
                ``reduce``. ValueError, too, for a stream without rows, and where results for each row of one are asked
                for.
        """
        if reduce not in ("mean", "sum", "none"):
            raise ValueError(f'reduce is "mean", "sum" or "none", got {reduce!r}')
        stream = self._stream(inputs, parameters)
        if stream is not None:
            return self._sums_of_stream(*stream, reduce, wrt_inputs, executor)
        is_sum = reduce != "none"
        values, by_parameters, by_inputs = self._run(inputs, parameters, reduce, wrt_inputs, is_sum, executor)
        return (values, by_parameters, by_inputs) if wrt_inputs else (values, by_parameters)

    def bind(self, wrt_inputs: bool = False) -> BoundProgram:
        """The program for one row on arrays that are made once: a call then costs little more than its arithmetic.

        Args:
            wrt_inputs: compute the derivatives with respect to the inputs too.

        Returns:
            A callable with the arrays ``inputs`` and ``parameters``, which begin with the numbers that the Values have
            now, and ``values``, ``by_parameters`` and ``by_inputs``, which a call fills.

        >>> import autograd_core as ag
        >>> x = ag.Value(2.0)
        >>> bound = ag.compile(x * x, inputs=[x]).bind(wrt_inputs=True)
        >>> bound.inputs[0] = 3.0
        >>> bound()
        >>> bound.values, bound.by_inputs
        (array([9.]), array([6.]))
        """
        from autograd_core.replay.bound import bound_to_arrays

        machine = self._machine(1)
        own = getattr(machine, "bound", None)
        bound: BoundProgram = own(wrt_inputs) if own else bound_to_arrays(machine, wrt_inputs)
        bound.inputs[:] = rows_for(self.inputs, None)[0][0]
        bound.parameters[:] = numbers_for(self.parameters)
        return bound

    def sums_of_rows(self, rows: Array, parameters: Any, executor: Executor | None = None) -> tuple[Array, Array]:
        """The outputs of each row, and the sum of the derivatives with respect to the parameters."""
        values, gradient, _ = self._run(rows, parameters, "sum", executor=executor)
        return values, gradient

    # -- rows in an array --

    def _run(
        self,
        inputs: Any,
        parameters: Any,
        reduce: Reduce,
        with_inputs: bool = False,
        summed_values: bool = False,
        executor: Executor | None = None,
    ) -> tuple[Any, Any, Any]:
        """Values, gradient and gradients by inputs, each as its caller gets it."""
        rows, is_batch, numbers = unconverted_point(self.inputs, self.parameters, inputs, parameters)
        n_rows, is_reduced = len(rows), summed_values and is_batch
        each_row = reduce == "none" and is_batch
        if n_rows == 1 and executor is None:
            result = self._machine(1).gradients(numbers, rows.astype(float, copy=False), each_row, with_inputs)
            result = result.summed() if is_reduced else result
        else:
            from autograd_core.replay.blocks import gradients_of_rows

            result = gradients_of_rows(
                self._machine, rows, numbers, each_row, with_inputs, summed_values=is_reduced, executor=executor
            )
        divisor = n_rows if reduce == "mean" and n_rows > 1 else 1
        by_inputs = result.by_inputs if is_batch or result.by_inputs is None else result.by_inputs[0]
        values = self._total(result.values, divisor) if is_reduced else self._shaped(result.values, is_batch)
        return values, _divided(result.by_parameters, divisor), by_inputs

    def _total(self, sums: Array, divisor: int) -> Any:
        total = _divided(sums, divisor)
        return float(total[0]) if self._has_one_output else total

    # -- streams --

    def _stream(self, inputs: Any, parameters: Any) -> tuple[Iterator[Array], Array] | None:
        """The pieces of a stream and the parameters' numbers; None where the rows are an array."""
        if not self.inputs or inputs is None or not is_stream(inputs):
            return None
        from autograd_core.replay.sources import pieces_of_stream

        return pieces_of_stream(inputs, self.inputs), numbers_for(self.parameters, parameters)

    def _forward_stream(self, pieces: Iterator[Array], numbers: Array, executor: Executor | None) -> Iterator[Any]:
        from autograd_core.replay.blocks import blocks_of_pieces, values_in_blocks
        from autograd_core.replay.executors import check_executor

        check_executor(executor)
        blocks = blocks_of_pieces(pieces, len(self.inputs))
        return (self._shaped(values, True) for values in values_in_blocks(self._machine, blocks, numbers, executor))

    def _sums_of_stream(
        self, pieces: Iterator[Array], numbers: Array, reduce: Reduce, wrt_inputs: bool, executor: Executor | None
    ) -> tuple[Any, Any]:
        from autograd_core.replay.blocks import CountedBlocks, blocks_of_pieces, run_in_blocks
        from autograd_core.replay.work import Wanted

        if reduce == "none" or wrt_inputs:
            what = 'reduce="none"' if reduce == "none" else "wrt_inputs=True"
            raise ValueError(
                f"{what} gives numbers for each row, and a stream may have more than there is memory for: call "
                "value_and_grad() on its blocks one by one, or forward(), which gives a stream's outputs block by block"
            )
        counted = CountedBlocks(blocks_of_pieces(pieces, len(self.inputs)))
        found = run_in_blocks(self._machine, counted, numbers, Wanted(summed_values=True), executor)
        divisor = counted.n_rows if reduce == "mean" else 1
        return self._total(found.values, divisor), _divided(found.by_parameters, divisor)


def _divided(sums: Array, divisor: int) -> Array:
    return sums / divisor if divisor > 1 else sums
