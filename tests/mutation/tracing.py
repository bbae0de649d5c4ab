"""Faults in traced functions: in what varies, in what a trace sees, and in which trace a call takes."""

from __future__ import annotations

from collections.abc import Sequence

from tests.mutation.fault import Fault, rewrite

ROOM = "autograd_core.tracing."
ARGUMENTS = ["tests/tracing/test_arguments.py"]
GUARDS = ["tests/tracing/test_guards.py"]
OUTSIDE = ["tests/tracing/test_outside.py"]
UNSEEN = ["tests/tracing/test_unseen.py"]
REFUSED = ["tests/tracing/test_refused.py"]
MAPPED = ["tests/tracing/test_mapped.py"]
DERIVATIVES = ["tests/tracing/test_derivatives.py"]


def in_room(module: str, function: str, old: str, new: str, tests: Sequence[str]) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, tests)


TRACING = (
    in_room("arguments", "_once_each", "len(set(values)) == len(values)", "True", ARGUMENTS),
    in_room("arguments", "is_float", "numpy.floating", "numpy.float64", ARGUMENTS),
    in_room("arguments", "_add_fixed", "float(argument).hex()", "float(argument)", ARGUMENTS),
    in_room("arguments", "_add_fixed", "key += (kind, argument)", "key += (argument,)", ARGUMENTS),
    in_room("trace", "Trace._first_difference", "own != other", "own == other", GUARDS),
    in_room("traced_function", "TracedFunction.__call__", "or not found.trace.guards", "or True", GUARDS),
    in_room("trace", "Trace.leaves", "next(following) if isinstance(number, Value) else number", "number", OUTSIDE),
    in_room("recorded", "_sorted_out", "Value(node.data, node.label) if node.operands else node", "node", OUTSIDE),
    in_room("watch", "_Watched._show", "if not any(watch is own for own in here):", "if False:", UNSEEN),
    in_room("watch", "_Watched._is_to_record", "and frame.f_code.co_name not in SHOWING", "", UNSEEN),
    in_room("recorded", "_Notes.undo", "setattr(node, attribute, old)", "pass", UNSEEN),
    in_room("recorded", "_check_unchanged", "key != key_now or ", "", REFUSED),
    in_room("randomness", "generators_of", "found = [*arguments, f]", "found = []", REFUSED),
    in_room("mapped_rows", "_once_each", "if slot in known:", "if False:", MAPPED),
    rewrite(
        "autograd_core.derivatives.replayed", "call_of", "and list(positions) == sorted(positions)", "", DERIVATIVES
    ),
    rewrite("autograd_core.derivatives.replayed", "call_of", "moved(len(instance))", "moved(0)", DERIVATIVES),
)
