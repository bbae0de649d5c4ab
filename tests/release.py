"""Whether a version may be released: ``python -m tests.release v0.2.0`` says what is in the way.

The version stands in ``autograd_core/__init__.py``. The tag, the changelog and the citation have to name the same, and
wherever the project says where it is, that has to be an address.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def found_in(pattern: str, path: Path) -> str:
    """What stands at the first place in a file that looks so; empty if there is none."""
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else ""


def obstacles(tag: str, root: Path = ROOT) -> Iterator[str]:
    """What is in the way of releasing a folder of the project under a tag, a sentence each."""
    version = found_in(r'^__version__ = "(.*)"', root / "autograd_core" / "__init__.py")
    if tag != f"v{version}":
        yield f"the tag is {tag}, and autograd_core/__init__.py says version {version}: the tag would be v{version}"
    if (cited := found_in(r"^version: (\S+)", root / "CITATION.cff")) != version:
        yield f"CITATION.cff cites version {cited}: write version: {version}"
    if not found_in(rf"^## ({re.escape(version)})\b", root / "CHANGELOG.md"):
        yield f"CHANGELOG.md has no heading ## {version}: give what is unreleased that one"
    for name in ("pyproject.toml", "CITATION.cff"):
        if found_in(r"^[^#\n]*(https://[\w.-]+\.example)", root / name):
            yield f"{name} gives .example as the project's address: write where the repository is"


def main() -> int:
    """Print what is in the way of the tag that the command line names."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.release TAG", file=sys.stderr)
        return 2
    found = list(obstacles(sys.argv[1]))
    for obstacle in found:
        print(obstacle, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
