"""A question to a PACS, and the rows that answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from vivomap.acquire.pacs.trust import LONGEST_WORD, is_uid
from vivomap.core import Refusal

LEVELS = ("patient", "study", "series", "image")
OWN = {  # what is asked of each level
    "patient": ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    "study": (
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "StudyDescription",
        "ModalitiesInStudy",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    ),
    "series": (
        "SeriesInstanceUID",
        "Modality",
        "SeriesNumber",
        "SeriesDescription",
        "NumberOfSeriesRelatedInstances",
    ),
    "image": ("SOPInstanceUID", "SOPClassUID", "InstanceNumber"),
}
UNIQUE = {"patient": "PatientID", "study": "StudyInstanceUID", "series": "SeriesInstanceUID", "image": "SOPInstanceUID"}
PATIENT_ROOT, STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.2.1"  # FIND
EXACT = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "AccessionNumber")
DATES = re.compile(r"\d{8}|\d{8}-(\d{8})?|-\d{8}")
WILD = re.compile(r"[*?\\]")


@dataclass(frozen=True)
class Query:
    """What is looked for, at one level: keywords with the values that they must have, as PS3.4 C.2.2.2 matches them."""

    level: str
    keys: tuple[tuple[str, str], ...] = ()

    def said(self, keyword: str) -> str:
        """The value asked for; "" where any will do."""
        return dict(self.keys).get(keyword, "")

    @property
    def model(self) -> str:
        """The SOP class by which DIMSE is asked: patients by the patient root, others by the study root (PS3.4, C)."""
        return PATIENT_ROOT if self.level == "patient" else STUDY_ROOT

    @property
    def asked(self) -> tuple[str, ...]:
        """Every keyword that an answer should hold: those of the level, of the levels above, and those given."""
        upto = LEVELS[: LEVELS.index(self.level) + 1]
        return tuple(dict.fromkeys((*(k for level in upto for k in OWN[level]), *dict(self.keys))))


@dataclass(frozen=True)
class Row:
    """One answer: its values by keyword; what the PACS was silent about is not there."""

    values: tuple[tuple[str, str], ...]

    def said(self, keyword: str) -> str:
        """One value; "" where the PACS was silent."""
        return dict(self.values).get(keyword, "")


class Found(NamedTuple):
    """The rows that are believed, and how many were not, by reason."""

    rows: tuple[Row, ...]
    distrusted: tuple[tuple[str, int], ...]


def query(level: str, **keys: str) -> Query:
    """A question; keys without a value are not asked. Raises Refusal `bad_setting`."""
    given = {k: v.strip() for k, v in keys.items() if v and v.strip()}
    if level not in LEVELS:
        raise Refusal("bad_setting", "there is no such level", found=level, expected=", ".join(LEVELS))
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if name in given and not is_uid(given[name]):
            raise Refusal("bad_setting", f"this is no UID for {name}", found=given[name][:64])
    if "StudyDate" in given and not DATES.fullmatch(given["StudyDate"]):
        expected = "YYYYMMDD, or a range YYYYMMDD-YYYYMMDD"
        raise Refusal("bad_setting", "this is no day", found=given["StudyDate"][:64], expected=expected)
    if level in ("series", "image") and "StudyInstanceUID" not in given:
        raise Refusal("bad_setting", f"the {level} level needs a study", hint="give --study UID")
    return Query(level, tuple(given.items()))


def believed(rows: list[Row], asked: Query) -> Found:
    """Keep the rows that answer the question; count the others by what is wrong with them."""
    kept: dict[str, Row] = {}
    wrong: dict[str, int] = {}
    for row in rows:
        reason = doubt(row, asked)
        if not reason:
            kept.setdefault(_identity(row, asked.level), row)
            continue
        wrong[reason] = wrong.get(reason, 0) + 1
    return Found(tuple(kept.values()), tuple(wrong.items()))


def _identity(row: Row, level: str) -> str:
    """What makes two rows the same: a patient is known with the issuer of the id, all else by its UID."""
    return (
        f"{row.said('IssuerOfPatientID')}\\{row.said('PatientID')}" if level == "patient" else row.said(UNIQUE[level])
    )


def doubt(row: Row, asked: Query) -> str:
    """Why a row is not believed; "" if it is."""
    if any(len(value) > LONGEST_WORD for _, value in row.values):
        return "a value is too long"
    names = [UNIQUE[level] for level in LEVELS[1 : LEVELS.index(asked.level) + 1]]
    if any((row.said(n) or n == UNIQUE[asked.level]) and not is_uid(row.said(n)) for n in names):
        return "a UID is none"
    for name in EXACT:
        wanted, said = asked.said(name), row.said(name)
        if wanted and not WILD.search(wanted) and said and said != wanted:
            return f"{name} is not the one asked for"
    return ""
