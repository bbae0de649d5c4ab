"""Faults in what the site computes for its pages, and in what holds them to the truth."""

from __future__ import annotations

from tests.mutation.fault import Fault, rewrite
from tests.support.site import extension

PAGES = ["tests/site/test_pages.py"]
CLAIMS = ["tests/test_peers_page.py::test_a_claim_that_does_not_hold_is_seen"]
SAVED = ["tests/test_benchmarks.py::test_results_are_saved_with_machine_date_and_versions"]


def in_tables(function: str, old: str, new: str) -> Fault:
    return rewrite(extension("page_tables").__name__, function, old, new, PAGES)


SITE = [
    in_tables("at_edge", "variable.grad", "variable.data"),
    in_tables("shown", '"∞" if number > 0 else "−∞"', '"∞"'),
    in_tables("cells", '.replace("|", "\\\\|")', ""),
    in_tables("in_markdown", "[*parts, machine,", "[*parts,"),
    rewrite(extension("pairs").__name__, "parted", "len(parts) != 2", "len(parts) < 2", PAGES),
    rewrite("tests.support.peers_page", "agree", "rel_tol=tolerance", "rel_tol=1.0", CLAIMS),
    rewrite("tests.support.peers_page", "outcome", 'f"raises {type(error).__name__}"', '"raises ValueError"', CLAIMS),
    rewrite("tests.benchmarks.__main__", "circumstances", "{line} {note}", "{line}", SAVED),
]
"""Each with the tests that see it."""
