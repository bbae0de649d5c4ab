"""The house rules: who may import whom, what is public, and that the engine needs nothing but the standard library."""

from __future__ import annotations

import ast
import builtins
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# module or subpackage → the modules of the package that it may import
ENGINE: dict[str, set[str]] = {
    "ieee": set(),
    "primitives": {"ieee"},
    "graph": set(),
    "contexts": set(),  # what is in force here, and that nothing of it is left behind
    "backward": {"graph", "contexts"},  # the observers that a pass shows its nodes to
    "condition": {"primitives"},
    "gradient_graphs": {"graph", "contexts", "condition"},
    "recording": {"graph", "contexts"},  # whether nodes are recorded
    "pickling": {"graph"},
    "value": {"primitives", "backward", "condition", "contexts", "recording", "pickling"},
    "anomaly": {"contexts", "graph"},  # the first number that is not finite
    "containers": {"value", "primitives", "condition"},  # arguments as they are nested
    "tangents": {"graph", "gradient_graphs"},  # the chain rule forwards
    "signatures": {"value"},  # what derivatives of functions are called with, for type checkers
    "numpy_advice": set(),  # what to write where NumPy does not know Values
    "calls": {  # one call of a function
        "numpy_advice",
        "value",
        "gradient_graphs",
        "tangents",
        "containers",
        "contexts",
        "recording",
    },
    "functional": {"calls", "containers", "primitives", "signatures", "value"},
    "finite_differences": set(),
    "checking": {"functional", "calls", "containers", "finite_differences", "value", "recording"},
    "expression": {"labels", "notation"},  # a node as a formula of its operands
    "trace": {"graph", "labels", "notation", "expression"},
    "notation": {"graph"},  # a node, an operand, a derivative as a text
    "labels": {"graph"},  # the names of nodes, and the layers and neurons that dotted names make
    "theme": {"graph"},  # colours and panels of all that is shown
    "explanation": {"graph", "notation", "theme", "explanation_views"},
    "explanation_views": {"labels", "notation", "theme", "graph", "explanation"},
    "graph_drawing": {"graph", "notation", "collapse", "dot_text", "drawing"},
    "collapse": {"graph", "labels"},  # what is drawn together
    "dot_text": {"graph", "notation", "theme", "collapse"},  # the drawing in the DOT language
    "files": set(),  # written whole or not at all
    "console": {"notation"},  # what the command lines share
    "drawing": {"theme", "rendering", "files"},  # shows and saves itself
    "rendering": set(),  # DOT to svg, png, pdf
    "parsing": {"primitives"},  # a formula as a text
    "debugger": {"contexts", "graph", "notation"},  # a stop in any debugger
    "timeline": {"graph", "trace"},  # a backward pass to go to and fro in
    "node_names": {"expression", "notation"},  # what nodes are called where names are typed
    "terminal": {
        "timeline",
        "node_names",
        "terminal_views",
        "notation",
        "explanation",
        "graph_drawing",
        "drawing",
        "rendering",
    },
    "terminal_views": {"timeline", "node_names", "expression", "notation", "graph", "trace"},
    "stepper_page": {  # one page, of the parts that know how to show a graph
        "page_data",
        "graph_drawing",
        "drawing",
        "dot_text",
        "collapse",
        "slim_svg",
        "rendering",
        "files",
        "graph",
        "notation",
        "expression",
        "theme",
    },
    "page_data": {"trace", "explanation", "collapse", "dot_text", "graph", "expression", "notation"},  # steps as data
    "slim_svg": {"theme"},  # Graphviz's pictures, made small
    "replay": {"graph", "primitives", "ieee"},  # it compiles the texts of both tables
}
# These two sit above all others: the one re-exports them, the other is the command line.
ENGINE_TOP = {"__init__", "__main__"}


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    """The row of the table that a file belongs to: its module, or its subpackage."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """(module, name) of every import statement in a file."""
    return imports_in(path.read_text(encoding="utf-8"), path.relative_to(ROOT).parent.parts)


def imports_in(source: str, package: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """(module, name) of every import statement, wherever it stands; no name for a plain ``import``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            for alias in node.names:
                yield module, alias.name


def modules_imported(path: Path, package: str) -> Iterator[str]:
    """The rows of a package's table that a file imports from; ``__init__`` for the package itself."""
    rows = {module_of(file) for file in files(package)}
    for module, name in imports(path):
        first, *rest = module.split(".")
        if first != package:
            continue
        if rest:
            yield rest[0]
        elif name in rows:
            yield name
        else:
            yield "__init__"


def names_bound(package: str) -> set[str]:
    """What a package's ``__init__`` binds: its public names. ``sum_`` and the like only lead to ``sum``."""
    bound: set[str] = set()
    for node in ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")).body:
        match node:
            case ast.ImportFrom(module=str(module)) if module != "__future__":
                bound |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                bound.add(name)
    return {name for name in bound if not name.startswith("_") and not name.endswith("_")}


def written(packages: tuple[str, ...]) -> list[str]:
    return [package for package in packages if (ROOT / package / "__init__.py").exists()]


@pytest.mark.parametrize("path", files("autograd_core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_engine_imports_follow_the_table(path: Path) -> None:
    row = module_of(path)
    assert row in ENGINE or row in ENGINE_TOP, f"{path.name} is not in the table: which modules may it import?"
    if row in ENGINE_TOP:
        return
    forbidden = set(modules_imported(path, "autograd_core")) - ENGINE[row] - {row}
    assert not forbidden, f"{path.name} may import {sorted(ENGINE[row])} of its package, not {sorted(forbidden)}"


@pytest.mark.parametrize("row", ENGINE)
def test_the_table_permits_no_import_that_nobody_uses(row: str) -> None:
    own = [path for path in files("autograd_core") if module_of(path) == row]
    assert own, f"there is no module {row}: strike it from the table"
    used = {module for path in own for module in modules_imported(path, "autograd_core")}
    assert used >= ENGINE[row], f"{row} does not import {sorted(ENGINE[row] - used)}: strike them from the table"


@pytest.mark.parametrize("path", [*files("autograd_core"), *files("nn")], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_a_private_name_of_another(path: Path) -> None:
    ours = ("autograd_core", "nn")
    private = [name for module, name in imports(path) if module.split(".")[0] in ours and (name or "").startswith("_")]
    assert not private, f"{path.name} imports {private}: give them public names, or move them"


@pytest.mark.parametrize("path", files("autograd_core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_engine_knows_no_networks(path: Path) -> None:
    used = {module for module, _ in imports(path) if module.split(".")[0] == "nn"}
    assert not used or module_of(path) == "__main__", f"{path.name} imports {sorted(used)}"


@pytest.mark.parametrize("package", written(("autograd_core", "nn")))
def test_all_is_complete_importable_and_hides_no_builtin(package: str) -> None:
    module = importlib.import_module(package)
    listed = module.__all__
    assert len(listed) == len(set(listed))
    assert set(listed) == names_bound(package) - set(dir(builtins)) - {"Path"}  # pathlib's
    for name in names_bound(package):
        assert hasattr(module, name)


@pytest.mark.parametrize("package", written(("autograd_core", "nn")))
def test_no_module_has_the_name_of_a_public_function(package: str) -> None:
    """``import autograd_core.x as m`` would be the function."""
    public = {name for name in names_bound(package) if callable(getattr(importlib.import_module(package), name))}
    modules = {path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not public & modules


def test_a_star_hides_no_name_that_people_import_beside_it() -> None:
    program = "from pathlib import Path\nfrom autograd_core import *\nfrom nn import *\n"
    names: dict[str, object] = {}
    exec(program, names)
    assert names["Path"] is Path
    assert not {"sum", "abs", "round", "Path", "Any", "Sequence", "Callable", "Iterator"} & set(names) - {"Path"}


@pytest.mark.parametrize("package", written(("autograd_core", "nn")))
def test_package_is_marked_as_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("package", written(("autograd_core", "nn")))
def test_import_needs_nothing_but_the_standard_library(package: str) -> None:
    program = f"import sys; before = set(sys.modules); import {package}; print(*set(sys.modules) - before)"
    interpreter = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"]
    printed = subprocess.run(interpreter, capture_output=True, text=True, check=True).stdout
    imported = {module.split(".")[0] for module in printed.split()}
    assert package in imported
    assert imported - sys.stdlib_module_names <= {"autograd_core", "nn"}


def test_reader_of_imports_sees_those_that_hide() -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from autograd_core.value import Value\n"
        "def f():\n"
        "    import autograd_core.graph_drawing\n"
        "    from . import trace\n"
        "    from .graph import leaves\n"
    )
    assert set(imports_in(source, ("autograd_core",))) == {
        ("typing", "TYPE_CHECKING"),
        ("autograd_core.value", "Value"),
        ("autograd_core.graph_drawing", None),
        ("autograd_core", "trace"),
        ("autograd_core.graph", "leaves"),
    }
