"""What we do with a PACS, whichever way it is spoken to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vivomap.acquire.pacs.address import Pacs
from vivomap.acquire.pacs.dimse import fetch as dimse_fetch
from vivomap.acquire.pacs.dimse import find as dimse_find
from vivomap.acquire.pacs.dimse import send as dimse_send
from vivomap.acquire.pacs.parcel import Answer, Fetched, Parcel
from vivomap.acquire.pacs.query import Found, Query, query
from vivomap.acquire.pacs.web import fetch as web_fetch
from vivomap.acquire.pacs.web import find as web_find
from vivomap.acquire.pacs.web import send as web_send
from vivomap.acquire.receive import Deeds, Door
from vivomap.core import Refusal

WAYS = ("get", "move")  # by which DIMSE fetches; DICOMweb has one way only


def echo(pacs: Pacs) -> None:
    """Ask whether the PACS answers. Raises Refusal if it does not."""
    return web_find.echo(pacs) if pacs.address.web else dimse_find.echo(pacs)


def find(pacs: Pacs, asked: Query) -> Found:
    """Ask one question; the rows that do not answer it are left out and counted. Raises Refusal."""
    return web_find.find(pacs, asked) if pacs.address.web else dimse_find.find(pacs, asked)


def fetch(pacs: Pacs, wanted: tuple[str, str], deeds: Deeds, door: Door | None = None) -> Fetched:
    """Fetch a study and series ("" for all of it) by their UIDs; with a door by C-MOVE, else by C-GET or WADO.

    Every object goes to `deeds.keep` before it is answered. Raises Refusal.
    """
    study, series = wanted
    if pacs.address.web:
        return web_fetch.fetch(pacs, study, series, deeds)
    listed = dimse_fetch.listed(pacs, study, series)
    if not listed.objects:
        return Fetched((), (), ("the PACS lists no object of it",))
    return dimse_fetch.move(pacs, listed, deeds, door) if door else dimse_fetch.get(pacs, listed, deeds)


def send(pacs: Pacs, parcels: Sequence[Parcel]) -> Iterator[tuple[Parcel, Answer]]:
    """Send parcels; gives each with what became of it. Raises Refusal where the PACS cannot be spoken to."""
    return web_send.send(pacs, parcels) if pacs.address.web else dimse_send.send(pacs, parcels)


def holds(pacs: Pacs, one: Parcel) -> bool:
    """Whether the PACS says that it has an object: asked after a line broke, so that nothing is delivered twice.

    A PACS that answers no questions is taken to have nothing: it tells a second copy by its UID.
    """
    keys = {"StudyInstanceUID": one.study, "SeriesInstanceUID": one.series, "SOPInstanceUID": one.instance}
    try:
        rows = find(pacs, query("image", **keys)).rows
    except Refusal as refusal:
        if refusal.code != "query_refused":
            raise
        return False
    return any(row.said("SOPInstanceUID") == one.instance for row in rows)
