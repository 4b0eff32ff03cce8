"""Who may send: titles and addresses of the machines of the house."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from vivomap.core import Refusal

LONGEST_TITLE = 16  # PS3.5: AE


@dataclass(frozen=True)
class Peer:
    """One machine that may send: its AE title, and the address that it must come from ("" for any)."""

    title: str
    address: str = ""


def peer(text: str) -> Peer:
    """A peer from `AET` or `AET@IP`. Raises Refusal `bad_setting`."""
    title, at, address = text.strip().partition("@")
    title = title.strip()
    try:
        place = str(ipaddress.ip_address(address)) if at else ""
    except ValueError:
        raise _bad(text) from None
    if not title or len(title) > LONGEST_TITLE or not title.isascii() or not title.isprintable() or "\\" in title:
        raise _bad(text)
    return Peer(title, place)


def _bad(text: str) -> Refusal:
    return Refusal("bad_setting", f"{text!r} names no sender", where="--allow", expected="AET or AET@IP")


def known(allowed: Sequence[Peer], title: str) -> bool:
    """Whether a machine of this title may connect at all; anyone may where no list is given."""
    return not allowed or any(p.title == title.strip() for p in allowed)


def may_store(allowed: Sequence[Peer], title: str, address: str) -> bool:
    """Whether a machine of this title may store from this address."""
    plain = address.removeprefix("::ffff:")
    return not allowed or any(p.title == title.strip() and p.address in ("", plain) for p in allowed)
