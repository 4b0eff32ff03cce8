"""One folder that holds all that was seen, measured, proposed, decided and what came of it.

project.toml   its name, and the vivomap that made it
site.toml      what the site has set for itself; may be absent
routes.toml    which studies that arrive start which pathway; may be absent
ledger.sqlite  what happened, in order, chained; ledger.head names its last row
vault/         the arrays, by content hash
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from vivomap.core import (
    Assessment,
    Consent,
    Decision,
    Outcome,
    Pathway,
    Refusal,
    Site,
    Study,
    __version__,
    dumps,
    identify,
)
from vivomap.core.image import Array
from vivomap.store import affected as downstream
from vivomap.store import database, ledger, replay, shelf, site, vault, versions
from vivomap.store.affected import Affected, Asked
from vivomap.store.disk import make_folder, place, refused
from vivomap.store.ledger import Head, Line
from vivomap.store.records import (
    Basis,
    Entry,
    Noun,
    Supersedes,
    Written,
    arrays_of,
    body_of,
    course,
    digest,
    kind_of,
    made,
    names_in,
)
from vivomap.store.shelf import VAULT, Found

CARD = "project.toml"
OURS = {
    CARD,
    "site.toml",
    "routes.toml",
    "quality.toml",
    database.FILE,
    f"{database.FILE}-journal",
    "ledger.head",
    VAULT,
    "inbox",
    "quarantine",
    "journal",
    "audit",
    "exports",
    "tiers",
    "tiers.toml",
}


def open_project(path: Path | str, create: bool = True) -> Project:
    """The project of a folder, made if there is none and `create` says so.

    Raises Refusal `not_a_project` if the folder holds other things, or nothing and may not be made; `newer_project`.
    """
    folder = Path(path).absolute()
    if not (folder / CARD).is_file():
        if not create:
            raise Refusal("not_a_project", f"there is no project in {folder.name}", where=str(folder))
        _make(folder)
    database.schema(folder)
    return Project(folder)


@dataclass(frozen=True)
class Project:
    """The folder of one project; everything else is read from it when it is asked for."""

    path: Path

    @property
    def name(self) -> str:
        """The name in its card."""
        return str(tomllib.loads((self.path / CARD).read_text(encoding="utf-8")).get("name", self.path.name))

    def keep(self, value: Noun | Array) -> str:
        """Keep an array in the vault or a noun in the ledger, and give the hash of its content."""
        if isinstance(value, np.ndarray):
            return vault.keep(self.path / VAULT, value)
        return self.append(kind_of(value), value)

    def fetch(self, digest: str) -> Array:
        """The array of a digest, checked. Raises Refusal `voxels_absent` or `vault_corrupt`."""
        return vault.fetch(self.path / VAULT, digest)

    def append(self, kind: str, noun: Noun) -> str:
        """Put a noun into the ledger, its arrays first into the vault; content on record is not written again."""
        return self._append((kind, noun))[0]

    def record(self, assessment: Assessment, study: Study, history: Sequence[Assessment] = ()) -> str:
        """Put an assessment on record with the study and the history that it was made from, in one step.

        One that was on record, and had lost its place to another of the same visit, is in force again.
        """
        if any(a.study.patient != study.patient for a in (assessment, *history)):
            raise Refusal("bad_setting", "an assessment, its study and its history are of one patient")
        past = tuple(_id(a) for a in history)
        basis = Basis(_id(assessment), _id(study), past, assessment.edition, __version__)
        name = self._append(("study", study), ("assessment", assessment), ("basis", basis))[1]
        other = versions.instead(self._line(study.patient, assessment.pathway), name)
        if other is not None:
            why = f"assessed again, after entry {ledger.head(self.path).seq}"
            self._append(("supersedes", Supersedes(other.id, name, why)))
        return name

    def reusable(self, pathway: Pathway, study: Study, history: Sequence[Assessment] = ()) -> Assessment | None:
        """The assessment in force that this version made of the same study, history and pathway; else None."""
        past = tuple(_id(a) for a in history)
        basis = {"study": _id(study), "history": past, "edition": identify(pathway), "version": __version__}
        for entry in reversed(shelf.naming(self.path, "made", made(basis), "basis")):
            found = next(iter(shelf.by_id(self.path, entry.data["assessment"], "assessment")), None)
            line = shelf.line(self.path, "course", course(study.patient, pathway.name))
            if found is not None and found.id in {e.id for e in versions.current(line)}:
                assessment: Assessment = found.noun
                return assessment
        return None

    def wrote(self, assessment: str, form: str, file: Path) -> str:
        """Put on record that a report was handed out, by the hash of its bytes."""
        return self.append(
            "report", Written(assessment, form, file.name, hashlib.sha256(file.read_bytes()).hexdigest())
        )

    def verify(self, known: str = "") -> Head:
        """Prove the chain; `known` is a row's hash that someone kept elsewhere. Raises Refusal `broken_chain`."""
        return ledger.verify(self.path, known)

    def patients(self) -> tuple[str, ...]:
        """Every patient on record, in alphabetical order."""
        return shelf.listed(self.path, "patient")

    def assessments(self, patient: str | None = None, pathway: str | None = None) -> tuple[Entry, ...]:
        """The assessments in force with their ids, by day; undated ones last."""
        patients = self.patients() if patient is None else (patient,)
        found = [e for p in patients for e in versions.current(self._line(p, pathway))]
        return tuple(found)

    def history(self, patient: str, pathway: str | None = None, before: date | None = None) -> tuple[Assessment, ...]:
        """The assessments in force of one patient, by day; undated ones have no place in an order and stay out."""
        dated = ((versions.day(e), e) for e in self.assessments(patient, pathway) if versions.day(e))
        return tuple(e.noun for day, e in dated if before is None or date.fromisoformat(day) < before)

    def before(self, assessment: Assessment) -> tuple[Assessment, ...]:
        """The history that an assessment of this patient, pathway and day looks back on."""
        return self.history(assessment.study.patient, assessment.pathway, assessment.study.day)

    def every(self) -> tuple[Assessment, ...]:
        """Every assessment ever put on record, superseded ones too, in the order of the ledger."""
        return tuple(e.noun for e in shelf.of_kind(self.path, "assessment"))

    def every_decision(self) -> tuple[Decision, ...]:
        """Every decision, in the order of the ledger."""
        return tuple(e.noun for e in shelf.of_kind(self.path, "decision"))

    def full_id(self, prefix: str) -> str:
        """The id of the one assessment that begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        return shelf.whole(self.path, prefix, "assessment")

    def assessment(self, prefix: str) -> Assessment:
        """The one assessment whose id begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        found: Assessment = shelf.by_id(self.path, self.full_id(prefix), "assessment")[0].noun
        return found

    def decisions(self, assessment: str) -> tuple[Decision, ...]:
        """What was decided on an assessment, in the order of the ledger."""
        return tuple(e.noun for e in shelf.naming(self.path, "about", assessment, "decision"))

    def outcomes(self, assessment: str) -> tuple[Outcome, ...]:
        """What came of an assessment, in the order of the ledger."""
        return tuple(e.noun for e in shelf.naming(self.path, "about", assessment, "outcome"))

    def consents(self, patient: str | None = None) -> tuple[Consent, ...]:
        """What patients allowed or withdrew, in the order of the ledger; the last word on a purpose counts."""
        if patient is None:
            return tuple(e.noun for e in shelf.of_kind(self.path, "consent"))
        return tuple(e.noun for e in shelf.naming(self.path, "consent", patient, "consent"))

    def find(self, prefix: str) -> Found:
        """The claim, array or entry whose id begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
        return shelf.find(self.path, prefix)

    def replay(self) -> replay.State:
        """The state of every patient from the ledger alone, the chain proved on the way."""
        return replay.rebuild(shelf.every(self.path))

    def relist(self) -> int:
        """Make the index anew where it does not say what the bodies say; gives the number of rows mended."""
        return ledger.relist(self.path, [(e.seq, names_in(e.body)) for e in shelf.every(self.path)])

    def affected(
        self,
        *,
        version: str | None = None,
        setting: str | None = None,
        scanner: str | None = None,
        dates: tuple[date, date] | None = None,
    ) -> Affected:
        """Everything downstream of a version, a setting KEY=VALUE, a scanner or days of acquisition; all must match."""
        return downstream.affected(shelf.every(self.path), Asked(version, setting, scanner, dates))

    def supersede(self, old: str, new: Assessment, why: str) -> str:
        """Put a new version beside an old one; where nothing differs nothing is written. Gives the id in force."""
        before = self.assessment(old)
        if (before.study.patient, before.pathway) != (new.study.patient, new.pathway):
            raise Refusal("bad_setting", "a new version is of the same patient and pathway as the old one")
        whole, name = self.full_id(old), _id(new)
        if whole != name:
            self._append(("assessment", new), ("supersedes", Supersedes(whole, name, why)))
        return name

    def differences(self, old: Assessment, new: Assessment) -> tuple[versions.Difference, ...]:
        """Every claim that two versions give differently, and why."""
        return versions.differences(old, new)

    def site(self) -> Site:
        """What the site has set for itself; nothing, if there is no file."""
        path = self.path / "site.toml"
        return site.read(path) if path.exists() else Site()

    def _line(self, patient: str, pathway: str | None) -> tuple[Entry, ...]:
        if pathway is None:
            return shelf.line(self.path, "patient", patient)
        return shelf.line(self.path, "course", course(patient, pathway))

    def _append(self, *nouns: tuple[str, Noun]) -> tuple[str, ...]:
        """Arrays first, then all rows in one step; a row never names an array that is not kept."""
        bodies = [(kind, body_of(kind, noun)) for kind, noun in nouns]
        new = {digest(body) for kind, body in bodies if kind == "assessment"}
        for _, noun in nouns:
            about = getattr(noun, "assessment", "")
            if about and about not in new and not shelf.by_id(self.path, about, "assessment"):
                raise Refusal("unknown_name", f"no assessment has the id {about[:12]}", where=str(self.path))
            for voxels in arrays_of(noun):
                if not vault.holds(self.path / VAULT, voxels.digest):
                    vault.keep(self.path / VAULT, voxels.array)
        return ledger.append(self.path, [Line(kind, body, names_in(body)) for kind, body in bodies])


def _make(folder: Path) -> None:
    """Make the parts of a project, its card last: an interrupted beginning is begun again."""
    try:
        make_folder(folder)
        strange = sorted({p.name for p in folder.iterdir() if not p.name.startswith(".")} - OURS)
    except OSError as error:
        raise refused(error, folder) from error
    if strange:
        raise Refusal(
            "not_a_project",
            f"the folder {folder.name} holds other things than a project",
            where=str(folder),
            found=f"{strange[0]}{' and more' if len(strange) > 1 else ''}",
            expected="an empty or a new folder",
        )
    try:
        make_folder(folder / VAULT)
    except OSError as error:
        raise refused(error, folder / VAULT) from error
    ledger.begin(folder)
    text = f"name = {site.quoted(folder.resolve().name)}\ncreated_by = {site.quoted(f'vivomap {__version__}')}\n"
    place(folder / CARD, lambda out: out.write(text.encode()))


def _id(noun: Noun) -> str:
    """The id of a noun, without the memory that `identify` keeps of it: a study may hold gigabytes."""
    return digest(dumps(noun))
