"""The command that sends an assessment to the record or to a PACS, and only when asked."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import posting, settings, witness
from vivomap.cli.pacs import Aet, LoginEnv, LoginFile, Plain, TlsCert, TlsKey, Way
from vivomap.cli.talk import complain, emit, manner, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.mllp import Delivery

FAILED, AWAY = 4, 5
EXAMPLES = (
    "vivomap send 3f9a1c --to mllps://ris.hospital:6661 --dry-run",
    "vivomap send 3f9a1c --to dicom://PACS@127.0.0.1:4242 --form sr --form seg",
)
FORMS = ("sr", "seg")  # what goes to a PACS unless the caller names forms


def send(
    what: Annotated[
        str,
        typer.Argument(help="The id of an assessment (six digits or more), or a folder of DICOM.", show_default=False),
    ],
    to: Annotated[
        str,
        typer.Option(
            help="dicom(s)://AET@host:port, dicomweb+http(s)://host/path, mllp(s)://host:port, fhir+http(s)://host/path."
        ),
    ],
    form: Annotated[list[str] | None, typer.Option(help="DICOM forms for a PACS; sr and seg if none.")] = None,
    plain: Plain = False,
    authorities: Annotated[Path | None, typer.Option("--authorities", "--tls-ca", help="Trusted (PEM).")] = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    aet: Aet = "VIVOMAP",
    login_file: LoginFile = None,
    login_env: LoginEnv = None,
    facility: Annotated[str, typer.Option(help="Who sends (MSH-4).")] = "",
    receiver: Annotated[str, typer.Option(help="Who receives (MSH-5), or APPLICATION@FACILITY (MSH-6).")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="The printed report in the HL7 v2 message too.")] = False,
    tries: Annotated[int, typer.Option(min=1, max=20, help="How often it is tried.")] = 4,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=55, help="Seconds for one try, or of a PACS's silence.")
    ] = 20.0,
) -> int:
    """Send an assessment or a folder to a PACS, or an assessment to the record by HL7 v2 or FHIR; only when asked.

    To a PACS (C-STORE or STOW) or a FHIR server: through the queue of the project, each object once. What cannot be
    delivered now waits there: vivomap queue list, vivomap queue run.
    """
    if posting.lane(to) == "mllp":
        return _record(what, to, (plain, authorities), (facility, receiver, pdf), (tries, timeout))
    way = Way(aet, plain, tls_cert, tls_key, authorities, login_file, login_env, timeout)
    if posting.lane(to) == "fhir":
        return _bundle(what, posting.checked(to, plain, authorities), way, tries)
    return _pacs(what, to, tuple(form or FORMS), way, tries)


def _pacs(what: str, to: str, forms: tuple[str, ...], way: Way, tries: int) -> int:
    """Queue and send to a PACS."""
    from vivomap.cli import delivering
    from vivomap.store import open_project

    there = str(way.pacs(to).address)
    place = Path(what)
    if place.exists():
        items = delivering.of_files(place)
        if manner().dry_run:
            return _planned([f"send {item.path.name} to {there}" for item in items])
        return delivering.dispatch(delivering.Sending(items, there, way), tries)
    project = open_project(settings.project_folder(), create=False)
    whole = project.full_id(what)
    if manner().dry_run:
        return _planned([f"send {name} of {whole[:12]} to {there}" for name in dict.fromkeys(forms)])
    with delivering.scratch() as folder:
        items = delivering.of_assessment(project, whole, forms, Path(folder))
        patient = project.assessment(whole).study.patient
        sending = delivering.Sending(
            items, there, way, (patient,), lambda item: project.wrote(whole, item.origin.split()[0], item.path)
        )
        return delivering.dispatch(sending, tries)


def _bundle(what: str, to: str, way: Way, tries: int) -> int:
    """Queue and send to a FHIR server."""
    from vivomap.cli import delivering
    from vivomap.cli.report import filed
    from vivomap.store import open_project

    project = open_project(settings.project_folder(), create=False)
    told = filed(project, project.full_id(what))
    if manner().dry_run:
        return _planned([f"send the FHIR bundle of {what} to {to}"])
    with delivering.scratch() as folder:
        item = posting.item(told, to, Path(folder))
        return delivering.dispatch(delivering.Sending((item,), to, way, (told.assessment.study.patient,)), tries)


def _record(
    assessment: str,
    to: str,
    trust: tuple[bool, Path | None],
    names: tuple[str, str, bool],
    patience: tuple[int, float],
) -> int:
    """Send to the record as one HL7 v2 message."""
    from vivomap.cli.report import filed
    from vivomap.report import hl7, mllp
    from vivomap.store import open_project

    where = mllp.receiver(to, *trust)
    project = open_project(settings.project_folder(), create=False)
    whole = filed(project, project.full_id(assessment))
    application, _, theirs = names[1].partition("@")
    envelope = hl7.Envelope(datetime.datetime.now(datetime.UTC), names[0], application, theirs)
    told = hl7.enclosed(whole, project=settings.project_folder(), pdf=names[2])
    message, control = hl7.message(whole, envelope, told), hl7.control_id(whole.assessment, told)
    if manner().dry_run:
        return _planned([f"send message {control} to {to}"], message)
    witness.left(to, [whole.assessment.study.patient], "HL7 v2 message")
    return _told(to, control, mllp.send(message, where, mllp.Patience(*patience)))


def _planned(steps: list[str], message: str = "") -> int:
    """What a real run would do, and the message that it would send, where there is one."""
    lines = message.rstrip("\r").split("\r") if message else []
    if manner().json:
        emit("plan", steps=steps, **({"message": lines} if lines else {}))
    for step in steps:
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
