"""The audit log: what is in it, whether it holds, its signed heads, and its way to an audit repository."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings
from vivomap.cli.group import group
from vivomap.cli.talk import counted, emit, manner, plan, say, show, table, unknown
from vivomap.cli.witness import doer, seal, witness
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.store.audit import Record

FORMS = ("dicom", "fhir", "json")
Patient = Annotated[str, typer.Option(help="One patient, by id.")]
Since = Annotated[str, typer.Option(help="From this day or moment on (UTC), ISO.")]
Code = Annotated[str, typer.Option(help="One kind of event, such as 110106.")]
Heads = Annotated[Path | None, typer.Option(help="The folder of signed heads (or the setting audit_heads).")]


def list_(
    patient: Patient = "",
    since: Since = "",
    code: Code = "",
    form: Annotated[str, typer.Option(help="dicom, fhir or json, one event on each line; else a table.")] = "",
) -> None:
    """What was done with whose data. Looking into the audit log is an event too."""
    project = _project()
    _known(form, ("", *FORMS))
    _looked(project)
    found = list(_chosen(project, patient, since, code))
    if manner().json:
        emit("audit", records=[_plain(record) for record in found])
    if form:
        for record in found:
            show(_written(record, form, project.name))
        return
    rows = [(str(r.seq), r.event.at[:19], *_told(r)) for r in found]
    table(rows, ("record", "at (UTC)", "event", "who", "patients", "outcome", "said"))
    say(counted(len(found), "record"))


def export(
    out: Annotated[Path, typer.Argument(help="A new folder.", show_default=False)],
    form: Annotated[str, typer.Option(help="dicom (one XML file each), fhir or json (one line each).")] = "dicom",
    patient: Patient = "",
    since: Since = "",
    code: Code = "",
) -> None:
    """Write events of the audit log to a folder, for whoever may see them."""
    from vivomap.store.disk import place as put

    project = _project()
    _known(form, FORMS)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refusal("folder_not_empty", "the output is there already", where=str(out), expected="a new folder")
    if manner().dry_run:
        return plan(f"write the audit log as {form} to {out}")
    _looked(project)
    found = [(record, _written(record, form, project.name)) for record in _chosen(project, patient, since, code)]
    files = {"audit.jsonl" if form == "json" else "audit.ndjson": "".join(f"{text}\n" for _, text in found)}
    if form == "dicom":
        files = {f"{record.seq:08}.xml": text for record, text in found}
    for name, text in files.items():
        put(out / name, lambda file, text=text: file.write(text.encode()))  # type: ignore[misc]
    if manner().json:
        emit("audit.export", folder=str(out), form=form, records=len(found))
    show(f"{counted(len(found), 'record')} written to {out}")


def verify(
    heads: Heads = None,
    public: Annotated[Path | None, typer.Option(help="The public key to trust (else those beside the heads).")] = None,
) -> None:
    """Prove the audit log: nothing edited, deleted, swapped, inserted or cut off. Exit code 8 if it does not hold."""
    from vivomap.store import audit

    project = _project()
    folder = heads or (Path(text) if (text := settings.value("audit_heads")[0]) else None)
    signed = audit.checked(folder, project.path, public) if folder else ()
    proof = audit.verify(project.path, signed)
    if manner().json:
        emit("audit.verify", records=proof.records, hash=proof.hash, heads=len(signed), signed=proof.signed)
    show(f"the audit log holds: {counted(proof.records, 'record')}, hash {proof.hash[:12]}")
    if signed:
        show(f"{counted(len(signed), 'signed head')}, the last of record {proof.signed}")
    else:
        show("no signed head: a cut tail, or a log that was made anew, cannot be seen")


def sign(
    heads: Heads = None,
    key: Annotated[Path | None, typer.Option(help="The private key, mode 0600 (or the setting audit_key).")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Make the key first; never over an old one.")] = False,
) -> None:
    """Sign the head of the log now, in a folder outside the project."""
    from vivomap.store import audit

    project = _project()
    known = seal()
    folder, file = heads or (known and known.folder), key or (known and known.key)
    if not folder or not file:
        hint = "give --heads and --key, or set audit_heads and audit_key"
        raise Refusal("bad_setting", "a signed head needs a folder and a key", where="the command line", hint=hint)
    if manner().dry_run:
        return plan(*([f"make the key {file}"] if new_key else []), f"sign the head of the audit log into {folder}")
    if new_key:
        audit.make_key(file)
    made = audit.sign(project.path, audit.Seal(folder, file))
    if manner().json:
        emit("audit.sign", seq=made.seq if made else None, key=made.key if made else None)
    show(f"head of record {made.seq} signed by key {made.key}" if made else "nothing new to sign")


def send(
    to: Annotated[str, typer.Option(help="syslogs://host:port: an audit repository, syslog over TLS.")],
    authorities: Annotated[Path | None, typer.Option(help="The certificates to trust, as one PEM file.")] = None,
    cert: Annotated[Path | None, typer.Option(help="Our certificate (PEM), where the receiver asks for it.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    trust_close: Annotated[bool, typer.Option("--trust-close", help="A close without goodbye is a yes.")] = False,
) -> None:
    """Send what the audit repository has not got; what it does not take stays for the next time."""
    from dataclasses import replace

    from vivomap.store.audit import syslog

    given = syslog.collector(to)
    for file in (authorities, cert, key):
        if file is not None and not file.is_file():
            raise Refusal("file_absent", "the file is not there", where=str(file))
    receiver = replace(given, authorities=authorities, own=cert, key=key, trust_close=trust_close)
    project = _project()
    if manner().dry_run:
        return plan(f"send {counted(syslog.pending(project.path, receiver), 'record')} to {receiver.name}")
    sent = syslog.send(project.path, receiver, project.name)
    if manner().json:
        emit("audit.send", to=receiver.name, sent=sent)
    show(f"{counted(sent, 'record')} taken by {receiver.name}")


def _project() -> Any:
    from vivomap.store import open_project

    return open_project(settings.project_folder(), create=False)


def _looked(project: Any) -> None:
    from vivomap.store.audit.kinds import log_used

    witness(log_used(doer(), "audit/log.jsonl"), folder=project.path)


def _chosen(project: Any, patient: str, since: str, code: str) -> Iterator[Record]:
    from vivomap.store.audit import records

    start = _moment(since)
    for record in records(project.path):
        event = record.event
        if (not patient or patient in event.of("patient")) and event.at >= start and code in ("", event.code):
            yield record


def _moment(text: str) -> str:
    """The moment as the log writes it: such texts sort by time."""
    try:
        found = datetime.datetime.fromisoformat(text) if text else datetime.datetime.min
    except ValueError:
        raise Refusal("bad_date", f"{text!r} is no day or moment", where="--since", expected="2026-03-01") from None
    return found.astimezone(datetime.UTC).isoformat(timespec="milliseconds")[:23] if found.tzinfo else found.isoformat()


def _known(form: str, forms: tuple[str, ...]) -> None:
    if form not in forms:
        raise unknown("a form of the audit log", form, forms[-len(FORMS) :])


def _written(record: Record, form: str, site: str) -> str:
    from vivomap.store.audit import dicom, fhir

    if form == "dicom":
        return dicom.message(record.event, site).decode().replace("?>\n", "?>", 1).replace("\n", "&#10;")
    data = fhir.resource(record, site) if form == "fhir" else _plain(record)
    return json.dumps(data, ensure_ascii=False)


def _plain(record: Record) -> dict[str, Any]:
    from vivomap.store.audit.event import plain

    return {"seq": record.seq, "hash": record.hash, "previous": record.previous, **plain(record.event)}


def _told(record: Record) -> tuple[str, str, str, str, str]:
    from vivomap.store.audit.event import KINDS, TYPES

    event = record.event
    what = f"{KINDS[event.code].title}{f': {TYPES[event.type]}' if event.type else ''}"
    who = next((a.user for a in event.actors if a.requestor), event.actors[0].user)
    ended = "done" if event.outcome == 0 else str(event.outcome)
    return what, who, ", ".join(event.of("patient")), ended, " ".join(event.said.split())


COMMANDS = (
    ("list", list_, ("vivomap audit list --patient P-0417", "vivomap audit list --since 2026-03-01 --form fhir")),
    ("export", export, ("vivomap audit export trail/", "vivomap audit export trail/ --form fhir --patient P-0417")),
    ("verify", verify, ("vivomap audit verify", "vivomap audit verify --heads heads/ --public audit.pub")),
    (
        "sign",
        sign,
        (
            "vivomap audit sign --heads heads/ --key audit.key --new-key",
            "vivomap audit sign --heads heads/ --key audit.key",
        ),
    ),
    (
        "send",
        send,
        (
            "vivomap audit send --to syslogs://audit.hospital:6514 --authorities ca.pem",
            "vivomap audit send --to syslogs://audit.hospital --dry-run",
        ),
    ),
)
audit = group("Who did what with whose data, and whether that record holds.", COMMANDS)
