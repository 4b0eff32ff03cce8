"""Who is who in DICOM: unique identifiers of objects and lesions, the same whenever they are written again.

An identifier is 2.25 and the integer of a name-based UUID (RFC 4122, version 5), so equal names give equal identifiers
and nothing has to be remembered. Objects are named by assessment, role and layout; lesions by the policy of
`docs/decisions/0011-tracking-identifiers.md`.
"""

from __future__ import annotations

import json
import re
import uuid

from vivomap.core import Assessment, Match, Measurement, identify
from vivomap.report.forms import Filed

ROOT = uuid.UUID("5b0f2f0c-2b1e-5d0a-9d39-3f6a1c7e4b52")
LAYOUT = 1  # raised when an object that is written again would differ: another object, another identifier
UID = re.compile(r"(?=.{1,64}$)[0-2](\.(0|[1-9]\d*))+")
SURE = (
    "matched",
    "new",
    "vanished",
    "split",
    "merged",
    "unsearched",
)  # what a rule or person affirmed, or nothing is there


def uid(*name: str) -> str:
    """The identifier of a name; its parts are kept apart whatever letters they hold."""
    return f"2.25.{uuid.uuid5(ROOT, json.dumps(name)).int}"


def object_uid(assessment: Assessment, role: str, by: str = "") -> str:
    """The identifier of an object or series that is written of an assessment."""
    return uid("object", str(LAYOUT), identify(assessment), role, by)


def device_uid(version: str) -> str:
    """The identifier of one version of vivomap as an observer."""
    return uid("device", "vivomap", version)


def is_uid(text: str) -> bool:
    """Whether a text is a DICOM unique identifier."""
    return UID.fullmatch(text) is not None


def tracking_uid(filed: Filed, lesion: str) -> str:
    """The tracking identifier of a lesion, "" being the patient as a whole.

    It is that of the first visit that knows the lesion: the one that the maker of its region gave, else one derived
    from patient and lesion. Where this visit does not affirm that the lesion is that one, it has one of its own.
    """
    now = filed.assessment
    first = next((a for a in (*filed.history, now) if _knows(a, lesion)), now)
    visit = first if affirmed(filed, lesion) else now
    given = [r.tracking for r in visit.study.regions if lesion and r.lesion == lesion and is_uid(r.tracking)]
    if given:
        return given[0]
    apart = () if visit is first else (str(now.study.day), *now.study.uid)
    return uid("lesion", now.study.patient, lesion, *apart)


def affirmed(filed: Filed, lesion: str) -> bool:
    """Whether a rule or a person says that this lesion is the one that earlier visits call so.

    A lesion that no earlier visit knows has nobody to be confused with.
    """
    told = [c for c in filed.assessment.claims if isinstance(c, Match) and lesion in (*c.before, *c.after)]
    if told:
        return all(m.kind in SURE for m in told)
    return not lesion or not any(_knows(a, lesion) for a in filed.history)


def _knows(visit: Assessment, lesion: str) -> bool:
    measured = any(isinstance(c, Measurement) and c.region == lesion for c in visit.claims)
    return measured or any(r.lesion == lesion for r in visit.study.regions)
