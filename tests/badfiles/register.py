"""The whole catalogue, by the ids of docs/bad-input.md."""

from __future__ import annotations

from . import a_bytes, a_streams, b_identity, c_geometry, d_numbers, e_privacy, f_protocol
from .card import Card

IDS = tuple(
    f"{letter}{k:02d}"
    for letter, last in zip("ABCDEF", (20, 15, 14, 16, 4, 7), strict=True)
    for k in range(1, last + 1)
)
CARDS: tuple[Card, ...] = (
    *a_bytes.CARDS,
    *a_streams.CARDS,
    *b_identity.CARDS,
    *c_geometry.CARDS,
    *d_numbers.CARDS,
    *e_privacy.CARDS,
    *f_protocol.CARDS,
)
