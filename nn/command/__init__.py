"""The command line: ``python -m nn train``, ``predict`` and ``export``."""
