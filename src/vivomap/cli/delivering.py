"""What is queued for a PACS, and how the queue is emptied: the outbox is handed the network here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vivomap.cli import posting, settings, witness
from vivomap.cli.pacs import Way, way
from vivomap.cli.talk import complain, counted, emit, manner, say, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.pacs import Parcel
    from vivomap.store import Project
    from vivomap.store.outbox import Added, Delivery, Item, Outbox, Outcome

PARTLY, AWAY = 4, 5
THERE = "already_there"  # the PACS has it, though we never heard so
QUICK_S = 1.0  # before the second try of one command; the queue itself waits longer


@dataclass(frozen=True)
class Sending:
    """What goes where: the items, the address in its one form, how it is spoken to, the patients it is about.

    `wrote` is told of each item that is new in the queue.
    """

    items: tuple[Item, ...]
    destination: str
    way: Way
    patients: tuple[str, ...] = ()
    wrote: Callable[[Item], object] = lambda item: None


def outbox(create: bool = False) -> Outbox:
    """The outbox of the project of this call. Raises Refusal `not_a_project` unless one may be made."""
    from vivomap.store import open_project
    from vivomap.store.outbox import open_outbox

    return open_outbox(open_project(settings.project_folder(), create=create).path)


def deliver(box: Outbox, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Outcome]]:
    """Send deliveries of one destination, by the lane that it is for."""
    to_pacs = posting.lane(deliveries[0].destination) == "pacs"
    return (_to_pacs if to_pacs else posting.deliver)(box, deliveries)


def _to_pacs(box: Outbox, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Outcome]]:
    """Send to a PACS; one in doubt is asked for first, so that it is not delivered twice."""
    from vivomap.acquire.pacs import holds, parcel, send
    from vivomap.store.outbox import Outcome

    there = way(deliveries[0].way).pacs(deliveries[0].destination)
    parcels: dict[Path, tuple[Parcel, Delivery]] = {}
    for one in deliveries:
        made = parcel(box.path(one))
        if one.doubt and holds(there, made):
            yield one, Outcome("sent", THERE)
        else:
            parcels[made.path] = made, one
    if not parcels:
        return
    sent: dict[str, list[tuple[str, str]]] = {}
    for made, answer in send(there, [p for p, _ in parcels.values()]):
        yield parcels[made.path][1], Outcome(*answer)
        if answer.state == "sent":
            sent.setdefault(made.study, []).append((made.sop_class, made.instance))
    title = there.address.title or there.address.host
    for study, pairs in sent.items():
        by_class = {c: tuple(i for k, i in pairs if k == c) for c, _ in pairs}
        witness.moved(witness.OURS, title, "", study, [(c, len(i), i) for c, i in by_class.items()])


def enqueue(box: Outbox, sending: Sending) -> list[Added]:
    """Put everything in the queue; what is there already is not added. The audit is told before."""
    what = "DICOM objects to a PACS" if posting.lane(sending.destination) == "pacs" else "a report to the record"
    witness.left(sending.destination, sending.patients, what)
    added = []
    for item in sending.items:
        added.append(box.add(item, sending.destination, sending.way.text()))
        if not added[-1].again:
            sending.wrote(item)
    return added


def dispatch(sending: Sending, tries: int) -> int:
    """Queue everything, then send it at once, some times over; what stays is sent by `vivomap queue run`."""
    from vivomap.store.outbox import Patience, run

    box = outbox(create=True)
    added = enqueue(box, sending)
    ids = [a.delivery.id for a in added]
    for count in range(tries):
        if count:
            time.sleep(Patience(QUICK_S, 30.0).wait(count, 0.5))
        run(box, lambda them: deliver(box, them), ids, force=True)
        standing = [d for d in box.deliveries() if d.id in set(ids)]
        if all(d.state not in ("waiting", "sending") for d in standing):
            break
    again = {a.delivery.id for a in added if a.again and a.delivery.state == "sent"}
    return told(box, standing, again)


def listed(box: Outbox, standing: Sequence[Delivery]) -> None:
    """Show deliveries as they stand."""
    now = box.clock()
    if manner().json:
        emit("queue", deliveries=[plain(d, now) for d in standing])
    table([_row(d, now) for d in standing], ("id", "what", "to", "state", "tries", "age", "next", "answer"))


def told(box: Outbox, standing: Sequence[Delivery], again: set[str] | frozenset[str] = frozenset()) -> int:
    """Show deliveries as they stand; gives the exit code: 4 if one was refused, 5 if one still waits."""
    listed(box, standing)
    if again:
        say(f"{counted(len(again), 'object')} delivered before, and not sent again")
    waits = [d for d in standing if d.state in ("waiting", "sending")]
    bad = [d for d in standing if d.state == "refused"]
    code = 0
    if bad:
        found = ", ".join(dict.fromkeys(f"{d.code} {d.said}".strip() for d in bad))
        summary = f"the PACS refused {counted(len(bad), 'object')}"
        complain(Refusal("not_delivered", summary, where=bad[0].destination, found=found), heard=False)
        code = PARTLY
    if waits:
        last = next((d for d in waits if d.code), waits[0])
        summary = f"{counted(len(waits), 'object')} not delivered yet, and kept in the queue"
        known = last.code if last.code in LASTING else "receiver_away"
        hint = "vivomap queue run sends what is due"
        refusal = Refusal(known, summary, where=last.destination, found=f"{last.code} {last.said}".strip(), hint=hint)
        complain(refusal, heard=False)
        code = AWAY
    return code


LASTING = ("association_rejected", "tls_failed", "login_refused", "answer_distrusted", "bad_setting", "login_open")


def plain(one: Delivery, now: float) -> dict[str, Any]:
    """A delivery as a JSON object; without the way, which says where secrets lie."""
    names = ("id", "destination", "origin", "sop_class", "instance", "study", "bytes", "state", "tries", "code", "said")
    times = {"age_s": round(one.age(now), 1), "next_s": round(max(0.0, one.next_at - now), 1), "doubt": one.doubt}
    return {**{name: getattr(one, name) for name in names}, **times}


def _row(one: Delivery, now: float) -> tuple[str, ...]:
    wait = spell(max(0.0, one.next_at - now)) if one.state == "waiting" else ""
    answer = f"{one.code} {one.said}".strip()
    return (one.id, one.origin, one.destination, one.state, str(one.tries), spell(one.age(now)), wait, answer)


def spell(seconds: float) -> str:
    """A time as a person says it: 12 s, 5 min, 3 h, 2 d."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def of_assessment(project: Project, whole: str, forms: Sequence[str], folder: Path) -> tuple[Item, ...]:
    """The forms of an assessment as items; they are DICOM, or cannot go to a PACS. Raises Refusal `unknown_name`."""
    from vivomap.acquire.pacs import parcel
    from vivomap.cli.report import filed
    from vivomap.report.forms import forms as every
    from vivomap.report.forms import put
    from vivomap.store.outbox import Item

    known = {name: form for name, form in every().items() if form.suffix == "dcm"}
    for name in forms:
        if name not in known:
            raise Refusal("unknown_name", f"no DICOM form {name!r} can go to a PACS", expected=", ".join(known))
    made = []
    for name, path in put(filed(project, whole), forms, folder):
        p = parcel(path)
        made.append(Item(path, p.sop_class, p.instance, p.study, p.series, f"{name} of {whole[:12]}"))
    return tuple(made)


def of_files(place: Path) -> tuple[Item, ...]:
    """The DICOM files of a folder, or one file, as items; others are passed over. Raises Refusal `empty_folder`."""
    from vivomap.acquire.pacs import parcel
    from vivomap.store.outbox import Item

    paths = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file() and not p.is_symlink())
    made = []
    for path in paths:
        try:
            p = parcel(path)
        except Refusal as refusal:
            say(f"passed over {path.name}, {refusal.code}: {refusal.summary}")
            continue
        made.append(Item(path, p.sop_class, p.instance, p.study, p.series, "file"))
    if not made:
        raise Refusal("empty_folder", "there is no DICOM file to send", where=str(place))
    return tuple(made)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for forms on their way into the queue, private to this user."""
    return tempfile.TemporaryDirectory(prefix="vivomap-")
