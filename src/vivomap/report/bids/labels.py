"""Names in a BIDS data set: letters and digits alone, so that a patient's id can neither steer a path nor be guessed.

A pseudonym that BIDS cannot hold as it is loses its other characters and gets eight digits of its hash, so that two
patients never share a label; `participants.tsv` holds the whole id.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date

LABEL = re.compile(r"[A-Z0-9]{1,32}")
UNDATED = "undated"


def subject(patient: str) -> str:
    """The label of a patient; capitals, since some file systems do not tell them from small letters."""
    if LABEL.fullmatch(patient):
        return patient
    kept = "".join(c for c in patient.upper() if c.isascii() and c.isalnum())[:24]
    return kept + hashlib.sha256(patient.encode("utf-8", "surrogatepass")).hexdigest()[:8].upper()


def session(day: date | None) -> str:
    """The label of a visit: its day."""
    return f"{day:%Y%m%d}" if day else UNDATED


def word(text: str) -> str:
    """A text as the label of a description."""
    return "".join(c for c in text if c.isascii() and c.isalnum()).lower()[:24] or "map"
