"""backward() in VS Code: its debug adapter, driven as the editor does, stops at an edge and shows it by name."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.loop import inner_line

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("debugpy") is None,
        reason="the debugger of VS Code is not installed: pip install debugpy",
    ),
]

ROOT = Path(__file__).parents[2]
SECONDS = 60.0

PROGRAM = """
    import autograd_core as ag

    w, x, b = ag.Value(0.5, "w"), ag.Value(2.0, "x"), ag.Value(-0.7, "b")
    s = ag.dot([w], [x], b)
    s.label = "s"
    {call}
    print("w.grad is", w.grad)
"""


class Adapter:
    """The debug adapter, talked to in the Debug Adapter Protocol."""

    def __init__(self) -> None:
        environment = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        command = [sys.executable, "-m", "debugpy.adapter"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        self._messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._kept: list[dict[str, Any]] = []
        self._sent = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            stream.readline()
            self._messages.put(json.loads(stream.read(int(header.split(b":")[1]))))

    def send(self, command: str, **arguments: Any) -> int:
        """Make a request; its number, to ask for the response by."""
        self._sent += 1
        request = {"seq": self._sent, "type": "request", "command": command, "arguments": arguments}
        content = json.dumps(request).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        stream.flush()
        return self._sent

    def response(self, request: int) -> dict[str, Any]:
        """The body of the response to a request."""
        message = self._wait(lambda message: message.get("request_seq") == request)
        assert message["success"], message
        body: dict[str, Any] = message.get("body") or {}
        return body

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Make a request, and wait for the response."""
        return self.response(self.send(command, **arguments))

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next event of that name."""
        body: dict[str, Any] = self._wait(lambda message: message.get("event") == name).get("body") or {}
        return body

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for index, message in enumerate(self._kept):
            if wanted(message):
                return self._kept.pop(index)
        while True:
            message = self._messages.get(timeout=SECONDS)
            if wanted(message):
                return message
            self._kept.append(message)

    # -- what the editor's user does --

    def launch(self, configuration: dict[str, Any], *breakpoints: tuple[Path, int]) -> None:
        """F5, with breakpoints at lines of files."""
        self.ask("initialize", clientID="test", adapterID="debugpy", pathFormat="path")
        launching = self.send("launch", **configuration)
        self.event("initialized")
        for path, line in breakpoints:
            answer = self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line}])
            assert answer["breakpoints"][0]["verified"], answer
        self.ask("configurationDone")
        self.response(launching)

    def stop(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Wait for the next stop: the frame on top, and what the variables pane shows of its locals."""
        thread = self.event("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        scopes = self.ask("scopes", frameId=frame["id"])["scopes"]
        local = next(scope["variablesReference"] for scope in scopes if scope["name"] == "Locals")
        shown = self.ask("variables", variablesReference=local)["variables"]
        return frame, {variable["name"]: variable["value"] for variable in shown}

    def go_on(self) -> None:
        """F5 again."""
        self.ask("continue", threadId=1)

    def printed(self) -> str:
        """What the program has printed, once it has ended."""
        self.event("terminated")
        outputs = [message["body"] for message in self._kept if message.get("event") == "output"]
        return "".join(output["output"] for output in outputs if output.get("category") == "stdout")


def configuration_in_guide() -> dict[str, Any]:
    text = (ROOT / "notebooks" / "site" / "guide_stepping.md").read_text(encoding="utf-8")
    block = text.partition("```json\n")[2].partition("```")[0]
    (configuration,) = json.loads(block)["configurations"]
    assert isinstance(configuration, dict)
    return configuration


def configuration(directory: Path, call: str) -> dict[str, Any]:
    """The guide's, for this program; the package is found as an installed one would be."""
    path = directory / "neuron.py"
    path.write_text(textwrap.dedent(PROGRAM).replace("{call}", call), encoding="utf-8")
    settings = configuration_in_guide()
    assert settings["program"] == "${file}"
    return settings | {"program": str(path), "cwd": str(directory), "env": {"PYTHONPATH": str(ROOT)}}


def test_a_breakpoint_in_backward_shows_each_edge_by_name(tmp_path: Path) -> None:
    backward = ROOT / "autograd_core" / "backward.py"
    with Adapter() as editor:
        editor.launch(configuration(tmp_path, "ag.tanh(s).backward()"), (backward, inner_line()))
        for operand, derivative in (("s", None), ("w", "2.0"), ("x", "0.5"), ("b", "1.0")):
            frame, shown = editor.stop()
            assert (frame["name"], frame["line"]) == ("backward", inner_line())
            assert shown["operand"].startswith("Value(data=")
            assert shown["operand"].endswith(f"label='{operand}')")
            assert {"node", "upstream", "order", "root", "seed"} <= shown.keys()
            assert max(len(shown[name]) for name in ("node", "operand", "root", "upstream")) <= 100
            if derivative is not None:
                assert shown["local_derivative"] == derivative
                assert float(shown["upstream"]) == pytest.approx(0.915137, rel=1e-5)
            editor.go_on()
        assert "w.grad is 1.83027" in editor.printed()


def test_break_at_stops_in_vscode(tmp_path: Path) -> None:
    with Adapter() as editor:
        editor.launch(configuration(tmp_path, "with ag.break_at('s'): ag.tanh(s).backward()"))
        frame, shown = editor.stop()
        assert frame["name"] == "backward"
        assert shown["node"].endswith("op='dot', label='s')")
        assert shown["operand"].endswith("label='w')")
        assert shown["local_derivative"] == "2.0"
        assert float(shown["upstream"]) == pytest.approx(0.915137, rel=1e-5)
        editor.go_on()
        assert "w.grad is 1.83027" in editor.printed()


def test_a_step_and_its_nodes_in_the_variables_pane(tmp_path: Path) -> None:
    call = "for step in ag.backward_steps(ag.tanh(s)): pass"
    settings = configuration(tmp_path, call)
    line = (tmp_path / "neuron.py").read_text(encoding="utf-8").splitlines().index('print("w.grad is", w.grad)') + 1
    with Adapter() as editor:
        editor.launch(settings, (tmp_path / "neuron.py", line))
        _, shown = editor.stop()
        assert shown["step"] == "<Step 3, s → b: 0.9151 × 1 → 0.9151>"
        editor.go_on()
        editor.printed()
