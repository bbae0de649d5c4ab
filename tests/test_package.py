"""What people install: the archives, the commands, the examples without a compiler or Graphviz, and the release."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core.console import name_called
from tests.release import obstacles

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOOLS = ("build", "twine", "check_wheel_contents")


def yaml_in(path: str) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is in the group of packaging tools")
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def done(*command: str, **settings: Any) -> str:
    """What a command prints, both streams together."""
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, **settings
    )
    printed: str = ended.stdout
    assert ended.returncode == 0, printed
    return printed


# -- the archives --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist, built of what is in this folder, the wheel from the sdist."""
    for tool in TOOLS:
        pytest.importorskip(tool, reason="packaging tools are in a dependency group")
    folder = tmp_path_factory.mktemp("dist")
    own_backend = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    done(sys.executable, "-m", "build", *own_backend, "--outdir", str(folder), str(ROOT))
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.mark.slow
def test_the_archives_are_as_an_index_wants_them(archives: tuple[Path, Path]) -> None:
    done(sys.executable, "-m", "twine", "check", "--strict", *map(str, archives))
    done(sys.executable, "-m", "check_wheel_contents", str(archives[0]), cwd=ROOT)


@pytest.mark.slow
def test_the_sdist_has_all_that_is_in_the_repository(archives: tuple[Path, Path]) -> None:
    """So its tests find what they read."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this folder is no repository")
    with tarfile.open(archives[1]) as sdist:
        packed = {name.partition("/")[2] for name in sdist.getnames()}
    listed = set(done("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines())
    assert packed - listed == {"PKG-INFO"}
    assert {name for name in listed - packed if (ROOT / name).exists()} == set()


@pytest.mark.slow
def test_the_wheel_has_the_packages_and_their_data(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[0]) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = {
        str(path.relative_to(ROOT))
        for package in ("autograd_core", "nn")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == sources


# -- installed -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def commands(archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that has the wheel, and of this one what it depends on.

    Only that folder is on the path where they run: there is no compiler, and no Graphviz, in the process or out of it.
    Nor is there numba, which would compile anew for each installation.
    """
    folder = tmp_path_factory.mktemp("installed")
    done(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    done(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(archives[0]))
    (packages,) = (folder / "lib").glob("python*/site-packages")
    lines = [sysconfig.get_path("purelib"), "import sys; sys.modules.update(pygraphviz=None, numba=None)"]
    (packages / "dependencies.pth").write_text("\n".join(lines), encoding="utf-8")
    return folder / "bin"


def run_in(commands: Path, folder: Path, name: str, *arguments: str) -> str:
    environment = {"PATH": str(commands), "HOME": str(folder), "PYTHONIOENCODING": "utf-8"}
    return done(str(commands / name), *arguments, cwd=folder, env=environment)


def pages_with_examples() -> Iterator[Path]:
    yield ROOT / "README.md"
    yield from sorted((ROOT / "notebooks" / "site").glob("guide_*.md"))


@pytest.mark.slow
def test_the_examples_of_the_readme_and_the_guides_run_from_the_wheel(commands: Path, tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="SciPy is an optional extra")
    where = "import autograd_core, nn, shutil; print(autograd_core.__file__, nn.__file__, *map(shutil.which, {!r}))"
    shown = run_in(commands, tmp_path, "python", "-c", where.format(["cc", "gcc", "clang", "dot"])).split()
    assert [str(commands.parent) in path for path in shown[:2]] == [True, True]
    assert shown[2:] == ["None"] * 4
    pages = [str(page) for page in pages_with_examples()]
    assert run_in(commands, tmp_path, "python", "-W", "error", "-m", "doctest", *pages) == ""


@pytest.mark.slow
def test_commands_call_themselves_as_they_were_called(commands: Path, tmp_path: Path) -> None:
    shown = run_in(commands, tmp_path, "autograd-core", "tanh(w*x+b)", "w=.5", "x=2", "b=-1")
    assert shown.startswith("tanh(w*x+b) = 0.0\n  ∂/∂w = 2.0\n")
    assert run_in(commands, tmp_path, "autograd-core", "--version") == f"autograd-core {ag.__version__}\n"
    assert run_in(commands, tmp_path, "autograd-nn", "--version") == f"autograd-core {ag.__version__}\n"
    assert run_in(commands, tmp_path, "autograd-core", "--help").startswith("usage: autograd-core [-h]")
    assert run_in(commands, tmp_path, "autograd-nn", "train", "--help").startswith("usage: autograd-nn train [-h]")
    assert run_in(commands, tmp_path, "python", "-m", "nn", "--help").startswith("usage: python -m nn [-h]")
    trained = run_in(commands, tmp_path, "autograd-nn", "train", "--epochs", "1")
    assert "To use it: autograd-nn predict --model model.json" in trained
    assert "rror" not in run_in(commands, tmp_path, "autograd-nn", "predict", "--model", "model.json")


def test_a_command_is_called_by_its_script_or_by_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    for called, name in {
        os.path.join("bin", "autograd-nn"): "autograd-nn",
        "autograd-nn.exe": "autograd-nn",
        os.path.join("nn", "__main__.py"): "python -m nn",
        "-c": "python -m nn",
        "": "python -m nn",
    }.items():
        monkeypatch.setattr(sys, "argv", [called])
        assert name_called("nn", "autograd-nn") == name
    monkeypatch.setattr(sys, "argv", [])
    assert name_called("nn", "autograd-nn") == "python -m nn"


# -- what it says about itself, and its release ---------------------------------------------------------------------


def test_version_and_names_are_the_same_everywhere() -> None:
    citation = yaml_in("CITATION.cff")
    about = PROJECT["project"]
    assert citation["version"] == ag.__version__ == nn.__version__
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "abstract"} <= set(citation)
    assert (citation["title"], citation["license"]) == (about["name"], about["license"])
    assert citation["authors"] == about["authors"]
    assert (citation["url"], citation["repository-code"]) == (about["urls"]["Homepage"], about["urls"]["Source"])


def test_the_pythons_that_are_named_are_those_that_are_tested() -> None:
    classifiers = PROJECT["project"]["classifiers"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    jobs = yaml_in(".github/workflows/ci.yml")["jobs"]
    assert named == jobs["checks"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    assert len(set(classifiers)) == len(classifiers)


def test_a_tag_is_released_after_everything_else_and_by_nothing_that_is_kept() -> None:
    release = yaml_in(".github/workflows/release.yml")
    assert release[True] == {"push": {"tags": ["v*"]}}  # "on" is a truth value in YAML 1.1
    assert release["permissions"] == {"contents": "read"}
    jobs = release["jobs"]
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    steps = [step.get("run", "") for step in jobs["build"]["steps"]]
    checked, built = steps.index('python -m tests.release "$GITHUB_REF_NAME"'), steps.index("python -m build")
    assert checked < built < steps.index("python -m twine check --strict dist/*")
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


def test_what_is_in_the_way_of_a_release_is_said(tmp_path: Path) -> None:
    (tmp_path / "autograd_core").mkdir()
    (tmp_path / "autograd_core" / "__init__.py").write_text('__version__ = "1.2.0"\n', encoding="utf-8")
    files = {
        "CITATION.cff": "cff-version: 1.2.0\nversion: 1.2.0\nurl: https://somewhere.org\n",
        "CHANGELOG.md": "# Changelog\n\n## 1.2.0 (2027-01-01)\n",
        "pyproject.toml": '# .example\nHomepage = "https://somewhere.org"\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(obstacles("v1.2.0", tmp_path)) == []
    assert len(list(obstacles("v1.2.1", tmp_path))) == 1
    for name, old, new in [
        ("CITATION.cff", "\nversion: 1.2.0", "\nversion: 1.1.0"),
        ("CITATION.cff", "somewhere.org", "somewhere.example"),
        ("CHANGELOG.md", "## 1.2.0", "## Unreleased"),
        ("pyproject.toml", "somewhere.org", "somewhere.example"),
    ]:
        (tmp_path / name).write_text(files[name].replace(old, new), encoding="utf-8")
        (said,) = obstacles("v1.2.0", tmp_path)
        assert name in said
        (tmp_path / name).write_text(files[name], encoding="utf-8")
