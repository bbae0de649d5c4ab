"""The page on executors and streams: its examples, run one after the other, print what stands below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.executors import need
from tests.support.page_examples import run_section

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "notebooks" / "site" / "many_machines.md"
NEEDED = {
    "Threads and processes": "numpy",
    "Training": "numpy",
    "Files larger than memory": "pyarrow",
    "loky": "loky",
    "Dask": "distributed",
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


@pytest.mark.parametrize("name", NEEDED)
def test_the_examples_of_the_page_print_what_stands_below_them(name: str, tmp_path: Path) -> None:
    need(NEEDED[name])
    run_section(PAGE, name, tmp_path, seconds=300)


@pytest.mark.parametrize("name", STAND_INS)
def test_the_examples_for_clusters_run_on_stand_ins(name: str, tmp_path: Path) -> None:
    place, text = STAND_INS[name]
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(text, encoding="utf-8")
    run_section(PAGE, name, tmp_path, seconds=300)
