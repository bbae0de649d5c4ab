"""The backward pass stepped through in a terminal, forwards and backwards."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from types import BuiltinFunctionType
from typing import Any

from autograd_core.drawing.draw import draw
from autograd_core.drawing.drawing import is_drawing
from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.explanation.explain import explain
from autograd_core.graph import Node
from autograd_core.notation.node_names import UnknownNameError
from autograd_core.notation.numbers import counted, did_you_mean, number
from autograd_core.stepping import terminal_views as views
from autograd_core.stepping.breakpoints import Breakpoints, CommandError
from autograd_core.stepping.screen import Painted, Screen
from autograd_core.stepping.steps import Step
from autograd_core.stepping.terminal_drawing import tree
from autograd_core.stepping.terminal_practice import Practising, nothing
from autograd_core.stepping.timeline import Timeline
from autograd_core.theme import KIND_NAMES

_COMMANDS = (
    "step", "next", "layer", "continue", "back", "restart",
    "print", "list", "where", "explain", "info", "draw", "graph",
    "practice", "hint", "show", "break", "clear", "help", "quit",
)  # fmt: skip
_MOVES = ("step", "next", "layer", "continue", "back")
_SHORT = {"s": "step", "n": "next", "c": "continue", "p": "print", "l": "list", "w": "where", "b": "break"}
_SHORT |= {"h": "help", "?": "help", "q": "quit", "exit": "quit"}
_MOST_ROWS = 20
_WIDE = 100


def debug(root: Node, seed: float = 1.0, commands: Iterable[str] | None = None) -> None:
    """Step through ``root.backward(seed)`` in the terminal, edge by edge, forwards and backwards in time.

    ``help`` lists the commands, such as ``step``, ``next`` node, ``continue`` to a breakpoint, ``back``, ``print`` and
    ``explain`` a node, ``draw`` a small graph, and ``practice``, which hides each gradient until it is worked out.
    Enter alone takes a step, or repeats the last move; Tab completes names, and commands can be piped in.

    Ends with ``quit``, Ctrl-D or Ctrl-C, and leaves the gradients of that moment, as :func:`backward_steps` does: those
    from before where no step is taken, those of ``backward()`` where all are.

    Args:
        root: the Value to start from.
        seed: its own gradient.
        commands: what to do, in place of what is typed.

    Raises:
        TypeError: ``root`` is not a Value, or ``seed`` is not a real number.

    >>> import autograd_core as ag
    >>> a, x = ag.Value(3.0, "a"), ag.Value(2.0, "x")
    >>> ag.debug(ag.square(a * x), commands=["continue", "back", "print x", "quit"])
    Backprop of root = (a * x)², one edge at a time: 3 steps, 4 nodes. Type help for the commands.
    (backprop) continue
    root = (a * x)² passes its gradient 1 on
      1/3  (a * x).grad += upstream 1 × local 12 (the derivative of square) → 12
    a * x passes its gradient 12 on
      2/3  a.grad += upstream 12 × local 2 (the other factor x) → 24
      3/3  x.grad += upstream 12 × local 3 (the other factor a) → 36
    The pass is done. Gradients: a 24, x 36
    (backprop) back
      3/3  undone: x.grad is 0 again
    (backprop) print x
    x = 2, a leaf; node #2 of 4
      data 2.0
      grad 0.0, not complete: 0 of 1 contribution so far
      it gets, from
        a * x  step 3: local 3 (the other factor a), not yet
    (backprop) quit
    Stopped after step 2 of 3; the gradients are those of this moment.
    """
    _Session(Timeline(root, seed), seed, commands).run()


class _Session(Practising):
    """The commands; each method's docstring is its help."""

    prompt = "(backprop) "

    def __init__(self, timeline: Timeline, seed: float, commands: Iterable[str] | None) -> None:
        is_piped = commands is None and not sys.stdin.isatty() and isinstance(input, BuiltinFunctionType)
        self._echoes = is_piped or commands is not None  # nobody's typing has shown the commands
        script = None if commands is None else StringIO("".join(f"{command}\n" for command in commands))
        completing = "" if self._echoes else "tab"
        super().__init__(timeline, Screen(sys.stdout), completing, stdin=script or sys.stdin, stdout=sys.stdout)
        self.use_rawinput = script is None and not is_piped
        self._seed = seed
        self._last_move = "step"
        self._names = timeline.names
        self._root = timeline.order[-1]
        self._breakpoints = Breakpoints(timeline)

    def run(self) -> None:
        """Ask for commands and carry them out, to the end."""
        counts = f"{counted(len(self.time.steps), 'step')}, {counted(len(self.time.order), 'node')}"
        root = self._names.of(self._root) if self._root.label else views.formula(self.time, self._root)
        title = f"Backprop of {root}, one edge at a time: {counts}."
        self.say(f"{title} Type help for the commands.")
        try:
            self.cmdloop()
        except KeyboardInterrupt:
            self.say("")
            self.do_quit("")

    # -- what cmd.Cmd asks for --

    def precmd(self, line: str) -> str:
        """A command spelled out, and shown where nobody typed it."""
        line = line.strip()
        if self._echoes:
            self.screen.echo("" if line == "EOF" else line)
        word, _, rest = line.partition(" ")
        return f"{_SHORT[word]} {rest}" if word in _SHORT else line

    def onecmd(self, line: str) -> bool:
        """Carry out a command; what is wrong with it is said in a line, and the session goes on."""
        start = self.time.position
        try:
            ends = bool(super().onecmd(line))
        except (CommandError, UnknownNameError) as error:
            self.say(str(error.args[0]))
        except KeyboardInterrupt:
            self.say("Interrupted.")
        else:
            if line.partition(" ")[0] in _MOVES:
                self._last_move = line
            if self.time.position != start:
                self.ask()
            return ends
        return False

    def emptyline(self) -> bool:
        """What Enter alone does: it repeats the last move, at first a step; while practising, the question."""
        if not self.is_practising:
            return self.onecmd(self._last_move)
        self.ask()
        return False

    def default(self, line: str) -> None:
        """Take an answer, while practising; else answer a command that does not exist."""
        if self.is_practising:
            self.answer(line)
            return
        word = line.split()[0]
        hint = did_you_mean(word.lower(), _COMMANDS)
        try:
            self._names.node(line)
        except UnknownNameError:
            raise CommandError(f"There is no command {word!r}.{hint or ' Type help for a list.'}") from None
        raise CommandError(f"There is no command {word!r}. To see that node: print {line}")

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """The names of nodes that complete what was typed after a command."""
        command, _, typed = line[:end].lstrip().partition(" ")
        names = {"help": _COMMANDS, "break": ("op ", "nonfinite", *self._names.all()), "clear": self._breakpoints.names}
        typed = typed.lstrip()
        if _SHORT.get(command, command) == "break" and typed.startswith("op "):
            candidates: Iterable[str] = (f"op {name}" for name in sorted(self._breakpoints.primitives))
        else:
            candidates = names.get(_SHORT.get(command, command), self._names.all())
        finished = len(typed) - len(text)  # readline completes the last word only, a name may have several
        return [name[finished:] for name in candidates if name.startswith(typed)]

    def complete_help(self, *arguments: Any) -> list[str]:
        """Commands, as completion of help."""
        return self.completedefault(*arguments)

    def completenames(self, text: str, *ignored: object) -> list[str]:
        """Commands, as completion of a line's first word."""
        return [f"{command} " for command in _COMMANDS if command.startswith(text)]

    # -- moving --

    def do_step(self, argument: str) -> None:
        """step [n], s
        Take the next step, or the next n.
        In a step, one gradient is passed along one edge. Several end early at a breakpoint."""
        self.go_on(self.time.position + _count(argument))

    def do_next(self, argument: str) -> None:
        """next, n
        Take the steps up to the next node.
        The present node passes its gradient on to all its operands; less, where there is a breakpoint in between."""
        nothing(argument)
        step = self.upcoming()
        self.go_on(self.time.departures[step.node].stop)

    def do_layer(self, argument: str) -> None:
        """layer
        Take the steps up to the next layer of a network.
        Layers are told by the labels of parameters, such as layers.0.neurons.2.bias."""
        nothing(argument)
        steps, layer = self.time.steps, self.upcoming().layer
        if not any(step.layer for step in steps):
            raise CommandError("No label tells of a layer, as layers.0.bias does; next goes on by nodes.")
        here = self.time.position
        self.go_on(next((index for index in range(here, len(steps)) if steps[index].layer != layer), len(steps)))

    def do_continue(self, argument: str) -> None:
        """continue, c
        Take all steps up to a breakpoint, or to the end.
        Ctrl-C interrupts what takes long."""
        nothing(argument)
        self.go_on(len(self.time.steps))

    def do_back(self, argument: str) -> None:
        """back [n]
        Take the last step back, or the last n.
        Each gradient is again what it was, to the last bit; before the first step they are all as they were before the
        session."""
        count = _count(argument)
        if count > self.time.position:
            taken = counted(self.time.position, "step")
            raise CommandError(f"Cannot go back {count}: {taken} taken so far.")
        start = self.time.position
        self.time.go_to(start - count)
        self.say_all(views.undone(self.time, start))

    def do_restart(self, argument: str) -> None:
        """restart
        Take all steps back.
        The gradients are those from before the session. Breakpoints stay."""
        nothing(argument)
        self.time.go_to(0)
        self.say("Before the first step; the gradients are those from before the session.")

    def upcoming(self) -> Step:
        """The next step; CommandError at the end of the pass."""
        if self.time.position == len(self.time.steps):
            if not self.time.steps:
                self.time.begin()
            raise CommandError(views.end(self.time))
        return self.time.steps[self.time.position]

    def go_on(self, target: int) -> None:
        """Take steps up to a position or a breakpoint before it, and show them."""
        self.upcoming()
        start, end = self.time.position, min(target, len(self.time.steps))
        end = self._breakpoints.first_between(start, end)
        self.time.go_to(end)
        self.say_all(views.taken(self.time, start, self.screen.width))
        if reached := self._breakpoints.at(end):
            self.say(f"Breakpoint {', '.join(reached)}.")
        if end == len(self.time.steps):
            self.say(views.end(self.time))
        elif reached:
            self.say(views.coming(self.time))

    # -- breakpoints --

    def do_break(self, argument: str) -> None:
        """break [NAME|op PRIMITIVE|nonfinite], b
        Stop there; alone: list the breakpoints.
        step, next, layer and continue stop
          at a node: when it is about to pass its gradient on; at a leaf: when its gradient is complete,
          at each node of a primitive, such as op tanh,
          with nonfinite: before each step that turns a finite gradient into nan or infinity."""
        if argument:
            name, positions = self._breakpoints.set(argument)
            self.say(f"Breakpoint {name}: {views.stops(self.time, positions)}")
        else:
            self.say_all(self._breakpoints.names or ["No breakpoints."])

    def do_clear(self, argument: str) -> None:
        """clear [NAME|op PRIMITIVE|nonfinite]
        Remove a breakpoint; alone: all of them."""
        self._breakpoints.clear(argument)
        self.say_all(self._breakpoints.names or ["No breakpoints."])

    # -- looking --

    def do_print(self, argument: str) -> None:
        """print [NAME], p
        Show a node: data, gradient so far, its edges.
        Without a name: the node that passes its gradient on next.
        NAME is a name as it is shown, a formula, a number as in #3, the name of a primitive, or root."""
        self.say_all(views.node(self.time, self._named(argument)))

    def do_list(self, argument: str) -> None:
        """list [n], l
        List n nodes around the present one, or 20.
        They come in the order of the pass, root first; → marks the node that passes its gradient on next."""
        self.say_all(views.table(self.time, _count(argument, _MOST_ROWS)))

    def do_where(self, argument: str) -> None:
        """where [NAME], w
        Show the place of a node: paths, upstream chain.
        That is how many paths lead to it from the root, and the steps from the root down to it; where there are several
        ways, those that bring most. Without a name: the node that passes its gradient on next."""
        self.say_all(views.place(self.time, self._named(argument)))

    def do_explain(self, argument: str) -> None:
        """explain [NAME]
        Take the gradient of a node apart, as ag.explain.
        It is that of the whole pass, whatever has been passed on so far."""
        node = self._named(argument)
        for line in explain(self._root, node, max_paths=3).text(self.screen.width).split("\n"):
            kind = next((kind for kind, name in KIND_NAMES.items() if line.startswith(f"  {name} ")), None)
            self.say(line if kind is None else Painted(line, {KIND_NAMES[kind]: kind}))
        if self._seed != 1.0:
            self.say(f"In this pass all that times the seed {number(self._seed)}.")

    def do_info(self, argument: str) -> None:
        """info
        Show how far the pass is, and what comes next.
        It also shows the root, the seed, and the breakpoints."""
        nothing(argument)
        self.say_all(views.overview(self.time, self._seed))
        self.say(f"Breakpoints: {', '.join(self._breakpoints.names) or 'none'}")

    def do_draw(self, argument: str) -> None:
        """draw [NAME]
        Draw a small graph, or the part that NAME comes from.
        The root is on top, and below each node are those that it passes its gradient on to: up to 12 nodes."""
        self.say_all(tree(self.time, self._names.node(argument) if argument else self._root))

    def do_graph(self, argument: str) -> None:
        """graph [FILE]
        Save a drawing with the gradients so far.
        As .svg, .png, .pdf, .dot or .gv; without a name as graph.svg, unless there is another file of that name."""
        path = argument or "graph.svg"
        try:
            if not argument and os.path.lexists(path) and not is_drawing(Path(path)):
                raise CommandError(f"{path} is not a drawing of this program: say graph FILE to save to another one.")
            drawing = draw(self._root, view="graph")
            drawing.save(path)
        except OSError as error:
            raise CommandError(f"Cannot write {path}: {error.strerror}") from None
        except (ValueError, NoRendererError, RuntimeError) as error:
            raise CommandError(" ".join(str(error).split())) from None
        self.say(f"{drawing.summary}: {path}")

    def _named(self, argument: str) -> Node:
        if argument:
            return self._names.node(argument)
        steps, position = self.time.steps, self.time.position
        return steps[position].node if position < len(steps) else self._root

    # -- the session --

    def do_help(self, argument: str) -> None:
        """help [COMMAND], h
        Explain a command; alone: list them."""
        if not argument:
            for command in _COMMANDS:
                usage, summary, *_ = _help_text(command).split("\n")
                self.say(f"  {usage:<{40 if self.screen.width >= _WIDE else 16}}  {summary}")
            self.say(
                "NAME is a name as it is shown, a formula, a number as in #3, or root. Enter alone takes a step, or "
                "repeats the last move, and Tab completes names."
            )
        elif (command := _SHORT.get(argument, argument)) in _COMMANDS:
            self.say(_help_text(command))
        else:
            hint = did_you_mean(argument, _COMMANDS) or " Type help for a list."
            raise CommandError(f"There is no command {argument!r}.{hint}")

    def do_quit(self, argument: str) -> bool:
        """quit, q, Ctrl-D, Ctrl-C
        End the session.
        The gradients stay those of this moment: before the first step those from before the session, after the last one
        those of backward()."""
        self.say(views.farewell(self.time))
        return True

    def do_EOF(self, argument: str) -> bool:  # noqa: N802 - the name that cmd.Cmd asks for
        """End the session, as quit does."""
        if not self._echoes:
            self.say("")
        return self.do_quit("")


def _help_text(command: str) -> str:
    return inspect.cleandoc(getattr(_Session, f"do_{command}").__doc__)


def _count(argument: str, default: int = 1) -> int:
    if not argument:
        return default
    if argument.isdecimal() and argument.isascii() and 0 < len(argument) < 16 and int(argument) > 0:
        return int(argument)
    raise CommandError(f"How many? {argument[:40]!r} is not a whole number from 1 on.")
