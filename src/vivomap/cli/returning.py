"""Where the results of a watched study go: the destinations of a route, checked at the start, served by the queue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from vivomap.cli import delivering, posting
from vivomap.cli.pacs import Way, way
from vivomap.cli.talk import say
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.routes import Routes, Send
    from vivomap.store import Project
    from vivomap.store.outbox import Item

USUAL = ("sr", "seg")  # what goes to a PACS unless the rule names forms


def _way(send: Send) -> Way:
    return way(json.dumps(dict(send.how)))


def checked(rules: Routes) -> None:
    """Raises Refusal if a destination or a form of a route cannot be, before anything is watched."""
    from vivomap.report.forms import forms

    dicom = sorted(name for name, form in forms().items() if form.suffix == "dcm")
    for send in (send for route in rules.routes for send in route.sends):
        how, known = _way(send), dicom
        if posting.lane(send.to) == "pacs":
            how.pacs(send.to)
        else:
            known = []
            posting.checked(send.to, how.plain, how.tls_ca)
        strange = sorted(set(send.forms) - set(known))
        if strange:
            expected = ", ".join(known) or "no forms: the record takes its own"
            raise Refusal("unknown_name", "this form cannot go there", found=strange[0], expected=expected)


def enqueue(folder: Path, whole: str, send: Send) -> None:
    """Put what an assessment is for a destination in the queue; what is there already is not added."""
    from vivomap.store import open_project
    from vivomap.store.outbox import open_outbox

    project, how = open_project(folder), _way(send)
    to_pacs = posting.lane(send.to) == "pacs"
    there = str(how.pacs(send.to).address) if to_pacs else send.to
    with delivering.scratch() as place:
        items = _objects(project, whole, send, Path(place)) if to_pacs else _record(project, whole, send, Path(place))
        patient = project.assessment(whole).study.patient
        delivering.enqueue(open_outbox(folder), delivering.Sending(items, there, how, (patient,)))


def _objects(project: Project, whole: str, send: Send, place: Path) -> tuple[Item, ...]:
    """The DICOM forms for a PACS; one that cannot hold this assessment is told, and the others go."""
    made: list[Item] = []
    for form in send.forms or USUAL:
        try:
            made += delivering.of_assessment(project, whole, (form,), place / form)
        except Refusal as refusal:
            say(f"{form} of {whole[:12]} not sent, {refusal.code}: {refusal.summary}")
    return tuple(made)


def _record(project: Project, whole: str, send: Send, place: Path) -> tuple[Item, ...]:
    from vivomap.cli.report import filed

    return (posting.item(filed(project, whole), send.to, place),)


def sent(folder: Path) -> None:
    """Send what is due; what cannot go now waits in the queue, with its age and its reason."""
    from vivomap.store.outbox import open_outbox, run

    box = open_outbox(folder)
    for after in run(box, lambda them: delivering.deliver(box, them)):
        reason = f", {after.code}" if after.code and after.state != "sent" else ""
        say(f"{after.origin} to {after.destination}: {after.state}{reason}")
