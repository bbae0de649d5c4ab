"""``draw_on_error``: what it draws of which exception, and that it leaves the exception and the program alone."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd_core as ag
import nn
from autograd_core import theme
from autograd_core.drawing import on_error
from tests.support.dot import Dot, lines, read


@ag.primitive()
def inverse(x: Any) -> Any:
    return 1.0 / x


def x() -> ag.Value:
    return ag.Value(0.0, "x")


def user_primitive() -> Any:
    return inverse(ag.tanh(x() * ag.Value(2.0, "w"))) + 1.0


def wrong_operands() -> ag.Value:
    return ag.dot([x(), x()], [x()])


def wrong_line() -> Any:
    half = x() * 0.5
    return half.datum  # type: ignore[attr-defined]


def anomaly_forward() -> ag.Value:
    with ag.detect_anomaly():
        return ag.log(x() * 2.0) + 1.0


def anomaly_backward() -> None:
    root = ag.sqrt(x() * 2.0) * 3.0
    with ag.detect_anomaly():
        root.backward()


def wrong_sample() -> Any:
    return nn.MLP(2, [3, 1], seed=0)([x(), x(), x()])


def wrong_function() -> Any:
    def doubled(v: ag.Value) -> Any:
        twice = v * 2.0
        return twice.datum  # type: ignore[attr-defined]

    return ag.grad(doubled)(1.0)


# function → what failed, and how many nodes there are, constants included
FAILURES: dict[Callable[[], Any], tuple[str, int]] = {
    user_primitive: ("inverse", 5),
    wrong_operands: ("dot", 4),
    wrong_line: ("this line", 4),
    anomaly_forward: ("log", 4),
    anomaly_backward: ("sqrt", 6),
    wrong_sample: ("MLP", 4),
    wrong_function: ("this line", 4),
}


def failed(block: Callable[[], Any], **options: Any) -> tuple[Exception, ag.Drawing]:
    """The exception of a block, and the drawing of it."""
    with pytest.raises(Exception) as raised, ag.draw_on_error(**options) as error:  # each block raises its own
        block()
    assert error.drawing is not None
    return raised.value, error.drawing


def culprit(dot: Dot) -> dict[str, str]:
    (red,) = [node for node in dot.nodes.values() if node["fillcolor"] == theme.LIGHT["loud"]]
    return red


@pytest.mark.parametrize("block", FAILURES)
def test_what_failed_is_red_at_the_end_of_the_graph_so_far(block: Callable[[], Any]) -> None:
    what, count = FAILURES[block]
    exception, drawing = failed(block)
    dot = read(drawing)
    title, *message = lines(culprit(dot)["label"])
    assert title == what
    assert " ".join(message).startswith(f"{type(exception).__name__}: {str(exception).splitlines()[0][:20]}")
    assert len(dot.nodes) == count
    assert f"failed: drawing of {count} nodes" in str(drawing)
    assert exception.__notes__ == [str(drawing)]


def test_nothing_is_drawn_where_nothing_fails_or_there_is_no_graph(tmp_path: Path) -> None:
    with ag.draw_on_error(tmp_path / "error.svg") as error:
        ag.exp(x())
    assert error.drawing is None
    with pytest.raises(ZeroDivisionError) as raised, ag.draw_on_error(tmp_path / "error.svg") as error:
        1 / 0  # noqa: B018
    assert error.drawing is None
    assert not hasattr(raised.value, "__notes__")
    assert list(tmp_path.iterdir()) == []


def test_the_drawing_is_saved_where_one_says(tmp_path: Path) -> None:
    failed(user_primitive, path=tmp_path / "error.dot")
    assert "inverse" in (tmp_path / "error.dot").read_text(encoding="utf-8")


def test_the_exception_is_the_one_that_was_raised_whatever_becomes_of_the_drawing(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "nowhere" / "error.dot", "No such file"),
        (tmp_path / "error.jpg", "must end in one"),
    ):
        with pytest.raises(ZeroDivisionError) as unsaved, ag.draw_on_error(path):
            user_primitive()
        assert [note.partition(":")[0] for note in unsaved.value.__notes__] == [
            "inverse failed",
            "the drawing was not saved",
        ]
        assert why in unsaved.value.__notes__[1]
    w = ag.Value(1.0, "w")
    w.data = "one"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="the data of 'w' is not a number"), ag.draw_on_error():
        w * 2.0
    with pytest.raises(KeyboardInterrupt) as raised, ag.draw_on_error() as error:
        raise KeyboardInterrupt
    assert error.drawing is None
    assert not hasattr(raised.value, "__notes__")


def test_values_of_the_program_around_are_not_taken_for_the_culprits() -> None:
    elsewhere = ag.Value(5.0, "elsewhere")
    _, drawing = failed(wrong_line)
    assert elsewhere.label not in drawing.source


class FakeShell:
    """As much of IPython's shell as an extension asks for."""

    def __init__(self) -> None:
        self.events = self
        self.callbacks: list[Any] = []

    def register(self, event: str, callback: Any) -> None:
        assert event == "post_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event: str, callback: Any) -> None:
        assert event == "post_run_cell"
        self.callbacks.remove(callback)


def test_the_extension_comes_and_goes_without_a_trace() -> None:
    shell = FakeShell()
    ag.load_ipython_extension(shell)
    assert shell.callbacks == [on_error._after_cell]
    ag.unload_ipython_extension(shell)
    assert shell.callbacks == []


@pytest.mark.slow
def test_a_cell_that_fails_is_drawn_once_in_ipython(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    program = """
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output
        shell = InteractiveShell.instance()
        run = shell.run_cell
        with capture_output() as seen:
            run("%load_ext autograd_core")
            run("import autograd_core as ag; v = ag.Value(1.0, 'v') * 3")
            run("v.datum")
            run("with ag.draw_on_error():\\n    ag.dot([v], [])")
            run("1 / 0")
            run("%unload_ext autograd_core")
            run("v.datum")
        for output in seen.outputs:
            print(sorted(output.data), output.data["text/plain"])
    """
    environment = {"PYTHONPATH": str(Path(ag.__file__).parents[1]), "IPYTHONDIR": str(tmp_path), "PATH": "/usr/bin"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    printed = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    formats = "['image/svg+xml', 'text/html', 'text/plain']"
    assert printed.stdout.splitlines() == [
        f"{formats} this line failed: drawing of 4 nodes and 3 edges",
        f"{formats} dot failed: drawing of 4 nodes and 3 edges",
    ], printed.stderr
