"""The files that the command line writes: told and checked beforehand, and nothing of anybody else's replaced."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nn
from nn.command.main import main
from nn.files import FileError, Place, is_same_file
from nn.tabular import model_file
from nn.training.checkpoint import Checkpoint

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "1", "--hidden", "1")
TABLE = "x,y,kind\n" + "1,2,a\n2,4,b\n3,5,a\n4,9,b\n5,9,a\n" * 4
ON_TABLE = ("train", "--data", "table.csv", "--target", "kind", *QUICK)
MINE = "mine, not yours\n"


@pytest.fixture(autouse=True)
def in_a_folder_with_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text(TABLE)
    yield
    assert not list(tmp_path.rglob("*.part"))


def outcome(*arguments: str) -> int:
    """The exit status of the command line, run in this process."""
    try:
        return main(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)


def content() -> dict[str, bytes]:
    """What every file holds; nothing for what is no file."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in Path().rglob("*")}


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that says why not; no file has changed, and none was made."""
    before = content()
    capsys.readouterr()
    assert outcome(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err[:-1].isprintable()
    assert content() == before
    return captured.err


def names() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"table.csv"}


# -- one file for each name, told beforehand ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["graph.svg", "GRAPH.SVG", "./graph.svg", "a.svg"])
def test_a_model_where_its_drawing_would_go(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "train", "--save", name, *QUICK)
    assert "would be both the model and the drawing of a sample: write --save FILE.json" in line
    assert "--no-drawing" in refused(capsys, "train", "--save", name, *QUICK, "--overwrite")


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ((), {"model.json", "model.svg"}),
        (("--save", "m.v1.json"), {"m.v1.json", "m.v1.svg"}),
        (("--save", "model"), {"model", "model.svg"}),
        (("--save", ".hidden"), {".hidden", ".hidden.svg"}),
        (("--drawing", "other.SVG"), {"model.json", "other.SVG"}),
        (("--no-drawing",), {"model.json"}),
        (("--save", "m.svg", "--no-drawing"), {"m.svg"}),
        (("--save", "m.svg", "--drawing", "d.svg"), {"m.svg", "d.svg"}),
        (("--save", "größe\n\x1b.json"), {"größe\n\x1b.json", "größe\n\x1b.svg"}),
        (("--save", "m" * 250), {"m" * 250, "m" * 250 + ".svg"}),
        (("--save", "m" * 255, "--no-drawing"), {"m" * 255}),
    ],
)
def test_the_files_are_told_and_are_those(
    options: tuple[str, ...], files: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome("train", *QUICK, *options) == 0
    told = next(line for line in capsys.readouterr().out.split("\n") if line.startswith("Files: "))
    assert names() == files
    for name in files:
        assert repr(name)[1:-1] in told


@pytest.mark.parametrize("suffix", ["png", "json", "dot", ""])
def test_a_drawing_that_is_no_svg(suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "the drawing is an SVG, so write FILE.svg" in refused(capsys, "train", "--drawing", f"d.{suffix}", *QUICK)


def test_drawing_and_no_drawing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "not allowed with" in refused(capsys, "train", "--drawing", "d.svg", "--no-drawing", *QUICK)


# -- what is read is never written --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["itself", "spelled otherwise", "a link", "a hard link"])
@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
def test_the_data_is_never_overwritten(
    way: str, overwrite: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Path("table.svg").write_text(TABLE)
    path = {
        "itself": "table.svg",
        "spelled otherwise": str(tmp_path / ".." / tmp_path.name / "table.svg"),
        "a link": "link.svg",
        "a hard link": "hard.svg",
    }[way]
    if way == "a link":
        Path(path).symlink_to("table.svg")
    if way == "a hard link":
        os.link("table.svg", path)
    data = ("--data", "table.svg", "--target", "kind", *QUICK, *overwrite)
    assert "read from, and would be overwritten" in refused(capsys, "train", "--save", path, *data)
    assert "read from, and would be overwritten" in refused(capsys, "train", "--drawing", path, *data)
    assert outcome(*ON_TABLE, "--no-drawing") == 0
    data = ("--data", "table.svg", *overwrite)
    assert "read from, and would be overwritten" in refused(capsys, "predict", "--output", path, *data)
    assert "read from, and would" in refused(capsys, "predict", "--output", "./model.json", *data)


def test_a_drawing_beside_a_model_whose_data_has_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("model.svg").write_text(TABLE)
    line = refused(capsys, "train", "--data", "model.svg", "--target", "kind", *QUICK)
    assert "--drawing: model.svg is read from, and would be overwritten" in line


# -- what is somebody else's --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.json", "model.svg"])
@pytest.mark.parametrize("text", [MINE, "{}", '{"format": "another"}', "<svg></svg>", "\x89PNG", TABLE])
def test_what_is_not_of_this_program_stays(name: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_text(text)
    option = "--save" if name == "model.json" else "--drawing"
    line = refused(capsys, "train", *QUICK)
    assert line.endswith(f"it is not overwritten: name another file with {option}, or add --overwrite\n")
    assert outcome("train", *QUICK, "--overwrite") == 0
    assert Path(name).read_text() != text


def test_an_own_drawing_and_an_own_model_are_replaced() -> None:
    for _ in range(2):
        assert outcome("train", *QUICK) == 0
    Path("model.svg").write_text("")  # nothing is lost with that
    assert outcome("train", *QUICK, "--seed", "5") == 0


def test_a_picture_that_one_drew_oneself_stays(capsys: pytest.CaptureFixture[str]) -> None:
    import autograd_core as ag

    x = ag.Value(2.0, "x")
    ag.draw(x * x).save("model.svg")
    assert "model.svg: not a drawing of a training; it is not overwritten" in refused(capsys, "train", *QUICK)


@pytest.mark.parametrize(
    "other",
    [
        ("train", "--dataset", "penguins"),
        ("train", "--dataset", "moons"),
        ("train", "--dataset", "iris", "--target", "petal_width", "--one-hot", "species"),
        ON_TABLE,
    ],
)
def test_a_model_of_other_data_stays(other: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", *QUICK) == 0
    line = refused(capsys, *other, *QUICK)
    assert "model.json: a model of 'species' in Iris; it is not overwritten: name another file with --save" in line
    assert outcome(*other, *QUICK, "--save", "other.json") == 0
    assert outcome("train", *QUICK) == 0
    assert outcome(*other, *QUICK, "--overwrite") == 0
    assert model_file.load(Path("model.json")).data != "Iris" or other[2] == "iris"


def test_a_model_of_the_same_data_with_fewer_inputs_is_replaced() -> None:
    assert outcome(*ON_TABLE) == 0
    assert outcome(*ON_TABLE, "--leave-out", "y") == 0
    assert outcome(*ON_TABLE) == 0


def test_data_sets_with_the_same_columns_are_other_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", "--dataset", "moons", *QUICK) == 0
    assert "a model of 'class' in moons" in refused(capsys, "train", "--dataset", "spirals", *QUICK)


@pytest.mark.parametrize("text", [MINE, "", '{"format": "another"}'])
def test_a_file_called_previous_is_left_alone(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    previous = Path("model.json.previous")
    previous.write_text(text)
    assert outcome("train", "--epochs", "5", "--hidden", "1") == 0
    assert previous.read_text() == text
    assert "previous" not in capsys.readouterr().out
    assert outcome("train", "--epochs", "5", "--hidden", "1", "--overwrite") == 0
    assert previous.read_text() == text


def test_an_earlier_model_that_is_resumed_is_left_alone() -> None:
    assert outcome("train", *QUICK, "--save", "model.json.previous", "--no-drawing") == 0
    before = Path("model.json.previous").read_bytes()
    resumed = ("train", "--resume", "model.json.previous", "--save", "model.json", "--epochs", "3")
    assert outcome(*resumed, "--overwrite") == 0
    assert Path("model.json.previous").read_bytes() == before


def test_predictions_replace_predictions_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(*ON_TABLE) == 0
    predict = ("predict", "--data", "table.csv", "--output", "out.csv")
    assert outcome(*predict) == 0
    written = Path("out.csv").read_text()
    assert outcome(*predict) == 0
    Path("out.csv").write_text(MINE)
    assert "out.csv: not predictions of this program; it is not overwritten" in refused(capsys, *predict)
    assert outcome(*predict, "--overwrite") == 0
    assert Path("out.csv").read_text() == written


def test_the_checkpoint_of_the_library_replaces_checkpoints_alone() -> None:
    Path("notes.txt").write_text(MINE)
    model = nn.MLP(1, [1], seed=0)
    with pytest.raises(FileError, match=r"notes\.txt: it is not a checkpoint, and is not overwritten"):
        nn.fit(model, [([1.0], 2.0)], "squared_error", nn.optim.SGD(model.parameters(), 0.1), 2, checkpoint="notes.txt")
    assert Path("notes.txt").read_text() == MINE
    Path("run.json.previous").write_text(MINE)
    for resume in (False, True):
        optimizer = nn.optim.SGD(model.parameters(), 0.1)
        nn.fit(model, [([1.0], 2.0)], "squared_error", optimizer, 3, checkpoint="run.json", resume=resume)
    assert Path("run.json.previous").read_text() == MINE


# -- races --------------------------------------------------------------------------------------------------------


def test_a_file_that_somebody_puts_there_meanwhile_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the training runs; in its last moment; and at the place of the drawing."""

    def put_after(epoch: int, name: str) -> None:
        def tell(history: nn.History, *_: object) -> None:
            if len(history.losses) == epoch:
                Path(f"{name}.new").write_text(MINE)
                os.replace(f"{name}.new", name)

        monkeypatch.setattr("nn.command.train._tell", tell)

    for epoch in (1, 2, 3):
        put_after(epoch, "model.json")
        assert outcome("train", "--epochs", "3", "--hidden", "1") == 2
        assert Path("model.json").read_text() == MINE
        assert "model.json: not a model file" in capsys.readouterr().err
        Path("model.json").unlink()
    put_after(2, "model.svg")
    assert outcome("train", "--epochs", "3", "--hidden", "1") == 0
    assert "The sample is not drawn: model.svg: not a drawing of a training" in capsys.readouterr().out
    assert Path("model.svg").read_text() == MINE
    put_after(1, "model.json.previous")
    assert outcome("train", "--epochs", "4", "--hidden", "1", "--no-drawing") == 0
    assert Path("model.json.previous").read_text() == MINE


def test_a_place_that_was_free_is_not_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the write there is no moment: the file is created only where still none is."""
    link = os.link

    def somebody_is_faster(source: Path, target: Path) -> None:
        Path(target).write_text(MINE)
        link(source, target)

    def refuse(path: Path) -> None:
        raise FileError(f"{path}: not yours")

    place = Place(Path("free.json"), refuse)
    monkeypatch.setattr(os, "link", somebody_is_faster)
    with pytest.raises(FileError, match=r"free\.json: cannot be written: File exists"):
        place.write("ours")
    assert Path("free.json").read_text() == MINE


# -- whatever lies there, a property ------------------------------------------------------------------------------

KINDS = (
    *("nothing", "mine", "empty", "a model", "another model", "a drawing", "a folder", "a pipe", "a device"),
    *("a link to mine", "a link to a model", "a dangling link", "a circle", "a hard link to the data", "no folder"),
    "too long a name",
)
OURS: dict[str, str] = {}


def models() -> dict[str, str]:
    """The files of this program's that may lie somewhere, made once."""
    if not OURS:
        Path("made").mkdir()
        Path("made/table.csv").write_text(TABLE)
        for name, data in (
            ("a model", ("--data", "made/table.csv", "--target", "kind")),
            ("another model", ("--dataset", "xor")),
        ):
            path = Path("made") / f"{name}.json"
            assert outcome("train", *data, *QUICK, "--save", str(path)) == 0
            OURS[name] = path.read_text()
            OURS["a drawing"] = path.with_suffix(".svg").read_text()
    return OURS


def put(kind: str, folder: Path, name: str) -> Path:
    """Lay something out under a name; the path that leads there."""
    path, other = folder / name, folder / "other"
    match kind.removeprefix("a link to "):
        case "no folder":
            return folder / "none" / name
        case "too long a name":
            return folder / (name * 100)
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "a device":
            path.symlink_to("/dev/null")
        case "a dangling link":
            path.symlink_to(other)
        case "a circle":
            path.symlink_to(path)
        case "a hard link to the data":
            os.link(folder / "table.csv", path)
        case "nothing":
            pass
        case text:
            written = other if kind.startswith("a link to ") else path
            written.write_text({"mine": MINE, "empty": ""}.get(text) or models().get(text, ""))
            if written is other:
                path.symlink_to(other)
    return path


def shape(folder: Path) -> dict[str, tuple[int, str, bytes]]:
    found = {}
    for path in folder.rglob("*"):
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        found[path.name] = (
            kind,
            os.readlink(path) if stat.S_ISLNK(kind) else "",
            path.read_bytes() if stat.S_ISREG(kind) else b"",
        )
    return found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=st.sampled_from(KINDS),
    drawing=st.sampled_from(KINDS),
    overwrite=st.booleans(),
    name=st.sampled_from(["m.json", "two\nlines.json", "\x1b[31m.json", "größe.json", "-rf.json", "m.json.previous"]),
)
def test_whatever_lies_at_the_places_of_a_training(
    model: str,
    drawing: str,
    overwrite: bool,
    name: str,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It trains, and replaces only what it may; or it says why not in one line, and all is as it was."""
    models()
    folder = tmp_path_factory.mktemp("places")
    (folder / "table.csv").write_text(TABLE)
    save = put(model, folder, name)
    picture = put(drawing, folder, f"{name}.svg")
    before = shape(folder)
    free = {"nothing", "empty", "a dangling link"}
    replaceable = {"mine", "a model", "another model", "a drawing", "a link to mine", "a link to a model"}
    may_save = model in free | {"a model", "a link to a model"} | (replaceable if overwrite else set())
    may_draw = drawing in free | {"a drawing"} | (replaceable if overwrite else set())
    both_are_other = all("link" in kind and "hard" not in kind for kind in (model, drawing))
    capsys.readouterr()
    data = ("--data", str(folder / "table.csv"), "--target", "kind", *QUICK)
    options = (f"--save={save}", f"--drawing={picture}", *(["--overwrite"] if overwrite else []))
    status = outcome("train", *data, *options)
    captured = capsys.readouterr()
    after = shape(folder)
    if status == 2:
        assert after == before
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert captured.err[:-1].isprintable()
        assert not (may_save and may_draw) or both_are_other
        return
    assert status == 0
    assert may_save
    assert may_draw
    assert model_file.load(save).data == "table.csv"
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    assert after["table.csv"] == before["table.csv"]
    assert [line for line in captured.out.split("\n") if not line.isprintable()] == []
    for path in (save, picture):
        assert path.is_symlink() == stat.S_ISLNK(before.get(path.name, (0, "", b""))[0])
    assert set(after) - set(before) <= {save.name, picture.name, "other"}


# -- permissions, full disks --------------------------------------------------------------------------------------


def test_permissions_of_models_drawings_and_predictions_are_kept() -> None:
    predict = ("predict", "--data", "table.csv", "--output", "out.csv")
    assert outcome(*ON_TABLE) == 0
    assert outcome(*predict) == 0
    for name in ("model.json", "model.svg", "out.csv"):
        os.chmod(name, 0o600)
    assert outcome(*ON_TABLE) == 0
    assert outcome(*predict) == 0
    for name in ("model.json", "model.svg", "out.csv"):
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o600


@pytest.mark.parametrize("first", [1, 2, 4])
def test_a_disk_that_fills_up_costs_no_whole_file(
    first: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the first write on, or from a later one: what was there is still there, whole."""
    replace, count = os.replace, 0

    def full(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if count >= first:
            raise OSError(28, "No space left on device")
        replace(source, target)

    assert outcome(*ON_TABLE) == 0
    before = Path("model.json").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        assert outcome(*ON_TABLE[:-4], "--epochs", "9", "--hidden", "1") == 2
    error = capsys.readouterr().err
    assert error == "python -m nn train: model.json: cannot be written: No space left on device\n"
    model_file.load(Path("model.json"))
    assert (Path("model.json").read_bytes() == before) == (first == 1)


# -- what is printed ----------------------------------------------------------------------------------------------

HOSTILE = ["c\x1b]0;pwn\x07", "\u202egnp", "\x9b31m", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_of_a_table_steer_no_terminal(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a column, as a class, in errors, in the explanation."""
    rows = [[f"x{hostile}", "d", f"y{hostile}"]] + [
        [str(i % 5), hostile * (i % 2) + "q", hostile * (i % 3) + "k"] for i in range(30)
    ]
    with open("hostile.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    on = ("--data", "hostile.csv", "--target", f"y{hostile}")
    for arguments, status in (
        (("train", *on, *QUICK), 0),
        (("train", *on, *QUICK, "--explain"), 0),
        (("train", *on, *QUICK, "--target", hostile), 2),
        (("train", *on, *QUICK, "--task", "regression"), 2),
        (("train", "--data", f"{hostile}.csv", "--target", "x"), 2),
        (("train", *on, hostile), 2),
        (("predict", "--data", "table.csv"), 2),
    ):
        assert outcome(*arguments) == status, arguments
        captured = capsys.readouterr()
        for line in [*captured.out.split("\n"), *captured.err.split("\n")]:
            assert line.isprintable(), line


def test_predictions_are_data_in_a_pipe_and_spelled_out_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("hostile.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["x", "y"], *[[str(i % 2), "\x1b[31m" if i % 2 else "a\nb"] for i in range(20)]])
    assert outcome("train", "--data", "hostile.csv", "--target", "y", "--epochs", "30", "--lr", "0.1") == 0
    capsys.readouterr()
    assert outcome("predict", "--data", "hostile.csv") == 0
    piped = capsys.readouterr().out
    assert {row[0] for row in csv.reader(io.StringIO(piped))} == {"predicted_y", "\x1b[31m", "a\nb"}
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert outcome("predict", "--data", "hostile.csv") == 0
    shown = capsys.readouterr().out
    assert set(shown.split("\n")) == {"predicted_y", r"\x1b[31m", r'"a\nb"', ""}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_classes_that_a_spreadsheet_would_compute(sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --safe-csv an apostrophe stands before them; numbers stay numbers; without, all is as it was."""
    classes = [f"{sign}1+1", "-1.5", "plain"]
    rows = [[str(i % 3), classes[i % 3]] for i in range(30)]
    with open("cells.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["x", "y"], *rows])
    assert outcome("train", "--data", "cells.csv", "--target", "y", "--task", "classification", *QUICK[:2]) == 0
    model = json.loads(Path("model.json").read_text(encoding="utf-8"))
    assert sorted(model["target"]["classes"]) == sorted(classes)
    capsys.readouterr()
    for options, first in (((), classes[0]), (("--safe-csv",), f"'{classes[0]}")):
        assert outcome("predict", "--data", "cells.csv", *options) == 0
        printed = {row[0] for row in csv.reader(io.StringIO(capsys.readouterr().out))}
        assert printed <= {"predicted_y", first, "-1.5", "plain"}


def test_each_way_to_a_file_is_the_same_file(tmp_path: Path) -> None:
    Path("link").symlink_to("table.csv")
    os.link("table.csv", "hard")
    for path in (Path("link"), Path("hard"), tmp_path / "table.csv", Path(".") / ".." / tmp_path.name / "table.csv"):
        assert is_same_file(path, Path("table.csv"))
    assert not is_same_file(Path("table.csv"), Path("none"))
    assert not is_same_file(Path("none"), Path("table.csv"))
    assert is_same_file(Path("none"), Path("./NONE"))
    assert not is_same_file(Path("none"), Path("nothing"))


def test_a_checkpoint_tells_where_it_keeps_the_earlier_one() -> None:
    assert Checkpoint("run.json").previous == Path("run.json.previous")
    Path("run.json.previous").write_text(MINE)
    assert Checkpoint("run.json").previous is None
