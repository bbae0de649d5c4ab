"""A training that was stopped, killed or damaged goes on, and comes to the bits of one that was not."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

import nn
from nn import schedules
from nn.command.main import main
from nn.command.plan import DEFAULT_LR
from nn.files import FileError
from nn.optim import SGD, Adam, AdamW, Optimizer, Polyak, RMSprop
from nn.tabular import model_file

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
GENERATOR = random.Random(0)
SAMPLES = [([GENERATOR.gauss(0, 1), GENERATOR.gauss(0, 1)], GENERATOR.gauss(0, 1)) for _ in range(30)]

OPTIMIZERS: list[Callable[[Any], Optimizer]] = [
    lambda parameters: SGD(parameters, 0.05),
    lambda parameters: SGD(parameters, 0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
    lambda parameters: RMSprop(parameters, 0.01, momentum=0.5),
    lambda parameters: Adam(parameters, 0.02),
    lambda parameters: AdamW(parameters, 0.02, weight_decay=0.1),
    lambda parameters: Polyak(parameters, 0.1),
]
SCHEDULES: list[Callable[[Any], Any]] = [
    lambda optimizer: None,
    lambda optimizer: schedules.Warmup(schedules.Cosine(optimizer, 9), 3),
    lambda optimizer: schedules.ReduceOnPlateau(optimizer, 0.5, patience=0),
    lambda optimizer: schedules.Step(optimizer, 2, 0.5),
]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# -- fit ----------------------------------------------------------------------------------------------------------


def trained(
    make_optimizer: Callable[[Any], Optimizer], make_schedule: Callable[[Any], Any], epochs: int, **arguments: Any
) -> tuple[dict[str, float], nn.History]:
    """A training from the same beginning each time, unless a checkpoint says otherwise."""
    model = nn.MLP(2, [4, 1], seed=3)
    optimizer = make_optimizer(model.parameters())
    settings = {"batch_size": 4, "seed": 5, "validation": SAMPLES[:6], "clip_norm": 1.0, **arguments}
    schedule = make_schedule(optimizer)
    history = nn.fit(model, SAMPLES[6:], "squared_error", optimizer, epochs, schedule=schedule, **settings)
    return model.state_dict(), history


@pytest.mark.parametrize("make_optimizer", OPTIMIZERS)
@pytest.mark.parametrize("make_schedule", SCHEDULES)
def test_stop_and_resume_has_the_bits_of_one_run(
    make_optimizer: Callable[[Any], Optimizer], make_schedule: Callable[[Any], Any]
) -> None:
    whole = trained(make_optimizer, make_schedule, 12)
    for epochs in (1, 5, 9):  # the last of these is saved when all are done
        trained(make_optimizer, make_schedule, epochs, checkpoint="run.json", resume=True)
    assert trained(make_optimizer, make_schedule, 12, checkpoint="run.json", resume=True) == whole
    assert [path.name for path in Path().iterdir()] == ["run.json"]


def test_ctrl_c_within_an_epoch_and_resume_has_the_bits_of_one_run() -> None:
    whole = trained(OPTIMIZERS[3], SCHEDULES[1], 12, engine="eager")  # as below: the model is called for each sample
    model = nn.MLP(2, [4, 1], seed=3)
    optimizer = Adam(model.parameters(), 0.02)
    calls = 0

    def interrupted(inputs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 100:
            raise KeyboardInterrupt
        return model(inputs)

    history = nn.fit(
        interrupted, SAMPLES[6:], "squared_error", optimizer, 12, 4, 5,
        schedule=SCHEDULES[1](optimizer), validation=SAMPLES[:6], clip_norm=1.0, checkpoint="run.json", engine="eager",
    )  # fmt: skip
    assert history.interrupted
    assert len(history.losses) == 3
    assert trained(OPTIMIZERS[3], SCHEDULES[1], 12, checkpoint="run.json", resume=True, engine="eager") == whole


def test_best_weights_survive_a_stop() -> None:
    overfitting = {"patience": 4, "clip_norm": None, "seed": 1}
    whole = trained(OPTIMIZERS[3], SCHEDULES[0], 300, **overfitting)
    assert whole[1].stopped_early
    epochs = len(whole[1].losses)
    for stop in range(epochs - 4, epochs):
        trained(OPTIMIZERS[3], SCHEDULES[0], stop, checkpoint="run.json", **overfitting)
        resumed = trained(OPTIMIZERS[3], SCHEDULES[0], 300, checkpoint="run.json", resume=True, **overfitting)
        assert resumed == whole
    # a training that has stopped has nothing to resume
    assert trained(OPTIMIZERS[3], SCHEDULES[0], 300, checkpoint="run.json", resume=True, **overfitting) == whole


def test_a_damaged_checkpoint_falls_back_to_the_one_before() -> None:
    whole = trained(OPTIMIZERS[3], SCHEDULES[0], 6)

    def killed(history: nn.History) -> None:
        if len(history.losses) == 4:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        trained(OPTIMIZERS[3], SCHEDULES[0], 6, checkpoint="run.json", callbacks=[killed])
    content = Path("run.json").read_bytes()
    Path(".run.json.123.part").write_bytes(content[:100])  # a kill in the middle of a write leaves this
    before = Path("run.json.previous").read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 3):
        Path("run.json").write_bytes(content[:length])
        Path("run.json.previous").write_bytes(before)
        assert trained(OPTIMIZERS[3], SCHEDULES[0], 6, checkpoint="run.json", resume=True) == whole
        assert not Path("run.json.previous").exists()
    Path("run.json").write_bytes(content[:-3])
    with pytest.raises(FileError, match=r"run\.json: not a checkpoint, or a damaged one"):
        trained(OPTIMIZERS[3], SCHEDULES[0], 6, checkpoint="run.json", resume=True)


def test_a_checkpoint_of_another_training_is_refused() -> None:
    trained(OPTIMIZERS[3], SCHEDULES[0], 2, checkpoint="run.json")
    content = Path("run.json").read_text(encoding="utf-8")
    for make_optimizer, make_schedule, message in (
        (OPTIMIZERS[0], SCHEDULES[0], "one of 'Adam', not of SGD"),
        (OPTIMIZERS[3], SCHEDULES[1], "one has a learning-rate schedule, the other does not"),
    ):
        with pytest.raises(ValueError, match=message):
            trained(make_optimizer, make_schedule, 3, checkpoint="run.json", resume=True)
    with pytest.raises(ValueError, match="one has validation samples, the other has none"):
        trained(OPTIMIZERS[3], SCHEDULES[0], 3, checkpoint="run.json", resume=True, validation=())
    state = json.loads(content)
    for key, wrong in (
        ("parameters", [1.0]),
        ("parameters", "x" * 17),
        ("order", [3, "00", None]),
        ("order", None),
        ("history", {"epochs": 3}),
        ("optimizer", {"optimizer": "Adam"}),
    ):
        Path("run.json").write_text(json.dumps({**state, key: wrong}), encoding="utf-8")
        with pytest.raises(ValueError, match="the state is not one of this training"):
            trained(OPTIMIZERS[3], SCHEDULES[0], 3, checkpoint="run.json", resume=True)
    for good, damaged, message in (
        ('"losses": [', '"losses": [true, ', "damaged one: losses should not have True in it"),
        ('"order"', '"order": 1, "order"', "damaged one: a name is repeated"),
    ):
        Path("run.json").write_text(content.replace(good, damaged), encoding="utf-8")
        with pytest.raises(FileError, match=message):
            trained(OPTIMIZERS[3], SCHEDULES[0], 3, checkpoint="run.json", resume=True)
    with pytest.raises(ValueError, match="resume needs a checkpoint"):
        trained(OPTIMIZERS[3], SCHEDULES[0], 3, resume=True)


def test_a_checkpoint_is_written_as_often_as_asked() -> None:
    seen = []

    def look(history: nn.History) -> None:
        path = Path("run.json")
        losses = json.loads(path.read_text(encoding="utf-8"))["history"]["losses"] if path.exists() else []
        seen.append(len(losses))

    trained(OPTIMIZERS[0], SCHEDULES[0], 7, checkpoint=nn.Checkpoint("run.json", every=3), callbacks=[look])
    assert seen == [0, 0, 3, 3, 3, 6, 6]
    look(nn.History())
    assert seen[-1] == 7


# -- the command line ---------------------------------------------------------------------------------------------


def data_csv() -> None:
    rows = [f"{a!r},{b!r},{target!r}" for (a, b), target in SAMPLES]
    Path("data.csv").write_text("a,b,target\n" + "\n".join(rows) + "\n", encoding="utf-8")


COMMAND = ("train", "--data", "data.csv", "--target", "target", "--hidden", "2", "--batch-size", "8")
REGIME = ("--schedule", "cosine", "--warmup", "20", "--clip-norm", "0.5", "--patience", "1000000")


def weights(path: str = "model.json") -> dict[str, float]:
    return model_file.load(Path(path)).network.state_dict()


def losses(path: str = "model.json") -> list[float]:
    training = model_file.load(Path(path)).training
    assert training is not None
    found: list[float] = training["state"]["history"]["losses"]
    return found


@pytest.mark.parametrize("name", DEFAULT_LR)
def test_a_finished_training_that_is_resumed_has_the_bits_of_one_run(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model file has the optimiser's state in it."""
    data_csv()
    momentum = ("--momentum", "0.5") if name in ("sgd", "rmsprop") else ()
    arguments = (*COMMAND, "--optimizer", name, *momentum)
    assert main([*arguments, "--epochs", "9", "--save", "whole.json"]) == 0
    assert main([*arguments, "--epochs", "4"]) == 0
    capsys.readouterr()
    assert main([*COMMAND, "--resume", "model.json", "--epochs", "5"]) == 0
    output = capsys.readouterr().out
    assert f"Training: squared_error, {name} with " in output
    assert "epoch 5 of 9: loss" in output
    assert weights() == weights("whole.json")
    assert losses() == losses("whole.json")


def test_options_of_a_resumed_training_may_change(capsys: pytest.CaptureFixture[str]) -> None:
    data_csv()
    assert main([*COMMAND, "--epochs", "4", "--optimizer", "sgd", "--momentum", "0.5", "--lr", "0.02"]) == 0
    for options, words in (
        (("--lr", "0.003"), "sgd with learning rate 0.003"),
        (("--optimizer", "adamw"), "adamw with learning rate 0.01"),
        (("--schedule", "exponential"), "schedule exponential"),
        (("--batch-size", "full"), "all rows at once"),
        ((), "schedule exponential"),
    ):
        capsys.readouterr()
        assert main([*COMMAND[:-2], "--resume", "model.json", "--epochs", "2", *options]) == 0
        assert words in capsys.readouterr().out
    assert len(losses()) == 14


@pytest.mark.parametrize(
    "damage",
    [
        lambda training: training.pop("state"),
        lambda training: training.update(state=5),
        lambda training: training.update(epochs="x"),
        lambda training: training["settings"].update(optimizer="adagrad"),
        lambda training: training["settings"].update(lr="fast"),
        lambda training: training["settings"].update(batch_size=0),
        lambda training: training["settings"].update(more=1),
        lambda training: training["state"]["parameters"].pop(),
        lambda training: training["state"]["optimizer"]["state"].update(means=[1.0]),
        lambda training: training["state"]["history"].pop("losses"),
        lambda training: training["state"].update(order=[3, "zz", None]),
        lambda training: training["state"]["schedule"].update(epoch="x"),
    ],
)
def test_a_damaged_training_is_one_clear_line(damage: Callable[[Any], Any], capsys: pytest.CaptureFixture[str]) -> None:
    data_csv()
    assert main([*COMMAND, "--epochs", "2", "--schedule", "step"]) == 0
    document = json.loads(Path("model.json").read_text(encoding="utf-8"))
    document["training"].update(epochs=5, is_finished=False)
    damage(document["training"])
    Path("model.json").write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert main([*COMMAND[:-2], "--resume", "model.json"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "the training in the file cannot be resumed" in error


def test_a_kill_between_the_last_epoch_and_the_final_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the same command has nothing left to train, and only to take the best weights and to report."""
    data_csv()
    arguments = [*COMMAND, "--epochs", "60", "--optimizer", "sgd", "--patience", "1000"]
    assert main([*arguments, "--save", "whole.json"]) == 0
    with monkeypatch.context() as patched:
        patched.setattr(nn.Checkpoint, "finish", kill)
        with pytest.raises(Killed):
            main(arguments)
    assert len(losses()) == 60
    assert main([*arguments, "--resume", "model.json"]) == 0
    assert Path("model.json").read_bytes() == Path("whole.json").read_bytes()


class Killed(BaseException):
    pass


def kill(checkpoint: nn.Checkpoint) -> None:
    raise Killed


@pytest.mark.parametrize("every", [1, 3])
def test_a_kill_costs_the_epochs_since_the_last_checkpoint(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data_csv()
    arguments = [*COMMAND, "--epochs", "9", "--checkpoint-every", str(every)]
    assert main([*arguments, "--save", "whole.json"]) == 0
    with monkeypatch.context() as patched:
        patched.setattr("nn.command.train._tell", kill_after_epoch_5)
        with pytest.raises(Killed):
            main(arguments)
    assert losses() == losses("whole.json")[: 5 - 5 % every]
    assert main([*arguments, "--resume", "model.json"]) == 0
    assert Path("model.json").read_bytes() == Path("whole.json").read_bytes()


def kill_after_epoch_5(history: nn.History, *_: object) -> None:
    if len(history.losses) == 5:
        raise Killed


# -- SIGKILL ------------------------------------------------------------------------------------------------------

FORKER = """
import importlib.util, json, os, sys
from nn.command.main import main
if importlib.util.find_spec("numpy") is not None:  # imports whatever a replay needs
    import autograd_core as ag
    ag.compile(ag.Value(1.0)).forward()
for line in sys.stdin:
    child = os.fork()
    if not child:
        print("started", os.getpid(), flush=True)
        status = main(json.loads(line))
        sys.stdout.flush()
        os._exit(status)
    _, status = os.waitpid(child, 0)
    print()  # a kill may have cut a line short
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


class Forker:
    """Runs the command line again and again, each time in a process of its own that needs no imports any more."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def run(self, *arguments: str, kill_after: float | None = None) -> int:
        """The exit status; where it is killed, so long after its training began."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        child = 0
        for line in self._process.stdout:
            if line.startswith("started"):
                child = int(line.split()[1])
            elif line.startswith("Training:") and kill_after is not None:
                time.sleep(kill_after)
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                    os.kill(child, signal.SIGKILL)
            elif line.startswith("ended"):
                return int(line.split()[1])
        raise AssertionError("the forker ended")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        _, error = self._process.communicate(timeout=60)
        assert error == ""


def saved_files() -> list[str]:
    return [name for name in ("model.json", "model.json.previous") if Path(name).exists()]


def is_finished(path: str) -> bool:
    training = model_file.load(Path(path)).training
    return training is not None and training["is_finished"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_fifty_kills_at_random_moments_lose_nothing() -> None:
    """A training is killed and resumed until it ends, with the bits of one that was not killed; then the next one."""
    data_csv()
    generator = random.Random(0)
    arguments = (*COMMAND, *REGIME, "--epochs", "400")
    started = time.perf_counter()
    assert main([*arguments, "--save", "whole.json"]) == 0
    longest = (time.perf_counter() - started) / 3.0  # kills come while it trains, on however busy a machine
    whole = losses("whole.json")
    kills, resumed_at, done = 0, set(), 0
    with Forker() as forker:
        while kills < 50 or done < len(whole):
            resume = ("--resume", "model.json") if saved_files() else ()
            status = forker.run(*arguments, *resume, kill_after=generator.uniform(0.0, longest) if kills < 50 else None)
            assert status in (0, -signal.SIGKILL)
            kills += status == -signal.SIGKILL
            history = losses(saved_files()[0]) if saved_files() else []
            assert history == whole[: len(history)]
            assert len(history) >= done - (saved_files() == ["model.json.previous"])
            done = len(history)
            resumed_at.add(done)
            if done == len(whole) and is_finished(saved_files()[0]):
                assert weights() == weights("whole.json")
                for name in saved_files():
                    Path(name).unlink()
                done = 0 if kills < 50 else done
    assert len(resumed_at) > 10, f"{longest:.3f} s at most: {sorted(resumed_at)}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_what_an_interrupted_training_cannot_become(capsys: pytest.CaptureFixture[str]) -> None:
    data_csv()
    with Forker() as forker:
        while not Path("model.json").exists() or len(losses()) < 2:
            forker.run(*COMMAND, *REGIME, "--epochs", "100000", kill_after=0.1)
    done = len(losses())
    for options, message in (
        (("--epochs", "1"), f"--epochs: {done} epochs of this training are already done, more than 1"),
        (("--validation", "0.3"), "--validation: this training has 0.2, which cannot become 0.3 on the way"),
        (("--optimum", "1"), "--optimum is for --optimizer polyak, not adam"),
        (("--warmup", "100000"), "--warmup: it needs to be shorter than the "),
    ):
        capsys.readouterr()
        assert main([*COMMAND, "--resume", "model.json", *options]) == 2
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)
        assert message in captured.err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_truncated_model_falls_back_to_the_epoch_before(capsys: pytest.CaptureFixture[str]) -> None:
    data_csv()
    arguments = (*COMMAND, *REGIME, "--epochs", "300")
    assert main([*arguments, "--save", "whole.json"]) == 0
    with Forker() as forker:
        while saved_files() != ["model.json", "model.json.previous"]:
            forker.run(*arguments, kill_after=0.1)
    content = Path("model.json").read_bytes()
    Path("model.json").write_bytes(content[: len(content) // 2])
    capsys.readouterr()
    assert main([*COMMAND, "--resume", "model.json"]) == 0
    assert "model.json is missing or damaged: resuming from an earlier one\n" in capsys.readouterr().out
    assert not Path("model.json.previous").exists()
    assert (losses(), weights()) == (losses("whole.json"), weights("whole.json"))
