"""Files that say the same of themselves: counted once where they agree, held where they do not.

One study belongs to one patient: objects of a study that name another than its earliest object are held (rule R7). One
SOP Instance UID is one object: files of one UID that hold the same pixels in the same place count once; where they
differ nobody can tell which is right, and all are held (rule R3).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from vivomap.acquire.dicom.header import Header
from vivomap.acquire.dicom.pixels import Decoded, frames_of, plain, stored
from vivomap.acquire.dicom.plane import Plane
from vivomap.acquire.dicom.settings import pseudonym
from vivomap.core import Held

NOBODY = re.compile(r"(anon(ymous|ymi[sz]ed)?|unknown|none|null|n/?a|no ?id|no ?name|test|patient|[x0?*._\- ]*)", re.I)
PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept")
SAME = ("StudyInstanceUID", "SeriesInstanceUID", "PatientID", "SOPClassUID", "Rows", "Columns", "NumberOfFrames")


def patient_of(header: Header) -> str:
    """The pseudonym of a patient: the id with its issuer; one per study where the id names nobody."""
    name, issuer = header.text("PatientID"), header.text("IssuerOfPatientID")
    if NOBODY.fullmatch(name):
        return pseudonym(header.text("StudyInstanceUID"))
    return f"{name}^^^{issuer}" if issuer else name


def one_study(headers: Sequence[Header]) -> tuple[frozenset[str], list[Held]]:
    """The SOP Instance UIDs that lie in one study each, and the objects of the others: all are held."""
    studies: dict[str, set[str]] = defaultdict(set)
    for header in headers:
        studies[header.text("SOPInstanceUID")].add(header.text("StudyInstanceUID"))
    clear = frozenset(uid for uid, found in studies.items() if len(found) == 1)
    shared = [h for h in headers if h.text("SOPInstanceUID") not in clear]
    reason = "objects of two studies say they are one object"
    return clear, [Held(str(h.path), "uid_conflict", reason) for h in shared]


def one_patient(headers: Sequence[Header]) -> tuple[list[Header], list[Held]]:
    """The objects of one study that belong to the patient of its earliest object, and the others.

    Those that name the issuer of the patient's id come first.
    """
    if len({(h.text("PatientID"), h.text("IssuerOfPatientID")) for h in headers}) == 1:
        return list(headers), []
    first = min(headers, key=_age)
    kept = [h for h in headers if _one(h, first)]
    reason = f"its study belongs to the patient of {first.path.name}, and it names another"
    others = [Held(str(h.path), "two_patients", reason) for h in headers if not _one(h, first)]
    return sorted(kept, key=lambda h: not h.text("IssuerOfPatientID")), others


def _one(header: Header, other: Header) -> bool:
    """Whether two objects of one study name one patient; programs that draw often leave out who issued the id."""
    issuers = {h.text("IssuerOfPatientID") for h in (header, other)} - {""}
    return patient_of(header) == patient_of(other) or (
        header.text("PatientID") == other.text("PatientID") and len(issuers) < 2
    )


def _age(header: Header) -> tuple[str, ...]:
    moments = ("AcquisitionDate", "AcquisitionTime", "ContentDate", "ContentTime")
    return (
        *(header.text(name) or "9" for name in moments),
        header.text("SeriesInstanceUID"),
        header.text("SOPInstanceUID"),
    )


def twins(headers: Iterable[Header]) -> list[list[Header]]:
    """Files that share a SOP Instance UID, by UID."""
    groups: dict[str, list[Header]] = defaultdict(list)
    for header in headers:
        groups[header.text("SOPInstanceUID")].append(header)
    return [sorted(g, key=lambda h: (h.syntax, str(h.path))) for _, g in sorted(groups.items()) if len(g) > 1]


def settle(group: Sequence[Header], decoded: Decoded) -> tuple[Header | None, list[Held]]:
    """The one of several files of a UID that is used, and the others; None where they contradict each other."""
    prints = {_whole(h) for h in group}
    if len(prints) > 1:
        prints = {_content(h, decoded) for h in group}
    if len(prints) == 1:
        kept, *rest = group
        return kept, [Held(str(h.path), "duplicate_file", f"the same object as {kept.path}") for h in rest]
    names = ", ".join(h.path.name for h in group)
    reason = f"{len(group)} files say they are one object and differ: {names}"
    return None, [Held(str(h.path), "uid_conflict", reason) for h in group]


def _whole(header: Header) -> str:
    return hashlib.sha256(header.path.read_bytes()).hexdigest()


def _content(header: Header, decoded: Decoded) -> str:
    said = repr([header.text(name) for name in (*SAME, *PLACE)])
    whole = hashlib.sha256(said.encode())
    if not plain(header) and header.path not in decoded:  # outlines, segments, plans
        return _whole(header)
    array = np.stack([stored(Plane(header, header.facts, k), decoded) for k in range(frames_of(header))])
    whole.update(f"{array.shape}".encode() + array.astype("<f8").tobytes())
    return whole.hexdigest()
