"""The page on executors and streams: its examples, run one after the other, print what stands below them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.executors import need

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "notebooks" / "site" / "many_machines.md").read_text(encoding="utf-8")
NEEDED = {
    "Threads and processes": "numpy",
    "Training": "numpy",
    "Files larger than memory": "pyarrow",
    "loky": "loky",
    "Dask": "distributed",
    "Ray": "ray",
}

# In place of packages that take long to start, or a launcher: what the page calls of them, in processes and threads.
STAND_INS = {
    "Ray": (
        "ray.py",
        """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
init = shutdown = lambda **options: None
class Reference:
    def __init__(self, future): self._future = future
    def future(self): return self._future
def remote(function):
    class Remote:
        def remote(self, *args): return Reference(pool.submit(function, *args))
    return Remote()
""",
    ),
    "MPI": (
        "mpi4py/futures.py",
        """
from concurrent.futures import ProcessPoolExecutor
MPIPoolExecutor = lambda: ProcessPoolExecutor(2)
""",
    ),
}


def blocks_of(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(name: str) -> str:
    return re.split(r"^## ", TEXT.partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0]


def run(name: str, folder: Path) -> None:
    program, *_ = blocks_of("python", TEXT)
    script = folder / "example.py"
    script.write_text("\n".join([program, *blocks_of("python", section(name))]), encoding="utf-8")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])  # workers find what this process finds
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", script.name],
        capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": path}, timeout=300, check=False,
    )  # fmt: skip
    if name == "Ray" and "timed out during startup" in ended.stderr:
        pytest.skip("Ray's own processes did not start in its time")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "".join(blocks_of("text", section(name)))


@pytest.mark.parametrize("name", NEEDED)
def test_the_examples_of_the_page_print_what_stands_below_them(name: str, tmp_path: Path) -> None:
    need(NEEDED[name])
    run(name, tmp_path)


@pytest.mark.parametrize("name", STAND_INS)
def test_the_examples_for_clusters_run_on_stand_ins(name: str, tmp_path: Path) -> None:
    place, text = STAND_INS[name]
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(text, encoding="utf-8")
    run(name, tmp_path)
