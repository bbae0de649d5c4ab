"""The house rules: who may import whom, what is public, and that the engine needs nothing but the standard library."""

from __future__ import annotations

import builtins
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.import_graph import (
    PACKAGES,
    ROOT,
    TOP,
    files,
    imports,
    imports_in,
    in_circles,
    modules_used,
    n_lines,
    names_bound,
    rooms_used,
)

# room → the rooms that it may import
ENGINE: dict[str, set[str]] = {
    "primitives": set(),  # the table: what each operation computes, and its derivatives
    "graph": set(),  # what a node is, and ways through a graph
    "contexts": set(),  # what is in force here, and that nothing of it is left behind
    "files": set(),  # written whole or not at all
    "observed": {"contexts", "graph"},  # a backward pass as those see it who watch it
    "backward": {"graph", "observed"},  # the loop
    "condition": {"graph", "primitives", "contexts"},  # what a comparison gives
    "recording": {"graph", "contexts"},  # whether nodes are recorded
    "pickling": {"graph"},  # graphs of any depth as bytes
    "operands": {"graph", "primitives"},  # what a node is computed from: nodes and floats
    "showing": set(),  # a Value in a notebook
    "numberlike": {"graph", "primitives", "condition"},  # a Value as a number in Python's hands
    "value": {
        "graph",
        "primitives",
        "backward",
        "condition",
        "contexts",
        "numberlike",
        "operands",
        "recording",
        "pickling",
        "showing",
    },  # what records itself
    "weighted_sum": {"primitives", "value"},  # the nodes of a network, written out
    "derivatives": {
        "graph",
        "observed",
        "primitives",
        "contexts",
        "recording",
        "condition",
        "value",
    },  # of functions, and as graphs
    "roles": {"graph", "primitives"},  # which nodes are parameters, sums, activations, and the loss
    "formula": {"primitives"},  # a formula as a text
    "notation": {"graph", "roles"},  # how numbers, nodes and derivatives are written
    "theme": {"graph"},  # colours and panels of all that is shown
    "explanation": {"graph", "notation", "roles", "theme"},  # a gradient as paths and factors
    "drawing": {
        "graph",
        "notation",
        "roles",
        "theme",
        "files",
        "tracing",
        "callers",
    },  # a graph as a picture
    "stepping": {
        "graph",
        "notation",
        "theme",
        "contexts",
        "files",
        "formula",
        "explanation",
        "drawing",
        "replay",
        "callers",
    },  # a pass, step by step
    "replay": {"graph", "primitives", "files"},  # a recorded graph as a program
    "callers": set(),  # whose line of code it was
    "tracing": {
        "graph",
        "primitives",
        "contexts",
        "callers",
        "condition",
        "recording",
        "value",
        "derivatives",
        "replay",
    },  # functions with branches as programs
    "console": {"notation"},  # what the command lines share
}


def test_rooms_import_what_the_table_permits_and_use_all_of_it() -> None:
    used = {room: rooms - TOP for room, rooms in rooms_used("autograd_core").items() if room not in TOP}
    assert used == ENGINE


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    assert in_circles(modules_used(package)) == []
    assert in_circles(rooms_used(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_files_can_be_seen_whole(package: str) -> None:
    assert {str(path): n_lines(path) for path in files(package) if n_lines(path) > 400} == {}


@pytest.mark.parametrize("path", [*files("autograd_core"), *files("nn")], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_a_private_name_of_another(path: Path) -> None:
    ours = ("autograd_core", "nn")
    names = [name or "" for module, name in imports(path) if module.split(".")[0] in ours]
    private = [name for name in names if name.startswith("_") and not name.endswith("__")]  # __version__ is public
    assert not private, f"{path.name} imports {private}: give them public names, or move them"


@pytest.mark.parametrize("path", files("autograd_core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_engine_knows_no_networks(path: Path) -> None:
    used = {module for module, _ in imports(path) if module.split(".")[0] == "nn"}
    assert not used or path.name == "__main__.py", f"{path.name} imports {sorted(used)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_complete_importable_and_hides_no_builtin(package: str) -> None:
    module = importlib.import_module(package)
    listed = module.__all__
    assert len(listed) == len(set(listed))
    public = names_bound(package) - set(dir(builtins)) - {"Path"}  # pathlib's
    assert not public - set(listed), f"{package}/__init__.py imports {public - set(listed)}: add the names to __all__"
    assert not set(listed) - public, f"{package}.__all__ lists {set(listed) - public}, which nothing there binds"
    for name in names_bound(package):
        assert hasattr(module, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_has_the_name_of_a_public_function(package: str) -> None:
    """``import autograd_core.x as m`` would be the function."""
    public = {name for name in names_bound(package) if callable(getattr(importlib.import_module(package), name))}
    modules = {path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not public & modules


RELIED_ON = {
    "autograd_core": """
        Value Condition Primitive Program Drawing Stepper Explanation GradientPath Factor Step
        exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal abs sign floor ceil trunc remainder sin cos tan
        asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc erfinv lgamma digamma hypot pow logaddexp
        sigmoid log_sigmoid softplus relu leaky_relu elu selu gelu silu mish softsign maximum minimum clamp where
        dot weighted_sums sum mean prod logsumexp softmax log_softmax norm stop_gradient
        no_grad detect_anomaly primitive grad value_and_grad jacobian hessian hvp jvp vjp gradients check_grads
        topological_order leaves count_paths backward_steps explain draw stepper debug break_at compile label
        """,
    "autograd_core:Value": "data grad op operands local_derivatives label backward arctan deg2rad",
    "autograd_core:Program": """
        forward backward value_and_grad node_values node_gradients graph verify source save_source as_function
        jacobian hessian jvp hvp sparsity
        """,
    "nn": "Module Neuron Layer MLP fit minimize_with_scipy losses optim schedules activations data datasets",
    "nn.optim": "SGD Adam AdamW RMSprop Polyak",
}


@pytest.mark.parametrize("owner", RELIED_ON)
def test_the_names_that_others_rely_on_are_there(owner: str) -> None:
    """A name that goes away is a change for users, to be made on purpose and told in the changelog."""
    missing = [name for name in RELIED_ON[owner].split() if not hasattr(pkgutil.resolve_name(owner), name)]
    assert missing == []


def test_calls_return_classes_that_have_public_names() -> None:
    engine = importlib.import_module("autograd_core")
    x = engine.Value(0.5, "x")
    y = engine.tanh(x)
    explained = engine.explain(y, x)
    returned = [y, y > 0, y.op, engine.draw(y), engine.stepper(y), explained, explained.paths[0]]
    returned += [explained.paths[0].factors[0], *engine.backward_steps(y)]
    assert [
        type(each).__name__ for each in returned if getattr(engine, type(each).__name__, None) is not type(each)
    ] == []


def test_a_star_hides_no_name_that_people_import_beside_it() -> None:
    program = "from pathlib import Path\nfrom autograd_core import *\nfrom nn import *\n"
    names: dict[str, object] = {}
    exec(program, names)
    assert names["Path"] is Path
    assert not {"sum", "abs", "round", "Path", "Any", "Sequence", "Callable", "Iterator"} & set(names) - {"Path"}


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_marked_as_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("package", PACKAGES)
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
        "    import autograd_core.drawing.draw\n"
        "    from . import trace\n"
        "    from .graph import leaves\n"
    )
    assert set(imports_in(source, ("autograd_core",))) == {
        ("typing", "TYPE_CHECKING"),
        ("autograd_core.value", "Value"),
        ("autograd_core.drawing.draw", None),
        ("autograd_core", "trace"),
        ("autograd_core.graph", "leaves"),
    }
