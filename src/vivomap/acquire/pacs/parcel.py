"""What goes to a PACS, and what became of it; what comes from one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pydicom

from vivomap.acquire.pacs.part10 import FIRST, meta
from vivomap.acquire.pacs.trust import is_uid
from vivomap.core import Refusal


@dataclass(frozen=True)
class Parcel:
    """One DICOM file to send, and what names it."""

    path: Path
    sop_class: str
    instance: str
    syntax: str
    study: str
    series: str


class Answer(NamedTuple):
    """What became of a parcel: "sent", "refused" (trying again would not help), "later" or "unsure".

    "unsure" is after a line that broke behind the last byte: the PACS may have it. `code` is the PACS's status or a
    code of ours, `said` its words.
    """

    state: str
    code: str
    said: str = ""


class Fetched(NamedTuple):
    """What came of a study: the instances that were asked for, those that arrived, and what went wrong in words."""

    wanted: tuple[str, ...]
    arrived: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What the PACS has and did not give."""
        there = frozenset(self.arrived)
        return tuple(i for i in self.wanted if i not in there)


NAMES = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


def parcel(path: Path) -> Parcel:
    """A file as a parcel. Raises Refusal `bad_header` or `uids_disagree`."""
    with path.open("rb") as file:
        said = meta(file.read(FIRST))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inside = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(NAMES))
            sop_class, instance, study, series = (str(inside.get(name) or "") for name in NAMES)
    except Exception as error:  # pydicom raises what its parts raise
        raise Refusal("bad_header", "the header cannot be read", found=type(error).__name__) from None
    if (sop_class, instance) != (said.sop_class, said.instance):
        raise Refusal("uids_disagree", "file header and data set name different objects", where=path.name)
    if not is_uid(study):
        raise Refusal("bad_header", "the object names no study", where=path.name)
    return Parcel(path, sop_class, instance, said.syntax, study, series)
