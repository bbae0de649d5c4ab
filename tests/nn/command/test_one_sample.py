"""The end of a training: one weight explained on one sample, and the sample drawn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nn import datasets

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def train(folder: Path, *options: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} | ({} if path is None else {"PATH": path})
    command = [sys.executable, "-m", "nn", "train", "--epochs", "2", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


def test_training_ends_with_a_weight_explained_and_a_drawing(tmp_path: Path) -> None:
    printed = train(tmp_path).stdout
    assert "One weight's gradient on one test row" in printed
    assert "∂loss/∂layers.0.neurons." in printed
    for kind in ("layer input", "activation derivative", "weight passed", "loss derivative", "product"):
        assert kind in printed
    assert "petal_length is standardised: " in printed
    assert max(map(len, printed.splitlines())) < 90
    picture = (tmp_path / "model.svg").read_text(encoding="utf-8")
    assert "petal_length" in picture
    assert "cross_entropy" in picture


def test_all_of_it_is_explained_on_request(tmp_path: Path) -> None:
    short, long = train(tmp_path).stdout, train(tmp_path, "--explain").stdout
    assert "(all of it: --explain)" in short
    assert "(all of it: --explain)" not in long
    for words in ("path 1 of 3: layers.0.neurons.", "Layer by layer, as backpropagation computes it"):
        assert words not in short
        assert words in long
    for printed in (short, long):
        assert re.search(r"\n\w+ is standardised: \S+ × \S+ [+−] \S+ is its \S+ in the table\.\n", printed)
        assert printed.splitlines()[-1].startswith("test rows: loss ")


def test_the_factor_undoes_the_scale(tmp_path: Path) -> None:
    """Of the input, which is that of a row of the table, and of the target."""
    options = ("--dataset", "penguins", "--one-hot", "species,island,sex", "--hidden", "1")
    printed = train(tmp_path, *options).stdout
    found = re.search(r"(\w+) is standardised: (\S+) × (\S+) \+ (\S+) is its (\S+) in the table", printed)
    assert found
    column, scaled, deviation, mean, own = found[1], *map(float, found.groups()[1:])
    assert abs(scaled * deviation + mean - own) < 0.01 * deviation
    assert own in [row[0] for row in datasets.penguins().numbers([column])]
    of_target = re.search(r"body_mass_g is standardised, in targets and outputs: × (\S+) \+ (\S+) undoes it", printed)
    assert of_target
    assert 700.0 < float(of_target[1]) < 900.0
    assert 4000.0 < float(of_target[2]) < 4400.0


def test_one_hot_inputs_are_named_after_their_class(tmp_path: Path) -> None:
    train(tmp_path, "--dataset", "penguins", "--hidden", "2")
    assert "species=Gentoo" in (tmp_path / "model.svg").read_text(encoding="utf-8")


def test_drawing_stands_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    train(tmp_path, "--save", "models/iris.json")
    assert {path.name for path in tmp_path.rglob("*")} == {"models", "iris.json", "iris.svg"}


@pytest.mark.parametrize(("hidden_layers", "is_drawn"), [("3", True), (",".join(["2"] * 13), False)])
def test_no_graphviz_is_needed_or_said_and_no_failure(tmp_path: Path, hidden_layers: str, is_drawn: bool) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pygraphviz.py").write_text("raise ImportError('hidden')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{hidden}{os.pathsep}{ROOT}", "PATH": ""}
    command = [sys.executable, "-m", "nn", "train", "--epochs", "1", "--hidden", hidden_layers]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ("The sample is not drawn" in done.stdout) != is_drawn
    assert ('pip install "autograd-core[draw]"' in done.stdout) != is_drawn
    assert (tmp_path / "model.svg").exists() == is_drawn
    assert (tmp_path / "model.json").exists()


@pytest.mark.parametrize("option", [("--hidden", "40,40")])
def test_a_large_network_is_drawn_in_summary(tmp_path: Path, option: tuple[str, str]) -> None:
    train(tmp_path, *option)
    assert (tmp_path / "model.svg").stat().st_size < 200_000
