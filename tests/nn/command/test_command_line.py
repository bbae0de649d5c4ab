"""The main job, run as a user runs it: what it prints, what it saves, and one line for everything that is wrong."""

import csv
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from nn import activations
from nn.command.main import main
from nn.tabular import model_file
from nn.tabular.features import Measure

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
IRIS = files("nn.datasets").joinpath("iris.csv").read_text(encoding="utf-8")
QUICK = ("--epochs", "2")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")]


def regression_csv(rows: int = 60) -> str:
    generator = random.Random(0)
    lines = []
    for _ in range(rows):
        x, y = generator.uniform(0.0, 10.0), generator.uniform(-1.0, 1.0)
        lines.append(f"{x!r},{y!r},{3.0 * x - 20.0 * y + 500.0!r}")
    return "x,y,price\n" + "\n".join(lines) + "\n"


def run(*arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nn", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)
    done.stdout = re.sub(r"^>> .*\n", "", done.stdout, flags=re.M)  # which a busy machine takes longer for
    return done


def outcome(*arguments: str) -> int:
    """The exit status of the command line, run in this process."""
    try:
        return main(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)


def accuracy(output: str, part: str) -> float:
    found = re.search(rf"{part} rows: loss [\d.e-]+, accuracy [\d.]+ \((\d+) of (\d+) right\)", output)
    assert found
    return int(found[1]) / int(found[2])


# -- training on Iris ---------------------------------------------------------------------------------------------


def test_iris_is_learned_with_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    """On five splits with five initialisations, the held-out rows are classified right in 93 % of cases or more."""
    accuracies = []
    for seed in range(5):
        assert outcome("train", "--seed", str(seed)) == 0
        accuracies.append(accuracy(capsys.readouterr().out, "test"))
    assert sum(accuracies) / 5 >= 0.93


def test_the_commands_of_a_newcomer() -> None:
    trained = run("train", "--epochs", "20")
    assert (trained.returncode, trained.stderr) == (0, "")
    lines = trained.stdout.splitlines()
    assert lines[:6] == [
        "Data: Iris, 150 rows, 4 features",
        "Numbers: sepal_length, sepal_width, petal_length, petal_width",
        "Target: species, 3 classes (classification)",
        "Split: 120 rows to train on, 30 held out for the test, seed 0",
        "Network: 4-8-3, tanh, 67 weights and biases",
        "Training: cross_entropy, adam with learning rate 0.01, batches of 10",
    ]
    assert lines[6] == "Files: model.json, model.svg (a drawing); model.json.previous while it trains"
    epochs = lines[7:]
    assert re.fullmatch(r"epoch  1 of 20: loss [\d.]+", epochs[0])
    assert re.fullmatch(r"epoch 20 of 20: loss [\d.]+", epochs[epochs.index("") - 2])
    assert "One weight's gradient on one test row, by the chain rule (all of it: --explain):" in epochs
    saved = "Saved to model.json. To use it: python -m nn predict --model model.json --data FILE.csv"
    assert epochs[epochs.index("") - 1] == saved
    assert lines[-3] == "Drawn in model.svg, with the paths of that weight standing out"
    assert accuracy(lines[-2], "training") > 0.9
    assert accuracy(lines[-1], "test") > 0.9  # what counts is the last thing on the screen
    assert sorted(path.name for path in Path().iterdir()) == ["model.json", "model.svg"]
    predicted = run("predict")
    assert (predicted.returncode, predicted.stderr) == (0, "")
    names = predicted.stdout.splitlines()
    assert names[0] == "predicted_species"
    truth = [line.rpartition(",")[2] for line in IRIS.splitlines()]
    assert sum(a == b for a, b in zip(names[1:], truth[1:])) > 135


def test_the_same_command_gives_the_same_file() -> None:
    assert outcome("train", *QUICK, "--save", "a.json") == 0
    assert outcome("train", *QUICK, "--save", "b.json") == 0
    assert outcome("train", *QUICK, "--save", "c.json", "--seed", "1") == 0
    assert Path("a.json").read_bytes() == Path("b.json").read_bytes() != Path("c.json").read_bytes()


def test_means_and_deviations_are_of_the_training_rows_only() -> None:
    """An outlier that is held out for some seeds and trained on for others moves the mean in the latter only."""
    rows = "".join(f"{number}.0,{number * 1.5}\n" for number in range(1, 10))
    Path("d.csv").write_text(f"x,y\n{rows}1000.0,77.25\n", encoding="utf-8")
    means = set()
    for seed in range(12):
        assert outcome("train", "--data", "d.csv", "--target", "y", "--seed", str(seed), *QUICK) == 0
        feature = model_file.load(Path("model.json")).features[0]
        assert isinstance(feature, Measure)
        means.add(feature.scaler.means[0] > 100.0)
    assert means == {True, False}


HEARD: list[tuple[str, ...]] = [
    ("--hidden", "5,4"),
    ("--activation", "relu"),
    ("--loss", "cross_entropy"),
    ("--optimizer", "sgd"),
    ("--optimizer", "sgd", "--momentum", "0.9"),
    ("--lr", "0.003"),
    ("--optimizer", "rmsprop"),
    ("--optimizer", "adamw"),
    ("--optimizer", "polyak", "--optimum", "0.5"),
    ("--optimizer", "sgd", "--momentum", "0.9", "--nesterov"),
    ("--weight-decay", "0.5"),
    ("--schedule", "step", "--decay-epochs", "1", "--decay", "0.1"),
    ("--schedule", "exponential", "--decay", "0.1"),
    ("--schedule", "cosine"),
    ("--warmup", "1"),
    ("--clip-norm", "0.0001"),
    ("--patience", "1"),
    ("--validation", "0.3"),
    ("--batch-size", "1"),
    ("--batch-size", "full"),
    ("--seed", "5"),
    ("--task", "classification"),
    ("--target", "species"),
]
WITH_TESTS_OF_THEIR_OWN = {
    "--help", "--epochs", "--save", "--resume", "--checkpoint-every", "--data", "--dataset", "--delimiter", "--header",
    "--no-header", "--one-hot", "--leave-out", "--encoding", "--decimal", "--thousands", "--missing", "--missing-text",
    "--skip-missing", "--drawing", "--no-drawing", "--overwrite", "--explain",
}  # fmt: skip
"""Here, and in test_data_command_line.py, test_reading.py, test_nn_resume.py, test_outputs.py, test_one_sample.py."""


def test_every_option_that_help_names_is_tested(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", "--help") == 0
    named = set(re.findall(r"--[a-z-]+", capsys.readouterr().out.partition("\n\n")[0]))
    assert (
        named | {"--help"}
        == {word for options in HEARD for word in options if word[0] == "-"} | WITH_TESTS_OF_THEIR_OWN
    )


@pytest.mark.parametrize("options", HEARD)
def test_every_option_is_heard(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", *QUICK) == 0
    usual = capsys.readouterr().out
    assert outcome("train", *QUICK, *options) == 0
    output = capsys.readouterr().out
    if options[0] in ("--task", "--target", "--loss"):
        assert output == usual
    else:
        assert [line for line in output.splitlines() if line.startswith("epoch")] != [
            line for line in usual.splitlines() if line.startswith("epoch")
        ]
    assert model_file.load(Path("model.json")).network.layer_sizes == ((5, 4, 3) if "5,4" in options else (8, 3))


def test_a_loss_that_does_not_fall_lowers_the_rate_by_plateau() -> None:
    options = ("--optimizer", "sgd", "--lr", "1e-9", "--schedule", "plateau", "--decay", "0.5", "--decay-epochs", "1")
    assert outcome("train", "--epochs", "7", *options) == 0
    training = model_file.load(Path("model.json")).training
    assert training is not None
    assert training["state"]["history"]["learning_rates"] == [1e-9, 1e-9, 1e-9, 5e-10, 5e-10, 2.5e-10, 2.5e-10]


@pytest.mark.parametrize("options", [("--activation", name) for name in activations.ALL])
def test_every_activation_is_trained_with(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", *QUICK, *options) == 0
    assert f"Network: 4-8-3, {options[1]}, 67 weights and biases\n" in capsys.readouterr().out


def test_every_option_of_predict_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    """Each of those that help names is given here, and makes the predictions other ones or go elsewhere."""
    assert outcome("predict", "--help") == 0
    named = set(re.findall(r"--[a-z-]+", capsys.readouterr().out.partition("\n\n")[0]))
    assert outcome("train", "--epochs", "20", "--save", "a.json") == 0
    Path("new.csv").write_text("5.9;3.0;5.1;1.8\n5.1;3.5;1.4;0.2\n", encoding="utf-8")
    Path("bare.csv").write_text(IRIS.partition("\n")[2].replace(",", ";"), encoding="utf-8")
    bare = ("--data", "bare.csv", "--no-header", "--delimiter", ";")
    assert outcome("train", *bare, "--target", "5", "--epochs", "20", "--save", "b.json") == 0
    capsys.readouterr()
    given: set[str] = {"--help"}

    def predicted(*options: str) -> list[str]:
        given.update(option for option in options if option.startswith("--"))
        assert outcome("predict", *options) == 0
        return capsys.readouterr().out.splitlines()

    assert predicted("--model", "a.json", "--dataset", "iris")[0] == "predicted_species"
    ours = ["predicted_5", "virginica", "setosa"]
    assert predicted("--model", "b.json", "--data", "new.csv") == ours
    with_header = f"1,2,3,4\n{Path('new.csv').read_text(encoding='utf-8').replace(';', ',')}"
    Path("named.csv").write_text(with_header, encoding="utf-8")
    assert predicted("--model", "b.json", "--data", "named.csv", "--delimiter", ",", "--header") == ours
    Path("marks.csv").write_bytes("1;2;3;4\n5,9;3,0;5,1;1,8\n5,1;3;x;0,2\n5;1;1'000;\n".encode("utf-16-le"))
    marked = ("--data", "marks.csv", "--header", "--encoding", "utf-16-le", "--decimal", ",", "--thousands", "'")
    marked_ours = predicted("--model", "b.json", *marked, "--missing", "skip", "--missing-text", "x")
    assert marked_ours == ["predicted_5", "virginica", '""', '""']
    headless = ("--data", "new.csv", "--delimiter", ";", "--no-header", "--output", "out.csv")
    Path("out.csv").write_text("mine\n", encoding="utf-8")
    assert predicted("--model", "b.json", *headless, "--overwrite", "--safe-csv") == []
    assert Path("out.csv").read_text(encoding="utf-8").splitlines() == ours
    assert given == named | {"--help"}


# -- data of one's own --------------------------------------------------------------------------------------------


def test_regression_is_found_from_the_column(capsys: pytest.CaptureFixture[str]) -> None:
    Path("homes.csv").write_text(regression_csv(), encoding="utf-8")
    assert outcome("train", "--data", "homes.csv", "--target", "price", "--lr", "0.02") == 0
    output = capsys.readouterr().out
    assert "Target: price, a number (regression)" in output
    assert "squared_error" in output
    found = re.search(r"test rows: loss [\d.e-]+, root mean squared error ([\d.]+), R\^2 ([\d.]+)", output)
    assert found
    assert float(found[2]) > 0.98
    assert outcome("predict", "--data", "homes.csv", "--output", "out.csv") == 0
    assert capsys.readouterr() == ("", "")
    rows = list(csv.DictReader(io.StringIO(Path("out.csv").read_text(encoding="utf-8"))))
    truth = [float(row["price"]) for row in csv.DictReader(io.StringIO(regression_csv()))]
    errors = [abs(float(row["predicted_price"]) - price) for row, price in zip(rows, truth)]
    assert len(errors) == 60
    assert sum(errors) / len(errors) < 3.0 * float(found[1])


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_regression_losses(loss: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("homes.csv").write_text(regression_csv(), encoding="utf-8")
    assert outcome("train", "--data", "homes.csv", "--target", "price", "--loss", loss, *QUICK) == 0
    assert f"Training: {loss}" in capsys.readouterr().out


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "hinge"])
def test_two_classes_with_each_loss(loss: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line for line in IRIS.splitlines() if "virginica" not in line]
    Path("two.csv").write_text("\n".join(rows), encoding="utf-8")
    assert outcome("train", "--data", "two.csv", "--target", "species", "--loss", loss, "--epochs", "20") == 0
    assert accuracy(capsys.readouterr().out, "test") == 1.0
    assert outcome("predict", "--data", "two.csv") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [line.rpartition(",")[2] for line in rows[1:]]


@pytest.mark.parametrize(
    ("values", "options", "kind"),
    [
        (["0", "1"], (), "2 classes (classification)"),
        (["1", "2", "3"], (), "3 classes (classification)"),
        (["0.5", "1"], (), "a number (regression)"),
        ([str(number) for number in range(11)], (), "a number (regression)"),
        ([str(number) for number in range(11)], ("--task", "classification"), "11 classes (classification)"),
        (["0", "1"], ("--task", "regression"), "a number (regression)"),
        (["a", "1"], (), "2 classes (classification)"),
    ],
)
def test_the_task_is_found_from_the_column_or_said(
    values: list[str], options: tuple[str, ...], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{index},{values[index % len(values)]}\n" for index in range(22))
    Path("d.csv").write_text(f"x,y\n{rows}", encoding="utf-8")
    assert outcome("train", "--data", "d.csv", "--target", "y", *QUICK, *options) == 0
    assert f"Target: y, {kind}\n" in capsys.readouterr().out


def test_a_table_too_small_to_hold_rows_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("xor.csv").write_text("a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n", encoding="utf-8")
    assert outcome("train", "--data", "xor.csv", "--target", "xor", "--lr", "0.1", "--batch-size", "full") == 0
    output = capsys.readouterr().out
    assert "accuracy 1.000 (4 of 4 right)" in output
    assert "test rows: none, there are too few" in output


def test_predicting_needs_the_features_only_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", "--epochs", "20") == 0
    Path("new.csv").write_text(
        "petal_width,id,petal_length,sepal_width,sepal_length\n0.2,first,1.4,3.5,5.1\n2.5,second,6.0,3.3,6.3\n",
        encoding="utf-8",
    )
    capsys.readouterr()
    assert outcome("predict", "--data", "new.csv") == 0
    assert capsys.readouterr().out == "predicted_species\nsetosa\nvirginica\n"


def test_names_beyond_ascii_on_any_terminal() -> None:
    Path("d.csv").write_text("länge,größe\n1,groß\n2,klein\n1,groß\n2,klein\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    for arguments in (["train", "--data", "d.csv", "--target", "größe", *QUICK], ["predict", "--data", "d.csv"]):
        command = [sys.executable, "-m", "nn", *arguments]
        finished = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert (finished.returncode, finished.stderr) == (0, b"")
        assert "größe" in finished.stdout.decode("utf-8")


# -- resuming -----------------------------------------------------------------------------------------------------


def test_resuming_goes_on_from_the_saved_weights(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", "--hidden", "5", "--seed", "3", "--epochs", "20", "--save", "first.json") == 0
    before = capsys.readouterr().out
    first = Path("first.json").read_bytes()
    assert outcome("train", "--resume", "first.json", "--save", "second.json", "--epochs", "5") == 0
    after = capsys.readouterr().out
    assert Path("first.json").read_bytes() == first
    start = re.search(r"epoch 21 of 25: loss ([\d.]+)", after)
    end = re.search(r"training rows: loss ([\d.]+)", before)
    assert start
    assert end
    assert float(start[1]) < 1.5 * float(end[1])
    assert "Network: 4-5-3" in after
    assert "seed 3" in after  # the same rows are held out
    assert outcome("train", "--resume", "first.json", *QUICK) == 0
    assert Path("first.json").read_bytes() != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--hidden", "5,5"), "--hidden: model.json was trained with 8, not 5,5"),
        (("--activation", "relu"), "--activation: model.json was trained with tanh, not relu"),
        (("--loss", "hinge"), "--loss: model.json was trained with cross_entropy, not hinge"),
        (("--task", "regression"), "--task: model.json was trained with classification, not regression"),
        (("--target", "petal_width"), "--target: model.json was trained with species, not petal_width"),
        (("--seed", "4"), "--seed: model.json was trained with 0, not 4"),
        (("--data", "other.csv"), "no column 'species'; its columns are 'x', 'y', 'price'"),
        (("--data", "fewer.csv"), "fewer.csv: its columns are petal_width; model.json was trained on sepal_length,"),
        (
            ("--data", "newclass.csv"),
            "newclass.csv: row 151 (line 152), column 'species': 'rosa' is not among 'setosa',",
        ),
    ],
)
def test_what_does_not_fit_a_resumed_model(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome("train", *QUICK) == 0
    saved = Path("model.json").read_bytes()
    Path("other.csv").write_text(regression_csv(), encoding="utf-8")
    Path("fewer.csv").write_text("petal_width,species\n1,setosa\n", encoding="utf-8")
    Path("newclass.csv").write_text(IRIS + "1,2,3,4,rosa\n", encoding="utf-8")
    capsys.readouterr()
    check_refused(capsys, ("train", "--resume", "model.json", *options), message)
    assert Path("model.json").read_bytes() == saved


# -- what cannot be used ------------------------------------------------------------------------------------------


def check_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    """One line on stderr that says it, nothing on stdout, status 2, and no file new or changed."""
    before = snapshot()
    assert outcome(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("python -m nn")
    assert message in captured.err
    assert snapshot() == before


def snapshot() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "data.csv: no such file"),
        (b"", "data.csv: the file is empty"),
        (b"\n \n", "data.csv: the file is empty"),
        (b"x,kind\n", "data.csv: only a header, no rows of data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "data.csv: not a text file in UTF-8 (byte 1)"),
        ("größe,kind\n1,a\n".encode("latin-1"), "data.csv: not a text file in UTF-8 (byte 3)"),
        (b"x,kind\n1,\x00\n", "data.csv: not a CSV file: it has a NUL character"),
        (b'x,kind\n1,"a\n', "data.csv: not a CSV file: line 2"),
        (b"Once upon a time.\nThere was a table.\n", "data.csv: no column 'kind'; its columns are 'Once upon a time.'"),
        (b"x;kind\n1;a\n2;b\n", "data.csv: no column 'kind'; its columns are 'x;kind'"),
        (b"x,y\n1,2\n", "data.csv: no column 'kind'; its columns are 'x', 'y'"),
        (b"kind\na\nb\n", "data.csv: no columns besides the target 'kind'"),
        (b"x,kind\n1,a\n2\n", "data.csv: line 3 has 1 field, the header has 2"),
        (b"x,kind\n1,a\n2,b,c\n", "data.csv: line 3 has 3 fields, the header has 2"),
        (b"x,kind\n1,a\ntwo,b\n", "data.csv: row 2 (line 3), column 'x': 'two' is not a number"),
        (b"x,kind\n1,a\n,b\n", "data.csv: row 2 (line 3), column 'x': the value is missing"),
        (b"x,kind\n1,a\nNA,b\n", "data.csv: row 2 (line 3), column 'x': the value is missing"),
        (b"x,kind\n1,a\n2,\n", "data.csv: row 2 (line 3), column 'kind': the value is missing"),
        (b"x,kind\n1,a\ninf,b\n", "data.csv: row 2 (line 3), column 'x': 'inf' is not a number of up to"),
        (b"x,kind\n1,a\n2,a\n", "data.csv: column 'kind' has only one value: there is nothing to learn"),
        (b"x,x,kind\n1,2,a\n", "data.csv: two columns are named 'x'"),
    ],
)
def test_bad_data(content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", *QUICK) == 0
    capsys.readouterr()
    if content is not None:
        Path("data.csv").write_bytes(content)
    check_refused(capsys, ("train", "--data", "data.csv", "--target", "kind"), message)


def test_data_that_is_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder").mkdir()
    check_refused(capsys, ("train", "--data", "folder", "--target", "x"), "folder: cannot be read: Is a directory")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--hidden", "0"), "argument --hidden: expected whole numbers of 1 or more with commas between them, got '0'"),
        (("--hidden", "8,"), "argument --hidden: expected whole numbers"),
        (("--hidden", "eight"), "argument --hidden: expected whole numbers"),
        (("--hidden=-3"), "argument --hidden: expected whole numbers"),
        (("--activation", "than"), "argument --activation: invalid choice: 'than' (choose from"),
        (("--loss", "mse"), "argument --loss: invalid choice: 'mse' (choose from"),
        (("--optimizer", "adagrad"), "argument --optimizer: invalid choice: 'adagrad' (choose from"),
        (("--task", "clustering"), "argument --task: invalid choice: 'clustering' (choose from"),
        (("--lr", "-0.1"), "argument --lr: expected a number above 0, got '-0.1'"),
        (("--lr", "0"), "argument --lr: expected a number above 0, got '0'"),
        (("--lr", "inf"), "argument --lr: expected a number above 0, got 'inf'"),
        (("--lr", "fast"), "argument --lr: expected a number above 0, got 'fast'"),
        (
            ("--optimizer", "sgd", "--momentum", "1"),
            "argument --momentum: expected a number from 0 to below 1, got '1'",
        ),
        (("--momentum", "0.9"), "--momentum is for --optimizer sgd or rmsprop, not adam"),
        (("--optimum", "1"), "--optimum is for --optimizer polyak, not adam"),
        (("--optimum", "nan"), "argument --optimum: expected a number, got 'nan'"),
        (("--optimizer", "sgd", "--nesterov"), "--nesterov needs a --momentum above 0"),
        (("--optimizer", "polyak", "--weight-decay", "1"), "--weight-decay is for --optimizer sgd or rmsprop or"),
        (("--weight-decay=-1",), "argument --weight-decay: expected a number of 0 or more, got '-1'"),
        (("--schedule", "linear"), "argument --schedule: invalid choice: 'linear' (choose from"),
        (("--decay", "0.5"), "--decay is for --schedule step or exponential or plateau, not constant"),
        (("--decay-epochs", "5"), "--decay-epochs is for --schedule step or plateau, not constant"),
        (("--warmup", "100"), "--warmup: it needs to be shorter than the 100 epochs in all"),
        (("--clip-norm", "0"), "argument --clip-norm: expected a number above 0, got '0'"),
        (("--patience", "0"), "argument --patience: expected a whole number of 1 or more, got '0'"),
        (("--validation", "1"), "argument --validation: expected a number between 0 and 1, got '1'"),
        (("--checkpoint-every", "0"), "argument --checkpoint-every: expected a whole number of 1 or more, got '0'"),
        (("--batch-size", "0"), "argument --batch-size: expected a whole number of 1 or more, got '0'"),
        (("--epochs", "0"), "argument --epochs: expected a whole number of 1 or more, got '0'"),
        (("--epochs", "1.5"), "argument --epochs: expected a whole number of 1 or more, got '1.5'"),
        (("--seed", "x"), "argument --seed: invalid int value: 'x'"),
        (("--loss", "hinge"), "--loss: hinge tells two classes apart, and there are 3"),
        (("--loss", "squared_error"), "--loss: classification takes one of cross_entropy, binary_cross_entropy, hinge"),
        (("--task", "regression"), "Iris: row 1 (line 2), column 'species': 'setosa' is not a number"),
        (("--target", "colour"), "Iris: no column 'colour'; its columns are 'sepal_length',"),
        (("--save", "no/such/model.json"), "no/such/model.json: cannot be written: there is no folder"),
        (("--save", "."), ".: cannot be written: it is not a regular file"),
        (("--resume", "nothing.json"), "nothing.json: no such file"),
        (("--learning-rate", "1"), "unrecognized arguments: --learning-rate 1"),
        (("--epoch", "1"), "unrecognized arguments: --epoch 1"),
    ],
)
def test_bad_options(options: tuple[str, ...] | str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(capsys, ("train", *((options,) if isinstance(options, str) else options)), message)


def test_no_command_and_no_target(capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(capsys, (), "the following arguments are required: train|predict")
    check_refused(capsys, ("learn",), "invalid choice: 'learn'")
    Path("data.csv").write_text(regression_csv(), encoding="utf-8")
    check_refused(capsys, ("train", "--data", "data.csv"), "--data needs --target, one of its columns: x, y, price")


def test_a_file_that_is_no_model_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data.csv").write_text(regression_csv(), encoding="utf-8")
    arguments = ("train", "--data", "data.csv", "--target", "price", "--save", "data.csv", *QUICK)
    check_refused(capsys, (*arguments, "--overwrite"), "--save: data.csv is read from, and would be overwritten")
    Path("model.json").write_text('{"mine": 1}', encoding="utf-8")
    check_refused(capsys, ("train", *QUICK), "model.json: not a model file, or a damaged one: ")
    check_refused(capsys, ("train", *QUICK), "it is not overwritten: name another file with --save, or add --overwrite")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission(capsys: pytest.CaptureFixture[str]) -> None:
    Path("locked").mkdir(mode=0o500)
    check_refused(capsys, ("train", "--save", "locked/model.json"), "no permission to write in")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "model.json: not a model file, or a damaged one: "),
        (lambda text: "", "model.json: not a model file, or a damaged one: "),
        (lambda text: text.replace('"version": 2', '"version": 9'), "its version is 9, and this program reads 2"),
        (lambda text: text.replace('"tanh"', '"than"'), "unknown activation 'than'"),
        (lambda text: IRIS, "model.json: not a model file, or a damaged one: "),
    ],
)
def test_damaged_models(damage: object, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", *QUICK) == 0
    path = Path("model.json")
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]
    capsys.readouterr()
    check_refused(capsys, ("predict",), message)
    check_refused(capsys, ("train", "--resume", "model.json", "--save", "other.json"), message)


def test_predicting_from_what_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(capsys, ("predict",), "model.json: no such file")
    assert outcome("train", *QUICK) == 0
    capsys.readouterr()
    Path("other.csv").write_text(regression_csv(), encoding="utf-8")
    Path("bad.csv").write_text(IRIS + "1,2,3,x,setosa\n", encoding="utf-8")
    check_refused(
        capsys, ("predict", "--data", "other.csv"), "other.csv: no column 'sepal_length'; its columns are 'x'"
    )
    check_refused(capsys, ("predict", "--data", "bad.csv"), "bad.csv: row 151 (line 152), column 'petal_width': 'x' is")
    check_refused(capsys, ("predict", "--data", "bad.csv", "--output", "bad.csv"), "--output: bad.csv is read from")
    check_refused(capsys, ("predict", "--output", "model.json"), "--output: model.json is read from")
    check_refused(capsys, ("predict", "--output", "no/out.csv"), "no/out.csv: cannot be written: there is no folder")


# -- training that fails or is stopped ----------------------------------------------------------------------------


def test_a_training_that_diverges_keeps_the_model_there_was(capsys: pytest.CaptureFixture[str]) -> None:
    Path("homes.csv").write_text(regression_csv(), encoding="utf-8")
    options = ("train", "--data", "homes.csv", "--target", "price", "--activation", "relu", "--optimizer", "sgd")
    assert outcome(*options, *QUICK) == 0
    saved = Path("model.json").read_bytes()
    capsys.readouterr()
    assert outcome(*options, "--lr", "1e100") == 1
    error = capsys.readouterr().err
    assert re.fullmatch(
        r"python -m nn train: the .* became \S+ in epoch 1; a lower learning rate .*; no model was saved\n", error
    )
    assert Path("model.json").read_bytes() == saved


def test_a_training_that_diverges_later_leaves_the_model_of_the_epoch_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("homes.csv").write_text(regression_csv(), encoding="utf-8")
    options = ("--target", "price", "--activation", "relu", "--optimizer", "sgd", "--lr", "1", "--batch-size", "full")
    assert outcome("train", "--data", "homes.csv", *options) == 1
    error = capsys.readouterr().err
    found = re.search(r"became inf in epoch (\d+); .*; model\.json has the model of epoch (\d+)\n$", error)
    assert found
    assert int(found[1]) == int(found[2]) + 1
    assert outcome("train", "--data", "homes.csv", *options, "--save", "before.json", "--epochs", found[2]) == 0
    before, kept = (model_file.load(Path(path)).network.state_dict() for path in ("before.json", "model.json"))
    assert before == kept


def test_early_stopping_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome("train", "--patience", "5", "--lr", "0.1") == 0
    found = re.search(
        r"^Stopped early after epoch (\d+); the weights are those of epoch (\d+)\.$", capsys.readouterr().out, re.M
    )
    assert found
    assert int(found[1]) == int(found[2]) + 5


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process on Windows")
def test_ctrl_c_saves_what_was_learned() -> None:
    command = [sys.executable, "-m", "nn", "train", "--epochs", "1000000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as training:
        assert training.stdout is not None
        assert any(line.startswith("epoch") for line in training.stdout)
        time.sleep(0.3)
        training.send_signal(signal.SIGINT)
        output, error = training.communicate(timeout=30)
    assert (training.returncode, error) == (0, "")
    assert re.search(r"^Stopped by Ctrl-C after \d+ whole epochs; what was learned so far is kept\.$", output, re.M)
    assert "test rows: loss" in output
    assert model_file.load(Path("model.json")).target.column == "species"


def test_a_reader_that_goes_away() -> None:
    assert outcome("train", *QUICK) == 0
    with subprocess.Popen(
        [sys.executable, "-m", "nn", "predict"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as predicting:
        assert predicting.stdout is not None
        assert predicting.stderr is not None
        predicting.stdout.close()  # before anything is written
        assert predicting.stderr.read() == b""
    assert predicting.returncode == 1
