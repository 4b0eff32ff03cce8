"""One thing that somebody did with patient data: who, what, when, with which patient and study, and how it ended.

The words are those of DICOM PS3.15 A.5; `KINDS` holds, for each event of A.5.3, who must take part in it and what must
be named. An event that lacks one of them is refused before it is written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vivomap.core import Refusal

Sop = tuple[str, int, tuple[str, ...]]  # SOP class UID, number of instances, the SOP Instance UIDs that are named
MANY = 1 << 30
UNKNOWN = "unknown"  # stands for an id that nobody gave
NOBODY = (0, 0)


@dataclass(frozen=True)
class Actor:
    """Who took part: `user` an account, AE title or place; `also` another id of it; `at` its machine.

    `role` is a word of ROLES or "", `media` a word of MEDIA for a medium.
    """

    user: str
    role: str = ""
    requestor: bool = False
    also: str = ""
    at: str = ""
    media: str = ""


@dataclass(frozen=True)
class Thing:
    """What it was done with: `kind` is a word of THINGS, `id` the identifier; never a person's name.

    `query` is what was asked, `details` are pairs of a word and a value.
    """

    kind: str
    id: str
    sop: tuple[Sop, ...] = ()
    query: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Event:
    """One event. `code` is of CID 400, `type` of CID 401; `outcome` 0 success, 4 minor, 8 serious, 12 major failure.

    `said` tells a reason or how it ended; `sole` is the code of an operational event of IHE SOLE: code, scheme,
    meaning; `ref` names the row that the event was made from. `at` is UTC, given when it is written.
    """

    code: str
    action: str
    actors: tuple[Actor, ...]
    things: tuple[Thing, ...] = ()
    type: str = ""
    outcome: int = 0
    said: str = ""
    sole: tuple[str, ...] = ()
    ref: str = ""
    at: str = ""

    def of(self, kind: str) -> tuple[str, ...]:
        """The ids of the things of one kind."""
        return tuple(thing.id for thing in self.things if thing.kind == kind)


Range = tuple[int, int]


@dataclass(frozen=True)
class Kind:
    """What PS3.15 A.5.3 asks of an event: its actions and types, and how many actors and things of each kind."""

    title: str
    actions: str
    actors: Mapping[str, Range]
    things: Mapping[str, Range] = dataclasses.field(default_factory=dict)
    types: tuple[str, ...] = ()


ROLES = {  # CID 402
    "application": ("110150", "Application"),
    "launcher": ("110151", "Application Launcher"),
    "destination": ("110152", "Destination Role ID"),
    "source": ("110153", "Source Role ID"),
    "destination_media": ("110154", "Destination Media"),
    "source_media": ("110155", "Source Media"),
}
MEDIA = {"email": ("110031", "Email"), "uri": ("110037", "URI"), "film": ("110010", "Film")}  # CID 405
TYPES = {  # CID 401 and 403, those that are used here
    "110120": "Application Start",
    "110121": "Application Stop",
    "110122": "Login",
    "110123": "Logout",
    "110124": "Attach",
    "110125": "Detach",
    "110126": "Node Authentication",
    "110127": "Emergency Override Started",
    "110128": "Network Configuration",
    "110129": "Security Configuration",
    "110131": "Software Configuration",
    "110132": "Use of Restricted Function",
    "110133": "Audit Recording Stopped",
    "110134": "Audit Recording Started",
    "110137": "User Security Attributes Changed",
    "110138": "Emergency Override Stopped",
}
THINGS = {  # type, role, and the code of the kind of id
    "patient": ("1", "1", ("2", "RFC-3881", "Patient Number")),
    "study": ("2", "3", ("110180", "DCM", "Study Instance UID")),
    "query": ("2", "3", ("110181", "DCM", "SOP Class UID")),
    "log": ("2", "13", ("12", "RFC-3881", "URI")),
    "subject": ("2", "13", ("110182", "DCM", "Node ID")),
}
TITLES = {"patient": "patient", "study": "study", "log": "Security Audit Log", "subject": "alert subject"}
PEOPLE = {"": (1, 2)}
SENT = {"source": (1, 1), "destination": (1, 1), "": (0, MANY)}
SEEN = {"study": (1, MANY), "patient": (1, 1)}
ALERTS = tuple(t for t in TYPES if "110126" <= t <= "110138")
KINDS: dict[str, Kind] = {
    "110100": Kind(
        "Application Activity", "E", {"application": (1, 1), "launcher": (0, MANY)}, {}, ("110120", "110121")
    ),
    "110101": Kind("Audit Log Used", "R", PEOPLE, {"log": (1, 1)}),
    "110102": Kind("Begin Transferring DICOM Instances", "E", SENT, SEEN),
    "110103": Kind("DICOM Instances Accessed", "CRUD", PEOPLE, SEEN),
    "110104": Kind("DICOM Instances Transferred", "CRU", SENT, SEEN),
    "110105": Kind("DICOM Study Deleted", "D", PEOPLE, SEEN),
    "110106": Kind(
        "Export",
        "R",
        {"source": (1, 2), "destination": (0, MANY), "destination_media": (1, 1)},
        {"study": (0, MANY), "patient": (1, MANY)},
    ),
    "110107": Kind(
        "Import",
        "C",
        {"destination": (1, MANY), "source": (0, MANY), "source_media": (1, 1)},
        {"study": (0, MANY), "patient": (1, MANY)},
    ),
    "110108": Kind("Network Entry", "E", {"": (1, 1)}, {}, ("110124", "110125")),
    "110110": Kind("Patient Record", "CRUD", PEOPLE, {"patient": (1, 1)}),
    "110112": Kind("Query", "E", SENT, {"query": (1, 1)}),
    "110113": Kind("Security Alert", "E", {"": (1, MANY)}, {"subject": (0, MANY)}, ALERTS),
    "110114": Kind("User Authentication", "E", {"": (1, 2)}, {}, ("110122", "110123")),
}
OUTCOMES = (0, 4, 8, 12)


def check(event: Event) -> None:
    """Raises Refusal `bad_setting` if the standard asks more of this event, or does not know it."""
    kind = KINDS.get(event.code)
    if kind is None:
        raise _lacking(event, f"there is no event {event.code}")
    if event.action not in kind.actions or event.outcome not in OUTCOMES:
        raise _lacking(event, f"{kind.title}: action {event.action!r} or outcome {event.outcome} is not allowed")
    if (event.type or kind.types) and event.type not in kind.types:
        raise _lacking(event, f"{kind.title}: the type {event.type!r} is none of {', '.join(kind.types) or 'its own'}")
    for words, ranges in (
        ([actor.role for actor in event.actors], kind.actors),
        ([thing.kind for thing in event.things], kind.things),
    ):
        for word in dict.fromkeys((*words, *ranges)):
            low, high = ranges.get(word, NOBODY)
            if not low <= words.count(word) <= high:
                raise _lacking(event, f"{kind.title}: {words.count(word)} × {word or 'person or process'}")
    if any(not part for part in (*(a.user for a in event.actors), *(t.id for t in event.things))):
        raise _lacking(event, f"{kind.title}: somebody or something without an id")


def _lacking(event: Event, summary: str) -> Refusal:
    return Refusal("bad_setting", summary, where=f"audit event {event.code}", hint="this is a fault of vivomap")


def plain(event: Event) -> dict[str, Any]:
    """The event as JSON data; what is empty is left out."""
    return {name: value for name, value in _bare(dataclasses.asdict(event)).items() if value not in ("", (), [])}


def _bare(data: dict[str, Any]) -> dict[str, Any]:
    for name in ("actors", "things"):
        data[name] = [{k: v for k, v in part.items() if v not in ("", (), False)} for part in data[name]]
    return data


def event(data: Mapping[str, Any]) -> Event:
    """The event that JSON data stand for."""
    actors = tuple(Actor(**part) for part in data["actors"])
    things = tuple(
        Thing(
            part["kind"],
            part["id"],
            tuple((c, n, tuple(uids)) for c, n, uids in part.get("sop", ())),
            part.get("query", ""),
            tuple((word, value) for word, value in part.get("details", ())),
        )
        for part in data.get("things", ())
    )
    rest = {k: v for k, v in data.items() if k not in ("actors", "things", "sole")}
    return Event(actors=actors, things=things, sole=tuple(data.get("sole", ())), **rest)
