"""Where a PACS is, and how it is spoken to.

    dicom://AET@host:port              DIMSE, unencrypted
    dicoms://AET@host:port             DIMSE in TLS, with certificates on both sides
    dicomweb+https://host[:port]/path  DICOMweb in TLS
    dicomweb+http://host[:port]/path   DICOMweb, unencrypted

Unencrypted is for this machine, or on an explicit word (rule S12). No address holds a password.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from vivomap.acquire.pacs.login import Login
from vivomap.acquire.pacs.trust import Limits
from vivomap.core import Refusal

FORMS = "dicoms://AET@host:port, dicom://AET@host:port, dicomweb+https://host/path or dicomweb+http://host/path"
SCHEMES = ("dicom", "dicoms", "dicomweb+http", "dicomweb+https")
LONGEST_TITLE = 16  # PS3.5: AE
PATH = re.compile(r"(/[A-Za-z0-9._~%!$&'()*+,;=:@-]+)*")


@dataclass(frozen=True)
class Certificates:
    """PEM files: our certificate with its key, and the authorities that we trust (None: those of the system)."""

    own: Path | None = None
    key: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True)
class Address:
    """One PACS; `title` is its AE title (DIMSE), `path` where its DICOMweb services begin."""

    scheme: str
    host: str
    port: int
    title: str = ""
    path: str = ""

    @property
    def web(self) -> bool:
        """Whether it is spoken to by DICOMweb."""
        return self.scheme.startswith("dicomweb")

    @property
    def secure(self) -> bool:
        """Whether it is spoken to in TLS."""
        return self.scheme in ("dicoms", "dicomweb+https")

    @property
    def near(self) -> bool:
        """Whether it is on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        """The address in the one form that the queue knows it by."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        title = f"{quote(self.title, safe='')}@" if self.title else ""
        return f"{self.scheme}://{title}{host}:{self.port}{self.path}"


OURS = Certificates()
USUAL = Limits()


@dataclass(frozen=True)
class Pacs:
    """A PACS as we speak to it: its address, our own AE title, and what protects the way."""

    address: Address
    title: str = "VIVOMAP"
    certificates: Certificates = OURS
    login: Login | None = None
    limits: Limits = USUAL


def address(text: str, plain: bool = False) -> Address:
    """The address that a text names. Raises Refusal `bad_setting`, or `not_encrypted` unless `plain` says so."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad() from None
    title = unquote(parts.username or "")
    web = parts.scheme.startswith("dicomweb")
    path = parts.path.rstrip("/")
    if parts.scheme not in SCHEMES or not host or parts.password is not None or parts.query or parts.fragment:
        raise _bad()
    if bool(title) == web or not (port or web) or (path and not web) or not PATH.fullmatch(path):
        raise _bad()
    if title and not is_title(title):
        raise _bad()
    found = Address(parts.scheme, host, port or (443 if parts.scheme.endswith("s") else 80), title, path)
    if not (found.secure or found.near or plain):
        raise Refusal("not_encrypted", f"{host} is not this machine, and {parts.scheme}:// is not encrypted")
    return found


def is_title(text: str) -> bool:
    """Whether a text can be an AE title."""
    legal = text.isascii() and text.isprintable() and "\\" not in text
    return legal and text.strip() != "" and len(text) <= LONGEST_TITLE


def _bad() -> Refusal:
    """The refusal of an address; it does not repeat the text, which may hold a password."""
    hint = "a login comes by --login-file or --login-env, never in the address"
    return Refusal("bad_setting", "the address of the PACS is not understood", expected=FORMS, hint=hint)
