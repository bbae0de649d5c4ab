"""README says what is so: its picture, its transcripts, its commands, and where things are."""

from __future__ import annotations

import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import autograd_core as ag
import nn
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def test_picture_shows_the_numbers_of_the_code_beside_it() -> None:
    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    s = ag.dot([w], [x], b)
    o = ag.tanh(s)
    loss = nn.losses.squared_error(o, 1.0)
    loss.backward()
    picture = (ROOT / "notebooks" / "neuron_with_loss.svg").read_text(encoding="utf-8")
    texts = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture)]
    for node in (w, x, b, s, o, loss):
        assert any(f"grad {node.grad:.4g}" in text for text in texts), node
        for derivative in node.local_derivatives:
            assert derivative is None or any(text.endswith(f" {derivative:.4g}") for text in texts), (node, derivative)


def test_picture_of_a_network_is_that_of_the_code_beside_it() -> None:
    model = nn.MLP(2, [3, 1], output_activation="sigmoid", seed=1)
    loss = nn.losses.squared_error(model([1.0, -0.5]), 1.0)
    loss.backward()
    drawn = ag.draw(loss, highlight=model.layers[0].neurons[1].weights[0]).svg()
    picture = (ROOT / "notebooks" / "network.svg").read_text(encoding="utf-8")
    assert re.findall("<text.*?</text>", picture) == re.findall("<text.*?</text>", drawn)


NEURON = """
import autograd_core as ag
import nn

w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
s = ag.dot([w], [x], b)
o = ag.tanh(s)
loss = nn.losses.squared_error(o, 1.0)
ag.label(s=s, o=o, loss=loss)
with ag.break_at("s"):
    loss.backward()
"""


def test_pdb_prints_what_the_transcript_shows(tmp_path: Path) -> None:
    """All but the lines that say where a file is, and comments."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, *turns = readme.partition("```pdb\n")[2].partition("```")[0].split("(Pdb) ")
    program = tmp_path / "neuron.py"
    program.write_text(NEURON, encoding="utf-8")
    assert turns[-1] == "continue\n"

    def lines(text: str) -> list[str]:
        return [line.partition("  #")[0] for line in text.splitlines() if not line.startswith("> ")]

    with Terminal(program, "(Pdb) ") as pdb:
        assert lines(pdb.read()) == lines(first)[1:]
        for turn in turns[:-1]:
            command, *printed = turn.splitlines()
            assert lines(pdb.command(command)) == printed, command
        pdb.type("continue\n")
        assert pdb.ends()[0] == 0


def test_commands_do_what_is_said_one_after_the_other_in_a_fresh_folder(tmp_path: Path) -> None:
    """Each command of the first part, with a table under the name that stands for one."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## As a library")[0]
    shutil.copy(str(files("nn.datasets").joinpath("iris.csv")), tmp_path / "FILE.csv")
    fence = re.findall(r"&& (python -m nn [^#\n]*)", readme)
    inline = [" ".join(command.split()) for command in re.findall(r"`(python -m (?:nn|autograd_core) [^`]+)`", readme)]
    assert len(fence) == 1
    assert len(inline) >= 4
    for command in [*fence, *inline]:
        arguments = [sys.executable, *shlex.split(command.replace("COLUMN", "species"))[1:]]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout
        if "penguins" in command:
            found = re.search(r"R\^2 ([\d.]+)$", done.stdout)
            assert found
            assert 0.84 < float(found[1]) < 0.88
    written = {"model.json", "model.svg", "penguins.json", "penguins.svg", "mine.json", "mine.svg"}
    assert {path.name for path in tmp_path.iterdir()} == {"FILE.csv", *written}


def test_the_files_that_it_names_are_there() -> None:
    """The names in a row's first cell; those after the first one are in the same folder."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert len(rows) > 10
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        folder = (ROOT / first).parent
        stem = Path(first).with_suffix("").name
        for path in (ROOT / first, *[_named_beside(folder, stem, other) for other in others]):
            assert path.exists(), f"{path} is not there"


def _named_beside(folder: Path, stem: str, name: str) -> Path:
    """A suffix alone stands for the same name with another suffix, a path for itself."""
    if name.startswith("."):
        return folder / f"{stem}{name}"
    return ROOT / name if "/" in name else folder / name


def test_the_files_that_contributors_are_sent_to_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w.]+/[\w./]+)`", text)
    assert len(named) >= 8
    for name in named:
        assert (ROOT / name).exists(), f"CONTRIBUTING.md names {name}, which is not there"
