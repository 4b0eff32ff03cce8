"""Whether the audit log is what was written: an edit, deletion, swap, insertion or cut tail is found and named.

The chain alone shows the first four unless everything behind the place was made anew; that, and a cut tail, is shown by
a head that was signed before and kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vivomap.core import Refusal
from vivomap.store.audit.heads import Head
from vivomap.store.audit.log import GENESIS, Record, lines, link, place, read


@dataclass(frozen=True)
class Proof:
    """A log that holds: how many records, the hash of the last, how far signed heads reach (0: there are none)."""

    records: int
    hash: str
    signed: int


def verify(project: Path, heads: Sequence[Head] = ()) -> Proof:
    """Prove every record, and every signed head that was kept. Raises Refusal `audit_broken` naming the record."""
    signed = {head.seq: head for head in heads}
    seq, previous = 0, GENESIS
    for record in _parsed(project):
        _follows(record, seq, previous, project)
        head = signed.get(record.seq)
        if head is not None and head.hash != record.hash:
            said = "the chain was made anew at or before this record: the head that was signed has another hash"
            raise broken(project, record.seq, said, record.hash[:12], head.hash[:12])
        seq, previous = record.seq, record.hash
    for head in heads:
        if head.seq > seq:
            said = f"records {seq + 1} to {head.seq} are cut off at the end"
            raise broken(project, seq + 1, said, f"{seq} records", f"{head.seq} records")
    return Proof(seq, previous, max(signed, default=0))


def _parsed(project: Path) -> Iterator[Record]:
    for number, data in enumerate(lines(project), 1):
        try:
            yield read(data)
        except (ValueError, KeyError, TypeError):
            raise broken(project, number, "a line was edited or inserted: it is no record of ours") from None


def _follows(record: Record, seq: int, previous: str, project: Path) -> None:
    due = seq + 1
    if record.seq > due:
        later = any(other.seq == due for other in _parsed(project))
        what = "swapped with another" if later else "deleted"
        raise broken(project, due, f"record {due} is {what}", f"record {record.seq} follows", f"record {due}")
    if record.seq < due:
        raise broken(project, record.seq, "the record is there twice or was inserted", f"after record {seq}")
    if link(record.seq, record.previous, record.event) != record.hash:
        raise broken(project, record.seq, "the record was edited, inserted or has another number than it was given")
    if record.previous != previous:
        said = "the record does not follow the one before it: inserted, or one of the two was replaced"
        raise broken(project, record.seq, said, record.previous[:12], previous[:12])


def broken(project: Path, record: int, summary: str, found: str = "", expected: str = "") -> Refusal:
    """The refusal of a log that does not hold, with the record where it broke."""
    computed = f"records 1 to {record - 1} are whole" if record > 1 else ""
    where = f"{place(project)}, record {record}"
    return Refusal("audit_broken", summary, where=where, found=found, expected=expected, computed=computed)
