"""A program as a text one can read: straight-line Python, forward and then backward, one line for each node."""

from __future__ import annotations

import itertools
import keyword
import linecache
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

from autograd_core import primitives
from autograd_core.graph import depends_on
from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import CODE_OF_PRIMITIVE, CODES
from autograd_core.replay.symbols import Template, UntraceableError, traced

MOST_STEPS = 4  # of a derivative that is written out; a longer one is called by its name
MOST_TERMS = 100  # of a sum that is written out; Python's compiler goes one level deeper for each

_OWN_NAMES = ("program", "local")  # of the text
_PREFIXES = ("d_", "__")  # of gradients, and of Python's own names
_SIGNS = {CODES["add"]: "+", CODES["subtract"]: "-", CODES["multiply"]: "*"}
_file_numbers = itertools.count(1)


@dataclass
class Source:
    """The text, and what the names in it stand for."""

    text: str
    names: dict[str, Any]

    def function(self) -> Callable[..., Any]:
        """The text as a function, whose lines debuggers find in ``linecache``."""
        file = f"<replayed program {next(_file_numbers)}>"
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(keepends=True), file)
        namespace = dict(self.names)
        exec(compile(self.text, file, "exec"), namespace)
        function: Callable[..., Any] = namespace["program"]
        return function


def source_of(program: Any) -> Source:
    """The text of a :class:`~autograd_core.replay.program.Program`."""
    return _Writer(program).source()


@dataclass
class _Writer:
    program: Any
    names: dict[Any, str] = field(default_factory=dict)  # of nodes
    used: dict[str, Any] = field(default_factory=lambda: {"inf": inf, "nan": nan})  # what names stand for
    name_of_op: dict[Primitive, str] = field(default_factory=dict)
    templates: dict[tuple[Primitive, int], Template | None] = field(default_factory=dict)

    def source(self) -> Source:
        program = self.program
        self.constants = program.constants()
        self._name_nodes()
        arguments = [self.names[leaf] for leaf in (*program.inputs, *program.parameters)]
        computed = [node for node in program.nodes if node.operands]
        self.passing = depends_on(program.nodes, [*program.inputs, *program.parameters])
        gradients = [f"d_{self.names[node]}" for node in program.nodes if node in self.passing]
        gradients += [name for name in (f"d_{argument}" for argument in arguments) if name not in gradients]
        outputs = [self.names.get(output) or repr(self.constants[output]) for output in program.outputs]
        lines = [f"def program({', '.join(arguments)}):", "    # forward: the number of each node"]
        lines += [self._line(f"{self.names[node]} = {self._value(node)}", node) for node in computed]
        lines += ["", "    # backward: d_v is the derivative of the output with respect to v"]
        lines += [f"    {' = '.join(gradients[i : i + 8])} = 0.0" for i in range(0, len(gradients), 8)]
        lines += [f"    d_{self.names[output]} += 1.0" for output in program.outputs if output in self.passing]
        lines += [self._line(line, node) for node in reversed(computed) for line in self._backward(node)]
        result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
        lines.append(f"    return {result}, [{', '.join(f'd_{argument}' for argument in arguments)}]")
        return Source("\n".join(lines) + "\n", self.used)

    # -- names --

    def _name_nodes(self) -> None:
        """Labels where they can be names, and otherwise the kind of node and its number."""
        taken = {*keyword.kwlist, *self.used, *_OWN_NAMES}
        taken |= {primitive.__name__ for primitive in primitives.TABLE.values()}  # derivatives may use any of them
        taken |= {node.op.__name__ for node in self.program.nodes if node.op is not None}
        roles = dict.fromkeys(self.program.inputs, "x") | dict.fromkeys(self.program.parameters, "p")
        for place, node in enumerate(
            dict.fromkeys([*self.program.inputs, *self.program.parameters, *self.program.nodes])
        ):
            if node in self.constants:
                continue  # written as its number
            name = _as_name(node.label)
            if not name.isidentifier() or name in taken or name.startswith(_PREFIXES):
                name = f"{roles.get(node, 'v')}{place}"
            while name in taken:
                name += "_"
            taken.add(name)
            self.names[node] = name
        self.taken = taken

    def _called(self, op: Primitive) -> str:
        """The name of a primitive; those of the same name are told apart by a number."""
        if op not in self.name_of_op:
            name = _as_name(op.__name__)
            if not name.isidentifier() or name.startswith(_PREFIXES) or name in (*keyword.kwlist, *_OWN_NAMES):
                name = f"primitive_{name}"
            if not name.isidentifier():
                name = "primitive"
            numbers = itertools.count(2)
            unique = name
            while unique in self.used or (unique in self.taken and unique != op.__name__):
                unique = f"{name}_{next(numbers)}"
            self.name_of_op[op] = unique
            self.used[unique] = op
        return self.name_of_op[op]

    def _operand(self, operand: Any) -> str:
        if type(operand) is not float and operand in self.names:
            return self.names[operand]
        number = operand if type(operand) is float else self.constants[operand]
        return repr(number) if number >= 0.0 or number != number else f"({number!r})"

    def _line(self, text: str, node: Any) -> str:
        return f"    {text}  # {_as_comment(node.label)}" if node.label else f"    {text}"

    # -- forward --

    def _value(self, node: Any) -> str:
        operands = [self._operand(operand) for operand in node.operands]
        op = node.op
        half = len(operands) // 2
        if op is primitives.dot and half <= MOST_TERMS:
            products = [f"{weight} * {x}" for weight, x in zip(operands[:half], operands[half:-1])]
            return " + ".join([operands[-1], *products])
        if op in (primitives.add, primitives.subtract, primitives.multiply):
            return f" {op.name} ".join(operands)
        if op is primitives.negative:
            return f"-{operands[0]}"
        if op is primitives.sum_ and 0 < len(operands) <= MOST_TERMS:
            return " + ".join(operands)
        return f"{self._called(op)}.forward({', '.join(operands)})" if op.spread else self._call(op, operands)

    def _call(self, op: Primitive, operands: Sequence[str]) -> str:
        return f"{self._called(op)}({', '.join(operands)})"

    # -- backward --

    def _backward(self, node: Any) -> Iterator[str]:
        """The line that passes a node's gradient on, if there is anything to pass it to."""
        receivers = [
            (index, operand)
            for index, (operand, recorded) in enumerate(zip(node.operands, node.local_derivatives))
            if type(operand) is not float
            and operand in self.passing
            and (recorded is not None or self._may_be_none(node))
        ]
        if not receivers:
            return
        upstream = f"d_{self.names[node]}"
        texts = self._derivatives(node)
        passed: list[str] = []
        if texts is None:
            operands = [self._operand(operand) for operand in node.operands]
            passed.append(f"local = {self._called(node.op)}.partials({', '.join([self.names[node], *operands])})")
        for index, operand in receivers:
            local = f"local[{index}]" if texts is None else texts[index]
            target = f"d_{self.names[operand]}"
            if texts is None and self._may_be_none(node):
                passed.append(f"{target} += {upstream} * {local} if {local} is not None else 0.0")
            elif local in ("1.0", "-1.0"):
                passed.append(f"{target} {'+' if local == '1.0' else '-'}= {upstream}")
            else:
                passed.append(f"{target} += {upstream} * {local}")
        yield f"if {upstream} != 0.0: {'; '.join(passed)}"

    def _template(self, node: Any) -> Template | None:
        """How the node's partials are computed; None where that cannot be told."""
        key = (node.op, len(node.operands))
        if key not in self.templates:
            try:
                self.templates[key] = traced(node.op.partials, [None] * len(node.operands), with_result=True)
            except UntraceableError:
                self.templates[key] = None
        return self.templates[key]

    def _may_be_none(self, node: Any) -> bool:
        """Whether it depends on the numbers where a gradient passes."""
        template = self._template(node)
        return template is None or any(template.gated)

    def _derivatives(self, node: Any) -> list[str] | None:
        """The local derivatives as formulas; None where they are too long, or cannot be written so."""
        template = self._template(node)
        if template is None or len(template.steps) > MOST_STEPS or any(template.gated):
            return None
        texts = [*map(self._operand, node.operands), self.names[node]]
        for code, places in template.steps:
            text = self._formula(code, [self._text(texts, template, place) for place in places])
            if text is None:
                return None
            texts.append(text)
        return ["" if place is None else self._text(texts, template, place) for place in template.results]

    @staticmethod
    def _text(texts: list[str], template: Template, place: int) -> str:
        return texts[place] if place >= 0 else repr(template.constants[-1 - place])

    def _formula(self, code: int, operands: list[str]) -> str | None:
        if code in _SIGNS:
            return f"({operands[0]} {_SIGNS[code]} {operands[1]})"
        if code == CODES["negative"]:
            return f"(-{operands[0]})"
        op = _PRIMITIVE_OF_CODE.get(code)
        if op is None or op.spread is not None:
            return None
        return self._call(op, operands)


def _as_name(text: str) -> str:
    """A text with an underscore for all that a name cannot have, as Python reads names; not always a name yet."""
    return re.sub(r"\W", "_", unicodedata.normalize("NFKC", text))


def _as_comment(label: str) -> str:
    """A label on one line, with what cannot be seen spelled out: nothing in it ends the comment or hides code."""
    line = " ".join(label.split())
    return "".join([character if character.isprintable() else repr(character)[1:-1] for character in line])


_PRIMITIVE_OF_CODE = {code: primitive for primitive, code in CODE_OF_PRIMITIVE.items()}
