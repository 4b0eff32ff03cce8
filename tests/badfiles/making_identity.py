"""Makers of B01 to B15."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.receive.part10 import header
from vivomap.cli import main

from .card import Deed, Found
from .deeds import Fill, every
from .house import House
from .objects import (
    BIG,
    CANARY,
    EXPLICIT,
    Change,
    Edit,
    Elements,
    File,
    encoded,
    good,
    joined,
    put,
    split,
    text,
    whole,
)

PATIENT, NAME, STUDY, SERIES, INSTANCE = 0x00100020, 0x00100010, 0x0020000D, 0x0020000E, 0x00080018
SLOPE, ROWS = 0x00281053, 0x00280010
TEXTS = {
    0x00080080: "LO", 0x00080081: "ST", 0x00080090: "PN", 0x00081010: "SH", 0x00081030: "LO", 0x0008103E: "LO",
    0x00081090: "LO", 0x00100010: "PN", 0x00100020: "LO", 0x00104000: "LT", 0x00180015: "CS", 0x00204000: "LT",
}  # fmt: skip
HOSTILE = {
    "a script": f"<script>alert('{CANARY}')</script>",
    "a formula": f'=HYPERLINK("http://x/{CANARY}")',
    "a template": f"{{{{7*7}}}}${{{CANARY}}}%n%n",
    "a query": f"'; DROP TABLE journal; -- {CANARY}",
    "turned text": f"a\u202egpj.{CANARY}",
    "a NUL and an escape": f"a\x00b\x1b[2J{CANARY}",
    "64k": (CANARY * 11000)[:65000],
}
UIDS = ("../../outside/etc/passwd", "1.2.3; rm -rf /", "%s%s%n", "1..2.3\x00", "a" * 70)
NOBODY = ("", "ANONYMOUS", "unknown", "0", "N/A")
SETS = {
    "a set that is none": (b"ISO_IR 999", b"M\xfcller"),
    "UTF-8 and no word of it": (b"", "Μίλλερ".encode()),
    "Latin 1 under UTF-8": (b"ISO_IR 192", b"M\xfcller\xff\xfe"),
    "Japanese with escapes": (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B"),
    "escapes that do not end": (b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb"),
    "a mixture": (b"ISO_IR 100\\ISO 2022 IR 58\\ISO_IR 192", b"Zhang\x1b$)A\xd0\xa1\xb6\xab"),
}  # fmt: skip


def told(data: dict[int, bytes]) -> Change:
    """These texts in the place of those of their tags."""
    return put(*(text(tag, TEXTS.get(tag, "CS" if tag == 0x00080005 else "UI"), value) for tag, value in data.items()))


def texts(words: str) -> Change:
    return put(
        text(0x00080005, "CS", "ISO_IR 192"),
        *(text(tag, vr, words[: 16 if vr == "CS" else None]) for tag, vr in TEXTS.items()),
    )


def each(change: Change) -> Fill:
    """Every slice after a change of its elements."""
    return every(lambda number, k: whole(good(number, k), joined(change(split(encoded(good(number, k)))))))


def twice(tag: int, vr: str, value: str | bytes, syntax: str = EXPLICIT, apart: bool = False) -> File:
    """An element once more, with another value."""

    def make(number: int) -> bytes:
        ds = good(number)
        if syntax == EXPLICIT:
            found: Elements = split(encoded(ds))
            at = next(k for k, (t, _) in enumerate(found) if t == tag) + 1
            found.insert(len(found) - 1 if apart else at, text(tag, vr, value))
            return whole(ds, joined(found))
        data, extra = encoded(ds, syntax), Dataset()
        extra.add_new(tag, vr, value)
        mark = encoded(extra, syntax)
        at = (
            data.index(mark[:4])
            if not apart
            else data.index(b"\x7f\xe0\x00\x10" if syntax == BIG else b"\xe0\x7f\x10\0")
        )
        return whole(ds, data[:at] + mark + data[at:], syntax)

    return make


def people(fill: Fill, count: int, code: str = "") -> Deed:
    """Read a folder and count the patients that it is found to hold."""

    def deed(house: House, number: int) -> Found:
        folder = house.folder / f"bad{number}"
        folder.mkdir()
        fill(folder, number)
        answer = house.reader.read(folder)
        found = len({*answer["patients"]})
        return Found("KEEP", wrong=() if found == count else (f"{found} patients, not {count}",))

    return deed


def two_studies(*edits: Edit) -> Fill:
    """One slice series for each edit, each a study of its own."""

    def fill(folder: Path, number: int) -> None:
        for study, edit in enumerate(edits):
            for k in range(3):
                ds = good(1_000_000 + 10 * number + study, k)
                edit(ds)
                (folder / f"{study}{k}.dcm").write_bytes(whole(ds))

    return fill


def says(**values: str) -> Edit:
    return lambda ds: [setattr(ds, name, value) for name, value in values.items()]


def other(k: int = 4, **values: str) -> File:
    """Another slice of the same trial, after an edit."""

    def make(number: int) -> bytes:
        ds = good(number, k)
        says(**values)(ds)
        return whole(ds)

    return make


def renamed(number: int) -> bytes:
    """A data set under the UID of another object."""
    ds = good(number)
    return header(str(ds.SOPClassUID), f"1.2.3.{number}.777", EXPLICIT) + encoded(ds)


def other_pixels(number: int) -> bytes:
    ds = good(number)
    ds.PixelData = ds.PixelData[::-1]
    return whole(ds)


def no_verb(*verbs: str) -> Deed:
    """None of these verbs is there."""

    def deed(house: House, number: int) -> Found:
        for verb in verbs:
            with contextlib.redirect_stderr(io.StringIO()) as said, pytest.raises(SystemExit) as left:
                main([verb, "--help"])
            if left.value.code != 2:
                return Found("KEEP", wrong=(f"{verb}: {said.getvalue()}",))
        return Found("REFUSE")

    return deed


def same(number: int) -> bytes:
    return whole(good(number))


SPELLINGS = ("M\u00fcller^Anna", "MUELLER^ANNA", "Muller^Anna")


def _spelled(number: int, k: int) -> bytes:
    return other(k, PatientName=SPELLINGS[k % 3], SpecificCharacterSet="ISO_IR 192")(number)


spelled = every(_spelled)
two_spellings = two_studies(*(says(PatientID="7", PatientName=name) for name in SPELLINGS[1:]))
