"""What every way out of this machine has in common: whether it leaves it at all, TLS, and troubles in safe words."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

MOST_SAID = 200  # characters of what another side says


def near(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def shield(authorities: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, trusting the system's authorities or those of a file."""
    context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trouble(error: Exception) -> str:
    """What went wrong with a connection, without what the other side may have put into it."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'reason', '') or 'not agreed'}"
    if isinstance(error, OSError):
        return (error.strerror or str(error) or type(error).__name__)[:MOST_SAID]
    return type(error).__name__
