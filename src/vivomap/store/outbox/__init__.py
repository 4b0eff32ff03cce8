"""The outbox: what is to be sent to a PACS, kept until it has been taken, each object once per destination."""

from vivomap.store.outbox.delivery import Delivery, Item, Outcome, Patience
from vivomap.store.outbox.emptying import run
from vivomap.store.outbox.queue import Added, Outbox, open_outbox

__all__ = ["Added", "Delivery", "Item", "Outbox", "Outcome", "Patience", "open_outbox", "run"]
