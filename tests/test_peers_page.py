"""What the site tells users of micrograd, PyTorch, JAX and CasADi holds, with their packages beside this one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.peers_page import MODULES, check_pair, check_rows, flat, pairs, tables

ROOT = Path(__file__).parent.parent


def test_each_package_has_its_examples_and_the_larger_ones_a_table() -> None:
    assert all(len(pairs(peer)) >= 5 for peer in MODULES)
    assert all(len(tables(peer)) >= 8 for peer in MODULES if peer != "micrograd")


@pytest.mark.slow
@pytest.mark.parametrize("peer", MODULES)
def test_all_that_the_page_says_of_a_package_holds(peer: str) -> None:
    if importlib.util.find_spec(MODULES[peer]) is None:
        pytest.skip(f"{peer} is not installed, so what the page says of it is not tried: pip install {MODULES[peer]}")
    command = [sys.executable, "-m", "tests.support.peers_page", peer]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"{len(tables(peer))} rows"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("1.0\n# 2.0", "2.0\n# 2.0"),  # a wrong number
        ("1.0\n# 1.0", "[1.0]\n# 1.0"),  # in another form
        ("1.0\n# raises ValueError", "1.0\n# 1.0"),  # nothing is raised
        ("1.0 / 0.0\n# 1.0", "1.0\n# 1.0"),  # something is
        ("float('nan')\n# 1.0", "1.0\n# 1.0"),
        ("1 == 1\n# 1.0", "1.0\n# 1.0"),
    ],
)
def test_a_claim_that_does_not_hold_is_seen(theirs: str, ours: str) -> None:
    check_pair("1.0\n# 1.0", "1.0 / 0.0\n# raises ZeroDivisionError")
    with pytest.raises(AssertionError, match="the page says"):
        check_pair(theirs, ours)


def test_a_row_whose_columns_differ_is_seen() -> None:
    place = {"v": [0.3, 1.2, -0.5]}
    check_rows([("sum(v)", "ag.sum(v)")], place, lambda found: list(flat(found)))
    with pytest.raises(AssertionError, match=r"ag.prod\(v\) gives"):
        check_rows([("sum(v)", "ag.prod(v)")], place, lambda found: list(flat(found)))
