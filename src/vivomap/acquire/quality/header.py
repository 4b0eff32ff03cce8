"""Whether files that have arrived call themselves a phantom, by their headers alone, before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from vivomap.acquire.quality.recognise import NAMED

WORDS = ("PatientName", "PatientID", "StudyDescription", "SeriesDescription", "ProtocolName")


def called(paths: Iterable[Path]) -> bool:
    """Whether one of the files has the word of a phantom in the name of its patient, its study or its series."""
    return any(NAMED.search(_words(path)) for path in paths)


def _words(path: Path) -> str:
    """What a header says of itself; nothing where it cannot be read: the door has its own word on that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(WORDS))
            return " | ".join(str(ds.get(word, "")) for word in WORDS)
    except (InvalidDicomError, OSError, ValueError):
        return ""
