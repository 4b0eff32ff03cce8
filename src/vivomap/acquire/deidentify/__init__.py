"""Images leave the house without the patient: names, numbers and dates go, what measures stays (PS3.15 Annex E)."""

from vivomap.acquire.deidentify.folder import Order, deidentify
from vivomap.acquire.deidentify.key import Key, make_key, read_key
from vivomap.acquire.deidentify.report import Summary
from vivomap.acquire.deidentify.sealed import Found, reidentify

__all__ = ["Found", "Key", "Order", "Summary", "deidentify", "make_key", "read_key", "reidentify"]
