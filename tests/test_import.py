"""What ``import autograd_core`` loads, and that all else comes when it is asked for, wherever that is."""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import pickle
import pydoc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd_core as ag
from tests.import_graph import room_of

ROOT = Path(ag.__file__).parents[1]
PUBLIC = {*ag.__all__, "abs", "compile", "pow", "sum"}

RECORDING = {
    "primitives", "graph", "contexts", "condition", "operands", "numberlike", "value", "weighted_sum", "recording",
    "pickling", "showing", "observed", "backward",
}  # fmt: skip
"""The rooms that are loaded: what records a graph and passes gradients back through it."""

OF_THE_LIBRARY = "__future__ contextvars functools importlib math numbers opcode threading typing weakref"


def printed_by(program: str, *flags: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-I", *flags, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_importing_loads_what_records_a_graph_and_no_more() -> None:
    """And of the standard library nothing that takes long, such as inspect, dataclasses, ast, pathlib or json."""
    loaded = printed_by(
        f"import {', '.join(OF_THE_LIBRARY.split())}\n"
        "before = set(sys.modules); import autograd_core; print(*set(sys.modules) - before)"
    ).split()
    assert {module.split(".")[0] for module in loaded} == {"autograd_core"}
    assert {room_of(module) for module in loaded} == {"__init__", *RECORDING}
    assert len(loaded) <= 30
    heavy = printed_by(f"import {', '.join(OF_THE_LIBRARY.split())}\nprint(*sys.modules)").split()
    assert not {"inspect", "dataclasses", "ast", "dis", "pathlib", "json", "numpy"} & set(heavy)


# -- the names -----------------------------------------------------------------------------------------------------


def imports_for_types() -> Iterator[tuple[str, str]]:
    """(name, module) of what type checkers are told."""
    tree = ast.parse(Path(ag.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    for node in block.body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                module = node.module.removeprefix("autograd_core").removeprefix(".")
                yield alias.name.removesuffix("_"), module or alias.name


def test_type_checkers_are_told_what_is_imported_when_it_is_asked_for() -> None:
    assert dict(imports_for_types()) == vars(ag)["_MODULES"]


def test_dir_shows_the_public_names_whatever_was_asked_for() -> None:
    names = printed_by("import autograd_core as ag; print(*dir(ag)); [getattr(ag, name) for name in dir(ag)]").split()
    assert {name for name in names if not name.startswith("__")} == PUBLIC
    assert {"__version__", "__doc__", "__all__"} <= set(names)
    assert set(dir(ag)) == set(names)


def test_help_begins_with_what_a_newcomer_needs_and_names_everything() -> None:
    text = pydoc.plain(pydoc.render_doc(ag))
    first = text[: text.index("Functions of Values and numbers")].split()
    assert len(first) < 140
    for name in ("Value", "y.backward()", "explain", "draw", "debug,", "grad", "compile,", "jit"):
        assert any(name in word for word in first), name
    summary = set((ag.__doc__ or "").replace(",", " ").replace(";", " ").split())
    assert PUBLIC - summary == set()


def test_help_of_a_name_is_found_before_it_was_asked_for() -> None:
    text = printed_by("import pydoc; print(pydoc.plain(pydoc.render_doc('autograd_core.explain')))")
    assert "explain(" in text
    assert "Args:" in text


def test_a_name_is_looked_up_once() -> None:
    found = ag.hvp
    assert vars(ag)["hvp"] is found


def test_no_module_is_called_as_a_public_name() -> None:
    """Else the name would be the module as soon as somebody imports that."""
    here = Path(ag.__file__).parent
    modules = {path.stem for path in here.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules & PUBLIC == {"console"}
    assert vars(ag)["console"] is importlib.import_module("autograd_core.console")


def test_all_of_the_packages_modules_hide_no_public_name() -> None:
    printed = printed_by(
        "import importlib, pathlib, autograd_core as ag\n"
        "root = pathlib.Path(ag.__file__).parents[1]\n"
        "for path in sorted(root.glob('autograd_core/**/*.py')):\n"
        "    name = '.'.join(path.relative_to(root).with_suffix('').parts).removesuffix('.__init__')\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except ModuleNotFoundError:\n"
        "        pass\n"  # of numba or NumPy, where they are not installed
        "print(type(ag.draw).__name__, type(ag.explain).__name__, type(ag.compile).__name__, type(ag.debug).__name__)"
    )
    assert printed.split() == ["function"] * 4


def test_an_unknown_name_suggests_one() -> None:
    with pytest.raises(AttributeError, match="module 'autograd_core' has no attribute 'explian'") as error:
        ag.explian  # type: ignore[attr-defined]  # noqa: B018
    assert (error.value.name, error.value.obj) == ("explian", ag)  # of which Python makes "Did you mean: 'explain'?"
    assert not hasattr(ag, "drawings")
    with pytest.raises(ImportError, match="cannot import name 'drawings'"):
        from autograd_core import drawings  # type: ignore[attr-defined]  # noqa: F401


def test_a_star_binds_every_name_of_all() -> None:
    bound: dict[str, object] = {}
    exec("from autograd_core import *", bound)
    assert set(ag.__all__) <= set(bound)
    assert not set(dir(builtins)) & set(ag.__all__)


def test_names_and_graphs_are_pickled_in_one_process_and_read_in_another() -> None:
    x = ag.Value(2.0, "x")
    explained = ag.explain(x * x, x)
    content = pickle.dumps([ag.draw, ag.jit, ag.Explanation, x * x, explained])
    printed = printed_by(f"import pickle; print([getattr(each, '__name__', '') for each in pickle.loads({content!r})])")
    assert printed.strip() == "['draw', 'jit', 'Explanation', '', '']"


# -- where a name is asked for first -------------------------------------------------------------------------------


def test_a_name_may_be_asked_for_first_in_any_context() -> None:
    """Nothing is recorded by an import, no trace sees one, and no anomaly."""
    printed = printed_by("""
import warnings; warnings.simplefilter("error")
sys.modules["numba"] = None  # which takes seconds to load
import autograd_core as ag
x = ag.Value(2.0, "x")
with ag.no_grad():
    ag.explain, ag.grad
with ag.detect_anomaly():
    ag.draw, ag.stepper
def f(a):
    names = [getattr(ag, name) for name in dir(ag)]
    return a * a
g = ag.jit(f)
print(ag.grad(g)(3.0), ag.grad(g)(4.0), g, (x * x).operands[0] is x)
""")
    assert printed == "6.0 8.0 <f, traced 1 time> True\n"


def test_threads_that_ask_at_once_get_the_same() -> None:
    printed = printed_by("""
import random, threading
import autograd_core as ag
names, found, start = dir(ag), [], threading.Barrier(8)
def ask(seed):
    order = random.Random(seed).sample(names, len(names))
    start.wait()
    found.append({name: id(getattr(ag, name)) for name in order})
threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found), all(each == found[0] for each in found), len(found[0]) == len(names))
""")
    assert printed == "8 True True\n"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fresh process for each moment is had by os.fork()")
def test_an_import_that_is_interrupted_is_made_anew() -> None:
    """Ctrl-C at 25 moments of the first use, each in a process of its own."""
    printed = printed_by("""
import os
sys.modules["numba"] = None
import autograd_core as ag
x = ag.Value(2.0, "x")
y = ag.tanh(x * x)
y.backward()
def use():
    return str(ag.explain(y, x)), ag.draw(y).source, y._repr_latex_(), ag.grad(ag.exp)(0.0), ag.jit.__name__
def interrupted(after):
    calls = 0
    def profile(frame, event, argument):
        nonlocal calls
        calls += event == "call"
        if calls == after:
            sys.setprofile(None)
            raise KeyboardInterrupt
    sys.setprofile(profile)
    try:
        use()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
def in_child(function):
    child = os.fork()
    if not child:
        status = 99
        try:
            status = function()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
read, write = os.pipe()
in_child(lambda: os.write(write, repr(use()).encode()) * 0)
expected = os.read(read, 1 << 16).decode()
def tried(after):
    was_interrupted = interrupted(after)
    return (0 if was_interrupted else 1) if repr(use()) == expected else 2
print(*[in_child(lambda: tried(after)) for after in range(1, 7500, 300)])
""")
    assert printed.split().count("2") == 0
    assert printed.split().count("99") == 0
    assert printed.split().count("0") >= 20
