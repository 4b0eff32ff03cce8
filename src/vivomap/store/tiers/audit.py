"""Whether every tier still holds what was put there: the same bytes, the same numbers, the version in force."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from vivomap.store.tiers.manifest import NAME, Entry, Manifest, written
from vivomap.store.tiers.place import Place


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a form are held against the record: `wants` says which files hold any (form, file name).

    `wrong` gives a sentence for each number that the files of a form say otherwise than the record.
    """

    wants: Callable[[str, str], bool]
    wrong: Callable[[str, Mapping[str, bytes]], tuple[str, ...]]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: in which tier, of which assessment, in which object, and what."""

    code: str
    tier: str
    assessment: str
    object: str
    said: str


@dataclass(frozen=True)
class Looked:
    """What was looked at: how many objects and bytes were read, how many forms had their numbers compared."""

    objects: int
    bytes: int
    forms: int
    findings: tuple[Finding, ...]


def audit(place: Place, manifest: Manifest, numbers: Numbers, today: date) -> Looked:
    """Read every object of a manifest again and compare it with the project's manifest and the record.

    After the day until which it must be kept an absent object is no finding. Raises Refusal `place_away`.
    """
    found: list[Finding] = []
    bodies: dict[str, dict[str, bytes]] = {}
    size = 0
    for entry in manifest.objects:
        wanted = numbers.wants(entry.form, entry.name)
        read, body, findings = _object(place, manifest, entry, wanted, today)
        size += read
        found += findings
        if wanted and body is not None:
            bodies.setdefault(entry.form, {})[entry.name] = body
    found += _manifest(place, manifest, today)
    found += _strange(place, manifest)
    for form, files in bodies.items():
        where = f"{manifest.folder}/{next(iter(files))}"
        found += [_finding(manifest, "number_changed", where, said) for said in numbers.wrong(form, files)]
    return Looked(len(manifest.objects), size, len(bodies), tuple(found))


def stale(tier: str, assessment: str, in_force: str, folder: str) -> Finding:
    """That a tier holds a version which another has taken the place of, and does not hold that one."""
    said = f"assessment {assessment[:12]} was replaced by {in_force[:12]}, which is not there"
    return Finding("stale_version", tier, assessment, folder, said)


def _object(
    place: Place, manifest: Manifest, entry: Entry, keep: bool, today: date
) -> tuple[int, bytes | None, list[Finding]]:
    """How many bytes were read, the bytes themselves where they are to be kept, and what is wrong."""
    path = f"{manifest.folder}/{entry.name}"
    pieces = place.read(path)
    if pieces is None:
        return 0, None, _absent(manifest, path, today)
    whole, size, held = hashlib.sha256(), 0, bytearray()
    for piece in pieces:
        whole.update(piece)
        size += len(piece)
        if keep:
            held += piece
    body = bytes(held) if keep else None
    if whole.hexdigest() == entry.sha256:
        return size, body, []
    said = f"{size} bytes of SHA-256 {whole.hexdigest()[:12]}, on record {entry.bytes} of {entry.sha256[:12]}"
    return size, body, [_finding(manifest, "object_changed", path, said)]


def _absent(manifest: Manifest, path: str, today: date) -> list[Finding]:
    if today > manifest.keep_until:
        return []
    return [_finding(manifest, "object_absent", path, f"it must be there until {manifest.keep_until}")]


def _manifest(place: Place, manifest: Manifest, today: date) -> list[Finding]:
    """Whether the manifest beside the objects is the project's."""
    path = f"{manifest.folder}/{NAME}"
    pieces = place.read(path)
    if pieces is None:
        return _absent(manifest, path, today)
    if b"".join(pieces) == written(manifest):
        return []
    return [_finding(manifest, "manifest_changed", path, "it is not the manifest that the ledger has pinned")]


def _strange(place: Place, manifest: Manifest) -> Iterator[Finding]:
    known = {f"{manifest.folder}/{name}" for name in (*(e.name for e in manifest.objects), NAME)}
    for name in place.names(manifest.folder):
        if name not in known:
            yield _finding(manifest, "object_unknown", name, "no manifest of the project names it")


def _finding(manifest: Manifest, code: str, path: str, said: str) -> Finding:
    return Finding(code, manifest.tier, manifest.assessment, path, said)
