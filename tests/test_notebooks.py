"""Every notebook runs from a clean kernel, shows what it says it does, and is kept free of its author's machine."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NEEDED = ("nbclient", "nbformat", "ipykernel", "matplotlib", "numpy", "scipy")
MISSING = [module for module in NEEDED if importlib.util.find_spec(module) is None]
LARGEST_KIB = 600
MOST_LINES_BEFORE_THE_FIRST_RESULT = 3
PICTURES = {"image/png", "image/svg+xml"}
STYLING = re.compile(
    r"rcParams|spines|figsize|\bdpi\b|tight_layout|bbox_to_anchor|fontsize|linewidth|linestyle|markersize|markeredge"
    r"|facecolor|edgecolor|hatch|alpha=|tick_params|plt\.|pyplot|#[0-9A-Fa-f]{6}|colors?=(?!lesson\.)"
)

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


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def exercises(notebook: Any) -> list[Any]:
    return [cell for cell in code_cells(notebook) if "lesson.check(" in cell.source]


def said_by(cell: Any) -> str:
    """The text of a cell's result."""
    return "".join(output.data.get("text/plain", "") for output in cell.outputs if "data" in output)


def is_picture(output: Any) -> bool:
    data = output.get("data", {})
    return bool(PICTURES & set(data)) or "<svg" in data.get("text/html", "")


def faults(notebook: Any) -> list[str]:
    """What a notebook has against the rules of the house: how it opens, looks and ends."""
    return [*faults_of_opening(notebook), *faults_of_look(notebook), *faults_of_end(notebook)]


def faults_of_opening(notebook: Any) -> Iterator[str]:
    title, first = notebook.cells[:2]
    lines = [line for line in title.source.splitlines() if line.strip()]
    if not (lines[0].startswith("# ") and lines[0].endswith("?")):
        yield "it opens with its question"
    if len(lines) > 4:
        yield "at most four lines of text come before the first cell"
    if first.cell_type != "code" or not any(map(is_picture, first.outputs)):
        yield "the first cell shows a picture"
    if len([line for line in first.source.splitlines() if line.strip()]) > MOST_LINES_BEFORE_THE_FIRST_RESULT + 1:
        yield "at most three lines come before the first result"


def faults_of_look(notebook: Any) -> Iterator[str]:
    source = "\n".join(cell.source for cell in code_cells(notebook))
    if styling := STYLING.findall(source):
        yield f"lesson does the styling, no cell: {styling}"
    drawn = "".join(map(said_by, code_cells(notebook)))
    if "nn.MLP" in source and not re.search(r"drawing of a [\d-]+ network", drawn):
        yield "a notebook about a network shows its graph"


def faults_of_end(notebook: Any) -> Iterator[str]:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    if not re.search(r"^## What to try$(?!.*^## (?!Exercises$))", text, re.MULTILINE | re.DOTALL):
        yield "it ends with what to try, and exercises"
    if not 2 <= len(exercises(notebook)) <= 4:
        yield "it has two to four exercises"
    if not all(said_by(cell).startswith("Not answered yet.") for cell in exercises(notebook)):
        yield "its exercises are not answered"


@pytest.fixture(autouse=True)
def _kernel_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kernels import the packages from this checkout, and take no settings of the user's."""
    paths = [str(ROOT), str(ROOT / "notebooks"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_from_a_clean_kernel(path: Path, tmp_path: Path) -> None:
    """With its exercises revealed: unanswered, as it is committed, their right answers are not computed."""
    notebook = read(path)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.source = re.sub(r"lesson\.check\([\w.]+", "lesson.check(lesson.REVEAL", cell.source)
    directory = tmp_path / "empty"
    directory.mkdir()
    run(notebook, directory)
    assert outputs(notebook)
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert not list(directory.iterdir()), "a notebook leaves no files behind"
    for cell in exercises(notebook):
        assert said_by(cell).startswith(("The answer is", "The function gives")), cell.source


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
def test_notebook_opens_looks_and_ends_as_all_do(path: Path) -> None:
    assert faults(read(path)) == []


def without_pictures(notebook: Any) -> None:
    for output in notebook.cells[1].outputs:
        output.data = {"text/plain": "drawing of a 1-1 network"}


def without_networks(notebook: Any) -> None:
    for output in outputs(notebook):
        output.get("data", {}).pop("text/plain", None)


def with_source(place: int, source: str) -> Callable[[Any], None]:
    def spoil(notebook: Any) -> None:
        notebook.cells[place].source += source

    return spoil


SPOILED: dict[str, Callable[[Any], None]] = {
    "it opens with its question": lambda notebook: notebook.cells[0].update(source="# Backpropagation"),
    "at most four lines": with_source(0, "\none\n\ntwo\n\nthree\n\nfour"),
    "the first cell shows a picture": without_pictures,
    "at most three lines": with_source(1, "\n# one\n# two"),
    "lesson does the styling": with_source(3, "\nfigure.tight_layout()"),
    "shows its graph": without_networks,
    "it ends with what to try": lambda notebook: notebook.cells[-2].update(source="## More"),
    "two to four exercises": lambda notebook: notebook.cells.extend([notebook.cells[-1]] * 5),
    "not answered": lambda notebook: notebook.cells[-1].outputs[0].data.update({"text/plain": "Right."}),
}


@pytest.mark.parametrize("rule", SPOILED)
def test_each_rule_sees_what_is_against_it(rule: str) -> None:
    notebook = read(NOTEBOOKS[0])
    SPOILED[rule](notebook)
    assert any(rule in fault for fault in faults(notebook)), "and none of the others needs to"


@pytest.mark.parametrize(
    "source",
    [
        "plt.rcParams.update({})",
        "axis.spines['top'].set_visible(False)",
        "axis.plot(x, linewidth=2)",
        "axis.plot(x, color='red')",
        "BLUE = '#0072B2'",
        "figure.legend(bbox_to_anchor=(0.5, 1.1))",
    ],
)
def test_styling_is_seen(source: str) -> None:
    assert STYLING.search(source)
    assert not STYLING.search("axis.plot(x, 'o-', label='loss', color=lesson.QUIET)")
