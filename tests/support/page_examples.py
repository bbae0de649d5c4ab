"""The examples of a section of a page, run as a script in a process of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def run_section(page: Path, name: str, folder: Path, seconds: int) -> None:
    """Assert that the page's first example and then those of a section print what stands below these.

    Args:
        page: a Markdown file.
        name: the section's heading.
        folder: where the script runs; modules in it are found first.
        seconds: after which it is given up.
    """
    text = page.read_text(encoding="utf-8")
    section = re.split(r"^## ", text.partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0]
    program, *_ = _blocks("python", text)
    script = folder / "example.py"
    script.write_text("\n".join([program, *_blocks("python", section)]), encoding="utf-8")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])  # workers find what this process finds
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", script.name],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        timeout=seconds,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "".join(_blocks("text", section))


def _blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
