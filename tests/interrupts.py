"""Does Ctrl-C leave anything behind? ``python -m tests.interrupts`` interrupts the engine at random instants.

A timer sends a signal after a random time, which raises ``KeyboardInterrupt`` once, wherever the program is: in a
context's first or last instruction, in a backward pass, while a program is compiled. After each one, with the exception
and its traceback still at hand, everything must be as it was: nodes are recorded, nobody watches them, derivatives are
floats, the collector is on, or off where it was off, NumPy warns as it did, and messages go where they went. What was
left behind is counted, and the exit status is 1 if it is not nothing.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import random
import shutil
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType, MemberDescriptorType
from typing import Any

import autograd_core as ag
from autograd_core.tracing.recorded import record

np: Any
try:
    import numpy as np
except ImportError:
    np = None

LONGEST_WAIT = 5.0
"""In seconds: what is so late does not come at all."""


def chain(length: int) -> tuple[ag.Value, ag.Value]:
    """A Value, and what follows from it in so many operations."""
    x = end = ag.Value(0.5, "x")
    for _ in range(length):
        end = ag.tanh(end * 1.01)
    return x, end


SHORT_X, SHORT_END = chain(2)
X, END = chain(30)
LONG_X, LONG_END = chain(300)
SILENT, WATCHED = ag.no_grad(), ag.detect_anomaly()


@SILENT
def evaluate(x: ag.Value) -> ag.Value:
    return x * x


@ag.no_grad()
def numbers(count: int) -> Iterator[ag.Value]:
    for _ in range(count):
        yield X * X


def halves(count: int) -> Iterator[ag.Value]:
    with ag.no_grad():
        for _ in range(count):
            yield X * X


def no_grad() -> None:
    with ag.no_grad():
        X * X


def nested_no_grad() -> None:
    with SILENT, SILENT:
        X * X
    with SILENT:
        pass


def decorated() -> None:
    evaluate(X)


def generators() -> None:
    for _ in numbers(2):
        X * X
    for _ in halves(2):
        X * X
    next(halves(2))  # abandoned


def detect_anomaly() -> None:
    with ag.detect_anomaly():
        (X * X).backward()
    with WATCHED:
        pass


def break_at() -> None:
    with ag.break_at("no such node"):
        (X * X).backward()


def backward() -> None:
    END.backward()


def long_backward() -> None:
    LONG_END.backward()


def grad() -> None:
    ag.grad(lambda x: x * x)(3.0)


def grad_of_grad() -> None:
    ag.grad(ag.grad(lambda x: x**3))(2.0)


def grad_in_no_grad() -> None:
    with ag.no_grad():
        ag.grad(lambda x: x * x)(3.0)


def hessian() -> None:
    ag.hessian(lambda v: v[0] * v[0] * v[1])([1.0, 2.0])


def check_grads() -> None:
    ag.check_grads(lambda x: x * x, 0.5)


def backward_steps() -> None:
    for _ in ag.backward_steps(END):
        pass


def explain() -> None:
    ag.explain(X * X, X)


def jvp_and_vjp() -> None:
    ag.jvp(lambda x: x * x, (3.0,), (1.0,))
    ag.vjp(lambda x: x * x, 3.0)


def draw() -> None:
    ag.draw(X * X).svg()


def compile_() -> None:
    ag.compile(SHORT_END, inputs=[SHORT_X])


def replay() -> None:
    PROGRAM.value_and_grad([0.25])


def trace() -> None:
    record(lambda x: X * x if x > 0.5 else X + x, "f", ((0.7,), {}), (), (0.7,))


PROGRAM: Any = ag.compile(SHORT_END, inputs=[SHORT_X]) if np is not None else None
NEEDING_NUMPY = [compile_, replay] if np is not None else []
NEEDING_GRAPHVIZ = [draw] if shutil.which("dot") or importlib.util.find_spec("pygraphviz") else []
FLOATING_POINT = np.geterr() if np is not None else {}
SUBJECTS: tuple[Callable[[], None], ...] = (
    no_grad, nested_no_grad, decorated, generators, detect_anomaly, break_at, backward, long_backward, grad,
    grad_of_grad, grad_in_no_grad, hessian, check_grads, jvp_and_vjp, backward_steps, explain, trace,
    *NEEDING_NUMPY, *NEEDING_GRAPHVIZ,
)  # fmt: skip


def left_behind(collecting: bool, error_stream: os.stat_result) -> Iterator[str]:
    """What is not as it was."""
    end = time.perf_counter() + LONGEST_WAIT  # a drawing is made to its end
    while not os.path.samestat(os.fstat(2), error_stream) and time.perf_counter() < end:
        time.sleep(0.001)
    if not os.path.samestat(os.fstat(2), error_stream):
        yield "another error stream"
    x = ag.Value(3.0)
    if not (x * x).operands:
        yield "recording off"
    if ag.is_watched():
        yield "observers"
    if x.data and any(not isinstance(vars(ag.Value)[name], MemberDescriptorType) for name in ag.Value.__slots__):
        yield "slots of Value that tell of reads"  # this one was the next
    if gc.isenabled() != collecting:
        yield "collector on" if gc.isenabled() else "collector off"
    if np is not None and np.geterr() != FLOATING_POINT:
        yield "NumPy's handling of errors"
    if type(ag.grad(lambda number: number * number)(3.0)) is not float:
        yield "depth"


def clean_up(collecting: bool) -> None:
    """Take up what was left outside the package, so that it is counted once."""
    (gc.enable if collecting else gc.disable)()
    if np is not None:
        np.seterr(**FLOATING_POINT)


class Interrupts:
    """A timer's signal as one KeyboardInterrupt."""

    def __init__(self) -> None:
        self.wanted = False
        signal.signal(signal.SIGALRM, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.wanted:
            self.wanted = False
            raise KeyboardInterrupt

    def after(self, seconds: float, subject: Callable[[], None]) -> BaseException | None:
        """Do it over and over until the interrupt comes; the exception, with its traceback."""
        try:
            self.wanted = True
            signal.setitimer(signal.ITIMER_REAL, seconds)
            self._repeat(subject)
        except KeyboardInterrupt as interrupt:
            return interrupt
        return None  # swallowed: by a destructor, or by what the collector calls

    def _repeat(self, subject: Callable[[], None]) -> None:
        end = time.perf_counter() + LONGEST_WAIT
        while self.wanted and time.perf_counter() < end:
            subject()


def run(count: int, seed: int, say: Callable[[str], object] = lambda line: None) -> Counter[str]:
    """Interrupt so many times, and count what is left behind; ``interrupts`` and ``swallowed`` are counted, too."""
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    before = signal.getsignal(signal.SIGALRM), sys.unraisablehook, gc.isenabled()
    error_stream = os.fstat(2)
    interrupts = Interrupts()
    sys.unraisablehook = lambda args: None  # what destructors swallow
    try:
        for index in range(count):
            subject = SUBJECTS[index % len(SUBJECTS)]
            collecting = rng.random() < 0.9
            (gc.enable if collecting else gc.disable)()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # break_at's
                caught = interrupts.after(rng.uniform(1e-5, 1e-3), subject)
            found["interrupts" if caught is not None else "swallowed"] += 1
            for what in list(left_behind(collecting, error_stream)):
                found[what] += 1
                say(f"{subject.__name__}: {what}")
            del caught
            clean_up(collecting)
            if (index + 1) % 5000 == 0:
                say(f"{index + 1} interrupts, left behind: {dict(faults(found)) or 'nothing'}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before[0])
        sys.unraisablehook = before[1]
        (gc.enable if before[2] else gc.disable)()
    return found


def faults(found: Counter[str]) -> Counter[str]:
    """Of what was counted, what is a fault."""
    return Counter({what: count for what, count in found.items() if what not in ("interrupts", "swallowed")})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interrupts", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="how many interrupts (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the instants (default: %(default)s)")
    options = parser.parse_args(arguments)
    found = run(options.count, options.seed, lambda line: print(line, flush=True))
    print(f"{found['interrupts']} interrupts, {found['swallowed']} more swallowed")
    print(f"left behind: {dict(faults(found)) or 'nothing'}")
    return 1 if faults(found) else 0


if __name__ == "__main__":
    sys.exit(main())
