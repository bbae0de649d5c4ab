"""The command line: ``python -m autograd_core "tanh(w*x + b)" w=0.5 x=2 b=-1``."""

from __future__ import annotations

import argparse
import sys
import textwrap
import unicodedata
from collections.abc import Sequence

from autograd_core import __version__, console
from autograd_core.drawing.draw import draw
from autograd_core.drawing.drawing import Drawing
from autograd_core.drawing.graphviz import NoRendererError
from autograd_core.explanation.explain import explain
from autograd_core.formula import FUNCTIONS, Formula, FormulaError
from autograd_core.replay import compile_
from autograd_core.replay.languages import NAMES
from autograd_core.stepping.page.stepper import Stepper, stepper
from autograd_core.stepping.terminal import debug
from autograd_core.value import Value

PROGRAM = console.name_called("autograd_core", "autograd-core")
_FORMER_OPTIONS = {"--step": "--debug", "--stepper": "--page"}


class InputError(ValueError):
    """Something on the command line that cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute a formula, and print its value, its gradients and what one of them is made of, or step through backprop.

    Args:
        arguments: those of the command line.

    Returns:
        The exit status: 0, or 2 for input that cannot be used.
    """
    given = sys.argv[1:] if arguments is None else arguments
    return console.run_command(PROGRAM, lambda: _run(given))


def _run(arguments: Sequence[str]) -> int:
    options = _parser().parse_intermixed_args([_shielded(_present(argument)) for argument in arguments])
    try:
        if options.debug:
            _step_through(options)
        elif options.source is not None:
            for line in _source(options).splitlines():
                console.say(line)
        else:
            for line in _report(options):
                console.say(line)
    except (InputError, FormulaError, NoRendererError) as error:
        return console.complain(PROGRAM, str(error), 2)
    return 0


def _report(options: argparse.Namespace) -> list[str]:
    """The lines that the command prints. Files are saved before, so that nothing is printed where that fails."""
    formula = Formula(options.formula)
    variables = _variables(options.variables, formula)
    wrt = _variable_to_explain(options.wrt, variables)
    root = _computed(formula, variables)
    root.backward()
    lines = [f"{options.formula.strip()} = {root.data!r}"]
    lines += [f"  ∂/∂{name} = {variable.grad!r}" for name, variable in variables.items()]
    if wrt is not None:
        lines += ["", *str(explain(root, wrt)).split("\n")]
    if options.draw is not None:
        _save("--draw", draw(root, view="graph"), options.draw)
        lines += ["", f"drawn in {options.draw}"]
    if options.page is not None:
        _save("--page", stepper(root), options.page)
        lines += ["", f"step by step in {options.page}"]
    return lines


def _step_through(options: argparse.Namespace) -> None:
    if options.wrt is not None or options.draw is not None:
        raise InputError("--debug goes without --wrt and --draw: type explain NAME and graph FILE there")
    if options.page is not None:
        raise InputError("--debug goes without --page: one steps in the terminal, the other writes a page")
    if options.source is not None:
        raise InputError("--debug goes without --source: one steps in the terminal, the other prints a program")
    formula = Formula(options.formula)
    debug(_computed(formula, _variables(options.variables, formula)))


def _source(options: argparse.Namespace) -> str:
    """The formula as a program, of which all variables are inputs; their numbers need not be given."""
    if options.wrt is not None or options.draw is not None or options.page is not None:
        raise InputError("--source goes without --wrt, --draw and --page: it prints a program and computes nothing")
    formula = Formula(options.formula)
    given = _variables(options.variables, formula)
    variables = {name: given.get(name) or Value(1.0, name) for name in formula.names}
    try:
        return compile_(_computed(formula, variables), inputs=list(variables.values())).source(options.source)
    except ImportError as error:
        raise InputError(f"--source: {error}") from None


def _computed(formula: Formula, variables: dict[str, Value]) -> Value:
    """The formula as a Value, also where it has no variables."""
    root = formula.compute(variables)
    return root if isinstance(root, Value) else Value(root)


def _variables(assignments: Sequence[str], formula: Formula) -> dict[str, Value]:
    """The Values of ``name=number`` texts, in the order of the command line."""
    variables: dict[str, Value] = {}
    for assignment in assignments:
        name, equals, number = assignment.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())  # as Python reads the names in the formula
        if not equals or not name.isidentifier():
            raise InputError(f"{assignment.strip()!r} is not of the form NAME=NUMBER")
        if name in variables:
            raise InputError(f"{name} is given twice")
        if name not in formula.names:
            raise InputError(f"{name} is not in the formula; its variables are {', '.join(formula.names) or 'none'}")
        try:
            variables[name] = Value(float(number), name)
        except ValueError:
            point = f": write {number.strip().replace(',', '.')}" if _is_number(number.replace(",", ".", 1)) else ""
            raise InputError(f"{assignment.strip()!r}: {number.strip()!r} is not a number{point}") from None
    return variables


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _variable_to_explain(name: str | None, variables: dict[str, Value]) -> Value | None:
    """The variable that is asked for, or else the first one; None where there is none."""
    if name is None:
        return next(iter(variables.values()), None)
    name = unicodedata.normalize("NFKC", name)
    if name not in variables:
        raise InputError(f"--wrt: {name} is not a variable; there are {', '.join(variables) or 'none'}")
    return variables[name]


def _save(option: str, shown: Drawing | Stepper, name: str) -> None:
    try:
        shown.save(name)
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    except OSError as error:
        raise InputError(f"{option}: cannot write {name}: {error.strerror or error}") from None


# -- options ------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    functions = textwrap.fill(f"functions: {', '.join(sorted(FUNCTIONS))}", 100)
    parser = console.parser(
        PROGRAM,
        __version__,
        allow_abbrev=False,
        description="Compute a formula, its gradients, and what one of them is made of.",
        epilog=f'example: {PROGRAM} "tanh(w*x + b)" w=0.5 x=2 b=-1 --wrt w --draw graph.svg\n\n{functions}',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        help="numbers, names, + - * / ** %% //, comparisons, parentheses, functions, [lists]",
    )
    parser.add_argument("variables", metavar="NAME=NUMBER", nargs="*", help="the numbers of the names")
    parser.add_argument("--debug", action="store_true", help="step through backprop, edge by edge; help lists commands")
    parser.add_argument("--wrt", metavar="NAME", help="the variable whose gradient to explain; default: the first")
    parser.add_argument("--draw", metavar="FILE", help="save a drawing as .svg, .png, .pdf, .dot or .gv")
    parser.add_argument("--page", metavar="FILE", help="save both passes as a page to step through, .html")
    parser.add_argument("--source", choices=NAMES, help="print the formula as a program with its gradients; no numbers")
    return parser


def _present(argument: str) -> str:
    """An option as it is called today; that it was called by a former name is said on the error stream."""
    option, equals, value = argument.partition("=")
    if option not in _FORMER_OPTIONS:
        return argument
    console.complain(PROGRAM, f"{option} is called {_FORMER_OPTIONS[option]} now", 0)
    return f"{_FORMER_OPTIONS[option]}{equals}{value}"


def _shielded(argument: str) -> str:
    """An argument as argparse takes it: ``-x`` is a formula, and options have two dashes, apart from ``-h``."""
    is_formula = argument.startswith("-") and not argument.startswith("--") and argument != "-h"
    return f" {argument}" if is_formula else argument


if __name__ == "__main__":
    sys.exit(main())
