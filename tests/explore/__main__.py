"""Run the tests that would hold for any numbers on fresh ones, round after round, until the time is over.

Each round is a process of its own with a seed of its own. A failure is printed when it happens, with the command that
runs it again; the end is a summary, also after Ctrl-C, and the exit status is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from tests.explore import plugin
from tests.support import seeds

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 1800.0  # seconds that one test may take


def pytest_command(tests: Sequence[str], seed: int | None = None, *options: str) -> list[str]:
    """Pytest on those of these tests that would hold for any numbers; they may be files, folders or ids of tests."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.explore.plugin", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return [*command, "-m", plugin.MARKS, *([] if seed is None else [f"--hypothesis-seed={seed}"]), *options, *tests]


def environment(seed: int | None = None, report: Path | None = None) -> dict[str, str]:
    """That of the tests: with as many examples as at the desk, and no options from elsewhere."""
    own = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    own["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    if seed is not None:
        own[seeds.EXPLORED] = str(seed)
    if report is not None:
        own[plugin.REPORT] = str(report)
    return own


@dataclass
class Totals:
    """What all rounds together have done so far."""

    rounds: int = 0
    runs: int = 0
    examples: int = 0
    failures: Counter[str] = field(default_factory=Counter)


class Round:
    """The tests on one seed, in a process that is being watched."""

    def __init__(self, tests: Sequence[str], seed: int, folder: Path) -> None:
        self.seed = seed
        self.running: str | None = None
        self._report = folder / f"{seed}.jsonl"
        self._output = folder / f"{seed}.txt"
        self._report.touch()
        self._read = 0
        self._heard = time.monotonic()
        self._failed: set[str] = set()
        with open(self._output, "wb") as output:
            self._process = subprocess.Popen(
                pytest_command(tests, seed, "-q"),
                cwd=ROOT,
                env=environment(seed, self._report),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that Ctrl-C is this program's, and the round can be stopped whole
            )

    def is_over(self, totals: Totals) -> bool:
        """Take in what has happened since the last call; whether that was all."""
        status = self._process.poll()
        self._take_in(totals)
        if status is not None:
            if status < 0 or (status not in (0, 1) and not self._failed):
                how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
                self._fail(totals, self.running, f"the process {how}, and said {self._last_line()!r} at last")
            return True
        if time.monotonic() - self._heard > PATIENCE:
            self._fail(totals, self.running, f"nothing for {PATIENCE / 60:.0f} minutes")
            self.stop(totals)
            return True
        return False

    def stop(self, totals: Totals) -> None:
        """End it now, and keep what it has done."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._take_in(totals)

    def _take_in(self, totals: Totals) -> None:
        text = self._report.read_text(encoding="utf-8")[self._read :]
        lines = text.splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            lines.pop()
        self._read += sum(map(len, lines))
        for event in map(json.loads, lines):
            self._heard = time.monotonic()
            self._take(event, totals)

    def _take(self, event: dict[str, Any], totals: Totals) -> None:
        match event["event"]:
            case "start":
                self.running = event["test"]
            case "end":
                self.running = None
                totals.runs += 1
                totals.examples += event["examples"]
            case "failed":
                self._fail(totals, event["test"], event["message"])

    def _fail(self, totals: Totals, test: str | None, message: str) -> None:
        name = test or "no test"
        if name in self._failed:
            return
        self._failed.add(name)
        totals.failures[name] += 1
        again = ["python", "-m", "tests.explore", "--seed", str(self.seed), *([test] if test else [])]
        print(f"seed {self.seed}: {name}: {message}\n    {shlex.join(again)}", flush=True)

    def _last_line(self) -> str:
        lines = self._output.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "nothing")


def find(tests: Sequence[str]) -> list[str]:
    """The ids of the tests that would hold for any numbers."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "found.jsonl"
        report.touch()
        command = pytest_command(tests, None, "--collect-only", "-q")
        ended = subprocess.run(command, cwd=ROOT, env=environment(0, report), capture_output=True, text=True)
        if ended.returncode not in (0, 5):
            raise SystemExit(f"the tests cannot be collected:\n{ended.stdout}{ended.stderr}")
        events = map(json.loads, report.read_text(encoding="utf-8").splitlines())
        return [event["test"] for event in events if event["event"] == "found"]


def explore(files: Sequence[str], seconds: float, jobs: int) -> Totals:
    """Rounds on these tests until the time is over, so many at once, or until Ctrl-C."""
    totals, running, deadline = Totals(), list[Round](), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        try:
            while time.monotonic() < deadline:
                while len(running) < jobs:
                    running.append(Round(files, random.SystemRandom().randrange(2**32), Path(folder)))
                    totals.rounds += 1
                time.sleep(0.2)
                running = [each for each in running if not each.is_over(totals)]
        except KeyboardInterrupt:
            print("stopped", flush=True)
        finally:
            for each in running:
                each.stop(totals)
    return totals


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser("python -m tests.explore", description=__doc__.partition("\n")[0])
    parser.add_argument("tests", nargs="*", default=["tests"], help="files, folders or ids of tests (default: all)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--jobs", type=int, default=1, help="how many rounds at once (default: 1)")
    parser.add_argument("--seed", type=int, help="one round on this seed, with all that pytest says")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return subprocess.run(
            pytest_command(options.tests, options.seed, "--hypothesis-profile=explored again"),
            cwd=ROOT,
            env=environment(options.seed),
        ).returncode

    for stop in (signal.SIGINT, signal.SIGTERM):  # what is started in the background would ignore the first
        signal.signal(stop, _interrupt)
    found = find(options.tests)
    if not found:
        raise SystemExit("none of these tests is one of Hypothesis or has the mark seeded")
    print(f"{len(found)} tests, {options.minutes:g} minutes, {options.jobs} at once", flush=True)
    started = time.monotonic()
    files = list(dict.fromkeys(test.partition("::")[0] for test in found)) if options.tests == ["tests"] else found
    totals = explore(files, 60.0 * options.minutes, options.jobs)
    for test, count in totals.failures.most_common():
        print(f"failed on {count} of {totals.rounds} seeds: {test}")
    minutes = (time.monotonic() - started) / 60.0
    print(
        f"{totals.failures.total()} failures in {minutes:.1f} minutes: {totals.rounds:,} seeds, "
        f"{totals.runs:,} runs of {len(found)} tests, {totals.examples:,} examples of Hypothesis"
    )
    return 1 if totals.failures or not totals.runs else 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
