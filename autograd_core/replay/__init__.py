"""Replay: a recorded graph as a program that runs again on new numbers, vectorised.

``tape`` turns the graph into instructions and edges, ``schedule`` sorts them into groups, ``workspace`` binds those to
arrays, ``interpreter`` runs them one by one in compiled code, ``program`` is what users see of it.
"""

from autograd_core.replay.program import Program, compile_
from autograd_core.replay.verify import ReplayMismatchError

__all__ = ["Program", "ReplayMismatchError", "compile_"]
