"""backward() under a debugger: each stop in the inner loop shows one node and one edge, by name."""

from __future__ import annotations

import bdb
import contextlib
import inspect
import io
import pdb

import pytest

from autograd_core import Value, backward
from tests.support.loop import inner_line

pytestmark = pytest.mark.slow


def session(commands: list[str], root: Value) -> str:
    """What pdb prints while root.backward() runs, with a breakpoint in the inner loop and these commands typed in."""
    commands = [f"b {inspect.getsourcefile(backward.backward)}:{inner_line()}", "c", *commands, "q", ""]
    printed = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("\n".join(commands)), stdout=printed, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.prompt = ""
    with contextlib.suppress(bdb.BdbQuit):  # how q leaves a program that is still running
        debugger.run("root.backward()", {}, {"root": root})
    return printed.getvalue()


def test_each_stop_in_the_inner_loop_is_one_edge_of_the_chain_rule() -> None:
    w, x = Value(3.0, "w"), Value(2.0, "x")
    product = w * x
    product.label = "product"
    root = product * product
    root.label = "root"
    show = "p (node.label, operand.label, upstream, local_derivative, operand.grad)"
    printed = session([show, "c"] * 4, root)
    shown = [line for line in printed.splitlines() if line.startswith("(")]
    assert shown == [
        "('root', 'product', 1.0, 6.0, 0.0)",
        "('root', 'product', 1.0, 6.0, 6.0)",
        "('product', 'w', 12.0, 2.0, 0.0)",
        "('product', 'x', 12.0, 3.0, 0.0)",
    ]
    assert (w.grad, x.grad) == (24.0, 36.0)


def test_locals_are_few_and_named_after_the_chain_rule() -> None:
    x = Value(2.0, "x")
    root = x * x
    printed = session(["p sorted(locals())", "p node", "p operand"], root)
    assert "['edges', 'local_derivative', 'node', 'nodes', 'operand', 'order', 'root', 'seed', 'upstream']" in printed
    assert "Value(data=4, grad=1, op='*', label='')" in printed
    assert "Value(data=2, grad=0, op=None, label='x')" in printed


def test_next_steps_from_edge_to_edge() -> None:
    """With `n` alone, from one contribution to the next takes as many steps as the loop has lines."""
    x = Value(2.0, "x")
    root = x * x
    printed = session(["p operand.grad", "n", "n", "n", "p operand.grad"], root)
    assert [line for line in printed.splitlines() if line in ("0.0", "2.0")] == ["0.0", "2.0"]
