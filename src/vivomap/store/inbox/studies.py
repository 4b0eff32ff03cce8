"""The studies of the inbox: which are complete and wait for their turn, and what became of those that had it.

A study is complete when all that arrived has its verdict and nothing more came for the quiet time. The table `turns`
keeps, for each turn of each study, how far the journal had been written: later rows of the study give it another turn,
and the same objects sent again, which write no row, give it none.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, func, insert, select

from vivomap.core import Refusal
from vivomap.store.disk import alone
from vivomap.store.inbox import vault
from vivomap.store.inbox.entry import entry
from vivomap.store.inbox.journal import Row, asking, journal, of, of_patients, tables
from vivomap.store.inbox.keeping import JOURNAL, Inbox

WATCH = "watch.lock"
PLACED = ("judged", "held", "released")  # the kinds of row that name a study
DEATHS_MOST = 3  # rule T7: after so many turns that never ended, a person must look
turns = Table(
    "turns",
    tables,
    Column("seq", Integer, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("study", Text, nullable=False),
    Column("upto", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("code", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Index("turns_by_study", "study"),
)


class Waiting(NamedTuple):
    """A complete study: the journal's row up to which it was seen, and how many turns died since its last end."""

    study: str
    upto: int
    deaths: int


class Turn(NamedTuple):
    """What became of a study in one turn: `state` is begun, stopped (asked to), done, passed (no route) or refused."""

    study: str
    upto: int
    state: str
    code: str = ""
    body: tuple[tuple[str, Any], ...] = ()
    at: str = ""


@dataclass(frozen=True)
class Waits:
    """What waits: complete studies, those that are still coming in, and objects without a verdict for too long."""

    complete: tuple[Waiting, ...]
    coming: int
    unjudged: int


def waits(inbox: Inbox, quiet_s: float, again: bool = False, now: datetime | None = None) -> Waits:
    """The studies whose turn it is, oldest first; `again` gives every complete one another turn."""
    calm = ((now or datetime.now(UTC)) - timedelta(seconds=quiet_s)).isoformat(timespec="milliseconds")
    with asking(inbox.engine) as connection:
        late = _unjudged(connection, calm)
        seen = _seen(connection)
        last = func.max(journal.c.seq)
        query = select(journal.c.study, last, func.max(journal.c.at)).where(
            journal.c.study != "", journal.c.kind.in_(PLACED)
        )
        rows = connection.execute(query.group_by(journal.c.study).order_by(last)).all()
    new = [(study, upto, at) for study, upto, at in rows if again or upto > seen.get(study, (0, 0))[0]]
    if late:
        return Waits((), len(new), late)
    ready = tuple(Waiting(study, upto, seen.get(study, (0, 0))[1]) for study, upto, at in new if at <= calm)
    return Waits(ready, len(new) - len(ready), 0)


def _unjudged(connection: Connection, calm: str) -> int:
    """How many objects arrived before the quiet time and have no verdict: a study could still lack them."""
    done = select(journal.c.object).where(journal.c.kind == "judged")
    query = select(func.count()).where(journal.c.kind == "arrived", journal.c.object.not_in(done), journal.c.at <= calm)
    return int(connection.execute(query).scalar_one())


def _seen(connection: Connection) -> dict[str, tuple[int, int]]:
    """For each study: up to which row its last ended turn saw it, and how many turns began since and never ended."""
    seen: dict[str, tuple[int, int]] = {}
    for study, upto, state in connection.execute(select(turns.c.study, turns.c.upto, turns.c.state).order_by("seq")):
        before, deaths = seen.get(study, (0, 0))
        step = {"begun": (before, deaths + 1), "stopped": (before, deaths - 1)}
        seen[study] = step.get(state, (upto, 0))
    return seen


def take(inbox: Inbox, turn: Turn) -> None:
    """Put on record that a turn has begun or ended, and how."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    values = turn._asdict() | {"at": now, "body": json.dumps(dict(turn.body), ensure_ascii=False, sort_keys=True)}
    with inbox.lock, asking(inbox.engine) as connection:
        connection.execute(insert(turns).values(**values))


@contextlib.contextmanager
def watching(inbox: Inbox) -> Iterator[None]:
    """The time in which one watch, and no other, gives studies their turns: two would count each other's as deaths.

    Raises Refusal `inbox_busy` while another watch runs.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(alone(inbox.root / JOURNAL / WATCH, wait=False))
        except OSError as error:
            raise Refusal("inbox_busy", "another watch works on this inbox", where=str(inbox.root)) from error
        yield


def taken(inbox: Inbox) -> tuple[Turn, ...]:
    """Every turn, oldest first."""
    with asking(inbox.engine) as connection:
        rows = connection.execute(select(turns).order_by(turns.c.seq)).mappings().all()
    return tuple(
        Turn(**{k: row[k] for k in Turn._fields} | {"body": tuple(json.loads(row["body"]).items())}) for row in rows
    )


def of_patient(inbox: Inbox, study: str) -> dict[str, tuple[Path, ...]]:
    """The files that computation may use of every study of the patient of a study, by study."""
    with asking(inbox.engine) as connection:
        patients = {r.said("patient") for r in of(connection, study=study, kind="judged")} - {""}
        rows = of_patients(connection, patients)
    objects: dict[str, list[Row]] = {}
    for row in rows:
        objects.setdefault(row.object, []).append(row)
    found: dict[str, tuple[Path, ...]] = {}
    for one in (entry(own, False) for own in objects.values()):
        path = vault.where(inbox.root, one.object)
        if path and one.disposition in ("KEEP", "FLAG"):
            found[one.study] = (*found.get(one.study, ()), path)
    return found
