"""What the nodes of a kind take: their value and local derivatives as instructions, found on symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd_core.primitives import Primitive
from autograd_core.replay.instructions import LOSES_NAN, n_results
from autograd_core.replay.symbols import COMPONENTS, WIDE, Step, Symbol, Trace, UntraceableError


@dataclass(frozen=True)
class Template:
    """A node's value and local derivatives as steps on places.

    Places 0, 1, … are those of the operands, then come those of the results that are shared with other nodes, then
    each step adds as many as it has results. Place -1 - k is that of the constant ``constants[k]``.

    Attributes:
        n_operands: how many operands the node has.
        shared: code and operands' places of what other nodes have too, such as the softmax that each of its components
            is one result of.
        steps: code and operands' places of each step.
        n_given: how many places the operands and the shared results take; the steps' own come after them.
        n_places: how many places there are.
        constants: numbers that the operation names.
        value: the place of the value.
        n_value_steps: how many of the steps the value takes; those after them are for derivatives only.
        derivatives: the places of the local derivatives; None where no gradient flows.
        passes_nan_on: for each operand, whether the value is nan wherever the operand is.
        gated: for each derivative, whether a 0 means that nothing passes, as ``None`` does where the choice between a
            number and None is made by a number.
    """

    n_operands: int
    shared: tuple[Step, ...]
    steps: tuple[Step, ...]
    n_given: int
    n_places: int
    constants: tuple[float, ...]
    value: int
    n_value_steps: int
    derivatives: tuple[int | None, ...]
    gated: tuple[bool, ...]
    passes_nan_on: tuple[bool, ...]


def template_of(op: Primitive, numbers: Sequence[float | None], carries: Sequence[bool]) -> Template:
    """What a node of a primitive takes, found by running the primitive on symbols.

    Args:
        op: the primitive.
        numbers: a number for each operand that is to be one, None for each that is to be a symbol.
        carries: whether the derivative by each operand is wanted.

    Raises:
        UntraceableError: it does what a symbol cannot.
    """
    trace = Trace(len(numbers))
    operands = [symbol if number is None else number for symbol, number in zip(trace.operands, numbers)]
    try:
        result = trace.apply(op, operands)
        value = result if op in COMPONENTS else trace.own(result)
        n_value_steps = len(trace.steps)
        partials = op.partials(value, *operands)
        if len(partials) != len(numbers):
            raise UntraceableError(f"{op.name} has {len(partials)} partials for {len(numbers)} operands")
        wanted = [partial if is_wanted else None for partial, is_wanted in zip(partials, carries)]
        gated = tuple([isinstance(partial, Symbol) and partial.is_gated for partial in wanted])
        derivatives = [None if partial is None else trace.place(_ungated(partial)) for partial in wanted]
    except UntraceableError:
        raise
    except Exception as error:  # a user's function may fail on a symbol in any way
        raise UntraceableError(str(error)) from error
    return _arranged(trace, value.place, n_value_steps, derivatives, gated)


def opaque_template(code: int, n_operands: int, carries: Sequence[bool]) -> Template:
    """A node of a primitive whose functions are called as they are: ``code`` is its forward, the next its partials."""
    operands = tuple(range(n_operands))
    steps = ((code, operands), (code + 1, (n_operands, *operands)))
    derivatives = tuple([n_operands + 1 + index if is_wanted else None for index, is_wanted in enumerate(carries)])
    gated = (True,) * n_operands
    return Template(
        n_operands,
        (),
        steps,
        n_operands,
        2 * n_operands + 1,
        (),
        n_operands,
        1,
        derivatives,
        gated,
        (False,) * n_operands,
    )


def shared_template(code: int, n_operands: int) -> Template:
    """What nodes share: one instruction, whose results have no derivatives of their own."""
    operands = tuple(range(n_operands))
    nothing = (None,) * n_operands
    n_places = n_operands + n_results(code, n_operands)
    return Template(n_operands, (), ((code, operands),), n_operands, n_places, (), n_operands, 1, nothing, (), ())


def _ungated(result: Any) -> Any:
    return Symbol(result.trace, result.place) if isinstance(result, Symbol) else result


def _arranged(
    trace: Trace, value: int, n_value_steps: int, derivatives: Sequence[int | None], gated: tuple[bool, ...]
) -> Template:
    """The steps that are needed, after those that are shared with other nodes; what they name is numbered anew."""
    n_operands = len(trace.operands)
    firsts = _first_places(trace.steps, n_operands)
    is_needed = {value, *[place for place in derivatives if place is not None]}
    needed: list[int] = []
    for number in range(len(trace.steps) - 1, -1, -1):
        code, places = trace.steps[number]
        if not is_needed.isdisjoint(range(firsts[number], firsts[number] + n_results(code, len(places)))):
            is_needed.update(places)
            needed.append(number)
    needed.reverse()
    shared = [number for number in needed if _is_shared(trace.steps[number], n_operands)]
    moved = {place: place for place in range(-len(trace.constants), n_operands)}
    end = n_operands

    def renumbered(number: int) -> Step:
        nonlocal end
        code, places = trace.steps[number]
        step = (code, tuple([moved[place] for place in places]))
        width = n_results(code, len(places))
        moved.update(zip(range(firsts[number], firsts[number] + width), range(end, end + width)))
        end += width
        return step

    first_steps = tuple(map(renumbered, shared))
    n_given = end
    own = [number for number in needed if number not in shared]
    steps = tuple(map(renumbered, own))
    return Template(
        n_operands=n_operands,
        shared=first_steps,
        steps=steps,
        n_given=n_given,
        n_places=end,
        constants=tuple(trace.constants),
        value=moved[value],
        n_value_steps=sum(number < n_value_steps for number in own),
        derivatives=tuple([None if place is None else moved[place] for place in derivatives]),
        gated=gated,
        passes_nan_on=_passing_nan_on(trace, value),
    )


def _passing_nan_on(trace: Trace, value: int) -> tuple[bool, ...]:
    """For each operand, whether the value is nan wherever it is."""
    n_operands = len(trace.operands)
    masks = [1 << index for index in range(n_operands)]  # of each place, the operands that make it nan, as bits
    for code, places in trace.steps:
        mask = 0
        if code not in LOSES_NAN:
            for place in places:
                mask |= masks[place] if place >= 0 else 0
        masks += [mask] * n_results(code, len(places))
    return tuple([bool(masks[value] >> index & 1) for index in range(n_operands)])


def _first_places(steps: Sequence[Step], n_operands: int) -> list[int]:
    firsts, end = [], n_operands
    for code, places in steps:
        firsts.append(end)
        end += n_results(code, len(places))
    return firsts


def _is_shared(step: Step, n_operands: int) -> bool:
    code, places = step
    return code in WIDE and all(place < n_operands for place in places)
