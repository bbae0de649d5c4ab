"""The terminal stepper: what it shows, that it keeps the gradients of the moment, and that it takes any input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_core as ag
import nn
from autograd_core.stepping.terminal import _COMMANDS
from tests.support.graphs import bits, graphs, numbers, set_gradients
from tests.support.work import counting_calls

if sys.platform != "win32":
    from tests.support.terminal import Terminal

needs_pseudo_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

PROMPT = "(backprop) "


def session(root: ag.Value, *commands: str, seed: float = 1.0) -> list[str]:
    """What each command prints, as one text each; the first is the greeting."""
    with pytest.MonkeyPatch.context() as patch:
        output = Output()
        patch.setattr(sys, "stdout", output)
        ag.debug(root, seed, commands=commands)
    texts = "".join(output.written).split(PROMPT)
    return [text if index == 0 else text.partition("\n")[2] for index, text in enumerate(texts)]


class Output:
    """A stream that keeps what is written, and knows every character."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)

    def flush(self) -> None:
        pass


def neuron() -> ag.Value:
    """A neuron and its loss, everything labelled."""
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    s = ag.dot([w], [x], b)
    o = ag.tanh(s)
    loss: ag.Value = nn.losses.squared_error(o, 1.0)
    ag.label(s=s, o=o, loss=loss)
    return loss


def network() -> ag.Value:
    model = nn.MLP(2, [3, 1], seed=1)
    loss: ag.Value = nn.losses.squared_error(model([ag.Value(0.4, "x.0"), ag.Value(0.2, "x.1")]), 1.0)
    return loss


# -- gradients ------------------------------------------------------------------------------------------------------

moves = st.one_of(
    st.sampled_from(["step", "next", "layer", "continue", "restart", "back", "", "s", "n", "c", "break nonfinite"]),
    st.integers(1, 12).map(lambda count: f"step {count}"),
    st.integers(1, 12).map(lambda count: f"back {count}"),
    st.integers(1, 9).map(lambda number: f"break #{number}"),
    st.integers(1, 9).map(lambda number: f"print #{number}"),
    st.sampled_from(["break op tanh", "clear", "list", "where", "info", "print", "explain root", "break op +"]),
)


@given(graphs(), numbers, st.lists(numbers, min_size=4, max_size=4), st.lists(moves, max_size=12))
def test_after_any_walk_the_gradients_are_those_of_so_many_steps(
    root: ag.Value, seed: float, leaf_gradients: list[float], walk: list[str]
) -> None:
    nodes = set_gradients(root, leaf_gradients)
    *_, information, _ = session(root, *walk, "info", seed=seed)
    reached = bits(nodes)
    taken = int(information.partition(" of ")[0].replace(",", ""))

    set_gradients(root, leaf_gradients)
    steps = ag.backward_steps(root, seed)
    for _ in islice(steps, taken):
        pass
    if "The pass is done" in information:
        assert list(steps) == []
    assert bits(nodes) == reached


def test_taking_all_steps_is_backward() -> None:
    root, twin = network(), network()
    session(root, "continue")
    twin.backward()
    assert [node.grad for node in ag.topological_order(root)] == [node.grad for node in ag.topological_order(twin)]


def test_gradients_from_before_are_added_to_shown_and_given_back() -> None:
    loss, twin = neuron(), neuron()
    w, of_twin = ag.leaves(loss)[0], ag.leaves(twin)[0]
    w.grad = of_twin.grad = 0.25
    twin.backward()
    greeting, _, complete, _, restored, _ = session(loss, "continue", "print w", "restart", "print w")
    assert f"grad {of_twin.grad!r}, complete: 1 contribution; 0.25 of it is from before the session" in complete
    assert "grad 0.25, from before the session" in restored
    assert w.grad == 0.25
    assert greeting == "Backprop of loss, one edge at a time: 5 steps, 6 nodes. Type help for the commands.\n"


def test_leaving_half_way_leaves_the_gradients_of_the_moment() -> None:
    loss = neuron()
    assert session(loss, "step 2")[-1] == "Stopped after step 2 of 5; the gradients are those of this moment.\n"
    w, x, b, s, o, _ = ag.topological_order(loss)
    assert (o.grad != 0.0, s.grad != 0.0, w.grad, x.grad, b.grad) == (True, True, 0.0, 0.0, 0.0)
    loss.backward()  # a session that was left does not disturb the next pass
    assert w.grad == pytest.approx(-2.594184, rel=1e-6)


@pytest.mark.parametrize("root", [1.0, None, "x", [ag.Value(1.0)]])
def test_a_root_that_is_no_value_is_refused(root: object) -> None:
    with pytest.raises(TypeError, match="starts at a Value"):
        ag.debug(root, commands=[])  # type: ignore[arg-type]


# -- what it shows --------------------------------------------------------------------------------------------------


def test_moving_shows_each_step_under_its_node_and_layer() -> None:
    shown = session(network(), "layer", "layer", "next", "back 2")
    assert shown[1].startswith("root = squared_error(o, 1) passes its gradient 1 on\n   1/26  o.grad += ")
    assert shown[2].startswith("layers.1:\no in layers.1.neurons.0 passes its gradient -1.897 on\n   2/26  ")
    assert shown[3].startswith("layers.0:\ntanh(s₃) passes its gradient ")
    assert shown[4].startswith(
        "   9/26  undone: s₃.grad is 0 again\n   8/26  undone: layers.1.neurons.0.bias.grad is 0 again\n"
    )


def test_a_shared_node_shows_how_its_gradient_accumulates() -> None:
    x = ag.Value(3.0, "x")
    shown = session(x * x, "step 2", "back", "print x")
    assert "x.grad += upstream 1 × local 3 (the other factor x) → 3 (1 of 2 contributions)\n" in shown[1]
    assert "x.grad += upstream 1 × local 3 (the other factor x) → 3 + 3 = 6 (2 of 2 contributions)\n" in shown[1]
    assert shown[2] == "  2/2  undone: x.grad is 3 again\n"
    assert "  grad 3.0, not complete: 1 of 2 contributions so far\n" in shown[3]


def test_a_node_with_its_edges() -> None:
    assert session(neuron(), "next", "next", "step", "print s")[4].splitlines() == [
        "s = w·x + b = 0.5·2 + (-0.7) = 0.3000; node #4 of 6",
        "  data 0.30000000000000004",
        "  grad -1.2970920454518038, complete: 1 contribution",
        "  it gets, from",
        "    o  step 2: upstream (-1.417) × local 0.9151 (the activation's derivative tanh′(s)) = -1.297",
        "  it passes on, to",
        "    w  step 3: upstream (-1.297) × local 2 (the input x) = -2.594",
        "    x  step 4: local 0.5 (the weight w), not yet",
        "    b  step 5: local 1 (a bias's input is always 1), not yet",
    ]


def test_the_present_node_is_shown_without_a_name() -> None:
    shown = session(neuron(), "print", "next", "print", "where", "explain", "continue", "print")
    assert [shown[index].partition(" ")[0] for index in (1, 3, 4, 7)] == ["loss", "o", "o", "loss"]
    assert "∂loss/∂o" in shown[5]


def test_the_list_marks_what_comes_next() -> None:
    shown = session(neuron(), "step", "list", "list 2")
    assert shown[2].splitlines() == [
        "    #6      loss  data     0.5022  grad 1, the seed",
        "  → #5      o     data     0.2913  grad -1.417",
        "    #4      s     data     0.3000  grad not yet",
        "    #3      b     data       -0.7  grad not yet",
        "    #2      x     data          2  grad not yet",
        "    #1      w     data        0.5  grad not yet",
    ]
    assert shown[3].splitlines()[-1] == "  … 4 nodes after these …"


def test_where_follows_the_gradient_down_from_the_root() -> None:
    shown = session(neuron(), "step 2", "where w", "where loss")
    assert shown[2].splitlines() == [
        "w = 0.5; node #1, 6 of 6 in the pass",
        "1 path leads to it from loss:",
        "  loss.grad = 1, the seed",
        "  o.grad += upstream 1 × local (-1.417) (the loss's derivative ∂loss/∂o) → -1.417",
        "  s.grad += upstream (-1.417) × local 0.9151 (the activation's derivative tanh′(s)) → -1.297",
        "  w.grad += upstream (-1.297) × local 2 (the input x) → -2.594, not yet",
    ]
    assert shown[3].endswith("It is the root: the pass starts here.\n")


def test_where_takes_the_way_that_brings_most() -> None:
    x = ag.Value(3.0, "x")
    small, large = x * 2.0, x * 5.0
    ag.label(small=small, large=large)
    (shown,) = session(small + large, "where x")[1:-1]
    assert "2 paths lead to it" in shown
    assert "large.grad +=" in shown
    assert "small.grad +=" not in shown


def test_explain_is_the_explanation_of_the_whole_pass() -> None:
    loss = neuron()
    w = ag.leaves(loss)[0]
    shown = session(loss, "explain w", seed=2.0)
    assert shown[1] == f"{ag.explain(loss, w)}\nIn this pass all that times the seed 2.\n"


def test_a_gradient_of_zero_is_not_passed_on() -> None:
    x = ag.Value(-1.0, "x")
    y = x * 3.0
    y.label = "y"
    root = ag.relu(y) + x
    shown = session(root, "continue", "print y", "print x", "break y")
    assert "it passes nothing on, since its gradient is 0" in shown[2]
    assert "complete: 1 contribution" in shown[3]
    assert shown[4] == "Breakpoint y: stops after the last step\n"


def test_a_drawing_of_the_gradients_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = session(neuron(), "step", "graph", "graph half.dot", "continue", "graph done.dot")
    assert shown[2] == "drawing of 7 nodes and 6 edges: graph.svg\n"
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert session(neuron(), "graph")[1] == "drawing of 7 nodes and 6 edges: graph.svg\n"
    half, done = [(tmp_path / name).read_text(encoding="utf-8") for name in ("half.dot", "done.dot")]
    assert "-1.417" in half
    assert ("-2.594" in half, "-2.594" in done) == (False, True)


@pytest.mark.parametrize("mine", ["mine", "", "<?xml version='1.0'?><svg/>"])
def test_a_file_of_ones_own_is_not_drawn_over_unasked(
    mine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graph.svg").write_text(mine)
    refusal = "graph.svg is not a drawing of this program: say graph FILE to save to another one.\n"
    assert session(neuron(), "graph")[1] == refusal
    assert (tmp_path / "graph.svg").read_text() == mine
    session(neuron(), "graph graph.svg")  # as one says
    assert (tmp_path / "graph.svg").read_text() != mine


def test_info_tells_how_far_it_is() -> None:
    shown = session(neuron(), "info", "break s", "continue", "info", "continue", "info", seed=2.0)
    assert shown[1].splitlines() == [
        "0 of 5 steps taken; 0 of 3 nodes finished",
        "Root: loss = squared_error(o, 1) = squared_error(0.2913, 1) = 0.5022, seed 2",
        "Next, step 1: loss passes its gradient 2 × local (-1.417) (the loss's derivative ∂loss/∂o) on to o.",
        "Breakpoints: none",
    ]
    assert shown[4].startswith("2 of 5 steps taken; 2 of 3 nodes finished\n")
    assert shown[4].endswith("Breakpoints: s\n")
    assert "The pass is done. Gradients: w -5.188, x -1.297, b -2.594\n" in shown[6]


# -- breakpoints ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("breakpoint_", "stops_before"),
    [("s", [3]), ("w", [4]), ("b", []), ("loss", []), ("op tanh", [2]), ("root", []), ("#5", [2]), ("op dot", [3])],
)
def test_it_stops_where_a_gradient_is_about_to_be_passed_on(breakpoint_: str, stops_before: list[int]) -> None:
    shown = session(neuron(), f"break {breakpoint_}", *["continue"] * (len(stops_before) + 1))
    for text, step in zip(shown[2:], stops_before):
        assert f"Next, step {step}: " in text
        assert "Breakpoint " in text
    assert "The pass is done." in shown[2 + len(stops_before)]


def test_every_move_stops_at_a_breakpoint() -> None:
    for move in ("step 5", "next", "continue"):
        shown = session(neuron(), "step 2", "break w", move)
        assert shown[-2].endswith(
            "Next, step 4: s passes its gradient (-1.297) × local 0.5 (the weight w) on to x.\n"
        ), move


def test_nonfinite_stops_just_before_a_gradient_goes_wrong() -> None:
    x = ag.Value(0.0, "x")
    root = ag.sqrt(x) * 2.0 + ag.log(x)
    shown = session(root, "break nonfinite", "continue", "continue")
    assert shown[1] == "Breakpoint nonfinite: stops before step 3\n"
    assert "Next, step 3: log(x) passes its gradient 1 × local inf (the derivative of log) on to x." in shown[2]
    assert "The pass is done. Gradients: x inf" in shown[3]


def test_breakpoints_are_listed_and_removed() -> None:
    shown = session(
        neuron(), "break", "b s", "b op tanh", "break", "clear #4", "clear s", "clear op tanh", "b x", "clear"
    )
    assert shown[1] == "No breakpoints.\n"
    assert shown[4] == "s\nop tanh\n"
    assert shown[5] == "op tanh\n"
    assert shown[6] == "There is no breakpoint 's'; break lists them.\n"
    assert shown[7] == shown[9] == "No breakpoints.\n"


# -- what is typed wrongly --------------------------------------------------------------------------------------------

ANSWERS = {
    "stepp": "There is no command 'stepp'. Did you mean step?",
    "xyzzy": "There is no command 'xyzzy'. Type help for a list.",
    "#4": "There is no command '#4'. To see that node: print #4",
    "o": "There is no command 'o'. To see that node: print o",
    "!ls": "There is no command '!ls'.",
    "step x": "How many? 'x' is not a whole number from 1 on.",
    "step 0": "How many? '0' is not a whole number from 1 on.",
    "step -1": "How many? '-1' is not a whole number from 1 on.",
    "step 1.5": "How many? '1.5' is not a whole number from 1 on.",
    "step ²": "How many? '²' is not a whole number from 1 on.",
    f"step {'9' * 5000}": "How many? '9999",
    "back 99": "Cannot go back 99: 0 steps taken so far.",
    "back": "Cannot go back 1: 0 steps taken so far.",
    "next 2": "That command takes nothing after it, but there is '2'.",
    "layer": "No label tells of a layer, as layers.0.bias does; next goes on by nodes.",
    "list x": "How many? 'x' is not",
    "print los": "No node is called 'los'. Did you mean loss",
    "where tahn": "No node is called 'tahn'. Did you mean tanh?",
    "explain qqq": "No node is called 'qqq'. list shows the nodes.",
    "break los": "No node is called 'los'. Did you mean loss",
    "break op tahn": "No node is of the primitive 'tahn'. Did you mean tanh?",
    "break op": "No node is called 'op'. Did you mean o",
    "break nonfinite": "No step turns a finite gradient into nan or infinity.",
    "clear s": "There is no breakpoint 's'; break lists them.",
    "clear zz": "No node is called 'zz'",
    "graph nowhere/graph.dot": "Cannot write nowhere/graph.dot: No such file or directory",
    "graph graph.jpeg": "cannot save a drawing as 'graph.jpeg': the name must end in one of .svg",
    "help stpe": "There is no command 'stpe'. Did you mean step",
    "help qqq": "There is no command 'qqq'. Type help for a list.",
}


@pytest.mark.parametrize("command", ANSWERS, ids=lambda command: command[:20])
def test_a_command_that_cannot_be_carried_out_gets_a_line_and_the_session_goes_on(command: str) -> None:
    shown = session(neuron(), command, "step")
    assert shown[1].startswith(ANSWERS[command])
    assert shown[1].count("\n") == 1
    assert "1/5" in shown[2]


def test_without_graphviz_the_answer_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    shown = session(neuron(), f"graph {tmp_path / 'graph.svg'}", "step")
    assert shown[1].startswith("there is no Graphviz to draw pictures with.")
    assert "1/5" in shown[2]


@settings(max_examples=100)
@given(st.lists(st.text(max_size=30).map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=4))
def test_any_text_is_a_command_or_answered(lines: list[str]) -> None:
    session(neuron(), *lines)


def test_at_the_end_and_in_a_pass_without_steps() -> None:
    done = "The pass is done. Gradients: w -2.594, x -0.6485, b -1.297\n"
    assert session(neuron(), "continue", "step", "next", "continue")[2:5] == [done] * 3
    x = ag.Value(2.0, "x")
    assert session(x, "info", "list", "print", "where", "step")[5] == "The pass is done. Gradients: x 1\n"
    assert x.grad == 1.0
    assert session(x)[-1] == "Left before the first step; the gradients are those from before the session.\n"


# -- help, width, size ------------------------------------------------------------------------------------------------


def test_every_command_has_a_help() -> None:
    listed = session(neuron(), "help")[1]
    for command in _COMMANDS:
        assert re.search(rf"^  {command}\b", listed, re.MULTILINE), command
        text = session(neuron(), f"help {command}")[1]
        assert text.startswith(command)
        assert text.count("\n") >= 2
    assert session(neuron(), "?")[1] == listed
    assert session(neuron(), "help s")[1] == session(neuron(), "? step")[1] == session(neuron(), "help step")[1]


LOOKING = ["help", "info", "list", "step 9", "print", "where", "explain", "next", "back 3", "break", "info", "continue"]


@pytest.mark.parametrize("make", [neuron, network], ids=["neuron", "network"])
def test_what_it_shows_fits_100_columns(make: type) -> None:
    root = make()
    odd = [f"print #{number}" for number in range(1, 7)] + [f"where #{number}" for number in range(1, 7)]
    helps = [f"help {command}" for command in _COMMANDS]
    for label in ("", "a\nb" + "c" * 500, "<script>" * 10):
        ag.topological_order(root)[-2].label = label
        for text in session(root, *LOOKING, *odd, *helps):
            assert all(len(line) <= 100 for line in text.splitlines()), text


def test_a_node_of_a_thousand_operands_is_shown_in_a_few_lines() -> None:
    root = ag.sum([ag.Value(float(index), f"x.{index}") for index in range(1000)])
    for text in session(root, "print", "continue", "back 999", "info", "list", "where x.500", "break op sum"):
        assert text.count("\n") < 60


@pytest.mark.slow
def test_a_large_graph_is_stepped_through_without_waiting() -> None:
    w, value = ag.Value(0.99, "w"), ag.Value(0.5, "x")
    for _ in range(33_333):
        value = ag.sin(value * w)
    steps = ["continue", "back", "back 1000", "list", "print w", "where x", "print sin#5000", "layer", "break op sin"]
    shown, n_calls = counting_calls(lambda: session(value, *steps, *["step", "back"] * 50))
    assert n_calls < 12_000_000  # 10 million for 66,666 nodes: the half to recognise what they are, the half for views
    assert all(text.count("\n") < 90 for text in shown)


def test_it_is_deterministic() -> None:
    script = ["list", "continue", "back 3", "print s", "where w", "print qq", "break op tanh", "restart", "continue"]
    assert session(neuron(), *script) == session(neuron(), *script)


# -- in a process of its own: piped, and at a terminal ----------------------------------------------------------------


def piped(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograd_core", *arguments],
        input=script,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


NEURON = ("tanh(w*x+b)", "w=0.5", "x=2", "b=-1")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("--debug", *NEURON), (*NEURON, "--debug")], ids=["first", "last"])
def test_commands_can_be_piped_in(arguments: tuple[str, ...]) -> None:
    ran = piped("step\n\nprint x\nquit\n", *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "Backprop of root = tanh(s), one edge at a time: 5 steps, 6 nodes. Type help for the commands.",
        "(backprop) step",
        "root = tanh(s) passes its gradient 1 on",
        "  1/5  s.grad += upstream 1 × local 1 (the activation's derivative tanh′(s)) → 1",
        "(backprop) ",
        "s = w * x + b passes its gradient 1 on",
        "  2/5  (w * x).grad += upstream 1 × local 1 (the derivative of +) → 1",
        "(backprop) print x",
        "x = 2, a leaf; node #2 of 6",
        "  data 2.0",
        "  grad 0.0, not complete: 0 of 1 contribution so far",
        "  it gets, from",
        "    w * x  step 5: local 0.5 (the weight w), not yet",
        "(backprop) quit",
        "Stopped after step 2 of 5; the gradients are those of this moment.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("script", "done"), [("", 0), ("s", 1), ("s\n", 1), ("s\n\n\n", 3), ("c\n", 5)])
def test_the_end_of_the_input_ends_the_session(script: str, done: int) -> None:
    ran = piped(script, "--debug", *NEURON)
    assert (ran.returncode, ran.stderr) == (0, "")
    last = ran.stdout.splitlines()[-1]
    assert last.startswith({0: "Left before", 5: "The pass is done"}.get(done, f"Stopped after step {done} of 5"))


@pytest.mark.slow
def test_characters_that_the_terminal_does_not_know_are_no_error() -> None:
    ran = piped("c\nprint tanh\n", "--debug", *NEURON, PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stderr) == (0, "")
    program = "import autograd_core as ag; x = ag.Value(2.0, 'µ'); ag.debug(x * x, commands=['continue'])"
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\\xb5.grad += upstream 1 \\xd7 local 2" in printed.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--debug",), "required: FORMULA"),
        (("--debug", "x*q", "x=1"), "q has no value: say q=NUMBER"),
        (("--debug", "x", "x=1", "--wrt", "x"), "--debug goes without --wrt and --draw"),
        (("--debug", "x", "x=1", "--draw", "x.svg"), "--debug goes without --wrt and --draw"),
        (("--debug", "x", "x=1", "--page", "x.html"), "--debug goes without --page"),
        (("--debug", "x.data", "x=1"), "cannot stand in a formula"),
        (("--debug=3", "x", "x=1"), "argument --debug: ignored explicit argument '3'"),
    ],
)
def test_bad_input_gets_one_line_and_status_2(arguments: tuple[str, ...], message: str) -> None:
    ran = piped("step\n", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_whoever_reads_the_output_may_go() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-m", "autograd_core", "--debug", *NEURON],
        input=b"continue\n" * 100,
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    os.close(write)
    assert (ran.returncode, ran.stderr) == (1, b"")


PROGRAM = """
    import autograd_core as ag

    weights = [ag.Value(0.5, "layers.0.weights.0"), ag.Value(0.25, "layers.0.weights.1")]
    loss = ag.tanh(ag.dot(weights, [2.0, 3.0], ag.Value(0.1, "layers.0.bias")))
    loss.label = "loss"
    ag.debug(loss)
    print("and on:", weights[0].grad)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "stepping.py"
    path.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    return path


@needs_pseudo_terminal
def test_at_a_terminal_an_empty_line_repeats_and_the_program_goes_on(program: Path) -> None:
    with Terminal(program, PROMPT) as terminal:
        assert terminal.read().startswith("Backprop of loss, one edge at a time: 4 steps")
        assert "1/4" in terminal.command("step")
        assert "2/4" in terminal.command("")
        assert "3/4" in terminal.command("")
        assert terminal.command("back 3").endswith("gradients are those from before the session.\n")
        assert "4/4" in terminal.command("continue")
        terminal.type("q\n")
        status, text = terminal.ends()
    assert "The pass is done; the gradients are those of backward().\nand on: " in text
    assert status == 0


@pytest.mark.slow
@needs_pseudo_terminal
@pytest.mark.parametrize("keys", ["\x04", "\x03", "half a comm\x03"], ids=["Ctrl-D", "Ctrl-C", "Ctrl-C in a line"])
def test_control_keys_end_the_session_and_the_program_goes_on(keys: str, program: Path) -> None:
    with Terminal(program, PROMPT) as terminal:
        terminal.read()
        terminal.command("step")
        time.sleep(0.3)  # readline shows its prompt just before it listens to Ctrl-C
        terminal.type(keys)
        status, text = terminal.ends()
    assert "Stopped after step 1 of 4; the gradients are those of this moment.\nand on: 0.0\n" in text
    assert "Traceback" not in text
    assert status == 0


@needs_pseudo_terminal
def test_control_c_interrupts_a_command_and_the_session_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text(
        "import signal\n"
        "import autograd_core as ag\n"
        "import autograd_core.stepping.terminal\n"
        "def explain(*_, **__):\n"
        "    print('explaining', flush=True)\n"
        "    signal.pause()\n"
        "autograd_core.stepping.terminal.explain = explain\n"
        "x = ag.Value(2.0, 'x')\n"
        "ag.debug(x * x)\n",
        encoding="utf-8",
    )
    with Terminal(path, PROMPT) as terminal:
        terminal.read()
        terminal.command("step")
        terminal.type("explain x\n")
        terminal.read("explaining\n")
        terminal.type("\x03")
        assert terminal.read().endswith("Interrupted.\n")
        assert "2/2" in terminal.command("step")


@pytest.mark.slow
@needs_pseudo_terminal
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("prin\t", "print "),
        ("print layers.0.b\t", "print layers.0.bias"),
        ("print layers.0.weights.\t1", "print layers.0.weights.1"),
        ("p lo\t", "p loss"),
        ("break no\t", "break nonfinite"),
        ("break op ta\t", "break op tanh"),
        ("explain layers.0.bi\t", "explain layers.0.bias"),
        ("help whe\t", "help where"),
        ("where (0.5\t", "where (0.5"),
    ],
)
def test_tab_completes_commands_and_labels(keys: str, line: str, program: Path) -> None:
    pytest.importorskip("readline", reason="this Python has no readline, which completes lines")
    with Terminal(program, PROMPT) as terminal:
        terminal.read()
        terminal.type(keys)
        terminal.type("\n")
        echoed = terminal.read().partition("\n")[0]
    assert echoed.replace("\a", "").rstrip() == line.rstrip()


@needs_pseudo_terminal
def test_tab_completes_a_formula_of_several_words(tmp_path: Path) -> None:
    pytest.importorskip("readline", reason="this Python has no readline, which completes lines")
    path = tmp_path / "formula.py"
    path.write_text(
        "import autograd_core as ag\na, x = ag.Value(2.0, 'a'), ag.Value(3.0, 'x')\nag.debug(ag.square(a * x + 1.0))\n",
        encoding="utf-8",
    )
    with Terminal(path, PROMPT) as terminal:
        terminal.read()
        terminal.type("print a * x + \t\n")
        text = terminal.read()
    assert text.partition("\n")[0].replace("\a", "").rstrip() == "print a * x + 1"
    assert "node #4 of 5" in text


def test_importing_the_package_does_not_load_readline() -> None:
    program = "import sys, autograd_core; print('readline' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert ran.stdout == "False\n"
