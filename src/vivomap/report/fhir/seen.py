"""What was looked at and with what: imaging studies, the lesions as body structures, scanners and this software."""

from __future__ import annotations

from vivomap.core import Image, Settings, Study
from vivomap.report.codes import site
from vivomap.report.fhir.parts import (
    DCM,
    HOME,
    Resource,
    coded,
    coding,
    filled,
    known_by,
    notes,
    patient,
    to,
    uid,
)
from vivomap.report.forms import Filed
from vivomap.report.naming import Tracked, tracked


def software_id(version: str) -> str:
    """The id of this software in one version."""
    return known_by("software", version)


def software(version: str) -> Resource:
    """This software, of one version, as a device."""
    return {
        "resourceType": "Device",
        "id": software_id(version),
        "identifier": [{"system": f"{HOME}/software", "value": f"vivomap {version}"}],
        "deviceName": [{"name": "vivomap", "type": "model-name"}],
        "type": {"text": "measurement software"},
        "version": [{"value": version}],
        "note": notes("Research use only, not a medical device."),
    }


def _scanner_id(settings: Settings) -> str:
    told = dict(settings)
    names = [str(told.get(k, "")) for k in ("manufacturer", "model", "serial", "software")]
    return known_by("scanner", *names) if any(names[:3]) else ""


def scanners(study: Study) -> tuple[Resource, ...]:
    """The machines that a visit's images came from, as far as their headers say."""
    return tuple({s["id"]: s for s in map(_scanner, study.images) if s}.values())


def _scanner(image: Image) -> Resource:
    if not _scanner_id(image.settings):
        return {}
    version = image.text("software")
    return filled(
        {
            "resourceType": "Device",
            "id": _scanner_id(image.settings),
            "manufacturer": image.text("manufacturer"),
            "serialNumber": image.text("serial"),
            "modelNumber": image.text("model"),
            "type": {"text": "imaging device"},
            "version": [{"value": version}] if version else [],
        }
    )


def study_id(study_uid: str) -> str:
    """The id of an imaging study."""
    return known_by("ImagingStudy", study_uid)


def imaging(study: Study) -> tuple[Resource, ...]:
    """One ImagingStudy for each Study Instance UID of a visit; images without one (NIfTI) have none to name."""
    return tuple(_imaging(study, each) for each in dict.fromkeys(study.uid) if each)


def _imaging(study: Study, study_uid: str) -> Resource:
    alone = study_uid if len(study.uid) == 1 else ""
    images = [i for i in study.images if (i.text("study_uid") or alone) == study_uid]
    series: dict[str, Resource] = {}
    for image in images:
        if image.text("series_uid") and image.text("modality"):
            series.setdefault(image.text("series_uid"), _series(image))
    modalities = dict.fromkeys(s["modality"]["code"] for s in series.values())
    return filled(
        {
            "resourceType": "ImagingStudy",
            "id": study_id(study_uid),
            "identifier": [uid(study_uid)],
            "status": "available",
            "subject": patient(study.patient),
            "started": study.day.isoformat() if study.day else "",
            "modality": [coding(m, DCM) for m in modalities],
            "series": list(series.values()),
        }
    )


def _series(image: Image) -> Resource:
    scanner = _scanner_id(image.settings)
    return filled(
        {
            "uid": image.text("series_uid"),
            "modality": coding(image.text("modality"), DCM),
            "description": image.text("series_description"),
            "started": image.day.isoformat() if image.day else "",
            "performer": [{"actor": to("Device", scanner)}] if scanner else [],
        }
    )


def _lesion_id(patient_id: str, who: Tracked) -> str:
    """The id of a lesion: one patient's, by its label and its tracking UID."""
    return known_by("BodyStructure", patient_id, who.label, who.uid)


def lesion(filed: Filed, label: str) -> Resource:
    """A lesion that something is said of, with its label and its tracking UID."""
    who, study = tracked(filed, label), filed.assessment.study
    return filled(
        {
            "resourceType": "BodyStructure",
            "id": _lesion_id(study.patient, who),
            "identifier": [_label(who), uid(who.uid)],
            "morphology": {"text": who.finding} if who.finding else {},
            "location": _place(who),
            "description": f"the lesion {who.label}",
            "patient": patient(study.patient),
        }
    )


def at(filed: Filed, label: str) -> Resource:
    """Where a number was measured: the site, tied to the lesion's BodyStructure; nothing for the whole patient."""
    if not label:
        return {}
    who = tracked(filed, label)
    link = {
        "url": "http://hl7.org/fhir/StructureDefinition/bodySite",
        "valueReference": {
            **to("BodyStructure", _lesion_id(filed.assessment.study.patient, who)),
            "identifier": uid(who.uid),
            "display": who.label,
        },
    }
    text = ", ".join(w for w in (who.label, who.finding, who.site) if w)
    return {**_place(who), "extension": [link], "text": text}


def _label(who: Tracked) -> Resource:
    return {"system": f"{HOME}/lesion", "value": who.label}


def _place(who: Tracked) -> Resource:
    """The site by its code, where the table has one, and in words."""
    where = site(who.finding, who.site)[0]
    return filled({"coding": [coded(where)] if where else [], "text": who.site})
