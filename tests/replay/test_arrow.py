"""Programs on record batches of Arrow: what clusters hand over is summed as an array is, or refused in a sentence."""

from __future__ import annotations

import decimal
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.replay.blocks import BLOCK
from tests.support.executors import need

pa = pytest.importorskip("pyarrow")

w, b = ag.Value(0.5, "w"), ag.Value(-0.25, "b")
x, y = ag.Value(2.0, "x"), ag.Value(1.0, "y")
PROGRAM = ag.compile((ag.tanh(w * x + b) - y) ** 2, inputs=[x, y], parameters=[w, b])
FUNCTION = PROGRAM.arrow_function()


def rows_of(n: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(5).normal(size=(n, 2))


def batch_of(rows: np.ndarray[Any, Any]) -> Any:
    """A record batch with the columns in another order, and with one that the program does not know."""
    names = pa.array([f"row {number}" for number in range(len(rows))])
    return pa.RecordBatch.from_arrays([rows[:, 1].copy(), names, rows[:, 0].copy()], ["y", "name", "x"])


def sums_of(partial: Any) -> tuple[float, list[float], int]:
    [row] = partial.to_pylist()
    return row["loss"], row["gradient"], row["count"]


def expected(rows: np.ndarray[Any, Any], program: ag.Program = PROGRAM) -> tuple[Any, Any]:
    return program.value_and_grad(rows, reduce="sum")


def test_a_record_batch_becomes_the_sums_of_its_rows() -> None:
    rows = rows_of(1000)
    partial = FUNCTION(batch_of(rows))
    assert partial.schema == FUNCTION.schema
    assert str(FUNCTION.schema.types) == "[DataType(double), ListType(list<item: double>), DataType(int64)]"
    loss, gradient = expected(rows)
    assert sums_of(partial) == (loss, gradient.tolist(), 1000)


def test_a_table_becomes_a_table_of_one_row() -> None:
    rows = rows_of(1000)
    table = pa.Table.from_batches([batch_of(rows[:300]), batch_of(rows[300:])])
    partial = FUNCTION(table)
    assert isinstance(partial, pa.Table)
    assert partial.combine_chunks().to_batches() == [FUNCTION(batch_of(rows))]


@pytest.mark.parametrize(
    "stream",
    [
        list,
        iter,
        lambda batches: pa.RecordBatchReader.from_batches(batches[0].schema, batches),
        lambda batches: [pa.Table.from_batches(batches[:2]), *batches[2:]],
        lambda batches: HandsOverAStream(pa.Table.from_batches(batches)),
    ],
)
def test_a_stream_becomes_a_stream_with_the_same_bits_however_it_is_cut(stream: Callable[[list[Any]], Any]) -> None:
    rows = rows_of(3 * BLOCK + 17)
    cuts = sorted(random.Random(1).sample(range(len(rows)), 12))
    batches = [batch_of(rows[start:stop]) for start, stop in zip([0, *cuts], [*cuts, len(rows)])]
    partials = list(FUNCTION(stream(batches)))
    assert [sums_of(partial)[2] for partial in partials] == [BLOCK, BLOCK, BLOCK, 17]
    assert partials == list(FUNCTION([batch_of(rows)]))
    for reduce in ("mean", "sum"):
        loss, gradient = PROGRAM.value_and_grad(rows, reduce=reduce)
        total, by_parameters = FUNCTION.total(partials, reduce)
        assert (total, by_parameters.tolist()) == (loss, gradient.tolist())


class HandsOverAStream:
    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(schema)


def test_a_stream_is_read_as_it_is_asked_for() -> None:
    n_read = 0

    def endless() -> Iterator[Any]:
        nonlocal n_read
        while True:
            n_read += 1
            yield batch_of(rows_of(BLOCK))

    assert sums_of(next(FUNCTION(endless())))[2] == BLOCK
    assert n_read == 1


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.float16(), pa.float32(), pa.float64(), pa.bool_()),
    ],
    ids=str,
)
def test_numbers_of_all_widths_are_the_same_numbers(kind: Any) -> None:
    numbers = [[True, False], [False, True], [True, True]]
    columns = [pa.array(column, pa.bool_()).cast(pa.int8()).cast(kind) for column in zip(*numbers)]
    loss, gradient = expected(np.array(numbers, float))
    assert sums_of(FUNCTION(pa.RecordBatch.from_arrays(columns, ["x", "y"]))) == (loss, gradient.tolist(), 3)


def test_integers_up_to_the_last_that_is_a_float() -> None:
    identity = ag.compile(x * 1.0, inputs=[x]).arrow_function()
    for largest in (2**53, -(2**53)):
        assert sums_of(identity(pa.RecordBatch.from_pydict({"x": [largest]})))[0] == largest


def test_parameters_are_those_of_the_moment_or_those_given() -> None:
    rows = rows_of(5)
    moving = ag.Value(1.0, "v")
    program = ag.compile(moving * x, inputs=[x], parameters=[moving])
    function, other = program.arrow_function(), program.arrow_function(parameters=[3.0])
    moving.data = 100.0
    assert sums_of(function(batch_of(rows)))[0] == program.value_and_grad(rows[:, :1], [1.0], reduce="sum")[0]
    assert sums_of(other(batch_of(rows)))[0] == program.value_and_grad(rows[:, :1], [3.0], reduce="sum")[0]


def test_columns_are_given_by_name() -> None:
    rows = rows_of(5)
    function = PROGRAM.arrow_function(columns=["y", "x"])
    assert FUNCTION(batch_of(rows[:, ::-1])) == function(batch_of(rows))
    assert repr(function) == "ArrowFunction(y, x → loss, gradient, count; 2 parameters)"


def test_of_several_outputs_the_loss_is_a_list() -> None:
    rows = rows_of(5)
    program = ag.compile([w * x, x * y], inputs=[x, y], parameters=[w])
    function = program.arrow_function()
    partial = function(batch_of(rows))
    values, gradient = program.value_and_grad(rows)
    assert partial.schema == function.schema
    mean, by_parameters = function.total(partial)
    assert (mean.tolist(), by_parameters.tolist()) == (values.tolist(), gradient.tolist())


def test_no_rows_sum_to_nothing() -> None:
    nothing = FUNCTION(batch_of(rows_of(0)))
    assert sums_of(nothing) == (0.0, [0.0, 0.0], 0)
    assert list(FUNCTION(iter([]))) == list(FUNCTION([batch_of(rows_of(0))])) == []
    none: list[Any] = []
    for partials in (none, nothing, FUNCTION(pa.Table.from_batches([], batch_of(rows_of(0)).schema))):
        value, gradient = FUNCTION.total(partials)
        assert (value, gradient.tolist()) == (0.0, [0.0, 0.0])
    assert (
        FUNCTION.total([nothing, FUNCTION(batch_of(rows_of(9)))])[0]
        == FUNCTION.total(FUNCTION([batch_of(rows_of(9))]))[0]
    )


def test_the_order_of_partial_sums_is_the_order_of_the_sum() -> None:
    partials = [
        pa.RecordBatch.from_pylist([{"loss": loss, "gradient": [loss, 1.0], "count": 1}], FUNCTION.schema)
        for loss in (1.0, 1e-16, 1e-16, -1.0)
    ]
    assert FUNCTION.total(partials, "sum")[0] == 0.0
    assert FUNCTION.total([partials[0], partials[3], *partials[1:3]], "sum")[0] == 2e-16
    assert FUNCTION.total(pa.Table.from_batches(partials))[1].tolist() == [0.0, 1.0]


def test_it_is_pickled_small_and_without_the_graph() -> None:
    FUNCTION(batch_of(rows_of(100)))  # so that there are machines to leave behind
    pickled = pickle.dumps(FUNCTION)
    assert len(pickled) < 4_000
    assert b"Value" not in pickled
    assert pickle.loads(pickled)(batch_of(rows_of(100))) == FUNCTION(batch_of(rows_of(100)))


# -- what is refused --------------------------------------------------------------------------------------------------


def with_x(column: Any) -> Any:
    return pa.RecordBatch.from_arrays([column, pa.array([0.0] * len(column))], ["x", "y"])


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        (
            pa.RecordBatch.from_pydict({"X": [1.0], "y": [1.0]}),
            "there is no column 'x', only 'X', 'y': name the inputs' columns by columns=[…]",
        ),
        (
            pa.RecordBatch.from_arrays([pa.array([1.0])] * 3, ["x", "y", "x"]),
            "there are 2 columns 'x': name each column once",
        ),
        (
            with_x(pa.array([1.0, None, None])),
            "column 'x', row 1: the value is missing: fill it in, or leave such rows out",
        ),
        (
            iter([with_x(pa.array([1.0] * 10)), with_x(pa.array([1, 2, None]))]),
            "column 'x', row 12: the value is missing: fill it in, or leave such rows out",
        ),
        (
            [with_x(pa.array([1.0] * 10)), with_x(pa.array([2**53, 2**53 + 1]))],
            "column 'x', row 11: 9007199254740993 is beyond 2**53, where not every integer is a float: cast the column "
            "to double, where rounding does no harm",
        ),
        (
            with_x(pa.array([0, 2**64 - 1], pa.uint64())),
            "column 'x', row 1: 18446744073709551615 is beyond 2**53, where not every integer is a float: cast the "
            "column to double, where rounding does no harm",
        ),
        (
            with_x(pa.array([-(2**53) - 1])),
            "column 'x', row 0: -9007199254740993 is beyond 2**53, where not every integer is a float: cast the column "
            "to double, where rounding does no harm",
        ),
        (
            with_x(pa.array([decimal.Decimal("0.5")])),
            "column 'x' is of type decimal128(1, 1), and the program takes numbers: cast it, as CAST(\"x\" AS DOUBLE) "
            "does, where its values are numbers",
        ),
        (
            with_x(pa.array(["1.5"])),
            "column 'x' is of type string, and the program takes numbers: cast it, as CAST(\"x\" AS DOUBLE) does, "
            "where its values are numbers",
        ),
        (
            with_x(pa.nulls(3)),
            "column 'x' is of type null, and the program takes numbers: all its values are missing, so fill them in",
        ),
        (
            with_x(pa.array([[1.0]])),
            "column 'x' is of type list<item: double>, and the program takes numbers: take numbers from it first",
        ),
        (
            with_x(pa.array([{"a": 1.0}])),
            "column 'x' is of type struct<a: double>, and the program takes numbers: take numbers from it first",
        ),
        (
            with_x(pa.array([1], pa.timestamp("us"))),
            "column 'x' is of type timestamp[us], and the program takes numbers: take numbers from it first",
        ),
        (
            {"x": np.zeros(2), "y": np.zeros(2)},
            "record batches of PyArrow, a table or an iterator of them are wanted, got dict: in Ray Data, "
            'map_batches(…, batch_format="pyarrow")',
        ),
        (3.0, "record batches of PyArrow, a table or an iterator of them are wanted, got float"),
        ("x", "record batches of PyArrow, a table or an iterator of them are wanted, got str"),
        (
            rows_of(2),
            "record batches of PyArrow, a table or an iterator of them are wanted, got ndarray at place 0",
        ),
    ],
)
def test_what_cannot_be_summed_is_refused_in_a_sentence(batches: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        list(FUNCTION(batches))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("inputs", "columns", "message"),
    [
        ([x, ag.Value(1.0)], None, "input 1 has no label to find its column by: label it, or give columns=[…] with a "
                                   "name for each of the 2 inputs"),
        ([x, ag.Value(1.0, "x")], None, "two inputs are taken from the column 'x': give columns=[…], one of its own "
                                        "for each"),
        ([x, y], ["a", "a"], "two inputs are taken from the column 'a': give columns=[…], one of its own for each"),
        ([x, y], ["a"], "the program has 2 inputs, got 1 columns: give a name for each"),
        ([x, y], "xy", "columns are a list of names, one for each input, got 'xy'"),
        ([x, y], [0, 1], "columns are a list of names, one for each input, got [0, 1]"),
        ([], None, "the program has no inputs to take from columns: name them when it is compiled"),
    ],
)  # fmt: skip
def test_columns_that_do_not_fit_are_refused(inputs: list[ag.Value], columns: Any, message: str) -> None:
    program = ag.compile(ag.sum([w, *inputs]), inputs=inputs, parameters=[w])
    with pytest.raises((TypeError, ValueError)) as caught:
        program.arrow_function(columns)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("partials", "message"),
    [
        (lambda: batch_of(rows_of(1)), "partial sums have the columns loss, gradient, count, got y, name, x"),
        (
            lambda: ag.compile(w * x, [x], [w]).arrow_function()(batch_of(rows_of(1))),
            "these are partial sums of another program: they have 1 output and 1 parameter, and this one has 1 output "
            "and 2 parameters",
        ),
        (
            lambda: ag.compile([w * x, b * x], [x], [w, b]).arrow_function()(batch_of(rows_of(1))),
            "these are partial sums of another program: they have 2 outputs and 2 parameters, and this one has 1 "
            "output and 2 parameters",
        ),
        (
            lambda: pa.record_batch({"loss": [None], "gradient": [[1.0, 2.0]], "count": [1]}),
            "a partial sum is missing: leave such rows out",
        ),
        (lambda: [1.0], "record batches of PyArrow, a table or an iterator of them are wanted, got float at place 0"),
    ],
)
def test_what_is_no_partial_sum_is_refused(partials: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        FUNCTION.total(partials())
    assert str(caught.value) == message


def test_other_reductions_and_wrong_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^reduce is \"mean\" or \"sum\", got 'none'$"):
        FUNCTION.total([], reduce="none")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^the program has 2 parameters, got an array of shape \(1,\)"):
        PROGRAM.arrow_function(parameters=[1.0])


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r'^arrow_function\(\) needs PyArrow: pip install "autograd-core\[arrow\]"$'):
        PROGRAM.arrow_function()


# -- clusters ---------------------------------------------------------------------------------------------------------


def test_a_query_of_duckdb() -> None:
    need("duckdb")
    import duckdb

    rows = rows_of(20_000)
    points = pa.Table.from_batches([batch_of(rows)])
    with duckdb.connect() as connection:
        connection.register("points", points)
        query = connection.sql("SELECT x, CAST(y AS DOUBLE) AS y FROM points")
        partials = list(FUNCTION(query.to_arrow_reader(3_000)))
        assert partials == list(FUNCTION(query)) == list(FUNCTION([batch_of(rows)]))
        connection.register("partials", pa.Table.from_batches(partials))
        found = connection.execute("SELECT sum(loss), sum(gradient[1]), sum(count) FROM partials").fetchone()
    value, gradient = PROGRAM.value_and_grad(rows, reduce="sum")
    total, by_parameters = FUNCTION.total(partials, "sum")
    assert (total, by_parameters.tolist()) == (value, gradient.tolist())
    assert found is not None
    np.testing.assert_allclose(found, (value, gradient[0], 20_000), rtol=1e-12)
