"""README and the guides say what is so: pictures, transcripts, commands, who writes what, and where things are."""

from __future__ import annotations

import html
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

import autograd_core as ag
import nn
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
GUIDES = ROOT / "notebooks" / "site"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def guide(name: str) -> str:
    return (GUIDES / f"guide_{name}.md").read_text(encoding="utf-8")


def test_it_is_short_and_shows_a_network() -> None:
    assert len(README.splitlines()) < 200
    assert "](notebooks/network.svg)" in README


def test_links_lead_somewhere() -> None:
    """Within the repository; those of the site's other pages are checked where it is built."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *GUIDES.glob("guide_*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


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
    first, *turns = guide("stepping").partition("```text\n")[2].partition("```")[0].split("(Pdb) ")
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
    """Each command of README's first part and of the guide, with a table under the name that stands for one."""
    text = README.partition("## As a library")[0] + guide("command_line")
    shutil.copy(str(files("nn.datasets").joinpath("iris.csv")), tmp_path / "FILE.csv")
    fence = re.findall(r"&& (python -m nn [^#\n]*)", text)
    inline = [" ".join(command.split()) for command in re.findall(r"`(python -m (?:nn|autograd_core) [^`]+)`", text)]
    assert len(fence) == 1
    assert len(inline) >= 5
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
    written = {"model.json", "model.svg", "penguins.json", "penguins.svg", "mine.json", "mine.svg", "mine.c"}
    assert {path.name for path in tmp_path.iterdir()} == {"FILE.csv", *written}


def test_the_files_that_it_names_are_there() -> None:
    """The names in a row's first cell; those after the first one are in the same folder."""
    rows = [row.split("|")[1] for row in guide("where_things_are").splitlines() if row.startswith("| `")]
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


# -- who writes what -----------------------------------------------------------------------------------------------


def graph() -> tuple[ag.Value, ag.Value, ag.Value]:
    """A leaf, a node between and a root, after a first pass."""
    w = ag.Value(0.5, "w")
    s = w * 3.0
    root = ag.tanh(s)
    root.backward()
    return w, s, root


READS: dict[str, Callable[[ag.Value, ag.Value], object]] = {
    "ag.explain": lambda root, w: str(ag.explain(root, w)),
    "ag.draw": lambda root, w: ag.draw(root).source,
    "ag.stepper(loss)": lambda root, w: ag.stepper(root)._repr_html_(),
    "program.graph(…)": lambda root, w: ag.compile(root, parameters=[w]).graph().backward(),
    "ag.grad": lambda root, w: ag.grad(ag.tanh)(w),
    "ag.jacobian": lambda root, w: ag.jacobian(lambda v: [ag.tanh(v[0])])([w]),
    "ag.gradients": lambda root, w: ag.gradients(root, [w]),
}
STEPS: dict[str, Callable[[ag.Value], object]] = {
    "ag.debug(loss)": lambda root: ag.debug(root, commands=["continue", "quit"]),
    "ag.backward_steps(loss)": lambda root: list(ag.backward_steps(root)),
}


def numbers_of(nodes: tuple[ag.Value, ...]) -> list[tuple[float, float]]:
    return [(node.data, node.grad) for node in nodes]


def test_who_writes_what_is_as_the_table_says() -> None:
    table = README.partition("## Who writes what")[2].partition("## Where")[0]
    rows = {row.split("|")[1]: row.split("|")[2] for row in table.splitlines() if row.startswith("| `")}
    named = {name: does for names, does in rows.items() for name in re.findall(r"`([^`]+)`", names)}
    for name, read in READS.items():
        assert named.pop(name).startswith((" only read", " work on copies", " write nothing")), name
        nodes = graph()
        before = numbers_of(nodes)
        read(nodes[2], nodes[0])
        assert numbers_of(nodes) == before, name
    for name, step in STEPS.items():
        assert named.pop(name).startswith(" step your own graph"), name
        nodes = graph()
        first = nodes[0].grad
        step(nodes[2])
        assert nodes[0].grad == 2.0 * first, name
    assert {name for name, does in named.items() if does.startswith(" adds to the `.grad` of leaves")} == {
        "loss.backward()",
        "program.backward(…)",
    }
    w, s, root = graph()
    first, between = w.grad, s.grad
    root.backward()
    assert (w.grad, s.grad) == (2.0 * first, between)
    ag.compile(root, parameters=[w]).backward()
    assert (w.grad, s.grad) == (3.0 * first, between)
    nn.optim.SGD([w], lr=0.1).step()
    assert (w.data, w.grad) == (0.5 - 0.1 * w.grad, 3.0 * first)
    assert {name for name, does in named.items() if "the `.data` of parameters" in does} == {
        "optimizer.step()",
        "nn.fit",
    }
