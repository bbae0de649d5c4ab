"""The rooms of ``nn``: who may import whom, what each may hold, and that all stand on the engine's public names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# room (a module, or a folder) → the rooms that it may import
ROOMS: dict[str, set[str]] = {
    # the thin MLP, and the checks and the parameters that it shares with the optimisers
    "arguments": set(),
    "parameters": set(),
    "module": {"arguments", "parameters"},
    "activations": set(),
    "layers": {"activations", "arguments", "module"},
    "losses": {"arguments"},
    "optim": {"arguments", "parameters"},
    "schedules": {"arguments", "optim"},
    # what is trained on, and how
    "files": set(),  # read with one kind of error, written whole or not at all
    "data": {"files"},
    "datasets": {"arguments", "data"},
    "training": {"arguments", "data", "files", "layers", "losses", "module", "optim", "parameters", "schedules"},
    # from a table to a saved model
    "tabular": {"activations", "data", "files", "layers", "training"},
    "command": {"activations", "data", "datasets", "files", "losses", "optim", "parameters", "schedules", "tabular"}
    | {"training"},
    "__main__": {"command"},
    "__init__": {"activations", "data", "datasets", "layers", "losses", "module", "optim", "schedules", "training"},
}
THIN = ("module", "layers", "activations", "losses")
FOLDERS = {"data", "datasets", "training", "tabular", "command"}
MOST_LINES, MOST_THIN_LINES = 400, 700

FILES = sorted((ROOT / "nn").rglob("*.py"))


def module_of(path: Path) -> str:
    """``nn.data.table``; a folder's ``__init__`` goes by the folder's name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


def room_of(module: str) -> str:
    return (*module.split("."), "__init__")[1]


def imports_in(source: str) -> Iterator[tuple[str, str | None]]:
    """(module, name) of every import statement, wherever it stands, also for types; no name for a plain ``import``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports within the package are written in full"
            yield from ((node.module or "", alias.name) for alias in node.names)


IMPORTS = {module: list(imports_in(path.read_text(encoding="utf-8"))) for module, path in MODULES.items()}


def used_by(module: str) -> set[str]:
    """The modules of ``nn`` that one imports."""
    used = {f"{other}.{name}" if f"{other}.{name}" in MODULES else other for other, name in IMPORTS[module]}
    return used & MODULES.keys()


def rooms_used_by(room: str) -> set[str]:
    own = [module for module in MODULES if room_of(module) == room]
    return {room_of(used) for module in own for used in used_by(module)} - {room}


def lines_of(*modules: str) -> int:
    return sum(len(MODULES[f"nn.{module}"].read_text(encoding="utf-8").splitlines()) for module in modules)


def test_the_table_has_every_room_and_no_other() -> None:
    assert {room_of(module) for module in MODULES} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_permits_and_all_of_it(room: str) -> None:
    used = rooms_used_by(room)
    assert not used - ROOMS[room], f"{room} may import {sorted(ROOMS[room])}, not {sorted(used - ROOMS[room])}"
    assert not ROOMS[room] - used, f"{room} does not import {sorted(ROOMS[room] - used)}: strike them from the table"


def test_no_module_imports_itself_by_way_of_others() -> None:
    uses = {module: used_by(module) for module in MODULES}
    while uses:
        free = [module for module, used in uses.items() if not used & uses.keys()]
        assert free, f"there is a circle among these: {sorted(uses)}"
        for module in free:
            del uses[module]


def test_the_thin_mlp_is_thin_and_knows_no_folder() -> None:
    assert lines_of(*THIN) <= MOST_THIN_LINES
    known = set(THIN)
    while new := {used for room in known for used in ROOMS[room]} - known:
        known |= new
    assert not known & FOLDERS
    assert known == {*THIN, "arguments", "parameters"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_is_not_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_options_end_in_the_command_line(module: str) -> None:
    if room_of(module) != "command":
        assert "argparse" not in {name.partition(".")[0] for name, _ in IMPORTS[module]}
        assert "argparse" not in MODULES[module].read_text(encoding="utf-8")


def names_bound_by_the_engine() -> set[str]:
    """What ``autograd_core`` imports or defines under a name without an underscore: its modules are not among it."""
    tree = ast.parse((ROOT / "autograd_core" / "__init__.py").read_text(encoding="utf-8"))
    bound: set[str] = set()
    for node in tree.body:
        match node:
            case ast.ImportFrom(names=names):
                bound |= {alias.asname or alias.name for alias in names}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                bound.add(name)
    return {name for name in bound if not name.startswith("_")}


@pytest.mark.parametrize("module", MODULES)
def test_only_public_names_of_the_engine_are_used(module: str) -> None:
    public = names_bound_by_the_engine()
    for other, name in IMPORTS[module]:
        assert not other.startswith("autograd_core."), f"{module} reaches into {other}"
        assert other != "autograd_core" or name is None or name in public, f"{module} imports {name}"
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="ag"), attr=name):
                assert name in public, f"{module} uses ag.{name}, which the engine does not make public"


def test_imports_that_hide_are_seen() -> None:
    source = "import nn.optim\nif TYPE_CHECKING:\n    from nn.layers import MLP\ndef f():\n    from nn import losses\n"
    assert set(imports_in(source)) == {("nn.optim", None), ("nn.layers", "MLP"), ("nn", "losses")}
