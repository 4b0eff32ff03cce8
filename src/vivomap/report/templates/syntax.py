"""A report template as a site writes it: one text file with a head, sections, a block for each lesion, and slots.

    title: CT of the chest, response to treatment
    pathway: lung_response
    ---
    # Findings
    [lesion]
    {letter}, {where}: long axis {long_axis mm}, {long_axis.change %}
    [end]
    {research}

A slot names what is wanted and, where it is a number, the unit that the site expects: `{NAME UNIT}` or
`{NAME.PART UNIT}`. Reading a file says what stands where; whether it is allowed is for `check`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vivomap.core import Refusal

SLOT = re.compile(r"\{([A-Za-z_0-9]*)(?:\.([A-Za-z_0-9]*))?(?:[ \t]+((?:[^{}]|\{[^{}]*\})*))?\}")
HEAD = re.compile(r"([a-z][a-z ]*):[ \t]*(.*)")
END_OF_HEAD = "---"
LESION, END = "[lesion]", "[end]"
LONGEST = 100_000  # project: characters of a template; a screen has some 2000


@dataclass(frozen=True)
class Slot:
    """What is wanted at a place: a name, which part of it, and the unit that the site wrote, if any."""

    name: str
    part: str = ""
    unit: str = ""

    def __str__(self) -> str:
        return f"{{{self.name}{'.' if self.part else ''}{self.part}{' ' if self.unit else ''}{self.unit}}}"


@dataclass(frozen=True)
class Line:
    """One line: its number in the file, its text and slots in order, and whether it is said of each lesion.

    A line that begins with `# ` is the heading of a section.
    """

    number: int
    pieces: tuple[str | Slot, ...]
    lesion: bool = False
    heading: bool = False

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(p for p in self.pieces if isinstance(p, Slot))


@dataclass(frozen=True)
class Template:
    """A template: where it was read from, what its head says with the line of each word, and its lines."""

    where: str
    head: tuple[tuple[str, str, int], ...]
    lines: tuple[Line, ...]

    def says(self, word: str) -> str:
        """What the head says under a word; "" where it does not."""
        return next((value for name, value, _ in self.head if name == word), "")

    def refuse(self, line: int, summary: str, found: str = "", expected: str = "") -> Refusal:
        """A refusal that names the file and the line."""
        return Refusal(
            "bad_template",
            summary,
            where=f"{self.where}, line {line}",
            found=found,
            expected=expected,
            computed="nothing is filled from this template; the other forms are not affected",
        )


def parse(text: str, where: str) -> Template:
    """The template that a text is. Raises Refusal `bad_template` where it is not built like one."""
    empty = Template(where, (), ())
    if len(text) > LONGEST:
        raise empty.refuse(1, "the template is too long", f"{len(text)} characters", f"at most {LONGEST}")
    rows = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").split("\n")
    rows = [row.rstrip("\r\t ") for row in rows]
    if END_OF_HEAD not in rows:
        raise empty.refuse(1, "the template has no head", rows[0][:60], "title: …, pathway: …, then a line of ---")
    cut = rows.index(END_OF_HEAD)
    return Template(where, _head(rows[:cut], empty), _body(rows[cut + 1 :], cut + 2, empty))


def _head(rows: list[str], empty: Template) -> tuple[tuple[str, str, int], ...]:
    said: list[tuple[str, str, int]] = []
    for number, row in enumerate(rows, 1):
        found = HEAD.fullmatch(row)
        if row and not found:
            raise empty.refuse(number, "a line of the head is not WORD: TEXT", row[:60], "title: Chest CT")
        if found and found[1] in {name for name, _, _ in said}:
            raise empty.refuse(number, f"{found[1]!r} is said twice in the head", row[:60], "each word once")
        said += [(found[1], found[2], number)] if found else []
    return tuple(said)


def _body(rows: list[str], first: int, empty: Template) -> tuple[Line, ...]:
    lines: list[Line] = []
    opened = 0
    for number, row in enumerate(rows, first):
        mark = row.strip()
        if mark == LESION:
            if opened:
                raise empty.refuse(number, f"{LESION} within {LESION}", f"one is open since line {opened}", END)
            opened = number
        elif mark == END:
            if not opened:
                raise empty.refuse(number, f"{END} without {LESION}", mark, LESION)
            opened = 0
        else:
            lines.append(_line(number, row, bool(opened), empty))
    if opened:
        raise empty.refuse(opened, f"{LESION} is never closed", LESION, f"a line {END} further down")
    while lines and not lines[-1].pieces:
        lines.pop()
    return tuple(lines)


def _line(number: int, row: str, lesion: bool, empty: Template) -> Line:
    heading = row.startswith("# ")
    text = row.removeprefix("# ") if heading else row
    pieces: list[str | Slot] = []
    place = 0
    for found in SLOT.finditer(text):
        pieces += [text[place : found.start()]] if found.start() > place else []
        pieces.append(Slot(found[1], found[2] or "", (found[3] or "").strip()))
        place = found.end()
    pieces += [text[place:]] if place < len(text) else []
    for piece in pieces:
        if isinstance(piece, str) and ("{" in piece or "}" in piece):
            raise empty.refuse(number, "a brace opens or closes no slot", piece.strip()[:60], "{name} or {name unit}")
    if heading and (lesion or any(isinstance(p, Slot) for p in pieces)):
        raise empty.refuse(number, "a heading stands outside [lesion] and has no slot", row[:60], "# Findings")
    return Line(number, tuple(pieces), lesion, heading)
