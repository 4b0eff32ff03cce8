"""The entrances of today: a folder that is read, an object that is sent; and what is wrong with a number (I8)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import wire
from .card import Deed, Found, Trial
from .house import House, sent
from .objects import COUNT, MIDDLE, File, good, whole

Fill = Callable[[Path, int], None]
Answer = dict[str, Any]
NO_LOSS = frozenset({"duplicate_file"})  # held, and nothing is missing


def series(folder: Path, number: int, modality: str = "CT", skip: Sequence[int] = ()) -> None:
    """The good slices of a trial as files; names say nothing of their order."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(COUNT):
        if k not in skip:
            (folder / f"{(5 * k + 2) % COUNT}{k}.dcm").write_bytes(whole(good(number, k, modality)))


def read(fill: Fill, truth: Fill | None = None) -> Deed:
    """Read a folder that `fill` made; `truth` makes the one that has the right numbers, else it is the good series."""

    def deed(house: House, number: int) -> Found:
        bad = filled(house.folder / f"bad{number}", fill, number)
        before = contents(bad)
        answer = house.reader.read(bad)
        assert contents(bad) == before, "reading changed its input"
        if truth is not None:
            return compared(answer, house.reader.read(filled(house.folder / f"right{number}", truth, number)))
        if not house.truth:
            house.truth.append(house.reader.read(filled(house.folder / "right", series, number)))
        return compared(answer, house.truth[0])

    return deed


def filled(folder: Path, fill: Fill, number: int) -> Path:
    folder.mkdir()
    fill(folder, number)
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder, by the hash of its bytes."""
    return {p: hashlib.sha256(p.read_bytes()).digest() for p in folder.rglob("*") if p.is_file()}


def compared(bad: Answer, right: Answer) -> Found:
    """What became of a reading, beside that of the truth."""
    if "died" in bad:
        return Found("DIED", frozenset(), (bad["died"],))
    if "refused" in bad:
        return Found("REFUSE", frozenset({bad["refused"]}))
    expected = right.get("images", [])
    held = {code for _, code in bad["held"]} - {code for _, code in right.get("held", [])}
    denied = _said(bad, "denied") - _said({"images": expected}, "denied")
    flags = (_said(bad, "flags") | {*bad["flags"]}) - _said(right, "flags") - {*right.get("flags", [])}
    wrong = tuple(w for image in bad["images"] if (w := _wrong(image, expected)))
    kind = "HOLD" if held - NO_LOSS else "NO-RESULT" if denied else "FLAG" if flags else "KEEP"
    if kind in ("KEEP", "FLAG") and len(bad["images"]) < len(expected):
        wrong += (f"{len(bad['images'])} of {len(expected)} images",)
    return Found(kind, frozenset(held | denied | flags), wrong)


def _said(answer: Answer, what: str) -> set[str]:
    found = (said for image in answer.get("images", []) for said in image[what])
    return {said if isinstance(said, str) else said[0] for said in found}


def _wrong(image: Answer, right: Sequence[Answer]) -> str:
    """Why an image is silently wrong; "" where it refuses its numbers, or is one of the right images."""
    if any(denies in ("region", "volume", "mm", image["role"]) for _, denies in image["denied"]):
        return ""
    same = [r for r in right if all(r[k] == image[k] for k in ("role", "unit", "digest", "day"))]
    if any(np.allclose(r["affine"], image["affine"], atol=1e-2) for r in same):
        return ""
    return f"{image['role']} {image['shape']} of mean {image['mean']:.6g} {image['unit']} is not the truth"


def beside(make: File, name: str = "odd") -> Fill:
    """The good series, with a file beside it."""

    def fill(folder: Path, number: int) -> None:
        series(folder, number)
        (folder / name).write_bytes(make(number))

    return fill


def among(make: File) -> Fill:
    """The good series with a bad slice in the place of the middle one."""

    def fill(folder: Path, number: int) -> None:
        series(folder, number, skip=(MIDDLE,))
        (folder / "middle.dcm").write_bytes(make(number))

    return fill


def every(make: Callable[[int, int], bytes]) -> Fill:
    """Every slice made anew, from the number of the trial and that of the slice."""

    def fill(folder: Path, number: int) -> None:
        for k in range(COUNT):
            (folder / f"{(5 * k + 2) % COUNT}{k}.dcm").write_bytes(make(number, k))

    return fill


def send(*makes: File) -> Deed:
    """Send objects on one association; the last one counts."""

    def deed(house: House, number: int) -> Found:
        raws = [make(number) for make in makes]
        return sent(house, wire.send(house.port, raws), raws)

    return deed


def both(
    says: str, make: File, disposition: str, code: str = "", sent_as: tuple[str, str] | None = None
) -> tuple[Trial, ...]:
    """One bad slice by both entrances: among good ones in a folder, and sent."""
    other = sent_as or (disposition, code)
    return (
        Trial(f"{says}, in a folder", read(among(make)), disposition, code),
        Trial(f"{says}, sent", send(make), *other),
    )


def in_folder(says: str, fill: Fill, disposition: str, code: str = "", truth: Fill | None = None) -> tuple[Trial, ...]:
    return (Trial(says, read(fill, truth), disposition, code),)


def trials(*groups: tuple[Trial, ...]) -> tuple[Trial, ...]:
    return tuple(one for group in groups for one in group)
