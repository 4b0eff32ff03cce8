"""The record of the show: it takes messages by MLLP and bundles by FHIR, acknowledges each, and keeps it as a file."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BEGIN, END = b"\x0b", b"\x1c\r"


@dataclass(frozen=True)
class Record:
    """The two receivers: their addresses as `vivomap send` takes them, and where what they took lies."""

    folder: Path
    mllp: str
    fhir: str

    def messages(self) -> list[Path]:
        """The HL7 v2 messages, in the order in which they came."""
        return sorted(self.folder.glob("*.hl7"))

    def bundles(self) -> list[Path]:
        """The FHIR bundles, in the order in which they came."""
        return sorted(self.folder.glob("*.json"))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Record]:
    """The time in which both take what comes."""
    folder.mkdir(parents=True)
    lock, count = threading.Lock(), iter(range(1, 1_000_000))

    def keep(body: bytes, ending: str) -> None:
        with lock:
            (folder / f"{next(count):04d}.{ending}").write_bytes(body)

    servers: list[Any] = [
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _mllp(keep)),
        ThreadingHTTPServer(("127.0.0.1", 0), _fhir(keep)),
    ]
    for one in servers:
        threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
    ports = [one.server_address[1] for one in servers]
    try:
        yield Record(folder, f"mllp://127.0.0.1:{ports[0]}", f"fhir+http://127.0.0.1:{ports[1]}/fhir")
    finally:
        for one in servers:
            one.shutdown()
            one.server_close()


def _mllp(keep: Any) -> type[socketserver.StreamRequestHandler]:
    class Takes(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            held = b""
            while piece := self.connection.recv(65536):
                held += piece
                while END in held:
                    message, held = held.split(END, 1)
                    message = message.lstrip(BEGIN)
                    keep(message, "hl7")
                    head = message.split(b"\r", 1)[0].split(b"|")
                    control = head[9].decode("utf-8", "replace")
                    ack = f"MSH|^~\\&|RECORD||||20260101000000||ACK^R01|A{control}|P|2.5.1\rMSA|AA|{control}\r"
                    self.connection.sendall(BEGIN + ack.encode() + END)

    return Takes


def _fhir(keep: Any) -> type[BaseHTTPRequestHandler]:
    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            entries = json.loads(body).get("entry", ())
            keep(body, "json")
            stored = [{"response": {"status": "201 Created"}} for _ in entries]
            said = json.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": stored}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing: what came is kept as a file."""

    return Takes
