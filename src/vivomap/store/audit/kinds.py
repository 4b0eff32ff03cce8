"""The events that vivomap can witness, each made so that PS3.15 A.5.3 has all it asks for.

IHE SOLE counts four of them: an object was received, numbers were measured, a result was read, somebody acted on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.store.audit.event import UNKNOWN, Actor, Event, Sop, Thing

PROCESS = "vivomap"
VOCABULARY = "https://wiki.ihe.net/index.php/Radiology-controlled-vocabulary"  # seen there: SOLE113, SOLE115
RECEIVED = ("SOLE113", "IHE-SOLE", "Exam transferred")
MEASURED = ("SOLE115", "IHE-SOLE", "Post-processing step completed")
READ = ("read", "99VIVOMAP", "Result read")  # project: the vocabulary of SOLE was not to be had whole
ACTED = ("acted", "99VIVOMAP", "Decision recorded")  # project: as above


@dataclass(frozen=True)
class Doer:
    """Who asks: a person's account, and the machine that it is done on."""

    user: str
    at: str = ""

    def pair(self, role: str = "") -> tuple[Actor, Actor]:
        """The person, who asked for it, and this process, which did it."""
        person = Actor(self.user or UNKNOWN, role, requestor=True, at=self.at)
        return person, Actor(PROCESS, role, at=self.at)


def patient(name: str, *details: tuple[str, str]) -> Thing:
    """A patient by id."""
    return Thing("patient", name or UNKNOWN, details=details)


def study(uid: str, sop: tuple[Sop, ...] = ()) -> Thing:
    """A study by its UID, with what of it took part."""
    return Thing("study", uid or UNKNOWN, sop)


def accessed(who: Doer, whose: str, studies: Sequence[str], action: str = "R", said: str = "") -> Event:
    """Images of a patient were looked at (R), made (C) or changed (U)."""
    things = (*(study(uid) for uid in dict.fromkeys(studies)), patient(whose))
    return Event("110103", action, who.pair(), things if len(things) > 1 else (study(""), *things), said=said)


def record(who: Doer, whose: str, action: str, *details: tuple[str, str], sole: tuple[str, ...] = ()) -> Event:
    """What is known of a patient was read (R), added to (C) or changed (U); `details` name the part, such as its id."""
    return Event("110110", action, who.pair(), (patient(whose, *details),), sole=sole)


def transferred(source: Actor, destination: Actor, whose: str, what: Thing, begin: bool = False) -> Event:
    """Objects went from one to the other; with `begin`, they are about to."""
    code, action = ("110102", "E") if begin else ("110104", "C")
    return Event(code, action, (source, destination), (what, patient(whose)))


def queried(source: Actor, destination: Actor, sop_class: str, query: str) -> Event:
    """Somebody was asked what there is."""
    return Event("110112", "E", (source, destination), (Thing("query", sop_class or UNKNOWN, query=query),))


def exported(who: Doer, place: str, patients: Sequence[str], said: str, studies: Sequence[str] = ()) -> Event:
    """Data left: `place` is the folder or address, `said` for what purpose and in what form."""
    medium = Actor(place, "destination_media", media="uri")
    things = (*map(study, dict.fromkeys(studies)), *map(patient, dict.fromkeys(patients or ("",))))
    return Event("110106", "R", (*who.pair("source"), medium), things, said=said)


def imported(who: Doer, place: str, patients: Sequence[str], studies: Sequence[str] = ()) -> Event:
    """Data came in from a folder or medium."""
    medium = Actor(place, "source_media", media="uri")
    things = (*map(study, dict.fromkeys(studies)), *map(patient, dict.fromkeys(patients or ("",))))
    return Event("110107", "C", (*who.pair("destination"), medium), things)


def deleted(who: Doer, whose: str, uid: str, said: str) -> Event:
    """A study was deleted."""
    return Event("110105", "D", who.pair(), (study(uid), patient(whose)), said=said)


def alert(who: Doer, kind: str, subject: str, said: str, outcome: int = 0) -> Event:
    """Something that whoever watches over security should know; `kind` is a code of CID 403."""
    things = (Thing("subject", subject, details=(("Alert Description", said),)),) if subject else ()
    return Event("110113", "E", who.pair(), things, type=kind, outcome=outcome, said=said)


def application(who: Doer, name: str, starts: bool) -> Event:
    """A service of ours started or stopped."""
    actors = (Actor(name, "application", at=who.at), Actor(who.user or UNKNOWN, "launcher", requestor=True))
    return Event("110100", "E", actors, type="110120" if starts else "110121")


def network(name: str, address: str, attached: bool) -> Event:
    """A node entered the network or left it."""
    return Event("110108", "E", (Actor(name, at=address),), type="110124" if attached else "110125")


def signed_in(user: str, address: str, outcome: int = 0, leaves: bool = False) -> Event:
    """Somebody signed in or out, or tried to (`outcome` 4 or 8)."""
    actors = (Actor(user, requestor=True, at=address), Actor(PROCESS))
    return Event("110114", "E", actors, type="110123" if leaves else "110122", outcome=outcome)


def log_used(who: Doer, place: str) -> Event:
    """The audit log itself was read."""
    return Event("110101", "R", who.pair(), (Thing("log", place),))
