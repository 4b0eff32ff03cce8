"""The command that sends an assessment to the record, and only when asked."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings
from vivomap.cli.talk import complain, emit, manner, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.mllp import Delivery

FAILED, AWAY = 4, 5
EXAMPLES = (
    "vivomap send 3f9a1c --to mllps://ris.hospital:6661 --dry-run",
    "vivomap send 3f9a1c --to mllp://127.0.0.1:2575 --receiver RIS@HOSPITAL",
)


def send(
    assessment: Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)],
    to: Annotated[str, typer.Option(help="mllps://host:port with TLS, or mllp://host:port.")],
    plain: Annotated[bool, typer.Option("--plain", help="Send without TLS to another machine.")] = False,
    authorities: Annotated[Path | None, typer.Option(help="The certificates to trust, as one PEM file.")] = None,
    facility: Annotated[str, typer.Option(help="Who sends (MSH-4).")] = "",
    receiver: Annotated[str, typer.Option(help="Who receives (MSH-5), or APPLICATION@FACILITY (MSH-6).")] = "",
    tries: Annotated[int, typer.Option(min=1, max=20, help="How often it is tried.")] = 4,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one try.")] = 20.0,
) -> int:
    """Send an assessment to the record as an HL7 v2 message; nothing is ever sent without this command."""
    from vivomap.cli.report import filed
    from vivomap.report import hl7, mllp
    from vivomap.store import open_project

    where = mllp.receiver(to, plain, authorities)
    project = open_project(settings.project_folder(), create=False)
    whole = filed(project, project.full_id(assessment))
    application, _, theirs = receiver.partition("@")
    envelope = hl7.Envelope(datetime.datetime.now(datetime.UTC), facility, application, theirs)
    message, control = hl7.message(whole, envelope), hl7.control_id(whole.assessment)
    if manner().dry_run:
        return _planned(f"send message {control} to {to}", message)
    return _told(to, control, mllp.send(message, where, mllp.Patience(tries, timeout)))


def _planned(step: str, message: str) -> int:
    """What a real run would do, and the message that it would send."""
    lines = message.rstrip("\r").split("\r")
    if manner().json:
        emit("plan", steps=[step], message=lines)
    show(f"would {step}")
    for line in lines:
        show(line)
    return 0


def _told(to: str, control: str, delivery: Delivery) -> int:
    """What became of the message; gives the exit code."""
    if delivery.state == "taken":
        if manner().json:
            emit("send", to=to, message=control, **delivery._asdict())
        show(f"message {control} taken by {to} ({delivery.code}) after {_times(delivery)}")
        return 0
    told = f"; {delivery.said}" if delivery.said else ""
    if delivery.state == "refused":
        summary = f"the receiver refused message {control}"
        complain(Refusal("message_refused", summary, where=to, found=f"{delivery.code}{told}", expected="AA or CA"))
        return FAILED
    summary = f"message {control} was not acknowledged after {_times(delivery)}"
    complain(Refusal("receiver_away", summary, where=to, found="; ".join(delivery.tries), expected="an answer"))
    return AWAY


def _times(delivery: Delivery) -> str:
    return "1 try" if len(delivery.tries) == 1 else f"{len(delivery.tries)} tries"
