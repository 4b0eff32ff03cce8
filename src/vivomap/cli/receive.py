"""Be sent to: `vivomap receive` keeps what PACS and scanners send, until it is told to stop."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.stopping import Stop, stoppable, wait
from vivomap.cli.talk import complain, counted, emit, manner, plan, say
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.receive import Arrived, Door
    from vivomap.store.inbox import Inbox

UNHEALTHY = 5  # exit code: stopped by a failing disk; start again when it is well


def receive(
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)] = 11112,
    aet: Annotated[str, typer.Option(help="Our AE title.")] = "VIVOMAP",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    allow: Annotated[list[str] | None, typer.Option(help="A sender: AET or AET@IP; may repeat.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Our certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    tls_ca: Annotated[Path | None, typer.Option(help="Who signs the senders' certificates (PEM).")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Listen beyond this machine without TLS.")] = False,
    largest: Annotated[int, typer.Option(help="The largest object taken in, in MB.", min=1)] = 4096,
    reserve: Annotated[int, typer.Option(help="Disk space left free, in MB.", min=0)] = 512,
    web: Annotated[int | None, typer.Option(help="Also take STOW-RS on this port; 0 a free one.", max=65535)] = None,
    idle: Annotated[int, typer.Option(help="Seconds after which a silent sender is let go.", min=1)] = 60,
) -> int:
    """Keep every object that is sent, byte for byte, and put what cannot be computed on into quarantine.

    An object is acknowledged only when it is on the disk. SIGTERM or Ctrl-C finishes what is coming in; exit code 0.
    """
    from vivomap.acquire.receive import Door, peer

    door = Door(
        title=aet,
        host=host,
        port=port,
        allow=tuple(peer(text) for text in allow or ()),
        largest=largest << 20,
        idle_s=float(idle),
        certificates=_certificates(tls_cert, tls_key, tls_ca),
    )
    _careful(door, plain)
    if manner().dry_run:
        also = [f"take STOW-RS on {host}:{web}"] if web is not None else []
        plan(f"listen on {host}:{port} as {aet}", *also, f"keep what arrives in {settings.project_folder() / 'inbox'}")
        return 0
    return _run(door, reserve << 20, web)


def _certificates(own: Path | None, key: Path | None, authority: Path | None) -> Any:
    from vivomap.acquire.receive import Certificates

    if own and key and authority:
        return Certificates(own, key, authority)
    if own or key or authority:
        raise Refusal("bad_setting", "TLS needs a certificate, its key and an authority", where="--tls-cert")
    return None


def _careful(door: Door, plain: bool) -> None:
    """Beyond this machine: encrypted or on an explicit word, and only for senders that are named."""
    try:
        near = door.host == "localhost" or ipaddress.ip_address(door.host).is_loopback
    except ValueError:
        near = False
    if near:
        return
    if door.certificates is None and not plain:
        raise Refusal("bad_setting", "this would listen without TLS", where="--host", hint="give --tls-cert or --plain")
    if not door.allow:
        raise Refusal("bad_setting", "this would listen to anyone", where="--host", hint="name each sender: --allow")


def _run(door: Door, reserve: int, web: int | None) -> int:
    from vivomap.acquire.receive import Deeds, start
    from vivomap.store import open_project
    from vivomap.store.inbox import open_inbox, system

    inbox = open_inbox(open_project(settings.project_folder()).path, system(), reserve)
    stop: Stop = SimpleQueue()
    news = threading.Event()
    keep = _keep(inbox, stop, news)
    with inbox.receiving() as (swept, found), stoppable(stop), _judging(inbox, news):
        if swept or found:
            say(f"after a crash: {counted(swept, 'unfinished file')} removed, {counted(found, 'object')} put on record")
        receiver = start(door, Deeds(keep, inbox.committed, inbox.system.after, say, inbox.spool))
        with _web(door, web, inbox, keep):
            witness.service("vivomap receive", True, inbox.root)
            say(f"listening on {door.host}:{receiver.port} as {door.title}")
            wait(stop)
            say("finishing what is coming in")
        receiver.drain()
        witness.service("vivomap receive", False, inbox.root)
    answers = {f"{status:04X}H": count for status, count in sorted(receiver.answers.items())}
    if manner().json:
        emit("receive", answers=answers)
    say(f"stopped; answered {', '.join(f'{count} x {status}' for status, count in answers.items()) or 'nothing'}")
    if inbox.broken:
        complain(inbox.broken[0], heard=False)
        return UNHEALTHY
    return 0


def _keep(inbox: Inbox, stop: Stop, news: threading.Event) -> Callable[[Arrived, Any], str]:
    """The deed that the receiver is handed: make it durable, wake the validator, stop on a failing disk."""
    from vivomap.store.inbox import Arrival

    def keep(came: Arrived, content: Any) -> str:
        try:
            kept = inbox.keep(Arrival(*came), content)
        finally:
            if inbox.broken:
                stop.put(None)
        news.set()
        word = "again" if kept.again else "kept, uid_conflict" if kept.conflict else "kept"
        return f"{word} {kept.object[:12]}"

    return keep


@contextmanager
def _web(door: Door, port: int | None, inbox: Inbox, keep: Callable[..., str]) -> Iterator[None]:
    """The time in which STOW-RS is answered too, where it was asked for, for the same machines."""
    if port is None:
        yield
        return
    try:
        from vivomap import serve
    except ImportError as error:
        hint = "pip install 'vivomap[serve]'"
        raise Refusal("library_absent", "the web needs a library", found=str(error.name), hint=hint) from error
    may = tuple(p.address for p in door.allow if p.address)
    deeds = serve.Deeds(keep, inbox.ready, say, inbox.spool, may, door.largest)
    shield = door.certificates
    files = serve.Certificates(shield.own, shield.key, shield.authority) if shield else None
    server = serve.start(serve.application(deeds), door.host, port, files)
    say(f"taking STOW-RS on {'https' if shield else 'http'}://{door.host}:{server.port}/dicom-web")
    try:
        yield
    finally:
        server.drain()


@contextmanager
def _judging(inbox: Inbox, news: threading.Event) -> Iterator[None]:
    """Look at what has been kept, beside the receiving; what is left at the end is looked at on the next start."""
    from vivomap.acquire.receive import Validator

    over, validator = threading.Event(), Validator()

    def work() -> None:
        while True:
            news.clear()
            if over.is_set():  # asked after the clearing, so that the last news cannot be cleared away unseen
                return
            try:
                judge(inbox, validator, over)
            except Refusal as refusal:
                say(f"not judged yet, {refusal.code}: {refusal.summary}")
                over.wait(1.0)
            news.wait()

    thread = threading.Thread(target=work)
    news.set()
    thread.start()
    try:
        yield
    finally:
        over.set()
        news.set()
        thread.join()
        validator.close()


def judge(inbox: Inbox, validator: Any, over: threading.Event | None = None) -> int:
    """Give every object that waits its verdict; gives how many are held."""
    from vivomap.store.inbox import Judgement

    held = 0
    while waiting := inbox.unjudged():
        looked = []
        for row in waiting:
            if over is not None and over.is_set():
                return held
            found = validator.look(inbox.path(row.object), row.instance, row.said("sop_class"))
            looked.append((row, Judgement(*found)))
        for row, said in zip(waiting, inbox.judge(looked), strict=True):
            if said.disposition == "HOLD":
                held += 1
                say(f"held {row.object[:12]}, {said.code}: {said.reason}")
        witness.received(inbox)
    return held
