"""SVG and HTML elements as text, with everything from outside escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from vivomap.report.words import Shown, plain, visible

Value = str | float | Shown


def tag(element: str, *children: Value | Markup, **attributes: Value) -> Markup:
    """An element; `class_` is written class, an underscore a hyphen; children that are not Markup are escaped."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), visible(_short(value)))
        for key, value in attributes.items()
    )
    inside = Markup("").join(_child(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(element), written, inside)


def text(x: float, y: float, said: Value, **attributes: Value) -> Markup:
    """SVG text at a place; a number that belongs to a claim carries its id and part."""
    tied = {"data_claim": said.claim, "data_part": said.part} if isinstance(said, Shown) and said.claim else {}
    return tag("text", said, x=x, y=y, **attributes, **tied)


def number(said: Shown) -> Markup:
    """A number in running text, tied to its claim."""
    if not said.claim:
        return tag("span", said, class_="num")
    return tag("span", said, class_="num", data_claim=said.claim, data_part=said.part)


def coded(said: str) -> Markup:
    """A sentence whose commands stand between backticks."""
    parts = said.split("`")
    return Markup("").join(tag("code", p) if i % 2 else _child(p) for i, p in enumerate(parts))


def glyph(meaning: str) -> Markup:
    """The shape of a meaning: up and down triangle, equals, diamond, square, ring."""
    colour = {"up": "", "down": ""}.get(meaning, meaning)
    path = tag("path", d=SHAPES[meaning])
    return tag("svg", path, class_=f"g {colour}".strip(), viewBox="0 0 10 10", aria_hidden="true")


SHAPES = {
    "worse": "M5 .8 9.6 9H.4z",
    "up": "M5 .8 9.6 9H.4z",
    "better": "M5 9.2 .4 1h9.2z",
    "down": "M5 9.2 .4 1h9.2z",
    "same": "M.5 2.4h9v1.9h-9zM.5 5.9h9v1.9h-9z",
    "caution": "M5 .2 9.8 5 5 9.8 .2 5z",
    "held": "M1 1h8v8H1z",
    "hollow": "M5 .6a4.4 4.4 0 1 0 .01 0zM5 2.2a2.8 2.8 0 1 1-.01 0z",
}


def _short(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


def _child(child: Value | Markup) -> Markup:
    return child if isinstance(child, Markup) else escape(plain(_short(child)))
