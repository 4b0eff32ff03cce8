"""The inbox: received objects byte for byte, durable before their sender is answered, and what became of each."""

from vivomap.store.inbox.entry import Arrival, Entry, Judgement, Kept
from vivomap.store.inbox.keeping import Inbox, open_inbox
from vivomap.store.inbox.studies import Turn, Waiting, Waits, of_patient, take, taken, waits, watching
from vivomap.store.inbox.system import System, system

__all__ = [
    "Arrival",
    "Entry",
    "Inbox",
    "Judgement",
    "Kept",
    "System",
    "Turn",
    "Waiting",
    "Waits",
    "of_patient",
    "open_inbox",
    "system",
    "take",
    "taken",
    "waits",
    "watching",
]
