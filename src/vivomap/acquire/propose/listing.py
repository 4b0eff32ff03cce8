"""A list of proposals as one JSON file: what was proposed on which image, and what a person accepted, when.

The outlines are in the file as packed bits, so that no reader of folders takes one for a region. Only `accept` makes a
region of a proposal, and it names the person and the day.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vivomap.acquire.propose.candidate import Candidate, Point
from vivomap.core import Affine, Image, Refusal, Region, Study, Voxels, __version__, affine_of
from vivomap.maths.geometry import trim

SCHEMA = "vivomap.proposals/1"
MOST_VOXELS = 1 << 31  # of an image that a list may speak of; project
SHORT = 8  # digits of an id that a person reads


@dataclass(frozen=True)
class Accepted:
    """Who took a proposal for a lesion, on which day, and what it is called."""

    by: str
    day: date
    name: str


@dataclass(frozen=True)
class Listed:
    """One proposal of a list: its id, what was found, and who accepted it, if anybody did."""

    id: str
    found: Candidate
    accepted: Accepted | None = None


@dataclass(frozen=True)
class Listing:
    """The proposals of one visit of one patient, by one finder on one image."""

    patient: str
    day: date | None
    study_uid: tuple[str, ...]
    series_uid: str
    finder: str
    shape: tuple[int, int, int]
    affine: Affine
    proposals: tuple[Listed, ...]
    version: str = __version__

    def region(self, wanted: str) -> Region:
        """The region of an accepted proposal. Raises Refusal `not_accepted` for any other."""
        one = self.one(wanted)
        if one.accepted is None:
            hint = f"vivomap propose accept LIST {one.id[:SHORT]} --by NAME"
            raise Refusal("not_accepted", f"nobody has accepted the proposal {one.id[:SHORT]}", hint=hint)
        said = f"accepted:{one.id}:{one.accepted.day}:{one.accepted.by}"
        source = (f"proposed:{self.finder}:{self.version}", said)
        return replace(one.found.region, name=one.accepted.name, source=source)

    def one(self, wanted: str) -> Listed:
        """The proposal whose id begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        hits = [p for p in self.proposals if wanted and p.id.startswith(wanted.lower())]
        if not hits:
            raise Refusal("unknown_name", f"no proposal has an id that begins with {wanted!r}")
        if len(hits) > 1:
            found = ", ".join(p.id[:12] for p in hits[:5])
            raise Refusal("ambiguous_name", f"{len(hits)} proposals begin with {wanted}", found=found)
        return hits[0]

    def accept(self, wanted: str, said: Accepted) -> Listing:
        """The list with one proposal accepted. Raises Refusal `bad_setting` if nobody is named, or it is done."""
        one = self.one(wanted)
        if not said.by.strip() or not said.name.strip():
            raise Refusal(
                "bad_setting", "a proposal is accepted by somebody, under a name", hint="give --by and --name"
            )
        if one.accepted is not None:
            found = f"by {one.accepted.by} on {one.accepted.day}"
            raise Refusal("bad_setting", f"the proposal {one.id[:SHORT]} has been accepted", found=found)
        taken = [p.accepted.name for p in self.proposals if p.accepted]
        if said.name in taken:
            raise Refusal("bad_setting", "another proposal of this list has that name", found=said.name)
        return replace(self, proposals=tuple(replace(p, accepted=said) if p is one else p for p in self.proposals))


def listing(study: Study, image: Image, finder: str, found: Sequence[Candidate]) -> Listing:
    """The list of what a finder found on an image of a visit."""
    listed = tuple(Listed(_id(c, image), c) for c in found)
    series = image.text("series_uid")
    day = image.day or study.day
    return Listing(study.patient, day, study.uid, series, finder, image.shape, image.affine, listed)


def _id(found: Candidate, image: Image) -> str:
    said = json.dumps([found.kind, [round(v, 3) for v in found.at], image.text("series_uid"), found.region.mask.digest])
    return hashlib.sha256(said.encode()).hexdigest()


def dumps(given: Listing) -> str:
    """The list as JSON."""
    head = {
        "schema": SCHEMA,
        "patient": given.patient,
        "date": given.day.isoformat() if given.day else "",
        "study_uid": list(given.study_uid),
        "series_uid": given.series_uid,
        "finder": given.finder,
        "version": given.version,
        "shape": list(given.shape),
        "affine": [list(row) for row in given.affine],
        "proposals": [_plain(each) for each in given.proposals],
    }
    return json.dumps(head, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def loads(text: str, where: str = "") -> Listing:
    """The list that a JSON text holds. Raises Refusal `bad_proposals` if it is none."""
    try:
        told = json.loads(text)
        if told["schema"] != SCHEMA:
            raise ValueError(f"schema {told['schema']}")
        z, y, x = (int(v) for v in told["shape"])
        if min(z, y, x) < 1 or z * y * x > MOST_VOXELS:
            raise ValueError("shape")
        affine = affine_of(np.asarray(told["affine"], float).reshape(4, 4))
        made = Listing(
            str(told["patient"]),
            date.fromisoformat(told["date"]) if told["date"] else None,
            tuple(map(str, told["study_uid"])),
            str(told["series_uid"]),
            str(told["finder"]),
            (z, y, x),
            affine,
            (),
            str(told["version"]),
        )
        return replace(made, proposals=tuple(_read(each, made) for each in told["proposals"]))
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error) as wrong:
        raise Refusal("bad_proposals", "this is no list of proposals", where=where, found=str(wrong)[:80]) from wrong


def _plain(one: Listed) -> dict[str, Any]:
    found, region = one.found, one.found.region
    box, mask = trim(region.mask.array)
    said = one.accepted
    return {
        "id": one.id,
        "kind": found.kind,
        "score": round(found.score, 3),
        "reason": found.reason,
        "at": [round(v, 2) for v in found.at],
        "diameter_mm": round(found.diameter_mm, 2),
        "volume_mm3": round(region.voxel_count * region.voxel_mm3, 2),
        "edge_mm": round(region.edge_mm, 4),
        "finding": region.finding,
        "site": region.site,
        "box": [[s.start, s.stop] for s in box],
        "bits": base64.b64encode(zlib.compress(np.packbits(mask).tobytes(), 9)).decode(),
        "accepted": {"by": said.by, "date": said.day.isoformat(), "name": said.name} if said else None,
    }


def _read(told: dict[str, Any], given: Listing) -> Listed:
    region = Region(
        str(told["kind"]),
        Voxels.of(_mask(told, given.shape)),
        str(told["finding"]),
        str(told["site"]),
        given.affine,
        edge_mm=float(told["edge_mm"]),
        series=given.series_uid,
    )
    x, y, z = (float(v) for v in told["at"])
    at: Point = (x, y, z)
    found = Candidate(
        str(told["kind"]), float(told["score"]), str(told["reason"]), at, float(told["diameter_mm"]), region
    )
    said = told["accepted"]
    accepted = Accepted(str(said["by"]), date.fromisoformat(said["date"]), str(said["name"])) if said else None
    return Listed(str(told["id"]), found, accepted)


def _mask(told: dict[str, Any], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """The outline on the whole grid. Raises ValueError if it lies beyond it, or has another size than its box."""
    box = tuple(slice(int(a), int(b)) for a, b in told["box"])
    if len(box) != 3 or any(not 0 <= s.start < s.stop <= n for s, n in zip(box, shape, strict=True)):
        raise ValueError("a box beyond the image")
    size = tuple(s.stop - s.start for s in box)
    count = int(np.prod(size))
    packed = zlib.decompressobj().decompress(base64.b64decode(told["bits"], validate=True), -(-count // 8) + 1)
    if len(packed) != -(-count // 8):
        raise ValueError("an outline of another size than its box")
    mask = np.zeros(shape, bool)
    mask[box] = np.unpackbits(np.frombuffer(packed, np.uint8), count=count).reshape(size).astype(bool)
    return mask
