"""A backward pass to step through: as a list, in a terminal, in a debugger, in a page."""
