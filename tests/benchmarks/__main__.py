"""``python -m tests.benchmarks``: every table, each against its peers, side by side in one run.

Absolute times depend on the machine and on what else it does; the ratios are taken pair by pair, in turn, so that
they hold when its speed drifts.
"""

from __future__ import annotations

from tests.benchmarks import chain, two_moons

if __name__ == "__main__":
    two_moons.main()
    chain.main()
