"""Images leave the house without the patient: de-identify a folder, or ask with the key who a pseudonym is."""

from __future__ import annotations

import datetime
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import counted, emit, manner, plan, progress, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.deidentify import Order, Summary

LISTED = 25  # held files that are told one by one
RESTRICTED = "110132"  # CID 403: use of a restricted function
PARTLY = 4  # exit code: done, but something was held (rule U3)

Folder = Annotated[Path | None, typer.Argument(help="The folder or file to de-identify.", show_default=False)]
Out = Annotated[Path | None, typer.Argument(help="A new folder for what may leave.", show_default=False)]
KeyFile = Annotated[Path, typer.Option("--key", help="The key file, mode 0600; the way back lies beside it.")]
Approve = Annotated[list[str], typer.Option(help="UID of an object, series or study that you looked at, or all.")]


def deid(
    source: Folder = None,
    out: Out = None,
    key: KeyFile = Path("deid.key"),
    new_key: Annotated[bool, typer.Option("--new-key", help="Make the key first; never over an old one.")] = False,
    purpose: Annotated[str, typer.Option(help="The project: another word, other pseudonyms and dates.")] = "",
    approve: Approve = [],  # noqa: B006 (typer copies it)
    reidentify: Annotated[str, typer.Option(help="Say who this pseudonym is; the question is recorded.")] = "",
    reason: Annotated[str, typer.Option(help="Why you ask, for the record.")] = "",
    by: Annotated[str | None, typer.Option(help="Who you are (or VIVOMAP_BY).")] = None,
) -> int:
    """De-identify images by DICOM PS3.15: names go, dates move, what measures stays."""
    from vivomap.acquire.deidentify import Order, deidentify, make_key, read_key

    who = settings.value("by", by)[0] or getpass.getuser()
    if reidentify:
        return _reidentify(key, reidentify, who, reason)
    if source is None or out is None:
        raise Refusal("bad_setting", "two folders are needed", where="the command line", expected="IN and OUT")
    if new_key and manner().dry_run:
        plan(f"make the key {key}, readable by you alone", f"de-identify {source} with it into {out}")
        return 0
    if new_key:
        make_key(key)
    order = Order((source,), out, read_key(key, purpose), key, frozenset(approve), who, manner().dry_run)
    why = f"de-identified by {who}, purpose {purpose or 'none'}"
    if not manner().dry_run:
        witness.left(str(out), (), f"begin: {why}")
    with progress("de-identifying") as told:
        summary = deidentify(order, told)
    if not manner().dry_run:
        witness.left(str(out), summary.whose, f"{counted(summary.objects, 'object')} {why}")
    return _told(order, summary)


def _told(order: Order, summary: Summary) -> int:
    """What was done and what was held; the exit code says whether something was."""
    held = [{"path": h.path, "code": h.code, "reason": h.reason} for h in summary.held]
    if manner().json:
        emit("deid", **summary.data(), dry_run=order.dry, held_files=held)
    done = f"{counted(summary.objects, 'object')} of {counted(summary.patients, 'patient')}"
    if order.dry:
        plan(f"write {done} to {order.out}") if not manner().json else None
    else:
        show(f"{done} de-identified in {order.out}")
        say(f"what was done, by attribute: {order.out / 'deid-report.txt'}")
    for h in summary.held[:LISTED]:
        show(f"held {h.path}: {h.code}, {h.reason}")
    if len(summary.held) > LISTED:
        show(f"held {len(summary.held) - LISTED} more; --json lists all")
    if not summary.ocr:
        say("text in pixels was not looked for: the program tesseract is not installed")
    if not summary.objects and held:
        return 3
    return PARTLY if held else 0


def _reidentify(key_file: Path, pseudonym: str, who: str, reason: str) -> int:
    """Who a pseudonym is; the question is written down before it is answered."""
    from vivomap.acquire.deidentify import read_key
    from vivomap.acquire.deidentify import reidentify as ask
    from vivomap.store import open_project

    if manner().dry_run:
        plan(f"record that {who} asks who {pseudonym} is", "answer")
        return 0
    open_project(settings.project_folder(), create=False)  # no question without an audit log
    witness.alerted(RESTRICTED, pseudonym, f"re-identification: {reason or 'no reason given'}", who)
    when = datetime.datetime.now(datetime.UTC)
    found = ask(key_file, read_key(key_file), pseudonym, (who, reason, when))
    if manner().json:
        emit("deid.reidentify", pseudonym=pseudonym, kind=found.kind, original=found.original, days=found.days)
    issuer = f" of {found.issuer}" if found.issuer and found.kind == "patient" else ""
    show(f"{pseudonym} is the {found.kind} {found.original}{issuer}")
    if found.days is not None:
        show(f"its dates were moved back by {counted(found.days, 'day')}")
    return 0
