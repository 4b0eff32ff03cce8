"""The numbers of a visit as a BIDS table: one row each, with its doubt, its lesion and where it comes from.

What was asked for and could not be carried is a row too: no value ("n/a"), and why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from vivomap.core import Measurement, Missing, identify
from vivomap.report.forms import Filed
from vivomap.report.naming import concept, title, tracked

NOTHING = "n/a"  # of BIDS, for an empty cell
STEERING = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")
FORMULA = ("=", "+", "-", "@")
SCANNER = ("manufacturer", "model", "serial", "software")
COLUMNS = {
    "claim": "Identifier of the number in vivomap: SHA-256 of its canonical JSON",
    "name": "Name of the number in vivomap",
    "title": "Name for people",
    "code": "Code of the number",
    "scheme": "Scheme of the code: SCT, DCM, LN, UMLS or 99VIVOMAP",
    "value": "The number, with all its digits",
    "unit": "Unit of value and uncertainty, UCUM",
    "uncertainty": "Standard uncertainty, k = 1",
    "lesion": "Lesion, as it is followed; n/a for the patient as a whole",
    "tracking_uid": "DICOM tracking UID of the lesion",
    "day": "Day on which the measured image was acquired",
    "scanner": "Maker, model, serial number and software of the scanner",
    "maker": "Function that made the number",
    "version": "Version of vivomap",
    "inputs": "Content hashes of images and masks, and identifiers of claims, that the number was made from",
    "warnings": "Warnings that travel with the number",
    "missing": "Why there is no value: code and reason",
}


def measurements(filed: Filed) -> bytes:
    """The table of a visit."""
    rows = [tuple(COLUMNS)]
    for claim in filed.assessment.claims:
        if isinstance(claim, Measurement):
            rows.append(_measured(filed, claim))
        elif isinstance(claim, Missing) and claim.what == "number":
            rows.append(_missing(filed, claim))
    return tsv(rows)


def dictionary(filed: Filed) -> bytes:
    """What its columns mean, and which assessment it is of."""
    made = filed.assessment
    about = {
        "Description": "Measurements of one visit. Research use only, not a medical device.",
        "Assessment": identify(made),
        "Pathway": made.pathway,
        "PathwayEdition": made.edition,
        "StudyInstanceUIDs": list(made.study.uid),
        "Replaces": [identify(older.assessment) for older in filed.replaces],
    }
    return sidecar({**about, **{name: {"Description": text} for name, text in COLUMNS.items()}})


def sidecar(said: dict[str, object]) -> bytes:
    """A JSON file."""
    return (json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def tsv(rows: Iterable[Sequence[str]]) -> bytes:
    """A tab-separated table; an empty cell reads n/a."""
    return "".join("\t".join(map(_cell, row)) + "\n" for row in rows).encode()


def _cell(text: str) -> str:
    plain = STEERING.sub(" ", text).strip()
    return NOTHING if not plain else f"'{plain}" if plain.startswith(FORMULA) and not _number(plain) else plain


def _number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text) is not None


def _measured(filed: Filed, m: Measurement) -> tuple[str, ...]:
    said, who, made = concept(m.name), tracked(filed, m.region), m.provenance
    return (
        identify(m),
        m.name,
        title(m.name),
        said.value,
        said.scheme,
        repr(float(m.value) + 0.0),
        m.unit,
        repr(float(m.uncertainty) + 0.0),
        m.region,
        who.uid,
        m.day.isoformat() if m.day else "",
        " ".join(t for t in (made.text(k) for k in SCANNER) if t),
        made.maker,
        made.version,
        " ".join(made.inputs),
        "; ".join(f"{f.code}: {f.reason}" for f in m.flags),
        "",
    )


def _missing(filed: Filed, lost: Missing) -> tuple[str, ...]:
    said = concept(lost.name)
    day = lost.day.isoformat() if lost.day else ""
    head = (identify(lost), lost.name, title(lost.name), said.value, said.scheme, "", "", "", lost.region)
    return (*head, tracked(filed, lost.region).uid, day, "", "", "", "", "", f"{lost.code}: {lost.reason}")
