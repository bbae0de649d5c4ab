"""Programs that run texts in other languages: where one is missing a test is skipped, or fails in CI."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.needed import skip_or_fail


def required(present: bool, what: str) -> None:
    """Skip the test where something is missing, or fail if REQUIRE_LANGUAGES is set, as in CI."""
    if not present:
        skip_or_fail(f"needs {what}", "REQUIRE_LANGUAGES")


def run_in_node(script: str, folder: Path) -> Any:
    """What a module prints as JSON, with the numbers that JSON lacks as texts; it may import others in the folder."""
    required(shutil.which("node") is not None, "Node")
    path = folder / "main.mjs"
    path.write_text(f"{_SHOWN}\n{script}", encoding="utf-8")
    done = subprocess.run(["node", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return json.loads(done.stdout, object_hook=lambda each: float(each["number"]))


_SHOWN = """
const shown = value => Array.isArray(value) ? value.map(shown) : typeof value !== "number" || Number.isFinite(value)
    ? value : {number: String(value).replace("Infinity", "inf")};
"""


def run_with_devices(script: str, arguments: Any, n_devices: int = 8) -> Any:
    """What a script in JAX prints as JSON in a process of its own, on so many devices that the processor stands for."""
    required(importlib.util.find_spec("jax") is not None, "JAX")
    environment = {
        **os.environ,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={n_devices}",
        "JAX_PLATFORMS": "cpu",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)
