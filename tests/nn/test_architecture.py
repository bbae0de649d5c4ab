"""The rooms of ``nn``: who may import whom, what each may hold, and that all stand on the engine's public names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.import_graph import ROOT, TOP, files, imports, module_of, n_lines, names_bound, room_of, rooms_used

# room → the rooms that it may import
ROOMS: dict[str, set[str]] = {
    # the thin MLP, and what it shares with the optimisers
    "arguments": set(),  # checks of what functions are given
    "parameters": set(),  # which Values a training moves, and how they are set at once
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
    "command": {
        "activations",
        "data",
        "datasets",
        "files",
        "losses",
        "optim",
        "parameters",
        "schedules",
        "tabular",
        "training",
    },
}
THIN = ("module", "layers", "activations", "losses")
FOLDERS = {"data", "datasets", "training", "tabular", "command"}
MOST_LINES, MOST_THIN_LINES = 400, 700

FILES = files("nn")


def test_rooms_import_what_the_table_permits_and_use_all_of_it() -> None:
    assert {room: used - TOP for room, used in rooms_used("nn").items() if room not in TOP} == ROOMS


def test_the_thin_mlp_is_thin_and_knows_no_folder() -> None:
    assert sum(n_lines(ROOT / "nn" / f"{module}.py") for module in THIN) <= MOST_THIN_LINES
    known = set(THIN)
    while new := {used for room in known for used in ROOMS[room]} - known:
        known |= new
    assert not known & FOLDERS


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_is_not_too_long(path: Path) -> None:
    assert n_lines(path) <= MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_options_end_in_the_command_line(path: Path) -> None:
    if room_of(module_of(path)) != "command":
        assert "argparse" not in path.read_text(encoding="utf-8")


def test_each_option_is_declared_once() -> None:
    declared = [
        node.args[0].value
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert len(declared) > 40
    assert len(set(declared)) == len(declared)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_public_names_of_the_engine_are_used(path: Path) -> None:
    public = names_bound("autograd_core") | {"__version__"}
    for module, name in imports(path):
        assert not module.startswith("autograd_core."), f"it reaches into {module}"
        assert module != "autograd_core" or name is None or name in public, f"it imports {name}, which is not public"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(value=ast.Name(id="ag"), attr=name):
                assert name in public, f"it uses ag.{name}, which is not public"
