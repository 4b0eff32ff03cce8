"""The page as a whole: one HTML file that needs nothing else.

Style and pictures are inside, there is no script, and its own policy forbids the network. What comes from outside is
escaped where it is written; in the style sheet, which carries the patient into the margins of every printed page, by
code points.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from vivomap.core import __version__, identify
from vivomap.report.front import front
from vivomap.report.markup import coded, glyph, number
from vivomap.report.record import record
from vivomap.report.story import Story
from vivomap.report.words import capital, day, name, plain

GAP = "\N{NO-BREAK SPACE}" * 3
RESEARCH = "Research use only, not a medical device"


def render(story: Story, sha: str, sheet: str = "page.html.j2", **more: Any) -> str:
    """The page of an assessment, whose file has this SHA-256; `sheet` may add blocks that say `more`."""
    said = {**_identity(story, sha), **front(story), **record(story)}
    style = _style(said, sha)
    return look().get_template(sheet).render(**said, **more, style=Markup(style), style_hash=_hash(style)) + "\n"


def look() -> Environment:
    """Where templates are filled: whatever is not Markup is escaped, and nothing may be left undefined."""
    made = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_outside,
    )
    made.globals.update(tied=number, glyph=glyph, coded=coded)
    return made


def _outside(value: Any) -> Any:
    """Text from outside without what a page cannot show; Markup is our own."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else plain(value)


def _read(name_: str) -> str:
    return (files(__package__) / "look" / name_).read_text(encoding="utf-8")


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _style(said: dict[str, Any], sha: str) -> str:
    """The style sheet, with what every printed page says in its margins."""
    margins = {
        "patient": f"vivomap report{GAP}{said['patient']}",
        "visit": said["visit"],
        "research": RESEARCH,
        "identity": f"Assessment {said['ident'][:12]}{GAP}sha256 {_grouped(sha)}{GAP}vivomap {__version__}",
    }
    print_ = _read("print.css.j2")
    for word, text in margins.items():
        print_ = print_.replace(f"{{{{ {word} }}}}", f'"{_css(plain(text))}"')
    return _read("tokens.css") + _read("report.css") + print_


def _css(text: str) -> str:
    """Text for a CSS string: whatever is not a plain letter or digit as its code point, and the space that ends it."""
    return re.sub(r"[^A-Za-z0-9 ,.]", lambda found: f"\\{ord(found[0]):06x} ", text)


def _grouped(sha: str) -> str:
    return f"{sha[:4]} {sha[4:8]} {sha[8:12]} … {sha[-4:]}"


def _identity(story: Story, sha: str) -> dict[str, Any]:
    study = story.assessment.study
    visit = f"visit {len(story.visits)}, {day(study.day)}"
    return {
        "patient": study.patient,
        "visit": capital(visit),
        "research": RESEARCH,
        "ident": identify(story.assessment),
        "sha": _grouped(sha),
        "sha_whole": sha,
        "version": __version__,
        "pathway": name(story.assessment.pathway),
        "edition": story.assessment.edition,
    }
