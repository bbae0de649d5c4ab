"""``ag.compile``: a recorded graph as a program that runs again on new numbers, at the speed of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_core.graph import is_node, opened_order
from autograd_core.primitives import data_of
from autograd_core.replay.arguments import (
    check_leaves,
    checked_dtype,
    numbers_for,
    recorded,
    rows_for,
    values,
)
from autograd_core.replay.arrow import MapsArrow
from autograd_core.replay.derivatives import Differentiable
from autograd_core.replay.graph_again import graph_again
from autograd_core.replay.languages import Writable
from autograd_core.replay.running import Runnable
from autograd_core.replay.showing import ShowsItself
from autograd_core.replay.verify import check_row

if TYPE_CHECKING:
    from autograd_core.replay.choose import Machines
    from autograd_core.replay.code import Code
    from autograd_core.replay.evaluate import Derivatives
    from autograd_core.replay.machines import Array


def compile_(output: Any, inputs: Sequence[Any] = (), parameters: Sequence[Any] = (), dtype: Any = float) -> Program:
    """Make a program of a recorded graph: it computes the same on new numbers, one row of them or many at once.

    All leaves that are neither inputs nor parameters, and all plain numbers, are constants with the numbers they have
    now. What Python did while the graph was recorded is not part of the program: a branch that was taken on a Value's
    ``data`` is taken for good (see :meth:`Program.verify`).

    Args:
        output: a Value, or a sequence of them.
        inputs: leaves that are given anew for each run, in this order.
        parameters: leaves whose ``data`` is read at each run, and by which the program differentiates.
        dtype: ``float``, 64 bits, or ``numpy.float32``.

    Raises:
        TypeError: something is not a Value, or another ``dtype``.
        ValueError: a leaf that is given twice; a Value that is not a leaf.
        ImportError: NumPy is not installed.

    >>> import autograd_core as ag
    >>> w, x, y = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(1.0, "y")
    >>> program = ag.compile((ag.tanh(w * x) - y) ** 2, inputs=[x, y], parameters=[w])
    >>> program
    Program(1 output, 2 inputs, 1 parameter, 7 nodes)
    >>> program.forward([[2.0, 1.0], [0.0, 3.0]]).round(6).tolist()
    [0.056837, 9.0]
    >>> errors = program.backward([[2.0, 1.0], [0.0, 3.0]])
    >>> round(w.grad, 6)  # the mean of the two rows' derivatives
    -0.200249
    """
    return Program(output, inputs, parameters, dtype)


class Program(Runnable, Differentiable, Writable, MapsArrow, ShowsItself):
    """A recorded graph to run again, made by ``ag.compile``.

    Where several rows of inputs are given, results have one row for each. Where there is one output, results have no
    axis for the outputs; of several outputs the gradients and second derivatives are those of their sum.

    Attributes:
        inputs, parameters: the leaves that vary, and those with respect to which it differentiates.
        outputs: the Values that are computed.
        nodes: all that lead to them, operands before the nodes that use them.

    Parameters are read when a method is called; ``backward`` alone writes to Values. A program may be used by several
    threads at a time.
    """

    def __init__(self, output: Any, inputs: Sequence[Any], parameters: Sequence[Any], dtype: Any = float) -> None:
        self._has_one_output = is_node(output) or hasattr(output, "recorded")
        self.outputs = [recorded(each) for each in ([output] if self._has_one_output else values(output, "outputs"))]
        self.inputs = values(inputs, "inputs")
        self.parameters = values(parameters, "parameters")
        if not self.outputs:
            raise ValueError("there is no output to compute: give a Value, or at least one in the sequence")
        self._dtype = checked_dtype(dtype)
        self.nodes: list[Any] = opened_order(self.outputs, keep_numbers=True)
        check_leaves(self.inputs, self.parameters)
        varying = {*self.inputs, *self.parameters}
        self._constants = [  # by place, and not by Value: so they are copied and pickled as they are
            (place, data_of(node)) for place, node in enumerate(self.nodes) if not node.operands and node not in varying
        ]
        self._code = _recorded_code(self.nodes, self.outputs, self.inputs, self.parameters)
        self._machine, self._derivatives = _ways_to_run(self._code, self._dtype)

    def __repr__(self) -> str:
        counts = {"output": self.outputs, "input": self.inputs, "parameter": self.parameters, "node": self.nodes}
        words = [f"{len(values)} {name}{'' if len(values) == 1 else 's'}" for name, values in counts.items()]
        return f"Program({', '.join(words)})"

    # -- looking inside --

    def node_values(self, inputs: Any = None) -> Array:
        """The numbers of all ``nodes``, of shape (nodes,) or (rows, nodes)."""
        return self._of_nodes(inputs)[0]

    def node_gradients(self, inputs: Any = None) -> Array:
        """The gradients of all ``nodes`` for each row, of shape (nodes,) or (rows, nodes).

        Nodes that compute the same from the same operands are computed once: each shows the sum of their gradients.
        """
        return self._of_nodes(inputs)[1]

    def _of_nodes(self, inputs: Any) -> tuple[Array, Array]:
        import numpy as np

        rows, is_batch = rows_for(self.inputs, inputs)
        numbers = self._machine(len(rows)).numbers(numbers_for(self.parameters), rows)
        slots = self._code.slot_of
        adjoints = self._code.adjoint_of[slots]
        gradients = np.where(adjoints >= 0, numbers[:, adjoints], 0.0)
        numbers = numbers[:, slots]
        return (numbers, gradients) if is_batch else (numbers[0], gradients[0])

    def graph(self, inputs: Any = None) -> Any:
        """A copy of the recorded graph with the numbers of one row, to be drawn, explained or stepped through.

        Args:
            inputs: one row; None for the numbers that the inputs have now.

        Returns:
            The output, or the list of outputs: new Values with the labels, the ``data`` and the local derivatives that
            recording at these inputs and the parameters' present numbers would give, and ``grad`` 0. They stand in the
            same order as those of the program: of one output, ``ag.topological_order(graph)`` is ``program.nodes``,
            Value for Value.

        Raises:
            ValueError: there are several rows.

        >>> import autograd_core as ag
        >>> w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
        >>> program = ag.compile(w * x, inputs=[x], parameters=[w])
        >>> graph = program.graph([7.0])
        >>> copied = {leaf.label: leaf for leaf in ag.leaves(graph)}
        >>> print(ag.explain(graph, copied["w"]).gradient)
        7.0
        """
        rows, is_batch = rows_for(self.inputs, inputs)
        if is_batch:
            raise ValueError(f"graph() shows one row of inputs, got {len(rows)}: choose one, as in graph(inputs[0])")
        outputs = graph_again(self, rows[0].tolist())
        return outputs[0] if self._has_one_output else outputs

    def constants(self) -> dict[Any, float]:
        """The leaves that are neither inputs nor parameters, with the numbers that the program has for them.

        Those are the numbers that they had when it was compiled, whatever became of their ``data`` since.

        >>> import autograd_core as ag
        >>> x, c = ag.Value(2.0), ag.Value(3.0, "c")
        >>> program = ag.compile(x * c, inputs=[x])
        >>> c.data = 10.0
        >>> program.forward([2.0]), program.constants()[c]
        (6.0, 3.0)
        """
        return {self.nodes[place]: number for place, number in self._constants}

    def verify(self, f: Callable[..., Any], inputs: Any = None) -> None:
        """Record ``f`` anew at given inputs, and compare with what the program computes; say nothing where they agree.

        Args:
            f: what was recorded: a function of the inputs, one by one, with the parameters of this program.
            inputs: a row, or several, each of which is tried.

        Raises:
            ReplayMismatchError: ``f`` builds another graph there, or computes other numbers; says where first.

        >>> import autograd_core as ag
        >>> def f(x):
        ...     return x * x if x.data > 0.0 else -x  # a branch on the number
        >>> x = ag.Value(3.0)
        >>> program = ag.compile(f(x), inputs=[x])
        >>> program.verify(f, [5.0])
        >>> program.verify(f, [-5.0])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        autograd_core.ReplayMismatchError: at inputs [-5.0] the function records another graph: ...
        """
        rows, _ = rows_for(self.inputs, inputs)
        for row in rows.tolist():
            check_row(self, f, row)


def _ways_to_run(code: Code, dtype: Any) -> tuple[Machines, Derivatives]:
    from autograd_core.replay.choose import Machines  # needs NumPy, as the next does
    from autograd_core.replay.evaluate import Derivatives

    return Machines(code, dtype), Derivatives(code, dtype)


def _recorded_code(nodes: Sequence[Any], *leaves: Sequence[Any]) -> Code:
    from autograd_core.replay.record import record  # needs NumPy

    return record(nodes, *leaves)
