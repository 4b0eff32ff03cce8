"""A web face for an inbox of its own, and bodies to send to it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from vivomap import serve
from vivomap.acquire.receive.part10 import header
from vivomap.store.inbox import Arrival, Inbox, System, open_inbox

from ..acquire.receive.conftest import EXPLICIT, ct, encoded

FREE = System(free=lambda _: 1 << 40)
KIND = 'multipart/related; type="application/dicom"; boundary=frontier'


def file(number: int, **how: object) -> bytes:
    ds = ct(number, **how)  # type: ignore[arg-type]
    return header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT) + encoded(ds)


def body(files: Sequence[bytes]) -> bytes:
    parts = [b"--frontier\r\nContent-Type: application/dicom\r\n\r\n" + one + b"\r\n" for one in files]
    return b"".join(parts) + b"--frontier--\r\n"


Listen = Callable[..., str]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return open_inbox(tmp_path, FREE)


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Starts a server for an inbox; gives the address of its DICOMweb services."""
    with contextlib.ExitStack() as open_:

        def call(inbox: Inbox, **how: object) -> str:
            def keep(came: serve.Came, content: Callable[[], Iterator[bytes]]) -> str:
                return inbox.keep(Arrival(*came), content).object[:12]

            deeds = serve.Deeds(keep, inbox.ready, lambda _: None, inbox.spool)
            server = serve.start(serve.application(replace(deeds, **how)), "127.0.0.1", 0)  # type: ignore[arg-type]
            open_.callback(server.drain)
            return f"http://127.0.0.1:{server.port}/dicom-web"

        yield call


def post(url: str, content: bytes, kind: str = KIND, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/studies", content=content, headers={"Content-Type": kind, **headers}, timeout=30)


def kept(inbox: Inbox) -> set[bytes]:
    return {inbox.path(e.object).read_bytes() for e in inbox.entries()}
