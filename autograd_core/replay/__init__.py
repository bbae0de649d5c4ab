"""Replay: a recorded graph as a program that runs again on new numbers, one row of them or many at once.

A program is one list of instructions (``code``, ``instructions``). ``record`` makes it of a graph: ``templates``
finds, on ``symbols``, what a node's value and local derivatives consist of, ``write`` writes that for all nodes of a
kind, and ``differentiate`` adds the backward pass as further instructions.

Derivatives of a program (``derivatives``) are programs made of its list (``derived``) by that pass and two more:
``linearize`` adds the local derivatives of all instructions, ``tangents`` the change along a direction. ``patterns``
finds which derivatives are not always 0 and which may share a pass, ``evaluate`` runs them, ``sparsity`` shows it.

Three machines run the list, each with a table of what an instruction does; ``machines`` says what they promise, and
``choose`` which of them runs. *Lanes* (``lanes``, ``lane_…``, ``vectors``) are compiled code that runs one instruction
at a time over a block of rows. *Arrays* (``arrays``, ``array_functions``, ``targets``, ``groups``, ``layout``,
``numpy_text``) run groups of like instructions, matrix products among them, as calls of NumPy. *Scalars* (``scalars``)
run straight-line Python.

A program becomes ``text``, a line for each number, by the table of a ``language``: ``python``, ``numpy_rows``, ``c``,
``javascript``, ``jax``, whose program ``jax_groups`` writes in groups of like instructions. ``matrices`` makes its
Jacobian and Hessian one list, ``calls`` says what a line calls, ``definitions`` brings the functions along, and
``languages`` is what users see of it. ``node_functions`` writes by the table of JavaScript what computes a single node.

Many rows are run in ``blocks`` of a fixed size, which are added up in order: here, or by an executor's workers
(``executors``), to which ``work`` sends the program. ``sources`` reads rows of which not all are in memory at once,
and ``arrow`` is a program as a function of record batches, which clusters call; ``arrow_columns`` reads those for both.

``program`` is what users see of all this, ``running`` how it is run, ``bound`` its call on arrays made once,
``graph_again`` the graph with other numbers, and ``verify`` the comparison with a new recording. ``arguments`` checks
what users hand in.
"""

from autograd_core.replay.program import Program, compile_
from autograd_core.replay.verify import ReplayMismatchError

__all__ = ["Program", "ReplayMismatchError", "compile_"]
