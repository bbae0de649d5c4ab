"""The benchmarks do not rot: on tiny problems all ways of each table give the same numbers. Nothing is timed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import branches
from tests.benchmarks.comparing import Way, check_agreement, eager
from tests.benchmarks.measuring import table

pytestmark = pytest.mark.slow

pytest.importorskip("numpy")

ROOT = Path(__file__).parent.parent

# module → the size of its problem, and ways that need no more than the extra "fast"
TINY = {
    "two_moons": (4, {"Value, the same expressions", "nn.MLP and nn.losses", "replay", "NumPy by hand"}),
    "batches": (5, {"replay", "NumPy by hand"}),
    "random_graph": (300, {"Value", "replay, without numba"}),
    "transformer": (3, {"Value, the same expressions", "Value, wide nodes", "replay of wide nodes"}),
    "recurrence": (20, {"Value", "replay, without numba"}),
}


# In a process of its own: once JAX is imported, no test can fork without a warning.
CHECK = """
import importlib, json, sys
from tests.benchmarks.comparing import check_agreement
module, size = sys.argv[1:]
ways, missing = importlib.import_module(f"tests.benchmarks.{module}").COMPARISON.present(int(size))
check_agreement(ways)
print(json.dumps([list(ways), missing]))
"""


@pytest.mark.parametrize("module", TINY)
def test_ways_agree_where_they_are_installed(module: str) -> None:
    size, expected = TINY[module]
    command_line = [sys.executable, "-c", CHECK, module, str(size)]
    ended = subprocess.run(command_line, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    ways, missing = json.loads(ended.stdout.splitlines()[-1])
    assert expected <= set(ways), missing
    assert not {name for name in missing if name.startswith("Value")}


CHECK_BRANCHES = """
from tests.benchmarks import branches
from tests.support.branching import examples
for name, example in examples(4).items():
    ways, missing = branches.present(name, example)
    print(name, *ways, *missing, sep=", ")
branches.prices(50)
"""


def test_functions_with_branches_agree_in_all_ways() -> None:
    """They do, or this process fails; JAX and CasADi have them written again."""
    ended = subprocess.run([sys.executable, "-c", CHECK_BRANCHES], capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 6
    assert all(", eager, jit, " in line for line in ended.stdout.splitlines())


def test_branches_that_differ_at_one_point_are_named() -> None:
    one, other = (lambda: (1.0, (2.0, 3.0))), (lambda: (1.0, (2.0, 3.1)))
    branches.check_agreement({"first": [one, one], "the same": [one, one]})
    with pytest.raises(AssertionError, match="at point 1, off gives"):
        branches.check_agreement({"first": [one, one], "off": [one, other]})


@pytest.mark.parametrize("module", TINY)
def test_every_comparison_has_a_table(module: str) -> None:
    assert module in command.TABLES


def test_a_way_that_is_wrong_in_one_number_is_named() -> None:
    def way(*numbers: float) -> Way:
        return eager(lambda: numbers, list)

    check_agreement({"first": way(1.0, 2.0, 3.0), "the same": way(1.0, 2.0, 3.0), "value alone": way(1.0)})
    with pytest.raises(AssertionError, match="number 2 of off is"):
        check_agreement({"first": way(1.0, 2.0, 3.0), "off": way(1.0, 2.0, 3.0 + 1e-7)})
    with pytest.raises(AssertionError, match="short gives 2 numbers, first 3"):
        check_agreement({"first": way(1.0, 2.0, 3.0), "short": way(1.0, 2.0)})


def test_a_nan_agrees_with_nothing() -> None:
    nan = float("nan")
    with pytest.raises(AssertionError):
        check_agreement({"first": eager(lambda: (nan, nan), list), "second": eager(lambda: (nan, nan), list)})


def test_memory_of_a_way_is_measured_in_a_process_of_its_own() -> None:
    command_line = [sys.executable, "-m", "tests.benchmarks.memory", "batches", "NumPy by hand", "100000"]
    printed = subprocess.run(command_line, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "–" or 50.0 < float(printed) < 500.0


def test_a_table_that_does_not_exist_is_refused() -> None:
    command_line = [sys.executable, "-m", "tests.benchmarks", "two_suns"]
    ended = subprocess.run(command_line, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "there is no table two_suns; there are two_moons" in ended.stderr


def test_results_are_saved_with_machine_date_and_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(branches, "main", lambda: print(table("T", ["a", "bb"], [["long", "1"]])))
    monkeypatch.setattr(sys, "argv", ["tests.benchmarks", "branches", "--save", "--note", "It was busy."])
    command.main()
    expected = table("T", ["a", "bb"], [["long", "1"]])
    assert capsys.readouterr().out.strip() == expected.strip()
    saved = (tmp_path / "results" / "branches.txt").read_text(encoding="utf-8")
    first, machine, empty, *rest = saved.splitlines()
    assert (first, empty) == ("python -m tests.benchmarks branches", "")
    assert re.fullmatch(
        r"Measured on \d{4}-\d\d-\d\d: .+, \d+ processors; Python 3\.[\d.]+, .*numpy .*\. It was busy\.", machine
    )
    assert "\n".join(rest).strip() == expected.strip()
    monkeypatch.setattr(sys, "argv", ["tests.benchmarks", "branches"])
    (tmp_path / "results" / "branches.txt").unlink()
    command.main()
    assert capsys.readouterr().out.strip() == expected.strip()
    assert not (tmp_path / "results" / "branches.txt").exists()


def test_columns_are_aligned() -> None:
    assert table("T", ["a", "bb"], [["long", "1"]]).splitlines() == ["T", "a     bb", "----  --", "long   1"]
