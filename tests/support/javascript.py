"""The page's scripts run by Node: one process, which answers each question by a line of JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
from types import TracebackType
from typing import Any

import pytest

from autograd_core.stepping.page.assets import LOGIC, script

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node")

_ANSWER = """
const answer = new Function("question", `${process.argv[1]}\\n${process.argv[2]}`);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  console.log(JSON.stringify(answer(JSON.parse(line))));
});
"""


class Scripts:
    """The page's logic in Node, and an expression of ``question`` that says what to answer with it."""

    def __init__(self, answer: str) -> None:
        assert NODE
        command = [NODE, "-e", _ANSWER, script(LOGIC), answer]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Scripts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, question: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the script ended"
        return json.loads(line)
