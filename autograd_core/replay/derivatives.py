"""The derivatives that a program has: Jacobian, Hessian, and their products with vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from autograd_core.replay.arguments import numbers_of_point, vectors_for, weights_for

if TYPE_CHECKING:
    from autograd_core.replay.evaluate import Derivatives, Point
    from autograd_core.replay.machines import Array
    from autograd_core.replay.patterns import Pattern
    from autograd_core.replay.sparsity import Sparsity

By = Literal["parameters", "inputs"]


class Differentiable:
    """A program's derivatives.

    ``by`` says with respect to what: ``"parameters"`` or ``"inputs"``; None stands for the parameters, and for the
    inputs where there are none. A program without inputs takes the parameters in their place.
    """

    inputs: list[Any]
    parameters: list[Any]
    outputs: list[Any]
    _has_one_output: bool
    _derivatives: Derivatives

    def jacobian(self, inputs: Any = None, parameters: Any = None, by: By | None = None, sparse: bool = False) -> Any:
        """The derivatives of all outputs.

        They are computed forwards, along directions, or in reverse, whichever takes fewer passes; variables that no
        output has in common share one, and so do outputs that have no variable in common. ``program.jacobian`` is what
        ``scipy.optimize.least_squares(program.forward, start, jac=program.jacobian)`` asks for.

        Args:
            inputs: one row, or several, as for :meth:`forward`.
            parameters: a number for each; None for the numbers that they have now.
            by: ``"parameters"`` or ``"inputs"``; None for the parameters, or the inputs where there are none.
            sparse: give SciPy's CSR array of the entries that are not always 0, for several rows a list of them.

        Returns:
            An array of shape (outputs, variables), of one output (variables,); for several rows with the rows' axis in
            front. A CSR array is always of shape (outputs, variables).

        Raises:
            ValueError, TypeError: as for :meth:`forward`, also for the parameters, and for another ``by``.
            ImportError: ``sparse``, and SciPy is not installed.

        >>> import autograd_core as ag
        >>> x, y = ag.Value(3.0), ag.Value(2.0)
        >>> program = ag.compile([x * y, x + y, ag.square(y)], inputs=[x, y])
        >>> program.jacobian([3.0, 2.0]).tolist()
        [[2.0, 3.0], [1.0, 1.0], [0.0, 4.0]]
        >>> program.jacobian([3.0, 2.0], sparse=True).nnz
        5
        """
        by_inputs, point, is_batch = self._point(inputs, parameters, by)
        entries = self._derivatives.jacobian(by_inputs, point)
        plan = self._derivatives.plan("jacobian", by_inputs)
        if sparse:
            arrays = list(map(plan.csr_of, entries))
            return arrays if is_batch else arrays[0]
        whole = _as_dense(plan.pattern, entries)
        whole = whole[:, 0] if self._has_one_output else whole
        return whole if is_batch else whole[0]

    def hessian(
        self,
        inputs: Any = None,
        parameters: Any = None,
        by: By | None = None,
        sparse: bool = False,
        weights: Any = None,
    ) -> Any:
        """The second derivatives of the outputs' sum, or of their weighted sum.

        At a kink, where the gradient is a subgradient and not a function of its variables, they are 0.

        Args:
            inputs, parameters, by: as for :meth:`jacobian`.
            sparse: as for :meth:`jacobian`. What is not in the pattern is 0 in a sparse Hessian, also where a nan would
                make it nan in a dense one.
            weights: a number for each output, which its second derivatives are multiplied by; None for 1 each.

        Returns:
            An array, or a CSR array, of shape (variables, variables); for several rows an array with the rows' axis in
            front, or a list of CSR arrays. Its mean over that axis is the Hessian of what :meth:`value_and_grad` gives.

        Raises:
            ValueError, TypeError, ImportError: as for :meth:`jacobian`, also for the weights. ValueError, too, where
                the partials of a primitive of the user's ask for a number, as ``if`` does.

        >>> import autograd_core as ag
        >>> x, y, z = ag.Value(3.0), ag.Value(2.0), ag.Value(1.0)
        >>> program = ag.compile(x * x * y + z**3, parameters=[x, y, z])
        >>> program.hessian([3.0, 2.0, 1.0]).tolist()
        [[4.0, 6.0, 0.0], [6.0, 0.0, 0.0], [0.0, 0.0, 6.0]]
        """
        by_inputs, point, is_batch = self._point(inputs, parameters, by, weights)
        entries, wrong = self._derivatives.hessian(by_inputs, point)
        plan = self._derivatives.plan("hessian", by_inputs)
        if sparse:
            arrays = list(map(plan.csr_of, entries))
            return arrays if is_batch else arrays[0]
        whole = _as_dense(plan.pattern, entries)
        if len(wrong):
            whole[wrong] = self._derivatives.whole_hessian(by_inputs, point.taken(wrong))
        return whole if is_batch else whole[0]

    def jvp(self, inputs: Any, vector: Any = None, parameters: Any = None, by: By | None = None) -> tuple[Any, Any]:
        """The outputs, and the Jacobian times a vector: how they change as the variables move along it.

        Args:
            inputs, parameters, by: as for :meth:`jacobian`.
            vector: a number for each variable; for several rows, one vector for all of them, or a row for each.

        Returns:
            What :meth:`forward` gives, and an array of the same shape, or a float.

        Raises:
            ValueError, TypeError: as for :meth:`jacobian`, also for the vector.

        >>> import autograd_core as ag
        >>> x, y = ag.Value(3.0), ag.Value(2.0)
        >>> ag.compile(x * y, inputs=[x, y]).jvp([3.0, 2.0], [1.0, 10.0])
        (6.0, 32.0)
        """
        by_inputs, point, is_batch = self._point(inputs, parameters, by)
        directions = self._vectors(vector, by_inputs, point, is_batch)
        values, tangents = self._derivatives.along(by_inputs, point, directions)
        return self._shaped(values, is_batch), self._shaped(tangents, is_batch)

    def hvp(
        self, inputs: Any, vector: Any = None, parameters: Any = None, by: By | None = None, weights: Any = None
    ) -> Array:
        """The Hessian times a vector, without the Hessian.

        ``scipy.optimize.minimize(program.value_and_grad, start, jac=True, hessp=program.hvp)`` works as it is, for a
        program without inputs.

        Args:
            inputs, parameters, by, weights: as for :meth:`hessian`.
            vector: a number for each variable; for several rows, one vector for all of them, or a row for each.

        Returns:
            An array of shape (variables,) or (rows, variables).

        Raises:
            ValueError, TypeError: as for :meth:`hessian`, also for the vector.

        >>> import autograd_core as ag
        >>> x, y = ag.Value(3.0), ag.Value(2.0)
        >>> ag.compile(x * x * y, parameters=[x, y]).hvp([3.0, 2.0], [1.0, 0.0]).tolist()
        [4.0, 6.0]
        """
        by_inputs, point, is_batch = self._point(inputs, parameters, by, weights)
        vectors = self._vectors(vector, by_inputs, point, is_batch)
        product = self._derivatives.curved(by_inputs, point, vectors)
        return product if is_batch else product[0]

    def sparsity(self, matrix: Literal["jacobian", "hessian"] = "jacobian", by: By | None = None) -> Sparsity:
        """Which derivatives are not always 0, found from the list of instructions without a number.

        Args:
            matrix: ``"jacobian"`` or ``"hessian"``.
            by: as for :meth:`jacobian`.

        Raises:
            ValueError: another ``matrix``, or as for :meth:`hessian`.

        >>> import autograd_core as ag
        >>> x, y = ag.Value(3.0), ag.Value(2.0)
        >>> program = ag.compile([x * y, ag.square(y)], inputs=[x, y])
        >>> print(program.sparsity())
        Sparsity(2 × 2, 3 entries, 2 passes forwards)
        ● ●
        · ●
        """
        from autograd_core.replay.sparsity import Sparsity

        if matrix not in ("jacobian", "hessian"):
            raise ValueError(f'matrix is "jacobian" or "hessian", got {matrix!r}')
        plan = self._derivatives.plan(matrix, self._is_by_inputs(by))
        return Sparsity(plan, matrix == "hessian" or plan.is_forward)

    # -- arguments --

    def _is_by_inputs(self, by: Any) -> bool:
        if by not in (None, "parameters", "inputs"):
            raise ValueError(f'by is "parameters" or "inputs", got {by!r}')
        by_inputs = by == "inputs" or (by is None and not self.parameters)
        if not (self.inputs if by_inputs else self.parameters):
            what = "neither inputs nor parameters" if by is None else f"no {by}"
            raise ValueError(f"the program has {what} to differentiate by: name them when it is compiled")
        return by_inputs

    def _shaped(self, values: Array, is_batch: bool) -> Any:
        """A row for each row of inputs, without the axes that there is one of."""
        if self._has_one_output:
            return values[:, 0] if is_batch else float(values[0, 0])
        return values if is_batch else values[0]

    def _point(self, inputs: Any, parameters: Any, by: Any, weights: Any = None) -> tuple[bool, Point, bool]:
        """Whether derivatives are by inputs, where they are taken, and whether there are several rows."""
        from autograd_core.replay.evaluate import Point

        by_inputs = self._is_by_inputs(by)
        rows, is_batch, numbers = numbers_of_point(self.inputs, self.parameters, inputs, parameters)
        return by_inputs, Point(rows, numbers, weights_for(len(self.outputs), weights)), is_batch

    def _vectors(self, vector: Any, by_inputs: bool, point: Point, is_batch: bool) -> Array:
        variables = self.inputs if by_inputs else self.parameters
        return vectors_for(len(variables), vector, len(point.rows) if is_batch else None)


def _as_dense(pattern: Pattern, entries: Array) -> Array:
    """Matrices, one for each row of entries."""
    import numpy as np

    whole = np.zeros((len(entries), pattern.n_rows, pattern.n_columns), entries.dtype)
    whole[:, pattern.rows, pattern.columns] = entries
    return whole
