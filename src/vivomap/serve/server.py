"""The application on a port, beside whatever else the process does."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from fastapi import FastAPI

from vivomap.core import Refusal

DRAIN_S = 20  # rule T11 allows 30
START_S = 20.0


class Certificates(NamedTuple):
    """Our certificate with its key, and the authority that must have signed the clients' ones; PEM files."""

    own: Path
    key: Path
    authority: Path


@dataclass(frozen=True, eq=False)
class Server:
    """A server that listens; `port` is the one asked for, or a free one for 0."""

    port: int
    server: uvicorn.Server
    thread: threading.Thread

    def drain(self) -> None:
        """Take no new request, finish those under way, end."""
        self.server.should_exit = True
        self.thread.join()


def start(made: FastAPI, host: str, port: int, certificates: Certificates | None = None) -> Server:
    """Listen. Raises Refusal `port_taken` or `bad_setting`."""
    try:
        line = socket.create_server((host, port), backlog=128)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise Refusal("port_taken", "the web face cannot listen there", where=f"{host}:{port}", found=found) from error
    how = uvicorn.Config(
        made,
        log_config=None,  # its access log would name studies
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_S,
        lifespan="off",
        **_shield(certificates),
    )
    server = uvicorn.Server(how)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
    thread.start()
    return Server(int(line.getsockname()[1]), server, thread)


def _shield(certificates: Certificates | None) -> dict[str, Any]:
    """TLS 1.2 or newer with certificates on both sides (rule S12)."""
    if certificates is None:
        return {}
    own, key, authority = map(str, certificates)
    try:
        probe = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        probe.load_cert_chain(own, key)
        probe.load_verify_locations(authority)
    except (OSError, ssl.SSLError) as error:
        raise Refusal("bad_setting", "a certificate cannot be used", where=own, found=type(error).__name__) from error
    return {"ssl_certfile": own, "ssl_keyfile": key, "ssl_ca_certs": authority, "ssl_cert_reqs": ssl.CERT_REQUIRED}
