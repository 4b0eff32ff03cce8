"""What is kept: arrays by content hash, and a chained record of what was measured, proposed and decided."""

from vivomap.store import site
from vivomap.store.affected import Affected
from vivomap.store.ledger import Head
from vivomap.store.project import Project, open_project
from vivomap.store.records import Basis, Entry, Supersedes, Written
from vivomap.store.replay import Followed, Loose, State, state_bytes
from vivomap.store.shelf import Found
from vivomap.store.versions import Difference

__all__ = [
    "Affected",
    "Basis",
    "Difference",
    "Entry",
    "Followed",
    "Found",
    "Head",
    "Loose",
    "Project",
    "State",
    "Supersedes",
    "Written",
    "open_project",
    "site",
    "state_bytes",
]
