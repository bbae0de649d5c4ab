"""How a drawing shows itself in a notebook: as an image, which a script makes a picture to zoom in where scripts run.

Where a notebook is not trusted, its scripts do not run, and of an SVG in its outputs nothing but the texts is left.
An image with the SVG in its address is shown there as well. The panel's style comes with the script, since some viewers
that remove a ``<style>`` leave its text.
"""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from urllib.parse import quote

from autograd_core.theme import panel_style, unique_id

_KEPT = " !*'(),-._~:;=/?@$&+|^{}[]"  # what an address in double quotes need not escape, for a smaller notebook


def shown_in_html(picture: str, summary: str, samples: object = None) -> str:
    """A panel with a picture.

    Args:
        picture: an SVG element.
        summary: what is drawn, for readers who do not see it.
        samples: what the picture shows of other samples, as data.
    """
    panel = unique_id(picture)
    style = f"{panel_style(f'#{panel}')}{_asset('viewer.css').replace('.viewer', f'#{panel}')}"
    image = f'<img alt="{escape(summary)}" style="max-width:100%" src="data:image/svg+xml,{address(picture)}">'
    script = _asset("viewer.js")
    for name, data in (("THE_PANEL", panel), ("THE_STYLE", style), ("THE_SAMPLES", samples)):
        script = script.replace(name, _literal(data), 1)
    return f'<div id="{panel}">{image}<script>{script}</script></div>'


def _literal(data: object) -> str:
    """Data as JavaScript within an element of HTML."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")


def address(picture: str) -> str:
    """An SVG element as the data of an address."""
    return escape(quote(picture, safe=_KEPT))


def _asset(name: str) -> str:
    """A file beside this one, without comments and the space that its lines begin with."""
    lines = files("autograd_core.drawing").joinpath(name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in map(str.strip, lines) if line and not line.startswith(("//", "/*")))
