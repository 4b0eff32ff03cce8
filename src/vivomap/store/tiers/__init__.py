"""Where results are kept: which forms go to which tier, what was put there, and whether it is still the same."""

from vivomap.store.tiers.audit import Finding, Looked, Numbers, audit, stale
from vivomap.store.tiers.content import Content
from vivomap.store.tiers.manifest import RAW, Entry, Manifest, assessed, in_force, kept
from vivomap.store.tiers.place import Bucket, Folder, Place, open_place
from vivomap.store.tiers.policy import FILE, Tier, read
from vivomap.store.tiers.shipment import Sent, Shipment, put

__all__ = [
    "FILE",
    "RAW",
    "Bucket",
    "Content",
    "Entry",
    "Finding",
    "Folder",
    "Looked",
    "Manifest",
    "Numbers",
    "Place",
    "Sent",
    "Shipment",
    "Tier",
    "assessed",
    "audit",
    "in_force",
    "kept",
    "open_place",
    "put",
    "read",
    "stale",
]
