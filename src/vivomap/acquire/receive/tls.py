"""Encrypted associations with certificates on both sides (PS3.15, BCP 195 profile without fall-back)."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vivomap.core import Refusal

HANDSHAKE_S = 10.0  # project: a peer that says nothing holds nobody up for longer


@dataclass(frozen=True)
class Certificates:
    """Our certificate with its key, and the authority that must have signed the senders' ones; PEM files."""

    own: Path
    key: Path
    authority: Path


class _Patient(ssl.SSLContext):
    """A context whose handshake waits for the association's own thread, so that a mute peer blocks no other one."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **how: Any) -> ssl.SSLSocket:
        sock.settimeout(HANDSHAKE_S)
        return super().wrap_socket(sock, *args, **{**how, "do_handshake_on_connect": False})


def context(files: Certificates) -> ssl.SSLContext:
    """What the receiver asks of an encrypted connection: TLS 1.2 or newer, and a certificate of the sender."""
    made = _Patient(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_REQUIRED
    try:
        made.load_cert_chain(files.own, files.key)
        made.load_verify_locations(files.authority)
    except OSError as error:  # ssl.SSLError is one
        said = error.strerror or type(error).__name__
        raise Refusal("bad_setting", "the certificates cannot be used", where="--tls-cert", found=said) from error
    return made
