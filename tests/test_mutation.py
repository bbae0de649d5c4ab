"""python -m tests.mutation: its faults can be made of the code as it is now, and one that survives is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograd_core.primitives import TABLE
from tests.mutation import table
from tests.mutation.__main__ import FAULTS
from tests.mutation.fault import rewrite

ROOT = Path(__file__).parent.parent


def answer(question: str) -> str:
    return f"42 to {question}"


def test_a_rewritten_function_is_the_same_object_with_other_code() -> None:
    held, code = answer, answer.__code__
    fault = rewrite(__name__, "answer", "42 to", "43 to")
    assert held("it") == "42 to it"
    try:
        fault.inject()
        assert held("it") == "43 to it"
    finally:
        answer.__code__ = code


def test_a_formula_that_is_no_longer_there_is_said() -> None:
    with pytest.raises(LookupError, match=r"answer has no '17' to replace"):
        rewrite(__name__, "answer", "17", "18")


def test_every_fault_can_be_made_of_the_code_as_it_is() -> None:
    """They are made when the module is imported; whoever changes a formula finds here which fault has to follow it."""
    assert len(FAULTS) > 300
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    files = {test.partition("::")[0] for fault in FAULTS for group in fault.tests for test in group}
    assert all((ROOT / file).is_file() for file in files)


PROGRAM = """
import sys
from tests.mutation import __main__ as mutation
from tests.mutation.fault import Fault, rewrite

tests = ["tests/test_backward.py"]
edge = "if local_derivative is not None:\\n                operand.grad += upstream"
mutation.FAULTS[:] = [
    Fault("nothing", lambda: None, [tests]),
    rewrite("autograd_core.backward", "backward", edge, edge.replace("+=", "="), tests),
]
sys.exit(mutation.main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="faults live in forked processes")
def test_a_fault_that_no_test_notices_is_listed() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "survived: nothing\nfaults killed: 1/2\n"), ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "code", "printed"),
    [(["backward: if"], 0, "faults killed: 1/1"), (["--help"], 0, "usage: "), (["unheard of"], 2, "")],
)
def test_only_what_is_asked_for_is_run(options: list[str], code: int, printed: str) -> None:
    command = [sys.executable, "-c", PROGRAM, *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout.startswith(printed)) == (code, True), ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tanh", "-", "maximum"])
def test_looking_at_a_primitive_finds_its_faults_and_nothing_without_them(name: str) -> None:
    look = table.look_at(name)
    look()
    primitive = TABLE[name]
    partials = primitive.partials
    try:
        table.change_partials(primitive, table.scale(0, 1.0005))()
        with pytest.raises(AssertionError):
            look()
    finally:
        primitive.partials = partials
