"""Rows of which a few are in memory at a time: the bits of the array, from files and iterators, and what is refused."""

from __future__ import annotations

import importlib
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_core as ag
from autograd_core.replay import blocks
from tests.support.executors import PretendCluster, need

N_ROWS = 95


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 10)


def product(*labels: str) -> ag.Program:
    """Of a sum of three inputs, which are not alike, with a parameter."""
    x, y, z = (ag.Value(0.5, label) for label in labels or ("", "", ""))
    w = ag.Value(0.75, "w")
    return ag.compile(ag.tanh(w * x + 2.0 * y) * ag.exp(z) - w, inputs=[x, y, z], parameters=[w])


def numbers(n_rows: int = N_ROWS) -> Any:
    return np.random.default_rng(0).normal(size=(n_rows, 3))


def same(a: Any, b: Any) -> bool:
    return all(np.asarray(one).tobytes() == np.asarray(other).tobytes() for one, other in zip(a, b))


# -- where rows come from --


def in_pieces(rows: Any, *sizes: int) -> Iterator[Any]:
    start = 0
    while start < len(rows):
        for size in sizes:
            yield rows[start : start + size]
            start += size


def reusing(rows: Any) -> Iterator[Any]:
    """Pieces in one array, which is filled anew for each of them."""
    piece = np.empty((7, 3))
    for start in range(0, len(rows), 7):
        own = rows[start : start + 7]
        piece[: len(own)] = own
        yield piece[: len(own)]


STREAMS: dict[str, Callable[[Any], Any]] = {
    "pieces of one row": lambda rows: in_pieces(rows, 1),
    "rows": lambda rows: iter(rows),
    "pieces of 10": lambda rows: in_pieces(rows, 10),
    "pieces of 0, 1, 25 and 3": lambda rows: in_pieces(rows, 0, 1, 25, 3),
    "one piece": lambda rows: iter([rows]),
    "lists": lambda rows: iter([*rows[:50].tolist(), rows[50:].tolist()]),
    "an array that is used again": reusing,
    "what gives an iterator": lambda rows: {1: rows[:3], 2: rows[3:]}.values(),
    "read-only": lambda rows: iter([np.frombuffer(rows.tobytes()).reshape(-1, 3)]),
    "columns in memory": lambda rows: iter([np.asfortranarray(rows)]),
}


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("has_workers", [False, True])
def test_an_iterator_of_any_pieces_gives_the_bits_of_the_array(stream: str, has_workers: bool) -> None:
    program, rows = product(), numbers()
    executor = PretendCluster(3) if has_workers else None
    for reduce in ("mean", "sum"):
        expected = program.value_and_grad(rows, reduce=reduce)
        assert same(program.value_and_grad(STREAMS[stream](rows), reduce=reduce, executor=executor), expected)
    outputs = list(program.forward(STREAMS[stream](rows), executor=executor))
    assert [len(each) for each in outputs] == [10] * 9 + [5]
    assert same([np.concatenate(outputs)], [program.forward(rows)])


def test_the_parameters_given_are_those_of_the_stream_as_well() -> None:
    program, rows = product(), numbers()
    assert same(program.value_and_grad(iter([rows]), [0.25]), program.value_and_grad(rows, [0.25]))
    outputs = program.forward(iter([rows]), [0.25])
    program.parameters[0].data = 3.0
    assert same([np.concatenate(list(outputs))], [program.forward(rows, [0.25])])


def test_several_outputs_are_added_up_each() -> None:
    x, w = ag.Value(0.5), ag.Value(2.0)
    program = ag.compile([x * w, x + w], inputs=[x], parameters=[w])
    rows = numbers()[:, :1]
    assert same(program.value_and_grad(iter([rows])), program.value_and_grad(rows))
    assert next(program.forward(iter([rows]))).shape == (10, 2)


@pytest.mark.parametrize("dtype", [float, np.float32, np.int16])
def test_a_mapped_file_gives_the_bits_of_the_array(dtype: Any, tmp_path: Path) -> None:
    rows = (3.0 * numbers()).astype(dtype)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    program = product()
    with ThreadPoolExecutor(2) as threads:
        for executor in (None, threads, PretendCluster(2)):
            assert same(program.value_and_grad(mapped, executor=executor), program.value_and_grad(rows))
            assert same([program.forward(mapped, executor=executor)], [program.forward(rows)])


def test_a_mapped_file_is_never_in_memory_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1_000)
    n_rows = 200_000
    mapped = np.lib.format.open_memmap(tmp_path / "rows.npy", "w+", np.float32, (n_rows, 3))
    mapped[:] = 0.5
    program = product()
    program.value_and_grad(mapped[:2_000])
    assert peak(lambda: program.value_and_grad(mapped)) < n_rows * 3 * 4 / 4  # a quarter of what there is


def test_a_stream_takes_the_memory_of_a_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1_000)
    program = product()

    def run(n_pieces: int) -> None:
        pieces = (np.full((1_500, 3), 0.5) for _ in range(n_pieces))
        with ThreadPoolExecutor(2) as threads:
            program.value_and_grad(pieces, executor=threads)
        for _ in program.forward(np.full((1_500, 3), 0.5) for _ in range(n_pieces)):
            pass

    run(3)
    few, many = peak(lambda: run(20)), peak(lambda: run(200))
    assert many < 1.5 * few


def peak(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_rows_are_read_when_they_are_asked_for() -> None:
    n_read = 0

    def pieces() -> Iterator[Any]:
        nonlocal n_read
        for number in range(100):
            n_read += 1
            yield numbers(10) + number

    outputs = product().forward(pieces())
    assert n_read == 0
    next(outputs)
    assert n_read <= 2


# -- tables --


def arrow() -> Any:
    need("pyarrow")
    import pyarrow
    import pyarrow.dataset
    import pyarrow.parquet

    return pyarrow


def table(rows: Any, *names: str) -> Any:
    return arrow().table(dict(zip(names, rows.T)))


def query_of(path: Path) -> Any:
    need("duckdb")
    import duckdb

    return duckdb.read_parquet(str(path))


TABLES: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "a path as a string": str,
    "a folder": lambda path: path.parent,
    "a ParquetFile": lambda path: arrow().parquet.ParquetFile(path),
    "a dataset": lambda path: arrow().dataset.dataset(path),
    "a table": lambda path: arrow().parquet.read_table(path),
    "a reader": lambda path: arrow().parquet.read_table(path).to_reader(max_chunksize=7),
    "batches": lambda path: arrow().parquet.ParquetFile(path).iter_batches(batch_size=23),
    "a query": lambda path: query_of(path),
    "one batch": lambda path: arrow().parquet.read_table(path).combine_chunks().to_batches()[0],
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_gives_the_bits_of_the_array(kind: str, tmp_path: Path) -> None:
    rows, program = numbers(), product()
    arrow().parquet.write_table(table(rows, "a", "b", "c"), tmp_path / "rows.parquet", row_group_size=33)
    for executor in (None, PretendCluster(2)):
        found = program.value_and_grad(TABLES[kind](tmp_path / "rows.parquet"), executor=executor)
        assert same(found, program.value_and_grad(rows))
    assert same(
        [np.concatenate(list(program.forward(TABLES[kind](tmp_path / "rows.parquet"))))], [program.forward(rows)]
    )


@pytest.mark.parametrize("kind", TABLES)
def test_inputs_are_the_columns_of_their_labels(kind: str, tmp_path: Path) -> None:
    """Whatever their order is, and whatever else there is."""
    rows, program = numbers(), product("x", "y", "z")
    shuffled = table(rows[:, [2, 0, 1]], "z", "x", "y").append_column("name", [["a"] * N_ROWS])
    arrow().parquet.write_table(shuffled, tmp_path / "rows.parquet")
    found = program.value_and_grad(TABLES[kind](tmp_path / "rows.parquet"))
    assert same(found, program.value_and_grad(rows))


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_the_columns_of_a_data_frame_are_found_as_those_of_a_table(kind: str) -> None:
    rows, program = numbers(), product("x", "y", "z")
    need(kind)
    frames = importlib.import_module(kind)
    columns = {"name": ["a"] * N_ROWS, "z": rows[:, 2], "x": rows[:, 0], "y": rows[:, 1]}
    frame, expected = frames.DataFrame(columns), program.value_and_grad(rows)
    assert same(program.value_and_grad(frame), expected)
    assert same(program.value_and_grad(iter([frame[:30], frame[30:]])), expected)
    assert same([program.forward(frame)], [program.forward(rows)])
    assert same(product().value_and_grad(frames.DataFrame(rows)), expected)  # no input has a label
    with pytest.raises(ValueError, match="inputs with labels"):
        product("x", "y", "q").value_and_grad(frame)


def test_whole_numbers_and_truths_are_numbers() -> None:
    program = product("x", "y", "z")
    columns = {"x": [1, 2], "y": [True, False], "z": np.array([0.5, 0.25], np.float32)}
    expected = program.value_and_grad([[1.0, 1.0, 0.5], [2.0, 0.0, 0.25]])
    assert same(program.value_and_grad(arrow().table(columns)), expected)


REFUSED_TABLES: list[tuple[tuple[str, ...], dict[str, Any], type[Exception], str]] = [
    ((), {"a": [1.0], "b": [1.0]}, ValueError, r"table has 2 columns \(a, b\), and the program has 3 inputs: label"),
    (("x", "y", "z"), {"X": [1.0], "Y": [1.0], "Z": [1.0]}, ValueError, r"are x, y, z, the columns X, Y, Z"),
    (("x", "", ""), {"a": [1.0], "b": [1.0], "c": [1.0]}, ValueError, "are x, without one, without one, "),
    (("x", "y", "z"), {"x": [1.0], "y": [1.0], "c": [1.0]}, ValueError, r"inputs with labels.* x, y, z.* x, y, c"),
    (("x", "x", "z"), {"x": [1.0], "y": [1.0], "z": [1.0]}, ValueError, "not each is one column"),
    ((), {"a": [1.0], "b": ["2"], "c": [1.0]}, TypeError, "column 'b' is of type string"),
    ((), {"a": [1.0] * 20, "b": [1.0] * 20, "c": [1.0] * 17 + [None] * 3}, ValueError, "'c', row 17: the value is"),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "columns", "kind", "message"), REFUSED_TABLES)
def test_a_table_that_is_not_the_inputs_is_refused(
    labels: tuple[str, ...], columns: dict[str, Any], kind: type[Exception], message: str
) -> None:
    whole = arrow().table(columns)
    for stream in (whole, iter(whole.to_batches(max_chunksize=5))):
        with pytest.raises(kind, match=message):
            product(*labels).value_and_grad(stream)


def test_a_path_of_another_kind_is_refused(tmp_path: Path) -> None:
    for path in ("rows.csv", tmp_path / "rows.npy", ""):
        with pytest.raises(ValueError, match=r"rows are read from Parquet files, got the path '.*mmap_mode=\"r\""):
            product().value_and_grad(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"^there is no Parquet file in the folder '"):
        need("pyarrow") or product().forward(tmp_path / "empty")  # type: ignore[func-returns-value]
    with pytest.raises(FileNotFoundError):
        need("pyarrow") or product().forward(tmp_path / "rows.parquet")  # type: ignore[func-returns-value]


def test_what_pyarrow_is_for_is_said_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("pyarrow", "pyarrow.dataset", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="a Parquet file needs PyArrow: pip install"):
        product().value_and_grad("rows.parquet")


# -- what is refused --


def with_another(number: int, another: Any) -> Iterator[Any]:
    for place in range(30):
        yield another if place == number else numbers(8)


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (np.ones((8, 4)), ValueError, r"block 17 of the stream \(rows 136 to 143\) has 4 numbers in a row.* 3 inputs:"),
    (np.ones((1, 2)), ValueError, r"block 17 of the stream \(row 136\) has 2 numbers in a row"),
    (np.ones((2, 2, 3)), ValueError, r"block 17 of the stream \(from row 136 on\) is of shape \(2, 2, 3\): a str"),
    (4.0, ValueError, r"block 17 of the stream \(from row 136 on\) is of shape \(\)"),
    ([[1.0, 2.0, "a"]], TypeError, r"block 17 of the stream \(from row 136 on\) is not an array of rows: .* real num"),
    ([[1.0, 2.0, 3.0], [1.0]], ValueError, r"block 17 of the stream .* not an array of rows: .*different lengths"),
    (None, TypeError, "block 17 of the stream"),
]  # fmt: skip


@pytest.mark.parametrize(("another", "kind", "message"), REFUSED)
@pytest.mark.parametrize("has_workers", [False, True])
def test_a_piece_that_is_not_rows_is_named(
    another: Any, kind: type[Exception], message: str, has_workers: bool
) -> None:
    cluster = PretendCluster(2)
    with pytest.raises(kind, match=message):
        product().value_and_grad(with_another(17, another), executor=cluster if has_workers else None)
    assert not cluster.waiting


@pytest.mark.parametrize(
    "stream", [lambda: iter([]), lambda: iter([np.empty((0, 3))]), lambda: (each for each in list[Any]())]
)
def test_a_stream_without_rows_is_refused(stream: Callable[[], Any]) -> None:
    for executor in (None, PretendCluster(2)):
        with pytest.raises(ValueError, match=r"there are no rows: .* an iterator gives its rows only once"):
            product().value_and_grad(stream(), executor=executor)
        with pytest.raises(ValueError, match="there are no rows"):
            next(product().forward(stream(), executor=executor))


def test_an_iterator_that_is_used_up_is_refused() -> None:
    stream, program = iter([numbers()]), product()
    program.value_and_grad(stream)
    with pytest.raises(ValueError, match="only once, so make it anew for each call"):
        program.value_and_grad(stream)


def test_the_error_of_an_iterator_says_how_far_it_came() -> None:
    def pieces() -> Iterator[Any]:
        yield from [numbers(10)] * 4
        raise OSError("the disk is gone")

    cluster = PretendCluster(2)
    for executor in (None, cluster):
        with pytest.raises(OSError, match="the disk is gone") as caught:
            product().value_and_grad(pieces(), executor=executor)
        assert caught.value.__notes__ == ["this was block 4 of the stream, after 40 rows; nothing has changed"]
    assert not cluster.waiting


def test_results_for_each_row_of_a_stream_are_refused() -> None:
    program = product()
    with pytest.raises(ValueError, match=r'reduce="none" gives numbers for each row.* blocks one by one, or forward'):
        program.value_and_grad(iter([numbers()]), reduce="none")
    with pytest.raises(ValueError, match="wrt_inputs=True gives numbers for each row"):
        program.value_and_grad(iter([numbers()]), wrt_inputs=True)


@pytest.mark.parametrize("name", ["backward", "jacobian", "hessian", "node_values", "graph", "jvp"])
def test_where_a_stream_cannot_be_taken_it_is_refused(name: str) -> None:
    run = getattr(product(), name)
    with pytest.raises(TypeError, match=r"array of shape \(rows, 3\) here, got list_iterator: forward.* take a stream"):
        run(iter([numbers()]), *([[1.0]] if name == "jvp" else []))


def test_a_program_without_inputs_takes_no_stream() -> None:
    w = ag.Value(1.0)
    with pytest.raises(TypeError, match="the parameters are real numbers"):
        ag.compile(w * w, parameters=[w]).value_and_grad(iter([[1.0]]))
