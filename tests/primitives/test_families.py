"""A new function stands in one family's file, in its ``__all__``, and is public; what is missing is said by name."""

from __future__ import annotations

from pathlib import Path

import pytest

import autograd_core as ag
from autograd_core import primitives
from autograd_core.primitives import FAMILIES, FUNCTIONS, TABLE
from tests.support.functions import OF_ONE_NUMBER

PUBLIC_OTHERWISE = {
    *("+", "-", "*", "/", "neg", "pow", "**", "//", "round"),  # operators
    *("<", "<=", ">", ">=", "==", "!=", "&", "|", "~"),  # conditions
    *("abs", "sum", "dot", "stop_gradient", "softmax", "log_softmax"),  # written around the row, or renamed
}
IN_PARTIALS_ONLY = {"sech_squared", "exp_minus_square", "normal_pdf", "normal_cdf", "polygamma", "erfinv_slope"}


def test_every_row_of_the_table_is_listed_by_its_family() -> None:
    rows = {name for name, row in TABLE.items() if row not in FUNCTIONS.values()}
    missing = rows - PUBLIC_OTHERWISE - IN_PARTIALS_ONLY
    assert not missing, f"add {missing} to __all__ in the file where the primitive stands"
    assert rows == PUBLIC_OTHERWISE | IN_PARTIALS_ONLY


def test_every_family_is_in_the_list_of_families() -> None:
    folder = Path(primitives.__file__).parent
    lists = {path.stem for path in folder.glob("*.py") if "\n__all__ = " in path.read_text(encoding="utf-8")}
    assert lists == {family.__name__.rpartition(".")[2] for family in FAMILIES}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_listed_function_is_public(name: str) -> None:
    assert getattr(ag, name, None) is FUNCTIONS[name], f"import {name}'s family with * in autograd_core/__init__.py"
    assert name in ag.__all__, f"add {name!r} to __all__ in autograd_core/__init__.py, where type checkers read it"


@pytest.mark.parametrize("name", OF_ONE_NUMBER)
def test_a_function_of_one_number_is_a_method_of_value(name: str) -> None:
    assert hasattr(ag.Value, name), f"give Value the method {name}, beside the others: git grep _method\\("
