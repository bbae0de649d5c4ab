"""python -m tests.explore: it finds what fails on some seeds, says how to see it again, and always comes to an end."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import seeds

pytestmark = pytest.mark.slow

if sys.platform == "win32":
    pytest.skip("an exploration stops its processes as POSIX systems do", allow_module_level=True)

ROOT = Path(__file__).parent.parent

TESTS = """
import os, signal, time
import pytest
from hypothesis import given, strategies as st
from tests.support.seeds import seeded

@given(st.integers())
def test_every_example_passes(number):
    assert isinstance(number, int)

@given(st.integers(0, 10**9))
def test_some_example_fails(number):
    assert number < 10**6, "too large"

@pytest.mark.seeded
def test_a_seed_may_fail():
    assert seeded("coin").random() < 0.3

def test_is_not_for_any_numbers():
    raise AssertionError("not to be run")

@pytest.mark.seeded
def test_crashes():
    os.kill(os.getpid(), signal.SIGSEGV)

@pytest.mark.seeded
def test_takes_long():
    time.sleep(600)
"""


@pytest.fixture
def file() -> Iterator[str]:
    """A file below this folder, whose settings it needs, where no other run of the suite collects it."""
    with tempfile.TemporaryDirectory(prefix=".explored-", dir=ROOT / "tests") as folder:
        path = Path(folder) / "test_of_an_exploration.py"
        path.write_text(TESTS)
        yield str(path.relative_to(ROOT))


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.explore", *arguments]


def explore(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert not ended.stderr
    return ended.returncode, ended.stdout


def test_nothing_that_fails_is_status_0_and_says_how_much_was_tried(file: str) -> None:
    status, text = explore("--minutes", "0.1", f"{file}::test_every_example_passes")
    assert status == 0
    found = re.search(r"^0 failures in .* minutes: (\d+) seeds, (\d+) runs of 1 tests, ([\d,]+) examples", text, re.M)
    assert found
    rounds, runs, examples = (int(number.replace(",", "")) for number in found.groups())
    assert rounds >= runs
    assert examples >= 200 * runs


def test_a_failure_is_said_with_its_seed_and_the_command_that_shows_it_again(file: str) -> None:
    names = [f"{file}::test_some_example_fails", f"{file}::test_a_seed_may_fail"]
    status, text = explore("--minutes", "0.25", "--jobs", "2", *names)
    assert status == 1
    for name, message in zip(names, ("too large", "assert")):
        said = re.search(rf"^seed (\d+): {re.escape(name)}: .*{message}.*\n    (.*)$", text, re.MULTILINE)
        assert said, text
        _, *arguments = shlex.split(said[2])
        assert arguments == ["-m", "tests.explore", "--seed", said[1], name]
        for _ in range(2):
            again = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
            assert again.returncode == 1
            assert f"FAILED {name}" in again.stdout
        assert re.search(rf"^failed on \d+ of \d+ seeds: {re.escape(name)}$", text, re.MULTILINE)


def test_what_crashes_is_a_failure_of_the_test_that_was_running(file: str) -> None:
    status, text = explore("--minutes", "0.1", f"{file}::test_crashes")
    assert status == 1
    assert re.search(rf"^seed \d+: {re.escape(file)}::test_crashes: the process was killed by signal 11", text, re.M)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_early_it_says_what_it_has_done_and_leaves_no_process_behind(file: str, how: signal.Signals) -> None:
    names = [f"{file}::test_some_example_fails", f"{file}::test_takes_long"]
    with subprocess.Popen(command(*names), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline() + process.stdout.readline()
        while "seed" not in said:
            said += process.stdout.readline()
        os.kill(process.pid, how)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.search(r"^1 failures in .* minutes: 1 seeds, [01] runs of 2 tests", rest, re.MULTILINE), rest
    assert not subprocess.run(["pgrep", "-f", file], capture_output=True, text=True).stdout


def test_where_there_is_nothing_to_explore_it_says_so(file: str) -> None:
    ended = subprocess.run(command(f"{file}::test_is_not_for_any_numbers"), cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "none of these tests is one of Hypothesis or has the mark seeded" in ended.stderr


def test_only_what_has_the_mark_draws() -> None:
    with pytest.raises(RuntimeError, match=r"has the mark pytest\.mark\.seeded"):
        seeds.seeded("anything")


@pytest.mark.seeded
def test_numbers_follow_from_the_name_and_the_explored_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(seeds.EXPLORED, raising=False)
    usual = seeds.seeded("name", 1).random()
    assert usual == seeds.seeded("name", 1).random() != seeds.seeded("name", 2).random()
    monkeypatch.setenv(seeds.EXPLORED, "5")
    explored = seeds.seeded("name", 1).random()
    assert explored == seeds.seeded("name", 1).random() != usual


EXAMPLES = """
import hashlib, sys
import tests.conftest
from hypothesis import given, strategies as st
if sys.argv[1]:
    __import__(sys.argv[1])
drawn = []

@given(st.lists(st.one_of(st.integers(), st.floats(), st.text(), st.binary())))
def test(values):
    drawn.append(repr(values))

test()
print(len(drawn), hashlib.sha256("".join(drawn).encode()).hexdigest())
"""


def test_examples_are_the_same_in_every_process_whatever_is_imported() -> None:
    """Hypothesis draws constants of the modules that are imported, and those depend on the order of the tests."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", seeds.EXPLORED)}
    said = {
        subprocess.run(
            [sys.executable, "-c", EXAMPLES, module],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for module, hash_seed in (("", "0"), ("", "1"), ("autograd_core", "2"), ("nn", "3"))
    }
    assert len(said) == 1
    assert int(said.pop().split()[0]) >= 200
