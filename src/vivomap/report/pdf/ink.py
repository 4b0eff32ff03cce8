"""Makes the drawings of the page printable: each has its style inside, colours in full, halos behind its letters.

A printing library reads the style of a drawing from inside the drawing alone, knows no variables there, and draws the
edge of a letter over the letter. So the rules of the page's style sheet are put inside, and haloed text stands twice.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

MEANT = {  # what a shape says to who cannot see it
    "worse": "worse",
    "better": "better",
    "up": "up",
    "down": "down",
    "same": "no real change",
    "caution": "caution",
    "held": "held",
    "hollow": "none",
}
DRAWING = re.compile(r'<svg(?= class="(?:chart|slice)\b)(.*?)>(.*?)</svg>', re.S)
GLYPH = re.compile(r'<svg class="g( \w+)?" viewBox="0 0 10 10" aria-hidden="true"><path d="([^"]*)">')
TEXT = re.compile(r"<text\b([^>]*)>.*?</text>", re.S)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
VARIABLE = re.compile(r"var\((--[\w-]+)\)")
FONT = re.compile(r"font:\s*(?:(\d{3}|[a-z]+) )?([\d.]+px)(?:/[\d.]+)? ([^;]+)")
OURS = (".chart", ".slice", ".inverted", "svg.chart")


def inked(html: str) -> str:
    """The page with every drawing ready for print, and with words for every shape."""
    return DRAWING.sub(_drawing, GLYPH.sub(_glyph, html))


@cache
def _sheets() -> tuple[dict[str, str], str]:
    """The variables of the light theme, and the rules of the page, without comments and without what is for screens."""
    look = files("vivomap.report") / "look"
    text = "".join((look / name).read_text(encoding="utf-8") for name in ("tokens.css", "report.css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).split("@media")[0]
    return dict(re.findall(r"(--[\w-]+):\s*([^;}]+)", text)), text


def _plain(value: str) -> str:
    """A value with its variables in full."""
    known = _sheets()[0]
    while VARIABLE.search(value):
        value = VARIABLE.sub(lambda found: known[found[1]].strip(), value)
    return value


@cache
def rules() -> str:
    """The style of the drawings, as they need it inside."""
    kept = []
    for heads, body in RULE.findall(_sheets()[1]):
        mine = [h.strip() for h in heads.split(",") if h.strip().startswith(OURS)]
        if mine:
            spelt = FONT.sub(r"font-weight: \1; font-size: \2; font-family: \3", _plain(body))
            kept.append(f"{', '.join(map(_head, mine))} {{{spelt.replace('font-weight: ;', '')}}}")
    halo = "text { stroke: none } .slice .halo-text { stroke: #000; stroke-width: 3.5px } "
    halo += ".inverted .halo-text { stroke: #fff } .chart .halo-text { stroke: #fff; stroke-width: 3px }"
    return "\n".join([*kept, ".slice text, .chart .beside { stroke: none }", halo])


def _head(selector: str) -> str:
    """A rule that sets the type of a whole drawing is one of its texts."""
    return f"{selector.removeprefix('svg')} text" if selector in ("svg.chart", ".slice") else selector


def _drawing(found: re.Match[str]) -> str:
    slice_ = 'class="slice' in found[1]
    body = TEXT.sub(lambda t: _haloed(t) if slice_ or "beside" in t[1] else t[0], found[2])
    return f"<svg{found[1]}><style>{rules()}</style>{body}</svg>"


def _haloed(found: re.Match[str]) -> str:
    """A text with its halo behind it."""
    whole = found[0]
    if 'class="' in found[1]:
        return whole.replace('class="', 'class="halo-text ', 1) + whole
    return whole.replace("<text", '<text class="halo-text"', 1) + whole


def _glyph(found: re.Match[str]) -> str:
    meaning = (found[1] or "").strip()
    colour = _plain(f"var(--{meaning})") if f"--{meaning}" in _sheets()[0] else "#000"
    said = MEANT.get(meaning, "see the word beside")
    return f'<svg class="g" viewBox="0 0 10 10" fill="{colour}"><title>{said}</title><path d="{found[2]}">'
