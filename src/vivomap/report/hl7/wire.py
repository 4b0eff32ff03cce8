"""How HL7 v2 is written: escapes, numbers, days, codes, and the OBX with its notes.

The separators are | ^ ~ \\ &; outside text has each of them, and every control character, as an escape sequence.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from vivomap.core import Provenance, spoken
from vivomap.core.coding import LINES
from vivomap.report.codes import PRIVATE, biomarker
from vivomap.report.naming import concept as known_as
from vivomap.report.naming import title

SHORT = 12  # characters of a name that leave room for ".p_noise" in the 20 of a code (HL7 v2.5.1, CE.1)
DIGITS = 6  # project: digits of a range or an interval, which are for people; the numbers themselves have all
DELIMITERS = {"\\": "E", "|": "F", "^": "S", "&": "T", "~": "R"}


class Line(NamedTuple):
    """One OBX, its notes behind it; `code` is the whole OBX-3, `value` and `code` are already escaped."""

    kind: str
    code: str
    sub: str
    value: str
    unit: str = ""
    span: str = ""
    mark: str = ""
    status: str = "P"
    day: date | None = None
    made: Provenance | None = None
    notes: tuple[str, ...] = ()


def escape(text: str) -> str:
    """Outside text so that no character of it steers the message."""
    return "".join(_escaped(c) for c in text)


def _escaped(character: str) -> str:
    if character in DELIMITERS:
        return f"\\{DELIMITERS[character]}\\"
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return f"\\X{character.encode().hex().upper()}\\" if kind in ("Cc", "Zl", "Zp") else character


def decimal(value: float) -> str:
    """A number as NM wants it: all its digits, and no exponent."""
    return format(Decimal(repr(float(value) + 0.0)), "f")


def rounded(value: float) -> str:
    """A number for people: six digits, and no exponent."""
    return format(Decimal(f"{value:.{DIGITS}g}"), "f")


def between(low: float, high: float) -> str:
    """A range as OBX-7 wants it."""
    return f"{rounded(low)} - {rounded(high)}"


def stamp(at: datetime) -> str:
    """A time in UTC."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def calendar(day: date | None) -> str:
    """A day; "" where it is not known."""
    return f"{day:%Y%m%d}" if day else ""


def observation(place: int, line: Line) -> str:
    """The OBX of a line, at its place in the message."""
    made = line.made
    fields = {
        1: str(place),
        2: line.kind,
        3: line.code,
        4: line.sub,
        5: line.value,
        6: f"{escape(line.unit)}^{escape(spoken(line.unit) or '1')}^UCUM" if line.unit else "",
        7: line.span,
        8: line.mark,
        11: line.status,
        14: calendar(line.day),
        17: f"^{escape(made.maker)}" if made else "",
        18: escape(f"vivomap {made.version}") if made else "",
    }
    return "OBX|" + "|".join(fields.get(k, "") for k in range(1, 19)).rstrip("|")


def commented(line: Line) -> list[str]:
    """The notes of a line, one NTE each."""
    return [f"NTE|{k}|L|{escape(note)}" for k, note in enumerate(line.notes, 1)]


def concept(code: str, text: str) -> str:
    """A thing that only we have a code for."""
    return f"{escape(code)}^{escape(text)}^{PRIVATE}"


def _short(name: str) -> str:
    """A name that fits the code of an OBX; a long one goes by its own code of the table."""
    own = biomarker(name).name
    if len(name) <= SHORT:
        return name
    return (
        own.value
        if own.scheme == PRIVATE and len(own.value) <= SHORT
        else (LINES[name].short if name in LINES else "") or name
    )


def named(name: str, part: str = "", what: str = "") -> str:
    """OBX-3: our own name first, since two numbers may share a public code; then the code of the table."""
    own, known = _short(name), known_as(name)
    local = concept(f"{own}{part}", f"{what}{title(name)}")
    if part or known.value == own:
        return local
    return f"{local}^{escape(known.value)}^{escape(known.meaning)}^{known.scheme}"


def worded(code: str, text: str, sub: str, value: str) -> Line:
    """A line of text under one of our own codes."""
    return Line("TX", concept(code, text), sub, escape(value))
