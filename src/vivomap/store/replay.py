"""The state of every patient, built again from the ledger alone: the same ledger gives the same bytes, anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vivomap.core import dumps
from vivomap.store.records import DIGEST, Entry, claims_in, digest, digests_in
from vivomap.store.versions import current


@dataclass(frozen=True)
class Followed:
    """One patient on one pathway; ids in the order of the ledger, `current` those in force, by day."""

    patient: str
    pathway: str
    assessments: tuple[str, ...]
    current: tuple[str, ...]
    decisions: tuple[str, ...]
    outcomes: tuple[str, ...]
    reports: tuple[str, ...]


@dataclass(frozen=True)
class Loose:
    """A reference that leads nowhere: the assessment, the field that names it, and the name."""

    assessment: str
    field: str
    name: str


@dataclass(frozen=True)
class State:
    """All that the ledger says. An id is the hash of its content, so equal ids are equal content.

    `unfounded` are grounds that no claim on record has: a fault. `outside` are inputs whose content is not on
    record, such as the hash of a table or of one frame of a series.
    """

    entries: tuple[tuple[str, int], ...]
    studies: tuple[str, ...]
    courses: tuple[Followed, ...]
    unfounded: tuple[Loose, ...]
    outside: tuple[Loose, ...]

    def summary(self) -> dict[str, Any]:
        """The hash of the state, and how many of each."""
        counts = dict(self.entries)
        return {
            "state": digest(state_bytes(self).decode()),
            "entries": sum(counts.values()),
            **{f"{kind}_entries": number for kind, number in counts.items()},
            "patients": len({c.patient for c in self.courses}),
            "courses": len(self.courses),
            "in_force": sum(len(c.current) for c in self.courses),
            "unfounded": len(self.unfounded),
            "outside": len(self.outside),
        }


def state_bytes(state: State) -> bytes:
    """The state as canonical JSON in UTF-8."""
    return dumps(state).encode()


def rebuild(entries: Iterable[Entry]) -> State:
    """The state that entries make, in the order of the ledger."""
    counts: Counter[str] = Counter()
    studies: list[str] = []
    known: set[str] = set()
    named: dict[Loose, None] = {}  # in the order of the ledger
    lines: dict[tuple[str, str], list[Entry]] = {}
    about: dict[str, list[Entry]] = {}
    for entry in entries:
        counts[entry.kind] += 1
        _see(entry, known, named)
        if entry.kind == "study":
            studies.append(entry.id)
        elif entry.kind == "assessment":
            lines.setdefault((entry.data["study"]["patient"], entry.data["pathway"]), []).append(_light(entry))
        else:
            about.setdefault(entry.data.get("assessment", entry.data.get("new", "")), []).append(entry)
    courses = tuple(_followed(patient, pathway, lines[patient, pathway], about) for patient, pathway in sorted(lines))
    loose = [one for one in named if one.name not in known]
    return State(
        tuple(sorted(counts.items())),
        tuple(studies),
        courses,
        tuple(one for one in loose if one.field == "because"),
        tuple(one for one in loose if one.field == "inputs"),
    )


def _followed(patient: str, pathway: str, mine: list[Entry], about: dict[str, list[Entry]]) -> Followed:
    more = sorted((e for one in mine for e in about.get(one.id, ())), key=lambda e: e.seq)
    superseding = [e for e in more if e.kind == "supersedes"]
    in_force = current(sorted((*mine, *superseding), key=lambda e: e.seq))

    def ids(kind: str) -> tuple[str, ...]:
        return tuple(e.id for e in more if e.kind == kind)

    return Followed(
        patient,
        pathway,
        tuple(e.id for e in mine),
        tuple(e.id for e in in_force),
        ids("decision"),
        ids("outcome"),
        ids("report"),
    )


def _light(entry: Entry) -> Entry:
    """An assessment without its claims and images: what tells its visit is enough to order it."""
    study = {name: entry.data["study"][name] for name in ("patient", "day", "uid")}
    light = Entry(entry.seq, entry.kind, entry.id, entry.recorded_at, "")
    light.__dict__["data"] = {"study": study, "pathway": entry.data["pathway"]}
    return light


def _see(entry: Entry, known: set[str], named: dict[Loose, None]) -> None:
    """Add what an entry makes known, and what it names as a ground or an input."""
    known.add(entry.id)
    if entry.kind not in ("study", "assessment"):
        return
    known.update(digests_in(entry.data))
    if entry.kind == "assessment":
        claims = dict(claims_in(entry.data))
        known.update(claims)
        for said in (*claims.values(), entry.data["recommendation"]):
            named.update((Loose(entry.id, field, name), None) for field, name in references(said))


def references(data: Any) -> Iterator[tuple[str, str]]:
    """The ids that JSON data name as grounds ("because") or inputs; a name that is no hash is a file's."""
    if isinstance(data, dict):
        for field, value in data.items():
            if field in ("because", "inputs") and isinstance(value, list):
                yield from ((field, name) for name in value if DIGEST.fullmatch(str(name)))
            elif isinstance(value, dict | list):
                yield from references(value)
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, dict | list):
                yield from references(value)
