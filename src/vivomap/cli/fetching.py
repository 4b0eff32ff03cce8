"""What becomes of an object that a PACS gives: kept first, judged then, and held where nobody asked for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from vivomap.cli.talk import say

if TYPE_CHECKING:
    from vivomap.acquire.receive import Arrived, Validator
    from vivomap.store.inbox import Inbox

HELD = "held"  # folder of what is held, in a folder that we fetch to
STRANGER = ("not_asked_for", "the PACS gave an object of another study than the one asked for")
Content = Callable[[], Iterable[bytes]]


class Placed(NamedTuple):
    """An object that was kept: its hash, the code for which it is held or "", its patient, whether it was there."""

    name: str
    code: str
    patient: str
    again: bool


Put = Callable[["Arrived", Content, frozenset[str]], Placed]  # the last says which studies were asked for


@dataclass(frozen=True, eq=False)
class Shelf:
    """Where objects go, and what was found of them so far; `put` keeps one and gives its verdict."""

    put: Put
    asked: frozenset[str]
    classes: dict[str, list[str]] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def keep(self, came: Arrived, content: Content) -> str:
        """Keep one object; gives a word for the log."""
        with self.lock:
            one = self.put(came, content, self.asked)
            if one.name not in self.placed:
                self.placed[one.name] = one
                self.classes.setdefault(came.sop_class, []).append(came.instance)
                if one.code:
                    say(f"held {one.name[:12]}, {one.code}")
        return f"{'again' if one.again else 'kept'} {one.name[:12]}"

    @property
    def held(self) -> tuple[Placed, ...]:
        """What waits for a person."""
        return tuple(one for one in self.placed.values() if one.code)

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose objects came."""
        return tuple(sorted({one.patient for one in self.placed.values()} - {""}))

    @property
    def before(self) -> int:
        """How many objects were here before."""
        return sum(one.again for one in self.placed.values())


def into_inbox(inbox: Inbox, validator: Validator) -> Put:
    """Keep objects in a project, by the same order of writing as what is sent to us."""
    from vivomap.store.inbox import Arrival, Judgement

    def put(came: Arrived, content: Any, asked: frozenset[str]) -> Placed:
        kept = inbox.keep(Arrival(*came), content)
        found = validator.look(inbox.path(kept.object), came.instance, came.sop_class)
        stranger = bool(found.study) and found.study not in asked
        verdict = Judgement("HOLD", *STRANGER, found.study, found.patient) if stranger else Judgement(*found)
        entry = inbox.find(kept.object)
        if entry.disposition == "WAIT":
            (verdict,) = inbox.judge([(entry.rows[0], verdict)])
            if stranger and verdict.disposition != "HOLD":  # a receiver that runs beside us was faster
                inbox.decide(kept.object, "held", "vivomap fetch", STRANGER[1])
        held = stranger or verdict.disposition == "HOLD"
        code = (STRANGER[0] if stranger else verdict.code) if held else ""
        return Placed(kept.object, code, found.patient, kept.again)

    return put


def into_folder(out: Path, validator: Validator) -> Put:
    """Keep objects as files of a folder, named by their hash; what is held goes to a folder of its own."""
    from vivomap.store.disk import place

    def put(came: Arrived, content: Any, asked: frozenset[str]) -> Placed:
        whole = hashlib.sha256()
        for piece in content():
            whole.update(piece)
        name = f"{whole.hexdigest()}.dcm"
        known = [p for p in (out / name, out / HELD / name) if p.is_file()]
        path = known[0] if known else out / HELD / name
        if not known:
            place(path, lambda file: file.writelines(content()))
        found = validator.look(path, came.instance, came.sop_class)
        stranger = bool(found.study) and found.study not in asked
        held = stranger or found.disposition == "HOLD"
        if not held and path.parent != out:
            path.rename(out / name)
        code = (STRANGER[0] if stranger else found.code) if held else ""
        return Placed(name, code, found.patient, bool(known))

    return put
