"""What a session in the terminal shows of a backward pass, as lines of text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from autograd_core.graph import Node, count_paths, leaves
from autograd_core.notation.expression import as_one_word, operation_in_numbers
from autograd_core.notation.numbers import count, counted, factor, number
from autograd_core.stepping.screen import Painted
from autograd_core.stepping.steps import Step
from autograd_core.stepping.timeline import Timeline

# How much is written out before some is left out.
_MOST_STEPS = 20
_MOST_EDGES = 8
_MOST_STOPS = 8
_MOST_LEAVES = 8
_MOST_LINKS = 12
_LONGEST_FORMULA = 60

_WORDS = re.compile(r"^the (activation's|loss's) derivative |^the derivative of | is always 1$")
"""What a reason can do without where lines are short."""


# -- moving -------------------------------------------------------------------------------------------------------


def taken(timeline: Timeline, start: int, width: int) -> Iterator[str]:
    """The steps since a position, under their layers and nodes; of very many the last.

    What is too wide has shorter words.
    """
    first = max(start, timeline.position - _MOST_STEPS)
    if first > start:
        yield f"  … {counted(first - start, 'step')} …"
    for index in range(first, timeline.position):
        step = timeline.steps[index]
        previous = timeline.steps[index - 1] if index > 0 else None
        if step.layer and (index == first or previous is None or previous.layer != step.layer):
            yield f"{step.layer}:"
        if index == first or previous is None or previous.node is not step.node:
            name = formula(timeline, step.node)
            yield Painted(f"{name} passes its gradient {number(step.upstream)} on", {name: "title"})
        yield _step(timeline, index, width)


def _step(timeline: Timeline, index: int, width: int) -> Painted:
    """A step in one line: names below their module's, and where it is narrow, fewer words."""
    step, names = timeline.steps[index], timeline.names
    module = names.module(step.node)
    reason, target = step.reason, as_one_word(names.within(step.operand, module))
    if module:
        reason = reason.replace(f"{module}.", "")
    arrivals = timeline.arrivals[step.operand]
    nth = f" ({arrivals.index(index) + 1:,} of {len(arrivals):,} contributions)" if len(arrivals) > 1 else ""
    upstream, local = factor(step.upstream), factor(step.local_derivative)
    lead, result = f"  {_of_all(timeline, index)}  {target}.grad +=", f"→ {step.result}"
    edge = f"local {local} ({reason})"
    line = f"{lead} upstream {upstream} × {edge} {result}{nth}"
    if len(line) > width:
        edge = f"{local} ({_WORDS.sub('', reason)})"
        line = f"{lead} {upstream} × {edge} {result}"
        nth = nth.replace(" contributions", "")
        line += nth if len(line + nth) <= width else ""
    return Painted(line, {edge: step.kind})


def undone(timeline: Timeline, start: int) -> Iterator[str]:
    """The steps taken back from a position; of very many the last ones taken back, which are the first of the pass."""
    first = min(start, timeline.position + _MOST_STEPS)
    if first < start:
        yield f"  … {counted(start - first, 'step')} …"
    for index in reversed(range(timeline.position, first)):
        step = timeline.steps[index]
        operand, before = as_one_word(timeline.names.of(step.operand)), number(step.grad_before)
        yield f"  {_of_all(timeline, index)}  undone: {operand}.grad is {before} again"
    if timeline.position == 0:
        yield "Before the first step; the gradients are those from before the session."


def coming(timeline: Timeline) -> str:
    """What the next step does."""
    if not timeline.steps:
        return f"No gradient is passed on; {timeline.names.of(timeline.order[-1])} itself gets the seed."
    step = timeline.steps[timeline.position]
    local = f"local {factor(step.local_derivative)} ({step.reason})"
    passes = f"{timeline.names.of(step.node)} passes its gradient {factor(step.upstream)} × {local} on to"
    return f"Next, step {timeline.position + 1:,}: {passes} {timeline.names.of(step.operand)}."


def end(timeline: Timeline) -> str:
    """That the pass is done, and what came of it."""
    ends = leaves(timeline.order[-1])
    gradients = [f"{timeline.names.of(leaf)} {number(leaf.grad)}" for leaf in ends[:_MOST_LEAVES]]
    more = ", …" if len(ends) > _MOST_LEAVES else ""
    return f"The pass is done. Gradients: {', '.join(gradients)}{more}"


def farewell(timeline: Timeline) -> str:
    """What is left behind."""
    done, total = timeline.position, len(timeline.steps)
    if timeline.is_done:
        return "The pass is done; the gradients are those of backward()."
    if done == 0:
        return "Left before the first step; the gradients are those from before the session."
    return f"Stopped after step {done:,} of {total:,}; the gradients are those of this moment."


def stops(timeline: Timeline, positions: Sequence[int]) -> str:
    """Where a breakpoint stops."""
    if positions[0] == len(timeline.steps):
        return "stops after the last step"
    numbers = [f"{position + 1:,}" for position in positions if position < len(timeline.steps)]
    if len(numbers) == 1:
        return f"stops before step {numbers[0]}"
    return f"stops before steps {', '.join(numbers[:_MOST_STOPS])}{' …' if len(numbers) > _MOST_STOPS else ''}"


def _of_all(timeline: Timeline, index: int) -> str:
    """``12/105``, all of the same width."""
    total = f"{len(timeline.steps):,}"
    return f"{f'{index + 1:,}':>{len(total)}}/{total}"


# -- a node -------------------------------------------------------------------------------------------------------


def node(timeline: Timeline, shown: Node) -> Iterator[str]:
    """A node with its gradient so far, what brings it, and what it passes on."""
    place = f"node #{timeline.names.number(shown)} of {len(timeline.order):,}"
    yield f"{_equation(timeline, shown)}{', a leaf' if shown.op is None else ''}; {place}"
    yield f"  data {shown.data!r}"
    yield f"  grad {shown.grad!r}, {_progress(timeline, shown)}"
    arrivals = timeline.arrivals.get(shown, [])
    if arrivals:
        yield "  it gets, from"
        yield from _edges(timeline, [(index, timeline.names.of(timeline.steps[index].node)) for index in arrivals])
    departures = timeline.departures.get(shown, range(0))
    if shown.operands and not departures:
        yield "  it passes nothing on, since its gradient is 0"
    if departures:
        yield "  it passes on, to"
        yield from _edges(timeline, [(index, timeline.names.of(timeline.steps[index].operand)) for index in departures])


def _edges(timeline: Timeline, edges: Sequence[tuple[int, str]]) -> Iterator[str]:
    """A row for each step: the node at its other end, and the numbers if they are known by now."""
    shown = edges[:_MOST_EDGES]
    width = min(max(len(name) for _, name in shown), 40)
    for index, name in shown:
        step = timeline.steps[index]
        local = f"local {factor(step.local_derivative)} ({step.reason})"
        if index < timeline.position:
            numbers = f"upstream {factor(step.upstream)} × {local} = {number(step.contribution)}"
        else:
            numbers = f"{local}, not yet"
        yield f"    {name:<{width}}  step {index + 1:,}: {numbers}"
    if len(edges) > len(shown):
        yield f"    … and {len(edges) - len(shown):,} more"


def _progress(timeline: Timeline, shown: Node) -> str:
    """How far a node's gradient is."""
    if not timeline.begun:
        return "from before the session: no step has been taken"
    if shown is timeline.order[-1]:
        return "the seed of the pass"
    arrived, total = timeline.arrived(shown), len(timeline.arrivals.get(shown, ()))
    old = timeline.before[shown] if not shown.operands else 0.0
    of_which = "" if old == 0.0 else f"; {number(old)} of it is from before the session"
    if total == 0:
        return f"no step brings it any{of_which}"
    if arrived < total:
        return f"not complete: {arrived:,} of {counted(total, 'contribution')} so far{of_which}"
    return f"complete: {counted(total, 'contribution')}{of_which}"


def formula(timeline: Timeline, shown: Node) -> str:
    """``s = w·x + b``, or where that is long the name alone, and the module that the node lies in."""
    names = timeline.names
    text = names.equation(shown)
    return text if len(text) <= _LONGEST_FORMULA else names.placed(shown)


def _equation(timeline: Timeline, shown: Node) -> str:
    """``s = w·x + b = 0.3``, without saying the same twice."""
    name = timeline.names.placed(shown)
    sides = [name]
    if shown.op is not None:
        sides += [side for side in (timeline.names.operation(shown), operation_in_numbers(shown)) if side != name]
    return " = ".join([*sides, number(shown.data)])


# -- the graph ----------------------------------------------------------------------------------------------------


def table(timeline: Timeline, rows: int) -> Iterator[str]:
    """Nodes around the present one in the order of the pass, with their numbers and gradients."""
    order, present = timeline.order[::-1], _present(timeline)
    middle = len(order) - timeline.names.number(present) if present is not None else len(order)
    first = max(0, min(middle - rows // 2, len(order) - rows))
    if first > 0:
        yield f"  … {counted(first, 'node')} before these …"
    shown = order[first : first + rows]
    width = min(max(len(timeline.names.placed(node)) for node in shown), 32)
    for node in shown:
        mark, name = "→" if node is present else "", _cut(timeline.names.placed(node), width)
        gradient = gradient_so_far(timeline, node)
        place, data = f"#{timeline.names.number(node):<6}", f"data {number(node.data):>10}"
        yield f"  {mark:1} {place} {name:<{width}}  {data}  grad {gradient}"
    if first + rows < len(order):
        yield f"  … {counted(len(order) - first - rows, 'node')} after these …"


def _present(timeline: Timeline) -> Node | None:
    """The node that passes its gradient on next; None at the end."""
    steps, position = timeline.steps, timeline.position
    return steps[position].node if position < len(steps) else None


def gradient_so_far(timeline: Timeline, node: Node) -> str:
    """A node's gradient as far as the pass has brought it."""
    arrivals, arrived = timeline.arrivals.get(node, ()), timeline.arrived(node)
    if node is timeline.order[-1] and timeline.begun:
        return f"{number(node.grad)}, the seed"
    if not arrivals and node is not timeline.order[-1]:
        return "none comes"
    if arrived == 0:
        return "not yet"
    return number(node.grad) + (f", {arrived:,} of {len(arrivals):,} so far" if arrived < len(arrivals) else "")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def place(timeline: Timeline, shown: Node) -> Iterator[str]:
    """Where a node is in the graph and in the pass, and how its gradient comes down from the root."""
    root, total, number_of = timeline.order[-1], len(timeline.order), timeline.names.number
    visit = total - number_of(shown) + 1
    layer = timeline.steps[timeline.departures[shown].start].layer if shown in timeline.departures else ""
    in_layer = f", in {layer}" if layer else ""
    yield f"{_equation(timeline, shown)}; node #{number_of(shown)}, {visit:,} of {total:,} in the pass{in_layer}"
    if shown is root:
        yield "It is the root: the pass starts here."
        return
    paths, root_name = count_paths(root, shown), timeline.names.of(root)
    lead = f"{'1 path leads' if paths == 1 else f'{count(paths)} paths lead'} to it from {root_name}"
    chain = _chain(timeline, shown)
    if not chain:
        yield f"{lead}, and none brings it a gradient."
        return
    yield f"{lead}{'' if paths == 1 else '; the gradient that comes by the largest steps'}:"
    yield f"  {as_one_word(root_name)}.grad = {number(chain[0].upstream)}, the seed"
    for index, step in enumerate(chain):
        if len(chain) > _MOST_LINKS and index == _MOST_LINKS // 2:
            yield f"  … {counted(len(chain) - _MOST_LINKS, 'step')} …"
        if index < _MOST_LINKS // 2 or index >= len(chain) - _MOST_LINKS // 2:
            yield f"  {step}" + ("" if step.index < timeline.position else ", not yet")


def _chain(timeline: Timeline, shown: Node) -> list[Step]:
    """The steps from the root down to a node, each the one that brings most."""
    chain: list[Step] = []
    while arrivals := timeline.arrivals.get(shown):
        step = max((timeline.steps[index] for index in arrivals), key=_weight)
        chain.append(step)
        shown = step.node
    return chain[::-1]


def _weight(step: Step) -> float:
    """The size of a contribution; nan counts as the largest."""
    size = abs(step.contribution)
    return size if size == size else math.inf


def overview(timeline: Timeline, seed: float) -> Iterator[str]:
    """How far the pass is."""
    departures = timeline.departures.values()
    finished = sum([steps.stop <= timeline.position for steps in departures])
    taken_of_all = f"{timeline.position:,} of {counted(len(timeline.steps), 'step')} taken"
    yield f"{taken_of_all}; {finished:,} of {counted(len(departures), 'node')} finished"
    yield f"Root: {_equation(timeline, timeline.order[-1])}, seed {number(seed)}"
    yield end(timeline) if timeline.is_done else coming(timeline)
