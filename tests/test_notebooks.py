"""Every notebook runs from a clean kernel, shows what it says it does, and is kept free of its author's machine."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NEEDED = ("nbclient", "nbformat", "ipykernel", "matplotlib", "numpy", "scipy")
MISSING = [module for module in NEEDED if importlib.util.find_spec(module) is None]
LARGEST_KIB = 600

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: pip install 'autograd-core[notebooks]'"),
    pytest.mark.filterwarnings("ignore"),  # Jupyter's own; what a notebook's code warns of stays in its kernel
]


def read(path: Path) -> Any:
    nbformat: Any = importlib.import_module("nbformat")
    return nbformat.read(path, as_version=4)


def run(notebook: Any, directory: Path) -> None:
    """Execute all cells in a clean kernel; an exception in one of them is raised here."""
    nbclient: Any = importlib.import_module("nbclient")
    nbclient.execute(notebook, cwd=str(directory), timeout=120, kernel_name="python3")


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.fixture(autouse=True)
def _kernel_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kernels import the packages from this checkout, and take no settings of the user's."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_a_clean_kernel(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    directory = tmp_path / "empty"
    directory.mkdir()
    run(notebook, directory)
    assert outputs(notebook)
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not list(directory.iterdir()), "a notebook leaves no files behind"


def test_a_failing_cell_is_seen(tmp_path: Path) -> None:
    failing = read(NOTEBOOKS[0])
    failing.cells = [cell for cell in failing.cells if cell.cell_type == "code"][:1]
    failing.cells[0].source = "import nn\nassert 1 + 1 == 3, 'wrong sum'"
    nbclient: Any = importlib.import_module("nbclient")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="wrong sum"):
        run(failing, tmp_path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_committed_as_it_ran(path: Path) -> None:
    """Run in order from the first cell on, with outputs that are small, without errors or the author's machine."""
    notebook = read(path)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code_cells] == list(range(1, len(code_cells) + 1))
    assert {output.output_type for output in outputs(notebook)} <= {"stream", "display_data", "execute_result"}
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]
    assert all(not cell.metadata for cell in notebook.cells)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"/home/|/root/|/tmp/|/Users/|C:\\\\|site-packages", text)
    assert len(text.encode()) < LARGEST_KIB * 1024


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_opens_with_its_question_and_ends_with_what_to_try(path: Path) -> None:
    cells = read(path).cells
    assert cells[0].source.startswith("# ")
    assert cells[0].source.splitlines()[0].endswith("?")
    assert cells[-1].cell_type == "markdown"
    assert "## What to try" in cells[-1].source
