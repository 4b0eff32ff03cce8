"""What was put where: every object of one assessment in one tier with its SHA-256, pinned by the ledger.

The manifest lies beside the objects and, the same, in the project (`tiers/TIER/ID.json`), where its hash is a row of
the ledger. So who changes an object and mends the manifest beside it still differs from the project's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from vivomap.core import Refusal
from vivomap.store.disk import place
from vivomap.store.project import Project
from vivomap.store.records import Written, course
from vivomap.store.shelf import line, naming, of_kind
from vivomap.store.versions import instead

FOLDER, NAME = "tiers", "manifest.json"
SCHEMA = "vivomap.tiers.manifest/1"
RAW = "raw"  # the form of raw images
FORM = "tiers"  # the form under which the ledger names a manifest


@dataclass(frozen=True)
class Entry:
    """One object: its name below the assessment's folder, the form it is part of, its size and hash."""

    name: str
    form: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The objects of one assessment in one tier; `refused` are the forms that could not be written, with the code.

    `day` is that of the visit, "" where it is not known; `keep_until` the last day on which all of it must be there.
    """

    tier: str
    assessment: str
    day: str
    keep_until: date
    objects: tuple[Entry, ...]
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def folder(self) -> str:
        """Where the objects lie in their place: no patient's name is in it."""
        return f"{self.day or 'undated'}/{self.assessment}"

    def of(self, *forms: str) -> tuple[Entry, ...]:
        """The objects of some forms."""
        return tuple(entry for entry in self.objects if entry.form in forms)


def written(manifest: Manifest) -> bytes:
    """The manifest as JSON; the same objects give the same bytes."""
    said = {"schema": SCHEMA, **asdict(manifest), "keep_until": manifest.keep_until.isoformat()}
    return (json.dumps(said, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def parsed(body: bytes) -> Manifest:
    """The manifest of a JSON text. Raises Refusal `manifest_changed` if it is none."""
    try:
        said = json.loads(body)
        if said.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        objects = tuple(Entry(**entry) for entry in said.pop("objects"))
        refused = tuple((str(form), str(code)) for form, code in said.pop("refused"))
        until = date.fromisoformat(said.pop("keep_until"))
        return Manifest(**said, keep_until=until, objects=objects, refused=refused)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("manifest_changed", "this is no manifest of a tier", found=type(error).__name__) from None


def keep(project: Project, manifest: Manifest) -> None:
    """Keep a manifest in the project, and its hash in the ledger. Raises Refusal `cannot_write`…"""
    body = written(manifest)
    place(_path(project, manifest.tier, manifest.assessment), lambda out: out.write(body))
    digest = hashlib.sha256(body).hexdigest()
    project.append("report", Written(manifest.assessment, FORM, f"{manifest.tier}/{NAME}", digest))


def kept(project: Project, tier: str, assessment: str) -> Manifest | None:
    """The manifest that the project keeps; None if nothing was put there.

    Raises Refusal `manifest_changed` if it is gone, or is not the one that the ledger has pinned.
    """
    pinned = [w.digest for w in _rows(naming(project.path, "about", assessment, "report")) if w.name == _name(tier)]
    if not pinned:
        return None
    path = _path(project, tier, assessment)
    try:
        body = path.read_bytes()
    except OSError as error:
        summary = f"the project's manifest of {tier} is gone"
        raise Refusal("manifest_changed", summary, where=str(path), found=str(error.strerror)) from None
    found = hashlib.sha256(body).hexdigest()
    if found not in pinned:
        summary = f"the project's manifest of {tier} is not the one on record"
        raise Refusal("manifest_changed", summary, where=str(path), found=found[:12], expected=pinned[-1][:12])
    return parsed(body)


def assessed(project: Project, tier: str) -> tuple[str, ...]:
    """The assessments that were ever put into a tier, in the order of the ledger."""
    rows = _rows(of_kind(project.path, "report"))
    return tuple(dict.fromkeys(w.assessment for w in rows if w.name == _name(tier)))


def in_force(project: Project, assessment: str) -> str:
    """The assessment that is in force in place of this one: itself, or the version that replaced it."""
    made = project.assessment(assessment)
    found = line(project.path, "course", course(made.study.patient, made.pathway))
    other = instead(found, assessment)
    return other.id if other is not None else assessment


def _rows(entries: Iterable[object]) -> tuple[Written, ...]:
    nouns = (getattr(entry, "noun", None) for entry in entries)
    return tuple(w for w in nouns if isinstance(w, Written) and w.form == FORM)


def _name(tier: str) -> str:
    return f"{tier}/{NAME}"


def _path(project: Project, tier: str, assessment: str) -> Path:
    return project.path / FOLDER / tier / f"{assessment}.json"
