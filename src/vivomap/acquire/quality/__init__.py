"""Phantoms that a physicist scans to see whether the scanner still measures right, recognised as they arrive."""

from vivomap.acquire.quality.parts import parts_of
from vivomap.acquire.quality.recognise import NAMED, Recognised, recognised

__all__ = ["NAMED", "Recognised", "parts_of", "recognised"]
