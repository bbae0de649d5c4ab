"""The end of a training: one weight explained on one sample, and the sample drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


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


def test_one_hot_inputs_are_named_after_their_class(tmp_path: Path) -> None:
    train(tmp_path, "--dataset", "penguins", "--hidden", "2")
    assert "species=Gentoo" in (tmp_path / "model.svg").read_text(encoding="utf-8")


def test_drawing_stands_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    train(tmp_path, "--save", "models/iris.json")
    assert {path.name for path in tmp_path.rglob("*")} == {"models", "iris.json", "iris.svg"}


def test_no_graphviz_is_said_and_no_failure(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pygraphviz.py").write_text("raise ImportError('hidden')", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{hidden}{os.pathsep}{ROOT}", "PATH": ""}
    command = [sys.executable, "-m", "nn", "train", "--epochs", "1"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "The sample is not drawn" in done.stdout
    assert 'pip install "autograd-core[draw]"' in done.stdout
    assert (tmp_path / "model.json").exists()


@pytest.mark.parametrize("option", [("--hidden", "40,40")])
def test_a_large_network_is_drawn_in_summary(tmp_path: Path, option: tuple[str, str]) -> None:
    train(tmp_path, *option)
    assert (tmp_path / "model.svg").stat().st_size < 200_000
