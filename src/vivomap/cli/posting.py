"""The queue's lanes to the record: HL7 v2 messages by MLLP, FHIR bundles by HTTP, beside the PACS's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vivomap.cli.pacs import way
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.forms import Filed
    from vivomap.store.outbox import Delivery, Item, Outbox, Outcome

MLLP, FHIR = ("mllp", "mllps"), ("fhir+http", "fhir+https")
MESSAGE, BUNDLE = "HL7 v2", "FHIR"
TOOK = {"taken": "sent", "refused": "refused", "away": "later"}


def lane(destination: str) -> str:
    """How a destination is spoken to: "mllp", "fhir", or "pacs"."""
    scheme = destination.partition("://")[0]
    return "mllp" if scheme in MLLP else "fhir" if scheme in FHIR else "pacs"


def checked(destination: str, plain: bool = False, authorities: Path | None = None) -> str:
    """A destination of the record. Raises Refusal `bad_setting`, `not_encrypted` or `file_absent`."""
    from vivomap.report import mllp, rest

    if lane(destination) == "mllp":
        mllp.receiver(destination, plain, authorities)
    else:
        rest.server(destination, plain, authorities)
    return destination


def item(told: Filed, destination: str, folder: Path) -> Item:
    """What an assessment is for the record at a destination: its message or its bundle, the same bytes each time."""
    from vivomap.core import identify
    from vivomap.report import fhir, hl7
    from vivomap.report.place import place
    from vivomap.store.outbox import Item

    whole = identify(told.assessment)
    if lane(destination) == "mllp":
        body, kind, name, form = hl7.message(told).encode(), MESSAGE, hl7.control_id(told.assessment), "hl7"
    else:
        body, kind, name, form = fhir.canonical(fhir.bundle(told)), BUNDLE, whole, "fhir"
    return Item(place(folder / f"{form}-{name}", body), kind, name, "", "", f"{form} of {whole[:12]}")


def deliver(box: Outbox, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Outcome]]:
    """Send deliveries of one destination of the record, one after the other; one that is away ends the pass.

    A receiver that took one and was not heard knows the second copy by its id.
    """
    from vivomap.store.outbox import Outcome

    for one in deliveries:
        try:
            got = _to_mllp(box, one) if lane(one.destination) == "mllp" else _to_fhir(box, one)
        except Refusal as refusal:
            got = Outcome("later", refusal.code, refusal.summary)
        yield one, got
        if got.state == "later":
            return


def _to_mllp(box: Outbox, one: Delivery) -> Outcome:
    from vivomap.report import mllp
    from vivomap.store.outbox import Outcome

    how = way(one.way)
    there = mllp.receiver(one.destination, how.plain, how.tls_ca)
    message = box.path(one).read_bytes().decode()
    got = mllp.send(message, there, mllp.Patience(tries=1, each_s=how.silence))
    return Outcome(TOOK[got.state], got.code or "receiver_away", got.said or "; ".join(got.tries))


def _to_fhir(box: Outbox, one: Delivery) -> Outcome:
    from vivomap.report import rest
    from vivomap.store.outbox import Outcome

    how = way(one.way)
    there = rest.server(one.destination, how.plain, how.tls_ca)
    login = how.login()
    return Outcome(*rest.post(box.path(one).read_bytes(), there, login.header if login else "", how.silence))
