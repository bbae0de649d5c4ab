"""Faults in a replay: in how a graph becomes instructions, in their derivatives, and in the rules of an adjoint."""

from __future__ import annotations

from tests.mutation.fault import Fault, rewrite

ROOM = "autograd_core.replay."
CODE = ["tests/replay/test_code.py"]
PROGRAM = ["tests/replay/test_program.py"]
TOGETHER = "blocks.py::test_blocks_give_what_all_rows_together_give"
FIRST = "executors.py::test_the_machine_is_that_of_the_first_block"
CTRL_C = "executors.py::test_ctrl_c_while_waiting_cancels_what_is_left"
FORGOTTEN = "executors.py::test_a_worker_that_has_forgotten_a_program_gets_it_again"
FEW = "executors.py::test_few_tasks_wait_at_a_time"
LATEST = "executors.py::test_a_worker_keeps_the_latest_programs_only"
PIECES = "streams.py::test_an_iterator_of_any_pieces_gives_the_bits_of_the_array"
LABELS = "streams.py::test_inputs_are_the_columns_of_their_labels"
FRAMES = "streams.py::test_the_columns_of_a_data_frame_are_found_as_those_of_a_table"
WORDS = "names_in_texts.py::test_a_number_is_not_called_as_what_a_users_text_uses"
ANYTHING = "names_in_texts.py::test_inputs_may_be_called_as_anything_that_the_text_uses"


def in_room(module: str, function: str, old: str, new: str) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, CODE, PROGRAM)


def in_derivatives(module: str, function: str, old: str, new: str) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, ["tests/replay/test_derivatives.py"])


def in_blocks(module: str, function: str, old: str, new: str, test: str) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, [f"tests/replay/test_{test}"])


def in_text(module: str, function: str, old: str, new: str, test: str) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, [f"tests/replay/test_sources.py::{test}"])


def in_language(module: str, function: str, old: str, new: str, test: str) -> Fault:
    return rewrite(f"{ROOM}{module}", function, old, new, [f"tests/replay/test_{module.split('_')[0]}.py::{test}"])


def in_export(function: str, old: str, new: str, test: str) -> Fault:
    return rewrite("nn.tabular.exported", function, old, new, [f"tests/nn/command/test_export.py::{test}"])


RULES, LABELLED = "test_the_rules_of_the_backward_pass", "test_labels_that_javascript_knows"
IN_NUMPY, IN_GROUPS = (f"test_texts_{which}with_numpy_in_place_of_jax" for which in ("", "in_groups_"))
NETWORKS = "test_networks_with_numpy_in_place_of_jax"

REPLAY = (
    # texts
    in_language("javascript", "_adjoint", "=== 0 ? 0 :", "=== 5 ? 0 :", RULES),
    in_language("javascript", "_spoilt", "? 1.0 : NaN", "? 1.0 : 1.0", RULES),
    in_language("javascript", "_comment", 'replace("</"', 'replace("<<"', LABELLED),
    in_language("jax", "_adjoint", "== 0.0, 0.0,", "== 5.0, 0.0,", IN_NUMPY),
    in_language("jax", "_footer", '_call("sum_of_rows", ', '_call("each_row", ', IN_NUMPY),
    in_language("jax_groups", "_Writer._follows", "home.place + distance", "other.place", IN_GROUPS),
    in_language("jax_groups", "_Writer.lines", "if self._has_products:", "if False:", NETWORKS),
    in_language("jax_groups", "_Writer._matrix", "if n_columns == row else", "if True else", NETWORKS),
    in_export("_network", "- mean) / deviation", "- mean) * deviation", "test_every_row_of_the_data"),
    in_export("argument_names", "name in _RESERVED or name in names", "name in names", "test_odd_names"),
    in_text("text", "_Writer._lines", "gives_list(operation)", "len(results) > 1", "test_programs_at_the_edge"),
    in_text(
        "matrices",
        "_rows_in_reverse",
        "colours == colour",
        "colours >= colour",
        "test_matrices_are_those_of_the_program",
    ),
    in_text("c", "_adjoint", "passed_on({0}, {1})", "{0} * {1}", "test_an_upstream_of_zero_passes_nothing_on_in_c"),
    in_text("c", "_otherwise", "total - total == 0.0", "1", "test_c_optimised"),
    in_text("c", "_comment", 'text.endswith(("\\\\", "/"))', "False", "test_no_label_changes_a_program_in_c"),
    in_text("definitions", "_PythonDefinitions._free_name", "while free", "if False and free", "test_python"),
    in_text(
        "calls",
        "Calls._of_user",
        "len(text.partials) != len(others)",
        "False",
        "test_texts_that_do_not_fit_are_refused",
    ),
    in_text("numpy_rows", "_adjoint", "== 0.0, 0.0", "== 0.5, 0.0", "test_numpy"),
    # the rules
    in_room("instructions", "adjoint", "if upstream != 0.0:", "if True:"),
    in_room("instructions", "adjoint", "total += upstream * local_derivative", "total = upstream * local_derivative"),
    in_room("instructions", "adjoint", "total = 0.0", "total = -0.0"),
    in_room("instructions", "spoilt", "value != value and upstream != 0.0", "value != value"),
    in_room("instructions", "spoilt", "value != value and upstream != 0.0", "False"),
    in_room("instructions", "n_results", "n_operands - 1 if code % 2 else 1", "1"),
    # differentiate
    in_room("differentiate", "with_adjoints", "edges = _reached(code.edges, code)", "edges = code.edges"),
    in_room("differentiate", "with_adjoints", "-edges.nodes, -edges.operands", "edges.nodes, -edges.operands"),
    in_room("differentiate", "_reached", "if found[node]:", "if True:"),
    in_room("differentiate", "_Backward.__init__", "edges.operands[~edges.passes_nan_on]", "edges.operands[:0]"),
    in_room("differentiate", "_Backward.__init__", "edges.propagates_nan & may", "may"),
    in_room(
        "differentiate", "_Backward.__init__", "np.where(edges.gates >= 0, 3 * n", "np.where(edges.gates > n, 3 * n"
    ),
    in_room("differentiate", "with_adjoints", "np.full(len(code.outputs), one)", "np.full(len(code.outputs), zero)"),
    in_room("differentiate", "_Backward.code_with_adjoints", "(counts == 1) &", "(counts >= 1) &"),
    in_room("differentiate", "_Backward.code_with_adjoints", "self.derivatives[firsts] == self.one", "counts == 1"),
    in_room(
        "differentiate", "_Backward._instructions", "np.stack([n + spoilt, spoilt]", "np.stack([n + spoilt, n + spoilt]"
    ),
    in_room("differentiate", "_Backward._instructions", "[gates, upstream, np.full", "[upstream, upstream, np.full"),
    in_room(
        "differentiate", "_Backward._instructions", "np.lexsort((kinds, -owners))", "np.lexsort((-kinds, -owners))"
    ),
    # record
    in_room("instructions", "constant_key", "if number and number == number else repr(number)", ""),
    in_room("record", "_Recorder._computed", "template.value < template.n_given", "False"),
    in_room("record", "_Recorder._computed", "self.constant(template.constants[-1 - at])", "numbers[at]"),
    in_room("record", "_Recorder._shared", "if first is None:", "if True:"),
    in_room("record", "_Recorder._kind", "*map(repr, known)", "len(known)"),
    in_room("record", "_Recorder._kind", "(op, len(known)) if all(carries)", "(op, len(known)) if any(carries)"),
    # write
    in_room("write", "_Writer._varying", "found[slot]", "True"),
    in_room("write", "_Writer.write_kind", "step < template.n_value_steps", "True"),
    # symbols
    in_room(
        "symbols", "Trace._simplified", "known[1:] == [1.0, 0.0] and operands[0].is_truth", "known[1:] == [1.0, 0.0]"
    ),
    in_room("symbols", "Trace._simplified", "operands[1] if known[0] else operands[2]", "operands[2]"),
    in_room("symbols", "Trace._simplified", "number == 1.0", "number == 0.5"),
    in_room("symbols", "Trace.own", "and result.place >= len(self.operands)", "and True"),
    in_room("templates", "_passing_nan_on", "code not in LOSES_NAN", "True"),
    in_room("templates", "_arranged", "sum(number < n_value_steps for number in own)", "len(own)"),
    in_room("templates", "opaque_template", "gated = (True,)", "gated = (False,)"),
    # derivatives of programs
    in_derivatives("linearize", "_Writer.write_adjoints", '["either"], [is_other', '["both"], [is_other'),
    in_derivatives("linearize", "_Writer.write_adjoints", "[to_upstream, is_number]", "[to_upstream, to_upstream]"),
    in_derivatives("linearize", "_Writer.write_spoilt", "upstream, 1, spoils", "upstream, 1, passes"),
    in_derivatives("linearize", "_kinds", "has_rule & ~is_node[code.results]", "has_rule"),
    in_derivatives("tangents", "with_tangents", "and terms[0] == one", "and terms[0] >= 0"),
    in_derivatives("patterns", "pattern_of", "below.get(node, 0) | found", "found"),
    in_derivatives("patterns", "_greedy", "forbidden |= taken[row]", "forbidden = taken[row]"),
    in_derivatives("evaluate", "Derivatives._entries", "if len(wrong):", "if False:"),
    in_derivatives("evaluate", "Derivatives.along", "_not_finite(found, directions)", "_not_finite(found)"),
    in_derivatives("derived", "Draft.to_slopes", "self.weights if len(self.weights) else None", "None"),
    in_derivatives("arrays", "ArrayMachine.values", "fast.has_adjoints and not", "False and not"),
    # passes
    in_room("code", "needed", "is_needed[slot] = 1\n    chosen", "pass\n    chosen"),
    in_room("code", "levels", "1 + max(", "0 + max("),
    in_room("code", "reordered", "np.diff(starts)[order]", "np.diff(starts)"),
    # blocks of rows, and who computes them
    in_blocks("blocks", "run_in_blocks", "own[0] = _added(own[0], part)", "own[0] = part", TOGETHER),
    in_blocks("blocks", "_results", "machines.parcel(len(first.rows))", "machines.parcel(1)", FIRST),
    in_blocks("executors", "results_in_order", "tasks.cancel()", "pass", CTRL_C),
    in_blocks("executors", "_Tasks.next_result", "self.waiting.popleft()", "self.waiting.pop()", FORGOTTEN),
    in_blocks("executors", "_Tasks._send_where_it_is_missing", "whole=True", "whole=False", FORGOTTEN),
    in_blocks("executors", "_Tasks.are_enough", "len(self.waiting) >= most", "False", FEW),
    in_blocks("work", "Received.machine", "_machines[self._digest] = machine", "pass", LATEST),
    in_blocks("blocks", "blocks_of_pieces", "piece[start : start + n_taken]", "piece[:n_taken]", PIECES),
    in_blocks("arguments", "in_order_of_inputs", "else rows[columns]", "else rows", FRAMES),
    in_blocks("text", "_Writer.__init__", "*calls.words, ", "", WORDS),
    in_blocks("text", "_Writer.__init__", 'for ending in ("", _IN_GENERAL)', 'for ending in ("",)', ANYTHING),
    in_blocks("sources", "columns_of_inputs", "return labels", "return list(names)", LABELS),
    in_blocks("running", "Runnable._sums_of_stream", "counted.n_rows if", "1 if", PIECES),
)
