"""Who did what with whose data: DICOM audit messages in a chained log, sealed by signed heads kept elsewhere."""

from vivomap.store.audit.event import Actor, Event, Thing
from vivomap.store.audit.heads import EVERY_S, Head, Seal, checked, make_key, sign
from vivomap.store.audit.inbound import received, waiting
from vivomap.store.audit.log import Record, append, place, records
from vivomap.store.audit.proof import Proof, verify

__all__ = [
    "EVERY_S",
    "Actor",
    "Event",
    "Head",
    "Proof",
    "Record",
    "Seal",
    "Thing",
    "append",
    "checked",
    "make_key",
    "place",
    "received",
    "records",
    "sign",
    "verify",
    "waiting",
]
