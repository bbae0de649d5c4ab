"""The exploration's part in the process that runs the tests: what happens is written down line by line, as it happens.

So all is known up to the moment when that process crashes or is stopped.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

REPORT = "EXPLORE_REPORT"
"""The environment variable that names the file to write to: for each event, one line of JSON."""

MARKS = "hypothesis or seeded"
"""Which tests would hold for any numbers."""

_examples = 0


def _write(**event: Any) -> None:
    if path := os.environ.get(REPORT):
        with open(path, "a", encoding="utf-8") as report:
            report.write(json.dumps(event) + "\n")


def _counted(test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def one_example(*args: Any, **kwargs: Any) -> Any:
        global _examples
        _examples += 1
        return test(*args, **kwargs)

    return one_example


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count the examples of each test of Hypothesis; its cases share one function."""
    handles = {id(handle): handle for item in items if (handle := _hypothesis_handle(item)) is not None}
    for handle in handles.values():
        handle.inner_test = _counted(handle.inner_test)


def _hypothesis_handle(item: pytest.Item) -> Any:
    return getattr(getattr(item, "obj", None), "hypothesis", None)


def pytest_collection_finish(session: pytest.Session) -> None:
    for item in session.items:
        _write(event="found", test=item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    global _examples
    _examples = 0
    _write(event="start", test=item.nodeid)
    result = yield
    _write(event="end", test=item.nodeid, examples=_examples)
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _write(event="failed", test=report.nodeid, message=_message(report))


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _write(event="failed", test=report.nodeid, message=_message(report))


def _message(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The last line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else report.outcome
