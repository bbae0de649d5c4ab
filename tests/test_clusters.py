"""The page on Spark, Ray Data and DuckDB: its examples, run one after the other, print what stands below them.

That of Ray Data is run by hand: Ray takes a minute to start, and does not on every machine. `map_batches` gives a table
and takes one, as `tests/replay/test_arrow.py` does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.executors import missing, need

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "notebooks" / "site" / "arrow.md"

NEEDED = {
    "DuckDB": ("pyarrow", "duckdb"),
    "Spark": ("pyarrow", "pyspark", "pandas"),
}
SECONDS = 600  # after which a cluster that does not start is given up


def blocks_of(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(name: str) -> str:
    return re.split(r"^## ", PAGE.read_text(encoding="utf-8").partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", NEEDED)
def test_the_examples_of_the_page_print_what_stands_below_them(name: str, tmp_path: Path) -> None:
    for package in NEEDED[name]:
        need(package)
    if name == "Spark" and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        missing("needs Java: apt-get install default-jre-headless")
    program, *_ = blocks_of("python", PAGE.read_text(encoding="utf-8"))
    script = tmp_path / "example.py"
    script.write_text("\n".join([program, *blocks_of("python", section(name))]), encoding="utf-8")
    path = os.pathsep.join(filter(None, sys.path))  # workers find what this process finds
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", script.name],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "".join(blocks_of("text", section(name)))
