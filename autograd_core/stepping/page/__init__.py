"""A backward pass to step through in a page."""
