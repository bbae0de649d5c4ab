"""``python -m tests.explore``: the tests that would hold for any numbers, on fresh ones until the time is over."""
