"""Graphviz's SVG made small: the same picture in about a third of the characters, for a page that carries it along.

What is left out: tooltips, links, comments and the fonts' names. What is shared: colours, widths and fonts that many
elements have are written once, as CSS classes, and in the colours of the page's theme.
"""

from __future__ import annotations

import re
from html import escape
from xml.etree.ElementTree import Element, fromstring

from autograd_core.theme import LIGHT, palette_style

_GEOMETRY = ("width", "height", "viewBox", "transform", "x", "y", "d", "points")
_STYLE = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-weight", "font-size", "text-anchor")
_LENGTHS = ("stroke-width", "font-size")  # which have a unit in CSS
_NUMBER = re.compile(r"-?\d+\.?\d*")
_CORNER = 10


def slim(picture: str) -> str:
    """Graphviz's SVG, made small.

    Its nodes and edges are groups of the class ``node`` or ``edge`` with the ids of the DOT text. A node's shape is one
    ``rect``. The first ``style`` element sets the theme's colours; in a page that sets them itself it can be removed.

    Args:
        picture: what Graphviz writes.
    """
    classes: dict[str, str] = {}
    root = fromstring(picture[picture.index("<svg") :])
    body = "".join([_written(child, "", classes) for child in root])
    rules = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    attributes = _attributes_text(_geometry(root) | {"xmlns": "http://www.w3.org/2000/svg"})
    fonts = "text{font-family:Helvetica,Arial,sans-serif}"
    return f"<svg{attributes}><style>{palette_style('svg')}</style><style>{fonts}{rules}</style>{body}</svg>"


def _written(element: Element, place: str, classes: dict[str, str]) -> str:
    """An element and all in it; ``place`` is the class of the group that it stands in."""
    tag = element.tag.rpartition("}")[2]
    if tag == "title":
        return ""
    place = element.get("class", place)
    inside = "".join([_written(child, place, classes) for child in element])
    if tag == "a" or (tag == "g" and "class" not in element.attrib):  # around a tooltip
        return inside
    attributes = _geometry(element)
    if tag == "g":
        attributes["class"] = place
        if place in ("node", "edge"):
            attributes["id"] = element.attrib["id"]
    elif place == "node" and tag in ("polygon", "path"):
        tag, attributes = "rect", _rectangle(element.get("points") or element.attrib["d"], rounded=tag == "path")
    if style := _style(element, place):
        attributes["class"] = classes.setdefault(style, f"s{len(classes)}")
    text = (element.text or "") if tag == "text" else ""
    if text != text.strip():
        attributes["xml:space"] = "preserve"
    if tag not in ("g", "text"):
        return f"<{tag}{_attributes_text(attributes)}/>"
    return f"<{tag}{_attributes_text(attributes)}>{escape(text, quote=False)}{inside}</{tag}>"


def _geometry(element: Element) -> dict[str, str]:
    """Where an element is, to a tenth of a point."""
    geometry = {name: value for name, value in element.attrib.items() if name in _GEOMETRY}
    for name in geometry.keys() & {"x", "y", "d", "points"}:
        geometry[name] = _NUMBER.sub(lambda number: _rounded(float(number[0])), geometry[name])
    return geometry


def _rectangle(outline: str, *, rounded: bool) -> dict[str, str]:
    """The box around the points of an outline."""
    numbers = [float(number) for number in _NUMBER.findall(outline)]
    (left, right), (top, bottom) = ((min(side), max(side)) for side in (numbers[::2], numbers[1::2]))
    box = {"x": left, "y": top, "width": right - left, "height": bottom - top} | ({"rx": _CORNER} if rounded else {})
    return {name: _rounded(number) for name, number in box.items()}


def _rounded(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _style(element: Element, place: str) -> str:
    """An element's colours, widths and fonts in CSS."""
    given = {name: element.attrib[name] for name in _STYLE if name in element.attrib}
    return ";".join(
        f"{name}:{_in_theme(value, place, name)}{'px' if name in _LENGTHS else ''}" for name, value in given.items()
    )


def _in_theme(value: str, place: str, name: str) -> str:
    """A colour as the theme's; nodes are light cards on any page, but for the frames that stand out."""
    roles = {color: role for role, color in LIGHT.items()}
    role = roles.get(value)
    if role is None or (place == "node" and (name != "stroke" or role not in ("root", "faded"))):
        return value
    return f"var(--ag-{role})"


def _attributes_text(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
