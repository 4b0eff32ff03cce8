"""Files to send, a PACS to speak to, and servers that behave badly."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from vivomap.acquire.pacs import Limits, Pacs, address
from vivomap.acquire.receive import Deeds
from vivomap.acquire.receive.part10 import header

from ..receive.conftest import EXPLICIT, ct, encoded, needs

__all__ = ["needs"]
QUICK = Limits(idle_s=2.0, ask_s=8.0, fetch_s=20.0)


def part10(ds: Dataset) -> bytes:
    """A data set as a DICOM file, explicit little endian."""
    return header(ds.SOPClassUID, ds.SOPInstanceUID, EXPLICIT) + encoded(ds)


def file(folder: Path, ds: Dataset) -> Path:
    path = folder / f"{ds.SOPInstanceUID}.dcm"
    path.write_bytes(part10(ds))
    return path


def spoken(text: str, **limits: float) -> Pacs:
    """A PACS of this address that is waited for briefly."""
    return Pacs(address(text), limits=replace(QUICK, **limits))  # type: ignore[arg-type]


@pytest.fixture
def slices(tmp_path: Path) -> list[Path]:
    """Three CT slices of one study as files."""
    folder = tmp_path / "slices"
    folder.mkdir()
    return [file(folder, ct(k)) for k in (1, 2, 3)]


@dataclass
class Kept:
    """What was handed over, by SOP Instance UID."""

    folder: Path
    objects: dict[str, bytes] = field(default_factory=dict)
    senders: set[str] = field(default_factory=set)
    refuse: Exception | None = None

    @property
    def deeds(self) -> Deeds:
        def keep(came, content) -> str:
            if self.refuse:
                raise self.refuse
            self.objects[came.instance] = b"".join(content())
            self.senders.add(came.sender)
            return "kept"

        return Deeds(keep, lambda *_: False, lambda _: None, lambda _: None, self.folder)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "spool").mkdir()
    return Kept(tmp_path / "spool")


@dataclass
class Raw:
    """A server that answers each connection with the next of its answers, and remembers what it heard."""

    port: int
    heard: list[bytes] = field(default_factory=list)

    @property
    def web(self) -> str:
        return f"dicomweb+http://127.0.0.1:{self.port}/web"

    @property
    def dicom(self) -> str:
        return f"dicom://PACS@127.0.0.1:{self.port}"


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Starts a server of bytes: each answer is bytes, or a function that is given the connection."""
    over = threading.Event()
    doors: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(*answers: object) -> Raw:
        door = socket.create_server(("127.0.0.1", 0))
        door.settimeout(0.1)
        doors.append(door)
        made = Raw(door.getsockname()[1])

        def serve() -> None:
            left = list(answers)
            while not over.is_set():
                try:
                    line, _ = door.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                with closing(line):
                    line.settimeout(5)
                    answer = left.pop(0) if len(left) > 1 else left[0]
                    try:
                        made.heard.append(request(line))
                        answer(line) if callable(answer) else line.sendall(answer)  # type: ignore[arg-type]
                    except OSError:
                        made.heard.append(b"gone")

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return made

    yield start
    over.set()
    for door in doors:
        door.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def request(line: socket.socket) -> bytes:
    """One HTTP request with its body, or the first bytes of anything else."""
    said = b""
    while b"\r\n\r\n" not in said:
        piece = line.recv(65536)
        said += piece
        if not piece or not said[:1].isalpha():
            return said
    head, _, body = said.partition(b"\r\n\r\n")
    length = next((int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def http(body: bytes, kind: str = "application/dicom+json", status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer."""
    more = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
