"""Whether the process-wide generators of random numbers were used."""

from __future__ import annotations

import random
import sys
from typing import Any


def state_of_randomness() -> Any:
    """What is another thing after a random number was drawn from ``random`` or ``numpy.random``."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is None:
        return random.getstate(), None
    name, keys, *position = numpy_random.get_state()
    return random.getstate(), (name, keys.tobytes(), *position)
