"""A program's text under pdb: each line is a stop, and a backward line changes the gradients that it names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import autograd_core as ag
import nn

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

PROMPT = "(Pdb) "
NEURON = """\
w, x, b, t = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.25, "b"), ag.Value(1.0, "t")
s = ag.dot([w], [x], b)
o = ag.tanh(s)
error = nn.losses.squared_error(o, t)
ag.label(s=s, o=o, error=error)
program = ag.compile(error, inputs=[x, t], parameters=[w, b])
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that runs the neuron's program, at other numbers than recorded, under pdb."""
    path = tmp_path / "neuron.py"
    imports = "import pdb\nimport autograd_core as ag\nimport nn\n"
    path.write_text(f"{imports}{NEURON}pdb.runcall(program.as_function(), 3.0, -1.0, 0.25, 0.125)\n")
    return path


def neuron() -> ag.Program:
    names = {"ag": ag, "nn": nn}
    exec(NEURON, names)
    program = names["program"]
    assert isinstance(program, ag.Program)
    return program


def test_next_goes_through_the_text_line_by_line(file: Path) -> None:
    source = neuron().source().splitlines()
    start = next(number for number, line in enumerate(source) if line.startswith("def program("))
    lines = [line.strip() for line in source[start + 1 :]]
    lines = [line for line in lines if line and not line.startswith("#")]
    with Terminal(file, PROMPT) as terminal:
        stops = [terminal.read()]
        while lines[-1] not in stops[-1]:
            stops.append(terminal.command("n"))
        assert [stop.splitlines()[-1] for stop in stops] == [f"-> {line}" for line in lines]
        assert all("<replayed program" in stop for stop in stops)
        terminal.type("c\n")
        assert terminal.ends()[0] == 0


def test_list_shows_the_text(file: Path) -> None:
    source = neuron().source().splitlines()
    with Terminal(file, PROMPT) as terminal:
        terminal.read()
        shown = terminal.command(f"list 1, {len(source)}").splitlines()
    shown = [line for line in shown if line != "[EOF]"]
    assert [line.partition("\t")[2].rstrip() for line in shown] == source
    assert [int(line.split()[0]) for line in shown] == list(range(1, len(source) + 1))


def test_a_backward_line_passes_the_gradient_on(file: Path) -> None:
    w, x, b, t = ag.Value(0.25, "w"), ag.Value(3.0, "x"), ag.Value(0.125, "b"), ag.Value(-1.0, "t")
    s = ag.dot([w], [x], b)
    nn.losses.squared_error(ag.tanh(s), t).backward()
    with Terminal(file, PROMPT) as terminal:
        stop = terminal.read()
        while "d_w =" not in stop:
            stop = terminal.command("n")
        assert terminal.command("p s") == f"{s.data!r}\n"
        assert terminal.command("p d_s") == f"{s.grad!r}\n"
        terminal.command("n")
        assert terminal.command("p d_w") == f"{w.grad!r}\n"
        while "return" not in stop:
            stop = terminal.command("n")
        assert terminal.command("p d_x, d_s, d_t") == f"({x.grad!r}, {b.grad!r}, {t.grad!r})\n"


def test_a_number_changed_on_the_way_counts(file: Path) -> None:
    """What a reader tries: set an upstream gradient by hand, and see it passed on."""
    with Terminal(file, PROMPT) as terminal:
        stop = terminal.read()
        while "d_w =" not in stop:
            stop = terminal.command("n")
        terminal.command("d_s = 1.0")
        while "return" not in stop:
            stop = terminal.command("n")
        assert terminal.command("p d_w, d_x") == "(3.0, 0.25)\n"
