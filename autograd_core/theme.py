"""The look that drawings and explanations share: colours, names of the kinds of derivative, light and dark panels.

The kinds' colours are told apart with any colour blindness and have a contrast of at least 3:1 on both backgrounds;
they are never the only sign: everything coloured also says its kind in words or symbols. They follow the palette of
Okabe and Ito, Color Universal Design (2008), darkened a little where it is too light for lines on white.
"""

from __future__ import annotations

import hashlib
import itertools

from autograd_core.graph import EdgeKind

KIND_COLORS: dict[EdgeKind, str] = {
    "input": "#0072b2",
    "weight": "#009e73",
    "activation": "#d55e00",
    "loss": "#b8609a",
    "other": "#7a7a7a",
}

KIND_NAMES: dict[EdgeKind, str] = {
    "input": "layer input",
    "weight": "weight passed",
    "activation": "activation derivative",
    "loss": "loss derivative",
    "other": "other",
}

LIGHT = {"background": "#ffffff", "ink": "#1b1f24", "quiet": "#5b6470", "line": "#c4cad1"}
DARK = {"background": "#1b1f24", "ink": "#e8eaed", "quiet": "#a3acb8", "line": "#4a525c"}


def panel_style(scope: str) -> str:
    """CSS that makes one element an opaque panel, light or dark as the page around it is.

    The page's theme is what JupyterLab, VS Code or Colab say it is; elsewhere what the reader's system prefers. Text
    and background are always set together, so that the panel can be read even where that guess is wrong.

    Args:
        scope: a CSS selector for the element; every rule is confined to it.
    """
    light, dark = (";".join(f"--ag-{role}:{color}" for role, color in colors.items()) for colors in (LIGHT, DARK))
    return (
        f"{scope}{{{light};background:var(--ag-background);color:var(--ag-ink);overflow:auto;max-width:100%;"
        "padding:10px 14px;border-radius:6px;font:13px/1.5 system-ui,sans-serif}"
        f"@media (prefers-color-scheme:dark){{{scope}{{{dark}}}}}"
        f'[data-jp-theme-light="true"] {scope},.vscode-light {scope},html[theme="light"] {scope}{{{light}}}'
        f'[data-jp-theme-light="false"] {scope},.vscode-dark {scope},html[theme="dark"] {scope}{{{dark}}}'
    )


_shown = itertools.count(1)


def unique_id(content: str) -> str:
    """An element's id that no other on the page has, also where outputs of several sessions stand on one page.

    It is the same each time that the same program runs, so that a notebook run again does not change without reason.
    """
    return f"ag-{hashlib.sha256(content.encode()).hexdigest()[:8]}-{next(_shown)}"
