"""What a ledger holds: the nouns of the core, and three records of its own on how assessments hang together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, TypeAlias

from vivomap.core import Assessment, Consent, Decision, Outcome, Refusal, Said, Study, Voxels, decode, dumps
from vivomap.core.codec import Fetch
from vivomap.core.quality import Check

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Basis:
    """What an assessment was made from: study as read, earlier assessments, edition of the pathway, our version."""

    assessment: str
    study: str
    history: tuple[str, ...]
    edition: str
    version: str


@dataclass(frozen=True)
class Supersedes:
    """A new version of an assessment beside the old one, and why."""

    old: str
    new: str
    why: str


@dataclass(frozen=True)
class Written:
    """A report that was handed out: of which assessment, in which form, its file name and the hash of its bytes."""

    assessment: str
    form: str
    name: str
    digest: str


@dataclass(frozen=True)
class Accepted:
    """A proposed lesion that a person took for one: id of the proposal, whose it is, its name, by whom, when."""

    proposal: str
    patient: str
    finder: str
    name: str
    by: str
    day: str


Noun: TypeAlias = Study | Assessment | Consent | Decision | Outcome | Supersedes | Basis | Written | Check | Accepted
Name: TypeAlias = tuple[
    str, str
]  # what it is (patient, course, claim, array, about, made, consent, scanner), and the name itself
OWN: dict[str, type] = {kind.__name__: kind for kind in (Accepted, Basis, Supersedes, Written)}
KINDS: dict[str, type] = {
    "study": Study,
    "assessment": Assessment,
    "consent": Consent,
    "decision": Decision,
    "outcome": Outcome,
    "supersedes": Supersedes,
    "basis": Basis,
    "report": Written,
    "check": Check,
    "accepted": Accepted,
}


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger; its noun is read back when first looked at, its arrays when they are."""

    seq: int
    kind: str
    id: str
    recorded_at: str
    body: str
    fetch: Fetch | None = None

    @cached_property
    def data(self) -> dict[str, Any]:
        """The body as plain JSON data."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @cached_property
    def noun(self) -> Any:
        """The noun that the body stands for."""
        own = OWN.get(self.data["$"])
        if own is None:
            return decode(self.data, self.fetch)
        return own(**{k: tuple(v) if isinstance(v, list) else v for k, v in self.data.items() if k != "$"})

    def claim(self, name: str) -> Said:
        """The claim of an id. Raises Refusal if this assessment does not hold it."""
        for found, data in claims_in(self.data):
            if found == name:
                said: Said = decode(data, self.fetch)
                return said
        raise Refusal("unknown_name", f"no claim {name[:12]} in assessment {self.id[:12]}")


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def kind_of(noun: Any) -> str:
    """The kind of entry that a noun makes. Raises Refusal if no ledger keeps it."""
    for kind, held in KINDS.items():
        if isinstance(noun, held):
            return kind
    raise Refusal("unknown_name", f"a ledger keeps no {type(noun).__name__}", expected=", ".join(KINDS))


def body_of(kind: str, noun: Any) -> str:
    """Canonical JSON of a noun. Raises Refusal if it is not what its kind says."""
    if kind_of(noun) != kind:
        raise Refusal("unknown_name", f"a {type(noun).__name__} is no {kind!r}", expected=", ".join(KINDS))
    return dumps(noun)


def canonical(data: Any) -> str:
    """Plain JSON data as the codec of the core writes them: ids are hashes of this."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def claims_in(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every claim of an assessment with its id, and the two measurements inside each change.

    Taken from the JSON as it was recorded: a later vivomap, whose nouns have more fields, finds the same ids.
    """
    for claim in data["claims"]:
        yield digest(canonical(claim)), claim
        if claim["$"] == "Change":
            for part in (claim["before"], claim["after"]):
                yield digest(canonical(part)), part


def digests_in(data: Any) -> Iterator[str]:
    """The digest of every array that JSON data name."""
    if isinstance(data, dict):
        if data.get("$") == "Voxels":
            yield data["digest"]
        for value in data.values():
            if isinstance(value, dict | list):
                yield from digests_in(value)
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, dict | list):
                yield from digests_in(value)


def arrays_of(value: Any) -> Iterator[Voxels]:
    """Every array that a noun holds, however deep."""
    if isinstance(value, Voxels):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            if not isinstance(each, str | float | int):
                yield from arrays_of(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from arrays_of(getattr(value, field.name))


def names_in(body: str) -> frozenset[Name]:
    """All that an entry can be found by."""
    data = json.loads(body)
    match data["$"]:
        case "Supersedes":
            return frozenset({("about", data["old"]), ("about", data["new"])})
        case "Basis":
            return frozenset({("about", data["assessment"]), ("made", made(data))})
        case "Consent":
            return frozenset({("consent", data["patient"])})
        case "Accepted":
            return frozenset({("about", data["proposal"])})
        case "Check":
            return frozenset({("scanner", data["scanner"])})
        case "Decision" | "Outcome" | "Written":
            return frozenset({("about", data["assessment"])})
    arrays = frozenset(("array", name) for name in digests_in(data))
    if data["$"] == "Study":
        return arrays | {("patient", data["patient"])}
    patient = data["study"]["patient"]
    claims = frozenset(("claim", name) for name, _ in claims_in(data))
    return arrays | claims | {("patient", patient), ("course", course(patient, data["pathway"]))}


def course(patient: str, pathway: str) -> str:
    """One name for a patient on a pathway; JSON keeps the two apart whatever letters they hold."""
    return json.dumps([patient, pathway])


def made(basis: dict[str, Any]) -> str:
    """The hash of all that an assessment was made from: equal hashes, equal assessments."""
    return digest(canonical([basis["study"], list(basis["history"]), basis["edition"], basis["version"]]))
