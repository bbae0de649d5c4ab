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
run straight-line Python, which ``text`` writes by the table in ``python``, as it writes JavaScript by the one in
``javascript``.

Many rows are run in ``blocks`` of a fixed size, which are added up in order: here, or by an executor's workers
(``executors``), to which ``work`` sends the program. ``sources`` reads rows of which not all are in memory at once.

``program`` is what users see of all this, ``running`` how it is run, ``bound`` its call on arrays made once,
``graph_again`` the graph with other numbers, and ``verify`` the comparison with a new recording. ``arguments`` checks
what users hand in.
"""

from autograd_core.replay.program import Program, compile_
from autograd_core.replay.verify import ReplayMismatchError

__all__ = ["Program", "ReplayMismatchError", "compile_"]
