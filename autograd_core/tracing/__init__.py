"""Functions written in Python, with branches, as programs: ``ag.jit`` records each way through one of them once."""
