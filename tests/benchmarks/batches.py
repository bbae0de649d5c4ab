"""The loss of the two-moons network recorded from one sample, and run on batches of 100 to 1,000,000."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_core as ag
import nn
from tests.benchmarks import network_on_arrays
from tests.benchmarks.comparing import Comparison, Way, report
from tests.benchmarks.network_on_arrays import Samples, two_moons
from tests.benchmarks.replaying import Recorded, replayed
from tests.benchmarks.two_moons import model_of

ROUNDS = {100: 5, 10_000: 5, 1_000_000: 3}


def with_replay(samples: Samples) -> Way:
    rows: Any = np.column_stack([samples.inputs, samples.targets])

    def record() -> Recorded:
        model = model_of(samples)
        x, y, target = (ag.Value(number) for number in rows[0].tolist())
        return nn.losses.hinge(model([x, y]), target), [x, y, target], model.parameters()

    return replayed(record, rows)


COMPARISON = Comparison(two_moons, {"replay": with_replay, **network_on_arrays.WAYS})


def main() -> None:
    """Measure and print a table for each size."""
    for size, rounds in ROUNDS.items():
        report(
            f"Two moons recorded from one sample, {size:,} rows",
            "batches",
            size,
            rounds,
            times=["NumPy by hand", "NumPy by hand, in chunks"],
        )
