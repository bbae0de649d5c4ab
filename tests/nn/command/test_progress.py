"""How far a training is: a bar on a terminal where tqdm is installed, lines elsewhere, and from the first second."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nn
from nn.command import progress, train
from nn.command.main import main
from nn.command.progress import Lines, duration
from nn.training.progress import Bar, Progress
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def lines_after_a_second(monkeypatch: pytest.MonkeyPatch, no_lines_of_slow_work: None) -> None:
    monkeypatch.setattr(progress, "FIRST_LINE", 1.0)


def clock(*seconds: float) -> Iterator[float]:
    """A clock that shows these times one after the other, and then stands still."""
    yield from seconds
    while True:
        yield seconds[-1]


# -- lines --------------------------------------------------------------------------------------------------------


def test_lines_come_after_a_second_and_then_less_and_less_often(capsys: pytest.CaptureFixture[str]) -> None:
    tenths = iter(range(10_000_000))
    lines = Lines(lambda: next(tenths) / 10)
    lines.begin("training", 20_000, "epoch")
    said = []
    for epoch in range(1, 6_001):
        lines.advance(1, f"loss {1 / epoch:.2f}")
        if capsys.readouterr().out:
            said.append(epoch)
    gaps = [after - before for before, after in zip(said, said[1:])]
    assert said[0] <= 10
    assert gaps[:4] == [20, 40, 80, 160]
    assert set(gaps[5:]) == {300}


def test_a_line_says_how_much_how_well_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(clock(0.0, 0.0, 60.0).__next__)
    lines.begin("training", 400, "epoch", done=100)
    lines.advance(2.5, "loss 0.5")
    assert capsys.readouterr().out == ">> training: 102 of 400 epochs, loss 0.5, about 1 h 59 min left\n"
    lines = Lines(clock(0.0, 5.0, 9.0).__next__)
    lines.begin("reading \x1b[31m.csv", None, "row")
    lines.advance(1000)
    assert capsys.readouterr().out == (">> reading \\x1b[31m.csv\n>> reading \\x1b[31m.csv: 1,000 rows\n")


def test_a_piece_of_work_is_announced_where_all_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(clock(0.0, 0.1, 0.2, 3.0, 3.1).__next__)
    lines.begin("reading")
    lines.begin("preparing")
    assert capsys.readouterr().out == ""
    lines.begin("training")
    lines.begin("testing")
    assert capsys.readouterr().out == ">> training\n>> testing\n"


def test_a_quick_training_has_no_such_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "bar_or_lines", lambda: Lines(lambda: 0.0))
    assert main(["train", "--epochs", "2"]) == 0
    assert ">>" not in capsys.readouterr().out


def test_a_slow_epoch_is_told_batch_by_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock on which each batch takes two seconds: there is a line within the first epoch."""
    monkeypatch.chdir(tmp_path)
    seconds = iter(range(0, 1_000_000, 2))
    monkeypatch.setattr(train, "bar_or_lines", lambda: Lines(lambda: float(next(seconds))))
    assert main(["train", "--epochs", "2", "--no-drawing"]) == 0
    output = capsys.readouterr().out
    first_epoch = output.partition("epoch 1 of 2")[0]
    assert re.search(r"^>> training: 0 of 2 epochs, loss \d\.\d+, about \d+ s left$", first_epoch, re.M)
    assert ">> testing: " in output
    assert output.splitlines()[-1].startswith("test rows: ")


def test_reading_a_large_table_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("x,y\n" + "1.5,a\n2.5,b\n" * 12_000)
    seconds = iter(range(0, 1_000_000, 2))
    monkeypatch.setattr(train, "bar_or_lines", lambda: Lines(lambda: float(next(seconds))))
    assert main(["train", "--data", "d.csv", "--target", "y", "--epochs", "1", "--batch-size", "full"]) == 0
    assert re.search(r"^>> reading d\.csv: [\d,]+ of 24,00\d rows, about \d+ s left$", capsys.readouterr().out, re.M)


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0.2, 59.6, 99.4, 100.0, 5940.0, 6000.0, 36_000.0)] == [
        *("0 s", "60 s", "99 s", "2 min", "99 min", "1 h 40 min", "10 h 0 min"),
    ]


# -- the bar ------------------------------------------------------------------------------------------------------


def test_a_bar_shows_loss_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    bar = Bar(disable=False, leave=True)
    bar.begin("training \x1b", 40, "epoch", done=10)
    bar.advance(10.2, "loss 0.5")
    bar.say("a line \x1b")
    bar.end()
    captured = capsys.readouterr()
    assert captured.out == "a line \\x1b\n"
    assert "training \\x1b:  50%|" in captured.err
    assert re.search(r"\| 20/40 epochs \[\d\d:\d\d<\d\d:\d\d, loss 0\.5\]", captured.err)
    bar.end()  # once more does no harm


def test_a_bar_without_a_total_or_a_unit(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    bar = Bar(disable=False, leave=True)
    bar.begin("reading", None, "row")
    bar.advance(1200)
    bar.begin("preparing")
    bar.end()
    error = capsys.readouterr().err
    assert "reading: 1,200 rows [00:00]" in error
    assert "preparing [00:00]" in error


PROGRAM = """
import fcntl, struct, termios
from nn.command.main import main
fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
print("ends", main({arguments!r}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
@pytest.mark.parametrize("with_tqdm", [True, False])
def test_on_a_terminal(with_tqdm: bool, tmp_path: Path) -> None:
    """A bar, if it can be, that is gone at the end, between lines that stay; the outcome is the last of them."""
    program = tmp_path / "program.py"
    hidden = "" if with_tqdm else "import sys\nsys.modules['tqdm'] = None\n"
    program.write_text(hidden + PROGRAM.format(arguments=["train", "--epochs", "30"]))
    with Terminal(program, "ends 0\n") as terminal:
        shown = terminal.read(seconds=120.0)
    assert ("/30 epochs [" in shown) == with_tqdm
    kept = [line.rpartition("\r")[2] for line in shown.split("\n")]
    assert kept[-2].startswith("test rows: loss ")
    assert [line for line in kept if line.startswith("epoch 30 of 30: loss ")]
    if with_tqdm:
        pytest.importorskip("tqdm", reason="tqdm is not installed")
        assert not [line for line in kept if "epochs [" in line]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
def test_an_error_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("x,y\n1,2\n2,zwei\n3,4\n4,5\n")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(arguments=["train", "--data", "d.csv", "--target", "y"]))
    with Terminal(program, "ends 2\n") as terminal:
        kept = [line.rpartition("\r")[2] for line in terminal.read(seconds=120.0).split("\n")]
    assert kept[-2].startswith("python -m nn train: d.csv: row 2 (line 3), column 'y': 'zwei' is not a number")


def test_the_library_takes_what_it_is_to_tell() -> None:
    told: list[tuple[str, object]] = []

    class Listener:
        def begin(self, what: str, total: int | None = None, unit: str = "", done: int = 0) -> None:
            told.append((what, total))

        def advance(self, count: float, note: str = "", total: int | None = None) -> None:
            told.append((note, count))

        def end(self) -> None:
            told.append(("end", None))

        def say(self, line: str) -> None:
            told.append((line, None))

    model = nn.MLP(1, [1], seed=0)
    optimizer = nn.optim.SGD(model.parameters(), 0.1)
    listener: Progress = Listener()
    data = [([1.0], 2.0), ([2.0], 3.0), ([3.0], 1.0), ([0.5], 0.0)]
    history = nn.fit(model, data, "squared_error", optimizer, 2, batch_size=2, progress=listener)
    assert told[0] == ("training", 2)
    assert told[-1] == ("end", None)
    assert [count for _, count in told[1:-1]] == [0.5, 0.5, 0.5, 0.5]
    assert told[2][0] == f"loss {history.losses[0]:.4g}"
    assert told[4][0] == f"loss {history.losses[1]:.4g}"
