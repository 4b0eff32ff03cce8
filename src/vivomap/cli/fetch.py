"""The command that fetches studies from a PACS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import fetching, settings, witness
from vivomap.cli.pacs import SILENCE_S, Aet, LoginEnv, LoginFile, Plain, Silence, TlsCa, TlsCert, TlsKey, Way, Where
from vivomap.cli.talk import complain, counted, emit, manner, plan, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.pacs import Fetched, Pacs
    from vivomap.acquire.receive import Door

EXAMPLES = (
    "vivomap fetch dicom://PACS@127.0.0.1:4242 1.2.840.1.2 --dry-run",
    "vivomap fetch dicomweb+https://pacs.hospital/dicom-web --patient P-0417 --date 20260101- --modality CT",
)
PARTLY = 4  # exit code: something that was asked for did not come, or is held


@dataclass(frozen=True)
class Plan:
    """What is fetched from where, and how: a door means C-MOVE, no folder the inbox of the project."""

    pacs: Pacs
    door: Door | None
    out: Path | None
    tries: int


def fetch(
    pacs: Where,
    study: Annotated[list[str] | None, typer.Argument(help="Study Instance UIDs.", show_default=False)] = None,
    series: Annotated[str, typer.Option(help="Only this series of the study.")] = "",
    patient: Annotated[str, typer.Option(help="Every study of this patient id.")] = "",
    date: Annotated[str, typer.Option(help="Every study of a date YYYYMMDD, or of a range.")] = "",
    modality: Annotated[str, typer.Option(help="Every study with this modality.")] = "",
    how: Annotated[str, typer.Option(help="get, or move (the PACS must know --aet, this machine and --port).")] = "get",
    port: Annotated[int, typer.Option(help="Where we listen for C-MOVE.", min=0, max=65535)] = 11112,
    host: Annotated[str, typer.Option(help="The address on which we listen for C-MOVE.")] = "127.0.0.1",
    out: Annotated[Path | None, typer.Option(help="A folder for the files, in place of the project's inbox.")] = None,
    tries: Annotated[int, typer.Option(min=1, max=20, help="How often it is tried.")] = 3,
    aet: Aet = "VIVOMAP",
    plain: Plain = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_ca: TlsCa = None,
    login_file: LoginFile = None,
    login_env: LoginEnv = None,
    timeout: Silence = SILENCE_S,
) -> int:
    """Fetch studies from a PACS by C-GET, C-MOVE or WADO, into the project's inbox or a folder.

    Every object is kept byte for byte before the PACS is answered, then judged: what is not of the study asked for, or
    cannot be computed on, is held. Fetching the same again keeps nothing twice.
    """
    from vivomap.acquire.pacs import uid

    way = Way(aet, plain, tls_cert, tls_key, tls_ca, login_file, login_env, timeout)
    there = way.pacs(pacs)
    asked = Plan(there, _door(there, way, how, (host, port)), out, tries)
    if series and len(study or ()) != 1:
        raise Refusal("bad_setting", "a series needs the one study that it is part of", where="--series")
    named = [uid(one) for one in study or ()]
    studies = named or _found(there, patient, date, modality)
    place = str(out) if out else str(settings.project_folder() / "inbox")
    if manner().dry_run:
        plan(*(f"fetch study {one}{series and f', series {series}'} to {place}" for one in studies))
        return 0
    return _all(asked, [(one, uid(series) if series else "") for one in studies])


def _door(there: Pacs, way: Way, how: str, listen: tuple[str, int]) -> Door | None:
    """Where we listen, if by C-MOVE; beyond this machine encrypted, or on an explicit word."""
    from vivomap.acquire.pacs import WAYS, address
    from vivomap.acquire.receive import Certificates, Door, peer

    if how not in WAYS or (how == "move" and there.address.web):
        raise Refusal(
            "bad_setting", "this is no way to fetch from there", where="--how", expected="get, or move (DIMSE)"
        )
    if how == "get":
        return None
    host, port = listen
    secure = there.address.secure and way.tls_cert and way.tls_key and way.tls_ca
    address(f"dicom{'s' if secure else ''}://US@{f'[{host}]' if ':' in host else host}:{port or 1}", way.plain)
    files = Certificates(way.tls_cert, way.tls_key, way.tls_ca) if secure else None  # type: ignore[arg-type]
    title = there.address.title
    return Door(title=way.aet, host=host, port=port, allow=(peer(title),), idle_s=way.silence, certificates=files)


def _found(there: Pacs, patient: str, date: str, modality: str) -> list[str]:
    """The studies that a question finds. Raises Refusal `bad_setting` without one, `unknown_name` without an answer."""
    from vivomap.acquire.pacs import find, query

    asked = query("study", PatientID=patient, StudyDate=date, ModalitiesInStudy=modality)
    if not asked.keys:
        raise Refusal("bad_setting", "what is to be fetched?", where="STUDY", hint="give a study UID or --patient")
    witness.asked(there, asked)
    found = find(there, asked)
    if not found.rows:
        raise Refusal("unknown_name", "the PACS has no such study", where=str(there.address))
    return [row.said("StudyInstanceUID") for row in found.rows]


def _all(asked: Plan, wanted: list[tuple[str, str]]) -> int:
    told: list[dict[str, Any]] = []
    code = 0
    with _shelf(asked, frozenset(study for study, _ in wanted)) as (put, spool):
        for study, series in wanted:
            got, shelf, last = _one(asked, (study, series), put, spool)
            code = max(code, _told(asked, study, got, shelf, last))
            held = [{"object": one.name, "code": one.code} for one in shelf.held]
            counts = {"objects": len(shelf.placed), "again": shelf.before, "missing": len(got.missing), "held": held}
            told.append({"study": study, **counts, "troubles": list(got.troubles)})
            if last:
                break
    if manner().json and code != 5:
        emit("fetch", pacs=str(asked.pacs.address), studies=told)
    return code


@contextmanager
def _shelf(asked: Plan, studies: frozenset[str]) -> Iterator[tuple[fetching.Put, Path]]:
    from vivomap.acquire.receive import Validator
    from vivomap.store import open_project
    from vivomap.store.disk import make_folder
    from vivomap.store.inbox import open_inbox, system

    validator = Validator()
    try:
        if asked.out:
            make_folder(asked.out)
            yield fetching.into_folder(asked.out, validator), asked.out
            return
        inbox = open_inbox(open_project(settings.project_folder()).path, system())
        yield fetching.into_inbox(inbox, validator), inbox.spool
        witness.received(inbox, asked.pacs.title)
    finally:
        validator.close()


def _one(
    asked: Plan, wanted: tuple[str, str], put: fetching.Put, spool: Path
) -> tuple[Fetched, fetching.Shelf, Refusal | None]:
    """Fetch one study, again and again while the PACS is away or objects are missing, up to the tries."""
    from vivomap.acquire.pacs import Fetched
    from vivomap.acquire.pacs import fetch as ask
    from vivomap.acquire.receive import Deeds
    from vivomap.store.outbox import Patience

    shelf = fetching.Shelf(put, frozenset({wanted[0]}))
    deeds = Deeds(shelf.keep, lambda *_: False, lambda _: None, lambda said: None, spool)
    got, last, arrived = Fetched((), ()), None, dict[str, None]()
    for count in range(asked.tries):
        if count:
            time.sleep(Patience(1.0, 30.0).wait(count, 0.5))
        try:
            got, last = ask(asked.pacs, wanted, deeds, asked.door), None
        except Refusal as refusal:
            last = refusal
            if refusal.code != "receiver_away":
                break
            continue
        arrived |= dict.fromkeys(got.arrived)
        got = Fetched(got.wanted, tuple(arrived), got.troubles)
        if not got.missing:
            break
    return got, shelf, last


def _told(asked: Plan, study: str, got: Fetched, shelf: fetching.Shelf, last: Refusal | None) -> int:
    """Say what became of a study; gives the exit code. What goes to a folder is audited here, the inbox has its own."""
    if asked.out and shelf.classes:
        sop = [(sop_class, len(uids), tuple(uids)) for sop_class, uids in shelf.classes.items()]
        source, patient = asked.pacs.address.title or asked.pacs.address.host, next(iter(shelf.patients), "")
        witness.moved(source, witness.OURS, patient, study, sop)
    again = f", {shelf.before} of them here before" if shelf.before else ""
    show(f"study {study}: {counted(len(shelf.placed), 'object')} came{again}")
    for trouble in got.troubles:
        say(f"the PACS says: {trouble}")
    if last:
        return complain(last)
    if got.missing or not got.wanted:
        found = f"{len(got.wanted) - len(got.missing)} of {len(got.wanted)}; {'; '.join(got.troubles)}".rstrip("; ")
        refusal = Refusal("incomplete_fetch", "not every object of the study came", where=study, found=found)
        complain(refusal, heard=False)
    if shelf.held:
        say(f"{counted(len(shelf.held), 'object')} held: vivomap quarantine list")
    return PARTLY if got.missing or not got.wanted or shelf.held else 0
