"""What reaches a terminal: as wide as it is, coloured where it can be, with short names, and a small graph drawn."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

import autograd_core as ag
from autograd_core.stepping.screen import Painted, Screen
from tests.stepping.test_terminal import PROMPT, needs_pseudo_terminal, network, neuron, session

if sys.platform != "win32":
    from tests.support.terminal import ESCAPE_SEQUENCE, Terminal

PROGRAM = """
import autograd_core as ag, nn
model = nn.MLP(2, [3, 1], seed=1)
ag.debug(nn.losses.squared_error(model([ag.Value(0.4, "x.0"), ag.Value(0.2, "x.1")]), 1.0))
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


@needs_pseudo_terminal
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_are_as_wide_as_the_terminal(columns: int, program: Path) -> None:
    with Terminal(program, PROMPT, columns=columns) as terminal:
        terminal.read()
        text = terminal.command("continue")
        text += terminal.command("explain layers.0.neurons.1.weights.0")
        steps = [line for line in text.splitlines() if re.match(r" +\d+/26  ", line)]
    assert all(len(line) <= columns for line in text.splitlines())
    assert len(steps) == 20
    assert all("→" in line for line in steps) == (columns >= 80), "a step is one line"
    assert max(map(len, text.splitlines())) > columns * 3 // 4


@needs_pseudo_terminal
def test_kinds_are_coloured_where_the_terminal_has_colours(program: Path) -> None:
    with Terminal(program, PROMPT, kind="xterm", columns=120) as terminal:
        terminal.read()
        first, second = terminal.command("step"), terminal.command("")
        terminal.command("explain layers.0.neurons.1.weights.0")
        raw = terminal.raw
    assert "\x1b[35mlocal (-1.897) (the loss's derivative ∂root/∂o)\x1b[0m" in raw
    for code, name in (("34", "layer input"), ("32", "weight passed"), ("33", "activation derivative")):
        assert f"\x1b[{code}m{name}\x1b[0m" in raw
    assert "\x1b" not in first + second
    assert "1/26" in first
    assert "2/26" in second, "Enter steps"


@needs_pseudo_terminal
@pytest.mark.parametrize(("kind", "wish"), [("dumb", ""), ("xterm", "os.environ['NO_COLOR'] = '1'")])
def test_there_are_no_colours_where_none_are_wanted(kind: str, wish: str, program: Path) -> None:
    program.write_text(f"import os\n{wish}\n{PROGRAM}", encoding="utf-8")
    with Terminal(program, PROMPT, kind=kind, columns=100) as terminal:
        terminal.read()
        terminal.command("step")
        sequences = ESCAPE_SEQUENCE.findall(terminal.raw)
    assert not [sequence for sequence in sequences if sequence.endswith("m")]


def test_enter_steps_from_the_first_on_and_repeats_the_last_move_alone() -> None:
    shown = session(neuron(), "", "print", "", "next", "list", "")
    assert "1/5" in shown[1]
    assert "2/5" in shown[3]
    assert ["3/5" in shown[4], "5/5" in shown[4]] == [True, True]
    assert shown[6].startswith("The pass is done.")
    shown = session(neuron(), "print", "")
    assert "1/5" in shown[2]


def test_names_below_their_module_are_short() -> None:
    shown = session(network(), "layer", "layer")
    lines = shown[2].splitlines()
    assert lines[:2] == ["layers.1:", "o in layers.1.neurons.0 passes its gradient -1.897 on"]
    assert lines[2].startswith("   2/26  weights.0.grad += upstream (-1.897) × local ")
    assert all(len(line) <= 100 for line in lines)
    assert "(the weight weights.0)" in shown[2]
    assert "layers.1.neurons.0.weights" not in shown[2]


class Colored(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def written(line: Painted, **environment: str) -> str:
    """What a terminal of 50 columns gets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NO_COLOR", raising=False)
        for name, value in {"TERM": "xterm", "COLUMNS": "50", **environment}.items():
            patch.setenv(name, value)
        Screen(stream := Colored()).say(line)
    return stream.getvalue()


def test_colours_change_no_character_and_nothing_steers_the_terminal() -> None:
    line = Painted("\x1b[2J is spelled out, and " + "word " * 20 + "local 2", {"local 2": "input", "\x1b[2J": "loss"})
    text = written(line)
    assert "\x1b[2J" not in text
    assert "\x1b[35m\\x1b[2J\x1b[0m" in text
    plain = re.sub(r"\x1b\[\d*m", "", text)
    assert "".join(plain.split()) == "".join(line.replace("\x1b", "\\x1b").split())
    assert max(map(len, plain.splitlines())) <= 50
    assert written(line, NO_COLOR="1") == written(line, TERM="dumb") == plain


# -- a drawing ----------------------------------------------------------------------------------------------------


def test_a_small_graph_is_drawn() -> None:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    loss = (ag.tanh(w * x + b) - 1.0) ** 2
    assert session(loss, "step 3", "draw")[2].splitlines() == [
        "root = (o - 1) ** 2 = 0.5022, grad 1, the seed",
        "└─ c′ -1.417 → o - 1 = -0.7087, grad -1.417",
        "   └─ c′ 1 → o = tanh(s) = 0.2913, grad -1.417",
        "      └─ a′ 0.9151 → s = w * x + b = 0.3000, grad -1.297",
        "         ├─ ∂ 1 → w * x = 1, grad not yet",
        "         │  ├─ x 2 → w = 0.5, grad not yet",
        "         │  └─ w 0.5 → x = 2, grad not yet",
        "         └─ x 1 → b = -0.7, grad not yet",
        "Along the edges: x layer input, w weight passed, a′ activation derivative, c′ loss derivative, ∂",
        "    other.",
    ]


def test_a_shared_node_is_drawn_once_and_every_edge_is() -> None:
    x = ag.Value(3.0, "x")
    y = x * x
    y.label = "y"
    shown = session(ag.exp(y) * y, "draw", "draw y")
    lines = shown[1].splitlines()
    assert len(lines) == 7, "five edges, the root and the legend"
    assert lines[4].endswith("y = x * x = 9, grad not yet (above)") or lines[5].endswith("(above)")
    assert [line.partition(" → ")[2] for line in shown[2].splitlines()[1:3]] == ["x = 3, grad not yet"] * 2


def test_what_is_too_large_to_draw_is_said() -> None:
    shown = session(network(), "draw", "draw layers.0.neurons.0.bias")
    assert " ".join(shown[1].split()) == (
        "That takes 23 nodes, and draw shows up to 12: say draw NAME for a part, or graph FILE for a picture."
    )
    assert shown[2] == "layers.0.neurons.0.bias = 0, grad not yet\n"
