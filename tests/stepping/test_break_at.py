"""break_at: breakpoint() at a node of the backward pass, nothing otherwise, and a place worth stopping at."""

from __future__ import annotations

import inspect
import math
import sys
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
from autograd_core import backward as backward_module
from autograd_core.contexts import backward_observers

if sys.platform != "win32":
    from tests.support.terminal import Terminal

needs_pseudo_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The local variables of each loop that called breakpoint()."""
    seen: list[dict[str, Any]] = []

    def hook() -> None:
        frame = inspect.currentframe()
        assert frame is not None
        assert frame.f_back is not None
        assert frame.f_back.f_code.co_name in ("backward", "pull_back"), "not in the loop itself"
        seen.append(dict(frame.f_back.f_locals))

    monkeypatch.setattr(sys, "breakpointhook", hook)
    return seen


def neuron_and_loss() -> tuple[ag.Value, ag.Value, ag.Value]:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.8, "b")
    s = ag.dot([w], [x], b)
    s.label = "s"
    loss = ag.square(ag.tanh(s) - 1.0)
    loss.label = "loss"
    return loss, s, w


@pytest.mark.parametrize(
    ("target", "stopped_at"),
    [
        (lambda loss, s, w: s, ["s"]),
        (lambda loss, s, w: "s", ["s"]),
        (lambda loss, s, w: "dot", ["s"]),
        (lambda loss, s, w: ag.square, ["loss"]),
        (lambda loss, s, w: w, ["w"]),
        (lambda loss, s, w: None, ["loss", "", "", "s", "b", "x", "w"]),
    ],
    ids=["value", "label", "name of a primitive", "primitive", "leaf", "any"],
)
def test_stops_at_the_target_in_the_order_of_the_pass(
    target: Callable[..., Any], stopped_at: list[str], stops: list[dict[str, Any]]
) -> None:
    loss, s, w = neuron_and_loss()
    with ag.break_at(target(loss, s, w)):
        loss.backward()
    assert [stop["node"].label for stop in stops] == stopped_at


def test_at_the_next_line_the_loops_own_names_are_those_of_the_first_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    loss, s, w = neuron_and_loss()
    seen: list[dict[str, Any]] = []

    def next_line(frame: Any, event: str, argument: Any) -> None:
        seen.append(dict(frame.f_locals))
        sys.settrace(None)
        frame.f_trace = None

    def debugger() -> None:
        frame = inspect.currentframe()
        assert frame is not None
        assert frame.f_back is not None
        frame.f_back.f_trace = next_line
        sys.settrace(lambda *_: None)

    monkeypatch.setattr(sys, "breakpointhook", debugger)
    before = sys.gettrace()
    try:
        with ag.break_at(s):
            loss.backward()
    finally:
        sys.settrace(before)
    (names,) = seen
    assert names["node"] is s
    assert names["operand"] is w
    assert (names["upstream"], names["local_derivative"]) == (s.grad, 2.0)
    assert len(names) <= 9
    assert all(len(repr(value)) < 250 for name, value in names.items() if name not in ("nodes", "edges", "order"))


def test_it_stops_at_a_node_that_has_no_gradient_to_pass_on(stops: list[dict[str, Any]]) -> None:
    x = ag.Value(2.0, "x")
    with ag.break_at("square"):
        (ag.square(x) * 0.0).backward()
    assert len(stops) == 1


def test_it_stops_before_the_gradient_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    loss, s, w = neuron_and_loss()
    seen: list[tuple[float, float]] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: seen.append((s.grad, w.grad)))
    with ag.break_at(s):
        loss.backward()
    assert seen == [(s.grad, 0.0)]
    assert w.grad == s.grad * 2.0


def test_nonfinite_stops_where_a_gradient_goes_wrong_and_not_at_a_pole_that_is_masked(
    stops: list[dict[str, Any]],
) -> None:
    x = ag.Value(0.0, "x")
    pole = ag.sqrt(x)
    with ag.break_at(when="nonfinite"):
        (pole * 0.0 + x).backward()
    assert stops == []
    assert x.grad == 1.0
    with ag.break_at(when="nonfinite"):
        (pole * 2.0).backward()
    assert [stop["node"] for stop in stops] == [pole, x]
    assert stops[0]["upstream"] == 2.0
    assert pole.local_derivatives == (math.inf,)


def test_a_function_decides(stops: list[dict[str, Any]]) -> None:
    loss, *_ = neuron_and_loss()
    with ag.break_at(when=lambda node, upstream: node.op is not None and upstream < 0.0):
        loss.backward()
    assert [stop["node"].op.name for stop in stops] == ["-", "tanh", "dot"]


@pytest.mark.parametrize("error", [KeyError, StopIteration, GeneratorExit, KeyboardInterrupt])
def test_an_error_of_that_function_ends_the_pass_and_not_in_silence(error: type[BaseException]) -> None:
    def decide(node: ag.Value, upstream: float) -> bool:
        raise error

    loss, *_ = neuron_and_loss()
    with pytest.raises(RuntimeError if error is StopIteration else error), ag.break_at(when=decide):
        loss.backward()


def test_derivatives_without_grad_are_watched_too(stops: list[dict[str, Any]]) -> None:
    x = ag.Value(2.0, "x")
    y = ag.square(x)
    with ag.break_at("square"):
        ag.gradients(y * 3.0, [x])
    assert stops[0]["upstream"] == 3.0
    assert stops[0]["node"] is y
    assert y.grad == 0.0


def test_contexts_nest_and_nothing_is_left_behind(stops: list[dict[str, Any]]) -> None:
    loss, *_ = neuron_and_loss()
    with ag.break_at("s"), ag.break_at("tanh"):
        loss.backward()
    with pytest.raises(KeyError), ag.break_at("s"):
        raise KeyError
    assert [stop["node"].op.name for stop in stops] == ["tanh", "dot"]
    assert backward_observers() == []
    loss.backward()
    assert len(stops) == 2


def test_gradients_are_the_same_with_and_without(stops: list[dict[str, Any]]) -> None:
    loss, _, w = neuron_and_loss()
    loss.backward()
    plain, w.grad = w.grad, 0.0
    with ag.break_at():
        loss.backward()
    assert w.grad == plain


def test_a_name_that_no_node_has_is_said_at_the_end_with_near_ones() -> None:
    loss, *_ = neuron_and_loss()
    message = r"break_at\('tahn'\): no node has that .* Did you mean tanh\?"
    with pytest.warns(UserWarning, match=message) as caught, ag.break_at("tahn"):
        loss.backward()
    assert caught[0].filename == __file__
    with warnings.catch_warnings(), ag.break_at("tahn"):
        pass  # no pass, no verdict


@pytest.mark.parametrize("target", [1.0, ["s"], math.sin, ag.Value, ag.Value(1.0) > 0.0])
def test_a_target_of_another_kind_is_refused(target: Any) -> None:
    with pytest.raises(TypeError, match="a Value, a label or a primitive"), ag.break_at(target):
        pass


def test_an_unknown_condition_is_refused() -> None:
    with pytest.raises(ValueError, match='"grad", "nonfinite" or a function'), ag.break_at("s", when="nan"):
        pass


def test_pythonbreakpoint_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONBREAKPOINT", "0")
    loss, *_ = neuron_and_loss()
    with ag.break_at():
        loss.backward()


# -- in pdb, at a terminal ------------------------------------------------------------------------------------------

PROGRAM = """
    import autograd_core as ag

    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.8, "b")
    s = ag.dot([w], [x], b)
    s.label = "s"
    loss = ag.square(ag.tanh(s) - 1.0)
    {call}
    print("w.grad is", w.grad)
"""


def program(directory: Path, call: str) -> Path:
    path = directory / "neuron.py"
    path.write_text(textwrap.dedent(PROGRAM).replace("{call}", call), encoding="utf-8")
    return path


def expected_gradients() -> tuple[float, float]:
    loss, s, w = neuron_and_loss()
    loss.backward()
    return s.grad, w.grad


@pytest.mark.slow
@needs_pseudo_terminal
def test_pdb_stops_shows_the_numbers_and_steps_on_along_the_edges(tmp_path: Path) -> None:
    upstream, w_gradient = expected_gradients()
    with Terminal(program(tmp_path, "with ag.break_at('s'): loss.backward()"), "(Pdb) ") as terminal:
        arrival = terminal.read()
        assert arrival.endswith("backward()\n-> if local_derivative is not None:\n")
        assert terminal.command("p node") == f"Value(data=0.2, grad={upstream:.6g}, op='dot', label='s')\n"
        assert terminal.command("p operand.label, upstream, local_derivative") == f"('w', {upstream!r}, 2.0)\n"
        assert terminal.command("n").endswith("-> operand.grad += upstream * local_derivative\n")
        assert terminal.command("p operand.grad") == "0.0\n"
        terminal.command("n")
        assert terminal.command("p node.operands[0].grad") == f"{w_gradient!r}\n"
        terminal.type("c\n")
        status, text = terminal.ends()
    assert f"w.grad is {w_gradient!r}" in text
    assert status == 0


@pytest.mark.slow
@needs_pseudo_terminal
def test_a_breakpoint_inside_backward_itself_needs_nothing_of_ours(tmp_path: Path) -> None:
    upstream, w_gradient = expected_gradients()
    lines, first = inspect.getsourcelines(backward_module.backward)
    inner = [first + offset for offset, line in enumerate(lines) if line.strip() == INNER_LINE][-1]
    with Terminal(program(tmp_path, "loss.backward()"), "(Pdb) ", "-m", "pdb") as terminal:
        terminal.read()
        terminal.command(f"b {backward_module.__file__}:{inner}, operand.label == 'w'")
        assert terminal.command("c").endswith(f"-> {INNER_LINE}\n")
        assert terminal.command("p node.label, operand.label") == "('s', 'w')\n"
        assert terminal.command("p upstream, local_derivative") == f"({upstream!r}, 2.0)\n"
        assert terminal.command("p operand") == "Value(data=0.5, grad=0, op=None, label='w')\n"
        terminal.command("n")
        assert terminal.command("p node.operands[0].grad") == f"{w_gradient!r}\n"
        terminal.type("q\n")
        assert terminal.ends()[0] == 0


INNER_LINE = "operand.grad += upstream * local_derivative"
