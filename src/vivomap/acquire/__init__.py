"""The door: `read` turns files into studies with units, places and settings; `visits` joins those of one day."""

from vivomap.acquire.source import read
from vivomap.acquire.visits import visits

__all__ = ["read", "visits"]
