"""How the content of the directive ``{beside}`` is taken apart; the tests run what it gives."""


def parted(content: str) -> tuple[str, str]:
    """The code for the other package, and the code here: what a line ``---`` parts.

    Raises:
        ValueError: there is no such line, or there are several.
    """
    parts = content.split("\n---\n")
    if len(parts) != 2:
        raise ValueError(f"write one line --- between the code for the other package and this one's: {content!r}")
    theirs, ours = parts
    return theirs.strip(), ours.strip()
