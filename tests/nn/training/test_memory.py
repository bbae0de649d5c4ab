"""Training a network with an optimiser does not eat memory, at the collector's default settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WARM_UP, STEPS = 200, 1_000

TRAINING = f"""
from pathlib import Path

import autograd_core as ag
import nn

model = nn.MLP(2, [8, 8, 1], seed=0)
optimiser = nn.optim.Adam(model.parameters(), 0.01)
samples = [((x, y), x * y) for x in (-1.0, 0.5, 1.0) for y in (-0.5, 1.0)]

def train(steps):
    for _ in range(steps):
        loss = ag.mean([nn.losses.squared_error(model(inputs), target) for inputs, target in samples])
        model.zero_grad()
        loss.backward()
        optimiser.step()

def resident_pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

train({WARM_UP})
before = resident_pages()
train({STEPS})
print(before, resident_pages())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc, on Linux")
def test_a_thousand_training_steps_grow_memory_by_less_than_1_percent() -> None:
    """In a process of its own, whose memory no other test has touched."""
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", TRAINING], cwd=root, capture_output=True, text=True, check=True)
    before, after = map(int, run.stdout.split())
    assert after < 1.01 * before
