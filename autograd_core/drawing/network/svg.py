"""Elements of SVG as texts."""

from __future__ import annotations

from html import escape

Attributes = dict[str, object]


def element(name: str, attributes: Attributes, *content: str) -> str:
    """An element with its attributes, those that are None or empty left out, and with what is in it, which is markup.

    >>> element("rect", {"x": 1.50, "class": "", "data-node": 0})
    '<rect x="1.5" data-node="0"/>'
    """
    written = "".join(
        f' {key}="{_attribute(value)}"' for key, value in attributes.items() if value is not None and value != ""
    )
    inner = "".join(content)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    return length(value) if isinstance(value, float) else escape(str(value))


def length(pixels: float) -> str:
    """A length to a tenth of a pixel, as short as it can be written.

    >>> length(12.0), length(12.345)
    ('12', '12.3')
    """
    return f"{pixels:.1f}".removesuffix(".0")


def group(kind: str, *content: str, **data: object) -> str:
    """A group of elements with a class; keywords become ``data-`` attributes."""
    return element("g", {"class": kind, **_data(data)}, *content)


def text(x: float, y: float, content: str, kind: str, size: float, anchor: str = "start", hover: str = "") -> str:
    """A text at its baseline. What is shown on hover stands in the element itself."""
    attributes = {"x": x, "y": y, "class": kind, "font-size": length(size)}
    attributes |= {} if anchor == "start" else {"text-anchor": anchor}
    return element("text", attributes, title(hover), escape(content, quote=False))


def span(attributes: Attributes, content: str) -> str:
    """A part of a text with attributes of its own.

    >>> span({"class": "b"}, "∂loss/∂<w>")
    '<tspan class="b">∂loss/∂&lt;w&gt;</tspan>'
    """
    return element("tspan", attributes, escape(content, quote=False))


def title(hover: str) -> str:
    """What is shown on hover; nothing for an empty text."""
    return f"<title>{escape(hover, quote=False)}</title>" if hover else ""


def rect(x: float, y: float, width: float, height: float, kind: str, radius: float = 0.0, **extra: object) -> str:
    """A rectangle."""
    attributes = {"x": x, "y": y, "width": width, "height": height, "class": kind}
    attributes |= {"rx": radius} if radius else {}
    return element("rect", {**attributes, **extra})


def curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A path's description that is horizontal at both ends.

    >>> curve((0.0, 0.0), (100.0, 50.0))
    'M0 0C45 0 55 50 100 50'
    """
    reach = 0.45 * (end[0] - start[0])
    points = [(start[0] + reach, start[1]), (end[0] - reach, end[1]), end]
    return f"M{_point(start)}C{' '.join(map(_point, points))}"


def _point(place: tuple[float, float]) -> str:
    return f"{length(place[0])} {length(place[1])}"


def _data(data: dict[str, object]) -> Attributes:
    return {f"data-{key}": value for key, value in data.items()}
