"""The page on Spark, Ray Data and DuckDB: its examples, run one after the other, print what stands below them.

That of Ray Data is run by hand: Ray takes a minute to start, and does not on every machine. `map_batches` gives a table
and takes one, as `tests/replay/test_arrow.py` does.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.executors import missing, need
from tests.support.page_examples import run_section

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "notebooks" / "site" / "arrow.md"

NEEDED = {
    "DuckDB": ("pyarrow", "duckdb"),
    "Spark": ("pyarrow", "pyspark", "pandas"),
}
SECONDS = 600  # after which a cluster that does not start is given up


@pytest.mark.parametrize("name", NEEDED)
def test_the_examples_of_the_page_print_what_stands_below_them(name: str, tmp_path: Path) -> None:
    for package in NEEDED[name]:
        need(package)
    if name == "Spark" and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        missing("needs Java: apt-get install default-jre-headless")
    run_section(PAGE, name, tmp_path, SECONDS)
