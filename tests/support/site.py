"""The site, built once for all tests, also where several processes run them; and what stands on its pages."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "notebooks"
EXTENSIONS = SOURCE / "site" / "extensions"
NEEDED = ("sphinx", "myst_nb", "furo", "mpmath")
COMMAND = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "notebooks/site", "notebooks")
"""README's command, but for the folder that is written to."""
LONGEST = 600
"""Seconds that the build may take, where other tests run beside it."""
WITHOUT_NETWORK = """
import socket

def refuse(*_, **__):
    raise OSError("the site is built without the network")

socket.socket.connect = socket.getaddrinfo = refuse
"""


def skip_without_sphinx() -> None:
    if missing := [module for module in NEEDED if importlib.util.find_spec(module) is None]:
        pytest.skip(f"the site is not built without {', '.join(missing)}: pip install 'autograd-core[docs]'")


def extension(name: str) -> ModuleType:
    """One of the modules beside the site's configuration; some of them need Sphinx."""
    if str(EXTENSIONS) not in sys.path:
        sys.path.append(str(EXTENSIONS))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        skip_without_sphinx()
        raise


@dataclass(frozen=True)
class Built:
    """What came of the build: the folder, what Sphinx said, and the files that it left among its sources."""

    folder: Path
    status: int
    said: str
    left: list[str]

    @cached_property
    def pages(self) -> dict[str, Page]:
        """All pages, by their paths in the folder."""
        paths = sorted(self.folder.rglob("*.html"))
        return {path.relative_to(self.folder).as_posix(): Page.read(path) for path in paths}


def built_once(shared: Path) -> Built:
    """The site in a folder that the processes of one run share: the first to come builds it, the others wait."""
    done = shared / "site.json"
    try:
        (shared / "site.lock").mkdir()
    except FileExistsError:
        until = time.monotonic() + LONGEST
        while not done.exists() and time.monotonic() < until:
            time.sleep(0.2)
    else:
        status, said, left = build(shared / "site", shared / "offline")
        unfinished = shared / "site.unfinished"
        unfinished.write_text(json.dumps([status, said, left]), encoding="utf-8")
        unfinished.replace(done)
    return Built(shared / "site", *json.loads(done.read_text(encoding="utf-8")))


def build(folder: Path, offline: Path) -> tuple[int, str, list[str]]:
    """Run Sphinx, with no network to reach: its status, what it said, and files that are new among its sources."""
    offline.mkdir()
    (offline / "sitecustomize.py").write_text(WITHOUT_NETWORK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(offline), str(ROOT)])}
    environment.pop("EXPLORED_SEED", None)
    before = sources()
    ended = subprocess.run(
        [*COMMAND, str(folder)], capture_output=True, text=True, cwd=ROOT, env=environment, timeout=LONGEST
    )
    return ended.returncode, ended.stdout + ended.stderr, sorted(sources() - before)


def sources() -> set[str]:
    """The files below notebooks/, without what Python keeps beside its modules."""
    paths = (path.relative_to(SOURCE) for path in SOURCE.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if "__pycache__" not in path.parts}


@dataclass
class Page:
    """What a page refers to, and what can be referred to on it."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Page:
        reader = _Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        return reader.page


class _Reader(HTMLParser):
    """Collects a page's anchors, its links, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = {name: value or "" for name, value in attributes}
        if "id" in found:
            self.page.anchors.add(found["id"])
        if tag == "a" and "href" in found:
            self.page.links.append(found["href"])
        if tag == "link" and found.get("rel") not in ("index", "search", "next", "prev"):
            self.page.loaded.append(found["href"])
        if "src" in found:
            self.page.loaded.append(found["src"])
