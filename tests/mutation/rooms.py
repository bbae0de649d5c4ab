"""Faults outside the table: in the backward pass, in what is drawn, explained and shown on pages, and in ``nn``."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from tests.mutation.fault import Fault, rewrite

CONTRIBUTIONS = ["tests/test_contributions_shown.py"]
STATES = ["tests/nn/test_saved_states.py"]
OPTIMIZERS = ["tests/nn/test_optim.py"]
LOSSES = ["tests/nn/test_losses.py"]
SCHEDULES = ["tests/nn/test_schedules.py"]
DURABLE = ["tests/nn/test_durable_files.py"]
FILES = ["tests/test_files.py"]
OUTPUTS = ["tests/nn/command/test_outputs.py"]

_ZERO_RULE = "if upstream == 0.0:"


def engine() -> list[Fault]:
    backward, graphs = ["tests/test_backward.py"], ["tests/derivatives/test_gradient_graphs.py"]
    edge = "if local_derivative is not None:\n                operand.grad += upstream"

    def in_backward(old: str, new: str) -> Fault:
        return rewrite("autograd_core.backward", "backward", old, new, backward)

    def in_gradients(function: str, old: str, new: str) -> Fault:
        functions = ["tests/derivatives/test_functional.py"]
        return rewrite("autograd_core.derivatives.gradients", function, old, new, graphs, functions)

    return [
        in_backward(_ZERO_RULE, "if False:"),
        in_backward(edge, edge.replace("+=", "=")),
        in_backward("if node.operands or node.grad is None:", "if node.grad is None:"),
        in_backward("root.grad += seed", "root.grad = seed"),
        in_gradients("times", "number_of(upstream) == 0.0 and", "False and"),
        in_gradients("times", "not is_finite(number_of(local_derivative))", "True"),
        in_gradients("times", "return -other", "return other"),
        in_gradients("times", "factor == 0.0 and is_finite(number_of(other))", "factor == 0.0"),
        in_gradients("plus", "return total + contribution", "return contribution"),
        in_gradients(
            "partials_as_values", "recorded is not None and not is_same_number", "False and not is_same_number"
        ),
        in_gradients("pull_back", "if node not in wanted:", "if True:"),
    ]


def shown() -> list[Fault]:
    drawing, pages = ["tests/drawing/test_draw.py"], ["tests/stepping/page/test_stepper.py"]
    scripts = ["tests/stepping/page/test_scripts.py"]
    explanations, steps = ["tests/explanation/test_explain.py"], ["tests/stepping/test_steps.py"]

    def in_drawing(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.drawing.dot", function, old, new, CONTRIBUTIONS, drawing)

    def in_page(module: str, function: str, old: str, new: str) -> Fault:
        return rewrite(f"autograd_core.stepping.page.{module}", function, old, new, pages, scripts)

    def in_explanation(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.explanation.paths", function, old, new, explanations)

    separators = importlib.import_module("autograd_core.stepping.page.stepper")._IN_SCRIPTS
    return [
        in_drawing("_edge", "adds {contribution!r}", "adds {derivative!r}"),
        in_drawing("_edge", "adds {look.number(contribution)}", "adds {look.number(derivative)}"),
        in_drawing("_edge", "passed_on(gradient_of(node), derivative)", "derivative * gradient_of(node)"),
        in_drawing("_edge", "times upstream {gradient_of(node)!r}", "times upstream {derivative!r}"),
        in_drawing("_item_lines", "grad {look.number(gradient_of(item))}", "grad {look.number(item.data)}"),
        in_drawing("_tooltip", "grad {gradient_of(item)!r}", "grad {item.data!r}"),
        in_page("graph_data", "_Graph._edge", "repr(derivative)", "repr(node.grad)"),
        in_page("graph_data", "_Graph._edge", "self.network.kind(node, index)", '"other"'),
        in_page("graph_data", "_role_of_constant", "half <= index < 2 * half", "index >= half"),
        in_page("graph_data", "operation_with_places", "node.operands[-1]  # a bias", "0.0  # a bias"),
        in_page("box_data", "_gradient", "repr(gradient)", "number(gradient)"),
        in_page("box_data", "_Progress.passed_on", "event.step.grad_after", "event.step.grad_before"),
        rewrite("autograd_core.graph", "passed_on", "or upstream == 0.0", "", explanations, steps),
        in_explanation("path_of_rank", "passed_on(product, link.derivative)", "product"),
        in_explanation("_cost", "-math.log(abs(derivative))", "math.log(abs(derivative))"),
        rewrite("autograd_core.stepping.steps", "_steps", "grad += each.amount", "grad = each.amount", steps),
        Fault("stepper: U+2028 in the page", lambda: separators.pop(0x2028), [CONTRIBUTIONS, pages]),
        Fault("stepper: U+2029 in the page", lambda: separators.pop(0x2029), [CONTRIBUTIONS, pages]),
    ]


def in_script(name: str, old: str, new: str) -> Fault:
    """A script of the page with another text."""
    assets: Any = importlib.import_module("autograd_core.stepping.page.assets")
    read, file = assets._lines, f"script/{name}.js"
    if old not in read(file):
        raise LookupError(f"{file} has no {old!r} to replace")

    def inject() -> None:
        assets._lines = lambda asked: read(asked).replace(old, new, 1) if asked == file else read(asked)
        assets.script.cache_clear()

    return Fault(f"{file}: {old} → {new}", inject, [["tests/stepping/page/test_scripts.py"]])


def page_scripts() -> list[Fault]:
    functions = ["tests/stepping/page/test_scripts.py"]
    return [
        in_script("passes", "gradients[operand] += adds", "gradients[operand] = adds"),
        in_script("passes", "if (upstream === 0) continue;", ""),
        in_script("passes", "isNew[node] = into.some((edge) => isNew[this.edges[edge].from]);", "isNew[node] = true;"),
        in_script("passes", "parameters.length ? parameters : leaves", "leaves"),
        in_script("sums", "rest.product === 0 || local === null ? 0 :", ""),
        in_script("sums", "uses.length && uses.every", "uses.every"),
        in_script("steps", "before === 0 ?", "false ?"),
        in_script("names", "isEnclosed ? number : signed(number)", "number"),
        in_script("questions", "left[operand] === 0 &&", ""),
        in_script("questions", "shownError(gradient, write), sum)", "shownError(gradient, write))"),
        in_script("address", "&& !Number.isNaN(number)", ""),
        in_script("numbers", "if (!isBetween ||", "if (true ||"),
        rewrite("autograd_core.replay.node_functions", "_derivative", "if is_gated", "if False", functions),
    ]


def drawn() -> list[Fault]:
    pictures, graphs, errors = ([f"tests/drawing/test_{name}.py"] for name in ("network", "draw", "on_error"))

    def in_network(module: str, function: str, old: str, new: str) -> Fault:
        return rewrite(f"autograd_core.drawing.network.{module}", function, old, new, pictures)

    return [
        in_network("numbers", "Numbers.weight_gradient", "upstream * derivative if upstream", "derivative if upstream"),
        in_network("numbers", "Numbers.target", "held.value == index", "held.value != index"),
        in_network("structure", "_samples", "not is_apart", "False"),
        in_network("structure", "source_of", "(place, id(held))", "id(held)"),
        in_network("emphasis", "Emphasis.has_term", "or self.has(term.source)", ""),
        in_network("layout", "some_of", "*kept,", ""),
        in_network("formula", "_number", 'text.startswith("−")', "False"),
        in_network("svg", "span", "escape(content, quote=False)", "content"),
        rewrite("autograd_core.notation.columns", "_unsigned", "_NEAR * math.ulp(value)", "0.0", pictures),
        rewrite(
            "autograd_core.drawing.arrangement", "_Sketch.__init__", "(place, id(operand))", "(0, id(operand))", graphs
        ),
        rewrite("autograd_core.drawing.neuron_order", "in_reading_order", "(index - count, 1)", "(index, 1)", graphs),
        rewrite("autograd_core.drawing.failure", "_in_an_operation", "calls_back and not name", "False", errors),
    ]


def recognised() -> list[Fault]:
    roles, explanations = ["tests/roles/test_networks.py"], ["tests/explanation/test_written_out.py"]

    def in_roles(module: str, function: str, old: str, new: str) -> Fault:
        return rewrite(f"autograd_core.roles.{module}", function, old, new, roles, explanations)

    def in_links(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.explanation.links", function, old, new, explanations)

    def in_practice(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.stepping.practice", function, old, new, ["tests/stepping/test_practice.py"])

    def on_screen(module: str, function: str, old: str, new: str) -> Fault:
        return rewrite(f"autograd_core.stepping.{module}", function, old, new, ["tests/stepping/test_screen.py"])

    return [
        in_practice("_agrees", "(step.grad_after, shown)", "(step.grad_after,)"),
        in_practice("_is_near", "0.5 * last_digit", "50.0 * last_digit"),
        in_practice("Practice.tally", "if each not in self._misses", ""),
        on_screen("screen", "Screen.say", "_wrapped(self._spelled_out(line), self.width)", "[self._spelled_out(line)]"),
        on_screen("screen", "_shows_colors", 'os.environ.get("NO_COLOR") or', ""),
        on_screen("terminal_drawing", "tree", "again = node in drawn", "again = False"),
        in_roles("sums", "_is_chain", "len(consumers[operand]) != 1", "False"),
        in_roles("sums", "_is_chain", "len(whole) < 2", "True"),
        in_roles("sums", "_sum", "(1.0, -1.0)", "(1.0, 1.0)"),
        in_roles("parameters", "_spread_from", "not roles[leaf]", "roles[leaf]"),
        in_roles("parameters", "_spread", "if not sides", "if True"),
        in_roles("parameters", "_roles_by_biases", "bias_of[leaf] is biases[0]", "True"),
        in_roles("activations", "bottlenecks", "used == open_edges", "used > 0"),
        in_roles("activations", "activation_after", "or region[place] in outputs", ""),
        in_roles("recognise", "_is_compared", "any(map(_is_square, consumers_of[consumer]))", "True"),
        in_links("_merged", "entries[each.operand] += each.amount", "entries[each.operand] = each.amount"),
        in_links("Links.__init__", "or not _is_written_out(network.loss)", "or True"),
    ]


def networks() -> list[Fault]:
    layers, data = ["tests/nn/test_layers.py"], ["tests/nn/data/test_samples.py"]
    return [
        rewrite("nn.optim", "Optimizer.state_dict", "copy.deepcopy(self.state)", "self.state", STATES),
        rewrite(
            "nn.optim", "Optimizer.load_state_dict", 'copy.deepcopy(dict(state["state"]))', 'state["state"]', STATES
        ),
        rewrite(
            "nn.optim", "Optimizer.load_state_dict", "restored = type(self)(", "restored = self; type(self)(", STATES
        ),
        rewrite("nn.optim", "Adam._updated_from", 'self.state.get("step", 0) + 1', "1", OPTIMIZERS),
        rewrite(
            "nn.optim",
            "Adam._updated_from",
            "math.sqrt(square) / correction + self.eps",
            "math.sqrt(square) / correction",
            OPTIMIZERS,
        ),
        rewrite(
            "nn.optim", "AdamW.updated", "1.0 - self.lr * self.weight_decay", "1.0 - self.weight_decay", OPTIMIZERS
        ),
        rewrite("nn.optim", "SGD.updated", "gradient + self.momentum * velocity", "velocity", OPTIMIZERS),
        rewrite("nn.losses", "_squared_error_partials", "-slope", "slope", LOSSES),
        rewrite("nn.losses", "_hinge_partials", "> 0.0", ">= 0.0", LOSSES),
        rewrite(
            "nn.losses",
            "_binary_cross_entropy_partials",
            "- target * ag.sigmoid(-logit)",
            "- target + target * ag.sigmoid(logit)",
            LOSSES,
        ),
        rewrite("nn.losses", "_cross_entropy_partials", "-others", "share - 1.0", LOSSES),
        rewrite(
            "nn.losses",
            "cross_entropy",
            "math.log1p(math.fsum(shares) / largest_share)",
            "math.log(1.0 + math.fsum(shares) / largest_share)",
            LOSSES,
        ),
        rewrite("nn.schedules", "Cosine.multiplier", "0.5 * math.pi", "math.pi", SCHEDULES),
        rewrite("nn.schedules", "Warmup.state_dict", "self.schedule.state_dict()", "{}", SCHEDULES),
        rewrite("nn.module", "Module.load_state_dict", "if missing or unknown:", "if missing:", layers),
        rewrite("nn.layers", "Layer.__call__", "neuron.__class__ is not Neuron or", "", layers),
        rewrite("nn.layers", "Layer.__call__", "or neuron.activation is not activation", "", layers),
        rewrite("nn.layers", "MLP.__call__", "layer(signals)", "Layer.__call__(layer, signals)", layers),
        rewrite("nn.parameters", "clear_gradients", "parameter.grad = 0.0", "pass", layers),
        rewrite("nn.data.scaling", "Scaler.of", "deviation or max(1.0, abs(middle) * 2.0**-40)", "deviation", data),
        rewrite("nn.data.scaling", "Scaler.unscale", "number * deviation + mean", "number * deviation", data),
        rewrite("autograd_core.files", "_create", "os.fsync(file.fileno())", "pass", DURABLE),
        rewrite("autograd_core.files", "_create", "file.flush()", "pass", DURABLE),
        rewrite("autograd_core.files", "_create", '"xb"', '"wb"', FILES),
        rewrite("autograd_core.files", "write_file", "secrets.token_hex(8)", "0", FILES),
        rewrite("nn.files", "Place.check", "present != self._known", "self._known is None", OUTPUTS),
        rewrite("nn.files", "Place.write", "self._known is not None", "True", OUTPUTS),
        rewrite("autograd_core.files", "_sync_folder", "os.fsync(descriptor)", "pass", DURABLE),
    ]


def ways() -> list[Fault]:
    """In what replays the calls of a traced function, draws its ways, and trains by it."""
    rows, trees = ["tests/tracing/test_rows.py"], ["tests/drawing/test_guard_tree.py"]
    engines = "tests/nn/training/test_engines.py"
    changing = "test_a_model_whose_attributes_change_goes_on_eagerly_from_then_on"
    tiring = "test_ten_samples_are_compared_before_the_first_batch"

    def in_rows(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.tracing.rows", function, old, new, rows)

    def in_tree(function: str, old: str, new: str) -> Fault:
        return rewrite("autograd_core.drawing.guard_tree", function, old, new, trees)

    def in_engine(function: str, old: str, new: str, test: str) -> Fault:
        return rewrite("nn.training.engines", f"ReplayEngine.{function}", old, new, [f"{engines}::{test}"])

    def in_workers(function: str, old: str, new: str) -> Fault:
        workers = ["tests/nn/training/test_executors.py"]
        return rewrite("nn.training.engines", f"ReplayEngine.{function}", old, new, workers)

    return [
        in_rows("_computed", "if trace.guards else []", "if not trace.guards else []"),
        in_rows("_add_gradients", "total.get(node, 0.0) + derivative", "derivative"),
        in_rows("_add_gradients", "if node.operands:", "if False:"),
        in_rows("TracedRows._run", "parts.sort(key=lambda part: part.places[0])", "pass"),
        in_rows("TracedRows._found", "self._compare(group, row, float(found.bound.values[0]))", "pass"),
        in_rows("TracedRows._parts", "others.append(place)", "pass"),
        in_tree("_Tree.add", "str(not guards[0].outcome)", "str(guards[0].outcome)"),
        in_tree("_runs", "place if place in trace.others else None", "None"),
        in_tree("_Tree.source", "sorted(self.edges)", "self.edges"),
        in_engine("train_on", "1.0 / len(batch)", "1.0", "test_other_leaves_get_the_mean_too"),
        in_engine("_compare_once_an_epoch", "self._epoch == len(history.losses)", "self._epoch is not None", changing),
        in_engine("_compare_once_an_epoch", "range(min(len(self._kept), COMPARED_AT_FIRST))", "(place,)", tiring),
        in_workers("_is_final", "self._has_workers and", "False and"),
        in_workers("train_on", 'assign(self.eager.parameters, "grad", gradients)', "pass"),
        in_engine("_check_targets", "self.eager.losses([sample])", "pass", "test_a_target_that_cannot_be_is_refused"),
        rewrite("nn.losses", "cross_entropy", "_check_class(class_index, len(logits))", "pass", LOSSES),
    ]


def the_package() -> list[Fault]:
    """In what is imported when it is asked for, how the commands call themselves, and what a release waits for."""
    imported, package = "tests/test_import.py", "tests/test_package.py"
    generators = ["tests/test_contexts.py::test_asynchronous_generators"]
    called = [f"{package}::test_a_command_is_called_by_its_script_or_by_its_module"]
    released = [f"{package}::test_what_is_in_the_way_of_a_release_is_said"]

    def in_package(function: str, old: str, new: str, test: str) -> Fault:
        return rewrite("autograd_core", function, old, new, [f"{imported}::{test}"])

    return [
        in_package("__getattr__", ", name=name, obj=", ", obj=", "test_an_unknown_name_suggests_one"),
        in_package("__getattr__", "globals()[name] = found", "pass", "test_a_name_is_looked_up_once"),
        in_package("__dir__", '"abs", ', "", "test_dir_shows_the_public_names_whatever_was_asked_for"),
        in_package("__dir__", ", *special", "", "test_dir_shows_the_public_names_whatever_was_asked_for"),
        rewrite("autograd_core.contexts", "_is_generator", "_GENERATOR | _ASYNC_GENERATOR", "_GENERATOR", generators),
        rewrite("autograd_core.console", "name_called", '.removesuffix(".exe")', "", called),
        rewrite("autograd_core.console", "name_called", "os.path.basename(", "(", called),
        rewrite("tests.release", "obstacles", "!= version", "== tag", released),
        rewrite("tests.release", "obstacles", '("pyproject.toml", "CITATION.cff")', '("pyproject.toml",)', released),
    ]


def lessons() -> list[Fault]:
    """In what the notebooks share: the judgement of answers, and how charts are shown."""
    if importlib.util.find_spec("matplotlib") is None:
        return []

    def in_lesson(function: str, old: str, new: str) -> Fault:
        return rewrite("notebooks.lesson", function, old, new, ["tests/test_lesson.py"])

    return [
        in_lesson("check", "right() if callable(right)", "right if callable(right)"),
        in_lesson("check", "_tried(answer, places[0]) is ...", "False"),
        in_lesson("_direction", "given * expected < 0.0", "False"),
        in_lesson("_miss_of_number", "given == int(given)", "True"),
        in_lesson("_miss_of_number", "rel_tol=tolerance, abs_tol", "rel_tol=1.0, abs_tol"),
        in_lesson("_miss_of_list", "len(answer) != len(right)", "False"),
        in_lesson("_miss_of_set", "given == right", "True"),
        in_lesson("_add_legends", "set(labels) <= set(together)", "True"),
        in_lesson("show", "plt.close(figure)", "pass"),
    ]


ROOMS = (
    *engine(),
    *shown(),
    *page_scripts(),
    *drawn(),
    *recognised(),
    *networks(),
    *ways(),
    *the_package(),
    *lessons(),
)
