"""The languages that programs are written in, and what users see of them: ``Program.source`` and its relatives."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, get_args

from autograd_core.files import write_file

if TYPE_CHECKING:
    from autograd_core.replay.code import Code
    from autograd_core.replay.language import Language

LanguageName = Literal["python", "numpy", "c", "javascript", "jax"]
NAMES: tuple[LanguageName, ...] = get_args(LanguageName)
_OF_SUFFIX: dict[str, LanguageName] = {".py": "python", ".c": "c", ".js": "javascript", ".mjs": "javascript"}


def language_named(name: str) -> Language:
    """The table of a language.

    Raises:
        ValueError: there is no such language.
    """
    if name == "python":
        from autograd_core.replay.python import PYTHON

        return PYTHON
    if name == "numpy":
        from autograd_core.replay.numpy_rows import NUMPY

        return NUMPY
    if name == "c":
        from autograd_core.replay.c import C

        return C
    if name == "javascript":
        from autograd_core.replay.javascript import JAVASCRIPT

        return JAVASCRIPT
    if name == "jax":
        from autograd_core.replay.jax import JAX

        return JAX
    known = ", ".join(map('"{}"'.format, NAMES[:-1]))
    raise ValueError(f'language is {known} or "{NAMES[-1]}", got {name!r}')


def language_of_file(path: str | PathLike[str]) -> LanguageName:
    """The language that a file's name ends for.

    Raises:
        ValueError: the ending says none.

    >>> language_of_file("model.c")
    'c'
    """
    name = PurePath(path).name
    for suffix, language in _OF_SUFFIX.items():
        if name.lower().endswith(suffix):
            return language
    endings = ", ".join(_OF_SUFFIX)
    raise ValueError(f'{fspath(path)!r} ends in none of {endings}: name the language, as in language="numpy"')


class Writable:
    """A program's texts in other languages."""

    inputs: list[Any]
    parameters: list[Any]
    outputs: list[Any]
    nodes: list[Any]
    _code: Code

    def source(self, language: LanguageName = "python", *, jacobian: bool = False, hessian: bool = False) -> str:
        """The program as a text that needs nothing of this package.

        Its function ``program`` takes the inputs, then the parameters, and gives the outputs and the derivatives of
        their sum with respect to all of these. Leaves are called by their labels where the language has such names.

        Args:
            language: ``"python"``, which needs :mod:`math` alone; ``"numpy"``, whose arguments may be arrays, an
                element for each row; ``"c"``, C99 without allocation; ``"javascript"``, a module; or ``"jax"``.
            jacobian: write ``program_jacobian`` too: a row for each output, a column for each input and parameter; of
                one output a single row.
            hessian: write ``program_hessian`` too: the second derivatives of the outputs' sum. What is always 0 is 0
                also where a nan would make it nan, as for ``hessian(sparse=True)``.

        Raises:
            ValueError: another language; or a primitive of the user's, which a replay cannot look into, has no text in
                it: :meth:`Primitive.define_text` gives it one. A Hessian of such a primitive.

        >>> import autograd_core as ag
        >>> w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
        >>> text = ag.compile(w * x, inputs=[x], parameters=[w]).source(hessian=True)
        >>> names = {}
        >>> exec(text, names)
        >>> names["program"](7.0, 3.0), names["program_hessian"](7.0, 3.0)
        ((21.0, [3.0, 7.0]), [[0.0, 1.0], [1.0, 0.0]])
        """
        from autograd_core.replay.text import text_of

        return text_of(self, self._code, language_named(language), jacobian=jacobian, hessian=hessian).text

    def save_source(
        self,
        path: str | PathLike[str],
        language: LanguageName | None = None,
        *,
        jacobian: bool = False,
        hessian: bool = False,
    ) -> None:
        """Write :meth:`source` to a file.

        Args:
            path: the file; it is replaced if it is there.
            language: as for :meth:`source`; None for the one that the name ends for: Python for ``.py``, C for ``.c``,
                JavaScript for ``.js`` and ``.mjs``. NumPy and JAX are named here.
            jacobian, hessian: as for :meth:`source`.

        Raises:
            ValueError: as for :meth:`source`, and where the ending says no language.
            OSError: the file cannot be written.
        """
        text = self.source(language or language_of_file(path), jacobian=jacobian, hessian=hessian)
        write_file(path, text.encode("utf-8"))

    def as_function(self) -> Callable[..., Any]:
        """The text of :meth:`source` as a function of floats, which a debugger steps through line by line.

        It takes the inputs, then the parameters, one by one, and returns the outputs and the list of derivatives with
        respect to all of these, as recording computes them. Primitives without a text are called as they are.

        >>> import autograd_core as ag
        >>> w, x = ag.Value(0.5, "w"), ag.Value(2.0, "x")
        >>> ag.compile(w * x, inputs=[x], parameters=[w]).as_function()(7.0, 3.0)
        (21.0, [3.0, 7.0])
        """
        from autograd_core.replay.text import as_function, text_of

        return as_function(text_of(self, self._code, language_named("python"), by_name=True))
