"""What is handed to a program: Values, dtypes and arrays of numbers, checked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from autograd_core.graph import is_node
from autograd_core.primitives import data_of

if TYPE_CHECKING:
    from autograd_core.replay.machines import Array


_FLOAT = frozenset({float})


def recorded(output: Any) -> Any:
    """A condition as the node that it is recorded as."""
    return output.recorded() if hasattr(output, "recorded") else output


def values(candidates: Any, role: str) -> list[Any]:
    """A sequence of Values as a list (TypeError where it is anything else)."""
    if is_node(candidates):
        raise TypeError(f"{role} are a sequence of Values, got one Value: write [{candidates.label or 'value'}]")
    try:
        if isinstance(candidates, Set):  # in which order?
            raise TypeError
        values = list(candidates)
    except TypeError:
        raise TypeError(f"{role} are a sequence of Values, got {type(candidates).__name__}") from None
    for place, value in enumerate(values):
        if not is_node(value) and not (role == "outputs" and hasattr(value, "recorded")):
            raise TypeError(f"{role} are Values, got {type(value).__name__} at place {place}")
    return values


def check_leaves(inputs: Sequence[Any], parameters: Sequence[Any]) -> None:
    """Refuse what is not a leaf, and what is given twice."""
    role_of: dict[Any, str] = {}
    for role, leaves in (("input", inputs), ("parameter", parameters)):
        for place, leaf in enumerate(leaves):
            name = f"{role} {place} ({leaf.label or f'data={data_of(leaf):.6g}'})"
            if leaf.operands:
                raise ValueError(f"{name} is not a leaf: it was computed by {leaf.op.name!r}; give what it depends on")
            if leaf in role_of:
                raise ValueError(f"{name} is given twice: it is {role_of[leaf]} already")
            role_of[leaf] = f"{role} {place}"


def checked_dtype(dtype: Any) -> Any:
    """The dtype for NumPy (TypeError where it is neither of the two)."""
    np = numpy_module()
    try:
        checked = np.dtype(dtype)
    except TypeError as error:
        raise TypeError(f"dtype is float or numpy.float32, got {dtype!r}") from error
    if checked not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise TypeError(f"dtype is float or numpy.float32, got {dtype!r}")
    return checked


def numpy_module() -> Any:
    """NumPy, or what to install."""
    try:
        import numpy
    except ImportError as error:
        raise ImportError('ag.compile() needs NumPy: pip install "autograd-core[fast]"') from error
    return numpy


def real_array(numbers: Any, role: str) -> Array:
    """Real numbers as an array of floats; what is one already is not copied."""
    return real_numbers(numbers, role).astype(float, copy=False)


def real_numbers(numbers: Any, role: str) -> Array:
    """Real numbers as an array of whatever type they have; what is an array already is not copied."""
    np = numpy_module()
    try:
        if _is_masked(numbers, np):
            raise TypeError(f"the {role} are real numbers, and some are masked: leave them out or fill them in first")
        array = np.asarray(numbers)
    except ValueError as error:
        raise ValueError(f"the {role} are rows of different lengths: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"the {role} are real numbers, got an array of {array.dtype.name}")
    return array  # type: ignore[no-any-return]


def _is_masked(numbers: Any, np: Any) -> bool:
    """Whether a masked array, or a sequence with one in it, lacks a number."""
    if isinstance(numbers, (list, tuple)):
        return not _FLOAT.issuperset(map(type, numbers)) and any(map(np.ma.is_masked, numbers))
    return np.ma.is_masked(numbers)  # type: ignore[no-any-return]


def present_numbers(leaves: Sequence[Any]) -> Array:
    """The numbers that leaves have now; what is no float is brought to one, or refused by its label."""
    np = numpy_module()
    numbers = [leaf.data for leaf in leaves]
    if not _FLOAT.issuperset(map(type, numbers)):
        numbers = list(map(data_of, leaves))
    array: Array = np.array(numbers, float)
    return array


def numbers_for(parameters: Sequence[Any], numbers: Any = None) -> Array:
    """A number for each parameter, as an array; those that they have now where None is given."""
    if numbers is None:
        return present_numbers(parameters)
    array = real_array(numbers, "parameters")
    if array.shape != (len(parameters),):
        raise ValueError(
            f"the program has {len(parameters)} parameters, got an array of shape {array.shape}: "
            "give one number for each"
        )
    return array


def is_stream(inputs: Any) -> bool:
    """Whether rows come a few at a time: they are neither an array nor what NumPy makes one of."""
    if isinstance(inputs, (list, tuple)):
        return False
    if hasattr(inputs, "__array__"):
        return is_arrow(inputs)
    if isinstance(inputs, (str, os.PathLike)) or is_arrow(inputs) or hasattr(inputs, "__arrow_c_stream__"):
        return True
    return hasattr(inputs, "__iter__") and not isinstance(inputs, (Sequence, Mapping, Set))


def is_arrow(candidate: Any) -> bool:
    """Whether it is a table of pyarrow's, or what gives one piece by piece."""
    return hasattr(candidate, "schema") and type(candidate).__module__.partition(".")[0] == "pyarrow"


def columns_of_inputs(names: Sequence[str], leaves: Sequence[Any]) -> list[str]:
    """Which columns of a table are the inputs: those with the inputs' labels, or, without labels, all in their order.

    Raises:
        ValueError: the labels are not each that of one column; or there are more columns, or fewer, than inputs.
    """
    labels = [leaf.label for leaf in leaves]
    if len(set(labels)) == len(labels) and all(names.count(label) == 1 for label in labels):
        return labels
    if any(labels):
        raise ValueError(
            f"inputs with labels are the table's columns of those names, and not each is one column: the inputs are "
            f"{_listed(labels)}, the columns {_listed(names)}"
        )
    if len(names) != len(labels):
        raise ValueError(
            f"the table has {len(names)} columns ({_listed(names)}), and the program has {len(labels)} inputs: label "
            "the inputs as their columns are called, or leave out the other columns"
        )
    return list(names)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{name}" or "without one" for name in names[:6]) + (" …" if len(names) > 6 else "")


def in_order_of_inputs(rows: Any, leaves: Sequence[Any]) -> Any:
    """The columns of a data frame that are the inputs; anything else, also one whose columns are numbered, as it is."""
    if not (hasattr(rows, "columns") and hasattr(rows, "__array__")):
        return rows
    names = list(rows.columns)
    if not any(isinstance(name, str) for name in names):
        return rows
    columns = columns_of_inputs(names, leaves)
    return rows if columns == names else rows[columns]


def rows_for(leaves: Sequence[Any], inputs: Any) -> tuple[Array, bool]:
    """The inputs as an array of rows, and whether they were given as several; one row of present numbers for None."""
    array, is_batch = unconverted_rows_for(leaves, inputs)
    return array.astype(float, copy=False), is_batch


def unconverted_rows_for(leaves: Sequence[Any], inputs: Any) -> tuple[Array, bool]:
    """The same as an array of whatever type they have: of a file's many rows no copy is made."""
    if inputs is None:
        return present_numbers(leaves)[None, :], False
    count = len(leaves)
    if is_stream(inputs):
        raise TypeError(
            f"rows are an array of shape (rows, {count}) here, got {type(inputs).__name__}: forward() and "
            "value_and_grad() take a stream"
        )
    array = real_numbers(in_order_of_inputs(inputs, leaves), "inputs")
    if array.shape == (count,):
        return array[None, :], False
    if array.shape == (0,):  # a batch of no rows
        return array.reshape(0, count), True
    if array.ndim != 2 or array.shape[1] != count:
        got = f"{array.shape[-1]}" if array.ndim in (1, 2) else f"an array of shape {array.shape}"
        raise ValueError(
            f"the program has {count} inputs, got {got}: give one row of {count} numbers, or an array of shape "
            f"(rows, {count})"
        )
    return array, True


def numbers_of_point(
    inputs: Sequence[Any], parameters: Sequence[Any], rows: Any, numbers: Any
) -> tuple[Array, bool, Array]:
    """The inputs as an array of rows, whether they were given as several, and a number for each parameter.

    Where there are no inputs, the parameters' numbers may come in their place.
    """
    array, is_batch, numbers = unconverted_point(inputs, parameters, rows, numbers)
    return array.astype(float, copy=False), is_batch, numbers


def unconverted_point(
    inputs: Sequence[Any], parameters: Sequence[Any], rows: Any, numbers: Any
) -> tuple[Array, bool, Array]:
    """The same, the rows of whatever type they have."""
    if not inputs and rows is not None:
        if numbers is not None:
            raise ValueError("the program has no inputs, so what comes first is its parameters: give them once")
        rows, numbers = None, rows
    array, is_batch = unconverted_rows_for(inputs, rows)
    return array, is_batch, numbers_for(parameters, numbers)


def weights_for(n_outputs: int, weights: Any) -> Array:
    """A number for each output, as an array; an empty one where None is given."""
    array = real_array(() if weights is None else weights, "weights")
    if weights is not None and array.shape != (n_outputs,):
        raise ValueError(
            f"the program has {n_outputs} outputs, got weights of shape {array.shape}: give one number for each output"
        )
    return array


def vectors_for(n_variables: int, vector: Any, n_rows: int | None) -> Array:
    """A vector for each of so many rows, or for the one row where there is no batch."""
    if vector is None:
        raise TypeError("the vector is missing: write it after the inputs, or after the parameters if there are none")
    array = real_array(vector, "vector's components")
    if array.shape == (n_variables,):
        return numpy_module().broadcast_to(array, (1 if n_rows is None else n_rows, n_variables))  # type: ignore[no-any-return]
    if n_rows is None or array.shape != (n_rows, n_variables):
        wanted = f"{n_variables} numbers" + (
            "" if n_rows is None else f", or an array of shape ({n_rows}, {n_variables})"
        )
        raise ValueError(f"the vector has a number for each variable, got shape {array.shape}: give {wanted}")
    return array


def scipy_sparse(what: str) -> Any:
    """SciPy's module of sparse arrays, or what to install."""
    try:
        import scipy.sparse
    except ImportError as error:
        raise ImportError(f'{what} needs SciPy: pip install "autograd-core[scipy]"') from error
    return scipy.sparse
