"""Ways to entries of a ledger: by id, by the beginning of an id, by what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from vivomap.core import Refusal
from vivomap.store import vault
from vivomap.store.database import asking, broken, entries, names
from vivomap.store.ledger import Row, walk
from vivomap.store.records import Entry, digest

VAULT = "vault"
WHERE = "the ids of a patient's assessments are in `vivomap history`"
PREFIX = re.compile(r"[0-9a-f]{6,64}")
SHOWN = 5  # how many of several candidates a message names


@dataclass(frozen=True)
class Found:
    """What an id stands for: its kind, whole id and noun, and the assessment it belongs to ("" for a study)."""

    kind: str
    id: str
    noun: Any
    assessment: str


def entry_of(row: Row, folder: Path) -> Entry:
    """A row as an entry. Raises Refusal `broken_chain` if its body is not the one that was recorded."""
    if not isinstance(row.body, str) or digest(row.body) != row.id:
        raise broken("the body was edited", folder, row=row.seq, expected=row.id[:12])
    return Entry(row.seq, row.kind, row.id, row.recorded_at, row.body, partial(vault.fetch, folder / VAULT))


def every(folder: Path) -> Iterator[Entry]:
    """Every entry from the first, the chain proved on the way."""
    return (entry_of(row, folder) for row in walk(folder))


def chosen(folder: Path, *where: ColumnElement[bool]) -> tuple[Entry, ...]:
    """The entries that fulfil all conditions, in the order of the ledger."""
    with asking(folder) as connection:
        rows = connection.execute(select(entries).where(*where).order_by(entries.c.seq)).all()
    return tuple(entry_of(Row(*row), folder) for row in rows)


def by_id(folder: Path, name: str, kind: str) -> tuple[Entry, ...]:
    """The entry of a kind with this whole id, or none."""
    return chosen(folder, entries.c.id == name, entries.c.kind == kind)


def of_kind(folder: Path, kind: str) -> tuple[Entry, ...]:
    """Every entry of a kind, in the order of the ledger."""
    return chosen(folder, entries.c.kind == kind)


def naming(folder: Path, role: str, name: str, *kinds: str) -> tuple[Entry, ...]:
    """The entries of some kinds that name something, in the order of the ledger."""
    return chosen(folder, entries.c.seq.in_(_seqs(role, name)), entries.c.kind.in_(kinds))


def line(folder: Path, role: str, name: str) -> tuple[Entry, ...]:
    """The assessments that name a patient or a course, and what supersedes them, in the order of the ledger."""
    mine = select(entries.c.id).where(entries.c.seq.in_(_seqs(role, name)), entries.c.kind == "assessment")
    superseding = select(names.c.seq).where(names.c.role == "about", names.c.name.in_(mine))
    of_mine = (entries.c.kind == "assessment") & entries.c.seq.in_(_seqs(role, name))
    return chosen(folder, of_mine | ((entries.c.kind == "supersedes") & entries.c.seq.in_(superseding)))


def listed(folder: Path, role: str) -> tuple[str, ...]:
    """Every name of a role, in alphabetical order."""
    with asking(folder) as connection:
        found = connection.execute(select(names.c.name).where(names.c.role == role).distinct().order_by(names.c.name))
        return tuple(found.scalars())


def whole(folder: Path, prefix: str, kind: str) -> str:
    """The one id of a kind that begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
    start = _proper(prefix)
    with asking(folder) as connection:
        within = select(entries.c.id).where(_begins(entries.c.id, start), entries.c.kind == kind).distinct()
        return _the_one(start, sorted(connection.execute(within).scalars()), kind)


def find(folder: Path, prefix: str) -> Found:
    """The claim, array or entry whose id begins so. Raises Refusal `unknown_name` or `ambiguous_name`."""
    start = _proper(prefix)
    entry_ids = select(entries.c.id).where(_begins(entries.c.id, start))
    inner = select(names.c.name).where(_begins(names.c.name, start), names.c.role.in_(("claim", "array")))
    with asking(folder) as connection:
        ids = set(connection.execute(entry_ids).scalars()) | set(connection.execute(inner).scalars())
    name = _the_one(start, sorted(ids), "thing on record")
    own = chosen(folder, entries.c.id == name)
    if own:
        return Found(own[0].kind, name, own[0].noun, _belongs(own[0]))
    holders = naming(folder, "claim", name, "assessment")
    if holders:
        return Found("claim", name, holders[0].claim(name), holders[0].id)
    holders = naming(folder, "array", name, "assessment") or naming(folder, "array", name, "study")
    return Found("array", name, _holder(holders[0].noun, name), _belongs(holders[0]))


def _seqs(role: str, name: str) -> Select[tuple[int]]:
    return select(names.c.seq).where(names.c.role == role, names.c.name == name)


def _begins(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """A range, which an index serves: every hexadecimal digit sorts before "g"."""
    return (column >= start) & (column < start + "g")


def _proper(prefix: str) -> str:
    start = prefix.lower()
    if not PREFIX.fullmatch(start):
        summary, expected = f"{prefix!r} is not the beginning of an id", "6 to 64 hexadecimal digits"
        raise Refusal("unknown_name", summary, expected=expected, hint=WHERE)
    return start


def _the_one(start: str, ids: list[str], kind: str) -> str:
    if not ids:
        raise Refusal("unknown_name", f"no {kind} has an id that begins with {start}", hint=WHERE)
    if len(ids) > 1:
        shown = ", ".join(i[: len(start) + 6] for i in ids[:SHOWN])
        raise Refusal("ambiguous_name", f"{len(ids)} ids begin with {start}", found=shown, expected="more digits")
    return ids[0]


def _belongs(entry: Entry) -> str:
    """The id of the assessment that an entry is, or is about."""
    if entry.kind == "assessment":
        return entry.id
    return str(entry.data.get("assessment", entry.data.get("new", "")))


def _holder(value: Any, name: str) -> Any:
    """The image, region or other noun that holds the array of a digest, innermost first."""
    parts = (
        value if isinstance(value, tuple) else [getattr(value, f) for f in getattr(value, "__dataclass_fields__", ())]
    )
    for part in parts:
        if getattr(getattr(part, "voxels", None) or getattr(part, "mask", None), "digest", "") == name:
            return part
        inner = _holder(part, name) if isinstance(part, tuple) or hasattr(part, "__dataclass_fields__") else None
        if inner is not None:
            return inner
    return None
