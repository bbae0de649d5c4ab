"""The look that drawings and explanations share: colours, names of the kinds of derivative, light and dark panels.

The kinds' colours were searched for, to be far apart for readers with any colour blindness and to stand out on white
and on dark alike; a test checks that they do. They are never the only sign: everything coloured also says its kind in
words or symbols.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping

from autograd_core.graph import EdgeKind

KIND_COLORS: dict[EdgeKind, str] = {
    "input": "#1061ed",
    "weight": "#22aa62",
    "activation": "#c98707",
    "loss": "#984aab",
    "other": "#696969",
}

KIND_NAMES: dict[EdgeKind, str] = {
    "input": "layer input",
    "weight": "weight passed",
    "activation": "activation derivative",
    "loss": "loss derivative",
    "other": "other",
}

LIGHT = {
    "background": "#ffffff",
    "ink": "#1b1f24",
    "quiet": "#5b6470",
    "line": "#b9c0c8",
    "faded": "#cdd2d8",
    "loud": "#c1121f",
    "root": "#12161b",
}
DARK = {
    "background": "#1b1f24",
    "ink": "#e8eaed",
    "quiet": "#a3acb8",
    "line": "#59616b",
    "faded": "#474e57",
    "loud": "#ff7b72",
    "root": "#ffb000",
}
"""What each colour is for, on a light and on a dark page: ``loud`` for nan and inf, ``root`` for the root's frame."""

NETWORK_LIGHT = {
    "input-text": "#1446e0",
    "weight-text": "#007f52",
    "activation-text": "#a34a00",
    "loss-text": "#99208a",
    "card": "#fdfdfe",
    "hair": "#e3e6ea",
    "input-card": "#eaf3fc",
    "mark": "#fff3c4",
    "positive": "#d55e00",
    "negative": "#0072b2",
}
NETWORK_DARK = {
    "input-text": "#a8d3ff",
    "weight-text": "#4fe09a",
    "activation-text": "#f5a04a",
    "loss-text": "#cb85f5",
    "card": "#23282f",
    "hair": "#363d46",
    "input-card": "#22344a",
    "mark": "#3d3820",
    "positive": "#ff8c42",
    "negative": "#4dabf7",
}
"""What the picture of a network has beside these: its kinds as colours of text, for which those of lines are too pale;
its cards, the mark of a highlighted row, and a matrix's cells."""


def panel_style(scope: str) -> str:
    """CSS that makes one element an opaque panel, light or dark as the page around it is.

    Text and background are always set together, so that the panel can be read even where the page's theme is guessed
    wrong.

    Args:
        scope: a CSS selector for the element; every rule is confined to it.
    """
    return (
        f"{scope}{{background:var(--ag-background);color:var(--ag-ink);overflow:auto;max-width:100%;"
        f"padding:10px 14px;border-radius:6px;font:13px/1.5 system-ui,sans-serif}}{palette_style(scope)}"
    )


def picture_style(scope: str) -> str:
    """CSS that turns Graphviz's SVG dark where the page is: all but the nodes, which stay light cards with dark text.

    The colours of :data:`LIGHT`, wherever they stand in the picture, become those of the page's theme.
    """
    rules = "".join(
        f'{scope} {part}[{attribute}="{color}"]{{{attribute}:var(--ag-{role})}}'
        for role, color in LIGHT.items()
        for attribute in ("fill", "stroke")
        for part in (".graph>", ".edge ")
    )
    frames = "".join(f'{scope} .node [stroke="{LIGHT[role]}"]{{stroke:var(--ag-{role})}}' for role in ("root", "faded"))
    return palette_style(scope) + rules + frames


def network_style(scope: str) -> str:
    """CSS of the picture of a network, whose parts have classes for what they show; every rule is confined to it."""
    rules = "".join(f"{scope} {selector}{{{declarations}}}" for selector, declarations in _network_rules())
    return palette_style(scope, LIGHT | NETWORK_LIGHT, DARK | NETWORK_DARK) + rules


def printed_network_style() -> str:
    """The same for a picture that stands on white paper, without variables."""
    colors = {f"var(--ag-{role})": color for role, color in (LIGHT | NETWORK_LIGHT).items()}
    rules = "".join(f"{selector}{{{declarations}}}" for selector, declarations in _network_rules())
    return re.sub(r"var\([^)]*\)", lambda name: colors[name[0]], rules)


def _network_rules() -> Iterator[tuple[str, str]]:
    """Selectors and declarations."""
    kinds: dict[str, EdgeKind] = {"x": "input", "w": "weight", "a": "activation", "c": "loss"}
    for rule in _NETWORK_RULES.splitlines():
        selector, declarations = rule.rstrip("}").split("{")
        yield selector, declarations
    for letter, kind in kinds.items():
        yield f".{letter}", f"fill:var(--ag-{kind}-text)"
        yield f".e{letter}", f"stroke:{KIND_COLORS[kind]}"


_NETWORK_RULES = """\
text{font-family:system-ui,"Noto Sans","Segoe UI",Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums}
text{fill:var(--ag-ink)}
.q{fill:var(--ag-quiet)}
text.loud{fill:var(--ag-loud);font-weight:650}
tspan.loud{fill:var(--ag-loud);font-weight:650}
.b{font-weight:650}
.card{fill:var(--ag-card);stroke:var(--ag-line)}
.leaf{fill:var(--ag-input-card);stroke:var(--ag-line)}
.root>.card{stroke:var(--ag-ink);stroke-width:2.4}
.hair{stroke:var(--ag-hair)}
.port circle{fill:var(--ag-ink)}
text.index{fill:var(--ag-background);font-weight:650}
path.edge{fill:none;opacity:.62}
path.edge:hover{opacity:1}
path.edge.on{opacity:1}
.band{fill:#22aa62;opacity:.16}
.hot{fill:var(--ag-mark)}
.hot~.b{letter-spacing:-.055em}
.frame{fill:none;stroke:var(--ag-ink);stroke-width:2}
rect.loud{fill:var(--ag-loud)}
.pos{fill:var(--ag-positive)}
.neg{fill:var(--ag-negative)}
.off{opacity:.3}
.lit path.edge.off{opacity:.12}
.page{fill:var(--ag-background)}"""


def palette_style(scope: str, light: Mapping[str, str] = LIGHT, dark: Mapping[str, str] = DARK) -> str:
    """The colours as CSS variables, by the page's theme: as JupyterLab, VS Code or Colab name it, or the system."""
    on_light, on_dark = (
        ";".join([f"color-scheme:{scheme}", *(f"--ag-{role}:{color}" for role, color in colors.items())])
        for scheme, colors in (("light", light), ("dark", dark))
    )
    return (
        f"{scope}{{{on_light}}}@media (prefers-color-scheme:dark){{{scope}{{{on_dark}}}}}"
        f'[data-jp-theme-light="true"] {scope},.vscode-light {scope},html[theme="light"] {scope}{{{on_light}}}'
        f'[data-jp-theme-light="false"] {scope},.vscode-dark {scope},html[theme="dark"] {scope}{{{on_dark}}}'
    )


_shown = itertools.count(1)


def unique_id(content: str) -> str:
    """An element's id that no other on the page has, also where outputs of several sessions stand on one page.

    It is the same each time that the same program runs, so that running a notebook again does not change it for no
    reason.
    """
    return f"ag-{hashlib.sha256(content.encode()).hexdigest()[:8]}-{next(_shown)}"
