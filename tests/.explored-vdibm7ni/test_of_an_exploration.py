import os
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seeds import seeded


@given(st.integers())
def test_every_example_passes(number):
    assert isinstance(number, int)


@given(st.integers(0, 10**9))
def test_some_example_fails(number):
    assert number < 10**6, "too large"


@pytest.mark.seeded
def test_a_seed_may_fail():
    assert seeded("coin").random() < 0.3


def test_is_not_for_any_numbers():
    raise AssertionError("not to be run")


@pytest.mark.seeded
def test_crashes():
    os.kill(os.getpid(), signal.SIGSEGV)


@pytest.mark.seeded
def test_takes_long():
    time.sleep(600)
