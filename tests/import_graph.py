"""The packages as rooms and arrows: ``python -m tests.import_graph [FOLDER]`` prints them for this or another checkout.

A room is a folder of a package, or a module beside the folders; an arrow is that some file of one room imports from
another, wherever the import stands, also for types alone.
"""

from __future__ import annotations

import ast
import functools
import importlib
import itertools
import sys
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd_core", "nn")
TOP = {"__init__", "__main__"}  # above all rooms: the one re-exports them, the other is the command line


def files(package: str, root: Path = ROOT) -> list[Path]:
    return sorted((root / package).rglob("*.py"))


def module_of(path: Path, root: Path = ROOT) -> str:
    """The dotted name of a file's module, a package's being that of its folder."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room that a module lies in; ``__init__`` for the package itself."""
    return [*module.split("."), "__init__"][1]


@functools.cache
def imports(path: Path, root: Path = ROOT) -> tuple[tuple[str, str | None], ...]:
    """(module, name) of every import statement in a file."""
    return tuple(imports_in(path.read_text(encoding="utf-8"), path.relative_to(root).parent.parts))


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


@functools.cache
def names_bound(package: str) -> frozenset[str]:
    """What a package's ``__init__`` binds: its public names. ``sum_`` and the like only lead to ``sum``."""
    bound: set[str] = set()
    statements = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")).body
    for_types = [node.body for node in statements if isinstance(node, ast.If)]  # what is imported when it is asked for
    for node in [*statements, *itertools.chain(*for_types)]:
        match node:
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]):
                bound |= set(importlib.import_module(module).__all__)
            case ast.ImportFrom(module=str(module)) if module not in ("__future__", "typing"):
                bound |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                bound.add(name)
    return frozenset({name for name in bound if not name.startswith("_") and not name.endswith("_")})


def modules_used(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """For each module of a package, the others of it that it imports."""
    modules = {module_of(path, root): path for path in files(package, root)}
    uses: dict[str, set[str]] = {}
    for module, path in modules.items():
        imported = {
            f"{source}.{name}" if f"{source}.{name}" in modules else source for source, name in imports(path, root)
        }
        uses[module] = (imported & modules.keys()) - {module}
    return uses


def rooms_used(package: str, root: Path = ROOT) -> dict[str, set[str]]:
    """For each room of a package, the others that it imports."""
    uses: dict[str, set[str]] = {}
    for module, used in modules_used(package, root).items():
        room = room_of(module)
        uses.setdefault(room, set()).update({room_of(other) for other in used} - {room})
    return uses


def in_circles(uses: Mapping[str, Set[str]]) -> list[str]:
    """Those that import each other in a circle, and those between circles."""
    left = {name: set(used) for name, used in uses.items()}
    while free := [name for name, used in left.items() if not used & left.keys()]:
        for name in free:
            del left[name]
    used_by: dict[str, set[str]] = {name: {other for other in left if name in left[other]} for name in left}
    while free := [name for name, users in used_by.items() if not users & used_by.keys()]:
        for name in free:
            del used_by[name]
    return sorted(used_by)


def n_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def describe(package: str, root: Path) -> Iterator[str]:
    """The package in lines of text."""
    modules, rooms = modules_used(package, root), rooms_used(package, root)
    paths = files(package, root)
    largest = max(paths, key=n_lines)
    inside = {room: used - TOP for room, used in sorted(rooms.items()) if room not in TOP}
    yield (
        f"{package}: {len(inside)} rooms, {sum(map(len, inside.values()))} arrows between them; "
        f"{len(modules)} modules, {sum(map(len, modules.values()))} imports of each other"
    )
    for room, used in inside.items():
        yield f"  {room} → {', '.join(sorted(used)) or '–'}"
    yield f"  in circles: rooms {', '.join(in_circles(rooms)) or '–'}; modules {', '.join(in_circles(modules)) or '–'}"
    yield (
        f"  {sum(map(n_lines, paths)):,} lines; the largest file, {largest.relative_to(root)}, has "
        f"{n_lines(largest):,}, and {sum(n_lines(path) > 400 for path in paths)} have more than 400"
    )


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for package in PACKAGES:
        print("\n".join(describe(package, root)))


if __name__ == "__main__":
    main()
